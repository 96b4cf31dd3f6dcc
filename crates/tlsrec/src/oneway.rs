//! One direction of a connection: the cipher in use, the cipher waiting, the sequence number.
//!
//! ```text
//! no cipher --change_cipher--> cipher, seq 0 --change_cipher--> next cipher, seq 0
//!                              each record: seq + 1
//!                              update: its next key, seq 0
//! ```
//!
//! The other direction is another `OneWay`; neither knows of the other.

use crate::{
    Cipher, Fragments, OpenError, SealError,
    aad::Place,
    append::append,
    fragment::{fragment, fragment_after_one},
    record::{BadLen, EXPANSION_MAX, Header, RECORD_LEN_MAX, SURPLUS_HIDDEN_MAX, SURPLUS_MAX},
};
use alloc::vec::Vec;
use core::{fmt, ops::Range};
use rand_core::CryptoRng;
use tlswire::{ContentType, ProtocolVersion};

/// One direction of a connection. Starts in the clear.
#[derive(Debug)]
pub struct OneWay {
    seq: u64,
    current: Option<Cipher>,
    staged: Option<Cipher>,
    record_len_max: usize,
    padding_unit: usize,
    update_count: u64,
}

/// What a record turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// What it carries; in TLS 1.3 the type that was encrypted.
    pub content_type: ContentType,
    /// Where in the body the plaintext lies.
    pub plain: Range<usize>,
}

impl Default for OneWay {
    fn default() -> Self {
        Self::new()
    }
}

impl OneWay {
    /// A direction in the clear, with nothing waiting.
    pub const fn new() -> Self {
        Self {
            seq: 0,
            current: None,
            staged: None,
            record_len_max: RECORD_LEN_MAX,
            padding_unit: 1,
            update_count: 0,
        }
    }

    /// Sets the longest plaintext of a record, in bytes; [`RECORD_LEN_MAX`] at most (RFC 6066 §4, RFC 8449 §4).
    pub fn set_record_len_max(&mut self, len: usize) {
        self.record_len_max = len.min(RECORD_LEN_MAX);
    }

    /// Makes the records of TLS 1.3 that are sealed from now on so long that content, type and padding are a multiple of
    /// `unit` bytes, as far as a record has room; 0 and 1 pad nothing (RFC 8446 §5.4).
    pub fn set_padding_unit(&mut self, unit: usize) {
        self.padding_unit = unit.max(1);
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

    /// Moves to the next key of the cipher in use and starts its sequence numbers at zero (RFC 8446 §7.2).
    ///
    /// # Errors
    /// [`NoNextKey`] in the clear and before TLS 1.3; nothing changes then.
    pub fn update(&mut self) -> Result<(), NoNextKey> {
        let next = self.current.as_ref().and_then(Cipher::next);
        self.current = Some(next.and_then(Result::ok).ok_or(NoNextKey)?);
        self.seq = 0;
        self.update_count += 1;
        Ok(())
    }

    /// Cuts `payload` into pieces of the longest plaintext of a record, the last one shorter.
    ///
    /// An empty payload is one empty piece: a write of nothing is a record of nothing, as in tls(3).
    pub fn fragment<'a>(&self, payload: &'a [u8]) -> Fragments<'a> {
        fragment(payload, self.record_len_max)
    }

    /// Cuts `payload` as [`OneWay::fragment`] does, after a first piece of one byte.
    pub fn fragment_after_one<'a>(&self, payload: &'a [u8]) -> Fragments<'a> {
        fragment_after_one(payload, self.record_len_max)
    }

    /// Appends one record to `out`: header and, once a cipher is in use, protected body.
    ///
    /// `out` is the caller's, grows by at most the payload, padding and [`crate::EXPANSION_MAX`] bytes, and keeps what it
    /// holds; a caller that reuses it pays for no allocation. Records of TLS 1.3 carry the version of 1.2 and, once a
    /// cipher is in use, the type of application data (RFC 8446 §5.2).
    ///
    /// # Errors
    /// [`SealError::TooLong`] for a payload longer than a record, [`SealError::SequenceEnd`] before
    /// a sequence number would come again; `out` is as before then.
    pub fn seal(
        &mut self,
        content_type: ContentType,
        version: ProtocolVersion,
        payload: &[u8],
        out: &mut Vec<u8>,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), SealError> {
        if payload.len() > self.record_len_max {
            return Err(SealError::TooLong(payload.len()));
        }
        let hides_types = self.hides_types();
        let padding_len = if hides_types { self.padding_len(payload.len()) } else { 0 };
        let version = version.min(ProtocolVersion::TLS12);
        out.reserve(payload.len() + padding_len + EXPANSION_MAX);
        let start = out.len();
        out.push(if hides_types { ContentType::APPLICATION_DATA.0 } else { content_type.0 });
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
                let place = Place { seq, content_type: content_type.0, version, padding_len };
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

    /// Takes the protection off the record's `body` in place and tells what it carries and where the plaintext lies.
    ///
    /// `body` is what followed the header; the caller has judged the header's type, version and length. What lies
    /// outside the range afterwards, and all of `body` after an error, is of no use. The limit of lengths in TLS 1.3 is
    /// one for content and padding together (RFC 8446 §5.4).
    ///
    /// # Errors
    /// [`OpenError`]; the connection is beyond repair then.
    pub fn open(&mut self, header: Header, body: &mut [u8]) -> Result<Opened, OpenError> {
        let mut content_type = header.content_type();
        let mut plain = match &mut self.current {
            None => 0..body.len(),
            Some(cipher) => {
                // Counted before it is judged: a record that fails has used its number.
                let seq = next(&mut self.seq).ok_or(OpenError::SequenceEnd)?;
                let version = ProtocolVersion(header.version);
                let place = Place { seq, content_type: header.content_type, version, padding_len: 0 };
                cipher.protect.open(place, body)?
            }
        };
        if self.hides_types() {
            let content_len_max = plain.len().saturating_sub(1);
            if content_len_max > self.record_len_max {
                return Err(OpenError::TooLong(content_len_max));
            }
            let inner = body.get(plain.clone()).unwrap_or_default();
            let last = inner.iter().rposition(|byte| *byte != 0).ok_or(OpenError::NoType)?;
            content_type = ContentType(inner.get(last).copied().unwrap_or_default());
            plain.end = plain.start + last;
        }
        if plain.len() > self.record_len_max {
            return Err(OpenError::TooLong(plain.len()));
        }
        Ok(Opened { content_type, plain })
    }

    /// As [`OneWay::open`], for a record that may never have been meant for the key in use: `None` if it is not authentic,
    /// and then its number is still the next one's (RFC 8446 §4.2.10).
    ///
    /// # Errors
    /// As [`OneWay::open`], but for [`OpenError::BadMac`].
    pub fn try_open(&mut self, header: Header, body: &mut [u8]) -> Result<Option<Opened>, OpenError> {
        let seq = self.seq;
        match self.open(header, body) {
            Err(OpenError::BadMac) => {
                self.seq = seq;
                Ok(None)
            }
            opened => opened.map(Some),
        }
    }

    /// Judges the length of a body before it has arrived.
    ///
    /// # Errors
    /// [`BadLen`] when the body would be empty, or longer than any whose plaintext the direction takes.
    pub fn check_len(&self, header: &Header) -> Result<(), BadLen> {
        let surplus_max = if self.hides_types() { SURPLUS_HIDDEN_MAX } else { SURPLUS_MAX };
        header.check_len(self.record_len_max + surplus_max)
    }

    /// How many zeros a content of `len` bytes gets behind it.
    fn padding_len(&self, len: usize) -> usize {
        let inner_len = len + 1;
        let padded_len = inner_len.next_multiple_of(self.padding_unit).min(self.record_len_max + 1);
        padded_len.saturating_sub(inner_len)
    }

    /// Whether content types are encrypted with the content, as in TLS 1.3.
    pub fn hides_types(&self) -> bool {
        self.current.as_ref().is_some_and(Cipher::hides_types)
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

    /// The longest plaintext of a record, in bytes.
    pub const fn record_len_max(&self) -> usize {
        self.record_len_max
    }

    /// What the length of a record of TLS 1.3 is padded to a multiple of, in bytes.
    pub const fn padding_unit(&self) -> usize {
        self.padding_unit
    }

    /// How many times [`OneWay::update`] moved to a next key.
    pub const fn update_count(&self) -> u64 {
        self.update_count
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

/// The cipher in use has no next key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoNextKey;

impl fmt::Display for NoNextKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no next key")
    }
}

impl core::error::Error for NoNextKey {}

#[cfg(test)]
mod tests;
