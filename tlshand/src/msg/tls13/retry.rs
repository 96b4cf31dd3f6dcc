//! HelloRetryRequest (RFC 8446 §4.1.4): a ServerHello whose random says that it is none.

use tlswire::codec::{CodecError, Reader, Writer};
use tlswire::{Group, ProtocolVersion, Suite};

use crate::error::Error;
use crate::msg::ext::{COOKIE, Extension, KEY_SHARE, Place, SUPPORTED_VERSIONS, read_list, write_list};
use crate::msg::hello::{NULL_COMPRESSION, read_session_id};
use crate::msg::{Body, Fault, HandshakeType, Message, at_least};

/// What a server asks of a client before it goes on: another hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HelloRetryRequest {
    /// legacy_session_id_echo, at most 32 bytes.
    pub(crate) session_id: Vec<u8>,
    /// The suite that will be that of the ServerHello.
    pub(crate) suite: Suite,
    /// Extensions in the order of the message, no type twice.
    pub(crate) extensions: Vec<RetryExtension>,
}

/// An extension of a HelloRetryRequest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RetryExtension {
    /// RFC 8446 §4.2.1: the version chosen.
    SupportedVersions(ProtocolVersion),
    /// RFC 8446 §4.2.8: the group that a share is wanted of.
    KeyShare(Group),
    /// RFC 8446 §4.2.2: what the next hello must give back.
    Cookie(Vec<u8>),
    /// Any other one.
    Unknown {
        /// Its type.
        typ: u16,
        /// Its body.
        body: Vec<u8>,
    },
}

impl HelloRetryRequest {
    /// Whether a message that looks like a ServerHello is one of these.
    pub(crate) fn is_it(message: &Message) -> bool {
        let mut body = Reader::new(message.body());
        let random = body.u16().and_then(|_| body.array());
        message.typ() == HandshakeType::SERVER_HELLO && random == Ok(RETRY_RANDOM)
    }
}

impl Body for HelloRetryRequest {
    const TYPE: HandshakeType = HandshakeType::SERVER_HELLO;

    type Form = ();

    fn read(from: &mut Reader<'_>, (): ()) -> Result<HelloRetryRequest, Fault> {
        if ProtocolVersion(from.u16()?) != ProtocolVersion::TLS12 {
            return Err(Error::Unoffered("version").into());
        }
        if from.array()? != RETRY_RANDOM {
            return Err(Error::Expected("a hello retry request").into());
        }
        let session_id = read_session_id(from)?;
        let suite = Suite(from.u16()?);
        if from.u8()? != NULL_COMPRESSION {
            return Err(Error::Unoffered("compression").into());
        }
        Ok(HelloRetryRequest { session_id, suite, extensions: read_list(from)? })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        to.u16(ProtocolVersion::TLS12.0);
        to.bytes(&RETRY_RANDOM);
        to.opaque_u8(&self.session_id)?;
        to.u16(self.suite.0);
        to.u8(NULL_COMPRESSION);
        write_list(&self.extensions, to)
    }
}

impl Extension for RetryExtension {
    const MESSAGE: HandshakeType = HandshakeType::SERVER_HELLO;
    const PLACE: Option<Place> = Some(Place::Retry);

    fn typ(&self) -> u16 {
        match self {
            RetryExtension::SupportedVersions(_) => SUPPORTED_VERSIONS,
            RetryExtension::KeyShare(_) => KEY_SHARE,
            RetryExtension::Cookie(_) => COOKIE,
            RetryExtension::Unknown { typ, .. } => *typ,
        }
    }

    fn read(typ: u16, from: &mut Reader<'_>) -> Result<RetryExtension, Fault> {
        Ok(match typ {
            SUPPORTED_VERSIONS => RetryExtension::SupportedVersions(ProtocolVersion(from.u16()?)),
            KEY_SHARE => RetryExtension::KeyShare(Group(from.u16()?)),
            COOKIE => RetryExtension::Cookie(at_least(1, from.opaque_u16()?)?.to_vec()),
            typ => RetryExtension::Unknown { typ, body: from.rest().to_vec() },
        })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        match self {
            RetryExtension::SupportedVersions(version) => to.u16(version.0),
            RetryExtension::KeyShare(group) => to.u16(group.0),
            RetryExtension::Cookie(cookie) => to.opaque_u16(cookie)?,
            RetryExtension::Unknown { body, .. } => to.bytes(body),
        }
        Ok(())
    }
}

/// SHA-256 of "HelloRetryRequest" (RFC 8446 §4.1.3).
const RETRY_RANDOM: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2,
    0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];
