//! Little-endian numbers, counted texts and qids: a reader that carries its bounds, and a writer (intro(5)).

use std::ops::Range;

use bytes::Bytes;

use super::Frame;
use super::decode::DecodeError;
use crate::{Dialect, Qid, QidType};

/// Takes values from the front of a message's bytes.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    dialect: Dialect,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], dialect: Dialect) -> Self {
        Self { bytes, at: 0, dialect }
    }

    /// Takes `len` bytes to read values from.
    pub(super) fn part(&mut self, len: usize) -> Result<Self, DecodeError> {
        let dialect = self.dialect;
        self.bytes(len).map(|bytes| Self::new(bytes, dialect))
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Whether the bytes are 9P2000.u's, which has texts and numbers.
    pub(super) fn is_unix(&self) -> bool {
        self.dialect == Dialect::Unix
    }

    /// Takes `len` bytes and says where they are.
    pub(super) fn range(&mut self, len: usize) -> Result<Range<usize>, DecodeError> {
        let end = self.at.checked_add(len).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or(DecodeError::Truncated)?;
        let range = self.at..end;
        self.at = end;
        Ok(range)
    }

    fn bytes(&mut self, len: usize) -> Result<&'a [u8], DecodeError> {
        let range = self.range(len)?;
        self.bytes.get(range).ok_or(DecodeError::Truncated)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let array = rest.first_chunk::<N>().ok_or(DecodeError::Truncated)?;
        self.at += N;
        Ok(*array)
    }

    pub(super) fn u8(&mut self) -> Result<u8, DecodeError> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    pub(super) fn u16(&mut self) -> Result<u16, DecodeError> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, DecodeError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, DecodeError> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn text(&mut self) -> Result<String, DecodeError> {
        let len = self.u16()?;
        let bytes = self.bytes(usize::from(len))?;
        // NUL ends a text for every client written in C, which then sees another name than we do.
        if bytes.contains(&0) {
            return Err(DecodeError::BadText);
        }
        std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| DecodeError::BadText)
    }

    pub(super) fn qid(&mut self) -> Result<Qid, DecodeError> {
        Ok(Qid { kind: QidType(self.u8()?), version: self.u32()?, path: self.u64()? })
    }

    /// Takes a count and as many bytes, to keep.
    pub(super) fn data(&mut self, frame: &Frame<'_>) -> Result<Bytes, DecodeError> {
        let len = self.u32()?;
        let range = self.range(usize::try_from(len).map_err(|_| DecodeError::Truncated)?)?;
        Ok(frame.slice(range))
    }

    /// Goes to the end: somebody else reads what is left.
    pub(super) fn skip_rest(&mut self) {
        self.at = self.bytes.len();
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// The end of the message must be here.
    pub(super) fn end(&self) -> Result<(), DecodeError> {
        if self.is_at_end() { Ok(()) } else { Err(DecodeError::Trailing) }
    }
}

/// Appends a text with its length in two bytes. More than `len_max` bytes are cut at a character.
pub(super) fn put_text(out: &mut Vec<u8>, text: &str, len_max: u16) {
    let text = cut(text, len_max);
    let len = u16::try_from(text.len()).unwrap_or(len_max);
    out.extend_from_slice(&len.to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

/// As much of a text as `len_max` bytes hold, up to the end of a character.
pub(super) fn cut(text: &str, len_max: u16) -> &str {
    let mut end = text.len().min(usize::from(len_max));
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

pub(super) fn put_qid(out: &mut Vec<u8>, qid: &Qid) {
    out.push(qid.kind.0);
    out.extend_from_slice(&qid.version.to_le_bytes());
    out.extend_from_slice(&qid.path.to_le_bytes());
}
