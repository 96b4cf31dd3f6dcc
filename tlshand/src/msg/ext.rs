//! Hello extensions (RFC 5246 §7.4.1.4): those that mean something here as values, the others as their bytes.
//!
//! Client and server hellos have an enum each, since the same extension has another form in each. An extension that is
//! malformed or comes twice is an error even if nobody would have looked at it; one that is unknown is not looked into.

use tlswire::codec::{CodecError, Reader, Writer};
use tlswire::{Group, ProtocolVersion, SignatureScheme};

use crate::error::Error;
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

/// An extension of a ServerHello up to TLS 1.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ServerExtension {
    /// RFC 6066 §3: the name was used.
    ServerName,
    /// RFC 8422 §5.2.
    EcPointFormats(Vec<u8>),
    /// RFC 7301 §3.1: the protocol chosen.
    Alpn(Vec<u8>),
    /// RFC 7366 §2: the records that are to come are of that form.
    EncryptThenMac,
    /// RFC 7627 §5.1.
    ExtendedMasterSecret,
    /// RFC 5746 §3.2, as in [`ClientExtension::RenegotiationInfo`].
    RenegotiationInfo,
    /// Any other one.
    Unknown {
        /// Its type.
        typ: u16,
        /// Its body.
        body: Vec<u8>,
    },
}

/// What both enums can do.
pub(crate) trait Extension: Sized {
    /// The hello that it stands in.
    const HELLO: HandshakeType;

    /// Its type.
    fn typ(&self) -> u16;

    /// Takes the body of an extension of type `typ`; what it leaves is an error.
    fn read(typ: u16, from: &mut Reader<'_>) -> Result<Self, Fault>;

    /// Appends the body.
    fn write(&self, to: &mut Writer) -> Result<(), CodecError>;
}

/// Reads the extensions at the end of a hello; a hello may end before them.
///
/// # Errors
/// [`Error::BadExtensions`], [`Error::DuplicateExtension`], and what an extension has of its own.
pub(super) fn read_all<E: Extension>(from: &mut Reader<'_>) -> Result<Vec<E>, Fault> {
    let bad = || Error::BadExtensions(E::HELLO);
    if from.is_empty() {
        return Ok(Vec::new());
    }
    let mut list = from.vec_u16().map_err(|_| bad())?;
    let mut extensions: Vec<E> = Vec::new();
    while !list.is_empty() {
        let (Ok(typ), Ok(mut body)) = (list.u16(), list.vec_u16()) else { return Err(bad().into()) };
        if extensions.len() == EXTENSIONS_MAX {
            return Err(bad().into());
        }
        if extensions.iter().any(|earlier| earlier.typ() == typ) {
            return Err(Error::DuplicateExtension(typ).into());
        }
        let extension = E::read(typ, &mut body).and_then(|extension| Ok(body.end().map(|()| extension)?));
        extensions.push(extension.map_err(|fault| match fault {
            Fault::Length => Fault::Rule(bad()),
            Fault::Rule(_) => fault,
        })?);
    }
    Ok(extensions)
}

/// Appends the extensions of a hello; none at all leave no trace, as in the time before extensions.
pub(super) fn write_all<E: Extension>(extensions: &[E], to: &mut Writer) -> Result<(), CodecError> {
    if extensions.is_empty() {
        return Ok(());
    }
    to.vec_u16(|list| {
        extensions.iter().try_for_each(|extension| {
            list.u16(extension.typ());
            list.vec_u16(|body| extension.write(body))
        })
    })
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

impl Extension for ServerExtension {
    const HELLO: HandshakeType = HandshakeType::SERVER_HELLO;

    fn typ(&self) -> u16 {
        match self {
            ServerExtension::ServerName => SERVER_NAME,
            ServerExtension::EcPointFormats(_) => EC_POINT_FORMATS,
            ServerExtension::Alpn(_) => ALPN,
            ServerExtension::EncryptThenMac => ENCRYPT_THEN_MAC,
            ServerExtension::ExtendedMasterSecret => EXTENDED_MASTER_SECRET,
            ServerExtension::RenegotiationInfo => RENEGOTIATION_INFO,
            ServerExtension::Unknown { typ, .. } => *typ,
        }
    }

    fn read(typ: u16, from: &mut Reader<'_>) -> Result<ServerExtension, Fault> {
        Ok(match typ {
            SERVER_NAME => ServerExtension::ServerName,
            EC_POINT_FORMATS => ServerExtension::EcPointFormats(at_least(1, from.opaque_u8()?)?.to_vec()),
            ALPN => {
                let mut protocols = read_protocols(from)?;
                match (protocols.pop(), protocols.is_empty()) {
                    (Some(protocol), true) => ServerExtension::Alpn(protocol),
                    // Exactly one (RFC 7301 §3.1).
                    _ => return Err(Fault::Length),
                }
            }
            ENCRYPT_THEN_MAC => ServerExtension::EncryptThenMac,
            EXTENDED_MASTER_SECRET => ServerExtension::ExtendedMasterSecret,
            // Whatever else it is, the answer is not that it does not parse (RFC 5746 §3.4).
            RENEGOTIATION_INFO if from.rest() == [0] => ServerExtension::RenegotiationInfo,
            RENEGOTIATION_INFO => return Err(Error::BadRenegotiationInfo.into()),
            typ => ServerExtension::Unknown { typ, body: from.rest().to_vec() },
        })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        match self {
            ServerExtension::ServerName
            | ServerExtension::EncryptThenMac
            | ServerExtension::ExtendedMasterSecret => Ok(()),
            ServerExtension::EcPointFormats(formats) => to.opaque_u8(formats),
            ServerExtension::Alpn(protocol) => to.vec_u16(|list| list.opaque_u8(protocol)),
            ServerExtension::RenegotiationInfo => to.opaque_u8(&[]),
            ServerExtension::Unknown { body, .. } => {
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

fn read_protocols(from: &mut Reader<'_>) -> Result<Vec<Vec<u8>>, Fault> {
    let mut list = from.vec_u16()?;
    at_least(1, list.peek())?;
    let mut protocols = Vec::new();
    while !list.is_empty() {
        protocols.push(at_least(1, list.opaque_u8()?)?.to_vec());
    }
    Ok(protocols)
}

/// In a connection's first handshake there is nothing to tie it to (RFC 5746 §3.4, §3.6).
fn read_renegotiation_info(from: &mut Reader<'_>) -> Result<(), Fault> {
    if from.opaque_u8()?.is_empty() { Ok(()) } else { Err(Error::BadRenegotiationInfo.into()) }
}

/// RFC 6066 §3
pub(crate) const SERVER_NAME: u16 = 0;
/// RFC 8422 §5.1.1
pub(crate) const SUPPORTED_GROUPS: u16 = 10;
/// RFC 8422 §5.1.2
pub(crate) const EC_POINT_FORMATS: u16 = 11;
/// RFC 5246 §7.4.1.4.1
pub(crate) const SIGNATURE_ALGORITHMS: u16 = 13;
/// RFC 7301 §3.1
pub(crate) const ALPN: u16 = 16;
/// RFC 7366 §2
pub(crate) const ENCRYPT_THEN_MAC: u16 = 22;
/// RFC 7627 §5.1
pub(crate) const EXTENDED_MASTER_SECRET: u16 = 23;
/// RFC 8446 §4.2.1
pub(crate) const SUPPORTED_VERSIONS: u16 = 43;
/// RFC 5746 §3.2
pub(crate) const RENEGOTIATION_INFO: u16 = 0xff01;

/// The name type of a DNS host name (RFC 6066 §3).
pub(crate) const HOST_NAME: u8 = 0;
/// The point format that everybody must have (RFC 8422 §5.1.2).
pub(crate) const UNCOMPRESSED: u8 = 0;
/// Extensions in one hello; browsers send under twenty.
const EXTENSIONS_MAX: usize = 64;
