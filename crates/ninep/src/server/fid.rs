//! The fid table's entries: what a fid stands for, and the reads and writes that are under way on it.
//!
//! **Invariants.** At most one read and one write of a fid are under way; the others wait in the order in which they were sent.
//! Reads and writes do not wait for one another.

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
    pub(super) dir: DirReads,
}

/// Requests of one kind on one fid.
pub(super) struct Lane<Job> {
    /// The one that is under way.
    pub(super) running: Option<Tag>,
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
        self.open = Some(Open { file: opened.file, mode, dir: DirReads::default() });
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
        Self { running: None, queue: VecDeque::new() }
    }

    pub(super) fn is_busy(&self) -> bool {
        self.running.is_some() || !self.queue.is_empty()
    }

    /// Takes the next one, if nothing is under way.
    pub(super) fn next(&mut self) -> Option<(Tag, Job)> {
        if self.running.is_some() { None } else { self.queue.pop_front() }
    }

    /// Forgets a request, wherever it is.
    pub(super) fn forget(&mut self, tag: Tag) {
        if self.running == Some(tag) {
            self.running = None;
        } else {
            self.queue.retain(|(queued, _)| *queued != tag);
        }
    }

    /// The tags of all its requests, the one under way first.
    pub(super) fn tags(&self) -> Vec<Tag> {
        self.running.into_iter().chain(self.queue.iter().map(|(tag, _)| *tag)).collect()
    }
}
