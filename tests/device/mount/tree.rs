//! The device mounted on a directory: what shells and curious users do with it, on a FUSE mount of our own.

use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::support::missing::{Missing, present};
use crate::support::process::Process;
use crate::support::programs;

/// A `devtls` mounted on a directory of its own.
struct Mounted {
    device: Process,
    dir: TempDir,
}

impl Mounted {
    /// Mounts; `None`, with a loud line, where this machine cannot.
    fn new(flags: &[&str]) -> Option<Mounted> {
        let dir = tempfile::tempdir().expect("a directory");
        present("the mount", available()).then(|| Mounted { device: devtls(dir.path(), flags), dir })
    }

    /// A path below the directory `tls`.
    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("tls").join(name)
    }

    /// Runs a script with `$TLS` as the directory `tls`; gives what it printed.
    fn run(&self, shell: &str, script: &str) -> Output {
        let mut command = Command::new("timeout");
        command.args(["20", shell, "-c", script]).env("TLS", self.path("")).env("LC_ALL", "C");
        command.output().expect("the shell runs")
    }
}

/// Starts `devtls -m dir` and waits until it is mounted.
fn devtls(dir: &Path, flags: &[&str]) -> Process {
    let process = Process::start(Command::new(programs::path("devtls")).arg("-m").arg(dir).args(flags));
    let mounted = |text: &str| text.contains("devtls: mounted on").then_some(());
    process
        .wait_for("the line that says it is mounted", |seen| mounted(&seen.stderr_text()))
        .expect("mounted");
    process
}

/// Whether a mount can be made here.
fn available() -> Result<(), Missing> {
    let is_device = fs::metadata("/dev/fuse").is_ok_and(|meta| meta.file_type().is_char_device());
    if is_device { Ok(()) } else { Err(Missing::new("/dev/fuse", "load the kernel's module fuse")) }
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_tree_is_there_and_looking_at_it_opens_nothing() {
    let Some(mounted) = Mounted::new(&[]) else { return };
    let listed = mounted.run("sh", r#"ls "$TLS"; stat -c '%n %a %F' "$TLS"/*; cat "$TLS/hashalgs""#);
    let text = stdout(&listed);
    assert!(text.starts_with("clone\nencalgs\nhashalgs\n"), "{text}");
    assert!(text.contains("clone 555 regular empty file\n"), "{text}");
    assert!(text.ends_with("clear md5 sha1 sha256"), "{text}");
    assert!(!mounted.path("0").exists(), "a look at clone has begun a connection");
    assert_eq!(fs::metadata(mounted.path("encalgs")).expect("there").mode(), 0o100_444);
}

#[test]
fn a_shell_has_a_connection_while_it_has_clone_open() {
    let Some(mounted) = Mounted::new(&[]) else { return };
    let script = r#"exec 3<>"$TLS/clone"; read -r n <&3; echo "$n"; cat "$TLS/$n/ctl"; echo
        head -n 1 "$TLS/$n/status"; echo note sni localhost >&3; grep Sni "$TLS/$n/status""#;
    for shell in ["dash", "bash"] {
        let output = mounted.run(shell, script);
        assert_eq!(stdout(&output), "0\n0\nState: Closed\nSni: localhost\n", "{shell}: {}", stderr(&output));
    }
    // With the shell went the connection: the number is listed, and nobody's.
    let dead = mounted.run("sh", r#"cat "$TLS/0/status""#);
    assert!(stderr(&dead).contains("No such device or address"), "{}", stderr(&dead));
}

#[test]
fn a_curious_user_changes_nothing() {
    let Some(mounted) = Mounted::new(&[]) else { return };
    for refused in
        ["rm -f $TLS/clone", "mkdir $TLS/x", "touch $TLS/new", "ln -s x $TLS/y", "chmod 600 $TLS/clone"]
    {
        let output = mounted.run("sh", refused);
        let text = stderr(&output);
        assert!(!output.status.success() && text.contains("Permission denied"), "{refused}: {text}");
    }
    let script = r#"exec 3<>"$TLS/clone"; set -e
        touch "$TLS/0/ctl"; truncate -s 0 "$TLS/0/data"; chmod 600 "$TLS/0/ctl"; stat -c %a "$TLS/0/ctl"
        : >"$TLS/0/ctl"; : >>"$TLS/0/ctl"; rm -f "$TLS/0/ctl" || echo kept"#;
    let output = mounted.run("sh", script);
    assert_eq!(stdout(&output), "600\nkept\n", "{}", stderr(&output));
}

#[test]
fn a_directory_that_will_not_do_is_refused_in_one_line() {
    let Some(mounted) = Mounted::new(&[]) else { return };
    let full = tempfile::tempdir().expect("a directory");
    let file = full.path().join("file");
    fs::write(&file, "").expect("written");
    let none = full.path().join("none");
    for (dir, why) in [
        (mounted.dir.path(), "already mounted: fuse.devtls"),
        (full.path(), "not empty"),
        (&file, "not a directory"),
        (&none, "no such directory"),
    ] {
        let output = Command::new(programs::path("devtls")).arg("-m").arg(dir).output().expect("it runs");
        assert_eq!(stderr(&output), format!("devtls: -m {}: {why}\n", dir.display()));
        assert_eq!(output.status.code(), Some(96));
    }
}

#[test]
fn a_mount_goes_with_its_server_and_a_dead_one_is_taken_over() {
    let Some(mut mounted) = Mounted::new(&[]) else { return };
    mounted.device.kill();
    let dead = fs::metadata(mounted.path("clone")).map(drop).expect_err("nobody serves it");
    assert_eq!(dead.raw_os_error(), Some(rustix::io::Errno::NOTCONN.raw_os_error()));
    mounted.device = devtls(mounted.dir.path(), &[]);
    assert!(mounted.path("clone").exists());
    mounted.device.terminate();
    assert!(mounted.device.wait_exit().expect("it ends when told").success());
    assert_eq!(fs::read_dir(mounted.dir.path()).expect("a directory again").count(), 0);
}
