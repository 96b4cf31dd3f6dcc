//! No encryption, and RC4: payload and MAC under a keystream, or none.
//!
//! RC4 is broken (RFC 7465) and is here because the device has it; whoever offers it decides.
//!
//! **Invariants**
//! * The keystream runs on over all records of its direction; none of it is skipped or used twice.

use super::{Parts, Protect, boxed};
use crate::{OpenError, SealError, aad::Place, append::append, mac::Mac};
use alloc::{boxed::Box, vec::Vec};
use core::ops::Range;
use rand_core::CryptoRng;
use rc4::{KeyInit, Rc4, StreamCipher};

/// `clear`.
pub(crate) fn clear(parts: Parts<'_>, _: &mut dyn CryptoRng) -> Option<Box<dyn Protect>> {
    boxed(Stream { keystream: None, mac: parts.mac })
}

/// `rc4_128`.
pub(crate) fn rc4(parts: Parts<'_>, _: &mut dyn CryptoRng) -> Option<Box<dyn Protect>> {
    let keystream = Rc4::new_from_slice(parts.key).ok()?;
    boxed(Stream { keystream: Some(keystream), mac: parts.mac })
}

struct Stream {
    keystream: Option<Rc4>,
    mac: Mac,
}

impl Stream {
    fn crypt(&mut self, bytes: &mut [u8]) -> bool {
        self.keystream.as_mut().is_none_or(|rc4| rc4.try_apply_keystream(bytes).is_ok())
    }
}

impl Protect for Stream {
    fn seal(
        &mut self,
        place: Place,
        payload: &[u8],
        out: &mut Vec<u8>,
        _: &mut dyn CryptoRng,
    ) -> Result<(), SealError> {
        let start = out.len();
        let len = u32::try_from(payload.len()).map_err(|_| SealError::TooLong(payload.len()))?;
        let mac = self.mac.sum(place.aad(len).as_slice(), payload);
        append(out, payload);
        out.extend_from_slice(mac.as_slice());
        let body = out.get_mut(start..).unwrap_or_default();
        if self.crypt(body) { Ok(()) } else { Err(SealError::Internal("end of keystream")) }
    }

    fn open(&mut self, place: Place, body: &mut [u8]) -> Result<Range<usize>, OpenError> {
        if !self.crypt(body) {
            return Err(OpenError::SequenceEnd);
        }
        let len = body.len().checked_sub(self.mac.len()).ok_or(OpenError::ShortMac)?;
        let (payload, mac) = body.split_at(len);
        let wire_len = u32::try_from(len).map_err(|_| OpenError::TooLong(len))?;
        let sum = self.mac.sum(place.aad(wire_len).as_slice(), payload);
        if sum.is(mac) { Ok(0..len) } else { Err(OpenError::BadMac) }
    }
}

#[cfg(test)]
mod tests;
