//! What people read before they use the house: the manual pages and the README. What they say is held against the programs.
//!
//! Whether the pages are well written is for people to judge.

mod examples;
mod lint;
mod page;
mod programs;
mod readme;

use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The workspace's directory.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is a directory of the workspace").to_owned()
}

/// Whether to go on with a test that needs `program`. Says so where it is missing, past the test runner's capture.
///
/// # Panics
///
/// Where it is missing and the environment has `CI`.
fn present(program: &str, package: &str) -> bool {
    let mut command = Command::new(program);
    let started = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if started.is_ok() {
        return true;
    }
    let missing = format!("no {program} on this machine: install Debian's package {package}");
    assert!(env::var_os("CI").is_none(), "{missing}");
    // A standard error that is closed has nobody who could overlook the line.
    let _ = writeln!(io::stderr(), "SKIPPED, documents: {missing}");
    false
}
