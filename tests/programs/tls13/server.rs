//! Our server's TLS 1.3 with everybody's clients: a second hello, certificates of every kind and of the client's, a secret from
//! before, and who has to stay below.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::support::certs::{By, CertFiles, Certs, Key};
use crate::support::missing::{find, present as is_there};
use crate::support::peers::{Ask, CLIENTS, REQUEST, present};
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
    openssl_alone(&[flags, &["-verify_return_error", "-CAfile", &ca]].concat(), port)
}

fn openssl_alone(flags: &[&str], port: u16) -> String {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-connect", &format!("127.0.0.1:{port}"), "-servername", "localhost"]);
    said(command.arg("-ign_eof").args(flags))
}

fn gnutls(flags: &[&str], port: u16) -> String {
    let mut command = Command::new("gnutls-cli");
    said(command.args(["--port", &port.to_string()]).args(flags).arg("localhost"))
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

fn has_gnutls() -> bool {
    is_there("gnutls", find("gnutls-cli", "gnutls-bin", "--version"))
}

#[test]
fn every_client_without_our_group_s_share_sends_another_hello() {
    let certs = Certs::new();
    let server = serving(&["--groups", "P-384"], &[&certs.localhost(Key::P256)]);
    for client in CLIENTS.into_iter().filter(|client| present(*client)) {
        let told = client.connect(server.port(), &Ask::localhost(&certs.ca()));
        let text = told.text();
        assert!(
            text.contains("\r\n\r\nTLSv1.3 TLS_") && text.contains(" secp384r1 "),
            "{}: {told:?}",
            client.name()
        );
    }
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
fn certificates_of_clients_are_asked_for_and_proved() {
    let certs = Certs::new();
    let ca = certs.ca().display().to_string();
    let cert = certs.localhost(Key::P256);
    let required = serving(&["--client-cert", "require", "--client-ca", &ca], &[&cert]);
    let requested = serving(&["--client-cert", "request", "--client-ca", &ca], &[&cert]);
    let (has_openssl, has_gnutls) = (has_openssl(), has_gnutls());
    // These clients do not read a key of Ed25519 in the form in which it is written here.
    for key in [Key::Rsa, Key::P256, Key::P384] {
        let me = certs.make("me", key, &["me.example"], By::Intermediate);
        let (chain, key_file) = (me.chain.display().to_string(), me.key.display().to_string());
        let expected = " SUCCESS CN=";
        for server in [&required, &requested] {
            if has_openssl {
                let flags = ["-tls1_3", "-cert", &chain, "-cert_chain", &chain, "-key", &key_file];
                let seen = openssl(&flags, server.port(), &certs.ca());
                assert!(seen.contains(expected), "openssl {key:?}: {seen}");
            }
            if has_gnutls {
                let flags = ["--x509cafile", &ca, "--x509certfile", &chain, "--x509keyfile", &key_file];
                let seen = gnutls(&flags, server.port());
                assert!(seen.contains(expected), "gnutls {key:?}: {seen}");
            }
        }
    }
    if has_openssl {
        let none = openssl(&["-tls1_3"], requested.port(), &certs.ca());
        assert!(none.contains(" NONE unset."), "{none}");
        let none = openssl(&["-tls1_3"], required.port(), &certs.ca());
        assert!(none.contains("alert number 116") && !none.contains("HTTP/1.0 200"), "{none}");
        let strangers = Certs::new();
        let them = strangers.make("them", Key::P256, &["them.example"], By::Root);
        let (chain, key_file) = (them.chain.display().to_string(), them.key.display().to_string());
        let flags = ["-tls1_3", "-cert", &chain, "-key", &key_file];
        for server in [&required, &requested] {
            let seen = openssl(&flags, server.port(), &certs.ca());
            assert!(seen.contains("SSL alert number") && !seen.contains("HTTP/1.0 200"), "{seen}");
        }
    }
}

#[test]
fn a_secret_from_before_takes_the_place_of_certificates() {
    let dir = tempfile::tempdir().unwrap();
    let (has_openssl, has_gnutls) = (has_openssl(), has_gnutls());
    for len in [8, 256] {
        let digits = "a7".repeat(len);
        let file = dir.path().join(format!("psk{len}"));
        fs::write(&file, format!("p9secret:{digits}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        for groups in ["X25519", "P-384"] {
            let server = serving(&["--psk", file.to_str().unwrap(), "--groups", groups], &[]);
            if has_openssl {
                let with = |digits: &str| {
                    let flags = ["-tls1_3", "-psk_identity", "p9secret", "-psk", digits];
                    openssl_alone(&flags, server.port())
                };
                let seen = with(&digits);
                assert!(seen.contains("TLSv1.3 TLS_") && seen.contains("200 OK"), "{len} {groups}: {seen}");
                let wrong = with("00010203");
                assert!(wrong.contains("alert number 51"), "{wrong}");
            }
            if has_gnutls {
                let flags = [
                    "--pskusername",
                    "p9secret",
                    "--pskkey",
                    &digits,
                    "--priority",
                    "NORMAL:-VERS-ALL:+VERS-TLS1.3:-KX-ALL:+ECDHE-PSK",
                ];
                let seen = gnutls(&flags, server.port());
                assert!(seen.contains("TLSv1.3 TLS_"), "{len} {groups}: {seen}");
            }
        }
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
