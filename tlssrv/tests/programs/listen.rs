//! Many connections at once, and none of them another one's trouble.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{PATIENCE, Server, finish, run, text, tlsclient, tlssrv};

/// A client that stays connected.
fn client(server: &Server) -> Child {
    tlsclient(&["--insecure", &server.address])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Sends a line and waits for its echo.
fn echo(client: &mut Child, line: &str) {
    writeln!(client.stdin.as_mut().unwrap(), "{line}").unwrap();
    let mut back = String::new();
    BufReader::new(client.stdout.as_mut().unwrap()).read_line(&mut back).unwrap();
    assert_eq!(back, format!("{line}\n"));
}

#[test]
fn three_hundred_connections_are_open_at_once() {
    let mut server = Server::start(&["--self-signed", "localhost", "cat"]);
    let mut clients: Vec<Child> = (0..300).map(|_| client(&server)).collect();
    for (i, client) in clients.iter_mut().enumerate() {
        echo(client, &format!("line {i}"));
    }
    // All are still there.
    for client in &mut clients {
        echo(client, "again");
    }
    for mut client in clients {
        drop(client.stdin.take());
        let output = finish(client);
        assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
    }
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn a_stalling_client_is_dropped_and_delays_nobody() {
    let server = Server::start(&["-T", "1000", "--self-signed", "localhost", "--", "echo", "hello"]);
    let mut silent = server.connect();
    let start = Instant::now();
    let output = run(&mut tlsclient(&["--insecure", &server.address]), b"");
    assert_eq!(text(&output.stdout), "hello\n");
    let mut rest = Vec::new();
    silent.read_to_end(&mut rest).unwrap();
    assert!(start.elapsed() < PATIENCE);
    let line = server.line(|line| line.contains("tls reports failed"));
    assert!(
        line.starts_with("tlssrv: 127.0.0.1!") && line.ends_with(" tls reports failed: handshake timed out"),
        "{line}"
    );
}

#[test]
fn rubbish_ends_its_own_connection_only() {
    let server = Server::start(&["--self-signed", "localhost", "cat"]);
    let mut good = client(&server);
    echo(&mut good, "before");
    for rubbish in
        [&b"GET / HTTP/1.0\r\n\r\n"[..], &[0xff; 600], &[22, 3, 1, 0x48, 1, 0], b"", &[0x80, 0x2e, 1]]
    {
        let mut stream = server.connect();
        stream.write_all(rubbish).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        // A reset is as good an answer as an alert.
        let _ = stream.read_to_end(&mut answer);
        server.line(|line| line.contains("tls reports failed: "));
    }
    echo(&mut good, "after");
}

#[test]
fn a_peer_that_resets_before_it_is_accepted_is_called_gone() {
    let server = Server::start(&["--max-connections", "1", "--self-signed", "localhost", "cat"]);
    let mut first = client(&server);
    echo(&mut first, "first");
    // Waits in the queue, and is reset there: closing with a linger time of 0 does that (socket(7)).
    let reset = server.connect();
    rustix::net::sockopt::set_socket_linger(&reset, Some(Duration::ZERO)).unwrap();
    drop(reset);
    drop(first.stdin.take());
    assert_eq!(finish(first).status.code(), Some(0));
    let line = server.line(|line| line.ends_with(" tls reports failed: the peer has gone"));
    assert!(line.starts_with("tlssrv: 127.0.0.1!"), "{line}");
}

#[test]
fn a_connection_on_which_nothing_moves_is_ended_in_order_and_a_busy_one_is_not() {
    let server = Server::start(&["--idle", "2000", "--self-signed", "localhost", "cat"]);
    let (mut idle, mut busy) = (client(&server), client(&server));
    echo(&mut idle, "hello");
    let begun = Instant::now();
    let mut beat = 0;
    // Longer than the limit in all, never as long without a byte.
    while begun.elapsed() < Duration::from_millis(2800) {
        std::thread::sleep(Duration::from_millis(100));
        beat += 1;
        echo(&mut busy, &format!("beat {beat}"));
    }
    let line = server.line(|line| line.contains(" ended: "));
    assert!(line.starts_with("tlssrv: 127.0.0.1!"), "{line}");
    assert!(line.ends_with(" tls reports ended: nothing moved for 2000 ms"), "{line}");
    // An end, not a cut: the client says nothing and leaves with 0.
    let mut rest = String::new();
    idle.stdout.as_mut().unwrap().read_to_string(&mut rest).unwrap();
    drop(idle.stdin.take());
    let output = finish(idle);
    assert_eq!((rest.as_str(), output.status.code(), text(&output.stderr).as_str()), ("", Some(0), ""));
    echo(&mut busy, "still here");
}

#[test]
fn the_signal_hangs_up_with_close_notify() {
    let mut server = Server::start(&["--self-signed", "localhost", "cat"]);
    let mut client = client(&server);
    echo(&mut client, "hello");
    server.signal();
    // Read to the end: our side closes only then.
    let mut rest = String::new();
    client.stdout.as_mut().unwrap().read_to_string(&mut rest).unwrap();
    drop(client.stdin.take());
    let output = finish(client);
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn too_few_descriptors_delay_and_end_nothing() {
    // Each thread that serves has four of its own.
    let limit = 24 + 4 * std::thread::available_parallelism().unwrap().get();
    let script = format!("ulimit -n {limit}; exec \"$@\"");
    let program =
        tlssrv(&["--listen", "tcp!127.0.0.1!0", "--self-signed", "localhost", "--", "echo", "hello"]);
    let mut limited = Command::new("sh");
    limited
        .args(["-c", &script, "sh"])
        .arg(program.get_program())
        .args(program.get_args())
        .env_remove("TLSDEV");
    let server = Server::start_as(&mut limited);
    let crowd: Vec<_> = (0..40).map(|_| server.connect()).collect();
    server.line(|line| line.starts_with("tlssrv: accept: ") && line.ends_with("; trying again"));
    drop(crowd);
    let output = run(&mut tlsclient(&["--insecure", &server.address]), b"");
    assert_eq!(text(&output.stdout), "hello\n", "{}", text(&output.stderr));
}

#[test]
fn no_more_than_the_maximum_at_once() {
    let server = Server::start(&["--max-connections", "1", "--self-signed", "localhost", "cat"]);
    let mut first = client(&server);
    echo(&mut first, "first");
    let mut second = client(&server);
    writeln!(second.stdin.as_mut().unwrap(), "second").unwrap();
    echo(&mut first, "still first");
    drop(first.stdin.take());
    assert_eq!(finish(first).status.code(), Some(0));
    drop(second.stdin.take());
    assert_eq!(text(&finish(second).stdout), "second\n");
}

#[test]
fn a_unix_socket_is_listened_at_and_removed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s");
    let address = format!("unix!{}", path.display());
    // Left behind by a process that died.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let script = "echo ${TCPREMOTEIP-unset} $SSL_PROTOCOL";
    let mut command = tlssrv(&["--listen", &address, "--self-signed", "localhost", "--", "sh", "-c", script]);
    let mut server = Server::start_as(command.env("TCPREMOTEIP", "stale"));
    assert_eq!(server.address, address);
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "whatever the umask is");
    let output = run(&mut tlsclient(&["--insecure", &address]), b"");
    assert_eq!(text(&output.stdout), "unset TLSv1.3\n", "{}", text(&output.stderr));
    let second = run(&mut tlssrv(&["--listen", &address, "--self-signed", "localhost", "cat"]), b"");
    assert_eq!(second.status.code(), Some(111));
    assert_eq!(server.terminate(), Some(0));
    assert!(!path.exists());
}

#[test]
fn megabytes_go_both_ways_and_memory_stays() {
    let server = Server::start(&["--self-signed", "localhost", "cat"]);
    let small = run(&mut tlsclient(&["--insecure", &server.address]), &[b'x'; 1000]);
    assert_eq!(small.stdout.len(), 1000);
    let before = server.resident();
    let blob: Vec<u8> =
        (0..16_000_000_u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let output = run(&mut tlsclient(&["--insecure", &server.address]), &blob);
    assert!(output.stdout == blob, "{} bytes came back", output.stdout.len());
    let grown = server.resident().saturating_sub(before);
    assert!(grown < 16 * 1024, "{grown} KiB more");
}
