//! A file of secrets: read if it is its owner's alone, up to a bound, and wiped; written by one at a time, all at once.
//!
//! What its lines mean is for others to say.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;
use zeroize::Zeroizing;

use crate::program::exit::plain;

/// Reads `file` of at most `len_max` bytes if it is its owner's alone; `things` is what is in it, such as `secrets`.
///
/// # Errors
/// Why not, for people.
pub fn read(file: &Path, things: &str, len_max: usize) -> Result<Zeroizing<String>, String> {
    text(file, things, len_max, |_| true)
}

/// The same for a file that has to be ours or the superuser's: whoever wrote it could say who we are, or who may come.
///
/// # Errors
/// Why not, for people.
pub fn read_ours(file: &Path, things: &str, len_max: usize) -> Result<Zeroizing<String>, String> {
    text(file, things, len_max, |owner| [0, rustix::process::geteuid().as_raw()].contains(&owner))
}

fn text(
    file: &Path,
    things: &str,
    len_max: usize,
    is_owner: impl Fn(u32) -> bool,
) -> Result<Zeroizing<String>, String> {
    let unreadable = |error: io::Error| plain(&error);
    let opened = File::open(file).map_err(unreadable)?;
    let stat = rustix::fs::fstat(&opened).map_err(|errno| unreadable(errno.into()))?;
    if stat.st_mode & OTHERS != 0 {
        return Err(format!("others can read these {things}: chmod go= the file"));
    }
    if !is_owner(stat.st_uid) {
        return Err(format!("these {things} are somebody else's"));
    }
    // Room for all of it at once: what grows leaves its old bytes behind.
    let mut text = Zeroizing::new(String::with_capacity(len_max + 1));
    let limit = u64::try_from(len_max).unwrap_or(u64::MAX).saturating_add(1);
    opened.take(limit).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() > len_max {
        return Err(format!("too long for a file of {things}"));
    }
    Ok(text)
}

/// The right to write a file of secrets, alone, until it is dropped. Who reads sees the file as it was or as it is.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    /// Waits for the right to write `path`, which is made, empty, if it is not there.
    ///
    /// # Errors
    /// The system's.
    pub fn on(path: &Path) -> io::Result<Lock> {
        loop {
            let file = OpenOptions::new().read(true).append(true).create(true).mode(OWNER).open(path)?;
            rustix::io::retry_on_intr(|| rustix::fs::flock(&file, FlockOperation::LockExclusive))?;
            let ours = file.metadata()?;
            // A new file takes the old one's place, so a lock counts only if what it is on still has the name.
            match fs::metadata(path) {
                Ok(named) if (named.dev(), named.ino()) == (ours.dev(), ours.ino()) => {
                    return Ok(Lock { path: path.to_owned(), _file: file });
                }
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }

    /// Puts a new file with `text`, its owner's alone, in the place of the old one.
    ///
    /// # Errors
    /// The system's; the old one is there still then.
    pub fn replace(self, text: &str) -> io::Result<()> {
        let mut name = self.path.clone().into_os_string();
        name.push(".new");
        let new = Path::new(&name);
        match fs::remove_file(new) {
            // Left by somebody who was stopped.
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(OWNER).open(new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(new, &self.path)
    }
}

/// The owner's alone.
const OWNER: u32 = 0o600;
/// The permission bits of everybody but the owner.
const OTHERS: u32 = 0o077;
