//! What is off by default, against whoever still speaks it: a line for each version, suite, role and peer, which says `pass`, `FAIL`, or
//! that the peer cannot.
//!
//! Each peer is told to have this version and this suite alone, so that what passed is what the line says.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::certs::{CertFiles, Certs, Key};
use crate::support::peers::{REQUEST, Running, start_on_free_port, start_saying_port};
use crate::support::process::Process;
use crate::support::programs;
use crate::support::server::Server;

/// Everything that is off by default, for the server.
const ALLOW: &str = "ssl3,tls1.0,tls1.1,sslv2-hello,rsa,dhe,cbc,3des,draft-chacha,sha1";
/// The same for the client.
const ALLOW_CLIENT: &str = "ssl3,tls1.0,tls1.1,rsa,dhe,cbc,3des,draft-chacha,sha1";
/// What the command behind our server says.
const ANSWER: &str =
    r#"printf 'HTTP/1.0 200 OK\r\n\r\n%s %s.' "$SSL_PROTOCOL" "$SSL_CIPHER"; cat >/dev/null"#;
/// What the command in front of our client does: it says what was agreed on, asks, and shows the answer.
const ASK: &str = r#"echo "$SSL_PROTOCOL $SSL_CIPHER." >&2; printf 'GET / HTTP/1.0\r\n\r\n'; cat >&2"#;

/// A suite, with the names of its parts.
struct Suite {
    /// OpenSSL's name.
    name: &'static str,
    /// GnuTLS's words for key exchange, cipher and MAC.
    gnutls: [&'static str; 3],
    /// Whether it is for TLS 1.2 alone.
    is_new: bool,
}

const fn suite(name: &'static str, gnutls: [&'static str; 3], is_new: bool) -> Suite {
    Suite { name, gnutls, is_new }
}

/// The original's suites with RSA certificates, but for those that are on by default and ChaCha20's draft: nobody at hand speaks that.
const SUITES: [Suite; 18] = [
    suite("ECDHE-RSA-AES128-SHA256", ["ECDHE-RSA", "AES-128-CBC", "SHA256"], true),
    suite("ECDHE-RSA-AES128-SHA", ["ECDHE-RSA", "AES-128-CBC", "SHA1"], false),
    suite("ECDHE-RSA-AES256-SHA", ["ECDHE-RSA", "AES-256-CBC", "SHA1"], false),
    suite("DHE-RSA-CHACHA20-POLY1305", ["DHE-RSA", "CHACHA20-POLY1305", "AEAD"], true),
    suite("DHE-RSA-AES128-GCM-SHA256", ["DHE-RSA", "AES-128-GCM", "AEAD"], true),
    suite("DHE-RSA-AES128-SHA256", ["DHE-RSA", "AES-128-CBC", "SHA256"], true),
    suite("DHE-RSA-AES128-SHA", ["DHE-RSA", "AES-128-CBC", "SHA1"], false),
    suite("DHE-RSA-AES256-SHA", ["DHE-RSA", "AES-256-CBC", "SHA1"], false),
    suite("DHE-RSA-DES-CBC3-SHA", ["DHE-RSA", "3DES-CBC", "SHA1"], false),
    suite("AES128-GCM-SHA256", ["RSA", "AES-128-GCM", "AEAD"], true),
    suite("AES128-SHA256", ["RSA", "AES-128-CBC", "SHA256"], true),
    suite("AES256-SHA256", ["RSA", "AES-256-CBC", "SHA256"], true),
    suite("AES128-SHA", ["RSA", "AES-128-CBC", "SHA1"], false),
    suite("AES256-SHA", ["RSA", "AES-256-CBC", "SHA1"], false),
    suite("DES-CBC3-SHA", ["RSA", "3DES-CBC", "SHA1"], false),
    suite("ECDHE-PSK-CHACHA20-POLY1305", ["ECDHE-PSK", "CHACHA20-POLY1305", "AEAD"], true),
    suite("PSK-CHACHA20-POLY1305", ["PSK", "CHACHA20-POLY1305", "AEAD"], true),
    suite("PSK-AES128-CBC-SHA256", ["PSK", "AES-128-CBC", "SHA256"], true),
];

impl Suite {
    fn has_psk(&self) -> bool {
        self.name.contains("PSK")
    }

    /// The versions that it is for, as `SSL_PROTOCOL` has them.
    fn versions(&self) -> &'static [&'static str] {
        match self {
            _ if self.is_new => &["TLSv1.2"],
            _ if self.name.starts_with("ECDHE") => &["TLSv1.2", "TLSv1.1", "TLSv1"],
            _ => &["TLSv1.2", "TLSv1.1", "TLSv1", "SSLv3"],
        }
    }
}

/// The peers of the matrix; the tests of default suites say loudly where one is missing.
const PEERS: [Who; 2] = [Who::OpenSsl, Who::GnuTls];

/// A peer of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    OpenSsl,
    GnuTls,
}

impl Who {
    /// Whether it has this at all: Debian's OpenSSL and GnuTLS are built without SSL 3.0, OpenSSL without weak ciphers.
    fn can(self, suite: &Suite, version: &str) -> bool {
        match self {
            Who::OpenSsl => version != "SSLv3" && !suite.name.contains("CBC3"),
            Who::GnuTls => version != "SSLv3",
        }
    }
}

impl Who {
    /// gnutls-cli 3.7 dies of a bad pointer when it wants to print a session of this kind, after the handshake.
    fn crashes(self, suite: &Suite) -> bool {
        self == Who::GnuTls && suite.name.starts_with("ECDHE-PSK")
    }
}

/// The lines of the matrix, and how many of them failed.
#[derive(Default)]
struct Matrix {
    failures: Vec<String>,
}

impl Matrix {
    fn line(
        &mut self,
        version: &str,
        suite: &Suite,
        role: &str,
        who: Who,
        result: Option<Result<(), String>>,
    ) {
        let (word, why) = match result {
            None => ("peer cannot", None),
            Some(Ok(())) => ("pass", None),
            Some(Err(why)) => ("FAIL", Some(why)),
        };
        let who = format!("{who:?}").to_lowercase();
        let line = format!("{version:<8} {:<28} {role:<7} {who:<8} {word}", suite.name);
        // Past the test runner's capture: the lines are what somebody asked for.
        let _ = writeln!(io::stdout(), "{line}");
        self.failures.extend(why.map(|why| format!("{line}: {why}")));
    }
}

/// A certificate and a file with a secret, which both sides have.
struct Means {
    certs: Certs,
    cert: CertFiles,
    psk: PathBuf,
}

const PSK_NAME: &str = "p9secret";

impl Means {
    fn new() -> Means {
        let certs = Certs::new();
        let cert = certs.localhost(Key::Rsa);
        let psk = certs.dir().join("psk");
        fs::write(&psk, format!("{PSK_NAME}:{}\n", secret())).unwrap();
        fs::set_permissions(&psk, fs::Permissions::from_mode(0o600)).unwrap();
        Means { certs, cert, psk }
    }
}

/// 256 bytes, as dp9ik gives them.
fn secret() -> String {
    "a7".repeat(256)
}

#[test]
fn every_old_version_and_suite_at_our_server() {
    let means = Means::new();
    let with_cert = Server::start(
        &["-c", &means.cert.both.display().to_string(), "--allow", ALLOW],
        &["sh", "-c", ANSWER],
    );
    let with_psk = Server::start(&["--psk", &means.psk.display().to_string()], &["sh", "-c", ANSWER]);
    let mut matrix = Matrix::default();
    for suite in &SUITES {
        let port = if suite.has_psk() { with_psk.port() } else { with_cert.port() };
        for version in suite.versions() {
            for who in &PEERS {
                let result = (who.can(suite, version) && !who.crashes(suite)).then(|| {
                    let output = ask(*who, suite, version, port, &means.certs.ca())?;
                    let wanted = format!("{version} {}.", suite.name);
                    if output.contains(&wanted) { Ok(()) } else { Err(output) }
                });
                matrix.line(version, suite, "client", *who, result);
            }
        }
    }
    assert_eq!(matrix.failures, [""; 0]);
}

#[test]
fn every_old_version_and_suite_of_our_client() {
    let means = Means::new();
    let mut matrix = Matrix::default();
    for suite in &SUITES {
        for version in suite.versions() {
            for who in &PEERS {
                let result = who.can(suite, version).then(|| {
                    let running = serve(*who, suite, version, &means);
                    let mut tlsclient = Command::new(programs::path("tlsclient"));
                    match suite.has_psk() {
                        true => tlsclient.arg("--psk").arg(&means.psk),
                        false => tlsclient.args(["--allow", ALLOW_CLIENT]).arg("--ca").arg(means.certs.ca()),
                    };
                    tlsclient.arg(format!("tcp!localhost!{}", running.port)).args(["sh", "-c", ASK]);
                    let mut client = Process::start(&mut tlsclient);
                    let _ = client.wait_exit();
                    let _ = client.wait_for("the end of its output", |_| None::<()>);
                    let seen = client.printed().text();
                    let wanted = format!("{version} {}.", suite.name);
                    if seen.contains(&wanted) && seen.contains("HTTP/1.0 200") { Ok(()) } else { Err(seen) }
                });
                matrix.line(version, suite, "server", *who, result);
            }
        }
    }
    assert_eq!(matrix.failures, [""; 0]);
}

/// What the peer, as a client, got from our server.
fn ask(who: Who, suite: &Suite, version: &str, port: u16, ca: &Path) -> Result<String, String> {
    let at = format!("127.0.0.1:{port}");
    let mut command = match who {
        Who::OpenSsl => {
            let mut command = Command::new("openssl");
            command.args(["s_client", "-quiet", "-no_ign_eof", openssl_version(version), "-connect", &at]);
            command.args(["-cipher", &format!("{}:@SECLEVEL=0", suite.name)]);
            match suite.has_psk() {
                true => command.args(["-psk_identity", PSK_NAME, "-psk", &secret()]),
                false => command.arg("-verify_return_error").arg("-CAfile").arg(ca),
            };
            command
        }
        Who::GnuTls => {
            let mut command = Command::new("gnutls-cli");
            command.args(["--port", &port.to_string(), "--priority", &gnutls_priority(suite, version)]);
            match suite.has_psk() {
                true => command.args(["--pskusername", PSK_NAME, "--pskkey", &secret()]),
                false => command.args(["--verify-hostname", "localhost"]).arg("--x509cafile").arg(ca),
            };
            command.arg("127.0.0.1");
            command
        }
    };
    let mut process = Process::start(&mut command);
    process.send(REQUEST);
    // Its own end would end the connection before the answer is there.
    let wanted = format!("{version} {}.", suite.name);
    let _ = process.wait_for("the answer", |seen| seen.text().contains(&wanted).then_some(()));
    process.end_input();
    process.kill();
    Ok(process.printed().text())
}

/// The peer as a server.
fn serve(who: Who, suite: &Suite, version: &str, means: &Means) -> Running {
    match who {
        Who::OpenSsl => {
            let mut command = Command::new("openssl");
            command.args([
                "s_server",
                "-www",
                "-accept",
                "127.0.0.1:0",
                "-no_ticket",
                openssl_version(version),
            ]);
            command.args(["-cipher", &format!("{}:@SECLEVEL=0", suite.name)]);
            match suite.has_psk() {
                true => command.args(["-nocert", "-psk_identity", PSK_NAME, "-psk", &secret()]),
                false => command.arg("-cert").arg(&means.cert.chain).arg("-key").arg(&means.cert.key),
            };
            start_saying_port(command, "ACCEPT 127.0.0.1:")
        }
        Who::GnuTls => start_on_free_port("port", |port| {
            let mut command = Command::new("gnutls-serv");
            command.args(["--http", "--nodb", "--noticket", "--disable-client-cert"]);
            command.args(["--port", &port.to_string(), "--priority", &gnutls_priority(suite, version)]);
            match suite.has_psk() {
                true => command.arg("--pskpasswd").arg(&means.psk),
                false => {
                    command.arg("--x509certfile").arg(&means.cert.chain);
                    command.arg("--x509keyfile").arg(&means.cert.key)
                }
            };
            command
        }),
    }
}

fn openssl_version(version: &str) -> &'static str {
    match version {
        "TLSv1" => "-tls1",
        "TLSv1.1" => "-tls1_1",
        _ => "-tls1_2",
    }
}

fn gnutls_priority(suite: &Suite, version: &str) -> String {
    let [kx, cipher, mac] = suite.gnutls;
    let version = if version == "TLSv1" { "TLS1.0" } else { version.trim_start_matches("TLSv") };
    let version = version.trim_start_matches("TLS");
    format!(
        "NORMAL:%COMPAT:-VERS-ALL:+VERS-TLS{version}:-KX-ALL:+{kx}:-CIPHER-ALL:+{cipher}:-MAC-ALL:+{mac}:+SIGN-ALL"
    )
}
