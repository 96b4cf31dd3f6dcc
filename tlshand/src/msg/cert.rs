//! Certificate and CertificateRequest of TLS 1.2 (RFC 5246 §7.4.2, §7.4.4).

use tlswire::SignatureScheme;
use tlswire::codec::{CodecError, Reader, Writer};
use x509::CertificateDer;

use crate::error::Error;
use crate::msg::{Body, Fault, HandshakeType, at_least, numbers};

/// A chain, the sender's own certificate first; a client may send an empty one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Certificate {
    /// The certificates. That each is one is not checked here.
    pub(crate) chain: Vec<CertificateDer<'static>>,
}

impl Body for Certificate {
    const TYPE: HandshakeType = HandshakeType::CERTIFICATE;

    fn read(from: &mut Reader<'_>) -> Result<Certificate, Fault> {
        let mut list = from.vec_u24()?;
        let mut chain = Vec::new();
        while !list.is_empty() {
            let der = at_least(1, list.opaque_u24()?)?;
            if chain.len() == CHAIN_LEN_MAX {
                return Err(Error::ChainTooLong.into());
            }
            chain.push(CertificateDer::from(der.to_vec()));
        }
        Ok(Certificate { chain })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        to.vec_u24(|list| self.chain.iter().try_for_each(|der| list.opaque_u24(der)))
    }
}

/// What a server wants to see of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CertificateRequest {
    /// Types of keys (ClientCertificateType).
    pub(crate) types: Vec<u8>,
    /// The schemes that the server verifies.
    pub(crate) schemes: Vec<SignatureScheme>,
    /// Names of authorities, each in DER; none means any.
    pub(crate) authorities: Vec<Vec<u8>>,
}

impl Body for CertificateRequest {
    const TYPE: HandshakeType = HandshakeType::CERTIFICATE_REQUEST;

    fn read(from: &mut Reader<'_>) -> Result<CertificateRequest, Fault> {
        let types = at_least(1, from.opaque_u8()?)?.to_vec();
        let schemes = numbers(from.vec_u16()?)?.into_iter().map(SignatureScheme).collect();
        let (mut list, mut authorities) = (from.vec_u16()?, Vec::new());
        while !list.is_empty() {
            authorities.push(at_least(1, list.opaque_u16()?)?.to_vec());
        }
        Ok(CertificateRequest { types, schemes, authorities })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        to.opaque_u8(&self.types)?;
        to.vec_u16(|list| {
            self.schemes.iter().for_each(|scheme| list.u16(scheme.0));
            Ok(())
        })?;
        to.vec_u16(|list| self.authorities.iter().try_for_each(|name| list.opaque_u16(name)))
    }
}

/// Certificates in one chain.
const CHAIN_LEN_MAX: usize = 10;
