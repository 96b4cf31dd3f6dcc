//! What keeps the programs from starting: one line, a named code.

use std::net::TcpListener;
use std::os::unix::net::UnixListener;

use crate::support::{assert_fails, run, text, tlsclient, tlssrv};

const LISTEN: [&str; 2] = ["--listen", "tcp!127.0.0.1!0"];

#[test]
fn wrong_flags_get_the_usage_and_100() {
    let first =
        |output: &std::process::Output| text(&output.stderr).lines().map(str::to_owned).collect::<Vec<_>>();
    for args in [&["-a", "-c", "c", "cat"][..], &["-A", "--psk", "f", "cat"], &["-k", "x", "cat"], &[]] {
        let output = run(&mut tlssrv(args), b"");
        let lines = first(&output);
        assert!(
            lines[0].starts_with("tlssrv: ") && lines[1].starts_with("usage: tlssrv [-D] [-a] [-A]"),
            "{lines:?}"
        );
        assert_eq!((lines.len(), output.status.code()), (2, Some(100)));
    }
    for args in [&["-k", "x", "h:1"][..], &["-x", "x", "h:1"], &["-o", "h:1"], &[]] {
        let output = run(&mut tlsclient(args), b"");
        let lines = first(&output);
        assert!(
            lines[0].starts_with("tlsclient: ") && lines[1].starts_with("usage: tlsclient [-D]"),
            "{lines:?}"
        );
        assert_eq!((lines.len(), output.status.code()), (2, Some(100)));
    }
}

#[test]
fn help_and_version_are_answers_on_standard_output() {
    for mut program in [tlssrv(&["--help"]), tlsclient(&["--help"])] {
        let output = run(&mut program, b"");
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output.stdout).starts_with("usage: tls") && output.stderr.is_empty());
    }
    let version = |program| text(&run(&mut { program }, b"").stdout);
    assert_eq!(version(tlssrv(&["--version"])), concat!("tlssrv ", env!("CARGO_PKG_VERSION"), "\n"));
    assert_eq!(version(tlsclient(&["--version"])), concat!("tlsclient ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn without_a_certificate_there_is_nothing_to_show() {
    let output = run(&mut tlssrv(&[&LISTEN[..], &["cat"]].concat()), b"");
    assert_fails(&output, 96, "tlssrv: no certificate or shared secret");
}

#[test]
fn a_missing_command_is_found_out_before_anybody_connects() {
    let output =
        run(&mut tlssrv(&[&LISTEN[..], &["--self-signed", "localhost", "/no/such/cmd"]].concat()), b"");
    assert_fails(&output, 111, "tlssrv: can't exec /no/such/cmd: no such file or directory");
    let output =
        run(&mut tlssrv(&[&LISTEN[..], &["--self-signed", "localhost", "/etc/passwd"]].concat()), b"");
    assert_fails(&output, 111, "tlssrv: can't exec /etc/passwd: permission denied");
}

#[test]
fn a_port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp!127.0.0.1!{}", taken.local_addr().unwrap().port());
    let output = run(&mut tlssrv(&["--listen", &address, "--self-signed", "localhost", "cat"]), b"");
    assert_fails(&output, 111, &format!("tlssrv: can't listen on {address}: address already in use"));
}

#[test]
fn a_unix_socket_in_use_and_a_file_in_its_place_are_named_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (live, file) = (dir.path().join("live"), dir.path().join("file"));
    let _listener = UnixListener::bind(&live).unwrap();
    std::fs::write(&file, "precious").unwrap();
    for (path, why) in
        [(&live, "a server is listening there already"), (&file, "a file that is not a socket is in the way")]
    {
        let address = format!("unix!{}", path.display());
        let output = run(&mut tlssrv(&["--listen", &address, "--self-signed", "localhost", "cat"]), b"");
        assert_fails(&output, 111, &format!("tlssrv: can't listen on {address}: {why}"));
        assert!(path.exists());
    }
}

#[test]
fn an_address_that_is_none_is_refused() {
    let output = run(&mut tlssrv(&["--listen", "nonsense", "--self-signed", "localhost", "cat"]), b"");
    assert_eq!(output.status.code(), Some(96));
    assert!(
        text(&output.stderr).starts_with("tlssrv: --listen: 'nonsense' is not"),
        "{}",
        text(&output.stderr)
    );
    let output = run(&mut tlsclient(&["nonsense"]), b"");
    assert_eq!(output.status.code(), Some(96));
    assert!(text(&output.stderr).starts_with("tlsclient: 'nonsense' is not"), "{}", text(&output.stderr));
}

#[test]
fn a_descriptor_0_that_is_no_connection_is_explained() {
    let output = run(&mut tlssrv(&["--self-signed", "localhost", "cat"]), b"");
    let line =
        "tlssrv: descriptor 0 is not a connection: start me from inetd or tcpserver, or give --listen addr";
    assert_fails(&output, 96, line);
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("tcp!127.0.0.1!{free}");
    let output = run(&mut tlsclient(&["--insecure", &address]), b"");
    assert_fails(&output, 111, &format!("tlsclient: dial {address}: connection refused"));
}

#[test]
fn a_missing_device_is_named_with_what_to_do() {
    let missing = "unix!/no/such/device";
    let line = |output: &std::process::Output| text(&output.stderr);
    let output = run(
        &mut tlssrv(&[&LISTEN[..], &["--self-signed", "localhost", "--device", missing, "cat"]].concat()),
        b"",
    );
    assert_eq!(output.status.code(), Some(111));
    assert!(line(&output).starts_with("tlssrv: no device at unix!/no/such/device: "), "{}", line(&output));
    assert!(line(&output).ends_with(" (start one: devtls -a 'unix!/no/such/device')\n"), "{}", line(&output));
    assert_eq!(line(&output).lines().count(), 1);
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let remote = format!("tcp!127.0.0.1!{free}");
    let output = run(&mut tlsclient(&["--insecure", "--device", &remote, &remote]), b"");
    assert_eq!(output.status.code(), Some(111));
    let output = run(
        tlssrv(&[&LISTEN[..], &["--self-signed", "localhost", "cat"]].concat()).env("TLSDEV", missing),
        b"",
    );
    assert_eq!(output.status.code(), Some(111));
}
