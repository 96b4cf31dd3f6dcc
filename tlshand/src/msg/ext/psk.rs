//! pre_shared_key of a ClientHello, and how such a key may be used (RFC 8446 §4.2.9, §4.2.11).

use tlswire::codec::{CodecError, Reader, Writer};

use crate::error::Error;
use crate::msg::{Fault, at_least};

/// The secrets that a client says it has, and the proofs that it has them: as many of one as of the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OfferedPsks {
    /// At least one.
    pub(crate) identities: Vec<PskIdentity>,
    /// For each a MAC of the hello up to the end of the identities; 32 to 255 bytes.
    pub(crate) binders: Vec<Vec<u8>>,
}

/// The name of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PskIdentity {
    /// An agreed name, or a ticket; at least one byte.
    pub(crate) identity: Vec<u8>,
    /// Milliseconds since the ticket came, with the ticket's ticket_age_add added; of other secrets it should be 0.
    pub(crate) obfuscated_ticket_age: u32,
}

impl OfferedPsks {
    pub(super) fn read(from: &mut Reader<'_>) -> Result<OfferedPsks, Fault> {
        let mut list = from.vec_u16()?;
        at_least(1, list.peek())?;
        let mut identities = Vec::new();
        while !list.is_empty() {
            let identity = at_least(1, list.opaque_u16()?)?.to_vec();
            identities.push(PskIdentity { identity, obfuscated_ticket_age: list.u32()? });
        }
        let mut list = from.vec_u16()?;
        let mut binders = Vec::new();
        while !list.is_empty() {
            binders.push(at_least(BINDER_LEN_MIN, list.opaque_u8()?)?.to_vec());
        }
        if binders.len() != identities.len() {
            return Err(Error::BadPskOffer("not as many binders as identities").into());
        }
        Ok(OfferedPsks { identities, binders })
    }

    pub(super) fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        to.vec_u16(|list| {
            self.identities.iter().try_for_each(|psk| {
                list.opaque_u16(&psk.identity)?;
                list.u32(psk.obfuscated_ticket_age);
                Ok(())
            })
        })?;
        to.vec_u16(|list| self.binders.iter().try_for_each(|binder| list.opaque_u8(binder)))
    }

    /// The bytes at the end of the hello that the binders do not cover: themselves, with all their lengths
    /// (RFC 8446 §4.2.11.2).
    pub(crate) fn binders_len(&self) -> usize {
        self.binders.iter().fold(2, |len, binder| len + 1 + binder.len())
    }
}

/// A secret may be used with a key exchange; the other way, without, has no forward secrecy (RFC 8446 §4.2.9).
pub(crate) const PSK_DHE_KE: u8 = 1;
/// Bytes.
const BINDER_LEN_MIN: usize = 32;
