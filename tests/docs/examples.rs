//! The README's commands are run as they stand there: only ports and paths are others, and cargo has built before.

use std::env;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::present;
use super::readme::{Example, examples};
use crate::support::certs::{By, Certs, Key};
use crate::support::process::{PATIENCE, Process};
use crate::support::programs;
use crate::support::server::Server;
use crate::support::{missing, mount, ports};

/// How the commands begin, each run by a test of this file.
const MAIN: &str = "cargo run --release --bin tlssrv -- --listen";
const CURL: &str = "curl";
const CERTIFICATES: &str = "tlssrv --listen 'tcp!127.0.0.1!8443' -c";
const SUPERSERVER: &str = "tcpserver";
const CLIENT: &str = "tlsclient";
const DEVICE: &str = "devtls -a";
const THROUGH_DEVICE: &str = "tlssrv --device 'unix!";
const MOUNT: &str = "devtls -m";
const THROUGH_MOUNT: &str = "tlssrv --device /";

/// This one has no test here: it is what runs the tests.
const TESTS: &str = "cargo test";

/// What travels.
const SENT: &str = "there and back\n";

/// The one command that begins with `begin`.
fn example(begin: &str) -> Example {
    let mut found: Vec<Example> = examples();
    found.retain(|example| example.text.starts_with(begin));
    assert_eq!(found.len(), 1, "{begin}: {found:?}");
    found.remove(0)
}

/// Starts a line of shell in `dir`, with the programs of this build found first.
fn start(line: &str, dir: &Path) -> Process {
    let mut path = programs::path("tlssrv").parent().unwrap().as_os_str().to_owned();
    path.push(":");
    path.push(env::var_os("PATH").unwrap_or_default());
    let mut shell = Command::new("sh");
    // The shell becomes the program, so that what is killed in the end is the program.
    shell.args(["-c", &format!("exec {line}")]).current_dir(dir);
    Process::start(shell.env("PATH", path).env_remove("TLSDEV"))
}

/// Runs a client that has a line to send; gives its exit code and what it printed.
fn converse(line: &str, dir: &Path) -> (Option<i32>, String) {
    let mut process = start(line, dir);
    process.send(SENT.as_bytes());
    process.end_input();
    let status = process.wait_exit().unwrap();
    // Both outputs have been read when they have ended.
    let _ = process.wait_for("the end of its output", |_| None::<()>);
    (status.code(), process.printed().stdout_text())
}

/// The client of the README, for a server at `port`.
fn client(port: u16) -> String {
    example(CLIENT).with(&[("8443", &port.to_string())])
}

/// The same, expecting a server of another name than its host's.
fn client_of(name: &str, port: u16) -> String {
    client(port).replace("tlsclient", &format!("tlsclient -n {name}"))
}

#[test]
fn every_example_has_its_test() {
    let begins =
        [MAIN, CURL, CERTIFICATES, SUPERSERVER, CLIENT, DEVICE, THROUGH_DEVICE, MOUNT, THROUGH_MOUNT, TESTS];
    for begin in begins {
        example(begin);
    }
    let untested: Vec<Example> = examples()
        .into_iter()
        .filter(|example| !begins.iter().any(|begin| example.text.starts_with(begin)))
        .collect();
    assert_eq!(untested, []);
}

#[test]
fn the_main_command_answers_curl() {
    if !present("curl", "curl") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let server = Server::running(start(&example(MAIN).with(&[("8443", "0")]), dir.path()));
    let curl = example(CURL);
    let mut process = start(&curl.with(&[("8443", &server.port().to_string())]), dir.path());
    assert_eq!(process.wait_exit().unwrap().code(), Some(0), "{}", process.printed().text());
    let _ = process.wait_for("the end of its output", |_| None::<()>);
    assert_eq!(process.printed().stdout_text(), curl.printed);
    assert_eq!(curl.printed, "localhost over TLSv1.3\n");
}

#[test]
fn two_certificates_are_chosen_by_name_and_unknown_names_refused() {
    let certs = Certs::new();
    certs.make("default", Key::P256, &["default.example", "127.0.0.1"], By::Root);
    certs.make("wildcard", Key::Rsa, &["*.wild.example"], By::Root);
    let mut server = Server::running(start(&example(CERTIFICATES).with(&[("8443", "0")]), certs.dir()));
    // The address is not sent as a name: this client gets the first certificate.
    for name in ["default.example", "any.wild.example", "127.0.0.1"] {
        let told = converse(&client_of(name, server.port()), certs.dir());
        assert_eq!(told, (Some(0), SENT.to_owned()), "{name}");
    }
    for name in ["wild.example", "two.labels.wild.example", "elsewhere.example"] {
        let told = converse(&client_of(name, server.port()), certs.dir());
        assert_eq!(told, (Some(98), String::new()), "{name}");
        let said = format!("no certificate for server name {name}\n");
        let reported =
            |seen: &crate::support::process::Printed| seen.stderr_text().contains(&said).then_some(());
        server.process().wait_for("a report of the name", reported).unwrap();
    }
}

#[test]
fn a_superserver_gives_the_connection_as_descriptor_0() {
    if !present("tcpserver", "ucspi-tcp") {
        return;
    }
    let certs = Certs::new();
    certs.make("cert", Key::P256, &["localhost"], By::Root);
    // tcpserver takes a port of its choice but does not tell it unasked.
    for _ in 0..3 {
        let port = ports::free();
        let server = start(&example(SUPERSERVER).with(&[("8443", &port.to_string())]), certs.dir());
        if wait_until(|| ports::is_open(port)) && !server.printed().stderr_text().contains("unable to bind") {
            let told = converse(&client(port), certs.dir());
            assert_eq!(told, (Some(0), SENT.to_owned()), "{}", server.printed().text());
            return;
        }
    }
    panic!("no port for tcpserver after three tries");
}

#[test]
fn the_client_verifies_and_relays() {
    let certs = Certs::new();
    let files = certs.localhost(Key::P256);
    let cert = files.both.to_str().unwrap();
    let server = Server::start(&["-c", cert], &["cat"]);
    let line = client(server.port());
    assert_eq!(converse(&line, certs.dir()), (Some(0), SENT.to_owned()));
    // Another authority than the server's.
    let strangers = Certs::new();
    assert_eq!(converse(&line, strangers.dir()), (Some(98), String::new()));
}

#[test]
fn a_device_in_another_process_holds_the_connection() {
    let certs = Certs::new();
    certs.make("cert", Key::P256, &["localhost"], By::Root);
    let socket = certs.dir().join("tls");
    let path = socket.to_str().unwrap();
    let mut device = start(&example(DEVICE).with(&[("/tmp/tls", path)]), certs.dir());
    assert!(wait_until(|| UnixStream::connect(&socket).is_ok()), "{}", device.printed().text());
    let line = example(THROUGH_DEVICE).with(&[("/tmp/tls", path), ("8443", "0")]);
    let server = Server::running(start(&line, certs.dir()));
    let line = client(server.port());
    assert_eq!(converse(&line, certs.dir()), (Some(0), SENT.to_owned()));
    // The records are the device's affair: without it the connection is cut.
    let mut process = start(&line, certs.dir());
    process.send(SENT.as_bytes());
    let echoed = |seen: &crate::support::process::Printed| (seen.stdout == SENT.as_bytes()).then_some(());
    process.wait_for("the echo", echoed).unwrap();
    device.kill();
    assert_eq!(process.wait_exit().unwrap().code(), Some(98), "{}", process.printed().text());
}

#[test]
fn a_command_has_the_connection_where_the_device_is_mounted() {
    if !missing::present("the mount", mount::available()) {
        return;
    }
    let certs = Certs::new();
    certs.make("cert", Key::P256, &["localhost"], By::Root);
    let (point, _dir) = mount::new_point();
    let path = point.to_str().unwrap();
    let mut device = start(&example(MOUNT).with(&[("/tmp/mnt", path)]), certs.dir());
    assert!(wait_until(|| point.join("tls/clone").exists()), "{}", device.printed().text());
    let line = example(THROUGH_MOUNT).with(&[("/tmp/mnt", path), ("8443", "0")]);
    let server = Server::running(start(&line, certs.dir()));
    assert_eq!(converse(&client(server.port()), certs.dir()), (Some(0), SENT.to_owned()));
    device.terminate();
    assert!(device.wait_exit().unwrap().success(), "{}", device.printed().text());
}

/// Asks again and again until the answer is yes, or everybody's patience has ended.
fn wait_until(mut is_so: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        if Instant::now() >= deadline {
            return false;
        }
        thread::sleep(Duration::from_millis(10));
    }
    true
}
