//! What an attacker asks a server to learn a secret, question by question: premasters that are none (Bleichenbacher, ROBOT), and records whose
//! padding or MAC is wrong (Vaudenay, Lucky 13). The answers must not differ, neither on the wire nor in what the server says.
//!
//! Times are not measured here: that they cannot differ is a matter of how the code is made, and tlshand/SECURITY.md says where.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use aes::{Aes128, Aes256};
use cbc::Encryptor;
use cbc::cipher::{Array, BlockModeEncrypt, KeyIvInit};
use hmac::{Hmac, KeyInit, Mac};
use rsa::pkcs1::DecodeRsaPublicKey as _;
use rsa::traits::PublicKeyParts as _;
use rsa::{BoxedUint, PublicKey, hazmat};
use tlswire::{ContentType, ProtocolVersion, Suite};

use super::rogue::{Keys, Record, Rogue, client_conf};
use crate::support::certs::{Certs, Key};
use crate::support::server::Server;

const ALLOW: &str = "ssl3,tls1.0,tls1.1,rsa,cbc,3des";

fn start(certs: &Certs) -> Server {
    let cert = certs.localhost(Key::Rsa).both;
    Server::start(&["-c", &cert.display().to_string(), "--allow", ALLOW], &["cat"])
}

/// The key in a certificate's file.
fn public_key(cert: &Path) -> PublicKey {
    let sections = x509::pem::sections(&fs::read(cert).expect("a file"), cert).expect("PEM");
    let der = x509::pem::certificates(&sections).remove(0);
    let certificate = x509::Certificate::from_der(&der).expect("a certificate");
    PublicKey::from_pkcs1_der(certificate.public_key().bits()).expect("an RSA key")
}

/// What can be in an encrypted premaster's place. The first is as it must be, but for whose it is.
fn questions(key: &PublicKey, version: ProtocolVersion) -> Vec<(&'static str, Vec<u8>)> {
    let len = key.size();
    let block = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut block = vec![7; len];
        (block[0], block[1], block[len - 49]) = (0, 2, 0);
        block[len - 48..len - 46].copy_from_slice(&version.to_bytes());
        change(&mut block);
        let number = BoxedUint::from_be_slice(&block, key.n().bits_precision()).expect("a number");
        let encrypted = hazmat::rsa_encrypt(key, &number).expect("less than the modulus").to_be_bytes();
        encrypted[encrypted.len() - len..].to_vec()
    };
    let modulus = key.n().to_be_bytes();
    let modulus = modulus[modulus.len() - len..].to_vec();
    vec![
        ("right", block(&|_| ())),
        ("a first byte that is not 0", block(&|block| block[0] = 1)),
        ("another type of block", block(&|block| block[1] = 1)),
        ("no end of the padding", block(&|block| block[len - 49] = 7)),
        ("an end in the first eight bytes", block(&|block| block[5] = 0)),
        ("an end one byte early", block(&|block| block[len - 50] = 0)),
        ("an end one byte late", block(&|block| (block[len - 49], block[len - 48]) = (7, 0))),
        ("no premaster at all", block(&|block| block[len - 1] = 0)),
        ("an older version", block(&|block| block[len - 47] ^= 1)),
        ("another version", block(&|block| block[len - 48] = 2)),
        ("zeros", vec![0; len]),
        ("the modulus itself", modulus),
        ("the largest number", vec![0xff; len]),
        ("a byte less", vec![1; len - 1]),
        ("a byte more", vec![1; len + 1]),
        ("one byte", vec![1]),
        ("nothing", Vec::new()),
    ]
}

/// The message that carries `encrypted`.
fn key_exchange(version: ProtocolVersion, encrypted: &[u8]) -> Vec<u8> {
    let len = u16::try_from(encrypted.len()).expect("short").to_be_bytes();
    let body = if version == ProtocolVersion::SSL3 { encrypted.to_vec() } else { [&len, encrypted].concat() };
    let len = u16::try_from(body.len()).expect("short").to_be_bytes();
    [&[16, 0], &len[..], &body].concat()
}

/// What a client does once it has asked.
#[derive(Clone, Copy, Debug)]
enum Then {
    /// Goes on as it should; nobody can read its Finished, for the keys are others.
    GoesOn,
    /// Says Finished in the clear.
    KeepsClear,
    /// Says nothing more.
    Ends,
}

/// The server's answer to a key exchange: alerts, and the records behind the last of them.
fn ask(
    port: u16,
    version: ProtocolVersion,
    suite: Suite,
    message: Vec<u8>,
    then: Then,
) -> (Vec<[u8; 2]>, Vec<Record>) {
    let mut rogue = Rogue::client(port).saying(16, message);
    match then {
        Then::GoesOn => {}
        Then::KeepsClear => rogue.changes_cipher = false,
        Then::Ends => (rogue.changes_cipher, rogue.ends_after) = (false, Some(16)),
    }
    assert!(rogue.connect(&client_conf(version, suite)).is_err(), "nobody has these keys");
    let rest = rogue.answer();
    (rogue.alerts, rest)
}

#[test]
fn no_premaster_is_told_from_another() {
    let certs = Certs::new();
    let server = start(&certs);
    let key = public_key(&certs.localhost(Key::Rsa).chain);
    for (version, suite) in [
        (ProtocolVersion::TLS12, Suite::TLS_RSA_WITH_AES_128_GCM_SHA256),
        (ProtocolVersion::TLS12, Suite::TLS_RSA_WITH_AES_128_CBC_SHA),
        (ProtocolVersion::TLS10, Suite::TLS_RSA_WITH_AES_128_CBC_SHA),
        (ProtocolVersion::SSL3, Suite::TLS_RSA_WITH_AES_128_CBC_SHA),
    ] {
        assert!(
            Rogue::client(server.port()).connect(&client_conf(version, suite)).is_ok(),
            "what is right is taken"
        );
        for then in [Then::GoesOn, Then::KeepsClear, Then::Ends] {
            let mut first = None;
            for (name, encrypted) in questions(&key, version) {
                let answer = ask(server.port(), version, suite, key_exchange(version, &encrypted), then);
                if let Then::GoesOn = then {
                    assert_eq!(answer, (vec![[2, 20]], Vec::new()), "{version} {name}");
                }
                let first = first.get_or_insert(answer.clone());
                assert_eq!(&answer, first, "{version} {name}, and then the client {then:?}");
            }
        }
    }
    let ends = [
        "failed: finished verification failed",
        "failed: i/o on hungup channel",
        "failed: record mac mismatch",
    ];
    assert_eq!(said(server), [&[CUT], &ends[..]].concat(), "one for each way in which they went on");
}

/// A record's content under CBC: payload, MAC and padding, of which something may be wrong.
type Content = Vec<u8>;

/// What can be in a record's place. The first is as it must be.
fn forgeries(mac: &dyn Fn(&[u8]) -> Vec<u8>, block_len: usize) -> Vec<(&'static str, Content)> {
    let payload = b"is this well padded?";
    let sum = mac(payload);
    let wrong = |at: usize| {
        let mut sum = sum.clone();
        sum[at] ^= 1;
        sum
    };
    let content = |payload: &[u8], sum: &[u8], blocks_more: usize, change: &dyn Fn(&mut [u8])| {
        let mut content = [payload, sum].concat();
        let padding_len = block_len - content.len() % block_len + blocks_more * block_len;
        content.extend(vec![u8::try_from(padding_len - 1).expect("at most 256 bytes"); padding_len]);
        change(&mut content);
        content
    };
    let nothing = |_: &mut [u8]| ();
    let last = sum.len() - 1;
    let first_of_padding = payload.len() + sum.len();
    vec![
        ("right", content(payload, &sum, 0, &nothing)),
        ("the longest padding, wrong MAC", content(payload, &wrong(0), 256 / block_len - 1, &nothing)),
        ("the first byte of the MAC", content(payload, &wrong(0), 0, &nothing)),
        ("the last byte of the MAC", content(payload, &wrong(last), 0, &nothing)),
        ("the payload", content(b"is this well padded!", &sum, 0, &nothing)),
        (
            "the first byte of the padding",
            content(payload, &sum, 1, &|content| content[first_of_padding] ^= 1),
        ),
        (
            "all of the padding but its length",
            content(payload, &sum, 1, &|content| {
                let end = content.len() - 1;
                content[first_of_padding..end].fill(0);
            }),
        ),
        (
            "a length one less",
            content(payload, &sum, 1, &|content| *content.last_mut().expect("a byte") -= 1),
        ),
        (
            "a length of nothing",
            content(payload, &sum, 1, &|content| *content.last_mut().expect("a byte") = 0),
        ),
        (
            "a length into the MAC",
            content(payload, &sum, 0, &|content| *content.last_mut().expect("a byte") = 30),
        ),
        ("a length beyond the record", content(payload, &sum, 0, &|content| content.fill(0xff))),
        ("nothing but padding", vec![0x3f; 64]),
    ]
}

/// Makes a record of `content` with the client's own keys.
fn forged(rogue: &Rogue, content: &Content) -> Vec<u8> {
    let Keys { hash, enc, block } = rogue.keys.as_ref().expect("keys");
    let key = &block[2 * hash.mac_len..][..enc.key_len];
    let has_explicit_iv = rogue.version() >= ProtocolVersion::TLS11;
    let iv = if has_explicit_iv { vec![0x1f; 16] } else { rogue.last_sent.clone() };
    let mut sealed = content.clone();
    let (blocks, _) = Array::slice_as_chunks_mut(&mut sealed);
    match enc.name {
        "aes_128_cbc" => {
            Encryptor::<Aes128>::new_from_slices(key, &iv).expect("lengths").encrypt_blocks(blocks)
        }
        _ => Encryptor::<Aes256>::new_from_slices(key, &iv).expect("lengths").encrypt_blocks(blocks),
    }
    let body = if has_explicit_iv { [iv, sealed].concat() } else { sealed };
    let len = u16::try_from(body.len()).expect("short").to_be_bytes();
    [&[23], &rogue.version().to_bytes()[..], &len, &body].concat()
}

/// The MAC of the second record that the client sends under its keys: Finished was the first.
fn mac(rogue: &Rogue, payload: &[u8]) -> Vec<u8> {
    let Keys { hash, block, .. } = rogue.keys.as_ref().expect("keys");
    let len = u16::try_from(payload.len()).expect("short").to_be_bytes();
    let message = [&1_u64.to_be_bytes()[..], &[23], &rogue.version().to_bytes(), &len, payload].concat();
    let key = &block[..hash.mac_len];
    match hash.name {
        "sha1" => sum::<Hmac<sha1::Sha1>>(key, &message),
        _ => sum::<Hmac<sha2::Sha256>>(key, &message),
    }
}

fn sum<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = <M as KeyInit>::new_from_slice(key).expect("any key will do");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

#[test]
fn no_padding_is_told_from_another() {
    let server = start(&Certs::new());
    for (version, suite) in [
        (ProtocolVersion::TLS10, Suite::TLS_RSA_WITH_AES_128_CBC_SHA),
        (ProtocolVersion::TLS11, Suite::TLS_RSA_WITH_AES_256_CBC_SHA),
        (ProtocolVersion::TLS12, Suite::TLS_RSA_WITH_AES_128_CBC_SHA),
        (ProtocolVersion::TLS12, Suite::TLS_RSA_WITH_AES_256_CBC_SHA256),
        (ProtocolVersion::TLS12, Suite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256),
    ] {
        let conf = client_conf(version, suite);
        let connected = || {
            let mut rogue = Rogue::client(server.port());
            rogue.connect(&conf).expect("a handshake as it must be");
            rogue
        };
        let names: Vec<&str> = {
            let rogue = connected();
            forgeries(&|payload| mac(&rogue, payload), 16).into_iter().map(|(name, _)| name).collect()
        };
        let mut first = None;
        for (index, name) in names.iter().enumerate() {
            let mut rogue = connected();
            let (_, content) = forgeries(&|payload| mac(&rogue, payload), 16).swap_remove(index);
            let record = forged(&rogue, &content);
            rogue.send_bytes(&record);
            if index == 0 {
                let echoed = rogue.record().expect("an echo");
                assert_eq!(
                    (echoed.content_type, echoed.payload.is_empty()),
                    (ContentType::APPLICATION_DATA, false)
                );
                continue;
            }
            let answer = rogue.answer();
            let [alert] = &answer[..] else { panic!("{version} {name}: {answer:?}") };
            assert_eq!(
                (alert.content_type, &alert.payload[..]),
                (ContentType::ALERT, &[2, 20][..]),
                "{version} {name}"
            );
            let first = first.get_or_insert(alert.wire_len);
            assert_eq!(alert.wire_len, *first, "{version} {name}");
        }
    }
    assert_eq!(said(server), ["connection cut without close_notify: bad record mac", CUT]);
}

/// What the server said, addresses aside, each thing once.
fn said(mut server: Server) -> Vec<String> {
    let printed = server.process().printed().stderr_text();
    let said = printed.lines().filter_map(|line| line.split_once(" tls reports "));
    let said: BTreeSet<String> = said.map(|(_, what)| what.to_owned()).collect();
    said.into_iter().collect()
}

/// What it says of a client that goes away in the middle: the one that did everything right.
const CUT: &str = "connection cut without close_notify: i/o on hungup channel";
