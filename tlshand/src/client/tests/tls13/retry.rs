//! HelloRetryRequest: what may be asked for, what comes of it, and what is refused.

use tlswire::{Group, ProtocolVersion, Suite};

use super::script::{Server, TURNS, Turn, begin};
use crate::client::tests::script::{conf, refusal};
use crate::error::Error;
use crate::msg::Body;
use crate::msg::ext::{self, ClientExtension, Extension as _, KeyShare, ServerExtension};
use crate::msg::hello::ServerHello;
use crate::msg::tls13::retry::{HelloRetryRequest, RetryExtension};

/// What comes of a retry for P-256, spoiled.
fn retried(spoil: impl FnOnce(&mut HelloRetryRequest)) -> Result<(), Error> {
    let mut client = begin(&conf("rsa.example"));
    let mut retry = Server::plain(&client).retry(Group::SECP256R1);
    spoil(&mut retry);
    client.give(&retry.encode().unwrap())
}

fn with(extensions: &[RetryExtension]) -> Result<(), Error> {
    retried(|retry| retry.extensions = extensions.to_vec())
}

const TLS13: RetryExtension = RetryExtension::SupportedVersions(ProtocolVersion::TLS13);

/// A client after a right retry with a cookie.
fn twice() -> (crate::client::tests::script::Client, Server) {
    let mut client = begin(&conf("rsa.example"));
    let mut server = Server::plain(&client);
    server.group = Group::SECP256R1;
    let mut retry = server.retry(Group::SECP256R1);
    retry.extensions.push(RetryExtension::Cookie(b"chocolate".to_vec()));
    server.retries(&mut client, &retry).unwrap();
    (client, server)
}

#[test]
fn the_second_hello_differs_in_what_was_asked_for_alone() {
    let mut client = begin(&conf("rsa.example"));
    let mut server = Server::plain(&client);
    let first = server.client_hello.clone();
    let mut retry = server.retry(Group::SECP256R1);
    retry.extensions.push(RetryExtension::Cookie(b"chocolate".to_vec()));
    server.retries(&mut client, &retry).unwrap();
    let mut second = server.client_hello.clone();
    let is_asked_for = |extension: &ClientExtension| [ext::KEY_SHARE, ext::COOKIE].contains(&extension.typ());
    let asked: Vec<ClientExtension> =
        second.extensions.iter().filter(|it| is_asked_for(it)).cloned().collect();
    let [ClientExtension::KeyShare(shares), ClientExtension::Cookie(cookie)] = &asked[..] else {
        panic!("{asked:?}")
    };
    assert_eq!((shares.len(), shares[0].group, shares[0].public.len()), (1, Group::SECP256R1, 65));
    assert_eq!(cookie, b"chocolate");
    let mut first_others = first.clone();
    first_others.extensions.retain(|extension| !is_asked_for(extension));
    // Padding may come and go (RFC 8446 §4.1.2).
    second.extensions.retain(|extension| !is_asked_for(extension) && extension.typ() != ext::PADDING);
    assert_eq!(second, first_others);

    server.group = Group::SECP256R1;
    TURNS.into_iter().for_each(|turn| server.turn(&mut client, turn).unwrap());
    server.hear(&client);
    assert_eq!(client.outcome.unwrap().group, Some(Group::SECP256R1));
}

#[test]
fn a_cookie_alone_keeps_the_shares() {
    let mut client = begin(&conf("rsa.example"));
    let mut server = Server::plain(&client);
    let first = server.client_hello.clone();
    let mut retry = server.retry(Group::X25519);
    retry.extensions = vec![TLS13, RetryExtension::Cookie(vec![7; 300])];
    server.retries(&mut client, &retry).unwrap();
    let mut second = server.client_hello.clone();
    second.extensions.retain(|extension| extension.typ() != ext::COOKIE);
    assert_eq!(second, first);
    TURNS.into_iter().for_each(|turn| server.turn(&mut client, turn).unwrap());
    server.hear(&client);
}

#[test]
fn a_second_retry_is_refused() {
    let (mut client, server) = twice();
    let again = server.retry(Group::SECP384R1).encode().unwrap();
    assert_eq!(refusal(client.give(&again)), (10, "expected a server hello".to_owned()));
}

#[test]
fn a_retry_that_changes_nothing_is_refused() {
    let expected = (47, "invalid retry that changes nothing".to_owned());
    assert_eq!(refusal(with(&[TLS13])), expected);
    for group in [Group::X25519, Group::X25519_MLKEM768] {
        let result = with(&[TLS13, RetryExtension::KeyShare(group)]);
        assert_eq!(refusal(result), (47, "invalid group".to_owned()), "there was a share of {group:?}");
    }
}

#[test]
fn a_group_that_was_not_offered_is_refused() {
    let client = begin(&conf("rsa.example"));
    let grease = Server::plain(&client).client_hello.groups().unwrap()[0];
    for group in [Group::SECP521R1, Group::FFDHE2048, Group::SECP384R1_MLKEM1024, Group(0), grease] {
        let result = with(&[TLS13, RetryExtension::KeyShare(group)]);
        assert_eq!(refusal(result), (47, "invalid group".to_owned()), "{group:?}");
    }
}

#[test]
fn what_hides_the_version_must_be_as_it_was_sent() {
    assert_eq!(refusal(retried(|retry| retry.session_id.clear())), (47, "invalid session".to_owned()));
    let suite = refusal(retried(|retry| retry.suite = Suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256));
    assert_eq!(suite, (47, "invalid cipher suite".to_owned()));
    let group = RetryExtension::KeyShare(Group::SECP256R1);
    assert_eq!(refusal(with(std::slice::from_ref(&group))), (47, "invalid version".to_owned()));
    for version in [0x0303, 0x0305, 0x7f1c] {
        let version = RetryExtension::SupportedVersions(ProtocolVersion(version));
        assert_eq!(refusal(with(&[version, group.clone()])), (47, "invalid version".to_owned()));
    }
}

#[test]
fn other_extensions_of_a_retry_are_refused() {
    let group = RetryExtension::KeyShare(Group::SECP256R1);
    for (typ, alert) in [
        (ext::SERVER_NAME, 47),
        (ext::ALPN, 47),
        (ext::PRE_SHARED_KEY, 47),
        (ext::SUPPORTED_GROUPS, 47),
        (ext::EARLY_DATA, 47),
        (0xfe0d, 110),
        (0x0a0a, 110),
    ] {
        let other = RetryExtension::Unknown { typ, body: vec![0, 0] };
        assert_eq!(refusal(with(&[TLS13, group.clone(), other])).0, alert, "{typ}");
    }
    let empty = RetryExtension::Cookie(Vec::new());
    assert_eq!(refusal(with(&[TLS13, empty])).0, 50, "a cookie without a byte");
    assert_eq!(refusal(with(&[TLS13, group.clone(), group])), (47, "extension 51 comes twice".to_owned()));
}

/// What comes of a ServerHello after a right retry, spoiled.
fn answered(spoil: impl FnOnce(&mut ServerHello)) -> (u8, String) {
    let (mut client, mut server) = twice();
    let mut hello = server.hello();
    spoil(&mut hello);
    refusal(client.give(&hello.encode().unwrap()))
}

#[test]
fn the_answer_keeps_to_what_the_retry_said() {
    for suite in [0x1302, 0x1303, 0xc02f] {
        let expected = (47, "invalid cipher suite".to_owned());
        assert_eq!(answered(|hello| hello.suite = Suite(suite)), expected, "{suite:#x}");
    }
    for group in [Group::X25519, Group::X25519_MLKEM768, Group::SECP384R1] {
        let share = ServerExtension::KeyShare(KeyShare { group, public: vec![9; 32] });
        let expected = (47, "invalid group".to_owned());
        assert_eq!(answered(|hello| hello.extensions[1] = share), expected, "{group:?}");
    }
    let older = answered(|hello| {
        hello.extensions = vec![ServerExtension::RenegotiationInfo];
        hello.suite = Suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256;
    });
    assert_eq!(older, (70, "incompatible version (0x303)".to_owned()));
    assert_eq!(answered(|hello| hello.session_id.clear()), (47, "invalid session".to_owned()));
    let lowered = ServerExtension::SupportedVersions(ProtocolVersion::TLS12);
    assert_eq!(answered(|hello| hello.extensions[0] = lowered), (47, "invalid version".to_owned()));
    assert_eq!(answered(|hello| hello.extensions.truncate(1)).0, 109);
}

#[test]
fn nothing_but_an_answer_follows_the_second_hello() {
    for turn in [Turn::Encrypted, Turn::Certificate] {
        let (mut client, mut server) = twice();
        let message = server.message(turn);
        assert_eq!(refusal(client.give(&message)), (10, "expected a server hello".to_owned()));
    }
}

#[test]
fn no_prefix_of_a_retry_is_one() {
    let client = begin(&conf("rsa.example"));
    let message = Server::plain(&client).retry(Group::SECP256R1).encode().unwrap();
    for len in 0..message.len() - 4 {
        let mut client = begin(&conf("rsa.example"));
        let framed = [&[2, 0, 0, u8::try_from(len).unwrap()], &message[4..4 + len]].concat();
        assert_eq!(refusal(client.give(&framed)).0, 50, "{len}");
    }
}

#[test]
fn to_a_client_of_tls12_it_is_a_server_hello_like_any_other() {
    let mut older = conf("rsa.example");
    older.versions = vec![ProtocolVersion::TLS12];
    let mut client = begin(&older);
    let newer = begin(&conf("rsa.example"));
    let retry = Server::plain(&newer).retry(Group::SECP256R1).encode().unwrap();
    assert!(client.give(&retry).is_err());
}
