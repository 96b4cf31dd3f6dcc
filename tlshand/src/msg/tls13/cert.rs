//! Certificate and CertificateVerify of TLS 1.3 (RFC 8446 §4.4.2, §4.4.3), of both roles.

use tlswire::SignatureScheme;
use tlswire::codec::{CodecError, Reader, Writer};
use x509::CertificateDer;

use crate::error::Error;
use crate::msg::cert::CHAIN_LEN_MAX;
use crate::msg::ext::{Extension, Place, STATUS_REQUEST, read_list, write_list};
use crate::msg::status::{read_response, write_response};
use crate::msg::{Body, Fault, HandshakeType, at_least};

/// A chain, the sender's own certificate first; a client may send an empty one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Certificate {
    /// What the request said; empty from a server.
    pub(crate) context: Vec<u8>,
    /// The certificates with what is known of each.
    pub(crate) entries: Vec<Entry>,
}

/// One certificate of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The certificate. That it is one is not checked here.
    pub(crate) der: CertificateDer<'static>,
    /// Extensions in the order of the entry, no type twice.
    pub(crate) extensions: Vec<EntryExtension>,
}

/// An extension of a certificate's entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EntryExtension {
    /// RFC 8446 §4.4.2.1: an OCSP response in DER; that it is one is not checked here.
    StatusRequest(Vec<u8>),
    /// Any other one.
    Unknown {
        /// Its type.
        typ: u16,
        /// Its body.
        body: Vec<u8>,
    },
}

impl Body for Certificate {
    const TYPE: HandshakeType = HandshakeType::CERTIFICATE;

    type Form = ();

    fn read(from: &mut Reader<'_>, (): ()) -> Result<Certificate, Fault> {
        let context = from.opaque_u8()?.to_vec();
        let mut list = from.vec_u24()?;
        let mut entries = Vec::new();
        while !list.is_empty() {
            let der = at_least(1, list.opaque_u24()?)?;
            if entries.len() == CHAIN_LEN_MAX {
                return Err(Error::ChainTooLong.into());
            }
            entries
                .push(Entry { der: CertificateDer::from(der.to_vec()), extensions: read_list(&mut list)? });
        }
        Ok(Certificate { context, entries })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        to.opaque_u8(&self.context)?;
        to.vec_u24(|list| {
            self.entries.iter().try_for_each(|entry| {
                list.opaque_u24(&entry.der)?;
                write_list(&entry.extensions, list)
            })
        })
    }
}

impl Extension for EntryExtension {
    const MESSAGE: HandshakeType = HandshakeType::CERTIFICATE;
    const PLACE: Option<Place> = Some(Place::Entry);

    fn typ(&self) -> u16 {
        match self {
            EntryExtension::StatusRequest(_) => STATUS_REQUEST,
            EntryExtension::Unknown { typ, .. } => *typ,
        }
    }

    fn read(typ: u16, from: &mut Reader<'_>) -> Result<EntryExtension, Fault> {
        Ok(match typ {
            STATUS_REQUEST => EntryExtension::StatusRequest(read_response(from)?),
            typ => EntryExtension::Unknown { typ, body: from.rest().to_vec() },
        })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        match self {
            EntryExtension::StatusRequest(response) => write_response(response, to),
            EntryExtension::Unknown { body, .. } => {
                to.bytes(body);
                Ok(())
            }
        }
    }
}

/// The proof that the sender has the key of its certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CertificateVerify {
    /// How it signed.
    pub(crate) scheme: SignatureScheme,
    /// The signature over the transcript's hash, in its frame (RFC 8446 §4.4.3).
    pub(crate) signature: Vec<u8>,
}

impl Body for CertificateVerify {
    const TYPE: HandshakeType = HandshakeType::CERTIFICATE_VERIFY;

    type Form = ();

    fn read(from: &mut Reader<'_>, (): ()) -> Result<CertificateVerify, Fault> {
        Ok(CertificateVerify {
            scheme: SignatureScheme(from.u16()?),
            signature: at_least(1, from.opaque_u16()?)?.to_vec(),
        })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        to.u16(self.scheme.0);
        to.opaque_u16(&self.signature)
    }
}
