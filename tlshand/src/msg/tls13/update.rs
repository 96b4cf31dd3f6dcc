//! KeyUpdate (RFC 8446 §4.6.3). The device sends and answers it; here it is for reading what was written down.

use tlswire::codec::{CodecError, Reader, Writer};

use crate::error::Error;
use crate::msg::{Body, Fault, HandshakeType};

/// The sender's keys change after this message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyUpdate {
    /// The receiver's need not.
    NotRequested,
    /// The receiver's must, too.
    Requested,
}

impl Body for KeyUpdate {
    const TYPE: HandshakeType = HandshakeType::KEY_UPDATE;

    type Form = ();

    fn read(from: &mut Reader<'_>, (): ()) -> Result<KeyUpdate, Fault> {
        match from.u8()? {
            0 => Ok(KeyUpdate::NotRequested),
            1 => Ok(KeyUpdate::Requested),
            _ => Err(Error::Unoffered("key update").into()),
        }
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        to.u8(match self {
            KeyUpdate::NotRequested => 0,
            KeyUpdate::Requested => 1,
        });
        Ok(())
    }
}
