//! A session as a client keeps it: with the server's ticket, and with what has to be the same when it comes back.
//!
//! A ticket of TLS 1.3 is for one connection: who sees it twice knows that it is the same client (RFC 8446 §C.4). That it is
//! taken from where it is kept before it is shown is the caller's business.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use tlswire::ProtocolVersion;
use tlswire::codec::{CodecError, Reader, Writer};
use zeroize::Zeroizing;

use crate::allow::Compat;
use crate::client::ComingTickets;
use crate::conf::{ClientConf, Ocsp};
use crate::outcome::Outcome;
use crate::record_len::MaxFragment;
use crate::session::{FIXED_LEN_MAX, SESSION_LEN_MAX, Session};
use crate::trust;

/// A session, and the word by which the server knows it.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptSession {
    pub(crate) session: Session,
    pub(crate) ticket: Vec<u8>,
    /// When the ticket came, in milliseconds since 1970.
    pub(crate) received_ms: u64,
    /// For how many seconds after that the server takes it; 0 in TLS 1.2 if it does not say.
    pub(crate) lifetime: u32,
    /// What hides the ticket's age; 0 in TLS 1.2, which does not tell it.
    pub(crate) age_add: u32,
    pub(crate) whose: Whose,
}

/// Between whom a session is: it may be offered between these alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Whose {
    /// The name or the address that the server's certificate was to be for; empty if none was asked.
    server: String,
    /// A hash of the certificates that the client had to show; empty if it had none.
    client: Vec<u8>,
}

/// What is known of a session before its ticket comes.
#[derive(Debug)]
pub(crate) struct Keeper {
    whose: Whose,
    now_ms: u64,
    /// When the full handshake was, if that was another one; in seconds since 1970.
    established: Option<u64>,
}

/// What a client may keep of a handshake.
#[derive(Debug)]
pub enum Kept {
    /// A session of TLS 1.2.
    Session(Box<KeptSession>),
    /// Of TLS 1.3, whose tickets come later, if they do.
    Coming(Box<ComingTickets>),
}

/// What a client comes back with, if anything; that it is there at all asks the server for tickets.
#[derive(Clone, Debug)]
pub struct Sessions {
    /// A session to go on with.
    pub session: Option<Box<KeptSession>>,
    /// The time, in milliseconds since 1970.
    pub now_ms: u64,
}

impl KeptSession {
    /// Whether its ticket must not be shown a second time.
    #[must_use]
    pub fn is_for_one_connection(&self) -> bool {
        self.session.version == ProtocolVersion::TLS13
    }

    /// Whether it is of any use at `now_ms`, in milliseconds since 1970.
    #[must_use]
    pub fn is_alive(&self, now_ms: u64) -> bool {
        let lifetime_ms = u64::from(self.lifetime) * 1000;
        let is_taken = match (self.session.version, self.lifetime) {
            (ProtocolVersion::TLS12, 0) => true,
            // RFC 8446 §4.6.1: not longer, and of 0 not at all.
            _ => self.age_ms(now_ms) < lifetime_ms,
        };
        is_taken && self.session.is_alive(now_ms / 1000)
    }

    /// Whether a connection of `conf` may go on with it at `now_ms`: it is between the same two, and alive, and of a server whose
    /// certificate we would believe today as well.
    #[must_use]
    pub fn is_for(&self, conf: &ClientConf, now_ms: u64) -> bool {
        self.is_alive(now_ms)
            && self.whose == Whose::of(conf)
            && conf.allowed_versions().contains(&self.session.version)
            && trust::server(conf, &self.session.peer_chain).is_ok()
    }

    /// Whether `newer` makes it useless: a ticket that may be shown often is as good as the last one of its kind.
    #[must_use]
    pub fn is_followed_by(&self, newer: &KeptSession) -> bool {
        let is_one = |session: &KeptSession| session.is_for_one_connection();
        self.whose == newer.whose && !is_one(self) && !is_one(newer)
    }

    /// Its bytes, as secret as the session.
    #[must_use]
    pub fn to_bytes(&self) -> Option<Zeroizing<Vec<u8>>> {
        let session = self.session.to_bytes()?;
        let mut to = Writer::from(Vec::with_capacity(SESSION_LEN_MAX + self.ticket.len() + FIXED_LEN_MAX));
        let written = self.write(&mut to);
        to.bytes(&session);
        let bytes = Zeroizing::new(to.into_vec());
        written.is_ok().then_some(bytes)
    }

    /// Reads what [`KeptSession::to_bytes`] made.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<KeptSession> {
        let mut from = Reader::new(bytes);
        KeptSession::read(&mut from).ok()?
    }

    /// How long ago the ticket came.
    fn age_ms(&self, now_ms: u64) -> u64 {
        now_ms.saturating_sub(self.received_ms)
    }

    /// What says so to the server and to nobody else (RFC 8446 §4.2.11.1).
    pub(crate) fn obfuscated_age(&self, now_ms: u64) -> u32 {
        u32::try_from(self.age_ms(now_ms)).unwrap_or(u32::MAX).wrapping_add(self.age_add)
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        to.u64(self.received_ms);
        to.u32(self.lifetime);
        to.u32(self.age_add);
        to.opaque_u8(self.whose.server.as_bytes())?;
        to.opaque_u8(&self.whose.client)?;
        to.opaque_u16(&self.ticket)
    }

    fn read(from: &mut Reader<'_>) -> Result<Option<KeptSession>, CodecError> {
        let (received_ms, lifetime, age_add) = (from.u64()?, from.u32()?, from.u32()?);
        let (server, client) = (from.opaque_u8()?, from.opaque_u8()?.to_vec());
        let ticket = from.opaque_u16()?.to_vec();
        let (Ok(server), Some(session)) = (str::from_utf8(server), Session::from_bytes(from.rest())) else {
            return Ok(None);
        };
        let whose = Whose { server: server.to_owned(), client };
        Ok(Some(KeptSession { session, ticket, received_ms, lifetime, age_add, whose }))
    }
}

impl Whose {
    /// Those between whom `conf` makes a connection.
    pub(crate) fn of(conf: &ClientConf) -> Whose {
        let server = conf.server_name.as_ref().map(|name| name.to_str().into_owned());
        let hashes: Vec<u8> = conf.certs.iter().flat_map(|cert| cert.certificate().sha256()).collect();
        let client = match hashes.is_empty() {
            true => Vec::new(),
            false => digest(&SHA256, &hashes).as_ref().to_vec(),
        };
        Whose { server: server.unwrap_or_default(), client }
    }
}

impl Keeper {
    /// For a connection of `conf`, if it wants to keep anything; `earlier` is the session that it goes on with.
    pub(crate) fn new(conf: &ClientConf, earlier: Option<&Session>) -> Option<Keeper> {
        let sessions = wanted(conf)?;
        let established = earlier.map(|session| session.established);
        Some(Keeper { whose: Whose::of(conf), now_ms: sessions.now_ms, established })
    }

    /// The session of what `outcome` says and `secret` protects, with its ticket.
    pub(crate) fn keep(
        &self,
        outcome: &Outcome,
        max_fragment: Option<MaxFragment>,
        secret: &[u8],
        ticket: Vec<u8>,
        lifetime: u32,
    ) -> KeptSession {
        let session = Session {
            version: outcome.version,
            suite: outcome.suite,
            secret: Zeroizing::new(secret.to_vec()),
            established: self.established.unwrap_or(self.now_ms / 1000),
            server_name: outcome.server_name.clone(),
            alpn: outcome.alpn.clone(),
            encrypt_then_mac: outcome.encrypt_then_mac,
            max_fragment,
            peer_chain: outcome.peer_chain.clone(),
        };
        let whose = self.whose.clone();
        KeptSession { session, ticket, received_ms: self.now_ms, lifetime, age_add: 0, whose }
    }
}

/// What `conf` wants to keep and has kept. Who shares a secret with the server proves that each time, who wants to hear that a
/// certificate is still good hears it in full handshakes alone, and 9front knows no tickets.
pub(crate) fn wanted(conf: &ClientConf) -> Option<&Sessions> {
    let is_fit = conf.psk.is_none() && conf.ocsp != Ocsp::Require && conf.compat == Compat::House;
    conf.sessions.as_ref().filter(|_| is_fit)
}

impl Sessions {
    /// The session that `conf` may offer.
    pub(crate) fn offered(conf: &ClientConf) -> Option<&KeptSession> {
        let sessions = wanted(conf)?;
        let kept = sessions.session.as_deref()?;
        kept.is_for(conf, sessions.now_ms).then_some(kept)
    }
}

impl fmt::Debug for KeptSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeptSession({:?}, received {}, ..)", self.session, self.received_ms)
    }
}
