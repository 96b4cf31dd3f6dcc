//! An open file of the mount: a file of the device, and what the kernel does not keep for it.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use bytes::Bytes;
use ninep::Answer;
use polyfuse_kernel::{FOPEN_DIRECT_IO, FOPEN_NONSEEKABLE, FOPEN_STREAM};

use super::poll::Polled;
use crate::ctl::Descriptors;
use crate::device::File;
use crate::serve::Writer;
use crate::tree::{Place, Which};

/// An open file.
pub(super) struct Open {
    file: Arc<File>,
    place: Place,
    /// Who waits until it is ready.
    pub(super) polled: Polled,
    /// The user who opened it.
    opener: u32,
    /// How far the text of `ctl` has been read: the kernel keeps no place in a stream.
    ctl_offset: AtomicU64,
}

impl Open {
    /// Keeps `file`, which is open at `place`.
    pub(super) fn new(file: Arc<File>, place: Place, opener: u32) -> Open {
        Open { file, place, polled: Polled::default(), opener, ctl_offset: AtomicU64::new(0) }
    }

    /// Gives the file of the device.
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Says how the kernel is to treat it: nothing is kept of what is read and written, and a stream has
    /// no place that its readers and writers would have to wait for one another to change.
    pub(super) fn flags(&self) -> u32 {
        let stream = match self.place {
            Place::File(_, which) if which.is_stream() => FOPEN_NONSEEKABLE | FOPEN_STREAM,
            _ => 0,
        };
        FOPEN_DIRECT_IO | FOPEN_NOFLUSH | stream
    }

    /// Tells whether keys may be written to it.
    pub(super) fn is_ctl(&self) -> bool {
        matches!(self.place, Place::File(_, Which::Ctl))
    }

    /// Reads at most `count` bytes.
    pub(super) fn read(&self, offset: u64, count: u32) -> Answer<Bytes> {
        if !self.is_ctl() {
            return self.file.read(offset, count);
        }
        let answer = self.file.read(self.ctl_offset.load(Ordering::Relaxed), count);
        if let Answer::Now(Ok(text)) = &answer {
            self.ctl_offset.fetch_add(text.len() as u64, Ordering::Relaxed);
        }
        answer
    }

    /// Writes `data` for `thread` of the user `uid`. `taken` says at any time how many bytes will go to the
    /// peer whatever becomes of the answer.
    pub(super) fn write(&self, data: Bytes, thread: u32, uid: u32, taken: &Arc<AtomicUsize>) -> Answer<u32> {
        let writer = Writer { thread, uid, opener: self.opener };
        let beside: Vec<OwnedFd> = Vec::new();
        self.file.write_by(Descriptors::Of(writer), data, beside, taken)
    }
}

/// A close tells nobody before the last one does: the kernel would hold up the close of a descriptor that
/// `fd` took from whoever writes, until that write is over.
const FOPEN_NOFLUSH: u32 = 1 << 5;
