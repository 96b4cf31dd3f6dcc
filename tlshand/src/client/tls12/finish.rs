//! The server's Finished, and the end.

use tlswire::ProtocolVersion;

use crate::client::tls12::State;
use crate::effects::Effects;
use crate::error::Error;
use crate::msg::Message;
use crate::msg::finished::Finished;
use crate::outcome::Outcome;
use crate::record_len::RecordLens;
use crate::sec::Side;
use crate::sec::finished::{check, verify_data, verify_data_len};
use crate::sec::master::MasterSecret;
use crate::sec::transcript::Transcript;

/// Our proof is out, under the new keys.
#[derive(Debug)]
pub(in crate::client) struct ExpectFinished {
    pub(super) version: ProtocolVersion,
    pub(super) master_secret: MasterSecret,
    pub(super) transcript: Transcript,
    /// How long records may be.
    pub(super) record_lens: RecordLens,
    pub(super) outcome: Outcome,
    /// The subject of the server's certificate, for people.
    pub(super) peer: String,
}

impl ExpectFinished {
    /// Takes the server's proof, and opens the connection. That it came under the new keys is the device's to know: it
    /// refuses `opened` otherwise.
    pub(super) fn handle<'a>(self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        let theirs: Finished =
            message.parse_in(verify_data_len(self.version), "a Finished msg from server")?;
        effects.received(&theirs);
        let expected = verify_data(&self.master_secret, Side::Server, &self.transcript)?;
        check(&expected, &theirs.verify_data)?;

        effects.trace("tls finished".to_owned());
        effects.notes(&self.outcome);
        if !self.peer.is_empty() {
            effects.note("peer", &self.peer);
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
