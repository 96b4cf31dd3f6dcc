//! Other people's TLS, one file each, behind two small traits: as a client that asks, as a server that offers.
//!
//! A client sends an HTTP/1.0 request and reads until the end; a server answers one. What was negotiated is told in one dialect, ours,
//! whatever the peer calls it. A peer that is not installed is skipped loudly, or fails the test, as `missing` says.

mod curl;
mod feature;
mod gnutls;
mod go;
mod java;
mod names;
mod nassl;
mod nss;
mod openssl;
mod rustls;
mod tlslite;

use std::any::Any;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) use feature::Feature;
pub(crate) use names::{GROUPS, Group, MLKEM, SUITES, Suite, all_suites};
pub(crate) use openssl::S_SERVER_LABEL;

use super::certs::{CertFiles, Key};
use super::missing::{self, Missing, find};
use super::process::Process;

/// What every client sends.
pub(crate) const REQUEST: &[u8] = b"GET / HTTP/1.0\r\n\r\n";

/// Those that come up only where what they know is asked for: they are old, slow, or both.
pub(crate) const OLD_CLIENTS: [&dyn Client; 2] = [&tlslite::TlsLite, &nassl::Nassl];

/// The servers, likewise.
pub(crate) const OLD_SERVERS: [&dyn Server; 1] = [&tlslite::TlsLite];

/// The clients, each able to restrict itself to one suite and one group.
pub(crate) const CLIENTS: [&dyn Client; 7] =
    [&openssl::OpenSsl, &gnutls::GnuTls, &nss::Nss, &curl::Curl, &rustls::Rustls, &go::Go, &java::Java];

/// The servers, likewise.
pub(crate) const SERVERS: [&dyn Server; 6] =
    [&openssl::OpenSsl, &gnutls::GnuTls, &nss::Nss, &rustls::Rustls, &go::Go, &java::Java];

/// The clients that keep their sessions from one connection to the next.
pub(crate) const RETURNING: [&dyn Returning; 7] =
    [&openssl::OpenSsl, &gnutls::GnuTls, &nss::Nss, &rustls::Rustls, &go::Go, &java::Java, &tlslite::TlsLite];

/// A program or library that speaks TLS.
pub(crate) trait Peer: Sync {
    /// What it is called.
    fn name(&self) -> &'static str;

    /// Whether it can be used on this machine.
    fn available(&self) -> Result<(), Missing>;

    /// Why it cannot do this at all, if it cannot.
    fn cannot(&self, role: Role, version: &str, suite: &Suite) -> Option<&'static str>;

    /// Why it has this not in a version that it speaks, if it has it not.
    fn lacks(&self, role: Role, version: &str, feature: Feature) -> Option<&'static str>;
}

/// Which side of a connection a peer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It asks.
    Client,
    /// It answers.
    Server,
}

/// A secret that both sides have.
#[derive(Clone, Debug)]
pub(crate) struct Secret {
    /// What it is called.
    pub(crate) name: String,
    /// Its bytes in hexadecimal.
    pub(crate) digits: String,
    /// A file with a line of both, a colon between.
    pub(crate) file: PathBuf,
}

/// A peer in the client's role.
pub(crate) trait Client: Peer {
    /// Connects to `port` of the loopback address, sends [`REQUEST`] and reads until the end.
    fn connect(&self, port: u16, ask: &Ask) -> Told;
}

/// A client that comes back with the sessions that it was given.
pub(crate) trait Returning: Client {
    /// Connects `count` times as [`Client::connect`] does, one after the other. Gives what it saw of its sessions, `Initial` or `Resumed` for
    /// each connection up to one that failed, and all that it and the server said.
    fn connect_again(&self, port: u16, ask: &Ask, count: usize) -> (Vec<String>, String);
}

/// A peer in the server's role.
pub(crate) trait Server: Peer {
    /// Starts it on a port of the loopback address; it answers HTTP requests until it is dropped.
    fn start(&self, offer: &Offer) -> Running;

    /// Whether it agrees that of the connections since its start so many went on with a session, as far as it can tell: in its answers, or in
    /// what it prints.
    fn confirms(&self, resumed_count: usize, _running: &Running, answers: &str) -> bool {
        answers.matches(" session Resumed\n").count() == resumed_count
    }
}

/// What a client asks for.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    /// The name that it sends and expects in the certificate.
    pub(crate) server_name: String,
    /// The authority that it believes. Every client here verifies.
    pub(crate) ca: PathBuf,
    /// The only version; without it, what the peer does by itself.
    pub(crate) version: Option<&'static str>,
    /// The only suite; without it, what the peer does by itself.
    pub(crate) suite: Option<&'static Suite>,
    /// The only group; without it, what the peer does by itself.
    pub(crate) group: Option<&'static Group>,
    /// Protocols by preference; none, no extension.
    pub(crate) alpn: Vec<&'static str>,
    /// What takes a certificate's place.
    pub(crate) secret: Option<Secret>,
    /// Its own certificate, for a server that wants to see one.
    pub(crate) identity: Option<CertFiles>,
    /// Whether it begins a KeyUpdate, amid its request or its reading.
    pub(crate) updates_keys: bool,
}

/// What a server offers.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    /// Its certificate.
    pub(crate) cert: CertFiles,
    /// As in [`Ask`].
    pub(crate) version: Option<&'static str>,
    /// As in [`Ask`].
    pub(crate) suite: Option<&'static Suite>,
    /// As in [`Ask`].
    pub(crate) group: Option<&'static Group>,
    /// As in [`Ask`]. NSS's server cannot.
    pub(crate) alpn: Vec<&'static str>,
    /// As in [`Ask`].
    pub(crate) secret: Option<Secret>,
    /// The authority of the certificates that it wants to see; without it, none is asked for.
    pub(crate) client_ca: Option<PathBuf>,
    /// Whether it gives tickets. Some do without being asked.
    pub(crate) has_tickets: bool,
    /// Whether it begins a KeyUpdate before it answers.
    pub(crate) updates_keys: bool,
}

/// What a client has to tell afterwards.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    /// The bytes that the server sent.
    pub(crate) output: Vec<u8>,
    /// The version, as `TLSv1.2`.
    pub(crate) version: Option<String>,
    /// The suite, in OpenSSL's spelling.
    pub(crate) suite: Option<&'static str>,
    /// The group, as in [`Group::name`]. None where the peer does not say.
    pub(crate) group: Option<&'static str>,
    /// The protocol. None where none was agreed or the peer does not say.
    pub(crate) alpn: Option<String>,
    /// What the peer said when it failed.
    pub(crate) error: Option<String>,
}

/// A server that runs until it is dropped.
pub(crate) struct Running {
    /// Its port on the loopback address.
    pub(crate) port: u16,
    /// What it is, where it is not in this process.
    process: Option<Process>,
    /// What ends it when dropped: a thread, a directory that it reads.
    _held: Box<dyn Any>,
}

impl Secret {
    /// Writes one, which is called `p9secret`, into a file of `dir`.
    pub(crate) fn write(dir: &Path, digits: &str) -> Secret {
        let (name, file) = ("p9secret".to_owned(), dir.join(format!("psk-{}", digits.len())));
        fs::write(&file, format!("{name}:{digits}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        Secret { name, digits: digits.to_owned(), file }
    }
}

impl Ask {
    /// A client without wishes that expects `localhost`.
    pub(crate) fn localhost(ca: &Path) -> Ask {
        Ask {
            server_name: "localhost".into(),
            ca: ca.into(),
            version: None,
            suite: None,
            group: None,
            alpn: Vec::new(),
            secret: None,
            identity: None,
            updates_keys: false,
        }
    }

    /// The same client with TLS 1.2, one suite and one group.
    pub(crate) fn only(self, suite: &'static Suite, group: &'static Group) -> Ask {
        Ask { group: Some(group), ..self.speaking("TLSv1.2", suite) }
    }

    /// The same client with one version and one suite.
    pub(crate) fn speaking(self, version: &'static str, suite: &'static Suite) -> Ask {
        Ask { version: Some(version), suite: Some(suite), ..self }
    }
}

impl Offer {
    /// A server without wishes.
    pub(crate) fn of(cert: CertFiles) -> Offer {
        Offer {
            cert,
            version: None,
            suite: None,
            group: None,
            alpn: Vec::new(),
            secret: None,
            client_ca: None,
            has_tickets: false,
            updates_keys: false,
        }
    }

    /// The same server with TLS 1.2, one suite and one group.
    pub(crate) fn only(self, suite: &'static Suite, group: &'static Group) -> Offer {
        Offer { group: Some(group), ..self.speaking("TLSv1.2", suite) }
    }

    /// The same server with one version and one suite.
    pub(crate) fn speaking(self, version: &'static str, suite: &'static Suite) -> Offer {
        Offer { version: Some(version), suite: Some(suite), ..self }
    }
}

impl Running {
    /// Keeps something alive as long as the server, and a little longer.
    fn holding(self, what: impl Any) -> Running {
        Running { _held: Box::new((self._held, what)), ..self }
    }
}

impl Told {
    /// What the server sent, as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.output).into_owned()
    }
}

/// Whether to go on with this peer, see [`missing::present`].
pub(crate) fn present<P: Peer + ?Sized>(peer: &P) -> bool {
    missing::present(&format!("peer {}", peer.name()), peer.available())
}

/// What stands after `label` on the first line that begins with it, white space aside.
fn field<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.trim_start().strip_prefix(label)).map(str::trim)
}

/// What stands on the standard output of a Go, Java or Python peer: lines of facts, an empty line, the server's bytes.
fn told_by_lines(stdout: &[u8], error: Option<String>) -> Told {
    let end = stdout.windows(2).position(|pair| pair == b"\n\n");
    let (facts, output) = end.map_or((stdout, &[][..]), |at| (&stdout[..at], &stdout[at + 2..]));
    let facts = String::from_utf8_lossy(facts);
    Told {
        output: output.to_vec(),
        version: field(&facts, "version ").map(ToString::to_string),
        suite: field(&facts, "suite ")
            .and_then(|name| names::suite_by_iana(name).or(names::suite_by_name(name))),
        group: None,
        alpn: field(&facts, "alpn ").filter(|name| !name.is_empty()).map(ToString::to_string),
        error,
    }
}

/// What a client that tells of each connection, one line of `session` for each, printed of its sessions, and all else.
fn told_again(command: &mut Command) -> (Vec<String>, String) {
    let mut process = Process::start(command);
    let _ = process.wait_exit();
    let _ = process.wait_for("the end of its output", |_| None::<()>);
    let text = process.printed().text();
    let words = text.lines().filter_map(|line| line.strip_prefix("session "));
    (words.map(ToString::to_string).collect(), text.clone())
}

/// Starts a server that prints `label` and its port.
pub(crate) fn start_saying_port(mut command: Command, label: &str) -> Running {
    let (process, port) = process_saying_port(&mut command, label);
    Running { port, process: Some(process), _held: Box::new(()) }
}

/// Starts a server that prints `label` and its port, and gives both, for a test that says more to it or listens to more.
pub(crate) fn process_saying_port(command: &mut Command, label: &str) -> (Process, u16) {
    let process = Process::start(command);
    let port = process.wait_for("its port", |seen| {
        let text = seen.stdout_text();
        field(text.rsplit_once('\n')?.0, label)?.parse().ok()
    });
    (process, port.expect("it listens"))
}

/// Starts a server that must be told its port: a free one, and another if somebody was quicker.
pub(crate) fn start_on_free_port(label: &str, prepare: impl Fn(u16) -> Command) -> Running {
    let mut failures = String::new();
    for _ in 0..3 {
        let port = super::ports::free();
        let process = Process::start(&mut prepare(port));
        match process.wait_for(label, |seen| seen.text().contains(label).then_some(())) {
            Ok(()) => return Running { port, process: Some(process), _held: Box::new(()) },
            Err(error) => failures.push_str(&error),
        }
    }
    panic!("no server after three tries: {failures}");
}

#[cfg(test)]
mod tests;
