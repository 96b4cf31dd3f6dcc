//! Finished (RFC 5246 §7.4.9, RFC 8446 §4.4.4).

use tlswire::codec::{CodecError, Reader, Writer};

use crate::msg::{Body, Fault, HandshakeType};

/// The last message of a side's handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finished {
    /// The proof; not secret once it is sent.
    pub(crate) verify_data: Vec<u8>,
}

impl Body for Finished {
    const TYPE: HandshakeType = HandshakeType::FINISHED;

    /// The bytes of verify_data, which the version or the suite says.
    type Form = usize;

    fn read(from: &mut Reader<'_>, verify_data_len: usize) -> Result<Finished, Fault> {
        Ok(Finished { verify_data: from.take(verify_data_len)?.to_vec() })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        to.bytes(&self.verify_data);
        Ok(())
    }
}
