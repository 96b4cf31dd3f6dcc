//! The ServerHello of TLS 1.3, and the keys of the handshake (RFC 8446 §4.1.3).

use tlswire::ProtocolVersion;

use crate::client::offer::Offer;
use crate::client::tls13::encrypted::ExpectEncryptedExtensions;
use crate::client::tls13::{Means, State};
use crate::effects::Effects;
use crate::error::Error;
use crate::msg::Message;
use crate::msg::ext::{Extension as _, KEY_SHARE, KeyShare, PRE_SHARED_KEY, ServerExtension};
use crate::msg::hello::{NULL_COMPRESSION, ServerHello};
use crate::outcome::Outcome;
use crate::sec::Side;
use crate::sec::master::PreMasterSecret;
use crate::sec::tls13::line::traffic_line;
use crate::sec::tls13::psk::Origin;
use crate::sec::tls13::schedule::EarlySecret;
use crate::sec::tls13::transcript::Transcript;
use crate::session::{Keeper, Session};
use crate::suites::Tls13Suite;

/// Takes a ServerHello that answers the first hello.
pub(in crate::client) fn begin<'a>(
    offer: Offer<'a>,
    answer: &ServerHello,
    message: &Message,
    effects: &mut Effects,
) -> Result<State<'a>, Error> {
    let suite = chosen(&offer, answer)?;
    effects.version(ProtocolVersion::TLS13);
    let transcript = Transcript::new(suite.hash, &offer.bytes);
    go_on(offer, suite, transcript, answer, message, effects)
}

/// The suite of an answer that is one of TLS 1.3 and fits the hello in all that hides the version.
pub(super) fn chosen(offer: &Offer<'_>, answer: &ServerHello) -> Result<&'static Tls13Suite, Error> {
    let version = answer.selected_version();
    if version != Some(ProtocolVersion::TLS13) || answer.version != ProtocolVersion::TLS12 {
        return Err(Error::Unoffered("version"));
    }
    if answer.session_id != offer.hello.session_id {
        return Err(Error::Unoffered("session"));
    }
    if answer.compression != NULL_COMPRESSION {
        return Err(Error::Unoffered("compression"));
    }
    offer.tls13_suite(answer.suite)
}

/// Makes the keys of the handshake; `transcript` holds all before the answer.
pub(super) fn go_on<'a>(
    mut offer: Offer<'a>,
    suite: &'static Tls13Suite,
    mut transcript: Transcript,
    answer: &ServerHello,
    message: &Message,
    effects: &mut Effects,
) -> Result<State<'a>, Error> {
    let (mut share, mut selected) = (None, None);
    for extension in &answer.extensions {
        match extension {
            ServerExtension::KeyShare(it) => share = Some(it),
            ServerExtension::PreSharedKey(index) => selected = Some(*index),
            ServerExtension::SupportedVersions(_) => {}
            other => return Err(Error::UnofferedExtension(other.typ())),
        }
    }
    let (early, source) = early(&offer, suite, selected)?;
    let share = share.ok_or(Error::MissingExtension(KEY_SHARE))?;
    let shared = agree(&mut offer, share)?;

    transcript.add(message);
    let hello_hash = transcript.hash();
    let secret = early.handshake(&shared)?;
    let client = secret.traffic(Side::Client, hello_hash.as_ref())?;
    let server = secret.traffic(Side::Server, hello_hash.as_ref())?;
    offer.conf.wishes().handshake_traffic(&offer.hello.random, &client, &server, effects);
    effects.trace(format_args!("tls secrets"));
    effects.secret(traffic_line(suite, Side::Client, &client, &server)?);
    effects.change_cipher_in();
    effects.change_cipher();
    effects.read_hand();
    let (mut psk_identity, mut earlier) = (None, None);
    match source {
        Source::Nothing => {}
        Source::Name(identity) => psk_identity = Some(identity),
        Source::Session(session) => earlier = Some(session),
    }
    let outcome = Outcome {
        version: ProtocolVersion::TLS13,
        suite: suite.suite,
        group: Some(share.group),
        alpn: None,
        server_name: offer.server_name(),
        // There is no other kind.
        extended_master_secret: true,
        psk_identity,
        encrypt_then_mac: false,
        is_resumed: earlier.is_some(),
        peer_chain: earlier.map(|session| session.peer_chain.clone()).unwrap_or_default(),
        exported: Vec::new(),
    };
    let keeper = Keeper::new(offer.conf, earlier);
    let means = Means { offer, keeper, suite, transcript, secret, client, server, outcome };
    Ok(State::ExpectEncryptedExtensions(ExpectEncryptedExtensions { means }))
}

/// Where the secret from before comes from that the server took.
enum Source<'a> {
    /// It took none.
    Nothing,
    /// From outside TLS, under this name.
    Name(Vec<u8>),
    /// From this session.
    Session(&'a Session),
}

/// The beginning of the key schedule, with the secret from before that the server took, if it took one.
fn early<'a>(
    offer: &Offer<'a>,
    suite: &Tls13Suite,
    selected: Option<u16>,
) -> Result<(EarlySecret, Source<'a>), Error> {
    let offered = offer.tls13.as_ref().and_then(|tls13| tls13.psk.as_ref());
    match (offered, selected) {
        (None, Some(_)) => Err(Error::UnofferedExtension(PRE_SHARED_KEY)),
        (Some(psk), Some(0)) if psk.key.hash() == suite.hash => {
            let source = match (psk.key.origin(), offer.kept) {
                (Origin::Ticket, Some(kept)) => Source::Session(&kept.session),
                _ => Source::Name(psk.identity.clone()),
            };
            Ok((EarlySecret::with_psk(&psk.key), source))
        }
        (Some(_), Some(_)) => Err(Error::Unoffered("shared secret")),
        (Some(psk), None) if psk.is_required => Err(Error::PskNotTaken),
        (_, None) => Ok((EarlySecret::without_psk(suite.hash), Source::Nothing)),
    }
}

/// What our half of the group that the server chose makes of its half. The others are gone then.
fn agree(offer: &mut Offer<'_>, share: &KeyShare) -> Result<PreMasterSecret, Error> {
    let shares = offer.tls13.as_mut().map(|tls13| std::mem::take(&mut tls13.shares)).unwrap_or_default();
    let ours = shares.into_iter().find(|ours| ours.group() == share.group);
    ours.ok_or(Error::Unoffered("group"))?.agree(&share.public)
}
