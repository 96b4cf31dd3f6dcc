//! The running hash of all handshake messages (RFC 8446 §4.4.1).
//!
//! It begins when the hash is known: for a client when a ServerHello has chosen the suite.

use std::fmt;

use aws_lc_rs::digest::{Context, Digest};

use crate::msg::Message;
use crate::suites::PrfHash;

/// The messages so far, headers included, as far as a hash remembers them.
#[derive(Clone)]
pub(crate) struct Transcript {
    hash: PrfHash,
    context: Context,
}

impl Transcript {
    /// Begins with `messages`, perhaps none.
    pub(crate) fn new(hash: PrfHash, messages: &[u8]) -> Transcript {
        let mut context = Context::new(hash.algorithm());
        context.update(messages);
        Transcript { hash, context }
    }

    /// Begins after a HelloRetryRequest: the first ClientHello is there as its hash alone, the HelloRetryRequest itself is yet to
    /// be added.
    pub(crate) fn retried(hash: PrfHash, first_hello: &[u8]) -> Transcript {
        let digest = hash.of(first_hello);
        let len = u8::try_from(digest.as_ref().len()).unwrap_or_default();
        let header = [MESSAGE_HASH, 0, 0, len];
        Transcript::new(hash, &[&header, digest.as_ref()].concat())
    }

    /// Adds one message as it came.
    pub(crate) fn add(&mut self, message: &Message) {
        self.add_bytes(message.bytes());
    }

    /// Adds messages of ours, headers included.
    pub(crate) fn add_bytes(&mut self, messages: &[u8]) {
        self.context.update(messages);
    }

    /// The hash of what was added so far; more may follow.
    pub(crate) fn hash(&self) -> Digest {
        self.context.clone().finish()
    }

    /// The hash of what was added so far and then `bytes`, which are not added: a ClientHello up to its binders.
    pub(crate) fn hash_with(&self, bytes: &[u8]) -> Digest {
        let mut context = self.context.clone();
        context.update(bytes);
        context.finish()
    }
}

impl fmt::Debug for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transcript").field("hash", &self.hash).finish_non_exhaustive()
    }
}

/// The type of the message that stands for the first ClientHello; on no wire.
const MESSAGE_HASH: u8 = 254;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::msg::inbox::Inbox;

    #[test]
    fn a_hash_is_one_of_what_came_before_it() {
        let mut transcript = Transcript::new(PrfHash::Sha384, b"tran");
        transcript.add_bytes(b"scr");
        let before = transcript.hash();
        assert_eq!(before.as_ref(), PrfHash::Sha384.of(b"transcr").as_ref());
        assert_eq!(transcript.hash_with(b"ipt").as_ref(), PrfHash::Sha384.of(b"transcript").as_ref());
        assert_eq!(transcript.hash().as_ref(), before.as_ref());
    }

    #[test]
    fn a_message_counts_with_its_header() {
        let finished = [20, 0, 0, 2, 1, 2];
        let mut inbox = Inbox::default();
        inbox.recv(&finished);
        let mut transcript = Transcript::new(PrfHash::Sha256, b"before");
        transcript.add(&inbox.next().unwrap().unwrap());
        assert_eq!(transcript.hash().as_ref(), PrfHash::Sha256.of(b"before\x14\0\0\x02\x01\x02").as_ref());
    }

    #[test]
    fn a_first_hello_counts_as_its_hash() {
        for hash in [PrfHash::Sha256, PrfHash::Sha384] {
            let mut bytes = vec![254, 0, 0, u8::try_from(hash.len()).unwrap()];
            bytes.extend_from_slice(hash.of(b"hello").as_ref());
            assert_eq!(Transcript::retried(hash, b"hello").hash().as_ref(), hash.of(&bytes).as_ref());
        }
    }
}
