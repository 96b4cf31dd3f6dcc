//! The key exchange and the end, right and spoiled.

use tlswire::{Group, SignatureScheme, Suite};

use super::script::{Client, Server, conf, insecure, refusal};
use crate::error::Error;
use crate::fixture::{default_suites, ecdhe, signed};
use crate::msg::Body;
use crate::msg::cert::CertificateRequest;
use crate::msg::finished::Finished;
use crate::msg::inbox::Inbox;
use crate::msg::kx::{EcdheParams, ServerHelloDone, ServerKeyExchange};
use crate::sec::finished::VERIFY_DATA_LEN;
use crate::sec::kx::GROUPS;
use crate::suites::Auth;

/// A client that awaits the ServerKeyExchange, and its server.
fn awaiting() -> (Client, Server) {
    let mut client = Client::begin(&conf("localhost")).unwrap();
    let server = Server::plain(&client);
    for message in &server.flight()[..2] {
        client.give(message).unwrap();
    }
    (client, server)
}

fn exchange(spoil: impl FnOnce(&Server, &mut ServerKeyExchange)) -> Result<(), Error> {
    let (mut client, server) = awaiting();
    let mut exchange = server.exchange();
    spoil(&server, &mut exchange);
    client.give(&exchange.encode().unwrap())
}

/// A rightly signed public value of `group`; what comes of it at the end of the server's flight.
fn share(group: Group, public: &[u8]) -> Result<(), Error> {
    let (mut client, server) = awaiting();
    let params = EcdheParams { group, public: public.to_vec() };
    let exchange = server.exchange_of(params, SignatureScheme::RSA_PSS_RSAE_SHA256);
    client.give(&exchange.encode().unwrap()).unwrap();
    let result = client.give(&ServerHelloDone.encode().unwrap());
    assert_eq!(client.written.len(), 1);
    result
}

fn request() -> CertificateRequest {
    CertificateRequest {
        types: vec![1, 64],
        schemes: Some(vec![SignatureScheme::RSA_PSS_RSAE_SHA256]),
        authorities: vec![vec![0x30, 0]],
    }
}

#[test]
fn every_suite_group_and_kind_of_key_comes_to_its_end() {
    for row in default_suites() {
        let certs: &[&str] = match row.auth {
            Auth::Rsa => &["rsa.crt"],
            _ => &["p256.crt", "p384.crt", "ed25519.crt"],
        };
        for (&cert, group) in certs.iter().flat_map(|cert| GROUPS.map(|group| (cert, group))) {
            for extended_master_secret in [true, false] {
                let mut client = Client::begin(&conf("localhost")).unwrap();
                let server =
                    Server { extended_master_secret, ..Server::new(&client, cert, row.suite, group) };
                let flight = server.flight();
                flight.iter().for_each(|message| client.give(message).unwrap());
                let finished = server.finished(&client, &flight);
                client.give(&finished.encode().unwrap()).unwrap();
                let outcome = client.outcome.unwrap();
                assert_eq!((outcome.suite, outcome.group), (row.suite, Some(group)));
                assert_eq!(outcome.extended_master_secret, extended_master_secret);
            }
        }
    }
}

#[test]
fn every_offered_scheme_of_the_key_is_taken() {
    for number in [0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601] {
        let scheme = SignatureScheme(number);
        assert!(exchange(|server, it| *it = server.exchange_of(ecdhe(it).clone(), scheme)).is_ok());
    }
}

#[test]
fn schemes_that_were_not_offered_or_are_not_the_keys_are_refused() {
    let refused = (47, "invalid signature scheme".to_owned());
    for number in [0x0101, 0x0201, 0x0301, 0x0203, 0x0403, 0x0503, 0x0603, 0x0807, 0x0809, 0x0000] {
        assert_eq!(
            refusal(exchange(|_, it| signed(it).scheme = Some(SignatureScheme(number)))),
            refused,
            "{number:04x}"
        );
    }
}

#[test]
fn groups_that_were_not_offered_are_refused() {
    let refused = (47, "invalid group".to_owned());
    for number in [0x0000, 0x0015, 0x0019, 0x001e, 0x11ec, 0xffff] {
        let spoil = |server: &Server, it: &mut ServerKeyExchange| {
            let params = EcdheParams { group: Group(number), public: vec![4; 65] };
            *it = server.exchange_of(params, SignatureScheme::RSA_PSS_RSAE_SHA256);
        };
        assert_eq!(refusal(exchange(spoil)), refused, "{number:04x}");
    }
    let mut only = conf("localhost");
    only.groups = vec![Group::SECP256R1];
    let mut client = Client::begin(&only).unwrap();
    let server = Server::plain(&client);
    let [hello, certificate, exchange, _] = server.flight();
    client.give(&hello).unwrap();
    client.give(&certificate).unwrap();
    assert_eq!(refusal(client.give(&exchange)), refused);
}

#[test]
fn a_curve_by_its_coefficients_is_refused() {
    let (mut client, server) = awaiting();
    let mut message = server.exchange().encode().unwrap();
    message[4] = 1;
    assert_eq!(refusal(client.give(&message)), (47, "invalid curve type".to_owned()));
}

#[test]
fn a_signature_of_something_else_is_refused() {
    let refused = (51, "can't verify DH parameters: bad signature".to_owned());
    assert_eq!(refusal(exchange(|_, it| signed(it).signature[7] ^= 1)), refused);
    assert_eq!(refusal(exchange(|_, it| signed(it).signature.truncate(5))), refused);
    assert_eq!(refusal(exchange(|_, it| ecdhe(it).public[0] ^= 1)), refused);
    // Another scheme of the same key, and the signature of another handshake.
    let other = Some(SignatureScheme::RSA_PSS_RSAE_SHA384);
    assert_eq!(refusal(exchange(|_, it| signed(it).scheme = other)), refused);
    let (mut client, server) = awaiting();
    let other = Server { random: [0xbb; 32], ..server };
    assert_eq!(refusal(client.give(&other.exchange().encode().unwrap())), refused);
}

#[test]
fn public_values_that_are_none_of_their_group_are_refused() {
    let bad = (47, "couldn't set keys: bad public key".to_owned());
    for public in [&[9; 31][..], &[9; 33], &[9]] {
        assert_eq!(refusal(share(Group::X25519, public)), bad);
    }
    let unlucky = (47, "couldn't set keys: unlucky shared key".to_owned());
    assert_eq!(refusal(share(Group::X25519, &[0; 32])), unlucky);
    for (group, len) in [(Group::SECP256R1, 65), (Group::SECP384R1, 97)] {
        let mut off_the_curve = vec![9; len];
        off_the_curve[0] = 4;
        assert_eq!(refusal(share(group, &off_the_curve)), bad);
        assert_eq!(refusal(share(group, &[0])), bad);
        off_the_curve.truncate(len / 2 + 1);
        off_the_curve[0] = 2;
        assert_eq!(refusal(share(group, &off_the_curve)), bad);
    }
}

#[test]
fn the_messages_have_exactly_their_lengths() {
    let (_, server) = awaiting();
    let whole = server.exchange().encode().unwrap()[4..].to_vec();
    for end in 0..=whole.len() {
        let (mut client, _) = awaiting();
        let cut = if end == whole.len() { [&whole[..], &[0]].concat() } else { whole[..end].to_vec() };
        let [_, _, high, low] = u32::try_from(cut.len()).unwrap().to_be_bytes();
        let expected = (50, "handshake message (12) has invalid length".to_owned());
        assert_eq!(refusal(client.give(&[&[12, 0, high, low], &cut[..]].concat())), expected);
    }
    let (mut client, server) = awaiting();
    client.give(&server.exchange().encode().unwrap()).unwrap();
    let expected = (50, "handshake message (14) has invalid length".to_owned());
    assert_eq!(refusal(client.give(&[14, 0, 0, 1, 0])), expected);
}

#[test]
fn a_request_for_a_certificate_is_answered_with_none() {
    let (mut client, server) = awaiting();
    let mut flight = server.flight().to_vec();
    flight.insert(3, request().encode().unwrap());
    flight[2..].iter().for_each(|message| client.give(message).unwrap());
    assert_eq!(client.written[1][..7], [11, 0, 0, 3, 0, 0, 0], "an empty Certificate comes first");
    let finished = server.finished(&client, &flight);
    client.give(&finished.encode().unwrap()).unwrap();
    assert!(client.outcome.is_some());
}

#[test]
fn a_malformed_request_is_refused() {
    let whole = request().encode().unwrap()[4..].to_vec();
    let mut cases: Vec<Vec<u8>> = (0..whole.len()).map(|end| whole[..end].to_vec()).collect();
    cases.push([&whole[..], &[0]].concat());
    // A list of schemes that reaches far out of the message.
    cases.push(vec![1, 1, 0xff, 0xfe, 4, 1]);
    for body in cases {
        let (mut client, server) = awaiting();
        client.give(&server.exchange().encode().unwrap()).unwrap();
        let framed = [&[13, 0, 0, u8::try_from(body.len()).unwrap()], &body[..]].concat();
        let expected = (50, "handshake message (13) has invalid length".to_owned());
        assert_eq!(refusal(client.give(&framed)), expected, "{body:?}");
    }
}

#[test]
fn a_finished_of_another_handshake_is_refused() {
    for spoil in 0..12 {
        let (mut client, server) = awaiting();
        let flight = server.flight();
        flight[2..].iter().for_each(|message| client.give(message).unwrap());
        let mut finished = server.finished(&client, &flight);
        finished.verify_data[spoil] ^= 1;
        let refused = refusal(client.give(&finished.encode().unwrap()));
        assert_eq!(refused, (51, "finished verification failed".to_owned()));
        assert_eq!(client.outcome, None);
    }
    for len in [0, 11, 13, 36] {
        let (mut client, server) = awaiting();
        server.flight()[2..].iter().for_each(|message| client.give(message).unwrap());
        let framed = [&[20, 0, 0, len], &vec![0; usize::from(len)][..]].concat();
        assert_eq!(refusal(client.give(&framed)).0, 50);
    }
}

#[test]
fn our_own_finished_is_not_taken_back() {
    let (mut client, server) = awaiting();
    server.flight()[2..].iter().for_each(|message| client.give(message).unwrap());
    let mut inbox = Inbox::default();
    inbox.recv(&client.written[2]);
    let ours: Finished = inbox.next().unwrap().unwrap().parse_in(VERIFY_DATA_LEN, "finished").unwrap();
    assert_eq!(refusal(client.give(&ours.encode().unwrap())).0, 51);
}

#[test]
fn insecure_still_wants_the_signature() {
    let mut client = Client::begin(&insecure(None)).unwrap();
    let server =
        Server::new(&client, "p256.crt", Suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, Group::X25519);
    server.flight()[..2].iter().for_each(|message| client.give(message).unwrap());
    let mut exchange = server.exchange();
    ecdhe(&mut exchange).public[3] ^= 1;
    assert_eq!(refusal(client.give(&exchange.encode().unwrap())).0, 51);
}
