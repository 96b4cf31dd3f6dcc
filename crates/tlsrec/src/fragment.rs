//! A payload cut into pieces that fit in a record.

use crate::record::RECORD_LEN_MAX;

/// Cuts `payload` into pieces of [`RECORD_LEN_MAX`] bytes, the last one shorter.
///
/// An empty payload is one empty piece: a write of nothing is a record of nothing, as in tls(3).
pub const fn fragment(payload: &[u8]) -> Fragments<'_> {
    Fragments { rest: Some(payload) }
}

/// The pieces of one payload, in order.
#[derive(Clone, Debug)]
pub struct Fragments<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Iterator for Fragments<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest.take()?;
        let (piece, tail) = rest.split_at(rest.len().min(RECORD_LEN_MAX));
        self.rest = (!tail.is_empty()).then_some(tail);
        Some(piece)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let n = self.rest.map_or(0, |rest| rest.len().div_ceil(RECORD_LEN_MAX).max(1));
        (n, Some(n))
    }
}

impl ExactSizeIterator for Fragments<'_> {}

#[cfg(test)]
mod tests {
    use super::fragment;
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
}
