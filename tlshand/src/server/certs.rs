//! Which certificates a name may choose from (RFC 6066 §3).
//!
//! The best are those that are for exactly this name, then those whose wildcard covers it, then the default: the first of
//! all, and after it those that share a name with it. Within each rank the key exchange chooses by what the client can
//! verify, see `tls12/choose`; which of them lead to an authority that the client believes, `authority` tells.

use std::sync::Arc;

use factotum::CertifiedKey;
use x509::Match;

use crate::conf::ServerConf;
use crate::error::Error;
use crate::msg::ext::TrustedAuthority;
use crate::server::authority::leads_to;
use crate::server::sni::ServerName;

/// Certificates of equal rank, in the order of the configuration.
pub(super) struct Rank<'a> {
    pub(super) keys: Vec<&'a Arc<CertifiedKey>>,
    /// Whether it was the name that chose them, which the client is then told.
    pub(super) by_name: bool,
    /// Whether it was an authority that the client believes, likewise.
    pub(super) by_authority: bool,
}

/// The ranks for `name`, the best one first, none of them empty.
///
/// # Errors
/// [`Error::UnknownName`] in strict mode for a name that no certificate is for. Who asks for no name gets the default even
/// then: alert 112 is not for clients that sent no name.
pub(super) fn ranks<'a>(conf: &'a ServerConf, name: Option<&ServerName>) -> Result<Vec<Rank<'a>>, Error> {
    let mut ranks = Vec::new();
    if let Some(name) = name {
        for wanted in [Match::Exact, Match::Wildcard] {
            let is_for = |key: &&Arc<CertifiedKey>| key.matches(name.as_str()) == Some(wanted);
            let keys = conf.certs.iter().filter(is_for).collect();
            ranks.push(Rank { keys, by_name: true, by_authority: false });
        }
        ranks.retain(|rank| !rank.keys.is_empty());
        if ranks.is_empty() && conf.strict_sni {
            return Err(Error::UnknownName(name.as_str().to_owned()));
        }
    }
    if let Some((first, others)) = conf.certs.split_first() {
        // Whom the first does not serve, another kind of key for the same site may.
        let same = |key: &&Arc<CertifiedKey>| key.names().iter().any(|name| first.names().contains(name));
        let same_site = others.iter().filter(same).collect();
        for keys in [vec![first], same_site] {
            ranks.push(Rank { keys, by_name: false, by_authority: false });
        }
    }
    ranks.retain(|rank| !rank.keys.is_empty());
    Ok(ranks)
}

/// The same ranks, each with those first whose chain has one of `authorities` in it (RFC 6066 §6). A certificate for the name
/// comes before one that is believed: the client believes nobody for another name.
pub(super) fn believed<'a>(ranks: Vec<Rank<'a>>, authorities: &[TrustedAuthority]) -> Vec<Rank<'a>> {
    let split = |rank: Rank<'a>| {
        let (believed, others) = rank.keys.into_iter().partition(|key| leads_to(key, authorities));
        [(believed, true), (others, false)].map(|(keys, by_authority)| Rank { keys, by_authority, ..rank })
    };
    let mut ranks: Vec<Rank<'a>> = ranks.into_iter().flat_map(split).collect();
    ranks.retain(|rank| !rank.keys.is_empty());
    ranks
}
