//! File: an open fid, read and written at offsets.
//!
//! Reads and writes may be under way at once, from several tasks; the server keeps the reads in order and the writes in order. A
//! future that is dropped is flushed: what a write did before that is done.

use std::os::fd::{BorrowedFd, OwnedFd};

use bytes::Bytes;

use super::tree::Walked;
use crate::fcall::{Rmsg, Tmsg, decode_stats};
use crate::{Dialect, Error, Qid, Stat, errstr};

/// An open file. Dropping it clunks it; [`close`](Self::close) does so and waits.
#[derive(Debug)]
pub struct File {
    walked: Walked,
    qid: Qid,
    /// Bytes that one message transfers.
    iounit: u32,
}

impl File {
    pub(super) fn new(walked: Walked, qid: Qid, iounit: u32) -> Self {
        let count_max = walked.handle().count_max();
        let iounit = if iounit == 0 { count_max } else { iounit.min(count_max) };
        Self { walked, qid, iounit }
    }

    /// Reads at most `count` bytes at `offset`, in one request, so at most [`iounit`](Self::iounit). No bytes are the end.
    ///
    /// # Errors
    /// What the server says.
    pub async fn read(&self, offset: u64, count: u32) -> Result<Bytes, Error> {
        let count = count.min(self.iounit);
        match self.walked.call(&Tmsg::Read { fid: self.walked.fid(), offset, count }).await? {
            Rmsg::Read { data } if data.len() <= count as usize => Ok(data),
            _ => Err(errstr::BAD_MESSAGE),
        }
    }

    /// Reads from the start to the end, at most `len_max` bytes.
    ///
    /// # Errors
    /// What the server says.
    pub async fn read_to_end(&self, len_max: usize) -> Result<Vec<u8>, Error> {
        let mut all = Vec::new();
        while let Some(room) = len_max.checked_sub(all.len()).filter(|room| *room > 0) {
            let read = self.read(all.len() as u64, u32::try_from(room).unwrap_or(u32::MAX)).await?;
            if read.is_empty() {
                break;
            }
            all.extend_from_slice(&read);
        }
        Ok(all)
    }

    /// Writes at `offset`, and says how many bytes the server took: all of them, unless it took fewer of one request. Longer than
    /// [`iounit`](Self::iounit) it becomes several requests, each sent after the answer to the one before.
    ///
    /// # Errors
    /// What the server says. Requests before the one that failed are done.
    pub async fn write(&self, offset: u64, data: &[u8]) -> Result<u32, Error> {
        self.write_bytes(offset, Bytes::copy_from_slice(data)).await
    }

    /// The same as [`write`](Self::write), without copying the data.
    ///
    /// # Errors
    /// As there.
    pub async fn write_bytes(&self, offset: u64, mut data: Bytes) -> Result<u32, Error> {
        let mut written = 0;
        loop {
            let piece = data.split_to(data.len().min(self.iounit as usize));
            let piece_len = piece.len();
            let count = self.write_piece(offset + u64::from(written), piece, Vec::new()).await?;
            written += count;
            if (count as usize) < piece_len || data.is_empty() {
                return Ok(written);
            }
        }
    }

    /// Writes at `offset`, in one request, and passes a descriptor along (unix sockets only).
    ///
    /// # Errors
    /// What the server says; the data is longer than [`iounit`](Self::iounit); the connection is no unix socket; no descriptor is left
    /// for a copy.
    pub async fn write_with_fd(
        &self,
        offset: u64,
        data: &[u8],
        descriptor: BorrowedFd<'_>,
    ) -> Result<u32, Error> {
        if data.len() > self.iounit as usize {
            return Err(errstr::BAD_ARG);
        }
        let copy = descriptor.try_clone_to_owned().map_err(|error| {
            Error::from_text(error.to_string(), error.raw_os_error().unwrap_or(errstr::errno::EMFILE))
        })?;
        self.write_piece(offset, Bytes::copy_from_slice(data), vec![copy]).await
    }

    /// Reads a directory to its end.
    ///
    /// # Errors
    /// What the server says; what it sends is no directory.
    pub async fn list(&self) -> Result<Vec<Stat>, Error> {
        let mut stats = Vec::new();
        let mut offset = 0;
        loop {
            let read = self.read(offset, self.iounit).await?;
            if read.is_empty() {
                return Ok(stats);
            }
            offset += read.len() as u64;
            stats.extend(decode_stats(&read, Dialect::Classic).map_err(|error| error.error())?);
        }
    }

    /// Describes the file.
    ///
    /// # Errors
    /// What the server says.
    pub async fn stat(&self) -> Result<Stat, Error> {
        self.walked.stat().await
    }

    /// Changes what `stat` does not say to leave ([`Stat::leave`]).
    ///
    /// # Errors
    /// What the server says.
    pub async fn wstat(&self, stat: &Stat) -> Result<(), Error> {
        self.walked.call(&Tmsg::Wstat { fid: self.walked.fid(), stat: stat.clone() }).await.map(|_| ())
    }

    /// Clunks the file and waits until the server has done so.
    ///
    /// # Errors
    /// The connection ends first.
    pub async fn close(self) -> Result<(), Error> {
        self.walked.close().await
    }

    /// The qid that the open gave.
    #[must_use]
    pub fn qid(&self) -> Qid {
        self.qid
    }

    /// Bytes that one request transfers at most.
    #[must_use]
    pub fn iounit(&self) -> u32 {
        self.iounit
    }

    async fn write_piece(&self, offset: u64, data: Bytes, descriptors: Vec<OwnedFd>) -> Result<u32, Error> {
        let len = data.len();
        let tmsg = Tmsg::Write { fid: self.walked.fid(), offset, data };
        let rmsg = if descriptors.is_empty() {
            self.walked.call(&tmsg).await?
        } else {
            self.walked.handle().call_with_descriptors(&tmsg, descriptors).await?
        };
        match rmsg {
            Rmsg::Write { count } if count as usize <= len => Ok(count),
            _ => Err(errstr::BAD_MESSAGE),
        }
    }
}
