//! The directory to mount on: whether it will do, and whether a mount of a run before is in the way.
//!
//! Everything here may block, on a file server that does not answer, say: it is called from a thread of
//! its own.

use std::fmt;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

/// Why the device cannot be mounted on a directory.
#[derive(Debug)]
#[non_exhaustive]
pub enum MountError {
    /// There is no such file.
    NotThere,
    /// It is not a directory.
    NotDirectory,
    /// There are files in it.
    NotEmpty,
    /// Something of this kind is mounted there already.
    Mounted(String),
    /// A file server's mount is there, and the server does not answer.
    NoAnswer,
    /// What is called `what` failed.
    System {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        error: io::Error,
    },
    /// The program that mounts for ordinary users is not there.
    NoFusermount,
    /// The program that mounts for ordinary users says this.
    Fusermount(String),
}

impl MountError {
    /// Tells whether the directory is at fault, and not the system.
    #[must_use]
    pub fn is_about_directory(&self) -> bool {
        match self {
            MountError::NotThere
            | MountError::NotDirectory
            | MountError::NotEmpty
            | MountError::Mounted(_)
            | MountError::NoAnswer => true,
            MountError::System { .. } | MountError::NoFusermount | MountError::Fusermount(_) => false,
        }
    }
}

impl fmt::Display for MountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MountError::NotThere => f.write_str("no such directory"),
            MountError::NotDirectory => f.write_str("not a directory"),
            MountError::NotEmpty => f.write_str("not empty"),
            MountError::Mounted(kind) => write!(f, "already mounted: {kind}"),
            MountError::NoAnswer => f.write_str("already mounted, by a server that does not answer"),
            MountError::System { what, error } => write!(f, "{what}: {error}"),
            MountError::NoFusermount => {
                f.write_str("only root may mount without fusermount3: Debian's package is fuse3")
            }
            MountError::Fusermount(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for MountError {}

/// A directory that will do, by its whole path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Point {
    /// It is empty.
    Free(PathBuf),
    /// A dead mount of ours has to be taken away first.
    Dead(PathBuf),
}

/// Judges a directory.
pub(super) fn judge(dir: &Path) -> Result<Point, MountError> {
    let path = match whole_path(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(MountError::NotThere),
        path => path.map_err(|error| MountError::System { what: "cannot be looked up", error })?,
    };
    let mounts = fs::read("/proc/self/mountinfo")
        .map_err(|error| MountError::System { what: "/proc/self/mountinfo", error })?;
    let mounted = mounted_at(&mounts, &path);
    let is_ours = mounted.as_deref() == Some(KIND);
    let dead =
        || fs::metadata(&path).is_err_and(|error| Errno::from_io_error(&error) == Some(Errno::NOTCONN));
    match mounted {
        Some(_) if is_ours && dead() => return Ok(Point::Dead(path)),
        // Other kinds of mounts are directories like any other.
        Some(kind) if kind.starts_with("fuse") => return Err(MountError::Mounted(kind)),
        _ => {}
    }
    let meta =
        fs::metadata(&path).map_err(|error| MountError::System { what: "cannot be looked at", error })?;
    if !meta.is_dir() {
        return Err(MountError::NotDirectory);
    }
    let mut entries =
        fs::read_dir(&path).map_err(|error| MountError::System { what: "cannot be read", error })?;
    if entries.next().is_some() { Err(MountError::NotEmpty) } else { Ok(Point::Free(path)) }
}

/// Gives the path without links and dots. The last element may be a mount that is dead.
fn whole_path(dir: &Path) -> io::Result<PathBuf> {
    match fs::canonicalize(dir) {
        Err(error) if Errno::from_io_error(&error) == Some(Errno::NOTCONN) => {
            let name = dir.file_name().ok_or(error)?;
            let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty());
            Ok(fs::canonicalize(parent.unwrap_or(Path::new(".")))?.join(name))
        }
        path => path,
    }
}

/// Finds the kind of the topmost mount on `path` in a `mountinfo` (proc(5)).
fn mounted_at(mounts: &[u8], path: &Path) -> Option<String> {
    let lines = mounts.split(|byte| *byte == b'\n');
    let mut matching = lines.filter_map(|line| {
        let mut words = line.split(|byte| *byte == b' ');
        let is_here = words.nth(4).map(unescape)? == path;
        let kind = words.skip_while(|word| *word != b"-").nth(1)?;
        is_here.then(|| String::from_utf8_lossy(kind).into_owned())
    });
    matching.next_back()
}

/// Reads a path of `mountinfo`, where blanks and backslashes are octal.
fn unescape(word: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word;
    while let Some((first, after)) = rest.split_first() {
        let octal = after.get(..3).filter(|_| *first == b'\\').and_then(|digits| {
            let digits = std::str::from_utf8(digits).ok()?;
            u8::from_str_radix(digits, 8).ok()
        });
        rest = match octal {
            Some(byte) => {
                bytes.push(byte);
                after.get(3..).unwrap_or_default()
            }
            None => {
                bytes.push(*first);
                after
            }
        };
    }
    PathBuf::from(std::ffi::OsString::from_vec(bytes))
}

/// The kind of our mounts, as mount(8) shows it.
pub(super) const KIND: &str = "fuse.devtls";

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTINFO: &[u8] = b"\
24 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 24 0:40 / /mnt/with\\040blank rw - fuse.devtls devtls rw,user_id=0
41 24 0:41 / /mnt/tls rw - tmpfs tmpfs rw
42 24 0:42 / /mnt/tls rw shared:9 master:2 - fuse.sshfs host: rw
";

    #[test]
    fn the_topmost_mount_is_found() {
        let kind = |path| mounted_at(MOUNTINFO, Path::new(path));
        assert_eq!(kind("/mnt/tls").as_deref(), Some("fuse.sshfs"));
        assert_eq!(kind("/mnt/with blank").as_deref(), Some(KIND));
        assert_eq!(kind("/").as_deref(), Some("ext4"));
        assert_eq!(kind("/mnt"), None);
    }

    #[test]
    fn a_directory_that_will_not_do_is_refused_in_one_line() {
        let dir = tempfile::tempdir().expect("a directory");
        let said = |path: &Path| judge(path).map_err(|error| error.to_string());
        let whole = fs::canonicalize(dir.path()).expect("a path");
        assert_eq!(said(dir.path()), Ok(Point::Free(whole)));
        assert_eq!(said(&dir.path().join("none")), Err("no such directory".to_owned()));
        let file = dir.path().join("file");
        fs::write(&file, "").expect("written");
        assert_eq!(said(&file), Err("not a directory".to_owned()));
        assert_eq!(said(dir.path()), Err("not empty".to_owned()));
    }
}
