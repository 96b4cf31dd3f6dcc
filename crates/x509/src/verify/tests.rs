//! Every reason to refuse a chain, from certificates that have exactly that fault.

use super::*;
use crate::pem;
use std::path::{Path, PathBuf};

/// 2030-01-01: all but `expired.crt` and `future.crt` are valid.
const NOW: u64 = 1_893_456_000;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn chain_of(name: &str) -> Vec<CertificateDer<'static>> {
    pem::certificates(&pem::read(&data(name)).unwrap())
}

fn roots(name: &str) -> Roots {
    Roots::from_file(&data(name)).unwrap()
}

fn verify(chain: &[CertificateDer<'_>], root: &str, name: &'static str) -> Result<(), VerifyError> {
    verify_server(chain, &roots(root), &ServerName::try_from(name).unwrap(), NOW).map(drop)
}

#[test]
fn every_kind_of_key_verifies_for_its_names() {
    for name in ["rsa", "p256", "p384", "ed25519"] {
        let chain = chain_of(&format!("{name}.crt"));
        assert_eq!(verify(&chain, "root.crt", "localhost"), Ok(()), "{name}");
    }
    assert_eq!(verify(&chain_of("rsa.crt"), "root.crt", "RSA.example"), Ok(()));
    assert_eq!(verify(&chain_of("rsa.crt"), "root.crt", "127.0.0.1"), Ok(()));
    assert_eq!(verify(&chain_of("rsa.crt"), "root.crt", "::1"), Ok(()));
}

#[test]
fn a_wildcard_stands_for_one_label() {
    let chain = chain_of("wildcard.crt");
    assert_eq!(verify(&chain, "root.crt", "a.wild.example"), Ok(()));
    assert_eq!(verify(&chain, "root.crt", "wild.example"), Ok(()));
    assert!(matches!(verify(&chain, "root.crt", "a.b.wild.example"), Err(VerifyError::WrongName { .. })));
}

#[test]
fn another_name_is_refused_with_both_sides() {
    let error = verify(&chain_of("p256.crt"), "root.crt", "other.example").unwrap_err();
    let text = "the certificate is not for other.example but for p256.example, localhost, 127.0.0.1";
    assert_eq!(error.to_string(), text);
    assert!(matches!(verify(&chain_of("p256.crt"), "root.crt", "::1"), Err(VerifyError::WrongName { .. })));
    // The common name is "localhost": it does not count (RFC 9525 §2).
    let nameless = verify(&chain_of("nameless.crt"), "root.crt", "localhost");
    assert!(
        matches!(nameless, Err(VerifyError::WrongName { ref found, .. }) if found.is_empty()),
        "{nameless:?}"
    );
}

#[test]
fn times_are_checked() {
    let expired = verify(&chain_of("expired.crt"), "root.crt", "localhost");
    assert_eq!(expired, Err(VerifyError::Expired { not_after: 1_009_843_200 }));
    assert_eq!(expired.unwrap_err().to_string(), "the certificate expired on 2002-01-01T00:00:00Z");
    let future = verify(&chain_of("future.crt"), "root.crt", "localhost");
    assert_eq!(future, Err(VerifyError::NotYetValid { not_before: 4_102_444_800 }));
}

#[test]
fn no_path_to_a_root_is_an_unknown_issuer() {
    assert_eq!(verify(&chain_of("rsa.crt"), "stranger.crt", "localhost"), Err(VerifyError::UnknownIssuer));
    // Without the intermediate there is no path either.
    assert_eq!(verify(&chain_of("rsa.crt")[..1], "root.crt", "localhost"), Err(VerifyError::UnknownIssuer));
    assert_eq!(verify(&chain_of("selfsigned.crt"), "root.crt", "localhost"), Err(VerifyError::UnknownIssuer));
    assert_eq!(verify(&[], "root.crt", "localhost"), Err(VerifyError::NoCertificate));
}

#[test]
fn a_certificate_that_is_trusted_itself_needs_no_authority() {
    let chain = chain_of("selfsigned.crt");
    assert_eq!(verify(&chain, "selfsigned.crt", "localhost"), Ok(()));
    assert!(matches!(verify(&chain, "selfsigned.crt", "other"), Err(VerifyError::WrongName { .. })));
    let expired = verify(&chain_of("expired.crt"), "expired.crt", "localhost");
    assert!(matches!(expired, Err(VerifyError::Expired { .. })), "{expired:?}");
    let future = verify(&chain_of("future.crt"), "future.crt", "localhost");
    assert!(matches!(future, Err(VerifyError::NotYetValid { .. })), "{future:?}");
}

#[test]
fn a_changed_signature_is_refused() {
    let mut chain = chain_of("p256.crt");
    let mut leaf = chain[0].to_vec();
    *leaf.last_mut().unwrap() ^= 1;
    chain[0] = CertificateDer::from(leaf);
    assert_eq!(verify(&chain, "root.crt", "localhost"), Err(VerifyError::BadSignature));
}

#[test]
fn old_hashes_and_small_keys_are_refused() {
    let sha1 = verify(&chain_of("sha1.crt"), "root.crt", "localhost");
    assert!(matches!(sha1, Err(VerifyError::Unsupported(_))), "{sha1:?}");
}

#[test]
fn purposes_and_constraints_are_checked() {
    let wrong = |chain: &[CertificateDer<'_>], root| match verify(chain, root, "localhost") {
        Err(VerifyError::WrongPurpose(why)) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(wrong(&chain_of("client.crt"), "root.crt"), "the certificate is for another purpose");
    assert_eq!(wrong(&chain_of("outside.crt"), "root.crt"), "the issuer may not vouch for this name");
    let intermediate = chain_of("intermediate.crt");
    assert_eq!(wrong(&intermediate, "root.crt"), "the certificate is one of an authority");
}

#[test]
fn garbage_is_malformed() {
    let garbage = [CertificateDer::from(vec![0x30, 0x03, 1, 2, 3])];
    assert_eq!(verify(&garbage, "root.crt", "localhost"), Err(VerifyError::Malformed));
}

#[test]
fn roots_of_a_file_are_all_or_none() {
    assert_eq!(roots("rsa.crt").len(), 2);
    let text = Roots::from_file(&data("p256.key")).err().unwrap().to_string();
    assert!(text.ends_with("p256.key: no CERTIFICATE section"), "{text}");
    assert!(Roots::trusting(vec![CertificateDer::from(vec![1, 2, 3])]).is_err());
    assert!(Roots::trusting(Vec::new()).unwrap().is_empty());
}

#[test]
fn a_client_is_verified_for_the_usage_of_clients_and_without_a_name() {
    assert_eq!(verify_client(&chain_of("client.crt"), &roots("root.crt"), NOW), Ok(()));
    let unknown = verify_client(&chain_of("client.crt"), &roots("stranger.crt"), NOW);
    assert_eq!(unknown, Err(VerifyError::UnknownIssuer));
    assert_eq!(verify_client(&[], &roots("root.crt"), NOW), Err(VerifyError::NoCertificate));
    let intermediate = verify_client(&chain_of("intermediate.crt"), &roots("root.crt"), NOW);
    assert!(matches!(intermediate, Err(VerifyError::WrongPurpose(_))));
    // Their own certificate among the roots is a thumbprint of a kind.
    assert_eq!(verify_client(&chain_of("selfsigned.crt"), &roots("selfsigned.crt"), NOW), Ok(()));
}

#[test]
fn roots_tell_their_names() {
    let subjects = roots("root.crt").subjects();
    let root = Certificate::from_der(&chain_of("root.crt")[0]).unwrap();
    assert_eq!(subjects, [root.subject()]);
}
