//! ChaCha20-Poly1305 as it was before RFC 7539: draft-agl-tls-chacha20poly1305-04 §5.
//!
//! Two differences to RFC 7539 §2.8: the cipher is the original ChaCha20 with a nonce and a block counter of 64 bits
//! each, and what goes under Poly1305 is not padded: `aad, le64(|aad|), ciphertext, le64(|ciphertext|)`.

use super::aead::{AeadKey, Failed, Nonce, TAG_LEN};
use chacha20::{
    ChaCha20Legacy, LegacyNonce,
    cipher::{KeyIvInit, StreamCipher},
};
use poly1305::{
    Block, Poly1305,
    universal_hash::{KeyInit, UniversalHash},
};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

pub(super) struct Key(Zeroizing<[u8; 32]>);

impl Key {
    pub(super) fn new(key: &[u8]) -> Option<Self> {
        key.try_into().ok().map(Zeroizing::new).map(Self)
    }

    /// The keystream from block 1 on, and Poly1305 with the key that is in block 0.
    ///
    /// The nonce is the last eight bytes of those that all AEADs here get.
    fn start(&self, nonce: &Nonce) -> (ChaCha20Legacy, Poly1305) {
        let [_, _, _, _, nonce @ ..] = *nonce;
        let mut cipher = ChaCha20Legacy::new((&*self.0).into(), &LegacyNonce::from(nonce));
        let mut block0 = Zeroizing::new([0; 64]);
        cipher.apply_keystream(&mut *block0);
        let mut poly_key = Zeroizing::new([0; 32]);
        for (to, from) in poly_key.iter_mut().zip(block0.iter()) {
            *to = *from;
        }
        (cipher, Poly1305::new((&*poly_key).into()))
    }
}

impl AeadKey for Key {
    fn seal(&self, nonce: &Nonce, aad: &[u8], text: &mut [u8]) -> Result<[u8; TAG_LEN], Failed> {
        let (mut cipher, poly) = self.start(nonce);
        cipher.apply_keystream(text);
        tag(poly, aad, text)
    }

    fn open(&self, nonce: &Nonce, aad: &[u8], sealed: &mut [u8]) -> Result<(), Failed> {
        let (text, received) = sealed.split_last_chunk_mut::<TAG_LEN>().ok_or(Failed)?;
        let (mut cipher, poly) = self.start(nonce);
        if !bool::from(tag(poly, aad, text)?.ct_eq(received)) {
            return Err(Failed);
        }
        cipher.apply_keystream(text);
        Ok(())
    }
}

/// Poly1305 over the four parts, which are put together in blocks without a copy of the ciphertext.
fn tag(mut poly: Poly1305, aad: &[u8], text: &[u8]) -> Result<[u8; TAG_LEN], Failed> {
    let le64 = |n: usize| u64::try_from(n).map(u64::to_le_bytes).map_err(|_| Failed);
    let (aad_len, text_len) = (le64(aad.len())?, le64(text.len())?);
    // A record's aad and its length end inside the second block: 19 or 21 bytes.
    let head_len = aad.len() + aad_len.len();
    let fill_len = (2 * BLOCK_LEN).saturating_sub(head_len).min(text.len());
    let (fill, rest) = text.split_at(fill_len);
    let (blocks, tail) = Block::slice_as_chunks(rest);

    let mut head = Joined::new();
    head.extend(aad.iter().chain(&aad_len).chain(fill));
    if !rest.is_empty() {
        // Then the head is two whole blocks.
        poly.update(Block::slice_as_chunks(head.as_slice()).0);
        poly.update(blocks);
        head = Joined::new();
        head.extend(tail);
    }
    head.extend(&text_len);
    Ok(poly.compute_unpadded(head.as_slice()).into())
}

/// A few bytes put together: at most two blocks and a length.
struct Joined {
    bytes: [u8; 2 * BLOCK_LEN + 8],
    len: usize,
}

impl Joined {
    const fn new() -> Self {
        Self { bytes: [0; 2 * BLOCK_LEN + 8], len: 0 }
    }

    fn extend<'a>(&mut self, more: impl IntoIterator<Item = &'a u8>) {
        for (to, from) in self.bytes.iter_mut().skip(self.len).zip(more) {
            *to = *from;
            self.len += 1;
        }
    }

    fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

const BLOCK_LEN: usize = 16;
