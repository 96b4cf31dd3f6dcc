//! Hello, retry, hello.

use super::*;

/// A client that has to be asked for its share of P-256.
fn asked() -> (ServerConf, Client) {
    let conf = ServerConf { groups: vec![Group::SECP256R1], ..server(Kind::P256) };
    (conf, Client::new())
}

fn refused(second: client::Edit) -> (String, Vec<u8>) {
    let (conf, client) = asked();
    failure(&conf, Client { second, ..client })
}

#[test]
fn a_client_without_our_group_s_share_is_asked_for_it() {
    for shares in [vec![], vec![Group::X25519], vec![Group::X25519, Group::SECP384R1]] {
        let (conf, client) = asked();
        let (run, seen) = meet(&conf, Client { shares, ..client });
        assert_eq!(run.result.unwrap().group, Some(Group::SECP256R1));
        assert!(seen.is_finished && seen.retry.is_some());
        assert_eq!(run.script.log[..5], ["read 16384", "hand 2", "read 16384", "hand 2", "version 0x304"]);
        let secrets: Vec<_> = run.script.log.iter().filter(|line| line.starts_with("secret")).collect();
        assert_eq!(secrets, seen.secrets.iter().collect::<Vec<_>>());
    }
}

#[test]
fn two_cookies_differ_and_each_comes_back() {
    let cookie = || {
        let (conf, client) = asked();
        meet(&conf, client).1.retry.unwrap().extensions
    };
    assert_ne!(cookie(), cookie());
    let other = "invalid hello: another cookie than ours".to_owned();
    for edit in [
        (|hello| edit_cookie(hello, |cookie| cookie[0] ^= 1)) as client::Edit,
        |hello| edit_cookie(hello, |cookie| cookie.truncate(31)),
        |hello| edit_cookie(hello, |cookie| cookie.push(0)),
    ] {
        assert_eq!(refused(edit), (other.clone(), vec![47]));
    }
    let none = refused(|hello| *hello = without(hello.clone(), 44));
    assert_eq!(none, ("extension 44 is missing".to_owned(), vec![109]));
}

fn edit_cookie(hello: &mut ClientHello, edit: fn(&mut Vec<u8>)) {
    for extension in &mut hello.extensions {
        if let ClientExtension::Cookie(cookie) = extension {
            edit(cookie);
        }
    }
}

#[test]
fn what_a_second_hello_may_not_change() {
    let expected = ("invalid hello: another one than before the retry".to_owned(), vec![47]);
    for edit in [
        (|hello| hello.random[0] ^= 1) as client::Edit,
        |hello| hello.version = ProtocolVersion::TLS11,
        |hello| hello.session_id.clear(),
        |hello| hello.suites.truncate(1),
        |hello| hello.suites.reverse(),
        |hello| *hello = without(hello.clone(), 45),
        |hello| hello.extensions.push(ClientExtension::ExtendedMasterSecret),
        |hello| hello.extensions.push(server_name("a.example")),
        |hello| {
            *hello = without(hello.clone(), 13);
            hello.extensions.push(ClientExtension::SignatureAlgorithms(vec![SignatureScheme(0x0403)]));
        },
        |hello| {
            *hello = without(hello.clone(), 43);
            hello.extensions.push(ClientExtension::SupportedVersions(vec![ProtocolVersion::TLS13]));
        },
    ] {
        assert_eq!(refused(edit), expected);
    }
    let compressions = refused(|hello| hello.compressions = vec![0, 1]);
    assert_eq!(compressions, ("invalid hello: compression".to_owned(), vec![47]));
}

#[test]
fn what_a_second_hello_may_change() {
    for edit in [
        (|hello| hello.extensions.push(ClientExtension::Unknown { typ: 21, body: vec![0; 9] }))
            as client::Edit,
        |hello| hello.extensions.reverse(),
        |hello| hello.extensions.push(ClientExtension::Unknown { typ: 0xfe0d, body: vec![1] }),
    ] {
        let (conf, client) = asked();
        let (run, seen) = meet(&conf, Client { second: edit, ..client });
        assert!(run.result.is_ok() && seen.is_finished);
    }
}

#[test]
fn the_share_that_comes_is_the_one_that_was_asked_for() {
    let expected = ("couldn't set keys: not the one that was asked for".to_owned(), vec![47]);
    for edit in [
        (|hello| set(hello, &[])) as client::Edit,
        |hello| set(hello, &[Group::X25519]),
        |hello| set(hello, &[Group::SECP256R1, Group::X25519]),
        |hello| set(hello, &[Group::SECP384R1]),
    ] {
        assert_eq!(refused(edit), expected);
    }
}

fn set(hello: &mut ClientHello, groups: &[Group]) {
    *hello = without(hello.clone(), 51);
    let share = |group: &Group| KeyShare { group: *group, public: vec![4; 65] };
    hello.extensions.push(ClientExtension::KeyShare(groups.iter().map(share).collect()));
}

#[test]
fn there_is_no_second_retry_and_nothing_else_after_one() {
    for typ in (1..=255).filter(|typ| *typ != 1) {
        let (conf, client) = asked();
        let (mut script, _) = client.script();
        let mut answer = script.answer.take().unwrap();
        let mut is_first = true;
        script.answer = Some(Box::new(move |written| {
            answer(written);
            assert!(std::mem::replace(&mut is_first, false), "an answer");
            vec![message(typ, &[])]
        }));
        let result = ready(tls_server(&mut script, &algs13(), &conf, None));
        let error = result.unwrap_err().to_string();
        assert!(error == "expected a client hello" || error == format!("can't decode a {typ}"), "{error}");
        assert_eq!(script.alerts(), [10]);
    }
}
