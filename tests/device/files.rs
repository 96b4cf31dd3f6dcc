//! A conversation of other programs, seen in the device's files: `tlssrv` uses a `devtls` of its own
//! process, and an independent 9P client looks on.

use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use ninep::OpenMode;
use ninep::client::Client;
use ninep::io::Address;

use crate::support::certs::{Certs, Key};
use crate::support::process::Process;
use crate::support::programs;
use crate::support::server::Server;

/// A running `devtls` at a unix socket.
fn devtls(socket: &Path) -> Process {
    let mut devtls = Command::new(programs::path("devtls"));
    devtls.arg("-a").arg(format!("unix!{}", socket.display()));
    let process = Process::start(&mut devtls);
    process
        .wait_for("the line that says where it serves", |printed| {
            printed.stderr_text().contains("serving unix!").then_some(())
        })
        .expect("devtls serves");
    process
}

/// Reads a text of the device's tree.
async fn text(address: &Address, path: &str) -> String {
    let client = Client::dial(address).await.expect("the device answers");
    let tree = client.attach("", "").await.expect("the device lets us in");
    let file = tree.open(path, OpenMode::READ).await.expect("the file opens");
    String::from_utf8(file.read_to_end(1 << 20).await.expect("the file is read")).expect("a text")
}

#[tokio::test]
async fn a_conversation_shows_in_status_and_stats_while_it_is_open() {
    let certs = Certs::new();
    let cert = certs.localhost(Key::Rsa);
    let socket = certs.dir().join("tls");
    let mut device = devtls(&socket);
    let address = Address::Unix(socket);
    let server = Server::start(
        &["--device", &address.to_string(), "-c", &cert.both.display().to_string(), "--alpn", "h2,http/1.1"],
        &["cat"],
    );

    let mut openssl = Command::new("openssl");
    openssl.args([
        "s_client",
        "-quiet",
        "-tls1_2",
        "-cipher",
        "ECDHE-RSA-AES256-GCM-SHA384",
        "-groups",
        "P-384",
    ]);
    openssl.args(["-alpn", "http/1.1", "-servername", "localhost", "-verify_return_error", "-CAfile"]);
    openssl.arg(certs.ca()).args(["-connect", &format!("127.0.0.1:{}", server.port())]);
    let mut client = Process::start(&mut openssl);
    client.send(b"hello\n");
    client
        .wait_for("the echo", |printed| printed.stdout_text().contains("hello\n").then_some(()))
        .expect("the echo comes");

    let status = text(&address, "tls/0/status").await;
    let lines: Vec<&str> = status.lines().collect();
    let chan = lines[6].strip_prefix("Chan: tcp!127.0.0.1!").expect("the peer's address");
    assert!(chan.parse::<u16>().is_ok(), "{status}");
    assert_eq!(
        lines[..6],
        [
            "State: Established",
            "Version: 0x303",
            "EncIn: aes_256_gcm_aead",
            "HashIn: clear",
            "EncOut: aes_256_gcm_aead",
            "HashOut: clear",
        ]
    );
    assert_eq!(
        lines[7..],
        ["Sni: localhost", "Alpn: http/1.1", "Suite: ECDHE-RSA-AES256-GCM-SHA384", "Group: secp384r1"]
    );
    let stats = text(&address, "tls/0/stats").await;
    assert!(stats.starts_with("DataIn: 6\nDataOut: 6\nHandIn: "), "{stats}");

    // The client's end is the conversation's: its number is listed, and nobody's.
    client.end_input();
    client.kill();
    let client = Client::dial(&address).await.expect("the device answers");
    let tree = client.attach("", "").await.expect("the device lets us in");
    for _ in 0..500 {
        if tree.stat("tls/0/ctl").await.expect("a dead number has a stat").mode.0 == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let dead = tree.open("tls/0/status", OpenMode::READ).await.map(drop);
    assert_eq!(dead.map_err(|error| error.text), Err("must open connection using clone".into()));
    drop((tree, client));
    server.still_serves();

    device.terminate();
    let status = device.wait_exit().expect("devtls ends when told");
    assert!(status.success(), "{status}");
}

#[tokio::test]
async fn what_fails_leaves_no_connection_behind() {
    let dir = tempfile::tempdir().expect("a directory");
    let address = Address::Unix(dir.path().join("tls"));
    let _device = devtls(&dir.path().join("tls"));
    let mut server = Server::echo(&["--device", &address.to_string()]);
    for bytes in [
        &b"GET / HTTP/1.0\r\n\r\n"[..],
        &[22, 3, 1, 0, 4, 16, 0, 0, 0],
        &[22, 3, 1, 0, 4, 1, 0, 0, 0],
        &[22, 3],
    ] {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port())).expect("it listens");
        stream.write_all(bytes).expect("it takes the bytes");
    }
    let all = server.process().wait_for("four failures", |printed| {
        (printed.stderr_text().matches("tls reports failed: ").count() == 4).then_some(())
    });
    assert_eq!(all, Ok(()));
    // The server says so before it lets go.
    let deadline = Instant::now() + Duration::from_secs(10);
    while text(&address, "tls/clone").await != "0" {
        assert!(Instant::now() < deadline, "a connection is still there");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
