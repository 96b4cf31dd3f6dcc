//! One direction of a connection: the cipher in use, the cipher waiting, the sequence number.
//!
//! ```text
//! no cipher --change_cipher--> cipher, seq 0 --change_cipher--> next cipher, seq 0
//!                              each record: seq + 1
//! ```
//!
//! The other direction is another `OneWay`; neither knows of the other.

use crate::{
    Cipher, OpenError, SealError,
    aad::Place,
    append::append,
    record::{EXPANSION_MAX, Header, RECORD_LEN_MAX},
};
use alloc::vec::Vec;
use core::{fmt, ops::Range};
use rand_core::CryptoRng;
use tlswire::{ContentType, ProtocolVersion};

/// One direction of a connection. Starts in the clear.
#[derive(Debug, Default)]
pub struct OneWay {
    seq: u64,
    current: Option<Cipher>,
    staged: Option<Cipher>,
}

impl OneWay {
    /// A direction in the clear, with nothing waiting.
    pub const fn new() -> Self {
        Self { seq: 0, current: None, staged: None }
    }

    /// Makes `cipher` the one that the next [`OneWay::change_cipher`] takes, in place of any other that waits.
    pub fn stage(&mut self, cipher: Cipher) {
        self.staged = Some(cipher);
    }

    /// Forgets the cipher that waits, if any.
    pub fn unstage(&mut self) {
        self.staged = None;
    }

    /// Takes the cipher that waits into use and starts its sequence numbers at zero (RFC 5246 §6.1).
    ///
    /// # Errors
    /// [`NothingStaged`] when none waits; nothing changes then.
    pub fn change_cipher(&mut self) -> Result<(), NothingStaged> {
        self.current = Some(self.staged.take().ok_or(NothingStaged)?);
        self.seq = 0;
        Ok(())
    }

    /// Appends one record to `out`: header and, once a cipher is in use, protected body.
    ///
    /// `out` is the caller's, grows by at most the payload and [`crate::EXPANSION_MAX`] bytes, and keeps what it holds;
    /// a caller that reuses it pays for no allocation.
    ///
    /// # Errors
    /// [`SealError::TooLong`] for a payload of more than [`RECORD_LEN_MAX`] bytes, [`SealError::SequenceEnd`] before
    /// a sequence number would come again; `out` is as before then.
    pub fn seal(
        &mut self,
        content_type: ContentType,
        version: ProtocolVersion,
        payload: &[u8],
        out: &mut Vec<u8>,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), SealError> {
        if payload.len() > RECORD_LEN_MAX {
            return Err(SealError::TooLong(payload.len()));
        }
        out.reserve(payload.len() + EXPANSION_MAX);
        let start = out.len();
        out.push(content_type.0);
        out.extend_from_slice(&version.to_bytes());
        let len_at = out.len();
        out.extend_from_slice(&[0, 0]);
        let body_at = out.len();
        let done = match &mut self.current {
            None => {
                append(out, payload);
                Ok(())
            }
            Some(cipher) => next(&mut self.seq).ok_or(SealError::SequenceEnd).and_then(|seq| {
                let place = Place { seq, content_type: content_type.0, version };
                cipher.protect.seal(place, payload, out, rng)
            }),
        };
        let done = done.and_then(|()| {
            let len = u16::try_from(out.len().saturating_sub(body_at))
                .map_err(|_| SealError::Internal("sealed record too long"))?;
            let field = out.get_mut(len_at..).and_then(<[u8]>::first_chunk_mut);
            *field.ok_or(SealError::Internal("sealed record without a header"))? = len.to_be_bytes();
            Ok(())
        });
        if done.is_err() {
            out.truncate(start);
        }
        done
    }

    /// Takes the protection off the record's `body` in place and tells where in it the plaintext lies.
    ///
    /// `body` is what followed the header; the caller has judged the header's type, version and length. What lies
    /// outside the range afterwards, and all of `body` after an error, is of no use.
    ///
    /// # Errors
    /// [`OpenError`]; the connection is beyond repair then.
    pub fn open(&mut self, header: Header, body: &mut [u8]) -> Result<Range<usize>, OpenError> {
        let plain = match &mut self.current {
            None => 0..body.len(),
            Some(cipher) => {
                // Counted before it is judged: a record that fails has used its number.
                let seq = next(&mut self.seq).ok_or(OpenError::SequenceEnd)?;
                let version = ProtocolVersion(header.version);
                cipher.protect.open(Place { seq, content_type: header.content_type, version }, body)?
            }
        };
        if plain.len() > RECORD_LEN_MAX {
            return Err(OpenError::TooLong(plain.len()));
        }
        Ok(plain)
    }

    /// Whether who saw the last record knows the IV of the next, as with CBC before TLS 1.1.
    pub fn has_foreseeable_iv(&self) -> bool {
        self.current.as_ref().is_some_and(|cipher| cipher.protect.has_foreseeable_iv())
    }

    /// The cipher in use; `None` in the clear.
    pub const fn current(&self) -> Option<&Cipher> {
        self.current.as_ref()
    }

    /// The cipher that waits.
    pub const fn staged(&self) -> Option<&Cipher> {
        self.staged.as_ref()
    }

    /// The sequence number of the next record; zero in the clear.
    pub const fn seq(&self) -> u64 {
        self.seq
    }
}

/// Takes the next sequence number. The last one is never taken, so that none can come again (RFC 5246 §6.1).
fn next(seq: &mut u64) -> Option<u64> {
    let this = *seq;
    *seq = this.checked_add(1)?;
    Some(this)
}

/// No cipher waits to be taken into use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NothingStaged;

impl fmt::Display for NothingStaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no cipher staged")
    }
}

impl core::error::Error for NothingStaged {}

#[cfg(test)]
mod tests;
