//! The channel as a file: two bounded queues of ciphertext between a conversation and its carrier.
//!
//! The carrier is whoever has `wire` open: what it writes is what the peer sent, what it reads is for
//! the peer. This file knows bytes, not records; what a state of the conversation means for the
//! carrier is decided elsewhere.
//!
//! `wire` is shared, as a fifo is: a carrier opens it once for both ways or once for each, and hands it
//! on by opening it a second time before the first is closed. The bytes of one write stay together.
//!
//! **Invariants**
//! - A queue holds at most [`Limits::wire_queue_len`](crate::Limits) bytes, and of what comes from the carrier one write more.
//! - Dropping a future loses no byte: a carrier's write is taken as a whole or not at all.
//! - Once `wire` is the channel, the last writer's close is the end of what comes from the peer, and the
//!   last reader's close the end of what can be sent; neither comes back.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ninep::OpenMode;
use tokio::sync::Notify;

use crate::errstr::Error;

/// Both directions of a conversation's `wire`.
pub(crate) struct Wire {
    /// From the carrier to the conversation.
    pub(super) incoming: Pipe,
    /// From the conversation to the carrier.
    pub(super) outgoing: Pipe,
    /// Whether `wire` was written to `ctl`.
    is_channel: AtomicBool,
}

/// One direction.
pub(super) struct Pipe {
    /// How many bytes wait before whoever brings more waits.
    len_max: usize,
    queue: Mutex<Queue>,
    changed: Notify,
}

#[derive(Default)]
struct Queue {
    bytes: VecDeque<u8>,
    /// How many open files are the carrier's end of it.
    file_count: usize,
    /// Nothing is put any more.
    is_ended: bool,
    /// Nothing is taken any more.
    is_broken: bool,
}

impl Wire {
    /// Makes one whose queues are full at `len_max` bytes, with nobody at either end.
    pub(super) fn new(len_max: usize) -> Wire {
        Wire {
            incoming: Pipe::new(len_max),
            outgoing: Pipe::new(len_max),
            is_channel: AtomicBool::new(false),
        }
    }

    /// Makes it the channel: from now on closes count.
    pub(super) fn begin(&self) {
        self.is_channel.store(true, Ordering::Release);
    }

    /// Tells whether it is the channel.
    pub(super) fn is_channel(&self) -> bool {
        self.is_channel.load(Ordering::Acquire)
    }

    /// Counts one more open file of the carrier.
    ///
    /// # Errors
    /// `i/o on hungup channel` for a direction that has ended.
    pub(crate) fn open(&self, mode: OpenMode) -> Result<(), Error> {
        let (mut incoming, mut outgoing) = (self.incoming.queue(), self.outgoing.queue());
        if mode.can_write() && incoming.is_over() || mode.can_read() && outgoing.is_over() {
            return Err(Error::Eof);
        }
        incoming.file_count += usize::from(mode.can_write());
        outgoing.file_count += usize::from(mode.can_read());
        Ok(())
    }

    /// Counts one open file of the carrier less, which [`Wire::open`] counted.
    pub(crate) fn close(&self, mode: OpenMode) {
        if mode.can_write() && self.incoming.is_left() && self.is_channel() {
            self.incoming.end();
        }
        if mode.can_read() && self.outgoing.is_left() && self.is_channel() {
            self.outgoing.refuse();
        }
    }

    /// Tells whether what the carrier brings is refused: the conversation is over.
    pub(super) fn is_refused(&self) -> bool {
        self.incoming.queue().is_broken
    }

    /// Ends both directions: the conversation is over. What is for the peer can still be taken.
    pub(super) fn end(&self) {
        self.incoming.refuse();
        self.outgoing.end();
    }
}

impl Pipe {
    fn new(len_max: usize) -> Pipe {
        Pipe { len_max, queue: Mutex::default(), changed: Notify::new() }
    }

    /// Waits while the queue is full, then puts all of `bytes`.
    ///
    /// # Errors
    /// `BrokenPipe`: nobody takes them any more.
    pub(super) async fn put_whole(&self, bytes: &[u8]) -> io::Result<()> {
        self.put(bytes, bytes.len()).await.map(|_| ())
    }

    /// Waits while the queue is full, then puts of `bytes` what there is room for and gives its length.
    ///
    /// # Errors
    /// `BrokenPipe`: nobody takes them any more.
    pub(super) async fn put_some(&self, bytes: &[u8]) -> io::Result<usize> {
        self.put(bytes, 0).await
    }

    /// Puts at least `len_min` bytes, and more as far as there is room.
    async fn put(&self, bytes: &[u8], len_min: usize) -> io::Result<usize> {
        self.when(|queue| {
            if queue.is_broken || queue.is_ended {
                return Some(Err(ErrorKind::BrokenPipe.into()));
            }
            let room = self.len_max.checked_sub(queue.bytes.len()).filter(|room| *room > 0)?;
            let some = bytes.get(..room.max(len_min)).unwrap_or(bytes);
            queue.bytes.extend(some);
            Some(Ok(some.len()))
        })
        .await
    }

    /// Waits while the queue is empty, then appends at most `count` of its bytes to `buf` and gives their
    /// number; 0 is the end.
    pub(super) async fn take(&self, buf: &mut Vec<u8>, count: usize) -> usize {
        self.when(|queue| {
            if queue.bytes.is_empty() && !queue.is_ended {
                return None;
            }
            let len = count.min(queue.bytes.len());
            buf.extend(queue.bytes.drain(..len));
            if queue.bytes.is_empty() && queue.bytes.capacity() > IDLE_CAPACITY_MAX {
                queue.bytes = VecDeque::new();
            }
            Some(len)
        })
        .await
    }

    /// Waits until there is something to take, or the end.
    #[cfg(feature = "fuse")]
    pub(super) async fn takeable(&self) {
        self.when(|queue| (!queue.bytes.is_empty() || queue.is_ended).then_some(())).await;
    }

    /// Waits until something can be put, or refused.
    #[cfg(feature = "fuse")]
    pub(super) async fn puttable(&self) {
        self.when(|queue| (queue.bytes.len() < self.len_max || queue.is_over()).then_some(())).await;
    }

    /// Says that nothing more is put.
    pub(super) fn end(&self) {
        self.queue().is_ended = true;
        self.changed.notify_waiters();
    }

    /// Says that nothing more is taken: what is there is forgotten.
    fn refuse(&self) {
        {
            let mut queue = self.queue();
            queue.is_broken = true;
            queue.bytes = VecDeque::new();
        }
        self.changed.notify_waiters();
    }

    /// Counts one open file less; tells whether it was the last one.
    fn is_left(&self) -> bool {
        let mut queue = self.queue();
        queue.file_count -= 1;
        queue.file_count == 0
    }

    /// Waits until `attempt` succeeds; what it did to the queue is told to others who wait.
    async fn when<T>(&self, mut attempt: impl FnMut(&mut Queue) -> Option<T>) -> T {
        loop {
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            let done = attempt(&mut self.queue());
            if let Some(done) = done {
                self.changed.notify_waiters();
                return done;
            }
            changed.await;
        }
    }

    /// Locks; a panic elsewhere does not make the queue worse than it is.
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn is_over(&self) -> bool {
        self.is_ended || self.is_broken
    }
}

/// The largest room, in bytes, that an empty queue keeps.
const IDLE_CAPACITY_MAX: usize = 32 * 1024;

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::task::{Context, Poll, Waker};

    use super::*;

    const WIRE_QUEUE_LEN_MAX: usize = 1000;

    fn poll<T>(future: impl Future<Output = T>) -> Poll<T> {
        pin!(future).poll(&mut Context::from_waker(Waker::noop()))
    }

    fn taken(pipe: &Pipe, count: usize) -> Poll<Vec<u8>> {
        let mut buf = Vec::new();
        poll(pipe.take(&mut buf, count)).map(|len| {
            assert_eq!(len, buf.len());
            buf
        })
    }

    #[test]
    fn a_full_queue_makes_whoever_brings_more_wait() {
        let pipe = Pipe::new(WIRE_QUEUE_LEN_MAX);
        let all = vec![7; WIRE_QUEUE_LEN_MAX];
        assert!(matches!(poll(pipe.put_some(&all)), Poll::Ready(Ok(WIRE_QUEUE_LEN_MAX))));
        assert!(poll(pipe.put_some(&[1])).is_pending() && poll(pipe.put_whole(&[1])).is_pending());
        assert_eq!(taken(&pipe, 1), Poll::Ready(vec![7]));
        // A write is taken as a whole, the conversation's own bytes as far as there is room.
        assert!(matches!(poll(pipe.put_some(&[1, 2])), Poll::Ready(Ok(1))));
        assert_eq!(taken(&pipe, 1), Poll::Ready(vec![7]));
        assert!(matches!(poll(pipe.put_whole(&[2, 3])), Poll::Ready(Ok(()))));
    }

    #[test]
    fn what_was_put_before_the_end_is_taken() {
        let pipe = Pipe::new(WIRE_QUEUE_LEN_MAX);
        assert!(poll(pipe.put_whole(b"last")).is_ready());
        assert!(taken(&pipe, 2).is_ready());
        pipe.end();
        assert_eq!(taken(&pipe, 9), Poll::Ready(b"st".to_vec()));
        assert_eq!(taken(&pipe, 9), Poll::Ready(Vec::new()));
    }

    #[test]
    fn closes_count_once_it_is_the_channel() {
        let wire = Wire::new(WIRE_QUEUE_LEN_MAX);
        wire.open(OpenMode::RDWR).expect("nothing has ended");
        wire.close(OpenMode::RDWR);
        wire.open(OpenMode::WRITE).expect("nothing has ended");
        wire.begin();
        wire.open(OpenMode::RDWR).expect("it is shared");
        wire.close(OpenMode::WRITE);
        assert!(taken(&wire.incoming, 9).is_pending(), "there is a writer left");
        wire.close(OpenMode::RDWR);
        assert_eq!(taken(&wire.incoming, 9), Poll::Ready(Vec::new()));
        assert!(matches!(poll(wire.outgoing.put_some(b"x")), Poll::Ready(Err(_))));
        for mode in [OpenMode::READ, OpenMode::WRITE, OpenMode::RDWR] {
            assert_eq!(wire.open(mode), Err(Error::Eof), "{mode:?}");
        }
    }
}
