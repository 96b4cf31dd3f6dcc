//! The whole client on files: one alert for each failure, none where the peer knows or need not.

use super::script::{Client, Server, conf};
use crate::client::tls_client;
use crate::error::Error;
use crate::files::FileError;
use crate::fixture::{Script, algs, ready};
use crate::suites::Algs;

/// Runs a client, which fails, and returns why, what it did, and the trace.
fn run(algs: &Algs, mut files: Script) -> (Error, Script, Vec<String>) {
    let mut traced = Vec::new();
    let mut trace = |line: &str| traced.push(line.to_owned());
    let result = ready(tls_client(&mut files, algs, &conf("localhost"), Some(&mut trace)));
    // The signatures of the tests are for another random than the one that is drawn here.
    (result.unwrap_err(), files, traced)
}

/// A server's hello and certificate; what follows them would have to be signed for a random that is drawn.
fn flight() -> [Vec<u8>; 4] {
    Server::plain(&Client::begin(&conf("localhost")).unwrap()).flight()
}

#[test]
fn a_failure_of_the_handshake_is_one_alert() {
    let (error, files, traced) = run(&algs(), Script::new(flight()));
    assert!(matches!(error, Error::BadSignature));
    let log: Vec<&str> =
        files.log.iter().map(String::as_str).filter(|line| !line.starts_with("read")).collect();
    assert_eq!(log, ["hand 1", "version 0x303", "alert 51"]);
    assert_eq!(traced.last().unwrap(), "tlsError: can't verify DH parameters: bad signature");
    assert_eq!(traced.iter().filter(|line| line.starts_with("recv ")).count(), 3);
}

#[test]
fn messages_may_be_cut_and_joined_anyhow() {
    let stream = flight().concat();
    for cut in [1, 7, 100, 16_384] {
        let reads = stream.chunks(cut).map(<[u8]>::to_vec);
        let (error, files, _) = run(&algs(), Script::new(reads));
        assert!(matches!(error, Error::BadSignature), "{cut}");
        assert_eq!(files.alerts(), [51]);
    }
}

#[test]
fn an_end_or_an_error_of_the_file_is_no_alert() {
    let stream = flight()[..2].concat();
    for end in (0..stream.len()).step_by(11) {
        let (error, files, _) = run(&algs(), Script::new([stream[..end].to_vec()]));
        assert!(matches!(error, Error::End), "{end}");
        assert_eq!(files.alerts(), []);
    }
    let mut files = Script::new([]);
    files.reads.push_back(Err(FileError("unknown certificate authority".to_owned())));
    let (error, files, _) = run(&algs(), files);
    assert_eq!(error.to_string(), "unknown certificate authority");
    assert_eq!(files.alerts(), []);
}

#[test]
fn refused_writes_end_it() {
    let refused = |start, reads: &[Vec<u8>]| {
        let mut files = Script::new(reads.to_vec());
        files.refused = Some((start, "refused"));
        let (error, files, _) = run(&algs(), files);
        (error.to_string(), files.alerts())
    };
    assert_eq!(refused("version", &flight()), ("can't set version: refused".to_owned(), vec![80]));
    assert_eq!(refused("hand", &[]), ("write error: refused".to_owned(), vec![80]));
}

#[test]
fn a_device_without_our_algorithms_is_left_alone() {
    for (encalgs, hashalgs) in [("", ""), ("clear rc4_128", "clear md5"), ("aes_128_gcm_aead", "sha256")] {
        let (error, files, _) = run(&Algs::parse(encalgs, hashalgs), Script::new([]));
        assert!(matches!(error, Error::NoSuite));
        assert!(files.log.is_empty());
    }
}

#[test]
fn too_much_is_refused_as_soon_as_it_is_announced() {
    for (header, alert) in
        [([2, 0, 0x40, 1], 50), ([11, 1, 0, 1], 50), ([5, 0, 0, 6], 10), ([21, 0, 0, 4], 10)]
    {
        let (_, files, _) = run(&algs(), Script::new([header.to_vec()]));
        assert_eq!(files.alerts(), [alert]);
    }
}
