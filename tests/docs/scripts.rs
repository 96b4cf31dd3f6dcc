//! The scripts of tlshand(8), run as they stand there, in every shell of a Debian.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::page::Page;
use crate::support::certs::{By, Certs, Key};
use crate::support::mount::Mounted;
use crate::support::process::{Printed, Process};
use crate::support::programs;

const SHELLS: [&str; 2] = ["dash", "bash"];

/// The example that begins a connection and has this line of `tlshand` in it.
fn script(flags: &str) -> String {
    let page = Page::read("tlshand/man/tlshand.8");
    let mut found: Vec<String> = page.literals("EXAMPLES");
    found.retain(|text| text.contains(&format!("tlshand {flags} ")));
    assert_eq!(found.len(), 1, "{flags}: {found:?}");
    found.remove(0)
}

/// Runs a script in `dir` with one end of a TCP connection as its standard input.
fn start(shell: &str, script: &str, mounted: &Mounted, dir: &Path, stream: TcpStream) -> Process {
    let mut path = programs::path("tlshand").parent().unwrap().as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let mut command = Command::new(shell);
    command.args(["-c", script]).current_dir(dir).env("PATH", path).env("TLS", mounted.path(""));
    Process::start_on(command.stdin(Stdio::from(OwnedFd::from(stream))))
}

/// A root in `ca.pem` and a certificate of its for the server in `cert.pem`.
fn certs() -> Certs {
    let certs = Certs::new();
    let files = certs.make("cert", Key::P256, &["localhost"], By::Root);
    fs::set_permissions(files.both, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(certs.ca().ends_with("ca.pem"));
    certs
}

/// Both ends of a new connection.
fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (client, listener.accept().unwrap().0)
}

#[test]
fn the_server_talks_to_openssl() {
    let Some(mounted) = Mounted::new(&[]) else { return };
    let certs = certs();
    for shell in SHELLS {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut openssl = Command::new("openssl");
        openssl.args(["s_client", "-quiet", "-verify_return_error", "-servername", "localhost", "-connect"]);
        openssl.arg(listener.local_addr().unwrap().to_string()).arg("-CAfile").arg(certs.ca());
        let mut client = Process::start(&mut openssl);
        let (stream, _) = listener.accept().unwrap();
        let mut server = start(shell, &script("-s -c cert.pem"), &mounted, certs.dir(), stream);
        client.send(b"hello\n");
        let answer = |seen: &Printed| (seen.stdout == b"you said: hello\n").then_some(());
        client
            .wait_for("the answer", answer)
            .unwrap_or_else(|why| panic!("{shell}: {why} {}", server.printed().text()));
        assert!(server.wait_exit().unwrap().success(), "{}", server.printed().text());
        let is_open = |seen: &Printed| {
            seen.stderr_text().starts_with("State: Established\nVersion: 0x304\n").then_some(())
        };
        assert_eq!(server.wait_for("its status", is_open), Ok(()), "{shell}");
        assert!(client.wait_exit().unwrap().success());
    }
    mounted.wait_until_nobody_is_there();
}

#[test]
fn the_client_talks_to_the_server_of_every_shell() {
    let Some(mounted) = Mounted::new(&[]) else { return };
    let certs = certs();
    for (server_shell, client_shell) in [("dash", "bash"), ("bash", "dash")] {
        let (client_end, server_end) = pair();
        let mut server = start(server_shell, &script("-s -c cert.pem"), &mounted, certs.dir(), server_end);
        let client_script = script("-c -n localhost --ca ca.pem --print");
        let mut client = start(client_shell, &client_script, &mounted, certs.dir(), client_end);
        let told = client.wait_exit().unwrap();
        let text = client.printed().text();
        assert!(told.success(), "{client_shell}: {text} {}", server.printed().text());
        let said = client.wait_for("its output", |seen| {
            (seen.stderr_text() == "TLSv1.3\nyou said: hello\n").then_some(())
        });
        assert_eq!(said, Ok(()), "{client_shell}");
        assert!(server.wait_exit().unwrap().success());
    }
}

#[test]
fn a_wrong_certificate_ends_the_script() {
    let Some(mounted) = Mounted::new(&[]) else { return };
    let (certs, strangers) = (certs(), certs());
    let (client_end, server_end) = pair();
    let mut server = start("dash", &script("-s -c cert.pem"), &mounted, certs.dir(), server_end);
    let client_script = script("-c -n localhost --ca ca.pem --print");
    let mut client = start("dash", &client_script, &mounted, strangers.dir(), client_end);
    assert_eq!(client.wait_exit().unwrap().code(), Some(98), "{}", client.printed().text());
    assert_eq!(server.wait_exit().unwrap().code(), Some(98), "{}", server.printed().text());
    let heard = server.wait_for("what it heard", |seen| {
        seen.stderr_text().contains("tls reports failed: corrupted or invalid certificate\n").then_some(())
    });
    assert_eq!(heard, Ok(()));
    mounted.wait_until_nobody_is_there();
}

#[test]
fn the_carrier_needs_nothing_but_cat() {
    let Some(mounted) = Mounted::new(&[]) else { return };
    let certs = certs();
    let page = Page::read("tlshand/man/tlshand.8");
    let mut carrier = page.literals("EXAMPLES");
    carrier.retain(|text| text.contains("wire 0x303"));
    assert_eq!(carrier.len(), 1);
    for shell in SHELLS {
        let (client_end, server_end) = pair();
        // A connection that its opener keeps, and a carrier with the peer at both descriptors.
        let clone = fs::File::options().read(true).write(true).open(mounted.path("clone")).unwrap();
        let number = std::io::read_to_string(&clone).unwrap();
        let output = server_end.try_clone().unwrap();
        let mut carry = Command::new(shell);
        carry.args(["-c", &carrier[0]]).env("N", mounted.path(&number));
        carry.stdin(Stdio::from(OwnedFd::from(server_end))).stdout(Stdio::from(OwnedFd::from(output)));
        let mut carry = carry.spawn().unwrap();
        let client_script = script("-c -n localhost --ca ca.pem --print");
        let mut client = start("dash", &client_script, &mounted, certs.dir(), client_end);
        let server = format!(
            "until grep -q Handshaking {dir}/status; do :; done; tlshand -s -c cert.pem {dir} </dev/null \\
             && read -r line <{dir}/data && printf 'carried: %s\\n' \"$line\" >{dir}/data",
            dir = mounted.path(&number).display()
        );
        let (unused, _) = pair();
        let mut server = start("dash", &server, &mounted, certs.dir(), unused);
        assert!(server.wait_exit().unwrap().success(), "{shell}: {}", server.printed().text());
        assert!(fs::read_to_string(mounted.path(&number).join("status")).unwrap().contains("\nChan: wire\n"));
        drop(clone);
        assert!(client.wait_exit().unwrap().success(), "{shell}: {}", client.printed().text());
        let said = client
            .wait_for("its output", |seen| (seen.stderr_text() == "TLSv1.3\ncarried: hello\n").then_some(()));
        assert_eq!(said, Ok(()), "{shell}");
        assert!(carry.wait().unwrap().success());
    }
}
