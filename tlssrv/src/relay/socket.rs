//! The ends of a unix stream socket with a command behind it.

use std::io;
use std::os::fd::AsFd;

use bytes::{BufMut, Bytes, BytesMut};
use rustix::net::Shutdown;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use super::{CHUNK_LEN_MAX, CHUNK_LEN_MIN, Sink, Source, grown};

/// What the command writes.
pub struct Output {
    half: OwnedReadHalf,
    buf: BytesMut,
    room: usize,
}

/// What the command reads.
pub struct Input {
    half: OwnedWriteHalf,
}

/// Takes a stream apart into what can be read from it and what can be written to it.
#[must_use]
pub fn ends(stream: UnixStream) -> (Output, Input) {
    let (read, write) = stream.into_split();
    (Output { half: read, buf: BytesMut::new(), room: CHUNK_LEN_MIN }, Input { half: write })
}

impl Source for Output {
    async fn next(&mut self) -> io::Result<Bytes> {
        let len = loop {
            // The chunk before has been dropped as a rule: then this takes its room again instead of asking for new.
            self.buf.reserve(self.room);
            match self.half.try_read_buf(&mut (&mut self.buf).limit(CHUNK_LEN_MAX)) {
                Ok(len) => break len,
                // Whoever waits keeps no room.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.buf = BytesMut::new(),
                // What a socketpair says behind the last output of a command that ended with its input unread.
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => break 0,
                Err(error) => return Err(error),
            }
            self.half.readable().await?;
        };
        self.room = grown(self.room, len);
        Ok(self.buf.split().freeze())
    }

    fn refuse(&mut self) {
        let stream: &UnixStream = self.half.as_ref();
        // The command's next write fails, with SIGPIPE if it has not arranged otherwise. A socket that is not connected
        // any more needs no telling.
        let _ = rustix::net::shutdown(stream.as_fd(), Shutdown::Read);
    }
}

impl Sink for Input {
    async fn put(&mut self, bytes: Bytes) -> io::Result<()> {
        self.half.write_all(&bytes).await
    }

    async fn end(&mut self) -> io::Result<()> {
        // A command that is gone knows.
        let _ = self.half.shutdown().await;
        Ok(())
    }

    /// A stream can only end: what was cut is for the program's report.
    async fn cut(&mut self) {
        let _ = self.end().await;
    }
}
