//! A server of TLS 1.3 that has a right message for each turn, which the tests then spoil.

use factotum::CertifiedKey;
use tlswire::{Group, ProtocolVersion, SignatureScheme, Suite};

use crate::client::tests::script::{Client, certified, conf};
use crate::conf::ClientConf;
use crate::error::Error;
use crate::fixture::{messages, tls13_algs};
use crate::msg::Body;
use crate::msg::ext::{ClientExtension, KeyShare, ServerExtension};
use crate::msg::finished::Finished;
use crate::msg::hello::{ClientHello, ServerHello};
use crate::msg::tls13::cert::{Certificate, CertificateVerify, Entry};
use crate::msg::tls13::encrypted::EncryptedExtensions;
use crate::msg::tls13::retry::{HelloRetryRequest, RetryExtension};
use crate::sec::Side;
use crate::sec::master::PreMasterSecret;
use crate::sec::random::Random;
use crate::sec::share::answer;
use crate::sec::tls13::line::traffic_line;
use crate::sec::tls13::psk::PreSharedKey;
use crate::sec::tls13::schedule::{EarlySecret, HandshakeSecret, TrafficSecret};
use crate::sec::tls13::sign::signed_messages;
use crate::sec::tls13::transcript::Transcript;
use crate::suites::Tls13Suite;

/// A client that offers TLS 1.3.
pub(super) fn begin(conf: &ClientConf) -> Client {
    Client::begin_on(&tls13_algs(), conf).unwrap()
}

/// A message of the server's, in the order in which they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub(super) enum Turn {
    Hello,
    Encrypted,
    Certificate,
    Verify,
    Finished,
}

/// All of them.
pub(super) const TURNS: [Turn; 5] =
    [Turn::Hello, Turn::Encrypted, Turn::Certificate, Turn::Verify, Turn::Finished];

/// The keys of the handshake.
pub(super) struct Keys {
    secret: HandshakeSecret,
    client: TrafficSecret,
    server: TrafficSecret,
}

/// The server.
pub(super) struct Server {
    pub(super) cert: CertifiedKey,
    pub(super) suite: &'static Tls13Suite,
    pub(super) group: Group,
    /// The secret that it takes, if it takes one.
    pub(super) psk: Option<PreSharedKey>,
    pub(super) client_hello: ClientHello,
    transcript: Transcript,
    /// What the exchange gave, once there was a hello.
    shared: Option<PreMasterSecret>,
    keys: Option<Keys>,
}

impl Server {
    /// One that has heard the client's only hello.
    pub(super) fn new(client: &Client, cert: &str, suite: Suite, group: Group) -> Server {
        let suite = Tls13Suite::by_number(suite).unwrap();
        let hello = client.written.last().unwrap();
        Server {
            cert: certified(cert),
            suite,
            group,
            psk: None,
            client_hello: ClientHello::decode(&hello[4..]).unwrap(),
            transcript: Transcript::new(suite.hash, hello),
            shared: None,
            keys: None,
        }
    }

    /// RSA, AES-128 and X25519.
    pub(super) fn plain(client: &Client) -> Server {
        Server::new(client, "rsa.crt", Suite::TLS_AES_128_GCM_SHA256, Group::X25519)
    }

    /// A right retry that asks for a share of `group`.
    pub(super) fn retry(&self, group: Group) -> HelloRetryRequest {
        HelloRetryRequest {
            session_id: self.client_hello.session_id.clone(),
            suite: self.suite.suite,
            extensions: vec![
                RetryExtension::SupportedVersions(ProtocolVersion::TLS13),
                RetryExtension::KeyShare(group),
            ],
        }
    }

    /// Gives a retry, and hears the second hello.
    pub(super) fn retries(&mut self, client: &mut Client, retry: &HelloRetryRequest) -> Result<(), Error> {
        let first = client.written.last().unwrap().clone();
        let bytes = retry.encode().unwrap();
        client.give(&bytes)?;
        self.transcript = Transcript::retried(self.suite.hash, &first);
        self.transcript.add_bytes(&bytes);
        let second = client.written.last().unwrap();
        self.transcript.add_bytes(second);
        self.client_hello = ClientHello::decode(&second[4..]).unwrap();
        Ok(())
    }

    /// A right answer to the client's hello.
    pub(super) fn hello(&mut self) -> ServerHello {
        let shares = self.client_hello.extensions.iter().find_map(|extension| match extension {
            ClientExtension::KeyShare(shares) => Some(shares),
            _ => None,
        });
        let theirs = shares.unwrap().iter().find(|share| share.group == self.group).expect("a share");
        let random = &mut Random::fixed(&[0x55; 64]);
        let (public, shared) = answer(self.group, &theirs.public, random).unwrap();
        self.shared = Some(shared);
        let mut extensions = vec![
            ServerExtension::SupportedVersions(ProtocolVersion::TLS13),
            ServerExtension::KeyShare(KeyShare { group: self.group, public }),
        ];
        if self.psk.is_some() {
            extensions.push(ServerExtension::PreSharedKey(0));
        }
        ServerHello {
            version: ProtocolVersion::TLS12,
            random: [0xaa; 32],
            session_id: self.client_hello.session_id.clone(),
            suite: self.suite.suite,
            compression: 0,
            extensions,
        }
    }

    pub(super) fn certificate(&self) -> Certificate {
        let entry = |der: &x509::CertificateDer<'static>| Entry { der: der.clone(), extensions: Vec::new() };
        Certificate { context: Vec::new(), entries: self.cert.chain().iter().map(entry).collect() }
    }

    /// A right signature with this scheme of the key's.
    pub(super) fn verify(&self, scheme: SignatureScheme, side: Side) -> CertificateVerify {
        let signed = signed_messages(side, self.transcript.hash().as_ref());
        CertificateVerify {
            scheme,
            signature: self.cert.key().here().unwrap().sign(scheme, &signed).unwrap(),
        }
    }

    pub(super) fn finished(&self) -> Finished {
        let verify_data = self.keys().server.verify_data(self.transcript.hash().as_ref()).unwrap();
        Finished { verify_data }
    }

    /// The right message of a turn.
    pub(super) fn message(&mut self, turn: Turn) -> Vec<u8> {
        match turn {
            Turn::Hello => self.hello().encode(),
            Turn::Encrypted => EncryptedExtensions { extensions: Vec::new() }.encode(),
            Turn::Certificate => self.certificate().encode(),
            Turn::Verify => {
                let scheme = self.cert.key().schemes()[0];
                self.verify(scheme, Side::Server).encode()
            }
            Turn::Finished => self.finished().encode(),
        }
        .unwrap()
    }

    /// Gives the client a message, right or not.
    pub(super) fn give(&mut self, client: &mut Client, bytes: &[u8]) -> Result<(), Error> {
        client.give(bytes)?;
        if let Some(line) = self.say(bytes) {
            assert!(client.did.contains(&line), "both sides have the same keys");
        }
        Ok(())
    }

    /// Adds a message of ours; after the hello there are keys, and the client's line for its device.
    fn say(&mut self, bytes: &[u8]) -> Option<String> {
        self.transcript.add_bytes(bytes);
        let shared = self.shared.take()?;
        let early = match &self.psk {
            Some(psk) => EarlySecret::with_psk(psk),
            None => EarlySecret::without_psk(self.suite.hash),
        };
        let secret = early.handshake(&shared).unwrap();
        let hash = self.transcript.hash();
        let traffic = |side| secret.traffic(side, hash.as_ref()).unwrap();
        let (client, server) = (traffic(Side::Client), traffic(Side::Server));
        let line = traffic_line(self.suite, Side::Client, &client, &server).unwrap().to_string();
        self.keys = Some(Keys { secret, client, server });
        Some(line)
    }

    /// Gives the right message of a turn.
    pub(super) fn turn(&mut self, client: &mut Client, turn: Turn) -> Result<(), Error> {
        let bytes = self.message(turn);
        self.give(client, &bytes)
    }

    /// Gives the right messages of all turns before this one.
    pub(super) fn before(&mut self, client: &mut Client, turn: Turn) {
        for earlier in TURNS.into_iter().filter(|earlier| *earlier < turn) {
            self.turn(client, earlier).unwrap();
        }
    }

    /// Looks at the client's flight, which came after our Finished: its messages but the last, which must be right, as must be the
    /// keys that the client gave its device.
    pub(super) fn hear(mut self, client: &Client) -> Vec<Vec<u8>> {
        let finished_hash = self.transcript.hash();
        let flight = client.written.last().unwrap();
        let mut flight: Vec<Vec<u8>> = messages(flight).into_iter().map(<[u8]>::to_vec).collect();
        let finished = Finished::decode_in(self.suite.hash.len(), &flight.pop().unwrap()[4..]).unwrap();
        flight.iter().for_each(|message| self.transcript.add_bytes(message));
        let keys = self.keys.unwrap();
        let expected = keys.client.verify_data(self.transcript.hash().as_ref()).unwrap();
        assert_eq!(finished.verify_data, expected);
        let master = keys.secret.master().unwrap();
        let traffic = |side| master.traffic(side, finished_hash.as_ref()).unwrap();
        let line = traffic_line(self.suite, Side::Client, &traffic(Side::Client), &traffic(Side::Server));
        assert!(client.did.contains(&line.unwrap()), "both sides have the same keys");
        flight
    }

    /// All that was said so far.
    pub(super) fn transcript(&self) -> Transcript {
        self.transcript.clone()
    }

    /// The right messages of these turns, for a client that is somewhere else.
    pub(super) fn unchecked(&mut self, turns: &[Turn]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for turn in turns {
            let message = self.message(*turn);
            self.say(&message);
            bytes.extend(message);
        }
        bytes
    }

    fn keys(&self) -> &Keys {
        self.keys.as_ref().expect("the hellos are over")
    }
}

/// What comes of the message of a turn, spoiled, after right ones.
pub(super) fn spoiled<B: Body<Form = ()>>(turn: Turn, spoil: impl FnOnce(&mut B)) -> Result<(), Error> {
    spoiled_for(&conf("rsa.example"), turn, spoil)
}

/// The same for a client with this configuration.
pub(super) fn spoiled_for<B: Body<Form = ()>>(
    conf: &ClientConf,
    turn: Turn,
    spoil: impl FnOnce(&mut B),
) -> Result<(), Error> {
    let mut client = begin(conf);
    let mut server = Server::plain(&client);
    server.before(&mut client, turn);
    let mut message = B::decode(&server.message(turn)[4..]).unwrap();
    spoil(&mut message);
    client.give(&message.encode().unwrap())
}

/// Every prefix of a right message's body, and one byte too many, are refused with decode_error; `is_known` names the lengths at
/// which another thing is wrong.
pub(super) fn no_prefix_will_do(turn: Turn, is_known: impl Fn(usize) -> bool) {
    use crate::client::tests::script::refusal;
    let framed = |typ: u8, body: &[u8]| {
        let len = u32::try_from(body.len()).unwrap().to_be_bytes();
        [&[typ, len[1], len[2], len[3]], body].concat()
    };
    let mut client = begin(&conf("rsa.example"));
    let mut server = Server::plain(&client);
    server.before(&mut client, turn);
    let message = server.message(turn);
    let body = &message[4..];
    for len in (0..body.len()).filter(|len| !is_known(*len)) {
        let mut client = begin(&conf("rsa.example"));
        let mut server = Server::plain(&client);
        server.before(&mut client, turn);
        let alert = refusal(client.give(&framed(message[0], &body[..len]))).0;
        assert_eq!(alert, 50, "{turn:?} {len} of {}", body.len());
    }
    let long = [body, &[0]].concat();
    assert_eq!(refusal(client.give(&framed(message[0], &long))).0, 50);
}
