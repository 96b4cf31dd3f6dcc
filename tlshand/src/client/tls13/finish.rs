//! The server's Finished, our flight, and the end (RFC 8446 §4.4).

use std::fmt::Display;

use tlswire::SignatureScheme;

use crate::client::certs::Wish;
use crate::client::tickets::ComingTickets;
use crate::client::tls13::{Means, State};
use crate::effects::{Effects, SignRequest};
use crate::error::Error;
use crate::msg::finished::Finished;
use crate::msg::tls13::cert::{Certificate, CertificateVerify, Entry};
use crate::msg::{Body, Message};
use crate::outcome::Outcome;
use crate::sec::Side;
use crate::sec::finished::check;
use crate::sec::tls13::line::traffic_line;
use crate::sec::tls13::schedule::{MasterSecret, TrafficSecret};
use crate::sec::tls13::sign::signed_messages;
use crate::sec::tls13::transcript::Transcript;
use crate::session::{Keeper, Kept};
use crate::suites::Tls13Suite;

/// The server's proof is next.
#[derive(Debug)]
pub(in crate::client) struct ExpectFinished<'a> {
    pub(super) means: Means<'a>,
    pub(super) wish: Wish,
    /// The subject of the server's certificate, for people.
    pub(super) peer: String,
}

/// All of our flight is ready but the proof that the certificate is ours.
#[derive(Debug)]
pub(in crate::client) struct AwaitSignature {
    flight: Flight,
    scheme: SignatureScheme,
}

/// Our flight as far as it is made, and what comes after it.
#[derive(Debug)]
struct Flight {
    suite: &'static Tls13Suite,
    /// What it goes under.
    handshake: TrafficSecret,
    /// What our data, and the server's, go under.
    client: TrafficSecret,
    server: TrafficSecret,
    /// What the secrets of tickets are made of, and what keeps them.
    master: MasterSecret,
    keeper: Option<Keeper>,
    transcript: Transcript,
    unsent: Vec<u8>,
    outcome: Outcome,
    peer: String,
}

impl<'a> ExpectFinished<'a> {
    /// Takes the server's proof, and sends our flight.
    pub(super) fn handle(self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        let ExpectFinished { means, wish, peer } = self;
        let Means { offer, keeper, suite, mut transcript, secret, client: handshake, server, mut outcome } =
            means;
        let theirs: Finished = message.parse_in(suite.hash.len(), "a Finished msg from server")?;
        effects.received(&theirs);
        check(&server.verify_data(transcript.hash().as_ref())?, &theirs.verify_data)?;
        // Nothing of the server's may follow under these keys.
        effects.end_of_messages();
        transcript.add(message);
        let finished_hash = transcript.hash();
        let master = secret.master()?;
        let client = master.traffic(Side::Client, finished_hash.as_ref())?;
        let server = master.traffic(Side::Server, finished_hash.as_ref())?;
        let wishes = offer.conf.wishes();
        let pair = [&client, &server];
        outcome.exported =
            wishes.traffic(&offer.hello.random, pair, &master, finished_hash.as_ref(), effects)?;
        let unsent = Vec::new();
        let mut flight =
            Flight { suite, handshake, client, server, master, keeper, transcript, unsent, outcome, peer };
        match wish {
            Wish::Nothing => {}
            Wish::Empty => {
                flight.put(&Certificate { context: Vec::new(), entries: Vec::new() }, effects)?;
            }
            Wish::Proof(key, scheme) => {
                let entries =
                    key.chain().iter().map(|der| Entry { der: der.clone(), extensions: Vec::new() });
                flight.put(&Certificate { context: Vec::new(), entries: entries.collect() }, effects)?;
                let message = signed_messages(Side::Client, flight.transcript.hash().as_ref());
                effects.sign(SignRequest { key, scheme, message });
                return Ok(State::AwaitSignature(AwaitSignature { flight, scheme }));
            }
        }
        flight.send(effects)
    }
}

impl AwaitSignature {
    /// Takes the proof, and sends the flight.
    pub(super) fn signed<'a>(self, signature: Vec<u8>, effects: &mut Effects) -> Result<State<'a>, Error> {
        let AwaitSignature { mut flight, scheme } = self;
        flight.put(&CertificateVerify { scheme, signature }, effects)?;
        flight.send(effects)
    }
}

impl Flight {
    fn put(&mut self, message: &(impl Body + Display), effects: &mut Effects) -> Result<(), Error> {
        let bytes = message.encode()?;
        effects.sent(message);
        self.transcript.add_bytes(&bytes);
        self.unsent.extend(bytes);
        Ok(())
    }

    /// Proves that all of it is ours, and opens the connection. What the server says afterwards is the device's to answer.
    fn send<'a>(mut self, effects: &mut Effects) -> Result<State<'a>, Error> {
        let verify_data = self.handshake.verify_data(self.transcript.hash().as_ref())?;
        self.put(&Finished { verify_data }, effects)?;
        effects.write_hand(std::mem::take(&mut self.unsent));
        effects.trace(format_args!("tls finished"));
        effects.secret(traffic_line(self.suite, Side::Client, &self.client, &self.server)?);
        effects.change_cipher();
        effects.change_cipher_in();
        effects.notes(&self.outcome);
        if !self.peer.is_empty() {
            effects.note("peer", &self.peer);
        }
        effects.opened();
        if let Some(keeper) = self.keeper {
            let secret = self.master.resumption(self.transcript.hash().as_ref())?;
            let coming = ComingTickets::new(keeper, self.outcome.clone(), secret);
            effects.keep(Kept::Coming(Box::new(coming)));
        }
        effects.done(self.outcome);
        Ok(State::Opened)
    }
}
