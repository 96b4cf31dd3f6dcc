//! The messages that only 9P2000.L has, each as one line, in the words of Linux's manual.

use std::fmt;

use rs9p::fcall::{FCall, Flock, Getlock, QId, SetAttr, SetAttrMask, Stat, StatFs, Time};

use super::from_qid;
use crate::Tag;
use crate::fcall::print::Quoted;

/// Prints a message that [`REQUESTS`](super::REQUESTS) or [`REPLIES`](super::REPLIES) has; permissions and flags in octal, masks
/// in hexadecimal, as Linux's headers have them.
pub(in crate::fcall) fn print(f: &mut fmt::Formatter<'_>, tag: Tag, fcall: &FCall) -> fmt::Result {
    let q = |text| Quoted::text(text);
    match fcall {
        FCall::TStatFs { fid } => write!(f, "Tstatfs tag {tag} fid {fid}"),
        FCall::TlOpen { fid, flags } => write!(f, "Tlopen tag {tag} fid {fid} flags {flags:o}"),
        FCall::TlCreate { fid, name, flags, mode, gid } => {
            write!(f, "Tlcreate tag {tag} fid {fid} name {} flags {flags:o} mode {mode:o} gid {gid}", q(name))
        }
        FCall::TSymlink { fid, name, symtgt, gid } => {
            write!(f, "Tsymlink tag {tag} fid {fid} name {} symtgt {} gid {gid}", q(name), q(symtgt))
        }
        FCall::TMkNod { dfid, name, mode, major, minor, gid } => {
            write!(f, "Tmknod tag {tag} dfid {dfid} name {} mode {mode:o} ", q(name))?;
            write!(f, "major {major} minor {minor} gid {gid}")
        }
        FCall::TRename { fid, dfid, name } => {
            write!(f, "Trename tag {tag} fid {fid} dfid {dfid} name {}", q(name))
        }
        FCall::TReadLink { fid } => write!(f, "Treadlink tag {tag} fid {fid}"),
        FCall::TGetAttr { fid, req_mask } => {
            write!(f, "Tgetattr tag {tag} fid {fid} request_mask {:#x}", req_mask.bits())
        }
        FCall::TSetAttr { fid, valid, stat } => {
            write!(f, "Tsetattr tag {tag} fid {fid} valid {:#x}", valid.bits())?;
            print_changes(f, *valid, stat)
        }
        FCall::TxAttrWalk { fid, newfid, name } => {
            write!(f, "Txattrwalk tag {tag} fid {fid} newfid {newfid} name {}", q(name))
        }
        FCall::TxAttrCreate { fid, name, attr_size, flags } => {
            write!(
                f,
                "Txattrcreate tag {tag} fid {fid} name {} attr_size {attr_size} flags {flags:o}",
                q(name)
            )
        }
        FCall::TReadDir { fid, offset, count } => {
            write!(f, "Treaddir tag {tag} fid {fid} offset {offset} count {count}")
        }
        FCall::TFSync { fid } => write!(f, "Tfsync tag {tag} fid {fid}"),
        FCall::TLock { fid, flock } => {
            let Flock { typ, flags, start, length, proc_id, client_id } = flock;
            write!(f, "Tlock tag {tag} fid {fid} type {} flags {:#x} ", typ.bits(), flags.bits())?;
            write!(f, "start {start} length {length} proc_id {proc_id} client_id {}", q(client_id))
        }
        FCall::TGetLock { fid, flock } => {
            write!(f, "Tgetlock tag {tag} fid {fid} ")?;
            print_lock(f, flock)
        }
        FCall::TLink { dfid, fid, name } => {
            write!(f, "Tlink tag {tag} dfid {dfid} fid {fid} name {}", q(name))
        }
        FCall::TMkDir { dfid, name, mode, gid } => {
            write!(f, "Tmkdir tag {tag} dfid {dfid} name {} mode {mode:o} gid {gid}", q(name))
        }
        FCall::TRenameAt { olddirfid, oldname, newdirfid, newname } => {
            write!(f, "Trenameat tag {tag} olddirfid {olddirfid} oldname {} ", q(oldname))?;
            write!(f, "newdirfid {newdirfid} newname {}", q(newname))
        }
        FCall::TUnlinkAt { dirfd, name, flags } => {
            write!(f, "Tunlinkat tag {tag} dirfd {dirfd} name {} flags {flags:#x}", q(name))
        }
        FCall::RStatFs { statfs } => {
            let StatFs { typ, bsize, blocks, bfree, bavail, files, ffree, fsid, namelen } = statfs;
            write!(f, "Rstatfs tag {tag} type {typ:#x} bsize {bsize} blocks {blocks} bfree {bfree} ")?;
            write!(f, "bavail {bavail} files {files} ffree {ffree} fsid {fsid} namelen {namelen}")
        }
        FCall::RSymlink { qid } => print_made(f, "Rsymlink", tag, *qid),
        FCall::RMkNod { qid } => print_made(f, "Rmknod", tag, *qid),
        FCall::RMkDir { qid } => print_made(f, "Rmkdir", tag, *qid),
        FCall::RReadLink { target } => write!(f, "Rreadlink tag {tag} target {}", q(target)),
        FCall::RGetAttr { valid, qid, stat } => {
            write!(f, "Rgetattr tag {tag} valid {:#x} qid {} ", valid.bits(), from_qid(*qid))?;
            print_attributes(f, stat)
        }
        FCall::RxAttrWalk { size } => write!(f, "Rxattrwalk tag {tag} size {size}"),
        FCall::RLock { status } => write!(f, "Rlock tag {tag} status {}", status.bits()),
        FCall::RGetLock { flock } => {
            write!(f, "Rgetlock tag {tag} ")?;
            print_lock(f, flock)
        }
        FCall::RRename => write!(f, "Rrename tag {tag}"),
        FCall::RSetAttr => write!(f, "Rsetattr tag {tag}"),
        FCall::RxAttrCreate => write!(f, "Rxattrcreate tag {tag}"),
        FCall::RFSync => write!(f, "Rfsync tag {tag}"),
        FCall::RLink => write!(f, "Rlink tag {tag}"),
        FCall::RRenameAt => write!(f, "Rrenameat tag {tag}"),
        FCall::RUnlinkAt => write!(f, "Runlinkat tag {tag}"),
        // Those that every dialect has have a form of ours.
        other => write!(f, "type {} tag {tag}", super::number(other)),
    }
}

fn print_made(f: &mut fmt::Formatter<'_>, name: &str, tag: Tag, qid: QId) -> fmt::Result {
    write!(f, "{name} tag {tag} qid {}", from_qid(qid))
}

fn print_lock(f: &mut fmt::Formatter<'_>, lock: &Getlock) -> fmt::Result {
    let Getlock { typ, start, length, proc_id, client_id } = lock;
    write!(f, "type {} start {start} length {length} proc_id {proc_id} ", typ.bits())?;
    write!(f, "client_id {}", Quoted::text(client_id))
}

/// What a Tsetattr changes, and no more.
fn print_changes(f: &mut fmt::Formatter<'_>, valid: SetAttrMask, to: &SetAttr) -> fmt::Result {
    if valid.contains(SetAttrMask::MODE) {
        write!(f, " mode {:o}", to.mode)?;
    }
    if valid.contains(SetAttrMask::UID) {
        write!(f, " uid {}", to.uid)?;
    }
    if valid.contains(SetAttrMask::GID) {
        write!(f, " gid {}", to.gid)?;
    }
    if valid.contains(SetAttrMask::SIZE) {
        write!(f, " size {}", to.size)?;
    }
    if valid.contains(SetAttrMask::ATIME_SET) {
        write!(f, " atime {}", Moment(to.atime))?;
    }
    if valid.contains(SetAttrMask::MTIME_SET) {
        write!(f, " mtime {}", Moment(to.mtime))?;
    }
    Ok(())
}

fn print_attributes(f: &mut fmt::Formatter<'_>, stat: &Stat) -> fmt::Result {
    let Stat { mode, uid, gid, nlink, rdev, size, blksize, blocks, atime, mtime, ctime } = stat;
    write!(f, "mode {mode:o} uid {uid} gid {gid} nlink {nlink} rdev {rdev} size {size} ")?;
    write!(f, "blksize {blksize} blocks {blocks} ")?;
    write!(f, "atime {} mtime {} ctime {}", Moment(*atime), Moment(*mtime), Moment(*ctime))
}

/// Seconds since 1970, with the nanoseconds behind a point.
struct Moment(Time);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:09}", self.0.sec, self.0.nsec)
    }
}
