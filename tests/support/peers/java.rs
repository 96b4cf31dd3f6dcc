//! Java's JSSE: a small program of ours, compiled once per target directory from `tests/data/peers/java`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use super::{
    Ask, Client, Feature, Group, Missing, Offer, Peer, Returning, Role, Running, Server, Suite, Told, find,
    told_again, told_by_lines,
};
use crate::support::process::Process;

/// Any JDK from 17 on.
pub(super) struct Java;

impl Peer for Java {
    fn name(&self) -> &'static str {
        "java"
    }

    fn available(&self) -> Result<(), Missing> {
        let package = "openjdk-17-jdk-headless";
        find("java", package, "-version").and_then(|()| find("javac", package, "-version"))
    }

    fn cannot(&self, _: Role, version: &str, suite: &Suite) -> Option<&'static str> {
        match () {
            () if version == "SSLv3" => {
                Some("its hello for SSL 3.0 has extensions of TLS 1.3 and takes no SSL 3.0")
            }
            () if suite.is_draft() => Some("no ChaCha20 of the draft"),
            () if suite.key.is_none() => Some("no shared secrets"),
            () => None,
        }
    }

    fn lacks(&self, _: Role, _: &str, feature: Feature) -> Option<&'static str> {
        match feature {
            Feature::MlKem => Some("no ML-KEM before Java 27"),
            Feature::Secret | Feature::SecretRetry => Some("no shared secrets"),
            _ => None,
        }
    }
}

impl Client for Java {
    fn connect(&self, port: u16, ask: &Ask) -> Told {
        let mut process = Process::start(&mut client(port, ask, 1));
        let exit = process.wait_exit();
        let _ = process.wait_for("the end of its output", |_| None::<()>);
        let printed = process.printed();
        let failed = exit.map_or(true, |status| !status.success());
        told_by_lines(&printed.stdout, failed.then(|| printed.stderr_text()))
    }
}

impl Returning for Java {
    fn connect_again(&self, port: u16, ask: &Ask, count: usize) -> (Vec<String>, String) {
        told_again(&mut client(port, ask, count))
    }
}

impl Server for Java {
    fn start(&self, offer: &Offer) -> Running {
        // Its answer is longer.
        let mut command = command(offer.group, offer.updates_keys.then_some("2^4"));
        command.args(["server", &offer.alpn.join(","), offer.version.unwrap_or_default()]);
        command.arg(suite_or_any(offer.suite));
        command.arg(&offer.cert.chain).arg(&offer.cert.key).args(&offer.client_ca);
        super::start_saying_port(command, "port ")
    }
}

/// A client that connects `count` times and goes on with its sessions. It prints, each time, what became of the session and the answer.
fn client(port: u16, ask: &Ask, count: usize) -> Command {
    // Of what it reads.
    let mut command = command(ask.group, ask.updates_keys.then_some("2^16"));
    // Its word for a hello in the form of SSL 2.0 goes with what may come of it.
    let version = ask.version.map_or("", |version| match version {
        "SSLv2 hello" => "SSLv2Hello+TLSv1.2",
        version => version,
    });
    command.args(["client", &ask.alpn.join(","), version]);
    command.args([suite_or_any(ask.suite), &port.to_string(), &ask.server_name]);
    command.arg(&ask.ca).arg(count.to_string());
    if let Some(me) = &ask.identity {
        command.arg(&me.chain).arg(&me.key);
    }
    command
}

/// A Java machine with our program, small and quick to start, and with one group where asked for. It begins a KeyUpdate by itself when so many
/// bytes were sent or received under one key.
fn command(group: Option<&Group>, bytes_per_key: Option<&str>) -> Command {
    let mut command = Command::new("java");
    command.args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"]);
    command.arg(concat!(
        "-Djava.security.properties=",
        env!("CARGO_MANIFEST_DIR"),
        "/data/peers/java/allow-all.properties"
    ));
    if let Some(group) = group {
        command.arg(format!("-Djdk.tls.namedGroups={}", group.iana));
    }
    if let Some(limit) = bytes_per_key {
        command.arg(format!("-Dpeer.keyLimits=AES/GCM/NoPadding KeyUpdate {limit}"));
    }
    command.arg("-cp").arg(classes()).arg("Peer");
    command
}

/// The suite's name, or an empty word.
fn suite_or_any(suite: Option<&Suite>) -> &'static str {
    suite.and_then(|suite| super::all_suites().find(|known| known.code == suite.code)).map_or("", |suite| {
        match suite.code {
            // Java calls by their old names what SSL 3.0 had already.
            0x000a => "SSL_RSA_WITH_3DES_EDE_CBC_SHA",
            0x0016 => "SSL_DHE_RSA_WITH_3DES_EDE_CBC_SHA",
            _ => suite.iana,
        }
    })
}

/// The directory with our compiled program, made on first use.
fn classes() -> PathBuf {
    static CLASSES: OnceLock<PathBuf> = OnceLock::new();
    CLASSES.get_or_init(compile).clone()
}

/// Compiles it into a directory of this process and moves it into place: another test process may do the same.
fn compile() -> PathBuf {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let ours = dir.join(format!("java-peer-{}", std::process::id()));
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/data/peers/java/Peer.java");
    let output = Command::new("javac").arg("-d").arg(&ours).arg(source).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let shared = dir.join("java-peer");
    fs::create_dir_all(&shared).unwrap();
    for class in fs::read_dir(&ours).unwrap().map(Result::unwrap) {
        fs::rename(class.path(), shared.join(class.file_name())).unwrap();
    }
    fs::remove_dir(&ours).unwrap();
    shared
}
