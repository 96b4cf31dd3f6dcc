//! What a test needs and this machine may lack: other people's programs, and what has to be fetched.
//!
//! What is missing is skipped with a line on standard error that cannot be overlooked; where the variable `CI` is set, it fails the
//! test instead.

use std::env;
use std::fmt;
use std::io::{self, Write};
use std::process::{Command, Stdio};

/// A thing that is not there, and what would bring it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    what: String,
    remedy: String,
}

impl Missing {
    /// `what` is not on this machine; `remedy` says what to do about it.
    pub(crate) fn new(what: impl Into<String>, remedy: impl Into<String>) -> Missing {
        Missing { what: what.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no {} on this machine: {}", self.what, self.remedy)
    }
}

/// Whether a program can be started from the search path, with a flag that makes it say little and leave.
pub(crate) fn find(program: &str, package: &str, version_flag: &str) -> Result<(), Missing> {
    let mut command = Command::new(program);
    command.arg(version_flag).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match command.status() {
        Ok(_) => Ok(()),
        Err(_) => Err(Missing::new(program, format!("install Debian's package {package}"))),
    }
}

/// Whether `who` can go on. Says so where something is missing, past the test runner's capture.
///
/// # Panics
///
/// Where something is missing and the environment has `CI`.
pub(crate) fn present(who: &str, available: Result<(), Missing>) -> bool {
    let Some(complaint) = complaint(who, available, env::var_os("CI").is_some()) else {
        return true;
    };
    // A standard error that is closed has nobody who could overlook the line.
    let _ = writeln!(io::stderr(), "{complaint}");
    false
}

/// What there is to say about what is missing, or a panic where it must not be missing.
fn complaint(who: &str, available: Result<(), Missing>, must: bool) -> Option<String> {
    let missing = available.err()?;
    assert!(!must, "{who}: {missing}");
    Some(format!("SKIPPED, {who}: {missing}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_skipped_unless_it_must_be_there() {
        let missing = || find("no-program-has-this-name", "nothing-at-all", "--version");
        assert_eq!(complaint("a peer", Ok(()), true), None);
        assert!(complaint("a peer", missing(), false).is_some_and(|line| line.contains("nothing-at-all")));
        let failure = std::panic::catch_unwind(|| complaint("a peer", missing(), true)).unwrap_err();
        assert!(failure.downcast_ref::<String>().is_some_and(|text| text.contains("nothing-at-all")));
    }
}
