//! Whether a peer's certificate is believed: what is configured, put to its chain, for both roles and every version.
//!
//! It is asked as soon as the chain is there, before anything else is said to the peer. How chains and hashes are judged is
//! x509's business; that the peer has the certificate's key is proved elsewhere.

use x509::{Certificate as Leaf, CertificateDer, Pins, VerifyError};

use crate::conf::{ClientConf, Trust, Verify};
use crate::error::Error;

/// Takes a server's chain, its own certificate first, if `conf` believes it.
///
/// # Errors
/// [`Error::RuntCertificate`] for no certificate, [`Error::Certificate`], [`Error::Untrusted`].
pub(crate) fn server(conf: &ClientConf, chain: &[CertificateDer<'static>]) -> Result<Leaf, Error> {
    let name = conf.server_name.as_ref();
    let whom = name.map_or_else(|| "the server".into(), |name| name.to_str());
    believed(chain, conf.pins.as_deref(), &whom, || match &conf.verify {
        Verify::Roots { roots, now } => {
            let name = name.ok_or(Error::Internal("no server name to verify"))?;
            Ok(x509::verify_server(chain, roots, name, *now))
        }
        Verify::Insecure => Ok(Ok(())),
    })
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
