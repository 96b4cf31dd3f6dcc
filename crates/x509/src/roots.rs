//! The roots that a client trusts: the system's, or those of a file.
//!
//! No root is downloaded and none is built in.

use std::path::Path;

use rustls_pki_types::{CertificateDer, TrustAnchor};

use crate::cert::Certificate;
use crate::error::Error;
use crate::pem;

/// Trusted certificates: as anchors of chains, and whole, for a server whose own certificate is among them.
#[derive(Clone)]
pub struct Roots {
    pub(crate) anchors: Vec<TrustAnchor<'static>>,
    pub(crate) certificates: Vec<CertificateDer<'static>>,
}

impl Roots {
    /// The roots of the system, or those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
    ///
    /// # Errors
    /// [`Error::NoRoots`] if there is none at all; a bad one among good ones is passed over, since no user of the system
    /// can repair it.
    pub fn system() -> Result<Roots, Error> {
        let found = rustls_native_certs::load_native_certs();
        let certificates =
            found.certs.into_iter().filter(|der| webpki::anchor_from_trusted_cert(der).is_ok()).collect();
        let roots = Roots::trusting(certificates)?;
        if roots.anchors.is_empty() {
            let reasons: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
            return Err(Error::NoRoots { reason: reasons.join("; ") });
        }
        Ok(roots)
    }

    /// Every certificate of a PEM file. Each must be good: somebody chose them.
    ///
    /// # Errors
    /// Those of [`pem::read`], [`Error::NoCertificate`], [`Error::Malformed`].
    pub fn from_file(file: &Path) -> Result<Roots, Error> {
        let certificates = pem::certificates(&pem::read(file)?);
        if certificates.is_empty() {
            return Err(Error::NoCertificate { file: file.to_owned() });
        }
        Roots::trusting(certificates)
    }

    /// These certificates.
    ///
    /// # Errors
    /// [`Error::Malformed`] if one of them cannot be an anchor.
    pub fn trusting(certificates: Vec<CertificateDer<'static>>) -> Result<Roots, Error> {
        let anchor = |der| webpki::anchor_from_trusted_cert(der).map(|anchor| anchor.to_owned());
        let anchors = certificates.iter().map(anchor).collect::<Result<Vec<_>, _>>();
        let anchors = anchors.map_err(|_| Error::Malformed("cannot be a trusted root"))?;
        Ok(Roots { anchors, certificates })
    }

    /// The names of the authorities, each in DER, as a server tells its clients whose certificates it takes.
    #[must_use]
    pub fn subjects(&self) -> Vec<Vec<u8>> {
        let parsed = self.certificates.iter().filter_map(|der| Certificate::from_der(der).ok());
        parsed.map(|root| root.subject().to_vec()).collect()
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.anchors.len()
    }

    /// Whether there is none, so that no chain can be good.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.anchors.is_empty()
    }
}
