//! Served to a client that somebody else wrote: the classic client of the `ninep` crate of crates.io.
//!
//! It opens a file anew for every operation without walking first, which is against the protocol for an open fid; so each operation
//! here has a file of its own.

use std::sync::Arc;

use ninep::Limits;
use ninep::io::{Address, Guests, serve_all};
use ninep_other::tokio::client::Client;

use super::toy::Toy;

#[tokio::test]
async fn an_independent_client_reads_writes_lists_and_stats() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("toy");
    let unix = Address::Unix(path.clone()).listen().await.unwrap();
    let tcp = Address::parse("tcp!127.0.0.1!0").unwrap().listen().await.unwrap();
    let Address::Tcp { port, .. } = *tcp.address() else { panic!("not TCP") };
    let toy = Arc::new(Toy::default());
    let user = nix::unistd::User::from_uid(nix::unistd::getuid()).unwrap().unwrap().name;
    let mut servers = tokio::task::JoinSet::new();
    for listener in [unix, tcp] {
        let toy = Arc::clone(&toy);
        servers.spawn(async move { serve_all(&listener, &toy, &Guests::new(Limits::default())).await });
    }
    talk(&Client::new_unix_with_explicit_path(user, path.display().to_string(), "").await.unwrap()).await;
    talk(&Client::new_tcp("u", ("127.0.0.1", port), "").await.unwrap()).await;
}

async fn talk(client: &Client) {
    assert_eq!(client.read_str("/hello").await.unwrap(), "hello, world\n");
    assert_eq!(client.stat("/dir/b").await.unwrap().name, "b");
    let names = client.read_dir("/dir").await.unwrap().into_iter().map(|stat| stat.name);
    assert_eq!(names.collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(client.write("/zero", 0, &vec![1; 100_000]).await.unwrap(), 100_000);
    let missing = client.stat("/nosuch").await.unwrap_err();
    assert!(missing.to_string().contains("file does not exist"), "{missing}");
    let refused = client.write("/log", 0, b"x").await.unwrap_err();
    assert!(refused.to_string().contains("permission denied"), "{refused}");
}
