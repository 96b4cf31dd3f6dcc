//! Our programs on a mount: the command behind `tlssrv` has the connection's own file, and nobody is between.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::users::Ordinary;
use super::{stderr, stdout};
use crate::support::missing::{find, present};
use crate::support::mount::Mounted;
use crate::support::process::Process;
use crate::support::programs;
use crate::support::server::Server;

/// A command that tells a browser who it is.
const COMMAND: &str = r#"printf 'HTTP/1.0 200 OK\r\n\r\n'; echo "$PPID"; readlink /proc/$$/fd/0 /proc/$$/fd/1
    head -n 1 "$TLSDIR/status"; echo "$SSL_PROTOCOL""#;

/// Serves one browser by a `tlssrv` that the command `tlssrv` starts, with the device mounted on `point`.
fn serves_curl(mut tlssrv: Command, point: &Path) {
    if !present("the browser", find("curl", "curl", "--version")) {
        return;
    }
    tlssrv.arg("--device").arg(point).args(["--listen", "tcp!127.0.0.1!0", "--self-signed", "localhost"]);
    let mut server = Server::running(Process::start(tlssrv.args(["--", "sh", "-c", COMMAND])));
    let url = format!("https://localhost:{}/", server.port());
    let output = Command::new("curl").args(["-sSk", "--max-time", "20", &url]).output().expect("curl runs");
    let data = fs::canonicalize(point).expect("a path").join("tls/0/data").display().to_string();
    let listener = server.process().id();
    let expected = format!("{listener}\n{data}\n{data}\nState: Established\nTLSv1.3\n");
    assert_eq!(stdout(&output), expected, "{}", stderr(&output));
}

#[test]
fn the_command_is_the_listeners_own_child_and_has_the_connection_itself() {
    let Some(mounted) = Mounted::new(&[]) else { return };
    serves_curl(Command::new(programs::path("tlssrv")), &mounted.point);
    mounted.wait_until_nobody_is_there();
}

#[test]
fn so_it_is_for_an_ordinary_user_who_mounted() {
    let Some(user) = Ordinary::new() else { return };
    let mounted = user.mount();
    serves_curl(user.command("tlssrv"), &mounted.point);
}
