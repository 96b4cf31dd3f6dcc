//! One connection on descriptor 0, as inetd, tcpserver and systemd give it.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Child, Command, Output, Stdio};
use std::thread;

use crate::support::{finish, run, text, tlsclient, tlssrv};

/// Which of the server's descriptors are the connection.
enum Given {
    InputAndOutput,
    AllThree,
}

/// Starts `tlssrv` on a connection that was accepted elsewhere.
fn start(mut server: Command, connection: impl Into<OwnedFd>, given: &Given) -> Child {
    let fd = connection.into();
    server.stdin(Stdio::from(fd.try_clone().unwrap())).stdout(Stdio::from(fd.try_clone().unwrap()));
    match given {
        Given::InputAndOutput => server.stderr(Stdio::piped()),
        Given::AllThree => server.stderr(Stdio::from(fd)),
    };
    server.spawn().unwrap()
}

/// One connection over TCP between a client with `input` and a server; what both left.
fn over_tcp(server: Command, given: Given, input: &'static [u8]) -> (Output, Output) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp!127.0.0.1!{}", listener.local_addr().unwrap().port());
    let client =
        thread::spawn(move || run(&mut tlsclient(&["--insecure", "-n", "name.example", &address]), input));
    let (connection, _): (TcpStream, _) = listener.accept().unwrap();
    let server = finish(start(server, connection, &given));
    (client.join().unwrap(), server)
}

#[test]
fn the_command_has_the_connection_its_environment_and_its_code() {
    let script = "read line; echo \"$line $SSL_TLS_SNI_SERVERNAME $SSL_PROTOCOL $PROTO $TCPREMOTEIP $TCPLOCALIP\"; exit 7";
    let mut command = tlssrv(&["--self-signed", "name.example", "--", "sh", "-c", script]);
    command.env("TCPREMOTEIP", "stale");
    let (client, server) = over_tcp(command, Given::InputAndOutput, b"hello\n");
    assert_eq!(text(&client.stdout), "hello name.example TLSv1.3 SSL 127.0.0.1 127.0.0.1\n");
    assert_eq!((client.status.code(), server.status.code()), (Some(0), Some(7)));
    assert_eq!((text(&client.stderr), text(&server.stderr)), (String::new(), String::new()));
}

#[test]
fn a_standard_error_that_is_the_connection_is_inside_tls() {
    let command =
        tlssrv(&["-D", "--self-signed", "name.example", "--", "sh", "-c", "echo out; echo err >&2"]);
    let (client, server) = over_tcp(command, Given::AllThree, b"");
    assert_eq!(text(&client.stdout), "out\nerr\n");
    assert_eq!((client.status.code(), server.status.code()), (Some(0), Some(0)), "{}", text(&client.stderr));
}

#[test]
fn a_connection_without_addresses_keeps_those_that_were_told() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s");
    let listener = UnixListener::bind(&path).unwrap();
    let address = format!("unix!{}", path.display());
    let client = thread::spawn(move || run(&mut tlsclient(&["--insecure", &address]), b""));
    let (connection, _): (UnixStream, _) = listener.accept().unwrap();
    let script = "echo $TCPREMOTEIP ${TCPLOCALIP-unset} ${SSL_TLS_SNI_SERVERNAME-unset}";
    let mut command = tlssrv(&["-D", "--self-signed", "localhost", "--", "sh", "-c", script]);
    command.env("TCPREMOTEIP", "192.0.2.7").env("TCPREMOTEPORT", "99").env("SSL_TLS_SNI_SERVERNAME", "stale");
    let server = finish(start(command, connection, &Given::InputAndOutput));
    let client = client.join().unwrap();
    assert_eq!(text(&client.stdout), "192.0.2.7 unset unset\n");
    let report = text(&server.stderr);
    assert!(report.lines().any(|line| line == "tlssrv: 192.0.2.7!99 tls reports open"), "{report}");
}

#[test]
fn plain_http_is_reported_in_the_original_s_words_with_98() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let client = thread::spawn(move || {
        use std::io::{Read, Write};
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        // A reset is as good an answer as an alert.
        let _ = stream.read_to_end(&mut answer);
        answer
    });
    let (connection, _) = listener.accept().unwrap();
    let command = tlssrv(&["-r", "somebody", "--self-signed", "localhost", "cat"]);
    let server = finish(start(command, connection, &Given::InputAndOutput));
    assert_eq!(server.status.code(), Some(98));
    let report = text(&server.stderr);
    assert!(
        report.starts_with("tlssrv: somebody tls reports failed: ") && report.lines().count() == 1,
        "{report}"
    );
    let answer = client.join().unwrap();
    assert!(answer.is_empty() || answer[0] == 21, "{answer:?}");
}

#[test]
fn with_9fronts_manners_a_failed_handshake_is_a_success() {
    let (connection, mut client) = UnixStream::pair().unwrap();
    client.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    let command = tlssrv(&["--compat", "9front", "--self-signed", "localhost", "cat"]);
    let server = finish(start(command, connection, &Given::InputAndOutput));
    assert!(text(&server.stderr).starts_with("tlssrv:  tls reports failed: "));
    assert_eq!(server.status.code(), Some(0));
}

#[test]
fn a_stalling_client_is_given_up_after_the_time() {
    let (connection, _client) = UnixStream::pair().unwrap();
    let command = tlssrv(&["-T", "200", "--self-signed", "localhost", "cat"]);
    let server = finish(start(command, connection, &Given::InputAndOutput));
    assert_eq!(text(&server.stderr), "tlssrv:  tls reports failed: handshake timed out\n");
    assert_eq!(server.status.code(), Some(98));
}

#[test]
fn nothing_but_the_three_descriptors_reaches_the_command() {
    let plain = Command::new("sh").args(["-c", "ls /proc/$$/fd"]).output().unwrap();
    let command = tlssrv(&["--self-signed", "name.example", "--", "sh", "-c", "ls /proc/$$/fd"]);
    let (client, _) = over_tcp(command, Given::InputAndOutput, b"");
    assert_eq!(text(&client.stdout), text(&plain.stdout));
}
