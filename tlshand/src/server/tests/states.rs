//! Every state meets every message, and every file refuses at every step.

use super::client::{Twist, client, good};
use super::*;
use crate::fixture::{Kind, certified};

fn server() -> ServerConf {
    conf(&[&certified(Kind::P256, &["a.example"])])
}

fn message(typ: u8, body: &[u8]) -> Vec<u8> {
    let len = u8::try_from(body.len()).unwrap();
    [&[typ, 0, 0, len][..], body].concat()
}

fn failure(twist: Twist) -> (String, Vec<u8>) {
    let (script, seen) = client(&hello(), twist);
    let run = run(&server(), script);
    assert!(!seen.lock().unwrap().is_finished);
    assert!(!run.script.log.contains(&"opened".to_owned()));
    run.failure()
}

/// What a state that expects `expected`, called `text`, says to a message of type `typ`.
fn unexpected(typ: u8, text: &str) -> String {
    match typ {
        1 | 2 | 4 | 8 | 11..=16 | 20 | 22 | 24 => format!("expected {text}"),
        typ => format!("can't decode a {typ}"),
    }
}

#[test]
fn any_other_message_than_the_expected_one_is_alert_10() {
    let server = server();
    for typ in (1..=255).filter(|typ| *typ != 1) {
        let run = run(&server, Script::new([message(typ, &[])]));
        let expected = match typ {
            9 => ("hello in the form of ssl2".to_owned(), vec![70]),
            typ => (unexpected(typ, "a client hello"), vec![10]),
        };
        assert_eq!(run.failure(), expected);
    }
    for typ in (1..=255).filter(|typ| *typ != 16) {
        let (mut script, _) = client(&hello(), |_, _| Vec::new());
        script.reads.push_back(Ok(message(typ, &[])));
        assert_eq!(run(&server, script).failure(), (unexpected(typ, "a client key exchange"), vec![10]));
    }
    for typ in (1..=255).filter(|typ| *typ != 20) {
        let (mut script, _) = client(&hello(), |kx, _| vec![kx]);
        let answer = script.answer.take().unwrap();
        script.answer = Some(then(answer, message(typ, &[])));
        assert_eq!(run(&server, script).failure(), (unexpected(typ, "a finished"), vec![10]));
    }
}

/// The answer, and one read more.
fn then(mut answer: crate::fixture::Answer, last: Vec<u8>) -> crate::fixture::Answer {
    Box::new(move |written| {
        let mut reads = answer(written);
        reads.push(last.clone());
        reads
    })
}

#[test]
fn hello_requests_are_passed_over_in_every_state() {
    let (mut script, seen) = client(&hello(), |kx, fin| {
        vec![message(0, &[]), kx, [message(0, &[]), message(0, &[]), fin].concat()]
    });
    script.reads.push_front(Ok(message(0, &[])));
    assert!(run(&server(), script).result.is_ok());
    assert!(seen.lock().unwrap().is_finished);
    let too_many = failure(|kx, fin| vec![message(0, &[]).repeat(5), kx, fin]);
    assert_eq!(too_many, ("too many hello requests".to_owned(), vec![10]));
    let with_body = failure(|kx, fin| vec![message(0, &[1]), kx, fin]);
    assert_eq!(with_body, ("invalid hello request during handshake".to_owned(), vec![50]));
}

#[test]
fn a_client_certificate_was_not_asked_for() {
    let empty = failure(|kx, fin| vec![message(11, &[0, 0, 0]), kx, fin]);
    assert_eq!(empty, ("expected a client key exchange".to_owned(), vec![10]));
}

#[test]
fn key_exchanges_that_are_none() {
    let wrong_len = |kx, _| -> Vec<Vec<u8>> {
        let _: Vec<u8> = kx;
        vec![message(16, &[2, 9])]
    };
    assert_eq!(failure(wrong_len), ("handshake message (16) has invalid length".to_owned(), vec![50]));
    let nothing: Twist = |_, _| vec![message(16, &[0])];
    assert_eq!(failure(nothing), ("couldn't set keys: no public key".to_owned(), vec![47]));
    let short: Twist = |_, _| vec![message(16, &[2, 9, 9])];
    assert_eq!(failure(short), ("couldn't set keys: bad public key".to_owned(), vec![47]));
    let zeros: Twist = |_, _| vec![message(16, &[&[32][..], &[0; 32]].concat())];
    assert_eq!(failure(zeros), ("couldn't set keys: unlucky shared key".to_owned(), vec![47]));
}

#[test]
fn finished_messages_that_are_none() {
    let wrong: Twist = |kx, mut fin| {
        fin[15] ^= 1;
        vec![kx, fin]
    };
    assert_eq!(failure(wrong), ("finished verification failed".to_owned(), vec![51]));
    for bad in [
        (|kx, _| vec![kx, message(20, &[])]) as Twist,
        |kx, _| vec![kx, message(20, &[0; 11])],
        |kx, _| vec![kx, message(20, &[0; 13])],
        |kx, _| vec![kx, message(20, &[0; 36])],
    ] {
        assert_eq!(failure(bad), ("handshake message (20) has invalid length".to_owned(), vec![50]));
    }
}

#[test]
fn a_finished_in_the_record_of_the_key_exchange_does_not_count() {
    let expected = ("handshake message before a change of cipher".to_owned(), vec![10]);
    assert_eq!(failure(|kx, fin| vec![[kx, fin].concat()]), expected);
    assert_eq!(failure(|kx, fin| vec![[&kx[..], &fin[..3]].concat(), fin[3..].to_vec()]), expected);
    assert_eq!(failure(|kx, fin| vec![kx, [fin, vec![0]].concat()]), expected);
}

#[test]
fn each_refused_line_has_its_alert() {
    for (refused, text, alerts) in [
        ("version", "can't set version: no", vec![80]),
        ("secret", "can't set secrets: no", vec![40]),
        ("changecipher", "can't enable cipher: no", vec![80]),
        ("opened", "finished without a change of cipher: no", vec![10]),
        ("hand", "write error: no", vec![80]),
    ] {
        let (mut script, _) = client(&hello(), good);
        script.refused = Some((refused, "no"));
        assert_eq!(run(&server(), script).failure(), (text.to_owned(), alerts));
    }
}

#[test]
fn a_device_that_knows_no_notes_is_good_enough() {
    let (mut script, seen) = client(&hello_with(server_name("a.example")), good);
    script.refused = Some(("note", "bad arg in system call"));
    assert!(run(&server(), script).result.is_ok());
    assert!(seen.lock().unwrap().is_finished);
}

#[test]
fn what_the_device_says_is_passed_on_without_an_alert() {
    let text = "could not negotiate acceptable security parameters";
    for good_reads in 0..3 {
        let (mut script, _) = client(&hello(), |_, _| Vec::new());
        if good_reads == 0 {
            script.reads.clear();
        } else if good_reads == 2 {
            let answer = client(&hello(), |kx, _| vec![kx]).0.answer.unwrap();
            script.answer = Some(answer);
        }
        let mut script = ThenError { script, text };
        let result = ready(tls_server(&mut script, &algs(), &server(), None));
        assert_eq!(result.unwrap_err().to_string(), text);
        assert!(script.script.alerts().is_empty());
    }
}

/// Reads fail at the end of the script.
struct ThenError {
    script: Script,
    text: &'static str,
}

impl crate::files::Files for ThenError {
    async fn ctl(&mut self, line: &str) -> Result<(), crate::files::FileError> {
        self.script.ctl(line).await
    }

    async fn read_hand(&mut self, count: usize) -> Result<Vec<u8>, crate::files::FileError> {
        match self.script.read_hand(count).await {
            Ok(bytes) if bytes.is_empty() => Err(crate::files::FileError(self.text.to_owned())),
            read => read,
        }
    }

    async fn write_hand(&mut self, bytes: &[u8]) -> Result<(), crate::files::FileError> {
        self.script.write_hand(bytes).await
    }
}

#[test]
fn an_end_anywhere_is_an_end_without_an_alert() {
    let whole = hello().encode().unwrap();
    for len in 0..whole.len() {
        let run = run(&server(), Script::new([whole[..len].to_vec()]));
        assert_eq!(run.failure(), ("handshake file ended".to_owned(), Vec::new()));
        assert_eq!(run.trace.last().unwrap(), "tlsError: handshake file ended");
    }
    for cut in [(|_, _| Vec::new()) as Twist, |kx, _| vec![kx[..9].to_vec()], |kx, _| vec![kx]] {
        assert_eq!(failure(cut), ("handshake file ended".to_owned(), Vec::new()));
    }
}

#[test]
fn what_was_traced_before_a_failure_is_still_told() {
    let hello = ClientHello { suites: vec![Suite(0x002f)], ..hello() };
    let run = run_hello(&server(), &hello);
    assert_eq!(run.failure(), ("no matching cipher suite".to_owned(), vec![40]));
    assert!(run.trace[1].starts_with("recv ClientHello"));
    assert_eq!(run.trace.last().unwrap(), "tlsError: no matching cipher suite");
}
