//! The TLS device that a program uses: its own, or one that is mounted or serves 9P somewhere.
//!
//! All have the same files; from here on hardly anybody asks which it is. Errors are the device's texts. Paths count from
//! the directory in which `clone` is.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::Duration;

use bytes::Bytes;
use devtls::{Compat, Embedded, EmbeddedFile, Limits};
use ninep::OpenMode;
use tlshand::program::device as elsewhere;
use tlshand::program::device::write_all;

use crate::exit::{Fatal, plain};
use crate::goodbye::Goodbyes;

pub use tlshand::FileError as Refusal;

/// A device.
pub enum Device {
    /// In this process.
    Embedded(Embedded),
    /// Elsewhere, and what it still has to do with ours.
    Elsewhere(elsewhere::Device, Goodbyes),
}

/// One use of a device.
pub enum Session {
    /// The files are in this process.
    Embedded(Embedded),
    /// The files are elsewhere.
    Elsewhere(elsewhere::Session),
}

/// An open file of a device; dropping it closes it.
pub enum File {
    /// In this process.
    Embedded(EmbeddedFile),
    /// Elsewhere.
    Elsewhere(elsewhere::File),
}

/// Whose manners a device in this process has where a handshake has these.
#[must_use]
pub fn records(compat: tlshand::Compat) -> Compat {
    match compat {
        tlshand::Compat::House => Compat::Standards,
        tlshand::Compat::NineFront => Compat::NineFront,
    }
}

/// The device that the environment names, if it does.
#[must_use]
pub fn from_environment() -> Option<String> {
    std::env::var("TLSDEV").ok().filter(|address| !address.is_empty())
}

impl Device {
    /// The device at `place`, a directory or an address, or one in this process for `connections_max` connections, with the
    /// manners `compat`, if there is none. Nothing is dialled yet.
    ///
    /// # Errors
    /// The place is none.
    pub fn new(place: Option<&str>, connections_max: usize, compat: Compat) -> Result<Device, Fatal> {
        let Some(text) = place else {
            let max = u32::try_from(connections_max).unwrap_or(u32::MAX);
            let limits = Limits { conversations: max, conversations_per_user: max, ..Limits::default() };
            return Ok(Device::Embedded(Embedded::with_compat(limits, compat)));
        };
        let device = elsewhere::Device::parse(text);
        let device = device.map(|device| Device::Elsewhere(device, Goodbyes::default()));
        device.map_err(|error| Fatal::configuration(format!("--device: {error}")))
    }

    /// Attaches to the device.
    ///
    /// # Errors
    /// There is none at the address.
    pub async fn session(&self) -> Result<Session, Refusal> {
        match self {
            Device::Embedded(device) => Ok(Session::Embedded(device.clone())),
            Device::Elsewhere(device, _) => device.session().await.map(Session::Elsewhere),
        }
    }

    /// Waits until every connection has said goodbye to its peer, as far as that needs this process, `time_max` at most.
    pub async fn settled(&self, time_max: Duration) {
        match self {
            Device::Embedded(device) => {
                // What is not done by then is done by the kernel, less politely.
                let _ = tokio::time::timeout(time_max, device.settled()).await;
            }
            Device::Elsewhere(_, goodbyes) => goodbyes.settled(time_max).await,
        }
    }

    /// The place, if it is a device elsewhere.
    #[must_use]
    pub fn address(&self) -> Option<String> {
        match self {
            Device::Embedded(_) => None,
            Device::Elsewhere(device, _) => Some(device.to_string()),
        }
    }
}

impl Session {
    /// Begins a connection; gives its `ctl`.
    ///
    /// # Errors
    /// The device's text.
    pub async fn begin(&self) -> Result<File, Refusal> {
        Ok(match self {
            Session::Embedded(device) => File::Embedded(device.open("tls/clone", OpenMode::RDWR)?),
            Session::Elsewhere(session) => File::Elsewhere(session.begin().await?),
        })
    }

    /// Opens a file, such as `encalgs`.
    ///
    /// # Errors
    /// The device's text.
    pub async fn open(&self, path: &str, mode: OpenMode) -> Result<File, Refusal> {
        Ok(match self {
            Session::Embedded(device) => File::Embedded(device.open(&format!("tls/{path}"), mode)?),
            Session::Elsewhere(session) => File::Elsewhere(session.open(path, mode).await?),
        })
    }

    /// The path of a connection's directory, for a command that looks at it.
    #[must_use]
    pub fn dir(&self, number: &str) -> String {
        match self {
            Session::Embedded(_) => format!("/tls/{number}"),
            Session::Elsewhere(session) => session.dir(number),
        }
    }
}

impl File {
    /// Reads up to `count` bytes; none at the end. Offsets mean nothing here (each file is read from its start once).
    ///
    /// # Errors
    /// The device's text.
    pub async fn read(&self, count: usize) -> Result<Bytes, Refusal> {
        Ok(match self {
            File::Embedded(file) => file.read(0, u32::try_from(count).unwrap_or(u32::MAX)).await?,
            File::Elsewhere(file) => file.read(count).await?,
        })
    }

    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// The device's text.
    pub async fn write_all(&self, bytes: Bytes) -> Result<(), Refusal> {
        match self {
            File::Embedded(file) => {
                write_all(bytes, |bytes| async { Ok(file.write(bytes).await? as usize) }).await
            }
            File::Elsewhere(file) => file.write_all(bytes).await,
        }
    }

    /// Writes `fd N VERSION`, which gives the device a copy of the descriptor. The one in this process could find it by its
    /// number too, but not where a sandbox forbids pidfd_getfd(2), as Docker's does.
    ///
    /// # Errors
    /// The device's text.
    pub async fn write_fd(&self, fd: &OwnedFd, version: u16) -> Result<(), Refusal> {
        match self {
            File::Embedded(file) => {
                let copy = fd.try_clone().map_err(|error| Refusal(plain(&error)))?;
                let line = format!("fd {} {version:#x}", fd.as_raw_fd());
                Ok(file.write_with_fd(Bytes::from(line), copy).await.map(|_| ())?)
            }
            File::Elsewhere(file) => file.write_fd(fd.as_fd(), version).await,
        }
    }
}
