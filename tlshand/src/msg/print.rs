//! A message as one line of text, for traces.
//!
//! Whatever the peer chose freely is escaped or in hexadecimal, and long lists are cut: a trace is a terminal's food.
//! What is printed here went over the wire in clear or proves nothing to others; keys never do.

use std::fmt::{self, Display, Formatter};

use tlswire::ProtocolVersion;

use crate::error::Error;
use crate::msg::cert::{Certificate, CertificateRequest, CertificateVerify};
use crate::msg::ext::{ClientExtension, HOST_NAME, KeyShare, ServerExtension};
use crate::msg::finished::Finished;
use crate::msg::hello::{ClientHello, ServerHello};
use crate::msg::inbox::Inbox;
use crate::msg::kx::{ClientKeyExchange, Exchange, Params, ServerHelloDone, ServerKeyExchange, Signed};
use crate::msg::ssl2::Ssl2ClientHello;
use crate::msg::status::{CertificateStatus, StatusRequest};
use crate::msg::ticket::NewSessionTicket;
use crate::msg::tls13::encrypted::EncryptedExtensions;
use crate::msg::tls13::retry::HelloRetryRequest;
use crate::msg::tls13::update::KeyUpdate;
use crate::msg::{Body, Form, HandshakeType, Message, tls13};
use crate::sec::finished::verify_data_len;
use crate::suites::{CipherSuite, Kx};

/// Prints the messages that reads of `hand` brought, a line for each, as traces have them: for looking into a flight that
/// was written down. HelloRequests are passed over, and so is a last message that is not whole. Messages that depend on what a
/// ServerHello chose are taken for those of the last one that came, or else of TLS 1.2 with ECDHE.
///
/// # Errors
/// Why a handshake would end that got these bytes, whatever it expected.
pub fn lines<'a>(reads: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<String>, Error> {
    let (mut inbox, mut lines) = (Inbox::default(), Vec::new());
    let mut form = Form { version: ProtocolVersion::TLS12, kx: Kx::Ecdhe };
    for read in reads {
        inbox.recv(read);
        while let Some(message) = inbox.next()? {
            lines.push(line(&message, &mut form)?);
        }
    }
    Ok(lines)
}

fn line(message: &Message, form: &mut Form) -> Result<String, Error> {
    let is_tls13 = form.version == ProtocolVersion::TLS13;
    match message.typ() {
        HandshakeType::CLIENT_HELLO => parsed::<ClientHello>(message, ()),
        HandshakeType::SSL2_CLIENT_HELLO => parsed::<Ssl2ClientHello>(message, ()),
        HandshakeType::SERVER_HELLO if HelloRetryRequest::is_it(message) => {
            parsed::<HelloRetryRequest>(message, ())
        }
        HandshakeType::SERVER_HELLO => {
            let hello: ServerHello = message.parse("a server hello")?;
            form.version = hello.selected_version().unwrap_or(hello.version);
            form.kx = CipherSuite::by_number(hello.suite).map_or(form.kx, |row| row.kx);
            Ok(hello.to_string())
        }
        HandshakeType::NEW_SESSION_TICKET if is_tls13 => {
            parsed::<tls13::ticket::NewSessionTicket>(message, ())
        }
        HandshakeType::NEW_SESSION_TICKET => parsed::<NewSessionTicket>(message, ()),
        HandshakeType::ENCRYPTED_EXTENSIONS => parsed::<EncryptedExtensions>(message, ()),
        HandshakeType::CERTIFICATE if is_tls13 => parsed::<tls13::cert::Certificate>(message, ()),
        HandshakeType::CERTIFICATE => parsed::<Certificate>(message, ()),
        HandshakeType::SERVER_KEY_EXCHANGE => parsed::<ServerKeyExchange>(message, *form),
        HandshakeType::CERTIFICATE_REQUEST if is_tls13 => {
            parsed::<tls13::request::CertificateRequest>(message, ())
        }
        HandshakeType::CERTIFICATE_REQUEST => parsed::<CertificateRequest>(message, *form),
        HandshakeType::SERVER_HELLO_DONE => parsed::<ServerHelloDone>(message, ()),
        HandshakeType::CERTIFICATE_VERIFY if is_tls13 => {
            parsed::<tls13::cert::CertificateVerify>(message, ())
        }
        HandshakeType::CERTIFICATE_VERIFY => parsed::<CertificateVerify>(message, *form),
        HandshakeType::CLIENT_KEY_EXCHANGE => parsed::<ClientKeyExchange>(message, *form),
        // As long as the hash, which may be one or the other.
        HandshakeType::FINISHED if is_tls13 => parsed::<Finished>(message, message.body().len()),
        HandshakeType::FINISHED => parsed::<Finished>(message, verify_data_len(form.version)),
        HandshakeType::CERTIFICATE_STATUS => parsed::<CertificateStatus>(message, ()),
        HandshakeType::KEY_UPDATE => parsed::<KeyUpdate>(message, ()),
        HandshakeType(other) => Err(Error::UnknownMessage(other)),
    }
}

fn parsed<B: Body + Display>(message: &Message, form: B::Form) -> Result<String, Error> {
    message.parse_in::<B>(form, "a message of its own type").map(|body| body.to_string())
}

impl Display for ClientHello {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "ClientHello version {:04x} random {}", self.version.0, Hex(&self.random))?;
        write!(f, " session_id {}", Hex(&self.session_id))?;
        write!(f, " suites {}", Numbers(self.suites.iter().map(|suite| suite.0)))?;
        write!(f, " compressions {}", Hex(&self.compressions))?;
        list(f, &self.extensions)
    }
}

impl Display for ServerHello {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "ServerHello version {:04x} random {}", self.version.0, Hex(&self.random))?;
        write!(f, " session_id {} suite {:04x}", Hex(&self.session_id), self.suite.0)?;
        write!(f, " compression {:02x}", self.compression)?;
        list(f, &self.extensions)
    }
}

impl Display for Certificate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Certificate lengths [")?;
        self.chain.iter().try_for_each(|der| write!(f, " {}", der.len()))?;
        f.write_str(" ]")
    }
}

impl Display for CertificateStatus {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateStatus of {} bytes", self.response.len())
    }
}

impl Display for CertificateRequest {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateRequest types {}", Hex(&self.types))?;
        if let Some(schemes) = &self.schemes {
            write!(f, " schemes {}", Numbers(schemes.iter().map(|scheme| scheme.0)))?;
        }
        write!(f, " authorities {}", self.authorities.len())
    }
}

impl Display for ServerKeyExchange {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("ServerKeyExchange")?;
        if let Some(hint) = &self.hint {
            write!(f, " hint {}", Text(hint))?;
        }
        match &self.params {
            Some(Params::Ecdhe(params)) => {
                write!(f, " group {:04x} public {}", params.group.0, Hex(&params.public))?;
            }
            Some(Params::Dhe(params)) => {
                write!(f, " prime {} generator {}", Hex(&params.prime), Hex(&params.generator))?;
                write!(f, " public {}", Hex(&params.public))?;
            }
            None => {}
        }
        self.signed.as_ref().map_or(Ok(()), |signed| write!(f, " {signed}"))
    }
}

impl Display for ServerHelloDone {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("ServerHelloDone")
    }
}

impl Display for ClientKeyExchange {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("ClientKeyExchange")?;
        if let Some(identity) = &self.identity {
            write!(f, " identity {}", Text(identity))?;
        }
        match &self.exchange {
            Exchange::None => Ok(()),
            Exchange::Ecdhe(public) | Exchange::Dhe(public) => write!(f, " public {}", Hex(public)),
            // What an old key may one day give away stays out of logs.
            Exchange::Rsa(encrypted) | Exchange::RsaBare(encrypted) => {
                write!(f, " premaster of {} bytes", encrypted.len())
            }
        }
    }
}

impl Display for CertificateVerify {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateVerify {}", self.signed)
    }
}

impl Display for Signed {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(scheme) = self.scheme {
            write!(f, "scheme {:04x} ", scheme.0)?;
        }
        write!(f, "signature {}", Hex(&self.signature))
    }
}

impl Display for Ssl2ClientHello {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "SSL2 {}", self.0)
    }
}

impl Display for NewSessionTicket {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // The ticket itself is for the two alone.
        write!(f, "NewSessionTicket lifetime {} ticket of {} bytes", self.lifetime_hint, self.ticket.len())
    }
}

impl Display for Finished {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Finished verify_data {}", Hex(&self.verify_data))
    }
}

impl Display for ClientExtension {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            ClientExtension::ServerName(names) => {
                f.write_str("server_name")?;
                names.iter().take(LIST_MAX).try_for_each(|name| match name.typ {
                    HOST_NAME => write!(f, " {}", Text(&name.bytes)),
                    typ => write!(f, " type {typ} {}", Hex(&name.bytes)),
                })
            }
            ClientExtension::MaxFragmentLength(len) => write!(f, "max_fragment_length {}", len.record_len()),
            ClientExtension::ClientCertificateUrl => f.write_str("client_certificate_url"),
            ClientExtension::TrustedCaKeys(authorities) => write!(f, "trusted_ca_keys {}", authorities.len()),
            ClientExtension::TruncatedHmac => f.write_str("truncated_hmac"),
            ClientExtension::StatusRequest(StatusRequest::Ocsp { responders, .. }) => {
                write!(f, "status_request of {} responders", responders.len())
            }
            ClientExtension::StatusRequest(StatusRequest::Other { typ, body }) => {
                write!(f, "status_request of type {typ} {}", Hex(body))
            }
            ClientExtension::RecordSizeLimit(limit) => write!(f, "record_size_limit {limit}"),
            ClientExtension::SupportedGroups(groups) => {
                write!(f, "supported_groups {}", Numbers(groups.iter().map(|group| group.0)))
            }
            ClientExtension::EcPointFormats(formats) => write!(f, "ec_point_formats {}", Hex(formats)),
            ClientExtension::SignatureAlgorithms(schemes) => {
                write!(f, "signature_algorithms {}", Numbers(schemes.iter().map(|scheme| scheme.0)))
            }
            ClientExtension::Alpn(protocols) => {
                f.write_str("alpn")?;
                protocols.iter().take(LIST_MAX).try_for_each(|protocol| write!(f, " {}", Text(protocol)))
            }
            ClientExtension::EncryptThenMac => f.write_str("encrypt_then_mac"),
            ClientExtension::ExtendedMasterSecret => f.write_str("extended_master_secret"),
            ClientExtension::SessionTicket(ticket) => write!(f, "session_ticket {}", Hex(ticket)),
            ClientExtension::SupportedVersions(versions) => {
                write!(f, "supported_versions {}", Numbers(versions.iter().map(|version| version.0)))
            }
            ClientExtension::Cookie(cookie) => write!(f, "cookie {}", Hex(cookie)),
            ClientExtension::KeyShare(shares) => {
                f.write_str("key_share")?;
                shares.iter().take(LIST_MAX).try_for_each(|share| write!(f, " {share}"))
            }
            ClientExtension::PskKeyExchangeModes(modes) => write!(f, "psk_key_exchange_modes {}", Hex(modes)),
            ClientExtension::PreSharedKey(offer) => {
                f.write_str("pre_shared_key")?;
                offer
                    .identities
                    .iter()
                    .take(LIST_MAX)
                    .try_for_each(|psk| write!(f, " {}", Text(&psk.identity)))
            }
            ClientExtension::EarlyData => f.write_str("early_data"),
            ClientExtension::SignatureAlgorithmsCert(schemes) => {
                write!(f, "signature_algorithms_cert {}", Numbers(schemes.iter().map(|scheme| scheme.0)))
            }
            ClientExtension::CertificateAuthorities(authorities) => {
                write!(f, "certificate_authorities {}", authorities.len())
            }
            ClientExtension::PostHandshakeAuth => f.write_str("post_handshake_auth"),
            ClientExtension::RenegotiationInfo => f.write_str("renegotiation_info"),
            ClientExtension::Unknown { typ, body } => write!(f, "{typ} {}", Hex(body)),
        }
    }
}

impl Display for ServerExtension {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            ServerExtension::ServerName => f.write_str("server_name"),
            ServerExtension::MaxFragmentLength(len) => write!(f, "max_fragment_length {}", len.record_len()),
            ServerExtension::TrustedCaKeys => f.write_str("trusted_ca_keys"),
            ServerExtension::StatusRequest => f.write_str("status_request"),
            ServerExtension::RecordSizeLimit(limit) => write!(f, "record_size_limit {limit}"),
            ServerExtension::EcPointFormats(formats) => write!(f, "ec_point_formats {}", Hex(formats)),
            ServerExtension::Alpn(protocol) => write!(f, "alpn {}", Text(protocol)),
            ServerExtension::EncryptThenMac => f.write_str("encrypt_then_mac"),
            ServerExtension::ExtendedMasterSecret => f.write_str("extended_master_secret"),
            ServerExtension::SessionTicket => f.write_str("session_ticket"),
            ServerExtension::SupportedVersions(version) => {
                write!(f, "supported_versions {:04x}", version.0)
            }
            ServerExtension::KeyShare(share) => write!(f, "key_share {share}"),
            ServerExtension::PreSharedKey(chosen) => write!(f, "pre_shared_key {chosen}"),
            ServerExtension::RenegotiationInfo => f.write_str("renegotiation_info"),
            ServerExtension::Unknown { typ, body } => write!(f, "{typ} {}", Hex(body)),
        }
    }
}

impl Display for KeyShare {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x} {}", self.group.0, Hex(&self.public))
    }
}

pub(super) fn list<E: Display>(f: &mut Formatter<'_>, extensions: &[E]) -> fmt::Result {
    if extensions.is_empty() {
        return Ok(());
    }
    f.write_str(" extensions [")?;
    for (place, extension) in extensions.iter().enumerate() {
        write!(f, "{} {extension}", if place == 0 { "" } else { "," })?;
    }
    f.write_str(" ]")
}

/// Bytes in hexadecimal, `nil` for none.
pub(super) struct Hex<'a>(pub(super) &'a [u8]);

impl Display for Hex<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("nil");
        }
        self.0.iter().take(BYTES_MAX).try_for_each(|byte| write!(f, "{byte:02x}"))?;
        if self.0.len() > BYTES_MAX { write!(f, "... ({} bytes)", self.0.len()) } else { Ok(()) }
    }
}

/// Bytes that are probably ASCII, in quotes, the others escaped.
pub(super) struct Text<'a>(pub(super) &'a [u8]);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let shown = self.0.get(..BYTES_MAX).unwrap_or(self.0);
        write!(f, "\"{}\"", shown.escape_ascii())?;
        if self.0.len() > BYTES_MAX { write!(f, "... ({} bytes)", self.0.len()) } else { Ok(()) }
    }
}

/// Numbers in hexadecimal and brackets.
pub(super) struct Numbers<I>(pub(super) I);

impl<I: Iterator<Item = u16> + Clone> Display for Numbers<I> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        self.0.clone().take(LIST_MAX).try_for_each(|number| write!(f, " {number:04x}"))?;
        f.write_str(if self.0.clone().count() > LIST_MAX { " ... ]" } else { " ]" })
    }
}

/// Elements of a list that are printed.
const LIST_MAX: usize = 64;
/// Bytes of a string that are printed.
const BYTES_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use tlswire::Suite;

    use super::*;
    use crate::msg::ext::Name;

    fn hello(extensions: Vec<ClientExtension>) -> ClientHello {
        ClientHello {
            version: ProtocolVersion::TLS12,
            random: [0xab; 32],
            session_id: Vec::new(),
            suites: vec![Suite(0xcca8), Suite(0x00ff)],
            compressions: vec![0],
            extensions,
        }
    }

    #[test]
    fn a_hello_is_one_line() {
        let name = Name { typ: HOST_NAME, bytes: b"a\x1b[2J\n\".example".to_vec() };
        let hello =
            hello(vec![ClientExtension::ServerName(vec![name]), ClientExtension::ExtendedMasterSecret]);
        let line = hello.to_string();
        assert_eq!(
            line,
            format!(
                "ClientHello version 0303 random {} session_id nil suites [ cca8 00ff ] compressions 00 \
                 extensions [ server_name \"a\\x1b[2J\\n\\\".example\", extended_master_secret ]",
                "ab".repeat(32)
            )
        );
    }

    #[test]
    fn a_flight_is_a_line_for_each_message_in_every_cut() {
        let hello = hello(Vec::new());
        let flight =
            [&hello.encode().unwrap()[..], &[0; 4], &[14, 0, 0, 0], &[16, 0, 0, 2, 1, 9], &[20]].concat();
        let expected =
            [hello.to_string(), "ServerHelloDone".to_owned(), "ClientKeyExchange public 09".to_owned()];
        for piece in [1, 7, 16_384] {
            assert_eq!(lines(flight.chunks(piece)).unwrap(), expected);
        }
        assert!(matches!(lines([&[5, 0, 0, 0][..]]), Err(Error::UnknownMessage(5))));
        assert!(matches!(lines([&[20, 0, 0, 1, 0][..]]), Err(Error::BadLength(HandshakeType::FINISHED))));
    }

    #[test]
    fn long_lists_and_strings_are_cut() {
        let mut hello = hello(vec![ClientExtension::Unknown { typ: 21, body: vec![0; 10_000] }]);
        hello.suites = vec![Suite(0x0a0a); 2_000];
        let line = hello.to_string();
        assert!(line.len() < 700, "{}", line.len());
        assert!(line.contains("0a0a ... ]") && line.contains("... (10000 bytes)"));
    }
}
