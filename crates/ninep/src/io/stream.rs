//! Stream: what 9P goes over, a unix socket, TCP, or anything else that reads and writes.

use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

use super::unix;
use crate::fcall::{Inbox, Outbox};

/// Anything that reads and writes.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Duplex for S {}

/// A connection. Only over a unix socket do descriptors pass.
pub enum Stream {
    /// A unix socket.
    Unix(UnixStream),
    /// TCP.
    Tcp(TcpStream),
    /// Anything else: a pipe in memory, a pair of files.
    Other(Box<dyn Duplex>),
}

impl Stream {
    /// Takes anything that reads and writes.
    pub fn over(stream: impl Duplex + 'static) -> Self {
        Self::Other(Box::new(stream))
    }

    /// Whether descriptors can pass.
    #[must_use]
    pub const fn passes_descriptors(&self) -> bool {
        matches!(self, Self::Unix(_))
    }

    /// Receives what is there; 0 bytes are the end.
    pub(crate) fn poll_recv(&mut self, cx: &mut Context<'_>, inbox: &mut Inbox) -> Poll<io::Result<usize>> {
        match self {
            Self::Unix(stream) => unix::poll_recv(stream, cx, inbox),
            Self::Tcp(stream) => poll_read(Pin::new(stream), cx, inbox),
            Self::Other(stream) => poll_read(Pin::new(stream), cx, inbox),
        }
    }

    /// Sends until nothing is left or the stream takes no more.
    pub(crate) fn poll_send(&mut self, cx: &mut Context<'_>, out: &mut Outbox) -> Poll<io::Result<()>> {
        match self {
            Self::Unix(stream) => unix::poll_send(stream, cx, out),
            Self::Tcp(stream) => poll_write(Pin::new(stream), cx, out),
            Self::Other(stream) => poll_write(Pin::new(stream), cx, out),
        }
    }
}

fn poll_read<S: AsyncRead + ?Sized>(
    stream: Pin<&mut S>,
    cx: &mut Context<'_>,
    inbox: &mut Inbox,
) -> Poll<io::Result<usize>> {
    let mut space = ReadBuf::new(inbox.space());
    ready!(stream.poll_read(cx, &mut space))?;
    let len = space.filled().len();
    inbox.received(len, None);
    Poll::Ready(Ok(len))
}

fn poll_write<S: AsyncWrite + ?Sized>(
    mut stream: Pin<&mut S>,
    cx: &mut Context<'_>,
    out: &mut Outbox,
) -> Poll<io::Result<()>> {
    while !out.is_empty() {
        if !out.descriptors().is_empty() {
            return Poll::Ready(Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "descriptors pass only over a unix socket",
            )));
        }
        let mut slices = [IoSlice::new(&[]); SLICES_MAX];
        let count = out.gather(&mut slices);
        let len = ready!(stream.as_mut().poll_write_vectored(cx, slices.get(..count).unwrap_or_default()))?;
        if len == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        out.advance(len);
    }
    // What buffers (a TLS stream, say) must not keep a reply back.
    stream.poll_flush(cx)
}

impl From<UnixStream> for Stream {
    fn from(stream: UnixStream) -> Self {
        Self::Unix(stream)
    }
}

impl From<TcpStream> for Stream {
    fn from(stream: TcpStream) -> Self {
        Self::Tcp(stream)
    }
}

impl From<DuplexStream> for Stream {
    fn from(stream: DuplexStream) -> Self {
        Self::over(stream)
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unix(_) => "Unix(..)",
            Self::Tcp(_) => "Tcp(..)",
            Self::Other(_) => "Other(..)",
        })
    }
}

/// Slices that one system call gathers.
pub(super) const SLICES_MAX: usize = 64;
