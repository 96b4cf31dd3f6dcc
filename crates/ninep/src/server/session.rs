//! Session: one client's connection. A message in; replies out, now or when they can be given.
//!
//! **Invariants.** Every request gets exactly one reply, unless a Tflush, a second Tversion or the end of the connection
//! cancels it: then it gets it before that or never. What can be answered at once is answered in the order in which it was
//! asked. A file is dropped after every future of its reads and writes.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::task::Context;

use tracing::{Level, debug, enabled, trace};

use super::fid::{Entry, Leave, ReadJob, WriteJob};
use super::fs::Fs;
use super::owed::{Done, Owed};
use super::tag::Tags;
use super::walk::{may_be_called, walk};
use super::{Caller, Claim, gate};
use crate::fcall::{Frame, Line, Outbox, Rmsg, Tmsg, decode_tmsg, encode_rmsg};
use crate::{Dialect, Error, Fid, Limits, Mode, OpenMode, Stat, Tag, errstr};

/// The engine in front of a file system, for one connection.
pub struct Session<F: Fs> {
    pub(super) fs: Arc<F>,
    caller: Caller,
    pub(super) limits: Limits,
    /// Bytes of the longest message, once a version is agreed on.
    msize: Option<u32>,
    pub(super) dialect: Dialect,
    pub(super) fids: BTreeMap<Fid, Entry<F>>,
    pub(super) tags: Tags,
    pub(super) owed: Owed,
    /// The fid whose writes wait for the next message, which may be one more.
    pub(super) gathering: Option<Fid>,
    /// Room for what woken futures gave, kept from one time to the next.
    done: Vec<(Tag, Done)>,
}

impl<F: Fs> Session<F> {
    /// Makes the session of a client of whom the kernel says that it is `caller`.
    #[must_use]
    pub fn new(fs: Arc<F>, caller: Caller, limits: Limits) -> Self {
        Self {
            fs,
            caller,
            limits,
            msize: None,
            dialect: Dialect::default(),
            fids: BTreeMap::new(),
            tags: Tags::default(),
            owed: Owed::default(),
            gathering: None,
            done: Vec::new(),
        }
    }

    /// Takes a message and the descriptors that came with it; appends the replies that can be given now.
    ///
    /// Bytes that are not a message get an error reply: their length was right, so the next message is where it should be.
    pub fn recv(&mut self, frame: &Frame<'_>, descriptors: Vec<OwnedFd>, out: &mut Outbox) {
        let tag = frame.tag();
        match decode_tmsg(frame, self.dialect) {
            Ok(tmsg) => self.request(tag, tmsg, descriptors, frame.is_followed(), out),
            Err(error) => {
                debug!("<- tag {tag}: {error}");
                self.start_gathered(out);
                self.reply(tag, Err(error.error()), out);
            }
        }
    }

    /// Takes a request; the same as [`recv`](Self::recv) for one that is decoded already. Descriptors that do not come with a
    /// Twrite are closed.
    pub fn tmsg(&mut self, tag: Tag, tmsg: Tmsg, descriptors: Vec<OwnedFd>, out: &mut Outbox) {
        self.request(tag, tmsg, descriptors, false, out);
    }

    /// `is_followed` says that the next message is here already, and is the next to be taken.
    fn request(
        &mut self,
        tag: Tag,
        tmsg: Tmsg,
        descriptors: Vec<OwnedFd>,
        is_followed: bool,
        out: &mut Outbox,
    ) {
        log("<-", Line::t(tag, &tmsg, self.dialect));
        if !matches!(tmsg, Tmsg::Write { fid, .. } if self.gathering == Some(fid)) {
            self.start_gathered(out);
        }
        self.dispatch(tag, tmsg, descriptors, is_followed, out);
        if !is_followed {
            self.start_gathered(out);
        }
    }

    fn dispatch(
        &mut self,
        tag: Tag,
        tmsg: Tmsg,
        descriptors: Vec<OwnedFd>,
        is_followed: bool,
        out: &mut Outbox,
    ) {
        let result = match tmsg {
            Tmsg::Version { msize, version } => self.version(msize, &version),
            _ if self.tags.contains(tag) => Err(errstr::DUPLICATE_TAG),
            _ if self.msize.is_none() => Err(errstr::NO_VERSION),
            Tmsg::Read { fid, offset, count } => return self.read(tag, fid, ReadJob { offset, count }, out),
            Tmsg::Write { fid, offset, data } => {
                let job = WriteJob::Write { offset, data, descriptors };
                return self.write(tag, fid, job, is_followed, out);
            }
            Tmsg::Clunk { fid } => return self.leave(tag, fid, Leave::Clunk, out),
            Tmsg::Remove { fid } => return self.leave(tag, fid, Leave::Remove, out),
            Tmsg::Flush { oldtag } => return self.flush(tag, oldtag, out),
            Tmsg::Auth { .. } => Err(errstr::NO_AUTH),
            Tmsg::Attach { fid, afid, uname, aname, n_uname } => {
                self.attach(fid, afid, &Claim { uname: &uname, n_uname }, &aname)
            }
            Tmsg::Walk { fid, newfid, names } => self.walk(fid, newfid, &names),
            Tmsg::Open { fid, mode } => self.open(fid, mode),
            Tmsg::Create { fid, name, perm, mode, .. } => self.create(fid, &name, perm, mode),
            Tmsg::Stat { fid } => self.stat(fid),
            Tmsg::Wstat { fid, stat } => self.wstat(fid, &stat),
            Tmsg::Linux(fcall) => return self.linux(tag, fcall, out),
        };
        self.reply(tag, result, out);
    }

    /// Goes on with the requests that waited and can go on now, and has `cx` woken when more can.
    pub fn poll(&mut self, cx: &Context<'_>, out: &mut Outbox) {
        self.owed.tell(cx.waker());
        self.go_on(out);
    }

    /// Goes on with the requests that waited and can go on now: to be called between messages, so that a write that lets a
    /// read go on is followed by that read's reply.
    pub fn go_on(&mut self, out: &mut Outbox) {
        if !self.owed.has_woken() {
            return;
        }
        let mut done = std::mem::take(&mut self.done);
        self.owed.poll_woken(&mut done);
        for (tag, done) in done.drain(..) {
            if let Some(pending) = self.settle(tag, done, out) {
                self.next(pending, out);
            }
        }
        self.done = done;
    }

    /// The connection has ended: every request is cancelled, every fid clunked. Dropping the session does the same.
    pub fn hang_up(&mut self) {
        self.owed.clear();
        self.tags.clear();
        self.gathering = None;
        self.msize = None;
        while let Some((_, entry)) = self.fids.pop_first() {
            let _ = self.part(entry, Leave::Clunk);
        }
    }

    /// Bytes of the longest message that this client may send now.
    #[must_use]
    pub fn msize(&self) -> u32 {
        self.msize.unwrap_or(Limits::MSIZE_MIN)
    }

    /// How many requests wait for their reply.
    #[must_use]
    pub fn waiting_count(&self) -> usize {
        self.tags.len()
    }

    /// How many fids there are.
    #[must_use]
    pub fn fid_count(&self) -> usize {
        self.fids.len()
    }

    fn version(&mut self, msize: u32, version: &str) -> Result<Rmsg, Error> {
        self.hang_up();
        // A refusal, too, is told in the dialect that was asked for.
        self.dialect = Dialect::asked_for(version).unwrap_or_default();
        let agreed = gate::agree(msize, version, &self.limits)?;
        self.msize = agreed.dialect.map(|_| agreed.msize);
        Ok(Rmsg::Version { msize: agreed.msize, version: agreed.version().to_owned() })
    }

    fn attach(&mut self, fid: Fid, afid: Fid, claim: &Claim<'_>, aname: &str) -> Result<Rmsg, Error> {
        gate::attach(fid, afid)?;
        self.check_new(fid)?;
        let node = self.fs.attach(&self.caller, claim, aname)?;
        let qid = self.fs.qid(&node);
        self.fids.insert(fid, Entry::new(node, qid));
        Ok(Rmsg::Attach { qid })
    }

    fn walk(&mut self, fid: Fid, newfid: Fid, names: &[String]) -> Result<Rmsg, Error> {
        // walk(5) has it that the fid must not be open; Linux clones open ones.
        let may_be_open = self.dialect != Dialect::Classic && newfid != fid;
        let entry = if may_be_open { self.known_fid(fid)? } else { self.unopened(fid)? };
        let walked = walk(&*self.fs, &entry.node, entry.qid, names, self.dialect)?;
        if newfid != fid {
            self.check_new(newfid)?;
        }
        if let Some((node, qid)) = walked.end {
            self.fids.insert(newfid, Entry::new(node, qid));
        }
        Ok(Rmsg::Walk { qids: walked.qids })
    }

    pub(super) fn open(&mut self, fid: Fid, mode: OpenMode) -> Result<Rmsg, Error> {
        let entry = self.unopened(fid)?;
        let mode = self.known_mode(mode)?;
        let opened = self.fs.open(&entry.node, mode)?;
        let (qid, iounit) = (opened.qid, opened.iounit.min(self.count_max()));
        self.entry(fid)?.opened(opened, mode);
        Ok(Rmsg::Open { qid, iounit })
    }

    pub(super) fn create(&mut self, fid: Fid, name: &str, perm: Mode, mode: OpenMode) -> Result<Rmsg, Error> {
        let entry = self.unopened(fid)?;
        if !entry.qid.is_dir() {
            return Err(errstr::NOT_A_DIRECTORY);
        }
        may_be_called(name)?;
        let mode = self.known_mode(mode)?;
        if self.dialect == Dialect::Unix && perm.intersects(Mode::SPECIAL) {
            return Err(errstr::NO_SPECIAL_FILES);
        }
        let opened = self.fs.create(&entry.node, name, perm, mode)?;
        let (qid, iounit) = (opened.qid, opened.iounit.min(self.count_max()));
        self.entry(fid)?.opened(opened, mode);
        Ok(Rmsg::Create { qid, iounit })
    }

    fn stat(&mut self, fid: Fid) -> Result<Rmsg, Error> {
        let node = self.entry(fid)?.node.clone();
        let stat = self.fs.stat(&node)?;
        let texts = [&stat.name, &stat.uid, &stat.gid, &stat.muid, &stat.extension];
        let texts_len: usize = texts.iter().map(|text| text.len()).sum();
        if RSTAT_LEN + texts_len > self.msize() as usize {
            return Err(errstr::COUNT_TOO_SMALL);
        }
        Ok(Rmsg::Stat { stat })
    }

    fn wstat(&mut self, fid: Fid, stat: &Stat) -> Result<Rmsg, Error> {
        let node = self.entry(fid)?.node.clone();
        if !stat.extension.is_empty() {
            return Err(errstr::NO_SPECIAL_FILES);
        }
        self.fs.wstat(&node, stat).map(|()| Rmsg::Wstat)
    }

    /// Drops what a fid stood for, and removes the file where that was asked for.
    pub(super) fn part(&self, entry: Entry<F>, leave: Leave) -> Result<Rmsg, Error> {
        let removes_on_close = entry.open.as_ref().is_some_and(|open| open.mode.contains(OpenMode::RCLOSE));
        match leave {
            Leave::Remove => self.fs.remove(&entry.node).map(|()| Rmsg::Remove),
            Leave::Clunk => {
                // clunk(5): the fid is gone even where the removal fails, and nobody is told.
                if removes_on_close && let Err(error) = self.fs.remove(&entry.node) {
                    debug!("remove on close: {error}");
                }
                Ok(Rmsg::Clunk)
            }
        }
    }

    pub(super) fn entry(&mut self, fid: Fid) -> Result<&mut Entry<F>, Error> {
        self.fids.get_mut(&fid).filter(|entry| !entry.is_leaving).ok_or(errstr::UNKNOWN_FID)
    }

    fn known_fid(&self, fid: Fid) -> Result<&Entry<F>, Error> {
        self.fids.get(&fid).filter(|entry| !entry.is_leaving).ok_or(errstr::UNKNOWN_FID)
    }

    fn unopened(&self, fid: Fid) -> Result<&Entry<F>, Error> {
        let entry = self.known_fid(fid)?;
        if entry.open.is_some() { Err(errstr::FID_IS_OPEN) } else { Ok(entry) }
    }

    /// The mode without what only the dialect has.
    ///
    /// # Errors
    /// It has bits that nobody knows.
    fn known_mode(&self, mode: OpenMode) -> Result<OpenMode, Error> {
        // Linux sends it for `>>`. Where to write is for the file system to say, with the offset or without.
        let mode = if self.dialect == Dialect::Unix { mode.without(OpenMode::APPEND) } else { mode };
        if mode.is_known() { Ok(mode) } else { Err(errstr::BAD_ARG) }
    }

    /// Whether there may be a new fid of this number.
    fn check_new(&self, fid: Fid) -> Result<(), Error> {
        if fid == Fid::NOFID {
            return Err(errstr::UNKNOWN_FID);
        }
        if self.fids.contains_key(&fid) {
            return Err(errstr::FID_IN_USE);
        }
        if self.fids.len() >= self.limits.fids_max { Err(errstr::TOO_MANY_FIDS) } else { Ok(()) }
    }

    /// Bytes of data that fit into one message.
    pub(super) fn count_max(&self) -> u32 {
        self.msize().saturating_sub(Limits::HEADER_LEN)
    }

    pub(super) fn reply(&self, tag: Tag, result: Result<Rmsg, Error>, out: &mut Outbox) {
        let rmsg = result.unwrap_or_else(|error| Rmsg::Error { error });
        log("->", Line::r(tag, &rmsg, self.dialect));
        encode_rmsg(tag, &rmsg, self.dialect, out);
    }
}

impl<F: Fs> Drop for Session<F> {
    fn drop(&mut self) {
        self.hang_up();
    }
}

/// A payload is written to the log only where everything is.
fn log(arrow: &str, line: Line<'_>) {
    if enabled!(Level::TRACE) {
        trace!("{arrow} {line:#}");
    } else {
        debug!("{arrow} {line}");
    }
}

/// Bytes of an Rstat without its texts: 7 of the message, 2 of the outer count, 49 of the stat, and 14 that 9P2000.u adds.
const RSTAT_LEN: usize = 72;
