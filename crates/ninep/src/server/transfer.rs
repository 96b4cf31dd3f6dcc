//! Transfer: reads, writes and clunks of a fid in their order, and flush.
//!
//! **Invariants.** Per fid at most one read and one write, or one group of writes, are under way. A clunk ends the fid's reads with an error, and waits
//! for the writes that were sent before it. A flushed request is as if it had never been sent: its future is dropped before the
//! next one of its fid starts. Writes that are done together are the exception: what was begun of them goes on for the others.

use std::sync::Arc;

use bytes::Bytes;
use rs9p::fcall::FCall;

use super::fid::{Leave, ReadJob, WriteJob};
use super::fs::{Answer, Fs};
use super::owed::{Done, Work};
use super::session::Session;
use super::tag::{Kind, Pending};
use crate::fcall::{Outbox, Rmsg};
use crate::{Dialect, Fid, Tag, errstr};

impl<F: Fs> Session<F> {
    pub(super) fn read(&mut self, tag: Tag, fid: Fid, mut job: ReadJob, out: &mut Outbox) {
        job.count = job.count.min(self.count_max());
        let has_room = self.tags.len() < self.limits.tags_max;
        let (fs, dialect) = (Arc::clone(&self.fs), self.dialect);
        let dir_room = self.dir_room(fid);
        let refused = match self.entry(fid) {
            Err(error) => error,
            Ok(entry) => {
                let (is_dir, is_busy) = (entry.qid.is_dir(), entry.reads.is_busy());
                match entry.readable() {
                    Err(error) => error,
                    Ok(_) if is_dir && dialect == Dialect::Linux => errstr::IS_A_DIRECTORY,
                    Ok(open) if is_dir => {
                        let read = open.dir.read(job.offset, job.count, dialect, || fs.list(&open.file));
                        let read = open.dir.within(dir_room, read);
                        return self.reply(tag, read.map(|data| Rmsg::Read { data }), out);
                    }
                    Ok(_) if !has_room => errstr::TOO_MANY_TAGS,
                    Ok(_) if is_busy => {
                        let pending = Pending::queued(fid, Kind::Read, job.count);
                        entry.reads.queue.push_back((tag, job));
                        return self.tags.insert(tag, pending);
                    }
                    Ok(_) => return self.start_read(tag, fid, &job, out),
                }
            }
        };
        self.reply(tag, Err(refused), out);
    }

    /// Has the file system write, at once or in turn. `is_followed` says that the next message is here already: where that may be a
    /// write that this one can be done together with, it waits for it.
    pub(super) fn write(&mut self, tag: Tag, fid: Fid, job: WriteJob, is_followed: bool, out: &mut Outbox) {
        let len = job.len();
        let has_room = self.tags.len() < self.limits.tags_max;
        let has_place = self.tags.write_len().saturating_add(len as usize) <= self.queued_len_max();
        let descriptor_count = job.descriptor_count();
        let has_hands = self.tags.descriptor_count() + descriptor_count <= self.limits.descriptors_max;
        let refused = match self.entry(fid) {
            Err(error) => error,
            Ok(entry) => match entry.writable() {
                Err(error) => error,
                Ok(_) if !has_room => errstr::TOO_MANY_TAGS,
                Ok(_) if !has_place => errstr::TOO_MANY_BYTES,
                Ok(_) if entry.writes.is_busy() && !has_hands => errstr::TOO_MANY_DESCRIPTORS,
                Ok(open) if entry.writes.is_busy() || (is_followed && open.joins_writes) => {
                    let is_first = !entry.writes.is_busy();
                    entry.writes.queue.push_back((tag, job));
                    if is_first {
                        self.gathering = Some(fid);
                    }
                    let pending = Pending { descriptor_count, ..Pending::queued(fid, Kind::Write, len) };
                    return self.tags.insert(tag, pending);
                }
                Ok(_) => return self.start_write(tag, fid, job, out),
            },
        };
        self.reply(tag, Err(refused), out);
    }

    pub(super) fn leave(&mut self, tag: Tag, fid: Fid, leave: Leave, out: &mut Outbox) {
        let reads = match self.entry(fid) {
            Err(error) => return self.reply(tag, Err(error), out),
            Ok(entry) => entry.reads.tags(),
        };
        for read in reads {
            self.cancel(read);
            self.reply(read, Err(errstr::CLUNKED), out);
        }
        if let Ok(entry) = self.entry(fid)
            && entry.writes.is_busy()
        {
            // What was written before the clunk is written before the file is closed.
            entry.is_leaving = true;
            entry.writes.queue.push_back((tag, WriteJob::Leave(leave)));
            return self.tags.insert(tag, Pending::queued(fid, Kind::Leave, 0));
        }
        self.start_write(tag, fid, WriteJob::Leave(leave), out);
    }

    pub(super) fn flush(&mut self, tag: Tag, oldtag: Tag, out: &mut Outbox) {
        let cancelled = self.cancel(oldtag);
        self.reply(tag, Ok(Rmsg::Flush), out);
        if let Some(pending) = cancelled {
            self.next(pending, out);
        }
    }

    /// Takes a request back as if it had never been sent: its future is dropped, its place in the lane given up.
    fn cancel(&mut self, tag: Tag) -> Option<Pending> {
        let pending = self.tags.remove(tag)?;
        if let Some(slot) = pending.slot {
            self.owed.cancel(slot, tag);
        }
        self.forget(tag, pending);
        Some(pending)
    }

    /// Takes a request out of its lane.
    pub(super) fn forget(&mut self, tag: Tag, pending: Pending) {
        let Some(entry) = self.fids.get_mut(&pending.fid) else { return };
        match pending.kind {
            Kind::Read => entry.reads.forget(tag),
            Kind::Write => entry.writes.forget(tag),
            Kind::Leave => {
                entry.writes.forget(tag);
                entry.is_leaving = false;
            }
        }
    }

    /// Starts what waited for this request.
    pub(super) fn next(&mut self, after: Pending, out: &mut Outbox) {
        let fid = after.fid;
        if after.kind == Kind::Read {
            while let Some((tag, job)) = self.fids.get_mut(&fid).and_then(|entry| entry.reads.next()) {
                self.tags.remove(tag);
                self.start_read(tag, fid, &job, out);
            }
        } else {
            self.start_writes(fid, out);
        }
    }

    /// Starts the writes that were kept for others to be done together with.
    pub(super) fn start_gathered(&mut self, out: &mut Outbox) {
        if let Some(fid) = self.gathering.take() {
            self.start_writes(fid, out);
        }
    }

    fn start_writes(&mut self, fid: Fid, out: &mut Outbox) {
        while let Some(entry) = self.fids.get_mut(&fid) {
            let joins = entry.open.as_ref().is_some_and(|open| open.joins_writes);
            let joined = if joins { entry.writes.next_joined(JOINED_LEN_MAX) } else { Vec::new() };
            if !joined.is_empty() {
                self.start_joined(fid, joined, out);
                continue;
            }
            let Some((tag, job)) = entry.writes.next() else { return };
            self.tags.remove(tag);
            self.start_write(tag, fid, job, out);
        }
    }

    /// Has the file system read. The fid is open for that, and no other read of it is under way.
    fn start_read(&mut self, tag: Tag, fid: Fid, job: &ReadJob, out: &mut Outbox) {
        let Some(entry) = self.fids.get_mut(&fid) else { return };
        let Some(open) = &entry.open else { return };
        let future = match self.fs.read(&open.file, job.offset, job.count) {
            Answer::Now(result) => return self.reply_done(tag, Done::Read(result), job.count, out),
            Answer::Later(future) => future,
        };
        match self.owed.start(tag, Work::Read(future)) {
            Ok(done) => self.reply_done(tag, done, job.count, out),
            Err(slot) => {
                entry.reads.running.push(tag);
                self.tags
                    .insert(tag, Pending { slot: Some(slot), ..Pending::queued(fid, Kind::Read, job.count) });
            }
        }
    }

    /// Has the file system write, or lets the fid go. No other write of it is under way.
    fn start_write(&mut self, tag: Tag, fid: Fid, job: WriteJob, out: &mut Outbox) {
        let count = job.len();
        let (offset, data, descriptors) = match job {
            WriteJob::Write { offset, data, descriptors } => (offset, data, descriptors),
            WriteJob::Sync => return self.reply(tag, Ok(Rmsg::Linux(FCall::RFSync)), out),
            WriteJob::Leave(leave) => {
                if let Some(entry) = self.fids.remove(&fid) {
                    let parted = self.part(entry, leave);
                    self.reply(tag, parted, out);
                }
                return;
            }
        };
        let Some(entry) = self.fids.get_mut(&fid) else { return };
        let Some(open) = &entry.open else { return };
        let future = match self.fs.write(&open.file, offset, data, descriptors) {
            Answer::Now(result) => return self.reply_done(tag, Done::Write(result), count, out),
            Answer::Later(future) => future,
        };
        match self.owed.start(tag, Work::Write(future)) {
            Ok(done) => self.reply_done(tag, done, count, out),
            Err(slot) => {
                entry.writes.running.push(tag);
                self.tags
                    .insert(tag, Pending { slot: Some(slot), ..Pending::queued(fid, Kind::Write, count) });
            }
        }
    }

    /// Has the file system do several writes. None of the fid is under way.
    fn start_joined(&mut self, fid: Fid, joined: Vec<(Tag, Bytes)>, out: &mut Outbox) {
        let Some(entry) = self.fids.get_mut(&fid) else { return };
        let Some(open) = &entry.open else { return };
        let (tags, data): (Vec<Tag>, Vec<Bytes>) = joined.into_iter().unzip();
        let known = tags.iter().copied().map(Some).collect();
        let done = match self.fs.write_each(&open.file, data) {
            Answer::Now(result) => Ok(Done::writes(known, result)),
            Answer::Later(future) => self.owed.start(Tag::NOTAG, Work::Writes(known, future)),
        };
        match done {
            Ok(done) => drop(self.settle(Tag::NOTAG, done, out)),
            Err(slot) => {
                tags.iter().for_each(|tag| self.tags.started(*tag, slot));
                entry.writes.running = tags;
            }
        }
    }

    /// Replies to what has come to its end and takes it out of its lane; gives the last of it, after which others may start. Writes
    /// that were done together bring their own tags.
    pub(super) fn settle(&mut self, tag: Tag, done: Done, out: &mut Outbox) -> Option<Pending> {
        let Done::Writes(tags, results) = done else {
            let pending = self.tags.remove(tag)?;
            self.reply_done(tag, done, pending.count, out);
            self.forget(tag, pending);
            return Some(pending);
        };
        let each = tags.into_iter().zip(results);
        each.fold(None, |last, (tag, result)| {
            tag.and_then(|tag| self.settle(tag, Done::Write(result), out)).or(last)
        })
    }

    /// Replies to a read or write; `count` is what was asked for.
    fn reply_done(&self, tag: Tag, done: Done, count: u32, out: &mut Outbox) {
        let result = match done {
            Done::Read(Ok(data)) if data.len() > count as usize => Err(errstr::READ_TOO_LONG),
            Done::Read(result) => result.map(|data| Rmsg::Read { data }),
            Done::Write(result) => result.map(|written| Rmsg::Write { count: written.min(count) }),
            // Each of them is settled by itself.
            Done::Writes(..) => return,
        };
        self.reply(tag, result, out);
    }

    /// Bytes that the entries of this directory may take: what the other open directories leave.
    pub(super) fn dir_room(&self, fid: Fid) -> usize {
        if !self.fids.get(&fid).is_some_and(|entry| entry.qid.is_dir()) {
            return 0;
        }
        let others = self.fids.iter().filter(|(number, _)| **number != fid);
        let kept: usize =
            others.filter_map(|(_, entry)| entry.open.as_ref()).map(|open| open.dir.len()).sum();
        self.limits.queued_len_max.saturating_sub(kept)
    }

    /// Bytes of writes that may wait; one write of full length always may.
    fn queued_len_max(&self) -> usize {
        self.limits.queued_len_max.max(self.msize() as usize)
    }
}

/// Bytes of the writes that are done together at most.
const JOINED_LEN_MAX: usize = 256 << 10;

impl WriteJob {
    /// Bytes to be written. A message's length has four bytes, so its data's fits.
    fn len(&self) -> u32 {
        match self {
            Self::Write { data, .. } => u32::try_from(data.len()).unwrap_or(u32::MAX),
            Self::Sync | Self::Leave(_) => 0,
        }
    }

    fn descriptor_count(&self) -> usize {
        match self {
            Self::Write { descriptors, .. } => descriptors.len(),
            Self::Sync | Self::Leave(_) => 0,
        }
    }
}
