//! GnuTLS's own programs, `gnutls-cli` and `gnutls-serv`.

use std::fs;
use std::process::Command;

use tempfile::NamedTempFile;

use super::{
    Ask, Client, GROUPS, Group, Missing, Offer, Peer, REQUEST, Running, SUITES, Server, Suite, Told, field,
    find,
};
use crate::support::certs::Key;
use crate::support::process::Process;

/// The programs of Debian's package `gnutls-bin`.
pub(super) struct GnuTls;

impl Peer for GnuTls {
    fn name(&self) -> &'static str {
        "gnutls"
    }

    fn available(&self) -> Result<(), Missing> {
        find("gnutls-cli", "gnutls-bin", "--version")
            .and_then(|()| find("gnutls-serv", "gnutls-bin", "--version"))
    }
}

impl Client for GnuTls {
    fn connect(&self, port: u16, ask: &Ask) -> Told {
        // Its remarks go to a file, so that standard output is the server's bytes alone.
        let log = NamedTempFile::new().unwrap();
        let mut command = Command::new("gnutls-cli");
        command.args(["--port", &port.to_string(), "--priority", &priority(ask.suite, ask.group)]);
        command.args(["--sni-hostname", &ask.server_name, "--verify-hostname", &ask.server_name]);
        command.arg("--x509cafile").arg(&ask.ca).arg("--logfile").arg(log.path());
        for name in &ask.alpn {
            command.args(["--alpn", name]);
        }
        let mut process = Process::start(command.arg("127.0.0.1"));
        process.send(REQUEST);
        let exit = process.wait_exit();
        let _ = process.wait_for("the end of its output", |_| None::<()>);
        let printed = process.printed();
        let log = fs::read_to_string(log.path()).unwrap_or_default();
        let description = Description::parse(field(&log, "- Description: ").unwrap_or_default());
        let failed = exit.map_or(true, |status| !status.success());
        Told {
            output: printed.stdout.clone(),
            version: description.version,
            suite: description.suite,
            group: description.group,
            alpn: field(&log, "- Application protocol: ").map(ToString::to_string),
            error: failed.then(|| log + &printed.stderr_text()),
        }
    }
}

impl Server for GnuTls {
    fn start(&self, offer: &Offer) -> Running {
        super::start_on_free_port("port", |port| {
            let mut command = Command::new("gnutls-serv");
            command.args([
                "--http",
                "--nodb",
                "--noticket",
                "--disable-client-cert",
                "--port",
                &port.to_string(),
            ]);
            command.args(["--priority", &priority(offer.suite, offer.group)]);
            command.arg("--x509certfile").arg(&offer.cert.chain).arg("--x509keyfile").arg(&offer.cert.key);
            for name in &offer.alpn {
                command.args(["--alpn", name]);
            }
            command
        })
    }
}

/// GnuTLS's priority string for one suite, one group, or what it does by itself.
fn priority(suite: Option<&Suite>, group: Option<&Group>) -> String {
    let mut priority = String::from("NORMAL");
    if let Some(suite) = suite {
        let auth = if suite.key == Key::Rsa { "RSA" } else { "ECDSA" };
        priority += &format!(":-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+{}:-KX-ALL:+ECDHE-{auth}", suite.gnutls);
    }
    if let Some(group) = group {
        priority += &format!(":-GROUP-ALL:+GROUP-{}", group.iana.to_uppercase());
    }
    priority
}

/// A line such as `(TLS1.2-X.509)-(ECDHE-X25519)-(RSA-PSS-RSAE-SHA256)-(AES-256-GCM)`.
#[derive(Default)]
struct Description {
    version: Option<String>,
    suite: Option<&'static str>,
    group: Option<&'static str>,
}

impl Description {
    /// Takes the line apart; what it does not recognise stays empty.
    fn parse(line: &str) -> Description {
        let parts: Vec<&str> = line.trim_matches(['(', ')']).split(")-(").collect();
        let [version, kx, signature, cipher] = parts[..] else { return Description::default() };
        let version = version.trim_end_matches("-X.509");
        let is_rsa = signature.starts_with("RSA");
        let suite = SUITES
            .iter()
            .find(|suite| version == "TLS1.2" && suite.gnutls == cipher && (suite.key == Key::Rsa) == is_rsa);
        let group = GROUPS.iter().find(|group| kx == format!("ECDHE-{}", group.iana.to_uppercase()));
        Description {
            version: version.strip_prefix("TLS").map(|number| format!("TLSv{number}")),
            suite: suite.map(|suite| suite.name),
            group: group.map(|group| group.name),
        }
    }
}
