//! Keys of TLS 1.3 that move on while other implementations are at the other end, whoever begins; and early data that one of them
//! sends without being asked. The keys are in a `devtls`, so that what it did shows in a conversation's `status`.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use ninep::OpenMode;
use ninep::client::Client;
use ninep::io::Address;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::support::certs::{CertFiles, Certs, Key};
use crate::support::missing::{find, present};
use crate::support::peers::{self, Ask, CLIENTS, Offer, SERVERS};
use crate::support::process::{PATIENCE, Process};
use crate::support::programs;
use crate::support::server::Server;

/// A running `devtls`, whose only conversation is number 0.
struct Device {
    _process: Process,
    socket: PathBuf,
    runtime: Runtime,
    _dir: TempDir,
}

impl Device {
    fn start(flags: &[&str]) -> Device {
        let dir = tempfile::tempdir().expect("a directory");
        let socket = dir.path().join("tls");
        let mut devtls = Command::new(programs::path("devtls"));
        let process = Process::start(devtls.args(flags).arg("-a").arg(format!("unix!{}", socket.display())));
        process
            .wait_for("the line that says where it serves", |seen| {
                seen.stderr_text().contains("serving unix!").then_some(())
            })
            .expect("devtls serves");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Device { _process: process, socket, runtime, _dir: dir }
    }

    /// Its address, as a dial string.
    fn address(&self) -> String {
        format!("unix!{}", self.socket.display())
    }

    /// Writes a command to the conversation's `ctl`.
    fn ctl(&self, line: &str) {
        self.runtime.block_on(async {
            let client = Client::dial(&Address::Unix(self.socket.clone())).await.expect("the device answers");
            let tree = client.attach("", "").await.expect("the device lets us in");
            let ctl = tree.open("tls/0/ctl", OpenMode::RDWR).await.expect("ctl opens");
            ctl.write(0, line.as_bytes()).await.expect(line);
        });
    }

    /// How often the keys of what comes in and of what goes out have moved on.
    fn updates(&self) -> (u64, u64) {
        let status = self.runtime.block_on(async {
            let client = Client::dial(&Address::Unix(self.socket.clone())).await.expect("the device answers");
            let tree = client.attach("", "").await.expect("the device lets us in");
            let status = tree.open("tls/0/status", OpenMode::READ).await.expect("status opens");
            String::from_utf8(status.read(0, 8192).await.expect("it is read").to_vec()).expect("a text")
        });
        let number = |head| {
            let line = status.lines().find_map(|line| line.strip_prefix(head));
            line.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{status}"))
        };
        (number("UpdatesIn: "), number("UpdatesOut: "))
    }
}

/// Waits until something is so.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited for {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Lines of digits, `len` bytes in all: programs that take commands on their input find none in them.
fn digits(len: usize) -> String {
    let lines = (0..).map(|n: u64| format!("{:063}\n", n * 7_777_777));
    lines.take(len / 64).collect()
}

/// Sends a line and waits for it to come back.
fn echoes(peer: &mut Process, line: &str) {
    peer.send(format!("{line}\n").as_bytes());
    let seen = peer.wait_for(line, |seen| seen.stdout_text().contains(line).then_some(()));
    seen.expect("it comes back");
}

/// A server of ours behind a device, that echoes.
fn echo(device: &Device, cert: &CertFiles) -> Server {
    let flags = ["--device", &device.address(), "-c", &cert.both.display().to_string()];
    Server::start(&flags, &["cat"])
}

#[test]
fn openssl_s_client_and_we_update_keys() {
    if !present("keyupdates", find("openssl", "openssl", "version")) {
        return;
    }
    let (certs, device) = (Certs::new(), Device::start(&[]));
    let server = echo(&device, &certs.localhost(Key::P256));
    let mut client = Command::new("openssl");
    client.args(["s_client", "-tls1_3", "-brief", "-verify_return_error"]);
    client.args(["-connect", &format!("127.0.0.1:{}", server.port())]).arg("-CAfile").arg(certs.ca());
    let mut client = Process::start(&mut client);
    echoes(&mut client, "000 begin");
    // `k` is a KeyUpdate, `K` one that asks for ours.
    for (nth, command) in ["k", "K", "K", "k", "K"].into_iter().enumerate() {
        client.send(format!("{command}\n").as_bytes());
        let word = "KEYUPDATE";
        let seen =
            client.wait_for(word, |seen| (seen.stderr_text().matches(word).count() > nth).then_some(()));
        seen.expect("it is sent");
        echoes(&mut client, &format!("111 after {nth}"));
    }
    assert_eq!(device.updates(), (5, 3));
    // Now we begin, amid what flows both ways.
    let much = digits(1 << 20);
    client.send(much.as_bytes());
    for _ in 0..20 {
        device.ctl("keyupdate request");
    }
    let all = client.wait_for("all of it", |seen| seen.stdout_text().contains(&much).then_some(()));
    all.expect("all of it comes back");
    echoes(&mut client, "222 end");
    let (ins, outs) = device.updates();
    assert_eq!(outs, 3 + 20);
    assert!(ins > 5, "{ins}: it answers, though perhaps once for several");
    client.send(b"Q\n");
    assert!(client.wait_exit().expect("it leaves").success());
}

#[test]
fn openssl_s_server_and_we_update_keys() {
    if !present("keyupdates", find("openssl", "openssl", "version")) {
        return;
    }
    let (certs, device) = (Certs::new(), Device::start(&[]));
    let cert = certs.localhost(Key::P256);
    let mut server = Command::new("openssl");
    server.args(["s_server", "-tls1_3", "-naccept", "1", "-accept", "127.0.0.1:0", "-num_tickets", "3"]);
    let mut server = Process::start(server.arg("-cert").arg(&cert.chain).arg("-key").arg(&cert.key));
    let port = server.wait_for("its port", |seen| {
        let text = seen.stdout_text();
        let (_, after) = text.split_once("ACCEPT 127.0.0.1:")?;
        after.split_once('\n')?.0.parse::<u16>().ok()
    });
    let mut client = Command::new(programs::path("tlsclient"));
    client.args(["--device", &device.address(), "--ca"]).arg(certs.ca());
    client.arg(format!("tcp!localhost!{}", port.expect("it listens")));
    let mut client = Process::start(&mut client);
    let crosses = |from: &mut Process, to: &Process, line: &str| {
        from.send(format!("{line}\n").as_bytes());
        let seen = to.wait_for(line, |seen| seen.stdout_text().contains(line).then_some(()));
        seen.expect("it arrives");
    };
    crosses(&mut client, &server, "000 begin");
    for (nth, command) in (0..).zip(["k", "K", "K"]) {
        server.send(format!("{command}\n").as_bytes());
        // What it reads together with a command it forgets.
        until("a KeyUpdate", || device.updates().0 > nth);
        crosses(&mut server, &client, &format!("111 from the server after {nth}"));
        crosses(&mut client, &server, &format!("222 from the client after {nth}"));
    }
    assert_eq!(device.updates(), (3, 2));
    for nth in 0..5 {
        device.ctl("keyupdate request");
        crosses(&mut client, &server, &format!("333 from the client after {nth}"));
        crosses(&mut server, &client, &format!("444 from the server after {nth}"));
    }
    assert_eq!(device.updates(), (3 + 5, 2 + 5));
}

#[test]
fn gnutls_cli_and_we_update_keys() {
    if !present("keyupdates", find("gnutls-cli", "gnutls-bin", "--version")) {
        return;
    }
    let (certs, device) = (Certs::new(), Device::start(&[]));
    let server = echo(&device, &certs.localhost(Key::Rsa));
    let mut client = Command::new("gnutls-cli");
    client.args([
        "--inline-commands",
        "--port",
        &server.port().to_string(),
        "--verify-hostname",
        "localhost",
    ]);
    client.args(["--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.3", "--sni-hostname", "localhost"]);
    let mut client = Process::start(client.arg("--x509cafile").arg(certs.ca()).arg("127.0.0.1"));
    echoes(&mut client, "000 begin");
    for nth in 0..3 {
        // It asks for ours.
        client.send(b"^rekey^\n");
        echoes(&mut client, &format!("111 after {nth}"));
    }
    let (ins, outs) = device.updates();
    assert_eq!((ins, outs), (3, 3));
    for nth in 0..5 {
        device.ctl("keyupdate request");
        echoes(&mut client, &format!("222 after {nth}"));
    }
    let (ins, outs) = device.updates();
    assert_eq!((ins, outs), (3 + 5, 3 + 5));
}

#[test]
fn rustls_and_we_update_keys_while_data_flows_both_ways() {
    let (certs, device) = (Certs::new(), Device::start(&[]));
    let server = echo(&device, &certs.localhost(Key::P256));
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certs.ca()).unwrap()).unwrap();
    let conf = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(conf), name).unwrap();
    let socket = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    let mut stream = StreamOwned::new(connection, socket);
    let block: Vec<u8> = (0..=255).cycle().take(64 * 1024).collect();
    for nth in 0_u8..100 {
        let mut sent = block.clone();
        sent[0] = nth;
        // Its half of the block is under one key and the rest under the next, and so is what comes back.
        stream.write_all(&sent[..32 * 1024]).unwrap();
        stream.conn.refresh_traffic_keys().unwrap();
        stream.write_all(&sent[32 * 1024..]).unwrap();
        if nth % 10 == 5 {
            device.ctl("keyupdate request");
        }
        let mut got = vec![0; sent.len()];
        stream.read_exact(&mut got).unwrap();
        assert!(got == sent, "block {nth}");
    }
    let (ins, outs) = device.updates();
    // It asked a hundred times, and answered ten; we answered, and asked.
    assert_eq!((ins, outs), (110, 110));
}

#[test]
fn every_client_follows_keys_that_are_renewed_after_every_seven_records() {
    let (certs, device) = (Certs::new(), Device::start(&["--limit", "records-per-key=8"]));
    let answer = certs.dir().join("answer");
    // Thirty records, and four KeyUpdates between: GnuTLS takes no more than eight a second.
    fs::write(&answer, format!("HTTP/1.0 200 OK\r\n\r\n{}", digits(480 * 1024))).unwrap();
    let both = certs.localhost(Key::P256).both.display().to_string();
    let command = format!("cat {}; echo $SSL_PROTOCOL", answer.display());
    let server = Server::start(&["--device", &device.address(), "-c", &both], &["sh", "-c", &command]);
    for client in CLIENTS.into_iter().filter(|client| peers::present(*client)) {
        let told = client.connect(server.port(), &Ask::localhost(&certs.ca()));
        assert_eq!(told.error, None, "{}", client.name());
        let expected = digits(480 * 1024) + "TLSv1.3\n";
        assert!(told.text().ends_with(&expected), "{}: {} bytes", client.name(), told.output.len());
    }
}

#[test]
fn every_server_follows_keys_that_are_renewed_after_every_record() {
    let (certs, device) = (Certs::new(), Device::start(&["--limit", "records-per-key=2"]));
    for server in SERVERS.into_iter().filter(|server| peers::present(*server)) {
        let running = server.start(&Offer::of(certs.localhost(Key::P256)));
        // A record for every word of the request.
        let ask = r#"for word in 'GET ' '/ ' 'HTTP/1.0' '\r\n' '\r\n'; do printf "$word"; sleep 0.05; done; cat >&2; echo "$SSL_PROTOCOL" >&2"#;
        let mut client = Command::new(programs::path("tlsclient"));
        client.args(["--device", &device.address(), "--ca"]).arg(certs.ca());
        client.args([&format!("tcp!localhost!{}", running.port), "sh", "-c", ask]);
        let mut client = Process::start(&mut client);
        let status = client.wait_exit().expect("tlsclient leaves");
        let text = client.printed().stderr_text();
        assert!(
            status.success() && text.contains("200") && text.ends_with("TLSv1.3\n"),
            "{}: {text}",
            server.name()
        );
    }
}

#[test]
fn early_data_for_whoever_was_at_the_address_before_us_is_passed_over() {
    if !present("keyupdates", find("openssl", "openssl", "version")) {
        return;
    }
    let certs = Certs::new();
    let (cert, dir) = (certs.localhost(Key::P256), tempfile::tempdir().expect("a directory"));
    let (session, early) = (dir.path().join("session"), dir.path().join("early"));
    fs::write(&early, digits(8 * 1024)).unwrap();
    let client = |port: u16, words: &[&str]| {
        let mut client = Command::new("openssl");
        client.args([
            "s_client",
            "-tls1_3",
            "-verify_return_error",
            "-connect",
            &format!("127.0.0.1:{port}"),
        ]);
        Process::start(client.arg("-CAfile").arg(certs.ca()).args(words))
    };
    // A server of somebody else's gives a ticket that allows early data.
    let mut other = Command::new("openssl");
    other.args(["s_server", "-tls1_3", "-accept", "127.0.0.1:0", "-early_data", "-max_early_data", "16384"]);
    let mut other = Process::start(other.arg("-cert").arg(&cert.chain).arg("-key").arg(&cert.key));
    let port = other.wait_for("its port", |seen| {
        let text = seen.stdout_text();
        let (_, after) = text.split_once("ACCEPT 127.0.0.1:")?;
        after.split_once('\n')?.0.parse::<u16>().ok()
    });
    let path = session.display().to_string();
    let mut first = client(port.expect("it listens"), &["-sess_out", &path]);
    other.send(b"here\n");
    first.wait_for("a word", |seen| seen.stdout_text().contains("here").then_some(())).expect("it comes");
    until("a ticket", || fs::metadata(&session).is_ok_and(|file| file.len() > 0));
    first.send(b"Q\n");
    assert!(first.wait_exit().expect("it leaves").success());
    other.kill();

    for flags in [&[][..], &["--groups", "secp384r1"]] {
        let both = cert.both.display().to_string();
        let server = Server::start(&[&["-c", &both], flags].concat(), &["cat"]);
        let mut second =
            client(server.port(), &["-sess_in", &path, "-early_data", &early.display().to_string()]);
        echoes(&mut second, "000 begin");
        second.send(b"Q\n");
        assert!(second.wait_exit().expect("it leaves").success());
        let text = second.printed().stdout_text();
        assert!(text.contains("Early data was rejected"), "{text}");
        assert!(!text.contains("7777777"), "nobody got what was passed over");
    }
}
