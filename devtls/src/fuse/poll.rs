//! Polling: what an open file is ready for, and the watch that tells the kernel when that changes (poll(2)).
//!
//! The kernel asks each time somebody looks, and wants to be told when to look again. A watch tells it once;
//! it begins when somebody looks and finds nothing, and again when a read or a write found nothing more to
//! do, because who is told of changes alone (EPOLLET) does not look before.

use std::future::{Future, pending, poll_fn};
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
    /// The kernel's name for the file, and what somebody waits for.
    asked: Option<(u64, PollFlags)>,
    watch: Option<AbortHandle>,
}

impl Polled {
    /// Remembers that somebody waits for `events` of the file that the kernel calls `handle`.
    pub(super) fn ask(&self, handle: u64, events: PollFlags) {
        self.state().asked = Some((handle, events));
    }

    /// Begins a watch for what was asked, if anything was, in place of the one before.
    pub(super) fn watch(&self, file: &File, kernel: &Arc<Kernel>, tasks: &mut JoinSet<()>) {
        let mut state = self.state();
        let Some((handle, events)) = state.asked else { return };
        if let Some(before) = state.watch.take() {
            before.abort();
        }
        let (readable, writable) = (events.intersects(READ), events.intersects(WRITE));
        let readable = file.readable().filter(|_| readable);
        let writable = file.writable().filter(|_| writable);
        let kernel = Arc::clone(kernel);
        state.watch = Some(tasks.spawn(async move {
            tokio::select! {
                () = until(readable) => {}
                () = until(writable) => {}
            }
            kernel.wake(handle);
        }));
    }

    /// Ends: the file is closed.
    pub(super) fn end(&self) {
        if let Some(watch) = self.state().watch.take() {
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

async fn until(wait: Option<Ready>) {
    match wait {
        Some(wait) => wait.await,
        // Whoever polls was told that it is ready already, and always will be; or did not ask.
        None => pending().await,
    }
}

/// What a read may follow.
const READ: PollFlags = PollFlags::IN.union(PollFlags::RDNORM);
/// What a write may follow.
const WRITE: PollFlags = PollFlags::OUT.union(PollFlags::WRNORM);
