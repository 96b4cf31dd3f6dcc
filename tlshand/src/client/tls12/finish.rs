//! The server's Finished, and the end.

use tlswire::ProtocolVersion;

use crate::client::tls12::State;
use crate::conf::ClientConf;
use crate::effects::Effects;
use crate::error::Error;
use crate::msg::Message;
use crate::msg::ext::ServerExtension;
use crate::msg::finished::Finished;
use crate::msg::hello::ServerHello;
use crate::msg::ticket::NewSessionTicket;
use crate::outcome::Outcome;
use crate::record_len::RecordLens;
use crate::sec::Side;
use crate::sec::finished::{check, verify_data, verify_data_len};
use crate::sec::master::MasterSecret;
use crate::sec::transcript::Transcript;
use crate::session::{Keeper, Kept, Session};

/// Our proof is out, under the new keys.
#[derive(Debug)]
pub(in crate::client) struct ExpectFinished {
    pub(super) version: ProtocolVersion,
    pub(super) master_secret: MasterSecret,
    pub(super) transcript: Transcript,
    /// How long records may be.
    pub(super) record_lens: RecordLens,
    pub(super) outcome: Outcome,
    pub(super) tickets: Tickets,
    /// The subject of the server's certificate, for people.
    pub(super) peer: String,
}

/// The ticket of this connection, for whoever wants one.
#[derive(Debug)]
pub(in crate::client) struct Tickets {
    pub(super) expect: ExpectTicket,
    keeper: Option<Keeper>,
    ticket: Option<NewSessionTicket>,
}

/// Whether a ticket is the next message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExpectTicket {
    Yes,
    No,
}

impl Tickets {
    /// For a connection of `conf` that `answer` chose; `earlier` is the session that it goes on with.
    pub(in crate::client) fn new(
        conf: &ClientConf,
        earlier: Option<&Session>,
        answer: &ServerHello,
    ) -> Tickets {
        // A server that says so gives one, perhaps an empty one (RFC 5077 §3.3).
        let is_promised = answer.extensions.contains(&ServerExtension::SessionTicket);
        let expect = if is_promised { ExpectTicket::Yes } else { ExpectTicket::No };
        Tickets { expect, keeper: Keeper::new(conf, earlier), ticket: None }
    }

    /// Takes the ticket, the next message of `transcript`, and asks for the Finished that follows.
    pub(super) fn take(
        &mut self,
        message: &Message,
        transcript: &mut Transcript,
        effects: &mut Effects,
    ) -> Result<(), Error> {
        let ticket: NewSessionTicket = message.parse("a session ticket")?;
        effects.received(&ticket);
        self.expect = ExpectTicket::No;
        self.ticket = Some(ticket);
        transcript.add(message);
        // The server's keys change.
        effects.end_of_messages();
        effects.read_hand();
        Ok(())
    }

    /// Gives the session to whoever keeps it, if there is one to come back to.
    pub(super) fn keep(
        self,
        outcome: &Outcome,
        record_lens: RecordLens,
        master_secret: &MasterSecret,
        effects: &mut Effects,
    ) {
        let (Some(keeper), Some(NewSessionTicket { ticket, lifetime_hint })) = (self.keeper, self.ticket)
        else {
            return;
        };
        let is_fit = outcome.extended_master_secret && outcome.version == ProtocolVersion::TLS12;
        if is_fit && !ticket.is_empty() {
            let (fragment, secret) = (record_lens.fragment(), master_secret.bytes());
            let session = keeper.keep(outcome, fragment, secret, ticket, lifetime_hint);
            effects.keep(Kept::Session(Box::new(session)));
        }
    }
}

impl ExpectFinished {
    /// Takes the server's proof, and opens the connection; or takes the ticket that comes before. That the proof came under
    /// the new keys is the device's to know: it refuses `opened` otherwise.
    pub(super) fn handle<'a>(mut self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        if self.tickets.expect == ExpectTicket::Yes {
            self.tickets.take(message, &mut self.transcript, effects)?;
            return Ok(State::ExpectFinished(self));
        }
        let theirs: Finished =
            message.parse_in(verify_data_len(self.version), "a Finished msg from server")?;
        effects.received(&theirs);
        let expected = verify_data(&self.master_secret, Side::Server, &self.transcript)?;
        check(&expected, &theirs.verify_data)?;

        effects.trace(format_args!("tls finished"));
        effects.notes(&self.outcome);
        if !self.peer.is_empty() {
            effects.note("peer", &self.peer);
        }
        if let RecordLens::Limits { outgoing, incoming } = self.record_lens {
            // Only now: of the handshake's records those before the keys have no limit, and those under them need none.
            effects.max_rec(outgoing, incoming);
        }
        effects.opened();
        self.tickets.keep(&self.outcome, self.record_lens, &self.master_secret, effects);
        effects.done(self.outcome);
        Ok(State::Opened)
    }
}
