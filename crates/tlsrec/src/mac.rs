//! The MAC of records that are not under an AEAD: HMAC, and the older one of SSL 3.0.
//!
//! Each MAC is here twice. [`Mac::sum`] is for a payload whose length the peer may know. [`Mac::sum_secret_len`] is for
//! CBC on receipt, where the length comes out of decrypted padding and must not show in the time taken; it is built on
//! the hash's compression function in [`crate::tailmac`].

use crate::tailmac::{self, TailMac};
use alloc::boxed::Box;
use hmac::{Hmac, KeyInit, digest::common::Key};
use md5::Md5;
use sha1::{Digest, Sha1};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// A MAC with its key, which is wiped on drop.
pub(crate) struct Mac {
    len: usize,
    ways: Option<(Box<dyn Sum>, TailMac)>,
}

/// A computed MAC. Not secret once sent, but guessed at until then: compared in constant time.
pub(crate) struct Tag {
    bytes: [u8; LEN_MAX],
    len: usize,
}

impl Mac {
    /// The MAC of `clear`, which is empty.
    pub(crate) const fn none() -> Self {
        Self { len: 0, ways: None }
    }

    /// HMAC-MD5 (RFC 2104).
    pub(crate) fn hmac_md5(key: &[u8]) -> Self {
        Self::hmac::<Hmac<Md5>>(key, &tailmac::MD5)
    }

    /// HMAC-SHA1 (RFC 2104).
    pub(crate) fn hmac_sha1(key: &[u8]) -> Self {
        Self::hmac::<Hmac<Sha1>>(key, &tailmac::SHA1)
    }

    /// HMAC-SHA256 (RFC 2104).
    pub(crate) fn hmac_sha256(key: &[u8]) -> Self {
        Self::hmac::<Hmac<Sha256>>(key, &tailmac::SHA256)
    }

    /// SSL 3.0's MAC with MD5 (RFC 6101 §5.2.3.1).
    pub(crate) fn ssl3_md5(key: &[u8]) -> Self {
        Self::ssl3::<Md5>(key, 48, &tailmac::MD5)
    }

    /// SSL 3.0's MAC with SHA-1 (RFC 6101 §5.2.3.1).
    pub(crate) fn ssl3_sha1(key: &[u8]) -> Self {
        Self::ssl3::<Sha1>(key, 40, &tailmac::SHA1)
    }

    /// The length of a MAC, in bytes.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// The MAC of one record. The time tells the payload's length.
    pub(crate) fn sum(&self, aad: &[u8], payload: &[u8]) -> Tag {
        let mut bytes = [0; LEN_MAX];
        if let Some((sum, _)) = &self.ways {
            sum.sum(aad, payload, &mut bytes);
        }
        Tag { bytes, len: self.len }
    }

    /// The MAC of the first `len` bytes of `content`, `least <= len <= content.len()`.
    ///
    /// The time tells `least` and the length of `content`, but not `len`.
    pub(crate) fn sum_secret_len(&self, aad: &[u8], content: &[u8], least: usize, len: u32) -> Tag {
        let bytes = match &self.ways {
            Some((_, tail)) => tail.sum(aad, content, least, len),
            None => [0; LEN_MAX],
        };
        Tag { bytes, len: self.len }
    }

    fn hmac<M>(key: &[u8], hash: &'static tailmac::Hash) -> Self
    where
        M: hmac::Mac + KeyInit + Clone + Send + Sync + 'static,
    {
        // HMAC fills a short key up with zeros, and no key here is longer than a block (RFC 2104 §2).
        let mut block = Key::<M>::default();
        for (to, from) in block.iter_mut().zip(key) {
            *to = *from;
        }
        let sum = Box::new(HmacSum(M::new(&block)));
        block.as_mut_slice().zeroize();
        Self { len: hash.mac_len(), ways: Some((sum, TailMac::hmac(hash, key))) }
    }

    fn ssl3<D>(key: &[u8], pad_len: usize, hash: &'static tailmac::Hash) -> Self
    where
        D: Digest + Clone + Send + Sync + 'static,
    {
        let keyed =
            |pad: u8| (0..pad_len).fold(D::new_with_prefix(key), |digest, _| digest.chain_update([pad]));
        let sum = Box::new(Ssl3Sum { inner: keyed(tailmac::INNER_PAD), outer: keyed(tailmac::OUTER_PAD) });
        Self { len: hash.mac_len(), ways: Some((sum, TailMac::ssl3(hash, key, pad_len))) }
    }
}

impl Tag {
    pub(crate) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// Compares with a MAC that arrived; constant-time in the bytes, not in the lengths.
    pub(crate) fn is(&self, other: &[u8]) -> bool {
        self.as_slice().ct_eq(other).into()
    }
}

/// The MAC of one record, into the first bytes of `out`.
trait Sum: Send + Sync {
    fn sum(&self, aad: &[u8], payload: &[u8], out: &mut [u8; LEN_MAX]);
}

/// HMAC with its key already taken in.
struct HmacSum<M>(M);

impl<M: hmac::Mac + Clone + Send + Sync> Sum for HmacSum<M> {
    fn sum(&self, aad: &[u8], payload: &[u8], out: &mut [u8; LEN_MAX]) {
        let mac = self.0.clone().chain_update(aad).chain_update(payload).finalize();
        copy(mac.as_bytes(), out);
    }
}

/// Both hashes of SSL 3.0's MAC, with key and pad already taken in.
struct Ssl3Sum<D> {
    inner: D,
    outer: D,
}

impl<D: Digest + Clone + Send + Sync> Sum for Ssl3Sum<D> {
    fn sum(&self, aad: &[u8], payload: &[u8], out: &mut [u8; LEN_MAX]) {
        let inner = self.inner.clone().chain_update(aad).chain_update(payload).finalize();
        copy(&self.outer.clone().chain_update(inner).finalize(), out);
    }
}

fn copy(mac: &[u8], out: &mut [u8; LEN_MAX]) {
    for (to, from) in out.iter_mut().zip(mac) {
        *to = *from;
    }
}

/// The length of the longest MAC, SHA-256's, in bytes.
pub(crate) const LEN_MAX: usize = 32;

#[cfg(test)]
mod tests;
