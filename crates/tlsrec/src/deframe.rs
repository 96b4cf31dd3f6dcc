//! Bytes to records: where the first record of a buffer lies.
//!
//! It keeps no buffer and takes nothing off: the caller owns the bytes and asks again when more have come.

use crate::record::{BadLen, HEADER_LEN, Header};
use core::ops::Range;

/// What [`deframe`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deframed {
    /// The record is not all there: at least this many bytes more are needed.
    Need(usize),
    /// A whole record: its header, and where its body lies. The next record starts at the end of the range.
    Record(Header, Range<usize>),
}

/// Finds the record at the front of `bytes`.
///
/// # Errors
/// [`BadLen`] when its header announces an impossible body. Whoever prefers to complain about the version first looks
/// at it with [`Header::peek`] before.
pub fn deframe(bytes: &[u8]) -> Result<Deframed, BadLen> {
    let Some(header) = Header::peek(bytes) else {
        return Ok(Deframed::Need(HEADER_LEN.saturating_sub(bytes.len())));
    };
    header.check_len()?;
    // No overflow: check_len bounds the length.
    let end = HEADER_LEN + header.len;
    match end.checked_sub(bytes.len()) {
        None | Some(0) => Ok(Deframed::Record(header, HEADER_LEN..end)),
        Some(missing) => Ok(Deframed::Need(missing)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Deframed, deframe};
    use crate::record::{BadLen, Header};

    const TWO: [u8; 16] = [22, 3, 3, 0, 3, 1, 2, 3, 23, 3, 3, 0, 3, 4, 5, 6];

    #[test]
    fn every_strict_prefix_says_how_much_is_missing() {
        for n in 0..8 {
            let need = if n < 5 { 5 - n } else { 8 - n };
            assert_eq!(deframe(&TWO[..n]), Ok(Deframed::Need(need)), "prefix of {n}");
        }
    }

    #[test]
    fn records_follow_each_other() {
        let header = Header { content_type: 22, version: 0x0303, len: 3 };
        for n in 8..=TWO.len() {
            assert_eq!(deframe(&TWO[..n]), Ok(Deframed::Record(header, 5..8)));
        }
        let second = Header { content_type: 23, ..header };
        assert_eq!(deframe(&TWO[8..]), Ok(Deframed::Record(second, 5..8)));
    }

    #[test]
    fn an_impossible_length_is_known_from_the_header_alone() {
        assert_eq!(deframe(&[23, 3, 3, 0, 0]), Err(BadLen(0)));
        assert_eq!(deframe(&[23, 3, 3, 0x48, 0x01]), Err(BadLen(18433)));
        assert_eq!(deframe(&[23, 3, 3, 0x48, 0x00]), Ok(Deframed::Need(18432)));
    }
}
