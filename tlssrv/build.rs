//! Links what unwinds a panic into the programs, in place of a library of its own: a process for one connection would open, map and
//! relocate that library first, for a twentieth of all that it does.
//!
//! Nothing is asked of machines where the C compiler has no archive of it: Rust's own way is good there too.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if is_shared() && has_archive() {
        println!("cargo::rustc-link-lib=gcc_eh");
    }
}

/// Whether Rust would take the shared library of GCC: with the C library of GNU, unless that is linked in as well. Another machine's
/// compiler is not asked.
fn is_shared() -> bool {
    let is = |variable: &str, value: &str| env::var(variable).is_ok_and(|found| found == value);
    let features = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && env::var("HOST").ok() == env::var("TARGET").ok()
        && features.split(',').all(|feature| feature != "crt-static")
}

/// Whether the linker will find it. The compiler says a name without a directory for what it has not.
fn has_archive() -> bool {
    let asked = Command::new("cc").arg(format!("-print-file-name={ARCHIVE}")).output();
    asked.is_ok_and(|said| Path::new(String::from_utf8_lossy(&said.stdout).trim()).is_absolute())
}

const ARCHIVE: &str = "libgcc_eh.a";
