//! The tree on a mount, to shells and curious users; and the directories that will not do.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Command;

use super::{stderr, stdout};
use crate::support::mount::Mounted;
use crate::support::programs;

#[test]
fn the_tree_is_there_and_looking_at_it_opens_nothing() {
    let Some(mounted) = Mounted::new(&[]) else { return };
    let listed = mounted.run("sh", r#"ls "$TLS"; stat -c '%n %a %F' "$TLS"/*; cat "$TLS/hashalgs""#);
    let text = stdout(&listed);
    assert!(text.starts_with("clone\nencalgs\nhashalgs\n"), "{text}");
    assert!(text.contains("clone 555 regular empty file\n"), "{text}");
    assert!(text.ends_with("clear md5 sha1 sha256 sha384"), "{text}");
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
        (mounted.point.as_path(), "already mounted: fuse.devtls"),
        (full.path(), "not empty"),
        (&file, "not a directory"),
        (&none, "no such directory"),
    ] {
        let output = Command::new(programs::path("devtls")).arg("-m").arg(dir).output().expect("it runs");
        assert_eq!(stderr(&output), format!("devtls: -m {}: {why}\n", dir.display()));
        assert_eq!(output.status.code(), Some(96));
    }
}
