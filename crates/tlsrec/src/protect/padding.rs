//! CBC padding and the MAC before it, judged in constant time.
//!
//! Input is a decrypted record without its explicit IV: payload, MAC, padding. Where the payload ends is told by the
//! last byte, which an attacker may have tampered with; so neither that byte nor anything that follows from it may show
//! in the time taken or in the error given (RFC 5246 §6.2.3.2, and "Lucky Thirteen").
//!
//! **Invariants**
//! * No branch, address or number of steps depends on decrypted bytes until the verdict.
//! * Padding is at most 256 bytes, and so is the span in which the MAC can begin; work outside it is public.

use crate::{
    OpenError,
    aad::Place,
    mac::{LEN_MAX, Mac},
    tailmac::less,
};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use tlswire::ProtocolVersion;

/// Judges padding and MAC of `content` and gives the payload's length in bytes.
///
/// # Errors
/// [`OpenError::ShortMac`] when `content` cannot hold a MAC and a byte of padding, which its length alone tells;
/// [`OpenError::BadMac`] for everything else.
pub(super) fn judge(place: Place, content: &[u8], block_len: u32, mac: &Mac) -> Result<usize, OpenError> {
    let Some((last, before)) = content.split_last() else { return Err(OpenError::ShortMac) };
    // The payload's length, were there no padding at all and were all of it padding.
    let most = before.len().checked_sub(mac.len()).ok_or(OpenError::ShortMac)? + 1;
    let least = most.saturating_sub(PADDING_LEN_MAX);
    let (Ok(most32), Ok(least32)) = (u32::try_from(most), u32::try_from(least)) else {
        return Err(OpenError::TooLong(most));
    };

    let padding_len = u32::from(*last) + 1;
    let mut good = !less(most32, padding_len);
    good &= if place.version == ProtocolVersion::SSL3 {
        // Its content is arbitrary, its length is not (RFC 6101 §5.2.3.2).
        !less(block_len, padding_len)
    } else {
        all_equal_to_last(*last, content, padding_len)
    };

    // With bad padding the MAC is looked for as if there were none, and the work is the same.
    let padding_len = u32::conditional_select(&0, &padding_len, good);
    let len = most32.wrapping_sub(padding_len);
    let payload = content.get(..most).unwrap_or_default();
    let computed = mac.sum_secret_len(place.aad(len).as_slice(), payload, least, len);
    let span = content.get(least..).unwrap_or_default();
    let received = extract(span, len.wrapping_sub(least32), mac.len());
    let received = received.get(..mac.len()).unwrap_or_default();
    good &= computed.as_slice().ct_eq(received);

    // The verdict: from here on the length is public.
    if bool::from(good) {
        usize::try_from(len).map_err(|_| OpenError::BadMac)
    } else {
        Err(OpenError::BadMac)
    }
}

/// Says whether the last `padding_len` bytes have the same value, looking at 256 bytes in any case.
fn all_equal_to_last(last: u8, content: &[u8], padding_len: u32) -> Choice {
    let mut good = Choice::from(1);
    for (i, byte) in (0u32..).zip(content.iter().rev().take(PADDING_LEN_MAX)) {
        let is_padding = less(i, padding_len);
        good &= !is_padding | byte.ct_eq(&last);
    }
    good
}

/// Copies the `mac_len` bytes at the secret offset `at` of `span` to the front of an array.
///
/// Every byte of `span` is visited in order and kept, by a mask, in a ring of `mac_len` bytes; the ring is then turned
/// by the secret number of steps, one bit of it at a time.
fn extract(span: &[u8], at: u32, mac_len: usize) -> [u8; LEN_MAX] {
    let mut ring = [0; LEN_MAX];
    let Some(ring_used) = ring.get_mut(..mac_len).filter(|used| !used.is_empty()) else { return ring };
    let mac_len32 = u32::try_from(mac_len).unwrap_or(0);
    let mut turn = 0u8;
    let end = at.wrapping_add(mac_len32);
    for (round, bytes) in span.chunks(mac_len).enumerate() {
        let start = u32::try_from(round * mac_len).unwrap_or(u32::MAX);
        for ((i, byte), (slot, kept)) in (start..).zip(bytes).zip((0u8..).zip(ring_used.iter_mut())) {
            let within = !less(i, at) & less(i, end);
            kept.conditional_assign(byte, within);
            turn.conditional_assign(&slot, i.ct_eq(&at));
        }
    }
    for bit in 0..TURN_BITS {
        let turned = turned_left(ring_used, 1 << bit);
        let chosen = Choice::from((turn >> bit) & 1);
        for (byte, other) in ring_used.iter_mut().zip(turned) {
            byte.conditional_assign(&other, chosen);
        }
    }
    ring
}

/// A copy of `ring` whose first byte is the one at `n`; `n` is public.
fn turned_left(ring: &[u8], n: usize) -> [u8; LEN_MAX] {
    let mut turned = [0; LEN_MAX];
    let from = ring.iter().cycle().skip(n % ring.len().max(1));
    for (to, byte) in turned.iter_mut().zip(from).take(ring.len()) {
        *to = *byte;
    }
    turned
}

/// The longest padding, its length byte included, in bytes (RFC 5246 §6.2.3.2).
const PADDING_LEN_MAX: usize = 256;
/// Bits that tell a place in a MAC of up to [`LEN_MAX`] bytes.
const TURN_BITS: u8 = 5;

#[cfg(test)]
mod tests;
