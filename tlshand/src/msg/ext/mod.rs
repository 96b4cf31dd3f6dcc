//! Extensions (RFC 5246 §7.4.1.4, RFC 8446 §4.2): those that mean something here as values, the others as their bytes.
//!
//! Each message that has extensions has an enum for them, since the same extension has another form in each: those of the
//! hellos are here, those of messages that only TLS 1.3 has beside them in `tls13`. An extension that is malformed, comes
//! twice, or belongs to other messages is an error even if nobody would have looked at it; one that is unknown is not looked into.

mod client;
mod place;
mod psk;
mod server;
mod share;
mod trusted;

use tlswire::codec::{CodecError, Reader, Writer};
use tlswire::{Group, SignatureScheme};

use crate::error::Error;
use crate::msg::{Fault, HandshakeType, at_least, numbers};
use crate::record_len::{MaxFragment, RECORD_LEN_MIN};

pub(crate) use client::{ClientExtension, Name};
pub(crate) use place::{PADDING, Place, check};
pub(crate) use psk::{OfferedPsks, PSK_DHE_KE, PskIdentity};
pub(crate) use server::ServerExtension;
pub(crate) use share::KeyShare;
pub(crate) use trusted::TrustedAuthority;

/// What all the enums can do.
pub(crate) trait Extension: Sized {
    /// The message that it stands in.
    const MESSAGE: HandshakeType;

    /// The same as a column of the table of places; none if that depends on what else stands there.
    const PLACE: Option<Place>;

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
/// As [`read_list`].
pub(super) fn read_all<E: Extension>(from: &mut Reader<'_>) -> Result<Vec<E>, Fault> {
    if from.is_empty() { Ok(Vec::new()) } else { read_list(from) }
}

/// Reads a list of extensions, which is there even if none is in it.
///
/// # Errors
/// [`Error::BadExtensions`], [`Error::DuplicateExtension`], [`Error::MisplacedExtension`], and what an extension has of its own.
pub(super) fn read_list<E: Extension>(from: &mut Reader<'_>) -> Result<Vec<E>, Fault> {
    let bad = || Error::BadExtensions(E::MESSAGE);
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
        if let Some(place) = E::PLACE {
            check(typ, place)?;
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
    if extensions.is_empty() { Ok(()) } else { write_list(extensions, to) }
}

/// Appends a list of extensions.
pub(super) fn write_list<E: Extension>(extensions: &[E], to: &mut Writer) -> Result<(), CodecError> {
    to.vec_u16(|list| {
        extensions.iter().try_for_each(|extension| {
            list.u16(extension.typ());
            list.vec_u16(|body| extension.write(body))
        })
    })
}

pub(super) fn read_groups(from: &mut Reader<'_>) -> Result<Vec<Group>, Fault> {
    Ok(numbers(from.vec_u16()?)?.into_iter().map(Group).collect())
}

pub(super) fn write_groups(groups: &[Group], to: &mut Writer) -> Result<(), CodecError> {
    to.vec_u16(|list| {
        groups.iter().for_each(|group| list.u16(group.0));
        Ok(())
    })
}

pub(super) fn read_schemes(from: &mut Reader<'_>) -> Result<Vec<SignatureScheme>, Fault> {
    Ok(numbers(from.vec_u16()?)?.into_iter().map(SignatureScheme).collect())
}

pub(super) fn write_schemes(schemes: &[SignatureScheme], to: &mut Writer) -> Result<(), CodecError> {
    to.vec_u16(|list| {
        schemes.iter().for_each(|scheme| list.u16(scheme.0));
        Ok(())
    })
}

/// Names of authorities, each in DER; that they are is not checked (RFC 8446 §4.2.4).
pub(super) fn read_authorities(from: &mut Reader<'_>) -> Result<Vec<Vec<u8>>, Fault> {
    let mut list = from.vec_u16()?;
    at_least(1, list.peek())?;
    let mut authorities = Vec::new();
    while !list.is_empty() {
        authorities.push(at_least(1, list.opaque_u16()?)?.to_vec());
    }
    Ok(authorities)
}

pub(super) fn write_authorities(authorities: &[Vec<u8>], to: &mut Writer) -> Result<(), CodecError> {
    to.vec_u16(|list| authorities.iter().try_for_each(|name| list.opaque_u16(name)))
}

/// The answer to a list of protocols: exactly one (RFC 7301 §3.1).
pub(super) fn read_protocol(from: &mut Reader<'_>) -> Result<Vec<u8>, Fault> {
    let mut protocols = read_protocols(from)?;
    match (protocols.pop(), protocols.is_empty()) {
        (Some(protocol), true) => Ok(protocol),
        _ => Err(Fault::Length),
    }
}

/// One of the four lengths.
///
/// # Errors
/// [`Error::BadRecordLen`]: nobody may ask for another one (RFC 6066 §4).
pub(super) fn read_max_fragment(from: &mut Reader<'_>) -> Result<MaxFragment, Fault> {
    let code = from.u8()?;
    MaxFragment::of_code(code).ok_or_else(|| Error::BadRecordLen(code.into()).into())
}

/// A limit that anybody can keep.
///
/// # Errors
/// [`Error::BadRecordLen`] (RFC 8449 §4).
pub(super) fn read_record_size_limit(from: &mut Reader<'_>) -> Result<u16, Fault> {
    let limit = from.u16()?;
    if limit < RECORD_LEN_MIN { Err(Error::BadRecordLen(limit).into()) } else { Ok(limit) }
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

/// RFC 6066 §3
pub(crate) const SERVER_NAME: u16 = 0;
/// RFC 6066 §4
pub(crate) const MAX_FRAGMENT_LENGTH: u16 = 1;
/// RFC 6066 §5
pub(crate) const CLIENT_CERTIFICATE_URL: u16 = 2;
/// RFC 6066 §6
pub(crate) const TRUSTED_CA_KEYS: u16 = 3;
/// RFC 6066 §7
pub(crate) const TRUNCATED_HMAC: u16 = 4;
/// RFC 6066 §8
pub(crate) const STATUS_REQUEST: u16 = 5;
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
/// RFC 8449 §4
pub(crate) const RECORD_SIZE_LIMIT: u16 = 28;
/// RFC 5077 §3.2
pub(crate) const SESSION_TICKET: u16 = 35;
/// RFC 8446 §4.2.11
pub(crate) const PRE_SHARED_KEY: u16 = 41;
/// RFC 8446 §4.2.10
pub(crate) const EARLY_DATA: u16 = 42;
/// RFC 8446 §4.2.1
pub(crate) const SUPPORTED_VERSIONS: u16 = 43;
/// RFC 8446 §4.2.2
pub(crate) const COOKIE: u16 = 44;
/// RFC 8446 §4.2.9
pub(crate) const PSK_KEY_EXCHANGE_MODES: u16 = 45;
/// RFC 8446 §4.2.4
pub(crate) const CERTIFICATE_AUTHORITIES: u16 = 47;
/// RFC 8446 §4.2.6
pub(crate) const POST_HANDSHAKE_AUTH: u16 = 49;
/// RFC 8446 §4.2.3
pub(crate) const SIGNATURE_ALGORITHMS_CERT: u16 = 50;
/// RFC 8446 §4.2.8
pub(crate) const KEY_SHARE: u16 = 51;
/// RFC 5746 §3.2
pub(crate) const RENEGOTIATION_INFO: u16 = 0xff01;

/// The name type of a DNS host name (RFC 6066 §3).
pub(crate) const HOST_NAME: u8 = 0;
/// The point format that everybody must have (RFC 8422 §5.1.2).
pub(crate) const UNCOMPRESSED: u8 = 0;
/// Extensions in one message; browsers send under twenty.
const EXTENSIONS_MAX: usize = 64;
