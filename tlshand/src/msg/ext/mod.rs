//! Hello extensions (RFC 5246 §7.4.1.4): those that mean something here as values, the others as their bytes.
//!
//! Client and server hellos have an enum each, since the same extension has another form in each. An extension that is
//! malformed or comes twice is an error even if nobody would have looked at it; one that is unknown is not looked into.

mod client;
mod server;

use tlswire::codec::{CodecError, Reader, Writer};

use crate::error::Error;
use crate::msg::{Fault, HandshakeType, at_least};

pub(crate) use client::{ClientExtension, Name};
pub(crate) use server::ServerExtension;

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
