//! Answers that are owed: reads and writes that may have to wait, and what ends a wait.
//!
//! **Invariants**
//! - Each is answered exactly once: with a result, with what was taken of a write, or with EINTR or EAGAIN.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use ninep::Answer;
use polyfuse_kernel::fuse_write_out;
use rustix::io::Errno;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use zerocopy::IntoBytes;

use super::kernel::Kernel;
use super::poll::first_look;

/// All that is owed for one mount. Dropping it drops every wait.
pub(super) struct Debts {
    kernel: Arc<Kernel>,
    waiting: Arc<Waiting>,
    /// The tasks of the waits, and of others that end with the mount.
    pub(super) tasks: JoinSet<()>,
}

/// An answer that is owed to the kernel.
pub(super) struct Owed {
    /// The request's number.
    pub(super) unique: u64,
    /// Whether the caller waits; otherwise it set O_NONBLOCK.
    pub(super) is_patient: bool,
    /// Whether there is much to do before it can wait.
    pub(super) is_long: bool,
    /// For a write, how many bytes are on their way whatever happens.
    pub(super) taken: Option<Arc<AtomicUsize>>,
}

/// Requests that wait: what ends each of them.
#[derive(Default)]
struct Waiting(Mutex<HashMap<u64, oneshot::Sender<()>>>);

/// A future of the device.
type Later<T> = Pin<Box<dyn Future<Output = Result<T, ninep::Error>> + Send>>;

/// Says what came of a request, by its number.
type Say<T> = fn(&Kernel, u64, T);

impl Debts {
    /// Owes nothing yet.
    pub(super) fn new(kernel: Arc<Kernel>) -> Debts {
        Debts { kernel, waiting: Arc::default(), tasks: JoinSet::new() }
    }

    /// Sees to it that a read or write is answered: at once if it can be, otherwise by a task.
    pub(super) async fn owe<T: Send + 'static>(&mut self, owed: Owed, answer: Answer<T>, say: Say<T>) {
        let mut future: Later<T> = match answer {
            Answer::Now(result) => return owed.settle(&self.kernel, Some(result), say),
            Answer::Later(future) => future,
        };
        // The first look costs no task; and it is the only one that a caller with O_NONBLOCK wants.
        // Much to encrypt is no affair of the task that everybody waits for.
        if !owed.is_patient || !owed.is_long {
            match first_look(&mut future).await {
                Poll::Ready(result) => return owed.settle(&self.kernel, Some(result), say),
                Poll::Pending if !owed.is_patient => {
                    drop(future);
                    return owed.settle(&self.kernel, None, say);
                }
                Poll::Pending => {}
            }
        }
        let interrupted = self.waiting.begin(owed.unique);
        let (kernel, waiting) = (Arc::clone(&self.kernel), Arc::clone(&self.waiting));
        self.tasks.spawn(async move {
            let result = tokio::select! {
                biased;
                result = &mut future => Some(result),
                _ = interrupted => None,
            };
            drop(future);
            waiting.end(owed.unique);
            owed.settle(&kernel, result, say);
        });
    }

    /// Ends the wait of a request, if it waits.
    pub(super) fn interrupt(&self, unique: u64) {
        self.waiting.end(unique);
    }

    /// Forgets the tasks that have ended.
    pub(super) fn reap(&mut self) {
        while self.tasks.try_join_next().is_some() {}
    }
}

impl Owed {
    /// Answers with a result, or, if there is none, for a caller who did not wait for it.
    fn settle<T>(self, kernel: &Kernel, result: Option<Result<T, ninep::Error>>, say: Say<T>) {
        match result {
            Some(Ok(value)) => say(kernel, self.unique, value),
            Some(Err(error)) => {
                tracing::debug!("fuse {}: {error}", self.unique);
                kernel.refuse(self.unique, error.errno);
            }
            None => match self.taken.map_or(0, |taken| taken.load(Ordering::Acquire)) {
                0 if self.is_patient => kernel.refuse(self.unique, Errno::INTR.raw_os_error()),
                0 => kernel.refuse(self.unique, Errno::AGAIN.raw_os_error()),
                // What is sealed goes out: saying that it did not would have it written twice.
                taken => say_written(kernel, self.unique, u32::try_from(taken).unwrap_or(u32::MAX)),
            },
        }
    }
}

impl Waiting {
    /// Begins a wait; the receiver hears of its interrupt.
    fn begin(&self, unique: u64) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        self.lock().insert(unique, sender);
        receiver
    }

    /// Ends a wait, whether it is over or to be over. One that ended by itself is not there any more.
    fn end(&self, unique: u64) {
        self.lock().remove(&unique);
    }

    /// Locks; a panic elsewhere does not make the list worse than it is.
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, oneshot::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers a read.
pub(super) fn say_read(kernel: &Kernel, unique: u64, data: bytes::Bytes) {
    kernel.answer(unique, &data);
}

/// Answers a write.
pub(super) fn say_written(kernel: &Kernel, unique: u64, count: u32) {
    kernel.answer(unique, fuse_write_out { size: count, padding: 0 }.as_bytes());
}
