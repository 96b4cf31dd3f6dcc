//! Clients that come back without a full handshake: everybody's to a server that is a new process each time, and ours to everybody's.
//! Each run says by itself whether it went on with a session.

mod end;
mod nss;
mod tlslite;

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use tempfile::TempDir;

use crate::support::certs::{CertFiles, Certs, Key};
use crate::support::missing::{find, present};
use crate::support::peers::{self, Ask, Offer, RETURNING, SERVERS, start_on_free_port};
use crate::support::process::Process;
use crate::support::programs;

const VERSIONS: [&str; 2] = ["1.2", "1.3"];

/// What the command behind our server says: an answer that tells whether the connection went on with a session.
const TELL: &str = r#"read line; printf 'HTTP/1.0 200 OK\r\n\r\n%s\n' "$SSL_SESSION_RESUMED""#;

/// A directory with a certificate for `localhost`, and keys for tickets as soon as somebody needs them.
struct Place {
    certs: Certs,
    dir: TempDir,
}

impl Place {
    fn new() -> Place {
        Place { certs: Certs::new(), dir: tempfile::tempdir().expect("a directory") }
    }

    /// Serves `count` connections at a free port, each by a `tlssrv` of its own as under inetd, with [`TELL`]; gives the port.
    fn serve(&self, count: usize, flags: &[&str]) -> u16 {
        self.serve_each(&vec!["keys"; count], flags, TELL)
    }

    /// Serves one connection for each of `keys`, which are files of this directory, by a `tlssrv` that has only these keys, and with
    /// `tell` as its command; gives the port.
    fn serve_each(&self, keys: &[&str], flags: &[&str], tell: &str) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let cert = self.certs.localhost(Key::Rsa);
        let keys: Vec<_> = keys.iter().map(|name| self.dir.path().join(name)).collect();
        // Built here where it is not yet: a client that waits for an answer has less patience.
        let program = programs::path("tlssrv");
        let tell = tell.to_owned();
        let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        thread::spawn(move || {
            for keys in keys {
                let (connection, _) = listener.accept().expect("a connection");
                let fd = OwnedFd::from(connection);
                let mut tlssrv = Command::new(&program);
                tlssrv.arg("-c").arg(&cert.both).arg("--ticket-keys").arg(&keys).args(&flags);
                tlssrv.args(["sh", "-c", &tell]).stdin(Stdio::from(fd.try_clone().expect("a copy")));
                tlssrv.stdout(Stdio::from(fd)).stderr(Stdio::null());
                let mut child = tlssrv.spawn().expect("tlssrv starts");
                thread::spawn(move || child.wait());
            }
        });
        port
    }

    /// A file of this directory.
    fn file(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }
}

/// What a client prints that asks with this command.
fn asked(command: &mut Command) -> String {
    let mut client = Process::start(command);
    client.send(b"GET / HTTP/1.0\r\n\r\n");
    client.end_input();
    let _ = client.wait_exit();
    let _ = client.wait_for("the end of its output", |_| None::<()>);
    client.printed().text()
}

/// `tlsclient` that keeps its sessions in `file`.
fn tlsclient(ca: &Path, file: &str, version: &str, port: u16) -> Command {
    let mut command = Command::new(programs::path("tlsclient"));
    command.arg("--ca").arg(ca).args(["--session", file, "--max-version", version]);
    command.arg(format!("tcp!localhost!{port}"));
    command
}

#[test]
fn our_client_comes_back_to_processes_that_never_saw_it() {
    let place = Place::new();
    for version in VERSIONS {
        let port = place.serve(3, &[]);
        let file = place.file(version);
        for told in ["Initial", "Resumed", "Resumed"] {
            let ask = ["sh", "-c", r"printf 'GET / HTTP/1.0\r\n\r\n'; cat >&2"];
            let seen = asked(tlsclient(&place.certs.ca(), &file, version, port).args(ask));
            assert!(seen.contains(told), "{version}: {seen}");
        }
    }
}

#[test]
fn openssl_s_client_comes_back() {
    if !present("peer openssl", find("openssl", "openssl", "version")) {
        return;
    }
    let place = Place::new();
    for version in ["-tls1_2", "-tls1_3"] {
        let port = place.serve(3, &[]);
        let file = place.file(version);
        for (flags, told) in [
            (&["-sess_out"][..], "Initial"),
            (&["-sess_in"], "Resumed"),
            // Another name is another session (RFC 6066 §3).
            (&["-servername", "other.example", "-sess_in"], "Initial"),
        ] {
            let mut command = Command::new("openssl");
            command.args(["s_client", version, "-ign_eof", "-connect", &format!("127.0.0.1:{port}")]);
            if flags.len() == 1 {
                command.args(["-servername", "localhost"]);
            }
            let seen = asked(command.args(flags).arg(&file));
            assert!(seen.contains(told), "{version} {flags:?}: {seen}");
        }
    }
}

#[test]
fn gnutls_cli_comes_back() {
    if !present("peer gnutls", find("gnutls-cli", "gnutls-bin", "--version")) {
        return;
    }
    let place = Place::new();
    for version in VERSIONS {
        let port = place.serve(2, &["--max-version", version]);
        let mut command = Command::new("gnutls-cli");
        command.args(["--resume", "--port", &port.to_string(), "--verify-hostname", "localhost"]);
        command.args(["--sni-hostname", "localhost", "--x509cafile"]).arg(place.certs.ca());
        let seen = asked(command.arg("127.0.0.1"));
        assert!(seen.contains("This is a resumed session"), "{version}: {seen}");
    }
}

/// One that answers HTTP.
fn server(program: &str, cert: &CertFiles, port: u16) -> Command {
    let mut command = Command::new(program);
    if program == "openssl" {
        command.args(["s_server", "-www", "-accept", &format!("127.0.0.1:{port}")]);
        command.arg("-cert").arg(&cert.chain).arg("-key").arg(&cert.key);
        command.arg("-cert_chain").arg(&cert.chain);
    } else {
        command.args(["--http", "--disable-client-cert", "--port", &port.to_string()]);
        command.arg("--x509certfile").arg(&cert.chain).arg("--x509keyfile").arg(&cert.key);
    }
    command
}

#[test]
fn our_client_comes_back_to_openssl_and_gnutls() {
    let place = Place::new();
    let cert = place.certs.localhost(Key::Rsa);
    let servers = [("openssl", "openssl", "ACCEPT"), ("gnutls-serv", "gnutls-bin", "port")];
    for (program, package, label) in servers {
        let word = if program == "openssl" { "version" } else { "--version" };
        if !present(program, find(program, package, word)) {
            continue;
        }
        let running = start_on_free_port(label, |port| server(program, &cert, port));
        for version in VERSIONS {
            let file = place.file(&format!("{program}{version}"));
            for told in ["Initial", "Resumed", "Resumed"] {
                let mut command = tlsclient(&place.certs.ca(), &file, version, running.port);
                let tell =
                    r#"echo "$SSL_SESSION_RESUMED" >&2; printf 'GET / HTTP/1.0\r\n\r\n'; cat > /dev/null"#;
                let seen = asked(command.args(["sh", "-c", tell]));
                assert!(seen.contains(told), "{program} {version}: {seen}");
            }
        }
    }
}

#[test]
fn rustls_go_and_java_come_back_and_start_anew_where_the_keys_are_others() {
    let place = Place::new();
    for client in RETURNING.into_iter().filter(|client| peers::present(*client)) {
        for version in ["TLSv1.2", "TLSv1.3"] {
            // A ticket under keys that the server has not is none, and the connection goes well (RFC 5077 §3.1, RFC 8446 §4.2.11).
            let port = place.serve_each(&["keys", "keys", "keys", "others", "others", "keys"], &[], TELL);
            let ask = Ask { version: Some(version), ..Ask::localhost(&place.certs.ca()) };
            let (theirs, said) = client.connect_again(port, &ask, 6);
            let expected = match client.cannot_return(version) {
                None => ["Initial", "Resumed", "Resumed", "Initial", "Resumed", "Initial"],
                // The connections go well all the same, each by a handshake of its own.
                Some(_) => ["Initial"; 6],
            };
            assert_eq!(theirs, expected, "{} {version}: {said}", client.name());
            // What the commands behind our server say stands on lines of its own.
            let ours: Vec<_> = said.lines().filter(|line| ["Initial", "Resumed"].contains(line)).collect();
            assert_eq!(ours, expected, "{} {version}: {said}", client.name());
        }
    }
}

#[test]
fn our_client_comes_back_to_rustls_go_and_java() {
    let place = Place::new();
    for peer in RETURNING.into_iter().filter(|peer| peers::present(*peer)) {
        let server =
            SERVERS.into_iter().find(|server| server.name() == peer.name()).expect("it has both roles");
        let running = server.start(&Offer::of(place.certs.localhost(Key::Rsa)));
        for version in VERSIONS {
            let file = place.file(&format!("{}{version}", server.name()));
            let expected = match peer.cannot_return(&format!("TLSv{version}")) {
                None => ["Initial", "Resumed", "Resumed"],
                Some(_) => ["Initial"; 3],
            };
            for told in expected {
                let mut command = tlsclient(&place.certs.ca(), &file, version, running.port);
                let tell =
                    r#"echo "here $SSL_SESSION_RESUMED." >&2; printf 'GET / HTTP/1.0\r\n\r\n'; cat >&2"#;
                let seen = asked(command.args(["sh", "-c", tell]));
                assert!(seen.contains(&format!("here {told}.")), "{} {version}: {seen}", server.name());
                // The server sees the same.
                assert!(seen.contains(&format!(" session {told}\n")), "{} {version}: {seen}", server.name());
            }
        }
    }
}
