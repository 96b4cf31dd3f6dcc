//! Writes to `data` and `hand`: sealed in runs, and sent.
//!
//! **Invariants**
//! - A write that is done has been given to the channel whole; whoever is told less is told why.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use tlsrec::OneWay;
use tlswire::ContentType;

use super::{Live, Payload};
use crate::conv::Conv;
use crate::errstr::Error;
use crate::serve::sending::Sending;

/// What stopped several writes.
#[derive(Debug)]
pub(crate) struct Unfinished {
    /// How many of them were done.
    pub(crate) done_count: usize,
    pub(crate) why: Error,
}

impl Live {
    /// Does `writes` to `data` or `hand`, all bytes of each as records of its own. `taken` counts the bytes that go out even if the
    /// future is dropped.
    ///
    /// # Errors
    /// What stopped it, and how many of the writes were done before.
    pub(crate) async fn write(
        &self,
        payload: Payload,
        writes: &[Bytes],
        taken: &AtomicUsize,
    ) -> Result<(), Unfinished> {
        let mut done_count = 0;
        let written = self.write_counting(payload, writes, taken, &mut done_count).await;
        written.map_err(|why| Unfinished { done_count, why })
    }

    async fn write_counting(
        &self,
        payload: Payload,
        writes: &[Bytes],
        taken: &AtomicUsize,
        done_count: &mut usize,
    ) -> Result<(), Error> {
        let _place = self.enter(writes.iter().map(Bytes::len).sum())?;
        let mut sending = self.sending().await;
        let mut sealed_len = 0;
        for (bytes, whole_count) in writes.iter().zip(1..) {
            let mut rest = &bytes[..];
            loop {
                let chunk_len = match self.seal(payload, rest, &mut sending) {
                    Ok(len) => len,
                    Err(why) => {
                        if *done_count < whole_count - 1 {
                            self.send(payload, sealed_len, &mut sending).await?;
                            *done_count = whole_count - 1;
                        }
                        return Err(why);
                    }
                };
                taken.fetch_add(chunk_len, Ordering::Release);
                sealed_len += chunk_len;
                rest = rest.get(chunk_len..).unwrap_or_default();
                if !rest.is_empty() || whole_count == writes.len() || sealed_len >= RUN_LEN_MAX {
                    self.send(payload, sealed_len, &mut sending).await?;
                    sealed_len = 0;
                    *done_count = if rest.is_empty() { whole_count } else { whole_count - 1 };
                }
                if rest.is_empty() {
                    break;
                }
            }
        }
        drop(sending);
        self.answer();
        Ok(())
    }

    /// Seals as much of `bytes` as goes out in one run, and gives its length.
    fn seal(&self, payload: Payload, bytes: &[u8], sending: &mut Sending) -> Result<usize, Error> {
        let mut conv = self.conv();
        match payload {
            Payload::Data => conv.may_write_data()?,
            Payload::Hand => conv.may_write_hand()?,
        }
        if payload == Payload::Hand && bytes.is_empty() && !conv.compat.sends_empty_hand() {
            return Ok(0);
        }
        let way = &mut self.outgoing();
        self.renew(&conv, way, sending)?;
        let (chunk, _) = bytes.split_at(bytes.len().min(run_len(&conv, way)));
        let (content_type, payloads) = match payload {
            Payload::Data => (ContentType::APPLICATION_DATA, conv.compat.cut(chunk, way)),
            Payload::Hand => {
                conv.messages_out.pass(chunk);
                (ContentType::HANDSHAKE, way.fragment(chunk))
            }
        };
        let version = conv.version();
        // Nobody waits for the state while records are sealed.
        drop(conv);
        sending.seal(way, content_type, version, payloads)?;
        Ok(chunk.len())
    }

    /// Sends what was sealed, in which `len` bytes of payload are.
    async fn send(&self, payload: Payload, len: usize, sending: &mut Sending) -> Result<(), Error> {
        sending.drain().await.map_err(|error| self.channel_failed(&error))?;
        let mut conv = self.conv();
        let counter = match payload {
            Payload::Data => &mut conv.counters.data_out,
            Payload::Hand => &mut conv.counters.hand_out,
        };
        *counter += len as u64;
        Ok(())
    }
}

/// How many payload bytes one writer seals and sends before alerts of others may go between and keys are renewed, as whole
/// records: 16 of them, or as many shorter ones. So few stay in a processor's own cache until they are sent.
fn run_len(conv: &Conv, way: &OneWay) -> usize {
    let record_len = way.record_len_max();
    let record_count = RUN_LEN_MAX / record_len;
    let left = conv.records_left(way.seq()).and_then(|left| usize::try_from(left).ok());
    left.map_or(record_count, |left| left.clamp(1, record_count)) * record_len
}

/// The most that [`run_len`] gives, in bytes.
const RUN_LEN_MAX: usize = 16 * tlsrec::RECORD_LEN_MAX;
