//! A record's header, and the limits of records.
//!
//! Whether a version or a content type is acceptable is the device's business; only the length is judged here.

use core::fmt;
use tlswire::ContentType;

/// The longest plaintext of a record, in bytes (RFC 5246 §6.2.1).
pub const RECORD_LEN_MAX: usize = 16384;
/// The longest body of a record on the wire, in bytes (RFC 5246 §6.2.3).
pub const BODY_LEN_MAX: usize = RECORD_LEN_MAX + SURPLUS_MAX;
/// How much longer than its plaintext a body may be, in bytes (RFC 5246 §6.2.3).
pub(crate) const SURPLUS_MAX: usize = 2048;
/// The same in TLS 1.3, once content types are hidden (RFC 8446 §5.2).
pub(crate) const SURPLUS_HIDDEN_MAX: usize = 256;
/// The length of a header, in bytes.
pub const HEADER_LEN: usize = 5;
/// The most by which a sealed record is longer than its payload, in bytes: header, explicit IV, MAC and padding; the
/// padding of TLS 1.3 comes on top.
pub const EXPANSION_MAX: usize = HEADER_LEN + 16 + 32 + 16;

/// The header of a record (RFC 5246 §6.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What the record carries, as on the wire; unknown numbers included.
    pub content_type: u8,
    /// The protocol version, as on the wire.
    pub version: u16,
    /// The length of the body on the wire, in bytes.
    pub len: usize,
}

impl Header {
    /// Reads a header; every five bytes are one.
    pub const fn parse(bytes: [u8; HEADER_LEN]) -> Self {
        let [content_type, v1, v0, l1, l0] = bytes;
        Self { content_type, version: u16::from_be_bytes([v1, v0]), len: ((l1 as usize) << 8) | l0 as usize }
    }

    /// Reads the header at the front of `bytes`, if it is all there.
    ///
    /// For whoever wants to judge the version before the body has arrived.
    pub fn peek(bytes: &[u8]) -> Option<Self> {
        bytes.first_chunk().copied().map(Self::parse)
    }

    /// Judges the length, for a direction that takes at most `len_max` bytes; [`crate::OneWay::check_len`] knows them.
    pub(crate) const fn check_len(&self, len_max: usize) -> Result<(), BadLen> {
        if self.len == 0 || self.len > len_max { Err(BadLen(self.len)) } else { Ok(()) }
    }

    /// The content type as a number with names.
    pub const fn content_type(&self) -> ContentType {
        ContentType(self.content_type)
    }
}

/// A header announces a body that no record may have; the number is its length in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadLen(pub usize);

impl fmt::Display for BadLen {
    /// The text is the device's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bad record message length {}", self.0)
    }
}

impl core::error::Error for BadLen {}

#[cfg(test)]
mod tests {
    use super::{BODY_LEN_MAX, BadLen, Header};
    use alloc::string::ToString;

    #[test]
    fn a_header_is_five_bytes() {
        let header = Header { content_type: 22, version: 0x0303, len: 0x1234 };
        assert_eq!(Header::parse([22, 3, 3, 0x12, 0x34]), header);
        assert_eq!(Header::peek(&[22, 3, 3, 0x12, 0x34, 9]), Some(header));
        assert_eq!(Header::peek(&[22, 3, 3, 0x12]), None);
        assert_eq!(header.content_type().name(), "handshake");
    }

    #[test]
    fn a_body_has_between_1_and_18432_bytes() {
        let check = |len: u16| {
            let [l1, l0] = len.to_be_bytes();
            Header::parse([22, 3, 3, l1, l0]).check_len(BODY_LEN_MAX)
        };
        assert_eq!(check(0), Err(BadLen(0)));
        assert_eq!(check(1), Ok(()));
        assert_eq!(check(18432), Ok(()));
        assert_eq!(check(18433), Err(BadLen(18433)));
        assert_eq!(check(65535), Err(BadLen(65535)));
        assert_eq!(BadLen(18433).to_string(), "bad record message length 18433");
    }
}
