//! A MAC whose time does not tell how much was under it.
//!
//! A record under CBC hides its length in its padding. Whoever takes the padding off and then hashes what is left takes
//! a little longer for longer payloads, and that little has been enough to read plaintext from afar ("Lucky
//! Thirteen"). So here the hash is run, block by block on its compression function, over everything that the payload
//! could at most be: the part that is payload in any case as usual, and of the blocks after it every one as if it
//! could be the last, with its bytes, its end mark and its length put in by masks; the state after the true last one
//! is kept by a mask as well.
//!
//! It hides the length and nothing else: how long the record is, and how much of it can be padding, are public.
//!
//! **Invariants**
//! * No branch, address or number of steps depends on the secret length.

use crate::mac::LEN_MAX;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

/// A hash as its compression function, and how it ends a message.
pub(crate) struct Hash {
    init: State,
    /// Words of the state that are the hash.
    word_count: usize,
    compress: fn(&mut State, &[Block]),
    words: Endian,
}

/// The chaining value; the shorter hashes use the first words.
type State = [u32; 8];
type Block = [u8; BLOCK_LEN];

/// How words and the message's length become bytes.
#[derive(Clone, Copy)]
enum Endian {
    Big,
    Little,
}

/// A MAC of the shape `hash(outer, hash(inner, message))`, which HMAC and SSL 3.0's both are.
pub(crate) struct TailMac {
    hash: &'static Hash,
    inner: Prefix,
    outer: Prefix,
}

/// The bytes before the message: key and pad, never more than a block.
struct Prefix {
    bytes: Zeroizing<Block>,
    len: usize,
}

impl TailMac {
    /// HMAC; the key is at most a block long (RFC 2104 §2).
    pub(crate) fn hmac(hash: &'static Hash, key: &[u8]) -> Self {
        let prefix = |pad: u8| {
            let mut bytes = Zeroizing::new([pad; BLOCK_LEN]);
            for (to, from) in bytes.iter_mut().zip(key) {
                *to ^= *from;
            }
            Prefix { bytes, len: BLOCK_LEN }
        };
        Self { hash, inner: prefix(INNER_PAD), outer: prefix(OUTER_PAD) }
    }

    /// SSL 3.0's MAC: the key followed by `pad_len` pads, together at most a block (RFC 6101 §5.2.3.1).
    pub(crate) fn ssl3(hash: &'static Hash, key: &[u8], pad_len: usize) -> Self {
        let prefix = |pad: u8| {
            let mut bytes = Zeroizing::new([pad; BLOCK_LEN]);
            for (to, from) in bytes.iter_mut().zip(key) {
                *to = *from;
            }
            Prefix { bytes, len: (key.len() + pad_len).min(BLOCK_LEN) }
        };
        Self { hash, inner: prefix(INNER_PAD), outer: prefix(OUTER_PAD) }
    }

    /// The MAC over `aad` and the first `len` bytes of `content`, in the first bytes of the result.
    ///
    /// `least <= len <= content.len()`; of these only `len` is hidden. `aad` is at most 13 bytes long, and its bytes,
    /// `len` among them, are hidden as well.
    pub(crate) fn sum(&self, aad: &[u8], content: &[u8], least: usize, len: u32) -> [u8; LEN_MAX] {
        let inner = self.hash.digest(&self.inner, aad, content, least, len);
        let inner = inner.get(..self.hash.mac_len()).unwrap_or_default();
        let inner_len = u32::try_from(inner.len()).unwrap_or(0);
        self.hash.digest(&self.outer, &[], inner, inner.len(), inner_len)
    }
}

impl Hash {
    /// The length of the hash and of a MAC with it, in bytes.
    pub(crate) const fn mac_len(&self) -> usize {
        4 * self.word_count
    }

    fn digest(&self, prefix: &Prefix, aad: &[u8], content: &[u8], least: usize, len: u32) -> [u8; LEN_MAX] {
        // Prefix and aad together are shorter than two blocks.
        let mut head = Zeroizing::new([0; 2 * BLOCK_LEN]);
        let before = prefix.bytes.iter().take(prefix.len).chain(aad);
        for (to, from) in head.iter_mut().zip(before) {
            *to = *from;
        }
        let head_len = prefix.len + aad.len();
        let message = Message { head: &head, head_len, content };

        let mut state = self.init;
        let whole = (head_len + least) / BLOCK_LEN;
        for k in 0..whole.min(2) {
            (self.compress)(&mut state, &[*message.block(k)]);
        }
        if whole > 2 {
            // From the third block on the message lies in `content` alone.
            let within =
                content.get(2 * BLOCK_LEN - head_len..whole * BLOCK_LEN - head_len).unwrap_or_default();
            (self.compress)(&mut state, within.as_chunks().0);
        }

        // The end mark and the eight bytes of length follow the message: nine bytes, of which one is in the division.
        let head_len32 = u32::try_from(head_len).unwrap_or(0);
        let message_len = head_len32.wrapping_add(len);
        let last = message_len.wrapping_add(8) / BLOCK_LEN32;
        let bits = u64::from(message_len).wrapping_mul(8);
        let bits = match self.words {
            Endian::Big => bits.to_be_bytes(),
            Endian::Little => bits.to_le_bytes(),
        };
        let mut result = State::default();
        let last_possible = (head_len + content.len() + 8) / BLOCK_LEN;
        for k in whole..=last_possible {
            let mut block = message.block(k);
            let k32 = u32::try_from(k).unwrap_or(u32::MAX);
            let is_last = k32.ct_eq(&last);
            for (i, byte) in (0u32..).zip(block.iter_mut()) {
                let position = k32.wrapping_mul(BLOCK_LEN32).wrapping_add(i);
                *byte = u8::conditional_select(&0, byte, less(position, message_len));
                byte.conditional_assign(&0x80, message_len.ct_eq(&position));
            }
            for (byte, bit_byte) in block.iter_mut().skip(BLOCK_LEN - bits.len()).zip(bits) {
                // In the last block these bytes are zero; in the ones before it they belong to the message.
                byte.conditional_assign(&bit_byte, is_last);
            }
            (self.compress)(&mut state, &[*block]);
            for (kept, word) in result.iter_mut().zip(&state) {
                kept.conditional_assign(word, is_last);
            }
        }

        let mut out = [0; LEN_MAX];
        for (to, word) in out.as_chunks_mut().0.iter_mut().zip(result).take(self.word_count) {
            *to = match self.words {
                Endian::Big => word.to_be_bytes(),
                Endian::Little => word.to_le_bytes(),
            };
        }
        out
    }
}

/// Says whether `a < b`, in constant time, for numbers below 2^31 as all lengths in a record are.
///
/// Subtle's comparison is for any numbers and several times the work; this one is done for every byte that can be
/// padding, and halves the time that a small record takes.
pub(crate) fn less(a: u32, b: u32) -> Choice {
    let [high, ..] = a.wrapping_sub(b).to_be_bytes();
    Choice::from(high >> 7)
}

/// A message in two pieces; what lies behind its end reads as zeros.
struct Message<'a> {
    head: &'a [u8; 2 * BLOCK_LEN],
    head_len: usize,
    content: &'a [u8],
}

impl Message<'_> {
    /// The block of number `k`.
    fn block(&self, k: usize) -> Zeroizing<Block> {
        let mut block = Zeroizing::new([0; BLOCK_LEN]);
        let start = k * BLOCK_LEN;
        for (position, to) in (start..).zip(block.iter_mut()) {
            let from = match position.checked_sub(self.head_len) {
                None => self.head.get(position),
                Some(offset) => self.content.get(offset),
            };
            *to = from.copied().unwrap_or(0);
        }
        block
    }
}

/// MD5 (RFC 1321 §3.3).
pub(crate) static MD5: Hash = Hash {
    init: [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0, 0, 0, 0],
    word_count: 4,
    compress: |state, blocks| on_first_words(state, |words| md5::block_api::compress(words, blocks)),
    words: Endian::Little,
};

/// SHA-1 (RFC 3174 §6.1).
pub(crate) static SHA1: Hash = Hash {
    init: [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0, 0, 0, 0],
    word_count: 5,
    compress: |state, blocks| on_first_words(state, |words| sha1::block_api::compress(words, blocks)),
    words: Endian::Big,
};

/// SHA-256 (RFC 6234 §6.1).
pub(crate) static SHA256: Hash = Hash {
    init: [
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ],
    word_count: 8,
    compress: |state, blocks| sha2::block_api::compress256(state, blocks),
    words: Endian::Big,
};

/// The pad of the inner hash (RFC 2104 §2).
pub(crate) const INNER_PAD: u8 = 0x36;
/// The pad of the outer hash (RFC 2104 §2).
pub(crate) const OUTER_PAD: u8 = 0x5c;
const BLOCK_LEN: usize = 64;
const BLOCK_LEN32: u32 = 64;

fn on_first_words<const N: usize>(state: &mut State, f: impl FnOnce(&mut [u32; N])) {
    if let Some(words) = state.first_chunk_mut() {
        f(words);
    }
}

#[cfg(test)]
mod tests;
