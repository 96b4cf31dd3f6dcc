//! `fd N` on a mount: the descriptor of the process that writes, and what is none to be had.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Stdio;

use rustix::io::Errno;

use super::{Conversation, open, stderr, stdout};
use crate::support::mount::Mounted;

#[test]
fn a_shell_gives_its_descriptor_and_talks_through_the_files() {
    let Some(mounted) = Mounted::new(&[]) else { return };
    for shell in ["dash", "bash"] {
        let (end, mut peer) = UnixStream::pair().expect("a pair");
        let script = r#"exec 3<>"$TLS/clone"; read -r n <&3
            for line in 'fd 0 0x303' 'version 0x303' 'secret clear clear 0 x' changecipher; do echo "$line" >&3; done
            exec 4<>"$TLS/$n/hand"; head -c 2 <&4 >/dev/null; echo opened >&3
            read -r line <"$TLS/$n/data"; echo "you said: $line" >"$TLS/$n/data"
            grep State "$TLS/$n/status"; echo hangup >&3"#;
        let mut command = mounted.script(shell, script);
        let output =
            command.stdin(Stdio::from(OwnedFd::from(end))).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = output.spawn().expect("the shell runs");
        drop(command);
        let flight = [&super::CHANGE_CIPHER_SPEC[..], &[22, 3, 3, 0, 2, 7, 8], &[23, 3, 3, 0, 6], b"hello\n"];
        peer.write_all(&flight.concat()).expect("sent");
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(stdout(&output), "State: Established\n", "{shell}: {}", stderr(&output));
        let mut received = Vec::new();
        peer.read_to_end(&mut received).expect("read");
        let text = b"you said: hello\n";
        let close_notify = [21, 3, 3, 0, 2, 1, 0];
        let expected = [&super::CHANGE_CIPHER_SPEC[..], &[23, 3, 3, 0, 16], text, &close_notify].concat();
        assert_eq!(received, expected, "{shell}");
    }
}

#[test]
fn what_is_no_stream_of_the_writers_is_refused() {
    let Some(mounted) = Mounted::new(&[]) else { return };
    let listener = TcpListener::bind("127.0.0.1:0").expect("bound");
    let file = tempfile::tempfile().expect("a file");
    let nowhere = open(Path::new("/dev/null"));
    let fuse = open(Path::new("/dev/fuse"));
    let (end, _peer) = UnixStream::pair().expect("a pair");
    let mut ctl = open(&mounted.path("clone"));
    let itself = ctl.as_raw_fd();
    let mut told = |line: String| {
        let result = ctl.write_all(line.as_bytes()).map_err(|error| Errno::from_io_error(&error));
        result.map_err(|errno| errno.expect("a number"))
    };
    for (number, errno) in [
        (file.as_raw_fd(), Errno::BADF),
        (nowhere.as_raw_fd(), Errno::BADF),
        (fuse.as_raw_fd(), Errno::BADF),
        (listener.as_raw_fd(), Errno::BADF),
        (itself, Errno::BADF),
        (4711, Errno::BADF),
        (-1, Errno::INVAL),
    ] {
        assert_eq!(told(format!("fd {number} 0x303")), Err(errno), "{number}");
    }
    assert_eq!(told(format!("fd {} 0x303", end.as_raw_fd())), Ok(()));
    for second in [format!("fd {} 0x303", end.as_raw_fd()), "wire 0x303".to_owned()] {
        assert_eq!(told(second), Err(Errno::BUSY));
    }
    let mut carried = open(&mounted.path("clone"));
    carried.write_all(b"wire 0x303").expect("taken");
    let refused =
        carried.write_all(format!("fd {} 0x303", end.as_raw_fd()).as_bytes()).expect_err("it is carried");
    assert_eq!(Errno::from_io_error(&refused), Some(Errno::BUSY));
}

#[test]
fn a_connection_to_the_device_itself_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let socket = dir.path().join("tls");
    let Some(mounted) = Mounted::new(&["-a", &format!("unix!{}", socket.display())]) else { return };
    let to_device = UnixStream::connect(&socket).expect("it listens");
    let mut ctl = open(&mounted.path("clone"));
    let refused = ctl.write_all(format!("fd {} 0x303", to_device.as_raw_fd()).as_bytes()).map(drop);
    let refused = refused.expect_err("the device would talk to itself");
    assert_eq!(Errno::from_io_error(&refused), Some(Errno::BADF));
}

#[test]
fn the_device_keeps_a_copy_of_its_own() {
    let Some(mounted) = Mounted::new(&[]) else { return };
    // `begin` has closed its end already.
    let mut conv = Conversation::begin(&mounted);
    conv.peer.write_all(&[22, 3, 3, 0, 1, 42]).expect("sent");
    let mut byte = [0];
    open(&conv.dir.join("hand")).read_exact(&mut byte).expect("hand is read");
    assert_eq!(byte, [42]);
}
