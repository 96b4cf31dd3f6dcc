//! The requests that have no reply yet, by their tags.

use std::collections::BTreeMap;

use super::owed::Slot;
use crate::{Fid, Tag};

/// A request whose reply is owed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pending {
    pub(super) fid: Fid,
    pub(super) kind: Kind,
    /// Where its future is, if it is under way and not waiting for its turn.
    pub(super) slot: Option<Slot>,
    /// Bytes that a read asked for, or that a write brought.
    pub(super) count: u32,
    /// Descriptors that a write brought and that wait with it.
    pub(super) descriptor_count: usize,
}

/// Which of the fid's lanes it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Read,
    Write,
    /// A clunk or remove, among the writes.
    Leave,
}

/// All requests whose replies are owed.
#[derive(Default)]
pub(super) struct Tags {
    pending: BTreeMap<Tag, Pending>,
    /// Bytes of the writes among them.
    write_len: usize,
    /// Descriptors of the writes among them.
    descriptor_count: usize,
}

impl Tags {
    pub(super) fn insert(&mut self, tag: Tag, pending: Pending) {
        self.write_len += pending.write_len();
        self.descriptor_count += pending.descriptor_count;
        self.pending.insert(tag, pending);
    }

    pub(super) fn remove(&mut self, tag: Tag) -> Option<Pending> {
        let pending = self.pending.remove(&tag)?;
        self.write_len -= pending.write_len();
        self.descriptor_count -= pending.descriptor_count;
        Some(pending)
    }

    /// Notes that the future of a request is now in `slot`.
    pub(super) fn started(&mut self, tag: Tag, slot: Slot) {
        if let Some(pending) = self.pending.get_mut(&tag) {
            pending.slot = Some(slot);
        }
    }

    pub(super) fn clear(&mut self) {
        self.pending.clear();
        self.write_len = 0;
        self.descriptor_count = 0;
    }

    pub(super) fn contains(&self, tag: Tag) -> bool {
        self.pending.contains_key(&tag)
    }

    pub(super) fn len(&self) -> usize {
        self.pending.len()
    }

    /// Bytes of the writes that have no reply yet.
    pub(super) fn write_len(&self) -> usize {
        self.write_len
    }

    /// Descriptors that wait with their writes.
    pub(super) fn descriptor_count(&self) -> usize {
        self.descriptor_count
    }
}

impl Pending {
    /// Makes one that waits for its turn and brought no descriptors.
    pub(super) const fn queued(fid: Fid, kind: Kind, count: u32) -> Self {
        Self { fid, kind, slot: None, count, descriptor_count: 0 }
    }

    fn write_len(&self) -> usize {
        if self.kind == Kind::Write { self.count as usize } else { 0 }
    }
}
