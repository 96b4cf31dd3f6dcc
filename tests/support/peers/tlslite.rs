//! tlslite-ng: pure Python, and the only one here that is a server of SSL 3.0. Slow, so that it is asked for what others lack and for little else.

use std::path::Path;
use std::process::Command;

use super::{Ask, Client, Missing, Offer, Peer, Role, Running, Server, Suite, Told, told_by_lines};
use crate::support::certs::Key;
use crate::support::process::Process;
use crate::support::python;

/// The package `tlslite-ng`.
pub(crate) struct TlsLite;

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
}

impl Client for TlsLite {
    fn connect(&self, port: u16, ask: &Ask) -> Told {
        run(client(port, ask))
    }
}

impl TlsLite {
    /// As [`super::Returning::connect_again`]; but a ticket that the server does not take ends its connection in TLS 1.2.
    pub(crate) fn connect_again(self, port: u16, ask: &Ask, count: usize) -> (Vec<String>, String) {
        let mut process = Process::start(client(port, ask).arg(count.to_string()));
        let _ = process.wait_exit();
        let _ = process.wait_for("the end of its output", |_| None::<()>);
        let text = process.printed().text();
        let words = text.lines().filter_map(|line| line.strip_prefix("session "));
        (words.map(ToString::to_string).collect(), text.clone())
    }
}

impl Server for TlsLite {
    fn start(&self, offer: &Offer) -> Running {
        let mut command = python::script("peer.py");
        command.args(["server", word(offer.version), &number(offer.suite)]);
        command.arg::<&Path>(&offer.cert.chain).arg(&offer.cert.key);
        super::start_saying_port(command, "port ")
    }
}

/// Our script as a client.
fn client(port: u16, ask: &Ask) -> Command {
    let mut command = python::script("peer.py");
    command.args(["client", &port.to_string(), word(ask.version), &number(ask.suite)]);
    // It verifies no chain: it is told which certificate to expect, which lies beside the authority's.
    let stem = if ask.suite.is_some_and(|suite| suite.key == Some(Key::P256)) { "P256" } else { "Rsa" };
    command.arg(ask.ca.with_file_name(format!("localhost-{stem}.crt")));
    command
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
