//! Whether a peer's certificate is believed: what is configured, put to its chain, for both roles and every version.
//!
//! It is asked as soon as the chain is there, before anything else is said to the peer. How chains and hashes are judged is
//! x509's business; that the peer has the certificate's key is proved elsewhere.

use x509::ocsp::RESPONSE_LEN_MAX;
use x509::{Certificate as Leaf, CertificateDer, Issuer, OcspError, Pins, Response, VerifyError};

use crate::conf::{ClientConf, Ocsp, Trust, Verify};
use crate::error::Error;

/// A server's own certificate, which is believed.
#[derive(Debug)]
pub(crate) struct Believed {
    /// Its facts.
    pub(crate) leaf: Leaf,
    /// Who issued it, if its chain was looked at.
    issuer: Option<Issuer>,
}

/// Takes a server's chain, its own certificate first, if `conf` believes it. What the server has to say about the
/// certificate's status is put to [`Believed::check_status`] then.
///
/// # Errors
/// [`Error::RuntCertificate`] for no certificate, [`Error::Certificate`], [`Error::Untrusted`].
pub(crate) fn server(conf: &ClientConf, chain: &[CertificateDer<'static>]) -> Result<Believed, Error> {
    let name = conf.server_name.as_ref();
    let whom = name.map_or_else(|| "the server".into(), |name| name.to_str());
    let mut issuer = None;
    let leaf = believed(chain, conf.pins.as_deref(), &whom, || match &conf.verify {
        Verify::Roots { roots, now } => {
            let name = name.ok_or(Error::Internal("no server name to verify"))?;
            Ok(x509::verify_server(chain, roots, name, *now).map(|it| issuer = Some(it)))
        }
        Verify::Insecure => Ok(Ok(())),
    })?;
    Ok(Believed { leaf, issuer })
}

impl Believed {
    /// Takes the server's OCSP response, or none, if `conf` is content with it.
    ///
    /// # Errors
    /// [`Error::BadStatus`], [`Error::NoStatus`].
    pub(crate) fn check_status(&self, conf: &ClientConf, response: Option<&[u8]>) -> Result<(), Error> {
        let Verify::Roots { now, .. } = conf.verify else { return Ok(()) };
        match (response, conf.ocsp) {
            // Who asked nothing was told nothing: that is for the hellos to see to.
            (_, Ocsp::Never) | (None, Ocsp::Ask) => Ok(()),
            (None, Ocsp::Require) => Err(Error::NoStatus),
            (Some(der), Ocsp::Ask | Ocsp::Require) => {
                let issuer = self.issuer.as_ref().ok_or(Error::Internal("nobody issued the certificate"))?;
                let read = match der.len() > RESPONSE_LEN_MAX {
                    true => Err(OcspError::Malformed),
                    false => Response::read(der, &self.leaf, Some(issuer), now),
                };
                read.and_then(|response| response.check_good(now)).map_err(Error::BadStatus)
            }
        }
    }
}

/// Takes a client's chain, its own certificate first, if it is one of `trust`.
///
/// # Errors
/// As [`server`].
pub(crate) fn client(trust: &Trust, chain: &[CertificateDer<'static>]) -> Result<Leaf, Error> {
    believed(chain, trust.pins.as_deref(), "the client", || match &trust.verify {
        Verify::Roots { roots, now } => Ok(x509::verify_client(chain, roots, *now)),
        Verify::Insecure => Ok(Ok(())),
    })
}

/// The hashes first: what they exclude, no root makes good.
fn believed(
    chain: &[CertificateDer<'static>],
    pins: Option<&Pins>,
    whom: &str,
    verify: impl FnOnce() -> Result<Result<(), VerifyError>, Error>,
) -> Result<Leaf, Error> {
    let first = chain.first().ok_or(Error::RuntCertificate)?;
    let untrusted = |reason| Error::Untrusted { reason, certificate: first.clone() };
    let leaf = Leaf::from_der(first).map_err(|_| Error::Certificate(VerifyError::Malformed))?;
    pins.map_or(Ok(()), |pins| pins.verify(&leaf, whom)).map_err(untrusted)?;
    verify()?.map_err(untrusted)?;
    Ok(leaf)
}
