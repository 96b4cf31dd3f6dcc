//! A client's connection, in the clear or by TLS: fast enough not to be what is measured.
//!
//! The TLS is rustls with aws-lc-rs by its unbuffered interface: it opens records where they were received, many for a system call.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::client::UnbufferedClientConnection;
use rustls::pki_types::ServerName;
use rustls::unbuffered::{ConnectionState, EncodeError, UnbufferedStatus};
use rustls::{ClientConfig, HandshakeKind};

/// A connection.
pub(crate) struct Channel {
    tcp: TcpStream,
    tls: Option<UnbufferedClientConnection>,
    /// What was received.
    room: Vec<u8>,
    /// Where in it lies what is not looked at yet.
    start: usize,
    end: usize,
    /// Bytes of data that came with the end of the handshake.
    early: u64,
    /// What is to be sent.
    out: Vec<u8>,
    sent: usize,
}

impl Channel {
    /// Connects to a port of this machine, and does the handshake if there is a configuration for one.
    ///
    /// # Errors
    /// As the system and rustls say.
    pub(crate) fn dial(port: u16, tls: Option<&Arc<ClientConfig>>) -> io::Result<Channel> {
        let tcp = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), TIME_MAX)?;
        tcp.set_nodelay(true)?;
        tcp.set_read_timeout(Some(TIME_MAX))?;
        tcp.set_write_timeout(Some(TIME_MAX))?;
        let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
        let tls = tls.map(|conf| UnbufferedClientConnection::new(Arc::clone(conf), name));
        let mut channel = Channel {
            tcp,
            tls: tls.transpose().map_err(io::Error::other)?,
            room: vec![0; ROOM_LEN],
            start: 0,
            end: 0,
            early: 0,
            out: Vec::new(),
            sent: 0,
        };
        let mut early = 0;
        while !channel.go_on(&mut early)? {
            channel.flush()?;
            channel.receive()?;
        }
        channel.early = early;
        channel.flush()?;
        Ok(channel)
    }

    /// Whether the handshake took up an earlier one.
    pub(crate) fn is_resumed(&self) -> bool {
        self.tls.as_ref().and_then(|tls| tls.handshake_kind()) == Some(HandshakeKind::Resumed)
    }

    /// Reads until `len` bytes have come.
    ///
    /// # Errors
    /// The connection ends before.
    pub(crate) fn read(&mut self, len: u64) -> io::Result<()> {
        let mut read = std::mem::take(&mut self.early);
        self.go_on(&mut read)?;
        while read < len {
            self.receive()?;
            self.go_on(&mut read)?;
        }
        Ok(())
    }

    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// The connection fails.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.enqueue(bytes)?;
        self.flush()
    }

    /// Sends `len` bytes and reads as many, as they come; at most `window_len` of them are under way at one time.
    ///
    /// # Errors
    /// The connection fails, or ends before.
    pub(crate) fn exchange(&mut self, len: u64, window_len: u64) -> io::Result<()> {
        use rustix::event::{PollFd, PollFlags, poll};
        self.tcp.set_nonblocking(true)?;
        let piece_len = PIECE_LEN.min(window_len / 4);
        let piece = vec![b'x'; usize::try_from(piece_len).unwrap_or_default()];
        let (mut queued, mut read) = (0, 0);
        while read < len {
            if self.out.is_empty() && queued < len && queued - read <= window_len - piece_len {
                self.enqueue(&piece)?;
                queued += piece_len;
            }
            let both = PollFlags::IN | if self.out.is_empty() { PollFlags::empty() } else { PollFlags::OUT };
            let mut fds = [PollFd::new(&self.tcp, both)];
            let limit = rustix::event::Timespec { tv_sec: 20, tv_nsec: 0 };
            if unless_interrupted(|| Ok(poll(&mut fds, Some(&limit))?))? == 0 {
                return Err(ErrorKind::TimedOut.into());
            }
            let found = fds.first().map_or(both, PollFd::revents);
            if found.intersects(PollFlags::OUT) {
                self.flush().or_else(unless_blocked)?;
            }
            if found.intersects(both.difference(PollFlags::OUT)) {
                self.receive().or_else(unless_blocked)?;
                self.go_on(&mut read)?;
            }
        }
        self.tcp.set_nonblocking(false)
    }

    /// Says goodbye.
    pub(crate) fn close(mut self) {
        let mut place = [0; 64];
        if let Some(tls) = &mut self.tls
            && let UnbufferedStatus { state: Ok(ConnectionState::WriteTraffic(mut traffic)), .. } =
                tls.process_tls_records(&mut [])
            && let Ok(len) = traffic.queue_close_notify(&mut place)
        {
            let _ = self.tcp.write_all(place.get(..len).unwrap_or_default());
        }
    }

    /// Takes what has come; adds to `read` the bytes of data in it. Tells whether data may be sent.
    fn go_on(&mut self, read: &mut u64) -> io::Result<bool> {
        let Some(tls) = &mut self.tls else {
            *read += (self.end - self.start) as u64;
            self.start = self.end;
            return Ok(true);
        };
        loop {
            let incoming = self.room.get_mut(self.start..self.end).unwrap_or_default();
            let UnbufferedStatus { discard, state, .. } = tls.process_tls_records(incoming);
            let mut is_waiting = None;
            match state.map_err(io::Error::other)? {
                ConnectionState::ReadTraffic(mut traffic) => {
                    while let Some(record) = traffic.next_record() {
                        *read += record.map_err(io::Error::other)?.payload.len() as u64;
                    }
                }
                ConnectionState::EncodeTlsData(mut data) => {
                    let len = self.out.len();
                    self.out.resize(len + ENCODED_LEN_MAX, 0);
                    let place = self.out.get_mut(len..).unwrap_or_default();
                    let written = match data.encode(place) {
                        Ok(written) => written,
                        Err(EncodeError::AlreadyEncoded) => 0,
                        Err(error) => return Err(io::Error::other(error)),
                    };
                    self.out.truncate(len + written);
                }
                // It is in the queue, and goes before the next wait.
                ConnectionState::TransmitTlsData(data) => data.done(),
                ConnectionState::BlockedHandshake => is_waiting = Some(false),
                ConnectionState::WriteTraffic(_) => is_waiting = Some(true),
                // What came before counts; who wants more finds the end of the stream.
                ConnectionState::PeerClosed | ConnectionState::Closed => is_waiting = Some(true),
                _ => return Err(io::Error::other("a state of no known kind")),
            }
            self.start += discard;
            if let Some(may_send) = is_waiting {
                return Ok(may_send);
            }
        }
    }

    /// Receives what is there, once.
    fn receive(&mut self) -> io::Result<()> {
        self.room.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let place = self.room.get_mut(self.end..).unwrap_or_default();
        let len = unless_interrupted(|| self.tcp.read(place))?;
        if len == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.end += len;
        Ok(())
    }

    /// Puts `bytes` behind what is to be sent.
    fn enqueue(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(tls) = &mut self.tls else {
            self.out.extend_from_slice(bytes);
            return Ok(());
        };
        let len = self.out.len();
        self.out.resize(len + bytes.len() + bytes.len() / 16 + ENCODED_LEN_MAX, 0);
        let place = self.out.get_mut(len..).unwrap_or_default();
        let incoming = self.room.get_mut(self.end..self.end).unwrap_or_default();
        let ConnectionState::WriteTraffic(mut traffic) =
            tls.process_tls_records(incoming).state.map_err(io::Error::other)?
        else {
            return Err(io::Error::other("data cannot be sent now"));
        };
        let written = traffic.encrypt(bytes, place).map_err(io::Error::other)?;
        self.out.truncate(len + written);
        Ok(())
    }

    /// Sends what is to be sent, as far as it goes.
    fn flush(&mut self) -> io::Result<()> {
        while let Some(rest) = self.out.get(self.sent..).filter(|rest| !rest.is_empty()) {
            self.sent += unless_interrupted(|| self.tcp.write(rest))?;
        }
        self.out.clear();
        self.sent = 0;
        Ok(())
    }
}

/// Does it again when nothing has come of it but a signal: with a limit on its time a call ends so when the process was stopped and
/// goes on (signal(7)).
fn unless_interrupted(mut call: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

fn unless_blocked(error: io::Error) -> io::Result<()> {
    if error.kind() == ErrorKind::WouldBlock { Ok(()) } else { Err(error) }
}

/// How long a connection may give nothing.
const TIME_MAX: Duration = Duration::from_secs(20);
/// Bytes of a receive.
const ROOM_LEN: usize = 256 << 10;
/// Bytes that are sealed at once.
const PIECE_LEN: u64 = 64 << 10;
/// More bytes than a message of a client's handshake has.
const ENCODED_LEN_MAX: usize = 8 << 10;
