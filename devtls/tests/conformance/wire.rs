//! The channel as a file: a carrier in place of a descriptor.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use bytes::Bytes;
use devtls::EmbeddedFile;
use ninep::OpenMode;

use crate::rig::{Rig, Told, tohex, told, unhex};
use crate::world::World;

/// Bytes that wait in one direction at most, but for one write of the carrier (tls(3)).
const QUEUE_LEN_MAX: usize = 256 * 1024;

/// A conversation whose ciphertext the test carries.
struct Carried {
    rig: Rig,
    wire: EmbeddedFile,
}

impl Carried {
    /// After `wire` and `version`.
    async fn locked() -> Carried {
        let rig = Rig::fresh(World::Memory).await;
        let wire = open(&rig, OpenMode::RDWR);
        rig.ctl("wire 0x303").await.expect("a carrier is a channel");
        rig.ctl("version 0x303").await.expect("the version is set");
        Carried { rig, wire }
    }

    /// After `opened`, without keys.
    async fn est() -> Carried {
        let carried = Carried::locked().await;
        let rig = &carried.rig;
        rig.ctl("secret clear clear 0 x").await.expect("clear is staged");
        rig.ctl("changecipher").await.expect("the cipher changes");
        carried.sends("14 0303 0001 01").await;
        carried.peer_sends("14 0303 0001 01  16 0303 0001 61").await;
        assert_eq!(rig.read_hand(9).await, Ok(b"a".to_vec()));
        rig.ctl("opened").await.expect("data may move");
        carried
    }

    async fn peer_sends(&self, hex: &str) {
        let bytes = unhex(hex);
        assert_eq!(write(&self.wire, &bytes).await, Ok(u32::try_from(bytes.len()).expect("small")));
    }

    /// The peer would see exactly these bytes next.
    async fn sends(&self, hex: &str) {
        let want = unhex(hex);
        let mut got = Vec::new();
        while got.len() < want.len() {
            let count = u32::try_from(want.len() - got.len()).expect("small");
            let read = read(&self.wire, count).await.expect("wire is read");
            assert_ne!(read, [], "the end after {}", tohex(&got));
            got.extend(read);
        }
        assert_eq!(tohex(&got), tohex(&want));
    }
}

fn open(rig: &Rig, mode: OpenMode) -> EmbeddedFile {
    rig.embedded().open(&format!("{}/wire", rig.dir), mode).expect("wire opens")
}

async fn read(wire: &EmbeddedFile, count: u32) -> Told<Vec<u8>> {
    wire.read(0, count).await.map(|bytes| bytes.to_vec()).map_err(|error| error.text.into_owned())
}

async fn write(wire: &EmbeddedFile, bytes: &[u8]) -> Told<u32> {
    wire.write(Bytes::copy_from_slice(bytes)).await.map_err(|error| error.text.into_owned())
}

/// Whether it waits; it is dropped then, as by a Tflush.
fn waits(future: impl Future) -> bool {
    pin!(future).poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

/// The bytes of a record with application data.
fn record(len: u16) -> Vec<u8> {
    let mut record = unhex(&format!("17 0303 {len:04x}"));
    record.resize(5 + usize::from(len), b'd');
    record
}

#[tokio::test]
async fn ciphertext_goes_both_ways_through_the_file() {
    let carried = Carried::est().await;
    carried.peer_sends("17 0303 0005 6865").await;
    assert!(waits(carried.rig.read_data(9)));
    carried.peer_sends("6c6c6f").await;
    assert_eq!(carried.rig.read_data(9).await, Ok(b"hello".to_vec()));
    assert_eq!(carried.rig.write_data(b"there").await, Ok(5));
    carried.sends("17 0303 0005 7468657265").await;
    let status = carried.rig.text("status").await;
    assert!(status.contains("State: Established\n") && status.contains("\nChan: wire\n"), "{status}");
}

#[tokio::test]
async fn there_is_one_channel() {
    let mut rig = Rig::fresh(World::Memory).await;
    let wire = open(&rig, OpenMode::RDWR);
    assert_eq!(read(&wire, 9).await, told("tls hungup"));
    assert_eq!(write(&wire, b"x").await, told("tls hungup"));
    assert_eq!(rig.ctl("wire").await, told("usage: wire vers"));
    assert_eq!(rig.ctl("wire 0x200").await, told("unsupported version"));
    rig.ctl("wire 0x303").await.expect("a carrier is a channel");
    for again in ["wire 0x303", "fd 0 0x303"] {
        assert_eq!(rig.ctl(again).await, told("device or object already in use"), "{again}");
    }
    assert_eq!(rig.fd(0x303).await, told("device or object already in use"));

    let rig = Rig::setup(World::Memory, 0x303).await;
    assert_eq!(rig.ctl("wire 0x303").await, told("device or object already in use"));
    let wire = open(&rig, OpenMode::RDWR);
    assert_eq!(read(&wire, 9).await, told("inappropriate use of fd"));
    assert_eq!(write(&wire, b"x").await, told("inappropriate use of fd"));
}

#[tokio::test]
async fn the_last_writer_s_close_is_the_end_from_the_peer() {
    let Carried { rig, wire } = Carried::est().await;
    let second = open(&rig, OpenMode::WRITE);
    let reader = open(&rig, OpenMode::READ);
    drop(wire);
    assert!(waits(rig.read_data(9)), "there is a writer left");
    assert_eq!(write(&second, &unhex("17 0303 0001 61")).await, Ok(6));
    drop(second);
    assert_eq!(rig.read_data(9).await, Ok(b"a".to_vec()));
    // Without close_notify it is a cut, which is told as one.
    assert_eq!(rig.read_data(9).await, told("i/o on hungup channel"));
    assert_eq!(read(&reader, 9).await, Ok(vec![]));
    let late = rig.embedded().open(&format!("{}/wire", rig.dir), OpenMode::WRITE);
    assert_eq!(late.map(drop).map_err(|error| error.text.into_owned()), told("i/o on hungup channel"));
}

#[tokio::test]
async fn without_a_reader_the_channel_is_hung_up() {
    let Carried { rig, wire } = Carried::est().await;
    let writer = open(&rig, OpenMode::WRITE);
    drop(wire);
    assert_eq!(rig.write_data(b"x").await, told("i/o on hungup channel"));
    assert_eq!(rig.read_data(9).await, told("tls error"));
    assert_eq!(write(&writer, b"x").await, Ok(1), "nobody reads what comes, as on a socket");
}

#[tokio::test]
async fn closes_before_it_is_the_channel_mean_nothing() {
    let rig = Rig::fresh(World::Memory).await;
    drop(open(&rig, OpenMode::RDWR));
    rig.ctl("wire 0x303").await.expect("a carrier is a channel");
    assert!(waits(rig.read_hand(9)));
    assert_eq!(rig.write_hand(b"hello").await, Ok(5));
    let wire = open(&rig, OpenMode::RDWR);
    assert_eq!(read(&wire, 99).await, Ok(unhex("16 0303 0005 68656c6c6f")));
}

#[tokio::test]
async fn a_carrier_waits_while_nobody_takes_what_it_brings() {
    let Carried { rig, wire } = Carried::est().await;
    let whole = record(16384);
    let mut len = 0;
    while len < 4 * QUEUE_LEN_MAX && !waits(write(&wire, &whole)) {
        len += whole.len();
    }
    // The write that waited was given up, and not a byte of it is there.
    assert!((QUEUE_LEN_MAX..QUEUE_LEN_MAX + whole.len()).contains(&len), "{len}");
    let rest = tokio::spawn(async move {
        write(&wire, &record(3)).await.expect("there is room some day");
        wire
    });
    for _ in 0..len / whole.len() {
        assert_eq!(rig.read_data(65536).await.map(|bytes| bytes.len()), Ok(16384));
    }
    assert_eq!(rig.read_data(9).await, Ok(b"ddd".to_vec()));
    rest.await.expect("the write ends");
}

#[tokio::test]
async fn sealing_waits_while_the_carrier_takes_nothing() {
    let Carried { rig, wire } = Carried::est().await;
    let all = vec![b'x'; 2 * QUEUE_LEN_MAX];
    let writing = rig.write_data(&all);
    tokio::pin!(writing);
    assert!(waits(writing.as_mut()));
    let sealed_len = all.len() / 16384 * (5 + 16384);
    let reading = async {
        let mut got = Vec::new();
        while got.len() < sealed_len {
            got.extend(read(&wire, 65536).await.expect("wire is read"));
        }
        got
    };
    let (written, got) = tokio::join!(writing, reading);
    assert_eq!(written, Ok(u32::try_from(all.len()).expect("small")));
    let payload: Vec<u8> = got.chunks(5 + 16384).flat_map(|record| record[5..].to_vec()).collect();
    assert!(payload == all, "{} bytes", payload.len());
    // A read that was given up took nothing.
    assert!(waits(read(&wire, 9)));
    rig.ctl("alert 0").await.expect("an alert goes out");
    assert_eq!(read(&wire, 99).await, Ok(unhex("15 0303 0002 0100")));
}

#[tokio::test]
async fn after_our_close_notify_a_reader_finds_the_end() {
    for verb in ["alert 0", "hangup", "alert 40"] {
        let Carried { rig, wire } = Carried::est().await;
        rig.ctl(verb).await.expect("an alert goes out");
        assert_eq!(read(&wire, 99).await.map(|alert| alert.len()), Ok(7), "{verb}");
        assert_eq!(read(&wire, 99).await, Ok(vec![]), "{verb}");
        assert_eq!(write(&wire, &unhex("17 0303 0001 61")).await, Ok(6), "{verb}");
        let left = if verb == "alert 0" {
            // Our end is not the peer's.
            Ok(b"a".to_vec())
        } else {
            told(if verb == "hangup" { "tls hungup" } else { "tls error" })
        };
        assert_eq!(rig.read_data(9).await, left, "{verb}");
    }
}

#[tokio::test]
async fn the_peer_s_close_notify_leaves_our_half() {
    let carried = Carried::est().await;
    carried.peer_sends("15 0303 0002 0100").await;
    assert_eq!(carried.rig.read_data(9).await, Ok(vec![]));
    assert_eq!(carried.rig.write_data(b"x").await, Ok(1));
    carried.sends("17 0303 0001 78").await;
    // What no conversation reads must not stop a carrier that has more to take.
    for _ in 0..20 {
        assert_eq!(write(&carried.wire, &record(16384)).await, Ok(16389));
    }
    assert!(waits(read(&carried.wire, 9)));
}

#[tokio::test]
async fn the_end_of_the_conversation_ends_its_carrier() {
    let Carried { rig, wire } = Carried::est().await;
    let device = rig.embedded().clone();
    let path = rig.dir.clone();
    let reader = open(&rig, OpenMode::READ);
    let waiting = tokio::spawn(async move {
        let alert = read(&reader, 99).await;
        (alert, read(&reader, 99).await)
    });
    tokio::task::yield_now().await;
    let status = device.open(&format!("{path}/status"), OpenMode::READ).expect("status opens");
    drop((rig, status));
    assert_eq!(waiting.await.expect("it ends"), (Ok(unhex("15 0303 0002 0100")), Ok(vec![])));
    assert_eq!(write(&wire, b"more").await, Ok(4), "the peer's last bytes are waited for");
    tokio::time::timeout(Duration::from_secs(20), device.settled()).await.expect("not for ever");
    assert_eq!(write(&wire, b"more").await, told("i/o on hungup channel"));
    // The number is another's only when its carrier has gone too.
    let ended = device.open(&format!("{path}/wire"), OpenMode::READ).map(drop);
    assert_eq!(ended.map_err(|error| error.text.into_owned()), told("must open connection using clone"));
    let number = |file: EmbeddedFile| async move { file.read(0, 9).await.expect("a number").to_vec() };
    assert_eq!(number(device.open("tls/clone", OpenMode::RDWR).expect("clone opens")).await, b"1");
    drop(wire);
    assert_eq!(number(device.open("tls/clone", OpenMode::RDWR).expect("clone opens")).await, b"0");
}
