//! Linux's calls, as 9P2000.L has them, done with what a file system knows of 9P.
//!
//! What has no counterpart there (links, devices, locks, extended attributes) is refused with the number that Linux expects for it.

use std::sync::Arc;

use rs9p::fcall::{
    FCall, GetAttrMask, Getlock, LockStatus, LockType, SetAttr, SetAttrMask, Stat as Attributes, StatFs, Time,
};

use super::fid::WriteJob;
use super::fs::Fs;
use super::session::Session;
use super::tag::{Kind, Pending};
use super::walk::may_be_called;
use crate::fcall::{Outbox, Rmsg, to_qid};
use crate::{Error, Fid, Mode, OpenMode, Qid, Stat, Statfs, Tag, errstr};

impl<F: Fs> Session<F> {
    /// Takes a request that only this dialect has.
    pub(super) fn linux(&mut self, tag: Tag, fcall: FCall, out: &mut Outbox) {
        let result = match fcall {
            FCall::TFSync { fid } => return self.sync(tag, Fid(fid), out),
            FCall::TlOpen { fid, flags } => self.lopen(Fid(fid), flags),
            FCall::TlCreate { fid, name, flags, mode, .. } => {
                open_mode(flags).and_then(|open| self.create(Fid(fid), &name, Mode(mode).plain(), open))
            }
            FCall::TReadDir { fid, offset, count } => self.readdir(Fid(fid), offset, count),
            FCall::TGetAttr { fid, .. } => self.getattr(Fid(fid)),
            FCall::TSetAttr { fid, valid, stat } => self.setattr(Fid(fid), valid, &stat),
            FCall::TStatFs { fid } => self.statfs(Fid(fid)),
            FCall::TMkDir { dfid, name, mode, .. } => self.mkdir(Fid(dfid), &name, Mode(mode).plain()),
            FCall::TUnlinkAt { dirfd, name, flags } => self.unlink(Fid(dirfd), &name, flags),
            FCall::TRename { fid, dfid, name } => self.rename(Fid(fid), Fid(dfid), &name),
            FCall::TRenameAt { olddirfid, oldname, newdirfid, newname } => {
                self.rename_at(Fid(olddirfid), &oldname, Fid(newdirfid), &newname)
            }
            FCall::TLock { fid, flock } => self.lock(Fid(fid), flock.typ),
            FCall::TGetLock { fid, flock } => self.getlock(Fid(fid), flock),
            FCall::TSymlink { fid, .. } => self.refuse(Fid(fid), errstr::NO_SPECIAL_FILES),
            FCall::TMkNod { dfid, .. } | FCall::TLink { dfid, .. } => {
                self.refuse(Fid(dfid), errstr::NO_SPECIAL_FILES)
            }
            FCall::TReadLink { fid } => self.refuse(Fid(fid), errstr::BAD_ARG),
            FCall::TxAttrWalk { fid, .. } | FCall::TxAttrCreate { fid, .. } => {
                self.refuse(Fid(fid), errstr::NO_ATTRIBUTES)
            }
            _ => Err(errstr::UNKNOWN_MESSAGE),
        };
        self.reply(tag, result, out);
    }

    /// Answers after everything that was written before it.
    fn sync(&mut self, tag: Tag, fid: Fid, out: &mut Outbox) {
        let has_room = self.tags.len() < self.limits.tags_max;
        let result = match self.entry(fid) {
            Err(error) => Err(error),
            Ok(entry) if entry.open.is_none() => Err(errstr::BAD_USE_OF_FD),
            Ok(entry) if !entry.writes.is_busy() => Ok(Rmsg::Linux(FCall::RFSync)),
            Ok(_) if !has_room => Err(errstr::TOO_MANY_TAGS),
            Ok(entry) => {
                entry.writes.queue.push_back((tag, WriteJob::Sync));
                return self.tags.insert(tag, Pending::queued(fid, Kind::Write, 0));
            }
        };
        self.reply(tag, result, out);
    }

    fn lopen(&mut self, fid: Fid, flags: u32) -> Result<Rmsg, Error> {
        let mode = open_mode(flags)?;
        if flags & O_DIRECTORY != 0 && !self.entry(fid)?.qid.is_dir() {
            return Err(errstr::NOT_A_DIRECTORY);
        }
        self.open(fid, mode)
    }

    fn readdir(&mut self, fid: Fid, offset: u64, count: u32) -> Result<Rmsg, Error> {
        let (count, dir_room) = (count.min(self.count_max()), self.dir_room(fid));
        let fs = Arc::clone(&self.fs);
        let entry = self.entry(fid)?;
        if !entry.qid.is_dir() {
            return Err(errstr::NOT_A_DIRECTORY);
        }
        let (node, qid) = (entry.node.clone(), entry.qid);
        let open = entry.readable()?;
        let list = || {
            let parent = fs.walk(&node, "..").map_or(qid, |parent| fs.qid(&parent));
            let mut entries = vec![(".".to_owned(), qid), ("..".to_owned(), parent)];
            entries.extend(fs.list(&open.file)?.into_iter().map(|stat| (stat.name, stat.qid)));
            Ok(entries)
        };
        let read = open.dir.read_entries(offset, count, list);
        open.dir.within(dir_room, read).map(|data| Rmsg::Readdir { data })
    }

    fn getattr(&mut self, fid: Fid) -> Result<Rmsg, Error> {
        let node = self.entry(fid)?.node.clone();
        let stat = self.fs.stat(&node)?;
        let (qid, stat) = (to_qid(stat.qid), attributes(&stat));
        Ok(Rmsg::Linux(FCall::RGetAttr { valid: GetAttrMask::BASIC, qid, stat }))
    }

    fn setattr(&mut self, fid: Fid, valid: SetAttrMask, to: &SetAttr) -> Result<Rmsg, Error> {
        let entry = self.entry(fid)?;
        let (node, qid) = (entry.node.clone(), entry.qid);
        let stat = changes(valid, to, qid, self.fs.now());
        // The time of the last change of attributes alone, say: there is nothing to do.
        if stat != Stat::leave() {
            self.fs.wstat(&node, &stat)?;
        }
        Ok(Rmsg::Linux(FCall::RSetAttr))
    }

    fn statfs(&mut self, fid: Fid) -> Result<Rmsg, Error> {
        let node = self.entry(fid)?.node.clone();
        let about: Statfs = self.fs.statfs(&node)?;
        let statfs = StatFs {
            typ: about.kind,
            bsize: about.block_len,
            blocks: about.block_count,
            bfree: about.free_block_count,
            bavail: about.free_block_count,
            files: about.file_count,
            ffree: about.free_file_count,
            fsid: about.id,
            namelen: about.name_len_max,
        };
        Ok(Rmsg::Linux(FCall::RStatFs { statfs }))
    }

    fn mkdir(&mut self, dir: Fid, name: &str, perm: Mode) -> Result<Rmsg, Error> {
        let (node, _) = self.directory(dir)?;
        may_be_called(name)?;
        // The fid goes on to stand for the directory that it stood for: what was opened is closed again.
        let made = self.fs.create(&node, name, Mode::DIR | perm, OpenMode::READ)?;
        Ok(Rmsg::Linux(FCall::RMkDir { qid: to_qid(made.qid) }))
    }

    fn unlink(&mut self, dir: Fid, name: &str, flags: u32) -> Result<Rmsg, Error> {
        let (node, _) = self.directory(dir)?;
        may_be_called(name)?;
        let file = self.fs.walk(&node, name)?;
        match (self.fs.qid(&file).is_dir(), flags & AT_REMOVEDIR != 0) {
            (true, false) => return Err(errstr::IS_A_DIRECTORY),
            (false, true) => return Err(errstr::NOT_A_DIRECTORY),
            _ => {}
        }
        self.fs.remove(&file)?;
        Ok(Rmsg::Linux(FCall::RUnlinkAt))
    }

    fn rename(&mut self, fid: Fid, dir: Fid, name: &str) -> Result<Rmsg, Error> {
        let entry = self.entry(fid)?;
        let (node, qid) = (entry.node.clone(), entry.qid);
        let (dir, _) = self.directory(dir)?;
        may_be_called(name)?;
        // A fid does not know its directory: the file is in this one if it is found there.
        let old_name = self.fs.stat(&node)?.name;
        if !self.is_called(&dir, &old_name, qid) {
            return Err(errstr::NO_MOVES);
        }
        self.call(&dir, &node, name)?;
        Ok(Rmsg::Linux(FCall::RRename))
    }

    fn rename_at(&mut self, from: Fid, old: &str, to: Fid, new: &str) -> Result<Rmsg, Error> {
        let ((from, from_qid), (_, to_qid)) = (self.directory(from)?, self.directory(to)?);
        may_be_called(old)?;
        may_be_called(new)?;
        let file = self.fs.walk(&from, old)?;
        if from_qid.path != to_qid.path {
            return Err(errstr::NO_MOVES);
        }
        self.call(&from, &file, new)?;
        Ok(Rmsg::Linux(FCall::RRenameAt))
    }

    /// Gives a file of the directory `dir` another name. A server of 9P may hear of a new name and ignore it, and Linux would believe
    /// that it is called so.
    fn call(&self, dir: &F::Node, file: &F::Node, name: &str) -> Result<(), Error> {
        self.fs.wstat(file, &Stat { name: name.to_owned(), ..Stat::leave() })?;
        if self.is_called(dir, name, self.fs.qid(file)) { Ok(()) } else { Err(errstr::PERMISSION_DENIED) }
    }

    /// Whether a name in `dir` leads to the file of this qid.
    fn is_called(&self, dir: &F::Node, name: &str, qid: Qid) -> bool {
        self.fs.walk(dir, name).is_ok_and(|there| self.fs.qid(&there).path == qid.path)
    }

    /// There are no locks: one is not given, and giving none back succeeds.
    fn lock(&mut self, fid: Fid, kind: LockType) -> Result<Rmsg, Error> {
        self.entry(fid)?;
        if kind != LockType::UNLOCK {
            return Err(errstr::NO_LOCKS);
        }
        Ok(Rmsg::Linux(FCall::RLock { status: LockStatus::SUCCESS }))
    }

    /// Nobody holds a lock that would be in the way.
    fn getlock(&mut self, fid: Fid, asked: Getlock) -> Result<Rmsg, Error> {
        self.entry(fid)?;
        Ok(Rmsg::Linux(FCall::RGetLock { flock: Getlock { typ: LockType::UNLOCK, ..asked } }))
    }

    /// Refuses what can be done to no file, once it is clear that there is one.
    fn refuse(&mut self, fid: Fid, error: Error) -> Result<Rmsg, Error> {
        self.entry(fid)?;
        Err(error)
    }

    /// The directory that a fid stands for.
    fn directory(&mut self, fid: Fid) -> Result<(F::Node, Qid), Error> {
        let entry = self.entry(fid)?;
        if entry.qid.is_dir() { Ok((entry.node.clone(), entry.qid)) } else { Err(errstr::NOT_A_DIRECTORY) }
    }
}

impl Mode {
    /// The permissions alone, of a mode that is Linux's.
    const fn plain(self) -> Self {
        Self(self.permissions())
    }
}

/// What open(2)'s flags come to here. Those that say how to wait, where to write, or what should be true beforehand change nothing
/// for a server; Linux has seen to them when it asks.
///
/// # Errors
/// The two bits for reading and writing make no sense.
fn open_mode(flags: u32) -> Result<OpenMode, Error> {
    let access = match flags & O_ACCMODE {
        O_RDONLY => OpenMode::READ,
        O_WRONLY => OpenMode::WRITE,
        O_RDWR => OpenMode::RDWR,
        _ => return Err(errstr::BAD_ARG),
    };
    Ok(if flags & O_TRUNC != 0 { access | OpenMode::TRUNC } else { access })
}

/// A stat as Linux has it (inode(7)). A directory has one link, which says that its directories are not counted.
fn attributes(stat: &Stat) -> Attributes {
    let time = |seconds: u32| Time { sec: seconds.into(), nsec: 0 };
    let kind = if stat.mode.contains(Mode::DIR) { S_IFDIR } else { S_IFREG };
    Attributes {
        mode: kind | stat.mode.permissions(),
        uid: stat.n_uid,
        gid: stat.n_gid,
        nlink: 1,
        rdev: 0,
        size: stat.length,
        blksize: BLOCK_LEN,
        blocks: stat.length.div_ceil(SECTOR_LEN),
        atime: time(stat.atime),
        mtime: time(stat.mtime),
        ctime: time(stat.mtime),
    }
}

/// What a Tsetattr asks for, as the change to a stat of a file of this `qid`.
fn changes(valid: SetAttrMask, to: &SetAttr, qid: Qid, now: u32) -> Stat {
    let mut stat = Stat::leave();
    if valid.contains(SetAttrMask::MODE) {
        let kind = if qid.is_dir() { Mode::DIR } else { Mode(0) };
        stat.mode = kind | Mode(to.mode).plain();
    }
    if valid.contains(SetAttrMask::UID) {
        stat.n_uid = to.uid;
    }
    if valid.contains(SetAttrMask::GID) {
        stat.n_gid = to.gid;
    }
    if valid.contains(SetAttrMask::SIZE) {
        stat.length = to.size;
    }
    // The number for "leave it" is as far as a stat's time goes.
    let time = |time: Time| u32::try_from(time.sec).unwrap_or(u32::MAX - 1).min(u32::MAX - 1);
    if valid.contains(SetAttrMask::ATIME) {
        stat.atime = if valid.contains(SetAttrMask::ATIME_SET) { time(to.atime) } else { now };
    }
    if valid.contains(SetAttrMask::MTIME) {
        stat.mtime = if valid.contains(SetAttrMask::MTIME_SET) { time(to.mtime) } else { now };
    }
    stat
}

/// Flags of open(2), in the numbers that 9P2000.L has on every machine: those of x86.
const O_ACCMODE: u32 = 0o3;
const O_RDONLY: u32 = 0o0;
const O_WRONLY: u32 = 0o1;
const O_RDWR: u32 = 0o2;
const O_TRUNC: u32 = 0o1000;
const O_DIRECTORY: u32 = 0o200_000;

/// Flag of unlinkat(2): a directory is meant.
const AT_REMOVEDIR: u32 = 0x200;

/// Kinds of file (inode(7)).
const S_IFDIR: u32 = 0o040_000;
const S_IFREG: u32 = 0o100_000;

/// Bytes of a transfer that costs no more than it must.
const BLOCK_LEN: u64 = 4096;

/// Bytes of what stat(2) counts as a block.
const SECTOR_LEN: u64 = 512;

#[cfg(test)]
mod tests;
