//! Certificates that are refused, each before anything but the hello has gone out.

use std::fs;
use std::sync::Arc;

use tlswire::{Group, Suite};
use x509::{Absent, Certificate as Leaf, CertificateDer, Pins, Roots, Thumbprints};

use super::script::{Client, NOW, Server, conf, data, insecure, refusal};
use crate::client::name::server_name;
use crate::conf::{ClientConf, Verify};
use crate::error::Error;
use crate::msg::Body;
use crate::msg::cert::Certificate;

const RSA: Suite = Suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256;
const ECDSA: Suite = Suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256;

/// The certificates of a file of the x509 tests, with or without a key that can be used.
fn chain(name: &str) -> Vec<CertificateDer<'static>> {
    x509::pem::certificates(&x509::pem::read(&data(name)).unwrap())
}

fn show(conf: &ClientConf, suite: Suite, chain: Vec<CertificateDer<'static>>) -> Result<(), Error> {
    let mut client = Client::begin(conf).unwrap();
    let server = Server::new(&client, "rsa.crt", suite, Group::X25519);
    client.give(&server.hello().encode().unwrap()).unwrap();
    let result = client.give(&Certificate { chain }.encode().unwrap());
    assert_eq!(client.did, ["hand", "version 0x303"]);
    result
}

fn refused(name: &str, suite: Suite, file: &str) -> (u8, String) {
    refusal(show(&conf(name), suite, chain(file)))
}

#[test]
fn good_ones_are_taken() {
    for (suite, file) in [(RSA, "rsa.crt"), (ECDSA, "p256.crt"), (ECDSA, "p384.crt"), (ECDSA, "ed25519.crt")]
    {
        assert!(show(&conf("localhost"), suite, chain(file)).is_ok(), "{file}");
    }
    assert!(show(&conf("127.0.0.1"), RSA, chain("rsa.crt")).is_ok());
    assert!(show(&conf("x.wild.example"), ECDSA, chain("wildcard.crt")).is_ok());
}

#[test]
fn none_at_all_is_a_runt() {
    assert_eq!(refusal(show(&conf("localhost"), RSA, Vec::new())), (47, "runt certificate".to_owned()));
    assert_eq!(refusal(show(&insecure(None), RSA, Vec::new())), (47, "runt certificate".to_owned()));
}

#[test]
fn each_reason_has_its_alert() {
    let cases = [
        ("localhost", "selfsigned.crt", 48, "not signed by a trusted root"),
        ("localhost", "stranger.crt", 48, "not signed by a trusted root"),
        ("localhost", "expired.crt", 45, "expired on 2002-01-01"),
        ("localhost", "future.crt", 45, "not valid before 2100-01-01"),
        ("other.example", "p256.crt", 42, "not for other.example"),
        ("::1", "p256.crt", 42, "not for ::1"),
        ("localhost", "nameless.crt", 42, "it has no names"),
        ("localhost", "client.crt", 43, "for another purpose"),
        ("localhost", "outside.crt", 43, "may not vouch"),
        ("localhost", "intermediate.crt", 43, "one of an authority"),
    ];
    for (name, file, alert, words) in cases {
        let (number, text) = refused(name, ECDSA, file);
        assert_eq!(number, alert, "{file}: {text}");
        assert!(text.contains(words), "{file}: {text}");
    }
}

#[test]
fn broken_ones_are_refused() {
    let mut changed = chain("p256.crt");
    let mut leaf = changed[0].to_vec();
    *leaf.last_mut().unwrap() ^= 1;
    changed[0] = CertificateDer::from(leaf);
    let text = "a signature in the certificate chain is wrong".to_owned();
    assert_eq!(refusal(show(&conf("localhost"), ECDSA, changed)), (42, text));
    for conf in [conf("localhost"), insecure(None)] {
        let garbage = vec![CertificateDer::from(vec![0x30, 0])];
        assert_eq!(refusal(show(&conf, RSA, garbage)), (42, "malformed certificate".to_owned()));
    }
    let long = vec![chain("rsa.crt").remove(0); 11];
    assert_eq!(refusal(show(&conf("localhost"), RSA, long)), (42, "too many certificates".to_owned()));
}

#[test]
fn the_key_must_be_of_the_suite() {
    let other = (47, "invalid kind of key for the cipher suite".to_owned());
    assert_eq!(refused("localhost", RSA, "p256.crt"), other);
    assert_eq!(refused("localhost", RSA, "ed25519.crt"), other);
    assert_eq!(refused("localhost", ECDSA, "rsa.crt"), other);
}

#[test]
fn insecure_is_about_whose_it_is_and_not_about_weak_keys() {
    let conf = insecure(Some(server_name("elsewhere.example").unwrap()));
    for file in ["selfsigned.crt", "expired.crt", "client.crt"] {
        assert!(show(&conf, ECDSA, chain(file)).is_ok(), "{file}");
    }
    // An authority's key signs certificates and nothing else.
    let no_signatures = "the certificate's keyUsage allows no signatures".to_owned();
    assert_eq!(refusal(show(&conf, ECDSA, chain("stranger.crt"))), (43, no_signatures));
    assert_eq!(refusal(show(&conf, RSA, chain("rsa1024.crt"))).0, 43);
    assert_eq!(refusal(show(&conf, ECDSA, chain("p521.crt"))).0, 43);
}

#[test]
fn a_root_of_ones_own_will_do() {
    let roots = Arc::new(Roots::from_file(&data("selfsigned.crt")).unwrap());
    let conf = |name| {
        ClientConf::new(Some(server_name(name).unwrap()), Verify::Roots { roots: roots.clone(), now: NOW })
    };
    assert!(show(&conf("localhost"), ECDSA, chain("selfsigned.crt")).is_ok());
    assert_eq!(refusal(show(&conf("other"), ECDSA, chain("selfsigned.crt"))).0, 42);
    assert_eq!(refusal(show(&conf("localhost"), ECDSA, chain("p256.crt"))).0, 48);
}

/// Those that a thumbprint file with these words lists, but not those of the other.
fn pins(trusted: &[&str], excluded: &[&str]) -> Option<Arc<Pins>> {
    let dir = tempfile::tempdir().unwrap();
    let list = |name: &str, words: &[&str]| {
        let file = dir.path().join(name);
        let lines: String = words.iter().map(|word| format!("x509 {word}\n")).collect();
        fs::write(&file, lines).unwrap();
        Thumbprints::read(&file, Absent::Error).unwrap()
    };
    let (trusted, excluded) = (list("trusted", trusted), list("excluded", excluded));
    Some(Arc::new(Pins { trusted, excluded, trusts_sha1: false }))
}

/// The word for a certificate of the x509 tests, and another one for the same.
fn words(file: &str) -> (String, String) {
    let leaf = Leaf::from_der(&chain(file)[0]).unwrap();
    let whole: String = leaf.sha256().iter().map(|byte| format!("{byte:02x}")).collect();
    (x509::thumb::word(&leaf), format!("sha256={whole}"))
}

#[test]
fn known_by_its_hash_it_needs_no_root_and_no_name() {
    let (key, whole) = words("selfsigned.crt");
    for word in [&key, &whole] {
        let conf = ClientConf { pins: pins(&[word], &[]), ..insecure(None) };
        assert!(show(&conf, ECDSA, chain("selfsigned.crt")).is_ok(), "{word}");
        // Another of its hashes says that it is not wanted.
        for excluded in [&key, &whole] {
            let conf = ClientConf { pins: pins(&[word], &[excluded]), ..insecure(None) };
            let (alert, text) = refusal(show(&conf, ECDSA, chain("selfsigned.crt")));
            assert_eq!((alert, text), (46, format!("cert for the server not recognized: {key}")));
        }
    }
}

#[test]
fn unknown_by_its_hash_it_is_refused_whatever_the_roots_say() {
    let (key, _) = words("p256.crt");
    let (other, _) = words("p384.crt");
    let known = ClientConf { pins: pins(&[&other, &key], &[]), ..conf("localhost") };
    assert!(show(&known, ECDSA, chain("p256.crt")).is_ok());
    let unknown = ClientConf { pins: pins(&[&other], &[]), ..conf("localhost") };
    let result = show(&unknown, ECDSA, chain("p256.crt"));
    let shown = result.as_ref().unwrap_err().peer_certificate().cloned();
    assert_eq!(shown.as_ref(), chain("p256.crt").first(), "what was refused can be looked at");
    assert_eq!(refusal(result), (46, format!("cert for localhost not recognized: {key}")));
    // Both have to agree: here it is the roots that do not.
    let (stranger, _) = words("selfsigned.crt");
    let distrusted = ClientConf { pins: pins(&[&stranger], &[]), ..conf("localhost") };
    assert_eq!(refusal(show(&distrusted, ECDSA, chain("selfsigned.crt"))).0, 48);
}

#[test]
fn no_prefix_of_the_message_is_the_message() {
    let body = Certificate { chain: chain("ed25519.crt") }.encode().unwrap()[4..].to_vec();
    for end in (0..body.len()).step_by(3) {
        let mut client = Client::begin(&insecure(None)).unwrap();
        let server = Server::new(&client, "rsa.crt", ECDSA, Group::X25519);
        client.give(&server.hello().encode().unwrap()).unwrap();
        let [_, _, high, low] = u32::try_from(end).unwrap().to_be_bytes();
        let framed = [&[11, 0, high, low], &body[..end]].concat();
        assert_eq!(
            refusal(client.give(&framed)),
            (50, "handshake message (11) has invalid length".to_owned())
        );
    }
}
