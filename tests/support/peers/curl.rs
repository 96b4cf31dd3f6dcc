//! curl: the client that a person tries first. It has no server.

use std::process::Command;

use super::{Ask, Client, Feature, Missing, Peer, Role, Suite, Told, field, find, names};
use crate::support::process::Process;

/// The program `curl`, on whatever TLS library its package has.
pub(super) struct Curl;

impl Peer for Curl {
    fn name(&self) -> &'static str {
        "curl"
    }

    fn available(&self) -> Result<(), Missing> {
        find("curl", "curl", "--version")
    }

    fn cannot(&self, _: Role, _: &str, _: &Suite) -> Option<&'static str> {
        Some("its TLS is OpenSSL's")
    }

    fn lacks(&self, _: Role, _: &str, _: Feature) -> Option<&'static str> {
        Some("its TLS is OpenSSL's")
    }
}

impl Client for Curl {
    fn connect(&self, port: u16, ask: &Ask) -> Told {
        let name = &ask.server_name;
        let mut command = Command::new("curl");
        command.args(["--silent", "--show-error", "--verbose", "--include", "--http1.0", "--max-time", "25"]);
        command.args(["--resolve", &format!("{name}:{port}:127.0.0.1")]);
        command.arg("--cacert").arg(&ask.ca);
        if let Some(version) = ask.version {
            let number = version.trim_start_matches("TLSv");
            command.args([&format!("--tlsv{number}"), "--tls-max", number]);
        }
        if let Some(suite) = ask.suite {
            command.args(["--ciphers", suite.name]);
        }
        if let Some(group) = ask.group {
            command.args(["--curves", group.name]);
        }
        // curl offers http/1.0 or nothing: a test that needs other names takes another client.
        if ask.alpn.is_empty() {
            command.arg("--no-alpn");
        }
        let mut process = Process::start(command.arg(format!("https://{name}:{port}/")));
        let exit = process.wait_exit();
        let _ = process.wait_for("the end of its output", |_| None::<()>);
        let printed = process.printed();
        let log = printed.stderr_text();
        let agreed = field(&log, "* SSL connection using ").unwrap_or_default();
        let (version, suite) = agreed.split_once(" / ").unwrap_or_default();
        let failed = exit.map_or(true, |status| !status.success());
        Told {
            output: printed.stdout.clone(),
            version: (!version.is_empty()).then(|| version.into()),
            suite: names::suite_by_name(suite),
            group: None,
            alpn: field(&log, "* ALPN: server accepted ").map(ToString::to_string),
            error: failed.then_some(log),
        }
    }
}
