//! Sessions and tickets.

use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use x509::pem;

use super::{Seed, named, read};
use crate::hand::hello::Hello;

/// Sessions as a client keeps them and as a server seals them into tickets, by the layouts that tlshand's `session` tells; and hellos
/// with such tickets, to a server that has the key.
pub(super) fn sessions() -> Vec<Seed> {
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

/// When the tickets were made and the full handshakes were, in seconds since 1970.
const NOW: u64 = 1_893_456_000;
