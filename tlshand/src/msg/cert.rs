//! Certificate, CertificateRequest and CertificateVerify (RFC 5246 §7.4.2, §7.4.4, §7.4.8).

use tlswire::SignatureScheme;
use tlswire::codec::{CodecError, Reader, Writer};
use x509::CertificateDer;

use crate::error::Error;
use crate::msg::kx::Signed;
use crate::msg::{Body, Fault, Form, HandshakeType, at_least, numbers};

/// A chain, the sender's own certificate first; a client may send an empty one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Certificate {
    /// The certificates. That each is one is not checked here.
    pub(crate) chain: Vec<CertificateDer<'static>>,
}

impl Body for Certificate {
    const TYPE: HandshakeType = HandshakeType::CERTIFICATE;
    type Form = ();

    fn read(from: &mut Reader<'_>, (): ()) -> Result<Certificate, Fault> {
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
    /// The schemes that the server verifies; none before TLS 1.2, where there is only one.
    pub(crate) schemes: Option<Vec<SignatureScheme>>,
    /// Names of authorities, each in DER; none means any.
    pub(crate) authorities: Vec<Vec<u8>>,
}

impl Body for CertificateRequest {
    const TYPE: HandshakeType = HandshakeType::CERTIFICATE_REQUEST;
    type Form = Form;

    fn read(from: &mut Reader<'_>, form: Form) -> Result<CertificateRequest, Fault> {
        let types = at_least(1, from.opaque_u8()?)?.to_vec();
        let schemes = match form.has_schemes() {
            true => Some(numbers(from.vec_u16()?)?.into_iter().map(SignatureScheme).collect()),
            false => None,
        };
        let (mut list, mut authorities) = (from.vec_u16()?, Vec::new());
        while !list.is_empty() {
            authorities.push(at_least(1, list.opaque_u16()?)?.to_vec());
        }
        Ok(CertificateRequest { types, schemes, authorities })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        to.opaque_u8(&self.types)?;
        if let Some(schemes) = &self.schemes {
            to.vec_u16(|list| {
                schemes.iter().for_each(|scheme| list.u16(scheme.0));
                Ok(())
            })?;
        }
        to.vec_u16(|list| self.authorities.iter().try_for_each(|name| list.opaque_u16(name)))
    }
}

/// The proof that a client has the key of its certificate: a signature over all messages before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CertificateVerify {
    /// The signature over [`crate::sec::sign::signed_messages`].
    pub(crate) signed: Signed,
}

impl Body for CertificateVerify {
    const TYPE: HandshakeType = HandshakeType::CERTIFICATE_VERIFY;
    type Form = Form;

    fn read(from: &mut Reader<'_>, form: Form) -> Result<CertificateVerify, Fault> {
        Ok(CertificateVerify { signed: Signed::read(from, form)? })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        self.signed.write(to)
    }
}

/// The key types of a CertificateRequest that we verify: rsa_sign and ecdsa_sign (RFC 5246 §7.4.4, RFC 8422 §5.5).
pub(crate) const RSA_SIGN: u8 = 1;
/// ECDSA keys, and Ed25519's.
pub(crate) const ECDSA_SIGN: u8 = 64;
/// Certificates in one chain.
pub(crate) const CHAIN_LEN_MAX: usize = 10;
