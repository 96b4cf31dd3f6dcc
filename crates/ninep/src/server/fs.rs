//! The file system behind a server: the one trait that a program implements to serve files.
//!
//! The engine keeps the rules of 9P (fids, tags, offsets of directories, order of writes, flush); an `Fs` knows files
//! alone. It is asked from one task per connection, never while the engine holds a lock.

use std::fmt;
use std::future::Future;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;

use super::{Caller, Claim};
use crate::{Error, Mode, OpenMode, Qid, Stat, errstr};

/// A tree of files to be served.
///
/// Methods other than [`read`](Self::read) and [`write`](Self::write) answer at once: none may block.
///
/// **Invariants** that the engine keeps for it: names are not empty and have neither `/` nor NUL; a walk starts at a
/// directory; a file is read and written only if it was opened for that; per fid at most one read and one write, or one
/// [`write_each`](Fs::write_each), are under way, later ones in the order in which they were sent.
pub trait Fs: Send + Sync + 'static {
    /// What a fid stands for after a walk. Cheap to clone; holds nothing open.
    type Node: Clone + Send + Sync + 'static;

    /// What a fid stands for after an open. Dropping the last reference is the clunk: that happens when the fid is
    /// clunked or the connection ends, after every future of its reads and writes has been dropped.
    type File: Send + Sync + 'static;

    /// Gives the root of the tree `aname` to whom the caller claims to be (attach(5)). Whether to believe the claim is for this
    /// method to judge; [`io::user`](crate::io::user) has the usual rule.
    ///
    /// # Errors
    /// No such tree, or not for this caller under that name.
    fn attach(&self, caller: &Caller, claim: &Claim<'_>, aname: &str) -> Result<Self::Node, Error>;

    /// The qid of a node.
    fn qid(&self, node: &Self::Node) -> Qid;

    /// Goes one element down from a directory, or up if `name` is `..` (the root's parent is the root).
    ///
    /// # Errors
    /// [`DOES_NOT_EXIST`](errstr::DOES_NOT_EXIST), usually.
    fn walk(&self, node: &Self::Node, name: &str) -> Result<Self::Node, Error>;

    /// Describes a node.
    ///
    /// # Errors
    /// The file may be gone.
    fn stat(&self, node: &Self::Node) -> Result<Stat, Error>;

    /// Changes what `stat` does not say to leave ([`Stat::leave`]); all of it or nothing (stat(5)). The fid may be open or not.
    ///
    /// # Errors
    /// Any part of it is not allowed.
    fn wstat(&self, node: &Self::Node, stat: &Stat) -> Result<(), Error>;

    /// The time in seconds since 1970: for requests that set a file's time to the server's.
    fn now(&self) -> u32;

    /// Describes the whole file system that a node is in.
    ///
    /// # Errors
    /// By default never: all counts are 0, which is how a file system says that it counts nothing.
    fn statfs(&self, node: &Self::Node) -> Result<Statfs, Error> {
        let _ = node;
        Ok(Statfs::default())
    }

    /// Opens a node. `mode` has only bits of [`OpenMode::KNOWN`]; all else about it is for this method to judge.
    ///
    /// # Errors
    /// Not allowed, or not possible now.
    fn open(&self, node: &Self::Node, mode: OpenMode) -> Result<Opened<Self::File, Self::Node>, Error>;

    /// Makes a file in the directory `dir` and opens it.
    ///
    /// # Errors
    /// By default always "permission denied".
    fn create(
        &self,
        dir: &Self::Node,
        name: &str,
        perm: Mode,
        mode: OpenMode,
    ) -> Result<Opened<Self::File, Self::Node>, Error> {
        let _ = (dir, name, perm, mode);
        Err(errstr::PERMISSION_DENIED)
    }

    /// Removes a file. The engine clunks the fid whatever the answer (remove(5)).
    ///
    /// # Errors
    /// By default always "permission denied".
    fn remove(&self, node: &Self::Node) -> Result<(), Error> {
        let _ = node;
        Err(errstr::PERMISSION_DENIED)
    }

    /// Lists the entries of an opened directory, in the order in which they are to be read. Asked when a read starts at
    /// offset 0; the engine keeps the answer for the reads that go on from there.
    ///
    /// # Errors
    /// The directory may be gone.
    fn list(&self, file: &Arc<Self::File>) -> Result<Vec<Stat>, Error>;

    /// Reads at most `count` bytes at `offset` of an opened plain file; no bytes are its end. `count` fits into one reply.
    fn read(&self, file: &Arc<Self::File>, offset: u64, count: u32) -> Answer<Bytes>;

    /// Writes `data` at `offset` of an opened plain file and answers how many bytes it took. `fds` are the descriptors that
    /// came with the message over a unix socket, in their order; dropping them closes them.
    ///
    /// A future in the answer may be dropped before its end, by a Tflush or a hang-up; what then was written is written.
    fn write(&self, file: &Arc<Self::File>, offset: u64, data: Bytes, fds: Vec<OwnedFd>) -> Answer<u32>;

    /// Does several writes that came one behind the other, in their order, and answers for each as [`write`](Self::write) would:
    /// for files where that costs less than one at a time. Asked only of files that were opened with
    /// [`joins_writes`](Opened::joins_writes), for which offsets mean nothing.
    fn write_each(&self, file: &Arc<Self::File>, data: Vec<Bytes>) -> Answer<Vec<Result<u32, Error>>> {
        let _ = file;
        Answer::Now(Ok(data.iter().map(|_| Err(errstr::BAD_USE_OF_FD)).collect()))
    }
}

/// A file that was opened.
#[derive(Debug)]
pub struct Opened<File, Node> {
    /// What reads and writes go to. The engine holds the only reference to it except those inside futures of its reads and writes
    /// and those that the file system keeps itself.
    pub file: Arc<File>,
    /// What the fid stands for from now on: usually the node that was opened, but a fid that opens a clone file stands for the
    /// new connection's `ctl`.
    pub node: Node,
    /// That node's qid.
    pub qid: Qid,
    /// Bytes that one read or write transfers as a whole; 0 where only msize counts (open(5)).
    pub iounit: u32,
    /// Whether writes that come one behind the other may be done together, by [`Fs::write_each`].
    pub joins_writes: bool,
}

/// A whole file system, as statfs(2) describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statfs {
    /// Which kind of file system it is: a magic number.
    pub kind: u32,
    /// Bytes of a block.
    pub block_len: u32,
    /// Blocks in all.
    pub block_count: u64,
    /// Blocks that are free.
    pub free_block_count: u64,
    /// Files in all.
    pub file_count: u64,
    /// Files that could still be made.
    pub free_file_count: u64,
    /// Tells this file system from others.
    pub id: u64,
    /// Bytes of the longest file name.
    pub name_len_max: u32,
}

impl Default for Statfs {
    fn default() -> Self {
        Self {
            kind: Self::V9FS_MAGIC,
            block_len: 4096,
            block_count: 0,
            free_block_count: 0,
            file_count: 0,
            free_file_count: 0,
            id: 0,
            name_len_max: 255,
        }
    }
}

impl Statfs {
    /// The kind that Linux gives to file systems that come by 9P (statfs(2)).
    pub const V9FS_MAGIC: u32 = 0x0102_1997;
}

/// The answer to a read or a write: now, or when the future ends.
///
/// What can be answered without waiting must be answered `Now`: that keeps requests in order and costs no allocation.
#[must_use]
pub enum Answer<T> {
    /// Here it is.
    Now(Result<T, Error>),
    /// It has to wait. The future is polled at once, then whenever it wakes its task; it holds no lock while it waits.
    Later(Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>),
}

impl<T> Answer<T> {
    /// Answers later, with what `future` gives.
    pub fn later(future: impl Future<Output = Result<T, Error>> + Send + 'static) -> Self {
        Self::Later(Box::pin(future))
    }
}

impl<T> From<Result<T, Error>> for Answer<T> {
    fn from(result: Result<T, Error>) -> Self {
        Self::Now(result)
    }
}

impl<T: fmt::Debug> fmt::Debug for Answer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now(result) => f.debug_tuple("Now").field(result).finish(),
            Self::Later(_) => f.write_str("Later(..)"),
        }
    }
}
