//! What an RSA key does for the protocols before TLS 1.3 and aws-lc has no call for: the premaster of a static key exchange,
//! and signatures with MD5 and SHA-1.
//!
//! Only these two come out, never what a raw private operation gave: aws-lc-rs has no raw operation, and its PKCS#1
//! decryption tells by its result whether the padding was good, which is Bleichenbacher's oracle.
//!
//! The operation itself is the crate rsa's: base, exponent and primes are blinded anew each time (its `hazmat` says so, and
//! what it does), and the arithmetic under it, crypto-bigint's, is made for constant time. The result is checked with the
//! public key, so that a fault does not give the key away.
//!
//! **Invariants**
//! - Nothing that [`OldRsa::premaster`] returns, or how long it takes, tells whether the padding was good.
//! - Nothing is parsed or computed here before somebody asks, which takes an `--allow`.

use std::sync::OnceLock;

use aws_lc_rs::digest;
use getrandom::SysRng;
use rand_core::UnwrapErr;
use rsa::pkcs1::DecodeRsaPrivateKey as _;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::traits::PublicKeyParts as _;
use rsa::{BoxedUint, Pkcs1v15Sign, hazmat};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use tlswire::SignatureScheme;
use zeroize::Zeroizing;

use crate::emsa::{MD5_SHA1_LEN, SHA1_PREFIX};
use crate::rsabytes::{Form, RsaBytes};

/// An RSA key once more, for the old ways.
pub(crate) struct OldRsa {
    bytes: RsaBytes,
    key: OnceLock<Option<rsa::PrivateKey>>,
}

impl OldRsa {
    pub(crate) fn new(bytes: RsaBytes) -> OldRsa {
        OldRsa { bytes, key: OnceLock::new() }
    }

    /// The bytes that it is made of.
    pub(crate) fn bytes(&self) -> &RsaBytes {
        &self.bytes
    }

    /// The premaster in `ciphertext` if its padding, its length and its version are right, otherwise `substitute`; in the same
    /// time (RFC 5246 §7.4.7.1). None if this key cannot decrypt at all.
    pub(crate) fn premaster(
        &self,
        ciphertext: &[u8],
        version: [u8; 2],
        substitute: &[u8; PREMASTER_LEN],
    ) -> Option<Zeroizing<[u8; PREMASTER_LEN]>> {
        let mut premaster = Zeroizing::new(*substitute);
        let key = self.key()?;
        // What an eavesdropper sees too is no secret: a wrong length, or a number that is none modulo the key's.
        if ciphertext.len() == key.size()
            && let Ok(number) = BoxedUint::from_be_slice(ciphertext, key.n().bits_precision())
            && let Ok(block) =
                hazmat::rsa_decrypt_and_check(key, Some(&mut UnwrapErr(SysRng)), &number).map(Zeroizing::new)
        {
            let block = Zeroizing::new(block.to_be_bytes());
            // A number has whole words: those before the modulus are zero.
            let block = block.get(block.len().checked_sub(key.size())?..)?;
            unpad(block, version, &mut premaster);
        }
        Some(premaster)
    }

    /// Signs with a scheme of [`OLD_SCHEMES`]; for MD5 and SHA-1 side by side `message` is those two hashes. None if the key
    /// cannot.
    pub(crate) fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Option<Vec<u8>> {
        let (prefix, hash) = match scheme {
            SignatureScheme::RSA_PKCS1_MD5_SHA1 if message.len() == MD5_SHA1_LEN => {
                (&[][..], message.to_vec())
            }
            SignatureScheme::RSA_PKCS1_SHA1 => {
                (SHA1_PREFIX, digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, message).as_ref().to_vec())
            }
            _ => return None,
        };
        let padding = Pkcs1v15Sign { hash_len: Some(hash.len()), prefix: prefix.into() };
        self.key()?.sign_with_rng(&mut UnwrapErr(SysRng), padding, &hash).ok()
    }

    fn key(&self) -> Option<&rsa::PrivateKey> {
        let parse = || match self.bytes.form() {
            Form::Pkcs8 => rsa::PrivateKey::from_pkcs8_der(self.bytes.der()).ok(),
            Form::Pkcs1 => rsa::PrivateKey::from_pkcs1_der(self.bytes.der()).ok(),
        };
        self.key.get_or_init(parse).as_ref()
    }
}

/// Puts the premaster of a decrypted block in place of what `premaster` holds if all is right with it:
/// `00 02`, no zeros, `00`, the version, 46 bytes (RFC 8017 §7.2.2). Its place is fixed by its length, so nothing has to be
/// searched for; every byte is looked at in any case, and none is branched on.
pub(crate) fn unpad(block: &[u8], version: [u8; 2], premaster: &mut [u8; PREMASTER_LEN]) {
    let Some((head, tail)) = block.split_last_chunk::<PREMASTER_LEN>() else { return };
    let [zero, two, padding @ .., end] = head else { return };
    let mut is_good = zero.ct_eq(&0) & two.ct_eq(&2) & end.ct_eq(&0);
    for byte in padding {
        is_good &= !byte.ct_eq(&0);
    }
    is_good &= Choice::from(u8::from(padding.len() >= PADDING_LEN_MIN));
    for (byte, wanted) in tail.iter().zip(&version) {
        is_good &= byte.ct_eq(wanted);
    }
    for (to, from) in premaster.iter_mut().zip(tail) {
        to.conditional_assign(from, is_good);
    }
}

/// The schemes that only the old protocols have.
pub(crate) const OLD_SCHEMES: &[SignatureScheme] =
    &[SignatureScheme::RSA_PKCS1_SHA1, SignatureScheme::RSA_PKCS1_MD5_SHA1];
/// Bytes of a premaster (RFC 5246 §8.1.1).
pub const PREMASTER_LEN: usize = 48;
/// Bytes of padding that must be there (RFC 8017 §7.2.1).
const PADDING_LEN_MIN: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    const SUBSTITUTE: [u8; PREMASTER_LEN] = [0xee; PREMASTER_LEN];

    fn block(len: usize) -> Vec<u8> {
        let mut block = vec![7; len];
        block[0] = 0;
        block[1] = 2;
        block[len - 49] = 0;
        block[len - 48..][..2].copy_from_slice(&[3, 3]);
        block
    }

    fn unpadded(block: &[u8]) -> [u8; PREMASTER_LEN] {
        let mut premaster = SUBSTITUTE;
        unpad(block, [3, 3], &mut premaster);
        premaster
    }

    #[test]
    fn a_good_block_gives_its_premaster() {
        assert_eq!(unpadded(&block(256))[..3], [3, 3, 7]);
        assert_eq!(unpadded(&block(59))[..3], [3, 3, 7]);
    }

    #[test]
    fn whatever_is_wrong_gives_the_substitute() {
        let wrong = |at: usize, value: u8| {
            let mut block = block(256);
            block[at] = value;
            unpadded(&block)
        };
        // The leading bytes, a zero in every place of the padding, no zero at its end, another version.
        assert_eq!(wrong(0, 1), SUBSTITUTE);
        assert_eq!(wrong(1, 1), SUBSTITUTE);
        for at in 2..256 - 49 {
            assert_eq!(wrong(at, 0), SUBSTITUTE, "{at}");
        }
        assert_eq!(wrong(256 - 49, 1), SUBSTITUTE);
        assert_eq!(wrong(256 - 48, 2), SUBSTITUTE);
        assert_eq!(wrong(256 - 47, 1), SUBSTITUTE);
        assert_eq!(unpadded(&block(58)), SUBSTITUTE, "seven bytes of padding");
        assert_eq!(unpadded(&[]), SUBSTITUTE);
    }
}
