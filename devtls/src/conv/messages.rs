//! Handshake messages in the bytes of records: where one ends and the next begins.
//!
//! It reads headers alone and keeps four bytes, however long a message is. What the messages say is not its affair; but a
//! key may only change between two of them (RFC 8446 §5.1).

/// A place in a stream of handshake messages; begins between two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Messages {
    head: [u8; HEAD_LEN],
    /// How much of the header has come, in bytes.
    head_len: usize,
    /// How much of the body is still to come once the header has, in bytes.
    left_len: usize,
}

/// Bytes of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The message's type.
    pub message_type: u8,
    /// The length of the message's body, in bytes; `None` as long as the header has not said.
    pub body_len: Option<usize>,
    /// The bytes, the header's included.
    pub bytes: &'a [u8],
    /// Whether the message ends with them.
    pub is_last: bool,
}

impl Messages {
    /// Goes on over the bytes of one message, and gives them and what is behind them; `None` where there are none.
    pub fn cut<'a>(&mut self, bytes: &'a [u8]) -> Option<(Piece<'a>, &'a [u8])> {
        bytes.first()?;
        let missing = self.head.iter_mut().skip(self.head_len);
        let head_len = missing.zip(bytes).map(|(to, from)| *to = *from).count();
        let was_whole = self.head_len == HEAD_LEN;
        self.head_len += head_len;
        let [message_type, l2, l1, l0] = self.head;
        if self.head_len < HEAD_LEN {
            return Some((Piece { message_type, body_len: None, bytes, is_last: false }, &[]));
        }
        let body_len = u32::from_be_bytes([0, l2, l1, l0]) as usize;
        if !was_whole {
            self.left_len = body_len;
        }
        let len = bytes.len().min(head_len + self.left_len);
        self.left_len -= len - head_len;
        let is_last = self.left_len == 0;
        if is_last {
            *self = Messages::default();
        }
        let (bytes, behind) = bytes.split_at(len);
        Some((Piece { message_type, body_len: Some(body_len), bytes, is_last }, behind))
    }

    /// Goes on over all of `bytes`.
    pub fn pass(&mut self, mut bytes: &[u8]) {
        while let Some((_, behind)) = self.cut(bytes) {
            bytes = behind;
        }
    }

    /// Tells whether the place is between two messages.
    #[must_use]
    pub fn is_between(&self) -> bool {
        self.head_len == 0
    }
}

/// The length of a message's header, in bytes (RFC 8446 §4).
const HEAD_LEN: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    /// Three messages: of two bytes, of none, of 300.
    fn flight() -> Vec<u8> {
        [&[1, 0, 0, 2, 9, 9, 14, 0, 0, 0, 4, 0, 1, 44][..], &[7; 300]].concat()
    }

    #[test]
    fn messages_are_found_however_the_bytes_are_cut() {
        let flight = flight();
        for len in 1..=flight.len() {
            let mut messages = Messages::default();
            let (mut ends, mut all) = (Vec::new(), Vec::new());
            for mut bytes in flight.chunks(len) {
                while let Some((piece, behind)) = messages.cut(bytes) {
                    all.extend_from_slice(piece.bytes);
                    bytes = behind;
                    if piece.is_last {
                        ends.push((piece.message_type, piece.body_len, all.len()));
                    }
                }
            }
            assert_eq!(ends, [(1, Some(2), 6), (14, Some(0), 10), (4, Some(300), 314)], "cut by {len}");
            assert_eq!(all, flight);
        }
    }

    #[test]
    fn a_place_is_between_two_messages_only_where_one_has_ended() {
        let flight = flight();
        for at in 0..=flight.len() {
            let mut messages = Messages::default();
            messages.pass(&flight[..at]);
            assert_eq!(messages.is_between(), [0, 6, 10, 314].contains(&at), "{at}");
        }
    }
}
