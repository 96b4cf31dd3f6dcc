//! The abbreviated handshake: the server goes on with our session, and proves first that it has the secret (RFC 5077 §3.1).

use tlswire::ProtocolVersion;

use crate::agreed::Agreed;
use crate::client::tls12::State;
use crate::client::tls12::finish::{ExpectTicket, Tickets};
use crate::conf::ClientConf;
use crate::effects::Effects;
use crate::error::Error;
use crate::msg::finished::Finished;
use crate::msg::{Body, Message};
use crate::outcome::Outcome;
use crate::record_len::RecordLens;
use crate::sec::Side;
use crate::sec::finished::{check, verify_data, verify_data_len};
use crate::sec::keyblock::secret_line;
use crate::sec::master::MasterSecret;
use crate::sec::transcript::Transcript;
use crate::session::Session;

/// The keys are at the device, for the server to change to.
#[derive(Debug)]
pub(in crate::client) struct ExpectFinished {
    master_secret: MasterSecret,
    transcript: Transcript,
    record_lens: RecordLens,
    outcome: Outcome,
    tickets: Tickets,
}

/// Goes on with `session`, as the server's hello says, the last message of `transcript`.
pub(in crate::client) fn begin<'a>(
    conf: &ClientConf,
    mut agreed: Agreed,
    session: &Session,
    transcript: Transcript,
    tickets: Tickets,
    effects: &mut Effects,
) -> Result<State<'a>, Error> {
    let master_secret = MasterSecret::resumed(agreed.prf(), &session.secret)?;
    conf.wishes().master(&mut agreed, &master_secret, effects)?;
    let order = agreed.mac_order();
    let Agreed { suite, client_random, server_random, record_lens, outcome, .. } = agreed;
    effects.trace(format_args!("tls secrets"));
    // Before the next read: the server's change_cipher_spec comes with it and must find the keys waiting.
    effects.secret(secret_line(suite, Side::Client, order, &master_secret, &client_random, &server_random)?);
    if tickets.expect == ExpectTicket::No {
        // A Finished that came already is not under the new keys: it may not count.
        effects.end_of_messages();
    }
    effects.read_hand();
    Ok(State::ExpectResumedFinished(ExpectFinished {
        master_secret,
        transcript,
        record_lens,
        outcome,
        tickets,
    }))
}

impl ExpectFinished {
    /// Takes the server's proof, gives ours, and opens the connection; or takes the ticket that comes before. That the proof
    /// came under the new keys is the device's to know: it refuses `opened` otherwise.
    pub(super) fn handle<'a>(mut self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        if self.tickets.expect == ExpectTicket::Yes {
            self.tickets.take(message, &mut self.transcript, effects)?;
            return Ok(State::ExpectResumedFinished(self));
        }
        let ExpectFinished { master_secret, mut transcript, record_lens, outcome, tickets } = self;
        let len = verify_data_len(ProtocolVersion::TLS12);
        let theirs: Finished = message.parse_in(len, "a Finished msg from server")?;
        effects.received(&theirs);
        check(&verify_data(&master_secret, Side::Server, &transcript)?, &theirs.verify_data)?;
        effects.end_of_messages();
        transcript.add(message);

        effects.change_cipher();
        let ours = Finished { verify_data: verify_data(&master_secret, Side::Client, &transcript)? };
        effects.sent(&ours);
        effects.write_hand(ours.encode()?);
        effects.trace(format_args!("tls finished"));
        effects.notes(&outcome);
        if let Some(peer) = outcome.peer_subject() {
            effects.note("peer", &peer);
        }
        if let RecordLens::Limits { outgoing, incoming } = record_lens {
            // As after a full handshake.
            effects.max_rec(outgoing, incoming);
        }
        effects.opened();
        tickets.keep(&outcome, record_lens, &master_secret, effects);
        effects.done(outcome);
        Ok(State::Opened)
    }
}
