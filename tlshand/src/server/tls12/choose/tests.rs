//! Which suite, certificate and scheme come together, for clients of all kinds.

use std::sync::Arc;

use tlswire::{ProtocolVersion, Suite};

use super::*;
use crate::conf::ServerConf;
use crate::fixture::{Kind, algs, certified};
use crate::msg::ext::ClientExtension;
use crate::server::certs::ranks;
use crate::server::sni::ServerName;

use SignatureScheme as S;

const ALL_SUITES: [u16; 8] = [0xc030, 0xc02c, 0xc02f, 0xc02b, 0xcca8, 0xcca9, 0xc014, 0x002f];
const ALL_SCHEMES: [S; 8] = [
    S::RSA_PKCS1_SHA256,
    S::RSA_PSS_RSAE_SHA512,
    S::RSA_PSS_RSAE_SHA256,
    S::ECDSA_SECP384R1_SHA384,
    S::ECDSA_SECP256R1_SHA256,
    S::ED25519,
    S::RSA_PKCS1_SHA1,
    S::ECDSA_SHA1,
];
const ALL_GROUPS: [Group; 3] = [Group::SECP384R1, Group::SECP256R1, Group::X25519];

fn hello(suites: &[u16], schemes: Option<&[S]>, groups: &[Group]) -> ClientHello {
    let schemes = schemes.map(|schemes| ClientExtension::SignatureAlgorithms(schemes.to_vec()));
    let groups = ClientExtension::SupportedGroups(groups.to_vec());
    ClientHello {
        version: ProtocolVersion::TLS12,
        random: [0; 32],
        session_id: Vec::new(),
        suites: suites.iter().copied().map(Suite).collect(),
        compressions: vec![0],
        extensions: schemes.into_iter().chain([groups]).collect(),
    }
}

fn all() -> ClientHello {
    hello(&ALL_SUITES, Some(&ALL_SCHEMES), &ALL_GROUPS)
}

fn conf(certs: &[&Arc<CertifiedKey>]) -> ServerConf {
    ServerConf::new(certs.iter().map(|key| Arc::clone(key)).collect())
}

fn name(text: &str) -> Option<ServerName> {
    let hello = ClientHello {
        extensions: vec![ClientExtension::ServerName(vec![crate::msg::ext::Name {
            typ: 0,
            bytes: text.as_bytes().to_vec(),
        }])],
        ..all()
    };
    crate::server::sni::server_name(&hello).unwrap()
}

fn chosen(conf: &ServerConf, hello: &ClientHello, asked: Option<&str>) -> Result<Choice, Error> {
    let suites = algs().usable(&conf.wanted()).unwrap();
    choose(hello, ProtocolVersion::TLS12, conf, &suites, &ranks(conf, asked.and_then(name).as_ref())?)
}

fn suite_and_scheme(kind: Kind, hello: &ClientHello) -> (u16, S) {
    let choice = chosen(&conf(&[&certified(kind, &["a.example"])]), hello, None).unwrap();
    (choice.suite.suite.0, choice.proof.unwrap().scheme.unwrap())
}

#[test]
fn the_servers_order_of_suites_counts() {
    for (kind, ours) in [(Kind::Rsa, [0xcca8, 0xc02f, 0xc030]), (Kind::P256, [0xcca9, 0xc02b, 0xc02c])] {
        assert_eq!(suite_and_scheme(kind, &all()).0, ours[0]);
        let hello = |suites: &[u16]| hello(suites, Some(&ALL_SCHEMES), &ALL_GROUPS);
        assert_eq!(suite_and_scheme(kind, &hello(&[ours[2], ours[1]])).0, ours[1]);
        assert_eq!(suite_and_scheme(kind, &hello(&[0x0a0a, ours[2]])).0, ours[2]);
    }
}

#[test]
fn a_configured_order_of_suites_counts() {
    let mut conf = conf(&[&certified(Kind::Rsa, &["a.example"])]);
    conf.suites = vec![Suite(0xc030), Suite(0xcca8)];
    assert_eq!(chosen(&conf, &all(), None).unwrap().suite.suite.0, 0xc030);
}

#[test]
fn the_scheme_is_the_keys_best_among_the_clients() {
    assert_eq!(suite_and_scheme(Kind::Rsa, &all()).1, S::RSA_PSS_RSAE_SHA256);
    assert_eq!(suite_and_scheme(Kind::P256, &all()).1, S::ECDSA_SECP256R1_SHA256);
    assert_eq!(suite_and_scheme(Kind::P384, &all()).1, S::ECDSA_SECP384R1_SHA384);
    assert_eq!(suite_and_scheme(Kind::Ed25519, &all()).1, S::ED25519);
    let old = hello(&ALL_SUITES, Some(&[S::RSA_PKCS1_SHA1, S::RSA_PKCS1_SHA512]), &ALL_GROUPS);
    assert_eq!(suite_and_scheme(Kind::Rsa, &old).1, S::RSA_PKCS1_SHA512);
}

fn key_of(choice: &Choice) -> &Arc<CertifiedKey> {
    &choice.proof.as_ref().unwrap().key
}

fn refusal(conf: &ServerConf, hello: &ClientHello) -> String {
    let Err(error) = chosen(conf, hello, None) else { panic!("chosen") };
    assert_eq!(error.alert().unwrap().0, 40);
    error.to_string()
}

#[test]
fn a_client_without_a_scheme_for_the_key_is_refused() {
    let rsa = conf(&[&certified(Kind::Rsa, &["a.example"])]);
    for schemes in [None, Some(&[S::RSA_PKCS1_SHA1, S::RSA_PKCS1_MD5, S::ECDSA_SECP256R1_SHA256][..])] {
        assert_eq!(refusal(&rsa, &hello(&ALL_SUITES, schemes, &ALL_GROUPS)), "no matching signature scheme");
    }
}

#[test]
fn a_client_without_a_suite_for_the_key_is_refused() {
    let rsa = conf(&[&certified(Kind::Rsa, &["a.example"])]);
    let p256 = conf(&[&certified(Kind::P256, &["a.example"])]);
    let without = "no matching cipher suite";
    for suites in [&[0xcca9, 0xc02b, 0xc02c][..], &[0x002f, 0x009c, 0xc014, 0x5600, 0x00ff]] {
        assert_eq!(refusal(&rsa, &hello(suites, Some(&ALL_SCHEMES), &ALL_GROUPS)), without);
    }
    let only_rsa = hello(&[0xcca8, 0xc02f], Some(&ALL_SCHEMES), &ALL_GROUPS);
    assert_eq!(refusal(&p256, &only_rsa), without);
    let other_curve = hello(&ALL_SUITES, Some(&ALL_SCHEMES), &[Group::X25519, Group::SECP384R1]);
    assert_eq!(refusal(&p256, &other_curve), without);
}

#[test]
fn an_ed25519_key_needs_no_curve_of_the_clients() {
    let only_x25519 = hello(&ALL_SUITES, Some(&ALL_SCHEMES), &[Group::X25519]);
    assert_eq!(suite_and_scheme(Kind::Ed25519, &only_x25519), (0xcca9, S::ED25519));
}

#[test]
fn exact_before_wildcard_before_default() {
    let default = certified(Kind::P256, &["default.example"]);
    let wildcard = certified(Kind::P256, &["*.a.example"]);
    let exact = certified(Kind::P256, &["www.a.example", "a.example"]);
    let conf = conf(&[&default, &wildcard, &exact]);
    for (asked, key, by_name) in [
        (Some("www.a.example"), &exact, true),
        (Some("WWW.A.Example."), &exact, true),
        (Some("a.example"), &exact, true),
        (Some("mail.a.example"), &wildcard, true),
        (Some("deep.mail.a.example"), &default, false),
        (Some("b.example"), &default, false),
        (Some("default.example"), &default, true),
        (Some("192.0.2.1"), &default, false),
        (None, &default, false),
    ] {
        let choice = chosen(&conf, &all(), asked).unwrap();
        assert!(Arc::ptr_eq(key_of(&choice), key), "{asked:?}");
        assert_eq!(choice.by_name, by_name, "{asked:?}");
    }
}

#[test]
fn a_strict_server_refuses_unknown_names_alone() {
    let conf =
        ServerConf { strict_sni: true, ..conf(&[&certified(Kind::P256, &["a.example", "*.b.example"])]) };
    for known in [Some("a.example"), Some("x.b.example"), Some("::1"), None] {
        assert!(chosen(&conf, &all(), known).is_ok(), "{known:?}");
    }
    for unknown in ["b.example", "x.a.example", "localhost"] {
        let Err(error) = chosen(&conf, &all(), Some(unknown)) else { panic!("{unknown}") };
        assert_eq!(error.alert().unwrap().0, 112);
        assert_eq!(error.to_string(), format!("no certificate for server name {unknown}"));
    }
}

#[test]
fn of_one_name_the_certificate_that_the_client_can_verify() {
    let rsa = certified(Kind::Rsa, &["a.example"]);
    let p256 = certified(Kind::P256, &["a.example"]);
    let conf = conf(&[&rsa, &p256]);
    let only_rsa = hello(&[0xcca8], Some(&ALL_SCHEMES), &ALL_GROUPS);
    let no_ecdsa_scheme = hello(&ALL_SUITES, Some(&[S::RSA_PSS_RSAE_SHA256]), &ALL_GROUPS);
    assert!(Arc::ptr_eq(key_of(&chosen(&conf, &all(), Some("a.example")).unwrap()), &p256));
    for hello in [only_rsa, no_ecdsa_scheme] {
        assert!(Arc::ptr_eq(key_of(&chosen(&conf, &hello, Some("a.example")).unwrap()), &rsa));
    }
}

#[test]
fn the_default_is_the_first_and_only_then_its_kin() {
    let rsa = certified(Kind::Rsa, &["a.example", "localhost"]);
    let p256 = certified(Kind::P256, &["b.example", "localhost"]);
    let only_ecdsa = hello(&[0xcca9], Some(&ALL_SCHEMES), &ALL_GROUPS);
    for (certs, first, second) in [([&rsa, &p256], &rsa, &p256), ([&p256, &rsa], &p256, &p256)] {
        let conf = conf(&certs);
        for asked in [None, Some("c.example")] {
            let choice = chosen(&conf, &all(), asked).unwrap();
            assert!(Arc::ptr_eq(key_of(&choice), first) && !choice.by_name);
            let choice = chosen(&conf, &only_ecdsa, asked).unwrap();
            assert!(Arc::ptr_eq(key_of(&choice), second) && !choice.by_name);
        }
    }
}

#[test]
fn the_default_is_not_replaced_by_another_site() {
    let rsa = certified(Kind::Rsa, &["a.example"]);
    let other = certified(Kind::P256, &["b.example"]);
    let conf = conf(&[&rsa, &other]);
    let choice = chosen(&conf, &all(), None).unwrap();
    assert!(Arc::ptr_eq(key_of(&choice), &rsa));
    let only_ecdsa = hello(&[0xcca9], Some(&ALL_SCHEMES), &ALL_GROUPS);
    assert_eq!(refusal(&conf, &only_ecdsa), "no matching cipher suite");
}

#[test]
fn a_rank_that_the_client_cannot_verify_is_passed_over() {
    let rsa = certified(Kind::Rsa, &["*.a.example"]);
    let p256 = certified(Kind::P256, &["www.a.example"]);
    let only_rsa = hello(&[0xcca8], Some(&ALL_SCHEMES), &ALL_GROUPS);
    let choice = chosen(&conf(&[&p256, &rsa]), &only_rsa, Some("www.a.example")).unwrap();
    assert!(Arc::ptr_eq(key_of(&choice), &rsa));
    assert!(choice.by_name);
}
