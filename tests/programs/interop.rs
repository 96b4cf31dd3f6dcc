//! Our programs against everybody else's: each client with each suite at our server, each server with
//! each suite at our client. Who is missing is skipped loudly; where CI is set, that is a failure.

use std::process::Command;

use crate::support::certs::{Certs, Key};
use crate::support::peers::{Ask, CLIENTS, GROUPS, Group, Offer, REQUEST, SERVERS, SUITES, Suite, present};
use crate::support::process::Process;
use crate::support::programs;
use crate::support::server::Server;

/// What the command behind our server says: an answer with the facts of its environment.
const ANSWER: &str = r#"printf 'HTTP/1.0 200 OK\r\n\r\n%s %s %s %s' "$SSL_PROTOCOL" "$SSL_CIPHER" "$SSL_GROUP" "$SSL_TLS_SNI_SERVERNAME""#;

/// Every suite, each with a group, so that every group comes up: an ECDSA certificate over P-256 goes only with clients
/// that have that curve (RFC 8422 §5.1).
fn pairs() -> Vec<(&'static Suite, &'static Group)> {
    let p256 = GROUPS.iter().find(|group| group.name.contains("256")).expect("P-256 is among them");
    let mut pairs = Vec::new();
    for suite in &SUITES {
        match suite.key {
            Some(Key::Rsa) => pairs.extend(GROUPS.iter().map(|group| (suite, group))),
            _ => pairs.push((suite, p256)),
        }
    }
    pairs
}

#[test]
fn every_client_with_every_suite_and_group() {
    let certs = Certs::new();
    let (rsa, ecdsa) = (certs.localhost(Key::Rsa).both, certs.localhost(Key::P256).both);
    let flags = ["-c", &rsa.display().to_string(), "-c", &ecdsa.display().to_string()];
    let server = Server::start(&flags, &["sh", "-c", ANSWER]);
    for client in CLIENTS.into_iter().filter(|client| present(*client)) {
        for (suite, group) in pairs() {
            let ask = Ask::localhost(&certs.ca()).only(suite, group);
            let told = client.connect(server.port(), &ask);
            let name = format!("{} with {} and {}", client.name(), suite.name, group.name);
            assert_eq!(told.error, None, "{name}");
            let text = told.text();
            let seen =
                text.strip_prefix("HTTP/1.0 200 OK\r\n\r\n").unwrap_or_else(|| panic!("{name}: {text}"));
            let words: Vec<&str> = seen.split(' ').collect();
            assert_eq!(
                (words[0], words[1], words[3]),
                ("TLSv1.2", suite.name, "localhost"),
                "{name}: {seen}"
            );
        }
        let told = client.connect(server.port(), &Ask::localhost(&certs.ca()));
        assert!(told.text().contains("TLSv1.3"), "{} by itself: {told:?}", client.name());
    }
}

#[test]
fn every_server_with_every_suite_and_group() {
    let (certs, strangers) = (Certs::new(), Certs::new());
    for server in SERVERS.into_iter().filter(|server| present(*server)) {
        for (suite, group) in pairs() {
            let name = format!("{} with {} and {}", server.name(), suite.name, group.name);
            let running = server.start(
                &Offer::of(certs.localhost(suite.key.expect("one of a certificate"))).only(suite, group),
            );
            let mut tlsclient = Command::new(programs::path("tlsclient"));
            tlsclient.arg("--ca").arg(certs.ca()).arg(format!("tcp!localhost!{}", running.port));
            let mut client = Process::start(&mut tlsclient);
            client.send(REQUEST);
            let answered = client
                .wait_for("an answer", |printed| printed.stdout.starts_with(b"HTTP/1.0 200").then_some(()));
            assert_eq!(answered, Ok(()), "{name}");
        }
        // The same server, of somebody whom nobody trusts.
        let running = server.start(&Offer::of(certs.localhost(Key::P256)));
        let mut tlsclient = Command::new(programs::path("tlsclient"));
        tlsclient.arg("--ca").arg(strangers.ca()).arg(format!("tcp!localhost!{}", running.port));
        let output = tlsclient.output().expect("tlsclient starts");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(98), 0), "{}", server.name());
    }
}
