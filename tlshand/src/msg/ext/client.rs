//! The extensions of a ClientHello.

use tlswire::codec::{CodecError, Reader, Writer};
use tlswire::{Group, ProtocolVersion, SignatureScheme};

use crate::error::Error;
use crate::msg::ext::{
    ALPN, EC_POINT_FORMATS, ENCRYPT_THEN_MAC, EXTENDED_MASTER_SECRET, Extension, RENEGOTIATION_INFO,
    SERVER_NAME, SIGNATURE_ALGORITHMS, SUPPORTED_GROUPS, SUPPORTED_VERSIONS, read_protocols,
};
use crate::msg::{Fault, HandshakeType, at_least, numbers};

/// An extension of a ClientHello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ClientExtension {
    /// RFC 6066 §3: names by their type, each type once. What makes a good name is not checked here.
    ServerName(Vec<Name>),
    /// RFC 8422 §5.1.1.
    SupportedGroups(Vec<Group>),
    /// RFC 8422 §5.1.2.
    EcPointFormats(Vec<u8>),
    /// RFC 5246 §7.4.1.4.1.
    SignatureAlgorithms(Vec<SignatureScheme>),
    /// RFC 7301 §3.1: protocols, the preferred one first.
    Alpn(Vec<Vec<u8>>),
    /// RFC 7366 §2.
    EncryptThenMac,
    /// RFC 7627 §5.1.
    ExtendedMasterSecret,
    /// RFC 8446 §4.2.1.
    SupportedVersions(Vec<ProtocolVersion>),
    /// RFC 5746 §3.2: renegotiated_connection, which is always empty: another one is an error.
    RenegotiationInfo,
    /// Any other one.
    Unknown {
        /// Its type.
        typ: u16,
        /// Its body.
        body: Vec<u8>,
    },
}

/// An entry of a server name list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// Its type, of which [`HOST_NAME`] is the only one in use.
    pub(crate) typ: u8,
    /// Its bytes, at least one.
    pub(crate) bytes: Vec<u8>,
}

impl Extension for ClientExtension {
    const HELLO: HandshakeType = HandshakeType::CLIENT_HELLO;

    fn typ(&self) -> u16 {
        match self {
            ClientExtension::ServerName(_) => SERVER_NAME,
            ClientExtension::SupportedGroups(_) => SUPPORTED_GROUPS,
            ClientExtension::EcPointFormats(_) => EC_POINT_FORMATS,
            ClientExtension::SignatureAlgorithms(_) => SIGNATURE_ALGORITHMS,
            ClientExtension::Alpn(_) => ALPN,
            ClientExtension::EncryptThenMac => ENCRYPT_THEN_MAC,
            ClientExtension::ExtendedMasterSecret => EXTENDED_MASTER_SECRET,
            ClientExtension::SupportedVersions(_) => SUPPORTED_VERSIONS,
            ClientExtension::RenegotiationInfo => RENEGOTIATION_INFO,
            ClientExtension::Unknown { typ, .. } => *typ,
        }
    }

    fn read(typ: u16, from: &mut Reader<'_>) -> Result<ClientExtension, Fault> {
        Ok(match typ {
            SERVER_NAME => ClientExtension::ServerName(read_names(from)?),
            SUPPORTED_GROUPS => {
                ClientExtension::SupportedGroups(numbers(from.vec_u16()?)?.into_iter().map(Group).collect())
            }
            EC_POINT_FORMATS => ClientExtension::EcPointFormats(at_least(1, from.opaque_u8()?)?.to_vec()),
            SIGNATURE_ALGORITHMS => {
                let schemes = numbers(from.vec_u16()?)?;
                ClientExtension::SignatureAlgorithms(schemes.into_iter().map(SignatureScheme).collect())
            }
            ALPN => ClientExtension::Alpn(read_protocols(from)?),
            ENCRYPT_THEN_MAC => ClientExtension::EncryptThenMac,
            EXTENDED_MASTER_SECRET => ClientExtension::ExtendedMasterSecret,
            SUPPORTED_VERSIONS => {
                let versions = numbers(from.vec_u8()?)?;
                ClientExtension::SupportedVersions(versions.into_iter().map(ProtocolVersion).collect())
            }
            RENEGOTIATION_INFO => {
                read_renegotiation_info(from)?;
                ClientExtension::RenegotiationInfo
            }
            typ => ClientExtension::Unknown { typ, body: from.rest().to_vec() },
        })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        match self {
            ClientExtension::ServerName(names) => to.vec_u16(|list| {
                names.iter().try_for_each(|name| {
                    list.u8(name.typ);
                    list.opaque_u16(&name.bytes)
                })
            }),
            ClientExtension::SupportedGroups(groups) => to.vec_u16(|list| {
                groups.iter().for_each(|group| list.u16(group.0));
                Ok(())
            }),
            ClientExtension::EcPointFormats(formats) => to.opaque_u8(formats),
            ClientExtension::SignatureAlgorithms(schemes) => to.vec_u16(|list| {
                schemes.iter().for_each(|scheme| list.u16(scheme.0));
                Ok(())
            }),
            ClientExtension::Alpn(protocols) => {
                to.vec_u16(|list| protocols.iter().try_for_each(|protocol| list.opaque_u8(protocol)))
            }
            ClientExtension::EncryptThenMac | ClientExtension::ExtendedMasterSecret => Ok(()),
            ClientExtension::SupportedVersions(versions) => to.vec_u8(|list| {
                versions.iter().for_each(|version| list.u16(version.0));
                Ok(())
            }),
            ClientExtension::RenegotiationInfo => to.opaque_u8(&[]),
            ClientExtension::Unknown { body, .. } => {
                to.bytes(body);
                Ok(())
            }
        }
    }
}

/// All name types, present and future, begin with a 16-bit length (RFC 6066 §3), so unknown ones can be passed over.
fn read_names(from: &mut Reader<'_>) -> Result<Vec<Name>, Fault> {
    let mut list = from.vec_u16()?;
    at_least(1, list.peek())?;
    let mut names: Vec<Name> = Vec::new();
    while !list.is_empty() {
        let typ = list.u8()?;
        let bytes = at_least(1, list.opaque_u16()?)?;
        if names.iter().any(|earlier| earlier.typ == typ) {
            return Err(Error::BadServerName("two names of one type").into());
        }
        names.push(Name { typ, bytes: bytes.to_vec() });
    }
    Ok(names)
}

/// In a connection's first handshake there is nothing to tie it to (RFC 5746 §3.4, §3.6).
fn read_renegotiation_info(from: &mut Reader<'_>) -> Result<(), Fault> {
    if from.opaque_u8()?.is_empty() { Ok(()) } else { Err(Error::BadRenegotiationInfo.into()) }
}
