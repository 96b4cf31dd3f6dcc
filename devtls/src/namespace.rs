//! The namespace directory: where plan9port's programs post services as unix sockets, and look for them.

use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// Gives the directory's path from the values of `$NAMESPACE`, `$USER` and `$DISPLAY` (intro(4) of plan9port).
#[must_use]
pub(crate) fn path(namespace: Option<String>, user: Option<String>, display: Option<String>) -> PathBuf {
    if let Some(namespace) = namespace.filter(|path| !path.is_empty()) {
        return PathBuf::from(namespace);
    }
    let user = user.filter(|user| !user.is_empty()).unwrap_or_else(|| "none".to_owned());
    let display = display.filter(|display| !display.is_empty()).unwrap_or_else(|| ":0".to_owned());
    // The screen is left out, and a path in the name of a display would lead elsewhere.
    let display = display.strip_suffix(".0").unwrap_or(&display).replace('/', "_");
    PathBuf::from(format!("/tmp/ns.{user}.{display}"))
}

/// Makes the directory if it is not there, for us alone.
///
/// # Errors
/// It cannot be made, or it is not a directory of ours: somebody else could take the sockets away.
pub(crate) fn prepare(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        result => return result,
    }
    let meta = fs::symlink_metadata(path)?;
    let why = if !meta.is_dir() {
        "it is not a directory".to_owned()
    } else if meta.uid() != rustix::process::geteuid().as_raw() {
        "it belongs to somebody else".to_owned()
    } else if meta.mode() & 0o022 != 0 {
        format!("others may write in it: its mode is {:04o} and should be 0700", meta.mode() & 0o7777)
    } else {
        return Ok(());
    };
    Err(io::Error::new(ErrorKind::PermissionDenied, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(namespace: &str, user: &str, display: &str) -> String {
        let value = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        path(value(namespace), value(user), value(display)).display().to_string()
    }

    #[test]
    fn the_path_is_plan9ports() {
        assert_eq!(named("/srv/ns", "glenda", ":1"), "/srv/ns");
        assert_eq!(named("", "glenda", ":1.0"), "/tmp/ns.glenda.:1");
        assert_eq!(named("", "glenda", ""), "/tmp/ns.glenda.:0");
        assert_eq!(named("", "glenda", "/tmp/launch/org.x:0"), "/tmp/ns.glenda._tmp_launch_org.x:0");
    }

    #[test]
    fn the_directory_is_ours_alone() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("ns");
        prepare(&path).expect("made");
        prepare(&path).expect("found");
        assert_eq!(fs::metadata(&path).expect("there").mode() & 0o777, 0o700);
        let file = dir.path().join("file");
        fs::write(&file, "").expect("written");
        let why = |path| prepare(path).map_err(|error| error.to_string());
        assert_eq!(why(&file), Err("it is not a directory".to_owned()));
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o777)).expect("changed");
        let expected = "others may write in it: its mode is 0777 and should be 0700";
        assert_eq!(why(&path), Err(expected.to_owned()));
    }
}
