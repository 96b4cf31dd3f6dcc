//! Tickets that come after a handshake of TLS 1.3, to whoever still reads `hand` (RFC 8446 §4.6.1).
//!
//! Other messages that come there are not for us: the device answers a KeyUpdate by itself, and of the rest nothing was offered.

use std::fmt;

use crate::error::Error;
use crate::msg::inbox::Inbox;
use crate::msg::tls13::ticket::NewSessionTicket;
use crate::msg::{HandshakeType, Message};
use crate::outcome::Outcome;
use crate::sec::tls13::schedule::ResumptionSecret;
use crate::session::{Keeper, KeptSession};

/// What makes sessions of tickets.
pub struct ComingTickets {
    keeper: Keeper,
    outcome: Outcome,
    secret: ResumptionSecret,
    inbox: Inbox,
    taken_count: usize,
}

impl ComingTickets {
    pub(crate) fn new(keeper: Keeper, outcome: Outcome, secret: ResumptionSecret) -> ComingTickets {
        ComingTickets { keeper, outcome, secret, inbox: Inbox::default(), taken_count: 0 }
    }

    /// Takes what a read of `hand` brought at `now_ms`, in milliseconds since 1970, and gives the sessions that came with it, in
    /// their order. After [`TICKETS_MAX`] no more are taken.
    ///
    /// # Errors
    /// What came is no message, or a ticket that is none. Nothing that follows can be read then; the connection goes on.
    pub fn recv(&mut self, bytes: &[u8], now_ms: u64) -> Result<Vec<KeptSession>, Error> {
        self.inbox.recv(bytes);
        let mut sessions = Vec::new();
        while let Some(message) = self.inbox.next()? {
            if message.typ() == HandshakeType::NEW_SESSION_TICKET && self.taken_count < TICKETS_MAX {
                self.taken_count += 1;
                sessions.push(self.ticket(&message, now_ms)?);
            }
        }
        Ok(sessions)
    }

    fn ticket(&self, message: &Message, now_ms: u64) -> Result<KeptSession, Error> {
        let NewSessionTicket { lifetime, age_add, nonce, ticket, .. } = message.parse("a session ticket")?;
        let secret = self.secret.psk(&nonce)?;
        let mut session = self.keeper.keep(&self.outcome, None, secret.bytes(), ticket, lifetime);
        session.age_add = age_add;
        session.received_ms = now_ms;
        Ok(session)
    }
}

impl fmt::Debug for ComingTickets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ComingTickets(..)")
    }
}

/// Tickets that are taken from one connection; servers send one to four.
const TICKETS_MAX: usize = 16;
