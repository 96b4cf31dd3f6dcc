//! The messages of the key exchange (RFC 5246 §7.4.3, §7.4.7, RFC 8422 §5.4, §5.7, RFC 4279 §2), and ServerHelloDone.

use tlswire::codec::{CodecError, Reader, Writer};
use tlswire::{Group, ProtocolVersion, SignatureScheme};

use crate::error::Error;
use crate::msg::{Body, Fault, Form, HandshakeType, at_least};
use crate::suites::Kx;

/// The parameters of an ECDHE key exchange: what the server signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EcdheParams {
    /// The named group; no other form of curve is taken.
    pub(crate) group: Group,
    /// The server's public value. Whether it is one of its group is not checked here.
    pub(crate) public: Vec<u8>,
}

/// The parameters of a DHE key exchange, numbers of any size with their most significant byte first. Nothing about them is
/// checked here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DheParams {
    /// `dh_p`
    pub(crate) prime: Vec<u8>,
    /// `dh_g`
    pub(crate) generator: Vec<u8>,
    /// `dh_Ys`
    pub(crate) public: Vec<u8>,
}

/// The parameters of either.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Params {
    /// On a curve.
    Ecdhe(EcdheParams),
    /// In a finite field.
    Dhe(DheParams),
}

impl Params {
    /// Their bytes, which are the same in every message that carries these parameters.
    ///
    /// # Errors
    /// [`Error::Internal`] for a public value that is too long.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, Error> {
        let mut writer = Writer::new();
        self.write(&mut writer).map_err(Error::encoding)?;
        Ok(writer.into_vec())
    }

    fn read_ecdhe(from: &mut Reader<'_>) -> Result<Params, Fault> {
        if from.u8()? != NAMED_CURVE {
            return Err(Error::Unoffered("curve type").into());
        }
        let group = Group(from.u16()?);
        Ok(Params::Ecdhe(EcdheParams { group, public: at_least(1, from.opaque_u8()?)?.to_vec() }))
    }

    fn read_dhe(from: &mut Reader<'_>) -> Result<Params, Fault> {
        let mut number = || -> Result<Vec<u8>, Fault> { Ok(at_least(1, from.opaque_u16()?)?.to_vec()) };
        let (prime, generator, public) = (number()?, number()?, number()?);
        Ok(Params::Dhe(DheParams { prime, generator, public }))
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        match self {
            Params::Ecdhe(params) => {
                to.u8(NAMED_CURVE);
                to.u16(params.group.0);
                to.opaque_u8(&params.public)
            }
            Params::Dhe(params) => [&params.prime, &params.generator, &params.public]
                .into_iter()
                .try_for_each(|number| to.opaque_u16(number)),
        }
    }
}

/// A signature with the name of its scheme, which it has since TLS 1.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signed {
    /// How it was made.
    pub(crate) scheme: Option<SignatureScheme>,
    /// Its bytes, at least one.
    pub(crate) signature: Vec<u8>,
}

impl Signed {
    /// As a message of `version` has it.
    pub(crate) fn new(version: ProtocolVersion, scheme: SignatureScheme, signature: Vec<u8>) -> Signed {
        Signed { scheme: (version >= ProtocolVersion::TLS12).then_some(scheme), signature }
    }

    pub(super) fn read(from: &mut Reader<'_>, form: Form) -> Result<Signed, Fault> {
        let scheme = if form.has_schemes() { Some(SignatureScheme(from.u16()?)) } else { None };
        Ok(Signed { scheme, signature: at_least(1, from.opaque_u16()?)?.to_vec() })
    }

    pub(super) fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        if let Some(scheme) = self.scheme {
            to.u16(scheme.0);
        }
        to.opaque_u16(&self.signature)
    }
}

/// The server's half of the key exchange: what of it there is depends on the kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerKeyExchange {
    /// What identity the server would like, with a secret that both have (RFC 4279 §2).
    pub(crate) hint: Option<Vec<u8>>,
    /// Its parameters.
    pub(crate) params: Option<Params>,
    /// The signature over [`crate::sec::sign::signed_params`].
    pub(crate) signed: Option<Signed>,
}

impl Body for ServerKeyExchange {
    const TYPE: HandshakeType = HandshakeType::SERVER_KEY_EXCHANGE;
    type Form = Form;

    fn read(from: &mut Reader<'_>, form: Form) -> Result<ServerKeyExchange, Fault> {
        let hint = match form.kx.has_psk() {
            true => Some(from.opaque_u16()?.to_vec()),
            false => None,
        };
        let params = match form.kx {
            Kx::Ecdhe | Kx::EcdhePsk => Some(Params::read_ecdhe(from)?),
            Kx::Dhe => Some(Params::read_dhe(from)?),
            Kx::Rsa | Kx::Psk => None,
        };
        let signed = if form.kx.is_signed() { Some(Signed::read(from, form)?) } else { None };
        Ok(ServerKeyExchange { hint, params, signed })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        self.hint.iter().try_for_each(|hint| to.opaque_u16(hint))?;
        self.params.iter().try_for_each(|params| params.write(to))?;
        self.signed.iter().try_for_each(|signed| signed.write(to))
    }
}

/// The end of the server's first flight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerHelloDone;

impl Body for ServerHelloDone {
    const TYPE: HandshakeType = HandshakeType::SERVER_HELLO_DONE;
    type Form = ();

    fn read(_: &mut Reader<'_>, (): ()) -> Result<ServerHelloDone, Fault> {
        Ok(ServerHelloDone)
    }

    fn write(&self, _: &mut Writer) -> Result<(), CodecError> {
        Ok(())
    }
}

/// The client's half of the key exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientKeyExchange {
    /// Which of the secrets that both have it means (RFC 4279 §2).
    pub(crate) identity: Option<Vec<u8>>,
    /// The rest.
    pub(crate) exchange: Exchange,
}

/// What a client gives for a secret; perhaps empty, not checked here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Exchange {
    /// Nothing.
    None,
    /// A point.
    Ecdhe(Vec<u8>),
    /// A number.
    Dhe(Vec<u8>),
    /// A premaster, encrypted.
    Rsa(Vec<u8>),
    /// The same without its length, as SSL 3.0 has it (RFC 5246 §7.4.7.1).
    RsaBare(Vec<u8>),
}

impl Body for ClientKeyExchange {
    const TYPE: HandshakeType = HandshakeType::CLIENT_KEY_EXCHANGE;
    type Form = Form;

    fn read(from: &mut Reader<'_>, form: Form) -> Result<ClientKeyExchange, Fault> {
        let identity = match form.kx.has_psk() {
            true => Some(from.opaque_u16()?.to_vec()),
            false => None,
        };
        let exchange = match form.kx {
            Kx::Psk => Exchange::None,
            Kx::Ecdhe | Kx::EcdhePsk => Exchange::Ecdhe(from.opaque_u8()?.to_vec()),
            Kx::Dhe => Exchange::Dhe(from.opaque_u16()?.to_vec()),
            Kx::Rsa if form.version == ProtocolVersion::SSL3 => Exchange::RsaBare(from.rest().to_vec()),
            Kx::Rsa => Exchange::Rsa(from.opaque_u16()?.to_vec()),
        };
        Ok(ClientKeyExchange { identity, exchange })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        self.identity.iter().try_for_each(|identity| to.opaque_u16(identity))?;
        match &self.exchange {
            Exchange::None => Ok(()),
            Exchange::Ecdhe(public) => to.opaque_u8(public),
            Exchange::Dhe(bytes) | Exchange::Rsa(bytes) => to.opaque_u16(bytes),
            Exchange::RsaBare(bytes) => {
                to.bytes(bytes);
                Ok(())
            }
        }
    }
}

/// ECCurveType: a curve by its number.
const NAMED_CURVE: u8 = 3;
