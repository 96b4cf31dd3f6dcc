//! The same programs on a device that serves 9P somewhere else.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::sync::Arc;

use ninep::OpenMode;
use ninep::client::Client;
use ninep::io::{Address, caller, serve_all};
use tokio::net::UnixStream;
use tokio::runtime::Runtime;

use crate::support::{Server, assert_fails, finish, run, text, tlsclient, tlssrv};

/// A device in this process that serves 9P, gone when the test ends.
pub(crate) struct Device {
    runtime: Runtime,
    address: Address,
    _dir: tempfile::TempDir,
}

impl Device {
    /// At a unix socket: it takes descriptors.
    fn unix() -> Device {
        let dir = tempfile::tempdir().unwrap();
        let address = Address::Unix(dir.path().join("tls"));
        Device::at(&address, dir)
    }

    /// At a TCP address: the ciphertext has to be carried.
    pub(crate) fn tcp() -> Device {
        Device::at(&"tcp!127.0.0.1!0".parse().unwrap(), tempfile::tempdir().unwrap())
    }

    fn at(address: &Address, dir: tempfile::TempDir) -> Device {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let address = runtime.block_on(async {
            let (end, _other_end) = UnixStream::pair().unwrap();
            let user = caller(&end).unwrap().into();
            let device = Arc::new(devtls::Device::new(user, devtls::Limits::default()));
            let listener = address.listen().await.unwrap();
            let address = listener.address().clone();
            tokio::spawn(async move {
                serve_all(&listener, &device, &ninep::io::Guests::new(ninep::Limits::default())).await
            });
            address
        });
        Device { runtime, address, _dir: dir }
    }

    /// As `--device` has it.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// What a file of it holds, read by another client.
    fn read(&self, path: &str) -> String {
        self.runtime.block_on(async {
            let tree = Client::dial(&self.address).await.unwrap().attach("", "").await.unwrap();
            let file = tree.open(path, OpenMode::READ).await.unwrap();
            text(&file.read_to_end(10_000).await.unwrap())
        })
    }
}

#[test]
fn both_programs_work_through_9p_and_the_command_learns_where() {
    for device in [Device::unix(), Device::tcp()] {
        let at = device.address();
        let script = "read line; echo \"$line $SSL_PROTOCOL $TLSDEV $TLSDIR\"";
        let server =
            Server::start(&["--device", &at, "--self-signed", "localhost", "--", "sh", "-c", script]);
        let output = run(&mut tlsclient(&["--insecure", "--device", &at, &server.address]), b"hello\n");
        let out = text(&output.stdout);
        assert!(out.starts_with(&format!("hello TLSv1.3 {at} /tls/")), "{out} {}", text(&output.stderr));
        assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""), "{at}");
    }
}

#[test]
fn an_open_connection_is_seen_in_the_device_s_files() {
    let device = Device::unix();
    let server = Server::start(&["--device", &device.address(), "--self-signed", "a.example", "cat"]);
    let mut client = tlsclient(&["--insecure", "-n", "a.example", &server.address])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    client.stdin.as_mut().unwrap().write_all(b"12345\n").unwrap();
    let mut line = String::new();
    BufReader::new(client.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "12345\n");
    let status = device.read("tls/0/status");
    assert!(status.starts_with("State: Established\nVersion: 0x304\n"), "{status}");
    assert!(status.contains("a.example"), "{status}");
    let stats = device.read("tls/0/stats");
    assert!(stats.starts_with("DataIn: 6\nDataOut: 6\n"), "{stats}");
    drop(client.stdin.take());
    assert_eq!(finish(client).status.code(), Some(0));
}

#[test]
fn bulk_passes_through_9p_unchanged() {
    let blob: Vec<u8> =
        (0..4_000_000_u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    for device in [Device::unix(), Device::tcp()] {
        let at = device.address();
        let server = Server::start(&["--device", &at, "--self-signed", "localhost", "cat"]);
        let output = run(&mut tlsclient(&["--insecure", "--device", &at, &server.address]), &blob);
        assert!(output.stdout == blob, "{} bytes came back: {}", output.stdout.len(), text(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{at}");
    }
}

#[test]
fn a_device_that_goes_away_costs_its_connections_and_not_the_server() {
    let first = Device::unix();
    let at = first.address.clone();
    let mut server =
        Server::start(&["--device", &first.address(), "--self-signed", "localhost", "--", "echo", "hello"]);
    let ok = run(&mut tlsclient(&["--insecure", &server.address]), b"");
    assert_eq!(text(&ok.stdout), "hello\n");
    let Device { runtime, _dir: dir, .. } = first;
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
    let failed = run(&mut tlsclient(&["--insecure", &server.address]), b"");
    assert_eq!(failed.status.code(), Some(98));
    let line = server.line(|line| line.contains("tls reports failed"));
    assert!(line.contains(&format!("no device at {at}")), "{line}");
    drop(dir);
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn what_is_left_to_say_arrives_although_it_is_carried() {
    let device = Device::tcp();
    let at = device.address();
    let script = "cat; head -c 700000 /dev/zero; sleep 0.1; echo the end";
    let server = Server::start(&["--device", &at, "--self-signed", "localhost", "--", "sh", "-c", script]);
    let output = run(&mut tlsclient(&["--insecure", "--device", &at, &server.address]), b"begin\n");
    assert!(output.stdout.starts_with(b"begin\n") && output.stdout.ends_with(b"\0the end\n"));
    assert_eq!((output.stdout.len(), output.status.code()), (6 + 700_000 + 8, Some(0)));
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn a_place_without_a_device_is_refused_at_the_start() {
    for (place, why) in [
        ("/no/such/place", "--device: no device mounted at /no/such/place: no such file or directory"),
        ("/", "--device: no device mounted at /: no such file or directory"),
        ("il!x!1", "--device: unknown network 'il': tcp and unix are known"),
    ] {
        let args = ["--listen", "tcp!127.0.0.1!0", "--device", place, "--self-signed", "localhost", "cat"];
        assert_fails(&run(&mut tlssrv(&args), b""), 96, &format!("tlssrv: {why}"));
    }
}
