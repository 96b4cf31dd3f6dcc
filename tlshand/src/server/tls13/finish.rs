//! The client's Finished, and the end.

use crate::effects::Effects;
use crate::error::Error;
use crate::msg::finished::Finished;
use crate::msg::tls13::ticket::NewSessionTicket;
use crate::msg::{Body as _, Message};
use crate::outcome::Outcome;
use crate::sec::finished::check;
use crate::sec::tls13::schedule::{MasterSecret, TrafficSecret};
use crate::sec::tls13::transcript::Transcript;
use crate::server::tickets::{Kept, Promise};
use crate::server::tls13::State;
use crate::suites::PrfHash;

/// Our flight is out; the client has to prove that it saw what we saw.
#[derive(Debug)]
pub(in crate::server) struct ExpectFinished<'a> {
    pub(super) hash: PrfHash,
    pub(super) transcript: Transcript,
    pub(super) client_secret: TrafficSecret,
    pub(super) master_secret: MasterSecret,
    /// The tickets that the client gets at the end.
    pub(super) promises: Vec<Promise<'a>>,
    pub(super) outcome: Outcome,
    /// The subject of the client's certificate, for people.
    pub(super) peer: Option<String>,
}

impl<'a> ExpectFinished<'a> {
    /// Takes the proof, and opens the connection.
    pub(super) fn handle(mut self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        let theirs: Finished = message.parse_in(self.hash.len(), "a finished")?;
        effects.received(&theirs);
        let expected = self.client_secret.verify_data(self.transcript.hash().as_ref())?;
        check(&expected, &theirs.verify_data)?;
        effects.change_cipher_in();
        effects.trace(format_args!("tls finished"));
        effects.notes(&self.outcome);
        if let Some(peer) = &self.peer {
            effects.note("peer", peer);
        }
        effects.opened();
        self.transcript.add(message);
        self.give_tickets(effects)?;
        effects.done(self.outcome);
        Ok(State::Opened)
    }

    /// Keeps what was promised, all in one write. A client that has gone by now needs none.
    fn give_tickets(&mut self, effects: &mut Effects) -> Result<(), Error> {
        let resumption = self.master_secret.resumption(self.transcript.hash().as_ref())?;
        let mut messages = Vec::new();
        for (nonce, promise) in (0_u8..).zip(std::mem::take(&mut self.promises)) {
            let nonce = vec![nonce];
            let secret = resumption.psk(&nonce)?;
            let Some(kept) = promise.keep(&self.outcome, None, secret.bytes())? else { continue };
            let Kept { ticket, lifetime, age_add } = kept;
            // Nothing may come early on a ticket of ours: early data would have to be marked so here (RFC 8446 §4.2.10).
            let message = NewSessionTicket { lifetime, age_add, nonce, ticket, extensions: Vec::new() };
            effects.sent(&message);
            messages.extend(message.encode()?);
        }
        if !messages.is_empty() {
            effects.tell(messages);
        }
        Ok(())
    }
}
