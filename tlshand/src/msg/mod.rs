//! Handshake messages: bytes to values and back.
//!
//! A message is parsed once, at the door, by the state that expects it; afterwards there are no lengths left to check.
//! Which message may come when, and what its contents mean, is the states' business. Some messages are laid out by what the
//! hellos agreed on: those are parsed in a [`Form`]. All bounds are those of the vectors
//! that enclose them, and a byte too many is an error as one too few is.

pub(crate) mod cert;
pub(crate) mod ext;
pub(crate) mod finished;
pub(crate) mod hello;
pub(crate) mod inbox;
pub(crate) mod kx;
pub(crate) mod print;
pub(crate) mod ssl2;
pub(crate) mod status;
pub(crate) mod ticket;
pub(crate) mod tls13;

use tlswire::ProtocolVersion;
use tlswire::codec::{CodecError, Reader, Writer};

use crate::error::Error;
use crate::suites::Kx;

/// The first byte of a handshake message (RFC 5246 §7.4, RFC 8446 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandshakeType(pub u8);

impl HandshakeType {
    /// `hello_request`
    pub const HELLO_REQUEST: Self = Self(0);
    /// `client_hello`
    pub const CLIENT_HELLO: Self = Self(1);
    /// `server_hello`
    pub const SERVER_HELLO: Self = Self(2);
    /// `new_session_ticket`
    pub const NEW_SESSION_TICKET: Self = Self(4);
    /// `encrypted_extensions`
    pub const ENCRYPTED_EXTENSIONS: Self = Self(8);
    /// A ClientHello in the form of SSL 2.0, as the device gives it (tls(3)); on no wire.
    pub const SSL2_CLIENT_HELLO: Self = Self(9);
    /// `certificate`
    pub const CERTIFICATE: Self = Self(11);
    /// `server_key_exchange`
    pub const SERVER_KEY_EXCHANGE: Self = Self(12);
    /// `certificate_request`
    pub const CERTIFICATE_REQUEST: Self = Self(13);
    /// `server_hello_done`
    pub const SERVER_HELLO_DONE: Self = Self(14);
    /// `certificate_verify`
    pub const CERTIFICATE_VERIFY: Self = Self(15);
    /// `client_key_exchange`
    pub const CLIENT_KEY_EXCHANGE: Self = Self(16);
    /// `finished`
    pub const FINISHED: Self = Self(20);
    /// `certificate_status`
    pub const CERTIFICATE_STATUS: Self = Self(22);
    /// `key_update`
    pub const KEY_UPDATE: Self = Self(24);

    /// The most bytes that the body of such a message may have, or `None` for a type that no state here expects.
    fn len_max(self) -> Option<usize> {
        match self {
            Self::CERTIFICATE => Some(CERTIFICATE_LEN_MAX),
            Self::CLIENT_HELLO
            | Self::SERVER_HELLO
            | Self::NEW_SESSION_TICKET
            | Self::ENCRYPTED_EXTENSIONS
            | Self::SERVER_KEY_EXCHANGE
            | Self::CERTIFICATE_REQUEST
            | Self::SERVER_HELLO_DONE
            | Self::SSL2_CLIENT_HELLO
            | Self::CERTIFICATE_VERIFY
            | Self::CLIENT_KEY_EXCHANGE
            | Self::FINISHED
            | Self::CERTIFICATE_STATUS
            | Self::KEY_UPDATE => Some(MESSAGE_LEN_MAX),
            Self(_) => None,
        }
    }
}

/// One whole message as it came: a type that [`HandshakeType`] names, and a body not yet parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    typ: HandshakeType,
    bytes: Vec<u8>,
}

impl Message {
    /// Its type.
    pub(crate) fn typ(&self) -> HandshakeType {
        self.typ
    }

    /// What the transcript wants of it: all, header included; of the device's form of an SSL 2.0 hello only what was on the
    /// wire.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self.typ {
            HandshakeType::SSL2_CLIENT_HELLO => self.body(),
            _ => &self.bytes,
        }
    }

    /// What stands behind its header.
    pub(crate) fn body(&self) -> &[u8] {
        self.bytes.get(HEADER_LEN..).unwrap_or_default()
    }

    /// Parses the body as a `B`. `expected` completes the text "expected ..." for the case that the message is another.
    ///
    /// # Errors
    /// [`Error::Expected`], [`Error::BadLength`], and what `B` has of its own.
    pub(crate) fn parse<B: Body<Form = ()>>(&self, expected: &'static str) -> Result<B, Error> {
        self.parse_in((), expected)
    }

    /// As [`Message::parse`], for a message that is laid out by what the hellos agreed on.
    ///
    /// # Errors
    /// As [`Message::parse`].
    pub(crate) fn parse_in<B: Body>(&self, form: B::Form, expected: &'static str) -> Result<B, Error> {
        if self.typ != B::TYPE {
            return Err(Error::Expected(expected));
        }
        B::decode_in(form, self.body())
    }
}

/// What the hellos agreed on, as far as later messages are laid out by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    /// The version: signatures name their scheme since TLS 1.2, and SSL 3.0 has its own ways.
    pub(crate) version: ProtocolVersion,
    /// The key exchange.
    pub(crate) kx: Kx,
}

impl Form {
    /// Whether signatures name their scheme (RFC 5246 §4.7).
    fn has_schemes(self) -> bool {
        self.version >= ProtocolVersion::TLS12
    }
}

/// What a message of one type contains.
pub(crate) trait Body: Sized {
    /// The type.
    const TYPE: HandshakeType;

    /// What must be known to parse it: [`Form`], or nothing.
    type Form: Copy;

    /// Takes the body from the reader; what it leaves there is an error.
    fn read(from: &mut Reader<'_>, form: Self::Form) -> Result<Self, Fault>;

    /// Appends the body.
    fn write(&self, to: &mut Writer) -> Result<(), CodecError>;

    /// Parses a body, exactly.
    ///
    /// # Errors
    /// [`Error::BadLength`], and what the type has of its own.
    fn decode_in(form: Self::Form, body: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(body);
        let parsed = Self::read(&mut reader, form).and_then(|parsed| Ok(reader.end().map(|()| parsed)?));
        parsed.map_err(|fault| match fault {
            Fault::Length => Error::BadLength(Self::TYPE),
            Fault::Rule(error) => error,
        })
    }

    /// As [`Body::decode_in`], for a body that is laid out in one way only.
    #[cfg(test)]
    fn decode(body: &[u8]) -> Result<Self, Error>
    where
        Self: Body<Form = ()>,
    {
        Self::decode_in((), body)
    }

    /// Builds the whole message, header included.
    ///
    /// # Errors
    /// [`Error::Internal`] if a part of it does not fit its length field.
    fn encode(&self) -> Result<Vec<u8>, Error> {
        let mut writer = Writer::new();
        writer.u8(Self::TYPE.0);
        writer.vec_u24(|body| self.write(body)).map_err(Error::encoding)?;
        Ok(writer.into_vec())
    }
}

/// Why a body does not parse.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It is too short or too long somewhere.
    Length,
    /// It breaks a rule that has an error of its own.
    Rule(Error),
}

impl From<CodecError> for Fault {
    fn from(_: CodecError) -> Fault {
        Fault::Length
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        Fault::Rule(error)
    }
}

/// A vector must have at least `n` bytes.
fn at_least(n: usize, bytes: &[u8]) -> Result<&[u8], Fault> {
    if bytes.len() < n { Err(Fault::Length) } else { Ok(bytes) }
}

/// A list of two-byte numbers with an end of its own, at least one of them.
fn numbers(mut list: Reader<'_>) -> Result<Vec<u16>, Fault> {
    let mut numbers = Vec::with_capacity(list.len() / 2);
    at_least(1, list.peek())?;
    while !list.is_empty() {
        numbers.push(list.u16()?);
    }
    Ok(numbers)
}

/// Bytes of the type and the length.
const HEADER_LEN: usize = 4;
/// Bytes of a message's body, of hellos above all; today's largest honest ones have under 3 000.
pub(crate) const MESSAGE_LEN_MAX: usize = 16_384;
/// Bytes of the body of a Certificate message.
pub(crate) const CERTIFICATE_LEN_MAX: usize = 65_536;

#[cfg(test)]
mod tests;
