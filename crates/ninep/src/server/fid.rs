//! The fid table's entries: what a fid stands for, and the reads and writes that are under way on it.
//!
//! **Invariants.** At most one read and one write of a fid are under way, or several writes that are done together; the others
//! wait in the order in which they were sent. Reads and writes do not wait for one another.

use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use bytes::Bytes;

use super::dir::DirReads;
use super::fs::{Fs, Opened};
use crate::{Error, OpenMode, Qid, Tag, errstr};

/// What a fid stands for.
pub(super) struct Entry<F: Fs> {
    pub(super) node: F::Node,
    pub(super) qid: Qid,
    pub(super) open: Option<Open<F::File>>,
    pub(super) reads: Lane<ReadJob>,
    pub(super) writes: Lane<WriteJob>,
    /// A clunk or remove waits for the writes before it: for every later message the fid is gone.
    pub(super) is_leaving: bool,
}

/// An opened file, as the engine keeps it.
pub(super) struct Open<File> {
    pub(super) file: Arc<File>,
    pub(super) mode: OpenMode,
    pub(super) joins_writes: bool,
    pub(super) dir: DirReads,
}

/// Requests of one kind on one fid.
pub(super) struct Lane<Job> {
    /// Those that are under way: one, or writes that are done together.
    pub(super) running: Vec<Tag>,
    /// Those that wait for it.
    pub(super) queue: VecDeque<(Tag, Job)>,
}

/// A read that waits for its turn.
pub(super) struct ReadJob {
    pub(super) offset: u64,
    pub(super) count: u32,
}

/// What waits for its turn among the writes.
pub(super) enum WriteJob {
    Write {
        offset: u64,
        data: Bytes,
        descriptors: Vec<OwnedFd>,
    },
    /// Nothing but an answer, after what was written before.
    Sync,
    Leave(Leave),
}

/// The two ways in which a fid goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    Clunk,
    Remove,
}

impl<F: Fs> Entry<F> {
    pub(super) fn new(node: F::Node, qid: Qid) -> Self {
        Self { node, qid, open: None, reads: Lane::new(), writes: Lane::new(), is_leaving: false }
    }

    /// Makes it stand for what was opened. The fid it was walked from keeps its own node.
    pub(super) fn opened(&mut self, opened: Opened<F::File, F::Node>, mode: OpenMode) {
        self.node = opened.node;
        self.qid = opened.qid;
        self.open = Some(Open {
            file: opened.file,
            mode,
            joins_writes: opened.joins_writes,
            dir: DirReads::default(),
        });
    }

    /// The file, if it is open for reading.
    pub(super) fn readable(&mut self) -> Result<&mut Open<F::File>, Error> {
        self.open.as_mut().filter(|open| open.mode.can_read()).ok_or(errstr::BAD_USE_OF_FD)
    }

    /// The file, if it is open for writing.
    pub(super) fn writable(&self) -> Result<&Open<F::File>, Error> {
        self.open.as_ref().filter(|open| open.mode.can_write()).ok_or(errstr::BAD_USE_OF_FD)
    }
}

impl<Job> Lane<Job> {
    const fn new() -> Self {
        Self { running: Vec::new(), queue: VecDeque::new() }
    }

    pub(super) fn is_busy(&self) -> bool {
        !self.running.is_empty() || !self.queue.is_empty()
    }

    /// Takes the next one, if nothing is under way.
    pub(super) fn next(&mut self) -> Option<(Tag, Job)> {
        if self.running.is_empty() { self.queue.pop_front() } else { None }
    }

    /// Forgets a request, wherever it is.
    pub(super) fn forget(&mut self, tag: Tag) {
        self.running.retain(|running| *running != tag);
        self.queue.retain(|(queued, _)| *queued != tag);
    }

    /// The tags of all its requests, those under way first.
    pub(super) fn tags(&self) -> Vec<Tag> {
        self.running.iter().copied().chain(self.queue.iter().map(|(tag, _)| *tag)).collect()
    }
}

impl Lane<WriteJob> {
    /// Takes from the front, if nothing is under way, the writes that can be done together: those without descriptors, as many as
    /// have no more than `len_max` bytes, and none if they would not be several.
    pub(super) fn next_joined(&mut self, len_max: usize) -> Vec<(Tag, Bytes)> {
        let mut left = len_max;
        let fits = |(_, job): &&(Tag, WriteJob)| match job {
            WriteJob::Write { data, descriptors, .. } if descriptors.is_empty() && data.len() <= left => {
                left -= data.len();
                true
            }
            _ => false,
        };
        let count = if self.running.is_empty() { self.queue.iter().take_while(fits).count() } else { 0 };
        let joined = if count > 1 { count } else { 0 };
        let plain = |(tag, job)| match job {
            WriteJob::Write { data, .. } => Some((tag, data)),
            WriteJob::Sync | WriteJob::Leave(_) => None,
        };
        self.queue.drain(..joined).filter_map(plain).collect()
    }
}
