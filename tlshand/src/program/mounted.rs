//! The files of a device that is mounted: plain files, each call on a thread that may wait.
//!
//! A read of such a file waits for a peer, and not every mount can be asked beforehand whether it will (9pfuse and v9fs
//! cannot): so the calls run on the runtime's blocking threads. A future that is dropped leaves its thread to wait until the
//! connection is over; whoever gives a connection up says so to its `ctl`.
//!
//! To Linux, files of 9pfuse and v9fs have offsets. The device passes over them, but a reader and a writer of one open file would
//! wait for each other to move its own: so every call says where, at the beginning.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, OwnedFd, RawFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use ninep::{OpenMode, Statfs};
use rustix::buffer::spare_capacity;
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::process::{PTracer, Pid, set_ptracer};
use tokio::sync::Mutex;

use super::exit::plain;
use crate::files::FileError;

/// The directory of a mounted device in which `clone` is.
#[derive(Clone, Debug)]
pub struct Tree {
    path: PathBuf,
}

/// An open file of a mounted device; it is closed when its last clone has been dropped, and the last call on it is over.
#[derive(Clone, Debug)]
pub struct File {
    file: Arc<fs::File>,
    path: Arc<Path>,
    /// It has no offset, so it takes none.
    is_stream: bool,
}

impl Tree {
    /// Finds the device that is mounted at `dir`: its root is there, or its directory `tls`.
    ///
    /// # Errors
    /// There is none.
    pub fn find(dir: &Path) -> io::Result<Tree> {
        // A program that is told of it may go elsewhere.
        let dir = std::path::absolute(dir)?;
        let mut failure = Errno::NOENT.into();
        for path in [dir.clone(), dir.join("tls")] {
            match fs::metadata(path.join("clone")) {
                Ok(_) => return Ok(Tree { path }),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// Begins a connection; gives its `ctl`.
    ///
    /// # Errors
    /// The system's words.
    pub async fn begin(&self) -> Result<File, FileError> {
        // Its mode lets nobody write, and v9fs holds everybody but root to that. What is read is the number.
        let clone = File::open(self.path.join("clone"), OpenMode::READ).await?;
        let number = clone.read(NUMBER_LEN_MAX).await?;
        let number = std::str::from_utf8(&number).ok().filter(|text| is_number(text));
        let number = number.ok_or_else(|| FileError("clone gives no number".to_owned()))?;
        File::open(self.path.join(number).join("ctl"), OpenMode::RDWR).await
    }

    /// The device and the number of the connection whose directory `dir` is.
    ///
    /// # Errors
    /// It is none.
    pub fn of_connection(dir: &Path) -> io::Result<(Tree, String)> {
        let dir = fs::canonicalize(dir)?;
        let number = dir.file_name().and_then(OsStr::to_str).filter(|name| is_number(name));
        match (number, dir.parent()) {
            (Some(number), Some(path)) => Ok((Tree { path: path.to_owned() }, number.to_owned())),
            _ => Err(io::Error::other("not the directory of a connection")),
        }
    }

    /// Gives the path of the directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl File {
    /// Opens the file at `path`.
    ///
    /// # Errors
    /// The system's words.
    pub async fn open(path: PathBuf, mode: OpenMode) -> Result<File, FileError> {
        let opened = on_a_thread(move || {
            let file = fs::OpenOptions::new().read(mode.can_read()).write(mode.can_write()).open(&path)?;
            if is_v9fs(&file)? {
                // A read would go on until it has as much as it asked for. So it ends with what there is; it still waits while that
                // is nothing.
                rustix::fs::fcntl_setfl(&file, rustix::fs::fcntl_getfl(&file)? | OFlags::NONBLOCK)?;
            }
            let is_stream = rustix::fs::tell(&file) == Err(Errno::SPIPE);
            Ok(File { file: Arc::new(file), path: Arc::from(path), is_stream })
        });
        opened.await.map_err(|error| FileError(plain(&error)))
    }

    /// Reads up to `count` bytes, of a text its first ones; none at the end.
    ///
    /// # Errors
    /// The device's words as far as they can be found out.
    pub async fn read(&self, count: usize) -> Result<Vec<u8>, FileError> {
        let (file, is_stream) = (Arc::clone(&self.file), self.is_stream);
        let read = on_a_thread(move || {
            let mut buf = Vec::with_capacity(count);
            rustix::io::retry_on_intr(|| match is_stream {
                true => rustix::io::read(&*file, spare_capacity(&mut buf)),
                false => rustix::io::pread(&*file, spare_capacity(&mut buf), 0),
            })?;
            Ok(buf)
        });
        self.told(read.await).await
    }

    /// Writes some of `bytes` and gives how many.
    ///
    /// # Errors
    /// The device's words as far as they can be found out.
    pub async fn write(&self, bytes: Bytes) -> Result<usize, FileError> {
        let (file, is_stream) = (Arc::clone(&self.file), self.is_stream);
        let written = on_a_thread(move || {
            Ok(rustix::io::retry_on_intr(|| match is_stream {
                true => rustix::io::write(&*file, &bytes),
                false => rustix::io::pwrite(&*file, &bytes, 0),
            })?)
        });
        self.told(written.await).await
    }

    /// Writes `fd N VERSION` to this `ctl`, for descriptor `number` of this process.
    ///
    /// # Errors
    /// The system's words.
    pub async fn write_fd(&self, number: RawFd, version: u16) -> Result<(), FileError> {
        // One at a time: the leave to look is the whole process's.
        let _turn = TURN.lock().await;
        let server = self.server();
        if let Some(server) = server {
            // Where nobody forbids it there is nothing to allow (prctl(2)).
            let _ = set_ptracer(PTracer::ProcessID(server));
        }
        let written = self.write(Bytes::from(format!("fd {number} {version:#x}"))).await;
        if server.is_some() {
            let _ = set_ptracer(PTracer::None);
        }
        written.map(|_| ())
    }

    /// Gives the descriptor to a process that is to start with it.
    ///
    /// # Errors
    /// No descriptor is left for a copy.
    pub fn to_descriptor(&self) -> io::Result<OwnedFd> {
        self.file.as_fd().try_clone_to_owned()
    }

    /// The process that serves the mount, where it says so: it has to look into ours for a descriptor.
    fn server(&self) -> Option<Pid> {
        let mut number = [0; 16];
        let len = rustix::fs::fgetxattr(&*self.file, "user.devtls.pid", &mut number).ok()?;
        let number = std::str::from_utf8(number.get(..len)?).ok()?;
        Pid::from_raw(number.parse().ok()?)
    }

    /// Finds the device's words for a failure: a mount carries only numbers, but `status` has the reason.
    async fn told<T>(&self, result: io::Result<T>) -> Result<T, FileError> {
        let error = match result {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        let otherwise = match Errno::from_io_error(&error) {
            Some(Errno::PIPE) => "tls hungup".to_owned(),
            Some(Errno::PROTO | Errno::IO) => plain(&error),
            // A warning of the peer's, and no end.
            Some(Errno::CANCELED) => return Err(FileError("handshake canceled by user".to_owned())),
            _ => return Err(FileError(plain(&error))),
        };
        let status = self.path.with_file_name("status");
        let status = on_a_thread(move || fs::read_to_string(status)).await.unwrap_or_default();
        let reason = status.lines().find_map(|line| line.strip_prefix("Error: "));
        Err(FileError(reason.map_or(otherwise, str::to_owned)))
    }
}

/// Tells whether a text is the name of a connection's directory.
#[must_use]
pub fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Tells whether Linux's own 9P client has mounted the file.
fn is_v9fs(file: &fs::File) -> io::Result<bool> {
    Ok(u32::try_from(rustix::fs::fstatfs(file)?.f_type) == Ok(Statfs::V9FS_MAGIC))
}

/// Runs a call that may wait.
async fn on_a_thread<T: Send + 'static>(
    call: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(call).await.map_err(io::Error::other)?
}

static TURN: Mutex<()> = Mutex::const_new(());

/// Bytes of a connection's number.
const NUMBER_LEN_MAX: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_device_is_found_at_its_root_or_its_directory() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Tree::find(dir.path()).unwrap_err().kind(), ErrorKind::NotFound);
        let tls = dir.path().join("tls");
        fs::create_dir(&tls).unwrap();
        fs::write(tls.join("clone"), "").unwrap();
        assert_eq!(Tree::find(dir.path()).unwrap().path(), tls);
        assert_eq!(Tree::find(&tls).unwrap().path(), tls);
    }

    #[tokio::test]
    async fn a_connection_begins_with_a_clone_that_may_only_be_read() {
        let dir = tempfile::tempdir().unwrap();
        let tree = Tree { path: dir.path().to_owned() };
        fs::create_dir(dir.path().join("17")).unwrap();
        fs::write(dir.path().join("17/ctl"), "17").unwrap();
        for (number, told) in [("17", Ok(b"17".to_vec())), ("", Err("clone gives no number"))] {
            fs::write(dir.path().join("clone"), number).unwrap();
            let read = match tree.begin().await {
                Ok(ctl) => ctl.read(NUMBER_LEN_MAX).await,
                Err(error) => Err(error),
            };
            assert_eq!(read.map_err(|error| error.0), told.map_err(str::to_owned));
        }
    }

    #[tokio::test]
    async fn every_call_is_at_the_beginning() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, "0123456789").unwrap();
        let file = File::open(path.clone(), OpenMode::RDWR).await.unwrap();
        assert_eq!(file.write(Bytes::from_static(b"abc")).await.unwrap(), 3);
        assert_eq!(file.read(4).await.unwrap(), b"abc3");
        assert_eq!(file.write(Bytes::from_static(b"x")).await.unwrap(), 1);
        assert_eq!(file.read(99).await.unwrap(), b"xbc3456789");
        let file = File::open(path, OpenMode::READ).await.unwrap();
        assert_eq!(file.write(Bytes::from_static(b"x")).await.unwrap_err().0, "bad file descriptor");
        let absent = File::open(dir.path().join("absent"), OpenMode::READ).await;
        assert_eq!(absent.unwrap_err().0, "no such file or directory");
    }

    #[tokio::test]
    async fn a_stream_is_read_from_where_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("fifo");
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RWXU).unwrap();
        let file = File::open(path, OpenMode::RDWR).await.unwrap();
        assert_eq!(file.write(Bytes::from_static(b"abc")).await.unwrap(), 3);
        assert_eq!(file.read(2).await.unwrap(), b"ab");
        assert_eq!(file.read(2).await.unwrap(), b"c");
    }

    #[tokio::test]
    async fn the_reason_stands_in_status() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("hand"), "").unwrap();
        fs::write(dir.path().join("status"), "State: Errored\nVersion: 0x303\nError: illegal parameter\n")
            .unwrap();
        let hand = File::open(dir.path().join("hand"), OpenMode::READ).await.unwrap();
        let failure = |errno: Errno| Err::<(), _>(io::Error::from_raw_os_error(errno.raw_os_error()));
        for errno in [Errno::PROTO, Errno::IO, Errno::PIPE] {
            assert_eq!(hand.told(failure(errno)).await.unwrap_err().0, "illegal parameter", "{errno}");
        }
        assert_eq!(hand.told(failure(Errno::CANCELED)).await.unwrap_err().0, "handshake canceled by user");
        assert_eq!(hand.told(failure(Errno::BUSY)).await.unwrap_err().0, "device or resource busy");
        fs::write(dir.path().join("status"), "State: LocalClosed\nVersion: 0x303\n").unwrap();
        assert_eq!(hand.told(failure(Errno::PIPE)).await.unwrap_err().0, "tls hungup");
        assert_eq!(hand.told(failure(Errno::PROTO)).await.unwrap_err().0, "protocol error");
    }
}
