//! Handshakes that go through, and what comes out of them.

use super::*;
use crate::msg::tls13::encrypted::EncryptedExtension;
use crate::msg::tls13::request::RequestExtension;

/// 2030-01-01, when the certificates in files are valid.
const NOW: u64 = 1_893_456_000;

fn opened(conf: &ServerConf, client: Client) -> (Outcome, Seen, Run) {
    let (run, seen) = meet(conf, client);
    let outcome = match &run.result {
        Ok(outcome) => outcome.clone(),
        Err(error) => panic!("{error}"),
    };
    assert!(seen.is_finished);
    (outcome, seen, run)
}

#[test]
fn the_files_are_used_in_their_order() {
    let (outcome, seen, run) = opened(&server(Kind::P256), Client::new());
    let log: Vec<&str> = run.script.log.iter().map(String::as_str).collect();
    assert_eq!(
        log,
        [
            "read 16384",
            "hand 2",
            "version 0x304",
            &seen.secrets[0],
            "changecipher",
            "changecipher in",
            "hand 8 11 15 20",
            &seen.secrets[1],
            "changecipher",
            "read 16384",
            "changecipher in",
            "note suite TLS_AES_128_GCM_SHA256",
            "note group x25519",
            "opened"
        ]
    );
    assert!(seen.secrets[0].starts_with("secret sha256 aes_128_gcm_aead 0 "));
    assert_eq!((outcome.version, outcome.suite.0), (ProtocolVersion::TLS13, 0x1301));
    assert_eq!(seen.hello.unwrap().session_id, [5; 32]);
    let variables = outcome.variables();
    let value = |name| variables.iter().find(|(known, _)| *known == name).unwrap().1.clone();
    assert_eq!(value("SSL_PROTOCOL").as_deref(), Some("TLSv1.3"));
    assert_eq!(value("SSL_CIPHER").as_deref(), Some("TLS_AES_128_GCM_SHA256"));
    assert_eq!(value("SSL_GROUP").as_deref(), Some("x25519"));
}

#[test]
fn every_suite_with_every_kind_of_key_and_every_group() {
    let groups = [
        Group::X25519_MLKEM768,
        Group::X25519,
        Group::SECP256R1,
        Group::SECP384R1,
        Group::SECP256R1_MLKEM768,
        Group::SECP384R1_MLKEM1024,
    ];
    for row in &TLS13_SUITES {
        for (kind, scheme) in [
            (Kind::Rsa, SignatureScheme::RSA_PSS_RSAE_SHA256),
            (Kind::P256, SignatureScheme::ECDSA_SECP256R1_SHA256),
            (Kind::P384, SignatureScheme::ECDSA_SECP384R1_SHA384),
            (Kind::Ed25519, SignatureScheme::ED25519),
        ] {
            for group in groups {
                let mut conf = server(kind);
                (conf.suites, conf.groups) = (vec![row.suite], vec![group]);
                let mut client = Client::new();
                client.hello = without(client.hello, 10);
                client.hello.extensions.push(ClientExtension::SupportedGroups(vec![group]));
                client.shares = vec![group];
                let (outcome, seen, run) = opened(&conf, client);
                assert_eq!((outcome.suite, outcome.group), (row.suite, Some(group)));
                assert_eq!((seen.scheme, seen.retry), (Some(scheme), None));
                let secrets: Vec<_> =
                    run.script.log.iter().filter(|line| line.starts_with("secret")).collect();
                assert_eq!(secrets, seen.secrets.iter().collect::<Vec<_>>());
            }
        }
    }
}

#[test]
fn a_group_after_quantum_computers_is_worth_a_retry_and_another_curve_is_not() {
    let conf = conf13(&[&certified(Kind::P256, &["a.example"])]);
    let mut client = Client::new();
    client.shares = vec![Group::X25519_MLKEM768, Group::X25519];
    assert_eq!(opened(&conf, client).0.group, Some(Group::X25519_MLKEM768));
    let (outcome, seen, _) = opened(&conf, Client::new());
    assert_eq!((outcome.group, seen.retry.is_some()), (Some(Group::X25519_MLKEM768), true));
    let mut client = Client::new();
    client.shares = vec![Group::SECP384R1, Group::SECP256R1];
    let (outcome, seen, _) = opened(&server(Kind::P256), client);
    assert_eq!((outcome.group, seen.retry), (Some(Group::SECP256R1), None));
}

#[test]
fn name_and_protocol_are_answered_under_keys() {
    let conf = ServerConf { alpn: vec!["h2".to_owned()], ..server(Kind::P256) };
    let mut client = Client::with(server_name("A.example"));
    client.hello.extensions.push(ClientExtension::Alpn(vec![b"x".to_vec(), b"h2".to_vec()]));
    let (outcome, seen, run) = opened(&conf, client);
    assert_eq!(seen.answers, [EncryptedExtension::ServerName, EncryptedExtension::Alpn(b"h2".to_vec())]);
    assert_eq!((outcome.server_name.as_deref(), outcome.alpn.as_deref()), (Some("a.example"), Some("h2")));
    assert!(run.script.log.contains(&"note sni a.example".to_owned()));
    let other = Client::with(server_name("b.example"));
    assert_eq!(opened(&conf, other).1.answers, [], "the name chose nothing");
}

#[test]
fn the_certificate_is_the_one_that_the_client_can_verify() {
    let names = ["a.example"];
    let keys = [Kind::Rsa, Kind::P256, Kind::P384, Kind::Ed25519].map(|kind| certified(kind, &names));
    let conf = conf13(&keys.each_ref());
    for (place, schemes) in [
        (0, vec![0x0401, 0x0804, 0x0403]),
        (0, vec![0x0807, 0x0806]),
        (1, vec![0x0401, 0x0501, 0x0403]),
        (2, vec![0x0503, 0x0201]),
        (3, vec![0x0807]),
    ] {
        let mut client = Client::new();
        client.hello = without(client.hello, 13);
        let schemes: Vec<_> = schemes.into_iter().map(SignatureScheme).collect();
        client.hello.extensions.push(ClientExtension::SignatureAlgorithms(schemes.clone()));
        let (_, seen, _) = opened(&conf, client);
        assert_eq!(seen.chain[0], keys[place].chain()[0].to_vec());
        assert!(schemes.contains(&seen.scheme.unwrap()));
    }
    // PKCS #1 and SHA-1 sign certificates at most.
    let mut client = Client::new();
    client.hello = without(client.hello, 13);
    let schemes = [0x0401, 0x0501, 0x0601, 0x0201, 0x0203].map(SignatureScheme);
    client.hello.extensions.push(ClientExtension::SignatureAlgorithms(schemes.to_vec()));
    assert_eq!(failure(&conf, client), ("no matching signature scheme".to_owned(), vec![40]));
}

#[test]
fn of_two_good_keys_the_one_is_taken_whose_chain_the_client_can_verify() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/x509/tests/data/rsa.crt");
    let of_ecdsa = factotum::load(&file, NOW, factotum::Keyless::Refused).unwrap().keys.remove(0);
    let keys = [Arc::new(of_ecdsa), certified(Kind::Rsa, &["localhost"])];
    let conf = conf13(&keys.each_ref());
    for (schemes, of_certificates, place) in [
        (&[0x0804, 0x0403][..], None, 0),
        (&[0x0804], None, 1),
        (&[0x0804], Some(&[0x0403][..]), 0),
        (&[0x0804, 0x0403], Some(&[0x0804]), 1),
    ] {
        let listed = |numbers: &[u16]| numbers.iter().copied().map(SignatureScheme).collect::<Vec<_>>();
        let mut client = Client::with(server_name("localhost"));
        client.hello = without(client.hello, 13);
        client.hello.extensions.push(ClientExtension::SignatureAlgorithms(listed(schemes)));
        let more = of_certificates.map(|numbers| ClientExtension::SignatureAlgorithmsCert(listed(numbers)));
        client.hello.extensions.extend(more);
        let (_, seen, _) = opened(&conf, client);
        assert_eq!(seen.chain[0], keys[place].chain()[0].to_vec(), "{schemes:?} {of_certificates:?}");
    }
    // Who can verify none of them is shown one all the same (RFC 8446 §4.4.2.2).
    let one = conf13(&[&keys[0]]);
    let mut client = Client::with(server_name("localhost"));
    client.hello.extensions.push(ClientExtension::SignatureAlgorithmsCert(vec![SignatureScheme::ED25519]));
    assert_eq!(opened(&one, client).1.chain[0], keys[0].chain()[0].to_vec());
}

#[test]
fn the_name_comes_before_the_kind_of_key() {
    let keys = [certified(Kind::Rsa, &["b.example"]), certified(Kind::P256, &["a.example"])];
    let conf = ServerConf { strict_sni: true, ..conf13(&keys.each_ref()) };
    let (_, seen, _) = opened(&conf, Client::with(server_name("a.example")));
    assert_eq!(seen.chain[0], keys[1].chain()[0].to_vec());
    let unknown = failure(&conf, Client::with(server_name("c.example")));
    assert_eq!(unknown, ("no certificate for server name c.example".to_owned(), vec![112]));
}

#[test]
fn a_client_is_asked_for_its_certificate_with_the_authorities_and_with_what_nobody_knows() {
    let (conf, key) = states::asking(crate::ClientAuth::Request);
    let client = Client { cert: Some(key.clone()), ..Client::new() };
    let (outcome, seen, _) = opened(&conf, client);
    assert_eq!(outcome.peer_chain, key.chain());
    let extensions = seen.request.unwrap().extensions;
    let RequestExtension::SignatureAlgorithms(schemes) = &extensions[0] else { panic!("{extensions:?}") };
    let is_grease = |number: u16| number & 0x0f0f == 0x0a0a && number >> 8 == number & 0xff;
    assert_eq!(schemes[..6], TLS13_SCHEMES);
    assert!(schemes.len() == 7 && is_grease(schemes[6].0));
    assert_eq!(extensions[1], RequestExtension::SignatureAlgorithmsCert(offered(&Allow::default())));
    assert!(matches!(&extensions[2], RequestExtension::CertificateAuthorities(names) if names.len() == 1));
    assert!(matches!(&extensions[3], RequestExtension::Unknown { typ, .. } if is_grease(*typ)));
    let without = opened(&conf, Client::new());
    assert_eq!(without.0.peer_chain, []);
}

#[test]
fn a_client_without_tls13_is_marked_and_one_that_was_lowered_is_refused() {
    let conf = server(Kind::P256);
    let run = run_hello13(&conf, &hello());
    assert_eq!(run.script.log[1..3], ["version 0x303", "hand 2 11 12 14"]);
    let mut lowered = hello();
    lowered.suites.push(Suite::TLS_FALLBACK_SCSV);
    assert_eq!(run_hello13(&conf, &lowered).failure(), ("inappropriate fallback".to_owned(), vec![86]));
    // With the version of the hello itself nobody gets TLS 1.3 (RFC 8446 §4.2.1).
    let newer = ClientHello { version: ProtocolVersion::TLS13, ..hello() };
    assert_eq!(run_hello13(&conf, &newer).script.log[1], "version 0x303");
}

#[test]
fn a_device_without_tls13_gets_tls12() {
    let mut hello = hello13();
    hello.extensions.push(ClientExtension::KeyShare(Vec::new()));
    let run = run_hello(&server(Kind::P256), &hello);
    assert_eq!(run.script.log[1..3], ["version 0x303", "hand 2 11 12 14"]);
    let only = ServerConf { versions: vec![ProtocolVersion::TLS13], ..server(Kind::P256) };
    let run = run_hello(&only, &hello);
    assert_eq!(run.failure(), ("incompatible version (0x304)".to_owned(), vec![70]));
    let like_9front = ServerConf { compat: crate::Compat::NineFront, ..server(Kind::Rsa) };
    assert_eq!(run_hello13(&like_9front, &hello).script.log[1], "version 0x303");
}
