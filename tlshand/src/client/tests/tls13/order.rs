//! Whole handshakes, every state against every message, and what the client does in its order.

use tlswire::{Group, ProtocolVersion, SignatureScheme, Suite};

use super::script::{Server, TURNS, Turn, begin};
use crate::client::tests::script::{Client, conf, refusal};
use crate::conf::ClientConf;
use crate::msg::Body;
use crate::msg::kx::ServerHelloDone;
use crate::msg::tls13::request::{CertificateRequest, RequestExtension};
use crate::msg::tls13::ticket::NewSessionTicket;
use crate::msg::tls13::update::KeyUpdate;
use crate::sec::share;
use crate::suites::TLS13_SUITES;

fn opened(conf: &ClientConf, cert: &str, suite: Suite, group: Group) -> Client {
    let mut client = begin(conf);
    let mut server = Server::new(&client, cert, suite, group);
    if !client_offers(&server, group) {
        let retry = server.retry(group);
        server.retries(&mut client, &retry).unwrap();
    }
    TURNS.into_iter().for_each(|turn| server.turn(&mut client, turn).unwrap());
    assert!(server.hear(&client).is_empty());
    client
}

fn client_offers(server: &Server, group: Group) -> bool {
    server.client_hello.extensions.iter().any(|extension| match extension {
        crate::msg::ext::ClientExtension::KeyShare(shares) => shares.iter().any(|share| share.group == group),
        _ => false,
    })
}

#[test]
fn every_suite_with_every_group_and_kind_of_key_opens() {
    let names = ["rsa.crt", "p256.crt", "p384.crt", "ed25519.crt"];
    for (index, group) in share::GROUPS.into_iter().enumerate() {
        for suite in &TLS13_SUITES {
            let cert = names[(index + usize::from(suite.suite.0)) % names.len()];
            let mut conf = conf("localhost");
            conf.groups = share::GROUPS.to_vec();
            let outcome = opened(&conf, cert, suite.suite, group).outcome.unwrap();
            assert_eq!(outcome.version, ProtocolVersion::TLS13);
            assert_eq!((outcome.suite, outcome.group), (suite.suite, Some(group)));
            assert_eq!(outcome.peer_chain.len(), 2);
            assert!(outcome.extended_master_secret);
        }
    }
    for cert in names {
        opened(&conf("localhost"), cert, Suite::TLS_AES_128_GCM_SHA256, Group::X25519_MLKEM768);
    }
}

#[test]
fn the_files_are_used_in_this_order() {
    let client = opened(&conf("localhost"), "rsa.crt", Suite::TLS_AES_256_GCM_SHA384, Group::X25519);
    let did: Vec<&str> = client
        .did
        .iter()
        .map(|line| {
            line.strip_prefix("secret sha384 aes_256_gcm_aead 1 ").map_or(line.as_str(), |_| "secret")
        })
        .collect();
    assert_eq!(
        did,
        [
            "hand",
            "version 0x304",
            "secret",
            "end of messages",
            "changecipher in",
            "changecipher",
            "end of messages",
            "hand",
            "secret",
            "changecipher",
            "end of messages",
            "changecipher in",
            "note sni localhost",
            "note suite TLS_AES_256_GCM_SHA384",
            "note group x25519",
            "note peer O=House,CN=rsa",
            "opened"
        ]
    );
}

#[test]
fn after_a_retry_the_version_is_said_once() {
    let client = opened(&conf("localhost"), "rsa.crt", Suite::TLS_AES_128_GCM_SHA256, Group::SECP384R1);
    assert_eq!(client.did.iter().filter(|line| line.starts_with("version")).count(), 1);
    assert_eq!(client.did[..3], ["hand", "version 0x304", "hand"]);
}

/// Everything that has a type, well formed, in the order of the columns.
fn strangers(client: &Client) -> Vec<Vec<u8>> {
    let request = CertificateRequest {
        context: Vec::new(),
        extensions: vec![RequestExtension::SignatureAlgorithms(vec![SignatureScheme::ED25519])],
    };
    let ticket =
        NewSessionTicket { lifetime: 1, age_add: 2, nonce: vec![3], ticket: vec![4], extensions: Vec::new() };
    vec![
        client.written[0].clone(),
        request.encode().unwrap(),
        ticket.encode().unwrap(),
        KeyUpdate::NotRequested.encode().unwrap(),
        ServerHelloDone.encode().unwrap(),
        vec![12, 0, 0, 1, 0],
        vec![16, 0, 0, 1, 0],
        vec![5, 0, 0, 0],
        vec![22, 0, 0, 0],
        vec![254, 0, 0, 0],
    ]
}

#[test]
fn every_state_meets_every_message() {
    // What each state says to all but the message that is right there.
    let texts = [
        (Turn::Hello, "expected a server hello"),
        (Turn::Encrypted, "expected encrypted extensions"),
        (Turn::Certificate, "expected a certificate"),
        (Turn::Verify, "expected a certificate verify"),
        (Turn::Finished, "expected a Finished msg from server"),
    ];
    for (turn, text) in texts {
        let mut messages: Vec<(Option<Turn>, Vec<u8>)> = Vec::new();
        let mut client = begin(&conf("localhost"));
        let mut server = Server::plain(&client);
        for other in TURNS {
            let message = server.message(other);
            messages.push((Some(other), message.clone()));
            server.give(&mut client, &message).unwrap();
        }
        messages.extend(strangers(&client).into_iter().map(|message| (None, message)));
        for (which, message) in messages {
            let is_request = message[0] == 13 && turn == Turn::Certificate;
            if which == Some(turn) || is_request {
                continue;
            }
            let mut client = begin(&conf("localhost"));
            let mut server = Server::plain(&client);
            server.before(&mut client, turn);
            let (alert, said) = refusal(client.give(&message));
            let unknown = format!("can't decode a {}", message[0]);
            assert!(alert == 10 && (said == text || said == unknown), "{turn:?} {}: {said}", message[0]);
        }
    }
}

#[test]
fn a_message_after_the_first_flight_s_end_is_nobody_s() {
    let mut client = opened(&conf("localhost"), "rsa.crt", Suite::TLS_AES_128_GCM_SHA256, Group::X25519);
    let ticket = strangers(&client).remove(2);
    // The shell asks for none once it is open.
    assert!(client.give(&ticket).is_err());
}
