//! NSS's test programs, `tstclnt` and `selfserv`, and `strsclnt` for clients that come back: the TLS of Firefox. Their certificates live in a database that is made for each use.

use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::{
    Ask, Client, Feature, Group, Missing, Offer, Peer, REQUEST, Returning, Role, Running, Server, Suite,
    Told, field, find, names,
};
use crate::support::certs::{CertFiles, Key};
use crate::support::process::Process;

/// The programs of Debian's package `libnss3-tools`.
pub(super) struct Nss;

impl Peer for Nss {
    fn name(&self) -> &'static str {
        "nss"
    }

    fn available(&self) -> Result<(), Missing> {
        ["tstclnt", "strsclnt", "selfserv", "certutil", "pk12util"]
            .into_iter()
            .try_for_each(|program| find(program, "libnss3-tools", "-H"))
            .and_then(|()| find("openssl", "openssl", "version"))
    }

    fn cannot(&self, role: Role, version: &str, suite: &Suite) -> Option<&'static str> {
        match () {
            () if suite.is_draft() => Some("no ChaCha20 of the draft"),
            () if suite.key.is_none() => Some("no shared secrets before TLS 1.3"),
            () if role == Role::Server && version == "SSLv3" => Some("its server refuses SSL 3.0"),
            () => None,
        }
    }

    fn lacks(&self, role: Role, _: &str, feature: Feature) -> Option<&'static str> {
        match feature {
            Feature::MlKem if !has_mlkem() => Some("its programs do not know the group"),
            Feature::ClientCert(Key::Ed25519) => Some("no Ed25519"),
            Feature::Secret | Feature::SecretRetry if role == Role::Server => {
                Some("its server takes no shared secrets")
            }
            Feature::ItsUpdate => Some("its programs have no call for it"),
            _ => None,
        }
    }
}

impl Client for Nss {
    fn connect(&self, port: u16, ask: &Ask) -> Told {
        let database = Database::new();
        database.trust(&ask.ca, "C,,");
        let mut command = Command::new("tstclnt");
        if let Some(me) = &ask.identity {
            database.add("me", me);
            command.args(["-n", "me"]);
        }
        // -O: the asynchronous check spins when the server is quick.
        command.args(["-O", "-v", "-4", "-h", "localhost", "-a", &ask.server_name, "-d", &database.url]);
        command.args(["-p", &port.to_string()]);
        restrict(&mut command, ask.version, ask.suite, ask.group);
        if let Some(secret) = &ask.secret {
            command.args(["-z", &format!("0x{}:{}", secret.digits, secret.name)]);
        }
        let mut process = Process::start(&mut command);
        process.send(REQUEST);
        // After the server's end it polls for ever: its own words tell that the end was seen.
        let end = process.wait_for("the server's end or its own", |seen| {
            seen.stderr_text().contains("Read from server 0 bytes").then_some(())
        });
        let exit = if end.is_ok() { None } else { Some(process.wait_exit()) };
        process.kill();
        // What it wrote may still be in the pipe.
        let _ = process.wait_for("the end of its output", |_| None::<()>);
        let printed = process.printed();
        let log = printed.stderr_text();
        let agreed = field(&log, "tstclnt: SSL version ").unwrap_or_default();
        let failed = exit.is_some_and(|exit| exit.map_or(true, |status| !status.success()));
        Told {
            output: printed.stdout,
            version: agreed
                .split_once(' ')
                .and_then(|(number, _)| version_name(number))
                .map(ToString::to_string),
            // It prints lengths, not names: with one suite on offer and the connection made, that one it is.
            suite: ask
                .suite
                .filter(|_| agreed.starts_with("3."))
                .and_then(|suite| names::suite_by_code(suite.code)),
            group: None,
            alpn: None,
            error: failed.then_some(log),
        }
    }
}

impl Server for Nss {
    fn start(&self, offer: &Offer) -> Running {
        let database = Database::new();
        database.add("server", &offer.cert);
        if let Some(ca) = &offer.client_ca {
            database.trust(ca, "T,,");
        }
        let running = super::start_on_free_port("selfserv: About to call accept.", |port| {
            let mut command = Command::new("selfserv");
            command.args(["-v", "-n", "server", "-d", &database.url, "-p", &port.to_string()]);
            // Once would ask for a certificate, twice insists on it.
            command.args(offer.client_ca.iter().flat_map(|_| ["-r", "-r"]));
            command.args(offer.has_tickets.then_some("-u"));
            restrict(&mut command, offer.version, offer.suite, offer.group);
            command
        });
        running.holding(database)
    }

    /// It counts after each handshake.
    fn confirms(&self, resumed_count: usize, running: &Running, _: &str) -> bool {
        let counted = format!("selfserv: {resumed_count} cache hits");
        let resumes = format!("{resumed_count} stateless resumes, 0 ticket parse failures");
        let process = running.process.as_ref().unwrap();
        let is_said = process.wait_for(&counted, |seen| {
            let text = seen.text();
            (text.contains(&counted) && text.contains(&resumes)).then_some(())
        });
        is_said.is_ok()
    }
}

impl Returning for Nss {
    /// tstclnt makes one connection, so this is `strsclnt`, which counts.
    fn connect_again(&self, port: u16, ask: &Ask, count: usize) -> (Vec<String>, String) {
        let database = Database::new();
        database.trust(&ask.ca, "C,,");
        let mut command = Command::new("strsclnt");
        // One thread, so that the second connection comes after the first one's ticket.
        command.args(["-4", "-u", "-q", "-v", "-t", "1", "-c", &count.to_string(), "-d", &database.url]);
        command.args(["-p", &port.to_string(), "-a", &ask.server_name]);
        restrict(&mut command, ask.version, ask.suite, ask.group);
        let mut process = Process::start(command.arg("localhost"));
        let _ = process.wait_exit();
        let _ = process.wait_for("the end of its output", |_| None::<()>);
        let text = process.printed().text();
        let resumed_count = (1..count).rev().find(|n| {
            text.contains(&format!("strsclnt: {n} cache hits"))
                && text.contains(&format!("{n} stateless resumes"))
        });
        let resumed_count = resumed_count.unwrap_or(0);
        let words = vec!["Initial".to_owned(); count - resumed_count];
        (words.into_iter().chain(vec!["Resumed".to_owned(); resumed_count]).collect(), text)
    }
}

/// Whether the group is one of those that its program lists.
fn has_mlkem() -> bool {
    let output = Command::new("tstclnt").arg("-H").stdin(Stdio::null()).output().unwrap();
    String::from_utf8_lossy(&output.stderr).contains(super::MLKEM.nss)
}

/// An NSS database without a password.
struct Database {
    dir: TempDir,
    url: String,
}

impl Database {
    /// A new one in a directory of its own.
    fn new() -> Database {
        let dir = TempDir::new().unwrap();
        let url = format!("sql:{}", dir.path().display());
        run(Command::new("certutil").args(["-N", "--empty-password", "-d", &url]));
        Database { dir, url }
    }

    /// Takes in an authority, believed for servers (`C,,`) or for clients (`T,,`).
    fn trust(&self, ca: &Path, trust: &str) {
        run(Command::new("certutil")
            .args(["-A", "-n", "ca", "-t", trust, "-d", &self.url])
            .arg("-i")
            .arg(ca));
    }

    /// Takes in a certificate with its key under this name.
    fn add(&self, name: &str, cert: &CertFiles) {
        let bundle = self.dir.path().join("own.p12");
        let mut openssl = Command::new("openssl");
        openssl.args(["pkcs12", "-export", "-name", name, "-passout", "pass:", "-out"]).arg(&bundle);
        run(openssl.arg("-in").arg(&cert.both));
        run(Command::new("pk12util").args(["-W", "", "-K", "", "-d", &self.url]).arg("-i").arg(&bundle));
    }
}

/// One version, one suite, one group. What is old is forbidden by the system's policy, which is not asked.
fn restrict(command: &mut Command, version: Option<&str>, suite: Option<&Suite>, group: Option<&Group>) {
    let range = match version {
        Some("SSLv3") => "ssl3:ssl3",
        Some("TLSv1") => "tls1.0:tls1.0",
        Some("TLSv1.1") => "tls1.1:tls1.1",
        Some("TLSv1.2") => "tls1.2:tls1.2",
        Some(_) => "tls1.3:tls1.3",
        None => "tls1.2:",
    };
    command.env("NSS_IGNORE_SYSTEM_POLICY", "1").args(["-V", range]);
    if let Some(suite) = suite {
        command.args(["-c", &format!(":{:04X}", suite.code)]);
    }
    if let Some(group) = group {
        command.args(["-I", group.nss]);
    }
}

/// Runs a program to its end.
fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// NSS's numbers of versions are those of the wire.
fn version_name(number: &str) -> Option<&'static str> {
    match number {
        "3.0" => Some("SSLv3"),
        "3.1" => Some("TLSv1"),
        "3.2" => Some("TLSv1.1"),
        "3.3" => Some("TLSv1.2"),
        "3.4" => Some("TLSv1.3"),
        _ => None,
    }
}
