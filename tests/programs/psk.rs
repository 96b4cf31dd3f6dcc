//! Secrets of the lengths that Plan 9's authentications give, 8 bytes and 256, with OpenSSL and GnuTLS in both roles.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use crate::support::certs::Certs;
use crate::support::missing::{find, present};
use crate::support::peers::{REQUEST, start_on_free_port, start_saying_port};
use crate::support::process::Process;
use crate::support::programs;
use crate::support::server::Server;

const NAME: &str = "p9secret";
const LENGTHS: [usize; 2] = [8, 256];
/// The suite that 9front's peers take, in GnuTLS's words.
const PRIORITY: &str = "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+PSK:-CIPHER-ALL:+CHACHA20-POLY1305";
const SUITE: &str = "PSK-CHACHA20-POLY1305";

fn are_there() -> bool {
    present("shared secrets", find("openssl", "openssl", "version"))
        && present("shared secrets", find("gnutls-cli", "gnutls-bin", "--version"))
}

/// A secret in hexadecimal digits, and the file that has it.
fn secret(dir: &Certs, len: usize) -> (String, PathBuf) {
    let digits: String = (0..len).map(|n| format!("{:02x}", n % 251)).collect();
    let file = dir.dir().join(format!("psk-{len}"));
    fs::write(&file, format!("{NAME}:{digits}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    (digits, file)
}

#[test]
fn clients_with_a_secret_of_8_or_256_bytes_are_served() {
    if !are_there() {
        return;
    }
    let dir = Certs::new();
    for len in LENGTHS {
        let (digits, file) = secret(&dir, len);
        let flags = ["--psk", &file.display().to_string()];
        let server = Server::start(&flags, &["sh", "-c", "echo \"$SSL_CIPHER.\""]);
        let mut openssl = Command::new("openssl");
        openssl.args([
            "s_client",
            "-quiet",
            "-tls1_2",
            "-cipher",
            SUITE,
            "-psk_identity",
            NAME,
            "-psk",
            &digits,
        ]);
        openssl.args(["-connect", &format!("127.0.0.1:{}", server.port())]);
        let mut gnutls = Command::new("gnutls-cli");
        gnutls.args(["--priority", PRIORITY, "--pskusername", NAME, "--pskkey", &digits]);
        gnutls.args(["--port", &server.port().to_string(), "127.0.0.1"]);
        for command in [&mut openssl, &mut gnutls] {
            let client = Process::start(command);
            let word = format!("{SUITE}.");
            let told = client.wait_for("the suite", |seen| seen.stdout_text().contains(&word).then_some(()));
            assert_eq!(told, Ok(()), "{len} bytes");
        }
    }
}

#[test]
fn servers_with_a_secret_of_8_or_256_bytes_answer() {
    if !are_there() {
        return;
    }
    let dir = Certs::new();
    for len in LENGTHS {
        let (digits, file) = secret(&dir, len);
        let mut openssl = Command::new("openssl");
        openssl.args(["s_server", "-www", "-accept", "127.0.0.1:0", "-nocert", "-tls1_2", "-cipher", SUITE]);
        openssl.args(["-psk_identity", NAME, "-psk", &digits]);
        let gnutls = start_on_free_port("port", |port| {
            let mut command = Command::new("gnutls-serv");
            command.args(["--http", "--priority", PRIORITY, "--port", &port.to_string()]);
            command.arg("--pskpasswd").arg(&file);
            command
        });
        for running in [start_saying_port(openssl, "ACCEPT 127.0.0.1:"), gnutls] {
            let mut tlsclient = Command::new(programs::path("tlsclient"));
            tlsclient.arg("--psk").arg(&file).arg(format!("tcp!localhost!{}", running.port));
            let mut client = Process::start(&mut tlsclient);
            client.send(REQUEST);
            let told =
                client.wait_for("a page", |seen| seen.stdout.starts_with(b"HTTP/1.0 200").then_some(()));
            assert_eq!(told, Ok(()), "{len} bytes");
        }
    }
}

#[test]
fn a_client_with_another_name_for_its_secret_is_told_115() {
    if !are_there() {
        return;
    }
    let dir = Certs::new();
    let (digits, file) = secret(&dir, 8);
    let server = Server::start(&["--psk", &file.display().to_string()], &["cat"]);
    let mut command = Command::new("openssl");
    command.args(["s_client", "-tls1_2", "-cipher", SUITE, "-psk_identity", "else", "-psk", &digits]);
    let mut client = Process::start(command.args(["-connect", &format!("127.0.0.1:{}", server.port())]));
    let _ = client.wait_exit();
    let told =
        client.wait_for("the alert", |seen| seen.stderr_text().contains("alert number 115").then_some(()));
    assert_eq!(told, Ok(()));
}
