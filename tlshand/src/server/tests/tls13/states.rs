//! Every state meets every message, and every file refuses at every step.

use super::*;
use crate::conf::{ClientAuth, Trust, Verify};
use crate::server::tests::tls13::client::Twist;

/// A server that asks for certificates, and one that it believes.
pub(super) fn asking(how: fn(Trust) -> ClientAuth) -> (ServerConf, Arc<CertifiedKey>) {
    let client = certified(Kind::P256, &["client.example"]);
    let roots = Arc::new(x509::Roots::trusting(client.chain().to_vec()).unwrap());
    let trust = Trust { verify: Verify::Roots { roots, now: NOW }, pins: None };
    (ServerConf { client_auth: how(trust), ..server(Kind::P256) }, client)
}

/// 2030-01-01.
const NOW: u64 = 1_893_456_000;

fn twisted(twist: Twist) -> (String, Vec<u8>) {
    failure(&server(Kind::P256), Client { twist, ..Client::new() })
}

/// The same where certificates are asked for, and with or without one.
fn twisted_with(cert: bool, twist: Twist) -> (String, Vec<u8>) {
    let (conf, key) = asking(ClientAuth::Request);
    failure(&conf, Client { twist, cert: cert.then_some(key), ..Client::new() })
}

fn unexpected(typ: u8, text: &str) -> (String, Vec<u8>) {
    let known = [1, 2, 4, 8, 11, 12, 13, 14, 15, 16, 20, 22, 24];
    let text =
        if known.contains(&typ) { format!("expected {text}") } else { format!("can't decode a {typ}") };
    (text, vec![10])
}

/// A message of each type in place of the client's message at `place`.
fn instead(with_cert: Option<bool>, place: usize, good: u8, text: &str) {
    for typ in (1..=255).filter(|typ| *typ != good) {
        let (conf, key) = match with_cert {
            Some(_) => asking(ClientAuth::Request),
            None => (server(Kind::P256), certified(Kind::P256, &["unused"])),
        };
        let client = Client { cert: with_cert.unwrap_or(false).then_some(key), ..Client::new() };
        let (mut script, _) = client.script();
        let mut answer = script.answer.take().unwrap();
        script.answer = Some(Box::new(move |written| {
            let mut flight = answer(written);
            if let Some(bytes) = flight.get_mut(place) {
                *bytes = message(typ, &[]);
            }
            flight
        }));
        let result = ready(tls_server(&mut script, &algs13(), &conf, None));
        let failed = (result.unwrap_err().to_string(), script.alerts());
        assert_eq!(failed, unexpected(typ, text), "{typ} at {place}");
    }
}

#[test]
fn any_other_message_than_the_expected_one_is_alert_10() {
    instead(None, 0, 20, "a finished");
    instead(Some(true), 0, 11, "a certificate");
    instead(Some(true), 1, 15, "a certificate verify");
    instead(Some(true), 2, 20, "a finished");
    instead(Some(false), 1, 20, "a finished");
}

#[test]
fn a_certificate_that_nobody_asked_for_and_a_proof_without_one() {
    let unasked: Twist = |flight| [&[message(11, &[0, 0, 0, 0])][..], &flight].concat();
    assert_eq!(twisted(unasked), ("expected a finished".to_owned(), vec![10]));
    let proof: Twist = |flight| vec![flight[0].clone(), message(15, &[4, 3, 0, 1, 9]), flight[1].clone()];
    assert_eq!(twisted_with(false, proof), ("expected a finished".to_owned(), vec![10]));
    let none: Twist = |flight| vec![flight[0].clone(), flight[2].clone()];
    assert_eq!(twisted_with(true, none), ("expected a certificate verify".to_owned(), vec![10]));
}

#[test]
fn who_must_show_a_certificate_and_has_none_is_told_so() {
    let (conf, _) = asking(ClientAuth::Require);
    let failed = failure(&conf, Client::new());
    assert_eq!(failed, ("no certificate from the client".to_owned(), vec![116]));
    let (_, key) = asking(ClientAuth::Require);
    let stranger = failure(&conf, Client { cert: Some(key), ..Client::new() });
    assert_eq!(stranger.1, [42], "of the same name and with another key");
}

#[test]
fn certificates_that_answer_more_than_was_asked() {
    let context: Twist = |mut flight| {
        flight[0] = message(11, &[1, 7, 0, 0, 0]);
        flight
    };
    assert_eq!(twisted_with(false, context), ("invalid context of a certificate".to_owned(), vec![47]));
    for (extension, text) in [
        (&[0, 5, 0, 5, 1, 0, 0, 1, 9][..], "extension 5 was not offered"),
        (&[0x7a, 0x7a, 0, 0], "extension 31354 was not offered"),
    ] {
        let len = u8::try_from(extension.len()).unwrap();
        let entry = [&[0, 0, 1, 0x30, 0, len][..], extension].concat();
        let body = [&[0, 0, 0, u8::try_from(entry.len()).unwrap()][..], &entry].concat();
        let (conf, key) = asking(ClientAuth::Request);
        let (mut script, _) = Client { cert: Some(key), ..Client::new() }.script();
        let mut answer = script.answer.take().unwrap();
        script.answer = Some(Box::new(move |written| {
            let flight = answer(written);
            if flight.is_empty() { flight } else { vec![message(11, &body)] }
        }));
        let result = ready(tls_server(&mut script, &algs13(), &conf, None));
        assert_eq!((result.unwrap_err().to_string(), script.alerts()), (text.to_owned(), vec![110]));
    }
}

#[test]
fn proofs_that_are_none() {
    let bad = ("can't verify the peer's certificate: bad signature".to_owned(), vec![51]);
    let broken: Twist = |mut flight| {
        let last = flight[1].len() - 1;
        flight[1][last] ^= 1;
        flight
    };
    assert_eq!(twisted_with(true, broken), bad);
    let scheme: Twist = |mut flight| {
        flight[1][5] = 1;
        flight
    };
    assert_eq!(twisted_with(true, scheme), ("invalid signature scheme".to_owned(), vec![47]));
    let curve: Twist = |mut flight| {
        flight[1][4] = 5;
        flight
    };
    assert_eq!(twisted_with(true, curve), ("invalid signature scheme".to_owned(), vec![47]));
}

#[test]
fn finished_messages_that_are_none() {
    let wrong: Twist = |mut flight| {
        flight[0][20] ^= 1;
        flight
    };
    assert_eq!(twisted(wrong), ("finished verification failed".to_owned(), vec![51]));
    for bad in [
        (|_| vec![message(20, &[])]) as Twist,
        |_| vec![message(20, &[0; 12])],
        |_| vec![message(20, &[0; 31])],
        |_| vec![message(20, &[0; 33])],
        |_| vec![message(20, &[0; 48])],
    ] {
        assert_eq!(twisted(bad), ("handshake message (20) has invalid length".to_owned(), vec![50]));
    }
}

#[test]
fn nothing_stands_in_the_record_before_a_change_of_keys() {
    let expected = ("handshake message before a change of cipher".to_owned(), vec![10]);
    let more: Twist = |flight| vec![[&flight[0][..], &[24, 0, 0, 1, 0]].concat()];
    assert_eq!(twisted(more), expected);
    let part: Twist = |flight| vec![[&flight[0][..], &[4]].concat()];
    assert_eq!(twisted(part), expected);
    // The same behind the hello, where the keys change too.
    let (mut script, _) = Client::new().script();
    let hello = script.reads.pop_front().unwrap().unwrap();
    for more in 1..=4 {
        let mut script = Script::new([[&hello[..], &[20, 0, 0, 0][..more]].concat()]);
        let result = ready(tls_server(&mut script, &algs13(), &server(Kind::P256), None));
        assert_eq!((result.unwrap_err().to_string(), script.alerts()), expected);
    }
}

#[test]
fn each_refused_line_has_its_alert() {
    for (refused, text, alerts) in [
        ("version", "can't set version: no", vec![80]),
        ("secret", "can't set secrets: no", vec![40]),
        ("changecipher", "can't enable cipher: no", vec![80]),
        ("changecipher in", "can't enable cipher: no", vec![10]),
        ("opened", "finished without a change of cipher: no", vec![10]),
        ("hand", "write error: no", vec![80]),
    ] {
        let (mut script, _) = Client::new().script();
        script.refused = Some((refused, "no"));
        let result = ready(tls_server(&mut script, &algs13(), &server(Kind::P256), None));
        assert_eq!((result.unwrap_err().to_string(), script.alerts()), (text.to_owned(), alerts));
    }
}

#[test]
fn messages_cut_anywhere_are_whole_again() {
    for cut in [1, 7, 100] {
        let (conf, key) = asking(ClientAuth::Require);
        let (mut script, seen) = Client { cert: Some(key), ..Client::new() }.script();
        let pieces = move |reads: Vec<Vec<u8>>| -> Vec<Vec<u8>> {
            reads.iter().flat_map(|read| read.chunks(cut).map(<[u8]>::to_vec)).collect()
        };
        let first = script.reads.drain(..).map(Result::unwrap).collect();
        script.reads = pieces(first).into_iter().map(Ok).collect();
        let mut answer = script.answer.take().unwrap();
        script.answer = Some(Box::new(move |written| pieces(answer(written))));
        let result = ready(tls_server(&mut script, &algs13(), &conf, None));
        assert!(result.is_ok() && seen.lock().unwrap().is_finished);
    }
}
