//! The messages of 9P: what a client asks (`Tmsg`), what a server replies (`Rmsg`), and their bytes (fcall(2)).
//!
//! Only the codec ([`decode`] and [`encode`]) knows what the bytes of a [`Dialect`](crate::Dialect) are; everything else in this
//! crate sees these two types.
//!
//! **Invariants.** What `encode` writes, `decode` reads back; a message decodes only if it is used up to its last byte.

mod decode;
mod encode;
mod frame;
mod linux;
mod outbox;
mod print;
mod secret;
mod wire;

use bytes::Bytes;
use rs9p::fcall::FCall;

pub use decode::{DecodeError, decode_rmsg, decode_stats, decode_tmsg};
pub use encode::{encode_rmsg, encode_stat, encode_tmsg};
pub use frame::{Frame, FrameError, Inbox};
pub(crate) use linux::{Entry, encode_entry, errno_of, to_qid};
pub use outbox::Outbox;
pub use print::Line;
pub(crate) use secret::{is_secret, wiping};

use crate::{Error, Fid, Mode, OpenMode, Qid, Stat, Tag};

/// A request, from client to server (intro(5)).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the words of the manual's section 5, page by page")]
pub enum Tmsg {
    /// Which version, and how long may messages be (version(5)).
    Version { msize: u32, version: String },
    /// Wants a file to authenticate by (attach(5)). `n_uname` is the user's number, in dialects that have one.
    Auth { afid: Fid, uname: String, aname: String, n_uname: Option<u32> },
    /// Makes `fid` the root of `aname` (attach(5)). `n_uname` as in Tauth.
    Attach { fid: Fid, afid: Fid, uname: String, aname: String, n_uname: Option<u32> },
    /// Wants no reply any more to the request `oldtag` (flush(5)).
    Flush { oldtag: Tag },
    /// Makes `newfid` the file found by going from `fid` along `names` (walk(5)).
    Walk { fid: Fid, newfid: Fid, names: Vec<String> },
    /// Opens (open(5)).
    Open { fid: Fid, mode: OpenMode },
    /// Makes a file in the directory `fid` and opens it as `fid` (open(5)). `extension` says what a special file stands for, in
    /// 9P2000.u.
    Create { fid: Fid, name: String, perm: Mode, mode: OpenMode, extension: String },
    /// Reads `count` bytes from byte `offset` (read(5)).
    Read { fid: Fid, offset: u64, count: u32 },
    /// Writes `data` at byte `offset` (read(5)).
    Write { fid: Fid, offset: u64, data: Bytes },
    /// Forgets a fid (clunk(5)).
    Clunk { fid: Fid },
    /// Removes a file, and forgets its fid (remove(5)).
    Remove { fid: Fid },
    /// Asks for a description (stat(5)).
    Stat { fid: Fid },
    /// Asks for changes to the description (stat(5)).
    Wstat { fid: Fid, stat: Stat },
    /// One of the requests that only 9P2000.L has.
    Linux(FCall),
}

/// A reply, from server to client (intro(5)).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the words of the manual's section 5, page by page")]
pub enum Rmsg {
    /// The version spoken from now on, and the longest message in bytes (version(5)).
    Version { msize: u32, version: String },
    /// The file to authenticate by (attach(5)).
    Auth { aqid: Qid },
    /// The root (attach(5)).
    Attach { qid: Qid },
    /// The request failed (error(5)).
    Error { error: Error },
    /// The flushed request gets no reply after this (flush(5)).
    Flush,
    /// The qids of the elements that were walked: all of them, or those before the one that failed (walk(5)).
    Walk { qids: Vec<Qid> },
    /// Opened (open(5)).
    Open { qid: Qid, iounit: u32 },
    /// Made and opened (open(5)).
    Create { qid: Qid, iounit: u32 },
    /// What was read; nothing at the end of the file (read(5)).
    Read { data: Bytes },
    /// How many bytes were written (read(5)).
    Write { count: u32 },
    /// The fid is forgotten (clunk(5)).
    Clunk,
    /// The file is removed (remove(5)).
    Remove,
    /// The description (stat(5)).
    Stat { stat: Stat },
    /// The description is changed (stat(5)).
    Wstat,
    /// What was read of a directory, in 9P2000.L; nothing at its end.
    Readdir { data: Bytes },
    /// One of the other replies that only 9P2000.L has.
    Linux(FCall),
}

impl Tmsg {
    /// The number of its type on the wire; that of its reply is one more.
    pub(crate) fn number(&self) -> u8 {
        match self {
            Self::Version { .. } => number::TVERSION,
            Self::Auth { .. } => number::TAUTH,
            Self::Attach { .. } => number::TATTACH,
            Self::Flush { .. } => number::TFLUSH,
            Self::Walk { .. } => number::TWALK,
            Self::Open { .. } => number::TOPEN,
            Self::Create { .. } => number::TCREATE,
            Self::Read { .. } => number::TREAD,
            Self::Write { .. } => number::TWRITE,
            Self::Clunk { .. } => number::TCLUNK,
            Self::Remove { .. } => number::TREMOVE,
            Self::Stat { .. } => number::TSTAT,
            Self::Wstat { .. } => number::TWSTAT,
            Self::Linux(fcall) => linux::number(fcall),
        }
    }
}

impl Rmsg {
    /// The number of its type on the wire.
    pub(crate) fn number(&self) -> u8 {
        match self {
            Self::Version { .. } => number::RVERSION,
            Self::Auth { .. } => number::RAUTH,
            Self::Attach { .. } => number::RATTACH,
            Self::Error { .. } => number::RERROR,
            Self::Flush => number::RFLUSH,
            Self::Walk { .. } => number::RWALK,
            Self::Open { .. } => number::ROPEN,
            Self::Create { .. } => number::RCREATE,
            Self::Read { .. } => number::RREAD,
            Self::Write { .. } => number::RWRITE,
            Self::Clunk => number::RCLUNK,
            Self::Remove => number::RREMOVE,
            Self::Stat { .. } => number::RSTAT,
            Self::Wstat => number::RWSTAT,
            Self::Readdir { .. } => number::RREADDIR,
            Self::Linux(fcall) => linux::number(fcall),
        }
    }
}

/// Stands for no number, in Tauth and Tattach of dialects that have one there.
const NONUNAME: u32 = u32::MAX;

/// The message types' numbers (fcall(2)): a T-message's is even, and its reply's one more.
mod number {
    pub(crate) const TVERSION: u8 = 100;
    pub(crate) const TAUTH: u8 = 102;
    pub(crate) const TATTACH: u8 = 104;
    pub(crate) const RERROR: u8 = 107;
    pub(crate) const TFLUSH: u8 = 108;
    pub(crate) const TWALK: u8 = 110;
    pub(crate) const TOPEN: u8 = 112;
    pub(crate) const TCREATE: u8 = 114;
    pub(crate) const TREAD: u8 = 116;
    pub(crate) const TWRITE: u8 = 118;
    pub(crate) const TCLUNK: u8 = 120;
    pub(crate) const TREMOVE: u8 = 122;
    pub(crate) const TSTAT: u8 = 124;
    pub(crate) const TWSTAT: u8 = 126;
    pub(crate) const RVERSION: u8 = TVERSION + 1;
    pub(crate) const RAUTH: u8 = TAUTH + 1;
    pub(crate) const RATTACH: u8 = TATTACH + 1;
    pub(crate) const RFLUSH: u8 = TFLUSH + 1;
    pub(crate) const RWALK: u8 = TWALK + 1;
    pub(crate) const ROPEN: u8 = TOPEN + 1;
    pub(crate) const RCREATE: u8 = TCREATE + 1;
    pub(crate) const RREAD: u8 = TREAD + 1;
    pub(crate) const RWRITE: u8 = TWRITE + 1;
    pub(crate) const RCLUNK: u8 = TCLUNK + 1;
    pub(crate) const RREMOVE: u8 = TREMOVE + 1;
    pub(crate) const RSTAT: u8 = TSTAT + 1;
    pub(crate) const RWSTAT: u8 = TWSTAT + 1;
    /// 9P2000.L's reply to Treaddir, whose data never goes through rs9p.
    pub(crate) const RREADDIR: u8 = 41;
}

#[cfg(test)]
mod tests;
