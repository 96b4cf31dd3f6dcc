//! A `devtls` of its own for one connection, to look at while it lasts.

use std::path::PathBuf;
use std::process::Command;

use ninep::OpenMode;
use ninep::client::Client;
use ninep::io::Address;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::process::Process;
use super::programs;

/// A running `devtls`, whose only conversation is number 0.
pub(crate) struct Device {
    _process: Process,
    socket: PathBuf,
    runtime: Runtime,
    _dir: TempDir,
}

impl Device {
    /// Starts one, with `flags`.
    pub(crate) fn start(flags: &[&str]) -> Device {
        let dir = tempfile::tempdir().expect("a directory");
        let socket = dir.path().join("tls");
        let mut devtls = Command::new(programs::path("devtls"));
        let process = Process::start(devtls.args(flags).arg("-a").arg(format!("unix!{}", socket.display())));
        process
            .wait_for("the line that says where it serves", |seen| {
                seen.stderr_text().contains("serving unix!").then_some(())
            })
            .expect("devtls serves");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Device { _process: process, socket, runtime, _dir: dir }
    }

    /// Its address, as a dial string.
    pub(crate) fn address(&self) -> String {
        format!("unix!{}", self.socket.display())
    }

    /// Writes a command to the conversation's `ctl`.
    pub(crate) fn ctl(&self, line: &str) {
        self.runtime.block_on(async {
            let client = Client::dial(&Address::Unix(self.socket.clone())).await.expect("the device answers");
            let tree = client.attach("", "").await.expect("the device lets us in");
            let ctl = tree.open("tls/0/ctl", OpenMode::RDWR).await.expect("ctl opens");
            ctl.write(0, line.as_bytes()).await.expect(line);
        });
    }

    /// How often the keys of what comes in and of what goes out have moved on.
    pub(crate) fn updates(&self) -> (u64, u64) {
        self.try_updates().expect("a conversation")
    }

    /// The same, if there is a conversation of TLS 1.3.
    pub(crate) fn try_updates(&self) -> Option<(u64, u64)> {
        let status = self.runtime.block_on(async {
            let client = Client::dial(&Address::Unix(self.socket.clone())).await.ok()?;
            let tree = client.attach("", "").await.ok()?;
            let status = tree.open("tls/0/status", OpenMode::READ).await.ok()?;
            String::from_utf8(status.read(0, 8192).await.ok()?.to_vec()).ok()
        })?;
        let number = |head| status.lines().find_map(|line| line.strip_prefix(head))?.parse().ok();
        Some((number("UpdatesIn: ")?, number("UpdatesOut: ")?))
    }
}
