//! A limit to how long nothing may move: both directions of a connection tell a watch when bytes went through.
//!
//! Without a limit nothing is watched and nothing is cut into pieces.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, sleep_until};

use super::{Sink, Source};

/// When something moved last.
#[derive(Clone)]
pub struct Watch {
    limit: Duration,
    last: Arc<Mutex<Instant>>,
}

/// A source or a sink whose bytes are noticed.
pub struct Watched<T> {
    inner: T,
    watch: Option<Watch>,
}

impl Watch {
    /// A watch that begins now.
    #[must_use]
    pub fn new(limit: Duration) -> Watch {
        Watch { limit, last: Arc::new(Mutex::new(Instant::now())) }
    }

    /// Waits until nothing has moved for the whole limit, and gives the limit. It may be dropped and called again.
    pub async fn idle(&self) -> Duration {
        loop {
            let end = self.last() + self.limit;
            if end <= Instant::now() {
                return self.limit;
            }
            sleep_until(end).await;
        }
    }

    fn moved(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn last(&self) -> Instant {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Watched<T> {
    /// `inner`, noticed by `watch` if there is one.
    pub fn new(inner: T, watch: Option<&Watch>) -> Watched<T> {
        Watched { inner, watch: watch.cloned() }
    }
}

impl<S: Source> Source for Watched<S> {
    async fn next(&mut self) -> io::Result<Bytes> {
        let next = self.inner.next().await;
        if let Some(watch) = &self.watch {
            watch.moved();
        }
        next
    }

    fn refuse(&mut self) {
        self.inner.refuse();
    }
}

impl<S: Sink> Sink for Watched<S> {
    async fn put(&mut self, mut bytes: Bytes) -> io::Result<()> {
        let Some(watch) = &self.watch else { return self.inner.put(bytes).await };
        // A slow taker shall be seen to take.
        while bytes.len() > PIECE_LEN {
            self.inner.put(bytes.split_to(PIECE_LEN)).await?;
            watch.moved();
        }
        self.inner.put(bytes).await?;
        watch.moved();
        Ok(())
    }

    async fn end(&mut self) -> io::Result<()> {
        self.inner.end().await
    }

    async fn cut(&mut self) {
        self.inner.cut().await;
    }
}

/// Bytes that go through between two looks at the clock: a record's worth.
const PIECE_LEN: usize = 16 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    /// Keeps the lengths of what it got.
    #[derive(Default)]
    struct Taker(Vec<usize>);

    impl Sink for Taker {
        async fn put(&mut self, bytes: Bytes) -> io::Result<()> {
            self.0.push(bytes.len());
            Ok(())
        }

        async fn end(&mut self) -> io::Result<()> {
            Ok(())
        }

        async fn cut(&mut self) {}
    }

    async fn lens(watch: Option<&Watch>) -> Vec<usize> {
        let mut taker = Watched::new(Taker::default(), watch);
        taker.put(Bytes::from(vec![1; 40_000])).await.unwrap();
        taker.inner.0
    }

    #[tokio::test]
    async fn a_watched_sink_is_seen_to_take_pieces_and_another_takes_all_at_once() {
        let watch = Watch::new(Duration::from_secs(3600));
        let before = watch.last();
        assert_eq!(lens(Some(&watch)).await, [PIECE_LEN, PIECE_LEN, 40_000 - 2 * PIECE_LEN]);
        assert!(watch.last() > before);
        assert_eq!(lens(None).await, [40_000]);
    }

    #[tokio::test]
    async fn the_wait_ends_when_nothing_moved_for_the_limit() {
        let limit = Duration::from_millis(30);
        let (watch, begun) = (Watch::new(limit), Instant::now());
        assert_eq!(watch.idle().await, limit);
        assert!(begun.elapsed() >= limit);
        let again = Instant::now();
        watch.moved();
        watch.idle().await;
        assert!(again.elapsed() >= limit, "what moved begins the time anew");
    }
}
