//! The driver: the task that moves a connection's bytes, and what it shares with the calls.
//!
//! **Invariants.** The lock is never held across an await or a system call. When the last handle is dropped, what is to be sent is
//! sent, and the connection ends.

use std::collections::BTreeMap;
use std::fmt;
use std::future::{Future, poll_fn};
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tracing::debug;

use super::Session;
use crate::fcall::{Inbox, Outbox, Rmsg, Tmsg};
use crate::io::Stream;
use crate::{Error, Fid, Limits, Tag, errstr};

/// A handle to the connection; the driver ends after the last one.
pub(super) struct Handle {
    shared: Arc<Shared>,
    /// Whether descriptors can go along with a write.
    passes_descriptors: bool,
}

struct Shared {
    state: Mutex<State>,
}

struct State {
    session: Session,
    out: Outbox,
    /// Who waits for which result.
    wakers: BTreeMap<Tag, Waker>,
    driver: Option<Waker>,
    /// No handle is left.
    is_closing: bool,
}

/// A request under way. Dropped before its end, it is flushed.
struct Waiting<'a> {
    shared: &'a Shared,
    tag: Tag,
    is_done: bool,
}

impl Handle {
    /// Starts the driver of a connection, on the runtime of the caller.
    pub(super) fn start(stream: Stream) -> Self {
        let passes_descriptors = stream.passes_descriptors();
        let state = State {
            session: Session::new(),
            out: Outbox::new(),
            wakers: BTreeMap::new(),
            driver: None,
            is_closing: false,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state) });
        tokio::spawn(drive(Arc::clone(&shared), stream));
        Self { shared, passes_descriptors }
    }

    /// Asks for the version; nothing else may be under way.
    pub(super) async fn version(&self) -> Result<(), Error> {
        let tag = {
            let mut state = self.shared.lock();
            let State { session, out, .. } = &mut *state;
            session.version(out)
        };
        self.result(tag).await.map(|_| ())
    }

    /// Sends a request and waits for its reply.
    pub(super) async fn call(&self, tmsg: &Tmsg) -> Result<Rmsg, Error> {
        self.call_with(Vec::new(), |_| tmsg).await
    }

    /// Sends a request with descriptors and waits for its reply.
    pub(super) async fn call_with_descriptors(
        &self,
        tmsg: &Tmsg,
        descriptors: Vec<OwnedFd>,
    ) -> Result<Rmsg, Error> {
        if !self.passes_descriptors {
            return Err(errstr::NO_DESCRIPTORS);
        }
        self.call_with(descriptors, |_| tmsg).await
    }

    /// Sends a request that makes a fid, and waits for its reply.
    pub(super) async fn call_making(&self, tmsg: impl FnOnce(Fid) -> Tmsg) -> Result<(Fid, Rmsg), Error> {
        let mut made = Fid::NOFID;
        let rmsg = self.call_with(Vec::new(), |session| {
            made = session.new_fid();
            tmsg(made)
        });
        let rmsg = rmsg.await?;
        Ok((made, rmsg))
    }

    /// Clunks a fid, some time soon.
    pub(super) fn clunk(&self, fid: Fid) {
        let driver = {
            let mut state = self.shared.lock();
            let State { session, out, driver, .. } = &mut *state;
            session.clunk(fid, out);
            driver.take()
        };
        wake(driver);
    }

    /// Bytes of data that fit into one message.
    pub(super) fn count_max(&self) -> u32 {
        self.shared.lock().session.msize() - Limits::HEADER_LEN
    }

    async fn call_with<T: std::borrow::Borrow<Tmsg>>(
        &self,
        descriptors: Vec<OwnedFd>,
        tmsg: impl FnOnce(&mut Session) -> T,
    ) -> Result<Rmsg, Error> {
        let tag = {
            let mut state = self.shared.lock();
            let State { session, out, .. } = &mut *state;
            let tmsg = tmsg(session);
            session.call(tmsg.borrow(), descriptors, out)?
        };
        self.result(tag).await
    }

    async fn result(&self, tag: Tag) -> Result<Rmsg, Error> {
        let waiting = Waiting { shared: &self.shared, tag, is_done: false };
        wake(self.shared.lock().driver.take());
        waiting.await
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let driver = {
            let mut state = self.shared.lock();
            state.is_closing = true;
            state.driver.take()
        };
        wake(driver);
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("passes_descriptors", &self.passes_descriptors).finish_non_exhaustive()
    }
}

impl Shared {
    /// A panic elsewhere leaves a state that is still good: each change to it is whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Future for Waiting<'_> {
    type Output = Result<Rmsg, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.shared.lock();
        let Some(result) = state.session.take(self.tag) else {
            state.wakers.insert(self.tag, cx.waker().clone());
            return Poll::Pending;
        };
        drop(state);
        self.is_done = true;
        Poll::Ready(result)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.is_done {
            return;
        }
        let driver = {
            let mut state = self.shared.lock();
            let State { session, out, wakers, driver, .. } = &mut *state;
            wakers.remove(&self.tag);
            session.give_up(self.tag, out);
            driver.take()
        };
        wake(driver);
    }
}

/// Moves bytes until the connection ends or nobody wants it any more.
async fn drive(shared: Arc<Shared>, mut stream: Stream) {
    let mut out = Outbox::new();
    let mut inbox = Inbox::new(Limits::MSIZE_MAX);
    let error = poll_fn(|cx| poll(&shared, &mut stream, &mut out, &mut inbox, cx)).await;
    debug!("connection to server: {error}");
    let wakers = {
        let mut state = shared.lock();
        state.session.hang_up(error);
        std::mem::take(&mut state.wakers)
    };
    wakers.into_values().for_each(Waker::wake);
}

/// Goes on until nothing can go on; ready, with the reason, at the end of the connection.
fn poll(
    shared: &Shared,
    stream: &mut Stream,
    out: &mut Outbox,
    inbox: &mut Inbox,
    cx: &mut Context<'_>,
) -> Poll<Error> {
    loop {
        let is_closing = {
            let mut state = shared.lock();
            if out.is_empty() {
                std::mem::swap(out, &mut state.out);
            }
            if state.driver.as_ref().is_none_or(|driver| !driver.will_wake(cx.waker())) {
                state.driver = Some(cx.waker().clone());
            }
            state.is_closing
        };
        let had_any = !out.is_empty();
        match stream.poll_send(cx, out) {
            Poll::Ready(Err(error)) => return Poll::Ready(hungup(&error)),
            // More may have come meanwhile.
            Poll::Ready(Ok(())) if had_any => continue,
            Poll::Ready(Ok(())) if is_closing => return Poll::Ready(errstr::HUNGUP),
            Poll::Ready(Ok(())) | Poll::Pending => {}
        }
        match stream.poll_recv(cx, inbox) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Ok(0)) => return Poll::Ready(errstr::HUNGUP),
            Poll::Ready(Err(error)) => return Poll::Ready(hungup(&error)),
            Poll::Ready(Ok(_)) => {}
        }
        if let Err(error) = take_messages(shared, inbox) {
            return Poll::Ready(error);
        }
    }
}

/// Gives every whole message to the session, and wakes those whose results came.
fn take_messages(shared: &Shared, inbox: &mut Inbox) -> Result<(), Error> {
    let mut wakers = Vec::new();
    let mut result = Ok(());
    {
        let mut state = shared.lock();
        let State { session, out, wakers: waiting, .. } = &mut *state;
        while result.is_ok() {
            let Ok(cut) = inbox.cut() else {
                result = Err(errstr::BAD_MESSAGE);
                break;
            };
            // Descriptors that a server might send are closed here.
            let Some((frame, _)) = cut else { break };
            match session.recv(&frame, out) {
                Ok(Some(tag)) => wakers.extend(waiting.remove(&tag)),
                Ok(None) => {}
                Err(error) => result = Err(error),
            }
        }
        inbox.set_msize(session.msize());
    }
    wakers.into_iter().for_each(Waker::wake);
    result
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// What calls are told when the connection fails.
fn hungup(error: &std::io::Error) -> Error {
    debug!("connection to server: {error}");
    errstr::HUNGUP
}
