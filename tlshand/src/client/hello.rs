//! Whether a server's first answer fits the ClientHello, and which version it chooses.
//!
//! What a server may choose is what was offered and nothing else, and a version that fits the suite.

use tlswire::ProtocolVersion;

use crate::agreed::Agreed;
use crate::allow::Old;
use crate::client::offer::Offer;
use crate::client::tls12::{Means, Tickets};
use crate::client::{State, tls12, tls13};
use crate::conf::ClientConf;
use crate::effects::Effects;
use crate::error::Error;
use crate::msg::Message;
use crate::msg::ext::{Extension as _, ServerExtension, UNCOMPRESSED};
use crate::msg::hello::{NULL_COMPRESSION, ServerHello};
use crate::msg::tls13::retry::HelloRetryRequest;
use crate::outcome::Outcome;
use crate::record_len::RecordLens;
use crate::sec::downgrade;
use crate::sec::random::Random;
use crate::sec::transcript::Transcript;
use crate::session::Session;
use crate::suites::Algs;

/// The hello is out.
#[derive(Debug)]
pub(super) struct ExpectServerHello<'a> {
    offer: Offer<'a>,
    random: Random,
}

impl<'a> ExpectServerHello<'a> {
    /// Offers what `conf`, which was checked, and the device have.
    pub(super) fn begin(
        conf: &'a ClientConf,
        algs: &Algs,
        mut random: Random,
        effects: &mut Effects,
    ) -> Result<ExpectServerHello<'a>, Error> {
        let mut offer = Offer::new(conf, algs, &mut random)?;
        offer.send(None, effects)?;
        Ok(ExpectServerHello { offer, random })
    }

    /// Takes the server's choice, or its wish for another hello.
    pub(super) fn handle(self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        let ExpectServerHello { offer, random } = self;
        if offer.has_tls13() && HelloRetryRequest::is_it(message) {
            let state = tls13::retry(offer, random, message, effects)?;
            return Ok(State::Tls13(Box::new(state)));
        }
        let answer: ServerHello = message.parse("a server hello")?;
        effects.received(&answer);
        if offer.has_tls13() && answer.selected_version().is_some() {
            let state = tls13::begin(offer, &answer, message, effects)?;
            return Ok(State::Tls13(Box::new(state)));
        }
        let earlier = resumed(&offer, &answer)?;
        let agreed = agreed(&offer, &answer, earlier)?;
        effects.version(answer.version);
        if let RecordLens::Fragment(len) = agreed.record_lens {
            effects.max_rec(len.record_len(), len.record_len());
        }
        let mut transcript = Transcript::default();
        transcript.add_bytes(&offer.bytes);
        transcript.add(message);
        let (conf, said) = (offer.conf, offer.hello.version);
        let tickets = Tickets::new(conf, earlier, &answer);
        if let Some(session) = earlier {
            let state = tls12::resume(conf, agreed, session, transcript, tickets, effects)?;
            return Ok(State::Tls12(Box::new(state)));
        }
        effects.read_hand();
        Ok(State::Tls12(Box::new(tls12::begin(Means { conf, said, agreed, tickets, transcript, random }))))
    }
}

/// The session that the server goes on with: it says so by our session_id (RFC 5077 §3.4).
///
/// # Errors
/// [`Error::Unoffered`] if it goes on with what never was.
fn resumed<'a>(offer: &Offer<'a>, answer: &ServerHello) -> Result<Option<&'a Session>, Error> {
    if offer.hello.session_id.is_empty() || offer.hello.session_id != answer.session_id {
        return Ok(None);
    }
    let session = offer.kept.map(|kept| &kept.session);
    let is_same = |session: &&Session| (session.version, session.suite) == (answer.version, answer.suite);
    session.filter(is_same).map(Some).ok_or(Error::Unoffered("session"))
}

/// What a hello of TLS 1.2 and before agrees on; `earlier` is the session that it goes on with.
fn agreed(offer: &Offer<'_>, answer: &ServerHello, earlier: Option<&Session>) -> Result<Agreed, Error> {
    let is_old = answer.version < ProtocolVersion::TLS13;
    if !is_old || !offer.versions.contains(&answer.version) {
        return Err(Error::IncompatibleVersion(answer.version));
    }
    let best = offer.versions.first().copied().unwrap_or(answer.version);
    if downgrade::is_marked(&answer.random, answer.version, best) {
        return Err(Error::Downgraded);
    }
    let chosen = offer.suites.iter().find(|row| row.suite == answer.suite && row.is_for(answer.version));
    let suite = *chosen.ok_or(Error::Unoffered("cipher suite"))?;
    if answer.compression != NULL_COMPRESSION {
        return Err(Error::Unoffered("compression"));
    }
    let mut outcome = Outcome {
        version: answer.version,
        suite: answer.suite,
        group: None,
        alpn: None,
        server_name: offer.server_name(),
        extended_master_secret: false,
        psk_identity: None,
        encrypt_then_mac: false,
        is_resumed: earlier.is_some(),
        peer_chain: earlier.map(|session| session.peer_chain.clone()).unwrap_or_default(),
        exported: Vec::new(),
    };
    let mut renegotiation_info = false;
    let (mut record_lens, mut may_have_status) = (RecordLens::Usual, false);
    for extension in &answer.extensions {
        // RFC 5246 §7.4.1.4. Of the offered ones, those without a meaning in an answer are passed over: there are
        // servers that answer supported_groups.
        let is_signalled =
            *extension == ServerExtension::RenegotiationInfo && offer.hello.has_renegotiation_info();
        if !is_signalled && !offer.has(extension.typ()) {
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
            ServerExtension::Alpn(protocol) => outcome.alpn = Some(offer.protocol(protocol)?),
            ServerExtension::EcPointFormats(formats) if !formats.contains(&UNCOMPRESSED) => {
                return Err(Error::NoUncompressedPoints);
            }
            ServerExtension::MaxFragmentLength(len) => {
                record_lens = record_lens.or(offer.max_fragment(*len)?)?;
            }
            ServerExtension::RecordSizeLimit(limit) => {
                record_lens = record_lens.or(offer.record_limits(*limit, answer.version)?)?;
            }
            ServerExtension::StatusRequest => may_have_status = true,
            // What TLS 1.3 offers, answered in a hello of an older version (RFC 8446 §4.2).
            ServerExtension::SupportedVersions(_)
            | ServerExtension::KeyShare(_)
            | ServerExtension::PreSharedKey(_) => {
                return Err(Error::MisplacedExtension(extension.typ()));
            }
            ServerExtension::EcPointFormats(_)
            | ServerExtension::TrustedCaKeys
            | ServerExtension::ServerName
            | ServerExtension::SessionTicket
            | ServerExtension::Unknown { .. } => {}
        }
    }
    if let Some(session) = earlier {
        if let (RecordLens::Usual, Some(len)) = (record_lens, session.max_fragment) {
            record_lens = RecordLens::Fragment(len);
        }
        if !outcome.extended_master_secret {
            return Err(Error::OtherMasterSecret);
        }
        if session.encrypt_then_mac && !outcome.encrypt_then_mac {
            // RFC 7366 §3.1: no way back.
            return Err(Error::Unoffered("encrypt-then-MAC"));
        }
    }
    if !renegotiation_info && !offer.conf.allow.has(Old::LegacyServer) {
        return Err(Error::NoRenegotiationInfo);
    }
    let (client_random, server_random) = (offer.hello.random, answer.random);
    Ok(Agreed {
        suite,
        version: answer.version,
        client_random,
        server_random,
        record_lens,
        may_have_status,
        outcome,
    })
}
