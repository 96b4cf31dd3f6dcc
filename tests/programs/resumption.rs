//! Clients that come back, to a server that is a new process each time: when a session goes on and when it does not. That everybody comes
//! back to us, and we to everybody, is told by the matrix.

mod end;
mod unbound;

use std::path::Path;
use std::process::Command;

use crate::support::inetd::Place;
use crate::support::missing::{find, present};
use crate::support::peers::{self, Ask, Feature, RETURNING, Role};
use crate::support::process::Process;
use crate::support::programs;

const VERSIONS: [&str; 2] = ["1.2", "1.3"];

/// What a client prints that asks with this command.
fn asked(command: &mut Command) -> String {
    let mut client = Process::start(command);
    client.send(b"GET / HTTP/1.0\r\n\r\n");
    client.end_input();
    let _ = client.wait_exit();
    let _ = client.wait_for("the end of its output", |_| None::<()>);
    client.printed().text()
}

/// `tlsclient` that keeps its sessions in `file`.
fn tlsclient(ca: &Path, file: &str, version: &str, port: u16) -> Command {
    let mut command = Command::new(programs::path("tlsclient"));
    command.arg("--ca").arg(ca).args(["--session", file, "--max-version", version]);
    command.arg(format!("tcp!localhost!{port}"));
    command
}

#[test]
fn our_client_comes_back_to_processes_that_never_saw_it() {
    let place = Place::new();
    for version in VERSIONS {
        let port = place.serve(3, &[]);
        let file = place.file(version);
        for told in ["Initial", "Resumed", "Resumed"] {
            let ask = ["sh", "-c", r"printf 'GET / HTTP/1.0\r\n\r\n'; cat >&2"];
            let seen = asked(tlsclient(&place.certs.ca(), &file, version, port).args(ask));
            assert!(seen.contains(told), "{version}: {seen}");
        }
    }
}

#[test]
fn under_another_name_it_is_another_session() {
    if !present("peer openssl", find("openssl", "openssl", "version")) {
        return;
    }
    let place = Place::new();
    for version in ["-tls1_2", "-tls1_3"] {
        let port = place.serve(3, &[]);
        let file = place.file(version);
        // RFC 6066 §3.
        for (name, flag, told) in [
            ("localhost", "-sess_out", "Initial"),
            ("localhost", "-sess_in", "Resumed"),
            ("other.example", "-sess_in", "Initial"),
        ] {
            let mut command = Command::new("openssl");
            command.args(["s_client", version, "-ign_eof", "-connect", &format!("127.0.0.1:{port}")]);
            let seen = asked(command.args(["-servername", name, flag]).arg(&file));
            assert!(seen.contains(told), "{version} {name} {flag}: {seen}");
        }
    }
}

#[test]
fn with_a_ticket_of_other_keys_everybody_starts_anew() {
    // GnuTLS's client comes twice, NSS's counts without saying when, and tlslite-ng's takes it in TLS 1.2 that every ticket is taken.
    let clients =
        RETURNING.into_iter().filter(|client| !["gnutls", "nss", "tlslite"].contains(&client.name()));
    for client in clients.filter(|client| peers::present(*client)) {
        for version in ["TLSv1.2", "TLSv1.3"] {
            // A ticket under keys that the server has not is none, and the connection goes well (RFC 5077 §3.1, RFC 8446 §4.2.11).
            let place = Place::new();
            let port = place.serve_each(&["keys", "keys", "keys", "others", "others", "keys"], &[]);
            let ask = Ask { version: Some(version), ..Ask::localhost(&place.certs.ca()) };
            let (theirs, said) = client.connect_again(port, &ask, 6);
            let expected = match client.lacks(Role::Client, version, Feature::Resumption) {
                None => ["Initial", "Resumed", "Resumed", "Initial", "Resumed", "Initial"],
                // The connections go well all the same, each by a handshake of its own.
                Some(_) => ["Initial"; 6],
            };
            assert_eq!(theirs, expected, "{} {version}: {said}", client.name());
            assert_eq!(place.told(), expected, "{} {version}: {said}", client.name());
        }
    }
}
