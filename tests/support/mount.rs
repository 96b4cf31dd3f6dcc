//! A `devtls` mounted on a directory, for tests of what is found there and of programs that use it.

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use super::missing::{Missing, present};
use super::process::Process;
use super::programs;

/// A `devtls` mounted on a directory of its own.
pub(crate) struct Mounted {
    /// The program.
    pub(crate) device: Process,
    /// The directory.
    pub(crate) point: PathBuf,
    /// Where the directory is.
    pub(crate) _dir: TempDir,
}

impl Mounted {
    /// Mounts; `None`, with a loud line, where this machine cannot.
    pub(crate) fn new(flags: &[&str]) -> Option<Mounted> {
        let (point, dir) = new_point();
        present("the mount", available()).then(|| Mounted { device: devtls(&point, flags), point, _dir: dir })
    }

    /// A path below the directory `tls`.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.point.join("tls").join(name)
    }

    /// Runs a script with `$TLS` as the directory `tls`; gives what it printed.
    pub(crate) fn run(&self, shell: &str, script: &str) -> Output {
        self.script(shell, script).output().expect("the shell runs")
    }

    /// A script with `$TLS` as the directory `tls`, to be run.
    pub(crate) fn script(&self, shell: &str, script: &str) -> Command {
        let mut command = Command::new("timeout");
        command.args(["20", shell, "-c", script]).env("TLS", self.path("")).env("LC_ALL", "C");
        command
    }

    /// Waits until process `id` has asked for something that the device's trace calls `what`.
    pub(crate) fn wait_for_request(&self, id: u32, what: &str) {
        let thread = format!(" thread {id}: ");
        let asked = |line: &str| line.contains(&thread) && line.contains(what);
        self.device
            .wait_for("the request", |seen| seen.stderr_text().lines().any(asked).then_some(()))
            .expect("it comes");
    }

    /// Waits until no conversation is in use: none has permissions left.
    pub(crate) fn wait_until_nobody_is_there(&self) {
        let is_dead = |name: &str| {
            name.parse::<u32>().is_err()
                || fs::metadata(self.path(name).join("ctl")).is_ok_and(|meta| meta.permissions().readonly())
        };
        for _ in 0..1000 {
            let names = fs::read_dir(self.path("")).expect("listed");
            if names
                .map(|entry| entry.expect("an entry").file_name())
                .all(|name| is_dead(&name.to_string_lossy()))
            {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("a conversation is left");
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.device.kill();
        // Where the test failed, or has the mount dead already: nothing to say about that.
        let _ = Command::new("umount").args(["-l", "-q"]).arg(&self.point).stderr(Stdio::null()).status();
    }
}

/// Makes a directory to mount on, in one that everybody may enter.
pub(crate) fn new_point() -> (PathBuf, TempDir) {
    let dir = tempfile::tempdir().expect("a directory");
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).expect("set");
    let point = dir.path().join("mount");
    fs::create_dir(&point).expect("made");
    (point, dir)
}

/// Starts `devtls -m dir` and waits until it is mounted.
pub(crate) fn devtls(dir: &Path, flags: &[&str]) -> Process {
    mounted_by(Command::new(programs::path("devtls")).arg("-m").arg(dir).args(flags))
}

/// Starts a `devtls` that mounts, and waits until it has.
pub(crate) fn mounted_by(command: &mut Command) -> Process {
    let process = Process::start(command);
    let mounted = |text: &str| text.contains("devtls: mounted on").then_some(());
    process
        .wait_for("the line that says it is mounted", |seen| mounted(&seen.stderr_text()))
        .expect("mounted");
    process
}

/// Whether a mount can be made here.
pub(crate) fn available() -> Result<(), Missing> {
    let is_device = fs::metadata("/dev/fuse").is_ok_and(|meta| meta.file_type().is_char_device());
    if !is_device {
        return Err(Missing::new("/dev/fuse", "load the kernel's module fuse"));
    }
    if !rustix::process::geteuid().is_root() {
        return Err(Missing::new("rights of root", "these tests mount and change users"));
    }
    Ok(())
}
