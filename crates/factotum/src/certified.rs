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
        CertifiedKey::of_files(chain, key.into(), None, None)
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

    /// As [`CertifiedKey::new`], with the files that errors name.
    pub(crate) fn of_files(
        chain: Vec<CertificateDer<'static>>,
        key: Key,
        chain_file: Option<&Path>,
        key_file: Option<&Path>,
    ) -> Result<CertifiedKey, Error> {
        let first = chain.first().ok_or(Error::EmptyChain)?;
        let file = || chain_file.map(Path::to_owned);
        if chain.len() > CHAIN_LEN_MAX {
            return Err(Error::LongChain { file: file() });
        }
        let leaf =
            Certificate::from_der(first).map_err(|source| Error::Certificate { file: file(), source })?;
        let public = leaf.public_key();
        if let KeyKind::Other(_) = public.kind() {
            return Err(Error::UnsupportedKey { file: file(), kind: public.kind().clone() });
        }
        let decrypts = matches!(public.kind(), KeyKind::Rsa { .. }) && leaf.allows(KeyUse::Decryption);
        if !leaf.allows(KeyUse::Signature) && !decrypts {
            return Err(Error::UnusableKey { file: file() });
        }
        if public.bits() != key.public_bits() {
            return Err(Error::WrongKey { file: file(), key: key_file.map(Path::to_owned) });
        }
        // What is no certificate is for nobody to verify.
        let of =
            |der| Certificate::from_der(der).map_or(Some(SignedWith::Other), |issuer| signature(&issuer));
        let issuers = chain.iter().skip(1).filter_map(|der| of(der));
        let signed_with = signature(&leaf).into_iter().chain(issuers).collect();
        Ok(CertifiedKey { chain, leaf, signed_with, key, staple: None })
    }
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
