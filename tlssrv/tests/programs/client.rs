//! `tlsclient`: whom it trusts, what it tells a command, what it agrees on.

use std::net::TcpListener;
use std::process::Stdio;

use crate::support::{Certificates, Server, finish, run, text, tlsclient};

#[test]
fn the_chain_and_the_name_are_verified_unless_told_otherwise() {
    let certs = Certificates::new();
    let localhost = certs.add("localhost", &["localhost", "127.0.0.1"]);
    let stranger = certs.add("stranger", &["localhost"]);
    let server = Server::start(&["-c", &localhost, "--", "echo", "hello"]);
    let by_name = server.localhost();
    let try_it = |args: &[&str]| {
        let output = run(&mut tlsclient(args), b"");
        (output.status.code(), text(&output.stdout), text(&output.stderr).lines().count())
    };
    let good = (Some(0), "hello\n".to_owned(), 0);
    let bad = (Some(98), String::new(), 1);
    assert_eq!(try_it(&["--ca", &localhost, &by_name]), good);
    assert_eq!(try_it(&["--ca", &localhost, &format!("localhost:{}", server.port())]), good);
    assert_eq!(try_it(&["--ca", &localhost, &server.address]), good);
    assert_eq!(try_it(&["--insecure", &by_name]), good);
    assert_eq!(try_it(&["--ca", &localhost, "-n", "other.example", &by_name]), bad);
    assert_eq!(try_it(&["--ca", &stranger, &by_name]), bad);
    let missing = certs.path("none.pem");
    let output = run(&mut tlsclient(&["--ca", missing.to_str().unwrap(), &by_name]), b"");
    assert_eq!(output.status.code(), Some(96));
}

#[test]
fn a_command_has_the_connection_and_its_facts() {
    let certs = Certificates::new();
    let cert = certs.add("a", &["localhost"]);
    let server =
        Server::start(&["-c", &cert, "--alpn", "two,one", "--", "sh", "-c", "read x; echo $x $SSL_ALPN"]);
    let script = "echo ping; read answer; echo \"$answer $SSL_PROTOCOL $SSL_ALPN ${SSL_PEER_CERT_HASH%%:*} $PROTO\" >&2; exit 5";
    let client = tlsclient(&["--ca", &cert, "--alpn", "one,two", &server.localhost(), "sh", "-c", script])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let output = finish(client);
    assert_eq!(text(&output.stderr), "ping two TLSv1.3 two SHA256 SSL\n");
    assert_eq!(output.status.code(), Some(5));
    assert!(output.stdout.is_empty());
}

#[test]
fn nothing_in_common_by_alpn_is_a_failure_on_both_sides() {
    let server = Server::start(&["--self-signed", "localhost", "--alpn", "h2", "cat"]);
    let output = run(&mut tlsclient(&["--insecure", "--alpn", "imap", &server.address]), b"");
    assert_eq!(output.status.code(), Some(98));
    server.line(|line| line.contains("tls reports failed: "));
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp!127.0.0.1!{}", silent.local_addr().unwrap().port());
    let output = run(&mut tlsclient(&["-T", "200", "--insecure", &address]), b"");
    assert_eq!(output.status.code(), Some(98));
    assert_eq!(
        text(&output.stderr),
        format!("tlsclient: {address} tls reports failed: handshake timed out\n")
    );
}

#[test]
fn debug_tells_the_steps_on_standard_error_only() {
    let server = Server::start(&["-D", "--self-signed", "localhost", "--", "echo", "hello"]);
    let output = run(&mut tlsclient(&["-D", "--insecure", &server.address]), b"");
    assert_eq!(text(&output.stdout), "hello\n");
    let lines = text(&output.stderr);
    assert!(
        lines.lines().all(|line| line.starts_with("tlsclient: ")) && lines.lines().count() > 3,
        "{lines}"
    );
    server.line(|line| line.starts_with("tlssrv: 127.0.0.1!") && line.ends_with(" tls reports open"));
}
