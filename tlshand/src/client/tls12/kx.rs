//! The key exchange: the server's signed half, the end of its flight, and our flight, with which the keys go to the
//! device.

use std::fmt::Display;

use tlswire::Group;
use x509::Certificate as Leaf;

use crate::client::tls12::finish::ExpectFinished;
use crate::client::tls12::{Agreed, State};
use crate::effects::Effects;
use crate::error::Error;
use crate::msg::cert::{Certificate, CertificateRequest};
use crate::msg::finished::Finished;
use crate::msg::kx::{ClientKeyExchange, EcdheParams, ServerHelloDone, ServerKeyExchange};
use crate::msg::{Body, HandshakeType, Message};
use crate::sec::Side;
use crate::sec::finished::verify_data;
use crate::sec::keyblock::secret_line;
use crate::sec::kx::Ephemeral;
use crate::sec::master::MasterSecret;
use crate::sec::random::Random;
use crate::sec::sign::signed_params;
use crate::sec::transcript::Transcript;
use crate::sec::verify::verify;

/// The server's certificate is good.
#[derive(Debug)]
pub(in crate::client) struct ExpectServerKeyExchange {
    pub(super) agreed: Agreed,
    pub(super) transcript: Transcript,
    pub(super) groups: Vec<Group>,
    pub(super) random: Random,
    /// The server's own certificate.
    pub(super) leaf: Leaf,
}

/// The server's half of the key exchange is there; a CertificateRequest may still come.
#[derive(Debug)]
pub(in crate::client) struct ExpectServerHelloDone {
    agreed: Agreed,
    transcript: Transcript,
    random: Random,
    leaf: Leaf,
    params: EcdheParams,
    certificate_requested: bool,
}

impl ExpectServerKeyExchange {
    /// Takes the server's half, if the certificate's key has signed it for this handshake.
    pub(super) fn handle(self, message: &Message, effects: &mut Effects) -> Result<State, Error> {
        let ExpectServerKeyExchange { mut agreed, mut transcript, groups, random, leaf } = self;
        // Without an article, as the original has it.
        let exchange: ServerKeyExchange = message.parse("server key exchange")?;
        effects.received(&exchange);
        transcript.add(message.bytes());

        let ServerKeyExchange { params, scheme, signature } = exchange;
        if !groups.contains(&params.group) {
            return Err(Error::Unoffered("group"));
        }
        let signed = signed_params(&agreed.client_random, &agreed.server_random, &params.encode()?);
        verify(leaf.public_key(), scheme, &signed, &signature)?;
        agreed.outcome.group = Some(params.group);
        effects.read_hand();
        Ok(State::ExpectServerHelloDone(ExpectServerHelloDone {
            agreed,
            transcript,
            random,
            leaf,
            params,
            certificate_requested: false,
        }))
    }
}

impl ExpectServerHelloDone {
    /// Takes the end of the server's flight and sends ours, or takes a CertificateRequest and waits on.
    pub(super) fn handle(mut self, message: &Message, effects: &mut Effects) -> Result<State, Error> {
        if message.typ() == HandshakeType::CERTIFICATE_REQUEST && !self.certificate_requested {
            let request: CertificateRequest = message.parse("a certificate request")?;
            effects.received(&request);
            effects.read_hand();
            self.certificate_requested = true;
            self.transcript.add(message.bytes());
            return Ok(State::ExpectServerHelloDone(self));
        }
        let done: ServerHelloDone = message.parse("a server hello done")?;
        effects.received(&done);
        self.transcript.add(message.bytes());
        // The server has to wait for us now, and its next message comes under new keys.
        effects.end_of_messages();
        self.flight(effects)
    }

    fn flight(mut self, effects: &mut Effects) -> Result<State, Error> {
        let mut flight = Vec::new();
        if self.certificate_requested {
            // We have none to show (RFC 5246 §7.4.6).
            self.put(&Certificate { chain: Vec::new() }, &mut flight, effects)?;
        }
        let ephemeral = Ephemeral::new(self.params.group, &mut self.random)?;
        self.put(&ClientKeyExchange { public: ephemeral.public().to_vec() }, &mut flight, effects)?;

        let Agreed { suite, client_random, server_random, outcome } = &self.agreed;
        let pre_master_secret = ephemeral.agree(&self.params.public)?;
        let master_secret = if outcome.extended_master_secret {
            // The ClientKeyExchange is the last message that counts (RFC 7627 §3).
            MasterSecret::extended(suite.prf, &pre_master_secret, self.transcript.hash().as_ref())?
        } else {
            MasterSecret::plain(suite.prf, &pre_master_secret, client_random, server_random)?
        };
        effects.trace("tls secrets".to_owned());
        // Before our flight: the server's change_cipher_spec answers it and must find the keys waiting.
        effects.secret(secret_line(suite, Side::Client, &master_secret, client_random, server_random)?);
        effects.write_hand(flight);
        effects.change_cipher();

        let mut finished = Vec::new();
        let verify_data = verify_data(&master_secret, Side::Client, &self.transcript)?;
        self.put(&Finished { verify_data }, &mut finished, effects)?;
        effects.write_hand(finished);
        effects.read_hand();
        let ExpectServerHelloDone { agreed, transcript, leaf, .. } = self;
        Ok(State::ExpectFinished(ExpectFinished {
            master_secret,
            transcript,
            outcome: agreed.outcome,
            peer: leaf.subject_text(),
        }))
    }

    /// Adds a message of ours to the flight and to the transcript.
    fn put(
        &mut self,
        message: &(impl Body + Display),
        flight: &mut Vec<u8>,
        effects: &mut Effects,
    ) -> Result<(), Error> {
        let bytes = message.encode()?;
        effects.sent(message);
        self.transcript.add(&bytes);
        flight.extend(bytes);
        Ok(())
    }
}
