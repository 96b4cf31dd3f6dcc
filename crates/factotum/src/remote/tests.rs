//! A factotum of the test's own, in both dialects, over the private operation of another library.

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U2048};
use tlswire::SignatureScheme;
use x509::{Certificate, pem};

use super::{RemoteKey, SALT_LEN, Signing};
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

const SCHEMES: [SignatureScheme; 6] = [
    SignatureScheme::RSA_PSS_RSAE_SHA256,
    SignatureScheme::RSA_PSS_RSAE_SHA384,
    SignatureScheme::RSA_PSS_RSAE_SHA512,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
];

fn sign(scheme: SignatureScheme) -> Signing {
    let key = RemoteKey::new(certificate("rsa.crt").public_key()).unwrap();
    key.sign(scheme, b"a message", &[0x5a; SALT_LEN]).unwrap()
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
        assert_eq!(nine_front.map(|signature| signature.len()), Ok(256), "{scheme:?}");
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
    assert!(RemoteKey::new(certificate("p256.crt").public_key()).is_none());
    let key = RemoteKey::new(certificate("rsa.crt").public_key()).unwrap();
    assert!(key.sign(SignatureScheme::ED25519, b"a message", &[0; SALT_LEN]).is_err());
}

const PRIVATE_EXPONENT: U2048 = U2048::from_be_hex(concat!(
    "03d71181c37049b970adedb189bd43e0075084709fe2822c24f2a030729dd563745d1164a8379b594220927b0e8e01960cc2127bf4790574",
    "ff16945efacd146475966a934d5d40e85110189881e0dad421bad19b71acd7fd1e9e86fd1304a7918ef6df33faab8e6e116cbb3637355138",
    "c7c286dc7cb05388d9272da81c1fdad9d32971d8cdc743b7c2451b3ce79544fe73b11008d96224bc4f545a6caa4554e148b3e5bef9961499",
    "cd82041cf07e3cdfa0777fbe639b6614f12afb833eedeab97ad964fd10e7e16876569c73f8ed395e03d9d2486c718058e1fb586e1bc3fcb7",
    "04dc4f5fd86deff35d168f5b210a0f234e1341cf297673d3b6f7593dba5a10f7",
));
