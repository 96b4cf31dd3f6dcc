//! A payload cut into pieces that fit in a record.

use crate::record::RECORD_LEN_MAX;

/// Cuts `payload` into pieces of [`RECORD_LEN_MAX`] bytes, the last one shorter.
///
/// An empty payload is one empty piece: a write of nothing is a record of nothing, as in tls(3).
pub const fn fragment(payload: &[u8]) -> Fragments<'_> {
    Fragments { rest: Some(payload), first_len: RECORD_LEN_MAX }
}

/// Cuts `payload` as [`fragment`] does, after a first piece of one byte.
pub const fn fragment_after_one(payload: &[u8]) -> Fragments<'_> {
    Fragments { rest: Some(payload), first_len: 1 }
}

/// The pieces of one payload, in order.
#[derive(Clone, Debug)]
pub struct Fragments<'a> {
    rest: Option<&'a [u8]>,
    /// The most that the next piece may hold, in bytes; a record's worth after the first.
    first_len: usize,
}

impl<'a> Iterator for Fragments<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest.take()?;
        let (piece, tail) = rest.split_at(rest.len().min(self.first_len));
        self.first_len = RECORD_LEN_MAX;
        self.rest = (!tail.is_empty()).then_some(tail);
        Some(piece)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let n = self.rest.map_or(0, |rest| match rest.len().checked_sub(self.first_len) {
            None => 1,
            Some(tail_len) => 1 + tail_len.div_ceil(RECORD_LEN_MAX),
        });
        (n, Some(n))
    }
}

impl ExactSizeIterator for Fragments<'_> {}

#[cfg(test)]
mod tests {
    use super::{fragment, fragment_after_one};
    use alloc::{vec, vec::Vec};

    #[test]
    fn all_pieces_but_the_last_are_of_the_largest_length() {
        for (len, pieces) in [
            (0, vec![0]),
            (1, vec![1]),
            (16384, vec![16384]),
            (16385, vec![16384, 1]),
            (40000, vec![16384, 16384, 7232]),
        ] {
            let payload: Vec<u8> = (0..len).map(|i: usize| i.to_le_bytes()[0]).collect();
            assert_eq!(fragment(&payload).len(), pieces.len());
            assert_eq!(fragment(&payload).map(<[u8]>::len).collect::<Vec<_>>(), pieces);
            assert_eq!(fragment(&payload).collect::<Vec<_>>().concat(), payload);
        }
    }

    #[test]
    fn a_first_piece_of_one_byte_is_cut_off_where_there_is_more() {
        for (len, pieces) in
            [(0, vec![0]), (1, vec![1]), (2, vec![1, 1]), (16385, vec![1, 16384]), (16386, vec![1, 16384, 1])]
        {
            let payload: Vec<u8> = (0..len).map(|i: usize| i.to_le_bytes()[0]).collect();
            assert_eq!(fragment_after_one(&payload).len(), pieces.len());
            assert_eq!(fragment_after_one(&payload).map(<[u8]>::len).collect::<Vec<_>>(), pieces);
            assert_eq!(fragment_after_one(&payload).collect::<Vec<_>>().concat(), payload);
        }
    }
}
