//! NewSessionTicket of TLS 1.2 (RFC 5077 §3.3); TLS 1.3 has another one of the same type.

use tlswire::codec::{CodecError, Reader, Writer};

use crate::msg::{Body, Fault, HandshakeType};

/// A server's word for the session, which a client may go on with later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewSessionTicket {
    /// Seconds; 0 says nothing.
    pub(crate) lifetime_hint: u32,
    /// The word; empty if the server has none after all.
    pub(crate) ticket: Vec<u8>,
}

impl Body for NewSessionTicket {
    const TYPE: HandshakeType = HandshakeType::NEW_SESSION_TICKET;
    type Form = ();

    fn read(from: &mut Reader<'_>, (): ()) -> Result<NewSessionTicket, Fault> {
        Ok(NewSessionTicket { lifetime_hint: from.u32()?, ticket: from.opaque_u16()?.to_vec() })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        to.u32(self.lifetime_hint);
        to.opaque_u16(&self.ticket)
    }
}
