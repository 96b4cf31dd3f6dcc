//! A device outside this process: mounted in a directory, or serving 9P at an address.
//!
//! Both have the same files; from here on nobody asks which it is. Errors are the device's texts. Paths count from the
//! directory in which `clone` is: `clone`, `3/hand`.

use std::ffi::OsStr;
use std::fmt;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use bytes::Bytes;
use ninep::OpenMode;
use ninep::client::{self, Client};
use ninep::io::Address;
use zeroize::Zeroizing;

use super::exit::plain;
use super::mounted;
use crate::files::FileError;

/// A device.
#[derive(Clone, Debug)]
pub enum Device {
    /// In this directory.
    Mounted(mounted::Tree),
    /// Behind 9P at an address; each session is a connection of its own.
    Dialled(Address),
}

/// One use of a device.
#[derive(Debug)]
pub enum Session {
    /// In a directory.
    Mounted(mounted::Tree),
    /// Behind 9P.
    Dialled(client::Tree),
}

/// An open file of a device; dropping it closes it.
#[derive(Debug)]
pub enum File {
    /// In a directory.
    Mounted(mounted::File),
    /// Behind 9P.
    Dialled(client::File),
}

impl Device {
    /// Reads what names a device: the path of a directory, or an address. A relative path begins with `.` unless it has
    /// nothing that an address has.
    ///
    /// # Errors
    /// No device is mounted there; it is no address.
    pub fn parse(text: &str) -> Result<Device, String> {
        let is_path = text.starts_with(['/', '.']) || !text.contains(['!', ':']);
        if is_path {
            let tree = mounted::Tree::find(Path::new(OsStr::from_bytes(text.as_bytes())));
            let tree = tree.map_err(|error| format!("no device mounted at {text}: {}", plain(&error)))?;
            return Ok(Device::Mounted(tree));
        }
        text.parse().map(Device::Dialled).map_err(|error: ninep::io::AddressError| error.to_string())
    }

    /// Attaches to the device.
    ///
    /// # Errors
    /// There is none at the address.
    pub async fn session(&self) -> Result<Session, FileError> {
        let address = match self {
            Device::Mounted(tree) => return Ok(Session::Mounted(tree.clone())),
            Device::Dialled(address) => address,
        };
        let absent = |why: &str| {
            FileError(format!("no device at {address}: {why} (start one: devtls -a '{address}')"))
        };
        let stream = match address.dial().await {
            Ok(stream) => stream,
            Err(error) => {
                let why = plain(&error);
                // The address comes with it.
                return Err(absent(why.strip_prefix(&format!("{address}: ")).unwrap_or(&why)));
            }
        };
        let client = Client::over(stream).await.map_err(|error| absent(&error.to_string()))?;
        // No name: whoever the kernel says that we are.
        let tree = client.attach("", "").await.map_err(|error| absent(&error.to_string()))?;
        Ok(Session::Dialled(tree))
    }
}

impl fmt::Display for Device {
    /// As it is typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Device::Mounted(tree) => write!(f, "{}", tree.path().display()),
            Device::Dialled(address) => write!(f, "{address}"),
        }
    }
}

impl Session {
    /// Begins a connection; gives its `ctl`.
    ///
    /// # Errors
    /// The device's text.
    pub async fn begin(&self) -> Result<File, FileError> {
        Ok(match self {
            Session::Mounted(tree) => File::Mounted(tree.begin().await?),
            Session::Dialled(tree) => File::Dialled(tree.open("tls/clone", OpenMode::RDWR).await?),
        })
    }

    /// Opens a file.
    ///
    /// # Errors
    /// The device's text.
    pub async fn open(&self, path: &str, mode: OpenMode) -> Result<File, FileError> {
        Ok(match self {
            Session::Mounted(tree) => File::Mounted(mounted::File::open(tree.path().join(path), mode).await?),
            Session::Dialled(tree) => File::Dialled(tree.open(&format!("tls/{path}"), mode).await?),
        })
    }

    /// Gives the path of a connection's directory, for others who use the device.
    #[must_use]
    pub fn dir(&self, number: &str) -> String {
        match self {
            Session::Mounted(tree) => tree.path().join(number).display().to_string(),
            Session::Dialled(_) => format!("/tls/{number}"),
        }
    }
}

impl File {
    /// Reads up to `count` bytes; none at the end. Offsets mean nothing here: each file is read from its start once.
    ///
    /// # Errors
    /// The device's text.
    pub async fn read(&self, count: usize) -> Result<Bytes, FileError> {
        Ok(match self {
            File::Mounted(file) => file.read(count).await?.into(),
            File::Dialled(file) => file.read(0, u32::try_from(count).unwrap_or(u32::MAX)).await?,
        })
    }

    /// Writes some of `bytes` and gives how many.
    ///
    /// # Errors
    /// The device's text.
    pub async fn write(&self, bytes: Bytes) -> Result<usize, FileError> {
        Ok(match self {
            File::Mounted(file) => file.write(bytes).await?,
            File::Dialled(file) => file.write_bytes(0, bytes).await? as usize,
        })
    }

    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// The device's text.
    pub async fn write_all(&self, bytes: Bytes) -> Result<(), FileError> {
        write_all(bytes, |bytes| self.write(bytes)).await
    }

    /// Writes `fd N VERSION`, which gives the device a copy of the descriptor.
    ///
    /// # Errors
    /// The device's text.
    pub async fn write_fd(&self, fd: BorrowedFd<'_>, version: u16) -> Result<(), FileError> {
        match self {
            File::Mounted(file) => file.write_fd(fd.as_raw_fd(), version).await,
            File::Dialled(file) => {
                // The number means nothing there: the descriptor itself goes along.
                let line = format!("fd 0 {version:#x}");
                Ok(file.write_with_fd(0, line.as_bytes(), fd).await.map(|_| ())?)
            }
        }
    }
}

/// Writes all of `bytes` by `write`, which takes some.
///
/// # Errors
/// What `write` says, or that it takes nothing.
pub async fn write_all<F: Future<Output = Result<usize, FileError>>>(
    mut bytes: Bytes,
    write: impl Fn(Bytes) -> F,
) -> Result<(), FileError> {
    loop {
        let len = write(bytes.clone()).await?;
        if len >= bytes.len() {
            return Ok(());
        }
        if len == 0 {
            return Err(FileError("the device took nothing of a write".to_owned()));
        }
        bytes = bytes.split_off(len);
    }
}

/// A line for `ctl`, which may hold secrets: it is wiped when the device has it.
#[must_use]
pub fn wiped(line: &str) -> Bytes {
    Bytes::from_owner(Zeroizing::new(line.as_bytes().to_vec()))
}

impl From<ninep::Error> for FileError {
    fn from(error: ninep::Error) -> FileError {
        FileError(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_told_from_an_address() {
        for address in ["unix!/tmp/x", "tcp!127.0.0.1!564", "localhost:564"] {
            assert!(matches!(Device::parse(address), Ok(Device::Dialled(_))), "{address}");
        }
        for path in ["/no/such:1", "./no!such", "nothing-here"] {
            let why = format!("no device mounted at {path}: no such file or directory");
            assert_eq!(Device::parse(path).map(drop), Err(why), "{path}");
        }
    }
}
