//! A request of the kernel, read: bytes become a type once, here.
//!
//! The kernel is trusted to be the kernel, and still nothing here can fail worse than by an error.

use std::fmt;
use std::ops::Range;

use polyfuse_kernel::{
    fuse_access_in, fuse_getxattr_in, fuse_in_header, fuse_init_in, fuse_interrupt_in, fuse_opcode,
    fuse_open_in, fuse_poll_in, fuse_read_in, fuse_release_in, fuse_setattr_in, fuse_write_in,
};
use zerocopy::{FromBytes, Immutable, KnownLayout};

/// A request: who asks for what of which file.
pub(super) struct Request {
    /// Its number, the file's, and who asks.
    pub(super) header: fuse_in_header,
    /// What is asked.
    pub(super) op: Op,
}

/// What is asked, with what the answer depends on. A range is a part of the message.
pub(super) enum Op {
    Init(fuse_init_in),
    /// By name.
    Lookup(Range<usize>),
    /// One or many; no answer.
    Forget,
    Getattr,
    Setattr(fuse_setattr_in),
    Open(fuse_open_in),
    Read(fuse_read_in),
    /// With the data.
    Write(fuse_write_in, Range<usize>),
    /// The end of an open file or directory.
    Release(fuse_release_in),
    Opendir,
    Readdir(fuse_read_in),
    Access(fuse_access_in),
    Statfs,
    /// By name.
    Getxattr(fuse_getxattr_in, Range<usize>),
    Listxattr(fuse_getxattr_in),
    /// Another request is to end. No answer.
    Interrupt(fuse_interrupt_in),
    Poll(fuse_poll_in),
    /// A change to what files there are.
    Change,
    /// The end of the mount.
    Destroy,
    /// What we leave to the kernel or to nobody.
    Unknown,
}

impl Request {
    /// Reads a request; `None` if it is shorter than it must be.
    pub(super) fn parse(bytes: &[u8]) -> Option<Request> {
        let (header, body) = fuse_in_header::read_from_prefix(bytes).ok()?;
        let Ok(code) = fuse_opcode::try_from(header.opcode) else {
            return Some(Request { header, op: Op::Unknown });
        };
        let op = match code {
            fuse_opcode::FUSE_INIT => Op::Init(head(body)?.0),
            fuse_opcode::FUSE_LOOKUP => Op::Lookup(name(bytes, body)?),
            fuse_opcode::FUSE_FORGET | fuse_opcode::FUSE_BATCH_FORGET => Op::Forget,
            fuse_opcode::FUSE_GETATTR => Op::Getattr,
            fuse_opcode::FUSE_SETATTR => Op::Setattr(head(body)?.0),
            fuse_opcode::FUSE_OPEN => Op::Open(head(body)?.0),
            fuse_opcode::FUSE_READ => Op::Read(head(body)?.0),
            fuse_opcode::FUSE_WRITE => {
                let (write, data): (fuse_write_in, _) = head(body)?;
                let start = bytes.len() - data.len();
                let len = usize::try_from(write.size).ok().filter(|len| *len <= data.len())?;
                Op::Write(write, start..start + len)
            }
            fuse_opcode::FUSE_RELEASE | fuse_opcode::FUSE_RELEASEDIR => Op::Release(head(body)?.0),
            fuse_opcode::FUSE_OPENDIR => Op::Opendir,
            fuse_opcode::FUSE_READDIR => Op::Readdir(head(body)?.0),
            fuse_opcode::FUSE_ACCESS => Op::Access(head(body)?.0),
            fuse_opcode::FUSE_STATFS => Op::Statfs,
            fuse_opcode::FUSE_GETXATTR => {
                let (get, rest) = head(body)?;
                Op::Getxattr(get, name(bytes, rest)?)
            }
            fuse_opcode::FUSE_LISTXATTR => Op::Listxattr(head(body)?.0),
            fuse_opcode::FUSE_INTERRUPT => Op::Interrupt(head(body)?.0),
            fuse_opcode::FUSE_POLL => Op::Poll(head(body)?.0),
            fuse_opcode::FUSE_SYMLINK
            | fuse_opcode::FUSE_MKNOD
            | fuse_opcode::FUSE_MKDIR
            | fuse_opcode::FUSE_UNLINK
            | fuse_opcode::FUSE_RMDIR
            | fuse_opcode::FUSE_RENAME
            | fuse_opcode::FUSE_RENAME2
            | fuse_opcode::FUSE_LINK
            | fuse_opcode::FUSE_CREATE => Op::Change,
            fuse_opcode::FUSE_DESTROY => Op::Destroy,
            _ => Op::Unknown,
        };
        Some(Request { header, op })
    }
}

fn head<T: FromBytes + KnownLayout + Immutable>(body: &[u8]) -> Option<(T, &[u8])> {
    T::read_from_prefix(body).ok()
}

/// Finds the name that begins the rest of a message, up to the NUL at its end.
fn name(bytes: &[u8], rest: &[u8]) -> Option<Range<usize>> {
    let len = rest.iter().position(|byte| *byte == 0)?;
    let start = bytes.len() - rest.len();
    Some(start..start + len)
}

/// For a trace: never a byte of what is read or written.
impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Op::Init(init) => write!(f, "init {}.{}", init.major, init.minor),
            Op::Lookup(_) => f.write_str("lookup"),
            Op::Forget => f.write_str("forget"),
            Op::Getattr => f.write_str("getattr"),
            Op::Setattr(set) => write!(f, "setattr valid {:#x}", set.valid),
            Op::Open(open) => write!(f, "open flags {:#o}", open.flags),
            Op::Read(read) => write!(f, "read handle {} count {}", read.fh, read.size),
            Op::Write(write, _) => write!(f, "write handle {} count {}", write.fh, write.size),
            Op::Release(release) => write!(f, "release handle {}", release.fh),
            Op::Opendir => f.write_str("opendir"),
            Op::Readdir(read) => write!(f, "readdir handle {} offset {}", read.fh, read.offset),
            Op::Access(access) => write!(f, "access {}", access.mask),
            Op::Statfs => f.write_str("statfs"),
            Op::Getxattr(..) => f.write_str("getxattr"),
            Op::Listxattr(_) => f.write_str("listxattr"),
            Op::Interrupt(interrupt) => write!(f, "interrupt of {}", interrupt.unique),
            Op::Poll(poll) => write!(f, "poll handle {} events {:#x}", poll.fh, poll.events),
            Op::Change => f.write_str("change of the tree"),
            Op::Destroy => f.write_str("destroy"),
            Op::Unknown => f.write_str("unknown"),
        }
    }
}

#[cfg(test)]
mod tests {
    use zerocopy::IntoBytes;

    use super::*;

    fn message(opcode: fuse_opcode, body: &[u8]) -> Vec<u8> {
        let header =
            fuse_in_header { opcode: opcode as u32, unique: 5, nodeid: 3, uid: 1000, ..Default::default() };
        [header.as_bytes(), body].concat()
    }

    #[test]
    fn the_data_of_a_write_is_found() {
        let write = fuse_write_in { fh: 7, size: 4, ..Default::default() };
        let bytes = message(fuse_opcode::FUSE_WRITE, &[write.as_bytes(), b"data"].concat());
        let request = Request::parse(&bytes).expect("a request");
        let Op::Write(write, range) = request.op else { panic!("a write") };
        assert_eq!((write.fh, &bytes[range]), (7, &b"data"[..]));
        assert_eq!((request.header.unique, request.header.uid), (5, 1000));
    }

    #[test]
    fn a_request_that_is_cut_short_is_none() {
        let write = fuse_write_in { fh: 7, size: 4, ..Default::default() };
        let write = message(fuse_opcode::FUSE_WRITE, &[write.as_bytes(), b"data"].concat());
        let lookup = message(fuse_opcode::FUSE_LOOKUP, b"clone\0");
        for whole in [write, lookup] {
            for len in 0..whole.len() {
                assert!(Request::parse(&whole[..len]).is_none(), "{len} of {}", whole.len());
            }
        }
    }

    #[test]
    fn what_nobody_knows_is_unknown() {
        let header = fuse_in_header { opcode: 4711, ..Default::default() };
        assert!(matches!(Request::parse(header.as_bytes()), Some(Request { op: Op::Unknown, .. })));
    }
}
