//! Both Finished messages, and the end.

use crate::effects::Effects;
use crate::error::Error;
use crate::msg::finished::Finished;
use crate::msg::{Body, Message};
use crate::outcome::Outcome;
use crate::sec::Side;
use crate::sec::finished::{check, verify_data};
use crate::sec::master::MasterSecret;
use crate::sec::transcript::Transcript;
use crate::server::tls12::State;

/// The keys are at the device; the client changes to them and proves that it has them.
#[derive(Debug)]
pub(in crate::server) struct ExpectFinished {
    pub(super) master_secret: MasterSecret,
    pub(super) transcript: Transcript,
    pub(super) outcome: Outcome,
}

impl ExpectFinished {
    /// Takes the client's proof, and gives ours.
    pub(super) fn handle(mut self, message: &Message, effects: &mut Effects) -> Result<State, Error> {
        let theirs: Finished = message.parse("a finished")?;
        effects.received(&theirs);
        let expected = verify_data(&self.master_secret, Side::Client, &self.transcript)?;
        check(&expected, &theirs.verify_data)?;
        self.transcript.add(message.bytes());

        effects.end_of_messages();
        effects.change_cipher();
        let verify_data = verify_data(&self.master_secret, Side::Server, &self.transcript)?;
        let ours = Finished { verify_data };
        effects.sent(&ours);
        effects.write_hand(ours.encode()?);
        effects.trace("tls finished".to_owned());
        effects.notes(&self.outcome);
        effects.opened();
        effects.done(self.outcome);
        Ok(State::Opened)
    }
}
