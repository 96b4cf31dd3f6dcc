//! Bytes of `hand` put together to messages.
//!
//! Messages may be cut into records anywhere, and one record may hold several (RFC 5246 §6.2.1).
//!
//! **Invariants**
//! - It holds at most one incomplete message and what one read brought: a length over the limit is refused as soon as it
//!   is announced, before its bytes are waited for.

use tlswire::codec::Reader;

use crate::error::Error;
use crate::msg::{HEADER_LEN, HandshakeType, Message};

/// What was read and not yet taken.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    bytes: Vec<u8>,
    hello_requests: usize,
    has_begun: bool,
}

impl Inbox {
    /// Adds what a read of at most [`READ_LEN_MAX`] bytes brought.
    pub(crate) fn recv(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Takes the next whole message. Empty HelloRequests are passed over, in both roles: they mean nothing during a
    /// handshake and are not hashed (RFC 5246 §7.4.1.1).
    ///
    /// # Errors
    /// [`Error::UnknownMessage`], [`Error::MessageTooLong`], [`Error::BadHelloRequest`], [`Error::TooManyHelloRequests`].
    pub(crate) fn next(&mut self) -> Result<Option<Message>, Error> {
        loop {
            let mut reader = Reader::new(&self.bytes);
            let (Ok(typ), Ok(len)) = (reader.u8().map(HandshakeType), reader.u24()) else {
                return Ok(None);
            };
            let len = usize::try_from(len).unwrap_or(usize::MAX);
            if typ == HandshakeType::HELLO_REQUEST {
                if len != 0 {
                    return Err(Error::BadHelloRequest);
                }
                self.hello_requests += 1;
                if self.hello_requests > HELLO_REQUESTS_MAX {
                    return Err(Error::TooManyHelloRequests);
                }
                self.bytes.drain(..HEADER_LEN);
                continue;
            }
            // The device gives it in place of the first message or never.
            if typ == HandshakeType::SSL2_CLIENT_HELLO && self.has_begun {
                return Err(Error::UnknownMessage(typ.0));
            }
            if len > typ.len_max().ok_or(Error::UnknownMessage(typ.0))? {
                return Err(Error::MessageTooLong(len));
            }
            if reader.len() < len {
                return Ok(None);
            }
            self.has_begun = true;
            let rest = self.bytes.split_off(HEADER_LEN + len);
            return Ok(Some(Message { typ, bytes: std::mem::replace(&mut self.bytes, rest) }));
        }
    }

    /// Whether every byte that came belonged to a message that was taken.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

/// Bytes to ask of `hand` at once: a record's worth.
pub(crate) const READ_LEN_MAX: usize = 16_384;
/// HelloRequests in one handshake.
const HELLO_REQUESTS_MAX: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    const DONE: [u8; 4] = [14, 0, 0, 0];

    fn inbox(bytes: &[u8]) -> Inbox {
        let mut inbox = Inbox::default();
        inbox.recv(bytes);
        inbox
    }

    #[test]
    fn messages_cut_anywhere_come_out_whole() {
        let stream = [&[20, 0, 0, 3, 1, 2, 3][..], &DONE, &[16, 0, 0, 1, 9]].concat();
        for cut in 1..stream.len() {
            let (mut inbox, mut lens) = (Inbox::default(), Vec::new());
            for piece in stream.chunks(cut) {
                inbox.recv(piece);
                while let Some(message) = inbox.next().unwrap() {
                    lens.push((message.typ().0, message.bytes().len()));
                }
            }
            assert_eq!(lens, [(20, 7), (14, 4), (16, 5)]);
            assert!(inbox.is_empty());
        }
    }

    #[test]
    fn an_unfinished_message_is_not_empty() {
        let mut inbox = inbox(&[20, 0, 0, 1]);
        assert_eq!(inbox.next().unwrap(), None);
        assert!(!inbox.is_empty());
    }

    #[test]
    fn a_few_hello_requests_are_passed_over() {
        let mut bytes = [0; 16].to_vec();
        bytes.extend(DONE);
        assert_eq!(inbox(&bytes).next().unwrap().unwrap().bytes(), DONE);
        assert!(matches!(inbox(&[0; 20]).next(), Err(Error::TooManyHelloRequests)));
        assert!(matches!(inbox(&[0, 0, 0, 1, 0]).next(), Err(Error::BadHelloRequest)));
    }

    #[test]
    fn a_length_over_the_limit_is_refused_before_its_bytes_came() {
        assert!(matches!(inbox(&[1, 0, 0x40, 1]).next(), Err(Error::MessageTooLong(16_385))));
        assert!(matches!(inbox(&[11, 1, 0, 1]).next(), Err(Error::MessageTooLong(65_537))));
        assert!(matches!(inbox(&[1, 0, 0x40, 0]).next(), Ok(None)));
        assert!(matches!(inbox(&[11, 1, 0, 0]).next(), Ok(None)));
    }

    #[test]
    fn a_hello_of_ssl2_comes_first_or_never() {
        let hello = [9, 0, 0, 1, 1];
        assert_eq!(
            inbox(&hello).next().unwrap().unwrap().bytes(),
            [1],
            "not the header, which is the device's"
        );
        let mut late = inbox(&[&DONE[..], &hello].concat());
        assert!(late.next().is_ok());
        assert!(matches!(late.next(), Err(Error::UnknownMessage(9))));
    }

    #[test]
    fn types_that_nobody_expects_are_refused() {
        for typ in [3, 5, 6, 10, 21, 23, 25, 254, 255] {
            let error = inbox(&[typ, 0, 0, 0]).next().unwrap_err();
            assert_eq!(error.to_string(), format!("can't decode a {typ}"));
        }
    }
}
