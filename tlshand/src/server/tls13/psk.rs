//! The secret that both sides have, found by its name, and the proof that the client has it (RFC 8446 §4.2.11).

use crate::conf::ServerConf;
use crate::error::Error;
use crate::msg::Message;
use crate::msg::ext::PSK_DHE_KE;
use crate::msg::hello::ClientHello;
use crate::sec::finished::check;
use crate::sec::tls13::psk::PreSharedKey;
use crate::sec::tls13::schedule::EarlySecret;
use crate::sec::tls13::transcript::Transcript;

/// A secret that the client has offered and that is ours too.
#[derive(Debug)]
pub(super) struct Chosen {
    /// Its place in the offer.
    pub(super) place: u16,
    pub(super) identity: Vec<u8>,
    /// What the key schedule begins with.
    pub(super) early_secret: EarlySecret,
}

/// Takes the first secret of the offer in `hello` that we have, and verifies its binder. `transcript` is of what went before
/// `message`, which `hello` was parsed from.
///
/// # Errors
/// [`Error::UnknownIdentity`] if there is none, or no key exchange may go with it; [`Error::BadBinder`].
pub(super) fn choose(
    conf: &ServerConf,
    hello: &ClientHello,
    message: &Message,
    transcript: &Transcript,
) -> Result<Chosen, Error> {
    let modes = hello.psk_modes().unwrap_or_default();
    let offer = hello.psks().filter(|_| modes.contains(&PSK_DHE_KE)).ok_or(Error::UnknownIdentity)?;
    // Their names are known to everybody, so the time that looking for one takes tells nothing.
    let find = |identity: &[u8]| conf.psks.iter().find(|psk| psk.identity == identity);
    let found = offer
        .identities
        .iter()
        .zip(&offer.binders)
        .enumerate()
        .find_map(|(place, (offered, binder))| find(&offered.identity).map(|psk| (place, psk, binder)));
    let (place, psk, binder) = found.ok_or(Error::UnknownIdentity)?;
    let place = u16::try_from(place).map_err(|_| Error::UnknownIdentity)?;
    let key = PreSharedKey::external(psk);
    let early_secret = EarlySecret::with_psk(&key);
    let covered_len = message.bytes().len().saturating_sub(offer.binders_len());
    let covered = transcript.hash_with(message.bytes().get(..covered_len).unwrap_or_default());
    let expected = early_secret.binder(key.origin(), covered.as_ref())?;
    check(&expected, binder).map_err(|_| Error::BadBinder)?;
    Ok(Chosen { place, identity: psk.identity.clone(), early_secret })
}
