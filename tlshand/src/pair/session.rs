//! Both roles going on with sessions, and not going on with what is no session of theirs.

use super::*;
use crate::fixture::tls13_algs;
use crate::{
    KEY_SEALS_TIME_MAX, KeptSession, MaxFragment, SESSION_TIME_MAX, Sessions, TicketKey, TicketKeys, Tickets,
};

const VERSIONS_WITH_TICKETS: [ProtocolVersion; 2] = [ProtocolVersion::TLS12, ProtocolVersion::TLS13];

/// Keys with one that was made at `made`.
fn keys(name: u8, made: u64) -> TicketKeys {
    TicketKeys::new(vec![TicketKey::new([name; 16], made, &[name; 32])])
}

fn tickets(keys: &TicketKeys, now: u64) -> Option<Tickets> {
    Some(Tickets { keys: keys.clone(), now_ms: now * 1000 })
}

/// A server with tickets, and a client that wants some, of one version.
fn both_with_tickets(version: ProtocolVersion) -> (ClientConf, ServerConf) {
    let (mut client, mut server) = (client("localhost"), server(&["rsa.crt"]));
    (client.versions, server.versions) = (vec![version], vec![version]);
    server.tickets = tickets(&keys(7, NOW), NOW);
    client.sessions = Some(Sessions { session: None, now_ms: NOW * 1000 });
    (client, server)
}

/// The client as it comes back at `now` with this session.
fn back(client: &ClientConf, session: &KeptSession, now: u64) -> ClientConf {
    let sessions = Sessions { session: Some(Box::new(session.clone())), now_ms: now * 1000 };
    ClientConf { sessions: Some(sessions), ..client.clone() }
}

fn met(client: &ClientConf, server: &ServerConf) -> Met {
    meet_on(&tls13_algs(), client, server, 16_384, [Box::new(|_| {}), Box::new(|_| {})])
}

/// The sessions that a client got, the tickets of TLS 1.3 read in `piece`s.
fn sessions(met: &mut Met, now: u64, piece: usize) -> Vec<KeptSession> {
    match met.kept.take() {
        None => Vec::new(),
        Some(Kept::Session(session)) => vec![*session],
        Some(Kept::Coming(mut coming)) => {
            met.unread.chunks(piece).flat_map(|read| coming.recv(read, now * 1000).unwrap()).collect()
        }
    }
}

/// A session from a full handshake.
fn first(client: &ClientConf, server: &ServerConf) -> KeptSession {
    let mut met = met(client, server);
    assert!(!met.client.as_ref().unwrap().is_resumed && !met.server.as_ref().unwrap().is_resumed);
    sessions(&mut met, NOW, 16_384).remove(0)
}

/// Whether both went on with a session; that they came to an end, and to the same keys, is sure.
fn is_resumed(client: &ClientConf, server: &ServerConf) -> bool {
    let met = met(client, server);
    assert_same_keys(&met.client_ctl, &met.server_ctl);
    let (ours, theirs) = (met.client.unwrap(), met.server.unwrap());
    assert_eq!(ours.is_resumed, theirs.is_resumed);
    ours.is_resumed
}

#[test]
fn a_session_goes_on_in_every_cut_and_nothing_is_proved_again() {
    for version in VERSIONS_WITH_TICKETS {
        for piece in [1, 7, 16_384] {
            let (mut client, mut server) = both_with_tickets(version);
            (client.alpn, server.alpn) = (vec!["h2".to_owned()], vec!["h2".to_owned()]);
            let mut full =
                meet_on(&tls13_algs(), &client, &server, piece, [Box::new(|_| {}), Box::new(|_| {})]);
            let kept = sessions(&mut full, NOW, piece);
            assert_eq!(kept.len(), if version == ProtocolVersion::TLS13 { 2 } else { 1 });
            let mut again = meet_on(
                &tls13_algs(),
                &back(&client, kept.last().unwrap(), NOW),
                &server,
                piece,
                [Box::new(|_| {}), Box::new(|_| {})],
            );
            let (ours, theirs) = (again.client.as_ref().unwrap(), again.server.as_ref().unwrap());
            let before = full.client.unwrap();
            for outcome in [ours, theirs] {
                assert!(outcome.is_resumed && outcome.extended_master_secret);
                assert_eq!((outcome.version, outcome.suite), (version, before.suite));
                assert_eq!(outcome.alpn.as_deref(), Some("h2"));
                assert_eq!(outcome.server_name.as_deref(), Some("localhost"));
                // TLS 1.2 exchanges nothing then; TLS 1.3 does.
                assert_eq!(outcome.group.is_some(), version == ProtocolVersion::TLS13);
                let variables = outcome.variables();
                assert!(variables.contains(&("SSL_SESSION_RESUMED", Some("Resumed".to_owned()))));
            }
            assert_eq!(ours.peer_chain, before.peer_chain);
            assert_same_keys(&again.client_ctl, &again.server_ctl);
            for ctl in [&again.client_ctl, &again.server_ctl] {
                assert!(ctl.iter().any(|line| line == "note resumed yes"), "{ctl:?}");
            }
            let count = sessions(&mut again, NOW, piece).len();
            assert_eq!(count, if version == ProtocolVersion::TLS13 { 1 } else { 0 });
        }
    }
}

#[test]
fn a_ticket_cut_or_flipped_at_any_byte_is_none() {
    for version in VERSIONS_WITH_TICKETS {
        let (client, server) = both_with_tickets(version);
        let good = first(&client, &server);
        assert!(is_resumed(&back(&client, &good, NOW), &server));
        let mut spoiled = good.clone();
        for at in 0..good.ticket.len() {
            spoiled.ticket.clone_from(&good.ticket);
            spoiled.ticket[at] ^= 1 << (at % 8);
            assert!(!is_resumed(&back(&client, &spoiled, NOW), &server), "{version}: flipped at {at}");
            spoiled.ticket.truncate(at.max(1));
            assert!(!is_resumed(&back(&client, &spoiled, NOW), &server), "{version}: cut at {at}");
        }
        for longer in [1, 9_000] {
            spoiled.ticket.clone_from(&good.ticket);
            spoiled.ticket.resize(good.ticket.len() + longer, 0);
            assert!(!is_resumed(&back(&client, &spoiled, NOW), &server), "{version}: {longer} more");
        }
    }
}

#[test]
fn what_another_key_sealed_is_no_ticket_here() {
    for version in VERSIONS_WITH_TICKETS {
        let (client, mut server) = both_with_tickets(version);
        let session = back(&client, &first(&client, &server), NOW);
        server.tickets = tickets(&keys(8, NOW), NOW);
        assert!(!is_resumed(&session, &server));
        // Another key of the same name.
        server.tickets = tickets(&TicketKeys::new(vec![TicketKey::new([7; 16], NOW, &[8; 32])]), NOW);
        assert!(!is_resumed(&session, &server));
        server.tickets = None;
        assert!(!is_resumed(&session, &server));
        let both = [keys(8, NOW).all(), keys(7, NOW).all()].concat();
        server.tickets = tickets(&TicketKeys::new(both), NOW);
        assert!(is_resumed(&session, &server));
    }
}

#[test]
fn a_session_ends_half_a_day_after_its_beginning() {
    for version in VERSIONS_WITH_TICKETS {
        let (client, mut server) = both_with_tickets(version);
        let session = first(&client, &server);
        let key = keys(7, NOW);
        // Neither from the past nor from the future; a minute of disagreement between clocks is none.
        for (shift, is_fine) in [
            (SESSION_TIME_MAX.cast_signed() - 1, true),
            (SESSION_TIME_MAX.cast_signed(), false),
            (-60, true),
            (-61, false),
        ] {
            let now = NOW.saturating_add_signed(shift);
            server.tickets = tickets(&key, now);
            // A client that does not know better offers it: it counts from when the ticket came.
            let mut offered = session.clone();
            offered.session.established = now;
            let came_ms = session.received_ms;
            let sessions = Sessions {
                session: Some(Box::new(offered.clone())),
                now_ms: now.min(NOW + SESSION_TIME_MAX - 1) * 1000,
            };
            let client = ClientConf { sessions: Some(sessions), ..client.clone() };
            assert_eq!(came_ms, NOW * 1000);
            assert_eq!(is_resumed(&client, &server), is_fine, "{version} {shift}");
        }
        // The client itself does not offer what has ended.
        server.tickets = tickets(&key, NOW);
        assert!(!is_resumed(&back(&client, &session, NOW + SESSION_TIME_MAX), &server));
    }
}

#[test]
fn however_often_it_goes_on_it_ends_when_it_ends() {
    for version in VERSIONS_WITH_TICKETS {
        let (client, mut server) = both_with_tickets(version);
        let mut session = first(&client, &server);
        let mut all = keys(7, NOW).all().to_vec();
        let (mut now, mut renewed_count) = (NOW, 0);
        loop {
            now += KEY_SEALS_TIME_MAX;
            all.push(TicketKey::new([u8::try_from(now % 251).unwrap(); 16], now, &[9; 32]));
            server.tickets = tickets(&TicketKeys::new(all.clone()), now);
            let mut met = met(&back(&client, &session, now), &server);
            if !met.client.as_ref().unwrap().is_resumed {
                break;
            }
            // One that is sealed by an older key is followed by another one.
            session = sessions(&mut met, now, 16_384).remove(0);
            renewed_count += 1;
            assert_eq!(session.session.established, NOW);
            assert_eq!(u64::from(session.lifetime), NOW + SESSION_TIME_MAX - now);
        }
        assert_eq!((now - NOW, renewed_count), (SESSION_TIME_MAX, 11), "{version}");
    }
}

#[test]
fn another_name_protocol_suite_or_version_is_another_session() {
    for version in VERSIONS_WITH_TICKETS {
        let (mut client, mut server) = both_with_tickets(version);
        (client.alpn, server.alpn) =
            (vec!["h2".to_owned(), "x".to_owned()], vec!["h2".to_owned(), "x".to_owned()]);
        let session = first(&client, &server);
        assert!(is_resumed(&back(&client, &session, NOW), &server));

        // The client offers it to the server that it is of; one that offers it to others is not believed.
        let mut renamed = client.clone();
        renamed.server_name = Some(server_name("rsa.example").unwrap());
        assert!(!is_resumed(&back(&renamed, &session, NOW), &server));
        let mut forged = session.clone();
        forged.whose = crate::session::Whose::of(&renamed);
        let met = met(&back(&renamed, &forged, NOW), &server);
        assert!(!met.client.unwrap().is_resumed);
        let mut nameless = client.clone();
        nameless.server_name = None;
        nameless.verify = Verify::Insecure;
        forged.whose = crate::session::Whose::of(&nameless);
        assert!(!is_resumed(&back(&nameless, &forged, NOW), &server));

        let mut other = client.clone();
        other.alpn = vec!["x".to_owned()];
        assert!(!is_resumed(&back(&other, &session, NOW), &server));
        other.alpn = Vec::new();
        assert!(!is_resumed(&back(&other, &session, NOW), &server));

        let mut other = client.clone();
        other.suites.retain(|suite| *suite != session.session.suite);
        if version == ProtocolVersion::TLS13 {
            // Another suite of the same hash may go on with it (RFC 8446 §4.2.11), which one of another may not.
            other.suites = vec![Suite::TLS_CHACHA20_POLY1305_SHA256];
            assert!(is_resumed(&back(&other, &session, NOW), &server));
            other.suites = vec![Suite::TLS_AES_256_GCM_SHA384];
        }
        assert!(!is_resumed(&back(&other, &session, NOW), &server));

        for (version, _) in VERSIONS {
            let mut elsewhere = server.clone();
            elsewhere.versions = vec![version];
            let mut other = client.clone();
            other.versions = vec![ProtocolVersion::TLS13, ProtocolVersion::TLS12];
            if VERSIONS_WITH_TICKETS.contains(&version) {
                let is_same = version == session.session.version;
                assert_eq!(is_resumed(&back(&other, &session, NOW), &elsewhere), is_same, "{version}");
            }
        }
    }
}

#[test]
fn a_client_is_who_it_was_if_it_may_still_come() {
    for version in VERSIONS_WITH_TICKETS {
        let (mut client, mut server) = both_with_tickets(version);
        let cert = crate::fixture::certified(Kind::P256, &["me.example"]);
        let trust = trusting(&cert);
        client.certs = vec![cert.clone()];
        server.client_auth = ClientAuth::Require(trust.clone());
        let session = first(&client, &server);
        let came = met(&back(&client, &session, NOW), &server).server.unwrap();
        assert!(came.is_resumed);
        assert_eq!(came.peer_chain, cert.chain());
        server.client_auth = ClientAuth::Request(trust.clone());
        assert!(is_resumed(&back(&client, &session, NOW), &server));

        // Who asks for none does not take one, and who trusts others asks anew.
        server.client_auth = ClientAuth::Never;
        assert!(!is_resumed(&back(&client, &session, NOW), &server));
        let stranger = crate::fixture::certified(Kind::P256, &["you.example"]);
        server.client_auth = ClientAuth::Require(trusting(&stranger));
        assert!(met(&back(&client, &session, NOW), &server).server.is_err());

        // Nor does a client come back as somebody else.
        let mut other = client.clone();
        other.certs = Vec::new();
        server.client_auth = ClientAuth::Request(trust);
        assert!(!is_resumed(&back(&other, &session, NOW), &server));
        // And a session without a certificate is none where one is required.
        let session = first(&other, &server);
        assert!(is_resumed(&back(&other, &session, NOW), &server));
        server.client_auth = ClientAuth::Require(trusting(&cert));
        let met = met(&back(&other, &session, NOW), &server);
        assert!(met.server.is_err());
    }
}

#[test]
fn a_server_that_would_not_be_believed_today_is_asked_anew() {
    for version in VERSIONS_WITH_TICKETS {
        let (client, server) = both_with_tickets(version);
        let mut credulous = client.clone();
        credulous.verify = Verify::Insecure;
        let session = first(&credulous, &server);
        assert!(is_resumed(&back(&credulous, &session, NOW), &server));
        assert!(is_resumed(&back(&client, &session, NOW), &server));
        let mut distrustful = client.clone();
        let roots = Arc::new(Roots::from_file(&data("selfsigned.crt")).unwrap());
        distrustful.verify = Verify::Roots { roots, now: NOW };
        let met = met(&back(&distrustful, &session, NOW), &server);
        assert_eq!(alerts(&met.client_ctl), ["48"], "{version}");
    }
}

#[test]
fn who_has_a_ticket_without_its_secret_is_refused() {
    for version in VERSIONS_WITH_TICKETS {
        let (client, server) = both_with_tickets(version);
        let mut session = first(&client, &server);
        session.session.secret[3] ^= 1;
        let met = met(&back(&client, &session, NOW), &server);
        match version {
            // The binder is wrong, or else the server's proof.
            ProtocolVersion::TLS13 => assert_eq!(alerts(&met.server_ctl), ["51"]),
            _ => assert_eq!(alerts(&met.client_ctl), ["51"]),
        }
    }
}

#[test]
fn a_session_goes_on_after_a_retry_too() {
    let (mut client, mut server) = both_with_tickets(ProtocolVersion::TLS13);
    client.groups = vec![Group::X25519, Group::SECP384R1];
    server.groups = vec![Group::SECP384R1];
    let mut full = met(&client, &server);
    assert_eq!(full.client.as_ref().unwrap().group, Some(Group::SECP384R1));
    let session = sessions(&mut full, NOW, 7).remove(1);
    assert!(is_resumed(&back(&client, &session, NOW), &server));
}

#[test]
fn without_being_asked_no_server_gives_tickets_and_without_keys_none() {
    for version in VERSIONS_WITH_TICKETS {
        let (mut client, mut server) = both_with_tickets(version);
        server.tickets = tickets(&keys(7, NOW - KEY_SEALS_TIME_MAX), NOW);
        let mut without = met(&client, &server);
        assert_eq!(sessions(&mut without, NOW, 16_384), [], "no key seals");
        server.tickets = tickets(&keys(7, NOW), NOW);
        client.sessions = None;
        let met = met(&client, &server);
        assert!(met.kept.is_none());
        assert_eq!(met.unread, [], "{version}");
    }
}

#[test]
fn the_length_of_records_is_the_session_s_or_is_asked_for_again() {
    for version in VERSIONS_WITH_TICKETS {
        let (mut client, server) = both_with_tickets(version);
        let limits = |met: &Met| {
            let is_limit = |line: &&String| line.starts_with("maxrec ");
            [&met.client_ctl, &met.server_ctl].map(|ctl| ctl.iter().find(is_limit).cloned())
        };
        client.max_fragment = MaxFragment::of_len(1024);
        let session = first(&client, &server);
        // TLS 1.2 keeps it whatever is asked for now (RFC 6066 §4).
        client.max_fragment = None;
        let again = met(&back(&client, &session, NOW), &server);
        assert!(again.server.as_ref().unwrap().is_resumed);
        let is_kept = limits(&again)[1].as_deref() == Some("maxrec 1024 1024");
        assert_eq!(is_kept, version == ProtocolVersion::TLS12, "{:?}", limits(&again));
    }
}

#[test]
fn a_shared_secret_is_proved_every_time() {
    let (mut client, mut server) = both_with_tickets(ProtocolVersion::TLS13);
    (client.psk, server.psks) = (Some(psk()), vec![psk()]);
    let met = met(&client, &server);
    assert_eq!(met.server.unwrap().psk_identity.as_deref(), Some(&b"p9secret"[..]));
    assert!(met.kept.is_none() && met.unread.is_empty());
}

#[test]
fn a_chain_too_long_to_be_kept_has_to_be_shown_again() {
    for version in VERSIONS_WITH_TICKETS {
        let (mut client, mut server) = both_with_tickets(version);
        let names: Vec<String> = (0..400).map(|n| format!("{n}.a-long-name-of-a-host.example")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let cert = crate::fixture::certified(Kind::P256, &names);
        client.certs = vec![cert.clone()];
        server.client_auth = ClientAuth::Require(trusting(&cert));
        let mut met = met(&client, &server);
        assert_eq!(met.server.as_ref().unwrap().peer_chain, cert.chain());
        assert_eq!(sessions(&mut met, NOW, 16_384), [], "{version}");
    }
}

#[test]
fn a_session_s_bytes_are_all_of_it() {
    for version in VERSIONS_WITH_TICKETS {
        let (client, server) = both_with_tickets(version);
        let session = first(&client, &server);
        let bytes = session.to_bytes().unwrap();
        assert_eq!(KeptSession::from_bytes(&bytes).as_ref(), Some(&session));
        for len in 0..bytes.len() {
            assert_eq!(KeptSession::from_bytes(&bytes[..len]), None, "{len}");
        }
        assert_eq!(KeptSession::from_bytes(&[&bytes[..], &[0]].concat()), None);
        assert_eq!(format!("{session:?}").matches("..").count(), 2, "nothing secret is shown");
    }
}
