//! Go's crypto/tls: a small program of ours, built once per target directory from `tests/data/peers/go` without modules or a network.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use super::{
    Ask, Client, Feature, Group, Missing, Offer, Peer, Returning, Role, Running, Server, Suite, Told, find,
    told_again, told_by_lines,
};
use crate::support::process::Process;

/// Any Go toolchain.
pub(super) struct Go;

impl Peer for Go {
    fn name(&self) -> &'static str {
        "go"
    }

    fn available(&self) -> Result<(), Missing> {
        find("go", "golang-go", "version")
    }

    fn cannot(&self, _: Role, version: &str, suite: &Suite) -> Option<&'static str> {
        match () {
            () if version == "SSLv3" => Some("no SSL 3.0"),
            () if suite.is_draft() => Some("no ChaCha20 of the draft"),
            () if suite.key.is_none() => Some("no shared secrets"),
            () if suite.has("DHE") => Some("no DHE"),
            () if suite.code == 0x003d => Some("no AES-256 with SHA-256"),
            () if version == "TLSv1.3" => Some("has no say in the suites of TLS 1.3"),
            () => None,
        }
    }

    fn lacks(&self, _: Role, version: &str, feature: Feature) -> Option<&'static str> {
        match feature {
            Feature::MlKem if minor_version() < 24 => Some("before Go 1.24 no ML-KEM"),
            Feature::Resumption if version == "TLSv1.2" && minor_version() < 21 => {
                Some("before Go 1.21 no extended master secret, without which no session is kept")
            }
            Feature::Secret | Feature::SecretRetry => Some("no shared secrets"),
            Feature::ItsUpdate => Some("crypto/tls has no call for it"),
            _ => None,
        }
    }
}

impl Client for Go {
    fn connect(&self, port: u16, ask: &Ask) -> Told {
        let mut process = Process::start(&mut client(port, ask));
        let exit = process.wait_exit();
        let _ = process.wait_for("the end of its output", |_| None::<()>);
        let printed = process.printed();
        let failed = exit.map_or(true, |status| !status.success());
        told_by_lines(&printed.stdout, failed.then(|| printed.stderr_text()))
    }
}

impl Returning for Go {
    fn connect_again(&self, port: u16, ask: &Ask, count: usize) -> (Vec<String>, String) {
        told_again(client(port, ask).args(["-times", &count.to_string()]))
    }
}

impl Server for Go {
    fn start(&self, offer: &Offer) -> Running {
        let mut command = Command::new(program());
        command.arg("server").arg("-cert").arg(&offer.cert.chain).arg("-key").arg(&offer.cert.key);
        if let Some(ca) = &offer.client_ca {
            command.arg("-ca").arg(ca);
        }
        restrict(&mut command, offer.version, offer.suite, offer.group, &offer.alpn);
        super::start_saying_port(command, "port ")
    }
}

/// Our Go program as a client.
fn client(port: u16, ask: &Ask) -> Command {
    let mut command = Command::new(program());
    command.args(["client", "-port", &port.to_string(), "-name", &ask.server_name]);
    command.arg("-ca").arg(&ask.ca);
    if let Some(me) = &ask.identity {
        command.arg("-cert").arg(&me.chain).arg("-key").arg(&me.key);
    }
    restrict(&mut command, ask.version, ask.suite, ask.group, &ask.alpn);
    command
}

/// The flags that restrict our Go program.
fn restrict(
    command: &mut Command,
    version: Option<&str>,
    suite: Option<&Suite>,
    group: Option<&Group>,
    alpn: &[&str],
) {
    if let Some(version) = version {
        command.args(["-version", version]);
    }
    if let Some(suite) = suite {
        command.args(["-suite", &suite.code.to_string()]);
    }
    if let Some(group) = group {
        command.args(["-group", &group.code.to_string()]);
    }
    if !alpn.is_empty() {
        command.args(["-alpn", &alpn.join(",")]);
    }
}

/// Our Go program, built on first use.
fn program() -> PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(build).clone()
}

/// The second number of the toolchain's version.
fn minor_version() -> u32 {
    let output = Command::new("go").args(["env", "GOVERSION"]).env("GOTOOLCHAIN", "local").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (_, after) = text.split_once("go1.").unwrap();
    after.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
}

/// Builds it. Go renames the finished program into place, so test processes may do this at the same time.
fn build() -> PathBuf {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let program = dir.join("go-peer");
    let output = Command::new("go")
        .args(["build", "-o"])
        .arg(&program)
        .arg("main.go")
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/data/peers/go"))
        .envs([("GO111MODULE", "off"), ("GOFLAGS", ""), ("GOPROXY", "off"), ("GOTOOLCHAIN", "local")])
        .env("GOCACHE", dir.join("go-cache"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    program
}
