//! The channel to the kernel: `/dev/fuse` after the mount, one request per read, one answer per write.
//!
//! It knows how long messages are, not what they say.

use std::io::{self, IoSlice};
use std::os::fd::OwnedFd;
use std::sync::Arc;

use polyfuse_kernel::{FUSE_NOTIFY_POLL, fuse_notify_poll_wakeup_out, fuse_out_header};
use rustix::io::Errno;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use zerocopy::IntoBytes;
use zeroize::Zeroize;

use crate::spares::Spares;

/// One mount's end of the channel.
pub(super) struct Kernel {
    fd: AsyncFd<OwnedFd>,
}

impl Kernel {
    /// Takes over the descriptor of a mount that has been made.
    pub(super) fn new(fd: OwnedFd) -> io::Result<Kernel> {
        let flags = rustix::fs::fcntl_getfl(&fd)?;
        rustix::fs::fcntl_setfl(&fd, flags | rustix::fs::OFlags::NONBLOCK)?;
        Ok(Kernel { fd: crate::serve::register(fd)? })
    }

    /// Receives the next request into `room`; false is the end of the mount.
    pub(super) async fn recv(&self, room: &mut Room) -> io::Result<bool> {
        loop {
            // The end of the mount is an error to the poller, and nothing to read.
            let mut guard = self.fd.ready(Interest::READABLE | Interest::ERROR).await?;
            let read = guard.try_io(|fd| {
                room.bytes.clear();
                Ok(rustix::io::read(fd, rustix::buffer::spare_capacity(&mut room.bytes))?)
            });
            let Ok(result) = read else { continue };
            match result {
                Ok(_) => return Ok(true),
                Err(error) => match Errno::from_io_error(&error) {
                    // The request was interrupted before it came to us.
                    Some(Errno::NOENT | Errno::INTR) => {}
                    Some(Errno::NODEV) => return Ok(false),
                    _ => return Err(error),
                },
            }
        }
    }

    /// Answers request `unique` with `body`.
    pub(super) fn answer(&self, unique: u64, body: &[u8]) {
        self.send(unique, 0, body);
    }

    /// Answers request `unique` with an error.
    pub(super) fn refuse(&self, unique: u64, errno: i32) {
        self.send(unique, -errno, &[]);
    }

    /// Tells the kernel to poll again who waits under `handle` (its name for an open file).
    pub(super) fn wake(&self, handle: u64) {
        let wakeup = fuse_notify_poll_wakeup_out { kh: handle };
        self.send(0, i32::try_from(FUSE_NOTIFY_POLL).unwrap_or_default(), wakeup.as_bytes());
    }

    fn send(&self, unique: u64, error: i32, body: &[u8]) {
        let len = size_of::<fuse_out_header>() + body.len();
        let header = fuse_out_header { len: u32::try_from(len).unwrap_or(u32::MAX), error, unique };
        let parts = [IoSlice::new(header.as_bytes()), IoSlice::new(body)];
        match rustix::io::writev(self.fd.get_ref(), &parts) {
            Ok(_) => {}
            // Nobody waits for it any more, or the mount is gone.
            Err(Errno::NOENT | Errno::NODEV) => {}
            Err(error) => tracing::warn!("answer to the kernel refused: {}", io::Error::from(error)),
        }
    }
}

/// A buffer for one request: wiped if it held a secret, and put back for the next one.
pub(super) struct Room {
    bytes: Vec<u8>,
    shelf: Arc<Shelf>,
    is_secret: bool,
}

/// Buffers that wait for requests.
pub(super) struct Shelf {
    spares: Spares,
}

impl Default for Shelf {
    fn default() -> Self {
        Shelf { spares: Spares::new(ROOMS_KEPT_MAX, REQUEST_LEN_MAX) }
    }
}

impl Shelf {
    /// Takes a buffer, or makes one.
    pub(super) fn take(self: &Arc<Shelf>) -> Room {
        let mut bytes = self.spares.take();
        bytes.reserve_exact(REQUEST_LEN_MAX);
        Room { bytes, shelf: Arc::clone(self), is_secret: false }
    }

    /// Tells whether so many buffers are in use that a write that waits must not keep one.
    pub(super) fn is_scarce(self: &Arc<Shelf>) -> bool {
        // Each of them has a reference.
        Arc::strong_count(self) > ROOMS_MAX
    }
}

impl Room {
    /// Has the bytes wiped when the last reference to them goes.
    pub(super) fn mark_secret(&mut self) {
        self.is_secret = true;
    }
}

impl AsRef<[u8]> for Room {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.bytes);
        if self.is_secret {
            bytes.zeroize();
        }
        self.shelf.spares.give(bytes);
    }
}

/// Bytes that one read or write moves at most: what the kernel allows.
pub(super) const TRANSFER_LEN_MAX: u32 = 1 << 20;

/// Bytes of the longest request: a write with its headers, and a page to spare as the kernel wants it.
const REQUEST_LEN_MAX: usize = TRANSFER_LEN_MAX as usize + 4096;

/// Buffers with whole requests in them; beyond that the kernel's writes are taken in small pieces.
const ROOMS_MAX: usize = 64;

/// Buffers kept for later; more are made while more requests wait.
const ROOMS_KEPT_MAX: usize = 4;
