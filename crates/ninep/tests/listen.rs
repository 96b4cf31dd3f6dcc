//! Sockets in the file system: whose they are, when they are taken over, when they go.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;

use ninep::Caller;
use ninep::io::{Address, caller};
use tokio::net::UnixStream;

#[tokio::test]
async fn a_socket_is_its_owners_alone_and_goes_with_its_listener() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tls");
    let listener = Address::Unix(path.clone()).listen().await.unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    drop(listener);
    assert!(!path.exists());
}

#[tokio::test]
async fn a_dead_servers_socket_is_taken_over_and_a_live_ones_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tls");
    let address = Address::Unix(path.clone());
    drop(UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let listener = address.listen().await.unwrap();
    let error = address.listen().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    assert_eq!(error.to_string(), format!("unix!{}: a server is listening there already", path.display()));
    assert!(UnixStream::connect(&path).await.is_ok());
    drop(listener);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_start_at_once_one_takes_a_dead_servers_place() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tls");
    for _ in 0..20 {
        drop(UnixListener::bind(&path).unwrap());
        let mut starting = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let address = Address::Unix(path.clone());
            starting.spawn(async move { address.listen().await });
        }
        let started = starting.join_all().await;
        let listeners: Vec<_> = started.iter().filter_map(|result| result.as_ref().ok()).collect();
        assert_eq!(listeners.len(), 1);
        let (client, accepted) = tokio::join!(UnixStream::connect(&path), listeners[0].accept());
        assert!(client.is_ok() && accepted.is_ok(), "the one that started is the one that is found");
    }
}

#[tokio::test]
async fn a_path_that_cannot_be_a_sockets_is_refused_in_words() {
    let dir = tempfile::tempdir().unwrap();
    let told = |path: std::path::PathBuf| async move {
        let error = Address::Unix(path.clone()).listen().await.unwrap_err();
        error.to_string().strip_prefix(&format!("unix!{}: ", path.display())).unwrap().to_owned()
    };
    let long = "the path of a socket may have 107 bytes at most";
    assert_eq!(told(dir.path().join("x".repeat(107))).await, long);
    assert_eq!(told(dir.path().join("none/tls")).await, "its directory does not exist");
    fs::write(dir.path().join("file"), "").unwrap();
    assert!(told(dir.path().join("file/tls")).await.starts_with("Not a directory"));
}

#[tokio::test]
async fn a_file_that_is_no_socket_stays() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tls");
    fs::write(&path, "precious").unwrap();
    let error = Address::Unix(path.clone()).listen().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    assert_eq!(fs::read(&path).unwrap(), b"precious");
}

#[tokio::test]
async fn somebody_elses_socket_of_the_same_name_stays() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tls");
    let listener = Address::Unix(path.clone()).listen().await.unwrap();
    fs::remove_file(&path).unwrap();
    let other = UnixListener::bind(&path).unwrap();
    drop(listener);
    assert!(path.exists());
    drop(other);
}

#[tokio::test]
async fn a_free_port_is_found_and_a_taken_one_refused() {
    let listener = Address::parse("tcp!127.0.0.1!0").unwrap().listen().await.unwrap();
    let address = listener.address().clone();
    let Address::Tcp { port, .. } = &address else { panic!("not TCP") };
    assert_ne!(*port, 0);
    let (stream, accepted) = tokio::join!(address.dial(), listener.accept());
    assert!(!stream.unwrap().passes_descriptors());
    assert_eq!(accepted.unwrap().1, Caller::default());
    let error = address.listen().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    assert!(error.to_string().starts_with(&address.to_string()), "{error}");
}

#[tokio::test]
async fn the_kernel_says_who_is_at_the_other_end() {
    let (ours, _theirs) = UnixStream::pair().unwrap();
    let caller = caller(&ours).unwrap();
    let user = nix::unistd::User::from_uid(nix::unistd::getuid()).unwrap().unwrap();
    assert_eq!(caller.uid, Some(user.uid.as_raw()));
    assert_eq!(caller.user, user.name);
    assert_eq!(caller.pid, Some(i32::try_from(std::process::id()).unwrap()));
}
