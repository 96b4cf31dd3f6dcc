//! Standard input and output as ends.
//!
//! They may be files, terminals or pipes that other processes share, so they are neither made non-blocking nor given to
//! the poller: one thread each does plain blocking calls. The threads are nobody's to wait for: a program may end while
//! one of them sits in a read.

use std::io;
use std::os::fd::AsFd;
use std::thread;

use bytes::Bytes;
use rustix::buffer::spare_capacity;
use rustix::fs::{FileType, Mode, OFlags};
use rustix::net::Shutdown;
use tokio::sync::{mpsc, oneshot};

use super::{CHUNK_LEN_MIN, Sink, Source, grown};

/// Standard input.
pub struct Stdin {
    chunks: mpsc::Receiver<io::Result<Bytes>>,
}

/// Standard output.
pub struct Stdout {
    /// None after the end.
    chunks: Option<mpsc::Sender<Bytes>>,
    outcome: oneshot::Receiver<io::Result<()>>,
}

impl Stdin {
    /// Starts to read ahead, one chunk.
    ///
    /// # Errors
    /// There is no room for a thread.
    pub fn start() -> io::Result<Stdin> {
        let (give, take) = mpsc::channel(1);
        thread::Builder::new().name("stdin".to_owned()).spawn(move || read_all(&give))?;
        Ok(Stdin { chunks: take })
    }
}

impl Stdout {
    /// Starts to wait for bytes to write.
    ///
    /// # Errors
    /// There is no room for a thread.
    pub fn start() -> io::Result<Stdout> {
        let (give, mut take) = mpsc::channel::<Bytes>(1);
        let (tell, outcome) = oneshot::channel();
        thread::Builder::new().name("stdout".to_owned()).spawn(move || {
            let mut written = Ok(());
            while written.is_ok()
                && let Some(bytes) = take.blocking_recv()
            {
                written = write_all(&bytes);
            }
            // Nobody waits for it if the program is about to end.
            let _ = tell.send(written);
        })?;
        Ok(Stdout { chunks: Some(give), outcome })
    }

    async fn outcome(&mut self) -> io::Result<()> {
        self.chunks = None;
        (&mut self.outcome).await.unwrap_or(Ok(()))
    }
}

impl Source for Stdin {
    async fn next(&mut self) -> io::Result<Bytes> {
        self.chunks.recv().await.unwrap_or(Ok(Bytes::new()))
    }

    fn refuse(&mut self) {
        self.chunks.close();
    }
}

impl Sink for Stdout {
    async fn put(&mut self, bytes: Bytes) -> io::Result<()> {
        let refused = match &self.chunks {
            Some(chunks) => chunks.send(bytes).await.is_err(),
            None => true,
        };
        if refused {
            // The thread has ended: its last word says why.
            self.outcome().await.and(Err(io::ErrorKind::BrokenPipe.into()))
        } else {
            Ok(())
        }
    }

    async fn end(&mut self) -> io::Result<()> {
        self.outcome().await?;
        // Whoever reads our output learns of the end now, not when the other direction has ended too.
        let null = rustix::fs::open("/dev/null", OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
        if is_one_socket() {
            // Descriptor 0 keeps it open.
            let _ = rustix::net::shutdown(rustix::stdio::stdout(), Shutdown::Write);
        }
        rustix::stdio::dup2_stdout(null.as_fd())?;
        Ok(())
    }

    /// What came before the cut is written; the exit code says the rest.
    async fn cut(&mut self) {
        let _ = self.outcome().await;
    }
}

/// Whether standard input and output are the two directions of one socket, as under a superserver.
fn is_one_socket() -> bool {
    let of = |fd| rustix::fs::fstat(fd).ok().map(|stat| (stat.st_dev, stat.st_ino, stat.st_mode));
    let (input, output) = (of(rustix::stdio::stdin()), of(rustix::stdio::stdout()));
    let is_socket = |(_, _, mode)| FileType::from_raw_mode(mode) == FileType::Socket;
    input == output && output.is_some_and(is_socket)
}

fn read_all(give: &mpsc::Sender<io::Result<Bytes>>) {
    let mut room = CHUNK_LEN_MIN;
    loop {
        let mut chunk = Vec::with_capacity(room);
        let read = rustix::io::retry_on_intr(|| {
            rustix::io::read(rustix::stdio::stdin(), spare_capacity(&mut chunk))
        });
        let is_last = !matches!(read, Ok(1..));
        room = grown(room, chunk.len());
        let chunk = read.map(|_| Bytes::from(chunk)).map_err(io::Error::from);
        if give.blocking_send(chunk).is_err() || is_last {
            return;
        }
    }
}

fn write_all(mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let n = rustix::io::retry_on_intr(|| rustix::io::write(rustix::stdio::stdout(), bytes))?;
        bytes = bytes.get(n..).unwrap_or_default();
    }
    Ok(())
}
