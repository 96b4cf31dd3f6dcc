//! What a CertificateVerify signs (RFC 8446 §4.4.3).

use crate::sec::Side;

/// The bytes under the signature of `side`; `messages_hash` is of all up to its Certificate. The spaces and the words keep it from
/// being a signature over anything else.
pub(crate) fn signed_messages(side: Side, messages_hash: &[u8]) -> Vec<u8> {
    let words: &[u8] = match side {
        Side::Client => b"TLS 1.3, client CertificateVerify",
        Side::Server => b"TLS 1.3, server CertificateVerify",
    };
    [&[b' '; SPACES], words, &[0], messages_hash].concat()
}

const SPACES: usize = 64;

#[cfg(test)]
mod tests {
    use hex_literal::hex;

    use super::*;

    /// The example of RFC 8446 §4.4.3, with a hash of 32 bytes of 01.
    #[test]
    fn the_example_of_the_standard() {
        let expected = hex!(
            "2020202020202020202020202020202020202020202020202020202020202020
             2020202020202020202020202020202020202020202020202020202020202020
             544c5320312e332c207365727665722043657274696669636174655665726966
             79
             00
             0101010101010101010101010101010101010101010101010101010101010101"
        );
        assert_eq!(signed_messages(Side::Server, &[1; 32]), expected);
        let client = signed_messages(Side::Client, &[1; 32]);
        assert_eq!(client[..64], [b' '; 64]);
        assert_eq!(client[64..98], *b"TLS 1.3, client CertificateVerify\0");
    }
}
