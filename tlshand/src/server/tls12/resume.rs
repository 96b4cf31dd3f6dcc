//! The abbreviated handshake: both go on with the session of a ticket, and nothing is exchanged and nothing proved but that
//! both have its secret (RFC 5077 §3.1).

use tlswire::{ProtocolVersion, Suite};

use crate::agreed::Agreed;
use crate::conf::ServerConf;
use crate::effects::Effects;
use crate::error::Error;
use crate::msg::ext::ServerExtension;
use crate::msg::finished::Finished;
use crate::msg::hello::{ClientHello, NULL_COMPRESSION, ServerHello};
use crate::msg::ticket::NewSessionTicket;
use crate::msg::{Body, Message};
use crate::outcome::Outcome;
use crate::record_len::{RecordLens, record_size_limit};
use crate::sec::Side;
use crate::sec::finished::{check, verify_data, verify_data_len};
use crate::sec::keyblock::secret_line;
use crate::sec::master::MasterSecret;
use crate::sec::random::Random;
use crate::sec::transcript::Transcript;
use crate::server::choose::{protocol, record_lens};
use crate::server::tickets::{Promise, accepted, tickets};
use crate::server::tls12::State;
use crate::session::{Session, Ticket};
use crate::suites::CipherSuite;

/// Our whole flight is out, under the new keys; the client changes to them and proves that it has them.
#[derive(Debug)]
pub(in crate::server) struct ExpectFinished {
    master_secret: MasterSecret,
    transcript: Transcript,
    record_lens: RecordLens,
    outcome: Outcome,
    peer: Option<String>,
}

/// What a client asked for, and our random.
#[derive(Debug)]
pub(super) struct Asked<'h> {
    pub(super) version: ProtocolVersion,
    /// The message that `hello` was parsed from.
    pub(super) message: &'h Message,
    pub(super) hello: &'h ClientHello,
    pub(super) server_name: Option<&'h str>,
    pub(super) server_random: [u8; 32],
}

/// Goes on with the session of the client's ticket, if there is one that is good here; `suites` is ours. Whatever is wrong with a
/// ticket, the handshake is a full one then.
///
/// # Errors
/// [`Error::OtherMasterSecret`], [`Error::NoCommonProtocol`].
pub(super) fn attempt<'a>(
    conf: &'a ServerConf,
    suites: &[&'static CipherSuite],
    asked: &Asked<'_>,
    random: &mut Random,
    effects: &mut Effects,
) -> Result<Option<State<'a>>, Error> {
    let Asked { version, message, hello, server_name, server_random } = *asked;
    let Some(tickets) = tickets(conf).filter(|_| version == ProtocolVersion::TLS12) else { return Ok(None) };
    let Some(ticket) = hello.session_ticket().filter(|ticket| !ticket.is_empty()) else { return Ok(None) };
    if !hello.compressions.contains(&NULL_COMPRESSION) {
        return Ok(None);
    }
    let mut outcome = Outcome {
        version,
        // The session's, as soon as there is one.
        suite: Suite(0),
        group: None,
        alpn: protocol(hello, conf)?.map(str::to_owned),
        server_name: server_name.map(str::to_owned),
        extended_master_secret: true,
        psk_identity: None,
        encrypt_then_mac: false,
        is_resumed: true,
        peer_chain: Vec::new(),
        exported: Vec::new(),
    };
    let Some(Ticket { session, is_fresh, .. }) = accepted(conf, tickets, ticket, &outcome) else {
        return Ok(None);
    };
    let Some(suite) = suite(&session, hello, suites)? else { return Ok(None) };
    outcome.suite = session.suite;
    outcome.encrypt_then_mac = session.encrypt_then_mac;
    outcome.peer_chain.clone_from(&session.peer_chain);
    let record_lens = match (session.max_fragment, record_lens(hello, conf, version)) {
        (Some(len), _) => RecordLens::Fragment(len),
        // What is asked for now is a matter of full handshakes; the other limit is one of each connection (RFC 8449 §4).
        (None, RecordLens::Fragment(_)) => RecordLens::Usual,
        (None, lens) => lens,
    };
    let promise = match is_fresh {
        true => None,
        false => Some(Promise::new(tickets, Some(&session), random)?),
    };
    let answer = ServerHello {
        version,
        random: server_random,
        // That it is theirs says that the session goes on (RFC 5077 §3.4).
        session_id: hello.session_id.clone(),
        suite: session.suite,
        compression: NULL_COMPRESSION,
        extensions: answers(hello, &outcome, record_lens, promise.as_ref()),
    };
    effects.trace(format_args!("  cipher {:x}, resumed", session.suite.0));
    let mut transcript = Transcript::default();
    transcript.add(message);
    let client_random = hello.random;
    let agreed =
        Agreed { suite, version, client_random, server_random, record_lens, may_have_status: false, outcome };
    send(conf, agreed, &answer, &session, promise, transcript, effects).map(Some)
}

/// The extensions of the ServerHello: what is agreed on anew. The results of RFC 6066's are the session's, and none of them is
/// answered again (RFC 6066 §1.1).
fn answers(
    hello: &ClientHello,
    outcome: &Outcome,
    record_lens: RecordLens,
    promise: Option<&Promise<'_>>,
) -> Vec<ServerExtension> {
    let mut answers = Vec::new();
    if hello.has_renegotiation_info() {
        answers.push(ServerExtension::RenegotiationInfo);
    }
    if outcome.encrypt_then_mac {
        answers.push(ServerExtension::EncryptThenMac);
    }
    answers.push(ServerExtension::ExtendedMasterSecret);
    if let Some(protocol) = &outcome.alpn {
        answers.push(ServerExtension::Alpn(protocol.as_bytes().to_vec()));
    }
    if let RecordLens::Limits { incoming, .. } = record_lens {
        answers.push(ServerExtension::RecordSizeLimit(record_size_limit(incoming, outcome.version)));
    }
    if promise.is_some() {
        answers.push(ServerExtension::SessionTicket);
    }
    answers
}

/// The row of the session's suite, if the client offers it again and it is one of `suites`, and the session is what this hello
/// would have agreed on too.
///
/// # Errors
/// [`Error::OtherMasterSecret`] for a client that no longer has what the session's secret was bound by (RFC 7627 §5.3).
fn suite(
    session: &Session,
    hello: &ClientHello,
    suites: &[&'static CipherSuite],
) -> Result<Option<&'static CipherSuite>, Error> {
    if !hello.suites.contains(&session.suite) {
        return Ok(None);
    }
    let row = suites.iter().find(|row| row.suite == session.suite && row.is_for(session.version));
    let Some(row) = row else { return Ok(None) };
    if session.encrypt_then_mac != (row.is_block_mac() && hello.has_encrypt_then_mac()) {
        return Ok(None);
    }
    if !hello.has_extended_master_secret() {
        return Err(Error::OtherMasterSecret);
    }
    Ok(Some(row))
}

/// Sends our flight: ServerHello, the ticket that is promised if one is, and Finished. `transcript` is of the ClientHello.
fn send<'a>(
    conf: &ServerConf,
    mut agreed: Agreed,
    hello: &ServerHello,
    session: &Session,
    promise: Option<Promise<'_>>,
    mut transcript: Transcript,
    effects: &mut Effects,
) -> Result<State<'a>, Error> {
    let master_secret = MasterSecret::resumed(agreed.prf(), &session.secret)?;
    conf.wishes().master(&mut agreed, &master_secret, effects)?;
    let mut flight = hello.encode()?;
    effects.sent(hello);
    if let Some(promise) = promise {
        flight.extend(ticket(promise, &agreed.outcome, agreed.record_lens, &master_secret, effects)?);
    }
    transcript.add_bytes(&flight);
    // A Finished that came already is not under the new keys: it may not count.
    effects.end_of_messages();
    if let RecordLens::Fragment(len) = agreed.record_lens {
        // Before anything of ours goes (RFC 6066 §4).
        effects.max_rec(len.record_len(), len.record_len());
    }
    effects.write_hand(flight);
    effects.trace(format_args!("tls secrets"));
    let order = agreed.mac_order();
    let Agreed { suite, client_random, server_random, record_lens, outcome, .. } = agreed;
    effects.secret(secret_line(suite, Side::Server, order, &master_secret, &client_random, &server_random)?);
    effects.change_cipher();
    let ours = Finished { verify_data: verify_data(&master_secret, Side::Server, &transcript)? };
    let bytes = ours.encode()?;
    transcript.add_bytes(&bytes);
    effects.sent(&ours);
    effects.write_hand(bytes);
    effects.read_hand();
    let peer = outcome.peer_subject();
    Ok(State::ExpectResumedFinished(ExpectFinished { master_secret, transcript, record_lens, outcome, peer }))
}

/// The message with the ticket that was promised; an empty one if there is none after all (RFC 5077 §3.3).
pub(super) fn ticket(
    promise: Promise<'_>,
    outcome: &Outcome,
    record_lens: RecordLens,
    master_secret: &MasterSecret,
    effects: &mut Effects,
) -> Result<Vec<u8>, Error> {
    let kept = promise.keep(outcome, record_lens.fragment(), master_secret.bytes())?;
    let (ticket, lifetime_hint) = kept.map_or((Vec::new(), 0), |kept| (kept.ticket, kept.lifetime));
    let message = NewSessionTicket { lifetime_hint, ticket };
    effects.sent(&message);
    message.encode()
}

impl ExpectFinished {
    /// Takes the client's proof, and opens the connection. That it came under the new keys is the device's to know.
    pub(super) fn handle<'a>(self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        let ExpectFinished { master_secret, transcript, record_lens, outcome, peer } = self;
        let theirs: Finished = message.parse_in(verify_data_len(outcome.version), "a finished")?;
        effects.received(&theirs);
        check(&verify_data(&master_secret, Side::Client, &transcript)?, &theirs.verify_data)?;
        effects.trace(format_args!("tls finished"));
        effects.notes(&outcome);
        if let Some(peer) = &peer {
            effects.note("peer", peer);
        }
        if let RecordLens::Limits { outgoing, incoming } = record_lens {
            // As after a full handshake.
            effects.max_rec(outgoing, incoming);
        }
        effects.opened();
        effects.done(outcome);
        Ok(State::Opened)
    }
}
