//! A server as a superserver has it: a `tlssrv` for every connection, which never saw the ones before.

use std::fs;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::thread;

use tempfile::TempDir;

use super::certs::{Certs, Key};
use super::programs;

/// What the command behind each says, to the client and in a file: whether the connection went on with a session.
const TELL: &str = r#"read line; echo "$SSL_SESSION_RESUMED" >> "$TOLD"; printf 'HTTP/1.0 200 OK\r\n\r\n%s\n' "$SSL_SESSION_RESUMED""#;

/// A directory with a certificate for `localhost`, and keys for tickets as soon as somebody needs them.
pub(crate) struct Place {
    /// What signed the certificate.
    pub(crate) certs: Certs,
    dir: TempDir,
}

impl Place {
    /// A new one.
    pub(crate) fn new() -> Place {
        Place { certs: Certs::new(), dir: tempfile::tempdir().expect("a directory") }
    }

    /// Serves `count` connections at a free port, each by a `tlssrv` of its own; gives the port.
    pub(crate) fn serve(&self, count: usize, flags: &[&str]) -> u16 {
        self.serve_each(&vec!["keys"; count], flags)
    }

    /// Serves one connection for each of `keys`, which are files of this directory, by a `tlssrv` that has only these keys; gives
    /// the port.
    pub(crate) fn serve_each(&self, keys: &[&str], flags: &[&str]) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let cert = self.certs.localhost(Key::Rsa);
        let keys: Vec<_> = keys.iter().map(|name| self.dir.path().join(name)).collect();
        // Built here where it is not yet: a client that waits for an answer has less patience.
        let program = programs::path("tlssrv");
        let told = self.file("told");
        let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        thread::spawn(move || {
            for keys in keys {
                let (connection, _) = listener.accept().expect("a connection");
                let fd = OwnedFd::from(connection);
                let mut tlssrv = Command::new(&program);
                tlssrv.arg("-c").arg(&cert.both).arg("--ticket-keys").arg(&keys).args(&flags);
                tlssrv
                    .args(["sh", "-c", TELL])
                    .env("TOLD", &told)
                    .stdin(Stdio::from(fd.try_clone().expect("a copy")));
                tlssrv.stdout(Stdio::from(fd)).stderr(Stdio::null());
                let mut child = tlssrv.spawn().expect("tlssrv starts");
                thread::spawn(move || child.wait());
            }
        });
        port
    }

    /// What the servers so far have said, `Initial` or `Resumed` for each connection.
    pub(crate) fn told(&self) -> Vec<String> {
        let text = fs::read_to_string(self.file("told")).unwrap_or_default();
        text.lines().map(ToString::to_string).collect()
    }

    /// A file of this directory.
    pub(crate) fn file(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }
}
