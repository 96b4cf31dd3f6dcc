//! What an authority says of a certificate: asked for in a hello, shown beside the certificate (RFC 6066 §8).
//!
//! Responses are bytes here: x509 reads them.

use tlswire::codec::{CodecError, Reader, Writer};

use crate::msg::{Body, Fault, HandshakeType, at_least};

/// status_request of a ClientHello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StatusRequest {
    /// An OCSP response.
    Ocsp {
        /// Names or keys of responders, each in DER; none means whomever the server knows.
        responders: Vec<Vec<u8>>,
        /// Extensions of a request in DER, or nothing.
        extensions: Vec<u8>,
    },
    /// Something else, which nobody has defined.
    Other {
        /// Its type.
        typ: u8,
        /// The rest.
        body: Vec<u8>,
    },
}

impl StatusRequest {
    pub(super) fn read(from: &mut Reader<'_>) -> Result<StatusRequest, Fault> {
        let typ = from.u8()?;
        if typ != OCSP {
            return Ok(StatusRequest::Other { typ, body: from.rest().to_vec() });
        }
        let (mut list, mut responders) = (from.vec_u16()?, Vec::new());
        while !list.is_empty() {
            responders.push(at_least(1, list.opaque_u16()?)?.to_vec());
        }
        Ok(StatusRequest::Ocsp { responders, extensions: from.opaque_u16()?.to_vec() })
    }

    pub(super) fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        match self {
            StatusRequest::Ocsp { responders, extensions } => {
                to.u8(OCSP);
                to.vec_u16(|list| responders.iter().try_for_each(|responder| list.opaque_u16(responder)))?;
                to.opaque_u16(extensions)
            }
            StatusRequest::Other { typ, body } => {
                to.u8(*typ);
                to.bytes(body);
                Ok(())
            }
        }
    }
}

/// The message behind a Certificate, of TLS 1.2 and before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CertificateStatus {
    /// An OCSP response in DER; that it is one is not checked here.
    pub(crate) response: Vec<u8>,
}

impl Body for CertificateStatus {
    const TYPE: HandshakeType = HandshakeType::CERTIFICATE_STATUS;
    type Form = ();

    fn read(from: &mut Reader<'_>, (): ()) -> Result<CertificateStatus, Fault> {
        Ok(CertificateStatus { response: read_response(from)? })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        write_response(&self.response, to)
    }
}

/// A CertificateStatus, which is also what an entry of TLS 1.3's Certificate has (RFC 8446 §4.4.2.1).
pub(super) fn read_response(from: &mut Reader<'_>) -> Result<Vec<u8>, Fault> {
    // The only type there is; another one would be laid out in another way.
    if from.u8()? != OCSP {
        return Err(Fault::Length);
    }
    Ok(at_least(1, from.opaque_u24()?)?.to_vec())
}

pub(super) fn write_response(response: &[u8], to: &mut Writer) -> Result<(), CodecError> {
    to.u8(OCSP);
    to.opaque_u24(response)
}

/// The status type of an OCSP response.
const OCSP: u8 = 1;
