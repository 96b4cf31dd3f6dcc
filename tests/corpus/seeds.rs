//! The seeds of the corpus: from recorded flights, known answers and test certificates, and odd ones beside them.

use std::fs;
use std::path::{Path, PathBuf};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use tlsrec::{ENCALGS, HASHALGS, OneWay, Side, deal, secret_len};
use tlswire::{ContentType, ProtocolVersion};
use x509::pem;

use super::targets::Zeros;
use crate::hand::hello::Hello;

/// A target, the name of a file, and what is in it.
type Seed = (&'static str, String, Vec<u8>);

/// All of them.
pub(super) fn all() -> Vec<Seed> {
    [ctl_lines(), inputs(), messages(), flights(), sessions(), sealed(), certificates(), responses(), texts()]
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

/// Every message of intro(5), of 9P2000.u and of 9P2000.L, laid out by hand, and some that are none.
fn messages() -> Vec<Seed> {
    let message = |number: u8, body: &[&[u8]]| {
        let body = body.concat();
        let len = u32::try_from(body.len() + 7).unwrap().to_le_bytes();
        [&len[..], &[number, 1, 0], &body].concat()
    };
    let text = |text: &str| [&u16::try_from(text.len()).unwrap().to_le_bytes()[..], text.as_bytes()].concat();
    let (fid, newfid, qid) = ([0; 4], [1, 0, 0, 0], [0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    let texts = [text("ctl"), text("glenda"), text("glenda"), text("")].concat();
    let fixed = [&[0; 6][..], &qid, &[0xb0, 1, 0, 0], &[0; 8], &[3, 0, 0, 0, 0, 0, 0, 0]].concat();
    let stat =
        [&u16::try_from(fixed.len() + texts.len()).unwrap().to_le_bytes()[..], &fixed, &texts].concat();
    let counted = [&u16::try_from(stat.len()).unwrap().to_le_bytes()[..], &stat].concat();
    let requests = [
        message(100, &[&[0, 0x20, 0, 0], &text("9P2000")]),
        message(102, &[&fid, &text("glenda"), &text("")]),
        message(104, &[&fid, &[0xff; 4], &text("glenda"), &text("tls")]),
        message(108, &[&[7, 0]]),
        message(110, &[&fid, &newfid, &[2, 0], &text("tls"), &text("clone")]),
        message(112, &[&newfid, &[2]]),
        message(114, &[&newfid, &text("new"), &[0xa4, 1, 0, 0], &[1]]),
        message(116, &[&newfid, &[0; 8], &[0, 0x10, 0, 0]]),
        message(118, &[&newfid, &[0; 8], &[13, 0, 0, 0], b"version 0x303"]),
        message(118, &[&newfid, &[0; 8], &[22, 0, 0, 0], b"secret md5 rc4_128 0 A"]),
        message(120, &[&newfid]),
        message(122, &[&newfid]),
        message(124, &[&fid]),
        message(126, &[&fid, &counted]),
    ];
    let replies = [
        message(101, &[&[0, 0x20, 0, 0], &text("9P2000")]),
        message(103, &[&qid]),
        message(105, &[&qid]),
        message(107, &[&text("file does not exist")]),
        message(109, &[]),
        message(111, &[&[2, 0], &qid, &qid]),
        message(113, &[&qid, &[0; 4]]),
        message(115, &[&qid, &[0, 0x20, 0, 0]]),
        message(117, &[&[5, 0, 0, 0], b"hello"]),
        message(119, &[&[5, 0, 0, 0]]),
        message(121, &[]),
        message(123, &[]),
        message(125, &[&counted]),
        message(127, &[]),
    ];
    let numbers = [[0xe8, 3, 0, 0], [4, 0, 0, 0], [0xff; 4]].concat();
    let longer = [&fixed[..], &texts, &text(""), &numbers].concat();
    let longer = [&u16::try_from(longer.len()).unwrap().to_le_bytes()[..], &longer].concat();
    let counted_longer = [&u16::try_from(longer.len()).unwrap().to_le_bytes()[..], &longer].concat();
    let unix = [
        message(102, &[&fid, &text("glenda"), &text(""), &[0xff; 4]]),
        message(104, &[&fid, &[0xff; 4], &text("glenda"), &text("tls"), &[0xe8, 3, 0, 0]]),
        message(114, &[&newfid, &text("new"), &[0xa4, 1, 0, 2], &[1], &text("target")]),
        message(126, &[&fid, &counted_longer]),
        message(107, &[&text("file does not exist"), &[2, 0, 0, 0]]),
        message(125, &[&counted_longer]),
    ];
    let times = [0; 32];
    let lock = [&[7; 8][..], &[0; 8], &[9, 0, 0, 0], &text("host")].concat();
    let linux = [
        message(7, &[&[2, 0, 0, 0]]),
        message(8, &[&fid]),
        message(9, &[&[0x97, 0x19, 2, 1], &[0; 52], &[0xff, 0, 0, 0]]),
        message(12, &[&newfid, &[2, 0x80, 0, 0]]),
        message(13, &[&qid, &[0; 4]]),
        message(14, &[&newfid, &text("new"), &[0x41, 0, 0, 0], &[0xa4, 0x81, 0, 0], &[0; 4]]),
        message(15, &[&qid, &[0; 4]]),
        message(16, &[&newfid, &text("new"), &text("target"), &[0; 4]]),
        message(17, &[&qid]),
        message(18, &[&newfid, &text("new"), &[0x80, 0x61, 0, 0], &[8, 0, 0, 0], &[0; 8]]),
        message(20, &[&fid, &newfid, &text("new")]),
        message(21, &[]),
        message(22, &[&fid]),
        message(23, &[&text("target")]),
        message(24, &[&fid, &[0xff, 7, 0, 0, 0, 0, 0, 0]]),
        message(25, &[&[0xff, 7, 0, 0, 0, 0, 0, 0], &qid, &[0; 12], &[0; 40], &[0; 80]]),
        message(26, &[&fid, &[0x68, 0, 0, 0], &[0; 20], &times]),
        message(27, &[]),
        message(30, &[&fid, &newfid, &text("security.capability")]),
        message(31, &[&[0; 8]]),
        message(32, &[&fid, &text("user.x"), &[1, 0, 0, 0, 0, 0, 0, 0], &[0; 4]]),
        message(40, &[&fid, &[0; 8], &[0, 0x10, 0, 0]]),
        message(41, &[&[27, 0, 0, 0], &qid, &[1, 0, 0, 0, 0, 0, 0, 0], &[4], &text("tls")]),
        message(50, &[&fid]),
        message(50, &[&fid, &[1, 0, 0, 0]]),
        message(51, &[]),
        message(52, &[&fid, &[1], &[1, 0, 0, 0], &lock]),
        message(53, &[&[0]]),
        message(54, &[&fid, &[1], &lock]),
        message(55, &[&[2], &lock]),
        message(70, &[&fid, &newfid, &text("new")]),
        message(71, &[]),
        message(72, &[&fid, &text("new"), &[0xed, 1, 0, 0], &[0; 4]]),
        message(73, &[&qid]),
        message(74, &[&fid, &text("old"), &newfid, &text("new")]),
        message(75, &[]),
        message(76, &[&fid, &text("old"), &[0, 2, 0, 0]]),
        message(77, &[]),
    ];
    named(
        "ninep_decode",
        &[
            ("requests", &requests.concat()),
            ("replies", &replies.concat()),
            ("unix", &unix.concat()),
            ("linux", &linux.concat()),
            ("linux-text-too-long", &message(30, &[&fid, &newfid, &[0xff, 0xff], b"short"])),
            ("linux-entries-too-many", &message(41, &[&[0xff; 4], &qid])),
            ("error-too-long", &message(107, &[&text(&"x".repeat(200)), &[0xff; 4]])),
            ("error-too-far", &message(7, &[&[0xff; 4]])),
            ("walk-far", &message(110, &[&fid, &newfid, &[17, 0], &text("..").repeat(17)])),
            ("count-too-long", &message(118, &[&fid, &[0; 8], &[0xff; 4], b"x"])),
            ("text-too-long", &message(107, &[&[0xff, 0xff], b"short"])),
            ("text-no-utf8", &message(104, &[&fid, &fid, &[2, 0], b"\xff\xfe", &text("")])),
            ("stat-of-two-lengths", &message(126, &[&fid, &[9, 0], &stat])),
            ("unknown", &message(99, &[&[0; 9]])),
            ("error-request", &message(106, &[&text("no request")])),
            ("no-header", &[6, 0, 0, 0, 100, 1]),
            ("endless", &[0xff, 0xff, 0xff, 0xff, 100, 0, 0]),
        ],
    )
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

/// Sessions as a client keeps them and as a server seals them into tickets, by the layouts that tlshand's `session` tells; and hellos
/// with such tickets, to a server that has the key.
fn sessions() -> Vec<Seed> {
    let chain = pem::certificates(
        &pem::sections(&read("crates/x509/tests/data/p256.crt"), Path::new("p256.crt")).unwrap(),
    );
    let session = |version: [u8; 2], suite: [u8; 2], name: &[u8], chain: &[u8], secret_len: u8| {
        let [_, chain_len @ ..] = u32::try_from(chain.len()).unwrap().to_be_bytes();
        let secret = [&[secret_len][..], &vec![9; usize::from(secret_len)]].concat();
        let name = [&[u8::try_from(name.len()).unwrap()][..], name].concat();
        let fixed = [&[1][..], &version, &suite, &NOW.to_be_bytes(), &[0, 0]].concat();
        [&fixed[..], &name, &[2, b'h', b'2'], &chain_len, chain, &secret].concat()
    };
    let [_, leaf_len @ ..] = u32::try_from(chain[0].len()).unwrap().to_be_bytes();
    let leaf = [&leaf_len[..], &chain[0]].concat();
    let kept = |lifetime: u32, ticket: &[u8], session: &[u8]| {
        let times = [&(NOW * 1000).to_be_bytes()[..], &lifetime.to_be_bytes(), &[1, 2, 3, 4]].concat();
        let ticket = [&u16::try_from(ticket.len()).unwrap().to_be_bytes()[..], ticket].concat();
        [&times[..], &[9], b"localhost", &[0], &ticket, session].concat()
    };
    let (old, new) = ([3, 3], [3, 4]);
    let of_client = [
        session(old, [0xc0, 0x2b], b"localhost", &leaf, 48),
        session(new, [0x13, 1], b"localhost", &leaf, 32),
    ];
    let mut seeds = named(
        "tlshand_session",
        &[
            ("tls12", &kept(0, b"a ticket", &of_client[0])),
            ("tls13", &kept(7200, b"a ticket", &of_client[1])),
            ("no-ticket", &kept(7200, b"", &of_client[1])),
            ("long-ticket", &kept(7200, &[7; 3000], &of_client[1])),
            ("no-lifetime", &kept(0, b"a ticket", &of_client[1])),
            ("no-secret", &kept(7200, b"a ticket", &session(new, [0x13, 1], b"localhost", &leaf, 0))),
            ("other-suite", &kept(7200, b"a ticket", &session(new, [0xc0, 0x2b], b"localhost", &leaf, 32))),
            ("other-hash", &kept(7200, b"a ticket", &session(new, [0x13, 2], b"localhost", &leaf, 32))),
            ("old-version", &kept(0, b"a ticket", &session([3, 1], [0, 0x2f], b"localhost", &leaf, 48))),
            ("no-chain", &kept(7200, b"a ticket", &session(new, [0x13, 1], b"localhost", &[], 32))),
            (
                "name-of-no-text",
                &kept(7200, b"a ticket", &session(new, [0x13, 1], &[0xff, b'\n'], &leaf, 32)),
            ),
            ("behind", &[&kept(7200, b"a ticket", &of_client[1])[..], &[0]].concat()),
        ],
    );
    let of_server = |version, suite, secret_len| ticket(&session(version, suite, b"", &[], secret_len));
    let (ticket12, ticket13) = (of_server(old, [0xc0, 0x2b], 48), of_server(new, [0x13, 1], 32));
    let hello12 = |ticket: &[u8]| {
        let hello = Hello::plain().with(16, b"\0\x03\x02h2".to_vec()).with(23, Vec::new());
        hello.with(35, ticket.to_vec()).message()
    };
    let hello13 = |ticket: &[u8]| {
        let mut hello = Hello::plain().with(16, b"\0\x03\x02h2".to_vec()).with(43, vec![2, 3, 4]);
        hello.suites = vec![0x1301];
        hello = hello.with(51, [&[0, 36, 0, 29, 0, 32][..], &[9; 32]].concat()).with(45, vec![1, 1]);
        let len = u16::try_from(ticket.len()).unwrap();
        let identity = [&len.to_be_bytes()[..], ticket, &[0; 4]].concat();
        let identities = [&(len + 6).to_be_bytes()[..], &identity].concat();
        let mut message = hello.with(41, [&identities[..], &[0, 33, 32], &[0; 32]].concat()).message();
        let binder_at = message.len() - 32;
        let binder = binder(&[9; 32], &message[..binder_at - 3]);
        message[binder_at..].copy_from_slice(&binder);
        message
    };
    let flipped = |ticket: &[u8], at: usize| {
        let mut ticket = ticket.to_vec();
        ticket[at] ^= 1;
        ticket
    };
    let unbound = |mut message: Vec<u8>| {
        *message.last_mut().unwrap() ^= 1;
        message
    };
    let hellos = [
        ("ticket12", hello12(&ticket12)),
        ("ticket12-of-another-key", hello12(&flipped(&ticket12, 0))),
        ("ticket12-flipped", hello12(&flipped(&ticket12, 30))),
        ("ticket12-cut", hello12(&ticket12[..27])),
        ("ticket12-of-the-other-version", hello12(&ticket13)),
        ("ticket12-of-no-session", hello12(&ticket(b"no session"))),
        ("ticket13", hello13(&ticket13)),
        ("ticket13-unbound", unbound(hello13(&ticket13))),
        ("ticket13-flipped", hello13(&flipped(&ticket13, 30))),
        ("ticket13-of-the-other-version", hello13(&ticket12)),
        ("ticket13-of-another-hash", hello13(&of_server(new, [0x13, 2], 32))),
        ("ticket13-without-secret", hello13(&of_server(new, [0x13, 1], 0))),
    ];
    let seed = |(name, hello): (&str, Vec<u8>)| {
        ("tlshand_server", name.to_owned(), [&[32, 0xff][..], &hello].concat())
    };
    seeds.extend(hellos.map(seed));
    seeds
}

/// A ticket of the key that the server's target has.
fn ticket(session: &[u8]) -> Vec<u8> {
    let (name, nonce) = ([7; 16], [6; 12]);
    let mut sealed = [&[0; 4][..], &(NOW * 1000).to_be_bytes(), session].concat();
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[8; 32]).unwrap());
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(name), &mut sealed).unwrap();
    [&name[..], &nonce, &sealed].concat()
}

/// The proof, with SHA-256, that a client has a ticket's secret; `hello` goes up to it (RFC 8446 §4.2.11.2).
fn binder(secret: &[u8], hello: &[u8]) -> Vec<u8> {
    let hmac = |key: &[u8], message: &[u8]| hmac::sign(&hmac::Key::new(HMAC_SHA256, key), message);
    // HKDF-Expand-Label (RFC 8446 §7.1) for as many bytes as one hash has.
    let expand = |secret: &[u8], label: &[u8], context: &[u8]| {
        let label_len = u8::try_from(6 + label.len()).unwrap();
        let context_len = u8::try_from(context.len()).unwrap();
        hmac(secret, &[&[0, 32, label_len][..], b"tls13 ", label, &[context_len], context, &[1]].concat())
    };
    let early_secret = hmac(&[0; 32], secret);
    let binder_key = expand(early_secret.as_ref(), b"res binder", digest(&SHA256, b"").as_ref());
    let finished_key = expand(binder_key.as_ref(), b"finished", b"");
    hmac(finished_key.as_ref(), digest(&SHA256, hello).as_ref()).as_ref().to_vec()
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

/// When the tickets were made and the full handshakes were, in seconds since 1970.
const NOW: u64 = 1_893_456_000;
