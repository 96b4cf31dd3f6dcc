//! Payloads out, to records: what is sealed and not yet sent.
//!
//! An [`Output`] is filled by sealing and emptied by the shell as the channel takes the bytes. What
//! it holds is whole records but for the one that the channel has begun to take, so a writer that
//! goes away in the middle never leaves half a record as the last thing: the rest stays here.

use std::sync::Arc;

use rand_core::CryptoRng;
use tlsrec::{EXPANSION_MAX, Fragments, HEADER_LEN, OneWay};
use tlswire::{ContentType, ProtocolVersion};

use crate::errstr::Error;
use crate::spares::Spares;

/// Sealed records on their way to the channel.
#[derive(Debug)]
pub struct Output {
    sealed: Vec<u8>,
    sent_len: usize,
    spares: Arc<Spares>,
}

impl Output {
    /// Makes an empty one that takes its longer buffers from `spares`, and gives them back.
    pub(crate) fn new(spares: Arc<Spares>) -> Output {
        Output { sealed: Vec::new(), sent_len: 0, spares }
    }

    /// Seals each of `payloads` as a record.
    ///
    /// # Errors
    /// [`Error::Internal`] when the direction cannot seal any more records under its keys.
    pub fn seal(
        &mut self,
        way: &mut OneWay,
        content_type: ContentType,
        version: ProtocolVersion,
        payloads: Fragments<'_>,
        random: &mut dyn CryptoRng,
    ) -> Result<(), Error> {
        let len: usize = payloads.clone().map(|payload| payload.len() + EXPANSION_MAX + HEADER_LEN).sum();
        if self.sealed.is_empty() && len > self.sealed.capacity() && len > IDLE_CAPACITY_MAX {
            self.sealed = self.spares.take();
        }
        self.sealed.reserve(len);
        for payload in payloads {
            way.seal(content_type, version, payload, &mut self.sealed, random)
                .map_err(|_| Error::Internal("too many records under one key"))?;
        }
        Ok(())
    }

    /// Gives what waits to be sent.
    #[must_use]
    pub fn unsent(&self) -> &[u8] {
        self.sealed.get(self.sent_len..).unwrap_or_default()
    }

    /// Notes that the channel took the first `len` bytes of [`Output::unsent`].
    pub fn sent(&mut self, len: usize) {
        self.sent_len += len;
        if self.sent_len >= self.sealed.len() {
            self.sent_len = 0;
            self.sealed.clear();
            if self.sealed.capacity() > IDLE_CAPACITY_MAX {
                self.spares.give(std::mem::take(&mut self.sealed));
            }
        }
    }

    /// Forgets what waits: the channel is gone.
    pub fn discard(&mut self) {
        self.sealed = Vec::new();
        self.sent_len = 0;
    }
}

/// The largest buffer, in bytes, that an idle conversation keeps for its next write.
const IDLE_CAPACITY_MAX: usize = 4 * 1024;
