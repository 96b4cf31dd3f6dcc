//! A factotum of the test's own, in both dialects, over the private operation of another library.

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U2048};
use tlswire::SignatureScheme;
use x509::{Certificate, pem};

use super::{PREMASTER_LEN, RemoteKey, SALT_LEN, Signing};
use crate::error::KeyFault;
use crate::rpc;

fn certificate(name: &str) -> Certificate {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../x509/tests/data").join(name);
    Certificate::from_der(&pem::read(&file).unwrap()[0].der).unwrap()
}

/// `number` to the power of the private exponent of the key of `rsa.crt`.
fn private_operation(number: &[u8]) -> Vec<u8> {
    let certificate = certificate("rsa.crt");
    let (modulus, _) = certificate.public_key().rsa_numbers().unwrap();
    let params = FixedMontyParams::new_vartime(Odd::new(U2048::from_be_slice(modulus)).unwrap());
    let mut padded = vec![0; 256 - number.len()];
    padded.extend_from_slice(number);
    let result =
        FixedMontyForm::new(&U2048::from_be_slice(&padded), &params).pow(&PRIVATE_EXPONENT).retrieve();
    result.to_be_bytes().as_ref().to_vec()
}

/// What a factotum of 9front replies.
fn nine_front(requests: &[String], last: &[u8]) -> Vec<u8> {
    let n = |name| {
        let certificate = certificate(name);
        let (modulus, _) = certificate.public_key().rsa_numbers().unwrap();
        modulus.iter().map(|byte| format!("{byte:02X}")).collect::<String>()
    };
    let written = requests.iter().any(|request| request.starts_with("write"));
    match last {
        b"read " if written => {
            let hex = requests.iter().find_map(|request| request.strip_prefix("write ")).unwrap();
            let hex = format!("{hex:0>512}");
            let number: Vec<u8> =
                (0..512).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
            let result: String =
                private_operation(&number).iter().map(|byte| format!("{byte:02X}")).collect();
            format!("ok {}", result.trim_start_matches('0')).into_bytes()
        }
        b"read " if requests.len() == 1 => format!("ok {} 10001", "A".repeat(512)).into_bytes(),
        b"read " => format!("ok {} 10001", n("rsa.crt")).into_bytes(),
        _ => b"ok".to_vec(),
    }
}

/// What a factotum of plan9port replies.
fn plan9port(last: &[u8], written: &[u8]) -> Vec<u8> {
    match last {
        b"start proto=rsa service=tls role=client" => b"error unknown role".to_vec(),
        b"read " => [b"ok ".as_slice(), &private_operation(written)].concat(),
        _ => b"ok".to_vec(),
    }
}

fn run(mut signing: Signing, mut reply: impl FnMut(&[u8]) -> Vec<u8>) -> Result<Vec<u8>, rpc::Error> {
    for _ in 0..10 {
        let request = signing.step()?;
        if let Some(signature) = signing.replied(&reply(&request))? {
            return Ok(signature);
        }
    }
    panic!("no end");
}

const SCHEMES: [SignatureScheme; 8] = [
    SignatureScheme::RSA_PSS_RSAE_SHA256,
    SignatureScheme::RSA_PSS_RSAE_SHA384,
    SignatureScheme::RSA_PSS_RSAE_SHA512,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
    SignatureScheme::RSA_PKCS1_SHA1,
    SignatureScheme::RSA_PKCS1_MD5_SHA1,
];

/// Asks another library whether it is one.
fn verifies(scheme: SignatureScheme, signature: &[u8]) -> bool {
    use aws_lc_rs::signature::{self as aws, RsaParameters, UnparsedPublicKey};
    let parameters: &RsaParameters = match scheme {
        SignatureScheme::RSA_PSS_RSAE_SHA256 => &aws::RSA_PSS_2048_8192_SHA256,
        SignatureScheme::RSA_PSS_RSAE_SHA384 => &aws::RSA_PSS_2048_8192_SHA384,
        SignatureScheme::RSA_PSS_RSAE_SHA512 => &aws::RSA_PSS_2048_8192_SHA512,
        SignatureScheme::RSA_PKCS1_SHA256 => &aws::RSA_PKCS1_2048_8192_SHA256,
        SignatureScheme::RSA_PKCS1_SHA384 => &aws::RSA_PKCS1_2048_8192_SHA384,
        SignatureScheme::RSA_PKCS1_SHA512 => &aws::RSA_PKCS1_2048_8192_SHA512,
        SignatureScheme::RSA_PKCS1_SHA1 => &aws::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
        _ => {
            // No DigestInfo: a library verifies it as what it is, padding and two hashes.
            use rsa::pkcs1::DecodeRsaPublicKey as _;
            let key = rsa::PublicKey::from_pkcs1_der(certificate("rsa.crt").public_key().bits()).unwrap();
            let padding = rsa::Pkcs1v15Sign { hash_len: Some(36), prefix: [].into() };
            return key.verify(padding, message(scheme), signature).is_ok();
        }
    };
    let certificate = certificate("rsa.crt");
    let key = UnparsedPublicKey::new(parameters, certificate.public_key().bits());
    key.verify(message(scheme), signature).is_ok()
}

fn message(scheme: SignatureScheme) -> &'static [u8] {
    match scheme {
        SignatureScheme::RSA_PKCS1_MD5_SHA1 => b"a hash of MD5 and the other of SHA-1",
        _ => b"a message",
    }
}

fn sign(scheme: SignatureScheme) -> Signing {
    let key = RemoteKey::new(certificate("rsa.crt").public_key()).unwrap();
    key.sign(scheme, message(scheme), &[0x5a; SALT_LEN]).unwrap()
}

#[test]
fn signatures_made_elsewhere_verify_in_every_scheme_and_both_dialects() {
    for scheme in SCHEMES {
        let mut requests = Vec::new();
        let nine_front = run(sign(scheme), |request| {
            let reply = nine_front(&requests, request);
            requests.push(String::from_utf8(request.to_vec()).unwrap());
            reply
        });
        let mut written = Vec::new();
        let plan9port = run(sign(scheme), |request| {
            if let Some(bytes) = request.strip_prefix(b"write ") {
                written = bytes.to_vec();
            }
            plan9port(request, &written)
        });
        assert_eq!(nine_front, plan9port, "{scheme:?}");
        assert!(nine_front.is_ok_and(|signature| verifies(scheme, &signature)), "{scheme:?}");
    }
}

#[test]
fn a_faulty_operation_is_not_handed_on() {
    let mut written = Vec::new();
    let signature = run(sign(SCHEMES[0]), |request| {
        if let Some(bytes) = request.strip_prefix(b"write ") {
            written = bytes.to_vec();
        }
        let mut reply = plan9port(request, &written);
        if request == b"read " {
            *reply.last_mut().unwrap() ^= 1;
        }
        reply
    });
    assert_eq!(signature, Err(rpc::Error::BadSignature));
}

#[test]
fn only_rsa_is_signed_with_elsewhere_and_only_its_schemes() {
    let other = RemoteKey::new(certificate("p256.crt").public_key());
    assert_eq!(other.err(), Some(KeyFault::Unsupported));
    let key = RemoteKey::new(certificate("rsa.crt").public_key()).unwrap();
    for (scheme, message) in [
        (SignatureScheme::ED25519, b"a message".as_slice()),
        (SignatureScheme::RSA_PKCS1_MD5_SHA1, b"no two hashes"),
    ] {
        assert!(key.sign(scheme, message, &[0; SALT_LEN]).is_err(), "{scheme:?}");
    }
}

const SUBSTITUTE: [u8; PREMASTER_LEN] = [0xee; PREMASTER_LEN];

/// What comes of a block of PKCS#1 that was encrypted for the key: `reply` is factotum's, once it has been given the number.
fn premaster(
    ciphertext: &[u8],
    mut reply: impl FnMut(&[u8], &[u8]) -> Vec<u8>,
) -> Result<[u8; PREMASTER_LEN], rpc::Error> {
    let key = RemoteKey::new(certificate("rsa.crt").public_key()).unwrap();
    let Some(mut decrypting) = key.premaster(ciphertext, [3, 3], &SUBSTITUTE) else { return Ok(SUBSTITUTE) };
    let mut written = Vec::new();
    for _ in 0..10 {
        let request = decrypting.step()?;
        if let Some(bytes) = request.strip_prefix(b"write ") {
            written = bytes.to_vec();
        }
        if let Some(premaster) = decrypting.replied(&reply(&request, &written))? {
            return Ok(*premaster);
        }
    }
    panic!("no end");
}

/// `block` raised to the public exponent.
fn encrypted(block: &[u8]) -> Vec<u8> {
    let key = RemoteKey::new(certificate("rsa.crt").public_key()).unwrap();
    key.numbers.public_operation(block).unwrap()
}

fn block(version: [u8; 2]) -> Vec<u8> {
    [&[0, 2], [7; 205].as_slice(), &[0], &version, &[9; 46]].concat()
}

#[test]
fn a_premaster_comes_out_and_what_is_none_becomes_the_substitute() {
    let good = [[3, 3].as_slice(), &[9; 46]].concat();
    assert_eq!(premaster(&encrypted(&block([3, 3])), plan9port).as_ref().map(|all| &all[..]), Ok(&good[..]));
    for block in [block([3, 1]), [&[0, 1], &block([3, 3])[2..]].concat(), vec![0; 256]] {
        assert_eq!(premaster(&encrypted(&block), plan9port), Ok(SUBSTITUTE));
    }
    assert_eq!(premaster(&[1; 255], plan9port), Ok(SUBSTITUTE), "no number of the key's");
}

#[test]
fn once_factotum_has_the_key_its_failures_look_like_a_bad_premaster() {
    let refusing = |verb: &'static [u8], text: &'static [u8]| {
        premaster(&[1; 256], move |request, written| match request.starts_with(verb) {
            true => text.to_vec(),
            false => plan9port(request, written),
        })
    };
    assert_eq!(refusing(b"write", b"error bad number"), Ok(SUBSTITUTE));
    assert_eq!(refusing(b"read", b"error internal"), Ok(SUBSTITUTE));
    assert_eq!(refusing(b"read", b"nonsense"), Ok(SUBSTITUTE));
    assert_eq!(refusing(b"write", b"error rsa decrypt keylookup: no key found"), Err(rpc::Error::NoKey));
    let refused = rpc::Error::Refused("no such proto".to_owned());
    assert_eq!(refusing(b"start", b"error no such proto"), Err(refused));
}

const PRIVATE_EXPONENT: U2048 = U2048::from_be_hex(concat!(
    "03d71181c37049b970adedb189bd43e0075084709fe2822c24f2a030729dd563745d1164a8379b594220927b0e8e01960cc2127bf4790574",
    "ff16945efacd146475966a934d5d40e85110189881e0dad421bad19b71acd7fd1e9e86fd1304a7918ef6df33faab8e6e116cbb3637355138",
    "c7c286dc7cb05388d9272da81c1fdad9d32971d8cdc743b7c2451b3ce79544fe73b11008d96224bc4f545a6caa4554e148b3e5bef9961499",
    "cd82041cf07e3cdfa0777fbe639b6614f12afb833eedeab97ad964fd10e7e16876569c73f8ed395e03d9d2486c718058e1fb586e1bc3fcb7",
    "04dc4f5fd86deff35d168f5b210a0f234e1341cf297673d3b6f7593dba5a10f7",
));
