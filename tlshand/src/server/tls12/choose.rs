//! The suite, the certificate and the signature scheme of TLS 1.2, which depend on each other.

use std::sync::Arc;

use factotum::CertifiedKey;
use tlswire::{Group, SignatureScheme};
use x509::KeyKind;

use crate::error::Error;
use crate::msg::hello::ClientHello;
use crate::server::certs::Rank;
use crate::suites::{Auth, CipherSuite};

/// What goes together.
pub(super) struct Choice {
    pub(super) suite: &'static CipherSuite,
    pub(super) key: Arc<CertifiedKey>,
    pub(super) scheme: SignatureScheme,
    /// Whether the client's server_name chose the certificate.
    pub(super) by_name: bool,
}

/// Takes the first rank with something for this client in it, and there the first of `suites` (ours, the preferred first)
/// that the client has and a certificate fits.
///
/// # Errors
/// [`Error::NoCommonSuite`]; [`Error::NoCommonScheme`] if only the signature stood in the way. A client that lists no
/// schemes would take SHA-1 alone (RFC 5246 §7.4.1.4.1), which we do not make.
pub(super) fn choose(
    hello: &ClientHello,
    suites: &[&'static CipherSuite],
    ranks: &[Rank<'_>],
) -> Result<Choice, Error> {
    let mut error = Error::NoCommonSuite;
    for rank in ranks {
        for suite in suites.iter().copied().filter(|row| hello.suites.contains(&row.suite)) {
            for key in rank.keys.iter().copied().filter(|key| fits(key, suite.auth, hello)) {
                match scheme(key, hello) {
                    Some(scheme) => {
                        return Ok(Choice { suite, key: Arc::clone(key), scheme, by_name: rank.by_name });
                    }
                    None => error = Error::NoCommonScheme,
                }
            }
        }
    }
    Err(error)
}

/// Whether the certificate is of the kind that the suite wants, and on a curve that the client has (RFC 8422 §5.3).
fn fits(key: &CertifiedKey, auth: Auth, hello: &ClientHello) -> bool {
    let has = |group| hello.groups().is_some_and(|groups| groups.contains(&group));
    match (key.certificate().public_key().kind(), auth) {
        (KeyKind::Rsa { .. }, Auth::Rsa) | (KeyKind::Ed25519, Auth::Ecdsa) => true,
        (KeyKind::P256, Auth::Ecdsa) => has(Group::SECP256R1),
        (KeyKind::P384, Auth::Ecdsa) => has(Group::SECP384R1),
        _ => false,
    }
}

/// The first scheme of the key's that the client verifies: PSS before the older form.
fn scheme(key: &CertifiedKey, hello: &ClientHello) -> Option<SignatureScheme> {
    let theirs = hello.schemes()?;
    key.key().schemes().iter().copied().find(|scheme| theirs.contains(scheme))
}

#[cfg(test)]
mod tests;
