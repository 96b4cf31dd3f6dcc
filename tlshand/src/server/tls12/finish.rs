//! The keys to the device, both Finished messages, and the end.

use x509::Certificate as Leaf;

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
use crate::server::tls12::State;

/// The keys are at the device; the client changes to them and proves that it has them.
#[derive(Debug)]
pub(in crate::server) struct ExpectFinished {
    pub(super) master_secret: MasterSecret,
    pub(super) transcript: Transcript,
    /// How long records may be.
    pub(super) record_lens: RecordLens,
    pub(super) outcome: Outcome,
    /// The subject of the client's certificate, for people.
    pub(super) peer: Option<String>,
}

/// Gives the keys to the device, and waits for the client to use them. `leaf` is the certificate that the client has proved to
/// be its own.
pub(super) fn arm<'a>(
    agreed: Agreed,
    transcript: Transcript,
    master_secret: MasterSecret,
    leaf: Option<&Leaf>,
    effects: &mut Effects,
) -> Result<State<'a>, Error> {
    let Agreed { suite, client_random, server_random, .. } = &agreed;
    // A Finished that came already is not under the new keys: it may not count.
    effects.end_of_messages();
    effects.trace("tls secrets".to_owned());
    // Before the next read: the client's change_cipher_spec comes with it and must find the keys waiting.
    let order = agreed.mac_order();
    effects.secret(secret_line(suite, Side::Server, order, &master_secret, client_random, server_random)?);
    effects.read_hand();
    let peer = leaf.map(Leaf::subject_text).filter(|subject| !subject.is_empty());
    let Agreed { record_lens, outcome, .. } = agreed;
    Ok(State::ExpectFinished(ExpectFinished { master_secret, transcript, record_lens, outcome, peer }))
}

impl ExpectFinished {
    /// Takes the client's proof, and gives ours.
    pub(super) fn handle<'a>(mut self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        let theirs: Finished = message.parse_in(verify_data_len(self.outcome.version), "a finished")?;
        effects.received(&theirs);
        let expected = verify_data(&self.master_secret, Side::Client, &self.transcript)?;
        check(&expected, &theirs.verify_data)?;
        self.transcript.add(message);

        effects.end_of_messages();
        effects.change_cipher();
        let verify_data = verify_data(&self.master_secret, Side::Server, &self.transcript)?;
        let ours = Finished { verify_data };
        effects.sent(&ours);
        effects.write_hand(ours.encode()?);
        effects.trace("tls finished".to_owned());
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
