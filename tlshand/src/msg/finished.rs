//! Finished (RFC 5246 §7.4.9).

use tlswire::codec::{CodecError, Reader, Writer};

use crate::msg::{Body, Fault, HandshakeType};
use crate::sec::finished::VERIFY_DATA_LEN;

/// The first message under the new keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finished {
    /// The proof; not secret once it is sent.
    pub(crate) verify_data: [u8; VERIFY_DATA_LEN],
}

impl Body for Finished {
    const TYPE: HandshakeType = HandshakeType::FINISHED;

    fn read(from: &mut Reader<'_>) -> Result<Finished, Fault> {
        Ok(Finished { verify_data: from.array()? })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        to.bytes(&self.verify_data);
        Ok(())
    }
}
