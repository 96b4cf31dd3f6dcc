//! The carrier of a connection's ciphertext, where the device cannot take the descriptor: bytes both ways between the
//! socket and the connection's file `wire`.
//!
//! The device is on another machine then, or behind a mount that is not its own. An end of one side is told to the other
//! as it came.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdStream;
use std::time::Duration;

use bytes::Bytes;
use ninep::OpenMode;
use tokio::net::UnixStream;
use tokio::sync::oneshot;

use crate::device::{File, Refusal, Session};
use crate::exit::plain;
use crate::goodbye::Goodbyes;
use crate::relay::{CHUNK_LEN_MAX, Sink, Source, copy, of, socket};

/// A carrier at work. Dropping it lets it finish: it ends when the device has said all that there is to say.
pub struct Carrier {
    /// Its drop is the message that nobody uses the connection any more.
    _over: oneshot::Sender<()>,
    done: oneshot::Receiver<()>,
}

/// What the peer gets: the reading end of `wire`.
struct FromDevice(Option<File>);

/// What the peer sent: the writing end of `wire`.
struct ToDevice(Option<File>);

impl Carrier {
    /// Starts to carry between `fd`, a stream socket, and the connection `number`, whose channel is `wire`.
    ///
    /// # Errors
    /// The device refuses; the system cannot watch the descriptor.
    pub async fn start(
        session: &Session,
        number: &str,
        fd: OwnedFd,
        goodbyes: &Goodbyes,
    ) -> Result<Carrier, Refusal> {
        let path = format!("{number}/wire");
        // Apart, so that the peer's end can be told by a close.
        let reader = session.open(&path, OpenMode::READ).await?;
        let writer = session.open(&path, OpenMode::WRITE).await?;
        let stream = watched(fd).map_err(|error| Refusal(plain(&error)))?;
        let (over, is_over) = oneshot::channel();
        let (tell, done) = oneshot::channel();
        goodbyes.spawn(async move {
            carry(stream, FromDevice(Some(reader)), ToDevice(Some(writer)), is_over).await;
            // Nobody may be waiting.
            let _ = tell.send(());
        });
        Ok(Carrier { _over: over, done })
    }

    /// Waits until the device has said all, which it has when nobody holds the connection any more.
    pub async fn finished(self) {
        let Carrier { _over: over, done } = self;
        drop(over);
        let _ = done.await;
    }
}

async fn carry(stream: UnixStream, reader: FromDevice, writer: ToDevice, is_over: oneshot::Receiver<()>) {
    let (output, input) = socket::ends(stream);
    let mut to_peer = Some(Box::pin(copy(reader, input)));
    let mut from_peer = Some(Box::pin(copy(output, writer)));
    let mut is_over = Some(is_over);
    // While somebody uses the connection the peer may speak, even if we have no more to say.
    while to_peer.is_some() || (from_peer.is_some() && is_over.is_some()) {
        tokio::select! {
            _ = of(&mut to_peer) => to_peer = None,
            _ = of(&mut from_peer) => from_peer = None,
            _ = of(&mut is_over) => is_over = None,
        }
    }
    // A socket closed with bytes unread resets the connection, and the peer may lose our last records.
    let _ = tokio::time::timeout(LINGER_TIME_MAX, async {
        if let Some(from_peer) = from_peer {
            from_peer.await;
        }
    })
    .await;
}

/// A stream socket of any family for the runtime: only calls that all of them have are made.
fn watched(fd: OwnedFd) -> io::Result<UnixStream> {
    if !matches!(rustix::net::sockopt::socket_type(&fd), Ok(rustix::net::SocketType::STREAM)) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "only a stream socket can be carried"));
    }
    let stream = StdStream::from(fd);
    stream.set_nonblocking(true)?;
    UnixStream::from_std(stream)
}

impl Source for FromDevice {
    async fn next(&mut self) -> io::Result<Bytes> {
        match &self.0 {
            Some(file) => file.read(CHUNK_LEN_MAX).await.map_err(io::Error::other),
            None => Ok(Bytes::new()),
        }
    }

    /// The device finds its channel hung up.
    fn refuse(&mut self) {
        self.0 = None;
    }
}

impl Sink for ToDevice {
    async fn put(&mut self, bytes: Bytes) -> io::Result<()> {
        match &self.0 {
            Some(file) => file.write_all(bytes).await.map_err(io::Error::other),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    async fn end(&mut self) -> io::Result<()> {
        self.0 = None;
        Ok(())
    }

    /// An end without close_notify is a cut already.
    async fn cut(&mut self) {
        self.0 = None;
    }
}

/// How long the peer's last bytes are read after ours have gone: as long as the device does it.
const LINGER_TIME_MAX: Duration = Duration::from_secs(2);
