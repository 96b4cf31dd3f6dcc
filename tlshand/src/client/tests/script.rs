//! A client on a string, and a server's messages to give it: right ones, which the tests then spoil.

use std::path::PathBuf;
use std::sync::Arc;

use factotum::CertifiedKey;
use tlswire::{Group, ProtocolVersion, SignatureScheme, Suite};
use x509::{Roots, ServerName};

use crate::client::State;
use crate::client::name::server_name;
use crate::conf::{ClientConf, Verify};
use crate::effects::{Effect, Effects, Machine};
use crate::error::Error;
use crate::fixture::{FORM, algs};
use crate::msg::Body;
use crate::msg::cert::Certificate;
use crate::msg::ext::ServerExtension;
use crate::msg::finished::Finished;
use crate::msg::hello::{ClientHello, ServerHello};
use crate::msg::inbox::Inbox;
use crate::msg::kx::{
    ClientKeyExchange, EcdheParams, Exchange, Params, ServerHelloDone, ServerKeyExchange, Signed,
};
use crate::outcome::Outcome;
use crate::sec::finished::{VERIFY_DATA_LEN, verify_data};
use crate::sec::keyblock::secret_line;
use crate::sec::kx::Ephemeral;
use crate::sec::master::MasterSecret;
use crate::sec::random::Random;
use crate::sec::sign::signed_params;
use crate::sec::transcript::Transcript;
use crate::sec::{MacOrder, Side};
use crate::suites::{Algs, CipherSuite};

/// 2030-01-01, when the test certificates are valid, but for the ones that are not.
pub(super) const NOW: u64 = 1_893_456_000;

pub(super) fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../crates/x509/tests/data").join(name)
}

pub(super) fn certified(name: &str) -> CertifiedKey {
    factotum::load(&data(name), NOW, factotum::Keyless::Refused).unwrap().keys.remove(0)
}

/// Trusts the tests' root, and wants `name`.
pub(super) fn conf(name: &str) -> ClientConf {
    let roots = Arc::new(Roots::from_file(&data("root.crt")).unwrap());
    ClientConf::new(Some(server_name(name).unwrap()), Verify::Roots { roots, now: NOW })
}

pub(super) fn insecure(name: Option<ServerName<'static>>) -> ClientConf {
    ClientConf::new(name, Verify::Insecure)
}

/// A client, run by hand.
pub(super) struct Client {
    state: Option<State<'static>>,
    effects: Effects,
    /// What it has written to `hand`, a write each.
    pub(super) written: Vec<Vec<u8>>,
    /// What it did, in order: lines of `ctl`, and `hand` for a write.
    pub(super) did: Vec<String>,
    pub(super) outcome: Option<Outcome>,
}

impl Client {
    /// Begins, up to the first read, on a device that has no TLS 1.3.
    pub(super) fn begin(conf: &ClientConf) -> Result<Client, Error> {
        Client::begin_on(&algs(), conf)
    }

    /// Begins on a device that can do this.
    pub(super) fn begin_on(algs: &Algs, conf: &ClientConf) -> Result<Client, Error> {
        // One test, a few clients: what they are told may stay for ever.
        let conf: &'static ClientConf = Box::leak(Box::new(conf.clone()));
        let mut effects = Effects::new(true);
        let random = Random::fixed(&(0..=255).collect::<Vec<u8>>());
        let state = Some(State::begin(algs, conf, random, &mut effects)?);
        let mut client = Client { state, effects, written: Vec::new(), did: Vec::new(), outcome: None };
        client.settle();
        Ok(client)
    }

    /// Gives it one message.
    pub(super) fn give(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let mut inbox = Inbox::default();
        inbox.recv(bytes);
        let message = inbox.next()?.expect("a whole message");
        assert!(inbox.is_empty());
        let state = self.state.take().expect("a client that has not failed");
        self.state = Some(state.message(&message, &mut self.effects)?);
        self.settle();
        Ok(())
    }

    fn settle(&mut self) {
        while let Some(effect) = self.effects.next() {
            match effect {
                Effect::Ctl(_, line) => self.did.push(line.to_string()),
                Effect::Note(key, value) => self.did.push(format!("note {key} {value}")),
                Effect::WriteHand(bytes) => {
                    self.did.push("hand".to_owned());
                    self.written.push(bytes);
                }
                Effect::Keep(_) => panic!("a client that keeps nothing"),
                Effect::Tell(_) => panic!("a client tells nothing"),
                Effect::EndOfMessages => self.did.push("end of messages".to_owned()),
                Effect::ReadHand => assert!(self.effects.next().is_none(), "effects behind a read"),
                Effect::Sign(request) => {
                    let signature =
                        request.key.key().here().unwrap().sign(request.scheme, &request.message).unwrap();
                    let state = self.state.take().expect("a client that has not failed");
                    self.state = Some(state.signed(signature, &mut self.effects).unwrap());
                }
                Effect::Decrypt(_) => panic!("a client never decrypts"),
                Effect::Trace(line) => assert!(!line.is_empty()),
                Effect::KeyLog(_) => panic!("a secret that nobody asked for"),
                Effect::Done(outcome) => self.outcome = Some(*outcome),
            }
        }
    }
}

/// A server that knows the client's hello and has a right message for each turn.
pub(super) struct Server {
    pub(super) key: CertifiedKey,
    pub(super) suite: &'static CipherSuite,
    pub(super) group: Group,
    pub(super) extended_master_secret: bool,
    pub(super) random: [u8; 32],
    pub(super) client_hello: ClientHello,
    pub(super) ephemeral: Ephemeral,
}

impl Server {
    /// Answers what `client` has said, with the certificate of a test file.
    pub(super) fn new(client: &Client, cert: &str, suite: Suite, group: Group) -> Server {
        let mut inbox = Inbox::default();
        inbox.recv(&client.written[0]);
        let client_hello = inbox.next().unwrap().unwrap().parse("a client hello").unwrap();
        let random = &mut Random::fixed(&[0x55; 64]);
        Server {
            key: certified(cert),
            suite: CipherSuite::by_number(suite).unwrap(),
            group,
            extended_master_secret: true,
            random: [0xaa; 32],
            client_hello,
            ephemeral: Ephemeral::new(group, random).unwrap(),
        }
    }

    /// RSA, AES-128 and X25519.
    pub(super) fn plain(client: &Client) -> Server {
        Server::new(client, "rsa.crt", Suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, Group::X25519)
    }

    pub(super) fn hello(&self) -> ServerHello {
        let mut extensions = vec![ServerExtension::RenegotiationInfo];
        if self.extended_master_secret {
            extensions.push(ServerExtension::ExtendedMasterSecret);
        }
        ServerHello {
            version: ProtocolVersion::TLS12,
            random: self.random,
            session_id: Vec::new(),
            suite: self.suite.suite,
            compression: 0,
            extensions,
        }
    }

    pub(super) fn certificate(&self) -> Certificate {
        Certificate { chain: self.key.chain().to_vec() }
    }

    pub(super) fn exchange(&self) -> ServerKeyExchange {
        self.exchange_of(
            EcdheParams { group: self.group, public: self.ephemeral.public().to_vec() },
            self.key.key().schemes()[0],
        )
    }

    /// These parameters, rightly signed.
    pub(super) fn exchange_of(&self, params: EcdheParams, scheme: SignatureScheme) -> ServerKeyExchange {
        let params = Params::Ecdhe(params);
        let bytes = params.encode().unwrap();
        let message = signed_params(scheme, &self.client_hello.random, &self.random, &bytes);
        let signature = self.key.key().here().unwrap().sign(scheme, &message).unwrap();
        let signed = Some(Signed::new(FORM.version, scheme, signature));
        ServerKeyExchange { hint: None, params: Some(params), signed }
    }

    /// Its first flight, message by message.
    pub(super) fn flight(&self) -> [Vec<u8>; 4] {
        [
            self.hello().encode().unwrap(),
            self.certificate().encode().unwrap(),
            self.exchange().encode().unwrap(),
            ServerHelloDone.encode().unwrap(),
        ]
    }

    /// Its Finished, after the client's flights; checks the client's on the way. `flight` is what it has said itself.
    pub(super) fn finished(self, client: &Client, flight: &[Vec<u8>]) -> Finished {
        let mut messages = Vec::new();
        for (index, write) in client.written[1..].iter().enumerate() {
            let mut inbox = Inbox::default();
            inbox.recv(write);
            while let Some(message) = inbox.next().unwrap() {
                messages.push((index, message));
            }
            assert!(inbox.is_empty());
        }
        let (last_write, finished) = messages.pop().unwrap();
        assert_eq!(last_write, 1, "the keys change before Finished");
        let mut transcript = Transcript::default();
        transcript.add_bytes(&client.written[0]);
        flight.iter().for_each(|message| transcript.add_bytes(message));
        messages.iter().for_each(|(_, message)| transcript.add(message));

        let (_, exchange) = messages.last().unwrap();
        let exchange: ClientKeyExchange = exchange.parse_in(FORM, "a client key exchange").unwrap();
        let Exchange::Ecdhe(public) = &exchange.exchange else { panic!("{exchange:?}") };
        let shared = self.ephemeral.agree(public).unwrap();
        let prf = self.suite.prf(FORM.version);
        let (theirs, ours) = (&self.client_hello.random, &self.random);
        let master = if self.extended_master_secret {
            MasterSecret::extended(prf, &shared, &transcript.hash(prf)).unwrap()
        } else {
            MasterSecret::plain(prf, &shared, theirs, ours).unwrap()
        };
        let line =
            secret_line(self.suite, Side::Client, MacOrder::MacThenEncrypt, &master, theirs, ours).unwrap();
        assert!(client.did.contains(&line), "both sides have the same keys");
        let expected = verify_data(&master, Side::Client, &transcript).unwrap();
        assert_eq!(finished.parse_in::<Finished>(VERIFY_DATA_LEN, "finished").unwrap().verify_data, expected);
        transcript.add(&finished);
        Finished { verify_data: verify_data(&master, Side::Server, &transcript).unwrap() }
    }
}

/// The alert that the peer gets, and the text.
pub(super) fn refusal(result: Result<(), Error>) -> (u8, String) {
    let error = result.expect_err("refused");
    (error.alert().expect("an alert").0, error.to_string())
}
