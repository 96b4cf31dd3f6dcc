//! The ClientHello, and whether the ServerHello answers it.
//!
//! What a server may choose is what was offered and nothing else. With TLS 1.2 as the only version there is nothing to
//! be lowered to, so the mark of RFC 8446 §4.1.3 is not looked for: a server of TLS 1.3 sets it for us rightly.

use tlswire::ProtocolVersion;
use x509::ServerName;

use crate::client::tls12::cert::ExpectCertificate;
use crate::client::tls12::{self, Agreed};
use crate::conf::{ClientConf, Verify};
use crate::effects::Effects;
use crate::error::Error;
use crate::msg::ext::{ClientExtension, Extension, HOST_NAME, Name, ServerExtension, UNCOMPRESSED};
use crate::msg::hello::{ClientHello, NULL_COMPRESSION, ServerHello};
use crate::msg::{Body, Message};
use crate::outcome::Outcome;
use crate::sec::random::Random;
use crate::sec::transcript::Messages;
use crate::sec::verify::SCHEMES;
use crate::suites::CipherSuite;

/// The hello is out.
#[derive(Debug)]
pub(super) struct ExpectServerHello {
    hello: ClientHello,
    /// The suites that were offered.
    suites: Vec<&'static CipherSuite>,
    verify: Verify,
    server_name: Option<ServerName<'static>>,
    random: Random,
    messages: Messages,
}

impl ExpectServerHello {
    /// Offers `suites` and what else `conf` has, which was checked.
    pub(super) fn begin(
        conf: &ClientConf,
        suites: Vec<&'static CipherSuite>,
        mut random: Random,
        effects: &mut Effects,
    ) -> Result<ExpectServerHello, Error> {
        let hello = ClientHello {
            version: ProtocolVersion::TLS12,
            random: random.take()?,
            session_id: Vec::new(),
            suites: suites.iter().map(|row| row.suite).collect(),
            compressions: vec![NULL_COMPRESSION],
            extensions: extensions(conf),
        };
        let bytes = hello.encode()?;
        let mut messages = Messages::default();
        messages.add(&bytes);
        effects.sent(&hello);
        effects.write_hand(bytes);
        effects.read_hand();
        let (verify, server_name) = (conf.verify.clone(), conf.server_name.clone());
        Ok(ExpectServerHello { hello, suites, verify, server_name, random, messages })
    }

    /// Takes the server's choice.
    pub(super) fn handle(mut self, message: &Message, effects: &mut Effects) -> Result<tls12::State, Error> {
        let answer: ServerHello = message.parse("a server hello")?;
        effects.received(&answer);
        let agreed = self.agreed(&answer)?;
        effects.version(answer.version);
        effects.read_hand();
        self.messages.add(message.bytes());
        Ok(tls12::State::ExpectCertificate(ExpectCertificate {
            transcript: self.messages.hashed(agreed.suite.prf),
            verify: self.verify,
            server_name: self.server_name,
            groups: self.hello.groups().unwrap_or_default().to_vec(),
            random: self.random,
            agreed,
        }))
    }

    fn agreed(&self, answer: &ServerHello) -> Result<Agreed, Error> {
        if answer.version != ProtocolVersion::TLS12 {
            return Err(Error::IncompatibleVersion(answer.version));
        }
        let chosen = self.suites.iter().find(|row| row.suite == answer.suite);
        let suite = *chosen.ok_or(Error::Unoffered("cipher suite"))?;
        if answer.compression != NULL_COMPRESSION {
            return Err(Error::Unoffered("compression"));
        }
        let mut outcome = Outcome {
            version: answer.version,
            suite: answer.suite,
            group: None,
            alpn: None,
            server_name: self.server_name.as_ref().and_then(sent_name),
            extended_master_secret: false,
            peer_chain: Vec::new(),
        };
        let mut renegotiation_info = false;
        for extension in &answer.extensions {
            // RFC 5246 §7.4.1.4. Of the offered ones, those without a meaning in an answer are passed over: there are
            // servers that answer supported_groups.
            if !self.hello.extensions.iter().any(|offered| offered.typ() == extension.typ()) {
                return Err(Error::UnofferedExtension(extension.typ()));
            }
            match extension {
                ServerExtension::ExtendedMasterSecret => outcome.extended_master_secret = true,
                ServerExtension::RenegotiationInfo => renegotiation_info = true,
                ServerExtension::Alpn(protocol) => outcome.alpn = Some(self.offered_protocol(protocol)?),
                ServerExtension::EcPointFormats(formats) if !formats.contains(&UNCOMPRESSED) => {
                    return Err(Error::NoUncompressedPoints);
                }
                ServerExtension::EcPointFormats(_)
                | ServerExtension::ServerName
                | ServerExtension::Unknown { .. } => {}
            }
        }
        if !renegotiation_info {
            return Err(Error::NoRenegotiationInfo);
        }
        Ok(Agreed { suite, client_random: self.hello.random, server_random: answer.random, outcome })
    }

    fn offered_protocol(&self, protocol: &[u8]) -> Result<String, Error> {
        let unoffered = Error::Unoffered("application protocol");
        if !self.hello.protocols().unwrap_or_default().iter().any(|offered| offered == protocol) {
            return Err(unoffered);
        }
        String::from_utf8(protocol.to_vec()).map_err(|_| unoffered)
    }
}

/// What the client offers, server_name first; the last is one with a body, since old servers stumble over an empty one
/// at the end.
fn extensions(conf: &ClientConf) -> Vec<ClientExtension> {
    let mut extensions = Vec::new();
    if let Some(name) = conf.server_name.as_ref().and_then(sent_name) {
        let name = Name { typ: HOST_NAME, bytes: name.into_bytes() };
        extensions.push(ClientExtension::ServerName(vec![name]));
    }
    extensions.push(ClientExtension::ExtendedMasterSecret);
    extensions.push(ClientExtension::RenegotiationInfo);
    extensions.push(ClientExtension::SupportedGroups(conf.groups.clone()));
    extensions.push(ClientExtension::EcPointFormats(vec![UNCOMPRESSED]));
    extensions.push(ClientExtension::SignatureAlgorithms(SCHEMES.to_vec()));
    if !conf.alpn.is_empty() {
        let protocols = conf.alpn.iter().map(|protocol| protocol.clone().into_bytes()).collect();
        extensions.push(ClientExtension::Alpn(protocols));
    }
    extensions
}

/// The name that server_name carries: of a host, lower case, without a final dot, never an address (RFC 6066 §3).
fn sent_name(name: &ServerName<'_>) -> Option<String> {
    let ServerName::DnsName(name) = name else { return None };
    let name = name.as_ref().to_ascii_lowercase();
    Some(name.strip_suffix('.').map(str::to_owned).unwrap_or(name))
}
