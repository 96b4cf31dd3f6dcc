//! EncryptedExtensions (RFC 8446 §4.3.1): what a server answers that is nobody else's business.

use tlswire::Group;
use tlswire::codec::{CodecError, Reader, Writer};

use crate::msg::ext::{
    ALPN, EARLY_DATA, Extension, MAX_FRAGMENT_LENGTH, Place, RECORD_SIZE_LIMIT, SERVER_NAME,
    SUPPORTED_GROUPS, read_groups, read_list, read_max_fragment, read_protocol, read_record_size_limit,
    write_groups, write_list,
};
use crate::msg::{Body, Fault, HandshakeType};
use crate::record_len::MaxFragment;

/// The first message under keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EncryptedExtensions {
    /// Extensions in the order of the message, no type twice.
    pub(crate) extensions: Vec<EncryptedExtension>,
}

/// An extension of EncryptedExtensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EncryptedExtension {
    /// RFC 6066 §3: the name was used.
    ServerName,
    /// RFC 6066 §4: the length that was asked for.
    MaxFragmentLength(MaxFragment),
    /// RFC 8449 §4, as in [`ClientExtension::RecordSizeLimit`](crate::msg::ext::ClientExtension::RecordSizeLimit).
    RecordSizeLimit(u16),
    /// RFC 8446 §4.2.7: for the client's next connection.
    SupportedGroups(Vec<Group>),
    /// RFC 7301 §3.1: the protocol chosen.
    Alpn(Vec<u8>),
    /// RFC 8446 §4.2.10: what came early was taken.
    EarlyData,
    /// Any other one.
    Unknown {
        /// Its type.
        typ: u16,
        /// Its body.
        body: Vec<u8>,
    },
}

impl Body for EncryptedExtensions {
    const TYPE: HandshakeType = HandshakeType::ENCRYPTED_EXTENSIONS;

    type Form = ();

    fn read(from: &mut Reader<'_>, (): ()) -> Result<EncryptedExtensions, Fault> {
        Ok(EncryptedExtensions { extensions: read_list(from)? })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        write_list(&self.extensions, to)
    }
}

impl Extension for EncryptedExtension {
    const MESSAGE: HandshakeType = HandshakeType::ENCRYPTED_EXTENSIONS;
    const PLACE: Option<Place> = Some(Place::Encrypted);

    fn typ(&self) -> u16 {
        match self {
            EncryptedExtension::ServerName => SERVER_NAME,
            EncryptedExtension::MaxFragmentLength(_) => MAX_FRAGMENT_LENGTH,
            EncryptedExtension::RecordSizeLimit(_) => RECORD_SIZE_LIMIT,
            EncryptedExtension::SupportedGroups(_) => SUPPORTED_GROUPS,
            EncryptedExtension::Alpn(_) => ALPN,
            EncryptedExtension::EarlyData => EARLY_DATA,
            EncryptedExtension::Unknown { typ, .. } => *typ,
        }
    }

    fn read(typ: u16, from: &mut Reader<'_>) -> Result<EncryptedExtension, Fault> {
        Ok(match typ {
            SERVER_NAME => EncryptedExtension::ServerName,
            MAX_FRAGMENT_LENGTH => EncryptedExtension::MaxFragmentLength(read_max_fragment(from)?),
            RECORD_SIZE_LIMIT => EncryptedExtension::RecordSizeLimit(read_record_size_limit(from)?),
            SUPPORTED_GROUPS => EncryptedExtension::SupportedGroups(read_groups(from)?),
            ALPN => EncryptedExtension::Alpn(read_protocol(from)?),
            EARLY_DATA => EncryptedExtension::EarlyData,
            typ => EncryptedExtension::Unknown { typ, body: from.rest().to_vec() },
        })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        match self {
            EncryptedExtension::ServerName | EncryptedExtension::EarlyData => Ok(()),
            EncryptedExtension::MaxFragmentLength(len) => {
                to.u8(len.code());
                Ok(())
            }
            EncryptedExtension::RecordSizeLimit(limit) => {
                to.u16(*limit);
                Ok(())
            }
            EncryptedExtension::SupportedGroups(groups) => write_groups(groups, to),
            EncryptedExtension::Alpn(protocol) => to.vec_u16(|list| list.opaque_u8(protocol)),
            EncryptedExtension::Unknown { body, .. } => {
                to.bytes(body);
                Ok(())
            }
        }
    }
}
