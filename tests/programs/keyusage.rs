//! Certificates whose keyUsage does not allow what a handshake does with their keys: those of OpenSSL's programs, and ours.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::missing::{find, present};
use crate::support::peers::{S_SERVER_LABEL, process_saying_port};
use crate::support::process::{Printed, Process};
use crate::support::programs;
use crate::support::server::Server;

const NO_SIGNATURES: &str = "the certificate's keyUsage allows no signatures";

/// Certificates of RSA for `localhost` that vouch for themselves, each with its key in the same file, made by OpenSSL.
struct Made {
    dir: tempfile::TempDir,
}

impl Made {
    /// `None`, with a loud line, where there is no OpenSSL.
    fn new() -> Option<Made> {
        if !present("keyUsage", find("openssl", "openssl", "version")) {
            return None;
        }
        let made = Made { dir: tempfile::tempdir().unwrap() };
        openssl(Command::new("openssl").args(["genrsa", "-out"]).arg(made.key()));
        Some(made)
    }

    /// The key of all of them: making one takes its time.
    fn key(&self) -> PathBuf {
        self.dir.path().join("key")
    }

    /// One with this keyUsage.
    fn with(&self, usage: &str) -> PathBuf {
        let path = |end: &str| self.dir.path().join(format!("{usage}.{end}"));
        let mut command = Command::new("openssl");
        command.args(["req", "-x509", "-subj", "/CN=localhost", "-days", "2", "-key"]).arg(self.key());
        command.args(["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=CA:FALSE"]);
        command.args(["-addext", &format!("keyUsage=critical,{usage}")]);
        openssl(command.arg("-out").arg(path("crt")));
        let both = fs::read_to_string(path("crt")).unwrap() + &fs::read_to_string(self.key()).unwrap();
        fs::write(path("pem"), both).unwrap();
        fs::set_permissions(path("pem"), fs::Permissions::from_mode(0o600)).unwrap();
        path("pem")
    }
}

fn openssl(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What a program of ours leaves.
fn ran(program: &str, flags: &[&str]) -> Output {
    Command::new(programs::path(program)).args(flags).output().expect("it starts")
}

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// `s_server` with `cert`, and its port.
fn s_server(cert: &Path, flags: &[&str]) -> (Process, u16) {
    let mut command = Command::new("openssl");
    command.args(["s_server", "-www", "-accept", "127.0.0.1:0", "-cert"]).arg(cert).args(flags);
    process_saying_port(&mut command, S_SERVER_LABEL)
}

#[test]
fn our_client_takes_a_server_s_key_for_nothing_but_what_its_certificate_allows() {
    let Some(made) = Made::new() else { return };
    let (encrypts, signs) = (made.with("keyEncipherment"), made.with("digitalSignature"));
    let static_rsa = &["-tls1_2", "-cipher", "AES128-GCM-SHA256"][..];
    let no_encryption = "the certificate's keyUsage allows no encryption of secrets";
    for (cert, theirs, ours, why) in [
        (&encrypts, &[][..], &[][..], Some(NO_SIGNATURES)),
        (&encrypts, &["-tls1_2"], &[], Some(NO_SIGNATURES)),
        (&encrypts, static_rsa, &["--allow", "rsa"], None),
        (&signs, static_rsa, &["--allow", "rsa"], Some(no_encryption)),
        (&signs, &["-tls1_2"], &[], None),
        (&signs, &[], &[], None),
    ] {
        let (server, port) = s_server(cert, theirs);
        let ca = cert.display().to_string();
        // Who believes everybody keeps to it too.
        for trust in [&["--ca", &ca][..], &["--insecure"]] {
            let address = format!("tcp!localhost!{port}");
            let ask = ["sh", "-c", r"printf 'GET / HTTP/1.0\r\n\r\n'; cat >&2"];
            let output = ran("tlsclient", &[trust, ours, &[&address], &ask].concat());
            let seen = error(&output);
            let Some(why) = why else {
                assert!(seen.contains("HTTP/1.0 200"), "{theirs:?} {trust:?}: {seen}");
                continue;
            };
            assert!(seen.ends_with(&format!(" failed: {why}\n")), "{theirs:?} {trust:?}: {seen}");
            assert_eq!(output.status.code(), Some(98));
        }
        // What the server was told: unsupported_certificate, once for each.
        let is_told = |seen: &Printed| seen.stderr_text().matches("SSL alert number 43").count() == 2;
        if why.is_some() {
            server.wait_for("two alerts", |seen| is_told(seen).then_some(())).expect("they come");
        }
    }
}

#[test]
fn our_server_shows_no_certificate_for_what_it_does_not_allow() {
    let Some(made) = Made::new() else { return };
    let path = |usage| made.with(usage).display().to_string();
    let [nothing, encrypts, signs] = ["keyAgreement", "keyEncipherment", "digitalSignature"].map(path);
    let listen = ["--listen", "tcp!127.0.0.1!0", "-c"];
    let output = ran("tlssrv", &[&listen[..], &[&nothing, "cat"]].concat());
    let line = format!("tlssrv: {nothing}: {NO_SIGNATURES} (digitalSignature)\n");
    assert_eq!((error(&output), output.status.code()), (line, Some(96)));
    let output = ran("tlssrv", &[&listen[..], &[&encrypts, "cat"]].concat());
    let lines = format!(
        "tlssrv: {encrypts}: {NO_SIGNATURES}: it is for static RSA alone\n\
         tlssrv: no certificate whose keyUsage allows signatures (digitalSignature)\n"
    );
    assert_eq!((error(&output), output.status.code()), (lines, Some(96)));
    // Beside another one of the same name it is shown to nobody but those who take static RSA.
    let server = Server::start(&["-c", &encrypts, "-c", &signs, "--allow", "rsa"], &["echo", "served"]);
    for (flags, shown) in [
        (&["-tls1_3"][..], &signs),
        (&["-tls1_2", "-cipher", "ECDHE"], &signs),
        (&["-tls1_2", "-cipher", "AES128-GCM-SHA256"], &encrypts),
    ] {
        let mut command = Command::new("openssl");
        command.args([
            "s_client",
            "-ign_eof",
            "-quiet",
            "-verify_return_error",
            "-verify_hostname",
            "localhost",
        ]);
        command.args(["-connect", &format!("127.0.0.1:{}", server.port()), "-CAfile", shown]).args(flags);
        let mut client = Process::start(&mut command);
        let answer = client.wait_for("an answer", |seen| seen.stdout_text().contains("served").then_some(()));
        assert_eq!(answer, Ok(()), "{flags:?}: {}", client.printed().text());
        client.end_input();
    }
}

#[test]
fn a_client_s_certificate_has_to_allow_signatures() {
    let Some(made) = Made::new() else { return };
    let encrypts = made.with("keyEncipherment").display().to_string();
    let output = ran("tlsclient", &["--insecure", "-c", &encrypts, "tcp!localhost!1"]);
    let why = "tlsclient: a client's certificate whose keyUsage allows no signatures (digitalSignature)\n";
    assert!(error(&output).ends_with(why), "{}", error(&output));
    assert_eq!(output.status.code(), Some(96));
    let flags = ["--self-signed", "localhost", "--client-cert", "require", "--client-ca", &encrypts];
    for version in ["-tls1_2", "-tls1_3"] {
        let mut server = Server::start(&flags, &["cat"]);
        let mut command = Command::new("openssl");
        command.args(["s_client", version, "-ign_eof", "-connect", &format!("127.0.0.1:{}", server.port())]);
        let mut client = Process::start(command.args(["-cert", &encrypts]));
        client.wait_exit().expect("s_client leaves");
        let told = client.printed().stderr_text();
        assert!(told.contains("SSL alert number 43"), "{version}: {told}");
        let said = format!(" tls reports failed: {NO_SIGNATURES}\n");
        let heard = |seen: &Printed| seen.stderr_text().contains(&said).then_some(());
        server.process().wait_for("the reason", heard).expect("it is told");
    }
}
