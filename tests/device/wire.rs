//! The channel as a file, over 9P: OpenSSL at one end, a device that never sees a socket at the other, and a test between
//! that knows no TLS.

use std::sync::Arc;

use bytes::Bytes;
use ninep::OpenMode;
use ninep::client::{Client, File, Tree};
use ninep::io::Address;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;

use crate::support::certs::{Certs, Key};
use crate::support::process::Process;
use crate::support::programs;

/// A device at an address of its own, and who has it attached.
async fn attached(address: &Address) -> (Address, Tree) {
    let caller =
        ninep::io::caller(&tokio::net::UnixStream::pair().expect("a pair").0).expect("the kernel knows");
    let device = Arc::new(devtls::Device::new(caller.into(), devtls::Limits::default()));
    let listener = address.listen().await.expect("it listens");
    let address = listener.address().clone();
    tokio::spawn(async move {
        ninep::io::serve_all(&listener, &device, &ninep::io::Guests::new(ninep::Limits::default())).await;
    });
    let client = Client::dial(&address).await.expect("the device answers");
    (address, client.attach("", "").await.expect("the device lets us in"))
}

/// Carries between a socket and `wire` until both have ended.
async fn carry(stream: TcpStream, reader: File, writer: File) {
    let (mut from_peer, mut to_peer) = stream.into_split();
    let up = async move {
        let mut piece = vec![0; 1000];
        while let Ok(len @ 1..) = from_peer.read(&mut piece).await {
            if writer.write_bytes(0, Bytes::copy_from_slice(&piece[..len])).await.is_err() {
                break;
            }
        }
        writer.close().await.expect("it is closed");
    };
    let down = async move {
        loop {
            let bytes = reader.read(0, 777).await.expect("wire is read");
            if bytes.is_empty() {
                break;
            }
            to_peer.write_all(&bytes).await.expect("the peer takes it");
        }
        to_peer.shutdown().await.expect("the peer hears the end");
    };
    tokio::join!(up, down);
}

async fn converse(address: &Address) {
    let certs = Certs::new();
    let cert = certs.localhost(Key::Rsa);
    let (address, tree) = attached(address).await;
    let ctl = tree.open("tls/clone", OpenMode::RDWR).await.expect("clone opens");
    let number = String::from_utf8(ctl.read(0, 9).await.expect("a number").to_vec()).expect("a number");
    ctl.write(0, b"wire 0x303").await.expect("a carrier is a channel");
    let open = async |name: &str, mode| {
        let file = tree.open(&format!("tls/{number}/{name}"), mode).await;
        file.unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    let (reader, writer) = (open("wire", OpenMode::READ).await, open("wire", OpenMode::WRITE).await);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let mut openssl = std::process::Command::new("openssl");
    openssl.args(["s_client", "-quiet", "-verify_return_error", "-servername", "localhost", "-CAfile"]);
    openssl.arg(certs.ca()).args(["-connect", &listener.local_addr().expect("bound").to_string()]);
    let mut peer = Process::start(&mut openssl);
    let carrier = tokio::spawn(carry(listener.accept().await.expect("it calls").0, reader, writer));

    let mut tlshand = Command::new(programs::path("tlshand"));
    tlshand.args(["--device", &address.to_string(), "-s", "-c"]).arg(cert.both).arg(format!("tls/{number}"));
    let done = tlshand.output().await.expect("tlshand runs");
    assert!(done.status.success(), "{address}: {}", String::from_utf8_lossy(&done.stderr));

    let data = open("data", OpenMode::RDWR).await;
    peer.send(b"a word\n");
    assert_eq!(data.read(0, 100).await.expect("data is read"), "a word\n");
    // More than the queues hold.
    let bulk = vec![b'x'; 1_000_000];
    assert_eq!(data.write(0, &bulk).await.expect("data is written") as usize, bulk.len());
    drop((data, ctl));
    carrier.await.expect("it ends with the conversation");
    let status = tokio::task::spawn_blocking(move || {
        peer.wait_for("all of it", |seen| (seen.stdout == bulk).then_some(())).expect("it comes");
        peer.wait_exit().expect("it sees the end")
    });
    assert!(status.await.expect("it is waited for").success(), "{address}");
}

#[tokio::test(flavor = "multi_thread")]
async fn openssl_is_carried_over_a_unix_socket() {
    let dir = tempfile::tempdir().expect("a directory");
    converse(&Address::Unix(dir.path().join("tls"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn openssl_is_carried_over_tcp() {
    converse(&"tcp!127.0.0.1!0".parse().expect("an address")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tlshand_says_what_to_do_where_no_descriptor_passes() {
    let (address, tree) = attached(&"tcp!127.0.0.1!0".parse().expect("an address")).await;
    let ctl = tree.open("tls/clone", OpenMode::RDWR).await.expect("clone opens");
    let mut tlshand = Command::new(programs::path("tlshand"));
    tlshand
        .args(["--device", &address.to_string(), "--insecure", "tls/0"])
        .stdin(std::process::Stdio::null());
    let output = tlshand.output().await.expect("tlshand runs");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.starts_with("tlshand: tls/0 tls reports failed: fd 0: "), "{text}");
    assert!(text.ends_with("; or write wire 0x303 to its ctl first, and carry its wire\n"), "{text}");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(111), 0));
    drop(ctl);
}
