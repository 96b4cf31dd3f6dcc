//! The ClientHello for both versions, and every ServerHello that is no answer to it.

use tlswire::{Group, ProtocolVersion, Suite};

use super::script::{Server, Turn, begin, no_prefix_will_do, spoiled, spoiled_for};
use crate::allow::{Compat, Old};
use crate::client::grease::is_grease;
use crate::client::tests::script::{Client, conf, insecure, refusal};
use crate::conf::ClientConf;
use crate::error::Error;
use crate::fixture::tls13_algs;
use crate::msg::Body;
use crate::msg::ext::{self, ClientExtension, Extension as _, KeyShare, ServerExtension};
use crate::msg::hello::{ClientHello, ServerHello};

fn sent(conf: &ClientConf) -> ClientHello {
    ClientHello::decode(&begin(conf).written[0][4..]).unwrap()
}

fn shares(hello: &ClientHello) -> Vec<KeyShare> {
    let shares = hello.extensions.iter().find_map(|extension| match extension {
        ClientExtension::KeyShare(shares) => Some(shares.clone()),
        _ => None,
    });
    shares.unwrap()
}

fn refused(spoil: impl FnOnce(&mut ServerHello)) -> (u8, String) {
    refusal(spoiled(Turn::Hello, spoil))
}

/// Takes away an extension, and puts others at the end.
fn replaced(typ: u16, with: &[ServerExtension]) -> (u8, String) {
    refused(|hello| {
        hello.extensions.retain(|extension| extension.typ() != typ);
        hello.extensions.extend_from_slice(with);
    })
}

#[test]
fn one_hello_is_for_both_versions() {
    let mut conf = conf("rsa.example");
    conf.alpn = vec!["h2".to_owned()];
    let hello = sent(&conf);
    assert_eq!(hello.version, ProtocolVersion::TLS12);
    assert_eq!(hello.session_id.len(), 32);
    let numbers: Vec<u16> = hello.suites.iter().map(|suite| suite.0).collect();
    assert!(is_grease(numbers[0]));
    let expected = [0x1301, 0x1302, 0x1303, 0xcca9, 0xc02b, 0xc02c, 0xcca8, 0xc02f, 0xc030];
    assert_eq!(numbers[1..], expected);
    let types: Vec<u16> = hello.extensions.iter().map(ClientExtension::typ).collect();
    let expected = [
        ext::SERVER_NAME,
        ext::EXTENDED_MASTER_SECRET,
        ext::RENEGOTIATION_INFO,
        ext::SUPPORTED_GROUPS,
        ext::EC_POINT_FORMATS,
        ext::SIGNATURE_ALGORITHMS,
        ext::ALPN,
        ext::SUPPORTED_VERSIONS,
        ext::KEY_SHARE,
    ];
    assert_eq!(types[1..types.len() - 1], expected);
    assert!(is_grease(types[0]) && is_grease(types[10]) && types[0] != types[10]);
    let versions = hello.versions().unwrap();
    assert!(is_grease(versions[0].0));
    assert_eq!(versions[1..], [ProtocolVersion::TLS13, ProtocolVersion::TLS12]);
    let groups = hello.groups().unwrap();
    assert!(is_grease(groups[0].0));
    assert_eq!(groups[1..], conf.groups);
    let offered: Vec<(Group, usize)> =
        shares(&hello).iter().map(|share| (share.group, share.public.len())).collect();
    assert_eq!(offered[0], (groups[0], 1));
    assert_eq!(offered[1..], [(Group::X25519_MLKEM768, 1216), (Group::X25519, 32)]);
}

#[test]
fn who_wants_one_version_offers_what_is_for_it() {
    let mut newer = conf("rsa.example");
    newer.versions = vec![ProtocolVersion::TLS13];
    let hello = sent(&newer);
    assert_eq!(hello.suites[1..], [0x1301, 0x1302, 0x1303].map(Suite));
    for older in [ext::EXTENDED_MASTER_SECRET, ext::RENEGOTIATION_INFO, ext::EC_POINT_FORMATS] {
        assert!(!hello.extensions.iter().any(|extension| extension.typ() == older));
    }
    let mut older = conf("rsa.example");
    older.versions = vec![ProtocolVersion::TLS12];
    let hello = sent(&older);
    assert_eq!((hello.versions(), hello.session_id.len()), (None, 0));
    // Nobody can choose those with ML-KEM there.
    assert_eq!(hello.groups().unwrap(), [Group::X25519, Group::SECP256R1, Group::SECP384R1]);
    assert!(!hello.suites.iter().any(|suite| is_grease(suite.0) || suite.0 >> 8 == 0x13));
    // As 9front, however new the device is.
    let mut ninefront = conf("rsa.example");
    ninefront.compat = Compat::NineFront;
    assert_eq!(sent(&ninefront).versions(), None);
}

#[test]
fn a_group_that_few_have_comes_with_one_that_all_have() {
    let groups = |groups: &[Group]| {
        let mut conf = conf("rsa.example");
        conf.groups = groups.to_vec();
        let shares = shares(&sent(&conf));
        shares.iter().map(|share| share.group).filter(|group| !is_grease(group.0)).collect::<Vec<_>>()
    };
    let (kem, p256) = (Group::X25519_MLKEM768, Group::SECP256R1);
    assert_eq!(groups(&[kem, p256, Group::X25519]), [kem, p256]);
    assert_eq!(groups(&[p256, kem]), [p256]);
    assert_eq!(groups(&[Group::SECP384R1_MLKEM1024]), [Group::SECP384R1_MLKEM1024]);
}

#[test]
fn groups_with_ml_kem_alone_leave_no_suite_with_curves_to_the_older_version() {
    let mut conf = conf("rsa.example");
    conf.groups = vec![Group::X25519_MLKEM768];
    let hello = sent(&conf);
    assert_eq!(hello.versions().unwrap()[1..], [ProtocolVersion::TLS13]);
    conf.versions = vec![ProtocolVersion::TLS12];
    assert!(matches!(Client::begin_on(&tls13_algs(), &conf), Err(Error::NoSuite)));
}

#[test]
fn no_hello_has_a_length_at_which_old_machines_hang() {
    let mut lens = Vec::new();
    for label_len in (1..60).step_by(7) {
        for labels in 1..4 {
            let name = vec!["a".repeat(label_len); labels].join(".");
            let mut conf = insecure(Some(crate::client::server_name(&name).unwrap()));
            conf.groups = vec![Group::X25519];
            lens.push(begin(&conf).written[0].len());
            conf.psk = Some(crate::Psk::new(vec![b'n'; label_len], &[7; 32]));
            lens.push(begin(&conf).written[0].len());
        }
    }
    assert!(lens.iter().all(|len| !(256..=511).contains(len)), "{lens:?}");
    assert!(lens.contains(&512));
}

#[test]
fn what_hides_the_version_must_be_as_it_was_sent() {
    for version in [0x0300, 0x0302, 0x0304, 0x0a0a] {
        let refusal = refused(|hello| hello.version = ProtocolVersion(version));
        assert_eq!(refusal, (47, "invalid version".to_owned()));
    }
    let session = (47, "invalid session".to_owned());
    assert_eq!(refused(|hello| hello.session_id.clear()), session);
    assert_eq!(refused(|hello| hello.session_id[7] ^= 1), session);
    assert_eq!(refused(|hello| hello.compression = 1), (47, "invalid compression".to_owned()));
}

#[test]
fn a_version_that_was_not_offered_in_its_place_is_refused() {
    for version in [0x0303, 0x0305, 0x0300, 0x7f1c, 0x1a1a] {
        let with = ServerExtension::SupportedVersions(ProtocolVersion(version));
        let expected = (47, "invalid version".to_owned());
        assert_eq!(replaced(ext::SUPPORTED_VERSIONS, &[with]), expected, "{version:#x}");
    }
}

#[test]
fn suites_that_were_not_offered_are_refused() {
    let grease = sent(&conf("rsa.example")).suites[0];
    for suite in [0x1304, 0x1305, 0xc02f, 0x00ff, grease.0] {
        let expected = (47, "invalid cipher suite".to_owned());
        assert_eq!(refused(|hello| hello.suite = Suite(suite)), expected, "{suite:#x}");
    }
    let mut one = conf("rsa.example");
    one.suites = vec![Suite::TLS_CHACHA20_POLY1305_SHA256];
    let result = spoiled_for(&one, Turn::Hello, |_: &mut ServerHello| {});
    assert_eq!(refusal(result), (47, "invalid cipher suite".to_owned()));
}

#[test]
fn shares_that_do_not_answer_ours_are_refused() {
    assert_eq!(replaced(ext::KEY_SHARE, &[]), (109, "extension 51 is missing".to_owned()));
    let grease = sent(&conf("rsa.example")).groups().unwrap()[0];
    for group in [Group::SECP256R1, Group::X448, grease] {
        let share = KeyShare { group, public: vec![4; 65] };
        let expected = (47, "invalid group".to_owned());
        assert_eq!(replaced(ext::KEY_SHARE, &[ServerExtension::KeyShare(share)]), expected, "{group:?}");
    }
    for (group, len) in [(Group::X25519, 31), (Group::X25519, 33), (Group::X25519_MLKEM768, 1119)] {
        let share = KeyShare { group, public: vec![9; len] };
        assert_eq!(replaced(ext::KEY_SHARE, &[ServerExtension::KeyShare(share)]).0, 47);
    }
    let zeros = KeyShare { group: Group::X25519, public: vec![0; 32] };
    assert_eq!(replaced(ext::KEY_SHARE, &[ServerExtension::KeyShare(zeros)]).0, 47);
}

#[test]
fn extensions_that_do_not_belong_there_are_refused() {
    let with = |extension: ServerExtension| replaced(0xffff, &[extension]);
    assert_eq!(with(ServerExtension::PreSharedKey(0)), (110, "extension 41 was not offered".to_owned()));
    for extension in [
        ServerExtension::ServerName,
        ServerExtension::Alpn(b"h2".to_vec()),
        ServerExtension::RenegotiationInfo,
        ServerExtension::ExtendedMasterSecret,
        ServerExtension::EcPointFormats(vec![0]),
        ServerExtension::Unknown { typ: ext::COOKIE, body: vec![0, 1, 7] },
        ServerExtension::Unknown { typ: ext::EARLY_DATA, body: Vec::new() },
    ] {
        let typ = extension.typ();
        assert_eq!(with(extension).0, 47, "{typ}");
    }
    let hello = sent(&conf("rsa.example"));
    for typ in [0xfe0d, hello.extensions[0].typ()] {
        let unknown = ServerExtension::Unknown { typ, body: Vec::new() };
        assert_eq!(with(unknown), (110, format!("extension {typ} was not offered")));
    }
    let twice = with(ServerExtension::SupportedVersions(ProtocolVersion::TLS13));
    assert_eq!(twice, (47, "extension 43 comes twice".to_owned()));
}

/// A right hello of TLS 1.2 for a client that could have had TLS 1.3.
fn older(spoil: impl FnOnce(&mut ServerHello)) -> Result<(), Error> {
    let mut client = begin(&conf("rsa.example"));
    let mut hello = ServerHello {
        version: ProtocolVersion::TLS12,
        random: [0xaa; 32],
        session_id: Vec::new(),
        suite: Suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        compression: 0,
        extensions: vec![ServerExtension::RenegotiationInfo],
    };
    spoil(&mut hello);
    client.give(&hello.encode().unwrap())
}

#[test]
fn an_older_version_is_taken_unless_it_was_lowered() {
    assert!(older(|_| {}).is_ok());
    let lowered = (47, "the version was lowered on the way".to_owned());
    for mark in [b"DOWNGRD\x01", b"DOWNGRD\x00"] {
        let result = older(|hello| hello.random[24..].copy_from_slice(mark));
        assert_eq!(refusal(result), lowered);
    }
    let result = older(|hello| hello.version = ProtocolVersion::TLS11);
    assert_eq!(refusal(result), (70, "incompatible version (0x302)".to_owned()));
    // A number for TLS 1.3 where none may be.
    let result = older(|hello| hello.version = ProtocolVersion::TLS13);
    assert_eq!(refusal(result), (70, "incompatible version (0x304)".to_owned()));
}

#[test]
fn an_older_version_may_not_have_what_is_the_newer_one_s() {
    let share = KeyShare { group: Group::X25519, public: vec![9; 32] };
    let result = older(|hello| hello.extensions.push(ServerExtension::KeyShare(share)));
    assert_eq!(refusal(result).0, 47);
    let suite = older(|hello| hello.suite = Suite::TLS_AES_128_GCM_SHA256);
    assert_eq!(refusal(suite), (47, "invalid cipher suite".to_owned()));
    let grease = sent(&conf("rsa.example")).extensions[0].typ();
    let result = older(|hello| {
        hello.extensions.push(ServerExtension::Unknown { typ: grease, body: Vec::new() });
    });
    assert_eq!(refusal(result).0, 110);
}

#[test]
fn a_session_that_never_was_is_not_resumed() {
    let mut client = begin(&conf("rsa.example"));
    let session_id = Server::plain(&client).client_hello.session_id;
    let hello = ServerHello {
        version: ProtocolVersion::TLS12,
        random: [0xaa; 32],
        session_id,
        suite: Suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        compression: 0,
        extensions: vec![ServerExtension::RenegotiationInfo],
    };
    let result = client.give(&hello.encode().unwrap());
    assert_eq!(refusal(result), (47, "invalid session".to_owned()));
}

#[test]
fn older_versions_that_are_allowed_look_for_the_mark_too() {
    let mut conf = conf("rsa.example");
    conf.allow.extend([Old::Tls10, Old::Cbc]);
    let mut client = begin(&conf);
    let mut random = [0xaa; 32];
    random[24..].copy_from_slice(b"DOWNGRD\x00");
    let hello = ServerHello {
        version: ProtocolVersion::TLS10,
        random,
        session_id: Vec::new(),
        suite: Suite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
        compression: 0,
        extensions: vec![ServerExtension::RenegotiationInfo],
    };
    let result = client.give(&hello.encode().unwrap());
    assert_eq!(refusal(result), (47, "the version was lowered on the way".to_owned()));
}

#[test]
fn no_prefix_of_the_answer_is_the_answer() {
    // Without extensions it is a hello of old times: well formed, and refused for what it lacks.
    no_prefix_will_do(Turn::Hello, |len| len == 2 + 32 + 33 + 2 + 1);
}
