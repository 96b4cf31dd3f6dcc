//! The answer to the ClientHello that counts: ServerHello in the clear, the rest under the handshake's keys.
//!
//! Between the two the key may have to sign; whoever has it may be slow or far away.

use tlswire::{ProtocolVersion, SignatureScheme};

use crate::conf::ServerConf;
use crate::effects::{Effects, SignRequest};
use crate::error::Error;
use crate::msg::ext::{KeyShare, ServerExtension};
use crate::msg::finished::Finished;
use crate::msg::hello::{ClientHello, NULL_COMPRESSION, ServerHello};
use crate::msg::tls13::cert::{Certificate, CertificateVerify, Entry, EntryExtension};
use crate::msg::tls13::encrypted::{EncryptedExtension, EncryptedExtensions};
use crate::msg::tls13::request::{CertificateRequest, RequestExtension};
use crate::msg::{Body as _, Message};
use crate::outcome::Outcome;
use crate::record_len::{RecordLens, record_size_limit};
use crate::sec::Side;
use crate::sec::random::Random;
use crate::sec::share::answer;
use crate::sec::tls13::line::traffic_line;
use crate::sec::tls13::schedule::{EarlySecret, HandshakeSecret, TrafficSecret};
use crate::sec::tls13::sign::signed_messages;
use crate::sec::tls13::transcript::Transcript;
use crate::sec::verify::{TLS13_SCHEMES, offered};
use crate::server::choose as common;
use crate::server::sni::ServerName;
use crate::server::tickets::{Promise, tickets};
use crate::server::tls13::cert::ExpectCertificate;
use crate::server::tls13::choose::{Choice, Proof};
use crate::server::tls13::finish::ExpectFinished;
use crate::server::tls13::hello::Begun;
use crate::server::tls13::psk::{Offered, Source, has_exchange};
use crate::server::tls13::{State, psk};
use crate::session::Session;
use crate::suites::Tls13Suite;

/// All of the flight is ready but the signature, and what comes after it.
#[derive(Debug)]
pub(in crate::server) struct AwaitSignature<'a> {
    flight: Flight<'a>,
    scheme: SignatureScheme,
}

/// What is under way.
#[derive(Debug)]
struct Flight<'a> {
    conf: &'a ServerConf,
    suite: &'static Tls13Suite,
    client_random: [u8; 32],
    transcript: Transcript,
    handshake_secret: HandshakeSecret,
    client_secret: TrafficSecret,
    server_secret: TrafficSecret,
    outcome: Outcome,
    promises: Vec<Promise<'a>>,
    /// Messages ready to be sent.
    bytes: Vec<u8>,
    /// Whether a certificate of the client's was asked for.
    has_request: bool,
}

/// Answers `hello`, which `message` was parsed to and in which `share` stands.
pub(super) fn begin<'a>(
    begun: Begun<'a>,
    message: &Message,
    hello: &ClientHello,
    share: &KeyShare,
    effects: &mut Effects,
) -> Result<State<'a>, Error> {
    let Begun { conf, mut random, choice, server_name, mut transcript } = begun;
    let Choice { suite, group, proof } = choice;
    let alpn = common::protocol(hello, conf)?;
    let mut outcome = Outcome {
        version: ProtocolVersion::TLS13,
        suite: suite.suite,
        group: Some(group),
        alpn: alpn.map(str::to_owned),
        server_name: server_name.map(ServerName::into_string),
        // Every secret is bound to what was said.
        extended_master_secret: true,
        psk_identity: None,
        encrypt_then_mac: false,
        is_resumed: false,
        peer_chain: Vec::new(),
        exported: Vec::new(),
    };
    let offered = Offered { hello, message, transcript: &transcript };
    let psk = match proof {
        Some(_) => psk::resume(conf, offered, suite.hash, &outcome)?,
        None => Some(psk::choose(conf, offered)?),
    };
    let (public, shared) = answer(group, &share.public, &mut random)?;
    transcript.add(message);

    let server_hello = ServerHello {
        version: ProtocolVersion::TLS12,
        random: random.take()?,
        session_id: hello.session_id.clone(),
        suite: suite.suite,
        compression: NULL_COMPRESSION,
        extensions: [
            Some(ServerExtension::SupportedVersions(ProtocolVersion::TLS13)),
            Some(ServerExtension::KeyShare(KeyShare { group, public })),
            psk.as_ref().map(|psk| ServerExtension::PreSharedKey(psk.place)),
        ]
        .into_iter()
        .flatten()
        .collect(),
    };
    let bytes = server_hello.encode()?;
    transcript.add_bytes(&bytes);
    effects.sent(&server_hello);
    effects.write_hand(bytes);
    effects.version(ProtocolVersion::TLS13);

    let by_name = proof.as_ref().is_some_and(|proof| proof.by_name);
    // A secret that both have is proof enough.
    let proof = proof.filter(|_| psk.is_none());
    let (early_secret, source) = match psk {
        Some(psk) => (psk.early_secret, Some(psk.source)),
        None => (EarlySecret::without_psk(suite.hash), None),
    };
    let mut earlier = None;
    match source {
        Some(Source::Name(identity)) => outcome.psk_identity = Some(identity),
        Some(Source::Session(session)) => {
            outcome.is_resumed = true;
            outcome.peer_chain.clone_from(&session.peer_chain);
            earlier = Some(session);
        }
        None => {}
    }
    let promises = promises(conf, hello, earlier.as_deref(), &mut random)?;
    let handshake_secret = early_secret.handshake(&shared)?;
    let hello_hash = transcript.hash();
    let client_secret = handshake_secret.traffic(Side::Client, hello_hash.as_ref())?;
    let server_secret = handshake_secret.traffic(Side::Server, hello_hash.as_ref())?;
    conf.wishes().handshake_traffic(&hello.random, &client_secret, &server_secret, effects);
    effects.trace(format_args!("tls secrets"));
    effects.secret(traffic_line(suite, Side::Server, &client_secret, &server_secret)?);
    effects.change_cipher();
    effects.change_cipher_in();

    let bytes = Vec::new();
    let mut flight = Flight {
        conf,
        suite,
        client_random: hello.random,
        transcript,
        handshake_secret,
        client_secret,
        server_secret,
        outcome,
        promises,
        bytes,
        has_request: false,
    };
    let record_lens = common::record_lens(hello, conf, ProtocolVersion::TLS13);
    // Before the first protected record of ours; the client's come when it has our answer.
    match record_lens {
        RecordLens::Usual => {}
        RecordLens::Fragment(len) => effects.max_rec(len.record_len(), len.record_len()),
        RecordLens::Limits { outgoing, incoming } => effects.max_rec(outgoing, incoming),
    }
    let extensions = answers(by_name, record_lens, &flight.outcome);
    flight.add(&EncryptedExtensions { extensions }, effects)?;
    match proof {
        Some(proof) => flight.prove(proof, hello, &mut random, effects),
        None => flight.finish(effects),
    }
}

/// The tickets that the client gets at the end: each is for one connection, and a client may want to have two at once, but who
/// has used one needs no more than another.
fn promises<'a>(
    conf: &'a ServerConf,
    hello: &ClientHello,
    earlier: Option<&Session>,
    random: &mut Random,
) -> Result<Vec<Promise<'a>>, Error> {
    let Some(tickets) = tickets(conf).filter(|_| has_exchange(hello)) else { return Ok(Vec::new()) };
    let count = if earlier.is_some() { 1 } else { TICKETS_COUNT };
    (0..count).map(|_| Promise::new(tickets, earlier, random)).collect()
}

/// The extensions that are nobody else's business, each only if the client sent its own (RFC 8446 §4.2); server_name exactly if
/// it was used.
fn answers(by_name: bool, record_lens: RecordLens, outcome: &Outcome) -> Vec<EncryptedExtension> {
    let name = by_name.then_some(EncryptedExtension::ServerName);
    let record_len = match record_lens {
        RecordLens::Usual => None,
        RecordLens::Fragment(len) => Some(EncryptedExtension::MaxFragmentLength(len)),
        RecordLens::Limits { incoming, .. } => {
            Some(EncryptedExtension::RecordSizeLimit(record_size_limit(incoming, outcome.version)))
        }
    };
    let alpn = outcome.alpn.as_ref().map(|protocol| EncryptedExtension::Alpn(protocol.as_bytes().to_vec()));
    name.into_iter().chain(record_len).chain(alpn).collect()
}

/// What we would like to see of the client, if anything: with a scheme and an extension among it that nobody knows, so that none
/// comes to rely on knowing them all (RFC 8701 §4).
fn request(conf: &ServerConf, random: &mut Random) -> Result<Option<CertificateRequest>, Error> {
    let Some(trust) = conf.client_auth.trust() else { return Ok(None) };
    let (scheme, typ) = (random.grease()?, random.grease()?);
    let schemes = TLS13_SCHEMES.into_iter().chain([SignatureScheme(scheme)]).collect();
    let mut extensions = vec![
        RequestExtension::SignatureAlgorithms(schemes),
        RequestExtension::SignatureAlgorithmsCert(offered(&conf.allow)),
    ];
    let authorities = trust.authorities();
    if !authorities.is_empty() {
        extensions.push(RequestExtension::CertificateAuthorities(authorities));
    }
    extensions.push(RequestExtension::Unknown { typ, body: Vec::new() });
    Ok(Some(CertificateRequest { context: Vec::new(), extensions }))
}

impl<'a> AwaitSignature<'a> {
    /// Takes the signature, and sends the flight.
    pub(super) fn signed(mut self, signature: Vec<u8>, effects: &mut Effects) -> Result<State<'a>, Error> {
        self.flight.add(&CertificateVerify { scheme: self.scheme, signature }, effects)?;
        self.flight.finish(effects)
    }
}

impl<'a> Flight<'a> {
    /// Shows the certificate, with what its issuer says of it if the client wants to know, and asks for the signature.
    fn prove(
        mut self,
        proof: Proof,
        hello: &ClientHello,
        random: &mut Random,
        effects: &mut Effects,
    ) -> Result<State<'a>, Error> {
        let Proof { key, scheme, .. } = proof;
        if let Some(request) = request(self.conf, random)? {
            self.has_request = true;
            self.add(&request, effects)?;
        }
        let entry = |der: &x509::CertificateDer<'static>| Entry { der: der.clone(), extensions: Vec::new() };
        let mut entries: Vec<Entry> = key.chain().iter().map(entry).collect();
        let staple = key.staple(self.conf.now).filter(|_| hello.wants_status());
        if let (Some(first), Some(response)) = (entries.first_mut(), staple) {
            first.extensions.push(EntryExtension::StatusRequest(response.to_vec()));
        }
        self.add(&Certificate { context: Vec::new(), entries }, effects)?;
        let message = signed_messages(Side::Server, self.transcript.hash().as_ref());
        effects.sign(SignRequest { key, scheme, message });
        Ok(State::AwaitSignature(AwaitSignature { flight: self, scheme }))
    }

    /// Ends the flight, after which we send under the keys of data already.
    fn finish(mut self, effects: &mut Effects) -> Result<State<'a>, Error> {
        let verify_data = self.server_secret.verify_data(self.transcript.hash().as_ref())?;
        self.add(&Finished { verify_data }, effects)?;
        let Flight {
            conf,
            suite,
            client_random,
            transcript,
            handshake_secret,
            client_secret,
            mut outcome,
            promises,
            bytes,
            ..
        } = self;
        effects.write_hand(bytes);
        let master_secret = handshake_secret.master()?;
        let finished_hash = transcript.hash();
        let client = master_secret.traffic(Side::Client, finished_hash.as_ref())?;
        let server = master_secret.traffic(Side::Server, finished_hash.as_ref())?;
        let wishes = conf.wishes();
        let pair = [&client, &server];
        outcome.exported =
            wishes.traffic(&client_random, pair, &master_secret, finished_hash.as_ref(), effects)?;
        effects.secret(traffic_line(suite, Side::Server, &client, &server)?);
        effects.change_cipher();
        effects.read_hand();
        let peer = outcome.peer_subject();
        let hash = suite.hash;
        let next = ExpectFinished { hash, transcript, client_secret, master_secret, promises, outcome, peer };
        Ok(match self.has_request {
            true => State::ExpectCertificate(ExpectCertificate { conf, next }),
            false => State::ExpectFinished(next),
        })
    }

    fn add<B: crate::msg::Body + std::fmt::Display>(
        &mut self,
        message: &B,
        effects: &mut Effects,
    ) -> Result<(), Error> {
        let bytes = message.encode()?;
        self.transcript.add_bytes(&bytes);
        self.bytes.extend(bytes);
        effects.sent(message);
        Ok(())
    }
}

/// Tickets after a full handshake.
const TICKETS_COUNT: usize = 2;
