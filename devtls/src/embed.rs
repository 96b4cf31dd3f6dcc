//! The device inside a program: the same files, opened by path, without 9P between.
//!
//! `fd N vers` means descriptor N of this process. A file is closed by dropping it.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use bytes::Bytes;
use ninep::{Answer, Fs, OpenMode, User};

use crate::conv::Compat;
use crate::ctl::Descriptors;
use crate::device::{Device, File as DeviceFile};
use crate::errstr::Error;
use crate::limits::Limits;
use crate::serve::{Chan, Stream};

/// A device of this process's own. Clones share it.
#[derive(Clone)]
pub struct Embedded {
    device: Arc<Device>,
}

/// An open file of an embedded device.
pub struct File {
    file: Arc<DeviceFile>,
    mode: OpenMode,
}

impl Embedded {
    /// Makes a device without conversations.
    #[must_use]
    pub fn new(limits: Limits) -> Embedded {
        Embedded::with_compat(limits, Compat::default())
    }

    /// Makes a device without conversations whose manners are `compat`.
    #[must_use]
    pub fn with_compat(limits: Limits, compat: Compat) -> Embedded {
        // One user has it all to itself: what it is called is seen by nobody.
        Embedded { device: Arc::new(Device::new(User::named("none"), limits).with_compat(compat)) }
    }

    /// Opens the file at `path`, such as `tls/clone`.
    ///
    /// # Errors
    /// The device's text for a file that does not exist or cannot be opened so.
    pub fn open(&self, path: &str, mode: OpenMode) -> Result<File, ninep::Error> {
        let root = self.device.root(self.device.eve().clone(), Descriptors::Own);
        let mut names = path.split('/').filter(|name| !name.is_empty());
        let node = names.try_fold(root, |node, name| self.device.walk(&node, name))?;
        let opened = self.device.open(&node, mode)?;
        Ok(File { file: opened.file, mode })
    }

    /// Waits until no conversation is in use and none still says goodbye to its peer.
    pub async fn settled(&self) {
        self.device.settled().await;
    }
}

impl File {
    /// Reads up to `count` bytes; no bytes are the end of the file. Waits where the file waits;
    /// dropping the future loses nothing.
    ///
    /// # Errors
    /// The device's text.
    pub async fn read(&self, offset: u64, count: u32) -> Result<Bytes, ninep::Error> {
        if !self.mode.can_read() {
            return Err(Error::BadUse.into());
        }
        finish(self.file.read(offset, count)).await
    }

    /// Writes `data` and gives the number of bytes taken: all of them. Dropping the future may cut the
    /// write, never a record.
    ///
    /// # Errors
    /// The device's text.
    pub async fn write(&self, data: Bytes) -> Result<u32, ninep::Error> {
        self.write_with(data, Vec::new()).await
    }

    /// Writes `line`, an `fd` command, with the descriptor that it means beside it: for processes that
    /// may not look up their own descriptors by number.
    ///
    /// # Errors
    /// The device's text.
    pub async fn write_with_fd(&self, line: Bytes, fd: OwnedFd) -> Result<u32, ninep::Error> {
        self.write_with(line, vec![fd]).await
    }

    /// Does `fd` with a stream of this process's own in place of a descriptor; `version` as there.
    ///
    /// # Errors
    /// The text that `fd` would give; `inappropriate use of fd` if this is not a `ctl`.
    pub fn take_stream(&self, stream: impl Stream, name: &str, version: i64) -> Result<(), ninep::Error> {
        let live = self.file.ctl().ok_or(Error::BadUse)?;
        Ok(live.take_channel(Chan::from_stream(stream, name.to_owned()), version)?)
    }

    async fn write_with(&self, data: Bytes, fds: Vec<OwnedFd>) -> Result<u32, ninep::Error> {
        if !self.mode.can_write() {
            return Err(Error::BadUse.into());
        }
        finish(self.file.write(data, fds)).await
    }
}

async fn finish<T>(answer: Answer<T>) -> Result<T, ninep::Error> {
    match answer {
        Answer::Now(result) => result,
        Answer::Later(future) => future.await,
    }
}
