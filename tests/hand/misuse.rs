//! Peers that know how to do a handshake and break one rule in it: the alert that each gets from the real programs, and what those say.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use tlshand::Psk;
use tlsrec::Side;
use tlswire::{ContentType, ProtocolVersion, Suite};

use super::hello::{Hello, records};
use super::hostile::{alert, answer};
use super::rogue::{Rogue, client_conf, server_conf};
use crate::support::certs::{Certs, Key};
use crate::support::process::Process;
use crate::support::programs;
use crate::support::server::Server;

const SUITE: Suite = Suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256;

/// What a message becomes: the bytes of none, one or several records.
type Change = fn(&[u8]) -> Vec<Vec<u8>>;

/// A rule that is broken, in messages of which type and how; the alert for it, and a part of what is said.
type Breach = (&'static str, u8, Change, u8, &'static str);

/// Only messages of this type are changed, and of those the first.
fn only(typ: u8, change: Change) -> impl FnMut(&[u8]) -> Vec<Vec<u8>> + Send + 'static {
    let mut is_done = false;
    move |message| {
        if is_done || message[0] != typ {
            return vec![message.to_vec()];
        }
        is_done = true;
        change(message)
    }
}

/// The message with `bytes` at `at`.
fn with(message: &[u8], at: usize, bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut message = message.to_vec();
    message[at..at + bytes.len()].copy_from_slice(bytes);
    vec![message]
}

/// A ServerHello of TLS 1.2 without a session, with an extension more.
fn extended(hello: &[u8], typ: u16, body: &[u8]) -> Vec<Vec<u8>> {
    let extension =
        [&typ.to_be_bytes()[..], &u16::try_from(body.len()).expect("short").to_be_bytes(), body].concat();
    let extensions = [&hello[44..], &extension].concat();
    let len = u16::try_from(extensions.len()).expect("short");
    let body = [&hello[4..42], &len.to_be_bytes(), &extensions].concat();
    vec![message(2, &body)]
}

fn message(typ: u8, body: &[u8]) -> Vec<u8> {
    let [_, len @ ..] = u32::try_from(body.len()).expect("short").to_be_bytes();
    [&[typ], &len[..], body].concat()
}

/// A Certificate of so many certificates of a few bytes.
fn certificates(count: usize) -> Vec<u8> {
    let list = [0, 0, 4, 0x30, 2, 5, 0].repeat(count);
    let [_, len @ ..] = u32::try_from(list.len()).expect("short").to_be_bytes();
    message(11, &[&len[..], &list].concat())
}

/// What a server may not say.
const OF_SERVERS: &[Breach] = &[
    ("a version beyond all", 2, |hello| with(hello, 4, &[4, 0]), 70, "incompatible version (0x400)"),
    ("a version before all", 2, |hello| with(hello, 4, &[2, 0]), 70, "incompatible version (0x200)"),
    ("a suite that nobody offered", 2, |hello| with(hello, 39, &[0, 5]), 47, "invalid cipher suite"),
    ("a compression", 2, |hello| with(hello, 41, &[1]), 47, "invalid compression"),
    (
        "an extension that nobody offered",
        2,
        |hello| extended(hello, 0x1234, &[]),
        110,
        "extension 4660 was not offered",
    ),
    ("an extension twice", 2, |hello| extended(hello, 0xff01, &[0]), 47, "extension 65281 comes twice"),
    ("bytes after the extensions", 2, |hello| vec![message(2, &[&hello[4..], &[0]].concat())], 50, "(2)"),
    ("no certificates", 11, |_| vec![certificates(0)], 47, "runt certificate"),
    ("a hundred certificates", 11, |_| vec![certificates(100)], 42, "too many certificates"),
    (
        "certificates beyond 64 KiB",
        11,
        |_| vec![message(11, &[0; 65537])],
        50,
        "handshake message too long 65537",
    ),
    (
        "64 KiB of zeros",
        11,
        |_| vec![message(11, &[0; 65536])],
        50,
        "handshake message (11) has invalid length",
    ),
    ("a group that nobody knows", 12, |params| with(params, 5, &[0x11, 0x11]), 47, "invalid group"),
    ("a curve of its own", 12, |params| with(params, 4, &[1]), 47, "invalid curve type"),
    ("a scheme that nobody offered", 12, |params| with(params, 40, &[2, 1]), 47, "invalid signature scheme"),
    ("another share than the signed one", 12, |params| with(params, 20, &[0, 0, 0, 0]), 51, "bad signature"),
    ("no key exchange", 12, |_| Vec::new(), 10, "expected server key exchange"),
    ("a message of no type", 12, |_| vec![message(99, &[])], 10, "can't decode a 99"),
    ("what only a device says", 12, |_| vec![message(9, &[1, 3, 3])], 10, "can't decode a 9"),
    (
        "a request without types",
        14,
        |_| vec![message(13, &[0, 0, 2, 4, 1, 0, 0])],
        50,
        "(13) has invalid length",
    ),
    (
        "a request with half a scheme",
        14,
        |_| vec![message(13, &[1, 1, 0, 3, 4, 1, 4, 0, 0])],
        50,
        "(13) has invalid length",
    ),
    (
        "schemes beyond the request",
        14,
        |_| vec![message(13, &[1, 1, 0xff, 0xfe, 4, 1])],
        50,
        "(13) has invalid length",
    ),
    (
        "an authority without a name",
        14,
        |_| vec![message(13, &[1, 1, 0, 2, 4, 1, 0, 2, 0, 0])],
        50,
        "(13) has invalid length",
    ),
    ("a thousand requests to begin anew", 14, |_| vec![vec![0; 4000]], 10, "too many hello requests"),
    ("a request to begin anew with a body", 14, |_| vec![message(0, &[0])], 50, "invalid hello request"),
    ("an end with a body", 14, |_| vec![message(14, &[0])], 50, "(14) has invalid length"),
    ("a wrong Finished", 20, |finished| with(finished, 9, &[0, 0, 0, 0]), 51, "finished verification failed"),
    ("a long Finished", 20, |_| vec![message(20, &[0; 13])], 50, "(20) has invalid length"),
];

#[test]
fn what_a_client_refuses_of_its_server() {
    let certs = Certs::new();
    let loaded = factotum::load(&certs.localhost(Key::Rsa).both, 1_893_456_000, factotum::Keyless::Refused)
        .expect("a certificate");
    let conf = server_conf(loaded.keys.into_iter().map(Into::into).collect(), ProtocolVersion::TLS12, SUITE);
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = listener.local_addr().expect("a port").port();
    let start = |flags: &[&str], typ: u8, change: Change| {
        let mut tlsclient = Command::new(programs::path("tlsclient"));
        tlsclient.args(["--insecure"]).args(flags).arg(format!("tcp!localhost!{port}"));
        let client = Process::start(&mut tlsclient);
        let (stream, _) = listener.accept().expect("a client");
        (client, Rogue::new(stream, Side::Server).twisting(only(typ, change)))
    };
    let run = |flags: &[&str], typ: u8, change: Change| {
        let (mut client, mut rogue) = start(flags, typ, change);
        // Behind its own Finished a server thinks that all is well; the alert comes then all the same.
        let _ = rogue.serve(&conf);
        let rest = rogue.answer();
        let status = client.wait_exit().expect("it leaves");
        let _ = client.wait_for("the end of its output", |_| None::<()>);
        let last = rest.iter().find(|record| record.content_type == ContentType::ALERT);
        let alert = rogue.alerts.first().copied().or_else(|| last?.payload[..].try_into().ok());
        (alert, status.code(), client.printed())
    };
    let (mut client, mut rogue) = start(&[], 255, |_| Vec::new());
    rogue.serve(&conf).expect("what is right is taken");
    client.end_input();
    let goodbye = rogue.record().expect("a goodbye");
    assert_eq!((goodbye.content_type, &goodbye.payload[..]), (ContentType::ALERT, &[1, 0][..]));
    for (name, typ, change, number, text) in OF_SERVERS {
        let (alert, code, printed) = run(&[], *typ, *change);
        assert_eq!((alert, code), (Some([2, *number]), Some(98)), "{name}: {}", printed.text());
        let said = printed.stderr_text();
        assert!(
            said.contains(text) && said.lines().count() == 1 && printed.stdout.is_empty(),
            "{name}: {said}"
        );
    }
    let (alert, ..) = run(&["--compat", "9front"], 12, |params| with(params, 20, &[0, 0, 0, 0]));
    assert_eq!(alert, Some([2, 42]), "as 9front has it");
}

/// What a client may not say.
const OF_CLIENTS: &[Breach] = &[
    ("a share that is too short", 16, |_| vec![message(16, &[2, 9, 9])], 47, "bad public key"),
    (
        "a share that gives nothing",
        16,
        |_| vec![message(16, &[&[32][..], &[0; 32]].concat())],
        47,
        "unlucky shared key",
    ),
    (
        "a share that its length does not fit",
        16,
        |_| vec![message(16, &[32, 9])],
        50,
        "(16) has invalid length",
    ),
    (
        "a byte after it",
        16,
        |share| vec![message(16, &[&share[4..], &[0]].concat())],
        50,
        "(16) has invalid length",
    ),
    (
        "a certificate that nobody asked for",
        16,
        |_| vec![certificates(1)],
        10,
        "expected a client key exchange",
    ),
    ("a second hello", 16, |_| vec![Hello::plain().message()], 10, "expected a client key exchange"),
    ("a thousand requests to begin anew", 16, |_| vec![vec![0; 4000]], 10, "too many hello requests"),
    ("what only a device says", 16, |_| vec![message(9, &[1, 3, 3])], 10, "can't decode a 9"),
    ("a session ticket", 16, |_| vec![message(4, &[0; 6])], 10, "expected a client key exchange"),
    ("16 KiB and a byte", 16, |_| vec![message(16, &[0; 16385])], 50, "handshake message too long 16385"),
    ("a wrong Finished", 20, |finished| with(finished, 9, &[0, 0, 0, 0]), 51, "finished verification failed"),
    ("a long Finished", 20, |_| vec![message(20, &[0; 36])], 50, "(20) has invalid length"),
];

/// What becomes of a client that breaks a rule.
fn refused(server: &Server, typ: u8, change: Change) -> Vec<[u8; 2]> {
    let mut rogue = Rogue::client(server.port()).twisting(only(typ, change));
    assert!(rogue.connect(&client_conf(ProtocolVersion::TLS12, SUITE)).is_err());
    rogue.alerts
}

fn start(certs: &Certs, flags: &[&str]) -> Server {
    let cert = certs.localhost(Key::Rsa).both.display().to_string();
    Server::start(&[&["-c", &cert], flags].concat(), &["cat"])
}

/// Waits until the server has said something with `text` in it.
fn says(server: &mut Server, text: &str) {
    let said = server.process().wait_for(text, |printed| printed.stderr_text().contains(text).then_some(()));
    assert_eq!(said, Ok(()));
}

#[test]
fn what_a_server_refuses_of_its_client() {
    let certs = Certs::new();
    let mut server = start(&certs, &[]);
    for (index, (name, typ, change, number, text)) in OF_CLIENTS.iter().enumerate() {
        assert_eq!(refused(&server, *typ, *change), [[2, *number]], "{name}");
        let last = server.process().wait_for("the report of it", |printed| {
            let said = printed.stderr_text();
            let reports: Vec<&str> = said.lines().filter(|line| line.contains(" tls reports ")).collect();
            (reports.len() > index).then(|| reports[index].to_owned())
        });
        assert!(last.as_ref().is_ok_and(|last| last.contains(text)), "{name}: {last:?}");
    }
    server.still_serves();
    let ca = certs.ca().display().to_string();
    let mut asking = start(&certs, &["--client-cert", "request", "--client-ca", &ca]);
    assert_eq!(refused(&asking, 11, |_| vec![certificates(100)]), [[2, 42]]);
    says(&mut asking, "too many certificates");
    assert_eq!(refused(&asking, 11, |_| vec![message(11, &[0; 65537])]), [[2, 50]]);
}

#[test]
fn finished_without_a_change_of_cipher() {
    let mut server = start(&Certs::new(), &[]);
    let mut rogue = Rogue::client(server.port());
    rogue.changes_cipher = false;
    // The server's own Finished is out before the device is asked; nothing is open, and no command has run.
    let _ = rogue.connect(&client_conf(ProtocolVersion::TLS12, SUITE));
    let answer = rogue.answer();
    let [alert] = &answer[..] else { panic!("{answer:?}") };
    assert_eq!((alert.content_type, &alert.payload[..]), (ContentType::ALERT, &[2, 10][..]));
    says(&mut server, "failed: finished without a change of cipher");
    server.still_serves();
}

#[test]
fn data_before_finished() {
    let mut server = start(&Certs::new(), &[]);
    let mut rogue = Rogue::client(server.port());
    rogue.before_change = vec![(ContentType::APPLICATION_DATA, b"GET / HTTP/1.0\r\n\r\n".to_vec())];
    assert!(rogue.connect(&client_conf(ProtocolVersion::TLS12, SUITE)).is_err());
    assert_eq!(rogue.alerts, [[2, 10]]);
    says(&mut server, "failed: application message received before handshake completed");
}

#[test]
fn a_shared_secret_needs_no_certificate_and_no_key_exchange() {
    let certs = Certs::new();
    let file = certs.dir().join("psk");
    fs::write(&file, "p9secret:a0a1a2a3a4a5a6a7\n").expect("a file");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("a mode");
    let server = Server::start(&["--psk", &file.display().to_string()], &["cat"]);
    let mut conf = client_conf(ProtocolVersion::TLS12, Suite::TLS_PSK_WITH_AES_128_CBC_SHA256);
    conf.psk = Some(Psk::new(b"p9secret".to_vec(), &[0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7]));
    let mut rogue = Rogue::client(server.port());
    rogue.connect(&conf).expect("both have it");
    let (mut rest, mut types) = (&rogue.messages[..], Vec::new());
    while let [typ, high, middle, low, ..] = *rest {
        types.push(typ);
        rest = &rest[4 + usize::try_from(u32::from_be_bytes([0, high, middle, low])).expect("short")..];
    }
    assert_eq!(types, [2, 14, 20]);
}

#[test]
fn of_many_compressions_null_is_chosen() {
    let server = Server::echo(&[]);
    let hello = |compressions: &[u8]| {
        records(&Hello { compressions: compressions.to_vec(), ..Hello::plain() }.message())
    };
    let flight = answer(&server, &hello(&[1, 64, 0]), Some(std::net::Shutdown::Write)).expect("a flight");
    // Record, message, version, random, no session, suite.
    assert_eq!((flight[5], flight[5 + 4 + 2 + 32], flight[5 + 4 + 2 + 32 + 1 + 2]), (2, 0, 0));
    assert_eq!(alert(&server, &hello(&[1, 64])), 40);
    assert_eq!(alert(&server, &hello(&[])), 50);
}

#[test]
fn a_hello_of_ssl2_in_an_ordinary_record_is_refused_where_it_is_allowed_too() {
    let server = Server::echo(&["--allow", "sslv2-hello,rsa,cbc,tls1.0"]);
    let hello = [&[1, 3, 1, 0, 3, 0, 0, 0, 16, 0, 0, 0x2f][..], &[7; 16]].concat();
    assert_eq!(alert(&server, &records(&message(9, &hello))), 10);
}

#[test]
fn the_alerts_of_9front_are_9fronts() {
    let server = start(&Certs::new(), &["--compat", "9front", "--allow", "sslv2-hello,ssl3,rsa,cbc"]);
    let mut beyond = Hello::plain().message();
    beyond[4..6].copy_from_slice(&[4, 0]);
    assert_eq!(alert(&server, &records(&beyond)), 47);
    assert_eq!(refused(&server, 16, |_| vec![message(16, &[&[32][..], &[0; 32]].concat())]), [[2, 40]]);
    assert_eq!(refused(&server, 16, |_| vec![message(16, &[2, 9, 9])]), [[2, 40]]);
    assert_eq!(refused(&server, 20, |finished| with(finished, 9, &[0, 0, 0, 0])), [[2, 40]]);
    // A session, and a challenge of fifteen bytes: no alert of the handshake's, which leaves the device's goodbye.
    for (id_len, challenge_len) in [(16, 32), (0, 15)] {
        let message = [&[1, 3, 1, 0, 3, 0, id_len, 0, challenge_len, 0, 0, 0x2f][..], &[7; 48]].concat();
        let message = &message[..12 + usize::from(id_len + challenge_len)];
        let record = [&[0x80, u8::try_from(message.len()).expect("short")], message].concat();
        let answer = answer(&server, &record, None).expect("an end");
        assert!(matches!(answer[..], [] | [21, 3, _, 0, 2, 1, 0]), "{answer:02x?}");
    }
}
