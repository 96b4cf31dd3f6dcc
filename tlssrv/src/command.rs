//! The command: found before anybody connects, started when the handshake is over.
//!
//! The original runs exactly the path that it is given. Here a name without a slash is searched in `$PATH`, as everything
//! else on Unix does it; with a slash it is the path.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Stdio};

use rustix::fs::{Access, AtFlags, CWD, FileType};
use tokio::net::UnixStream;
use tokio::process::Child;

use crate::environ::Facts;
use crate::exit::{Fatal, plain};
use crate::user::User;

/// A command that can be started.
#[derive(Clone, Debug)]
pub struct Command {
    path: PathBuf,
    /// As typed: its first word is what the command sees as its name.
    words: Vec<OsString>,
    /// Who it is to be, if not us.
    user: Option<User>,
}

/// Where a command's standard error goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stderr {
    /// Where ours goes.
    Inherited,
    /// Into the connection: inetd gave us the connection there, so whoever wrote the command expects it.
    Connection,
}

impl Command {
    /// Finds the command that `words` name, the first being its name or path.
    ///
    /// # Errors
    /// There is none, or it cannot be executed.
    pub fn find(words: Vec<OsString>) -> Result<Command, Fatal> {
        let name = words.first().map(OsString::as_os_str).unwrap_or_default();
        let found = if name.as_bytes().contains(&b'/') {
            executable(Path::new(name)).map(|()| PathBuf::from(name))
        } else {
            search(name, env::var_os("PATH").as_deref())
        };
        match found {
            Ok(path) => Ok(Command { path, words, user: None }),
            Err(error) => Err(cannot(name, &error)),
        }
    }

    /// Has it run as `user`.
    #[must_use]
    pub fn of_user(mut self, user: User) -> Command {
        self.user = Some(user);
        self
    }

    /// Starts the command with one end of a new socketpair as its descriptors 0 and 1, and gives the other end.
    ///
    /// # Errors
    /// The system refuses, or the command has gone since it was found.
    pub fn start(&self, facts: &Facts, stderr: Stderr) -> Result<(Child, UnixStream), Fatal> {
        self.spawn(facts, stderr).map_err(|error| cannot(self.name(), &error))
    }

    /// Starts the command with these three files as its descriptors 0, 1 and, if it gets the connection there, 2.
    ///
    /// # Errors
    /// The system refuses, or the command has gone since it was found.
    pub fn start_on(&self, files: [OwnedFd; 3], facts: &Facts, stderr: Stderr) -> Result<Child, Fatal> {
        let started = tokio::process::Command::from(self.on(files, facts, stderr)).spawn();
        started.map_err(|error| cannot(self.name(), &error))
    }

    /// Becomes the command, with these three files as its descriptors 0, 1 and, if it gets the connection there, 2. Gives
    /// why it could not.
    #[must_use]
    pub fn replace_us(&self, files: [OwnedFd; 3], facts: &Facts, stderr: Stderr) -> Fatal {
        cannot(self.name(), &self.on(files, facts, stderr).exec())
    }

    fn on(&self, [input, output, error]: [OwnedFd; 3], facts: &Facts, stderr: Stderr) -> process::Command {
        let mut command = self.prepared(facts);
        command.stdin(input).stdout(output);
        if stderr == Stderr::Connection {
            command.stderr(error);
        }
        command
    }

    /// The command with its words and its environment.
    fn prepared(&self, facts: &Facts) -> process::Command {
        let mut command = match &self.user {
            Some(user) => user.command(&self.path, self.name()),
            None => {
                let mut command = process::Command::new(&self.path);
                command.arg0(self.name());
                command
            }
        };
        command.args(self.words.iter().skip(1));
        for (variable, value) in facts.variables() {
            match value {
                Some(value) => command.env(variable, value),
                None => command.env_remove(variable),
            };
        }
        command
    }

    /// As typed.
    fn name(&self) -> &OsStr {
        self.words.first().map(OsString::as_os_str).unwrap_or_default()
    }

    fn spawn(&self, facts: &Facts, stderr: Stderr) -> io::Result<(Child, UnixStream)> {
        // Made by std so that the command's end blocks; both are close-on-exec.
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let theirs = OwnedFd::from(theirs);
        let mut command = tokio::process::Command::from(self.prepared(facts));
        if stderr == Stderr::Connection {
            command.stderr(Stdio::from(theirs.try_clone()?));
        }
        command.stdin(Stdio::from(theirs.try_clone()?)).stdout(Stdio::from(theirs));
        // `command` holds the command's end: it must be gone before anybody waits for the end of output.
        let child = command.spawn()?;
        Ok((child, UnixStream::from_std(ours)?))
    }
}

fn cannot(name: &OsStr, error: &io::Error) -> Fatal {
    Fatal::refused(format!("can't exec {}: {}", name.display(), plain(error)))
}

/// Looks for an executable file `name` in the directories of `path`; an empty one means the current directory
/// (environ(7)). A file that is there but may not be executed explains the failure better than "not found".
fn search(name: &OsStr, path: Option<&OsStr>) -> io::Result<PathBuf> {
    let mut failure = io::Error::from_raw_os_error(rustix::io::Errno::NOENT.raw_os_error());
    if name.is_empty() {
        return Err(failure);
    }
    for dir in env::split_paths(path.unwrap_or(OsStr::new(PATH))) {
        // `.` for the empty one, so that what is found has a slash and is not searched again.
        let dir = if dir.as_os_str().is_empty() { PathBuf::from(".") } else { dir };
        let file = dir.join(name);
        match executable(&file) {
            Ok(()) => return Ok(file),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => failure = error,
            Err(_) => {}
        }
    }
    Err(failure)
}

/// Whether `path` is a file that we may execute.
fn executable(path: &Path) -> io::Result<()> {
    let stat = rustix::fs::stat(path)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    // With the effective user's rights, which is what execve asks.
    Ok(rustix::fs::accessat(CWD, path, Access::EXEC_OK, AtFlags::EACCESS)?)
}

/// Where commands are if nobody says, as in the shell.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::exit::Exit;

    fn command(words: &[&str]) -> Result<Command, Fatal> {
        Command::find(words.iter().map(OsString::from).collect())
    }

    #[test]
    fn a_name_is_searched_and_a_path_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("tool");
        fs::write(&file, "#!/bin/sh\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        let path = env::join_paths([Path::new("/nowhere"), dir.path()]).unwrap();
        assert_eq!(search(OsStr::new("tool"), Some(&path)).unwrap(), file);
        assert!(search(OsStr::new("tool"), Some(OsStr::new("/nowhere"))).is_err());
        assert!(search(OsStr::new(""), Some(&path)).is_err());
    }

    #[test]
    fn what_may_not_be_executed_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("tool");
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let error = search(OsStr::new("tool"), Some(dir.path().as_os_str())).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        assert_eq!(executable(dir.path()).unwrap_err().kind(), io::ErrorKind::PermissionDenied);
    }

    #[test]
    fn a_missing_command_is_named() {
        let fatal = command(&["no-such-command-here", "x"]).unwrap_err();
        assert_eq!(fatal.exit, Exit::System);
        assert_eq!(fatal.text, "can't exec no-such-command-here: no such file or directory");
        let fatal = command(&["/no/such/command"]).unwrap_err();
        assert_eq!(fatal.text, "can't exec /no/such/command: no such file or directory");
    }

    #[tokio::test]
    async fn input_and_output_are_one_socket_and_nothing_leaks() {
        // What whoever started the tests left open is there in every child.
        let list = "ls /proc/$$/fd";
        let plain = process::Command::new("sh").args(["-c", list]).output().unwrap();
        let script = format!("readlink /proc/self/fd/0 /proc/self/fd/1; {list}; cat");
        let command = command(&["sh", "-c", &script]).unwrap();
        let (mut child, mut stream) = command.start(&Facts::default(), Stderr::Inherited).unwrap();
        stream.write_all(b"echoed").await.unwrap();
        stream.shutdown().await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        assert!(child.wait().await.unwrap().success());
        let (first, rest) = text.split_once('\n').unwrap();
        let (second, rest) = rest.split_once('\n').unwrap();
        assert!(first.starts_with("socket:") && first == second, "{text}");
        assert_eq!(rest, String::from_utf8(plain.stdout).unwrap() + "echoed");
    }

    #[tokio::test]
    async fn environment_is_set_and_stale_variables_are_gone() {
        let command = command(&["sh", "-c", "echo ${SSL_PROTOCOL-unset} ${SSL_ALPN-unset}"]).unwrap();
        let facts = Facts {
            agreed: vec![("SSL_PROTOCOL", Some("TLSv1.2".to_owned())), ("SSL_ALPN", None)],
            ..Facts::default()
        };
        let (mut child, mut stream) = command.start(&facts, Stderr::Connection).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "TLSv1.2 unset\n");
        assert!(child.wait().await.unwrap().success());
    }
}
