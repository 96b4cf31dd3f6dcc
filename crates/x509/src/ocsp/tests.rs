//! OpenSSL's responses about certificates of an authority of our own, good ones and each kind of bad one.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::pem;

/// 2030-01-01: every certificate and every response holds.
const NOW: u64 = 1_893_456_000;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/ocsp").join(name)
}

fn certificate(name: &str) -> Certificate {
    Certificate::from_der(&pem::read(&file(name)).unwrap()[0].der).unwrap()
}

fn der(name: &str) -> Vec<u8> {
    fs::read(file(name)).unwrap()
}

/// Reads what `response` says of `about`.
fn read(response: &[u8], about: &str) -> Result<Response, OcspError> {
    Response::read(response, &certificate(about), Some(&Issuer::of(&certificate("ca.crt"))), NOW)
}

#[test]
fn the_issuer_and_whom_it_charged_may_say_that_all_is_well() {
    for name in ["good", "good.sha256", "good.key", "delegated", "delegated.key"] {
        let bytes = der(&format!("{name}.ocsp"));
        let response = read(&bytes, "leaf.crt").unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((response.status(), response.der()), (Status::Good, bytes.as_slice()), "{name}");
        assert_eq!(response.check_good(NOW), Ok(()), "{name}");
    }
}

#[test]
fn nobody_else_may() {
    // For another purpose, of another authority, and without the certificate that says whose it is.
    for name in ["pretended.ocsp", "strange.ocsp", "alone.ocsp"] {
        assert_eq!(read(&der(name), "leaf.crt"), Err(OcspError::BadSignature), "{name}");
    }
    // One who does not know the issuer believes it: it is the server's own file then.
    let leaf = certificate("leaf.crt");
    assert!(Response::read(&der("strange.ocsp"), &leaf, None, NOW).is_ok());
}

#[test]
fn whom_it_charged_long_ago_may_no_more() {
    let issuer = Issuer::of(&certificate("ca.crt"));
    let late = certificate("responder.crt").validity().not_after + 1;
    let response = Response::read(&der("delegated.ocsp"), &certificate("leaf.crt"), Some(&issuer), late);
    assert_eq!(response, Err(OcspError::BadSignature));
}

#[test]
fn bad_news_are_told_apart() {
    let revoked = read(&der("revoked.ocsp"), "revoked.crt").unwrap();
    assert_eq!((revoked.status(), revoked.check_good(NOW)), (Status::Revoked, Err(OcspError::Revoked)));
    let unknown = read(&der("unknown.ocsp"), "leaf.crt").unwrap();
    assert_eq!(unknown.check_good(NOW), Err(OcspError::UnknownCertificate));
    assert_eq!(read(&der("refused.ocsp"), "leaf.crt"), Err(OcspError::Refused));
    assert_eq!(read(&der("endless.ocsp"), "leaf.crt"), Err(OcspError::Endless));
}

#[test]
fn a_response_holds_from_its_first_second_to_its_last() {
    let response = read(&der("good.ocsp"), "leaf.crt").unwrap();
    let Validity { not_before, not_after } = response.validity();
    assert!(response.holds_at(not_before) && response.holds_at(not_after));
    for then in [not_before - 1, not_after + 1] {
        assert_eq!(response.check_good(then), Err(OcspError::NotNow(response.validity())));
    }
}

#[test]
fn what_is_said_of_another_is_said_of_nobody() {
    assert_eq!(read(&der("revoked.ocsp"), "leaf.crt"), Err(OcspError::OtherCertificate));
    assert_eq!(read(&der("good.ocsp"), "responder.crt"), Err(OcspError::OtherCertificate));
    let other = Issuer::of(&certificate("stranger.crt"));
    let response = Response::read(&der("good.ocsp"), &certificate("leaf.crt"), Some(&other), NOW);
    assert_eq!(response, Err(OcspError::OtherCertificate));
}

#[test]
fn no_prefix_no_longer_input_and_no_changed_byte_is_good() {
    for name in ["good.ocsp", "delegated.ocsp"] {
        let good = der(name);
        for end in 0..good.len() {
            assert!(read(&good[..end], "leaf.crt").is_err(), "{name}: {end}");
        }
        let longer = [&good[..], &[0]].concat();
        assert_eq!(read(&longer, "leaf.crt"), Err(OcspError::Malformed));
    }
    let good = der("good.ocsp");
    // Behind the signature are the signer's certificates, which nobody needs here.
    let signed = good.len() - certificate("ca.crt").der().len() - 8;
    for index in 0..signed {
        let mut changed = good.clone();
        changed[index] ^= 1;
        assert!(read(&changed, "leaf.crt").is_err(), "{index}");
    }
}
