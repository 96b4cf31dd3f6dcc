//! The device mounted on a directory by FUSE: what programs with nothing but files find there.

mod behind;
mod descriptors;
mod life;
mod streams;
mod tree;
mod users;

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::support::missing::{Missing, present};
use crate::support::process::Process;
use crate::support::programs;

/// A `devtls` mounted on a directory of its own.
struct Mounted {
    device: Process,
    point: PathBuf,
    /// Where the directory is.
    _dir: TempDir,
}

impl Mounted {
    /// Mounts; `None`, with a loud line, where this machine cannot.
    fn new(flags: &[&str]) -> Option<Mounted> {
        let (point, dir) = new_point();
        present("the mount", available()).then(|| Mounted { device: devtls(&point, flags), point, _dir: dir })
    }

    /// A path below the directory `tls`.
    fn path(&self, name: &str) -> PathBuf {
        self.point.join("tls").join(name)
    }

    /// Runs a script with `$TLS` as the directory `tls`; gives what it printed.
    fn run(&self, shell: &str, script: &str) -> Output {
        self.script(shell, script).output().expect("the shell runs")
    }

    /// A script with `$TLS` as the directory `tls`, to be run.
    fn script(&self, shell: &str, script: &str) -> Command {
        let mut command = Command::new("timeout");
        command.args(["20", shell, "-c", script]).env("TLS", self.path("")).env("LC_ALL", "C");
        command
    }

    /// Waits until process `id` has asked for something that the device's trace calls `what`.
    fn wait_for_request(&self, id: u32, what: &str) {
        let thread = format!(" thread {id}: ");
        let asked = |line: &str| line.contains(&thread) && line.contains(what);
        self.device
            .wait_for("the request", |seen| seen.stderr_text().lines().any(asked).then_some(()))
            .expect("it comes");
    }

    /// Waits until no conversation is in use: none has permissions left.
    fn wait_until_nobody_is_there(&self) {
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

/// A conversation on a mount, and the peer at the other end of its channel.
struct Conversation {
    ctl: File,
    dir: PathBuf,
    peer: UnixStream,
}

impl Conversation {
    /// Opens `clone` and gives it one end of a pair of sockets.
    fn begin(mounted: &Mounted) -> Conversation {
        let mut ctl = open(&mounted.path("clone"));
        let mut number = String::new();
        ctl.read_to_string(&mut number).expect("ctl is read");
        let (end, peer) = UnixStream::pair().expect("a pair");
        ctl.write_all(format!("fd {} 0x303", end.as_raw_fd()).as_bytes()).expect("the descriptor is taken");
        Conversation { ctl, dir: mounted.path(&number), peer }
    }

    /// Makes application data move, in records that are not encrypted.
    fn established(mounted: &Mounted) -> Conversation {
        let mut conv = Conversation::begin(mounted);
        for line in ["version 0x303", "secret clear clear 0 x", "changecipher"] {
            conv.command(line);
        }
        let mut hand = open(&conv.dir.join("hand"));
        let mut record = [0; 6];
        conv.peer.read_exact(&mut record).expect("change_cipher_spec");
        assert_eq!(record, CHANGE_CIPHER_SPEC);
        conv.peer.write_all(&CHANGE_CIPHER_SPEC).expect("sent");
        conv.peer.write_all(&[22, 3, 3, 0, 2, 7, 8]).expect("sent");
        let mut message = [0; 9];
        assert_eq!(hand.read(&mut message).expect("hand is read"), 2);
        conv.command("opened");
        conv
    }

    /// Writes a command.
    fn command(&mut self, line: &str) {
        self.ctl.write_all(line.as_bytes()).unwrap_or_else(|error| panic!("{line}: {error}"));
    }

    /// Opens `data`.
    fn data(&self) -> File {
        open(&self.dir.join("data"))
    }

    /// Sends application data as the peer, in one record.
    fn peer_sends(&mut self, text: &[u8]) {
        let len = u16::try_from(text.len()).expect("one record").to_be_bytes();
        self.peer.write_all(&[&[23, 3, 3], &len[..], text].concat()).expect("sent");
    }

    /// Receives one record of application data as the peer.
    fn peer_receives(&mut self) -> Vec<u8> {
        record(&mut self.peer).expect("a record")
    }
}

/// Reads one record of application data; `None` at the end, or where a goodbye comes instead.
fn record(peer: &mut UnixStream) -> Option<Vec<u8>> {
    let mut header = [0; 5];
    peer.read_exact(&mut header).ok()?;
    let mut body = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
    peer.read_exact(&mut body).expect("the whole record");
    (header[..3] == [23, 3, 3]).then_some(body)
}

fn open(path: &Path) -> File {
    let opened = OpenOptions::new().read(true).write(true).open(path);
    opened.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Makes a directory to mount on, in one that everybody may enter.
fn new_point() -> (PathBuf, TempDir) {
    let dir = tempfile::tempdir().expect("a directory");
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).expect("set");
    let point = dir.path().join("mount");
    fs::create_dir(&point).expect("made");
    (point, dir)
}

/// Starts `devtls -m dir` and waits until it is mounted.
fn devtls(dir: &Path, flags: &[&str]) -> Process {
    mounted_by(Command::new(programs::path("devtls")).arg("-m").arg(dir).args(flags))
}

/// Starts a `devtls` that mounts, and waits until it has.
fn mounted_by(command: &mut Command) -> Process {
    let process = Process::start(command);
    let mounted = |text: &str| text.contains("devtls: mounted on").then_some(());
    process
        .wait_for("the line that says it is mounted", |seen| mounted(&seen.stderr_text()))
        .expect("mounted");
    process
}

/// Whether a mount can be made here.
fn available() -> Result<(), Missing> {
    let is_device = fs::metadata("/dev/fuse").is_ok_and(|meta| meta.file_type().is_char_device());
    if !is_device {
        return Err(Missing::new("/dev/fuse", "load the kernel's module fuse"));
    }
    if !rustix::process::geteuid().is_root() {
        return Err(Missing::new("rights of root", "these tests mount and change users"));
    }
    Ok(())
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const CHANGE_CIPHER_SPEC: [u8; 6] = [20, 3, 3, 0, 1, 1];
