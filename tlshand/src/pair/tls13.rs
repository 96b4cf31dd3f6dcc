//! Both roles in TLS 1.3.

use super::*;
use crate::TLS13_SUITES;
use crate::fixture::tls13_algs;
use crate::sec::share;

/// A client and a server that speak TLS 1.3 and TLS 1.2 on devices that can.
fn meet13(client: &ClientConf, server: &ServerConf, piece: usize) -> Met {
    changed(client, server, piece, [Box::new(|_| {}), Box::new(|_| {})])
}

fn changed(client: &ClientConf, server: &ServerConf, piece: usize, changes: [Change; 2]) -> Met {
    meet_on(&tls13_algs(), client, server, piece, changes)
}

#[test]
fn every_suite_with_every_group_and_kind_of_key_in_every_cut() {
    let certs = ["rsa.crt", "p256.crt", "p384.crt", "ed25519.crt"];
    let cuts = [1, 7, 16_384];
    for (row, (turn, group)) in
        TLS13_SUITES.iter().flat_map(|row| share::GROUPS.into_iter().enumerate().map(move |it| (row, it)))
    {
        for (index, cert) in certs.into_iter().enumerate() {
            let piece = cuts[(index + turn) % cuts.len()];
            let (mut client, mut server) = (client("localhost"), server(&[cert]));
            client.groups = share::GROUPS.to_vec();
            (server.suites, server.groups) = (vec![row.suite], vec![group]);
            let name = format!("{row:?} {group:?} {cert} {piece}");
            let met = meet13(&client, &server, piece);
            let ours = met.client.unwrap_or_else(|error| panic!("{name}: {error}"));
            let theirs = met.server.unwrap_or_else(|error| panic!("{name}: {error}"));
            for outcome in [&ours, &theirs] {
                let agreed = (outcome.version, outcome.suite, outcome.group);
                assert_eq!(agreed, (ProtocolVersion::TLS13, row.suite, Some(group)), "{name}");
                assert!(outcome.extended_master_secret && !outcome.encrypt_then_mac, "{name}");
            }
            assert_eq!(ours.peer_chain, certified(cert).chain(), "{name}");
            assert_same_secrets(&met.client_ctl, &met.server_ctl);
        }
    }
}

/// Both sides gave their devices the same secrets: of the handshake first, then of what follows.
fn assert_same_secrets(client: &[String], server: &[String]) {
    let lines = |ctl: &[String], isclient: &str| {
        let secrets = ctl.iter().filter(|line| line.starts_with("secret ")).map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            assert_eq!(words[3], isclient);
            (words[1].to_owned(), words[2].to_owned(), words[4].to_owned())
        });
        secrets.collect::<Vec<_>>()
    };
    assert_eq!(lines(client, "1"), lines(server, "0"));
    assert_eq!(lines(client, "1").len(), 2);
}

#[test]
fn a_client_s_certificate_is_shown_and_believed() {
    for kind in [Kind::Rsa, Kind::P256, Kind::P384, Kind::Ed25519] {
        let cert = crate::fixture::certified(kind, &["me.example"]);
        let mut asking = server(&["p256.crt"]);
        asking.client_auth = ClientAuth::Require(trusting(&cert));
        let mut showing = client("localhost");
        showing.certs = vec![cert.clone()];
        let met = meet13(&showing, &asking, 7);
        assert_eq!(met.server.unwrap().peer_chain, cert.chain(), "{kind:?}");
        assert_same_secrets(&met.client_ctl, &met.server_ctl);
        // The client cannot know what the server says to one without.
        let met = meet13(&client("localhost"), &asking, 7);
        assert!(met.client.is_ok());
        assert_eq!(alerts(&met.server_ctl), ["116"], "{kind:?}");
        asking.client_auth = ClientAuth::Request(trusting(&cert));
        let met = meet13(&client("localhost"), &asking, 7);
        assert!(met.client.is_ok() && met.server.unwrap().peer_chain.is_empty(), "{kind:?}");
    }
}

#[test]
fn a_secret_that_both_have_is_enough() {
    let mut with_secret = server(&[]);
    with_secret.psks = vec![Psk::new(b"other".to_vec(), &[1; 32]), psk()];
    let mut asking = client("localhost");
    asking.psk = Some(psk());
    for group in share::GROUPS {
        (asking.groups, with_secret.groups) = (share::GROUPS.to_vec(), vec![group]);
        let met = meet13(&asking, &with_secret, 7);
        let (ours, theirs) = (met.client.unwrap(), met.server.unwrap());
        for outcome in [ours, theirs] {
            assert_eq!(outcome.version, ProtocolVersion::TLS13);
            assert_eq!(outcome.psk_identity.as_deref(), Some(&b"p9secret"[..]));
        }
        assert_same_secrets(&met.client_ctl, &met.server_ctl);
    }
    // The name is known, and the secret is another.
    asking.psk = Some(Psk::new(b"p9secret".to_vec(), &[8; 256]));
    let met = meet13(&asking, &with_secret, 7);
    assert_eq!(alerts(&met.server_ctl), ["51"]);
    asking.psk = Some(Psk::new(b"nobody".to_vec(), &[7; 256]));
    let met = meet13(&asking, &with_secret, 7);
    assert_eq!(alerts(&met.server_ctl), ["115"]);
}

#[test]
fn the_older_version_is_there_for_who_has_no_other() {
    let both = [ProtocolVersion::TLS13, ProtocolVersion::TLS12];
    for (ours, theirs) in [(&both[1..], &both[..]), (&both[..], &both[1..])] {
        let (mut client, mut server) = (client("localhost"), server(&["rsa.crt"]));
        (client.versions, server.versions) = (ours.to_vec(), theirs.to_vec());
        let met = meet13(&client, &server, 7);
        assert_eq!(met.client.unwrap().version, ProtocolVersion::TLS12);
        assert_eq!(met.server.unwrap().version, ProtocolVersion::TLS12);
    }
    let (mut client, mut server) = (client("localhost"), server(&["rsa.crt"]));
    (client.versions, server.versions) = (both[..1].to_vec(), both[1..].to_vec());
    assert_eq!(alerts(&meet13(&client, &server, 7).server_ctl), ["70"]);
    // One device is of yesterday.
    let server = super::server(&["rsa.crt"]);
    let met = meet(&super::client("localhost"), &server, 7);
    assert_eq!(met.client.unwrap().version, ProtocolVersion::TLS12);
}

#[test]
fn who_lowers_the_version_on_the_way_is_noticed() {
    let older: Change = Box::new(|bytes| {
        // What supported_versions of the hello says of TLS 1.3.
        if let Some(at) = bytes.windows(4).position(|pair| pair == [3, 4, 3, 3]) {
            bytes[at + 1] = 5;
        }
    });
    let met = changed(&client("localhost"), &server(&["rsa.crt"]), 16_384, [older, Box::new(|_| {})]);
    assert!(matches!(met.client, Err(Error::Downgraded)), "{:?}", met.client);
    assert_eq!(alerts(&met.client_ctl), ["47"]);
}

/// A change of a bit in one byte of one write.
fn flip(write: usize, byte: usize) -> Change {
    let mut count = 0;
    Box::new(move |bytes: &mut Vec<u8>| {
        if count == write
            && let Some(byte) = bytes.get_mut(byte)
        {
            *byte ^= 1;
        }
        count += 1;
    })
}

/// The places of every third byte of each side's writes, but for the lengths of messages: one that grew would be waited for.
fn places(client: &ClientConf, server: &ServerConf) -> [Vec<Vec<usize>>; 2] {
    let places = [Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new()))];
    let note = |places: &Arc<Mutex<Vec<Vec<usize>>>>| -> Change {
        let places = places.clone();
        Box::new(move |bytes| {
            let mut of_write = Vec::new();
            let mut start = 0;
            for message in crate::fixture::messages(bytes) {
                of_write.extend([start]);
                of_write.extend((start + 4..start + message.len()).step_by(3));
                start += message.len();
            }
            places.lock().unwrap().push(of_write);
        })
    };
    let met = changed(client, server, 16_384, [note(&places[0]), note(&places[1])]);
    assert!(met.client.is_ok() && met.server.is_ok());
    places.map(|places| places.lock().unwrap().clone())
}

/// With a second hello, a certificate of the client's, names and protocols: everything there is.
#[test]
fn no_changed_byte_of_either_side_opens_a_connection_of_both() {
    // Signatures that are always as long as each other, so that places stay what they are.
    let cert = crate::fixture::certified(Kind::Ed25519, &["me.example"]);
    let (mut client, mut server) = (client("localhost"), server(&["ed25519.crt"]));
    client.certs = vec![cert.clone()];
    client.groups = vec![Group::X25519, Group::SECP256R1];
    server.groups = vec![Group::SECP256R1];
    server.client_auth = ClientAuth::Require(trusting(&cert));
    (client.alpn, server.alpn) = (vec!["h2".to_owned()], vec!["h2".to_owned()]);
    let places = places(&client, &server);
    assert_eq!(places[0].len(), 3, "two hellos and a flight");
    for (side, writes) in places.iter().enumerate() {
        for (write, bytes) in writes.iter().enumerate() {
            for &byte in bytes {
                let changes: [Change; 2] = match side {
                    0 => [flip(write, byte), Box::new(|_| {})],
                    _ => [Box::new(|_| {}), flip(write, byte)],
                };
                let met = changed(&client, &server, 16_384, changes);
                let name = format!("side {side} write {write} byte {byte}");
                // The client's last flight is the server's to judge alone.
                assert!(met.server.is_err(), "{name}");
                assert!(met.client.is_err() || (side, write) == (0, 2), "{name}");
                let told = alerts(&met.client_ctl).len() + alerts(&met.server_ctl).len();
                assert!(told <= 1, "{name}: {told}");
            }
        }
    }
}
