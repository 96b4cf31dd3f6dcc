//! The secret that both sides have, found by its name or in a ticket, and the proof that the client has it (RFC 8446 §4.2.11).

use crate::conf::ServerConf;
use crate::error::Error;
use crate::msg::Message;
use crate::msg::ext::{PSK_DHE_KE, PskIdentity};
use crate::msg::hello::ClientHello;
use crate::outcome::Outcome;
use crate::sec::finished::check;
use crate::sec::tls13::psk::PreSharedKey;
use crate::sec::tls13::schedule::EarlySecret;
use crate::sec::tls13::transcript::Transcript;
use crate::server::tickets::{accepted, tickets};
use crate::session::{Session, Ticket};
use crate::suites::{PrfHash, Tls13Suite};

/// A secret that the client has offered and that is ours too.
#[derive(Debug)]
pub(super) struct Chosen {
    /// Its place in the offer.
    pub(super) place: u16,
    pub(super) source: Source,
    /// What the key schedule begins with.
    pub(super) early_secret: EarlySecret,
}

/// Where a secret comes from.
#[derive(Debug)]
pub(super) enum Source {
    /// From outside TLS, under this name.
    Name(Vec<u8>),
    /// From this session.
    Session(Box<Session>),
}

/// A hello in which secrets may be offered.
#[derive(Clone, Copy)]
pub(super) struct Offered<'h> {
    pub(super) hello: &'h ClientHello,
    /// What `hello` was parsed from.
    pub(super) message: &'h Message,
    /// What went before it.
    pub(super) transcript: &'h Transcript,
}

/// Takes the first secret of the offer that we have by its name, and verifies its binder.
///
/// # Errors
/// [`Error::UnknownIdentity`] if there is none, or no key exchange may go with it; [`Error::BadBinder`].
pub(super) fn choose(conf: &ServerConf, offered: Offered<'_>) -> Result<Chosen, Error> {
    // Their names are known to everybody, so the time that looking for one takes tells nothing.
    let find = |offered: &PskIdentity| conf.psks.iter().find(|psk| psk.identity == offered.identity);
    let (place, psk) = offered.first(find).ok_or(Error::UnknownIdentity)?;
    offered.bound(&PreSharedKey::external(psk), place, Source::Name(psk.identity.clone()))
}

/// Goes on with the session of the first ticket that is good here, if there is one: for a suite with `hash`, and for what
/// `outcome` has. Whatever is wrong with tickets, the handshake is a full one then.
///
/// # Errors
/// [`Error::BadBinder`]: who has a ticket has its secret too.
pub(super) fn resume(
    conf: &ServerConf,
    offered: Offered<'_>,
    hash: PrfHash,
    outcome: &Outcome,
) -> Result<Option<Chosen>, Error> {
    let Some(tickets) = tickets(conf) else { return Ok(None) };
    let open = |offered: &PskIdentity| {
        let Ticket { session, age, .. } = accepted(conf, tickets, &offered.identity, outcome)?;
        let is_of_hash = Tls13Suite::by_number(session.suite).is_some_and(|row| row.hash == hash);
        (is_of_hash && age.fits(offered.obfuscated_ticket_age, tickets.now_ms)).then_some(session)
    };
    let Some((place, session)) = offered.first(open) else { return Ok(None) };
    let key = PreSharedKey::of_ticket(hash, &session.secret);
    offered.bound(&key, place, Source::Session(Box::new(session))).map(Some)
}

/// Whether the client would do a key exchange besides (RFC 8446 §4.2.9): without one nothing is taken and nothing given.
pub(super) fn has_exchange(hello: &ClientHello) -> bool {
    hello.psk_modes().unwrap_or_default().contains(&PSK_DHE_KE)
}

impl Offered<'_> {
    /// The first of the secrets that `find` knows, with its place.
    fn first<T>(&self, find: impl Fn(&PskIdentity) -> Option<T>) -> Option<(usize, T)> {
        let offer = self.hello.psks().filter(|_| has_exchange(self.hello))?;
        let identities = offer.identities.iter().take(IDENTITIES_MAX).enumerate();
        identities.filter_map(|(place, offered)| Some((place, find(offered)?))).next()
    }

    /// Verifies the binder of the secret at `place`, which is `key`.
    fn bound(&self, key: &PreSharedKey, place: usize, source: Source) -> Result<Chosen, Error> {
        let offer = self.hello.psks().ok_or(Error::Internal("no offer"))?;
        let binder = offer.binders.get(place).ok_or(Error::Internal("no binder"))?;
        let early_secret = EarlySecret::with_psk(key);
        let message = self.message.bytes();
        let covered = message.get(..message.len().saturating_sub(offer.binders_len())).unwrap_or_default();
        let covered = self.transcript.hash_with(covered);
        let expected = early_secret.binder(key.origin(), covered.as_ref())?;
        check(&expected, binder).map_err(|_| Error::BadBinder)?;
        let place = u16::try_from(place).map_err(|_| Error::Internal("a place beyond all lists"))?;
        Ok(Chosen { place, source, early_secret })
    }
}

/// Secrets of an offer that are looked at: clients have as many as they were given, and each ticket costs us a decryption.
const IDENTITIES_MAX: usize = 16;
