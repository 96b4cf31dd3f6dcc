//! Both roles against each other in memory, over files that shuttle the bytes of `hand` and nothing else: no records, no
//! keys, no device. What a device would do with the lines of `ctl` is compared instead.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use factotum::CertifiedKey;
use tlswire::{Alert, Group, Suite, alert};
use x509::Roots;

use crate::fixture::algs;
use crate::{
    Auth, ClientConf, Error, FileError, Files, Outcome, SUITES, ServerConf, Verify, server_name, tls_client,
    tls_server,
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
    ctl: Vec<String>,
}

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
        self.outgoing.lock().unwrap().writes.push_back(bytes.to_vec());
        Ok(())
    }
}

/// What came of it on both sides.
struct Met {
    client: Result<Outcome, Error>,
    server: Result<Outcome, Error>,
    client_ctl: Vec<String>,
    server_ctl: Vec<String>,
}

fn meet(client: &ClientConf, server: &ServerConf, piece: usize) -> Met {
    let algs = algs();
    let (up, down) = (Arc::new(Mutex::new(Way::default())), Arc::new(Mutex::new(Way::default())));
    let side = |incoming: &Arc<Mutex<Way>>, outgoing: &Arc<Mutex<Way>>| Side {
        incoming: incoming.clone(),
        outgoing: outgoing.clone(),
        piece,
        ctl: Vec::new(),
    };
    let (mut client_files, mut server_files) = (side(&down, &up), side(&up, &down));
    let (client, server) = {
        let (mut client_trace, mut server_trace) = (|_: &str| {}, |_: &str| {});
        let client = tls_client(&mut client_files, &algs, client, &mut client_trace);
        let server = tls_server(&mut server_files, &algs, server, &mut server_trace);
        both(client, server)
    };
    Met { client, server, client_ctl: client_files.ctl, server_ctl: server_files.ctl }
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
    Arc::new(factotum::load(&data(name), NOW).unwrap().keys.remove(0))
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

#[test]
fn every_suite_group_and_kind_of_key_in_every_cut() {
    for row in &SUITES {
        let certs: &[&str] = match row.auth {
            Auth::Rsa => &["rsa.crt"],
            Auth::Ecdsa => &["p256.crt", "p384.crt", "ed25519.crt"],
        };
        for &cert in certs {
            for group in [Group::X25519, Group::SECP256R1, Group::SECP384R1] {
                for piece in [1, 7, 16_384] {
                    let mut client = client("localhost");
                    client.suites = vec![row.suite];
                    // The client keeps all groups: they are also the curves that it takes in certificates.
                    let mut server = server(&[cert]);
                    server.groups = vec![group];
                    let met = meet(&client, &server, piece);
                    let (ours, theirs) = (met.client.unwrap(), met.server.unwrap());
                    assert_eq!((ours.suite, ours.group), (row.suite, Some(group)), "{cert} {piece}");
                    assert_eq!((theirs.suite, theirs.group), (row.suite, Some(group)), "{cert} {piece}");
                    assert!(ours.extended_master_secret && theirs.extended_master_secret);
                    assert_eq!(ours.peer_chain, certified(cert).chain());
                    assert_same_keys(&met.client_ctl, &met.server_ctl);
                }
            }
        }
    }
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
fn the_name_chooses_the_certificate() {
    let server = server(&["p256.crt", "wildcard.crt", "ed25519.crt"]);
    let shown = |name: &str| {
        let met = meet(&client(name), &server, 16_384);
        assert_eq!(met.server.unwrap().server_name.as_deref(), Some(name.to_ascii_lowercase().as_str()));
        met.client.unwrap().peer_chain.remove(0)
    };
    assert_eq!(shown("X.Wild.example"), certified("wildcard.crt").chain()[0]);
    assert_eq!(shown("ed25519.example"), certified("ed25519.crt").chain()[0]);
    assert_eq!(shown("localhost"), certified("p256.crt").chain()[0]);
    // The default is for another name, and the client says so.
    let met = meet(&client("nowhere.example"), &server, 16_384);
    assert_eq!(alerts(&met.client_ctl), ["42"]);
}

#[test]
fn a_strict_server_refuses_unknown_names() {
    let mut server = server(&["p256.crt"]);
    server.strict_sni = true;
    let met = meet(&client("nowhere.example"), &server, 16_384);
    assert_eq!((alerts(&met.server_ctl), alerts(&met.client_ctl)), (vec!["112"], vec![]));
    assert!(matches!(met.client, Err(Error::Device(_))));
    assert!(meet(&client("127.0.0.1"), &server, 16_384).client.is_ok(), "an address is no unknown name");
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
fn expired_and_other_bad_certificates_are_refused_by_alert() {
    let refused = |cert: &str| {
        let met = meet(&client("localhost"), &server(&[cert]), 16_384);
        (alerts(&met.client_ctl).join(" "), met.server.unwrap_err().to_string())
    };
    assert_eq!(refused("expired.crt"), ("45".to_owned(), "expired certificate".to_owned()));
    assert_eq!(refused("selfsigned.crt"), ("48".to_owned(), "unknown certificate authority".to_owned()));
    let mut insecure = client("localhost");
    insecure.verify = Verify::Insecure;
    for cert in ["expired.crt", "selfsigned.crt"] {
        assert!(meet(&insecure, &server(&[cert]), 1).client.is_ok(), "{cert}");
    }
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
    assert_eq!(both[2..], ["SSL_GROUP=x25519", "SSL_ALPN=h2", "SSL_TLS_SNI_SERVERNAME=rsa.example"]);
    let more = told(&seen);
    assert_eq!(more[..5], both);
    let hash: String =
        certified("rsa.crt").certificate().sha256().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(more[5], format!("SSL_PEER_CERT_HASH=SHA256:{hash}"));
    assert!(more[6].starts_with("SSL_PEER_CERT_SUBJECT="), "{more:?}");

    // What an environment cannot carry is not told.
    client.alpn = vec!["h\x002".to_owned()];
    server.alpn.clone_from(&client.alpn);
    let met = meet(&client, &server, usize::MAX);
    assert!(!told(&met.server.unwrap()).iter().any(|line| line.starts_with("SSL_ALPN")));
}
