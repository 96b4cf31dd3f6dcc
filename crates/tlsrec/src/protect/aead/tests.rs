//! The AEADs by their standards, every backend, both ways, and wrong in every byte.

use super::{AeadKey, Nonce};
use crate::{
    kat::{hex, rows},
    protect::{ccpoly64, rustcrypto},
};
use alloc::{boxed::Box, vec, vec::Vec};

fn boxed(key: Option<impl AeadKey + 'static>) -> Box<dyn AeadKey> {
    Box::new(key.unwrap())
}

/// Every implementation of one algorithm; the first is RustCrypto's.
fn keys(name: &str, key: &[u8]) -> Vec<Box<dyn AeadKey>> {
    let portable = match name {
        "ccpoly64_aead" => return vec![boxed(ccpoly64::Key::new(key))],
        "ccpoly96_aead" => boxed(rustcrypto::chacha20_poly1305(key)),
        "aes_128_gcm_aead" => boxed(rustcrypto::aes128_gcm(key)),
        "aes_256_gcm_aead" => boxed(rustcrypto::aes256_gcm(key)),
        other => panic!("{other}"),
    };
    #[cfg(feature = "aws-lc")]
    let others = {
        use crate::protect::awslc;
        [match name {
            "ccpoly96_aead" => boxed(awslc::chacha20_poly1305(key)),
            "aes_128_gcm_aead" => boxed(awslc::aes128_gcm(key)),
            _ => boxed(awslc::aes256_gcm(key)),
        }]
    };
    #[cfg(not(feature = "aws-lc"))]
    let others = [];
    [portable].into_iter().chain(others).collect()
}

fn seal(key: &dyn AeadKey, nonce: &Nonce, aad: &[u8], text: &[u8]) -> Vec<u8> {
    let mut sealed = text.to_vec();
    let tag = key.seal(nonce, aad, &mut sealed).unwrap();
    sealed.extend_from_slice(&tag);
    sealed
}

fn open(key: &dyn AeadKey, nonce: &Nonce, aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let mut text = sealed.to_vec();
    key.open(nonce, aad, &mut text).ok()?;
    text.truncate(sealed.len() - 16);
    Some(text)
}

#[test]
fn every_backend_gives_the_answers_of_the_standards() {
    let mut count = 0;
    for row in rows(include_str!("../../../tests/data/kat/aead.txt")) {
        let [name, key, nonce, aad, text, sealed, _source] = row[..] else { panic!("{row:?}") };
        let (nonce, aad, text, sealed) = (hex(nonce), hex(aad), hex(text), hex(sealed));
        let nonce: Nonce = nonce.try_into().unwrap();
        for key in keys(name, &hex(key)) {
            assert_eq!(seal(&*key, &nonce, &aad, &text), sealed, "{row:?}");
            assert_eq!(open(&*key, &nonce, &aad, &sealed), Some(text.clone()), "{row:?}");
            for at in 0..sealed.len() {
                let mut forged = sealed.clone();
                forged[at] ^= 1;
                assert_eq!(open(&*key, &nonce, &aad, &forged), None, "{row:?} {at}");
                assert_eq!(open(&*key, &nonce, &aad, &sealed[..at.min(15)]), None);
            }
            assert_eq!(open(&*key, &nonce, &[&aad[..], &[0]].concat(), &sealed), None);
            let mut other = nonce;
            other[11] ^= 1;
            assert_eq!(open(&*key, &other, &aad, &sealed), None);
        }
        count += 1;
    }
    assert_eq!(count, 10);
}

#[test]
fn every_backend_agrees_with_rustcrypto_at_every_length() {
    for (name, key_len) in [("ccpoly96_aead", 32), ("aes_128_gcm_aead", 16), ("aes_256_gcm_aead", 32)] {
        let material: Vec<u8> = (0..key_len).collect();
        let all = keys(name, &material);
        let (oracle, others) = all.split_first().unwrap();
        for len in (0..200).chain([1000, 16383, 16384]) {
            let text: Vec<u8> = (0..len).map(|i: u32| i.to_le_bytes()[0]).collect();
            let (nonce, aad) = ([3; 12], [4; 13]);
            let sealed = seal(&**oracle, &nonce, &aad, &text);
            assert_eq!(open(&**oracle, &nonce, &aad, &sealed).as_deref(), Some(&text[..]));
            for key in others {
                assert_eq!(seal(&**key, &nonce, &aad, &text), sealed);
                assert_eq!(open(&**key, &nonce, &aad, &sealed).as_deref(), Some(&text[..]));
            }
        }
    }
}

/// The draft's Poly1305 input spelled out in one buffer, against the one put together in blocks.
#[test]
fn ccpoly64_authenticates_its_four_parts_without_padding() {
    use chacha20::{
        ChaCha20Legacy,
        cipher::{KeyIvInit, StreamCipher},
    };
    use poly1305::{Poly1305, universal_hash::KeyInit};

    let key = ccpoly64::Key::new(&[8; 32]).unwrap();
    for aad_len in [0, 8, 11, 13, 16, 23, 24] {
        for len in 0..100 {
            let (aad, text): (Vec<u8>, Vec<u8>) = (vec![1; aad_len], vec![2; len]);
            let sealed = seal(&key, &[7; 12], &aad, &text);

            let mut stream = vec![0; 64 + len];
            ChaCha20Legacy::new(&[8; 32].into(), &[7; 8].into()).apply_keystream(&mut stream);
            let cipher: Vec<u8> = stream[64..].iter().map(|byte| byte ^ 2).collect();
            let le64 = |n: usize| u64::try_from(n).unwrap().to_le_bytes();
            let input = [&aad[..], &le64(aad_len), &cipher, &le64(len)].concat();
            let poly_key: [u8; 32] = stream[..32].try_into().unwrap();
            let tag = Poly1305::new(&poly_key.into()).compute_unpadded(&input);
            assert_eq!(sealed, [&cipher[..], &tag].concat(), "{aad_len} {len}");
        }
    }
}
