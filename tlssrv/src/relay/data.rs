//! The ends of a TLS connection: its `data` file, and its `ctl` for the goodbye.

use std::io;
use std::sync::Arc;

use bytes::Bytes;

use super::{CHUNK_LEN_MAX, Sink, Source};
use crate::device::{File, Refusal};
use crate::place::Place;

/// What the peer sends.
pub struct Incoming {
    data: Arc<File>,
    place: Place,
}

/// What the peer gets.
pub struct Outgoing {
    data: Arc<File>,
    ctl: File,
}

/// Makes the two ends of the connection at `place` that `data` and `ctl` are open files of. It ends when both have been
/// dropped.
#[must_use]
pub fn ends(data: File, ctl: File, place: Place) -> (Incoming, Outgoing) {
    let data = Arc::new(data);
    (Incoming { data: Arc::clone(&data), place }, Outgoing { data, ctl })
}

impl Source for Incoming {
    async fn next(&mut self) -> io::Result<Bytes> {
        match self.data.read(CHUNK_LEN_MAX).await {
            // Plan 9's own device says in these words that the peer closed as it should.
            Err(Refusal(text)) if text == HUNGUP => Ok(Bytes::new()),
            Err(Refusal(text)) if text == FAILED => {
                Err(io::Error::other(self.place.failure().await.unwrap_or(text)))
            }
            read => read.map_err(io::Error::other),
        }
    }

    /// The peer notices that nobody reads by what it sends piling up, and then by the end of the connection.
    fn refuse(&mut self) {}
}

impl Sink for Outgoing {
    async fn put(&mut self, bytes: Bytes) -> io::Result<()> {
        self.data.write_all(bytes).await.map_err(io::Error::other)
    }

    async fn end(&mut self) -> io::Result<()> {
        // close_notify; unlike `hangup` it leaves the other direction open. A connection that failed is past it.
        let _ = self.ctl.write_all(Bytes::from_static(b"alert 0")).await;
        Ok(())
    }

    async fn cut(&mut self) {
        // internal_error: close_notify would say that the peer has everything (RFC 5246 §7.2.1).
        let _ = self.ctl.write_all(Bytes::from_static(b"alert 80")).await;
    }
}

const HUNGUP: &str = "tls hungup";
/// An alert came, or a record that cannot be (tls(3)).
const FAILED: &str = "tls error";
