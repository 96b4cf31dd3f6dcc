//! Python with packages that no Debian has: an environment in the target directory, which CI makes, or the system's own.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::missing::Missing;

/// The interpreter.
pub(crate) fn program() -> PathBuf {
    let beside = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("python").join("bin/python3");
    if beside.exists() { beside } else { PathBuf::from("python3") }
}

/// A script of `tests/data/peers/python`.
pub(crate) fn script(name: &str) -> Command {
    let mut command = Command::new(program());
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/peers/python").join(name));
    command
}

/// Whether a module can be imported; `package` is what pip would install.
pub(crate) fn find(module: &str, package: &str) -> Result<(), Missing> {
    let mut import = Command::new(program());
    import.args(["-c", &format!("import {module}")]).stdin(Stdio::null()).stdout(Stdio::null());
    match import.stderr(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        _ => Err(Missing::new(
            format!("Python module {module}"),
            format!(
                "install Debian's packages python3-venv and python3-cryptography; then, in the target directory, run \
                 `python3 -m venv --system-site-packages python && python/bin/pip install {package}`"
            ),
        )),
    }
}
