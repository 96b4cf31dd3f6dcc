//! Finished (RFC 5246 §7.4.9).

use tlswire::ProtocolVersion;
use tlswire::codec::{CodecError, Reader, Writer};

use crate::msg::{Body, Fault, HandshakeType};
use crate::sec::finished::verify_data_len;

/// The first message under the new keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finished {
    /// The proof; not secret once it is sent.
    pub(crate) verify_data: Vec<u8>,
}

impl Body for Finished {
    const TYPE: HandshakeType = HandshakeType::FINISHED;

    type Form = ProtocolVersion;

    fn read(from: &mut Reader<'_>, version: ProtocolVersion) -> Result<Finished, Fault> {
        Ok(Finished { verify_data: from.take(verify_data_len(version))?.to_vec() })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        to.bytes(&self.verify_data);
        Ok(())
    }
}
