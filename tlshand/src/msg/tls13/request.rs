//! CertificateRequest of TLS 1.3 (RFC 8446 §4.3.2).

use tlswire::SignatureScheme;
use tlswire::codec::{CodecError, Reader, Writer};

use crate::msg::ext::{
    CERTIFICATE_AUTHORITIES, Extension, Place, SIGNATURE_ALGORITHMS, SIGNATURE_ALGORITHMS_CERT,
    read_authorities, read_list, read_schemes, write_authorities, write_list, write_schemes,
};
use crate::msg::{Body, Fault, HandshakeType};

/// What a server wants to see of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CertificateRequest {
    /// What the answer must give back; empty in a handshake.
    pub(crate) context: Vec<u8>,
    /// Extensions in the order of the message, no type twice. That signature_algorithms is among them is not checked here.
    pub(crate) extensions: Vec<RequestExtension>,
}

/// An extension of a CertificateRequest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RequestExtension {
    /// RFC 8446 §4.2.3.
    SignatureAlgorithms(Vec<SignatureScheme>),
    /// RFC 8446 §4.2.3: what may sign certificates, if not what may sign handshakes.
    SignatureAlgorithmsCert(Vec<SignatureScheme>),
    /// RFC 8446 §4.2.4.
    CertificateAuthorities(Vec<Vec<u8>>),
    /// Any other one.
    Unknown {
        /// Its type.
        typ: u16,
        /// Its body.
        body: Vec<u8>,
    },
}

impl Body for CertificateRequest {
    const TYPE: HandshakeType = HandshakeType::CERTIFICATE_REQUEST;

    type Form = ();

    fn read(from: &mut Reader<'_>, (): ()) -> Result<CertificateRequest, Fault> {
        Ok(CertificateRequest { context: from.opaque_u8()?.to_vec(), extensions: read_list(from)? })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        to.opaque_u8(&self.context)?;
        write_list(&self.extensions, to)
    }
}

impl Extension for RequestExtension {
    const MESSAGE: HandshakeType = HandshakeType::CERTIFICATE_REQUEST;
    const PLACE: Option<Place> = Some(Place::Request);

    fn typ(&self) -> u16 {
        match self {
            RequestExtension::SignatureAlgorithms(_) => SIGNATURE_ALGORITHMS,
            RequestExtension::SignatureAlgorithmsCert(_) => SIGNATURE_ALGORITHMS_CERT,
            RequestExtension::CertificateAuthorities(_) => CERTIFICATE_AUTHORITIES,
            RequestExtension::Unknown { typ, .. } => *typ,
        }
    }

    fn read(typ: u16, from: &mut Reader<'_>) -> Result<RequestExtension, Fault> {
        Ok(match typ {
            SIGNATURE_ALGORITHMS => RequestExtension::SignatureAlgorithms(read_schemes(from)?),
            SIGNATURE_ALGORITHMS_CERT => RequestExtension::SignatureAlgorithmsCert(read_schemes(from)?),
            CERTIFICATE_AUTHORITIES => RequestExtension::CertificateAuthorities(read_authorities(from)?),
            typ => RequestExtension::Unknown { typ, body: from.rest().to_vec() },
        })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        match self {
            RequestExtension::SignatureAlgorithms(schemes)
            | RequestExtension::SignatureAlgorithmsCert(schemes) => write_schemes(schemes, to),
            RequestExtension::CertificateAuthorities(authorities) => write_authorities(authorities, to),
            RequestExtension::Unknown { body, .. } => {
                to.bytes(body);
                Ok(())
            }
        }
    }
}
