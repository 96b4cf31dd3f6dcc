//! OpenSSL's own programs, `s_client` and `s_server`.

use std::process::Command;

use super::{
    Ask, Client, Missing, Offer, Peer, REQUEST, Role, Running, Server, Suite, Told, field, find, names,
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
}

impl Client for OpenSsl {
    fn connect(&self, port: u16, ask: &Ask) -> Told {
        let mut command = Command::new("openssl");
        command.args(["s_client", "-brief", "-verify_return_error", "-verify_hostname", &ask.server_name]);
        command.args(["-servername", &ask.server_name, "-connect", &format!("127.0.0.1:{port}")]);
        command.arg("-CAfile").arg(&ask.ca);
        restrict(&mut command, ask.version, ask.suite);
        if let Some(secret) = &ask.secret {
            command.args(["-psk_identity", &secret.name, "-psk", &secret.digits]);
        }
        if let Some(group) = ask.group {
            command.args(["-groups", group.name]);
        }
        if !ask.alpn.is_empty() {
            command.args(["-alpn", &ask.alpn.join(",")]);
        }
        let mut process = Process::start(&mut command);
        process.send(REQUEST);
        let exit = process.wait_exit();
        let _ = process.wait_for("the end of its output", |_| None::<()>);
        let printed = process.printed();
        let failed = exit.map_or(true, |status| !status.success());
        told(&printed, failed.then(|| printed.stderr_text()))
    }
}

impl Server for OpenSsl {
    fn start(&self, offer: &Offer) -> Running {
        let mut command = Command::new("openssl");
        command.args(["s_server", "-www", "-accept", "127.0.0.1:0", "-no_ticket"]);
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
        super::start_saying_port(command, "ACCEPT 127.0.0.1:")
    }
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
