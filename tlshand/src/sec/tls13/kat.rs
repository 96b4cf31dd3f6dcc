//! Known answers for the arithmetic of TLS 1.3.
//!
//! SHA-256: the handshakes of RFC 8448, with their messages, in the text beside this file. SHA-384: made with `openssl kdf ... TLS13-KDF` of
//! OpenSSL 3.0.19.

use base64ct::{Base64, Encoding};
use hex_literal::hex;
use tlswire::{Group, SignatureScheme, Suite};
use x509::Certificate;

use crate::psk::Psk;
use crate::sec::Side;
use crate::sec::kx::Ephemeral;
use crate::sec::master::PreMasterSecret;
use crate::sec::random::Random;
use crate::sec::tls13::line::traffic_line;
use crate::sec::tls13::psk::{Origin, PreSharedKey};
use crate::sec::tls13::schedule::{EarlySecret, HandshakeSecret, MasterSecret};
use crate::sec::tls13::sign::signed_messages;
use crate::sec::tls13::transcript::Transcript;
use crate::sec::verify::verify;
use crate::suites::{PrfHash, Tls13Suite};

/// One handshake of RFC 8448, by its section.
struct Trace(u8);

impl Trace {
    fn find(&self, name: &str) -> Option<Vec<u8>> {
        let key = format!("{} {name} ", self.0);
        let hex = include_str!("rfc8448.txt").lines().find_map(|line| line.strip_prefix(&key))?;
        Some((0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect())
    }

    fn get(&self, name: &str) -> Vec<u8> {
        self.find(name).unwrap_or_else(|| panic!("section {} has no {name}", self.0))
    }

    /// The hash of the messages of the names, after `transcript`.
    fn add(&self, transcript: &mut Transcript, names: &[&str]) -> Vec<u8> {
        names.iter().filter_map(|name| self.find(name)).for_each(|message| transcript.add_bytes(&message));
        transcript.hash().as_ref().to_vec()
    }

    /// What both sides make of the other's public value.
    fn shared(&self, group: Group) -> PreMasterSecret {
        let private = |name| Ephemeral::new(group, &mut Random::fixed(&self.get(name))).unwrap();
        let secret = private("client_private").agree(private("server_private").public()).unwrap();
        let other = private("server_private").agree(private("client_private").public()).unwrap();
        assert_eq!(secret.bytes(), other.bytes());
        secret
    }

    /// The rest of the handshake, from `early` and the messages before ServerHello on.
    fn run(&self, early: EarlySecret, group: Group, mut transcript: Transcript) {
        let hello_hash = self.add(&mut transcript, &["server_hello"]);
        let handshake = early.handshake(&self.shared(group)).unwrap();
        let [client, server] =
            [Side::Client, Side::Server].map(|side| handshake.traffic(side, &hello_hash).unwrap());
        assert_eq!(client.bytes(), self.get("client_handshake"));
        assert_eq!(server.bytes(), self.get("server_handshake"));

        let flight = ["encrypted_extensions", "certificate_request", "certificate", "certificate_verify"];
        let hash = self.add(&mut transcript, &flight);
        assert_eq!(server.verify_data(&hash).unwrap(), self.get("server_finished")[4..]);
        let hash = self.add(&mut transcript, &["server_finished"]);
        let master = handshake.master().unwrap();
        let traffic = |side| master.traffic(side, &hash).unwrap().bytes().to_vec();
        assert_eq!(traffic(Side::Client), self.get("client_application"));
        assert_eq!(traffic(Side::Server), self.get("server_application"));
        assert_eq!(master.exporter(&hash).unwrap().0.bytes(), self.get("exporter"));

        let flight = ["end_of_early_data", "client_certificate", "client_certificate_verify"];
        let hash = self.add(&mut transcript, &flight);
        assert_eq!(client.verify_data(&hash).unwrap(), self.get("client_finished")[4..]);
        let hash = self.add(&mut transcript, &["client_finished"]);
        let resumption = master.resumption(&hash).unwrap();
        assert_eq!(resumption.0.bytes(), self.get("resumption"));
        if let Some(psk) = self.find("ticket_psk") {
            assert_eq!(resumption.psk(&[0, 0]).unwrap().bytes(), psk);
        }
    }
}

fn sha256(messages: &[u8]) -> Transcript {
    Transcript::new(PrfHash::Sha256, messages)
}

#[test]
fn a_handshake_in_one_round_trip() {
    let trace = Trace(3);
    assert_eq!(trace.shared(Group::X25519).bytes(), trace.get("shared"));
    trace.run(EarlySecret::without_psk(PrfHash::Sha256), Group::X25519, sha256(&trace.get("client_hello")));
}

#[test]
fn a_handshake_that_resumes_another() {
    let trace = Trace(4);
    let psk = PreSharedKey::of_ticket(PrfHash::Sha256, &Trace(3).get("ticket_psk"));
    assert_eq!((psk.origin(), psk.hash()), (Origin::Ticket, PrfHash::Sha256));
    let early = EarlySecret::with_psk(&psk);
    let hello = trace.get("client_hello");
    // One binder of 32 bytes, with its length and the list's.
    let hash = sha256(&[]).hash_with(&hello[..hello.len() - 35]);
    assert_eq!(hash.as_ref(), trace.get("binder_hash"));
    let binder = early.binder(Origin::Ticket, hash.as_ref()).unwrap();
    assert_eq!(binder, trace.get("binder"));
    assert_eq!(binder, hello[hello.len() - 32..]);
    assert_ne!(early.binder(Origin::External, hash.as_ref()).unwrap(), binder);
    trace.run(early, Group::X25519, sha256(&hello));
}

#[test]
fn a_handshake_with_a_second_hello() {
    let trace = Trace(5);
    assert_eq!(trace.shared(Group::SECP256R1).bytes(), trace.get("shared"));
    let mut transcript = Transcript::retried(PrfHash::Sha256, &trace.get("first_client_hello"));
    trace.add(&mut transcript, &["hello_retry_request", "client_hello"]);
    trace.run(EarlySecret::without_psk(PrfHash::Sha256), Group::SECP256R1, transcript);
}

#[test]
fn a_handshake_with_a_client_s_certificate() {
    let trace = Trace(6);
    trace.run(EarlySecret::without_psk(PrfHash::Sha256), Group::X25519, sha256(&trace.get("client_hello")));
}

/// The client's key, and those of the other servers, have 1024 bits, which the library does not verify.
#[test]
fn the_signature_of_a_server_verifies() {
    let trace = Trace(6);
    let message = trace.get("certificate");
    // Type and length, no context, the length of the list and of the only entry, and at its end no extensions.
    let leaf = Certificate::from_der(&message[11..message.len() - 2]).unwrap();
    let messages =
        ["client_hello", "server_hello", "encrypted_extensions", "certificate_request", "certificate"];
    let hash = trace.add(&mut sha256(&[]), &messages);
    let signature = &trace.get("certificate_verify")[8..];
    let check = |side| {
        let signed = signed_messages(side, &hash);
        verify(leaf.public_key(), SignatureScheme::ECDSA_SECP256R1_SHA256, &signed, signature)
    };
    assert!(check(Side::Server).is_ok());
    assert!(check(Side::Client).is_err());
}

fn sha384_handshake() -> HandshakeSecret {
    let shared: Vec<u8> = (1..=48).collect();
    EarlySecret::without_psk(PrfHash::Sha384).handshake(&PreMasterSecret::new(&shared)).unwrap()
}

fn sha384_master() -> MasterSecret {
    sha384_handshake().master().unwrap()
}

/// The hash of the ten bytes `transcript`.
fn sha384_hash() -> Vec<u8> {
    Transcript::new(PrfHash::Sha384, b"transcript").hash().as_ref().to_vec()
}

#[test]
fn sha384_of_the_handshake() {
    let (handshake, hash) = (sha384_handshake(), sha384_hash());
    let client = handshake.traffic(Side::Client, &hash).unwrap();
    let expected = hex!(
        "7f91256453ff6573fbd3e8f56962533d65e134259bb975868cd1ce1d495f7133320eaaef319a040f32315f6dcf1f6220"
    );
    assert_eq!(client.bytes(), expected);
    let server = handshake.traffic(Side::Server, &hash).unwrap();
    let expected = hex!(
        "8051c78d007046362c92872e9bf7826bd91b6dd179e55e95c3a65b5eb27ff96e6c60d7a77026a584c162431d1d390fe2"
    );
    assert_eq!(server.bytes(), expected);
    let expected = hex!(
        "66dd0d043ee4fc94918c8f4ab2b0cb5c7b17c0e33789c2cc06d1345e92e49a25b9efba7a85c77efa7242bee7061be6ea"
    );
    assert_eq!(server.verify_data(&hash).unwrap(), expected);
}

#[test]
fn sha384_of_what_follows() {
    let (master, hash) = (sha384_master(), sha384_hash());
    let client = master.traffic(Side::Client, &hash).unwrap();
    let expected = hex!(
        "f5307c1ec0dbf30d304d4ff3f6fa55029661abbefe196359e0159a52908f156f33b36d6a018aa89576cd99385858a3cd"
    );
    assert_eq!(client.bytes(), expected);
    let server = master.traffic(Side::Server, &hash).unwrap();
    let expected = hex!(
        "b751a4a3f470b73f14ac8baabe45a549d9773800eca227e651a59722432f133af87005c336fe76e646dfecfa311a0294"
    );
    assert_eq!(server.bytes(), expected);
    let expected = hex!(
        "00f189ff29de05a0de6617761b57ef5085f6df73e9bad25f70117c49d24c2d54acd20fabf408e23f6e01b5972dc0091f"
    );
    assert_eq!(master.resumption(&hash).unwrap().psk(&[0, 1]).unwrap().bytes(), expected);
}

#[test]
fn keys_for_other_protocols() {
    let exporter = sha384_master().exporter(&sha384_hash()).unwrap();
    let expected = hex!(
        "5d666ef739f5d6743db53adbae46377b5a2ba7cb0d94be4ef2bdb11209adf5c0e141255672f67afa6864e85a55c4f04f
         3dc9feea9361fa7c26efdab4d3310b2884f7cb729e8284d4148db7a5e7b0afe7"
    );
    let mut keys = [0; 80];
    exporter.export(b"EXPERIMENTAL", b"context", &mut keys).unwrap();
    assert_eq!(keys, expected);
    exporter.export(b"EXPERIMENTAL", b"", &mut keys).unwrap();
    assert_ne!(keys, expected);
}

#[test]
fn traffic_secrets_in_the_line_for_the_device() {
    let trace = Trace(3);
    let early = EarlySecret::without_psk(PrfHash::Sha256);
    let handshake = early.handshake(&trace.shared(Group::X25519)).unwrap();
    let hash = trace.add(&mut sha256(&trace.get("client_hello")), &["server_hello"]);
    let secret = |side| handshake.traffic(side, &hash).unwrap();
    let suite = Tls13Suite::by_number(Suite::TLS_AES_128_GCM_SHA256).unwrap();
    let line =
        |side| traffic_line(suite, side, &secret(Side::Client), &secret(Side::Server)).unwrap().to_string();
    // The client's secret, then the server's.
    let secrets = [trace.get("client_handshake"), trace.get("server_handshake")].concat();
    let secrets = Base64::encode_string(&secrets);
    assert_eq!(line(Side::Server), format!("secret sha256 aes_128_gcm_aead 0 {secrets}"));
    assert_eq!(line(Side::Client), format!("secret sha256 aes_128_gcm_aead 1 {secrets}"));
}

#[test]
fn secrets_do_not_print() {
    let psk = PreSharedKey::external(&Psk::new(b"name".to_vec(), b"secret"));
    assert_eq!(format!("{psk:?}"), "PreSharedKey(External, Sha256, ..)");
    assert_eq!(format!("{:?}", EarlySecret::with_psk(&psk)), "EarlySecret(Secret(..))");
    assert_eq!(format!("{:?}", sha384_master()), "MasterSecret(Secret(..))");
}
