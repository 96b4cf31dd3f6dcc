//! Polling: what an open file is ready for, and the watch that tells the kernel when that changes (poll(2)).
//!
//! The kernel asks each time somebody looks, and wants to be told when to look again. A watch tells it once;
//! there is one for reading and one for writing, because several may wait for one file, each for something
//! else. It begins when somebody looks and finds nothing, and again when a read or a write with O_NONBLOCK
//! found nothing more to do, because who is told of changes alone (EPOLLET) does not look before.

use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use rustix::event::PollFlags;
use tokio::task::{AbortHandle, JoinSet};

use super::kernel::Kernel;
use crate::device::File;
use crate::device::ready::Ready;

/// Who is to be told about an open file.
#[derive(Default)]
pub(super) struct Polled(Mutex<State>);

#[derive(Default)]
struct State {
    /// The kernel's name for the file, and what anybody ever waited for.
    asked: Option<(u64, PollFlags)>,
    reading: Option<AbortHandle>,
    writing: Option<AbortHandle>,
}

impl Polled {
    /// Remembers that somebody waits for `events` of the file that the kernel calls `handle`.
    pub(super) fn ask(&self, handle: u64, events: PollFlags) {
        let mut state = self.state();
        let before = state.asked.map_or(PollFlags::empty(), |(_, before)| before);
        state.asked = Some((handle, before | events));
    }

    /// Begins a watch for each way of `ways` that somebody ever asked about, unless one is under way.
    pub(super) fn watch(&self, ways: PollFlags, file: &File, kernel: &Arc<Kernel>, tasks: &mut JoinSet<()>) {
        let mut state = self.state();
        let Some((handle, asked)) = state.asked else { return };
        let ways = ways & asked;
        let mut begin = |watch: &mut Option<AbortHandle>, wait: Option<Ready>| {
            let is_under_way = watch.as_ref().is_some_and(|watch| !watch.is_finished());
            // Without a wait it is ready for ever.
            let Some(wait) = wait.filter(|_| !is_under_way) else { return };
            let kernel = Arc::clone(kernel);
            *watch = Some(tasks.spawn(async move {
                wait.await;
                kernel.wake(handle);
            }));
        };
        if ways.intersects(READ) {
            begin(&mut state.reading, file.readable());
        }
        if ways.intersects(WRITE) {
            begin(&mut state.writing, file.writable());
        }
    }

    /// Ends: the file is closed.
    pub(super) fn end(&self) {
        let mut state = self.state();
        for watch in [state.reading.take(), state.writing.take()].into_iter().flatten() {
            watch.abort();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says which of `events` an open file is ready for, and what is told unasked.
pub(super) async fn ready(file: &File, events: PollFlags) -> PollFlags {
    let mut found = PollFlags::empty();
    if events.intersects(READ) && look(file.readable()).await {
        found |= READ;
    }
    if events.intersects(WRITE) && look(file.writable()).await {
        found |= WRITE;
    }
    if file.is_hung_up() {
        found |= PollFlags::HUP;
    }
    found & (events | PollFlags::HUP)
}

/// Looks once whether a wait is over.
async fn look(wait: Option<Ready>) -> bool {
    let Some(mut wait) = wait else { return true };
    first_look(&mut wait).await.is_ready()
}

/// Polls a future once. It is not told that it had enough for now, as it would be after many others: here
/// that would be a wrong answer.
pub(super) async fn first_look<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    let mut future = tokio::task::unconstrained(future);
    poll_fn(|cx| Poll::Ready(std::pin::Pin::new(&mut future).poll(cx))).await
}

/// What a read may follow.
pub(super) const READ: PollFlags = PollFlags::IN.union(PollFlags::RDNORM);
/// What a write may follow.
pub(super) const WRITE: PollFlags = PollFlags::OUT.union(PollFlags::WRNORM);
