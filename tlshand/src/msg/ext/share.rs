//! key_share in its three forms (RFC 8446 §4.2.8): a client's list, a server's one, and the group that a retry asks for.

use tlswire::Group;
use tlswire::codec::{CodecError, Reader, Writer};

use crate::error::Error;
use crate::msg::{Fault, at_least};

/// One side's half of a key exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyShare {
    /// In which group.
    pub(crate) group: Group,
    /// The public value, at least one byte; whether it is one of the group is not checked here.
    pub(crate) public: Vec<u8>,
}

impl KeyShare {
    pub(super) fn read(from: &mut Reader<'_>) -> Result<KeyShare, Fault> {
        let group = Group(from.u16()?);
        Ok(KeyShare { group, public: at_least(1, from.opaque_u16()?)?.to_vec() })
    }

    pub(super) fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        to.u16(self.group.0);
        to.opaque_u16(&self.public)
    }
}

/// A client's: none at all ask for a retry, and no group may have two.
pub(super) fn read_list(from: &mut Reader<'_>) -> Result<Vec<KeyShare>, Fault> {
    let mut list = from.vec_u16()?;
    let mut shares: Vec<KeyShare> = Vec::new();
    while !list.is_empty() {
        let share = KeyShare::read(&mut list)?;
        if shares.iter().any(|earlier| earlier.group == share.group) {
            return Err(Error::BadKeyShare("two of one group").into());
        }
        shares.push(share);
    }
    Ok(shares)
}

pub(super) fn write_list(shares: &[KeyShare], to: &mut Writer) -> Result<(), CodecError> {
    to.vec_u16(|list| shares.iter().try_for_each(|share| share.write(list)))
}
