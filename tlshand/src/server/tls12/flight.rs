//! The answer to the ClientHello, from ServerHello to ServerHelloDone, in one write.
//!
//! Between choosing and writing the key may have to sign; whoever has it may be slow or far away.

use std::sync::Arc;

use tlswire::{ProtocolVersion, SignatureScheme};

use crate::agreed::Agreed;
use crate::allow::Compat;
use crate::conf::ServerConf;
use crate::effects::{Effects, SignRequest};
use crate::error::Error;
use crate::msg::cert::{Certificate, CertificateRequest, ECDSA_SIGN, RSA_SIGN};
use crate::msg::ext::{ServerExtension, UNCOMPRESSED};
use crate::msg::hello::{ClientHello, NULL_COMPRESSION, ServerHello};
use crate::msg::kx::{EcdheParams, Params, ServerHelloDone, ServerKeyExchange, Signed};
use crate::msg::status::CertificateStatus;
use crate::msg::{Body, Message};
use crate::outcome::Outcome;
use crate::record_len::{RecordLens, record_size_limit};
use crate::sec::kx::{Ephemeral, GROUPS};
use crate::sec::random::Random;
use crate::sec::sign::signed_params;
use crate::sec::transcript::Transcript;
use crate::sec::{dh, downgrade, verify};
use crate::server::certs::{believed, ranks};
use crate::server::choose as common;
use crate::server::hello::ExpectClientHello;
use crate::server::sni::ServerName;
use crate::server::tickets::{Promise, tickets};
use crate::server::tls12::State;
use crate::server::tls12::cert::ExpectCertificate;
use crate::server::tls12::choose::{Choice, Proof, choose};
use crate::server::tls12::kx::{ExpectClientKeyExchange, Half};
use crate::server::tls12::resume::{self, Asked};
use crate::suites::{CipherSuite, Kx};

/// All of the flight is ready but the signature.
#[derive(Debug)]
pub(in crate::server) struct AwaitSignature<'a> {
    flight: Flight<'a>,
    scheme: SignatureScheme,
    key_exchange: ServerKeyExchange,
}

/// The flight without the key exchange, and what comes after it.
#[derive(Debug)]
struct Flight<'a> {
    conf: &'a ServerConf,
    agreed: Agreed,
    transcript: Transcript,
    half: Half,
    promise: Option<Promise<'a>>,
    hello: ServerHello,
    certificate: Option<Certificate>,
    status: Option<CertificateStatus>,
    request: Option<CertificateRequest>,
}

/// Chooses everything that TLS 1.2 and its elders let a server choose, and asks for the signature if there is to be one.
/// `message` is the one that `hello` was parsed from.
pub(in crate::server) fn begin<'a>(
    start: ExpectClientHello<'a>,
    version: ProtocolVersion,
    message: &Message,
    hello: &ClientHello,
    server_name: Option<ServerName>,
    effects: &mut Effects,
) -> Result<State<'a>, Error> {
    let ExpectClientHello { conf, versions, suites, mut random, .. } = start;
    if hello.point_formats().is_some_and(|formats| !formats.contains(&UNCOMPRESSED)) {
        return Err(Error::NoUncompressedPoints);
    }
    let is_modern = conf.compat == Compat::House && version >= ProtocolVersion::TLS10;
    let mut ranks = if conf.psks.is_empty() { ranks(conf, server_name.as_ref())? } else { Vec::new() };
    let mut server_random = random.take()?;
    if let (Some(best), Compat::House) = (versions.first(), conf.compat) {
        downgrade::mark(&mut server_random, version, *best);
    }
    let name = server_name.as_ref().map(ServerName::as_str);
    let asked = Asked { version, message, hello, server_name: name, server_random };
    if let Some(state) = resume::attempt(conf, &suites, &asked, &mut random, effects)? {
        return Ok(state);
    }
    if is_modern {
        ranks = believed(ranks, hello.trusted_authorities());
    }
    let Choice { suite, proof, by_name, by_authority } = choose(hello, version, conf, &suites, &ranks)?;
    if !hello.compressions.contains(&NULL_COMPRESSION) {
        return Err(Error::NoCommonCompression);
    }
    effects.trace(format_args!("  cipher {:x}, compressor {NULL_COMPRESSION:x}", suite.suite.0));
    let alpn = common::protocol(hello, conf)?;

    let (half, params) = half(suite, hello, conf, proof.as_ref(), &mut random)?;
    let record_lens = match is_modern {
        true => common::record_lens(hello, conf, version),
        false => RecordLens::Usual,
    };
    let status = proof
        .as_ref()
        .filter(|_| is_modern && hello.wants_status())
        .and_then(|proof| proof.key.staple(conf.now))
        .map(|response| CertificateStatus { response: response.to_vec() });
    let outcome = Outcome {
        version,
        suite: suite.suite,
        group: half.group(),
        alpn: alpn.map(str::to_owned),
        server_name: server_name.map(ServerName::into_string),
        extended_master_secret: is_modern && hello.has_extended_master_secret(),
        psk_identity: None,
        encrypt_then_mac: is_modern && suite.is_block_mac() && hello.has_encrypt_then_mac(),
        is_resumed: false,
        peer_chain: Vec::new(),
        exported: Vec::new(),
    };
    let has_session = version == ProtocolVersion::TLS12 && outcome.extended_master_secret;
    let promise = match tickets(conf).filter(|_| has_session && hello.session_ticket().is_some()) {
        Some(tickets) => Some(Promise::new(tickets, None, &mut random)?),
        None => None,
    };
    let mut transcript = Transcript::default();
    transcript.add(message);
    if let RecordLens::Fragment(len) = record_lens {
        // Before anything of ours goes (RFC 6066 §4).
        effects.max_rec(len.record_len(), len.record_len());
    }
    let told = Told { by_name, by_authority, has_status: status.is_some(), record_lens };
    let mut extensions = answers(hello, suite, conf.compat, &told, &outcome);
    if promise.is_some() {
        extensions.push(ServerExtension::SessionTicket);
    }
    let flight = Flight {
        hello: ServerHello {
            version,
            random: server_random,
            // Sessions are known by tickets alone.
            session_id: Vec::new(),
            suite: suite.suite,
            compression: NULL_COMPRESSION,
            extensions,
        },
        certificate: proof.as_ref().map(|proof| Certificate { chain: proof.key.chain().to_vec() }),
        status,
        // Who shares a secret with us has been told apart by it.
        request: proof.as_ref().and_then(|_| request(conf, version)),
        agreed: Agreed {
            suite,
            version,
            client_random: hello.random,
            server_random,
            record_lens,
            may_have_status: told.has_status,
            outcome,
        },
        conf,
        transcript,
        half,
        promise,
    };
    let Some(params) = params else { return flight.send(None, effects) };
    // RFC 5489 §2: a hint that says nothing.
    let hint = suite.kx.has_psk().then(Vec::new);
    let signer = proof.and_then(|Proof { key, scheme }| Some((key, scheme?)));
    match signer {
        Some((key, scheme)) => {
            let message = signed_params(scheme, &hello.random, &server_random, &params.encode()?);
            effects.sign(SignRequest { scheme, message, key });
            let key_exchange = ServerKeyExchange { hint, params: Some(params), signed: None };
            Ok(State::AwaitSignature(AwaitSignature { flight, scheme, key_exchange }))
        }
        None => flight.send(Some(ServerKeyExchange { hint, params: Some(params), signed: None }), effects),
    }
}

/// Our half of the key exchange, and what of it goes into a message.
fn half(
    suite: &CipherSuite,
    hello: &ClientHello,
    conf: &ServerConf,
    proof: Option<&Proof>,
    random: &mut Random,
) -> Result<(Half, Option<Params>), Error> {
    match suite.kx {
        Kx::Ecdhe | Kx::EcdhePsk => {
            let group = common::group(hello, conf, &GROUPS).ok_or(Error::NoCommonSuite)?;
            let ephemeral = Ephemeral::new(group, random)?;
            let params = Params::Ecdhe(EcdheParams { group, public: ephemeral.public().to_vec() });
            Ok((Half::Ecdhe(group, ephemeral), Some(params)))
        }
        Kx::Dhe => {
            let field = common::field(hello).ok_or(Error::NoCommonSuite)?;
            let mut params = field.params()?;
            let ephemeral = dh::Ephemeral::new(&params.prime, &params.generator, dh::BITS_MIN, random)?;
            params.public = ephemeral.public().to_vec();
            Ok((Half::Dhe(field.group, ephemeral), Some(Params::Dhe(params))))
        }
        Kx::Rsa => {
            let key = proof.map(|proof| Arc::clone(&proof.key)).ok_or(Error::Internal("no key"))?;
            // Drawn before anything is decrypted, so that it costs the same whether it is needed or not.
            let substitute = random.take()?.into();
            Ok((Half::Rsa { key, version: hello.version, substitute }, None))
        }
        Kx::Psk => Ok((Half::Psk, None)),
    }
}

/// What we would like to see of the client, if anything.
fn request(conf: &ServerConf, version: ProtocolVersion) -> Option<CertificateRequest> {
    let trust = conf.client_auth.trust()?;
    let is_old = version < ProtocolVersion::TLS12;
    Some(CertificateRequest {
        types: if is_old { vec![RSA_SIGN] } else { vec![ECDSA_SIGN, RSA_SIGN] },
        schemes: (!is_old).then(|| verify::offered(&conf.allow)),
        authorities: trust.authorities(),
    })
}

/// What the client is told of what its extensions have done.
struct Told {
    by_name: bool,
    by_authority: bool,
    has_status: bool,
    record_lens: RecordLens,
}

/// The extensions of the ServerHello, each only if the client sent its own (RFC 5246 §7.4.1.4); server_name exactly if it
/// was used.
fn answers(
    hello: &ClientHello,
    suite: &CipherSuite,
    compat: Compat,
    told: &Told,
    outcome: &Outcome,
) -> Vec<ServerExtension> {
    let mut answers = Vec::new();
    if hello.has_renegotiation_info() {
        answers.push(ServerExtension::RenegotiationInfo);
    }
    if told.by_name && compat == Compat::House {
        answers.push(ServerExtension::ServerName);
    }
    match told.record_lens {
        RecordLens::Usual => {}
        RecordLens::Fragment(len) => answers.push(ServerExtension::MaxFragmentLength(len)),
        RecordLens::Limits { incoming, .. } => {
            let limit = record_size_limit(incoming, outcome.version);
            answers.push(ServerExtension::RecordSizeLimit(limit));
        }
    }
    if told.by_authority {
        answers.push(ServerExtension::TrustedCaKeys);
    }
    if told.has_status {
        answers.push(ServerExtension::StatusRequest);
    }
    if hello.point_formats().is_some() && suite.kx.has_curve() && compat == Compat::House {
        answers.push(ServerExtension::EcPointFormats(vec![UNCOMPRESSED]));
    }
    if outcome.encrypt_then_mac {
        answers.push(ServerExtension::EncryptThenMac);
    }
    if outcome.extended_master_secret {
        answers.push(ServerExtension::ExtendedMasterSecret);
    }
    if let Some(protocol) = &outcome.alpn {
        answers.push(ServerExtension::Alpn(protocol.as_bytes().to_vec()));
    }
    answers
}

impl<'a> AwaitSignature<'a> {
    /// Takes the signature, and sends the flight.
    pub(in crate::server) fn signed(
        mut self,
        signature: Vec<u8>,
        effects: &mut Effects,
    ) -> Result<State<'a>, Error> {
        self.key_exchange.signed = Some(Signed::new(self.flight.agreed.version, self.scheme, signature));
        self.flight.send(Some(self.key_exchange), effects)
    }
}

impl<'a> Flight<'a> {
    fn send(
        self,
        key_exchange: Option<ServerKeyExchange>,
        effects: &mut Effects,
    ) -> Result<State<'a>, Error> {
        let Flight { conf, agreed, mut transcript, half, promise, hello, certificate, status, request } =
            self;
        let mut flight = hello.encode()?;
        effects.sent(&hello);
        if let Some(certificate) = &certificate {
            flight.extend(certificate.encode()?);
            effects.sent(certificate);
        }
        if let Some(status) = &status {
            // RFC 6066 §8: immediately behind the Certificate.
            flight.extend(status.encode()?);
            effects.sent(status);
        }
        if let Some(key_exchange) = &key_exchange {
            flight.extend(key_exchange.encode()?);
            effects.sent(key_exchange);
        }
        if let Some(request) = &request {
            flight.extend(request.encode()?);
            effects.sent(request);
        }
        flight.extend(ServerHelloDone.encode()?);
        effects.sent(&ServerHelloDone);
        transcript.add_bytes(&flight);
        effects.write_hand(flight);
        effects.read_hand();
        let next = ExpectClientKeyExchange { conf, agreed, transcript, half, promise, client: None };
        Ok(match request {
            Some(_) => State::ExpectCertificate(ExpectCertificate { next }),
            None => State::ExpectClientKeyExchange(next),
        })
    }
}
