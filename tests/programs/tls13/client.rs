//! Our client's TLS 1.3 with everybody's servers, where the version goes another way than the plain one: a second hello, a certificate
//! of the client's, a secret from before, keys that change while data flows.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::support::certs::{By, Certs, Key};
use crate::support::peers::{
    GROUPS, Offer, Running, SERVERS, present, start_on_free_port, start_saying_port,
};
use crate::support::process::{Printed, Process};
use crate::support::programs;

/// What the command in front of our client does: it says what was agreed on, asks, and shows the answer.
const ASK: &str =
    r#"echo "$SSL_PROTOCOL $SSL_CIPHER $SSL_GROUP." >&2; printf 'GET / HTTP/1.0\r\n\r\n'; cat >&2"#;

/// What `tlsclient` and the command behind it say to the server on `port`, under its name.
fn asked(flags: &[&Path], port: u16) -> String {
    let mut tlsclient = Command::new(programs::path("tlsclient"));
    tlsclient.args(flags).arg(format!("tcp!localhost!{port}")).args(["sh", "-c", ASK]);
    let mut client = Process::start(&mut tlsclient);
    let _ = client.wait_exit();
    let _ = client.wait_for("the end of its output", |_| None::<()>);
    client.printed().stderr_text()
}

fn path(text: &str) -> &Path {
    Path::new(text)
}

#[test]
fn every_server_by_itself_agrees_on_it() {
    let certs = Certs::new();
    for server in SERVERS.into_iter().filter(|server| present(*server)) {
        let running = server.start(&Offer::of(certs.localhost(Key::Rsa)));
        let seen = asked(&[path("--ca"), &certs.ca()], running.port);
        assert!(seen.contains("HTTP/1.0 200"), "{}: {seen}", server.name());
        assert!(seen.starts_with("TLSv1.3 TLS_"), "{}: {seen}", server.name());
        // Who has ML-KEM takes it; the others take the share that comes with it, and nobody asks again.
        let group = if server.name() == "rustls" { "X25519MLKEM768." } else { "" };
        assert!(seen.contains(group), "{}: {seen}", server.name());
        // What is before it is before it everywhere.
        let older = asked(&[path("--max-version"), path("1.2"), path("--ca"), &certs.ca()], running.port);
        assert!(older.starts_with("TLSv1.2 ECDHE-RSA-"), "{}: {older}", server.name());
    }
}

#[test]
fn every_server_that_wants_another_group_gets_another_hello() {
    let certs = Certs::new();
    let p384 = GROUPS.iter().find(|group| group.name == "P-384").expect("P-384 is among them");
    for server in SERVERS.into_iter().filter(|server| present(*server)) {
        let running = server.start(&Offer { group: Some(p384), ..Offer::of(certs.localhost(Key::P256)) });
        let seen = asked(&[path("--ca"), &certs.ca()], running.port);
        assert!(seen.contains("HTTP/1.0 200"), "{}: {seen}", server.name());
        assert!(
            seen.starts_with("TLSv1.3 TLS_") && seen.contains(" secp384r1."),
            "{}: {seen}",
            server.name()
        );
    }
}

#[test]
fn certificates_of_every_kind_from_either_side() {
    let certs = Certs::new();
    for server in SERVERS.into_iter().filter(|server| present(*server)) {
        for key in [Key::Rsa, Key::P256, Key::P384, Key::Ed25519] {
            // The other servers do not read such a key in the form in which it is written here.
            if key == Key::Ed25519 && !["rustls", "go"].contains(&server.name()) {
                continue;
            }
            let running = server.start(&Offer::of(certs.localhost(key)));
            let seen = asked(&[path("--ca"), &certs.ca()], running.port);
            assert!(seen.starts_with("TLSv1.3 TLS_"), "{} {key:?}: {seen}", server.name());
        }
    }
    for key in [Key::Rsa, Key::P256, Key::P384, Key::Ed25519] {
        let me = certs.make("me", key, &["me.example"], By::Intermediate);
        fs::set_permissions(&me.key, fs::Permissions::from_mode(0o600)).unwrap();
        for (name, running) in asking(&certs) {
            let flags = [path("-c"), &me.chain, path("--ca"), &certs.ca()];
            let seen = asked(&flags, running.port);
            let is_answered = seen.starts_with("TLSv1.3 TLS_") && seen.contains("HTTP/1.0 200");
            assert!(is_answered, "{name} {key:?}: {seen}");
        }
    }
}

#[test]
fn who_has_no_certificate_for_a_server_that_wants_one_hears_no_answer() {
    let certs = Certs::new();
    for (name, running) in asking(&certs) {
        let seen = asked(&[path("--ca"), &certs.ca()], running.port);
        // The client is done before the server has looked at what it sent (RFC 8446 §4.4.2.4).
        assert!(seen.contains("TLSv1.3 TLS_") && !seen.contains("HTTP/1.0 200"), "{name}: {seen}");
    }
}

#[test]
fn a_server_that_refuses_our_certificate_or_misses_it_is_quoted() {
    let certs = Certs::new();
    let me = certs.make("me", Key::P256, &["me.example"], By::RootLongAgo);
    fs::set_permissions(&me.key, fs::Permissions::from_mode(0o600)).unwrap();
    let place = certs.dir().join("tls").display().to_string();
    let mut devtls = Command::new(programs::path("devtls"));
    devtls.args(["-a", &format!("unix!{place}")]);
    let devtls = Process::start(&mut devtls);
    devtls.wait_for("a device", |_| Path::new(&place).exists().then_some(())).unwrap();
    for device in [None, Some(format!("unix!{place}"))] {
        let device: Vec<&Path> = device.iter().flat_map(|place| [path("--device"), path(place)]).collect();
        for (name, running) in asking(&certs) {
            let ca = certs.ca();
            let flags = [&device[..], &[path("--ca"), &ca]].concat();
            let missed = asked(&flags, running.port);
            let refused = asked(&[&flags[..], &[path("-c"), &me.chain]].concat(), running.port);
            let expired = if name == "openssl" { "expired certificate" } else { "access denied" };
            for (seen, why) in [(missed, "certificate required"), (refused, expired)] {
                let line = format!("tls reports connection cut without close_notify: {why}\n");
                assert!(seen.contains(&line), "{name} {device:?}: {seen}");
            }
        }
    }
}

/// Servers that want to see a certificate of the test's authority.
fn asking(certs: &Certs) -> Vec<(&'static str, Running)> {
    let cert = certs.localhost(Key::P256);
    let mut servers = Vec::new();
    if SERVERS.iter().any(|server| server.name() == "openssl" && present(*server)) {
        let mut command = Command::new("openssl");
        command.args(["s_server", "-www", "-accept", "127.0.0.1:0", "-Verify", "3", "-verify_return_error"]);
        command.arg("-cert").arg(&cert.chain).arg("-key").arg(&cert.key).arg("-CAfile").arg(certs.ca());
        servers.push(("openssl", start_saying_port(command, "ACCEPT 127.0.0.1:")));
    }
    if SERVERS.iter().any(|server| server.name() == "gnutls" && present(*server)) {
        let running = start_on_free_port("port", |port| {
            let mut command = Command::new("gnutls-serv");
            command.args(["--http", "--nodb", "--require-client-cert", "--verify-client-cert"]);
            command.args(["--port", &port.to_string()]).arg("--x509cafile").arg(certs.ca());
            command.arg("--x509certfile").arg(&cert.chain).arg("--x509keyfile").arg(&cert.key);
            command
        });
        servers.push(("gnutls", running));
    }
    servers
}

#[test]
fn a_secret_from_before_takes_the_place_of_certificates() {
    let dir = tempfile::tempdir().unwrap();
    // As long as p9sk1's, and as dp9ik's; GnuTLS's server has no room for the second in a line of its file.
    for (len, has_gnutls) in [(8, true), (256, false)] {
        let digits = "a7".repeat(len);
        let file = dir.path().join(format!("psk{len}"));
        fs::write(&file, format!("p9secret:{digits}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let mut servers = Vec::new();
        if SERVERS.iter().any(|server| server.name() == "openssl" && present(*server)) {
            for groups in ["X25519", "P-384"] {
                let mut command = Command::new("openssl");
                command.args(["s_server", "-www", "-accept", "127.0.0.1:0", "-tls1_3", "-nocert"]);
                command.args(["-psk_identity", "p9secret", "-psk", &digits, "-groups", groups]);
                servers.push((groups, start_saying_port(command, "ACCEPT 127.0.0.1:")));
            }
        }
        if has_gnutls && SERVERS.iter().any(|server| server.name() == "gnutls" && present(*server)) {
            let running = start_on_free_port("port", |port| {
                let mut command = Command::new("gnutls-serv");
                command.args(["--http", "--nodb", "--port", &port.to_string()]);
                command.args(["--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.3:-KX-ALL:+ECDHE-PSK"]);
                command.arg("--pskpasswd").arg(&file);
                command
            });
            servers.push(("gnutls", running));
        }
        for (name, running) in servers {
            let seen = asked(&[path("--psk"), &file], running.port);
            let is_answered = seen.starts_with("TLSv1.3 TLS_") && seen.contains("HTTP/1.0 200");
            assert!(is_answered, "{name} {len}: {seen}");
            // With another secret of the same name the proof in the hello is wrong.
            let other = dir.path().join("other");
            fs::write(&other, "p9secret:00010203\n").unwrap();
            fs::set_permissions(&other, fs::Permissions::from_mode(0o600)).unwrap();
            let seen = asked(&[path("--psk"), &other], running.port);
            assert!(!seen.contains("TLSv1.3") && seen.contains("failed"), "{name} {len}: {seen}");
        }
    }
}

#[test]
fn keys_change_while_data_flows() {
    if !SERVERS.iter().any(|server| server.name() == "openssl" && present(*server)) {
        return;
    }
    let certs = Certs::new();
    let cert = certs.localhost(Key::P256);
    let port = crate::support::ports::free();
    let mut openssl = Command::new("openssl");
    openssl.args(["s_server", "-msg", "-accept", &format!("127.0.0.1:{port}"), "-naccept", "1"]);
    openssl.arg("-cert").arg(&cert.chain).arg("-key").arg(&cert.key);
    let mut server = Process::start(&mut openssl);
    server.wait_for("a socket", |seen| seen.text().contains("ACCEPT").then_some(())).unwrap();
    let mut tlsclient = Command::new(programs::path("tlsclient"));
    tlsclient.arg("--ca").arg(certs.ca()).arg(format!("tcp!localhost!{port}"));
    let mut client = Process::start(&mut tlsclient);
    client.send(b"first\n");
    let has = |text: &'static str| move |seen: &Printed| seen.text().contains(text).then_some(());
    server.wait_for("what we say", has("first")).unwrap();
    // A letter alone on a line is a command: new keys of its own, and then of ours too, which the device answers by itself.
    for (command, word, count) in [(b"k\n", "one", 1), (b"K\n", "two", 2), (b"K\n", "three", 3)] {
        server.send(command);
        let updates =
            |seen: &Printed| seen.text().matches(">>> TLS 1.3, Handshake [length 0005], KeyUpdate").count();
        server.wait_for("its change", |seen| (updates(seen) == count).then_some(())).unwrap();
        server.send(format!("{word} from it\n").as_bytes());
        client.wait_for("what it says", |seen| seen.text().contains(word).then_some(())).unwrap();
        client.send(format!("{word} from us\n").as_bytes());
        let ours = format!("{word} from us");
        server.wait_for("what we say", |seen| seen.text().contains(&ours).then_some(())).unwrap();
        let has_answered =
            server.printed().text().contains("<<< TLS 1.3, Handshake [length 0005], KeyUpdate");
        assert_eq!(has_answered, word != "one");
    }
    client.end_input();
}
