//! Handshakes with other programs, replayed byte for byte.
//!
//! Each file of `recorded` begins with who the server was and how it was started, then what is to come of it, then the
//! reads (`<`) and writes (`>`) of `hand`. They were taken from a client whose randomness was the bytes 0 to 255; the
//! certificates are those of the x509 tests, under `recorded/root.crt`. Those of TLS 1.3 are without ML-KEM, whose keys are of
//! the library's own randomness.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tlswire::{Group, ProtocolVersion, Suite};
use x509::Roots;

use super::script::NOW;
use crate::allow::Compat;
use crate::client::State;
use crate::client::name::server_name;
use crate::conf::{ClientConf, Ocsp, Verify};
use crate::drive;
use crate::error::Error;
use crate::fixture::{Script, algs, ready, tls13_algs};
use crate::outcome::Outcome;
use crate::psk::Psk;
use crate::sec::kx;
use crate::sec::random::Random;
use crate::suites::Algs;

const RECORDED: [&str; 8] = [
    include_str!("recorded/gnutls-ed25519.txt"),
    include_str!("recorded/gnutls.txt"),
    include_str!("recorded/go.txt"),
    include_str!("recorded/java.txt"),
    include_str!("recorded/nss.txt"),
    include_str!("recorded/openssl-p384.txt"),
    include_str!("recorded/openssl.txt"),
    include_str!("recorded/rustls.txt"),
];

const RECORDED_TLS13: [&str; 7] = [
    include_str!("recorded/tls13/gnutls.txt"),
    include_str!("recorded/tls13/go.txt"),
    include_str!("recorded/tls13/java.txt"),
    include_str!("recorded/tls13/nss.txt"),
    include_str!("recorded/tls13/openssl-psk.txt"),
    include_str!("recorded/tls13/openssl-retry.txt"),
    include_str!("recorded/tls13/openssl.txt"),
];

/// The rest of the line that begins with `word`.
fn value<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(word))
}

fn number(text: &str, word: &str) -> u16 {
    u16::from_str_radix(value(text, word).unwrap().trim(), 16).unwrap()
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// Runs a client against a recording, each read in pieces of at most `piece` bytes and one of its bytes changed if
/// `spoil` says where: the number of a read and of a byte.
fn replay(
    text: &str,
    algs: &Algs,
    piece: usize,
    spoil: Option<(usize, usize)>,
) -> (Result<Outcome, Error>, Script) {
    let roots = Arc::new(Roots::trusting(root()).unwrap());
    let name = value(text, "name ").unwrap();
    let mut conf = ClientConf::new(Some(server_name(name).unwrap()), Verify::Roots { roots, now: NOW });
    conf.groups = kx::GROUPS.to_vec();
    if algs.has_tls13() && value(text, "psk ").is_none() {
        conf.ocsp = Ocsp::Ask;
    }
    conf.psk = value(text, "psk ").map(|secret| Psk::new(b"p9secret".to_vec(), &bytes(secret)));
    conf.alpn = value(text, "alpn ").map_or(Vec::new(), |list| list.split(' ').map(str::to_owned).collect());

    let lines = text.lines().filter(|line| line.starts_with(['<', '>']));
    let mut lines: VecDeque<(bool, Vec<u8>)> =
        lines.map(|line| (line.starts_with('<'), bytes(&line[2..]))).collect();
    if let Some((read, byte)) = spoil {
        let (_, bytes) = lines.iter_mut().filter(|(is_read, _)| *is_read).nth(read).unwrap();
        bytes[byte] ^= 1;
    }
    let lines = Mutex::new(lines);
    let mut files = Script::new([]);
    files.answer = Some(Box::new(move |written| {
        let mut lines = lines.lock().unwrap();
        let (is_read, expected) = lines.pop_front().expect("nothing more is written");
        // With a changed message everything of ours is another.
        assert!(!is_read && (expected == written || spoil.is_some()));
        let mut reads = Vec::new();
        while lines.front().is_some_and(|(is_read, _)| *is_read) {
            reads.extend(lines.pop_front().unwrap().1.chunks(piece).map(<[u8]>::to_vec));
        }
        reads
    }));
    let random = Random::fixed(&(0..=255).collect::<Vec<u8>>());
    let result = ready(drive::run(&mut files, Compat::House, None, |effects| {
        State::begin(algs, &conf, random, effects)
    }));
    (result, files)
}

fn root() -> Vec<x509::CertificateDer<'static>> {
    let text = include_bytes!("recorded/root.crt");
    x509::pem::certificates(&x509::pem::sections(text, "root.crt".as_ref()).unwrap())
}

#[test]
fn recorded_handshakes_come_to_the_same_end() {
    for text in RECORDED {
        for piece in [1, 7, 16_384] {
            let who = text.lines().next().unwrap();
            let (result, files) = replay(text, &algs(), piece, None);
            let outcome = result.unwrap_or_else(|error| panic!("{who}: {error}"));
            assert_eq!(outcome.suite, Suite(number(text, "suite ")), "{who}");
            assert_eq!(outcome.group, Some(Group(number(text, "group "))), "{who}");
            assert_eq!(outcome.extended_master_secret, value(text, "ems").is_some(), "{who}");
            assert_eq!(outcome.alpn.as_deref(), value(text, "agreed "), "{who}");
            assert_eq!(outcome.peer_chain.len(), 2, "{who}");
            assert_eq!(files.log.last().unwrap(), "opened");
        }
    }
}

#[test]
fn recorded_handshakes_of_tls13_come_to_the_same_end() {
    for text in RECORDED_TLS13 {
        for piece in [1, 7, 16_384] {
            let who = text.lines().next().unwrap();
            let (result, files) = replay(text, &tls13_algs(), piece, None);
            let outcome = result.unwrap_or_else(|error| panic!("{who}: {error}"));
            assert_eq!(outcome.version, ProtocolVersion::TLS13, "{who}");
            assert_eq!(outcome.suite, Suite(number(text, "suite ")), "{who}");
            assert_eq!(outcome.group, Some(Group(number(text, "group "))), "{who}");
            assert_eq!(outcome.alpn.as_deref(), value(text, "agreed "), "{who}");
            let is_shared = value(text, "psk ").is_some();
            assert_eq!(outcome.psk_identity.is_some(), is_shared, "{who}");
            assert_eq!(outcome.peer_chain.len(), if is_shared { 0 } else { 2 }, "{who}");
            assert_eq!(files.log.last().unwrap(), "opened");
        }
    }
}

#[test]
fn no_changed_byte_of_a_server_opens_a_connection() {
    for (text, algs) in
        RECORDED.map(|text| (text, algs())).iter().chain(&RECORDED_TLS13.map(|text| (text, tls13_algs())))
    {
        let reads: Vec<usize> =
            text.lines().filter_map(|line| line.strip_prefix("< ")).map(|hex| hex.len() / 2).collect();
        for (read, len) in reads.into_iter().enumerate() {
            for byte in (0..len).step_by(if len > 200 { 13 } else { 3 }) {
                let (result, files) = replay(text, algs, 16_384, Some((read, byte)));
                let error = result.expect_err("a changed message");
                // A length that became longer waits for bytes that never come; all else is told, once.
                let told = usize::from(!matches!(error, Error::End));
                assert_eq!(files.alerts().len(), told, "{read} {byte}: {error}");
                assert!(!files.log.contains(&"opened".to_owned()));
            }
        }
    }
}
