//! The suite, the group, and what proves who we are: in TLS 1.3 three choices that do not depend on each other.

use std::sync::Arc;

use factotum::CertifiedKey;
use tlswire::{Group, SignatureScheme};
use x509::{Hash, KeyUse, SignedWith};

use crate::conf::ServerConf;
use crate::error::Error;
use crate::msg::ext::KeyShare;
use crate::msg::hello::ClientHello;
use crate::sec::share::{GROUPS, is_hybrid};
use crate::sec::verify::TLS13_SCHEMES;
use crate::server::certs::Rank;
use crate::server::choose as common;
use crate::suites::{PrfHash, Tls13Suite};

/// What was chosen.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) suite: &'static Tls13Suite,
    pub(super) group: Group,
    /// None with a secret that both have.
    pub(super) proof: Option<Proof>,
}

/// What proves who we are.
#[derive(Debug)]
pub(super) struct Proof {
    pub(super) key: Arc<CertifiedKey>,
    pub(super) scheme: SignatureScheme,
    /// Whether the client's server_name chose the certificate.
    pub(super) by_name: bool,
}

/// Takes the first of `suites` (ours, the preferred first) that the client has, a group, and from the first rank with something
/// for this client in it the first certificate that it can verify. With shared secrets there are no ranks.
///
/// # Errors
/// [`Error::NoCommonSuite`], [`Error::NoCommonGroup`], [`Error::NoCommonScheme`].
pub(super) fn choose(
    hello: &ClientHello,
    conf: &ServerConf,
    suites: &[&'static Tls13Suite],
    ranks: &[Rank<'_>],
) -> Result<Choice, Error> {
    let has_psk = !conf.psks.is_empty();
    let is_common = |row: &&&'static Tls13Suite| {
        // A secret from outside goes with one hash (RFC 8446 §4.2.11).
        hello.suites.contains(&row.suite) && (!has_psk || row.hash == PrfHash::Sha256)
    };
    let suite = *suites.iter().find(is_common).ok_or(Error::NoCommonSuite)?;
    let group = group(hello, conf).ok_or(Error::NoCommonGroup)?;
    let proof = if has_psk { None } else { Some(proof(hello, ranks).ok_or(Error::NoCommonScheme)?) };
    Ok(Choice { suite, group, proof })
}

/// The first of our groups that the client has. A share of another one saves a round trip, for which we change our mind: but not
/// from a group that keeps what is recorded today closed.
fn group(hello: &ClientHello, conf: &ServerConf) -> Option<Group> {
    let best = common::group(hello, conf, &GROUPS)?;
    if share(hello, best).is_some() || is_hybrid(best) {
        return Some(best);
    }
    Some(conf.groups.iter().copied().find(|group| share(hello, *group).is_some()).unwrap_or(best))
}

/// The client's share of `group`, if it is there.
pub(super) fn share(hello: &ClientHello, group: Group) -> Option<&KeyShare> {
    hello.key_shares().unwrap_or_default().iter().find(|share| share.group == group)
}

/// In each rank the first certificate whose key signs as the client can verify; those whose whole chain it can verify come
/// before the others, which it may know otherwise (RFC 8446 §4.4.2.2).
fn proof(hello: &ClientHello, ranks: &[Rank<'_>]) -> Option<Proof> {
    let theirs = hello.cert_schemes().or(hello.schemes()).unwrap_or_default();
    ranks.iter().find_map(|rank| {
        let fit = rank.keys.iter().filter_map(|key| Some((key, scheme(key, hello)?)));
        let (verifiable, others): (Vec<_>, Vec<_>) =
            fit.partition(|(key, _)| key.signed_with().iter().all(|how| is_verifiable(*how, theirs)));
        let (key, scheme) = verifiable.into_iter().chain(others).next()?;
        Some(Proof { key: Arc::clone(key), scheme, by_name: rank.by_name })
    })
}

/// Whether who verifies `theirs` verifies a certificate that is signed so.
fn is_verifiable(how: SignedWith, theirs: &[SignatureScheme]) -> bool {
    SIGNATURES.iter().any(|(known, scheme)| *known == how && theirs.contains(scheme))
}

/// The first scheme of the key's that is one of TLS 1.3 and that the client verifies; none, if the certificate allows no signatures.
fn scheme(key: &CertifiedKey, hello: &ClientHello) -> Option<SignatureScheme> {
    if !key.certificate().allows(KeyUse::Signature) {
        return None;
    }
    let theirs = hello.schemes().unwrap_or_default();
    let is_common = |scheme: &SignatureScheme| TLS13_SCHEMES.contains(scheme) && theirs.contains(scheme);
    key.key().schemes().iter().copied().find(is_common)
}

/// The schemes that stand for the signatures of certificates (RFC 8446 §4.2.3); with PSS it depends on the signer which.
const SIGNATURES: [(SignedWith, SignatureScheme); 15] = [
    (SignedWith::RsaPkcs1(Hash::Sha1), SignatureScheme::RSA_PKCS1_SHA1),
    (SignedWith::RsaPkcs1(Hash::Sha256), SignatureScheme::RSA_PKCS1_SHA256),
    (SignedWith::RsaPkcs1(Hash::Sha384), SignatureScheme::RSA_PKCS1_SHA384),
    (SignedWith::RsaPkcs1(Hash::Sha512), SignatureScheme::RSA_PKCS1_SHA512),
    (SignedWith::RsaPss(Hash::Sha256), SignatureScheme::RSA_PSS_RSAE_SHA256),
    (SignedWith::RsaPss(Hash::Sha256), SignatureScheme::RSA_PSS_PSS_SHA256),
    (SignedWith::RsaPss(Hash::Sha384), SignatureScheme::RSA_PSS_RSAE_SHA384),
    (SignedWith::RsaPss(Hash::Sha384), SignatureScheme::RSA_PSS_PSS_SHA384),
    (SignedWith::RsaPss(Hash::Sha512), SignatureScheme::RSA_PSS_RSAE_SHA512),
    (SignedWith::RsaPss(Hash::Sha512), SignatureScheme::RSA_PSS_PSS_SHA512),
    (SignedWith::Ecdsa(Hash::Sha1), SignatureScheme::ECDSA_SHA1),
    (SignedWith::Ecdsa(Hash::Sha256), SignatureScheme::ECDSA_SECP256R1_SHA256),
    (SignedWith::Ecdsa(Hash::Sha384), SignatureScheme::ECDSA_SECP384R1_SHA384),
    (SignedWith::Ecdsa(Hash::Sha512), SignatureScheme::ECDSA_SECP521R1_SHA512),
    (SignedWith::Ed25519, SignatureScheme::ED25519),
];
