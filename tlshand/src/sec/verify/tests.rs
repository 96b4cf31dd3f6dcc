//! Signatures of every scheme that we make, made by `factotum`.

use super::*;
use crate::fixture::{Kind, certified};

const MESSAGE: &[u8] = b"randoms and parameters";

#[test]
fn every_scheme_of_every_key_verifies_and_no_other_message_does() {
    for kind in [Kind::Rsa, Kind::P256, Kind::P384, Kind::Ed25519] {
        let certified = certified(kind, &["a.example"]);
        let public = certified.certificate().public_key();
        assert!(!certified.key().schemes().is_empty());
        for scheme in certified.key().schemes() {
            assert!(offered(&Allow::default()).contains(scheme));
            let mut signature = certified.key().here().unwrap().sign(*scheme, MESSAGE).unwrap();
            assert!(verify(public, *scheme, MESSAGE, &signature).is_ok(), "{scheme:?}");
            let other = verify(public, *scheme, b"another", &signature);
            assert!(matches!(other, Err(Error::BadSignature)), "{scheme:?}");
            let last = signature.len() - 1;
            signature[last] ^= 1;
            let broken = verify(public, *scheme, MESSAGE, &signature);
            assert!(matches!(broken, Err(Error::BadSignature)), "{scheme:?}");
        }
    }
}

#[test]
fn in_tls13_a_scheme_is_for_one_kind_of_key() {
    use SignatureScheme as S;
    for kind in [Kind::Rsa, Kind::P256, Kind::P384, Kind::Ed25519] {
        let certified = certified(kind, &["a.example"]);
        let public = certified.certificate().public_key();
        for scheme in TLS13_SCHEMES {
            let is_ours = match kind {
                Kind::Rsa => scheme.name().starts_with("rsa_pss_rsae"),
                Kind::P256 => scheme == S::ECDSA_SECP256R1_SHA256,
                Kind::P384 => scheme == S::ECDSA_SECP384R1_SHA384,
                Kind::Ed25519 => scheme == S::ED25519,
            };
            let Ok(signature) = certified.key().here().unwrap().sign(scheme, MESSAGE) else {
                assert!(!is_ours);
                let error = verify_tls13(public, scheme, MESSAGE, &[1; 64]).unwrap_err();
                assert!(matches!(error, Error::Unoffered(_)), "{kind:?} {scheme:?}");
                continue;
            };
            assert!(is_ours && verify_tls13(public, scheme, MESSAGE, &signature).is_ok(), "{scheme:?}");
        }
        for scheme in [S::RSA_PKCS1_SHA256, S::RSA_PKCS1_SHA1] {
            assert!(matches!(verify_tls13(public, scheme, MESSAGE, &[1; 256]), Err(Error::Unoffered(_))));
        }
    }
}

#[test]
fn schemes_of_other_keys_or_with_weak_hashes_are_refused() {
    use SignatureScheme as S;
    let rsa = certified(Kind::Rsa, &["a.example"]);
    let p256 = certified(Kind::P256, &["a.example"]);
    for (key, scheme) in [
        (&rsa, S::ECDSA_SECP256R1_SHA256),
        (&rsa, S::RSA_PKCS1_MD5),
        (&rsa, S::RSA_PKCS1_SHA224),
        (&rsa, S::RSA_PSS_PSS_SHA256),
        (&p256, S::RSA_PSS_RSAE_SHA256),
        (&p256, S::ECDSA_SHA1),
        (&p256, S::ECDSA_SHA224),
        (&p256, S::ED25519),
        (&p256, S(0xfefe)),
    ] {
        let refused = verify(key.certificate().public_key(), scheme, MESSAGE, &[0; 256]);
        assert!(matches!(refused, Err(Error::Unoffered(_))), "{scheme:?}");
    }
}

#[test]
fn what_is_old_verifies_and_is_offered_only_where_it_is_allowed() {
    use SignatureScheme as S;
    let rsa = certified(Kind::Rsa, &["a.example"]);
    let public = rsa.certificate().public_key();
    for (scheme, message) in [(S::RSA_PKCS1_SHA1, MESSAGE), (S::RSA_PKCS1_MD5_SHA1, &[7; 36])] {
        let mut signature = rsa.key().here().unwrap().sign(scheme, message).unwrap();
        assert!(verify(public, scheme, message, &signature).is_ok(), "{scheme:?}");
        assert!(matches!(verify(public, scheme, &[8; 36], &signature), Err(Error::BadSignature)));
        signature[9] ^= 1;
        assert!(matches!(verify(public, scheme, message, &signature), Err(Error::BadSignature)));
    }
    // A DigestInfo is no part of the older form, and hashes of other lengths are none.
    let sha1 = rsa.key().here().unwrap().sign(S::RSA_PKCS1_SHA1, MESSAGE).unwrap();
    assert!(matches!(verify(public, S::RSA_PKCS1_MD5_SHA1, &[7; 36], &sha1), Err(Error::BadSignature)));
    assert!(matches!(verify(public, S::RSA_PKCS1_MD5_SHA1, &[7; 20], &sha1), Err(Error::BadSignature)));

    let allowed = offered(&[Old::Sha1].into_iter().collect());
    assert_eq!(
        (offered(&Allow::default()).contains(&S::RSA_PKCS1_SHA1), allowed.last()),
        (false, Some(&S::RSA_PKCS1_SHA1))
    );
    assert_eq!(scheme(ProtocolVersion::TLS11, None, &allowed).unwrap(), S::RSA_PKCS1_MD5_SHA1);
    assert!(scheme(ProtocolVersion::TLS12, None, &allowed).is_err());
    assert!(scheme(ProtocolVersion::TLS12, Some(S::RSA_PKCS1_MD5_SHA1), &allowed).is_err());
}
