//! Replies owed: the futures of reads and writes that wait, and which of them woke.
//!
//! **Invariants.** A future of which all requests were cancelled is dropped before `cancel` returns. A future is polled only if
//! it is new or woke. No lock is held while one is polled.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use bytes::Bytes;

use crate::{Error, Tag};

/// A future of a file system.
pub(super) type Waiting<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;

/// What is waited for.
pub(super) enum Work {
    Read(Waiting<Bytes>),
    Write(Waiting<u32>),
    /// Writes that are done together, and their tags; one that was cancelled has none any more.
    Writes(Vec<Option<Tag>>, Waiting<Vec<Result<u32, Error>>>),
}

/// What came of it.
pub(super) enum Done {
    Read(Result<Bytes, Error>),
    Write(Result<u32, Error>),
    /// As many results as there are tags.
    Writes(Vec<Option<Tag>>, Vec<Result<u32, Error>>),
}

/// Where a future is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot(usize);

/// All futures of a session.
#[derive(Default)]
pub(super) struct Owed {
    places: Vec<Place>,
    free: Vec<usize>,
    woken: Arc<Woken>,
    /// Room for the list of woken ones, kept from one time to the next.
    list: Vec<usize>,
}

struct Place {
    waits: Option<(Tag, Work)>,
    bell: Arc<Bell>,
    /// Rings the bell.
    waker: Waker,
}

/// Which futures woke, and whom to tell.
#[derive(Default)]
struct Woken {
    has_any: AtomicBool,
    state: Mutex<WokenState>,
}

#[derive(Default)]
struct WokenState {
    list: Vec<usize>,
    task: Option<Waker>,
}

/// Wakes one place.
struct Bell {
    index: usize,
    /// In the list already.
    is_listed: AtomicBool,
    woken: Arc<Woken>,
}

impl Owed {
    /// Polls a new future once, and keeps it if it has to wait.
    pub(super) fn start(&mut self, tag: Tag, mut work: Work) -> Result<Done, Slot> {
        let index = self.free.pop().unwrap_or_else(|| {
            let index = self.places.len();
            let woken = Arc::clone(&self.woken);
            let bell = Arc::new(Bell { index, is_listed: AtomicBool::new(false), woken });
            self.places.push(Place { waits: None, waker: Waker::from(Arc::clone(&bell)), bell });
            index
        });
        let Some(place) = self.places.get_mut(index) else { return Err(Slot(index)) };
        match work.poll(&mut Context::from_waker(&place.waker)) {
            Poll::Ready(done) => {
                self.free.push(index);
                Ok(done)
            }
            Poll::Pending => {
                place.waits = Some((tag, work));
                Err(Slot(index))
            }
        }
    }

    /// Drops the future of a request. Where it is one of writes that are done together, nobody hears of its end any more, and the
    /// future is dropped with the last of them.
    pub(super) fn cancel(&mut self, slot: Slot, tag: Tag) {
        let Some(place) = self.places.get_mut(slot.0) else { return };
        if let Some((_, Work::Writes(tags, _))) = &mut place.waits {
            tags.iter_mut().filter(|other| **other == Some(tag)).for_each(|cancelled| *cancelled = None);
            if tags.iter().any(Option::is_some) {
                return;
            }
        }
        self.drop_at(slot.0);
    }

    /// Drops every future.
    pub(super) fn clear(&mut self) {
        for index in 0..self.places.len() {
            self.drop_at(index);
        }
    }

    fn drop_at(&mut self, index: usize) {
        if let Some(waits) = self.places.get_mut(index).and_then(|place| place.waits.take()) {
            drop(waits);
            self.free.push(index);
        }
    }

    /// Polls the futures that woke, each once, and appends what came of them.
    pub(super) fn poll_woken(&mut self, done: &mut Vec<(Tag, Done)>) {
        let mut list = std::mem::take(&mut self.list);
        {
            let mut state = self.woken.lock();
            std::mem::swap(&mut list, &mut state.list);
            self.woken.has_any.store(false, Ordering::Release);
        }
        for index in list.drain(..) {
            let Some(place) = self.places.get_mut(index) else { continue };
            place.bell.is_listed.store(false, Ordering::Release);
            let Some((tag, work)) = &mut place.waits else { continue };
            let tag = *tag;
            if let Poll::Ready(result) = work.poll(&mut Context::from_waker(&place.waker)) {
                place.waits = None;
                self.free.push(index);
                done.push((tag, result));
            }
        }
        self.list = list;
    }

    /// Has this task told from now on when a future wakes.
    pub(super) fn tell(&self, task: &Waker) {
        let mut state = self.woken.lock();
        if state.task.as_ref().is_none_or(|old| !old.will_wake(task)) {
            state.task = Some(task.clone());
        }
    }

    /// Whether a future woke since the last [`poll_woken`](Self::poll_woken).
    pub(super) fn has_woken(&self) -> bool {
        self.woken.has_any.load(Ordering::Acquire)
    }
}

impl Work {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Done> {
        match self {
            Self::Read(future) => future.as_mut().poll(cx).map(Done::Read),
            Self::Write(future) => future.as_mut().poll(cx).map(Done::Write),
            Self::Writes(tags, future) => {
                future.as_mut().poll(cx).map(|result| Done::writes(std::mem::take(tags), result))
            }
        }
    }
}

impl Done {
    /// What came of writes that were done together: a result for each, or one for all.
    pub(super) fn writes(tags: Vec<Option<Tag>>, result: Result<Vec<Result<u32, Error>>, Error>) -> Self {
        let results = result.unwrap_or_else(|error| vec![Err(error); tags.len()]);
        Self::Writes(tags, results)
    }
}

impl Woken {
    /// A panic elsewhere leaves a list that is still good.
    fn lock(&self) -> MutexGuard<'_, WokenState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.is_listed.swap(true, Ordering::AcqRel) {
            return;
        }
        let task = {
            let mut state = self.woken.lock();
            state.list.push(self.index);
            self.woken.has_any.store(true, Ordering::Release);
            state.task.take()
        };
        if let Some(task) = task {
            task.wake();
        }
    }
}
