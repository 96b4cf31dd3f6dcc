//! What a server chooses in the same way whatever the version: the version itself, the group, the protocol above.

use tlswire::{Group, ProtocolVersion, Suite};

use crate::conf::ServerConf;
use crate::error::Error;
use crate::msg::hello::ClientHello;
use crate::record_len::{RecordLens, record_size_limit};
use crate::sec::dh::{FIELDS, Field};

/// The best of `ours` (the best first) that the client speaks. If it lists versions, the list counts alone (RFC 8446
/// §4.2.1); otherwise it speaks everything up to the version of its hello (RFC 5246 §E.1), but not what must be listed.
///
/// # Errors
/// [`Error::IncompatibleVersion`]; [`Error::InappropriateFallback`] if the client says that it has been lowered and we
/// could do better (RFC 7507 §3).
pub(super) fn version(hello: &ClientHello, ours: &[ProtocolVersion]) -> Result<ProtocolVersion, Error> {
    // Numbers beyond the family are grease, or another protocol: nobody's best version.
    let is_tls = |version: &ProtocolVersion| FAMILY.contains(&version.0);
    let best = match hello.versions() {
        Some(listed) => listed.iter().copied().filter(is_tls).max(),
        None => Some(hello.version).filter(is_tls).map(|version| version.min(ProtocolVersion::TLS12)),
    };
    let best = best.ok_or(Error::IncompatibleVersion(hello.version))?;
    let is_lowered = hello.suites.contains(&Suite::TLS_FALLBACK_SCSV);
    if is_lowered && ours.first().is_some_and(|our_best| best < *our_best) {
        return Err(Error::InappropriateFallback);
    }
    let speaks = |version: &ProtocolVersion| match hello.versions() {
        Some(listed) => listed.contains(version),
        None => *version <= best,
    };
    ours.iter().copied().find(speaks).ok_or(Error::IncompatibleVersion(best))
}

/// The first of our groups that the client has and that is one of `known`, since not every version knows all; the client's order
/// does not count. A client that lists none has none.
pub(super) fn group(hello: &ClientHello, conf: &ServerConf, known: &[Group]) -> Option<Group> {
    let theirs = hello.groups()?;
    conf.groups.iter().copied().find(|group| theirs.contains(group) && known.contains(group))
}

/// The finite field for a client: of those that it lists one of ours, or our first if it lists none, having been there before
/// such lists were (RFC 7919 §4).
pub(super) fn field(hello: &ClientHello) -> Option<&'static Field> {
    let listed: Vec<Group> = hello.groups().unwrap_or_default().to_vec();
    if !listed.iter().any(|group| FINITE_FIELDS.contains(&group.0)) {
        return FIELDS.first();
    }
    FIELDS.iter().find(|field| listed.contains(&field.group))
}

/// The first of our protocols that the client has (RFC 7301 §3.2). If either names none, there is none.
///
/// # Errors
/// [`Error::NoCommonProtocol`]: a client of another protocol must not be taken for one of ours.
pub(super) fn protocol<'a>(hello: &ClientHello, conf: &'a ServerConf) -> Result<Option<&'a str>, Error> {
    let Some(theirs) = hello.protocols() else { return Ok(None) };
    if conf.alpn.is_empty() {
        return Ok(None);
    }
    let has = |protocol: &&String| theirs.iter().any(|theirs| theirs == protocol.as_bytes());
    conf.alpn.iter().find(has).map(|protocol| Some(protocol.as_str())).ok_or(Error::NoCommonProtocol)
}

/// How long records may be: what RFC 8449 has for it before what RFC 6066 has (RFC 8449 §5).
pub(super) fn record_lens(hello: &ClientHello, conf: &ServerConf, version: ProtocolVersion) -> RecordLens {
    match (hello.record_size_limit(), hello.max_fragment()) {
        (Some(theirs), _) => {
            RecordLens::limits(theirs, record_size_limit(conf.record_len_max, version), version)
        }
        (None, Some(len)) => RecordLens::Fragment(len),
        (None, None) => RecordLens::Usual,
    }
}

/// Numbers that finite fields may have (RFC 7919 §2).
const FINITE_FIELDS: std::ops::RangeInclusive<u16> = 0x0100..=0x01ff;
/// Numbers that versions of SSL 3.0 and TLS may have.
const FAMILY: std::ops::RangeInclusive<u16> = 0x0300..=0x03ff;

#[cfg(test)]
mod tests;
