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

use super::{Listener, Stream};
use crate::fcall::{Inbox, Outbox};
use crate::server::Session;
use crate::{Caller, Fs, Limits};

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

/// Serves everyone who comes to `listener`, at most [`Limits::connections_max`] at a time, until it is dropped. That ends all
/// connections too.
pub async fn serve_all<F: Fs>(listener: &Listener, fs: &Arc<F>, limits: &Limits) {
    let mut connections = JoinSet::new();
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
        match accepted {
            Ok(_) if connections.len() >= limits.connections_max => {
                warn!("{}: too many connections", listener.address());
            }
            Ok((stream, caller)) => {
                debug!("{}: connection from user '{}'", listener.address(), caller.user);
                connections.spawn(serve(stream, Arc::clone(fs), caller, limits.clone()));
            }
            Err(error) => {
                // No more descriptors, usually: connections that end give some back.
                warn!("{}: accept: {error}", listener.address());
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
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

/// How long to wait after a failed accept.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
