//! The keys to the device, both Finished messages, and the end.

use crate::agreed::Agreed;
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
use crate::server::tickets::Promise;
use crate::server::tls12::{State, resume};

/// The keys are at the device; the client changes to them and proves that it has them.
#[derive(Debug)]
pub(in crate::server) struct ExpectFinished<'a> {
    pub(super) master_secret: MasterSecret,
    pub(super) transcript: Transcript,
    /// How long records may be.
    pub(super) record_lens: RecordLens,
    pub(super) promise: Option<Promise<'a>>,
    pub(super) outcome: Outcome,
    /// The subject of the client's certificate, for people.
    pub(super) peer: Option<String>,
}

/// Gives the keys to the device, and waits for the client to use them. That a client's certificate is its own has been proved.
pub(super) fn arm<'a>(
    agreed: Agreed,
    transcript: Transcript,
    master_secret: MasterSecret,
    promise: Option<Promise<'a>>,
    effects: &mut Effects,
) -> Result<State<'a>, Error> {
    let Agreed { suite, client_random, server_random, .. } = &agreed;
    // A Finished that came already is not under the new keys: it may not count.
    effects.end_of_messages();
    effects.trace(format_args!("tls secrets"));
    // Before the next read: the client's change_cipher_spec comes with it and must find the keys waiting.
    let order = agreed.mac_order();
    effects.secret(secret_line(suite, Side::Server, order, &master_secret, client_random, server_random)?);
    effects.read_hand();
    let Agreed { record_lens, outcome, .. } = agreed;
    let peer = outcome.peer_subject();
    Ok(State::ExpectFinished(ExpectFinished {
        master_secret,
        transcript,
        record_lens,
        promise,
        outcome,
        peer,
    }))
}

impl<'a> ExpectFinished<'a> {
    /// Takes the client's proof, and gives ours.
    pub(super) fn handle(mut self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        let theirs: Finished = message.parse_in(verify_data_len(self.outcome.version), "a finished")?;
        effects.received(&theirs);
        let expected = verify_data(&self.master_secret, Side::Client, &self.transcript)?;
        check(&expected, &theirs.verify_data)?;
        self.transcript.add(message);

        effects.end_of_messages();
        if let Some(promise) = self.promise {
            // Before our keys change, and counted by our Finished (RFC 5077 §3.3).
            let ticket =
                resume::ticket(promise, &self.outcome, self.record_lens, &self.master_secret, effects)?;
            self.transcript.add_bytes(&ticket);
            effects.write_hand(ticket);
        }
        effects.change_cipher();
        let verify_data = verify_data(&self.master_secret, Side::Server, &self.transcript)?;
        let ours = Finished { verify_data };
        effects.sent(&ours);
        effects.write_hand(ours.encode()?);
        effects.trace(format_args!("tls finished"));
        effects.notes(&self.outcome);
        if let Some(peer) = &self.peer {
            effects.note("peer", peer);
        }
        if let RecordLens::Limits { outgoing, incoming } = self.record_lens {
            // Only now: of the handshake's records those before the keys have no limit, and those under them need none.
            effects.max_rec(outgoing, incoming);
        }
        effects.opened();
        effects.done(self.outcome);
        Ok(State::Opened)
    }
}
