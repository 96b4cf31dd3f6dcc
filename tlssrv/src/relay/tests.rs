//! Relays over ends in memory: ends that are passed on, and cuts that are not passed off as ends.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::*;

/// Gives what it was made with, then an end or a cut.
struct Script {
    chunks: VecDeque<Bytes>,
    cut: Option<io::ErrorKind>,
    log: Log,
}

/// Takes what it has room for.
struct Basket {
    room: usize,
    log: Log,
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn add(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Source for Script {
    async fn next(&mut self) -> io::Result<Bytes> {
        match (self.chunks.pop_front(), self.cut) {
            (Some(chunk), _) => Ok(chunk),
            (None, Some(kind)) => Err(kind.into()),
            (None, None) => Ok(Bytes::new()),
        }
    }

    fn refuse(&mut self) {
        self.log.add("refuse");
    }
}

impl Sink for Basket {
    async fn put(&mut self, bytes: Bytes) -> io::Result<()> {
        if self.room == 0 {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.room -= 1;
        self.log.add(format!("put {}", String::from_utf8_lossy(&bytes)));
        Ok(())
    }

    async fn end(&mut self) -> io::Result<()> {
        self.log.add("end");
        if self.room == 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    async fn cut(&mut self) {
        self.log.add("cut");
    }
}

async fn run(chunks: &[&'static str], cut: Option<io::ErrorKind>, room: usize) -> (Ended, Vec<String>) {
    let log = Log::default();
    let chunks = chunks.iter().map(|chunk| Bytes::from_static(chunk.as_bytes())).collect();
    let ended = copy(Script { chunks, cut, log: log.clone() }, Basket { room, log: log.clone() }).await;
    (ended, log.lines())
}

#[tokio::test]
async fn everything_goes_before_the_end() {
    let (ended, log) = run(&["a", "b"], None, 9).await;
    assert!(matches!(ended, Ended::Whole));
    assert_eq!(log, ["put a", "put b", "end"]);
}

#[tokio::test]
async fn a_cut_is_not_told_as_an_end() {
    let (ended, log) = run(&["a"], Some(io::ErrorKind::ConnectionReset), 9).await;
    assert!(matches!(ended, Ended::Cut(error) if error.kind() == io::ErrorKind::ConnectionReset));
    assert_eq!(log, ["put a", "cut"]);
}

#[tokio::test]
async fn a_taker_that_is_gone_stops_the_giver() {
    let (ended, log) = run(&["a", "b", "c"], None, 1).await;
    assert!(matches!(ended, Ended::Refused(error) if error.kind() == io::ErrorKind::BrokenPipe));
    assert_eq!(log, ["put a", "refuse"]);
}

#[tokio::test]
async fn a_last_byte_that_was_not_taken_is_no_success() {
    let (ended, log) = run(&["a"], None, 1).await;
    assert!(matches!(ended, Ended::Refused(error) if error.kind() == io::ErrorKind::StorageFull));
    assert_eq!(log, ["put a", "end", "refuse"]);
}

/// A command's end of a socketpair, relayed in both directions to another pair that plays the peer.
fn relayed() -> (UnixStream, UnixStream, tokio::task::JoinHandle<(Ended, Ended)>) {
    let (command, ours) = UnixStream::pair().unwrap();
    let (peer, theirs) = UnixStream::pair().unwrap();
    let (output, input) = socket::ends(ours);
    let (from_peer, to_peer) = socket::ends(theirs);
    let both = async { tokio::join!(copy(from_peer, input), copy(output, to_peer)) };
    (command, peer, tokio::spawn(both))
}

#[tokio::test]
async fn the_command_may_still_write_after_the_peer_s_end() {
    let (mut command, mut peer, both) = relayed();
    peer.write_all(b"question").await.unwrap();
    peer.shutdown().await.unwrap();
    let mut question = String::new();
    command.read_to_string(&mut question).await.unwrap();
    assert_eq!(question, "question");
    command.write_all(b"answer").await.unwrap();
    drop(command);
    let mut answer = String::new();
    peer.read_to_string(&mut answer).await.unwrap();
    assert_eq!(answer, "answer");
    assert!(matches!(both.await.unwrap(), (Ended::Whole, Ended::Whole)));
}

#[tokio::test]
async fn the_peer_may_still_write_after_the_command_s_end_of_output() {
    let (mut command, mut peer, both) = relayed();
    command.write_all(b"banner").await.unwrap();
    command.shutdown().await.unwrap();
    let mut banner = String::new();
    peer.read_to_string(&mut banner).await.unwrap();
    assert_eq!(banner, "banner");
    peer.write_all(b"data").await.unwrap();
    peer.shutdown().await.unwrap();
    let mut data = String::new();
    command.read_to_string(&mut data).await.unwrap();
    assert_eq!(data, "data");
    assert!(matches!(both.await.unwrap(), (Ended::Whole, Ended::Whole)));
}

#[tokio::test]
async fn output_arrives_although_the_command_left_its_input_unread() {
    let (mut command, mut peer, both) = relayed();
    peer.write_all(b"never read").await.unwrap();
    // Until the bytes are in the command's queue: its close then resets the socketpair.
    command.readable().await.unwrap();
    command.write_all(b"answer").await.unwrap();
    drop(command);
    let mut answer = String::new();
    peer.read_to_string(&mut answer).await.unwrap();
    assert_eq!(answer, "answer");
    drop(peer);
    let (_, from_command) = both.await.unwrap();
    assert!(matches!(from_command, Ended::Whole), "{from_command:?}");
}

#[tokio::test]
async fn a_peer_that_is_gone_stops_the_command() {
    let (mut command, peer, both) = relayed();
    drop(peer);
    let mut rest = Vec::new();
    command.read_to_end(&mut rest).await.unwrap();
    // Sooner or later a write fails: that is what keeps `yes` from running for ever.
    while command.write_all(&[b'y'; 4096]).await.is_ok() {}
    drop(command);
    let (from_peer, from_command) = both.await.unwrap();
    assert!(matches!(from_peer, Ended::Whole));
    assert!(matches!(from_command, Ended::Refused(_)));
}

#[tokio::test]
async fn megabytes_pass_both_ways_at_once_unchanged() {
    let (mut command, mut peer, both) = relayed();
    let blob: Vec<u8> = (0..3_000_000_u32).map(|i| i.to_le_bytes()[(i % 3) as usize]).collect();
    let echo = tokio::spawn(async move {
        let mut seen = Vec::new();
        let mut buf = vec![0; 70_000];
        loop {
            let n = command.read(&mut buf).await.unwrap();
            if n == 0 {
                return seen;
            }
            seen.extend_from_slice(&buf[..n]);
            command.write_all(&buf[..n]).await.unwrap();
        }
    });
    let (mut read, mut write) = peer.split();
    let mut back = Vec::new();
    let sent = async {
        write.write_all(&blob).await.unwrap();
        write.shutdown().await.unwrap();
    };
    tokio::join!(sent, async { read.read_to_end(&mut back).await.unwrap() });
    assert_eq!(echo.await.unwrap(), blob);
    assert_eq!(back, blob);
    assert!(matches!(both.await.unwrap(), (Ended::Whole, Ended::Whole)));
}

#[test]
fn chunks_grow_only_while_they_are_filled() {
    assert_eq!(grown(CHUNK_LEN_MIN, CHUNK_LEN_MIN - 1), CHUNK_LEN_MIN);
    assert_eq!(grown(CHUNK_LEN_MIN, CHUNK_LEN_MIN), 2 * CHUNK_LEN_MIN);
    assert_eq!(grown(CHUNK_LEN_MAX, CHUNK_LEN_MAX), CHUNK_LEN_MAX);
}
