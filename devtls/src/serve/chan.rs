//! The channel under a conversation: what `fd n` or `wire` took, and how its bytes move.
//!
//! A channel is a stream that goes both ways: a socket, a terminal, a fifo opened for both, or, in
//! tests, a pipe in memory; or the queues behind the file `wire`. It is split into a reading and a writing end, because each direction of a
//! conversation works for itself. This file knows bytes, not records.
//!
//! **Invariants**
//! - Dropping a future of [`ChanIn::read`] or [`ChanOut::write`] loses no byte.
//! - The flags of a socket are left alone: its other owners may want it to block.

use std::fmt;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use rustix::fs::{AtFlags, FileType, OFlags, StatxFlags};
use rustix::net::{RecvFlags, SendFlags, Shutdown, SocketType};
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};

use super::wire::Wire;
use crate::errstr::Error;

/// A stream in memory or elsewhere that can be a channel.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> Stream for T {}

/// A channel that no conversation has taken yet.
pub(crate) struct Chan {
    name: String,
    reader: ChanIn,
    writer: ChanOut,
}

/// The reading end.
pub(crate) enum ChanIn {
    Fd(Arc<Fd>),
    Stream(ReadHalf<Box<dyn Stream>>),
    Wire(Arc<Wire>),
}

/// The writing end.
pub(crate) enum ChanOut {
    Fd(Arc<Fd>),
    Stream(WriteHalf<Box<dyn Stream>>),
    Wire(Arc<Wire>),
}

/// What comes behind the bytes of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Follows {
    /// Nothing that is known of.
    Nothing,
    /// More, at once.
    More,
}

/// A descriptor that both ends share.
pub(crate) struct Fd {
    fd: AsyncFd<OwnedFd>,
    /// The flags to restore for its other owners; `None` for a socket, whose flags are not touched.
    flags: Option<OFlags>,
}

impl Chan {
    /// Takes a descriptor as a channel.
    ///
    /// # Errors
    /// `inappropriate use of fd` if it is not a stream that is open both ways (tls(3)).
    pub(crate) fn from_fd(fd: OwnedFd) -> Result<Chan, Error> {
        match judge(&fd) {
            Ok((name, flags)) => {
                let fd = Arc::new(Fd { fd: register(fd).map_err(|_| Error::BadUse)?, flags });
                Ok(Chan { name, reader: ChanIn::Fd(Arc::clone(&fd)), writer: ChanOut::Fd(fd) })
            }
            Err(error) => {
                leave(fd);
                Err(error)
            }
        }
    }

    /// Takes a stream of this process as a channel.
    pub(crate) fn from_stream(stream: impl Stream, name: String) -> Chan {
        let stream: Box<dyn Stream> = Box::new(stream);
        let (reader, writer) = tokio::io::split(stream);
        Chan { name, reader: ChanIn::Stream(reader), writer: ChanOut::Stream(writer) }
    }

    /// Takes the file `wire` as a channel.
    pub(crate) fn from_wire(wire: Arc<Wire>) -> Chan {
        let name = "wire".to_owned();
        Chan { name, reader: ChanIn::Wire(Arc::clone(&wire)), writer: ChanOut::Wire(wire) }
    }

    /// Gives the name for `status` and the two ends.
    pub(crate) fn split(self) -> (String, ChanIn, ChanOut) {
        (self.name, self.reader, self.writer)
    }
}

impl ChanIn {
    /// Appends at most about `want` bytes to `buf` and gives their number; 0 is the end of the stream.
    /// Memory for them is taken only once they are there.
    pub(crate) async fn read(&mut self, buf: &mut Vec<u8>, want: usize) -> io::Result<usize> {
        match self {
            ChanIn::Fd(shared) => {
                shared
                    .wait_readable(|fd, is_socket| {
                        // Exactly: what there is room for is read.
                        buf.reserve_exact(want);
                        let spare = rustix::buffer::spare_capacity(buf);
                        Ok(if is_socket {
                            rustix::net::recv(fd, spare, RecvFlags::DONTWAIT)?.0
                        } else {
                            rustix::io::read(fd, spare)?
                        })
                    })
                    .await
            }
            ChanIn::Stream(stream) => stream.take(want as u64).read_buf(buf).await,
            ChanIn::Wire(wire) => Ok(wire.incoming.take(buf, want).await),
        }
    }
}

impl ChanOut {
    /// Sends some of `bytes`, at least one, and gives their number. Where more follow at once TCP may wait for them, so that the
    /// peer is woken once.
    pub(crate) async fn write(&mut self, bytes: &[u8], follows: Follows) -> io::Result<usize> {
        let more = match follows {
            Follows::Nothing => SendFlags::empty(),
            Follows::More => SendFlags::MORE,
        };
        let len = match self {
            ChanOut::Fd(shared) => {
                shared
                    .wait_writable(|fd, is_socket| {
                        Ok(if is_socket {
                            rustix::net::send(fd, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL | more)?
                        } else {
                            rustix::io::write(fd, bytes)?
                        })
                    })
                    .await?
            }
            ChanOut::Stream(stream) => stream.write(bytes).await?,
            ChanOut::Wire(wire) => wire.outgoing.put_some(bytes).await?,
        };
        if len == 0 && !bytes.is_empty() {
            return Err(ErrorKind::WriteZero.into());
        }
        Ok(len)
    }

    /// Tells the peer's side that nothing more comes.
    pub(crate) async fn shutdown(&mut self) {
        match self {
            // A channel that is gone already needs no end.
            ChanOut::Fd(shared) => {
                let _ = rustix::net::shutdown(shared.fd.get_ref(), Shutdown::Write);
            }
            ChanOut::Stream(stream) => {
                let _ = stream.shutdown().await;
            }
            ChanOut::Wire(wire) => wire.outgoing.end(),
        }
    }
}

impl Fd {
    async fn wait_readable(
        &self,
        mut read: impl FnMut(&OwnedFd, bool) -> io::Result<usize>,
    ) -> io::Result<usize> {
        loop {
            let mut guard = self.fd.readable().await?;
            match guard.try_io(|fd| read(fd.get_ref(), self.flags.is_none())) {
                Ok(Err(error)) if error.kind() == ErrorKind::Interrupted => {}
                Ok(result) => return result,
                Err(_would_block) => {}
            }
        }
    }

    async fn wait_writable(
        &self,
        mut write: impl FnMut(&OwnedFd, bool) -> io::Result<usize>,
    ) -> io::Result<usize> {
        loop {
            let mut guard = self.fd.writable().await?;
            match guard.try_io(|fd| write(fd.get_ref(), self.flags.is_none())) {
                Ok(Err(error)) if error.kind() == ErrorKind::Interrupted => {}
                Ok(result) => return result,
                Err(_would_block) => {}
            }
        }
    }
}

impl Drop for Fd {
    fn drop(&mut self) {
        if let Some(flags) = self.flags {
            // Whoever shares the terminal had it blocking; nothing to do where even that fails.
            let _ = rustix::fs::fcntl_setfl(self.fd.get_ref(), flags);
        }
    }
}

impl fmt::Debug for Chan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Chan").field(&self.name).finish()
    }
}

/// Judges a descriptor: gives the name for `status`, and the flags to restore for its other owners. What makes
/// them wait is changed.
///
/// Nothing is asked of a file server: it might not answer, and it might be us.
fn judge(fd: &OwnedFd) -> Result<(String, Option<OFlags>), Error> {
    let flags = rustix::fs::fcntl_getfl(fd).map_err(|_| Error::BadFd)?;
    if flags & OFlags::ACCMODE != OFlags::RDWR {
        return Err(Error::BadUse);
    }
    let known = AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC;
    let stat = rustix::fs::statx(fd, "", known, StatxFlags::TYPE).map_err(|_| Error::BadFd)?;
    match FileType::from_raw_mode(stat.stx_mode.into()) {
        FileType::Socket => {
            let kind = rustix::net::sockopt::socket_type(fd).map_err(|_| Error::BadUse)?;
            if kind != SocketType::STREAM || rustix::net::getpeername(fd).is_err() {
                return Err(Error::BadUse);
            }
            Ok((socket_name(fd), None))
        }
        FileType::CharacterDevice if !rustix::termios::isatty(fd) => Err(Error::BadUse),
        FileType::CharacterDevice | FileType::Fifo => {
            rustix::fs::fcntl_setfl(fd, flags | OFlags::NONBLOCK).map_err(|_| Error::BadUse)?;
            Ok(("fd".to_owned(), Some(flags)))
        }
        _ => Err(Error::BadUse),
    }
}

/// Closes a descriptor where nobody waits for it: closing asks its file server, which might not answer, or
/// might wait for us.
fn leave(fd: OwnedFd) {
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn_blocking(move || drop(fd));
    }
}

/// Tells whether a unix socket is connected to an address at which this process listens: then somebody
/// talks to us by it. A pair of sockets has no address.
pub(crate) fn leads_to_us(fd: &OwnedFd) -> bool {
    let is_ours =
        rustix::net::sockopt::socket_peercred(fd).is_ok_and(|peer| peer.pid == rustix::process::getpid());
    let peer = || rustix::net::getpeername(fd).ok().flatten();
    // What has no name comes out as the empty one (unix(7)).
    let named = |peer| {
        rustix::net::SocketAddrUnix::try_from(peer).is_ok_and(|address| {
            address.path().is_some() || address.abstract_name().is_some_and(|name| !name.is_empty())
        })
    };
    is_ours && peer().is_some_and(named)
}

/// Gives a descriptor to the runtime's poller.
#[expect(
    deprecated,
    reason = "an OwnedFd keeps what the unsafe successor asks for: open, and the same, until the drop"
)]
pub(crate) fn register(fd: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::new(fd)
}

/// Names a socket by its other end, as a dial string.
fn socket_name(fd: impl AsFd) -> String {
    use rustix::net::SocketAddrAny;
    let name = |address: SocketAddrAny| {
        if let Ok(ip) = std::net::SocketAddr::try_from(address.clone()) {
            return Some(format!("tcp!{}!{}", ip.ip(), ip.port()));
        }
        let unix = rustix::net::SocketAddrUnix::try_from(address).ok()?;
        // The peer chose it: in `status` it must not look like a line of its own.
        Some(format!("unix!{}", unix.path()?.to_bytes().escape_ascii()))
    };
    let peer = rustix::net::getpeername(&fd).ok().flatten().and_then(name);
    let ours = || rustix::net::getsockname(&fd).ok().and_then(name);
    peer.or_else(ours).unwrap_or_else(|| "unix!".to_owned())
}
