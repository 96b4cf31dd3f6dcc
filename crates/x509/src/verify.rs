//! A server's chain against trusted roots and the name that was asked for, and a client's against roots alone.
//!
//! Path building, signatures, validity, constraints and extended key usage are rustls-webpki's work (RFC 5280 §6); this
//! file chooses its arguments and names its answers. Revocation is not checked here; what a server has to say about it is
//! `ocsp`'s.

use std::time::Duration;

use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage};

use crate::cert::{Certificate, PublicKey};
use crate::error::VerifyError;
use crate::ocsp::Issuer;
use crate::roots::Roots;

/// Verifies `chain`, the server's own certificate first, for `name` at `now` (seconds since 1970). Signatures with SHA-1
/// or MD5 and RSA keys under 2048 bits are refused.
///
/// A server's certificate that is itself among `roots` is trusted as it stands, as in other programs: whoever gives the
/// server's self-signed certificate as the CA file means that; its time and name are checked.
///
/// Gives who issued the server's certificate.
///
/// # Errors
/// The first reason that was found; see [`VerifyError`].
pub fn verify_server(
    chain: &[CertificateDer<'_>],
    roots: &Roots,
    name: &ServerName<'_>,
    now: u64,
) -> Result<Issuer, VerifyError> {
    let leaf = chain.first().ok_or(VerifyError::NoCertificate)?;
    let (entity, issuer) = verified(chain, roots, now, KeyUsage::server_auth())?;
    entity.verify_is_valid_for_subject_name(name).map_err(|error| match error {
        webpki::Error::CertNotValidForName(_) => {
            VerifyError::WrongName { wanted: name.to_str().into_owned(), found: names(leaf) }
        }
        error => named(&error),
    })?;
    Ok(issuer)
}

/// Verifies `chain`, the client's own certificate first, at `now`; as [`verify_server`], but for the usage of clients and
/// without a name: whom the certificate names is for others to judge.
///
/// # Errors
/// The first reason that was found; see [`VerifyError`].
pub fn verify_client(chain: &[CertificateDer<'_>], roots: &Roots, now: u64) -> Result<(), VerifyError> {
    verified(chain, roots, now, KeyUsage::client_auth()).map(drop)
}

/// The first certificate of `chain` and who issued it, if it leads to one of `roots` or is one of them.
fn verified<'a>(
    chain: &'a [CertificateDer<'_>],
    roots: &Roots,
    now: u64,
    usage: KeyUsage,
) -> Result<(EndEntityCert<'a>, Issuer), VerifyError> {
    let (leaf, intermediates) = chain.split_first().ok_or(VerifyError::NoCertificate)?;
    let entity = EndEntityCert::try_from(leaf).map_err(|error| named(&error))?;
    if roots.certificates.iter().any(|root| root == leaf) {
        let leaf = within_validity(leaf, now)?;
        // Whoever issued it besides, if that is to be seen.
        let next = intermediates.first().and_then(|der| Certificate::from_der(der).ok());
        let issuer = next.filter(|next| leaf.names_as_issuer(next)).unwrap_or(leaf);
        return Ok((entity, Issuer::of(&issuer)));
    }
    let time = UnixTime::since_unix_epoch(Duration::from_secs(now));
    let algorithms = ALL_VERIFICATION_ALGS;
    let path = entity.verify_for_usage(algorithms, &roots.anchors, intermediates, time, usage, None, None);
    let path = path.map_err(|error| match error {
        // Made by hand as an authority of itself: what is missing is that somebody trusts it.
        webpki::Error::CaUsedAsEndEntity if is_self_issued(leaf) => VerifyError::UnknownIssuer,
        error => named(&error),
    })?;
    let key = PublicKey::from_spki(&path.issuer_spki()).map_err(|_| VerifyError::Malformed)?;
    Ok((entity, Issuer { key }))
}

/// The first names of a certificate, for people.
fn names(leaf: &CertificateDer<'_>) -> Vec<String> {
    let Ok(leaf) = Certificate::from_der(leaf) else { return Vec::new() };
    let dns = leaf.dns_names().iter().map(ToString::to_string);
    let ip = leaf.ip_addresses().iter().map(ToString::to_string);
    dns.chain(ip).take(NAMES_SHOWN).collect()
}

fn is_self_issued(leaf: &CertificateDer<'_>) -> bool {
    Certificate::from_der(leaf).is_ok_and(|leaf| leaf.is_self_issued())
}

fn within_validity(leaf: &CertificateDer<'_>, now: u64) -> Result<Certificate, VerifyError> {
    let leaf = Certificate::from_der(leaf).map_err(|_| VerifyError::Malformed)?;
    let validity = leaf.validity();
    if validity.is_over(now) {
        return Err(VerifyError::Expired { not_after: validity.not_after });
    }
    if validity.is_ahead(now) {
        return Err(VerifyError::NotYetValid { not_before: validity.not_before });
    }
    Ok(leaf)
}

/// webpki's answer in the words of this house.
fn named(error: &webpki::Error) -> VerifyError {
    use webpki::Error as W;
    match error {
        W::CertExpired { not_after, .. } => VerifyError::Expired { not_after: not_after.as_secs() },
        W::CertNotValidYet { not_before, .. } => {
            VerifyError::NotYetValid { not_before: not_before.as_secs() }
        }
        W::UnknownIssuer => VerifyError::UnknownIssuer,
        W::InvalidSignatureForPublicKey | W::SignatureAlgorithmMismatch => VerifyError::BadSignature,
        W::CaUsedAsEndEntity => VerifyError::WrongPurpose("the certificate is one of an authority"),
        W::EndEntityUsedAsCa => VerifyError::WrongPurpose("the certificate's issuer is no authority"),
        W::RequiredEkuNotFoundContext(_) | W::EmptyEkuExtension => {
            VerifyError::WrongPurpose("the certificate is for another purpose")
        }
        W::NameConstraintViolation => VerifyError::WrongPurpose("the issuer may not vouch for this name"),
        W::PathLenConstraintViolated => {
            VerifyError::WrongPurpose("the chain is longer than an issuer allows")
        }
        W::UnsupportedCriticalExtension => VerifyError::Unsupported("a critical extension is not supported"),
        W::UnsupportedCertVersion => VerifyError::Unsupported("the certificate is not of version 3"),
        W::UnsupportedSignatureAlgorithmContext(_)
        | W::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => VerifyError::Unsupported(
            "a certificate is signed with an unsupported algorithm or too small a key",
        ),
        W::MaximumNameConstraintComparisonsExceeded
        | W::MaximumPathBuildCallsExceeded
        | W::MaximumPathDepthExceeded
        | W::MaximumSignatureChecksExceeded => VerifyError::TooComplex,
        _ => VerifyError::Malformed,
    }
}

/// Names of a certificate that an error shows.
const NAMES_SHOWN: usize = 8;

#[cfg(test)]
mod tests;
