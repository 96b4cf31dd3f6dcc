//! Known answers for the arithmetic of TLS 1.2.
//!
//! SHA-256: the project's own vectors, cross-checked with OpenSSL's TLS1-PRF (specification of the handshake, appendix A).
//! SHA-384: made with `openssl kdf ... -kdfopt digest:SHA384 TLS1-PRF` of OpenSSL 3.0.19.

use hex_literal::hex;
use tlswire::Suite;

use crate::error::Error;
use crate::sec::Side;
use crate::sec::finished::{check, verify_data};
use crate::sec::keyblock::secret_line;
use crate::sec::master::{MasterSecret, PreMasterSecret};
use crate::sec::transcript::Transcript;
use crate::suites::{CipherSuite, PrfHash, SUITES};

/// 00 01 ... 1f
fn client_random() -> [u8; 32] {
    std::array::from_fn(|i| u8::try_from(i).unwrap())
}

/// 20 21 ... 3f
fn server_random() -> [u8; 32] {
    client_random().map(|byte| byte + 0x20)
}

fn transcript(hash: PrfHash) -> Transcript {
    let mut transcript = Transcript::new(hash);
    transcript.add(b"transcript");
    transcript
}

fn master(hash: PrfHash, pre_master_secret: &[u8]) -> MasterSecret {
    let pre_master_secret = PreMasterSecret::new(pre_master_secret);
    MasterSecret::plain(hash, &pre_master_secret, &client_random(), &server_random()).unwrap()
}

fn line(suite: Suite, side: Side, master_secret: &MasterSecret) -> String {
    let suite = CipherSuite::by_number(suite).unwrap();
    secret_line(suite, side, master_secret, &client_random(), &server_random()).unwrap().to_string()
}

/// The PSK premaster of the vectors: any bytes will do here.
const PRE_MASTER_SECRET: [u8; 20] = hex!("000800000000000000000008a0a1a2a3a4a5a6a7");

#[test]
fn master_secret_of_the_randoms() {
    let master = master(PrfHash::Sha256, &PRE_MASTER_SECRET);
    let expected = hex!(
        "db8a15357030805fdb1534743ea4029eadb664816f21b7041dde078211b6a075a60b0e101ac261bcd1af4b3b4481e170"
    );
    assert_eq!(master.bytes(), expected);
}

#[test]
fn master_secret_of_an_rsa_like_premaster() {
    let pre_master_secret: Vec<u8> = [3, 3].into_iter().chain(0..0x2e).collect();
    let expected = hex!(
        "d2c76cb7c4c86a909737874ceccddc57f2c211e2a4c6f44532306227ba5173089e3a96968874bb7e9ff14f3ed8c6a41a"
    );
    assert_eq!(master(PrfHash::Sha256, &pre_master_secret).bytes(), expected);
}

#[test]
fn master_secret_of_the_session_hash() {
    let transcript = transcript(PrfHash::Sha256).hash();
    let pre_master_secret = PreMasterSecret::new(&PRE_MASTER_SECRET);
    let master = MasterSecret::extended(PrfHash::Sha256, &pre_master_secret, transcript.as_ref()).unwrap();
    let expected = hex!(
        "00f81e38515e450db395e4f59f02265cbe31817c21b323d034f6af51387ee8935d489e0a95b3063680e767bd023738df"
    );
    assert_eq!(master.bytes(), expected);
}

#[test]
fn key_block_in_the_line_for_the_device() {
    let master = master(PrfHash::Sha256, &PRE_MASTER_SECRET);
    let suite = Suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256;
    let keys = "hJLUmMNlfSezlE01B6YO9MLJ2k5F4wCTB9Yx3+6bGfm+AwEyPEtQbrZV8IsdA+6Hd586fyULfkVduyJnHJYoLyI78ltFqbm4\
                Ihft5d9Y+QKaNjFKUbBzAg==";
    assert_eq!(line(suite, Side::Server, &master), format!("secret clear ccpoly96_aead 0 {keys}"));
    assert_eq!(line(suite, Side::Client, &master), format!("secret clear ccpoly96_aead 1 {keys}"));
}

#[test]
fn key_block_of_every_suite_has_its_length() {
    for suite in &SUITES {
        let line = line(suite.suite, Side::Server, &master(suite.prf, &PRE_MASTER_SECRET));
        let text = line.rsplit(' ').next().unwrap();
        let padding = text.bytes().filter(|byte| *byte == b'=').count();
        assert_eq!(text.len() / 4 * 3 - padding, suite.secret_len);
    }
}

#[test]
fn finished_of_both_sides() {
    let master = master(PrfHash::Sha256, &PRE_MASTER_SECRET);
    let transcript = transcript(PrfHash::Sha256);
    let client = verify_data(&master, Side::Client, &transcript).unwrap();
    assert_eq!(client, hex!("0e6572b382e1bc7fa0bf50d7"));
    let server = verify_data(&master, Side::Server, &transcript).unwrap();
    assert_eq!(server, hex!("ceb66dab08ae487f62f5421e"));
}

#[test]
fn sha384_throughout() {
    let pre_master_secret: Vec<u8> = (1..=48).collect();
    let master = master(PrfHash::Sha384, &pre_master_secret);
    let expected = hex!(
        "39e12e7924dda99905dd1fa8a1d5bcef6c29283c19dadd57548db50950aa0abb1975f805b796b3518d708c5efde4a414"
    );
    assert_eq!(master.bytes(), expected);
    let keys =
        "ChOfRPEMP7H85GTcDc9PSzuQEXOlI9QxXFcM8LqSU01wtSPCqAiK5rWKalBZS4JU4w50x5aHeDOlk8T2xr81UtWPN4r5a2vo";
    let suite = Suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384;
    assert_eq!(line(suite, Side::Server, &master), format!("secret clear aes_256_gcm_aead 0 {keys}"));

    let transcript = transcript(PrfHash::Sha384);
    let client = verify_data(&master, Side::Client, &transcript).unwrap();
    assert_eq!(client, hex!("b6d344bdddfd1dfbc8481105"));
    let server = verify_data(&master, Side::Server, &transcript).unwrap();
    assert_eq!(server, hex!("9a54c77f4b08991d3b3ee79a"));

    let pre_master_secret = PreMasterSecret::new(&pre_master_secret);
    let extended =
        MasterSecret::extended(PrfHash::Sha384, &pre_master_secret, transcript.hash().as_ref()).unwrap();
    let expected = hex!(
        "b1d50bef56cc318198852f24ced3629dd17e9a322248cad7eabb245e36330aa46be025a691ae9f8e9329082b6bd8fade"
    );
    assert_eq!(extended.bytes(), expected);
}

#[test]
fn a_finished_that_differs_anywhere_is_refused() {
    let expected = [7; 12];
    assert!(check(&expected, &[7; 12]).is_ok());
    for place in 0..12 {
        let mut other = expected;
        other[place] ^= 1;
        assert!(matches!(check(&expected, &other), Err(Error::BadFinished)));
    }
    assert!(matches!(check(&expected, &[7; 11]), Err(Error::BadFinished)));
}

#[test]
fn secrets_do_not_print() {
    let master = master(PrfHash::Sha256, &PRE_MASTER_SECRET);
    assert_eq!(format!("{master:?}"), "MasterSecret(..)");
    assert_eq!(format!("{:?}", PreMasterSecret::new(&[1])), "PreMasterSecret(..)");
}
