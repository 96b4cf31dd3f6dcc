//! A certificate chain together with the key of its first certificate.

use std::fmt;
use std::path::Path;

use x509::{Certificate, CertificateDer, DnsName, KeyKind, KeyUse, Match, Response, SignedWith};

use crate::error::Error;
use crate::key::Key;

/// What a server shows and what it signs with.
pub struct CertifiedKey {
    chain: Vec<CertificateDer<'static>>,
    leaf: Certificate,
    signed_with: Vec<SignedWith>,
    key: Key,
    staple: Option<Response>,
}

impl CertifiedKey {
    /// Puts a chain, the server's own certificate first, and its key together.
    ///
    /// # Errors
    /// [`Error::EmptyChain`], [`Error::LongChain`], [`Error::Certificate`], [`Error::UnsupportedKey`],
    /// [`Error::UnusableKey`], [`Error::WrongKey`].
    pub fn new(chain: Vec<CertificateDer<'static>>, key: impl Into<Key>) -> Result<CertifiedKey, Error> {
        check_len(chain.len(), None)?;
        let first = chain.first().ok_or(Error::EmptyChain)?;
        let leaf =
            Certificate::from_der(first).map_err(|source| Error::Certificate { file: None, source })?;
        // What is no certificate is for nobody to verify.
        let of =
            |der| Certificate::from_der(der).map_or(Some(SignedWith::Other), |issuer| signature(&issuer));
        let issuers = chain.iter().skip(1).filter_map(|der| of(der));
        let signed_with = signature(&leaf).into_iter().chain(issuers).collect();
        let certified = CertifiedKey { chain, leaf, signed_with, key: key.into(), staple: None };
        certified.check(None, None)?;
        Ok(certified)
    }

    /// The certificates as they are sent: the server's own, then each one's issuer.
    #[must_use]
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }

    /// The facts of the first certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.leaf
    }

    /// How the certificates are signed that somebody has to verify who is shown the chain: all but those that vouch for
    /// themselves.
    #[must_use]
    pub fn signed_with(&self) -> &[SignedWith] {
        &self.signed_with
    }

    /// The key that belongs to it.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The same with a response of its issuer's about the certificate, to be shown beside it.
    #[must_use]
    pub fn with_staple(self, staple: Option<Response>) -> CertifiedKey {
        CertifiedKey { staple, ..self }
    }

    /// The OCSP response in DER that holds at `now`, in seconds since 1970, if there is one.
    #[must_use]
    pub fn staple(&self, now: u64) -> Option<&[u8]> {
        self.staple.as_ref().filter(|staple| staple.holds_at(now)).map(Response::der)
    }

    /// The DNS names that the certificate is for.
    #[must_use]
    pub fn names(&self) -> &[DnsName] {
        self.leaf.dns_names()
    }

    /// Whether and how well the certificate is for `host`.
    #[must_use]
    pub fn matches(&self, host: &str) -> Option<Match> {
        self.names().iter().filter_map(|name| name.matches(host)).min()
    }

    /// As [`CertifiedKey::new`], of certificates that have been read, with the files that errors name.
    pub(crate) fn of_files(
        certificates: Vec<Certificate>,
        key: Key,
        chain_file: &Path,
        key_file: Option<&Path>,
    ) -> Result<CertifiedKey, Error> {
        check_len(certificates.len(), Some(chain_file))?;
        let chain = certificates.iter().map(|it| it.der().clone()).collect();
        let signed_with = certificates.iter().filter_map(signature).collect();
        let leaf = certificates.into_iter().next().ok_or(Error::EmptyChain)?;
        let certified = CertifiedKey { chain, leaf, signed_with, key, staple: None };
        certified.check(Some(chain_file), key_file)?;
        Ok(certified)
    }

    /// Whether the key is the certificate's, and the certificate good for something.
    fn check(&self, chain_file: Option<&Path>, key_file: Option<&Path>) -> Result<(), Error> {
        let file = || chain_file.map(Path::to_owned);
        let public = self.leaf.public_key();
        if let KeyKind::Other(_) = public.kind() {
            return Err(Error::UnsupportedKey { file: file(), kind: public.kind().clone() });
        }
        let decrypts = matches!(public.kind(), KeyKind::Rsa { .. }) && self.leaf.allows(KeyUse::Decryption);
        if !self.leaf.allows(KeyUse::Signature) && !decrypts {
            return Err(Error::UnusableKey { file: file() });
        }
        if public.bits() != self.key.public_bits() {
            return Err(Error::WrongKey { file: file(), key: key_file.map(Path::to_owned) });
        }
        Ok(())
    }
}

fn check_len(len: usize, file: Option<&Path>) -> Result<(), Error> {
    if len > CHAIN_LEN_MAX {
        return Err(Error::LongChain { file: file.map(Path::to_owned) });
    }
    Ok(())
}

/// How a certificate is signed, if not by itself.
fn signature(certificate: &Certificate) -> Option<SignedWith> {
    (!certificate.is_self_issued()).then(|| certificate.signed_with())
}

impl fmt::Debug for CertifiedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertifiedKey").field("names", &self.names()).finish_non_exhaustive()
    }
}

/// Certificates of one chain.
pub const CHAIN_LEN_MAX: usize = 10;
