//! The answer to the ClientHello: ServerHello, Certificate, ServerKeyExchange and ServerHelloDone, in one write.
//!
//! Between choosing and writing the key signs; whoever has it may be slow or far away.

use std::sync::Arc;

use tlswire::ProtocolVersion;

use crate::effects::{Effects, SignRequest};
use crate::error::Error;
use crate::msg::cert::Certificate;
use crate::msg::ext::{ServerExtension, UNCOMPRESSED};
use crate::msg::hello::{ClientHello, NULL_COMPRESSION, ServerHello};
use crate::msg::kx::{EcdheParams, ServerHelloDone, ServerKeyExchange};
use crate::msg::{Body, Message};
use crate::outcome::Outcome;
use crate::sec::downgrade;
use crate::sec::kx::Ephemeral;
use crate::sec::sign::signed_params;
use crate::sec::transcript::Transcript;
use crate::server::certs::ranks;
use crate::server::choose as common;
use crate::server::hello::{ExpectClientHello, VERSIONS};
use crate::server::sni::ServerName;
use crate::server::tls12::choose::{Choice, choose};
use crate::server::tls12::kx::ExpectClientKeyExchange;
use crate::server::tls12::{Agreed, State};

/// All of the flight is ready but the signature.
#[derive(Debug)]
pub(in crate::server) struct AwaitSignature {
    agreed: Agreed,
    transcript: Transcript,
    ephemeral: Ephemeral,
    hello: ServerHello,
    certificate: Certificate,
    key_exchange: ServerKeyExchange,
}

/// Chooses everything that TLS 1.2 lets a server choose, and asks for the signature. `message` is the one that `hello` was
/// parsed from.
pub(in crate::server) fn begin(
    start: ExpectClientHello<'_>,
    message: &Message,
    hello: &ClientHello,
    server_name: Option<ServerName>,
    effects: &mut Effects,
) -> Result<State, Error> {
    let ExpectClientHello { conf, suites, mut random } = start;
    if hello.point_formats().is_some_and(|formats| !formats.contains(&UNCOMPRESSED)) {
        return Err(Error::NoUncompressedPoints);
    }
    let ranks = ranks(conf, server_name.as_ref())?;
    // Every suite here is one of ECDHE.
    let group = common::group(hello, conf).ok_or(Error::NoCommonSuite)?;
    let Choice { suite, key, scheme, by_name } = choose(hello, &suites, &ranks)?;
    if !hello.compressions.contains(&NULL_COMPRESSION) {
        return Err(Error::NoCommonCompression);
    }
    effects.trace(format!("  cipher {:x}, compressor {NULL_COMPRESSION:x}", suite.suite.0));
    let alpn = common::protocol(hello, conf)?;

    let mut server_random = random.take()?;
    if let Some(best) = VERSIONS.first() {
        downgrade::mark(&mut server_random, ProtocolVersion::TLS12, *best);
    }
    let ephemeral = Ephemeral::new(group, &mut random)?;
    let params = EcdheParams { group, public: ephemeral.public().to_vec() };
    effects.sign(SignRequest {
        scheme,
        message: signed_params(&hello.random, &server_random, &params.encode()?),
        key: Arc::clone(&key),
    });

    let mut transcript = Transcript::new(suite.prf);
    transcript.add(message.bytes());
    Ok(State::AwaitSignature(AwaitSignature {
        transcript,
        ephemeral,
        hello: ServerHello {
            version: ProtocolVersion::TLS12,
            random: server_random,
            // Nothing can be resumed.
            session_id: Vec::new(),
            suite: suite.suite,
            compression: NULL_COMPRESSION,
            extensions: answers(hello, by_name, alpn),
        },
        certificate: Certificate { chain: key.chain().to_vec() },
        key_exchange: ServerKeyExchange { params, scheme, signature: Vec::new() },
        agreed: Agreed {
            suite,
            client_random: hello.random,
            server_random,
            outcome: Outcome {
                version: ProtocolVersion::TLS12,
                suite: suite.suite,
                group: Some(group),
                alpn: alpn.map(str::to_owned),
                server_name: server_name.map(ServerName::into_string),
                extended_master_secret: hello.has_extended_master_secret(),
                peer_chain: Vec::new(),
            },
        },
    }))
}

/// The extensions of the ServerHello, each only if the client sent its own (RFC 5246 §7.4.1.4); server_name exactly if it
/// was used.
fn answers(hello: &ClientHello, by_name: bool, alpn: Option<&str>) -> Vec<ServerExtension> {
    let mut answers = Vec::new();
    if hello.has_renegotiation_info() {
        answers.push(ServerExtension::RenegotiationInfo);
    }
    if by_name {
        answers.push(ServerExtension::ServerName);
    }
    if hello.point_formats().is_some() {
        answers.push(ServerExtension::EcPointFormats(vec![UNCOMPRESSED]));
    }
    if hello.has_extended_master_secret() {
        answers.push(ServerExtension::ExtendedMasterSecret);
    }
    if let Some(protocol) = alpn {
        answers.push(ServerExtension::Alpn(protocol.as_bytes().to_vec()));
    }
    answers
}

impl AwaitSignature {
    /// Takes the signature, and sends the flight.
    pub(in crate::server) fn signed(
        mut self,
        signature: Vec<u8>,
        effects: &mut Effects,
    ) -> Result<State, Error> {
        self.key_exchange.signature = signature;
        effects.sent(&self.hello);
        effects.sent(&self.certificate);
        effects.sent(&self.key_exchange);
        effects.sent(&ServerHelloDone);
        let flight = [
            self.hello.encode()?,
            self.certificate.encode()?,
            self.key_exchange.encode()?,
            ServerHelloDone.encode()?,
        ]
        .concat();
        self.transcript.add(&flight);
        effects.write_hand(flight);
        effects.read_hand();
        Ok(State::ExpectClientKeyExchange(ExpectClientKeyExchange {
            agreed: self.agreed,
            transcript: self.transcript,
            ephemeral: self.ephemeral,
        }))
    }
}
