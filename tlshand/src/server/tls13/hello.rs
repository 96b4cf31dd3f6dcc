//! The first ClientHello: what it must be like, and whether it is enough to go on.

use tlswire::ProtocolVersion;

use crate::conf::ServerConf;
use crate::effects::Effects;
use crate::error::Error;
use crate::msg::Message;
use crate::msg::ext::{
    ClientExtension, KEY_SHARE, PSK_KEY_EXCHANGE_MODES, SIGNATURE_ALGORITHMS, SUPPORTED_GROUPS,
};
use crate::msg::hello::{ClientHello, NULL_COMPRESSION};
use crate::sec::random::Random;
use crate::sec::tls13::transcript::Transcript;
use crate::server::certs::ranks;
use crate::server::hello::ExpectClientHello;
use crate::server::sni::ServerName;
use crate::server::tls13::choose::{Choice, choose, share};
use crate::server::tls13::{State, flight, retry};

/// What a server goes on with after a hello.
#[derive(Debug)]
pub(super) struct Begun<'a> {
    pub(super) conf: &'a ServerConf,
    pub(super) random: Random,
    pub(super) choice: Choice,
    pub(super) server_name: Option<ServerName>,
    /// What went before the ClientHello that counts.
    pub(super) transcript: Transcript,
}

/// Chooses, and answers; or asks for another hello if this one lacks the share that we want. `message` is the one that `hello`
/// was parsed from.
pub(in crate::server) fn begin<'a>(
    start: ExpectClientHello<'a>,
    message: &Message,
    hello: &ClientHello,
    server_name: Option<ServerName>,
    effects: &mut Effects,
) -> Result<State<'a>, Error> {
    let ExpectClientHello { conf, tls13_suites, random, .. } = start;
    check(hello)?;
    let ranks = if conf.psks.is_empty() { ranks(conf, server_name.as_ref())? } else { Vec::new() };
    let choice = choose(hello, conf, &tls13_suites, &ranks)?;
    effects.trace(format_args!("  cipher {:x}, group {:x}", choice.suite.suite.0, choice.group.0));
    if hello.extensions.contains(&ClientExtension::EarlyData) {
        // We gave no ticket that allows it, but whoever was at this address before us may have (RFC 8446 §4.2.10).
        effects.skip_early(EARLY_LEN_MAX);
    }
    let transcript = Transcript::new(choice.suite.hash, &[]);
    let begun = Begun { conf, random, choice, server_name, transcript };
    match share(hello, begun.choice.group) {
        Some(share) => flight::begin(begun, message, hello, share, effects),
        None => retry::begin(begun, message, hello, effects),
    }
}

/// Looks for what no hello may be like that asks for TLS 1.3.
///
/// # Errors
/// [`Error::IncompatibleVersion`], [`Error::BadHello`], [`Error::MissingExtension`], [`Error::BadKeyShare`].
pub(super) fn check(hello: &ClientHello) -> Result<(), Error> {
    // RFC 8446 §D.5: whatever it lists, nobody says so who speaks it.
    if hello.version <= ProtocolVersion::SSL3 {
        return Err(Error::IncompatibleVersion(hello.version));
    }
    // RFC 8446 §4.1.2.
    if hello.compressions != [NULL_COMPRESSION] {
        return Err(Error::BadHello("compression"));
    }
    // RFC 8446 §9.2, and §4.2.9 for the modes.
    let missing = match (hello.groups(), hello.key_shares()) {
        (None, Some(_)) => Some(SUPPORTED_GROUPS),
        (Some(_), None) => Some(KEY_SHARE),
        (None, None) if hello.psks().is_none() => Some(SUPPORTED_GROUPS),
        _ if hello.psks().is_none() && hello.schemes().is_none() => Some(SIGNATURE_ALGORITHMS),
        _ if hello.psks().is_some() && hello.psk_modes().is_none() => Some(PSK_KEY_EXCHANGE_MODES),
        _ => None,
    };
    if let Some(typ) = missing {
        return Err(Error::MissingExtension(typ));
    }
    // RFC 8446 §4.2.8.
    let groups = hello.groups().unwrap_or_default();
    if hello.key_shares().unwrap_or_default().iter().any(|share| !groups.contains(&share.group)) {
        return Err(Error::BadKeyShare("of a group that is not offered"));
    }
    if hello.extensions.contains(&ClientExtension::EarlyData) && hello.psks().is_none() {
        // RFC 8446 §4.2.10: early data goes with a secret.
        return Err(Error::BadHello("early data without a secret"));
    }
    Ok(())
}

/// How much early data is passed over, in bytes of records: four times what servers commonly allow.
const EARLY_LEN_MAX: usize = 64 * 1024;
