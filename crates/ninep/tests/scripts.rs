//! Every script, against the core, the shell in memory and a unix socket, in pieces of several lengths.

use std::sync::Arc;
use std::task::{Context, Waker};

use ninep::fcall::{Inbox, Outbox};
use ninep::io::{Address, Guests, serve, serve_all};
use ninep::server::Session;
use ninep::{Caller, Dialect, Limits};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, duplex};
use tokio::net::UnixStream;

use super::script::{self, Step, Tongue};
use super::toy::Toy;

const PIECES: [usize; 3] = [1, 7, 16384];

/// Limits that scripts can reach.
pub(crate) fn small_limits() -> Limits {
    Limits { fids_max: 8, tags_max: 4, queued_len_max: 8192, ..Limits::default() }
}

/// Every script in every dialect that it runs in.
fn every_script() -> Vec<(String, Dialect)> {
    let in_dialect = |dialect| script::names(dialect).into_iter().map(move |name| (name, dialect));
    Dialect::ALL.into_iter().flat_map(in_dialect).collect()
}

#[test]
fn every_script_holds_against_the_core() {
    for (name, dialect) in every_script() {
        for piece_len in PIECES {
            against_core(&name, dialect, piece_len);
        }
    }
}

#[tokio::test]
async fn every_script_holds_against_the_shell_in_memory() {
    for (name, dialect) in every_script() {
        for piece_len in PIECES {
            let toy = Arc::new(Toy::default());
            let (ours, theirs) = duplex(piece_len);
            let served = tokio::spawn(serve(theirs, Arc::clone(&toy), Caller::default(), small_limits()));
            against_stream(&name, dialect, piece_len, ours).await;
            served.await.unwrap().unwrap();
            assert_eq!((toy.open_count(), toy.waiting_count()), (0, 0), "{name} in {dialect}");
        }
    }
}

#[tokio::test]
async fn every_script_holds_against_a_unix_socket() {
    let dir = tempfile::tempdir().unwrap();
    let address = Address::Unix(dir.path().join("toy"));
    for (name, dialect) in every_script() {
        for piece_len in PIECES {
            let listener = address.listen().await.unwrap();
            let toy = Arc::new(Toy::default());
            let stream = UnixStream::connect(dir.path().join("toy")).await.unwrap();
            let theirs = listener.accept().await.unwrap().0.watched().unwrap();
            let served = tokio::spawn(serve(theirs, Arc::clone(&toy), Caller::default(), small_limits()));
            against_stream(&name, dialect, piece_len, stream).await;
            served.await.unwrap().unwrap();
            assert_eq!((toy.open_count(), toy.waiting_count()), (0, 0), "{name} in {dialect}");
        }
    }
}

#[tokio::test]
async fn many_clients_are_served_at_once_and_one_that_breaks_ends_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("toy");
    let listener = Address::Unix(path.clone()).listen().await.unwrap();
    let toy = Arc::new(Toy::default());
    let serving =
        tokio::spawn(async move { serve_all(&listener, &toy, &Guests::new(Limits::default())).await });
    let mut broken = UnixStream::connect(&path).await.unwrap();
    broken.write_all(&[0; 7]).await.unwrap();
    let mut streams = Vec::new();
    for _ in 0..20 {
        let mut stream = UnixStream::connect(&path).await.unwrap();
        stream.write_all(&script::bytes("Tversion tag NOTAG msize 8192 version '9P2000'")).await.unwrap();
        streams.push(stream);
    }
    for stream in &mut streams {
        let message = next_message(stream).await.unwrap();
        assert_eq!(script::line(&message), "Rversion tag NOTAG msize 8192 version '9P2000'");
    }
    assert_eq!(next_message(&mut broken).await, None);
    serving.abort();
}

fn against_core(script: &str, dialect: Dialect, piece_len: usize) {
    let name = format!("{script} in {dialect}");
    let mut tongue = Tongue::default();
    let toy = Arc::new(Toy::default());
    let mut session = Session::new(Arc::clone(&toy), Caller::default(), small_limits());
    let mut requests = Inbox::new(Limits::MSIZE_MIN);
    let mut replies = Inbox::new(Limits::MSIZE_MAX);
    let mut out = Outbox::new();
    for step in script::load(script, dialect) {
        match step {
            Step::Send(line) => {
                for piece in tongue.bytes(&line).chunks(piece_len) {
                    put(&mut requests, piece);
                    requests.set_msize(session.msize());
                    while let Some((frame, descriptors)) = requests.cut().unwrap() {
                        session.recv(&frame, descriptors, &mut out);
                        session.poll(&Context::from_waker(Waker::noop()), &mut out);
                    }
                }
                for piece in out.take().chunks(piece_len) {
                    put(&mut replies, piece);
                }
            }
            Step::Expect(expected) => {
                let (frame, _) =
                    replies.cut().unwrap().unwrap_or_else(|| panic!("{name}: no reply for {expected}"));
                script::check(&expected, &tongue.line(frame.bytes()), &name);
            }
        }
    }
    assert!(!replies.is_amid_message(), "{name}: one reply too many");
    session.hang_up();
    assert_eq!((session.fid_count(), session.waiting_count()), (0, 0), "{name}");
    assert_eq!((toy.open_count(), toy.waiting_count()), (0, 0), "{name}");
}

/// Puts bytes where received ones go.
fn put(inbox: &mut Inbox, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let space = inbox.space();
        let len = bytes.len().min(space.len());
        space[..len].copy_from_slice(&bytes[..len]);
        inbox.received(len, None);
        bytes = &bytes[len..];
    }
}

async fn against_stream(
    script: &str,
    dialect: Dialect,
    piece_len: usize,
    stream: impl AsyncRead + AsyncWrite + Unpin,
) {
    let name = format!("{script} in {dialect}");
    let mut tongue = Tongue::default();
    let (mut reader, mut writer) = tokio::io::split(stream);
    for step in script::load(script, dialect) {
        match step {
            Step::Send(line) => {
                for piece in tongue.bytes(&line).chunks(piece_len) {
                    writer.write_all(piece).await.unwrap();
                }
            }
            Step::Expect(expected) => {
                let message = next_message(&mut reader)
                    .await
                    .unwrap_or_else(|| panic!("{name}: end before {expected}"));
                script::check(&expected, &tongue.line(&message), &name);
            }
        }
    }
    // Whatever else is owed now would come before the end.
    writer.shutdown().await.unwrap();
    assert_eq!(next_message(&mut reader).await.map(|message| tongue.line(&message)), None, "{name}");
}

/// The next message, or `None` at the end.
pub(crate) async fn next_message(reader: &mut (impl AsyncRead + Unpin)) -> Option<Vec<u8>> {
    let mut message = vec![0; 4];
    reader.read_exact(&mut message).await.ok()?;
    let size = u32::from_le_bytes(message[..4].try_into().unwrap());
    message.resize(size as usize, 0);
    reader.read_exact(&mut message[4..]).await.unwrap();
    Some(message)
}
