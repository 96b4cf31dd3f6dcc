//! Bytes from one end to another until an end, told truthfully: a half-close is passed on as a half-close, and a cut is
//! not passed off as an end.
//!
//! One [`copy`] is one direction; a connection has two that know nothing of each other. What the ends are made of is in
//! the files below: a command's socket, standard input and output, a connection's `data` file.
//!
//! **Invariants**
//! - What a [`Source`] gave before its end has been taken by the [`Sink`] when the sink is told of the end.
//! - At most two chunks per direction are under way, so a slow taker slows its giver and memory stays flat.

pub mod data;
pub mod idle;
pub mod socket;
pub mod stdio;

use std::future::{Future, pending};
use std::io;

use bytes::Bytes;

/// Where bytes come from.
pub trait Source: Send {
    /// The next bytes, at most [`CHUNK_LEN_MAX`]; none at the end.
    ///
    /// # Errors
    /// The bytes were cut off: this is no end.
    fn next(&mut self) -> impl Future<Output = io::Result<Bytes>> + Send;

    /// Tells the giver that nobody takes its bytes any more.
    fn refuse(&mut self);
}

/// Where bytes go.
pub trait Sink: Send {
    /// Delivers all of `bytes`, now or a little later.
    ///
    /// # Errors
    /// The taker is gone, or did not take the bytes before.
    fn put(&mut self, bytes: Bytes) -> impl Future<Output = io::Result<()>> + Send;

    /// Tells the taker that this was all.
    ///
    /// # Errors
    /// The taker did not take the last of the bytes.
    fn end(&mut self) -> impl Future<Output = io::Result<()>> + Send;

    /// Tells the taker that no more comes although this was not all, as well as it can be told.
    fn cut(&mut self) -> impl Future<Output = ()> + Send;
}

/// How one direction ended.
#[derive(Debug)]
pub enum Ended {
    /// The source said that it was all, and the sink knows.
    Whole,
    /// The source was cut off; the sink was told that there is no more.
    Cut(io::Error),
    /// The sink does not take any more; the source was told.
    Refused(io::Error),
}

/// Moves everything from `source` to `sink`. Both are dropped when it is done.
pub async fn copy(mut source: impl Source, mut sink: impl Sink) -> Ended {
    loop {
        let taken = match source.next().await {
            Ok(bytes) if bytes.is_empty() => match sink.end().await {
                Ok(()) => return Ended::Whole,
                refused => refused,
            },
            Ok(bytes) => sink.put(bytes).await,
            Err(error) => {
                sink.cut().await;
                return Ended::Cut(error);
            }
        };
        if let Err(error) = taken {
            source.refuse();
            return Ended::Refused(error);
        }
    }
}

/// The future that is there, or never: for those who wait for several and have done with some.
pub(crate) async fn of<F: Future + Unpin>(future: &mut Option<F>) -> F::Output {
    match future {
        Some(future) => future.await,
        None => pending().await,
    }
}

/// Bytes of one chunk at most.
pub const CHUNK_LEN_MAX: usize = 256 * 1024;
/// Bytes of the first chunk: idle connections cost little, busy ones grow.
pub const CHUNK_LEN_MIN: usize = 16 * 1024;

/// How long the next chunk may be after one of `len` bytes filled its room of `room` or did not.
fn grown(room: usize, len: usize) -> usize {
    if len >= room { (room * 2).min(CHUNK_LEN_MAX) } else { room }
}

#[cfg(test)]
mod tests;
