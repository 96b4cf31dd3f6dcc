//! The connection that somebody else accepted and gave us as descriptor 0: inetd, tcpserver, systemd with `Accept=yes`.

use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{FileType, Mode, OFlags};
use rustix::net::SocketType;
use rustix::net::sockopt::{socket_acceptconn, socket_type};

use crate::command::Stderr;
use crate::exit::Fatal;

/// A connection taken from descriptor 0.
#[derive(Debug)]
pub struct Inherited {
    /// The connection, under a number that no command inherits.
    pub fd: OwnedFd,
    /// Whether standard error was the connection too.
    pub stderr: Stderr,
}

/// Takes descriptor 0 as the connection. Afterwards 0, and every other standard descriptor that was the same connection,
/// is `/dev/null`: the connection has one owner, and nothing written by mistake gets between its records.
///
/// # Errors
/// Descriptor 0 is nothing that bytes go through both ways, or the system refuses.
pub fn take() -> Result<Inherited, Fatal> {
    let stdin = rustix::stdio::stdin();
    if !is_stream(stdin).map_err(|error| Fatal::system("descriptor 0", &error))? {
        return Err(Fatal::configuration(
            "descriptor 0 is not a connection: start me from inetd or tcpserver, or give --listen addr",
        ));
    }
    let refused = |error: io::Error| Fatal::system("descriptor 0", &error);
    let fd = stdin.try_clone_to_owned().map_err(refused)?;
    let stdout_is_it = same(fd.as_fd(), rustix::stdio::stdout());
    let stderr_is_it = same(fd.as_fd(), rustix::stdio::stderr());
    let null = rustix::fs::open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty());
    let null = null.map_err(|error| refused(error.into()))?;
    rustix::stdio::dup2_stdin(&null).map_err(|error| refused(error.into()))?;
    if stdout_is_it {
        rustix::stdio::dup2_stdout(&null).map_err(|error| refused(error.into()))?;
    }
    if stderr_is_it {
        rustix::stdio::dup2_stderr(&null).map_err(|error| refused(error.into()))?;
    }
    Ok(Inherited { fd, stderr: if stderr_is_it { Stderr::Connection } else { Stderr::Inherited } })
}

/// Whether bytes may go through it both ways: a stream socket that does not listen, or a terminal line. What the device
/// thinks of it comes later.
fn is_stream(fd: BorrowedFd<'_>) -> io::Result<bool> {
    let stat = rustix::fs::fstat(fd)?;
    Ok(match FileType::from_raw_mode(stat.st_mode) {
        FileType::Socket => socket_type(fd)? == SocketType::STREAM && !socket_acceptconn(fd)?,
        FileType::CharacterDevice => fd.is_terminal(),
        _ => false,
    })
}

/// Whether two descriptors are the same socket.
fn same(one: BorrowedFd<'_>, other: BorrowedFd<'_>) -> bool {
    match (rustix::fs::fstat(one), rustix::fs::fstat(other)) {
        (Ok(one), Ok(other)) => (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::unix::net::{UnixListener, UnixStream};

    use super::*;

    #[test]
    fn only_a_connected_socket_is_a_connection() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = UnixStream::pair().unwrap();
        assert!(is_stream(one.as_fd()).unwrap());
        assert!(is_stream(other.as_fd()).unwrap());
        assert!(!is_stream(File::open("/dev/null").unwrap().as_fd()).unwrap());
        assert!(!is_stream(File::open(dir.path()).unwrap().as_fd()).unwrap());
        let listener = UnixListener::bind(dir.path().join("s")).unwrap();
        assert!(!is_stream(listener.as_fd()).unwrap());
    }

    #[test]
    fn a_duplicate_is_the_same_and_the_other_end_is_not() {
        let (one, other) = UnixStream::pair().unwrap();
        let duplicate = one.try_clone().unwrap();
        assert!(same(one.as_fd(), duplicate.as_fd()));
        assert!(!same(one.as_fd(), other.as_fd()));
    }
}
