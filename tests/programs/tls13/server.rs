//! Our server's TLS 1.3 with everybody's clients: chains of every kind, who is turned away for what it shows or has, and who has to stay
//! below. What goes well beyond that is told by the matrix.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::support::certs::{By, CertFiles, Certs, Key};
use crate::support::missing::{find, present as is_there};
use crate::support::peers::{Ask, CLIENTS, Client, Feature, OLD_CLIENTS, REQUEST, Role, Secret, present};
use crate::support::process::Process;
use crate::support::server::Server;

/// What the command behind our server says.
const ANSWER: &str = r#"read -r line; printf 'HTTP/1.0 200 OK\r\n\r\n%s %s %s %s %s.' "$SSL_PROTOCOL" "$SSL_CIPHER" "$SSL_GROUP" "${SSL_CLIENT_VERIFY-unset}" "${SSL_PEER_CERT_SUBJECT-unset}""#;

fn serving(flags: &[&str], certs: &[&CertFiles]) -> Server {
    let files: Vec<String> = certs.iter().map(|files| files.both.display().to_string()).collect();
    let mut all = flags.to_vec();
    files.iter().for_each(|file| all.extend(["-c", file]));
    Server::start(&all, &["sh", "-c", ANSWER])
}

/// What `openssl s_client` with `flags` gets from the server on `port`, and then what it says.
fn openssl(flags: &[&str], port: u16, ca: &Path) -> String {
    let ca = ca.display().to_string();
    let mut command = Command::new("openssl");
    command.args(["s_client", "-connect", &format!("127.0.0.1:{port}"), "-servername", "localhost"]);
    command.args(["-ign_eof", "-verify_return_error", "-CAfile", &ca]).args(flags);
    said(&mut command)
}

fn said(command: &mut Command) -> String {
    let mut client = Process::start(command);
    client.send(REQUEST);
    let _ = client.wait_exit();
    let _ = client.wait_for("the end of its output", |_| None::<()>);
    client.printed().text()
}

fn has_openssl() -> bool {
    is_there("openssl", find("openssl", "openssl", "version"))
}

#[test]
fn every_client_verifies_certificates_of_every_kind() {
    let certs = Certs::new();
    for key in [Key::Rsa, Key::P256, Key::P384, Key::Ed25519] {
        let cert = certs.make("leaf", key, &["localhost"], By::Intermediate);
        fs::set_permissions(&cert.both, fs::Permissions::from_mode(0o600)).unwrap();
        let server = serving(&[], &[&cert]);
        for client in CLIENTS.into_iter().filter(|client| present(*client)) {
            let told = client.connect(server.port(), &Ask::localhost(&certs.ca()));
            if (key, client.name()) == (Key::Ed25519, "nss") {
                // It has no such certificates: and is told so, since there is no other one.
                assert!(told.output.is_empty() && told.error.is_some(), "{told:?}");
                continue;
            }
            assert!(told.text().contains("\r\n\r\nTLSv1.3 TLS_"), "{} {key:?}: {told:?}", client.name());
        }
    }
}

#[test]
fn of_several_certificates_the_client_s_schemes_choose() {
    if !has_openssl() {
        return;
    }
    let certs = Certs::new();
    let kinds = [Key::Rsa, Key::P256, Key::Ed25519].map(|key| certs.localhost(key));
    let server = serving(&[], &kinds.each_ref());
    for (schemes, signature) in [
        ("RSA-PSS+SHA256:ECDSA+SHA256", "Peer signature type: RSA-PSS"),
        ("ECDSA+SHA256", "Peer signature type: ECDSA"),
        ("ed25519:ECDSA+SHA256", "Peer signature type: ECDSA"),
        ("ed25519", "Peer signature type: ed25519"),
    ] {
        let seen = openssl(&["-tls1_3", "-sigalgs", schemes], server.port(), &certs.ca());
        assert!(seen.contains(signature) && seen.contains("TLSv1.3 TLS_"), "{schemes}: {seen}");
    }
    let none = openssl(&["-tls1_3", "-sigalgs", "ECDSA+SHA384"], server.port(), &certs.ca());
    assert!(none.contains("alert number 40"), "{none}");
}

#[test]
fn who_shows_no_certificate_or_a_stranger_s_is_told() {
    if !has_openssl() {
        return;
    }
    let certs = Certs::new();
    let ca = certs.ca().display().to_string();
    let cert = certs.localhost(Key::P256);
    let required = serving(&["--client-cert", "require", "--client-ca", &ca], &[&cert]);
    let requested = serving(&["--client-cert", "request", "--client-ca", &ca], &[&cert]);
    let me = certs.make("me", Key::Rsa, &["me.example"], By::Intermediate);
    let shown = |files: &CertFiles, server: &Server| {
        let (chain, key_file) = (files.chain.display().to_string(), files.key.display().to_string());
        let flags = ["-tls1_3", "-cert", &chain, "-cert_chain", &chain, "-key", &key_file];
        openssl(&flags, server.port(), &certs.ca())
    };
    let seen = shown(&me, &requested);
    assert!(seen.contains(" SUCCESS CN="), "{seen}");
    let none = openssl(&["-tls1_3"], requested.port(), &certs.ca());
    assert!(none.contains(" NONE unset."), "{none}");
    let none = openssl(&["-tls1_3"], required.port(), &certs.ca());
    assert!(none.contains("alert number 116") && !none.contains("HTTP/1.0 200"), "{none}");
    let strangers = Certs::new();
    let them = strangers.make("them", Key::P256, &["them.example"], By::Root);
    for server in [&required, &requested] {
        let seen = shown(&them, server);
        assert!(seen.contains("SSL alert number") && !seen.contains("HTTP/1.0 200"), "{seen}");
    }
}

#[test]
fn no_client_without_a_certificate_is_answered_where_one_is_required() {
    let certs = Certs::new();
    let ca = certs.ca().display().to_string();
    let server = serving(&["--client-cert", "require", "--client-ca", &ca], &[&certs.localhost(Key::Rsa)]);
    for client in CLIENTS.into_iter().chain(OLD_CLIENTS).filter(|client| present(*client)) {
        let told = client.connect(server.port(), &Ask::localhost(&certs.ca()));
        let is_answered = told.text().contains("HTTP/1.0 200");
        assert!(told.error.is_some() && !is_answered, "{}: {told:?}", client.name());
    }
}

#[test]
fn who_has_another_secret_of_the_same_name_is_told() {
    let certs = Certs::new();
    let [ours, theirs] = ["00010203", "a7a7a7a7a7"].map(|digits| Secret::write(certs.dir(), digits));
    let server = serving(&["--psk", &ours.file.display().to_string()], &[]);
    let clients = CLIENTS.into_iter().chain(OLD_CLIENTS);
    let can = |client: &&dyn Client| client.lacks(Role::Client, "TLSv1.3", Feature::Secret).is_none();
    for client in clients.filter(can).filter(|client| present(*client)) {
        let with = |secret: &Secret| {
            let ask = Ask::localhost(&certs.ca());
            let ask = Ask { secret: Some(secret.clone()), version: Some("TLSv1.3"), ..ask };
            client.connect(server.port(), &ask)
        };
        let told = with(&ours);
        assert!(told.text().contains("\r\n\r\nTLSv1.3 TLS_"), "{}: {told:?}", client.name());
        let told = with(&theirs);
        let is_answered = told.text().contains("HTTP/1.0 200");
        let error = told.error.unwrap_or_default();
        assert!(!is_answered && !error.is_empty(), "{}: {error}", client.name());
        // decrypt_error, where the client says which alert it was (RFC 8446 §4.2.11.2).
        let words = [("openssl", "alert number 51"), ("nss", "DECRYPT_ERROR_ALERT")];
        let words = words.into_iter().filter(|(name, _)| *name == client.name());
        words.for_each(|(name, word)| assert!(error.contains(word), "{name}: {error}"));
    }
}

#[test]
fn who_stays_below_is_told_that_more_was_possible() {
    if !has_openssl() {
        return;
    }
    let certs = Certs::new();
    let cert = certs.localhost(Key::P256);
    let server = serving(&[], &[&cert]);
    let older = openssl(&["-tls1_2", "-msg"], server.port(), &certs.ca());
    assert!(older.contains("TLSv1.2 ECDHE-ECDSA-"), "{older}");
    // DOWNGRD and 1 at the end of the server's random (RFC 8446 §4.1.3).
    let hex = older.replace(['\n', ' '], "");
    assert!(hex.contains("444f574e47524401"), "{older}");
    let lowered = openssl(&["-tls1_2", "-fallback_scsv"], server.port(), &certs.ca());
    assert!(lowered.contains("alert number 86"), "{lowered}");
    let only = serving(&["--min-version", "1.3"], &[&cert]);
    let refused = openssl(&["-tls1_2"], only.port(), &certs.ca());
    assert!(refused.contains("alert number 70"), "{refused}");
    for flags in [&["--max-version", "1.2"][..], &["--compat", "9front"]] {
        let below = serving(flags, &[&certs.localhost(Key::Rsa)]);
        let seen = openssl(&["-msg"], below.port(), &certs.ca());
        assert!(seen.contains("TLSv1.2 ECDHE-RSA-"), "{flags:?}: {seen}");
        assert!(!seen.replace(['\n', ' '], "").contains("444f574e475244"), "{flags:?}: {seen}");
    }
}
