//! HKDF with the labels of TLS 1.3 (RFC 8446 §7.1, RFC 5869).

use std::fmt;

use aws_lc_rs::hkdf::{HKDF_SHA256, HKDF_SHA384, KeyType, Prk};
use aws_lc_rs::{digest, hmac};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::suites::PrfHash;

/// A secret with as many bytes as its hash.
pub(super) struct Secret {
    hash: PrfHash,
    bytes: Zeroizing<[u8; HASH_LEN_MAX]>,
}

impl Secret {
    /// HKDF-Extract(`salt`, `ikm`).
    pub(super) fn extract(hash: PrfHash, salt: &[u8], ikm: &[u8]) -> Secret {
        let tag = hmac::sign(&hmac::Key::new(hmac_algorithm(hash), salt), ikm);
        let mut bytes = Zeroizing::new([0; HASH_LEN_MAX]);
        bytes.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
        Secret { hash, bytes }
    }

    /// HKDF-Expand-Label(self, `label`, `context`, the room in `output`).
    ///
    /// # Errors
    /// [`Error::Internal`] for what no length field holds, or more bytes than HKDF gives.
    pub(super) fn expand_label(&self, label: &[u8], context: &[u8], output: &mut [u8]) -> Result<(), Error> {
        let failed = Error::Internal("can't expand a secret");
        let (Ok(len), Ok(label_len), Ok(context_len)) = (
            u16::try_from(output.len()),
            u8::try_from(LABEL_PREFIX.len() + label.len()),
            u8::try_from(context.len()),
        ) else {
            return Err(failed);
        };
        let algorithm = match self.hash {
            PrfHash::Sha256 => HKDF_SHA256,
            PrfHash::Sha384 => HKDF_SHA384,
        };
        let prk = Prk::new_less_safe(algorithm, self.bytes());
        let info = [&len.to_be_bytes()[..], &[label_len], LABEL_PREFIX, label, &[context_len], context];
        let filled = prk.expand(&info, Len(output.len())).and_then(|okm| okm.fill(output));
        filled.map_err(|_| failed)
    }

    /// Derive-Secret(self, `label`, the messages that `messages_hash` is of).
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(super) fn derive(&self, label: &[u8], messages_hash: &[u8]) -> Result<Secret, Error> {
        let mut derived = Secret { hash: self.hash, bytes: Zeroizing::new([0; HASH_LEN_MAX]) };
        let output = derived.bytes.get_mut(..self.hash.len()).unwrap_or_default();
        self.expand_label(label, messages_hash, output)?;
        Ok(derived)
    }

    /// The proof that somebody has it and has seen the messages that `messages_hash` is of (RFC 8446 §4.4.4).
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(super) fn verify_data(&self, messages_hash: &[u8]) -> Result<Vec<u8>, Error> {
        let finished_key = self.derive(b"finished", &[])?;
        let key = hmac::Key::new(hmac_algorithm(self.hash), finished_key.bytes());
        Ok(hmac::sign(&key, messages_hash).as_ref().to_vec())
    }

    pub(super) fn hash(&self) -> PrfHash {
        self.hash
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.hash.len()).unwrap_or_default()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl PrfHash {
    /// Bytes of one hash.
    pub(crate) fn len(self) -> usize {
        self.algorithm().output_len()
    }

    /// The hash of `bytes`.
    pub(crate) fn of(self, bytes: &[u8]) -> digest::Digest {
        digest::digest(self.algorithm(), bytes)
    }

    pub(super) fn algorithm(self) -> &'static digest::Algorithm {
        match self {
            PrfHash::Sha256 => &digest::SHA256,
            PrfHash::Sha384 => &digest::SHA384,
        }
    }
}

/// How many bytes the library is asked for.
struct Len(usize);

impl KeyType for Len {
    fn len(&self) -> usize {
        self.0
    }
}

fn hmac_algorithm(hash: PrfHash) -> hmac::Algorithm {
    match hash {
        PrfHash::Sha256 => hmac::HMAC_SHA256,
        PrfHash::Sha384 => hmac::HMAC_SHA384,
    }
}

/// What every label begins with.
const LABEL_PREFIX: &[u8] = b"tls13 ";
/// Bytes of the longer hash.
const HASH_LEN_MAX: usize = 48;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_length_field_holds_is_refused() {
        let secret = Secret::extract(PrfHash::Sha256, &[], &[7; 32]);
        assert!(secret.expand_label(&[b'a'; 249], &[0; 255], &mut [0; 32]).is_ok());
        assert!(secret.expand_label(&[b'a'; 250], &[], &mut [0; 32]).is_err());
        assert!(secret.expand_label(b"", &[0; 256], &mut [0; 32]).is_err());
        assert!(secret.expand_label(b"", &[], &mut [0; 255 * 32]).is_ok());
        assert!(secret.expand_label(b"", &[], &mut [0; 255 * 32 + 1]).is_err());
    }

    #[test]
    fn a_secret_does_not_print() {
        assert_eq!(format!("{:?}", Secret::extract(PrfHash::Sha384, &[], &[7])), "Secret(..)");
    }
}
