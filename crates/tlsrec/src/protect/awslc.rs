//! AES-GCM and ChaCha20-Poly1305 from aws-lc-rs: several times faster; needs a C compiler.
//!
//! Its contexts are wiped when they are freed, by AWS-LC itself.

use super::aead::{AeadKey, Failed, Nonce, TAG_LEN};
use aws_lc_rs::aead;

pub(super) fn aes128_gcm(key: &[u8]) -> Option<impl AeadKey + use<>> {
    Key::new(&aead::AES_128_GCM, key)
}

pub(super) fn aes256_gcm(key: &[u8]) -> Option<impl AeadKey + use<>> {
    Key::new(&aead::AES_256_GCM, key)
}

pub(super) fn chacha20_poly1305(key: &[u8]) -> Option<impl AeadKey + use<>> {
    Key::new(&aead::CHACHA20_POLY1305, key)
}

/// "Less safe" is its word for nonces that the caller chooses, which the record layer has to.
struct Key(aead::LessSafeKey);

impl Key {
    fn new(algorithm: &'static aead::Algorithm, key: &[u8]) -> Option<Self> {
        aead::UnboundKey::new(algorithm, key).ok().map(aead::LessSafeKey::new).map(Self)
    }
}

impl AeadKey for Key {
    fn seal(&self, nonce: &Nonce, aad: &[u8], text: &mut [u8]) -> Result<[u8; TAG_LEN], Failed> {
        let nonce = aead::Nonce::assume_unique_for_key(*nonce);
        let tag = self.0.seal_in_place_separate_tag(nonce, aead::Aad::from(aad), text).map_err(|_| Failed)?;
        tag.as_ref().try_into().map_err(|_| Failed)
    }

    fn open(&self, nonce: &Nonce, aad: &[u8], sealed: &mut [u8]) -> Result<(), Failed> {
        let nonce = aead::Nonce::assume_unique_for_key(*nonce);
        self.0.open_in_place(nonce, aead::Aad::from(aad), sealed).map(|_| ()).map_err(|_| Failed)
    }
}
