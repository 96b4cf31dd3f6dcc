//! NewSessionTicket (RFC 8446 §4.6.1).

use tlswire::codec::{CodecError, Reader, Writer};

use crate::msg::ext::{EARLY_DATA, Extension, Place, read_list, write_list};
use crate::msg::{Body, Fault, HandshakeType, at_least};

/// A server's word for a session that a client may go on with later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewSessionTicket {
    /// Seconds; at most seven days, which is not checked here.
    pub(crate) lifetime: u32,
    /// What hides the ticket's age.
    pub(crate) age_add: u32,
    /// What makes its secret another one than those of its sisters.
    pub(crate) nonce: Vec<u8>,
    /// The word; at least one byte.
    pub(crate) ticket: Vec<u8>,
    /// Extensions in the order of the message, no type twice.
    pub(crate) extensions: Vec<TicketExtension>,
}

/// An extension of a NewSessionTicket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TicketExtension {
    /// RFC 8446 §4.2.10: the bytes that may come early.
    EarlyData(u32),
    /// Any other one.
    Unknown {
        /// Its type.
        typ: u16,
        /// Its body.
        body: Vec<u8>,
    },
}

impl Body for NewSessionTicket {
    const TYPE: HandshakeType = HandshakeType::NEW_SESSION_TICKET;

    type Form = ();

    fn read(from: &mut Reader<'_>, (): ()) -> Result<NewSessionTicket, Fault> {
        Ok(NewSessionTicket {
            lifetime: from.u32()?,
            age_add: from.u32()?,
            nonce: from.opaque_u8()?.to_vec(),
            ticket: at_least(1, from.opaque_u16()?)?.to_vec(),
            extensions: read_list(from)?,
        })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        to.u32(self.lifetime);
        to.u32(self.age_add);
        to.opaque_u8(&self.nonce)?;
        to.opaque_u16(&self.ticket)?;
        write_list(&self.extensions, to)
    }
}

impl Extension for TicketExtension {
    const MESSAGE: HandshakeType = HandshakeType::NEW_SESSION_TICKET;
    const PLACE: Option<Place> = Some(Place::Ticket);

    fn typ(&self) -> u16 {
        match self {
            TicketExtension::EarlyData(_) => EARLY_DATA,
            TicketExtension::Unknown { typ, .. } => *typ,
        }
    }

    fn read(typ: u16, from: &mut Reader<'_>) -> Result<TicketExtension, Fault> {
        Ok(match typ {
            EARLY_DATA => TicketExtension::EarlyData(from.u32()?),
            typ => TicketExtension::Unknown { typ, body: from.rest().to_vec() },
        })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        match self {
            TicketExtension::EarlyData(len) => to.u32(*len),
            TicketExtension::Unknown { body, .. } => to.bytes(body),
        }
        Ok(())
    }
}
