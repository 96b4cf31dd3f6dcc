//! Several users on one mount, and a mount by one who is not root.

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use super::{Conversation, stderr, stdout};
use crate::support::missing::{Missing, find, present};
use crate::support::mount::{Mounted, available, mounted_by, new_point};
use crate::support::programs;

/// A user whom every Debian has, and who owns nothing.
const NOBODY: u32 = 65_534;

/// A command run as nobody.
fn nobody(program: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "--", program]);
    command.env("LC_ALL", "C");
    command
}

/// Runs a script as nobody, with a socket as its standard input.
fn script(mounted: &Mounted, script: &str) -> Output {
    let (end, _peer) = UnixStream::pair().expect("a pair");
    let mut command = nobody("timeout");
    command.args(["20", "sh", "-c", script]).env("TLS", mounted.path(""));
    command.stdin(Stdio::from(OwnedFd::from(end))).output().expect("it runs")
}

const CONNECT: &str = r#"exec 3<>"$TLS/clone" && read -r n <&3; stat -c %u "$TLS/$n/ctl"
    echo fd 0 0x303 >&3 && head -n 1 "$TLS/$n/status""#;

#[test]
fn each_user_is_one_and_has_connections_that_others_cannot_enter() {
    let Some(mounted) = Mounted::new(&["--allow-other"]) else { return };
    let conv = Conversation::begin(&mounted);
    let output = script(&mounted, CONNECT);
    assert_eq!(stdout(&output), "65534\nState: Handshaking\n", "{}", stderr(&output));
    for file in ["ctl", "hand", "data", "status"] {
        let output = script(&mounted, &format!("cat {}/{file}", conv.dir.display()));
        assert!(stderr(&output).contains("Permission denied"), "{file}: {}", stderr(&output));
    }
}

#[test]
fn a_number_that_is_used_again_shows_its_new_owner() {
    let Some(mounted) = Mounted::new(&["--allow-other"]) else { return };
    for _ in 0..3 {
        let conv = Conversation::begin(&mounted);
        assert_eq!(conv.dir, mounted.path("0"));
        assert_eq!(fs::metadata(conv.dir.join("data")).expect("there").uid(), 0);
        drop(conv);
        mounted.wait_until_nobody_is_there();
        let output = script(&mounted, CONNECT);
        assert_eq!(stdout(&output), "65534\nState: Handshaking\n", "{}", stderr(&output));
        mounted.wait_until_nobody_is_there();
    }
}

#[test]
fn other_users_stay_out_unless_it_was_asked_for() {
    let Some(mounted) = Mounted::new(&[]) else { return };
    let output = script(&mounted, "ls \"$TLS\"");
    assert!(stderr(&output).contains("Permission denied"), "{}", stderr(&output));
}

#[test]
fn a_descriptor_is_not_taken_from_another_user_than_the_opener() {
    let Some(mounted) = Mounted::new(&["--allow-other"]) else { return };
    // As a program with more rights would, whose output is somebody's ctl.
    let mut command = mounted.script(
        "sh",
        r#"exec 3<>"$TLS/clone"; setpriv --reuid 65534 --clear-groups sh -c 'echo fd 0 0x303 >&3'
        setpriv --reuid 65534 --clear-groups sh -c 'echo note sni x >&3' && grep Sni "$TLS/0/status""#,
    );
    let (end, _peer) = UnixStream::pair().expect("a pair");
    let output = command.stdin(Stdio::from(OwnedFd::from(end))).output().expect("it runs");
    assert_eq!(stdout(&output), "Sni: x\n", "{}", stderr(&output));
    assert!(stderr(&output).contains("error"), "the descriptor was taken: {}", stderr(&output));
}

/// A user who is not root, with our programs where they may be run, and a directory to mount on.
pub(super) struct Ordinary {
    point: PathBuf,
    dir: TempDir,
}

impl Ordinary {
    /// Prepares the directory; `None`, with a loud line, where this machine cannot.
    pub(super) fn new() -> Option<Ordinary> {
        let fusermount = || find("fusermount3", "fuse3", "--version");
        let available = available().and_then(|()| fusermount()).and_then(|()| open_to_all());
        if !present("the mount of an ordinary user", available) {
            return None;
        }
        let (point, dir) = new_point();
        chown(&point, Some(NOBODY), Some(NOBODY)).expect("given");
        Some(Ordinary { point, dir })
    }

    /// One of our programs, run by this user. Where it was built nobody may look.
    pub(super) fn command(&self, name: &str) -> Command {
        let program = self.dir.path().join(name);
        if !program.exists() {
            fs::copy(programs::path(name), &program).expect("copied");
        }
        nobody(&program.display().to_string())
    }

    /// The device, to be mounted by this user.
    fn devtls(&self) -> Command {
        let mut command = self.command("devtls");
        command.arg("-m").arg(&self.point);
        command
    }

    /// Mounts the device.
    pub(super) fn mount(&self) -> Mounted {
        let dir = tempfile::tempdir().expect("a directory");
        Mounted { device: mounted_by(&mut self.devtls()), point: self.point.clone(), _dir: dir }
    }
}

#[test]
fn an_ordinary_user_mounts_through_fusermount3() {
    let Some(user) = Ordinary::new() else { return };
    let others = user.devtls().arg("--allow-other").output().expect("it runs");
    let said = stderr(&others);
    assert!(said.contains("user_allow_other") && said.lines().count() == 1, "{said}");

    let mut mounted = user.mount();
    let output = script(&mounted, CONNECT);
    assert_eq!(stdout(&output), "65534\nState: Handshaking\n", "{}", stderr(&output));

    mounted.device.kill();
    mounted.device = mounted_by(&mut user.devtls());
    assert!(script(&mounted, "cat \"$TLS/hashalgs\"").status.success());
    mounted.device.terminate();
    assert!(mounted.device.wait_exit().expect("it ends when told").success());
    assert_eq!(fs::metadata(&user.point).expect("a directory again").uid(), NOBODY);
    assert_eq!(fs::read_dir(&user.point).expect("a directory again").count(), 0);
}

/// Whether users other than root may mount by FUSE at all.
fn open_to_all() -> Result<(), Missing> {
    let mode = fs::metadata("/dev/fuse").map_or(0, |meta| meta.mode());
    if mode & 0o006 == 0o006 {
        Ok(())
    } else {
        Err(Missing::new("/dev/fuse for everybody", "chmod a+rw /dev/fuse"))
    }
}
