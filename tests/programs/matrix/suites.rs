//! Every version with every suite, and with every kind of key of the server's.
//!
//! Each peer is told to have this version and this suite alone, so that what passed is what the line says. `cargo xtask interop` asks for all
//! cells. Otherwise a peer that takes long to start is asked for what only such peers can, and for one suite of each version.

use std::env;
use std::process::Command;

use super::{Cell as _, Means, clients, run, said, servers};
use crate::support::certs::Key;
use crate::support::peers::{
    self, Ask, CLIENTS, Client, Feature, Offer, Peer, Role, SERVERS, Suite, all_suites, present,
};
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
    /// What both sides have to say about it.
    fn agreed(self) -> String {
        let version = if self.version == SSLV2_HELLO { "TLSv1.2" } else { self.version };
        format!("{version} {}.", self.suite.name)
    }
}

impl super::Cell for Cell {
    fn label(&self) -> String {
        super::label(self.version, self.suite.name, self.key)
    }

    fn cannot(&self, peer: &dyn Peer, role: Role) -> Option<&'static str> {
        let Cell { version, suite, key } = *self;
        let name = peer.name();
        match (version, key) {
            (SSLV2_HELLO, _) if role == Role::Server => Some("a server that takes it is not what is tested"),
            (SSLV2_HELLO, _) if suite.has("DHE") => Some("asked for static RSA"),
            (SSLV2_HELLO, _) if !["java", "openssl1.0"].contains(&name) => {
                Some("no hello in the form of SSL 2.0")
            }
            (SSLV2_HELLO, _) => peer.cannot(role, "TLSv1.2", suite),
            ("TLSv1.3", None) => peer.lacks(role, version, Feature::Secret),
            (_, Some(Key::Ed25519)) if ["nss", "tlslite", "openssl1.0"].contains(&name) => Some("no Ed25519"),
            (_, Some(Key::P384)) | ("TLSv1.3", Some(Key::P256)) if name == "tlslite" => {
                Some("told to expect the other certificate")
            }
            _ => peer.cannot(role, version, suite),
        }
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

impl Means {
    /// Our server with this kind of key, or with the secret.
    fn serve(&self, key: Option<Key>) -> Server {
        let (file, flag) = match key {
            Some(key) => (self.cert(key).both.clone(), "-c"),
            None => (self.secret.file.clone(), "--psk"),
        };
        Server::start(&[flag, &file.display().to_string(), "--allow", ALLOW], &["sh", "-c", ANSWER])
    }

    /// What came of a peer that asked our server.
    fn asks(&self, client: &dyn Client, cell: &Cell, port: u16) -> Result<(), String> {
        let secret = cell.key.is_none().then(|| self.secret.clone());
        let ask = Ask { secret, ..Ask::localhost(&self.certs.ca()).speaking(cell.version, cell.suite) };
        let told = client.connect(port, &ask);
        let is_fine = told.error.is_none() && told.text().contains(&cell.agreed());
        if is_fine { Ok(()) } else { Err(format!("{told:?}")) }
    }

    /// What came of our client that asked a peer.
    fn answers(&self, server: &dyn peers::Server, cell: &Cell) -> Result<(), String> {
        let secret = cell.key.is_none().then(|| self.secret.clone());
        let cert = self.cert(cell.key.unwrap_or(Key::Rsa)).clone();
        let running = server.start(&Offer { secret, ..Offer::of(cert).speaking(cell.version, cell.suite) });
        let mut tlsclient = Command::new(programs::path("tlsclient"));
        match cell.key {
            None => tlsclient.arg("--psk").arg(&self.secret.file),
            Some(_) => tlsclient.arg("--ca").arg(self.certs.ca()),
        };
        let seen = said(tlsclient.args(["--allow", ALLOW_CLIENT]), running.port, &["sh", "-c", ASK]);
        let is_fine = seen.contains(&cell.agreed()) && seen.contains("HTTP/1.0 200");
        if is_fine { Ok(()) } else { Err(seen) }
    }
}

#[test]
fn every_version_and_suite_at_our_server() {
    let (means, clients) = (Means::new(256), clients());
    let keys = [Some(Key::Rsa), Some(Key::P256), Some(Key::P384), Some(Key::Ed25519), None];
    let servers = keys.map(|key| (key, means.serve(key)));
    let asked = asked(&clients, Role::Client, |client| client);
    run(
        &clients,
        Role::Client,
        |client| client,
        &asked,
        |client, cell| {
            let (_, server) = servers.iter().find(|(key, _)| *key == cell.key).unwrap();
            means.asks(client, cell, server.port())
        },
    );
}

#[test]
fn every_version_and_suite_of_our_client() {
    let (means, servers) = (Means::new(256), servers());
    let asked = asked(&servers, Role::Server, |server| server);
    run(&servers, Role::Server, |server| server, &asked, |server, cell| means.answers(server, cell));
}

#[test]
fn secrets_of_either_length() {
    // As p9sk1 gives them; the other cells have them as long as dp9ik's.
    let means = Means::new(8);
    let server = means.serve(None);
    for (version, code) in [("TLSv1.2", 0xccab), ("TLSv1.3", 0x1301)] {
        let suite = all_suites().find(|suite| suite.code == code).unwrap();
        let cell = Cell { version, suite, key: None };
        let can = |peer: &dyn Peer, role| cell.cannot(peer, role).is_none() && present(peer);
        for client in CLIENTS.into_iter().filter(|client| can(*client, Role::Client)) {
            assert_eq!(means.asks(client, &cell, server.port()), Ok(()), "{}", client.name());
        }
        for server in SERVERS.into_iter().filter(|server| can(*server, Role::Server)) {
            assert_eq!(means.answers(server, &cell), Ok(()), "{}", server.name());
        }
    }
}
