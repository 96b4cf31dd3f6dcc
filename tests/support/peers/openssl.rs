//! OpenSSL's own programs, `s_client` and `s_server`.

use std::process::Command;
use std::thread;

use tempfile::TempDir;

use super::{
    Ask, Client, Feature, Missing, Offer, Peer, REQUEST, Returning, Role, Running, Server, Suite, Told,
    field, find, names, process_saying_port,
};
use crate::support::process::{Printed, Process};

/// The program `openssl`.
pub(super) struct OpenSsl;

impl Peer for OpenSsl {
    fn name(&self) -> &'static str {
        "openssl"
    }

    fn available(&self) -> Result<(), Missing> {
        find("openssl", "openssl", "version")
    }

    fn cannot(&self, _: Role, version: &str, suite: &Suite) -> Option<&'static str> {
        match () {
            () if version == "SSLv3" => Some("built without SSL 3.0"),
            () if suite.name.contains("CBC3") => Some("built without weak ciphers"),
            () if suite.is_draft() => Some("no ChaCha20 of the draft"),
            () if suite.code == 0xd001 => Some("no ECDHE-PSK with GCM"),
            () => None,
        }
    }

    fn lacks(&self, _: Role, _: &str, feature: Feature) -> Option<&'static str> {
        let is_old = feature == Feature::MlKem && version() < (3, 5);
        is_old.then_some("before OpenSSL 3.5 no ML-KEM")
    }
}

impl Client for OpenSsl {
    fn connect(&self, port: u16, ask: &Ask) -> Told {
        let mut process = Process::start(client(port, ask).arg("-brief"));
        if ask.updates_keys {
            // A command where it stands alone on a line.
            process.send(b"K\n");
            let _ = process.wait_for("its change", |seen| seen.text().contains("KEYUPDATE").then_some(()));
        }
        process.send(REQUEST);
        let exit = process.wait_exit();
        let _ = process.wait_for("the end of its output", |_| None::<()>);
        let printed = process.printed();
        let failed = exit.map_or(true, |status| !status.success());
        told(&printed, failed.then(|| printed.stderr_text()))
    }
}

impl Returning for OpenSsl {
    fn connect_again(&self, port: u16, ask: &Ask, count: usize) -> (Vec<String>, String) {
        let dir = TempDir::new().unwrap();
        let file = dir.path().join("session");
        let (mut words, mut said) = (Vec::new(), String::new());
        for _ in 0..count {
            let mut command = client(port, ask);
            if file.exists() {
                command.arg("-sess_in").arg(&file);
            }
            // It leaves at the server's end, not at that of its input.
            let mut process = Process::start(command.arg("-ign_eof").arg("-sess_out").arg(&file));
            process.send(REQUEST);
            let exit = process.wait_exit();
            let _ = process.wait_for("the end of its output", |_| None::<()>);
            let text = process.printed().text();
            said.push_str(&text);
            if !exit.is_ok_and(|status| status.success()) {
                break;
            }
            words.push(if text.contains("\nReused, ") { "Resumed" } else { "Initial" }.to_owned());
        }
        (words, said)
    }
}

impl Server for OpenSsl {
    fn start(&self, offer: &Offer) -> Running {
        let mut command = Command::new("openssl");
        command.args(["s_server", "-accept", "127.0.0.1:0"]);
        if !offer.has_tickets {
            command.arg("-no_ticket");
        }
        if let Some(ca) = &offer.client_ca {
            command.args(["-Verify", "3", "-verify_return_error", "-CAfile"]).arg(ca);
        }
        match &offer.secret {
            Some(secret) => command.args(["-nocert", "-psk_identity", &secret.name, "-psk", &secret.digits]),
            None => {
                command.arg("-cert").arg(&offer.cert.chain).arg("-key").arg(&offer.cert.key);
                command.arg("-cert_chain").arg(&offer.cert.chain)
            }
        };
        restrict(&mut command, offer.version, offer.suite);
        if let Some(group) = offer.group {
            command.args(["-groups", group.name]);
        }
        if !offer.alpn.is_empty() {
            command.args(["-alpn", &offer.alpn.join(",")]);
        }
        if offer.updates_keys {
            updating(command)
        } else {
            command.arg("-www");
            super::start_saying_port(command, S_SERVER_LABEL)
        }
    }

    fn confirms(&self, resumed_count: usize, _: &Running, answers: &str) -> bool {
        answers.matches("\nReused, ").count() == resumed_count
    }
}

/// What `openssl version` says, as far as it matters.
fn version() -> (u32, u32) {
    let output = Command::new("openssl").arg("version").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut numbers =
        text.trim_start_matches("OpenSSL ").split('.').map(|number| number.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

/// `s_client` as `ask` has it.
fn client(port: u16, ask: &Ask) -> Command {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-verify_return_error", "-verify_hostname", &ask.server_name]);
    command.args(["-servername", &ask.server_name, "-connect", &format!("127.0.0.1:{port}")]);
    command.arg("-CAfile").arg(&ask.ca);
    restrict(&mut command, ask.version, ask.suite);
    if let Some(secret) = &ask.secret {
        command.args(["-psk_identity", &secret.name, "-psk", &secret.digits]);
    }
    if let Some(me) = &ask.identity {
        command.arg("-cert").arg(&me.chain).arg("-cert_chain").arg(&me.chain).arg("-key").arg(&me.key);
    }
    if let Some(group) = ask.group {
        command.args(["-groups", group.name]);
    }
    if !ask.alpn.is_empty() {
        command.args(["-alpn", &ask.alpn.join(",")]);
    }
    command
}

/// A server for one client, at whose console somebody sits who changes the keys as soon as there is a request, and then answers it.
fn updating(mut command: Command) -> Running {
    let (mut process, port) = process_saying_port(command.args(["-msg", "-naccept", "1"]), S_SERVER_LABEL);
    thread::spawn(move || {
        let wait = |process: &Process, what: &str, count: usize| {
            let has = |seen: &Printed| seen.stdout_text().matches(what).count() >= count;
            process.wait_for(what, |seen| has(seen).then_some(())).is_ok()
        };
        // The request to its end: where something is left unread the answer would be lost with the connection. Its own lines end otherwise.
        let is_asked = wait(&process, "\r\n", 2);
        process.send(b"K\n");
        // What it reads together with a command it forgets.
        if is_asked && wait(&process, "<<< TLS 1.3, Handshake [length 0005], KeyUpdate", 1) {
            process.send(b"HTTP/1.0 200 OK\r\n\r\n");
        }
        process.end_input();
        let _ = process.wait_exit();
    });
    Running { port, process: None, _held: Box::new(()) }
}

/// One version, one suite; old ones need a lower level of security.
fn restrict(command: &mut Command, version: Option<&str>, suite: Option<&Suite>) {
    command.args(version.map(|version| match version {
        "TLSv1" => "-tls1",
        "TLSv1.1" => "-tls1_1",
        "TLSv1.3" => "-tls1_3",
        _ => "-tls1_2",
    }));
    if let Some(suite) = suite {
        match () {
            () if suite.versions.contains(&"TLSv1.3") => command.args(["-ciphersuites", suite.name]),
            () if names::SUITES.contains(suite) => command.args(["-cipher", suite.name]),
            () => command.args(["-cipher", &format!("{}:@SECLEVEL=0", suite.name)]),
        };
    }
}

/// Reads what `s_client -brief` prints: facts on standard error, the server's bytes on standard output. The protocol is not among them.
fn told(printed: &Printed, error: Option<String>) -> Told {
    let facts = printed.stderr_text();
    Told {
        output: printed.stdout.clone(),
        version: field(&facts, "Protocol version: ").map(ToString::to_string),
        suite: field(&facts, "Ciphersuite: ").and_then(names::suite_by_name),
        group: match field(&facts, "Server Temp Key: ") {
            Some(key) if key.starts_with("X25519,") => Some("X25519"),
            Some(key) if key.starts_with("ECDH, prime256v1,") => Some("P-256"),
            Some(key) if key.starts_with("ECDH, secp384r1,") => Some("P-384"),
            _ => None,
        },
        alpn: None,
        error,
    }
}

/// What `s_server` prints before its port.
pub(crate) const S_SERVER_LABEL: &str = "ACCEPT 127.0.0.1:";
