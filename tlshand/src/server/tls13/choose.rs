//! The suite, the group, and what proves who we are: in TLS 1.3 three choices that do not depend on each other.

use std::sync::Arc;

use factotum::CertifiedKey;
use tlswire::{Group, SignatureScheme};

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

/// In each rank the first certificate whose key signs as the client can verify.
fn proof(hello: &ClientHello, ranks: &[Rank<'_>]) -> Option<Proof> {
    ranks.iter().find_map(|rank| {
        rank.keys.iter().find_map(|key| {
            let scheme = scheme(key, hello)?;
            Some(Proof { key: Arc::clone(key), scheme, by_name: rank.by_name })
        })
    })
}

/// The first scheme of the key's that is one of TLS 1.3 and that the client verifies.
fn scheme(key: &CertifiedKey, hello: &ClientHello) -> Option<SignatureScheme> {
    let theirs = hello.schemes().unwrap_or_default();
    let is_common = |scheme: &SignatureScheme| TLS13_SCHEMES.contains(scheme) && theirs.contains(scheme);
    key.key().schemes().iter().copied().find(is_common)
}
