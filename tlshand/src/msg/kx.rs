//! The messages of the ECDHE key exchange of TLS 1.2 (RFC 8422 §5.4, §5.7), and ServerHelloDone.

use tlswire::codec::{CodecError, Reader, Writer};
use tlswire::{Group, SignatureScheme};

use crate::error::Error;
use crate::msg::{Body, Fault, HandshakeType, at_least};

/// The parameters of an ECDHE key exchange: what the server signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EcdheParams {
    /// The named group; no other form of curve is taken.
    pub(crate) group: Group,
    /// The server's public value. Whether it is one of its group is not checked here.
    pub(crate) public: Vec<u8>,
}

impl EcdheParams {
    /// Their bytes, which are the same in every message that carries these parameters.
    ///
    /// # Errors
    /// [`Error::Internal`] for a public value that is too long.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, Error> {
        let mut writer = Writer::new();
        self.write(&mut writer).map_err(Error::encoding)?;
        Ok(writer.into_vec())
    }

    fn read(from: &mut Reader<'_>) -> Result<EcdheParams, Fault> {
        if from.u8()? != NAMED_CURVE {
            return Err(Error::Unoffered("curve type").into());
        }
        Ok(EcdheParams { group: Group(from.u16()?), public: at_least(1, from.opaque_u8()?)?.to_vec() })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        to.u8(NAMED_CURVE);
        to.u16(self.group.0);
        to.opaque_u8(&self.public)
    }
}

/// The server's half of the key exchange, signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerKeyExchange {
    /// Its parameters.
    pub(crate) params: EcdheParams,
    /// How they are signed.
    pub(crate) scheme: SignatureScheme,
    /// The signature over [`crate::sec::sign::signed_params`].
    pub(crate) signature: Vec<u8>,
}

impl Body for ServerKeyExchange {
    const TYPE: HandshakeType = HandshakeType::SERVER_KEY_EXCHANGE;

    fn read(from: &mut Reader<'_>) -> Result<ServerKeyExchange, Fault> {
        let params = EcdheParams::read(from)?;
        let scheme = SignatureScheme(from.u16()?);
        Ok(ServerKeyExchange { params, scheme, signature: at_least(1, from.opaque_u16()?)?.to_vec() })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        self.params.write(to)?;
        to.u16(self.scheme.0);
        to.opaque_u16(&self.signature)
    }
}

/// The end of the server's first flight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerHelloDone;

impl Body for ServerHelloDone {
    const TYPE: HandshakeType = HandshakeType::SERVER_HELLO_DONE;

    fn read(_: &mut Reader<'_>) -> Result<ServerHelloDone, Fault> {
        Ok(ServerHelloDone)
    }

    fn write(&self, _: &mut Writer) -> Result<(), CodecError> {
        Ok(())
    }
}

/// The client's half of the key exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientKeyExchange {
    /// The client's public value, perhaps empty; not checked here.
    pub(crate) public: Vec<u8>,
}

impl Body for ClientKeyExchange {
    const TYPE: HandshakeType = HandshakeType::CLIENT_KEY_EXCHANGE;

    fn read(from: &mut Reader<'_>) -> Result<ClientKeyExchange, Fault> {
        Ok(ClientKeyExchange { public: from.opaque_u8()?.to_vec() })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        to.opaque_u8(&self.public)
    }
}

/// ECCurveType: a curve by its number.
const NAMED_CURVE: u8 = 3;
