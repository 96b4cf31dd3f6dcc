//! What people read before they use the house: the manual pages and the README. What they say is held against the programs.
//!
//! Whether the pages are well written is for people to judge.

mod examples;
mod lint;
mod page;
mod programs;
mod readme;
mod scripts;
mod units;

use std::path::{Path, PathBuf};

use crate::support::missing;

/// The workspace's directory.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is a directory of the workspace").to_owned()
}

/// Whether to go on with a test that needs `program`, see [`missing::present`].
fn present(program: &str, package: &str) -> bool {
    missing::present("documents", missing::find(program, package, "--version"))
}
