//! Passwords to keys, as Plan 9 does it (authsrv(2), `passtokey`).

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2;
use zeroize::Zeroizing;

use super::des::DesKey;

/// Makes p9sk1's key of a password. Only its first 27 bytes count.
#[must_use]
pub fn des_key(password: &[u8]) -> DesKey {
    let len = password.len().min(PASSWORD_LEN_MAX);
    let mut buffer = Zeroizing::new([b' '; PASSWORD_LEN_MAX + 1]);
    for (byte, typed) in buffer.iter_mut().zip(password.iter().take(len)) {
        *byte = *typed;
    }
    if let Some(end) = buffer.get_mut(len) {
        *end = 0;
    }
    let mut at = 0;
    let mut left = len;
    loop {
        let group = buffer.get_mut(at..at + 8).unwrap_or_default();
        let key = DesKey::new(folded(group));
        if left <= 8 {
            return key;
        }
        left -= 8;
        at += 8;
        if left < 8 {
            // The last group is full: it begins earlier.
            at -= 8 - left;
            left = 8;
        }
        key.encrypt(buffer.get_mut(at..at + 8).unwrap_or_default());
    }
}

/// Folds 8 bytes of 7 bits to 7 of 8.
fn folded(group: &[u8]) -> [u8; DesKey::LEN] {
    let mut key = [0; DesKey::LEN];
    for ((byte, pair), shift) in key.iter_mut().zip(group.windows(2)).zip(0..) {
        let (low, high) = match *pair {
            [low, high] => (low, high),
            _ => (0, 0),
        };
        *byte = (low >> shift).wrapping_add(high << (7 - shift));
    }
    key
}

/// Makes dp9ik's key of a password.
#[must_use]
pub fn aes_key(password: &[u8]) -> Zeroizing<[u8; AES_KEY_LEN]> {
    let mut key = Zeroizing::new([0; AES_KEY_LEN]);
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA1, ROUNDS, b"Plan 9 key derivation", password, key.as_mut_slice());
    key
}

/// Bytes of a password that DES's key is made of.
const PASSWORD_LEN_MAX: usize = 27;

/// Bytes of dp9ik's key.
pub const AES_KEY_LEN: usize = 16;

const ROUNDS: NonZeroU32 = NonZeroU32::new(9001).unwrap();
