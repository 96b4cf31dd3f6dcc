//! What a conversation may keep: each limit, set low and reached.

use std::future::Future;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::task::{Context, Waker};

use devtls::{Embedded, Limits};
use ninep::OpenMode;
use rustix::io::ioctl_fionread;

use crate::rig::{Rig, told, unhex};
use crate::world::Door;

/// Bytes of the longest record, header and all.
const RECORD_LEN_MAX: u64 = 18437;

/// A conversation with these limits.
async fn fresh(limits: Limits) -> Rig {
    Rig::at(Door::Memory(Embedded::new(limits))).await
}

/// The same after `opened`.
async fn est(limits: Limits) -> Rig {
    let mut rig = fresh(limits).await;
    rig.fd(0x303).await.expect("a channel is taken");
    rig.ctl("version 0x303").await.expect("the version is set");
    rig.establish("secret clear clear 0 x", 0x303).await;
    rig
}

/// Whether it has to wait.
fn waits(future: impl Future) -> bool {
    pin!(future).poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

#[tokio::test]
async fn records_behind_a_full_hand_queue_wait() {
    let mut rig = est(Limits { hand_queue_len: 100, ..Limits::default() }).await;
    for _ in 0..2 {
        rig.peer_sends(&format!("16 0303 0064 {}", "00".repeat(100))).await;
    }
    rig.peer_sends("17 0303 0001 61").await;
    assert!(waits(rig.read_data(9)), "the first message fills the queue");
    assert_eq!(rig.read_hand(200).await.map(|bytes| bytes.len()), Ok(100));
    assert!(waits(rig.read_data(9)), "the second one does so again");
    assert_eq!(rig.read_hand(200).await.map(|bytes| bytes.len()), Ok(100));
    assert_eq!(rig.read_data(9).await, Ok(b"a".to_vec()));
}

#[tokio::test]
async fn the_channel_is_read_ahead_up_to_the_limit() {
    let rig = fresh(Limits { read_ahead_len: 20_000, ..Limits::default() }).await;
    let (near, mut peer) = UnixStream::pair().expect("a socketpair");
    let unread = near.try_clone().expect("a copy");
    rig.fd_of("fd 0 0x303", near.into()).await.expect("a channel is taken");
    for line in ["version 0x303", "secret clear clear 0 x", "changecipher"] {
        rig.ctl(line).await.expect("as the handshake does");
    }
    peer.write_all(&unhex("14 0303 0001 01  16 0303 0001 61")).expect("the channel takes it");
    assert_eq!(rig.read_hand(9).await, Ok(b"a".to_vec()));
    rig.ctl("opened").await.expect("data may move");
    peer.write_all(&unhex("17 0303 0001 61").repeat(10_000)).expect("the channel takes it");
    assert_eq!(rig.read_data(9).await, Ok(b"a".to_vec()));
    let left = ioctl_fionread(&unread).expect("a socket knows");
    // A little more than the limit: what is left of a record may be there besides.
    assert!((60_000 - 20_000 - RECORD_LEN_MAX..=40_000).contains(&left), "{left}");
    // What is here already is read first.
    assert_eq!(rig.read_data(9).await, Ok(b"a".to_vec()));
    assert_eq!(ioctl_fionread(&unread), Ok(left));
}

#[tokio::test]
async fn whoever_fills_wire_waits() {
    let rig = fresh(Limits { wire_queue_len: 1000, ..Limits::default() }).await;
    let wire = rig.embedded().open(&format!("{}/wire", rig.dir), OpenMode::RDWR).expect("wire opens");
    rig.ctl("wire 0x303").await.expect("a carrier is a channel");
    rig.write_hand(&[0; 900]).await.expect("there is room");
    let mut second = pin!(rig.write_hand(&[0; 900]));
    assert!(waits(second.as_mut()));
    assert_eq!(wire.read(0, 8192).await.map(|bytes| bytes.len()), Ok(1000));
    assert_eq!(second.await, Ok(900));
}

#[tokio::test]
async fn writes_that_wait_for_the_channel_are_bounded() {
    let rig = est(Limits { write_queue_len: 1000, ..Limits::default() }).await;
    // More than the channel takes, and more than the limit: one always may.
    let long = vec![0; 2 << 20];
    let mut first = pin!(rig.write_data(&long));
    assert!(waits(first.as_mut()));
    assert_eq!(rig.write_data(b"one more").await, told("too many bytes waiting"));
    assert_eq!(rig.write_hand(b"of any file").await, told("too many bytes waiting"));
}

#[tokio::test]
async fn records_that_bring_nothing_are_counted() {
    let mut rig = est(Limits { idle_records: 2, ..Limits::default() }).await;
    for _ in 0..2 {
        rig.peer_sends("15 0303 0002 0170").await;
    }
    rig.peer_sends("17 0303 0001 61").await;
    assert_eq!(rig.read_data(9).await, Ok(b"a".to_vec()));
    for _ in 0..3 {
        rig.peer_sends("15 0303 0002 0170").await;
    }
    assert_eq!(rig.read_data(9).await, told("tls error"));
    rig.sends("15 0303 0002 020a").await;
}

#[tokio::test]
async fn unknown_warnings_are_counted() {
    let mut rig = est(Limits { unknown_warnings: 1, ..Limits::default() }).await;
    rig.peer_sends("15 0303 0002 01ee  17 0303 0001 61").await;
    assert_eq!(rig.read_data(9).await, Ok(b"a".to_vec()));
    rig.peer_sends("15 0303 0002 01ee  15 0303 0002 01ee").await;
    assert_eq!(rig.read_data(9).await, told("tls error"));
    rig.sends("15 0303 0002 020a").await;
}
