//! tlslite-ng: pure Python, and the only one here that is a server of SSL 3.0. Slow, so that it is asked for what others lack and for little else.

use std::process::Command;

use super::{
    Ask, Client, Feature, Group, Missing, Offer, Peer, Returning, Role, Running, Secret, Server, Suite, Told,
    told_again, told_by_lines,
};
use crate::support::certs::{CertFiles, Key};
use crate::support::process::Process;
use crate::support::python;

/// The package `tlslite-ng`.
pub(super) struct TlsLite;

impl Peer for TlsLite {
    fn name(&self) -> &'static str {
        "tlslite"
    }

    fn available(&self) -> Result<(), Missing> {
        python::find("tlslite", "tlslite-ng==0.8.2")
    }

    fn cannot(&self, _: Role, _: &str, suite: &Suite) -> Option<&'static str> {
        suite.key.is_none().then_some("no shared secrets before TLS 1.3")
    }

    fn lacks(&self, _: Role, _: &str, feature: Feature) -> Option<&'static str> {
        (feature == Feature::MlKem).then_some("no ML-KEM before 0.9")
    }
}

impl Client for TlsLite {
    fn connect(&self, port: u16, ask: &Ask) -> Told {
        run(client(port, ask))
    }
}

impl Returning for TlsLite {
    /// A ticket that the server does not take ends its connection in TLS 1.2.
    fn connect_again(&self, port: u16, ask: &Ask, count: usize) -> (Vec<String>, String) {
        told_again(client(port, ask).args(["--times", &count.to_string()]))
    }
}

impl Server for TlsLite {
    fn start(&self, offer: &Offer) -> Running {
        let mut command = python::script("peer.py");
        command.args(["server", word(offer.version), &number(offer.suite)]);
        restrict(&mut command, offer.group, offer.secret.as_ref(), offer.updates_keys);
        if offer.secret.is_none() {
            own(&mut command, &offer.cert);
        }
        if let Some(ca) = &offer.client_ca {
            command.arg("--ca").arg(ca);
        }
        super::start_saying_port(command, "port ")
    }

    /// In TLS 1.3 it says of every connection that it went on with none.
    fn confirms(&self, resumed_count: usize, _: &Running, answers: &str) -> bool {
        answers.contains("TLSv1.3 ") || answers.matches(" session Resumed\n").count() == resumed_count
    }
}

/// Our script as a client.
fn client(port: u16, ask: &Ask) -> Command {
    let mut command = python::script("peer.py");
    command.args(["client", word(ask.version), &number(ask.suite), "--port", &port.to_string()]);
    // It verifies no chain: it is told which certificate to expect, which lies beside the authority's.
    let stem = if ask.suite.is_some_and(|suite| suite.key == Some(Key::P256)) { "P256" } else { "Rsa" };
    if ask.secret.is_none() {
        command.arg("--expect").arg(ask.ca.with_file_name(format!("localhost-{stem}.crt")));
    }
    restrict(&mut command, ask.group, ask.secret.as_ref(), ask.updates_keys);
    if let Some(me) = &ask.identity {
        own(&mut command, me);
    }
    command
}

/// What it shows of itself.
pub(super) fn own(command: &mut Command, files: &CertFiles) {
    command.arg("--cert").arg(&files.chain).arg("--key").arg(&files.key);
}

/// What is the same in both roles.
fn restrict(command: &mut Command, group: Option<&Group>, secret: Option<&Secret>, updates_keys: bool) {
    if let Some(group) = group {
        command.args(["--group", group.iana]);
    }
    if let Some(secret) = secret {
        command.args(["--secret", &secret.name, &secret.digits]);
    }
    command.args(updates_keys.then_some("--update"));
}

/// Runs a client of ours in Python to its end.
pub(super) fn run(mut command: Command) -> Told {
    let mut process = Process::start(&mut command);
    let exit = process.wait_exit();
    let _ = process.wait_for("the end of its output", |_| None::<()>);
    let printed = process.printed();
    let failed = exit.map_or(true, |status| !status.success());
    told_by_lines(&printed.stdout, failed.then(|| printed.stderr_text()))
}

/// The script's word for a version.
pub(super) fn word(version: Option<&str>) -> &'static str {
    match version {
        Some("SSLv2 hello") => "ssl2",
        Some("SSLv3") => "ssl3",
        Some("TLSv1") => "tls1.0",
        Some("TLSv1.1") => "tls1.1",
        Some("TLSv1.3") => "tls1.3",
        _ => "tls1.2",
    }
}

fn number(suite: Option<&Suite>) -> String {
    suite.map_or(0, |suite| suite.code).to_string()
}
