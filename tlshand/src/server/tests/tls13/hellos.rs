//! Hellos that are no hellos of TLS 1.3, or lack something.

use super::*;
use crate::sec::random::Random;
use crate::sec::share::ClientShare;

/// A hello with a good share of X25519, edited.
fn refused(edit: impl Fn(&mut ClientHello)) -> (String, Vec<u8>) {
    let share = ClientShare::new(Group::X25519, &mut Random::draw().unwrap()).unwrap();
    let mut hello = hello13();
    let share = KeyShare { group: Group::X25519, public: share.public().to_vec() };
    hello.extensions.push(ClientExtension::KeyShare(vec![share]));
    edit(&mut hello);
    let conf = ServerConf {
        alpn: vec!["h2".to_owned()],
        groups: vec![Group::X25519, Group::SECP256R1, Group::SECP384R1, Group::X25519_MLKEM768],
        ..server(Kind::P256)
    };
    let run = run_hello13(&conf, &hello);
    assert!(run.script.log.iter().all(|line| !line.starts_with("hand")), "an answer was sent");
    run.failure()
}

fn drop_extension(typ: u16) -> impl Fn(&mut ClientHello) {
    move |hello| *hello = without(hello.clone(), typ)
}

#[test]
fn what_must_be_there_is_missed_by_its_number() {
    for typ in [10, 13, 51] {
        let expected = (format!("extension {typ} is missing"), vec![109]);
        assert_eq!(refused(drop_extension(typ)), expected);
    }
    let neither = |hello: &mut ClientHello| *hello = without(without(hello.clone(), 10), 51);
    assert_eq!(refused(neither), ("extension 10 is missing".to_owned(), vec![109]));
}

#[test]
fn what_must_not_be_so_is_an_illegal_parameter() {
    let compression = ("invalid hello: compression".to_owned(), vec![47]);
    assert_eq!(refused(|hello| hello.compressions = vec![0, 1]), compression);
    assert_eq!(refused(|hello| hello.compressions = vec![1]), compression);
    for version in [0, 0x0002, 0x0300] {
        let old = refused(|hello| hello.version = ProtocolVersion(version));
        assert_eq!(old, (format!("incompatible version ({version:#x})"), vec![70]));
    }
    let early = refused(|hello| hello.extensions.push(ClientExtension::EarlyData));
    assert_eq!(early, ("invalid hello: early data without a secret".to_owned(), vec![47]));
    let unlisted = refused(|hello| {
        *hello = without(hello.clone(), 10);
        hello.extensions.push(ClientExtension::SupportedGroups(vec![Group::SECP256R1]));
    });
    assert_eq!(unlisted, ("couldn't set keys: of a group that is not offered".to_owned(), vec![47]));
}

#[test]
fn lawful_hellos_with_nothing_in_common() {
    let suites = refused(|hello| hello.suites.retain(|suite| suite.0 >> 8 != 0x13));
    assert_eq!(suites, ("no matching cipher suite".to_owned(), vec![40]));
    let groups = refused(|hello| {
        *hello = without(without(hello.clone(), 10), 51);
        hello.extensions.push(ClientExtension::SupportedGroups(vec![Group::X448]));
        hello.extensions.push(ClientExtension::KeyShare(Vec::new()));
    });
    assert_eq!(groups, ("no matching group".to_owned(), vec![40]));
    let protocols = refused(|hello| hello.extensions.push(ClientExtension::Alpn(vec![b"x".to_vec()])));
    assert_eq!(protocols, ("no matching application protocol".to_owned(), vec![120]));
}

#[test]
fn shares_that_are_none_of_their_group() {
    let with = |group: Group, public: Vec<u8>| {
        refused(move |hello| {
            *hello = without(hello.clone(), 51);
            hello
                .extensions
                .push(ClientExtension::KeyShare(vec![KeyShare { group, public: public.clone() }]));
        })
    };
    let bad = ("couldn't set keys: bad public key".to_owned(), vec![47]);
    for len in [1, 31, 33, 64] {
        assert_eq!(with(Group::X25519, vec![9; len]), bad);
    }
    let zeros = ("couldn't set keys: unlucky shared key".to_owned(), vec![47]);
    assert_eq!(with(Group::X25519, vec![0; 32]), zeros);
    for (group, len) in [(Group::SECP256R1, 65), (Group::SECP384R1, 97)] {
        // Of the right length and off the curve; compressed; shorter; zeros.
        assert_eq!(with(group, [&[4][..], &vec![1; len - 1]].concat()), bad);
        assert_eq!(with(group, [&[2][..], &vec![1; len / 2]].concat()), bad);
        assert_eq!(with(group, vec![4; len - 1]), bad);
        assert_eq!(with(group, vec![0; len]), bad);
    }
    for len in [32, 1184, 1215, 1217] {
        assert_eq!(with(Group::X25519_MLKEM768, vec![9; len]), bad);
    }
    // Numbers over the modulus, of which no key of ML-KEM has one.
    assert_eq!(with(Group::X25519_MLKEM768, vec![0xff; 1216]), bad);
}
