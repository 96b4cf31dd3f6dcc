//! GnuTLS's own programs, `gnutls-cli` and `gnutls-serv`.

use std::fs;
use std::process::Command;

use tempfile::NamedTempFile;

use super::{
    Ask, Client, Feature, GROUPS, Group, Missing, Offer, Peer, REQUEST, Returning, Role, Running, SUITES,
    Secret, Server, Suite, Told, field, find,
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

    fn cannot(&self, role: Role, version: &str, suite: &Suite) -> Option<&'static str> {
        match () {
            () if version == "SSLv3" => Some("built without SSL 3.0"),
            () if suite.is_draft() => Some("no ChaCha20 of the draft"),
            () if suite.code == 0xd001 => Some("no ECDHE-PSK with GCM"),
            // gnutls-cli 3.7 dies of a bad pointer when it wants to print a session of this kind, after the handshake.
            () if role == Role::Client && suite.code == 0xccac => {
                Some("its program crashes after an ECDHE-PSK handshake")
            }
            () => None,
        }
    }

    fn lacks(&self, role: Role, _: &str, feature: Feature) -> Option<&'static str> {
        match (role, feature) {
            (_, Feature::MlKem) => Some("built without ML-KEM"),
            (Role::Server, Feature::ItsUpdate) => Some("its server has no command for it"),
            _ => None,
        }
    }
}

impl Client for GnuTls {
    fn connect(&self, port: u16, ask: &Ask) -> Told {
        // Its remarks go to a file, so that standard output is the server's bytes alone.
        let log = NamedTempFile::new().unwrap();
        let mut command = client(port, ask);
        if ask.updates_keys {
            command.arg("--inline-commands");
        }
        let mut process = Process::start(command.arg("--logfile").arg(log.path()).arg("127.0.0.1"));
        let (head, end) = REQUEST.split_last_chunk::<2>().unwrap();
        let command: &[u8] = if ask.updates_keys { b"^rekey^\n" } else { b"" };
        process.send(&[head, command, end].concat());
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

impl Returning for GnuTls {
    /// It connects twice, and tells of the second time, whatever the count.
    fn connect_again(&self, port: u16, ask: &Ask, _: usize) -> (Vec<String>, String) {
        let mut process = Process::start(client(port, ask).args(["--resume", "127.0.0.1"]));
        process.send(REQUEST);
        process.end_input();
        let exit = process.wait_exit();
        let _ = process.wait_for("the end of its output", |_| None::<()>);
        let text = process.printed().text();
        let again = if text.contains("This is a resumed session") { "Resumed" } else { "Initial" };
        let words = if exit.is_ok_and(|status| status.success()) { vec!["Initial", again] } else { vec![] };
        (words.into_iter().map(ToString::to_string).collect(), text)
    }
}

impl Server for GnuTls {
    fn start(&self, offer: &Offer) -> Running {
        super::start_on_free_port("...done", |port| {
            let mut command = Command::new("gnutls-serv");
            command.args(["--http", "--nodb", "--port", &port.to_string()]);
            if !offer.has_tickets {
                command.arg("--noticket");
            }
            match &offer.client_ca {
                Some(ca) => {
                    command.args(["--require-client-cert", "--verify-client-cert", "--x509cafile"]).arg(ca)
                }
                None => command.arg("--disable-client-cert"),
            };
            command.args([
                "--priority",
                &priority(offer.version, offer.suite, offer.group, offer.secret.as_ref()),
            ]);
            match &offer.secret {
                Some(secret) => command.arg("--pskpasswd").arg(&secret.file),
                None => command
                    .arg("--x509certfile")
                    .arg(&offer.cert.chain)
                    .arg("--x509keyfile")
                    .arg(&offer.cert.key),
            };
            for name in &offer.alpn {
                command.args(["--alpn", name]);
            }
            command
        })
    }

    fn confirms(&self, resumed_count: usize, _: &Running, answers: &str) -> bool {
        let described = answers.lines().filter(|line| line.contains("<TD>Description:"));
        described.filter(|line| !is_signed(line)).count() == resumed_count
    }
}

/// Whether a certificate had a part in the connection that GnuTLS describes on this line: version, key exchange, signature, cipher.
fn is_signed(line: &str) -> bool {
    line.matches(")-(").count() == 3
}

/// `gnutls-cli` as `ask` has it, but for the host.
fn client(port: u16, ask: &Ask) -> Command {
    let mut command = Command::new("gnutls-cli");
    command.args([
        "--port",
        &port.to_string(),
        "--priority",
        &priority(ask.version, ask.suite, ask.group, ask.secret.as_ref()),
    ]);
    command.args(["--sni-hostname", &ask.server_name]);
    match &ask.secret {
        Some(secret) => command.args(["--pskusername", &secret.name, "--pskkey", &secret.digits]),
        None => command.args(["--verify-hostname", &ask.server_name]).arg("--x509cafile").arg(&ask.ca),
    };
    if let Some(me) = &ask.identity {
        command.arg("--x509certfile").arg(&me.chain).arg("--x509keyfile").arg(&me.key);
    }
    for name in &ask.alpn {
        command.args(["--alpn", name]);
    }
    command
}

/// GnuTLS's priority string for one version, one suite, one group, or what it does by itself.
fn priority(
    version: Option<&str>,
    suite: Option<&Suite>,
    group: Option<&Group>,
    secret: Option<&Secret>,
) -> String {
    let has_secret = secret.is_some();
    let mut priority = String::from("NORMAL");
    if let Some(version) = version {
        let number = if version == "TLSv1" { "1.0" } else { version.trim_start_matches("TLSv") };
        priority += &format!(":-VERS-ALL:+VERS-TLS{number}");
    }
    if suite.is_none() && has_secret {
        priority += ":-KX-ALL:+ECDHE-PSK";
    }
    if let Some(Suite { gnutls: [exchange, cipher, mac], .. }) = suite {
        priority += &format!(":-CIPHER-ALL:+{cipher}:-MAC-ALL:+{mac}");
        match (*exchange, has_secret) {
            ("", true) => priority += ":-KX-ALL:+ECDHE-PSK:+PSK",
            ("", false) => {}
            (exchange, _) => priority += &format!(":-KX-ALL:+{exchange}"),
        }
        // Old suites with all that they may need.
        if suite.is_some_and(|suite| !SUITES.contains(suite)) {
            priority += ":%COMPAT:+SIGN-ALL";
        }
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
        let suite = SUITES.iter().find(|suite| {
            version == "TLS1.2" && suite.gnutls[1] == cipher && (suite.key == Some(Key::Rsa)) == is_rsa
        });
        let group = GROUPS.iter().find(|group| kx == format!("ECDHE-{}", group.iana.to_uppercase()));
        Description {
            version: version.strip_prefix("TLS").map(|number| format!("TLSv{number}")),
            suite: suite.map(|suite| suite.name),
            group: group.map(|group| group.name),
        }
    }
}
