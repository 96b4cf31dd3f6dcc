//! Every version and suite that there is, in both roles, with everybody who can speak it: a line for each cell, which says `pass`, `FAIL`, or
//! that the peer cannot and why.
//!
//! Each peer is told to have this version and this suite alone, so that what passed is what the line says. `cargo xtask interop` asks for all
//! cells. Otherwise a peer that takes long to start is asked for what only such peers can, and for one suite of each version.

use std::collections::VecDeque;
use std::env;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::panic::{self, AssertUnwindSafe};
use std::process::Command;
use std::sync::Mutex;
use std::thread;

use crate::support::certs::{CertFiles, Certs, Key};
use crate::support::peers::{
    self, Ask, CLIENTS, Client, OLD_CLIENTS, OLD_SERVERS, Offer, Peer, Role, SERVERS, Secret, Suite,
    all_suites, present,
};
use crate::support::process::Process;
use crate::support::programs;
use crate::support::server::Server;

/// Everything that is off by default, for the server.
const ALLOW: &str = "ssl3,tls1.0,tls1.1,sslv2-hello,rsa,dhe,cbc,3des,draft-chacha,sha1";
/// The same for the client.
const ALLOW_CLIENT: &str = "ssl3,tls1.0,tls1.1,rsa,dhe,cbc,3des,draft-chacha,sha1";
/// What the command behind our server says.
const ANSWER: &str = r#"printf 'HTTP/1.0 200 OK\r\n\r\n%s %s.' "$SSL_PROTOCOL" "$SSL_CIPHER""#;
/// What the command in front of our client does: it says what was agreed on, asks, and shows the answer.
const ASK: &str = r#"echo "$SSL_PROTOCOL $SSL_CIPHER." >&2; printf 'GET / HTTP/1.0\r\n\r\n'; cat >&2"#;

/// A hello in the form of SSL 2.0, for whatever comes of it.
const SSLV2_HELLO: &str = "SSLv2 hello";

/// What is asked of one peer.
#[derive(Clone, Copy)]
struct Cell {
    version: &'static str,
    suite: &'static Suite,
    key: Option<Key>,
}

/// Every cell of one peer.
fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    for suite in all_suites() {
        cells.extend(suite.versions.iter().map(|version| Cell { version, suite, key: suite.key }));
        let is_old = suite.versions.contains(&"SSLv3");
        cells.extend(is_old.then_some(Cell { version: SSLV2_HELLO, suite, key: suite.key }));
    }
    // The other kinds of key with one suite of each version; RSA and P-256 come up with all of theirs.
    let with = |version, code: u16, key| {
        let suite = all_suites().find(|suite| suite.code == code).unwrap();
        Cell { version, suite, key }
    };
    cells.extend([Key::P384, Key::Ed25519].map(|key| with("TLSv1.2", 0xc02b, Some(key))));
    cells.extend([Key::P256, Key::P384, Key::Ed25519].map(|key| with("TLSv1.3", 0x1301, Some(key))));
    cells.extend([0x1301, 0x1303].map(|code| with("TLSv1.3", code, None)));
    cells
}

impl Cell {
    /// Why `peer` cannot, if it cannot.
    fn cannot(self, peer: &dyn Peer, role: Role) -> Option<&'static str> {
        let Cell { version, suite, key } = self;
        let name = peer.name();
        match (version, key) {
            (SSLV2_HELLO, _) if role == Role::Server => Some("a server that takes it is not what is tested"),
            (SSLV2_HELLO, _) if suite.has("DHE") => Some("asked for static RSA"),
            (SSLV2_HELLO, _) if !["java", "openssl1.0"].contains(&name) => {
                Some("no hello in the form of SSL 2.0")
            }
            (SSLV2_HELLO, _) => peer.cannot(role, "TLSv1.2", suite),
            ("TLSv1.3", None) if (name, role) == ("nss", Role::Server) => {
                Some("its server takes no shared secrets")
            }
            ("TLSv1.3", None) if ["openssl", "gnutls", "nss"].contains(&name) => None,
            ("TLSv1.3", None) => Some("no shared secrets that we know how to give it"),
            (_, Some(Key::Ed25519)) if ["nss", "tlslite", "openssl1.0"].contains(&name) => Some("no Ed25519"),
            (_, Some(Key::P384)) | ("TLSv1.3", Some(Key::P256)) if name == "tlslite" => {
                Some("told to expect the other certificate")
            }
            _ => peer.cannot(role, version, suite),
        }
    }

    /// What both sides have to say about it.
    fn agreed(self) -> String {
        let version = if self.version == SSLV2_HELLO { "TLSv1.2" } else { self.version };
        format!("{version} {}.", self.suite.name)
    }
}

/// Whether a peer starts in no time.
fn is_quick(peer: &dyn Peer) -> bool {
    ["openssl", "gnutls", "go", "rustls"].contains(&peer.name())
}

/// The cells that a peer is asked for, and the others that it cannot.
fn asked<P: Peer + ?Sized>(peers: &[&P], role: Role, as_peer: fn(&P) -> &dyn Peer) -> Vec<(usize, Cell)> {
    let is_whole = env::var_os("MATRIX").is_some_and(|what| what == "whole");
    let mut asked = Vec::new();
    for cell in cells() {
        let can = |peer: &&&P| cell.cannot(as_peer(peer), role).is_none();
        let has_quick = peers.iter().filter(can).any(|peer| is_quick(as_peer(peer)));
        for (index, peer) in peers.iter().enumerate() {
            let peer = as_peer(peer);
            let is_first = ["AES128-SHA", "TLS_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"]
                .contains(&cell.suite.name);
            if is_whole || is_quick(peer) || !has_quick || is_first {
                asked.push((index, cell));
            }
        }
    }
    asked
}

/// What our side has: certificates of every kind, and a secret.
struct Means {
    certs: Certs,
    /// Made once: whoever reads one must not meet it half written.
    of_each: Vec<(Key, CertFiles)>,
    secret: Secret,
}

impl Means {
    /// With a secret of so many bytes: 8 as p9sk1 gives them, 256 as dp9ik does.
    fn new(secret_len: usize) -> Means {
        let certs = Certs::new();
        let (name, digits) = ("p9secret".to_owned(), "a7".repeat(secret_len));
        let file = certs.dir().join("psk");
        fs::write(&file, format!("{name}:{digits}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let keys = [Key::Rsa, Key::P256, Key::P384, Key::Ed25519];
        let of_each = keys.into_iter().map(|key| (key, certs.localhost(key))).collect();
        Means { certs, of_each, secret: Secret { name, digits, file } }
    }

    /// The certificate with this kind of key.
    fn cert(&self, key: Key) -> &CertFiles {
        let (_, files) = self.of_each.iter().find(|(known, _)| *known == key).unwrap();
        files
    }

    /// Our server with this kind of key, or with the secret.
    fn serve(&self, key: Option<Key>) -> Server {
        let (file, flag) = match key {
            Some(key) => (self.cert(key).both.clone(), "-c"),
            None => (self.secret.file.clone(), "--psk"),
        };
        Server::start(&[flag, &file.display().to_string(), "--allow", ALLOW], &["sh", "-c", ANSWER])
    }

    /// What came of a peer that asked our server.
    fn asks(&self, client: &dyn Client, cell: Cell, port: u16) -> Result<(), String> {
        let secret = cell.key.is_none().then(|| self.secret.clone());
        let ask = Ask { secret, ..Ask::localhost(&self.certs.ca()).speaking(cell.version, cell.suite) };
        let told = client.connect(port, &ask);
        let is_fine = told.error.is_none() && told.text().contains(&cell.agreed());
        if is_fine { Ok(()) } else { Err(format!("{told:?}")) }
    }

    /// What came of our client that asked a peer.
    fn answers(&self, server: &dyn peers::Server, cell: Cell) -> Result<(), String> {
        let secret = cell.key.is_none().then(|| self.secret.clone());
        let cert = self.cert(cell.key.unwrap_or(Key::Rsa)).clone();
        let running = server.start(&Offer { secret, ..Offer::of(cert).speaking(cell.version, cell.suite) });
        let mut tlsclient = Command::new(programs::path("tlsclient"));
        match cell.key {
            None => tlsclient.arg("--psk").arg(&self.secret.file),
            Some(_) => tlsclient.arg("--ca").arg(self.certs.ca()),
        };
        tlsclient.args(["--allow", ALLOW_CLIENT]);
        tlsclient.arg(format!("tcp!localhost!{}", running.port)).args(["sh", "-c", ASK]);
        let mut client = Process::start(&mut tlsclient);
        let _ = client.wait_exit();
        let _ = client.wait_for("the end of its output", |_| None::<()>);
        let seen = client.printed().text();
        let is_fine = seen.contains(&cell.agreed()) && seen.contains("HTTP/1.0 200");
        if is_fine { Ok(()) } else { Err(seen) }
    }
}

/// Runs every cell, a few at a time, prints their lines in order, and gives those that failed.
fn run<P: Peer + ?Sized>(
    peers: &[&P],
    role: Role,
    as_peer: fn(&P) -> &dyn Peer,
    ask: impl Fn(&P, Cell) -> Result<(), String> + Sync,
) -> Vec<String> {
    let asked = asked(peers, role, as_peer);
    let queue = Mutex::new((0..asked.len()).collect::<VecDeque<_>>());
    let results = Mutex::new(vec![None; asked.len()]);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(index) = { queue.lock().unwrap().pop_front() } {
                    let (peer, cell) = asked[index];
                    if cell.cannot(as_peer(peers[peer]), role).is_none() {
                        // A peer that does not even start panics.
                        let result = panic::catch_unwind(AssertUnwindSafe(|| ask(peers[peer], cell)))
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
        let key = cell.key.map_or_else(|| "secret".to_owned(), |key| format!("{key:?}"));
        let line = format!(
            "{:<11} {:<33} {key:<8} {role_name:<7} {:<10}",
            cell.version,
            cell.suite.name,
            peer.name()
        );
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
    failures
}

#[test]
fn every_version_and_suite_at_our_server() {
    let means = Means::new(256);
    let keys = [Some(Key::Rsa), Some(Key::P256), Some(Key::P384), Some(Key::Ed25519), None];
    let servers = keys.map(|key| (key, means.serve(key)));
    let clients: Vec<&dyn Client> = CLIENTS
        .into_iter()
        .chain(OLD_CLIENTS)
        .filter(|client| client.name() != "curl" && present(*client))
        .collect();
    let failures = run(
        &clients,
        Role::Client,
        |client| client,
        |client, cell| {
            let (_, server) = servers.iter().find(|(key, _)| *key == cell.key).unwrap();
            means.asks(client, cell, server.port())
        },
    );
    assert_eq!(failures, [""; 0]);
}

#[test]
fn every_version_and_suite_of_our_client() {
    let means = Means::new(256);
    let servers: Vec<&dyn peers::Server> =
        SERVERS.into_iter().chain(OLD_SERVERS).filter(|server| present(*server)).collect();
    let failures = run(&servers, Role::Server, |server| server, |server, cell| means.answers(server, cell));
    assert_eq!(failures, [""; 0]);
}

#[test]
fn secrets_of_either_length() {
    let means = Means::new(8);
    let server = means.serve(None);
    let suite = all_suites().find(|suite| suite.code == 0xccab).unwrap();
    let cell = Cell { version: "TLSv1.2", suite, key: None };
    let can = |peer: &dyn Peer, role| cell.cannot(peer, role).is_none() && present(peer);
    for client in CLIENTS.into_iter().filter(|client| can(*client, Role::Client)) {
        assert_eq!(means.asks(client, cell, server.port()), Ok(()), "{}", client.name());
    }
    for server in SERVERS.into_iter().filter(|server| can(*server, Role::Server)) {
        assert_eq!(means.answers(server, cell), Ok(()), "{}", server.name());
    }
}
