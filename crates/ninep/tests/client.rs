//! The client against the server, over memory, a unix socket and TCP.

use std::sync::Arc;

use bytes::Bytes;
use ninep::client::{Client, Tree};
use ninep::io::{Address, Guests, Workers, serve, serve_all};
use ninep::{Caller, Limits, OpenMode, Stat, errstr};
use tokio::io::duplex;
use tokio::task::JoinHandle;

use super::toy::Toy;

/// A client of a toy of its own, over memory.
async fn toy() -> (Tree, Arc<Toy>, JoinHandle<std::io::Result<()>>) {
    let toy = Arc::new(Toy::default());
    let (ours, theirs) = duplex(4096);
    let served = tokio::spawn(serve(theirs, Arc::clone(&toy), Caller::default(), Limits::default()));
    let client = Client::over(ours).await.unwrap();
    (client.attach("u", "").await.unwrap(), toy, served)
}

#[tokio::test]
async fn files_are_opened_read_written_and_described() {
    let (tree, _, _) = toy().await;
    let hello = tree.open("/hello", OpenMode::READ).await.unwrap();
    assert_eq!(hello.read(0, 100).await.unwrap(), "hello, world\n");
    assert_eq!(hello.read(7, 5).await.unwrap(), "world");
    assert_eq!(hello.read(13, 5).await.unwrap(), "");
    assert_eq!(hello.read_to_end(1 << 20).await.unwrap(), b"hello, world\n");
    assert_eq!(hello.read_to_end(5).await.unwrap(), b"hello");
    assert_eq!(hello.stat().await.unwrap().name, "hello");
    assert_eq!(hello.write(0, b"x").await, Err(errstr::BAD_USE_OF_FD));
    assert_eq!(tree.stat("dir/b").await.unwrap().qid.path, 0x41);
    assert_eq!(tree.stat("").await.unwrap().name, "/");
    let names = |stats: Vec<Stat>| stats.into_iter().map(|stat| stat.name).collect::<Vec<_>>();
    assert_eq!(names(tree.list("dir").await.unwrap()), ["a", "b", "c"]);
    assert_eq!(tree.list("").await.unwrap().len(), 12);
    let mut stat = Stat::leave();
    stat.length = 0;
    assert_eq!(tree.wstat("hello", &stat).await, Ok(()));
    assert_eq!(hello.wstat(&Stat::leave()).await, Err(errstr::PERMISSION_DENIED));
    hello.close().await.unwrap();
}

#[tokio::test]
async fn an_error_has_the_servers_text_and_its_number() {
    let (tree, toy, _) = toy().await;
    assert_eq!(tree.open("nosuch", OpenMode::READ).await.unwrap_err(), errstr::DOES_NOT_EXIST);
    assert_eq!(tree.open("dir/nosuch", OpenMode::READ).await.unwrap_err(), errstr::DOES_NOT_EXIST);
    assert_eq!(tree.open("hello", OpenMode(0x80)).await.unwrap_err(), errstr::BAD_ARG);
    assert_eq!(tree.remove("hello").await, Err(errstr::PERMISSION_DENIED));
    assert_eq!(tree.remove("tmp").await, Ok(()));
    assert_eq!(toy.removed_count(), 1);
    let created = tree.create("dir", "x", ninep::Mode(0o644), OpenMode::WRITE).await;
    assert_eq!(created.unwrap_err(), errstr::PERMISSION_DENIED);
}

#[tokio::test]
async fn a_path_longer_than_one_walk_is_walked_in_steps() {
    let (tree, _, _) = toy().await;
    let path = format!("{}hello", "dir/../".repeat(20));
    assert_eq!(tree.open(&path, OpenMode::READ).await.unwrap().read(0, 5).await.unwrap(), "hello");
}

#[tokio::test]
async fn a_long_write_is_split_and_a_long_read_is_cut() {
    let (tree, _, _) = toy().await;
    let zero = tree.open("zero", OpenMode::RDWR).await.unwrap();
    assert_eq!(zero.iounit(), 1 << 20);
    let data = vec![7; 3 << 20];
    assert_eq!(zero.write(0, &data).await, Ok(3 << 20));
    assert_eq!(zero.write_bytes(0, Bytes::from(data)).await, Ok(3 << 20));
    assert_eq!(zero.write(0, b"").await, Ok(0));
    let read = zero.read(0, u32::MAX).await.unwrap();
    assert_eq!(read.len(), 1 << 20);
    assert!(read.iter().all(|byte| *byte == 0));
}

#[tokio::test]
async fn what_waits_holds_nothing_up_and_a_dropped_read_is_flushed() {
    let (tree, toy, _) = toy().await;
    let pipe = Arc::new(tree.open("pipe", OpenMode::RDWR).await.unwrap());
    let waiting = tree.open("waiting", OpenMode::READ).await.unwrap();
    let count = || async { String::from_utf8(waiting.read(0, 10).await.unwrap().to_vec()).unwrap() };
    let reader = tokio::spawn({
        let pipe = Arc::clone(&pipe);
        async move { pipe.read(0, 100).await }
    });
    while count().await != "1" {
        tokio::task::yield_now().await;
    }
    reader.abort();
    assert!(reader.await.unwrap_err().is_cancelled());
    assert_eq!(count().await, "0");
    // The flushed read takes no message.
    pipe.write(0, b"for the next").await.unwrap();
    assert_eq!(pipe.read(0, 100).await.unwrap(), "for the next");
    // Many at once, answered in the order in which they were asked.
    let reads = futures(&pipe, 50);
    while count().await != "1" {
        tokio::task::yield_now().await;
    }
    for _ in 0..50 {
        toy.send("m");
    }
    for read in reads {
        assert_eq!(read.await.unwrap().unwrap(), "m");
    }
}

fn futures(file: &Arc<ninep::client::File>, count: usize) -> Vec<JoinHandle<Result<Bytes, ninep::Error>>> {
    let read = |_| {
        let file = Arc::clone(file);
        tokio::spawn(async move { file.read(0, 100).await })
    };
    (0..count).map(read).collect()
}

#[tokio::test]
async fn a_dropped_file_is_clunked() {
    let (tree, toy, _) = toy().await;
    let files =
        [tree.open("hello", OpenMode::READ).await.unwrap(), tree.open("zero", OpenMode::READ).await.unwrap()];
    assert_eq!(toy.open_count(), 2);
    drop(files);
    // The next reply comes after both clunks.
    tree.stat("hello").await.unwrap();
    assert_eq!(toy.open_count(), 0);
}

#[tokio::test]
async fn a_clunk_ends_the_reads_of_its_file() {
    let (tree, toy, _) = toy().await;
    let pipe = tree.open("pipe", OpenMode::READ).await.unwrap();
    let root = tree.stat("");
    {
        let read = pipe.read(0, 10);
        tokio::pin!(read);
        tokio::select! {
            biased;
            _ = &mut read => panic!("nobody wrote"),
            _ = root => {}
        }
    }
    pipe.close().await.unwrap();
    assert_eq!((toy.open_count(), toy.waiting_count()), (0, 0));
}

#[tokio::test]
async fn the_connection_ends_with_its_last_handle() {
    let (tree, toy, served) = toy().await;
    let file = tree.open("hello", OpenMode::READ).await.unwrap();
    drop(tree);
    assert_eq!(file.read(0, 5).await.unwrap(), "hello");
    drop(file);
    served.await.unwrap().unwrap();
    assert_eq!(toy.open_count(), 0);
}

#[tokio::test]
async fn calls_that_wait_learn_of_the_servers_end() {
    let (tree, toy, served) = toy().await;
    let pipe = Arc::new(tree.open("pipe", OpenMode::READ).await.unwrap());
    let reads = futures(&pipe, 3);
    while toy.waiting_count() == 0 {
        tokio::task::yield_now().await;
    }
    served.abort();
    for read in reads {
        assert_eq!(read.await.unwrap(), Err(errstr::HUNGUP));
    }
    assert_eq!(tree.stat("hello").await, Err(errstr::HUNGUP));
}

#[tokio::test]
async fn any_transport_carries_it() {
    let dir = tempfile::tempdir().unwrap();
    let unix = Address::Unix(dir.path().join("toy"));
    let tcp = Address::parse("tcp!127.0.0.1!0").unwrap();
    let here = || Guests::new(Limits::default());
    let elsewhere = || Guests::served_by(Workers::start().unwrap(), Limits::default());
    let places = [(&unix, here()), (&unix, elsewhere()), (&tcp, here()), (&tcp, elsewhere())];
    for (address, guests) in places {
        let listener = address.listen().await.unwrap();
        let address = listener.address().clone();
        let toy = Arc::new(Toy::default());
        let serving = tokio::spawn(async move { serve_all(&listener, &toy, &guests).await });
        let client = Client::dial(&address).await.unwrap();
        let user = nix::unistd::User::from_uid(nix::unistd::getuid()).unwrap().unwrap().name;
        let tree = client.attach(&user, "").await.unwrap();
        let zero = tree.open("zero", OpenMode::RDWR).await.unwrap();
        assert_eq!(zero.write(0, &vec![1; 5 << 20]).await, Ok(5 << 20), "{address}");
        assert_eq!(zero.read(0, 1 << 20).await.unwrap().len(), 1 << 20, "{address}");
        serving.abort();
        assert!(serving.await.unwrap_err().is_cancelled());
        // With the listener its connections end, wherever they are served.
        while zero.read(0, 1).await != Err(errstr::HUNGUP) {}
    }
}

#[tokio::test]
async fn on_a_unix_socket_the_kernel_says_who_calls() {
    let dir = tempfile::tempdir().unwrap();
    let listener = Address::Unix(dir.path().join("toy")).listen().await.unwrap();
    let address = listener.address().clone();
    let toy = Arc::new(Toy::default());
    let serving =
        tokio::spawn(async move { serve_all(&listener, &toy, &Guests::new(Limits::default())).await });
    let client = Client::dial(&address).await.unwrap();
    assert_eq!(client.attach("somebody else", "").await.unwrap_err(), errstr::PERMISSION_DENIED);
    serving.abort();
}

#[tokio::test]
async fn nobody_at_the_address_is_an_error_that_says_where() {
    let address = Address::parse("unix!/nonexistent/socket").unwrap();
    let error = Client::dial(&address).await.unwrap_err();
    assert!(error.text.starts_with("unix!/nonexistent/socket: "), "{error}");
}
