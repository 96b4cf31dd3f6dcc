//! CBC: `[explicit IV] payload MAC padding`, encrypted as one chain; or, where encrypt-then-MAC was agreed on,
//! `[explicit IV] payload padding` encrypted so, and a MAC over what came out (RFC 7366 §3).
//!
//! The chain runs on from record to record, as SSL 3.0 and TLS 1.0 have it (RFC 2246 §6.2.3.2). From TLS 1.1 on a
//! record begins with a block that the sender draws at random and encrypts with the rest; what comes out of it serves
//! as explicit IV, and a receiver throws the block away (RFC 4346 §6.2.3.2, second way). So both fit one rule.
//!
//! Not here: splitting records against BEAST, which whoever cuts payloads into records does.

use super::{Parts, Protect, boxed, padding};
use crate::{
    MacOrder, OpenError, SealError,
    aad::Place,
    append::append,
    mac::{Mac, Tag},
};
use aes::{Aes128, Aes256};
use alloc::{boxed::Box, vec::Vec};
use cbc::{
    Decryptor, Encryptor,
    cipher::{
        Array, Block, BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt,
        BlockSizeUser, InnerIvInit, KeyInit,
    },
};
use core::ops::Range;
use des::TdesEde3;
use rand_core::CryptoRng;
use tlswire::ProtocolVersion;
use zeroize::Zeroize;

/// `3des_ede_cbc`.
pub(crate) fn tdes(parts: Parts<'_>, _: &mut dyn CryptoRng) -> Option<Box<dyn Protect>> {
    boxed(Cbc::<TdesEde3>::new(parts)?)
}

/// `aes_128_cbc`.
pub(crate) fn aes128(parts: Parts<'_>, _: &mut dyn CryptoRng) -> Option<Box<dyn Protect>> {
    boxed(Cbc::<Aes128>::new(parts)?)
}

/// `aes_256_cbc`.
pub(crate) fn aes256(parts: Parts<'_>, _: &mut dyn CryptoRng) -> Option<Box<dyn Protect>> {
    boxed(Cbc::<Aes256>::new(parts)?)
}

struct Cbc<C: BlockSizeUser> {
    cipher: C,
    /// The last block of ciphertext; before the first record the IV of the secret.
    chain: Block<C>,
    has_explicit_iv: bool,
    mac: Mac,
    order: MacOrder,
}

impl<C: BlockSizeUser + KeyInit> Cbc<C> {
    fn new(parts: Parts<'_>) -> Option<Self> {
        Some(Self {
            cipher: C::new_from_slice(parts.key).ok()?,
            chain: Array::try_from(parts.iv).ok()?,
            has_explicit_iv: parts.version >= ProtocolVersion::TLS11,
            mac: parts.mac,
            order: parts.order,
        })
    }
}

impl<C> Cbc<C>
where
    C: BlockSizeUser + BlockCipherEncrypt + BlockCipherDecrypt,
{
    /// The MAC over an explicit IV and ciphertext, whose length is no secret.
    fn over_encrypted(&self, place: Place, encrypted: &[u8]) -> Result<Tag, TooLong> {
        let len = u32::try_from(encrypted.len()).map_err(|_| TooLong(encrypted.len()))?;
        Ok(self.mac.sum(place.aad(len).as_slice(), encrypted))
    }

    /// Nothing is decrypted before the MAC is right; what the padding then looks like was the sender's choice, and no
    /// secret that time could tell.
    fn open_encrypted_then_mac(&mut self, place: Place, body: &mut [u8]) -> Result<Range<usize>, OpenError> {
        let len = body.len().checked_sub(self.mac.len()).ok_or(OpenError::ShortMac)?;
        let (encrypted, received) = body.split_at_mut_checked(len).ok_or(OpenError::ShortMac)?;
        let start = self.explicit_iv_len();
        if len <= start || len % Self::BLOCK_LEN != 0 {
            return Err(OpenError::ShortMac);
        }
        let computed = self.over_encrypted(place, encrypted);
        if !computed.map_err(|TooLong(len)| OpenError::TooLong(len))?.is(received) {
            return Err(OpenError::BadMac);
        }
        let (blocks, _) = Array::slice_as_chunks_mut(encrypted);
        let last = blocks.last().cloned().ok_or(OpenError::ShortMac)?;
        Decryptor::inner_iv_init(&self.cipher, &self.chain).decrypt_blocks(blocks);
        self.chain = last;
        let content = encrypted.get(start..).unwrap_or_default();
        let padding = content.last().copied().unwrap_or_default();
        let payload_len = content.len().checked_sub(usize::from(padding) + 1).ok_or(OpenError::BadMac)?;
        let is_good = content.get(payload_len..).unwrap_or_default().iter().all(|byte| *byte == padding);
        if is_good { Ok(start..start + payload_len) } else { Err(OpenError::BadMac) }
    }
}

/// More bytes than a record has.
struct TooLong(usize);

impl<C: BlockSizeUser> Cbc<C> {
    const BLOCK_LEN: usize = size_of::<Block<C>>();

    const fn explicit_iv_len(&self) -> usize {
        if self.has_explicit_iv { Self::BLOCK_LEN } else { 0 }
    }
}

impl<C> Protect for Cbc<C>
where
    C: BlockSizeUser + BlockCipherEncrypt + BlockCipherDecrypt + Send + Sync,
{
    fn seal(
        &mut self,
        place: Place,
        payload: &[u8],
        out: &mut Vec<u8>,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), SealError> {
        let start = out.len();
        if self.has_explicit_iv {
            let mut iv = Block::<C>::default();
            rng.fill_bytes(&mut iv);
            out.extend_from_slice(&iv);
        }
        let len = u32::try_from(payload.len()).map_err(|_| SealError::TooLong(payload.len()))?;
        append(out, payload);
        if self.order == MacOrder::MacThenEncrypt {
            out.extend_from_slice(self.mac.sum(place.aad(len).as_slice(), payload).as_slice());
        }
        // At least one byte of padding, and no more than a block (RFC 5246 §6.2.3.2).
        let used = out.len().saturating_sub(start) % Self::BLOCK_LEN;
        let padding_len = Self::BLOCK_LEN - used;
        let value = u8::try_from(padding_len - 1).map_err(|_| SealError::Internal("padding too long"))?;
        out.resize(out.len() + padding_len, value);

        let (blocks, _) = Array::slice_as_chunks_mut(out.get_mut(start..).unwrap_or_default());
        Encryptor::inner_iv_init(&self.cipher, &self.chain).encrypt_blocks(blocks);
        if let Some(last) = blocks.last() {
            self.chain = last.clone();
        }
        if self.order == MacOrder::EncryptThenMac {
            let encrypted = out.get(start..).unwrap_or_default();
            let tag =
                self.over_encrypted(place, encrypted).map_err(|TooLong(len)| SealError::TooLong(len))?;
            out.extend_from_slice(tag.as_slice());
        }
        Ok(())
    }

    fn open(&mut self, place: Place, body: &mut [u8]) -> Result<Range<usize>, OpenError> {
        let start = self.explicit_iv_len();
        if body.len() < start {
            return Err(OpenError::Runt);
        }
        if self.order == MacOrder::EncryptThenMac {
            return self.open_encrypted_then_mac(place, body);
        }
        let (blocks, odd) = Array::slice_as_chunks_mut(body);
        let (Some(last), []) = (blocks.last().cloned(), odd) else { return Err(OpenError::ShortMac) };
        Decryptor::inner_iv_init(&self.cipher, &self.chain).decrypt_blocks(blocks);
        self.chain = last;

        let block_len = u32::try_from(Self::BLOCK_LEN).unwrap_or(0);
        let content = body.get(start..).unwrap_or_default();
        let len = padding::judge(place, content, block_len, &self.mac)?;
        Ok(start..start + len)
    }

    fn has_foreseeable_iv(&self) -> bool {
        !self.has_explicit_iv
    }
}

impl<C: BlockSizeUser> Drop for Cbc<C> {
    /// The cipher and the MAC wipe themselves; the chain starts as a part of the secret.
    fn drop(&mut self) {
        self.chain.as_mut_slice().zeroize();
    }
}

#[cfg(test)]
mod tests;
