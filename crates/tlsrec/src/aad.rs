//! What is authenticated beside the payload: where the record stands, what it is, how long it is.

use tlswire::{ContentType, ProtocolVersion};

/// A record's place in its direction, as far as it is known before its plaintext's length.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) seq: u64,
    pub(crate) content_type: u8,
    pub(crate) version: ProtocolVersion,
    /// How many zeros follow the content when sealing, in bytes; only where they can be told from it.
    pub(crate) padding_len: usize,
}

/// The authenticated bytes; SSL 3.0 leaves the version out (RFC 6101 §5.2.3.1, RFC 5246 §6.2.3.3).
pub(crate) enum Aad {
    Ssl3([u8; 11]),
    Tls([u8; 13]),
}

impl Place {
    /// Completes the bytes with the length of the plaintext, of which 16 bits travel.
    ///
    /// Takes the same time for every length, which in CBC is a secret.
    pub(crate) fn aad(self, len: u32) -> Aad {
        let [s7, s6, s5, s4, s3, s2, s1, s0] = self.seq.to_be_bytes();
        let t = self.content_type;
        let [_, _, l1, l0] = len.to_be_bytes();
        if self.version == ProtocolVersion::SSL3 {
            Aad::Ssl3([s7, s6, s5, s4, s3, s2, s1, s0, t, l1, l0])
        } else {
            let [v1, v0] = self.version.to_bytes();
            Aad::Tls([s7, s6, s5, s4, s3, s2, s1, s0, t, v1, v0, l1, l0])
        }
    }

    /// What TLS 1.3 authenticates: the header as it is on the wire (RFC 8446 §5.2).
    pub(crate) fn hidden_aad(self, outer: ContentType, body_len: usize) -> Option<[u8; 5]> {
        let [v1, v0] = self.version.to_bytes();
        let [l1, l0] = u16::try_from(body_len).ok()?.to_be_bytes();
        Some([outer.0, v1, v0, l1, l0])
    }
}

impl Aad {
    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Ssl3(bytes) => bytes,
            Self::Tls(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Place;
    use tlswire::ProtocolVersion;

    #[test]
    fn ssl3_leaves_the_version_out() {
        let place = |version| Place { seq: 0x0102_0304_0506_0708, content_type: 22, version, padding_len: 0 };
        let tls = place(ProtocolVersion::TLS12).aad(0x4000);
        assert_eq!(tls.as_slice(), [1, 2, 3, 4, 5, 6, 7, 8, 22, 3, 3, 0x40, 0]);
        let ssl3 = place(ProtocolVersion::SSL3).aad(5);
        assert_eq!(ssl3.as_slice(), [1, 2, 3, 4, 5, 6, 7, 8, 22, 0, 5]);
    }
}
