//! Ends: what was sent before an end arrives, an end arrives as an end and leaves the other direction open, a cut is told.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::device::Device;
use crate::support::{PATIENCE, Server, finish, run, text, tlsclient, wait};

#[test]
fn the_command_answers_after_the_client_s_end() {
    let server = Server::start(&["--self-signed", "localhost", "--", "sh", "-c", "wc -c; echo late"]);
    let input = vec![b'x'; 300_000];
    let output = run(&mut tlsclient(&["--insecure", &server.address]), &input);
    assert_eq!(text(&output.stdout).split_whitespace().collect::<Vec<_>>(), ["300000", "late"]);
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
}

#[test]
fn the_client_sends_after_the_command_s_end_of_output() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("received");
    // A shell cannot end one direction of a socket; perl is on every Debian.
    let script = "$| = 1; print 'banner'; shutdown(STDOUT, 1); open(F, '>', $ARGV[0]); print F $_ while <STDIN>; close F";
    let server =
        Server::start(&["--self-signed", "localhost", "--", "perl", "-e", script, file.to_str().unwrap()]);
    let mut client = tlsclient(&["--insecure", &server.address])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut banner = String::new();
    client.stdout.take().unwrap().read_to_string(&mut banner).unwrap();
    assert_eq!(banner, "banner");
    let mut stdin = client.stdin.take().unwrap();
    stdin.write_all(b"said afterwards\n").unwrap();
    drop(stdin);
    let output = finish(client);
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
    let start = Instant::now();
    while fs::read_to_string(&file).is_ok_and(|text| text != "said afterwards\n")
        && start.elapsed() < PATIENCE
    {
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "said afterwards\n");
}

#[test]
fn output_arrives_although_the_command_read_nothing() {
    let server = Server::start(&["--self-signed", "localhost", "--", "sh", "-c", "head -c 200000 /dev/zero"]);
    let input = vec![b'x'; 2_000_000];
    let output = run(&mut tlsclient(&["--insecure", &server.address]), &input);
    assert_eq!(output.stdout.len(), 200_000);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn a_cut_is_told_on_both_sides() {
    is_told(&[]);
}

#[test]
fn a_cut_is_told_where_the_ciphertext_is_carried() {
    let device = Device::tcp();
    is_told(&["--device", &device.address()]);
}

/// A cut between two programs with these flags.
fn is_told(flags: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("end");
    let script = "cat; echo seen > $0";
    let command = ["--self-signed", "localhost", "--", "sh", "-c", script, file.to_str().unwrap()];
    let server = Server::start(&[flags, &command].concat());
    let (address, cut) = wire(server.port());
    let mut client = tlsclient(&[flags, &["--insecure", &address]].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = client.stdin.take().unwrap();
    stdin.write_all(b"ping").unwrap();
    let mut echo = [0; 4];
    client.stdout.as_mut().unwrap().read_exact(&mut echo).unwrap();
    assert_eq!(&echo, b"ping");
    cut.send(()).unwrap();
    let output = finish(client);
    drop(stdin);
    assert_eq!(output.status.code(), Some(98));
    let line = text(&output.stderr);
    assert!(line.contains("connection cut without close_notify") && line.lines().count() == 1, "{line}");
    server.line(|line| line.contains("tls reports connection cut without close_notify"));
    // The command sees an end of input.
    let start = Instant::now();
    while !file.exists() && start.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(5));
    }
    assert!(file.exists());
}

#[test]
fn a_reader_of_ours_that_is_gone_is_an_end_and_no_error() {
    let server = Server::start(&["--self-signed", "localhost", "--", "yes"]);
    let mut client = tlsclient(&["--insecure", &server.address])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut some = [0; 1000];
    client.stdout.as_mut().unwrap().read_exact(&mut some).unwrap();
    drop(client.stdout.take());
    let status = wait(&mut client);
    assert_eq!(status.code(), Some(0));
}

/// A wire to `port` that is cut on demand, without a word to either side. It serves one connection.
fn wire(port: u16) -> (String, mpsc::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp!127.0.0.1!{}", listener.local_addr().unwrap().port());
    let (cut, is_cut) = mpsc::channel();
    thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
        for (mut from, mut to) in [
            (client.try_clone().unwrap(), server.try_clone().unwrap()),
            (server.try_clone().unwrap(), client.try_clone().unwrap()),
        ] {
            thread::spawn(move || std::io::copy(&mut from, &mut to));
        }
        is_cut.recv().unwrap();
        client.shutdown(Shutdown::Both).unwrap();
        server.shutdown(Shutdown::Both).unwrap();
    });
    (address, cut)
}
