//! The ClientHello, and whether the ServerHello answers it.
//!
//! What a server may choose is what was offered and nothing else, and a version that fits the suite.

use tlswire::{ProtocolVersion, SignatureScheme, Suite};
use x509::ServerName;

use crate::agreed::Agreed;
use crate::allow::{Compat, Old};
use crate::client::tls12::{self, Means};
use crate::conf::ClientConf;
use crate::effects::Effects;
use crate::error::Error;
use crate::msg::ext::{ClientExtension, Extension, HOST_NAME, Name, ServerExtension, UNCOMPRESSED};
use crate::msg::hello::{ClientHello, NULL_COMPRESSION, ServerHello};
use crate::msg::{Body, Message};
use crate::outcome::Outcome;
use crate::sec::random::Random;
use crate::sec::transcript::Transcript;
use crate::sec::{downgrade, verify};
use crate::suites::CipherSuite;

/// The hello is out.
#[derive(Debug)]
pub(super) struct ExpectServerHello<'a> {
    conf: &'a ClientConf,
    hello: ClientHello,
    /// The suites that were offered.
    suites: Vec<&'static CipherSuite>,
    random: Random,
    transcript: Transcript,
}

impl<'a> ExpectServerHello<'a> {
    /// Offers `suites` and what else `conf` has, which was checked.
    pub(super) fn begin(
        conf: &'a ClientConf,
        suites: Vec<&'static CipherSuite>,
        mut random: Random,
        effects: &mut Effects,
    ) -> Result<ExpectServerHello<'a>, Error> {
        let best = conf.allowed_versions().first().copied();
        let version = best.ok_or(Error::Internal("no version"))?;
        let suites: Vec<_> = suites
            .into_iter()
            .filter(|row| conf.allowed_versions().iter().any(|it| row.is_for(*it)))
            .collect();
        let mut numbers: Vec<Suite> = suites.iter().map(|row| row.suite).collect();
        // In place of the extension, for those who may not know extensions.
        if conf.compat == Compat::NineFront || version < ProtocolVersion::TLS10 {
            numbers.push(Suite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV);
        }
        let extensions =
            if version < ProtocolVersion::TLS10 { Vec::new() } else { extensions(conf, &suites) };
        let hello = ClientHello {
            version,
            random: random.take()?,
            session_id: Vec::new(),
            suites: numbers,
            compressions: vec![NULL_COMPRESSION],
            extensions,
        };
        let bytes = hello.encode()?;
        let mut transcript = Transcript::default();
        transcript.add_bytes(&bytes);
        effects.sent(&hello);
        effects.write_hand(bytes);
        effects.read_hand();
        Ok(ExpectServerHello { conf, hello, suites, random, transcript })
    }

    /// Takes the server's choice.
    pub(super) fn handle(
        mut self,
        message: &Message,
        effects: &mut Effects,
    ) -> Result<tls12::State<'a>, Error> {
        let answer: ServerHello = message.parse("a server hello")?;
        effects.received(&answer);
        let agreed = self.agreed(&answer)?;
        effects.version(answer.version);
        effects.read_hand();
        self.transcript.add(message);
        let ExpectServerHello { conf, random, transcript, .. } = self;
        Ok(tls12::begin(Means { conf, agreed, transcript, random }))
    }

    fn agreed(&self, answer: &ServerHello) -> Result<Agreed, Error> {
        if !self.conf.allowed_versions().contains(&answer.version) {
            return Err(Error::IncompatibleVersion(answer.version));
        }
        let could_do_better = self.hello.version >= ProtocolVersion::TLS12;
        if could_do_better && downgrade::is_marked(&answer.random, answer.version) {
            return Err(Error::Downgraded);
        }
        let chosen = self.suites.iter().find(|row| row.suite == answer.suite && row.is_for(answer.version));
        let suite = *chosen.ok_or(Error::Unoffered("cipher suite"))?;
        if answer.compression != NULL_COMPRESSION {
            return Err(Error::Unoffered("compression"));
        }
        let mut outcome = Outcome {
            version: answer.version,
            suite: answer.suite,
            group: None,
            alpn: None,
            server_name: self.conf.server_name.as_ref().and_then(sent_name),
            extended_master_secret: false,
            psk_identity: None,
            encrypt_then_mac: false,
            peer_chain: Vec::new(),
        };
        let mut renegotiation_info = false;
        for extension in &answer.extensions {
            // RFC 5246 §7.4.1.4. Of the offered ones, those without a meaning in an answer are passed over: there are
            // servers that answer supported_groups.
            let is_offered = |offered: &ClientExtension| offered.typ() == extension.typ();
            let is_signalled =
                *extension == ServerExtension::RenegotiationInfo && self.hello.has_renegotiation_info();
            if !is_signalled && !self.hello.extensions.iter().any(is_offered) {
                return Err(Error::UnofferedExtension(extension.typ()));
            }
            match extension {
                // SSL 3.0 has no such thing (RFC 7366 §2 speaks of TLS and DTLS), whatever the hello of both offered.
                ServerExtension::EncryptThenMac
                    if !suite.is_block_mac() || answer.version == ProtocolVersion::SSL3 =>
                {
                    return Err(Error::Unoffered("encrypt-then-MAC"));
                }
                ServerExtension::EncryptThenMac => outcome.encrypt_then_mac = true,
                ServerExtension::ExtendedMasterSecret => outcome.extended_master_secret = true,
                ServerExtension::RenegotiationInfo => renegotiation_info = true,
                ServerExtension::Alpn(protocol) => outcome.alpn = Some(self.offered_protocol(protocol)?),
                ServerExtension::EcPointFormats(formats) if !formats.contains(&UNCOMPRESSED) => {
                    return Err(Error::NoUncompressedPoints);
                }
                // What TLS 1.3 offers, answered in a hello of an older version (RFC 8446 §4.2).
                ServerExtension::SupportedVersions(_)
                | ServerExtension::KeyShare(_)
                | ServerExtension::PreSharedKey(_) => {
                    return Err(Error::MisplacedExtension(extension.typ()));
                }
                ServerExtension::EcPointFormats(_)
                | ServerExtension::ServerName
                | ServerExtension::Unknown { .. } => {}
            }
        }
        if !renegotiation_info && !self.conf.allow.has(Old::LegacyServer) {
            return Err(Error::NoRenegotiationInfo);
        }
        let (client_random, server_random) = (self.hello.random, answer.random);
        Ok(Agreed { suite, version: answer.version, client_random, server_random, outcome })
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
/// at the end. 9front has fewer of them, in another order.
fn extensions(conf: &ClientConf, suites: &[&CipherSuite]) -> Vec<ClientExtension> {
    let mut extensions = Vec::new();
    if let Some(name) = conf.server_name.as_ref().and_then(sent_name) {
        let name = Name { typ: HOST_NAME, bytes: name.into_bytes() };
        extensions.push(ClientExtension::ServerName(vec![name]));
    }
    if conf.compat == Compat::House {
        if suites.iter().any(|row| row.is_block_mac()) {
            extensions.push(ClientExtension::EncryptThenMac);
        }
        extensions.push(ClientExtension::ExtendedMasterSecret);
        extensions.push(ClientExtension::RenegotiationInfo);
    }
    if conf.compat == Compat::NineFront || suites.iter().any(|row| row.kx.has_curve()) {
        extensions.push(ClientExtension::SupportedGroups(conf.groups.clone()));
        extensions.push(ClientExtension::EcPointFormats(vec![UNCOMPRESSED]));
    }
    extensions.push(ClientExtension::SignatureAlgorithms(schemes(conf)));
    if !conf.alpn.is_empty() {
        let protocols = conf.alpn.iter().map(|protocol| protocol.clone().into_bytes()).collect();
        extensions.push(ClientExtension::Alpn(protocols));
    }
    extensions
}

/// The signature schemes that are offered, and no other will do.
pub(super) fn schemes(conf: &ClientConf) -> Vec<SignatureScheme> {
    let ours = verify::offered(&conf.allow);
    match conf.compat {
        Compat::House => ours,
        Compat::NineFront => SCHEMES_9FRONT.into_iter().filter(|scheme| ours.contains(scheme)).collect(),
    }
}

/// The name that server_name carries: of a host, lower case, without a final dot, never an address (RFC 6066 §3).
fn sent_name(name: &ServerName<'_>) -> Option<String> {
    let ServerName::DnsName(name) = name else { return None };
    let name = name.as_ref().to_ascii_lowercase();
    Some(name.strip_suffix('.').map(str::to_owned).unwrap_or(name))
}

/// 9front's order of what it offers and we verify; it also offers SHA-1 for ECDSA, and SHA-512.
const SCHEMES_9FRONT: [SignatureScheme; 7] = [
    SignatureScheme::ECDSA_SECP521R1_SHA512,
    SignatureScheme::ECDSA_SECP384R1_SHA384,
    SignatureScheme::ECDSA_SECP256R1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA512,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA1,
];
