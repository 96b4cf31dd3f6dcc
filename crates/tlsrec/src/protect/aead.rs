//! AEADs: how their nonces are made and how they lie in a record. The algorithms themselves are behind [`AeadKey`].
//!
//! Two ways before TLS 1.3: an implicit nonce, the IV with the sequence number mixed in (RFC 7905 §2), and GCM's, of
//! which eight bytes travel in the record (RFC 5288 §3). That of TLS 1.3 is in [`super::hidden`].

#[cfg(feature = "aws-lc")]
use super::awslc;
use super::{Backend, Parts, Protect, appended, boxed, ccpoly64, rustcrypto};
use crate::{OpenError, SealError, aad::Place};
use alloc::{boxed::Box, vec::Vec};
use core::ops::Range;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// An AEAD with its key; wiped on drop. The nonce is never the same twice when sealing.
pub(super) trait AeadKey: Send + Sync {
    /// Encrypts `text` in place and gives the tag.
    fn seal(&self, nonce: &Nonce, aad: &[u8], text: &mut [u8]) -> Result<[u8; TAG_LEN], Failed>;

    /// Decrypts in place all of `sealed` but the tag at its end, which it checks in constant time.
    ///
    /// What `sealed` holds after a failure is nobody's to read.
    fn open(&self, nonce: &Nonce, aad: &[u8], sealed: &mut [u8]) -> Result<(), Failed>;
}

/// The nonce of one record.
pub(super) type Nonce = [u8; NONCE_LEN];

/// Not authentic, when opening; impossible lengths, when sealing.
#[derive(Debug)]
pub(super) struct Failed;

/// `ccpoly64_aead`: the ChaCha20-Poly1305 of the drafts before RFC 7539, whose nonce is the sequence number alone.
pub(crate) fn ccpoly64(parts: Parts<'_>, _: &mut dyn CryptoRng) -> Option<Box<dyn Protect>> {
    implicit(ccpoly64::Key::new(parts.key)?, &[0; NONCE_LEN])
}

/// `ccpoly96_aead`: ChaCha20-Poly1305 (RFC 7905).
pub(crate) fn ccpoly96(parts: Parts<'_>, _: &mut dyn CryptoRng) -> Option<Box<dyn Protect>> {
    match parts.backend {
        Backend::RustCrypto => implicit(rustcrypto::chacha20_poly1305(parts.key)?, parts.iv),
        #[cfg(feature = "aws-lc")]
        Backend::AwsLc => implicit(awslc::chacha20_poly1305(parts.key)?, parts.iv),
    }
}

/// `aes_128_gcm_aead` (RFC 5288).
pub(crate) fn aes128_gcm(parts: Parts<'_>, rng: &mut dyn CryptoRng) -> Option<Box<dyn Protect>> {
    match parts.backend {
        Backend::RustCrypto => explicit(rustcrypto::aes128_gcm(parts.key)?, parts.iv, rng),
        #[cfg(feature = "aws-lc")]
        Backend::AwsLc => explicit(awslc::aes128_gcm(parts.key)?, parts.iv, rng),
    }
}

/// `aes_256_gcm_aead` (RFC 5288).
pub(crate) fn aes256_gcm(parts: Parts<'_>, rng: &mut dyn CryptoRng) -> Option<Box<dyn Protect>> {
    match parts.backend {
        Backend::RustCrypto => explicit(rustcrypto::aes256_gcm(parts.key)?, parts.iv, rng),
        #[cfg(feature = "aws-lc")]
        Backend::AwsLc => explicit(awslc::aes256_gcm(parts.key)?, parts.iv, rng),
    }
}

fn implicit(key: impl AeadKey + 'static, iv: &[u8]) -> Option<Box<dyn Protect>> {
    boxed(Implicit { key, iv: Zeroizing::new(iv.try_into().ok()?) })
}

fn explicit(key: impl AeadKey + 'static, salt: &[u8], rng: &mut dyn CryptoRng) -> Option<Box<dyn Protect>> {
    let mut first = [0; EXPLICIT_LEN];
    rng.fill_bytes(&mut first);
    boxed(Explicit { key, salt: Zeroizing::new(salt.try_into().ok()?), first })
}

/// Nonce: IV XOR sequence number. Body: ciphertext, tag.
struct Implicit<K> {
    key: K,
    iv: Zeroizing<Nonce>,
}

impl<K: AeadKey> Protect for Implicit<K> {
    fn seal(
        &mut self,
        place: Place,
        payload: &[u8],
        out: &mut Vec<u8>,
        _: &mut dyn CryptoRng,
    ) -> Result<(), SealError> {
        seal(&self.key, &mixed(&self.iv, place.seq), place, payload, out)
    }

    fn open(&mut self, place: Place, body: &mut [u8]) -> Result<Range<usize>, OpenError> {
        open(&self.key, &mixed(&self.iv, place.seq), place, body, 0)
    }
}

/// Nonce: salt, then eight bytes that travel. Body: those eight, ciphertext, tag.
struct Explicit<K> {
    key: K,
    salt: Zeroizing<[u8; SALT_LEN]>,
    /// The travelling part of record 0; that of a later one differs from it by the sequence number, and so from all
    /// others under this key (RFC 5288 §3).
    first: [u8; EXPLICIT_LEN],
}

impl<K: AeadKey> Explicit<K> {
    fn nonce(&self, explicit: [u8; EXPLICIT_LEN]) -> Nonce {
        let [a, b, c, d] = *self.salt;
        let [e7, e6, e5, e4, e3, e2, e1, e0] = explicit;
        [a, b, c, d, e7, e6, e5, e4, e3, e2, e1, e0]
    }
}

impl<K: AeadKey> Protect for Explicit<K> {
    fn seal(
        &mut self,
        place: Place,
        payload: &[u8],
        out: &mut Vec<u8>,
        _: &mut dyn CryptoRng,
    ) -> Result<(), SealError> {
        let explicit = (u64::from_be_bytes(self.first) ^ place.seq).to_be_bytes();
        out.extend_from_slice(&explicit);
        seal(&self.key, &self.nonce(explicit), place, payload, out)
    }

    fn open(&mut self, place: Place, body: &mut [u8]) -> Result<Range<usize>, OpenError> {
        let (explicit, sealed) = body.split_first_chunk_mut().ok_or(OpenError::Runt)?;
        open(&self.key, &self.nonce(*explicit), place, sealed, EXPLICIT_LEN)
    }
}

/// An implicit nonce: the IV with the sequence number mixed in (RFC 7905 §2, RFC 8446 §5.3).
pub(super) fn mixed(iv: &Nonce, seq: u64) -> Nonce {
    let [s7, s6, s5, s4, s3, s2, s1, s0] = seq.to_be_bytes();
    let mut nonce = [0, 0, 0, 0, s7, s6, s5, s4, s3, s2, s1, s0];
    for (byte, iv) in nonce.iter_mut().zip(iv) {
        *byte ^= iv;
    }
    nonce
}

fn seal(
    key: &impl AeadKey,
    nonce: &Nonce,
    place: Place,
    payload: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), SealError> {
    let len = u32::try_from(payload.len()).map_err(|_| SealError::TooLong(payload.len()))?;
    let text = appended(out, payload);
    let tag = key
        .seal(nonce, place.aad(len).as_slice(), text)
        .map_err(|Failed| SealError::Internal("AEAD refused to seal"))?;
    out.extend_from_slice(&tag);
    Ok(())
}

/// Opens `sealed`, which lies `at` bytes into the body.
fn open(
    key: &impl AeadKey,
    nonce: &Nonce,
    place: Place,
    sealed: &mut [u8],
    at: usize,
) -> Result<Range<usize>, OpenError> {
    // Too short for a tag is not told apart from a wrong one, as in the original.
    let len = sealed.len().checked_sub(TAG_LEN).ok_or(OpenError::BadMac)?;
    let wire_len = u32::try_from(len).map_err(|_| OpenError::TooLong(len))?;
    key.open(nonce, place.aad(wire_len).as_slice(), sealed).map_err(|Failed| OpenError::BadMac)?;
    Ok(at..at + len)
}

/// The length of every tag here, in bytes.
pub(super) const TAG_LEN: usize = 16;
/// The length of a nonce, in bytes.
pub(super) const NONCE_LEN: usize = 12;
const SALT_LEN: usize = 4;
const EXPLICIT_LEN: usize = 8;

#[cfg(test)]
mod tests;
