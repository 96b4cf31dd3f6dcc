//! The seeds of the corpus: from recorded flights, known answers and test certificates, and odd ones beside them.

mod ninep;
mod sessions;

use std::fs;
use std::path::{Path, PathBuf};

use tlsrec::{ENCALGS, HASHALGS, OneWay, Side, deal, secret_len};
use tlswire::{ContentType, ProtocolVersion};
use x509::pem;

use super::targets::Zeros;
use crate::hand::hello::Hello;

/// A target, the name of a file, and what is in it.
type Seed = (&'static str, String, Vec<u8>);

/// All of them.
pub(super) fn all() -> Vec<Seed> {
    [
        ctl_lines(),
        inputs(),
        ninep::messages(),
        flights(),
        sessions::sessions(),
        sealed(),
        certificates(),
        responses(),
        texts(),
    ]
    .concat()
}

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn read(path: &str) -> Vec<u8> {
    fs::read(root(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn read_text(path: &str) -> String {
    String::from_utf8(read(path)).unwrap()
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn named(target: &'static str, seeds: &[(&str, &[u8])]) -> Vec<Seed> {
    seeds.iter().map(|(name, bytes)| (target, (*name).to_owned(), bytes.to_vec())).collect()
}

/// Lines of tls(3), and what is no line.
fn ctl_lines() -> Vec<Seed> {
    let long = [b"note alpn ", &[b'x'; 2000][..]].concat();
    named(
        "ctl_line",
        &[
            ("fd", b"fd 4 0x303"),
            ("fd-alone", b"fd"),
            ("version", b"version 0x303\n"),
            (
                "secret",
                b"secret clear aes_128_gcm_aead 1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJw==",
            ),
            ("secret-rubbish", b"secret md5 clear x !=!=\xff"),
            ("changecipher", b"changecipher"),
            ("opened", b"\t opened  "),
            ("alert", b"alert 0"),
            ("alert-negative", b"alert -1"),
            ("hangup", b"hangup now"),
            ("note", b"note sni 'it''s here'"),
            ("note-open", b"note peer 'no end"),
            ("note-long", &long),
            ("changecipher-in", b"changecipher in"),
            ("keyupdate", b"keyupdate request"),
            ("maxrec", b"maxrec 16384 0x200"),
            ("pad", b"pad 64 64"),
            ("skipearly", b"skipearly -1"),
            ("nul", b"opened\0changecipher"),
            ("empty", b"\n"),
        ],
    )
}

/// Streams from channels; the first byte is the state, see the target.
fn inputs() -> Vec<Seed> {
    let (hand, locked, opened, large_reads, tls13) = (1, 2, 4, 15 << 3, 0x80);
    let in_state = |state: u8, stream: &[&[u8]]| [&[state][..], &stream.concat()].concat();
    let flight = flight("openssl", '<').concat();
    let cut = |len| flight.chunks(len).flat_map(|piece| record(22, piece)).collect::<Vec<u8>>();
    // Two suites of three bytes, no session, a challenge of 16 bytes.
    let ssl2 = [&[0x80, 31, 1, 3, 3, 0, 6, 0, 0, 0, 16, 0, 0, 0x2f, 0, 0, 0xff][..], &[0x5a; 16]].concat();
    let alerts = [[1, 90], [1, 100], [1, 7], [2, 40]].map(|alert| record(21, &alert)).concat();
    let (dummy, early) = (record(20, &[1]), record(23, &[0x5a; 60]));
    let tickets = [4, 0, 0, 2, 7, 7].repeat(2);
    let (update, request) = ([24, 0, 0, 1, 1], [13, 0, 0, 3, 0, 0, 0]);
    let data = [record(23, b"hello"), record(23, &[7; 1500]), record(21, &[1, 0])].concat();
    named(
        "devtls_input",
        &[
            ("hello", &in_state(hand, &[&Hello::named(b"localhost").records()])),
            ("flight", &in_state(hand | locked | large_reads, &[&cut(900)])),
            ("flight-in-pieces", &in_state(hand | locked | 1 << 3, &[&cut(3)[..800]])),
            ("unread", &in_state(locked | opened, &[&record(22, &[0; 4]).repeat(40)])),
            ("data", &in_state(hand | locked | opened | large_reads, &[&data])),
            ("early-data", &in_state(hand, &[&data])),
            ("alerts", &in_state(hand, &[&alerts])),
            ("change", &in_state(hand, &[&record(20, &[1])])),
            ("ssl2", &in_state(hand, &[&ssl2])),
            ("ssl2-short", &in_state(hand, &[&[0x80, 4, 1, 0, 2, 0]])),
            ("http", &in_state(hand, &[b"GET / HTTP/1.0\r\n\r\n"])),
            ("too-long", &in_state(hand, &[&[22, 3, 1, 0x48, 1, 0]])),
            ("other-version", &in_state(hand | locked, &[&[22, 3, 1, 0, 1, 0]])),
            ("other-type", &in_state(hand, &[&record(24, &[1, 0, 0])])),
            ("tls13-flight", &in_state(hand | tls13 | 1 << 3, &[&dummy, &early, &record(22, &tickets)])),
            (
                "tls13-tickets",
                &in_state(hand | tls13 | opened | large_reads, &[&record(22, &tickets), &data]),
            ),
            ("tls13-update", &in_state(tls13 | opened, &[&record(22, &[&tickets[..], &update].concat())])),
            ("tls13-update-amid", &in_state(tls13 | opened, &[&record(22, &[update, update].concat())])),
            (
                "tls13-request",
                &in_state(hand | tls13 | opened, &[&record(22, &request), &record(21, &[2, 0])]),
            ),
            ("tls13-amid", &in_state(tls13 | opened, &[&record(22, &tickets[..9]), &record(23, b"x")])),
            ("tls13-dummy-late", &in_state(tls13 | opened, &[&dummy])),
        ],
    )
}

fn record(content_type: u8, payload: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(payload.len()).unwrap().to_be_bytes();
    [&[content_type, 3, 3, high, low][..], payload].concat()
}

/// The reads (`<`) or writes (`>`) of a recorded handshake, in order.
fn flight(name: &str, way: char) -> Vec<Vec<u8>> {
    let text = read_text(&format!("tlshand/src/client/tests/recorded/{name}.txt"));
    text.lines().filter_map(|line| line.strip_prefix(way)).map(|line| hex(line.trim())).collect()
}

/// Handshakes as they were recorded, the first byte one less than the length of a read.
fn flights() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for name in ["gnutls-ed25519", "go", "nss", "openssl"] {
        let both = [flight(name, '>').concat(), flight(name, '<').concat()].concat();
        seeds.push(("tlshand_lines", name.to_owned(), [&[6][..], &both].concat()));
    }
    // The same for each role alone, all allowed and in reads of 64 KiB; and with a secret, with nothing allowed, byte by byte.
    for (name, way, target) in [
        ("openssl", '<', "tlshand_client"),
        ("go", '<', "tlshand_client"),
        ("openssl", '>', "tlshand_server"),
        ("nss", '>', "tlshand_server"),
    ] {
        for (what, head) in [("allowed", [0x11, 0xff]), ("secret", [4, 0])] {
            seeds.push((target, format!("{name}-{what}"), [&head[..], &flight(name, way).concat()].concat()));
        }
    }
    let message = |number: u8, body: &[u8]| {
        let [_, len @ ..] = u32::try_from(body.len()).unwrap().to_be_bytes();
        [&[number][..], &len, body].concat()
    };
    // RFC 5246 §7.4.4: a type of key, two schemes, one authority.
    let request = message(13, &[1, 64, 0, 4, 4, 3, 8, 4, 0, 4, 0, 2, 0x30, 0]);
    let many_names = Hello::plain().with(0, [0, 8, 0, 0, 1, b'a', 9, 0, 1, b'\n'].to_vec()).message();
    let odd: [(&str, Vec<u8>); 9] = [
        ("request", request),
        ("names", many_names),
        ("twice", Hello::plain().with(10, vec![0, 2, 0, 29]).message()),
        ("trailing", message(14, &[0])),
        ("requests", message(0, &[]).repeat(6)),
        ("too-long", vec![1, 0, 0x40, 1]),
        ("chain-too-long", message(11, &[&[0, 0, 44][..], &[0, 0, 1, 0x30].repeat(11)].concat())),
        ("curve-by-its-equation", message(12, &[1, 0, 29, 1, 9, 4, 1, 0, 1, 7])),
        ("finished-of-36-bytes", message(20, &[3; 36])),
    ];
    seeds.extend(odd.map(|(name, bytes)| ("tlshand_lines", name.to_owned(), [&[0][..], &bytes].concat())));
    seeds
}

/// The known answers of the original device in TLS 1.2, each two records; the first two bytes are the algorithms.
fn sealed() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for line in read_text("crates/tlsrec/tests/data/kat/device.txt").lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let ["0x303", hash, enc, "0", _, first, second] = words[..] else { continue };
        let hash_at = HASHALGS.iter().position(|row| row.name == hash).unwrap();
        let enc_at = ENCALGS.iter().position(|row| row.name == enc).unwrap();
        let choice = [u8::try_from(3 + 16 * hash_at).unwrap(), u8::try_from(enc_at).unwrap()];
        let (first, second) = (hex(first), hex(second));
        seeds.push(("tlsrec_open", format!("{enc}-{hash}"), [&choice[..], &first, &second].concat()));
    }
    for (enc, hash) in [("aes_128_gcm_aead", "sha256"), ("ccpoly96_aead", "sha384")] {
        let hash_at = HASHALGS.iter().position(|row| row.name == hash).unwrap();
        let enc_at = ENCALGS.iter().position(|row| row.name == enc).unwrap();
        let choice = [u8::try_from(4 + 16 * hash_at).unwrap(), u8::try_from(enc_at).unwrap()];
        seeds.push((
            "tlsrec_open",
            format!("tls13-{enc}-{hash}"),
            [&choice[..], &hidden(hash_at, enc_at)].concat(),
        ));
    }
    assert!(seeds.len() > 10, "{} known answers", seeds.len());
    let sha1 = 16 * u8::try_from(HASHALGS.iter().position(|row| row.name == "sha1").unwrap()).unwrap();
    let cbc = u8::try_from(ENCALGS.iter().position(|row| row.name == "aes_128_cbc").unwrap()).unwrap();
    let odd = |name: &str, bytes: &[u8]| ("tlsrec_open", name.to_owned(), bytes.to_vec());
    seeds.push(odd("block-cut", &[&[3 + sha1, cbc][..], &record(23, &[0; 47])].concat()));
    seeds.push(odd("shorter-than-its-mac", &[&[sha1, cbc][..], &record(23, &[0; 16])].concat()));
    seeds.push(odd("empty-body", &[3, 0, 23, 3, 3, 0, 0]));
    seeds
}

/// Three records of TLS 1.3 by a server, the last of them padded, under the secrets 0, 1, 2...
fn hidden(hash_at: usize, enc_at: usize) -> Vec<u8> {
    let (hash, enc, version) = (&HASHALGS[hash_at], &ENCALGS[enc_at], ProtocolVersion::TLS13);
    let secret: Vec<u8> = (0..=255).take(secret_len(version, hash, enc)).collect();
    // No randomness goes into a record of TLS 1.3.
    let (_, outgoing) = deal(version, hash, enc, Side::Server, &secret, &mut Zeros).unwrap();
    let (mut way, mut records) = (OneWay::new(), Vec::new());
    way.stage(outgoing);
    way.change_cipher().unwrap();
    for (content_type, payload, unit) in
        [(22, &b"\x08\0\0\x02\0\0"[..], 1), (23, b"hello", 1), (23, b"padded", 64)]
    {
        way.set_padding_unit(unit);
        way.seal(ContentType(content_type), version, payload, &mut records, &mut Zeros).unwrap();
    }
    records
}

/// The first certificates of files of the x509 tests, and bytes that nearly are one.
fn certificates() -> Vec<Seed> {
    let leaf = |file: &str| {
        let path = format!("crates/x509/tests/data/{file}");
        let sections = pem::sections(&read(&path), Path::new(&path)).unwrap();
        pem::certificates(&sections)[0].to_vec()
    };
    let files = ["rsa", "p256", "p521", "ed25519", "wildcard", "sha1", "selfsigned"];
    let mut seeds: Vec<Seed> =
        files.map(|name| ("x509_cert", name.to_owned(), leaf(&format!("{name}.crt")))).to_vec();
    let good = leaf("p256.crt");
    let mut inside = good.clone();
    inside[9] ^= 0x80;
    seeds.extend(named(
        "x509_cert",
        &[
            ("trailing", &[&good[..], &[0]].concat()),
            ("length-inside", &inside),
            ("indefinite", &[0x30, 0x80, 0, 0]),
        ],
    ));
    seeds
}

/// OpenSSL's responses, and bytes that nearly are one.
fn responses() -> Vec<Seed> {
    let response = |name: &str| read(&format!("crates/x509/tests/data/ocsp/{name}.ocsp"));
    let files = ["good", "good.sha256", "delegated.key", "unknown", "endless", "strange", "refused"];
    let mut seeds: Vec<Seed> = files.map(|name| ("x509_ocsp", name.to_owned(), response(name))).to_vec();
    let good = response("good");
    seeds.extend(named(
        "x509_ocsp",
        &[("trailing", &[&good[..], &[0]].concat()), ("no-bytes", &[0x30, 3, 0x0a, 1, 0])],
    ));
    seeds
}

/// Files of the x509 tests, and texts that nearly are PEM.
fn texts() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for file in ["selfsigned.crt", "p256.sec1.key", "ed25519.key", "encrypted.key", "headers.key"] {
        seeds.push(("x509_pem", file.to_owned(), read(&format!("crates/x509/tests/data/{file}"))));
    }
    seeds.extend(named(
        "x509_pem",
        &[
            ("no-end", b"-----BEGIN CERTIFICATE-----\nMAA=\n"),
            ("no-begin", b"text\n-----END CERTIFICATE-----\n"),
            ("other-end", b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END PRIVATE KEY-----\n"),
            ("no-dashes", b"-----BEGIN CERTIFICATE\nMAA=\n"),
            ("label-of-controls", b"-----BEGIN \x1b[2J-----\nMAA=\n-----END \x1b[2J-----\n"),
            ("no-base64", b"-----BEGIN X-----\nM=A=\n-----END X-----\n"),
            ("one-line-and-mark", b"\xef\xbb\xbf-----BEGIN X-----\r\nM A A =\r\n-----END X-----"),
            ("no-pem", b"\x30\x82\x01\x00"),
        ],
    ));
    seeds
}
