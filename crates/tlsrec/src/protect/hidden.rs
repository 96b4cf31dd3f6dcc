//! Records of TLS 1.3: the content type and the padding are encrypted with the content (RFC 8446 §5.2).
//!
//! What comes out of opening one still has type and zeros at its end; [`crate::OneWay`] takes them off.

#[cfg(feature = "aws-lc")]
use super::awslc;
use super::{
    Backend, Protect,
    aead::{AeadKey, Failed, Nonce, TAG_LEN, mixed},
    boxed, rustcrypto,
};
use crate::{OpenError, SealError, aad::Place, append::append};
use alloc::{boxed::Box, vec::Vec};
use core::ops::Range;
use rand_core::CryptoRng;
use tlswire::ContentType;
use zeroize::Zeroizing;

/// `ccpoly96_aead` (RFC 8439).
pub(crate) fn ccpoly96(backend: Backend, key: &[u8], iv: &Nonce) -> Option<Box<dyn Protect>> {
    match backend {
        Backend::RustCrypto => hidden(rustcrypto::chacha20_poly1305(key)?, iv),
        #[cfg(feature = "aws-lc")]
        Backend::AwsLc => hidden(awslc::chacha20_poly1305(key)?, iv),
    }
}

/// `aes_128_gcm_aead`.
pub(crate) fn aes128_gcm(backend: Backend, key: &[u8], iv: &Nonce) -> Option<Box<dyn Protect>> {
    match backend {
        Backend::RustCrypto => hidden(rustcrypto::aes128_gcm(key)?, iv),
        #[cfg(feature = "aws-lc")]
        Backend::AwsLc => hidden(awslc::aes128_gcm(key)?, iv),
    }
}

/// `aes_256_gcm_aead`.
pub(crate) fn aes256_gcm(backend: Backend, key: &[u8], iv: &Nonce) -> Option<Box<dyn Protect>> {
    match backend {
        Backend::RustCrypto => hidden(rustcrypto::aes256_gcm(key)?, iv),
        #[cfg(feature = "aws-lc")]
        Backend::AwsLc => hidden(awslc::aes256_gcm(key)?, iv),
    }
}

fn hidden(key: impl AeadKey + 'static, iv: &Nonce) -> Option<Box<dyn Protect>> {
    boxed(Hidden { key, iv: Zeroizing::new(*iv) })
}

/// Nonce: IV XOR sequence number (RFC 8446 §5.3). Body: encrypted content, type and zeros; tag.
struct Hidden<K> {
    key: K,
    iv: Zeroizing<Nonce>,
}

impl<K: AeadKey> Protect for Hidden<K> {
    fn seal(
        &mut self,
        place: Place,
        payload: &[u8],
        out: &mut Vec<u8>,
        _: &mut dyn CryptoRng,
    ) -> Result<(), SealError> {
        let start = out.len();
        append(out, payload);
        out.push(place.content_type);
        out.resize(out.len() + place.padding_len, 0);
        let text = out.get_mut(start..).unwrap_or_default();
        let outer = ContentType::APPLICATION_DATA;
        let aad = place.hidden_aad(outer, text.len() + TAG_LEN).ok_or(SealError::TooLong(payload.len()))?;
        let tag = self
            .key
            .seal(&mixed(&self.iv, place.seq), &aad, text)
            .map_err(|Failed| SealError::Internal("AEAD refused to seal"))?;
        out.extend_from_slice(&tag);
        Ok(())
    }

    fn open(&mut self, place: Place, body: &mut [u8]) -> Result<Range<usize>, OpenError> {
        let len = body.len().checked_sub(TAG_LEN).ok_or(OpenError::BadMac)?;
        let outer = ContentType(place.content_type);
        let aad = place.hidden_aad(outer, body.len()).ok_or(OpenError::TooLong(len))?;
        self.key.open(&mixed(&self.iv, place.seq), &aad, body).map_err(|Failed| OpenError::BadMac)?;
        Ok(0..len)
    }
}
