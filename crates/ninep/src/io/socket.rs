//! Socket: a connection that came in, before anybody serves it.

use std::io;
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use super::Stream;

/// A connection that no poller watches yet: it becomes a [`Stream`] where it is served. It does not block.
#[derive(Debug)]
pub enum Socket {
    /// A unix socket.
    Unix(UnixStream),
    /// TCP.
    Tcp(TcpStream),
}

impl Socket {
    /// Has the poller of the caller's runtime watch it.
    ///
    /// # Errors
    /// The poller takes no more.
    pub fn watched(self) -> io::Result<Stream> {
        Ok(match self {
            Self::Unix(stream) => Stream::Unix(tokio::net::UnixStream::from_std(stream)?),
            Self::Tcp(stream) => Stream::Tcp(tokio::net::TcpStream::from_std(stream)?),
        })
    }
}

impl From<Socket> for OwnedFd {
    fn from(socket: Socket) -> Self {
        match socket {
            Socket::Unix(stream) => stream.into(),
            Socket::Tcp(stream) => stream.into(),
        }
    }
}
