//! Serving: one task per connection, which owns the session, reads all that is there, and answers it in one write.
//!
//! **Invariants.** While the client does not take its replies, nothing more is read from it and no waiting request goes on:
//! what is kept for it is bounded. A connection that breaks ends alone.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::JoinSet;
use tracing::{debug, warn};

use super::guests::Guest;
use super::{Guests, Listener, Socket, Stream};
use crate::fcall::{Inbox, Outbox, Rmsg, encode_rmsg};
use crate::server::Session;
use crate::{Caller, Dialect, Error, Fs, Limits, Tag};

/// Serves one connection to its end. Then every request is cancelled and every fid clunked; the same happens where this future is
/// dropped.
///
/// # Errors
/// The stream failed, or its bytes are no messages. That the client simply hung up is no error.
pub async fn serve<F: Fs>(
    stream: impl Into<Stream>,
    fs: Arc<F>,
    caller: Caller,
    limits: Limits,
) -> io::Result<()> {
    let mut connection = Connection {
        stream: stream.into(),
        reply_len_max: limits.queued_len_max.max(1),
        inbox: Inbox::new(Limits::MSIZE_MIN),
        out: Outbox::new(),
        session: Session::new(fs, caller, limits),
    };
    let ended = poll_fn(|cx| connection.poll(cx)).await;
    connection.session.hang_up();
    if ended.is_ok() {
        // A client that said all it had to say may still listen.
        poll_fn(|cx| connection.stream.poll_send(cx, &mut connection.out)).await.or_else(no_error_if_gone)?;
    }
    ended.or_else(no_error_if_gone)
}

/// Serves everyone who comes to `listener` and finds room among the guests, until it is dropped. That ends its connections too.
///
/// Nothing ends it before: where the system has no descriptors left it waits for some.
pub async fn serve_all<F: Fs>(listener: &Listener, fs: &Arc<F>, guests: &Arc<Guests>) {
    let mut connections = JoinSet::new();
    // Those who are still told why they are not among the guests.
    let mut leaving = JoinSet::new();
    let mut trouble = Trouble::default();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(ended) = connections.join_next() => {
                match ended {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => warn!("{}: {error}", listener.address()),
                    Err(error) => warn!("{}: connection failed: {error}", listener.address()),
                }
                continue;
            }
        };
        let (socket, caller) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // No more descriptors, usually: connections that end give some back.
                trouble.tell(listener, &format!("accept: {error}"));
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        match Guests::admit(guests, &caller) {
            Ok(guest) => {
                trouble.is_over();
                debug!("{}: connection from user '{}'", listener.address(), caller.user);
                let runtime = guest.runtime();
                connections.spawn_on(serve_guest(socket, Arc::clone(fs), caller, guest), &runtime);
            }
            Err(error) => {
                trouble.tell(listener, &format!("user '{}': {error}", caller.user));
                while leaving.try_join_next().is_some() {}
                if leaving.len() < LEAVING_MAX {
                    leaving.spawn(tokio::time::timeout(LEAVING_TIME_MAX, turn_away(socket, error)));
                }
            }
        }
    }
}

/// Serves a guest where it sits, until it leaves.
async fn serve_guest<F: Fs>(socket: Socket, fs: Arc<F>, caller: Caller, guest: Guest) -> io::Result<()> {
    let limits = guest.limits().clone();
    serve(socket.watched()?, fs, caller, limits).await
}

/// Tells a client in reply to its first message why it is not served.
async fn turn_away(socket: Socket, error: Error) -> io::Result<()> {
    let mut stream = socket.watched()?;
    let mut inbox = Inbox::new(Limits::MSIZE_MIN);
    poll_fn(|cx| stream.poll_recv(cx, &mut inbox)).await?;
    let tag = match inbox.cut() {
        Ok(Some((frame, _))) => frame.tag(),
        _ => Tag::NOTAG,
    };
    let mut out = Outbox::new();
    // No dialect is agreed on yet.
    encode_rmsg(tag, &Rmsg::Error { error }, Dialect::Classic, &mut out);
    poll_fn(|cx| stream.poll_send(cx, &mut out)).await
}

/// What keeps clients out: told once, and again only after one was let in, because whoever floods us must not flood the log.
#[derive(Default)]
struct Trouble(Option<String>);

impl Trouble {
    fn tell(&mut self, listener: &Listener, what: &str) {
        if self.0.as_deref() != Some(what) {
            warn!("{}: {what}", listener.address());
            self.0 = Some(what.to_owned());
        }
    }

    fn is_over(&mut self) {
        self.0 = None;
    }
}

struct Connection<F: Fs> {
    stream: Stream,
    inbox: Inbox,
    session: Session<F>,
    out: Outbox,
    /// Bytes of replies beyond which nothing new is begun.
    reply_len_max: usize,
}

impl<F: Fs> Connection<F> {
    /// Goes on until nothing can go on; ready at the end of the connection.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if self.has_room() {
                self.session.poll(cx, &mut self.out);
            }
            let has_more = self.take_messages()?;
            let sent = self.stream.poll_send(cx, &mut self.out)?;
            if has_more {
                // The replies had to go first. Go on if there is room now, or when there is.
                if self.has_room() {
                    continue;
                }
                return Poll::Pending;
            }
            if sent.is_pending() && !self.has_room() {
                return Poll::Pending;
            }
            match self.stream.poll_recv(cx, &mut self.inbox)? {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(0) if self.inbox.is_amid_message() => {
                    return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
                }
                Poll::Ready(0) => return Poll::Ready(Ok(())),
                Poll::Ready(_) => {}
            }
        }
    }

    /// Gives every whole message to the session; says whether some are left because replies wait.
    fn take_messages(&mut self) -> io::Result<bool> {
        while self.has_room() {
            self.inbox.set_msize(self.session.msize());
            let cut = self.inbox.cut().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            let Some((frame, descriptors)) = cut else { return Ok(false) };
            self.session.recv(&frame, descriptors, &mut self.out);
            self.session.go_on(&mut self.out);
        }
        Ok(true)
    }

    fn has_room(&self) -> bool {
        self.out.len() < self.reply_len_max
    }
}

/// A client that is gone has hung up, however it did so.
fn no_error_if_gone(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => {
            Ok(())
        }
        _ => Err(error),
    }
}

/// How many of those who are turned away are told so, at one time; the others only see the end of their connection.
const LEAVING_MAX: usize = 64;

/// How long somebody who is turned away has to say something and to be answered.
const LEAVING_TIME_MAX: Duration = Duration::from_secs(1);

/// How long to wait after a failed accept.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
