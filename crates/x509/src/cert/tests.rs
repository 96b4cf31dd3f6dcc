//! The facts of the test certificates, against what OpenSSL was told to put into them (`tests/data/make.sh`).

use super::*;
use crate::pem;
use std::path::Path;

fn chain_of(name: &str) -> Vec<CertificateDer<'static>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    pem::certificates(&pem::read(&file).unwrap())
}

fn leaf(name: &str) -> Certificate {
    Certificate::from_der(&chain_of(name)[0]).unwrap()
}

#[test]
fn names_and_addresses_are_the_alternative_ones() {
    let cert = leaf("rsa.crt");
    let names: Vec<&str> = cert.dns_names().iter().map(DnsName::as_str).collect();
    assert_eq!(names, ["rsa.example", "localhost"]);
    assert_eq!(cert.ip_addresses(), [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)]);
    let names: Vec<String> = leaf("wildcard.crt").dns_names().iter().map(DnsName::to_string).collect();
    assert_eq!(names, ["*.wild.example", "wild.example"]);
    assert_eq!(leaf("nameless.crt").dns_names(), []);
}

#[test]
fn kinds_of_keys() {
    let kind = |name| leaf(name).public_key().kind().clone();
    assert_eq!(kind("rsa.crt"), KeyKind::Rsa { bits: 2048 });
    assert_eq!(kind("rsa1024.crt"), KeyKind::Rsa { bits: 1024 });
    assert_eq!(kind("p256.crt"), KeyKind::P256);
    assert_eq!(kind("p384.crt"), KeyKind::P384);
    assert_eq!(kind("ed25519.crt"), KeyKind::Ed25519);
    assert_eq!(kind("p521.crt"), KeyKind::Other("1.3.132.0.35".to_owned()));
    assert_eq!(leaf("ed25519.crt").public_key().bits().len(), 32);
    assert_eq!(leaf("p384.crt").public_key().bits().len(), 97);
    assert_eq!(KeyKind::Rsa { bits: 2048 }.to_string(), "RSA with 2048 bits");
}

#[test]
fn a_key_is_for_what_its_usage_says_or_for_everything() {
    use KeyUse::{Decryption, Signature};
    let uses = |name| [Signature, Decryption].map(|wanted| leaf(name).allows(wanted));
    // An authority's is for certificates.
    assert_eq!(uses("root.crt"), [false, false]);
    assert_eq!((uses("rsa.crt"), uses("selfsigned.crt")), ([true, false], [true, true]));
}

#[test]
fn validity_holds_from_its_first_to_its_last_second() {
    let validity = leaf("expired.crt").validity();
    assert_eq!(validity, Validity { not_before: 978_307_200, not_after: 1_009_843_200 });
    assert!(validity.is_ahead(978_307_199) && !validity.is_ahead(978_307_200));
    assert!(!validity.is_over(1_009_843_200) && validity.is_over(1_009_843_201));
    // After 2049 the time is in the other form (RFC 5280 §4.1.2.5.2).
    assert_eq!(date_text(leaf("future.crt").validity().not_before), "2100-01-01T00:00:00Z");
    assert_eq!(date_text(u64::MAX), "second 18446744073709551615");
}

#[test]
fn subject_for_people() {
    let cert = leaf("rsa.crt");
    assert_eq!(cert.subject_text(), "O=House,CN=rsa");
    assert!(!cert.is_self_issued());
    assert!(leaf("root.crt").is_self_issued());
}

#[test]
fn hashes_are_those_of_openssl() {
    let cert = leaf("root.crt");
    let hex = |hash: [u8; 32]| hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let ours = format!("{}\n{}\n", hex(cert.sha256()), hex(cert.public_key().sha256()));
    assert_eq!(ours, include_str!("../../tests/data/root.sha256"));
}

#[test]
fn no_prefix_and_no_longer_input_is_a_certificate() {
    let der = chain_of("p256.crt").remove(0);
    for end in 0..der.len() {
        assert!(Certificate::from_der(&der[..end]).is_err(), "{end}");
    }
    let mut longer = der.to_vec();
    longer.push(0);
    assert!(Certificate::from_der(&longer).is_err());
}

#[test]
fn no_changed_byte_panics() {
    let der = chain_of("rsa.crt").remove(0).to_vec();
    let mut accepted = 0;
    for index in 0..der.len() {
        let mut changed = der.clone();
        changed[index] ^= 0x80;
        accepted += usize::from(Certificate::from_der(&changed).is_ok());
    }
    // Keys, serial numbers and signatures may have any bits; lengths and tags may not.
    assert!(accepted > 0 && accepted < der.len());
}
