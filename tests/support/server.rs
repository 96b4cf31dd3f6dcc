//! A `tlssrv` that listens, for tests that are its clients.

use std::process::Command;

use super::process::Process;
use super::programs;

/// A running `tlssrv --listen`, killed when dropped.
pub(crate) struct Server {
    process: Process,
    port: u16,
}

impl Server {
    /// Starts one on a free port with `flags`, in front of `command`.
    pub(crate) fn start(flags: &[&str], command: &[&str]) -> Server {
        let mut tlssrv = Command::new(programs::path("tlssrv"));
        tlssrv.args(["--listen", "tcp!127.0.0.1!0"]).args(flags).arg("--").args(command);
        Server::running(Process::start(&mut tlssrv))
    }

    /// Waits until a `tlssrv` that was started with port 0 says where it listens.
    pub(crate) fn running(process: Process) -> Server {
        let port = process
            .wait_for("the line that says where it listens", |printed| {
                let text = printed.stderr_text();
                let (_, after) = text.split_once("listening on tcp!127.0.0.1!")?;
                let (port, _) = after.split_once('\n')?;
                port.parse().ok()
            })
            .expect("tlssrv listens");
        Server { process, port }
    }

    /// Starts one whose command sends back what it gets, with a certificate of its own for `localhost`.
    pub(crate) fn echo(flags: &[&str]) -> Server {
        Server::start(&[&["--self-signed", "localhost"], flags].concat(), &["cat"])
    }

    /// The port of the loopback address where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// An honest client is served: what it sends comes back, and the end too. For a command that echoes.
    pub(crate) fn still_serves(&self) {
        let mut tlsclient = Command::new(programs::path("tlsclient"));
        tlsclient.args(["--insecure", &format!("tcp!localhost!{}", self.port)]);
        let mut client = Process::start(&mut tlsclient);
        client.send(b"still there?");
        client.end_input();
        let status = client.wait_exit().expect("tlsclient leaves");
        let printed = client.printed();
        assert!(status.success() && printed.stdout == b"still there?", "{}", printed.text());
    }

    /// The process.
    pub(crate) fn process(&mut self) -> &mut Process {
        &mut self.process
    }
}
