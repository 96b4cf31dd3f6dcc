//! A secret that both were told beforehand: it is proved in the hello, and nothing else proves who the server is.

use tlswire::{Group, ProtocolVersion, Suite};

use super::script::{Server, Turn, begin};
use crate::client::tests::script::{Client, conf, refusal};
use crate::conf::ClientConf;
use crate::error::Error;
use crate::fixture::tls13_algs;
use crate::msg::Body;
use crate::msg::ext::{ClientExtension, ServerExtension};
use crate::psk::Psk;
use crate::sec::tls13::psk::PreSharedKey;
use crate::sec::tls13::schedule::EarlySecret;
use crate::sec::tls13::transcript::Transcript;
use crate::suites::PrfHash;

fn secret() -> Psk {
    Psk::new(b"p9secret".to_vec(), &[7; 256])
}

fn knowing() -> ClientConf {
    ClientConf { psk: Some(secret()), ..conf("localhost") }
}

/// A client that knows the secret, and a server that takes it.
fn both() -> (Client, Server) {
    let client = begin(&knowing());
    let mut server = Server::plain(&client);
    server.psk = Some(PreSharedKey::external(&secret()));
    (client, server)
}

/// Whether the last hello proves the secret, after `transcript`.
fn is_bound(hello: &[u8], transcript: &Transcript) -> bool {
    let early = EarlySecret::with_psk(&PreSharedKey::external(&secret()));
    let hash = transcript.hash_with(&hello[..hello.len() - 35]);
    hello.ends_with(&early.binder(crate::sec::tls13::psk::Origin::External, hash.as_ref()).unwrap())
}

#[test]
fn with_the_secret_there_is_no_certificate() {
    let (mut client, mut server) = both();
    for turn in [Turn::Hello, Turn::Encrypted, Turn::Finished] {
        server.turn(&mut client, turn).unwrap();
    }
    assert!(server.hear(&client).is_empty());
    let outcome = client.outcome.unwrap();
    assert_eq!(outcome.psk_identity.as_deref(), Some(&b"p9secret"[..]));
    assert!(outcome.peer_chain.is_empty());
}

#[test]
fn the_hello_names_the_secret_and_proves_it() {
    let (client, server) = both();
    let hello = &server.client_hello;
    assert!(is_bound(&client.written[0], &Transcript::new(PrfHash::Sha256, &[])));
    let offer = hello.psks().unwrap();
    assert_eq!(offer.identities.len(), 1);
    assert_eq!(offer.identities[0].identity, b"p9secret");
    assert_eq!(offer.identities[0].obfuscated_ticket_age, 0);
    assert!(hello.extensions.contains(&ClientExtension::PskKeyExchangeModes(vec![1])));
    // Suites of another hash could not take it; those of TLS 1.2 have shared secrets of their own.
    let numbers: Vec<u16> = hello.suites[1..].iter().map(|suite| suite.0).collect();
    assert_eq!(numbers, [0x1301, 0x1303, 0xccac, 0xd001, 0xccab, 0x00ae, 0x008c]);
}

#[test]
fn the_second_hello_proves_it_anew() {
    let mut client = begin(&knowing());
    let mut server = Server::plain(&client);
    server.psk = Some(PreSharedKey::external(&secret()));
    server.group = Group::SECP256R1;
    let retry = server.retry(Group::SECP256R1);
    server.retries(&mut client, &retry).unwrap();
    let mut transcript = Transcript::retried(PrfHash::Sha256, &client.written[0]);
    transcript.add_bytes(&retry.encode().unwrap());
    assert!(is_bound(&client.written[1], &transcript));
    for turn in [Turn::Hello, Turn::Encrypted, Turn::Finished] {
        server.turn(&mut client, turn).unwrap();
    }
    server.hear(&client);
}

#[test]
fn a_server_without_the_secret_is_refused() {
    let mut client = begin(&knowing());
    let mut server = Server::plain(&client);
    let result = server.turn(&mut client, Turn::Hello);
    assert_eq!(refusal(result), (40, "server without the shared secret".to_owned()));
    // One that has another does not come to the same keys: its Finished is wrong.
    let (mut client, mut server) = both();
    let hello = server.message(Turn::Hello);
    client.give(&hello).unwrap();
    client.give(&[8, 0, 0, 2, 0, 0]).unwrap();
    assert_eq!(refusal(client.give(&[&[20, 0, 0, 32], &[7; 32][..]].concat())).0, 51);
}

#[test]
fn a_secret_that_was_not_offered_is_refused() {
    for index in [1, 2, 0xffff] {
        let (mut client, mut server) = both();
        let mut hello = server.hello();
        hello.extensions[2] = ServerExtension::PreSharedKey(index);
        let result = client.give(&hello.encode().unwrap());
        assert_eq!(refusal(result), (47, "invalid shared secret".to_owned()));
    }
}

#[test]
fn without_an_exchange_as_well_it_is_refused() {
    let (mut client, mut server) = both();
    let mut hello = server.hello();
    hello.extensions.remove(1);
    assert_eq!(refusal(client.give(&hello.encode().unwrap())).0, 109);
}

#[test]
fn certificates_have_no_place_there() {
    for message in [&[13, 0, 0, 3, 0, 0, 0][..], &[11, 0, 0, 4, 0, 0, 0, 0]] {
        let (mut client, mut server) = both();
        server.turn(&mut client, Turn::Hello).unwrap();
        server.turn(&mut client, Turn::Encrypted).unwrap();
        assert_eq!(refusal(client.give(message)).0, 10);
    }
}

#[test]
fn a_suite_that_the_secret_does_not_fit_is_not_offered() {
    let mut conf = knowing();
    conf.suites = vec![Suite::TLS_AES_256_GCM_SHA384];
    assert!(matches!(Client::begin_on(&tls13_algs(), &conf), Err(Error::NoSuite)));
    conf.versions = vec![ProtocolVersion::TLS13];
    assert!(matches!(Client::begin_on(&tls13_algs(), &conf), Err(Error::NoSuite)));
}
