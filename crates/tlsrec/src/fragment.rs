//! A payload cut into pieces that fit in a record.

/// Cuts `payload` as [`crate::OneWay::fragment`] does; a `len_max` of 0 counts as 1.
pub(crate) fn fragment(payload: &[u8], len_max: usize) -> Fragments<'_> {
    let len_max = len_max.max(1);
    Fragments { rest: Some(payload), first_len: len_max, len_max }
}

/// Cuts `payload` as [`fragment`] does, after a first piece of one byte.
pub(crate) fn fragment_after_one(payload: &[u8], len_max: usize) -> Fragments<'_> {
    Fragments { first_len: 1, ..fragment(payload, len_max) }
}

/// The pieces of one payload, in order.
#[derive(Clone, Debug)]
pub struct Fragments<'a> {
    rest: Option<&'a [u8]>,
    /// The most that the next piece may hold, in bytes; a record's worth after the first.
    first_len: usize,
    len_max: usize,
}

impl<'a> Iterator for Fragments<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest.take()?;
        let (piece, tail) = rest.split_at(rest.len().min(self.first_len));
        self.first_len = self.len_max;
        self.rest = (!tail.is_empty()).then_some(tail);
        Some(piece)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let n = self.rest.map_or(0, |rest| match rest.len().checked_sub(self.first_len) {
            None => 1,
            Some(tail_len) => 1 + tail_len.div_ceil(self.len_max),
        });
        (n, Some(n))
    }
}

impl ExactSizeIterator for Fragments<'_> {}

#[cfg(test)]
mod tests {
    use super::{fragment, fragment_after_one};
    use crate::RECORD_LEN_MAX;
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
            assert_eq!(fragment(&payload, RECORD_LEN_MAX).len(), pieces.len());
            assert_eq!(fragment(&payload, RECORD_LEN_MAX).map(<[u8]>::len).collect::<Vec<_>>(), pieces);
            assert_eq!(fragment(&payload, RECORD_LEN_MAX).collect::<Vec<_>>().concat(), payload);
        }
    }

    #[test]
    fn a_first_piece_of_one_byte_is_cut_off_where_there_is_more() {
        for (len, pieces) in
            [(0, vec![0]), (1, vec![1]), (2, vec![1, 1]), (16385, vec![1, 16384]), (16386, vec![1, 16384, 1])]
        {
            let payload: Vec<u8> = (0..len).map(|i: usize| i.to_le_bytes()[0]).collect();
            assert_eq!(fragment_after_one(&payload, RECORD_LEN_MAX).len(), pieces.len());
            assert_eq!(
                fragment_after_one(&payload, RECORD_LEN_MAX).map(<[u8]>::len).collect::<Vec<_>>(),
                pieces
            );
            assert_eq!(fragment_after_one(&payload, RECORD_LEN_MAX).collect::<Vec<_>>().concat(), payload);
        }
    }

    #[test]
    fn pieces_may_be_shorter_than_a_record() {
        let payload = [7; 1000];
        let lens = |len_max| fragment(&payload, len_max).map(<[u8]>::len).collect::<Vec<_>>();
        assert_eq!(lens(512), [512, 488]);
        assert_eq!(lens(500), [500, 500]);
        assert_eq!(lens(0), [1; 1000]);
        let lens: Vec<_> = fragment_after_one(&payload, 512).map(<[u8]>::len).collect();
        assert_eq!(lens, [1, 512, 487]);
        assert_eq!(fragment_after_one(&payload, 512).len(), 3);
    }
}
