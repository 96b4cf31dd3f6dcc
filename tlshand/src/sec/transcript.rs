//! The hash of all handshake messages so far.
//!
//! Every message counts, header included, but HelloRequest (RFC 5246 §7.4.9). Which hash it is, is known only when the
//! suite is: a client keeps its hello until then, see [`Messages`].

use std::fmt;

use aws_lc_rs::digest;

use crate::suites::PrfHash;

/// The messages while the hash is not known.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    bytes: Vec<u8>,
}

impl Messages {
    /// Adds one message, header included.
    pub(crate) fn add(&mut self, message: &[u8]) {
        self.bytes.extend_from_slice(message);
    }

    /// Goes on with `hash`.
    pub(crate) fn hashed(self, hash: PrfHash) -> Transcript {
        let mut transcript = Transcript::new(hash);
        transcript.add(&self.bytes);
        transcript
    }
}

/// The hash while it runs.
#[derive(Clone)]
pub(crate) struct Transcript {
    running: digest::Context,
}

impl Transcript {
    /// Starts with nothing.
    pub(crate) fn new(hash: PrfHash) -> Transcript {
        Transcript { running: digest::Context::new(hash.digest()) }
    }

    /// Adds one message, header included.
    pub(crate) fn add(&mut self, message: &[u8]) {
        self.running.update(message);
    }

    /// The hash of what was added so far; more may follow.
    pub(crate) fn hash(&self) -> digest::Digest {
        self.running.clone().finish()
    }
}

impl fmt::Debug for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transcript(..)")
    }
}

impl PrfHash {
    fn digest(self) -> &'static digest::Algorithm {
        match self {
            PrfHash::Sha256 => &digest::SHA256,
            PrfHash::Sha384 => &digest::SHA384,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_and_hashed_messages_count_alike() {
        for hash in [PrfHash::Sha256, PrfHash::Sha384] {
            let mut messages = Messages::default();
            messages.add(b"tran");
            let mut transcript = messages.hashed(hash);
            transcript.add(b"scr");
            let before = transcript.hash();
            transcript.add(b"ipt");
            assert_eq!(transcript.hash().as_ref(), digest::digest(hash.digest(), b"transcript").as_ref());
            assert_eq!(before.as_ref(), digest::digest(hash.digest(), b"transcr").as_ref());
        }
    }
}
