//! The suite, what proves who we are, and the signature scheme, which depend on each other.

use std::sync::Arc;

use factotum::CertifiedKey;
use tlswire::{Group, ProtocolVersion, SignatureScheme};
use x509::KeyKind;

use crate::allow::{Compat, Old};
use crate::conf::ServerConf;
use crate::error::Error;
use crate::msg::hello::ClientHello;
use crate::sec::kx::GROUPS;
use crate::server::certs::Rank;
use crate::server::choose as common;
use crate::suites::{Auth, CipherSuite, Kx};

/// What goes together.
pub(super) struct Choice {
    pub(super) suite: &'static CipherSuite,
    /// The certificate to show, and the scheme to sign with where something is signed; none with a shared secret.
    pub(super) proof: Option<Proof>,
    /// Whether the client's server_name chose the certificate.
    pub(super) by_name: bool,
    /// Whether an authority that it believes did.
    pub(super) by_authority: bool,
}

/// What proves who we are.
pub(super) struct Proof {
    pub(super) key: Arc<CertifiedKey>,
    /// None where the proof is that we can decrypt.
    pub(super) scheme: Option<SignatureScheme>,
}

/// Takes the first rank with something for this client in it, and there the first of `suites` (ours, the preferred first)
/// that the client has, that is for `version` and that a certificate fits. With shared secrets there are no ranks.
///
/// # Errors
/// [`Error::NoCommonSuite`]; [`Error::NoCommonScheme`] if only the signature stood in the way.
pub(super) fn choose(
    hello: &ClientHello,
    version: ProtocolVersion,
    conf: &ServerConf,
    suites: &[&'static CipherSuite],
    ranks: &[Rank<'_>],
) -> Result<Choice, Error> {
    let is_common = |row: &&&CipherSuite| {
        hello.suites.contains(&row.suite) && row.is_for(version) && has_group(row.kx, hello, conf)
    };
    let common: Vec<&'static CipherSuite> = suites.iter().filter(is_common).copied().collect();
    if let Some(suite) = common.iter().find(|row| row.auth == Auth::Psk) {
        return Ok(Choice { suite, proof: None, by_name: false, by_authority: false });
    }
    let mut error = Error::NoCommonSuite;
    for rank in ranks {
        for suite in &common {
            for key in rank.keys.iter().copied().filter(|key| fits(key, suite, hello)) {
                let scheme = match suite.kx.is_signed() {
                    true => match scheme(key, hello, version, conf) {
                        Some(scheme) => Some(scheme),
                        None => {
                            error = Error::NoCommonScheme;
                            continue;
                        }
                    },
                    false => None,
                };
                let proof = Some(Proof { key: Arc::clone(key), scheme });
                let Rank { by_name, by_authority, .. } = *rank;
                return Ok(Choice { suite, proof, by_name, by_authority });
            }
        }
    }
    Err(error)
}

/// Whether both have a group for the exchange, where it needs one.
fn has_group(kx: Kx, hello: &ClientHello, conf: &ServerConf) -> bool {
    match kx {
        Kx::Ecdhe | Kx::EcdhePsk => common::group(hello, conf, &GROUPS).is_some(),
        Kx::Dhe => common::field(hello).is_some(),
        Kx::Rsa | Kx::Psk => true,
    }
}

/// Whether the certificate is of the kind that the suite wants, for what its key does there (RFC 5246 §7.4.2), and on a curve that
/// the client has (RFC 8422 §5.3).
fn fits(key: &CertifiedKey, suite: &CipherSuite, hello: &ClientHello) -> bool {
    if !key.certificate().allows(suite.kx.key_use()) {
        return false;
    }
    let has = |group| hello.groups().is_some_and(|groups| groups.contains(&group));
    match (key.certificate().public_key().kind(), suite.auth) {
        (KeyKind::Rsa { .. }, Auth::Rsa) | (KeyKind::Ed25519, Auth::Ecdsa) => true,
        (KeyKind::P256, Auth::Ecdsa) => has(Group::SECP256R1),
        (KeyKind::P384, Auth::Ecdsa) => has(Group::SECP384R1),
        _ => false,
    }
}

/// The first scheme of the key's that the client verifies: PSS before the older form, SHA-1 last and only if it is allowed. A
/// client that lists none would take SHA-1 alone (RFC 5246 §7.4.1.4.1). Before TLS 1.2 there is one and no list.
fn scheme(
    key: &CertifiedKey,
    hello: &ClientHello,
    version: ProtocolVersion,
    conf: &ServerConf,
) -> Option<SignatureScheme> {
    let key = key.key();
    if version < ProtocolVersion::TLS12 {
        return key.old_schemes().iter().copied().find(|old| *old == SignatureScheme::RSA_PKCS1_MD5_SHA1);
    }
    if conf.compat == Compat::NineFront {
        // Whatever the client lists.
        return key.schemes().iter().copied().find(|scheme| *scheme == SignatureScheme::RSA_PKCS1_SHA256);
    }
    let sha1 = [SignatureScheme::RSA_PKCS1_SHA1];
    let theirs = hello.schemes().unwrap_or(&sha1);
    let old = key.old_schemes().iter().filter(|old| conf.allow.has(Old::Sha1) && sha1.contains(old));
    key.schemes().iter().chain(old).copied().find(|scheme| theirs.contains(scheme))
}

#[cfg(test)]
mod tests;
