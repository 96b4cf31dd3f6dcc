//! Our own programs: built once per test process, in the target directory and with the profile of the running test.
//!
//! Tests live in another package than the binaries, so cargo does not build these for them; and a binary left by an older build must
//! never be what is tested.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The path of one of our programs.
pub(crate) fn path(name: &str) -> PathBuf {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    let path = DIR.get_or_init(build).join(name);
    assert!(path.is_file(), "no program {} in this workspace", path.display());
    path
}

/// Builds them all and gives their directory.
fn build() -> PathBuf {
    // This test is TARGET/PROFILE/deps/NAME.
    let test = env::current_exe().unwrap();
    let dir = test.ancestors().nth(2).unwrap();
    let profile = match dir.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(other) => other,
    };
    // The workspace whole: the same features as `cargo test`, so that nothing is built twice.
    let output = Command::new(env!("CARGO"))
        .args(["build", "--workspace", "--bins", "--quiet", "--locked", "--profile", profile, "--target-dir"])
        .arg(dir.parent().unwrap_or(Path::new("target")))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo build: {}", String::from_utf8_lossy(&output.stderr));
    dir.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_programs_are_built_beside_the_test_and_start() {
        for name in ["devtls", "tlshand", "tlssrv", "tlsclient"] {
            let output = Command::new(path(name)).arg("--help").output().unwrap();
            assert!(output.status.success() && !output.stdout.is_empty(), "{name}: {output:?}");
        }
    }
}
