//! AES-GCM and ChaCha20-Poly1305 from RustCrypto: the portable ones, and the oracle for all others.

use super::aead::{AeadKey, Failed, Nonce, TAG_LEN};
use aes_gcm::{
    Aes128Gcm, Aes256Gcm,
    aead::{AeadInOut, KeyInit, consts::U12, consts::U16},
};
use chacha20poly1305::ChaCha20Poly1305;

pub(super) fn aes128_gcm(key: &[u8]) -> Option<impl AeadKey + use<>> {
    Aes128Gcm::new_from_slice(key).ok().map(Key)
}

pub(super) fn aes256_gcm(key: &[u8]) -> Option<impl AeadKey + use<>> {
    Aes256Gcm::new_from_slice(key).ok().map(Key)
}

pub(super) fn chacha20_poly1305(key: &[u8]) -> Option<impl AeadKey + use<>> {
    ChaCha20Poly1305::new_from_slice(key).ok().map(Key)
}

struct Key<A>(A);

impl<A: AeadInOut<NonceSize = U12, TagSize = U16> + Send + Sync> AeadKey for Key<A> {
    fn seal(&self, nonce: &Nonce, aad: &[u8], text: &mut [u8]) -> Result<[u8; TAG_LEN], Failed> {
        self.0.encrypt_inout_detached(nonce.into(), aad, text.into()).map(Into::into).map_err(|_| Failed)
    }

    fn open(&self, nonce: &Nonce, aad: &[u8], sealed: &mut [u8]) -> Result<(), Failed> {
        let (text, tag) = sealed.split_last_chunk_mut::<TAG_LEN>().ok_or(Failed)?;
        let tag = &*tag;
        self.0.decrypt_inout_detached(nonce.into(), aad, text.into(), tag.into()).map_err(|_| Failed)
    }
}
