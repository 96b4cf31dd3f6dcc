//! Tickets, as a server of any version gives and takes them: whom it promises one, and which sessions it goes on with.

use zeroize::Zeroizing;

use crate::allow::Compat;
use crate::conf::{ClientAuth, ServerConf};
use crate::error::Error;
use crate::outcome::Outcome;
use crate::record_len::MaxFragment;
use crate::sec::random::Random;
use crate::session::{Session, Ticket, Tickets};
use crate::trust;

/// What tickets are given and taken by, if they are. Whoever shares a secret with us has to prove it every time: with Plan 9's
/// authentication it is another one for each connection.
pub(super) fn tickets(conf: &ServerConf) -> Option<&Tickets> {
    conf.tickets.as_ref().filter(|_| conf.psks.is_empty() && conf.compat == Compat::House)
}

/// That a client gets a ticket at the end, and what of it was drawn beforehand.
#[derive(Debug)]
pub(super) struct Promise<'a> {
    tickets: &'a Tickets,
    nonce: [u8; 12],
    age_add: u32,
    /// When the full handshake was, if that was another one; in seconds since 1970.
    established: Option<u64>,
}

/// A ticket, made.
pub(super) struct Kept {
    pub(super) ticket: Vec<u8>,
    /// The seconds that are left to its session.
    pub(super) lifetime: u32,
    /// What hides its age.
    pub(super) age_add: u32,
}

impl<'a> Promise<'a> {
    /// Promises a ticket for the session of this handshake, or for `earlier` if that is gone on with.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(super) fn new(
        tickets: &'a Tickets,
        earlier: Option<&Session>,
        random: &mut Random,
    ) -> Result<Promise<'a>, Error> {
        let established = earlier.map(|session| session.established);
        let age_add = u32::from_be_bytes(random.take()?);
        Ok(Promise { tickets, nonce: random.take()?, age_add, established })
    }

    /// Keeps it: a ticket for what `outcome` says and `secret` protects. There is none if no key seals just now, or if the
    /// client's chain is too long to be kept.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(super) fn keep(
        self,
        outcome: &Outcome,
        max_fragment: Option<MaxFragment>,
        secret: &[u8],
    ) -> Result<Option<Kept>, Error> {
        let Promise { tickets, nonce, age_add, established } = self;
        let now = tickets.now();
        let session = Session {
            version: outcome.version,
            suite: outcome.suite,
            secret: Zeroizing::new(secret.to_vec()),
            established: established.unwrap_or(now),
            server_name: outcome.server_name.clone(),
            alpn: outcome.alpn.clone(),
            encrypt_then_mac: outcome.encrypt_then_mac,
            max_fragment,
            peer_chain: outcome.peer_chain.clone(),
        };
        let lifetime = session.time_left(now);
        let ticket = tickets.seal(&session, age_add, nonce)?;
        Ok(ticket.map(|ticket| Kept { ticket, lifetime, age_add }))
    }
}

/// Opens a ticket, if what it is for is what the hello asks for: the same name (RFC 6066 §3) and the same protocol above, of
/// those that `outcome` has, in the same version; and if the client that it knows may come as it could with a full handshake.
pub(super) fn accepted(
    conf: &ServerConf,
    tickets: &Tickets,
    ticket: &[u8],
    outcome: &Outcome,
) -> Option<Ticket> {
    let opened = tickets.open(ticket)?;
    let session = &opened.session;
    let is_same = session.version == outcome.version
        && session.server_name == outcome.server_name
        && session.alpn == outcome.alpn;
    (is_same && may_come(conf, session)).then_some(opened)
}

/// Judges the client's certificate as of today.
fn may_come(conf: &ServerConf, session: &Session) -> bool {
    match (&conf.client_auth, session.peer_chain.is_empty()) {
        (ClientAuth::Never | ClientAuth::Request(_), true) => true,
        // What was shown for another purpose proves nothing here.
        (ClientAuth::Never, false) | (ClientAuth::Require(_), true) => false,
        (ClientAuth::Request(trust) | ClientAuth::Require(trust), false) => {
            trust::client(trust, &session.peer_chain).is_ok()
        }
    }
}
