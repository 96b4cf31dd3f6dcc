//! Our client's TLS 1.3 with everybody's servers as they are by themselves, and where there is to be no connection: without a certificate for
//! whoever wants one, with another secret. What goes well of that is told by the matrix.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::support::certs::{By, Certs, Key};
use crate::support::peers::{Feature, OLD_SERVERS, Offer, Role, SERVERS, Secret, Server, present};
use crate::support::process::Process;
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
fn who_has_no_certificate_for_a_server_that_wants_one_hears_no_answer() {
    let certs = Certs::new();
    for server in SERVERS.into_iter().filter(|server| present(*server)) {
        let running =
            server.start(&Offer { client_ca: Some(certs.ca()), ..Offer::of(certs.localhost(Key::P256)) });
        let seen = asked(&[path("--ca"), &certs.ca()], running.port);
        // The client is done before the server has looked at what it sent (RFC 8446 §4.4.2.4).
        let is_unheard = seen.contains("TLSv1.3 TLS_") && !seen.contains("HTTP/1.0 200");
        assert!(is_unheard, "{}: {seen}", server.name());
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
        let ca = certs.ca();
        let servers = SERVERS.into_iter().filter(|server| ["openssl", "gnutls"].contains(&server.name()));
        for server in servers.filter(|server| present(*server)) {
            let offer = Offer::of(certs.localhost(Key::P256));
            let running = server.start(&Offer { client_ca: Some(ca.clone()), ..offer });
            let flags = [&device[..], &[path("--ca"), &ca]].concat();
            let missed = asked(&flags, running.port);
            let refused = asked(&[&flags[..], &[path("-c"), &me.chain]].concat(), running.port);
            let expired = if server.name() == "openssl" { "expired certificate" } else { "access denied" };
            for (seen, why) in [(missed, "certificate required"), (refused, expired)] {
                let line = format!("tls reports connection cut without close_notify: {why}\n");
                assert!(seen.contains(&line), "{} {device:?}: {seen}", server.name());
            }
        }
    }
}

#[test]
fn with_another_secret_of_the_same_name_there_is_no_connection() {
    let certs = Certs::new();
    let [ours, theirs] = ["00010203", "a7a7a7a7a7"].map(|digits| Secret::write(certs.dir(), digits));
    let servers = SERVERS.into_iter().chain(OLD_SERVERS);
    let can = |server: &&dyn Server| server.lacks(Role::Server, "TLSv1.3", Feature::Secret).is_none();
    for server in servers.filter(can).filter(|server| present(*server)) {
        let offer = Offer::of(certs.localhost(Key::P256));
        let offer = Offer { secret: Some(theirs.clone()), version: Some("TLSv1.3"), ..offer };
        let running = server.start(&offer);
        let seen = asked(&[path("--psk"), &theirs.file], running.port);
        assert!(seen.contains("TLSv1.3"), "{}: {seen}", server.name());
        // The proof in the hello is wrong.
        let seen = asked(&[path("--psk"), &ours.file], running.port);
        assert!(!seen.contains("TLSv1.3") && seen.contains("failed"), "{}: {seen}", server.name());
    }
}
