//! Answers to the kernel: what a file is, as its types have it.
//!
//! All of it is valid for no time at all, so that the kernel asks again: the numbers of conversations are
//! used again, and so are their names.

use std::sync::atomic::{AtomicU64, Ordering};

use ninep::{Mode, Stat};
use polyfuse_kernel::{
    FUSE_ATOMIC_O_TRUNC, FUSE_BIG_WRITES, FUSE_KERNEL_MINOR_VERSION, FUSE_KERNEL_VERSION, FUSE_MAX_PAGES,
    FUSE_PARALLEL_DIROPS, fuse_attr, fuse_attr_out, fuse_dirent, fuse_entry_out, fuse_init_in, fuse_init_out,
    fuse_kstatfs, fuse_statfs_out,
};
use zerocopy::IntoBytes;

use super::kernel::TRANSFER_LEN_MAX;
use crate::tree::{Place, Which};

/// Answers the kernel's greeting: what we want of what it offers.
pub(super) fn init(offer: &fuse_init_in) -> fuse_init_out {
    let wanted = FUSE_ATOMIC_O_TRUNC | FUSE_BIG_WRITES | FUSE_MAX_PAGES | FUSE_PARALLEL_DIROPS;
    fuse_init_out {
        major: FUSE_KERNEL_VERSION,
        minor: FUSE_KERNEL_MINOR_VERSION,
        flags: offer.flags & wanted,
        max_background: BACKGROUND_MAX,
        congestion_threshold: BACKGROUND_MAX,
        max_write: TRANSFER_LEN_MAX,
        max_pages: u16::try_from(TRANSFER_LEN_MAX / PAGE_LEN_MIN).unwrap_or(u16::MAX),
        time_gran: 1,
        ..fuse_init_out::default()
    }
}

/// Describes a file that was looked up; `node` is the number under which the kernel is to ask for it.
pub(super) fn entry(node: u64, place: Place, stat: &Stat) -> fuse_entry_out {
    fuse_entry_out { nodeid: node, attr: attr(place, stat), ..fuse_entry_out::default() }
}

/// Describes a file that was asked about.
pub(super) fn attributes(place: Place, stat: &Stat) -> fuse_attr_out {
    fuse_attr_out { attr: attr(place, stat), ..fuse_attr_out::default() }
}

/// Describes the file system: it counts nothing.
pub(super) fn statfs() -> fuse_statfs_out {
    let st = fuse_kstatfs { bsize: BLOCK_LEN, frsize: BLOCK_LEN, namelen: 255, ..fuse_kstatfs::default() };
    fuse_statfs_out { st }
}

/// Appends an entry of a directory to `out`, if it fits into `len_max` bytes; `next` is the offset behind it.
pub(super) fn dirent(out: &mut Vec<u8>, len_max: usize, name: &str, stat: &Stat, next: u64) -> bool {
    let head = fuse_dirent {
        ino: stat.qid.path,
        off: next,
        namelen: u32::try_from(name.len()).unwrap_or_default(),
        typ: kind(stat.mode) >> 12,
        name: [],
    };
    let len = (size_of::<fuse_dirent>() + name.len()).next_multiple_of(DIRENT_ALIGN);
    if out.len() + len > len_max {
        return false;
    }
    let end = out.len() + len;
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(name.as_bytes());
    out.resize(end, 0);
    true
}

/// Gives the number of an inode that programs see. That of `data` is another one each time: a command on a mount has it
/// opened for its input and for its output, and programs refuse to work where both are one file (cat(1), grep(1)). The
/// kernel goes by its own number of the node.
fn shown_number(place: Place, stat: &Stat) -> u64 {
    static ASKED_COUNT: AtomicU64 = AtomicU64::new(0);
    match place {
        Place::File(_, Which::Data) => {
            let count = ASKED_COUNT.fetch_add(1, Ordering::Relaxed);
            (count << QID_BITS) | stat.qid.path
        }
        _ => stat.qid.path,
    }
}

fn attr(place: Place, stat: &Stat) -> fuse_attr {
    let block_len = match place {
        Place::File(_, which) if which.iounit() != 0 => which.iounit(),
        _ => BLOCK_LEN,
    };
    fuse_attr {
        ino: shown_number(place, stat),
        size: stat.length,
        atime: u64::from(stat.atime),
        mtime: u64::from(stat.mtime),
        ctime: u64::from(stat.mtime),
        mode: kind(stat.mode) | stat.mode.permissions(),
        nlink: 1,
        uid: stat.n_uid,
        gid: stat.n_gid,
        blksize: block_len,
        ..fuse_attr::default()
    }
}

fn kind(mode: Mode) -> u32 {
    if mode.contains(Mode::DIR) { S_IFDIR } else { S_IFREG }
}

const S_IFDIR: u32 = 0o040_000;
const S_IFREG: u32 = 0o100_000;
/// Where entries of a directory begin, in bytes.
const DIRENT_ALIGN: usize = 8;
/// Bits of a qid's path: a conversation's 32 and the file's 5 fit.
const QID_BITS: u32 = 40;
/// What a program is told to read at once where it does not matter, in bytes.
const BLOCK_LEN: u32 = 4096;
/// Bytes of the smallest page that a kernel has.
const PAGE_LEN_MIN: u32 = 4096;
/// Requests that no process waits for, such as closes, that the kernel sends at once.
const BACKGROUND_MAX: u16 = 64;

#[cfg(test)]
mod tests {
    use ninep::Qid;

    use super::*;

    fn stat(place: Place, mode: Mode) -> Stat {
        Stat::new(place.name(), place.qid(), mode, "glenda", "glenda").numbered(1000, 100)
    }

    #[test]
    fn a_directory_is_one_and_a_file_is_another() {
        let dir = attributes(Place::Tls, &stat(Place::Tls, Mode::DIR | Mode(0o555))).attr;
        assert_eq!((dir.mode, dir.ino, dir.uid, dir.gid), (0o040_555, 2, 1000, 100));
        let file = attributes(Place::Clone, &stat(Place::Clone, Mode(0o555))).attr;
        assert_eq!((file.mode, file.ino), (0o100_555, 3));
    }

    #[test]
    fn two_opens_of_data_are_two_files_to_cat() {
        let place = Place::File(7, Which::Data);
        let number = || attributes(place, &stat(place, Mode(0o660))).attr.ino;
        let (one, other) = (number(), number());
        assert_ne!(one, other);
        assert_eq!((one ^ other) & ((1 << QID_BITS) - 1), 0);
    }

    #[test]
    fn nothing_is_valid_for_any_time() {
        let out = entry(9, Place::Clone, &stat(Place::Clone, Mode(0o555)));
        assert_eq!((out.nodeid, out.entry_valid, out.entry_valid_nsec), (9, 0, 0));
        assert_eq!((out.attr_valid, out.attr_valid_nsec), (0, 0));
    }

    #[test]
    fn entries_fill_the_room_and_no_more() {
        let stat = Stat::new("x", Qid::file(5), Mode(0o444), "glenda", "glenda");
        let mut out = Vec::new();
        assert!(dirent(&mut out, 64, "clone", &stat, 1));
        assert_eq!(out.len(), 32);
        assert!(dirent(&mut out, 64, "encalgs", &stat, 2));
        assert!(!dirent(&mut out, 64, "a", &stat, 3));
        assert_eq!(out.len(), 64);
    }
}
