//! Every form of key, every scheme against the library's verifier, and known signatures.

use aws_lc_rs::signature::{UnparsedPublicKey, VerificationAlgorithm};
use hex_literal::hex;
use std::path::Path;
use x509::pem;

use super::*;

fn section(name: &str) -> Section {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../x509/tests/data").join(name);
    pem::read(&file).unwrap().remove(0)
}

fn key(name: &str) -> PrivateKey {
    PrivateKey::from_section(&section(name)).ok().unwrap()
}

fn fault(name: &str) -> KeyFault {
    PrivateKey::from_section(&section(name)).err().unwrap()
}

fn verifier(key: &str, scheme: SignatureScheme) -> &'static dyn VerificationAlgorithm {
    match (key, scheme) {
        (_, SignatureScheme::RSA_PSS_RSAE_SHA256) => &signature::RSA_PSS_2048_8192_SHA256,
        (_, SignatureScheme::RSA_PSS_RSAE_SHA384) => &signature::RSA_PSS_2048_8192_SHA384,
        (_, SignatureScheme::RSA_PSS_RSAE_SHA512) => &signature::RSA_PSS_2048_8192_SHA512,
        (_, SignatureScheme::RSA_PKCS1_SHA256) => &signature::RSA_PKCS1_2048_8192_SHA256,
        (_, SignatureScheme::RSA_PKCS1_SHA384) => &signature::RSA_PKCS1_2048_8192_SHA384,
        (_, SignatureScheme::RSA_PKCS1_SHA512) => &signature::RSA_PKCS1_2048_8192_SHA512,
        ("p256.key", SignatureScheme::ECDSA_SECP256R1_SHA256) => &signature::ECDSA_P256_SHA256_ASN1,
        ("p384.key", SignatureScheme::ECDSA_SECP384R1_SHA384) => &signature::ECDSA_P384_SHA384_ASN1,
        ("ed25519.key", SignatureScheme::ED25519) => &signature::ED25519,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_scheme_of_every_kind_verifies_and_only_for_its_message() {
    for (name, schemes) in [("rsa.key", 6), ("p256.key", 1), ("p384.key", 1), ("ed25519.key", 1)] {
        let key = key(name);
        assert_eq!(key.schemes().len(), schemes, "{name}");
        for &scheme in key.schemes() {
            let signature = key.sign(scheme, b"hello").unwrap();
            let public = UnparsedPublicKey::new(verifier(name, scheme), key.public_bits());
            assert!(public.verify(b"hello", &signature).is_ok(), "{name} {scheme:?}");
            assert!(public.verify(b"hellO", &signature).is_err(), "{name} {scheme:?}");
        }
    }
}

#[test]
fn pss_is_preferred_to_pkcs1() {
    let numbers: Vec<u16> = key("rsa.key").schemes().iter().map(|scheme| scheme.0).collect();
    assert_eq!(numbers, [0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601]);
}

#[test]
fn a_scheme_that_is_not_its_own_is_refused() {
    let all = [0x0804, 0x0401, 0x0403, 0x0503, 0x0603, 0x0807, 0x0201, 0x0101, 0].map(SignatureScheme);
    for name in ["rsa.key", "p256.key", "p384.key", "ed25519.key"] {
        let key = key(name);
        let own = |scheme: &SignatureScheme| [key.schemes(), key.old_schemes()].concat().contains(scheme);
        for scheme in all.into_iter().filter(|scheme| !own(scheme)) {
            let refused = key.sign(scheme, b"x");
            assert!(matches!(refused, Err(Error::CannotSign { scheme: named }) if named == scheme));
        }
    }
}

#[test]
fn ed25519_signs_as_rfc_8032_says() {
    // RFC 8032 §7.1, TEST 3, in the PKCS#8 form of RFC 8410 §7.
    let seed = hex!("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7");
    let der = [&hex!("302e020100300506032b657004220420")[..], &seed].concat();
    let key = PrivateKey::from_pkcs8(&der).ok().unwrap();
    assert_eq!(key.public_bits(), hex!("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"));
    assert_eq!(
        key.sign(SignatureScheme::ED25519, &hex!("af82")).unwrap(),
        hex!(
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        )
    );
}

#[test]
fn pkcs1_signs_as_openssl_does() {
    let known = include_bytes!("../../../x509/tests/data/rsa.sig");
    assert_eq!(key("rsa.key").sign(SignatureScheme::RSA_PKCS1_SHA256, b"make.sh").unwrap(), known);
}

#[test]
fn older_forms_are_the_same_keys() {
    for (new, old) in
        [("rsa.key", "rsa.pkcs1.key"), ("p256.key", "p256.sec1.key"), ("p384.key", "p384.sec1.key")]
    {
        assert_eq!(key(new).public_bits(), key(old).public_bits(), "{old}");
        assert_eq!(key(new).schemes(), key(old).schemes(), "{old}");
    }
}

#[test]
fn keys_that_cannot_be_used_are_refused_by_name() {
    assert_eq!(fault("rsa1024.key"), KeyFault::TooSmall);
    assert_eq!(fault("p521.key"), KeyFault::Unsupported);
    assert_eq!(fault("encrypted.key"), KeyFault::Encrypted);
    assert_eq!(fault("rsa.crt"), KeyFault::Unsupported);
}

#[test]
fn a_key_that_is_checked_later_is_the_same_key() {
    for name in ["rsa.key", "rsa.pkcs1.key", "p256.key", "p384.sec1.key", "ed25519.key"] {
        let later = PrivateKey::from_section_unchecked(&section(name)).ok().unwrap();
        assert_eq!(later.public_bits(), key(name).public_bits(), "{name}");
        let scheme = later.schemes()[0];
        let signature = later.sign(scheme, b"hello").unwrap();
        let public = UnparsedPublicKey::new(
            verifier(&name.replace(".pkcs1", "").replace(".sec1", ""), scheme),
            later.public_bits(),
        );
        assert!(public.verify(b"hello", &signature).is_ok(), "{name}");
    }
    for name in ["rsa1024.key", "p521.key", "encrypted.key", "rsa.crt"] {
        assert_eq!(PrivateKey::from_section_unchecked(&section(name)).err(), Some(fault(name)), "{name}");
    }
}

#[test]
fn numbers_that_contradict_each_other_are_found_out_before_they_sign() {
    // The last byte of q's inverse.
    let mut section = section("rsa.pkcs1.key");
    *section.der.last_mut().unwrap() ^= 1;
    assert_eq!(PrivateKey::from_section(&section).err(), Some(KeyFault::Malformed));
    let later = PrivateKey::from_section_unchecked(&section).ok().unwrap();
    for scheme in later.schemes() {
        let refused = later.sign(*scheme, b"hello");
        assert!(
            matches!(refused, Err(Error::BadKey { file: None, fault: KeyFault::Malformed })),
            "{refused:?}"
        );
    }
}

#[test]
fn no_part_of_a_key_is_a_key() {
    let whole = section("rsa.pkcs1.key").der;
    for end in (0..whole.len()).step_by(7) {
        assert!(PrivateKey::from_pkcs1(&whole[..end]).is_err(), "{end}");
        let part = Section { label: Label::RsaPrivateKey, der: whole[..end].to_vec().into(), line: 1 };
        assert!(PrivateKey::from_section_unchecked(&part).is_err(), "{end}");
    }
    for name in ["rsa.key", "p256.key", "p384.key", "ed25519.key"] {
        let whole = section(name).der;
        for end in 0..whole.len() {
            assert!(PrivateKey::from_pkcs8(&whole[..end]).is_err(), "{name} {end}");
        }
    }
    assert_eq!(PrivateKey::from_pkcs1(b"").err(), Some(KeyFault::Malformed));
}

/// Encrypts as a client does, by a library of its own (RFC 8017 §7.2.1).
fn encrypted(premaster: &[u8]) -> Vec<u8> {
    use aws_lc_rs::rsa::{Pkcs1PublicEncryptingKey, PrivateDecryptingKey};
    let public = PrivateDecryptingKey::from_pkcs8(&section("rsa.key").der).unwrap().public_key();
    let public = Pkcs1PublicEncryptingKey::new(public).unwrap();
    let mut ciphertext = vec![0; public.ciphertext_size()];
    public.encrypt(premaster, &mut ciphertext).unwrap().to_vec()
}

#[test]
fn a_premaster_comes_out_and_anything_else_is_the_substitute() {
    let key = key("rsa.key");
    let good: [u8; 48] = std::array::from_fn(|i| if i < 2 { 3 } else { 0xab });
    let out = |ciphertext: &[u8]| *key.premaster(ciphertext, [3, 3], &[0xee; 48]).unwrap();
    assert_eq!(out(&encrypted(&good)), good);
    let substitute = [0xee; 48];
    assert_eq!(*key.premaster(&encrypted(&good), [3, 1], &substitute).unwrap(), substitute);
    assert_eq!(out(&encrypted(&good[..47])), substitute);
    assert_eq!(out(&[&[0; 200][..], &encrypted(&good)].concat()), substitute);
    assert_eq!(out(&encrypted(&good)[..255]), substitute);
    assert_eq!(out(&[]), substitute);
    assert_eq!(out(&[0; 256]), substitute);
    assert_eq!(out(&[0xff; 256]), substitute, "beyond the modulus");
    let mut broken = encrypted(&good);
    broken[100] ^= 1;
    assert_eq!(out(&broken), substitute);
}

#[test]
fn only_rsa_decrypts_and_signs_the_old_way() {
    assert!(matches!(key("p256.key").premaster(&[0; 256], [3, 3], &[0; 48]), Err(Error::CannotDecrypt)));
    for scheme in [SignatureScheme::RSA_PKCS1_SHA1, SignatureScheme::RSA_PKCS1_MD5_SHA1] {
        assert!(matches!(key("ed25519.key").sign(scheme, &[0; 36]), Err(Error::CannotSign { .. })));
    }
    let rsa = key("rsa.key");
    let signature = rsa.sign(SignatureScheme::RSA_PKCS1_SHA1, b"hello").unwrap();
    let public =
        UnparsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, rsa.public_bits());
    assert!(public.verify(b"hello", &signature).is_ok());
    assert!(rsa.sign(SignatureScheme::RSA_PKCS1_MD5_SHA1, &[0; 35]).is_err(), "no two hashes");
    assert_eq!(rsa.sign(SignatureScheme::RSA_PKCS1_MD5_SHA1, &[0; 36]).unwrap().len(), 256);
}
