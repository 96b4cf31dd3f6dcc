//! Secrets that both have beforehand.

use super::*;
use crate::psk::Psk;

fn psk(identity: &[u8], secret: &[u8]) -> Psk {
    Psk::new(identity.to_vec(), secret)
}

fn sharing() -> ServerConf {
    ServerConf { psks: vec![psk(b"p9secret", &[7; 256]), psk(b"eve", &[8; 8])], ..conf13(&[]) }
}

fn client(psks: Vec<Psk>) -> Client {
    Client { psks, ..Client::new() }
}

#[test]
fn who_has_the_secret_is_let_in_without_a_certificate() {
    for (psks, identity) in [
        (vec![psk(b"p9secret", &[7; 256])], &b"p9secret"[..]),
        (vec![psk(b"eve", &[8; 8])], b"eve"),
        (vec![psk(b"nobody", &[9; 9]), psk(b"eve", &[8; 8])], b"eve"),
    ] {
        let (run, seen) = meet(&sharing(), client(psks));
        let outcome = run.result.unwrap();
        assert_eq!(outcome.psk_identity.as_deref(), Some(identity));
        assert!(seen.is_finished && seen.chain.is_empty() && seen.request.is_none());
        assert!(run.script.log.contains(&"hand 8 20".to_owned()));
        assert!(run.script.log.contains(&seen.secrets[1]));
    }
}

#[test]
fn after_a_retry_the_binders_are_over_all_that_was_said() {
    let conf = ServerConf { groups: vec![Group::SECP384R1], ..sharing() };
    let (run, seen) = meet(&conf, client(vec![psk(b"p9secret", &[7; 256])]));
    assert_eq!(run.result.unwrap().group, Some(Group::SECP384R1));
    assert!(seen.retry.is_some() && seen.is_finished);
}

#[test]
fn early_data_is_passed_over_whatever_becomes_of_the_offer() {
    // At once, and after a retry.
    for group in [Group::X25519_MLKEM768, Group::X25519] {
        let mut client = client(vec![psk(b"eve", &[8; 8])]);
        client.shares = vec![group];
        client.second = |hello| hello.extensions.retain(|extension| *extension != ClientExtension::EarlyData);
        client.hello.extensions.push(ClientExtension::EarlyData);
        let (run, seen) = meet(&sharing(), client);
        assert_eq!(run.result.map(|_| ()).map_err(|error| error.to_string()), Ok(()));
        assert!(seen.is_finished && seen.retry.is_some() == (group == Group::X25519));
        assert!(run.script.log.contains(&"skipearly 65536".to_owned()));
    }
    let (run, _) = meet(&sharing(), client(vec![psk(b"eve", &[8; 8])]));
    assert!(!run.script.log.iter().any(|line| line.starts_with("skipearly")));
}

#[test]
fn early_data_is_offered_once() {
    let mut client = client(vec![psk(b"p9secret", &[7; 256])]);
    client.hello.extensions.push(ClientExtension::EarlyData);
    let conf = ServerConf { groups: vec![Group::SECP384R1], ..sharing() };
    let again = "invalid hello: another one than before the retry".to_owned();
    assert_eq!(failure(&conf, client), (again, vec![47]));
}

#[test]
fn a_binder_that_is_wrong_anywhere_is_refused() {
    let expected = ("can't verify the offer of a shared secret".to_owned(), vec![51]);
    for binder in [
        (|binder| binder[0] ^= 1) as fn(&mut Vec<u8>),
        |binder| binder[31] ^= 0x80,
        |binder| binder.push(0),
        |binder| binder.fill(0),
    ] {
        let client = Client { binder, ..client(vec![psk(b"p9secret", &[7; 256])]) };
        assert_eq!(failure(&sharing(), client), expected);
    }
    let other = client(vec![psk(b"p9secret", &[7; 255])]);
    assert_eq!(failure(&sharing(), other), expected);
}

#[test]
fn who_has_none_of_ours_or_wants_no_key_exchange_is_not_let_in() {
    let unknown = ("unknown or missing pskid".to_owned(), vec![115]);
    assert_eq!(failure(&sharing(), Client::new()), unknown);
    assert_eq!(failure(&sharing(), client(vec![psk(b"nobody", &[7; 256])])), unknown);
    let with_modes = |modes: &[u8]| {
        let mut client = client(vec![psk(b"p9secret", &[7; 256])]);
        client.hello = without(client.hello, 45);
        client.hello.extensions.push(ClientExtension::PskKeyExchangeModes(modes.to_vec()));
        client
    };
    assert_eq!(failure(&sharing(), with_modes(&[0])), unknown);
    assert!(meet(&sharing(), with_modes(&[0, 0x1b, 1])).0.result.is_ok());
    let mut without_modes = client(vec![psk(b"p9secret", &[7; 256])]);
    without_modes.hello = without(without_modes.hello, 45);
    assert_eq!(failure(&sharing(), without_modes), ("extension 45 is missing".to_owned(), vec![109]));
}

#[test]
fn a_secret_goes_with_its_hash_alone() {
    let mut client = client(vec![psk(b"p9secret", &[7; 256])]);
    client.hello.suites = vec![Suite::TLS_AES_256_GCM_SHA384, Suite::TLS_CHACHA20_POLY1305_SHA256];
    let (run, _) = meet(&sharing(), client);
    assert_eq!(run.result.unwrap().suite, Suite::TLS_CHACHA20_POLY1305_SHA256);
    let mut other = self::client(vec![psk(b"p9secret", &[7; 256])]);
    other.hello.suites = vec![Suite::TLS_AES_256_GCM_SHA384];
    assert_eq!(failure(&sharing(), other), ("no matching cipher suite".to_owned(), vec![40]));
}

#[test]
fn an_offer_to_a_server_with_certificates_is_passed_over() {
    let (run, seen) = meet(&server(Kind::P256), client(vec![psk(b"p9secret", &[7; 256])]));
    assert_eq!(run.result.unwrap().psk_identity, None);
    assert!(seen.is_finished && !seen.chain.is_empty());
}
