//! Descriptors that come with a write over a unix socket.

use std::io::{IoSlice, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

use ninep::client::{Client, Tree};
use ninep::io::serve;
use ninep::{Caller, Limits, OpenMode, errstr};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use tokio::io::{AsyncWriteExt, duplex};
use tokio::net::UnixStream;

use super::script;
use super::scripts::next_message;
use super::toy::Toy;

async fn tree() -> Tree {
    let (ours, theirs) = UnixStream::pair().unwrap();
    tokio::spawn(serve(theirs, Arc::new(Toy::default()), Caller::default(), Limits::default()));
    Client::over(ours).await.unwrap().attach("u", "").await.unwrap()
}

#[tokio::test]
async fn a_descriptor_comes_with_its_write_and_no_other() {
    let tree = tree().await;
    let fds = tree.open("fds", OpenMode::RDWR).await.unwrap();
    let zero = tree.open("zero", OpenMode::WRITE).await.unwrap();
    let (reader, _writer) = std::io::pipe().unwrap();
    // Others around it, all sent at once.
    let (before, with, after) = tokio::join!(
        zero.write(0, b"before"),
        fds.write_with_fd(0, b"fd 3", reader.as_fd()),
        zero.write(0, b"after")
    );
    assert_eq!((before, with, after), (Ok(6), Ok(4), Ok(5)));
    assert_eq!(fds.read(0, 10).await.unwrap(), "1");
    assert_eq!(fds.write(0, b"none").await, Ok(4));
    assert_eq!(fds.read(0, 10).await.unwrap(), "0");
}

#[tokio::test]
async fn a_long_write_keeps_its_descriptor() {
    let tree = tree().await;
    let fds = tree.open("fds", OpenMode::RDWR).await.unwrap();
    let (reader, _writer) = std::io::pipe().unwrap();
    assert_eq!(fds.write_with_fd(0, &vec![0; 1 << 20], reader.as_fd()).await, Ok(1 << 20));
    assert_eq!(fds.read(0, 10).await.unwrap(), "1");
}

#[tokio::test]
async fn a_descriptor_that_nobody_keeps_is_closed() {
    let tree = tree().await;
    let zero = tree.open("zero", OpenMode::WRITE).await.unwrap();
    let (mut reader, writer) = std::io::pipe().unwrap();
    assert_eq!(zero.write_with_fd(0, b"x", writer.as_fd()).await, Ok(1));
    drop(writer);
    assert_eq!(reader.read(&mut [0]).unwrap(), 0);
}

#[tokio::test]
async fn without_a_unix_socket_a_descriptor_is_refused() {
    let (ours, theirs) = duplex(4096);
    tokio::spawn(serve(theirs, Arc::new(Toy::default()), Caller::default(), Limits::default()));
    let tree = Client::over(ours).await.unwrap().attach("u", "").await.unwrap();
    let fds = tree.open("fds", OpenMode::RDWR).await.unwrap();
    let (reader, _writer) = std::io::pipe().unwrap();
    assert_eq!(fds.write_with_fd(0, b"fd 3", reader.as_fd()).await, Err(errstr::NO_DESCRIPTORS));
    assert_eq!(fds.write(0, b"none").await, Ok(4));
}

/// Sends bytes and descriptors in one call.
pub(crate) fn send(stream: &UnixStream, bytes: &[u8], descriptors: &[BorrowedFd<'_>]) {
    let mut place = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(16))];
    let mut control = SendAncillaryBuffer::new(&mut place);
    assert!(control.push(SendAncillaryMessage::ScmRights(descriptors)));
    assert_eq!(
        sendmsg(stream, &[IoSlice::new(bytes)], &mut control, SendFlags::empty()).unwrap(),
        bytes.len()
    );
}

#[tokio::test]
async fn descriptors_with_other_messages_or_past_the_limit_are_closed() {
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    tokio::spawn(serve(theirs, Arc::new(Toy::default()), Caller::default(), Limits::default()));
    for line in [
        "Tversion tag NOTAG msize 8192 version '9P2000'",
        "Tattach tag 1 fid 0 afid NOFID uname 'u' aname ''",
        "Twalk tag 1 fid 0 newfid 1 nwname 1 'fds'",
        "Topen tag 1 fid 1 mode 0x02",
    ] {
        ours.write_all(&script::bytes(line)).await.unwrap();
        next_message(&mut ours).await.unwrap();
    }
    let (mut reader, writer) = std::io::pipe().unwrap();
    // A Tstat with a descriptor: answered, and the descriptor closed.
    send(&ours, &script::bytes("Tstat tag 1 fid 1"), &[writer.as_fd()]);
    assert!(script::line(&next_message(&mut ours).await.unwrap()).starts_with("Rstat"));
    // More than the limit: the write has as many as the limit allows.
    send(&ours, &script::bytes("Twrite tag 1 fid 1 offset 0 count 1 'x'"), &[writer.as_fd(); 12]);
    assert_eq!(script::line(&next_message(&mut ours).await.unwrap()), "Rwrite tag 1 count 1");
    drop(writer);
    assert_eq!(reader.read(&mut [0]).unwrap(), 0);
    ours.write_all(&script::bytes("Tread tag 1 fid 1 offset 0 count 9")).await.unwrap();
    assert_eq!(script::line(&next_message(&mut ours).await.unwrap()), "Rread tag 1 count 1 '8'");
}

#[tokio::test]
async fn a_descriptor_belongs_to_the_last_message_of_one_send() {
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    tokio::spawn(serve(theirs, Arc::new(Toy::default()), Caller::default(), Limits::default()));
    let (reader, _writer) = std::io::pipe().unwrap();
    let lines = [
        "Tversion tag NOTAG msize 8192 version '9P2000'",
        "Tattach tag 1 fid 0 afid NOFID uname 'u' aname ''",
        "Twalk tag 1 fid 0 newfid 1 nwname 1 'fds'",
        "Topen tag 1 fid 1 mode 0x02",
        "Twrite tag 1 fid 1 offset 0 count 1 'x'",
    ];
    send(&ours, &lines.map(script::bytes).concat(), &[reader.as_fd()]);
    for _ in lines {
        next_message(&mut ours).await.unwrap();
    }
    ours.write_all(&script::bytes("Tread tag 1 fid 1 offset 0 count 9")).await.unwrap();
    assert_eq!(script::line(&next_message(&mut ours).await.unwrap()), "Rread tag 1 count 1 '1'");
}
