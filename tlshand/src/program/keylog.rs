//! The file that `SSLKEYLOGFILE` names: the secrets of connections, for a debugger on the line (RFC 9850).
//!
//! Off unless the variable is set. It is made for its owner alone, and one that others may read is refused.

use std::env;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::process::{getegid, geteuid, getgid, getuid};
use zeroize::Zeroizing;

use super::exit::{Fatal, plain};

/// An open key log. Clones write to the same file.
#[derive(Clone)]
pub struct KeyLog {
    file: Arc<File>,
    path: PathBuf,
}

impl KeyLog {
    /// Opens the file that the environment names, if it names one. A program with more rights than its caller has none: the
    /// variable is the caller's.
    ///
    /// # Errors
    /// The file cannot be opened or made, or others may read it.
    pub fn from_environment() -> Result<Option<KeyLog>, Fatal> {
        let is_raised = getuid() != geteuid() || getgid() != getegid();
        match env::var_os(VARIABLE).filter(|path| !path.is_empty() && !is_raised) {
            Some(path) => KeyLog::open(Path::new(&path)).map(Some),
            None => Ok(None),
        }
    }

    fn open(path: &Path) -> Result<KeyLog, Fatal> {
        let unfit = |why: &str| Fatal::configuration(format!("{VARIABLE}: {}: {why}", path.display()));
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
        let file = file.map_err(|error| unfit(&plain(&error)))?;
        let mode = file.metadata().map_err(|error| unfit(&plain(&error)))?.mode();
        if mode & OTHERS_MAY_READ != 0 {
            return Err(unfit("others can read these secrets: chmod go= the file"));
        }
        Ok(KeyLog { file: Arc::new(file), path: path.to_owned() })
    }

    /// Appends a line, in one write so that lines of several processes do not mix. A log that cannot be written is nobody's to hear
    /// of: the connection matters more.
    pub fn write(&self, line: &str) {
        let mut whole = Zeroizing::new(String::with_capacity(line.len() + 1));
        whole.push_str(line);
        whole.push('\n');
        let _ = (&*self.file).write_all(whole.as_bytes());
    }
}

impl fmt::Display for KeyLog {
    /// What to warn of.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{VARIABLE} is set: who reads {} reads every connection", self.path.display())
    }
}

/// The variable's name.
const VARIABLE: &str = "SSLKEYLOGFILE";
/// The permission bits.
const OTHERS_MAY_READ: u32 = 0o044;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_file_is_made_for_its_owner_alone_and_grows() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys");
        for line in ["one", "two"] {
            KeyLog::open(&path).unwrap().write(line);
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntwo\n");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_others_read_and_one_that_cannot_be_made_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys");
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let text = KeyLog::open(&path).err().unwrap().text;
        assert!(text.ends_with("others can read these secrets: chmod go= the file"), "{text}");
        assert!(KeyLog::open(&dir.path().join("no/keys")).is_err());
    }
}
