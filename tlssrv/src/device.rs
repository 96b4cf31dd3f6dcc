//! The TLS device that a program uses: its own, or one that serves 9P somewhere.
//!
//! Both have the same files; from here on nobody asks which it is. Errors are the device's texts.

use std::fmt;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::Duration;

use bytes::Bytes;
use devtls::{Embedded, EmbeddedFile, Limits};
use ninep::OpenMode;
use ninep::client::{self, Client, Tree};
use ninep::io::Address;

use crate::exit::{Fatal, plain};

/// A device.
pub enum Device {
    /// In this process.
    Embedded(Embedded),
    /// Behind 9P at an address; each session is a connection of its own.
    Dialled(Address),
}

/// One use of a device.
pub enum Session {
    /// The files are in this process.
    Embedded(Embedded),
    /// The files are behind 9P.
    Dialled(Tree),
}

/// An open file of a device; dropping it closes it.
pub enum File {
    /// In this process.
    Embedded(EmbeddedFile),
    /// Behind 9P.
    Dialled(client::File),
}

/// What the device said when it refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub String);

/// The device that the environment names, if it does.
#[must_use]
pub fn from_environment() -> Option<String> {
    std::env::var("TLSDEV").ok().filter(|address| !address.is_empty())
}

impl Device {
    /// The device at `address`, or one in this process for `connections_max` connections if there is none. Nothing is
    /// dialled yet.
    ///
    /// # Errors
    /// The address is not one.
    pub fn new(address: Option<&str>, connections_max: usize) -> Result<Device, Fatal> {
        match address {
            Some(text) => match text.parse() {
                Ok(address) => Ok(Device::Dialled(address)),
                Err(error) => Err(Fatal::configuration(format!("--device: {error}"))),
            },
            None => {
                let max = u32::try_from(connections_max).unwrap_or(u32::MAX);
                let limits = Limits { conversations: max, conversations_per_user: max, ..Limits::default() };
                Ok(Device::Embedded(Embedded::new(limits)))
            }
        }
    }

    /// Attaches to the device.
    ///
    /// # Errors
    /// There is none at the address.
    pub async fn session(&self) -> Result<Session, Refusal> {
        match self {
            Device::Embedded(device) => Ok(Session::Embedded(device.clone())),
            Device::Dialled(address) => {
                let advice = match address {
                    Address::Unix(_) => format!("start one: devtls -a '{address}'"),
                    Address::Tcp { .. } => {
                        "a connection's descriptor passes only over a unix socket".to_owned()
                    }
                };
                let absent = |why: &str| Refusal(format!("no device at {address}: {why} ({advice})"));
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
    }

    /// Waits until every connection of this process's own device has said goodbye to its peer, `time_max` at most. A
    /// device elsewhere does that without us.
    pub async fn settled(&self, time_max: Duration) {
        if let Device::Embedded(device) = self {
            // What is not done by then is done by the kernel, less politely.
            let _ = tokio::time::timeout(time_max, device.settled()).await;
        }
    }

    /// The address, if it is a device elsewhere.
    #[must_use]
    pub fn address(&self) -> Option<String> {
        match self {
            Device::Embedded(_) => None,
            Device::Dialled(address) => Some(address.to_string()),
        }
    }
}

impl Session {
    /// Opens the file at `path`, such as `tls/clone`, for reading and writing.
    ///
    /// # Errors
    /// The device's text.
    pub async fn open(&self, path: &str, mode: OpenMode) -> Result<File, Refusal> {
        Ok(match self {
            Session::Embedded(device) => File::Embedded(device.open(path, mode)?),
            Session::Dialled(tree) => File::Dialled(tree.open(path, mode).await?),
        })
    }
}

impl File {
    /// Reads up to `count` bytes; none at the end. Offsets mean nothing here (each file is read from its start once).
    ///
    /// # Errors
    /// The device's text.
    pub async fn read(&self, count: usize) -> Result<Bytes, Refusal> {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        Ok(match self {
            File::Embedded(file) => file.read(0, count).await?,
            File::Dialled(file) => file.read(0, count).await?,
        })
    }

    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// The device's text.
    pub async fn write_all(&self, mut bytes: Bytes) -> Result<(), Refusal> {
        loop {
            let len = match self {
                File::Embedded(file) => file.write(bytes.clone()).await?,
                File::Dialled(file) => file.write_bytes(0, bytes.clone()).await?,
            };
            let len = usize::try_from(len).unwrap_or(usize::MAX);
            if len >= bytes.len() {
                return Ok(());
            }
            if len == 0 {
                return Err(Refusal("the device took nothing of a write".to_owned()));
            }
            bytes = bytes.split_off(len);
        }
    }

    /// Writes `fd N VERSION` with a copy of the descriptor beside the words, which the device keeps. The device in this
    /// process could find it by its number too, but not where a sandbox forbids pidfd_getfd(2), as Docker's does.
    ///
    /// # Errors
    /// The device's text.
    pub async fn write_fd(&self, fd: &OwnedFd, version: u16) -> Result<(), Refusal> {
        let line = format!("fd {} {version:#x}", fd.as_raw_fd());
        match self {
            File::Embedded(file) => {
                let copy = fd.try_clone().map_err(|error| Refusal(plain(&error)))?;
                file.write_with_fd(Bytes::from(line), copy).await?
            }
            File::Dialled(file) => file.write_with_fd(0, line.as_bytes(), fd.as_fd()).await?,
        };
        Ok(())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refusal {}

impl From<ninep::Error> for Refusal {
    fn from(error: ninep::Error) -> Refusal {
        Refusal(error.to_string())
    }
}
