//! The client's Finished, and the end.

use crate::effects::Effects;
use crate::error::Error;
use crate::msg::Message;
use crate::msg::finished::Finished;
use crate::outcome::Outcome;
use crate::sec::finished::check;
use crate::sec::tls13::schedule::TrafficSecret;
use crate::sec::tls13::transcript::Transcript;
use crate::server::tls13::State;
use crate::suites::PrfHash;

/// Our flight is out; the client has to prove that it saw what we saw.
#[derive(Debug)]
pub(in crate::server) struct ExpectFinished {
    pub(super) hash: PrfHash,
    pub(super) transcript: Transcript,
    pub(super) client_secret: TrafficSecret,
    pub(super) outcome: Outcome,
    /// The subject of the client's certificate, for people.
    pub(super) peer: Option<String>,
}

impl ExpectFinished {
    /// Takes the proof, and opens the connection.
    pub(super) fn handle<'a>(self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        let theirs: Finished = message.parse_in(self.hash.len(), "a finished")?;
        effects.received(&theirs);
        let expected = self.client_secret.verify_data(self.transcript.hash().as_ref())?;
        check(&expected, &theirs.verify_data)?;
        effects.change_cipher_in();
        effects.trace("tls finished".to_owned());
        effects.notes(&self.outcome);
        if let Some(peer) = &self.peer {
            effects.note("peer", peer);
        }
        effects.opened();
        effects.done(self.outcome);
        Ok(State::Opened)
    }
}
