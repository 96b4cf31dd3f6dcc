//! Both roles against each other in memory, over files that shuttle the bytes of `hand` and nothing else: no records, no
//! keys, no device. What a device would do with the lines of `ctl` is compared instead.

mod certificates;
mod rfc6066;
mod session;
mod suites;
mod tls13;

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use factotum::CertifiedKey;
use tlswire::{Alert, Group, ProtocolVersion, Suite, alert};
use x509::Roots;

use crate::allow::VERSIONS;
use crate::fixture::{Kind, algs};
use crate::{
    Algs, Allow, Auth, CipherSuite, ClientAuth, ClientConf, Compat, Error, FileError, Files, Kept, Kx, Old,
    Outcome, Psk, SUITES, ServerConf, Trust, Verify, WORDS, server_name, tls_client, tls_server,
};

/// 2030-01-01, when the test certificates are valid.
const NOW: u64 = 1_893_456_000;

/// What one side has written and the other not yet read.
#[derive(Default)]
struct Way {
    writes: VecDeque<Vec<u8>>,
    alert: Option<Alert>,
}

/// One side's files.
struct Side {
    incoming: Arc<Mutex<Way>>,
    outgoing: Arc<Mutex<Way>>,
    /// Bytes that a read brings at most.
    piece: usize,
    /// Something that is done to each write on its way.
    change: Change,
    ctl: Vec<String>,
    kept: Option<Kept>,
}

/// What somebody on the way does with the bytes of one side, write by write.
type Change = Box<dyn FnMut(&mut Vec<u8>) + Send>;

impl Files for Side {
    async fn ctl(&mut self, line: &str) -> Result<(), FileError> {
        self.ctl.push(line.to_owned());
        if let Some(number) = line.strip_prefix("alert ") {
            self.outgoing.lock().unwrap().alert = Some(Alert(number.parse().unwrap()));
        }
        Ok(())
    }

    async fn read_hand(&mut self, count: usize) -> Result<Vec<u8>, FileError> {
        poll_fn(|_| {
            let mut way = self.incoming.lock().unwrap();
            // As a device: never bytes of two records in one read.
            let Some(write) = way.writes.front_mut() else {
                return match way.alert {
                    Some(alert) => Poll::Ready(Err(FileError(alert::fatal_text(alert).to_owned()))),
                    None => Poll::Pending,
                };
            };
            let read: Vec<u8> = write.drain(..count.min(self.piece).min(write.len())).collect();
            if write.is_empty() {
                way.writes.pop_front();
            }
            Poll::Ready(Ok(read))
        })
        .await
    }

    async fn write_hand(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        let mut bytes = bytes.to_vec();
        (self.change)(&mut bytes);
        self.outgoing.lock().unwrap().writes.push_back(bytes);
        Ok(())
    }

    fn keep(&mut self, kept: Kept) {
        self.kept = Some(kept);
    }
}

/// What came of it on both sides.
struct Met {
    client: Result<Outcome, Error>,
    server: Result<Outcome, Error>,
    client_ctl: Vec<String>,
    server_ctl: Vec<String>,
    /// What the client may come back with.
    kept: Option<Kept>,
    /// What the server wrote and the client left unread.
    unread: Vec<u8>,
}

fn meet(client: &ClientConf, server: &ServerConf, piece: usize) -> Met {
    meet_on(&algs(), client, server, piece, [Box::new(|_| {}), Box::new(|_| {})])
}

/// On devices that can do this, with `changes` to what the client says, and to what the server says.
fn meet_on(algs: &Algs, client: &ClientConf, server: &ServerConf, piece: usize, changes: [Change; 2]) -> Met {
    let (up, down) = (Arc::new(Mutex::new(Way::default())), Arc::new(Mutex::new(Way::default())));
    let side = |incoming: &Arc<Mutex<Way>>, outgoing: &Arc<Mutex<Way>>, change| Side {
        incoming: incoming.clone(),
        outgoing: outgoing.clone(),
        piece,
        change,
        ctl: Vec::new(),
        kept: None,
    };
    let [of_client, of_server] = changes;
    let (mut client_files, mut server_files) = (side(&down, &up, of_client), side(&up, &down, of_server));
    let (client, server) = {
        let client = tls_client(&mut client_files, algs, client, None);
        let server = tls_server(&mut server_files, algs, server, None);
        both(client, server)
    };
    let unread = down.lock().unwrap().writes.drain(..).flatten().collect();
    let kept = client_files.kept;
    Met { client, server, client_ctl: client_files.ctl, server_ctl: server_files.ctl, kept, unread }
}

/// Runs two futures that wait for nothing but each other.
fn both<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut a_done, mut b_done) = (None, None);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..10_000 {
        if a_done.is_none()
            && let Poll::Ready(value) = a.as_mut().poll(&mut context)
        {
            a_done = Some(value);
        }
        if b_done.is_none()
            && let Poll::Ready(value) = b.as_mut().poll(&mut context)
        {
            b_done = Some(value);
        }
        if let (Some(_), Some(_)) = (&a_done, &b_done) {
            break;
        }
    }
    (a_done.expect("the client waits for ever"), b_done.expect("the server waits for ever"))
}

fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../crates/x509/tests/data").join(name)
}

fn certified(name: &str) -> Arc<CertifiedKey> {
    Arc::new(factotum::load(&data(name), NOW, factotum::Keyless::Refused).unwrap().keys.remove(0))
}

fn server(names: &[&str]) -> ServerConf {
    ServerConf::new(names.iter().map(|name| certified(name)).collect())
}

fn client(name: &str) -> ClientConf {
    let roots = Arc::new(Roots::from_file(&data("root.crt")).unwrap());
    ClientConf::new(Some(server_name(name).unwrap()), Verify::Roots { roots, now: NOW })
}

/// The alerts among lines of `ctl`.
fn alerts(ctl: &[String]) -> Vec<&str> {
    ctl.iter().filter_map(|line| line.strip_prefix("alert ")).collect()
}

/// Everything old.
fn all() -> Allow {
    WORDS.iter().map(|(_, old)| *old).collect()
}

fn psk() -> Psk {
    Psk::new(b"p9secret".to_vec(), &[7; 256])
}

/// A client and a server that have nothing but `row` in common, and both everything that it may need.
fn only(row: &CipherSuite, cert: &str, version: ProtocolVersion) -> (ClientConf, ServerConf) {
    let (mut client, mut server) = (client("localhost"), server(&[cert]));
    if row.kx == Kx::Rsa {
        // The other one's key is for signatures alone.
        let certified = crate::fixture::certified(Kind::Rsa, &["localhost"]);
        client.verify = trusting(&certified).verify;
        server.certs = vec![certified];
    }
    (client.allow, server.allow) = (all(), all());
    (client.suites, server.versions) = (vec![row.suite], vec![version]);
    // A client that could do better would look for who lowered it.
    client.versions = vec![version];
    if row.auth == Auth::Psk {
        (client.psk, server.psks) = (Some(psk()), vec![psk()]);
    }
    (client, server)
}

/// Takes this certificate of a client's and no other.
fn trusting(cert: &CertifiedKey) -> Trust {
    let roots = Arc::new(Roots::trusting(cert.chain().to_vec()).unwrap());
    Trust { verify: Verify::Roots { roots, now: NOW }, pins: None }
}

/// The device is told the same secret by both, and to be the client by one.
fn assert_same_keys(client: &[String], server: &[String]) {
    let secret = |ctl: &[String]| ctl.iter().find(|line| line.starts_with("secret ")).unwrap().clone();
    let (client, server) = (secret(client), secret(server));
    let (client, server): (Vec<&str>, Vec<&str>) = (client.split(' ').collect(), server.split(' ').collect());
    assert_eq!((client[3], server[3]), ("1", "0"));
    assert_eq!((client[1], client[2], client[4]), (server[1], server[2], server[4]));
    assert!(client[4].len() > 40);
}

#[test]
fn a_lowered_version_is_noticed() {
    // As if somebody had made the client repeat its hello with less: the server could do better and says so.
    let row = CipherSuite::by_number(Suite::TLS_RSA_WITH_AES_128_CBC_SHA).unwrap();
    let (mut client, mut server) = only(row, "rsa.crt", ProtocolVersion::TLS10);
    server.versions = vec![ProtocolVersion::TLS12, ProtocolVersion::TLS10];
    assert!(meet(&client, &server, 16_384).client.is_ok(), "it asked for no more");
    client.versions = vec![ProtocolVersion::TLS11, ProtocolVersion::TLS10];
    server.versions = vec![ProtocolVersion::TLS10];
    assert_eq!(meet(&client, &server, 16_384).client.unwrap().version, ProtocolVersion::TLS10);
}

#[test]
fn the_version_of_a_premaster_is_the_hellos() {
    let row = CipherSuite::by_number(Suite::TLS_RSA_WITH_AES_128_CBC_SHA).unwrap();
    let (mut client, mut server) = only(row, "rsa.crt", ProtocolVersion::TLS10);
    client.versions = vec![ProtocolVersion::TLS12, ProtocolVersion::TLS10];
    server.versions = vec![ProtocolVersion::TLS10];
    let met = meet(&client, &server, 16_384);
    // With the other one the server would have taken its own premaster, and nobody's Finished.
    assert_eq!(met.client.unwrap().version, ProtocolVersion::TLS10);
    assert_same_keys(&met.client_ctl, &met.server_ctl);
}

#[test]
fn with_9fronts_manners_both_sides_say_9fronts_bytes() {
    let (mut client, mut server) = (client("localhost"), server(&["rsa.crt"]));
    (client.compat, server.compat) = (Compat::NineFront, Compat::NineFront);
    (client.allow, server.allow) = (all(), all());
    let met = meet(&client, &server, 16_384);
    let outcome = met.server.unwrap();
    assert_eq!(outcome.suite, Suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256);
    assert!(!outcome.extended_master_secret && !outcome.encrypt_then_mac);
    assert!(met.client.is_ok());
}

#[test]
fn the_lines_of_ctl_stand_in_the_order_of_the_manual() {
    let mut client = client("rsa.example");
    client.alpn = vec!["h2".to_owned(), "http/1.1".to_owned()];
    let mut server = server(&["rsa.crt"]);
    server.alpn = vec!["http/1.1".to_owned()];
    let met = meet(&client, &server, 16_384);
    assert_eq!(met.client.unwrap().alpn.as_deref(), Some("http/1.1"));
    assert_eq!(met.server.unwrap().alpn.as_deref(), Some("http/1.1"));
    let cut = |line: &String| line.split(' ').next().unwrap_or_default().to_owned();
    let verbs = |ctl: &[String]| ctl.iter().map(cut).filter(|verb| verb != "note").collect::<Vec<_>>();
    assert_eq!(verbs(&met.client_ctl), ["version", "secret", "changecipher", "opened"]);
    assert_eq!(verbs(&met.server_ctl), ["version", "secret", "changecipher", "opened"]);
    for note in ["note sni rsa.example", "note alpn http/1.1", "note group x25519"] {
        assert!(met.client_ctl.iter().any(|line| line == note), "{note}");
        assert!(met.server_ctl.iter().any(|line| line == note), "{note}");
    }
    assert!(met.client_ctl.contains(&"note peer O=House,CN=rsa".to_owned()));
}

#[test]
fn who_fails_says_so_once_and_the_other_hears_it() {
    let mut stranger = client("localhost");
    stranger.verify =
        Verify::Roots { roots: Arc::new(Roots::from_file(&data("stranger.crt")).unwrap()), now: NOW };
    let met = meet(&stranger, &server(&["rsa.crt"]), 7);
    assert_eq!((alerts(&met.client_ctl), alerts(&met.server_ctl)), (vec!["48"], vec![]));
    assert_eq!(met.server.unwrap_err().to_string(), "unknown certificate authority");

    let mut aes = client("localhost");
    aes.suites = vec![Suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256];
    let met = meet(&aes, &server(&["rsa.crt"]), 7);
    assert_eq!((alerts(&met.client_ctl), alerts(&met.server_ctl)), (vec![], vec!["40"]));
    assert_eq!(met.server.unwrap_err().to_string(), "no matching cipher suite");

    let mut alpn = client("localhost");
    alpn.alpn = vec!["h2".to_owned()];
    let mut only = server(&["rsa.crt"]);
    only.alpn = vec!["http/1.1".to_owned()];
    let met = meet(&alpn, &only, 7);
    assert_eq!((alerts(&met.client_ctl), alerts(&met.server_ctl)), (vec![], vec!["120"]));
}

#[test]
fn both_sides_tell_a_program_what_they_agreed_on() {
    let told = |outcome: &Outcome| {
        let variables = outcome.variables().into_iter();
        variables.filter_map(|(name, value)| Some(format!("{name}={}", value?))).collect::<Vec<_>>()
    };
    let (mut client, mut server) = (client("rsa.example"), server(&["rsa.crt"]));
    client.groups = vec![Group::X25519];
    client.alpn = vec!["h2".to_owned()];
    server.alpn.clone_from(&client.alpn);
    let met = meet(&client, &server, usize::MAX);
    let (seen, shown) = (met.client.unwrap(), met.server.unwrap());
    let both = told(&shown);
    assert_eq!(both[0], "SSL_PROTOCOL=TLSv1.2");
    assert!(both[1].starts_with("SSL_CIPHER=ECDHE-RSA-"), "{both:?}");
    let rest = [
        "SSL_GROUP=x25519",
        "SSL_ALPN=h2",
        "SSL_SESSION_RESUMED=Initial",
        "SSL_TLS_SNI_SERVERNAME=rsa.example",
    ];
    assert_eq!(both[2..], rest);
    let more = told(&seen);
    assert_eq!(more[..6], both);
    let hash: String =
        certified("rsa.crt").certificate().sha256().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(more[6], format!("SSL_PEER_CERT_HASH=SHA256:{hash}"));
    assert!(more[7].starts_with("SSL_PEER_CERT_SUBJECT="), "{more:?}");

    // What an environment cannot carry is not told.
    client.alpn = vec!["h\x002".to_owned()];
    server.alpn.clone_from(&client.alpn);
    let met = meet(&client, &server, usize::MAX);
    assert!(!told(&met.server.unwrap()).iter().any(|line| line.starts_with("SSL_ALPN")));
}
