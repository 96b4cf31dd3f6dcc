//! Everybody who speaks TLS, in both roles, with all that there is: a line for each cell, which says `pass`, `FAIL`, or that the peer cannot
//! and why. `cargo xtask interop` prints it.

mod features;
mod suites;

use std::collections::VecDeque;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::panic::{self, AssertUnwindSafe};
use std::process::Command;
use std::sync::Mutex;
use std::thread;

use crate::support::certs::{By, CertFiles, Certs, Key};
use crate::support::peers::{
    CLIENTS, Client, OLD_CLIENTS, OLD_SERVERS, Peer, Role, SERVERS, Secret, Server, present,
};
use crate::support::process::Process;

/// What is asked of one peer.
trait Cell: Sync {
    /// What stands at the beginning of its line.
    fn label(&self) -> String;

    /// Why `peer` cannot, if it cannot.
    fn cannot(&self, peer: &dyn Peer, role: Role) -> Option<&'static str>;
}

/// The columns that every line has: the version, what is asked for, and the kind of key, or the secret in its place.
fn label(version: &str, what: &str, key: Option<Key>) -> String {
    let key = key.map_or_else(|| "secret".to_owned(), |key| format!("{key:?}"));
    format!("{version:<11} {what:<33} {key:<8}")
}

/// Every kind of key.
const KEYS: [Key; 4] = [Key::Rsa, Key::P256, Key::P384, Key::Ed25519];

/// What our side has: certificates of every kind, and a secret.
struct Means {
    certs: Certs,
    /// The server's. Made once: whoever reads one must not meet it half written.
    of_each: Vec<(Key, CertFiles)>,
    /// The client's, by an intermediate authority.
    of_clients: Vec<(Key, CertFiles)>,
    secret: Secret,
}

impl Means {
    /// With a secret of so many bytes: 8 as p9sk1 gives them, 256 as dp9ik does.
    fn new(secret_len: usize) -> Means {
        let certs = Certs::new();
        let secret = Secret::write(certs.dir(), &"a7".repeat(secret_len));
        let of_each = KEYS.map(|key| (key, certs.localhost(key))).into();
        let of_clients = KEYS.map(|key| {
            let files = certs.make(&format!("me-{key:?}"), key, &["me.example"], By::Intermediate);
            fs::set_permissions(&files.key, fs::Permissions::from_mode(0o600)).unwrap();
            (key, files)
        });
        Means { certs, of_each, of_clients: of_clients.into(), secret }
    }

    /// The server's certificate with this kind of key.
    fn cert(&self, key: Key) -> &CertFiles {
        of(&self.of_each, key)
    }

    /// The client's certificate with this kind of key.
    fn me(&self, key: Key) -> &CertFiles {
        of(&self.of_clients, key)
    }
}

/// The one with this kind of key.
fn of(all: &[(Key, CertFiles)], key: Key) -> &CertFiles {
    let (_, files) = all.iter().find(|(known, _)| *known == key).unwrap();
    files
}

/// Everybody here who can be a client of ours, but for curl, which is OpenSSL once more.
fn clients() -> Vec<&'static dyn Client> {
    let all = CLIENTS.into_iter().chain(OLD_CLIENTS);
    all.filter(|client| client.name() != "curl" && present(*client)).collect()
}

/// Everybody here who can be a server of ours.
fn servers() -> Vec<&'static dyn Server> {
    SERVERS.into_iter().chain(OLD_SERVERS).filter(|server| present(*server)).collect()
}

/// What our client at this port and the command behind it say.
fn said(tlsclient: &mut Command, port: u16, command: &[&str]) -> String {
    let mut client = Process::start(tlsclient.arg(format!("tcp!localhost!{port}")).args(command));
    let _ = client.wait_exit();
    let _ = client.wait_for("the end of its output", |_| None::<()>);
    client.printed().stderr_text()
}

/// Runs every cell, a few at a time, prints their lines in order, and fails if one did. A cell comes with the place of its peer.
fn run<P: Peer + ?Sized, C: Cell>(
    peers: &[&P],
    role: Role,
    as_peer: fn(&P) -> &dyn Peer,
    asked: &[(usize, C)],
    ask: impl Fn(&P, &C) -> Result<(), String> + Sync,
) {
    let queue = Mutex::new((0..asked.len()).collect::<VecDeque<_>>());
    let results = Mutex::new(vec![None; asked.len()]);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(index) = { queue.lock().unwrap().pop_front() } {
                    let (peer, cell) = &asked[index];
                    if cell.cannot(as_peer(peers[*peer]), role).is_none() {
                        // A peer that does not even start panics.
                        let result = panic::catch_unwind(AssertUnwindSafe(|| ask(peers[*peer], cell)))
                            .unwrap_or_else(|_| Err("no peer, see above".to_owned()));
                        results.lock().unwrap()[index] = Some(result);
                    }
                }
            });
        }
    });
    let (mut failures, mut counts) = (Vec::new(), [0; 3]);
    let role_name = if role == Role::Client { "client" } else { "server" };
    for ((peer, cell), result) in asked.iter().zip(results.into_inner().unwrap()) {
        let peer = as_peer(peers[*peer]);
        let line = format!("{} {role_name:<7} {:<10}", cell.label(), peer.name());
        let (count, word) = match result {
            None => (2, format!("peer cannot: {}", cell.cannot(peer, role).unwrap_or_default())),
            Some(Ok(())) => (0, "pass".to_owned()),
            Some(Err(why)) => {
                failures.push(format!("{line} {why}"));
                (1, "FAIL".to_owned())
            }
        };
        counts[count] += 1;
        // Past the test runner's capture: the lines are what somebody asked for.
        let _ = writeln!(io::stdout(), "{line} {word}");
    }
    let [passed, failed, cannot] = counts;
    let _ = writeln!(
        io::stdout(),
        "peers as {role_name}s: {passed} passed, {failed} failed, {cannot} times a peer cannot"
    );
    assert_eq!(failures, [""; 0]);
}
