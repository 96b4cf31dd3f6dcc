//! Keys of TLS 1.3 that move on while other implementations are at the other end, whoever begins; and early data that one of them
//! sends without being asked. The keys are in a `devtls`, so that what it did shows in a conversation's `status`.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::support::certs::{CertFiles, Certs, Key};
use crate::support::device::Device;
use crate::support::missing::{find, present};
use crate::support::peers::{S_SERVER_LABEL, process_saying_port};
use crate::support::process::{Process, until};
use crate::support::programs;
use crate::support::server::Server;

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
    server.arg("-cert").arg(&cert.chain).arg("-key").arg(&cert.key);
    let (mut server, port) = process_saying_port(&mut server, S_SERVER_LABEL);
    let mut client = Command::new(programs::path("tlsclient"));
    client.args(["--device", &device.address(), "--ca"]).arg(certs.ca());
    client.arg(format!("tcp!localhost!{port}"));
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
    other.arg("-cert").arg(&cert.chain).arg("-key").arg(&cert.key);
    let (mut other, port) = process_saying_port(&mut other, S_SERVER_LABEL);
    let path = session.display().to_string();
    let mut first = client(port, &["-sess_out", &path]);
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
