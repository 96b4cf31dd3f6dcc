//! Error: what a 9P request fails with, and the texts that any 9P server gives.
//!
//! Texts are interface: lower case, no full stop, under 128 bytes, and never the word "interrupt", which 9pfuse
//! turns into a number that makes programs try again for ever. A file system adds texts of its own.

use std::borrow::Cow;
use std::fmt;

/// Why a request failed: the text that 9P2000 sends and the number that 9P2000.L and Linux want.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Said to people, and matched by programs.
    pub text: Cow<'static, str>,
    /// One of Linux's numbers; see [`errno`].
    pub errno: i32,
}

impl Error {
    /// Makes an error with a text that is known beforehand.
    #[must_use]
    pub const fn new(text: &'static str, errno: i32) -> Self {
        Self { text: Cow::Borrowed(text), errno }
    }

    /// Makes an error with a text made for the occasion.
    #[must_use]
    pub const fn from_text(text: String, errno: i32) -> Self {
        Self { text: Cow::Owned(text), errno }
    }

    /// The number as the dialects with numbers send it: 0 would say there that nothing failed, so what is no number of an error
    /// goes as failed input or output.
    #[must_use]
    pub const fn number(&self) -> u32 {
        if self.errno > 0 { self.errno.unsigned_abs() } else { EIO.unsigned_abs() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Error {}

/// Linux's error numbers, as errno(3) has them: the ones that 9P servers need.
pub mod errno {
    /// Operation not permitted.
    pub const EPERM: i32 = 1;
    /// No such file.
    pub const ENOENT: i32 = 2;
    /// Input or output failed.
    pub const EIO: i32 = 5;
    /// Not a good descriptor, or not for this.
    pub const EBADF: i32 = 9;
    /// Try again.
    pub const EAGAIN: i32 = 11;
    /// Out of memory, or out of what a limit allows.
    pub const ENOMEM: i32 = 12;
    /// Permission denied.
    pub const EACCES: i32 = 13;
    /// In use.
    pub const EBUSY: i32 = 16;
    /// Exists already.
    pub const EEXIST: i32 = 17;
    /// In another file system, or too far away to be moved there.
    pub const EXDEV: i32 = 18;
    /// Not a directory.
    pub const ENOTDIR: i32 = 20;
    /// Is a directory.
    pub const EISDIR: i32 = 21;
    /// Invalid argument.
    pub const EINVAL: i32 = 22;
    /// Too many open files.
    pub const EMFILE: i32 = 24;
    /// No space left.
    pub const ENOSPC: i32 = 28;
    /// Not a position one can go to.
    pub const ESPIPE: i32 = 29;
    /// Never written.
    pub const EROFS: i32 = 30;
    /// The reader is gone.
    pub const EPIPE: i32 = 32;
    /// No locks.
    pub const ENOLCK: i32 = 37;
    /// No such call.
    pub const ENOSYS: i32 = 38;
    /// A directory with files in it.
    pub const ENOTEMPTY: i32 = 39;
    /// Protocol error.
    pub const EPROTO: i32 = 71;
    /// Not supported.
    pub const EOPNOTSUPP: i32 = 95;
    /// The connection was reset.
    pub const ECONNRESET: i32 = 104;
    /// Not connected.
    pub const ENOTCONN: i32 = 107;
    /// Shut down.
    pub const ESHUTDOWN: i32 = 108;
    /// Timed out.
    pub const ETIMEDOUT: i32 = 110;
    /// Cancelled.
    pub const ECANCELED: i32 = 125;
}

use crate::fcall::errno_of;
use errno::*;

/// Not allowed to this user.
pub const PERMISSION_DENIED: Error = Error::new("permission denied", EACCES);
/// No file of that name.
pub const DOES_NOT_EXIST: Error = Error::new("file does not exist", ENOENT);
/// Walk through a plain file.
pub const NOT_A_DIRECTORY: Error = Error::new("not a directory", ENOTDIR);
/// A directory where only another file will do (9P2000.L).
pub const IS_A_DIRECTORY: Error = Error::new("is a directory", EISDIR);
/// I/O on a fid that is not open for it.
pub const BAD_USE_OF_FD: Error = Error::new("inappropriate use of fd", EBADF);
/// An argument out of its range.
pub const BAD_ARG: Error = Error::new("bad arg in system call", EINVAL);
/// Something of which there is only one is taken.
pub const IN_USE: Error = Error::new("device or object already in use", EBUSY);
/// A directory read at an offset where none ended.
pub const SEEK_IN_DIRECTORY: Error = Error::new("seek in directory", ESPIPE);
/// A directory read with a count too small for the next entry.
pub const COUNT_TOO_SMALL: Error = Error::new("i/o count too small", EINVAL);
/// A stat in Twstat that is not as long as it says.
pub const SHORT_STAT: Error = Error::new("stat buffer too small", EINVAL);
/// A path element that no file can have.
pub const BAD_NAME: Error = Error::new("bad character in file name", EINVAL);
/// A link, device, fifo or socket, of which there are none here.
pub const NO_SPECIAL_FILES: Error = Error::new("special files are not served", EPERM);
/// A file that should change its directory.
pub const NO_MOVES: Error = Error::new("files stay in their directory", EXDEV);
/// Locks, of which nobody would keep account.
pub const NO_LOCKS: Error = Error::new("locks are not served", ENOLCK);
/// Extended attributes.
pub const NO_ATTRIBUTES: Error = Error::new("extended attributes are not served", EOPNOTSUPP);
/// More elements than one Twalk may have.
pub const TOO_MANY_NAMES: Error = Error::new("too many names in walk", EINVAL);
/// A fid that stands for nothing.
pub const UNKNOWN_FID: Error = Error::new("unknown fid", EBADF);
/// A new fid that stands for something already.
pub const FID_IN_USE: Error = Error::new("fid already in use", EBADF);
/// A walk from, or a second open of, an open fid.
pub const FID_IS_OPEN: Error = Error::new("fid is already open", EBADF);
/// A tag that still waits for its reply.
pub const DUPLICATE_TAG: Error = Error::new("duplicate tag", EINVAL);
/// Answers Tauth, and an attach that brings an afid.
pub const NO_AUTH: Error = Error::new("authentication not required", ENOENT);
/// A message whose parts do not add up to its length.
pub const BAD_MESSAGE: Error = Error::new("illegal message", EPROTO);
/// A message of a type that is not served.
pub const UNKNOWN_MESSAGE: Error = Error::new("unknown message type", EOPNOTSUPP);
/// Tversion that asks for too short messages.
pub const MSIZE_TOO_SMALL: Error = Error::new("msize too small", EINVAL);
/// Anything before the first Tversion.
pub const NO_VERSION: Error = Error::new("version not negotiated", EPROTO);
/// The read that a Tclunk of its own fid overtakes.
pub const CLUNKED: Error = Error::new("fid was clunked", ECANCELED);
/// The limit on fids of a connection.
pub const TOO_MANY_FIDS: Error = Error::new("too many fids", EMFILE);
/// The limit on requests without reply of a connection.
pub const TOO_MANY_TAGS: Error = Error::new("too many requests waiting", EAGAIN);
/// The limit on bytes of writes that wait.
pub const TOO_MANY_BYTES: Error = Error::new("too many bytes waiting", EAGAIN);
/// The limit on descriptors of writes that wait.
pub const TOO_MANY_DESCRIPTORS: Error = Error::new("too many descriptors waiting", EMFILE);
/// The limit on connections in all; said in place of a reply to Tversion.
pub const TOO_MANY_CLIENTS: Error = Error::new("too many clients", EAGAIN);
/// The limit on connections of one user; said in place of a reply to Tversion.
pub const TOO_MANY_CLIENTS_OF_USER: Error = Error::new("too many clients of this user", EAGAIN);
/// A server that answers Tversion with another version, or longer messages than were asked for.
pub const BAD_VERSION: Error = Error::new("server speaks another version", EPROTO);
/// The connection to the server has ended.
pub const HUNGUP: Error = Error::new("i/o on hungup channel", EIO);
/// Descriptors over anything but a unix socket.
pub const NO_DESCRIPTORS: Error = Error::new("descriptors pass only over a unix socket", EBADF);
/// A file system that returned more than was asked for: its fault, not the client's.
pub const READ_TOO_LONG: Error = Error::new("read returned more than its count", EIO);

/// The error that a server means by a text. Classic 9P sends no number: texts that this crate gives itself have theirs,
/// Linux's own have Linux's, all others count as failed input or output.
#[must_use]
pub fn from_server(text: String) -> Error {
    let known = KNOWN.iter().find(|known| known.text == text).map(|known| known.errno);
    let errno = known.or_else(|| errno_of(&text)).unwrap_or(EIO);
    Error { text: Cow::Owned(text), errno }
}

const KNOWN: [Error; 32] = [
    PERMISSION_DENIED,
    DOES_NOT_EXIST,
    NOT_A_DIRECTORY,
    IS_A_DIRECTORY,
    BAD_USE_OF_FD,
    BAD_ARG,
    IN_USE,
    SEEK_IN_DIRECTORY,
    COUNT_TOO_SMALL,
    SHORT_STAT,
    BAD_NAME,
    NO_SPECIAL_FILES,
    NO_MOVES,
    NO_LOCKS,
    NO_ATTRIBUTES,
    TOO_MANY_NAMES,
    UNKNOWN_FID,
    FID_IN_USE,
    FID_IS_OPEN,
    DUPLICATE_TAG,
    NO_AUTH,
    BAD_MESSAGE,
    UNKNOWN_MESSAGE,
    MSIZE_TOO_SMALL,
    NO_VERSION,
    CLUNKED,
    TOO_MANY_FIDS,
    TOO_MANY_TAGS,
    TOO_MANY_BYTES,
    TOO_MANY_DESCRIPTORS,
    TOO_MANY_CLIENTS,
    TOO_MANY_CLIENTS_OF_USER,
];
