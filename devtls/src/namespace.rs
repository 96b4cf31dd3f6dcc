//! The namespace directory as a place to post in: ours alone, or not at all.

use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::Path;

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
