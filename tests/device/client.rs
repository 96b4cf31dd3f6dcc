//! `devtls` as a client of a `devtls`: what people do by hand where nothing can be mounted.

use std::process::{Command, Output};

use crate::support::process::{Printed, Process};
use crate::support::programs;

/// A `devtls` that listens at a unix socket and at a TCP port; gives both addresses.
fn serve(dir: &std::path::Path) -> (Process, [String; 2]) {
    let socket = format!("unix!{}", dir.join("tls").display());
    let mut devtls = Command::new(programs::path("devtls"));
    let process = Process::start(devtls.args(["-a", &socket, "-a", "tcp!127.0.0.1!0"]));
    let tcp = process.wait_for("where it serves", |seen| {
        let text = seen.stderr_text();
        let (_, after) = text.split_once("serving tcp!")?;
        Some(format!("tcp!{}", after.split_once('\n')?.0))
    });
    (process, [socket, tcp.expect("it serves")])
}

fn client(words: &[&str]) -> Output {
    Command::new(programs::path("devtls")).args(words).output().expect("devtls runs")
}

/// What it printed, having succeeded.
fn said(words: &[&str]) -> String {
    let output = client(words);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaint.is_empty(), "{words:?}: {complaint}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn a_connection_is_kept_and_looked_at() {
    let dir = tempfile::tempdir().expect("a directory");
    let (_device, addresses) = serve(dir.path());
    for at in &addresses {
        assert_eq!(said(&["ls", at]), "tls\n");
        assert_eq!(said(&["cat", at, "tls/hashalgs"]), "clear md5 sha1 sha256 sha384");
        let mut keeper =
            Process::start(Command::new(programs::path("devtls")).args(["rdwr", at, "tls/clone"]));
        let says = |text: &'static str| move |seen: &Printed| (seen.stdout_text() == text).then_some(());
        keeper.wait_for("the number", says("0\n")).expect("it comes");
        keeper.send(b"wire 0x303\n");
        keeper.wait_for("the answer", says("0\n0\n")).expect("it comes");
        assert_eq!(said(&["ls", at, "tls/0"]), "ctl\ndata\nhand\nstatus\nstats\nwire\n");
        let long = said(&["ls", "-l", at, "/tls/0/status"]);
        assert!(long.starts_with("440 ") && long.ends_with(" status\n"), "{long}");
        assert_eq!(said(&["write", at, "tls/0/ctl", "note", "sni", "by.hand"]), "");
        let status = said(&["cat", at, "tls/0/status"]);
        assert_eq!(status, "State: Handshaking\nVersion: 0x303\nChan: wire\nSni: by.hand\n");
        keeper.end_input();
        assert!(keeper.wait_exit().expect("it ends").success());
        let gone = client(&["cat", at, "tls/0/status"]);
        let text = String::from_utf8_lossy(&gone.stderr).into_owned();
        assert_eq!(text, "devtls: tls/0/status: must open connection using clone\n");
        assert_eq!(gone.status.code(), Some(111));
    }
}

#[test]
fn standard_input_is_written_as_it_comes() {
    let dir = tempfile::tempdir().expect("a directory");
    let (_device, [at, _]) = serve(dir.path());
    let mut keeper = Process::start(Command::new(programs::path("devtls")).args(["rdwr", &at, "tls/clone"]));
    keeper.send(b"wire 0x303\n");
    keeper.wait_for("two answers", |seen| (seen.stdout == b"0\n0\n").then_some(())).expect("they come");
    let mut writer =
        Process::start(Command::new(programs::path("devtls")).args(["write", &at, "tls/0/wire"]));
    let mut reader = Process::start(Command::new(programs::path("devtls")).args(["cat", &at, "tls/0/hand"]));
    writer.send(&[22, 3, 3, 0, 6]);
    writer.send(b"hello\n");
    reader.wait_for("the message", |seen| (seen.stdout == b"hello\n").then_some(())).expect("it comes");
    writer.end_input();
    assert!(writer.wait_exit().expect("it ends").success());
    // The end of what comes is no close_notify.
    let ended = reader.wait_exit().expect("it ends");
    let cut = |seen: &Printed| seen.stderr_text().contains("hand: i/o on hungup channel\n").then_some(());
    reader.wait_for("the reason", cut).expect("it is told");
    assert_eq!(ended.code(), Some(111));
}

#[test]
fn what_cannot_be_done_is_told_in_one_line() {
    for (words, code, begin) in [
        (&["cat", "nowhere", "x"][..], 96, "devtls: 'nowhere' is not "),
        (&["cat", "unix!/no/such/socket", "x"], 111, "devtls: unix!/no/such/socket: "),
    ] {
        let output = client(words);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(text.starts_with(begin) && text.lines().count() == 1, "{words:?}: {text}");
        assert_eq!(output.status.code(), Some(code));
    }
    let wrong = client(&["cat"]);
    assert_eq!(wrong.status.code(), Some(100));
}
