//! What a connection does beyond a plain handshake: another hello, ML-KEM, certificates of clients, secrets, sessions that go on, keys that
//! move on. Every peer is asked for all of it.
//!
//! Our side tells what happened: the variables of its command, or the `status` of a device of its own. Sessions are asked about at both ends.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{KEYS, Means, clients, label, run, said, servers};
use crate::support::certs::{CertFiles, Key};
use crate::support::device::Device;
use crate::support::inetd::Place;
use crate::support::peers::{self, Ask, Client, Feature, GROUPS, Group, MLKEM, Offer, Peer, RETURNING, Role};
use crate::support::process::PATIENCE;
use crate::support::programs;
use crate::support::server::Server;

/// What the command behind our server says.
const ANSWER: &str = r#"printf 'HTTP/1.0 200 OK\r\n\r\n%s %s %s.' "$SSL_PROTOCOL" "$SSL_GROUP" "${SSL_PEER_CERT_SUBJECT-nobody}""#;
/// The same behind a device that is looked at: eight records, and the connection stays until somebody has looked.
const ANSWER_MUCH: &str = r#"while read -r line && [ "${#line}" -gt 1 ]; do :; done
    printf 'HTTP/1.0 200 OK\r\n\r\n'; yes | head -c 130000; printf '%s.' "$SSL_PROTOCOL"
    until [ -e "$SEEN" ]; do sleep 0.02; done"#;
/// What the command in front of our client does: it says what was agreed on, asks with a record for each word, shows the answer, and stays
/// until somebody has looked, if somebody looks.
const ASK: &str = r#"echo "$SSL_PROTOCOL $SSL_GROUP session $SSL_SESSION_RESUMED." >&2
    for word in 'GET ' '/ ' 'HTTP/1.0' '\r\n' '\r\n'; do printf "$word"; ${SEEN+sleep 0.05}; done
    cat >&2; until [ -e "${SEEN-/}" ]; do sleep 0.02; done"#;

/// What is asked of one peer.
#[derive(Clone, Copy)]
struct Cell {
    version: &'static str,
    feature: Feature,
}

/// Every cell of one peer.
fn cells() -> impl Iterator<Item = Cell> {
    let of_both = KEYS.map(Feature::ClientCert).into_iter().chain([Feature::Resumption]);
    let of_tls13 =
        [Feature::Retry, Feature::MlKem, Feature::SecretRetry, Feature::OurUpdate, Feature::ItsUpdate];
    let both = of_both.flat_map(|feature| ["TLSv1.2", "TLSv1.3"].map(|version| Cell { version, feature }));
    both.chain(of_tls13.map(|feature| Cell { version: "TLSv1.3", feature }))
}

impl super::Cell for Cell {
    fn label(&self) -> String {
        let key = match self.feature {
            Feature::ClientCert(key) => Some(key),
            feature if feature.has_secret() => None,
            _ => Some(Key::Rsa),
        };
        label(self.version, self.feature.name(), key)
    }

    fn cannot(&self, peer: &dyn Peer, role: Role) -> Option<&'static str> {
        peer.lacks(role, self.version, self.feature)
    }
}

impl Cell {
    /// The server's only group, where it matters.
    fn group(&self) -> Option<&'static Group> {
        match self.feature {
            Feature::Retry | Feature::SecretRetry => GROUPS.iter().find(|group| group.name == "P-384"),
            Feature::MlKem => Some(&MLKEM),
            _ => None,
        }
    }

    /// Whether there is a second hello: our side says so.
    fn is_retried(&self) -> bool {
        matches!(self.feature, Feature::Retry | Feature::SecretRetry)
    }

    /// More flags for our side: it prints the messages where they matter.
    fn more(&self) -> &'static [&'static str] {
        if self.is_retried() { &["-D"] } else { &[] }
    }

    /// What our side has to say about version and group.
    fn agreed(&self) -> String {
        format!("{} {}", self.version, self.group().map_or("", |group| group.iana))
    }

    /// Whether keys moved on, of what comes in and of what goes out, as often as they should at least: whoever begins asks for the other's.
    fn has_moved(&self, (ins, outs): (u64, u64)) -> bool {
        match self.feature {
            Feature::OurUpdate => outs >= 2,
            _ => ins >= 1 && outs >= 1,
        }
    }
}

impl Means {
    /// What came of a peer that asked us.
    fn served(&self, client: &dyn Client, cell: &Cell) -> Result<(), String> {
        match cell.feature {
            Feature::Resumption => comes_back(client, cell),
            Feature::OurUpdate | Feature::ItsUpdate => self.served_by_a_device(client, cell),
            _ => {
                let mut server = self.serve_with(cell, cell.more(), &["sh", "-c", ANSWER]);
                let told = client.connect(server.port(), &self.ask(cell));
                let who = if matches!(cell.feature, Feature::ClientCert(_)) {
                    "CN=me.example."
                } else {
                    " nobody."
                };
                let text = told.text();
                let said = server.process().printed().stderr_text();
                let is_fine = told.error.is_none() && text.contains(&cell.agreed()) && text.contains(who);
                let is_retried = said.contains(" send HelloRetryRequest ") == cell.is_retried();
                if is_fine && is_retried { Ok(()) } else { Err(format!("{told:?} {said}")) }
            }
        }
    }

    /// Our server, with more flags.
    fn serve_with(&self, cell: &Cell, more: &[&str], command: &[&str]) -> Server {
        let secret = self.secret.file.display().to_string();
        let cert = self.cert(Key::Rsa).both.display().to_string();
        let ca = self.certs.ca().display().to_string();
        let mut flags = if cell.feature.has_secret() { vec!["--psk", &secret] } else { vec!["-c", &cert] };
        if let Feature::ClientCert(_) = cell.feature {
            flags.extend(["--client-cert", "require", "--client-ca", &ca]);
        }
        flags.extend(cell.group().iter().flat_map(|group| ["--groups", group.name]));
        flags.extend(more);
        Server::start(&flags, command)
    }

    /// What a peer asks for.
    fn ask(&self, cell: &Cell) -> Ask {
        Ask {
            version: Some(cell.version),
            // Any other group is the server's alone, or there would be no second hello.
            group: cell.group().filter(|group| **group == MLKEM),
            secret: cell.feature.has_secret().then(|| self.secret.clone()),
            identity: self.identity(cell).cloned(),
            updates_keys: cell.feature == Feature::ItsUpdate,
            ..Ask::localhost(&self.certs.ca())
        }
    }

    /// The client's certificate, if it has one.
    fn identity(&self, cell: &Cell) -> Option<&CertFiles> {
        let Feature::ClientCert(key) = cell.feature else { return None };
        Some(self.me(key))
    }

    /// As [`Means::served`], and looks at the keys before the connection ends.
    fn served_by_a_device(&self, client: &dyn Client, cell: &Cell) -> Result<(), String> {
        let device = device(cell, "records-per-key=3");
        let seen = Seen::new();
        let command = ["env", &seen.word(), "sh", "-c", ANSWER_MUCH];
        let server = self.serve_with(cell, &["--device", &device.address()], &command);
        thread::scope(|scope| {
            let client = scope.spawn(|| client.connect(server.port(), &self.ask(cell)));
            let updates = seen.look(&device, cell, || client.is_finished());
            let told = client.join().unwrap();
            let text = told.text();
            let is_whole = text.len() > 130_000 && text.ends_with(&format!("{}.", cell.version));
            let is_fine = told.error.is_none() && is_whole && cell.has_moved(updates);
            let error = || format!("{updates:?} {} bytes {:?}", text.len(), told.error);
            if is_fine { Ok(()) } else { Err(error()) }
        })
    }

    /// What came of our client that asked a peer.
    fn dialled(&self, server: &dyn peers::Server, cell: &Cell) -> Result<(), String> {
        let running = server.start(&Offer {
            version: Some(cell.version),
            group: cell.group(),
            secret: cell.feature.has_secret().then(|| self.secret.clone()),
            client_ca: self.identity(cell).map(|_| self.certs.ca()),
            has_tickets: cell.feature == Feature::Resumption,
            updates_keys: cell.feature == Feature::ItsUpdate,
            ..Offer::of(self.cert(Key::Rsa).clone())
        });
        match cell.feature {
            Feature::Resumption => {
                let file = tempfile::tempdir().unwrap();
                let session = file.path().join("session");
                let mut answers = String::new();
                for told in ["Initial", "Resumed", "Resumed"] {
                    let mut tlsclient = self.tlsclient(cell);
                    let seen = asked(tlsclient.arg("--session").arg(&session), running.port, &[]);
                    answers.push_str(&seen);
                    if !seen.contains(&format!("{} ", cell.version))
                        || !seen.contains(&format!(" session {told}."))
                    {
                        return Err(answers);
                    }
                }
                if server.confirms(2, &running, &answers) { Ok(()) } else { Err(answers) }
            }
            Feature::OurUpdate | Feature::ItsUpdate => {
                let device = device(cell, "records-per-key=2");
                let seen = Seen::new();
                thread::scope(|scope| {
                    let client = scope.spawn(|| {
                        let mut tlsclient = self.tlsclient(cell);
                        asked(tlsclient.args(["--device", &device.address()]), running.port, &[&seen.word()])
                    });
                    let updates = seen.look(&device, cell, || client.is_finished());
                    let told = client.join().unwrap();
                    let is_fine = is_answered(&told, cell) && cell.has_moved(updates);
                    if is_fine { Ok(()) } else { Err(format!("{updates:?} {told}")) }
                })
            }
            _ => {
                let told = asked(&mut self.tlsclient(cell), running.port, &[]);
                let is_retried = told.contains(" recv HelloRetryRequest ") == cell.is_retried();
                if is_answered(&told, cell) && is_retried { Ok(()) } else { Err(told) }
            }
        }
    }

    /// Our client.
    fn tlsclient(&self, cell: &Cell) -> Command {
        let mut tlsclient = Command::new(programs::path("tlsclient"));
        tlsclient.args(cell.more());
        match cell.feature.has_secret() {
            true => tlsclient.arg("--psk").arg(&self.secret.file),
            false => tlsclient.arg("--ca").arg(self.certs.ca()),
        };
        if let Some(me) = self.identity(cell) {
            tlsclient.arg("-c").arg(&me.chain);
        }
        tlsclient
    }
}

/// Whether our client agreed on what it should, and had an answer.
fn is_answered(told: &str, cell: &Cell) -> bool {
    told.contains(&cell.agreed()) && told.contains("HTTP/1.0 200")
}

/// What our client and its command say, with these words in front of the command.
fn asked(tlsclient: &mut Command, port: u16, words: &[&str]) -> String {
    said(tlsclient, port, &[&["env"], words, &["sh", "-c", ASK]].concat())
}

/// Every cell for each of so many peers.
fn of_each(peers_count: usize) -> Vec<(usize, Cell)> {
    cells().flat_map(|cell| (0..peers_count).map(move |index| (index, cell))).collect()
}

/// What came of a client that comes back to us, each time to a new process.
fn comes_back(client: &dyn Client, cell: &Cell) -> Result<(), String> {
    let client =
        RETURNING.into_iter().find(|known| known.name() == client.name()).ok_or("it comes but once")?;
    let place = Place::new();
    let port = place.serve(3, &[]);
    let ask = Ask { version: Some(cell.version), ..Ask::localhost(&place.certs.ca()) };
    let (theirs, said) = client.connect_again(port, &ask, 3);
    let (ours, expected) = (place.told(), ["Initial", "Resumed", "Resumed"]);
    let is_expected =
        theirs.len() >= 2 && theirs.iter().zip(expected).all(|(told, expected)| told == expected);
    // GnuTLS leaves its first connection with the handshake, and what the command says then may come later or never.
    let resumed_count = |told: &[String]| told.iter().filter(|word| *word == "Resumed").count();
    let is_fine = is_expected && resumed_count(&ours) == resumed_count(&theirs);
    if is_fine { Ok(()) } else { Err(format!("{theirs:?} {ours:?} {said}")) }
}

/// A device whose keys we renew by a limit, where we are to begin.
fn device(cell: &Cell, limit: &str) -> Device {
    let flags: &[&str] = if cell.feature == Feature::OurUpdate { &["--limit", limit] } else { &[] };
    Device::start(flags)
}

/// A file that tells our command that somebody has looked.
struct Seen {
    dir: TempDir,
}

impl Seen {
    fn new() -> Seen {
        Seen { dir: tempfile::tempdir().unwrap() }
    }

    /// What sets the command's variable.
    fn word(&self) -> String {
        format!("SEEN={}", self.file().display())
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("seen")
    }

    /// Looks until the keys have moved on, there is no client any more or the time has run out; then the command may leave.
    fn look(&self, device: &Device, cell: &Cell, is_over: impl Fn() -> bool) -> (u64, u64) {
        let deadline = Instant::now() + PATIENCE;
        let mut updates = (0, 0);
        while !cell.has_moved(updates) && !is_over() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(10));
            updates = device.try_updates().unwrap_or(updates);
        }
        fs::write(self.file(), "").unwrap();
        updates
    }
}

#[test]
fn every_feature_at_our_server() {
    let (means, clients) = (Means::new(256), clients());
    let asked = of_each(clients.len());
    run(&clients, Role::Client, |client| client, &asked, |client, cell| means.served(client, cell));
}

#[test]
fn every_feature_of_our_client() {
    let (means, servers) = (Means::new(256), servers());
    let asked = of_each(servers.len());
    run(&servers, Role::Server, |server| server, &asked, |server, cell| means.dialled(server, cell));
}
