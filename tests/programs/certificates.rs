//! Certificates in the eyes of other programs: which one a name gets, what a strict server says to other names, and whom nobody
//! believes, in both roles.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::certs::{By, CertFiles, Certs, Key};
use crate::support::peers::{Ask, CLIENTS, Offer, SERVERS, present};
use crate::support::programs;
use crate::support::server::Server;

/// What the command behind our server says: which name was asked for, and the kind of certificate by the suite.
const ANSWER: &str = r#"printf 'HTTP/1.0 200 OK\r\n\r\n%s %s' "$SSL_TLS_SNI_SERVERNAME" "$SSL_CIPHER""#;

/// Three certificates that a client can tell apart: the default, one for exactly a name, one with a wildcard.
fn three(certs: &Certs) -> [CertFiles; 3] {
    [
        certs.make("default", Key::P384, &["default.example"], By::Root),
        certs.make("wild", Key::P256, &["*.wild.example"], By::Root),
        certs.make("exact", Key::Rsa, &["www.wild.example"], By::Root),
    ]
}

fn server(certs: &Certs, flags: &[&str], files: &[CertFiles]) -> Server {
    let paths: Vec<String> = files.iter().map(|files| files.both.display().to_string()).collect();
    let mut all = flags.to_vec();
    paths.iter().for_each(|path| all.extend(["-c", path]));
    assert!(paths.iter().all(|path| path.starts_with(certs.dir().to_str().unwrap())));
    Server::start(&all, &["sh", "-c", ANSWER])
}

fn ask(certs: &Certs, name: &str) -> Ask {
    Ask { server_name: name.to_owned(), ..Ask::localhost(&certs.ca()) }
}

#[test]
fn every_client_gets_the_certificate_of_its_name_and_of_no_other() {
    let certs = Certs::new();
    let (server, newer) =
        (server(&certs, &["--max-version", "1.2"], &three(&certs)), server(&certs, &[], &three(&certs)));
    for client in CLIENTS.into_iter().filter(|client| present(*client)) {
        for (name, kind) in [
            ("default.example", "ECDHE-ECDSA-"),
            ("www.wild.example", "ECDHE-RSA-"),
            ("any.wild.example", "ECDHE-ECDSA-"),
        ] {
            // All of them verify the name, so that an answer also says that the certificate is for it.
            let told = client.connect(server.port(), &ask(&certs, name));
            let text = told.text();
            let seen = text.strip_prefix("HTTP/1.0 200 OK\r\n\r\n");
            let seen = seen.unwrap_or_else(|| panic!("{} as {name}: {told:?}", client.name()));
            assert!(seen.starts_with(&format!("{name} {kind}")), "{} as {name}: {seen}", client.name());
            let told = client.connect(newer.port(), &ask(&certs, name));
            let text = told.text();
            let seen = text.strip_prefix("HTTP/1.0 200 OK\r\n\r\n");
            let seen = seen.unwrap_or_else(|| panic!("{} as {name} with 1.3: {told:?}", client.name()));
            assert!(seen.starts_with(&format!("{name} TLS_")), "{} as {name}: {seen}", client.name());
        }
        // Nobody's name, and a name two labels under the wildcard: the default, which is not theirs.
        for name in ["unknown.example", "a.b.wild.example"] {
            let told = client.connect(server.port(), &ask(&certs, name));
            assert!(told.output.is_empty(), "{} as {name}: {told:?}", client.name());
            let why = told.error.unwrap_or_default().to_lowercase();
            assert!(!why.is_empty() && !why.contains("recogni"), "{} as {name}: {why}", client.name());
        }
    }
}

#[test]
fn a_strict_server_tells_every_client_that_it_does_not_know_the_name() {
    let certs = Certs::new();
    let mut server = server(&certs, &["--strict-sni"], &three(&certs));
    for client in CLIENTS.into_iter().filter(|client| present(*client)) {
        let name = format!("{}.example", client.name());
        let told = client.connect(server.port(), &ask(&certs, &name));
        assert!(told.output.is_empty(), "{}: {told:?}", client.name());
        let why = told.error.unwrap_or_default().to_lowercase();
        // "unrecognized name", "not recognized", "UnrecognisedName".
        assert!(why.contains("recogni"), "{}: {why}", client.name());
        let line = format!("tls reports failed: no certificate for server name {name}\n");
        server
            .process()
            .wait_for(&line, |printed| printed.stderr_text().contains(&line).then_some(()))
            .expect("the server says which name");
        let known = client.connect(server.port(), &ask(&certs, "default.example"));
        assert!(known.text().contains("default.example"), "{}: {known:?}", client.name());
    }
}

#[test]
fn no_client_believes_an_expired_certificate() {
    let certs = Certs::new();
    let expired = certs.make("old", Key::P256, &["localhost"], By::RootLongAgo);
    let mut server = server(&certs, &[], &[expired]);
    for client in CLIENTS.into_iter().filter(|client| present(*client)) {
        let told = client.connect(server.port(), &Ask::localhost(&certs.ca()));
        assert!(told.error.is_some() && told.output.is_empty(), "{}: {told:?}", client.name());
    }
    let told = server.process().wait_for("a client's reason", |printed| {
        let text = printed.stderr_text();
        (text.contains("old.pem: the certificate expired on 2021-01-01")
            && text.contains(" tls reports failed: expired certificate\n"))
        .then_some(())
    });
    assert_eq!(told, Ok(()));
}

/// What our client leaves that trusts `ca`.
fn tlsclient(ca: &Path, port: u16) -> Output {
    let mut tlsclient = Command::new(programs::path("tlsclient"));
    tlsclient.arg("--ca").arg(ca).arg(format!("tcp!localhost!{port}"));
    tlsclient.output().expect("tlsclient starts")
}

#[test]
fn our_client_believes_no_server_with_an_expired_certificate() {
    let certs = Certs::new();
    let expired = certs.make("old", Key::P256, &["localhost"], By::RootLongAgo);
    for server in SERVERS.into_iter().filter(|server| present(*server)) {
        let running = server.start(&Offer::of(expired.clone()));
        let output = tlsclient(&certs.ca(), running.port);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(98), 0), "{}: {text}", server.name());
        assert!(text.contains(" failed: the certificate expired on 2021-01-01"), "{}: {text}", server.name());
        assert_eq!(text.lines().count(), 1, "{}: {text}", server.name());
    }
}

#[test]
fn a_server_whose_key_is_of_a_kind_that_we_lack_has_nothing_to_offer_us() {
    let openssl = SERVERS[0];
    if !present(openssl) {
        return;
    }
    let data =
        |name: &str| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../crates/x509/tests/data").join(name);
    let cert = CertFiles { chain: data("p521.crt"), key: data("p521.key"), both: data("p521.crt") };
    let running = openssl.start(&Offer::of(cert));
    let output = tlsclient(&data("root.crt"), running.port);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(98), 0), "{text}");
    assert!(text.ends_with(" failed: could not negotiate acceptable security parameters\n"), "{text}");
}
