//! Plan 9's use of DES: keys of seven bytes, and buffers of any length encrypted in overlapping blocks (`encrypt(2)`).
//!
//! It guards p9sk1's tickets and nothing else here. It does not hold against anybody who can listen and guess.

use des::Des;
use des::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A key of 56 bits.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct DesKey([u8; DesKey::LEN]);

impl DesKey {
    /// Bytes of a key.
    pub const LEN: usize = 7;

    /// Takes the bytes of a key.
    #[must_use]
    pub fn new(bytes: [u8; DesKey::LEN]) -> DesKey {
        DesKey(bytes)
    }

    /// Spreads the key to 8 bytes of 7 bits each, the most significant first, with odd parity in the lowest bit.
    #[must_use]
    pub fn expanded(&self) -> [u8; 8] {
        let bits = self.0.iter().fold(0_u64, |bits, &byte| bits << 8 | u64::from(byte));
        let mut spread = 0_u64;
        for group in 0..8 {
            let seven = bits >> (49 - 7 * group) & 0x7f;
            let parity = u64::from(seven.count_ones().is_multiple_of(2));
            spread = spread << 8 | seven << 1 | parity;
        }
        spread.to_be_bytes()
    }

    /// Encrypts a buffer in place. One of fewer than 8 bytes stays as it is.
    pub fn encrypt(&self, buffer: &mut [u8]) {
        let cipher = self.cipher();
        for at in blocks(buffer.len()) {
            if let Some(block) = buffer.get_mut(at..at + BLOCK_LEN).and_then(|block| block.try_into().ok()) {
                cipher.encrypt_block(block);
            }
        }
    }

    /// Decrypts a buffer in place: the blocks of [`encrypt`](Self::encrypt) the other way round.
    pub fn decrypt(&self, buffer: &mut [u8]) {
        let cipher = self.cipher();
        for at in blocks(buffer.len()).rev() {
            if let Some(block) = buffer.get_mut(at..at + BLOCK_LEN).and_then(|block| block.try_into().ok()) {
                cipher.decrypt_block(block);
            }
        }
    }

    fn cipher(&self) -> Des {
        let mut key = self.expanded();
        let cipher = Des::new(&key.into());
        key.zeroize();
        cipher
    }
}

/// Gives where the blocks of a buffer of `len` bytes begin: one every 7 bytes, each sharing a byte with the one before, and
/// what is left is covered by one that ends where the buffer ends.
fn blocks(len: usize) -> impl DoubleEndedIterator<Item = usize> {
    let (whole_count, rest) = match len.checked_sub(1) {
        Some(last) if len >= BLOCK_LEN => (last / 7, last % 7),
        _ => (0, 0),
    };
    let tail = (rest != 0).then(|| len - BLOCK_LEN);
    (0..whole_count).map(|block| 7 * block).chain(tail)
}

const BLOCK_LEN: usize = 8;
