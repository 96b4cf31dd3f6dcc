//! Limits that scripts do not reach: how many clients there may be, and how many descriptors they may leave with us.

use std::io::Read;
use std::os::fd::AsFd;
use std::sync::Arc;

use ninep::client::Client;
use ninep::io::{Address, Guests, serve, serve_all};
use ninep::{Caller, Limits, OpenMode, errstr};
use tokio::io::{AsyncWriteExt, duplex};
use tokio::net::UnixStream;
use tokio::task::{JoinSet, yield_now};

use super::fds::send;
use super::script;
use super::scripts::next_message;
use super::toy::Toy;

/// Serves a toy at every address with guests of these limits. Gives the addresses, with the ports that were found.
async fn serving(addresses: &[Address], guests: &Arc<Guests>, servers: &mut JoinSet<()>) -> Vec<Address> {
    let toy = Arc::new(Toy::default());
    let mut found = Vec::new();
    for address in addresses {
        let listener = address.listen().await.unwrap();
        found.push(listener.address().clone());
        let (toy, guests) = (Arc::clone(&toy), Arc::clone(guests));
        servers.spawn(async move { serve_all(&listener, &toy, &guests).await });
    }
    found
}

#[tokio::test]
async fn the_client_that_is_one_too_many_is_told_so_and_who_leaves_makes_room() {
    let dir = tempfile::tempdir().unwrap();
    let addresses = [
        Address::Unix(dir.path().join("one")),
        Address::Unix(dir.path().join("other")),
        Address::parse("tcp!127.0.0.1!0").unwrap(),
    ];
    let limits = Limits { connections_max: 3, connections_per_user_max: 2, ..Limits::default() };
    let (guests, mut servers) = (Guests::new(limits), JoinSet::new());
    let [one, other, tcp] =
        <[Address; 3]>::try_from(serving(&addresses, &guests, &mut servers).await).unwrap();
    // Clients that never say a word count like others, at all listeners together.
    let silent = one.dial().await.unwrap();
    let first = Client::dial(&other).await.unwrap();
    while guests.count() < 2 {
        yield_now().await;
    }
    assert_eq!(Client::dial(&one).await.map(drop), Err(errstr::TOO_MANY_CLIENTS_OF_USER));
    // Over TCP the kernel tells no user.
    let _second = Client::dial(&tcp).await.unwrap();
    for address in [&one, &tcp] {
        assert_eq!(Client::dial(address).await.map(drop), Err(errstr::TOO_MANY_CLIENTS), "{address}");
    }
    drop((silent, first));
    while guests.count() > 1 {
        yield_now().await;
    }
    Client::dial(&one).await.unwrap();
}

#[tokio::test]
async fn entries_of_open_directories_are_bounded() {
    let (ours, theirs) = duplex(8192);
    let limits = Limits { queued_len_max: 1000, ..Limits::default() };
    tokio::spawn(serve(theirs, Arc::new(Toy::default()), Caller::default(), limits));
    let tree = Client::over(ours).await.unwrap().attach("u", "").await.unwrap();
    let first = tree.open("", OpenMode::READ).await.unwrap();
    let second = tree.open("", OpenMode::READ).await.unwrap();
    let len = first.read(0, 8192).await.unwrap().len();
    assert!(len < 1000 && 2 * len > 1000, "{len}");
    assert_eq!(second.read(0, 8192).await, Err(errstr::TOO_MANY_BYTES));
    drop(first);
    assert_eq!(second.read(0, 8192).await.map(|entries| entries.len()), Ok(len));
}

#[tokio::test]
async fn descriptors_of_writes_that_wait_are_bounded() {
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let limits = Limits { descriptors_max: 4, ..Limits::default() };
    tokio::spawn(serve(theirs, Arc::new(Toy::default()), Caller::default(), limits));
    for line in [
        "Tversion tag NOTAG msize 8192 version '9P2000'",
        "Tattach tag 1 fid 0 afid NOFID uname 'u' aname ''",
        "Twalk tag 1 fid 0 newfid 1 nwname 1 'gate'",
        "Topen tag 1 fid 1 mode 0x01",
    ] {
        ours.write_all(&script::bytes(line)).await.unwrap();
        next_message(&mut ours).await.unwrap();
    }
    let (mut reader, writer) = std::io::pipe().unwrap();
    // The first is under way and waits for the gate; the others wait for the first.
    for (tag, count) in [(2, 8), (3, 3), (4, 2), (5, 1)] {
        let write = script::bytes(&format!("Twrite tag {tag} fid 1 offset 0 count 1 'x'"));
        send(&ours, &write, &vec![writer.as_fd(); count]);
    }
    let refused = next_message(&mut ours).await.unwrap();
    assert_eq!(script::line(&refused), "Rerror tag 4 ename 'too many descriptors waiting'");
    // One that is taken back makes room.
    ours.write_all(&script::bytes("Tflush tag 9 oldtag 3")).await.unwrap();
    assert_eq!(script::line(&next_message(&mut ours).await.unwrap()), "Rflush tag 9");
    send(&ours, &script::bytes("Twrite tag 3 fid 1 offset 0 count 1 'x'"), &[writer.as_fd(); 4]);
    let refused = next_message(&mut ours).await.unwrap();
    assert_eq!(script::line(&refused), "Rerror tag 3 ename 'too many descriptors waiting'");
    send(&ours, &script::bytes("Twrite tag 3 fid 1 offset 0 count 1 'x'"), &[writer.as_fd(); 3]);
    ours.write_all(&script::bytes("Tstat tag 9 fid 1")).await.unwrap();
    assert!(script::line(&next_message(&mut ours).await.unwrap()).starts_with("Rstat tag 9"));
    drop((ours, writer));
    let end = tokio::task::spawn_blocking(move || reader.read(&mut [0]).unwrap());
    assert_eq!(end.await.unwrap(), 0, "all are closed with the connection");
}
