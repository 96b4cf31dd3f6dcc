//! All handshake messages so far.
//!
//! Every message counts, header included, but HelloRequest (RFC 5246 §7.4.9). They are kept whole and hashed when a hash is
//! wanted: a ClientHello comes before its hash is known, and a CertificateVerify may want another hash than the PRF.

use crate::msg::Message;
use crate::sec::prf::Prf;

/// The messages, in order.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    bytes: Vec<u8>,
}

impl Transcript {
    /// Adds one message as it came.
    pub(crate) fn add(&mut self, message: &Message) {
        self.add_bytes(message.bytes());
    }

    /// Adds messages of ours, headers included.
    pub(crate) fn add_bytes(&mut self, messages: &[u8]) {
        self.bytes.extend_from_slice(messages);
    }

    /// The hash of what was added so far; more may follow.
    pub(crate) fn hash(&self, prf: Prf) -> Vec<u8> {
        prf.hash(&self.bytes)
    }

    /// The messages themselves, as a CertificateVerify signs them.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest;

    use super::*;

    #[test]
    fn a_hash_is_one_of_what_came_before_it() {
        let mut transcript = Transcript::default();
        transcript.add_bytes(b"tran");
        transcript.add_bytes(b"scr");
        let before = transcript.hash(Prf::Sha384);
        transcript.add_bytes(b"ipt");
        assert_eq!(before, digest::digest(&digest::SHA384, b"transcr").as_ref());
        assert_eq!(transcript.hash(Prf::Sha256), digest::digest(&digest::SHA256, b"transcript").as_ref());
        assert_eq!(
            transcript.hash(Prf::Ssl3)[16..],
            *digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, b"transcript").as_ref()
        );
    }
}
