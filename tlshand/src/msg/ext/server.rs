//! The extensions of a ServerHello, whose version is one of them.

use tlswire::ProtocolVersion;
use tlswire::codec::{CodecError, Reader, Writer};

use crate::error::Error;
use crate::msg::ext::{
    ALPN, EC_POINT_FORMATS, ENCRYPT_THEN_MAC, EXTENDED_MASTER_SECRET, Extension, KEY_SHARE, KeyShare,
    MAX_FRAGMENT_LENGTH, PRE_SHARED_KEY, Place, RECORD_SIZE_LIMIT, RENEGOTIATION_INFO, SERVER_NAME,
    SESSION_TICKET, STATUS_REQUEST, SUPPORTED_VERSIONS, TRUSTED_CA_KEYS, read_max_fragment, read_protocol,
    read_record_size_limit,
};
use crate::msg::{Fault, HandshakeType, at_least};
use crate::record_len::MaxFragment;

/// An extension of a ServerHello of any version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ServerExtension {
    /// RFC 6066 §3: the name was used.
    ServerName,
    /// RFC 6066 §4: the length that was asked for.
    MaxFragmentLength(MaxFragment),
    /// RFC 6066 §6: the list was used.
    TrustedCaKeys,
    /// RFC 6066 §8: a CertificateStatus may come.
    StatusRequest,
    /// RFC 8449 §4, as in [`ClientExtension::RecordSizeLimit`](crate::msg::ext::ClientExtension::RecordSizeLimit).
    RecordSizeLimit(u16),
    /// RFC 8422 §5.2.
    EcPointFormats(Vec<u8>),
    /// RFC 7301 §3.1: the protocol chosen.
    Alpn(Vec<u8>),
    /// RFC 7366 §2: the records that are to come are of that form.
    EncryptThenMac,
    /// RFC 7627 §5.1.
    ExtendedMasterSecret,
    /// RFC 5077 §3.2: a ticket comes before the end.
    SessionTicket,
    /// RFC 8446 §4.2.1: the version chosen, if it is TLS 1.3.
    SupportedVersions(ProtocolVersion),
    /// RFC 8446 §4.2.8.
    KeyShare(KeyShare),
    /// RFC 8446 §4.2.11: which of the secrets offered was chosen.
    PreSharedKey(u16),
    /// RFC 5746 §3.2, as in [`crate::msg::ext::ClientExtension::RenegotiationInfo`].
    RenegotiationInfo,
    /// Any other one.
    Unknown {
        /// Its type.
        typ: u16,
        /// Its body.
        body: Vec<u8>,
    },
}

impl Extension for ServerExtension {
    const MESSAGE: HandshakeType = HandshakeType::SERVER_HELLO;
    const PLACE: Option<Place> = None;

    fn typ(&self) -> u16 {
        match self {
            ServerExtension::ServerName => SERVER_NAME,
            ServerExtension::MaxFragmentLength(_) => MAX_FRAGMENT_LENGTH,
            ServerExtension::TrustedCaKeys => TRUSTED_CA_KEYS,
            ServerExtension::StatusRequest => STATUS_REQUEST,
            ServerExtension::RecordSizeLimit(_) => RECORD_SIZE_LIMIT,
            ServerExtension::EcPointFormats(_) => EC_POINT_FORMATS,
            ServerExtension::Alpn(_) => ALPN,
            ServerExtension::EncryptThenMac => ENCRYPT_THEN_MAC,
            ServerExtension::ExtendedMasterSecret => EXTENDED_MASTER_SECRET,
            ServerExtension::SessionTicket => SESSION_TICKET,
            ServerExtension::SupportedVersions(_) => SUPPORTED_VERSIONS,
            ServerExtension::KeyShare(_) => KEY_SHARE,
            ServerExtension::PreSharedKey(_) => PRE_SHARED_KEY,
            ServerExtension::RenegotiationInfo => RENEGOTIATION_INFO,
            ServerExtension::Unknown { typ, .. } => *typ,
        }
    }

    fn read(typ: u16, from: &mut Reader<'_>) -> Result<ServerExtension, Fault> {
        Ok(match typ {
            SERVER_NAME => ServerExtension::ServerName,
            MAX_FRAGMENT_LENGTH => ServerExtension::MaxFragmentLength(read_max_fragment(from)?),
            TRUSTED_CA_KEYS => ServerExtension::TrustedCaKeys,
            STATUS_REQUEST => ServerExtension::StatusRequest,
            RECORD_SIZE_LIMIT => ServerExtension::RecordSizeLimit(read_record_size_limit(from)?),
            EC_POINT_FORMATS => ServerExtension::EcPointFormats(at_least(1, from.opaque_u8()?)?.to_vec()),
            ALPN => ServerExtension::Alpn(read_protocol(from)?),
            ENCRYPT_THEN_MAC => ServerExtension::EncryptThenMac,
            EXTENDED_MASTER_SECRET => ServerExtension::ExtendedMasterSecret,
            SESSION_TICKET => ServerExtension::SessionTicket,
            SUPPORTED_VERSIONS => ServerExtension::SupportedVersions(ProtocolVersion(from.u16()?)),
            KEY_SHARE => ServerExtension::KeyShare(KeyShare::read(from)?),
            PRE_SHARED_KEY => ServerExtension::PreSharedKey(from.u16()?),
            // Whatever else it is, the answer is not that it does not parse (RFC 5746 §3.4).
            RENEGOTIATION_INFO if from.rest() == [0] => ServerExtension::RenegotiationInfo,
            RENEGOTIATION_INFO => return Err(Error::BadRenegotiationInfo.into()),
            typ => ServerExtension::Unknown { typ, body: from.rest().to_vec() },
        })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        match self {
            ServerExtension::ServerName
            | ServerExtension::TrustedCaKeys
            | ServerExtension::StatusRequest
            | ServerExtension::EncryptThenMac
            | ServerExtension::ExtendedMasterSecret
            | ServerExtension::SessionTicket => Ok(()),
            ServerExtension::MaxFragmentLength(len) => {
                to.u8(len.code());
                Ok(())
            }
            ServerExtension::RecordSizeLimit(limit) => {
                to.u16(*limit);
                Ok(())
            }
            ServerExtension::EcPointFormats(formats) => to.opaque_u8(formats),
            ServerExtension::Alpn(protocol) => to.vec_u16(|list| list.opaque_u8(protocol)),
            ServerExtension::SupportedVersions(version) => {
                to.u16(version.0);
                Ok(())
            }
            ServerExtension::KeyShare(share) => share.write(to),
            ServerExtension::PreSharedKey(selected) => {
                to.u16(*selected);
                Ok(())
            }
            ServerExtension::RenegotiationInfo => to.opaque_u8(&[]),
            ServerExtension::Unknown { body, .. } => {
                to.bytes(body);
                Ok(())
            }
        }
    }
}
