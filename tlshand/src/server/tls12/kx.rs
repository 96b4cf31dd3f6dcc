//! The ClientKeyExchange: both halves are there, and the keys go to the device.

use crate::effects::Effects;
use crate::error::Error;
use crate::msg::Message;
use crate::msg::kx::ClientKeyExchange;
use crate::sec::Side;
use crate::sec::keyblock::secret_line;
use crate::sec::kx::Ephemeral;
use crate::sec::master::MasterSecret;
use crate::sec::transcript::Transcript;
use crate::server::tls12::finish::ExpectFinished;
use crate::server::tls12::{Agreed, State};

/// Our flight is out.
#[derive(Debug)]
pub(in crate::server) struct ExpectClientKeyExchange {
    pub(super) agreed: Agreed,
    pub(super) transcript: Transcript,
    pub(super) ephemeral: Ephemeral,
}

impl ExpectClientKeyExchange {
    /// Takes the client's public value.
    pub(super) fn handle(self, message: &Message, effects: &mut Effects) -> Result<State, Error> {
        let ExpectClientKeyExchange { agreed, mut transcript, ephemeral } = self;
        let key_exchange: ClientKeyExchange = message.parse("a client key exchange")?;
        effects.received(&key_exchange);
        transcript.add(message.bytes());

        let Agreed { suite, client_random, server_random, outcome } = &agreed;
        let pre_master_secret = ephemeral.agree(&key_exchange.public)?;
        let master_secret = if outcome.extended_master_secret {
            // This message is the last one that counts (RFC 7627 §3).
            MasterSecret::extended(suite.prf, &pre_master_secret, transcript.hash().as_ref())?
        } else {
            MasterSecret::plain(suite.prf, &pre_master_secret, client_random, server_random)?
        };

        // A Finished that came with this message is not under the new keys: it may not count.
        effects.end_of_messages();
        effects.trace("tls secrets".to_owned());
        // Before the next read: the client's change_cipher_spec comes with it and must find the keys waiting.
        effects.secret(secret_line(suite, Side::Server, &master_secret, client_random, server_random)?);
        effects.read_hand();
        Ok(State::ExpectFinished(ExpectFinished { master_secret, transcript, outcome: agreed.outcome }))
    }
}
