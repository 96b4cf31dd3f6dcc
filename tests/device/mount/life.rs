//! Beginnings and ends on a mount: of the server, of the mount, of the programs that use it.

use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};
use std::thread;

use rustix::io::Errno;

use super::Conversation;
use crate::support::mount::{Mounted, devtls};
use crate::support::process::Process;

#[test]
fn a_mount_goes_with_its_server_and_a_dead_one_is_taken_over() {
    let Some(mut mounted) = Mounted::new(&[]) else { return };
    mounted.device.kill();
    let dead = fs::metadata(mounted.path("clone")).map(drop).expect_err("nobody serves it");
    assert_eq!(dead.raw_os_error(), Some(Errno::NOTCONN.raw_os_error()));
    mounted.device = devtls(&mounted.point, &[]);
    assert!(mounted.path("clone").exists());
    mounted.device.terminate();
    assert!(mounted.device.wait_exit().expect("it ends when told").success());
    assert_eq!(fs::read_dir(&mounted.point).expect("a directory again").count(), 0);
}

#[test]
fn a_reader_gets_an_error_when_the_server_is_killed() {
    let Some(mut mounted) = Mounted::new(&["-D"]) else { return };
    let conv = Conversation::established(&mounted);
    let mut data = conv.data();
    let reader = thread::spawn(move || data.read(&mut [0; 77]));
    let waits = |text: &str| text.contains(" count 77").then_some(());
    mounted.device.wait_for("the read", |seen| waits(&seen.stderr_text())).expect("it waits");
    mounted.device.kill();
    let error = reader.join().expect("no panic").expect_err("nobody answers");
    let errno = Errno::from_io_error(&error);
    assert!(matches!(errno, Some(Errno::NOTCONN | Errno::CONNABORTED)), "{error}");
}

#[test]
fn the_server_ends_when_told_though_somebody_is_inside() {
    let Some(mut mounted) = Mounted::new(&["-D"]) else { return };
    let conv = Conversation::established(&mounted);
    let mut inside = Command::new("cat");
    inside.arg(conv.dir.join("data")).current_dir(mounted.path(""));
    let mut inside = Process::start(&mut inside);
    mounted.wait_for_request(inside.id(), " read handle ");
    mounted.device.terminate();
    assert!(mounted.device.wait_exit().expect("it ends when told").success());
    assert!(!inside.wait_exit().expect("it ends too").success());
    assert_eq!(fs::read_dir(&mounted.point).expect("a directory again").count(), 0);
}

#[test]
fn a_server_whose_mount_is_taken_away_has_nothing_left_to_do() {
    let Some(mut mounted) = Mounted::new(&[]) else { return };
    let output = Command::new("umount").arg(&mounted.point).output().expect("it runs");
    assert!(output.status.success(), "{output:?}");
    assert!(mounted.device.wait_exit().expect("it ends").success());
}

#[test]
fn many_scripts_at_once_leave_nothing_behind_even_if_they_are_killed() {
    let Some(mounted) = Mounted::new(&[]) else { return };
    let script = r#"exec 3<>"$TLS/clone"; read -r n <&3; echo "note sni script$n" >&3
        grep -q "Sni: script$n" "$TLS/$n/status" && echo ready; exec cat "$TLS/$n/ctl" - >/dev/null"#;
    let start = |_| {
        let mut command = mounted.script("sh", script);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs")
    };
    let mut scripts: Vec<_> = (0..50).map(start).collect();
    for script in &mut scripts {
        let mut line = [0; 6];
        script.stdout.as_mut().expect("piped").read_exact(&mut line).expect("a line");
        assert_eq!(&line, b"ready\n");
    }
    let mut conv = Conversation::established(&mounted);
    for (number, script) in scripts.iter_mut().enumerate() {
        if number % 2 == 0 {
            script.kill().expect("killed");
        } else {
            drop(script.stdin.take());
        }
        script.wait().expect("it ends");
    }
    conv.peer_sends(b"undisturbed");
    let mut text = [0; 11];
    conv.data().read_exact(&mut text).expect("read");
    assert_eq!(&text, b"undisturbed");
    drop(conv);
    mounted.wait_until_nobody_is_there();
}
