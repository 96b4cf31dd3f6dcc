//! The server's Finished, and bytes that stand where keys change.

use super::script::{Server, Turn, begin};
use crate::allow::Compat;
use crate::client::State;
use crate::client::tests::script::{conf, refusal};
use crate::conf::ClientConf;
use crate::drive;
use crate::error::Error;
use crate::fixture::{Script, ready, tls13_algs};
use crate::msg::Body;
use crate::msg::finished::Finished;
use crate::sec::random::Random;

#[test]
fn a_finished_that_differs_anywhere_is_refused() {
    for place in [0, 15, 31] {
        let mut client = begin(&conf("localhost"));
        let mut server = Server::plain(&client);
        server.before(&mut client, Turn::Finished);
        let mut finished = server.finished();
        finished.verify_data[place] ^= 1;
        let result = client.give(&finished.encode().unwrap());
        assert_eq!(refusal(result), (51, "finished verification failed".to_owned()));
        assert_eq!(client.written.len(), 1, "nothing of ours has gone out");
    }
}

#[test]
fn a_finished_of_another_length_is_refused() {
    for len in [0, 12, 31, 33, 48] {
        let mut client = begin(&conf("localhost"));
        let mut server = Server::plain(&client);
        server.before(&mut client, Turn::Finished);
        let finished = Finished { verify_data: vec![7; len] };
        assert_eq!(refusal(client.give(&finished.encode().unwrap())).0, 50, "{len}");
    }
}

/// What comes of a handshake whose `place`th read has `more` at its end; reads are ServerHello, and the rest of the flight.
fn followed(place: usize, more: &[u8]) -> (Result<crate::Outcome, Error>, Script) {
    let conf: &'static ClientConf = Box::leak(Box::new(conf("localhost")));
    // The same bytes make the same hello but for ML-KEM's key, so the right messages are made for the hello that is written.
    let more = more.to_vec();
    let mut files = Script::new([]);
    let mut is_first = true;
    files.answer = Some(Box::new(move |written: &[u8]| {
        if !std::mem::take(&mut is_first) {
            return Vec::new();
        }
        let mut twin = begin(conf);
        twin.written = vec![written.to_vec()];
        let mut server = Server::plain(&twin);
        let mut reads = vec![server.unchecked(&[Turn::Hello])];
        reads.push(server.unchecked(&[Turn::Encrypted, Turn::Certificate, Turn::Verify, Turn::Finished]));
        reads[place].extend_from_slice(&more);
        reads
    }));
    let random = Random::fixed(&(0..=255).collect::<Vec<u8>>());
    let result = ready(drive::run(&mut files, Compat::House, None, |effects| {
        State::begin(&tls13_algs(), conf, random, effects)
    }));
    (result, files)
}

#[test]
fn keys_change_between_messages_alone() {
    let (result, files) = followed(0, &[]);
    result.unwrap();
    assert_eq!(files.log.last().unwrap(), "opened");
    // A byte of the next message, a whole one, and one in two pieces.
    for more in [&[8][..], &[8, 0, 0, 2, 0, 0], &[8, 0, 0, 2, 0]] {
        let (result, files) = followed(0, more);
        assert!(matches!(result, Err(Error::KeysChangedInMessage)), "{result:?}");
        assert_eq!(files.alerts(), [10]);
        assert!(!files.log.contains(&"changecipher in".to_owned()));
    }
    for more in [&[4][..], &[4, 0, 0, 0], &[24, 0, 0, 1, 0], &[20, 0, 0, 1, 0]] {
        let (result, files) = followed(1, more);
        assert!(matches!(result, Err(Error::KeysChangedInMessage)), "{result:?}");
        assert_eq!(files.alerts(), [10]);
        // Our flight is not sent then either.
        assert_eq!(files.log.iter().filter(|line| line.starts_with("hand")).count(), 1);
    }
}
