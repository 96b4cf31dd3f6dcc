//! Known answers for the arithmetic of SSL 3.0 to TLS 1.2.
//!
//! SHA-256: the project's own vectors, cross-checked with OpenSSL's TLS1-PRF (specification of the handshake, appendix A).
//! SHA-384: made with `openssl kdf ... -kdfopt digest:SHA384 TLS1-PRF` of OpenSSL 3.0.19.

use base64ct::{Base64, Encoding};
use hex_literal::hex;
use tlswire::{ProtocolVersion, Suite};

use crate::error::Error;
use crate::export::Export;
use crate::psk::Psk;
use crate::sec::export::export;
use crate::sec::finished::{check, verify_data};
use crate::sec::keyblock::secret_line;
use crate::sec::master::{MasterSecret, PreMasterSecret};
use crate::sec::prf::Prf;
use crate::sec::transcript::Transcript;
use crate::sec::{MacOrder, Side};
use crate::suites::{CipherSuite, SUITES};

/// 00 01 ... 1f
fn client_random() -> [u8; 32] {
    std::array::from_fn(|i| u8::try_from(i).unwrap())
}

/// 20 21 ... 3f
fn server_random() -> [u8; 32] {
    client_random().map(|byte| byte + 0x20)
}

fn transcript() -> Transcript {
    let mut transcript = Transcript::default();
    transcript.add_bytes(b"transcript");
    transcript
}

fn master(hash: Prf, pre_master_secret: &[u8]) -> MasterSecret {
    let pre_master_secret = PreMasterSecret::new(pre_master_secret);
    MasterSecret::plain(hash, &pre_master_secret, &client_random(), &server_random()).unwrap()
}

fn line(suite: Suite, side: Side, master_secret: &MasterSecret) -> String {
    let suite = CipherSuite::by_number(suite).unwrap();
    secret_line(suite, side, MacOrder::MacThenEncrypt, master_secret, &client_random(), &server_random())
        .unwrap()
        .to_string()
}

/// The PSK premaster of the vectors: any bytes will do here.
const PRE_MASTER_SECRET: [u8; 20] = hex!("000800000000000000000008a0a1a2a3a4a5a6a7");

#[test]
fn master_secret_of_the_randoms() {
    let master = master(Prf::Sha256, &PRE_MASTER_SECRET);
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
    assert_eq!(master(Prf::Sha256, &pre_master_secret).bytes(), expected);
}

#[test]
fn master_secret_of_the_session_hash() {
    let transcript = transcript().hash(Prf::Sha256);
    let pre_master_secret = PreMasterSecret::new(&PRE_MASTER_SECRET);
    let master = MasterSecret::extended(Prf::Sha256, &pre_master_secret, transcript.as_ref()).unwrap();
    let expected = hex!(
        "00f81e38515e450db395e4f59f02265cbe31817c21b323d034f6af51387ee8935d489e0a95b3063680e767bd023738df"
    );
    assert_eq!(master.bytes(), expected);
}

#[test]
fn key_block_in_the_line_for_the_device() {
    let master = master(Prf::Sha256, &PRE_MASTER_SECRET);
    let suite = Suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256;
    let keys = "hJLUmMNlfSezlE01B6YO9MLJ2k5F4wCTB9Yx3+6bGfm+AwEyPEtQbrZV8IsdA+6Hd586fyULfkVduyJnHJYoLyI78ltFqbm4\
                Ihft5d9Y+QKaNjFKUbBzAg==";
    assert_eq!(line(suite, Side::Server, &master), format!("secret clear ccpoly96_aead 0 {keys}"));
    assert_eq!(line(suite, Side::Client, &master), format!("secret clear ccpoly96_aead 1 {keys}"));
}

#[test]
fn key_block_of_every_suite_has_its_length() {
    for suite in &SUITES {
        let line =
            line(suite.suite, Side::Server, &master(suite.prf(ProtocolVersion::TLS12), &PRE_MASTER_SECRET));
        let text = line.rsplit(' ').next().unwrap();
        let padding = text.bytes().filter(|byte| *byte == b'=').count();
        assert_eq!(text.len() / 4 * 3 - padding, suite.secret_len);
    }
}

#[test]
fn finished_of_both_sides() {
    let master = master(Prf::Sha256, &PRE_MASTER_SECRET);
    let transcript = transcript();
    let client = verify_data(&master, Side::Client, &transcript).unwrap();
    assert_eq!(client, hex!("0e6572b382e1bc7fa0bf50d7"));
    let server = verify_data(&master, Side::Server, &transcript).unwrap();
    assert_eq!(server, hex!("ceb66dab08ae487f62f5421e"));
}

#[test]
fn keying_material_of_the_original_s_session_type_ttls() {
    let master = master(Prf::Sha256, &PRE_MASTER_SECRET);
    let wish = |label: &str, context: Option<Vec<u8>>| Export { label: label.to_owned(), context, len: 64 };
    let exported = |wish: &Export| export(&master, &client_random(), &server_random(), wish).unwrap();
    let ttls = wish("ttls keying material", None);
    let expected = hex!(
        "9602c14451da221773a941a9ae7e641cee25211715983037608d24cfe1dd4285
         e7894c554d0f24014d045fde5376e26adb846b42217b876c974008d167b1e9eb"
    );
    assert_eq!(exported(&ttls).bytes(), expected);
    // No context is another thing than one without bytes (RFC 5705 §4).
    assert_ne!(exported(&wish("ttls keying material", Some(Vec::new()))).bytes(), expected);
    assert_ne!(exported(&wish("client EAP encryption", None)).bytes(), expected);
    let ssl3 = self::master(Prf::Ssl3, &PRE_MASTER_SECRET);
    assert!(export(&ssl3, &client_random(), &server_random(), &ttls).is_err());
}

#[test]
fn key_block_of_an_rsa_like_premaster() {
    let pre_master_secret: Vec<u8> = [3, 3].into_iter().chain(0..0x2e).collect();
    let master = master(Prf::Sha256, &pre_master_secret);
    let expected = hex!(
        "cbd61a5bf8df1c58323cd4d603a37b7c08f8084d9e8217b4029be73d5640a3a44a1b2db43eac77d52d632a6f77b617aa
         8114066249251a25c33c7f6a5fcecb67af573e43fe17701f8ddb95124663cc7dfd461114d811b2ccfd8fa81fa6de6825
         09fb776dece9982774dd40f8455f870f2c809d0c2a8ea4c95d0bc2e9c7220436ea8a7c64c142f3361db30c82fe3ca15a
         063741da99a08b93d31221195d8d9420"
    );
    let line = line(Suite::TLS_RSA_WITH_AES_256_CBC_SHA256, Side::Server, &master);
    assert_eq!(line, format!("secret sha256 aes_256_cbc 0 {}", Base64::encode_string(&expected)));
}

/// The first bytes of a key block, whatever suite they are for.
fn key_block(master: &MasterSecret, len: usize) -> Vec<u8> {
    let mut block = vec![0; len];
    master.expand(b"key expansion", &[server_random(), client_random()].concat(), &mut block).unwrap();
    block
}

#[test]
fn tls10_throughout() {
    let master = master(Prf::Md5Sha1, &PRE_MASTER_SECRET);
    let expected = hex!(
        "b9ac6a18fb4d217c871df8d25bbe2fa4dea2bfb33fa6200bbe4dae8a175aa29af7d0cf51ab70d632113012c1b7577471"
    );
    assert_eq!(master.bytes(), expected);
    let expected = hex!(
        "8c561d3855e6cff5562a8bd6eb55fd16e1e10aeffe85024e34a6c9699aa3b546d0d60ffeaea0d104609d7f9b349bd471
         6cfce37cb86a98430c9b3038ad3a7d8de512cccc05e8f51e759d011d86ccb586f238832b38d069ac"
    );
    assert_eq!(key_block(&master, 88), expected);
    let client = verify_data(&master, Side::Client, &transcript()).unwrap();
    assert_eq!(client, hex!("8c1bdb13c36f66b45786ef9d"));
    let server = verify_data(&master, Side::Server, &transcript()).unwrap();
    assert_eq!(server, hex!("5cc3a1a985eb3a07e873e612"));
}

#[test]
fn ssl3_throughout() {
    let master = master(Prf::Ssl3, &PRE_MASTER_SECRET);
    let expected = hex!(
        "55081bdc7a8a51eec68ca9085195f08d9da1a158cb0b957e07d8fa7e78cceadd518077ad062a508f4e44a1e6a210ce58"
    );
    assert_eq!(master.bytes(), expected);
    let expected = hex!(
        "50e8b2e21f9917e4eb4ba486641ba0304195576b4dd6119c9831a9958342a6fb88b643bf16ab985d37888875ca2539e3
         6f707c61079c629e9f55a976a0334d47313aa57e7d98eb6ea58bdd358d841970751ac3786a434938"
    );
    assert_eq!(key_block(&master, 88), expected);
    let client = verify_data(&master, Side::Client, &transcript()).unwrap();
    assert_eq!(client, hex!("48377ab53b59f4809226fb26ba006467bf517296e55b52ab47e66c6e2cb91813479993ab"));
    let server = verify_data(&master, Side::Server, &transcript()).unwrap();
    assert_eq!(server, hex!("4d3d6304eb562d3f03d7f937ff1d481b5a69b928ed279a0b2a88e0acaef9784cd83f4394"));
    assert!(Prf::Ssl3.derive(&[1], b"", b"", &mut [0; 417]).is_err(), "there are 26 letters");
}

#[test]
fn premaster_of_a_shared_secret() {
    let psk = Psk::new(Vec::new(), &hex!("a0a1a2a3a4a5a6a7"));
    let plain = PreMasterSecret::shared(&psk, None).unwrap();
    assert_eq!(plain.bytes(), PRE_MASTER_SECRET);
    // RFC 5489 §2: in place of the zeros what the exchange gave.
    let exchanged = PreMasterSecret::shared(&psk, Some(&PreMasterSecret::new(&[9; 3]))).unwrap();
    assert_eq!(exchanged.bytes(), hex!("0003 090909 0008 a0a1a2a3a4a5a6a7"));
    let long = PreMasterSecret::shared(&Psk::new(Vec::new(), &[7; 256]), None).unwrap();
    assert_eq!(long.bytes().len(), 516);
}

#[test]
fn sha384_throughout() {
    let pre_master_secret: Vec<u8> = (1..=48).collect();
    let master = master(Prf::Sha384, &pre_master_secret);
    let expected = hex!(
        "39e12e7924dda99905dd1fa8a1d5bcef6c29283c19dadd57548db50950aa0abb1975f805b796b3518d708c5efde4a414"
    );
    assert_eq!(master.bytes(), expected);
    let keys =
        "ChOfRPEMP7H85GTcDc9PSzuQEXOlI9QxXFcM8LqSU01wtSPCqAiK5rWKalBZS4JU4w50x5aHeDOlk8T2xr81UtWPN4r5a2vo";
    let suite = Suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384;
    assert_eq!(line(suite, Side::Server, &master), format!("secret clear aes_256_gcm_aead 0 {keys}"));

    let transcript = transcript();
    let client = verify_data(&master, Side::Client, &transcript).unwrap();
    assert_eq!(client, hex!("b6d344bdddfd1dfbc8481105"));
    let server = verify_data(&master, Side::Server, &transcript).unwrap();
    assert_eq!(server, hex!("9a54c77f4b08991d3b3ee79a"));

    let pre_master_secret = PreMasterSecret::new(&pre_master_secret);
    let extended =
        MasterSecret::extended(Prf::Sha384, &pre_master_secret, &transcript.hash(Prf::Sha384)).unwrap();
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
    let master = master(Prf::Sha256, &PRE_MASTER_SECRET);
    assert_eq!(format!("{master:?}"), "MasterSecret(..)");
    assert_eq!(format!("{:?}", PreMasterSecret::new(&[1])), "PreMasterSecret(..)");
}
