//! The client's half of a handshake of TLS 1.3, from the same messages and arithmetic, in the order of the flights.

use std::sync::{Arc, Mutex};

use x509::Certificate as X509;

use super::*;
use crate::fixture::messages;
use crate::msg::HandshakeType;
use crate::msg::ext::{OfferedPsks, PskIdentity, ServerExtension};
use crate::msg::finished::Finished;
use crate::msg::hello::ServerHello;
use crate::msg::inbox::Inbox;
use crate::msg::tls13::cert::{Certificate, CertificateVerify, Entry};
use crate::msg::tls13::encrypted::{EncryptedExtension, EncryptedExtensions};
use crate::msg::tls13::request::CertificateRequest;
use crate::msg::tls13::retry::{HelloRetryRequest, RetryExtension};
use crate::psk::Psk;
use crate::sec::Side;
use crate::sec::random::Random;
use crate::sec::share::ClientShare;
use crate::sec::tls13::line::traffic_line;
use crate::sec::tls13::psk::PreSharedKey;
use crate::sec::tls13::schedule::{EarlySecret, HandshakeSecret, TrafficSecret};
use crate::sec::tls13::sign::signed_messages;
use crate::sec::tls13::transcript::Transcript;
use crate::sec::verify::verify_tls13;
use crate::suites::{PrfHash, Tls13Suite};

/// What a client does differently from a good one: it gets the messages of its last flight, and gives the reads.
pub(super) type Twist = fn(Vec<Vec<u8>>) -> Vec<Vec<u8>>;
/// What it does to a hello, at the last moment.
pub(super) type Edit = fn(&mut ClientHello);

/// A client, and what is special about it.
pub(super) struct Client {
    pub(super) hello: ClientHello,
    /// The groups that it has a share of in its first hello.
    pub(super) shares: Vec<Group>,
    pub(super) psks: Vec<Psk>,
    /// What it shows to who asks.
    pub(super) cert: Option<Arc<CertifiedKey>>,
    pub(super) twist: Twist,
    /// Done to the second hello.
    pub(super) second: Edit,
    /// Done to every binder.
    pub(super) binder: fn(&mut Vec<u8>),
}

/// What the client saw.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) retry: Option<HelloRetryRequest>,
    pub(super) hello: Option<ServerHello>,
    pub(super) answers: Vec<EncryptedExtension>,
    pub(super) request: Option<CertificateRequest>,
    pub(super) chain: Vec<Vec<u8>>,
    pub(super) scheme: Option<SignatureScheme>,
    /// The lines that its server should have written.
    pub(super) secrets: Vec<String>,
    /// The server's Finished was right, and the flight that answers it went out.
    pub(super) is_finished: bool,
}

impl Client {
    pub(super) fn new() -> Client {
        Client {
            hello: hello13(),
            shares: vec![Group::X25519],
            psks: Vec::new(),
            cert: None,
            twist: |flight| flight,
            second: |_| (),
            binder: |_| (),
        }
    }

    pub(super) fn with(extension: ClientExtension) -> Client {
        let mut client = Client::new();
        client.hello.extensions.push(extension);
        client
    }

    /// Files on which this client runs its half.
    pub(super) fn script(self) -> (Script, Arc<Mutex<Seen>>) {
        let shares = make(&self.shares);
        let hello = self.greeting(&shares, None, &[]);
        let first = hello.encode().unwrap();
        let mut script = Script::new([first.clone()]);
        let seen = Arc::new(Mutex::new(Seen::default()));
        let mut half = Half {
            client: self,
            shares,
            sent: first,
            before: None,
            retried: false,
            keyed: None,
            seen: Arc::clone(&seen),
        };
        script.answer = Some(Box::new(move |written| half.answer(written)));
        (script, seen)
    }

    /// A hello with these shares; `before` is what binders are over as well, `more` comes in front of the offer of secrets.
    fn greeting(
        &self,
        shares: &[ClientShare],
        before: Option<&Transcript>,
        more: &[ClientExtension],
    ) -> ClientHello {
        let mut hello = self.hello.clone();
        let share = |share: &ClientShare| KeyShare { group: share.group(), public: share.public().to_vec() };
        hello.extensions.push(ClientExtension::KeyShare(shares.iter().map(share).collect()));
        hello.extensions.extend_from_slice(more);
        if before.is_some() {
            (self.second)(&mut hello);
        }
        if self.psks.is_empty() {
            return hello;
        }
        let identities: Vec<_> = self.psks.iter().map(|psk| psk.identity.clone()).collect();
        let offer = |binders: Vec<Vec<u8>>| {
            let identity =
                |identity: &Vec<u8>| PskIdentity { identity: identity.clone(), obfuscated_ticket_age: 0 };
            let identities = identities.iter().map(identity).collect();
            ClientExtension::PreSharedKey(OfferedPsks { identities, binders })
        };
        hello.extensions.push(offer(vec![vec![0; 32]; identities.len()]));
        let bytes = hello.encode().unwrap();
        let covered = &bytes[..bytes.len() - hello.psks().unwrap().binders_len()];
        let none = Transcript::new(PrfHash::Sha256, &[]);
        let hash = before.unwrap_or(&none).hash_with(covered);
        let binder = |psk: &Psk| {
            let key = PreSharedKey::external(psk);
            let mut binder = EarlySecret::with_psk(&key).binder(key.origin(), hash.as_ref()).unwrap();
            (self.binder)(&mut binder);
            binder
        };
        hello.extensions.pop();
        hello.extensions.push(offer(self.psks.iter().map(binder).collect()));
        hello
    }
}

fn make(groups: &[Group]) -> Vec<ClientShare> {
    groups.iter().map(|group| ClientShare::new(*group, &mut Random::draw().unwrap()).unwrap()).collect()
}

/// A client at work.
struct Half {
    client: Client,
    shares: Vec<ClientShare>,
    /// Its last hello.
    sent: Vec<u8>,
    /// What went before that hello.
    before: Option<Transcript>,
    retried: bool,
    keyed: Option<Keyed>,
    seen: Arc<Mutex<Seen>>,
}

struct Keyed {
    suite: &'static Tls13Suite,
    transcript: Transcript,
    handshake: HandshakeSecret,
    client: TrafficSecret,
    server: TrafficSecret,
}

impl Half {
    fn answer(&mut self, written: &[u8]) -> Vec<Vec<u8>> {
        let mut inbox = Inbox::default();
        inbox.recv(written);
        let first = inbox.next().unwrap().unwrap();
        if first.typ() != HandshakeType::SERVER_HELLO {
            return self.last_flight(written);
        }
        assert!(inbox.is_empty(), "hellos stand alone in their records");
        if HelloRetryRequest::is_it(&first) {
            return vec![self.second_hello(&first.parse("a retry").unwrap(), written)];
        }
        self.keys(first.parse("a server hello").unwrap(), written);
        Vec::new()
    }

    fn second_hello(&mut self, retry: &HelloRetryRequest, written: &[u8]) -> Vec<u8> {
        assert!(!std::mem::replace(&mut self.retried, true), "a second retry");
        assert_eq!(retry.session_id, self.client.hello.session_id);
        let suite = Tls13Suite::by_number(retry.suite).unwrap();
        let mut before = Transcript::retried(suite.hash, &self.sent);
        before.add_bytes(written);
        let mut more = Vec::new();
        for extension in &retry.extensions {
            match extension {
                RetryExtension::KeyShare(group) => self.shares = make(&[*group]),
                RetryExtension::Cookie(cookie) => more.push(ClientExtension::Cookie(cookie.clone())),
                RetryExtension::SupportedVersions(version) => assert_eq!(*version, ProtocolVersion::TLS13),
                RetryExtension::Unknown { typ, .. } => panic!("{typ} in a retry"),
            }
        }
        let hello = self.client.greeting(&self.shares, Some(&before), &more);
        self.sent = hello.encode().unwrap();
        self.before = Some(before);
        self.seen.lock().unwrap().retry = Some(retry.clone());
        self.sent.clone()
    }

    fn keys(&mut self, hello: ServerHello, written: &[u8]) {
        let suite = Tls13Suite::by_number(hello.suite).unwrap();
        let mut transcript = self.before.take().unwrap_or_else(|| Transcript::new(suite.hash, &[]));
        transcript.add_bytes(&self.sent);
        transcript.add_bytes(written);
        let (mut share, mut early) = (None, EarlySecret::without_psk(suite.hash));
        for extension in &hello.extensions {
            match extension {
                ServerExtension::KeyShare(theirs) => share = Some(theirs.clone()),
                ServerExtension::PreSharedKey(place) => {
                    let psk = &self.client.psks[usize::from(*place)];
                    early = EarlySecret::with_psk(&PreSharedKey::external(psk));
                }
                ServerExtension::SupportedVersions(version) => assert_eq!(*version, ProtocolVersion::TLS13),
                other => panic!("{other:?} in a server hello"),
            }
        }
        let share = share.unwrap();
        let place = self.shares.iter().position(|ours| ours.group() == share.group).unwrap();
        let shared = self.shares.swap_remove(place).agree(&share.public).unwrap();
        let handshake = early.handshake(&shared).unwrap();
        let hash = transcript.hash();
        let client = handshake.traffic(Side::Client, hash.as_ref()).unwrap();
        let server = handshake.traffic(Side::Server, hash.as_ref()).unwrap();
        let line = traffic_line(suite, Side::Server, &client, &server).unwrap();
        let mut seen = self.seen.lock().unwrap();
        seen.secrets.push(line.to_string());
        seen.hello = Some(hello);
        self.keyed = Some(Keyed { suite, transcript, handshake, client, server });
    }

    fn last_flight(&mut self, written: &[u8]) -> Vec<Vec<u8>> {
        let Keyed { suite, mut transcript, handshake, client, server } = self.keyed.take().unwrap();
        let mut seen = self.seen.lock().unwrap();
        for bytes in messages(written) {
            let mut inbox = Inbox::default();
            inbox.recv(bytes);
            let message = inbox.next().unwrap().unwrap();
            let before = transcript.hash();
            match message.typ() {
                HandshakeType::ENCRYPTED_EXTENSIONS => {
                    let answers: EncryptedExtensions = message.parse("answers").unwrap();
                    seen.answers = answers.extensions;
                }
                HandshakeType::CERTIFICATE_REQUEST => {
                    seen.request = Some(message.parse("a request").unwrap());
                }
                HandshakeType::CERTIFICATE => {
                    let certificate: Certificate = message.parse("a certificate").unwrap();
                    seen.chain = certificate.entries.iter().map(|entry| entry.der.to_vec()).collect();
                }
                HandshakeType::CERTIFICATE_VERIFY => {
                    let proof: CertificateVerify = message.parse("a proof").unwrap();
                    let leaf = X509::from_der(&seen.chain[0]).unwrap();
                    let signed = signed_messages(Side::Server, before.as_ref());
                    verify_tls13(leaf.public_key(), proof.scheme, &signed, &proof.signature).unwrap();
                    seen.scheme = Some(proof.scheme);
                }
                HandshakeType::FINISHED => {
                    let finished: Finished = message.parse_in(suite.hash.len(), "a finished").unwrap();
                    assert_eq!(finished.verify_data, server.verify_data(before.as_ref()).unwrap());
                }
                other => panic!("{other:?}"),
            }
            transcript.add(&message);
        }
        let master = handshake.master().unwrap();
        let hash = transcript.hash();
        let data = |side| master.traffic(side, hash.as_ref()).unwrap();
        let line = traffic_line(suite, Side::Server, &data(Side::Client), &data(Side::Server)).unwrap();
        seen.secrets.push(line.to_string());
        seen.is_finished = true;

        let mut flight = Vec::new();
        if seen.request.is_some() {
            let entry =
                |der: &x509::CertificateDer<'static>| Entry { der: der.clone(), extensions: Vec::new() };
            let chain = self.client.cert.as_ref().map(|key| key.chain().to_vec()).unwrap_or_default();
            let ours = Certificate { context: Vec::new(), entries: chain.iter().map(entry).collect() };
            let ours = ours.encode().unwrap();
            transcript.add_bytes(&ours);
            flight.push(ours);
        }
        if let (Some(key), Some(_)) = (&self.client.cert, &seen.request) {
            let scheme = *key.key().schemes().iter().find(|scheme| TLS13_SCHEMES.contains(scheme)).unwrap();
            let signed = signed_messages(Side::Client, transcript.hash().as_ref());
            let signature = key.key().here().unwrap().sign(scheme, &signed).unwrap();
            let ours = CertificateVerify { scheme, signature }.encode().unwrap();
            transcript.add_bytes(&ours);
            flight.push(ours);
        }
        let verify_data = client.verify_data(transcript.hash().as_ref()).unwrap();
        flight.push(Finished { verify_data }.encode().unwrap());
        (self.client.twist)(flight)
    }
}
