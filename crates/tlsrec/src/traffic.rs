//! Traffic secrets of TLS 1.3: the key and the IV that come out of one, and the secret that follows it.
//!
//! Where the first one comes from is the handshake's affair; here is only what goes on without it (RFC 8446 §7.2, §7.3).
//!
//! **Invariants**
//! * A secret is wiped on drop, and so is the one that it was before an update.

use crate::{Cipher, Encalg, Hashalg, SecretError, protect::Backend};
use hkdf::Hkdf;
use sha2::{Sha256, Sha384};
use zeroize::Zeroizing;

/// One direction's traffic secret, with whose AEAD its keys are used.
pub(crate) struct TrafficSecret {
    bytes: Zeroizing<[u8; SECRET_LEN_MAX]>,
    len: usize,
    backend: Backend,
}

/// Fills a place from a secret and a label (RFC 8446 §7.1); `None` for lengths that no row of the tables has.
pub(crate) type Expand = fn(&[u8], &str, &mut [u8]) -> Option<()>;

impl TrafficSecret {
    /// Keeps a copy of a secret; `None` when it is longer than any hash.
    pub(crate) fn new(secret: &[u8], backend: Backend) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; SECRET_LEN_MAX]);
        bytes.get_mut(..secret.len())?.copy_from_slice(secret);
        Some(Self { bytes, len: secret.len(), backend })
    }

    /// Makes the cipher of this secret, which keeps it.
    ///
    /// # Errors
    /// [`SecretError::HashOfAnotherVersion`] and [`SecretError::EncOfAnotherVersion`] for what TLS 1.3 does not have.
    pub(crate) fn cipher(self, hash: &'static Hashalg, enc: &'static Encalg) -> Result<Cipher, SecretError> {
        let expand = hash.expand.ok_or(SecretError::HashOfAnotherVersion)?;
        let make = enc.make_hidden.ok_or(SecretError::EncOfAnotherVersion)?;
        let mut key = Zeroizing::new([0; KEY_LEN_MAX]);
        let key = key.get_mut(..enc.key_len).ok_or(SecretError::Internal)?;
        let mut iv = Zeroizing::new([0; IV_LEN]);
        expand(self.as_slice(), "key", key).ok_or(SecretError::Internal)?;
        expand(self.as_slice(), "iv", &mut *iv).ok_or(SecretError::Internal)?;
        let protect = make(self.backend, key, &iv).ok_or(SecretError::Internal)?;
        Ok(Cipher::hidden(enc, hash, protect, self))
    }

    /// Makes the secret that follows this one (RFC 8446 §7.2).
    ///
    /// # Errors
    /// As [`TrafficSecret::cipher`].
    pub(crate) fn next(&self, hash: &Hashalg) -> Result<Self, SecretError> {
        let expand = hash.expand.ok_or(SecretError::HashOfAnotherVersion)?;
        let mut next =
            Self { bytes: Zeroizing::new([0; SECRET_LEN_MAX]), len: self.len, backend: self.backend };
        let to = next.bytes.get_mut(..self.len).ok_or(SecretError::Internal)?;
        expand(self.as_slice(), "traffic upd", to).ok_or(SecretError::Internal)?;
        Ok(next)
    }

    fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// HKDF-Expand-Label with SHA-256 and no context.
pub(crate) fn expand_sha256(secret: &[u8], label: &str, to: &mut [u8]) -> Option<()> {
    let len = u16::try_from(to.len()).ok()?.to_be_bytes();
    let label_len = label_len(label)?;
    Hkdf::<Sha256>::from_prk(secret).ok()?.expand_multi_info(&info(&len, &label_len, label), to).ok()
}

/// HKDF-Expand-Label with SHA-384 and no context.
pub(crate) fn expand_sha384(secret: &[u8], label: &str, to: &mut [u8]) -> Option<()> {
    let len = u16::try_from(to.len()).ok()?.to_be_bytes();
    let label_len = label_len(label)?;
    Hkdf::<Sha384>::from_prk(secret).ok()?.expand_multi_info(&info(&len, &label_len, label), to).ok()
}

/// The fields of `HkdfLabel` (RFC 8446 §7.1).
fn info<'a>(len: &'a [u8], label_len: &'a [u8], label: &'a str) -> [&'a [u8]; 5] {
    [len, label_len, PREFIX.as_bytes(), label.as_bytes(), &[0]]
}

fn label_len(label: &str) -> Option<[u8; 1]> {
    u8::try_from(PREFIX.len() + label.len()).ok().map(|len| [len])
}

const PREFIX: &str = "tls13 ";
/// The longest secret, in bytes: that of SHA-384.
const SECRET_LEN_MAX: usize = 48;
const KEY_LEN_MAX: usize = 32;
/// The length of every IV of TLS 1.3, in bytes (RFC 8446 §5.3).
const IV_LEN: usize = 12;
