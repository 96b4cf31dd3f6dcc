//! Linux's numbers and what they come to.

use super::*;

#[test]
fn flags_of_open_that_mean_nothing_here_are_left_out() {
    for (flags, mode) in [
        (0, OpenMode::READ),
        (0o1, OpenMode::WRITE),
        (0o2, OpenMode::RDWR),
        // O_TRUNC.
        (0o1001, OpenMode::WRITE | OpenMode::TRUNC),
        // O_CREAT, O_EXCL, O_NOCTTY, O_APPEND, O_NONBLOCK, O_DSYNC, O_DIRECT, O_LARGEFILE, O_DIRECTORY, O_NOFOLLOW, O_NOATIME,
        // O_CLOEXEC and O_SYNC.
        (0o7776702, OpenMode::RDWR),
        (!0o1001, OpenMode::RDWR),
    ] {
        assert_eq!(open_mode(flags), Ok(mode), "{flags:o}");
    }
    assert_eq!(open_mode(0o3), Err(errstr::BAD_ARG));
}

fn no_change() -> SetAttr {
    let time = Time { sec: u64::MAX, nsec: 0 };
    SetAttr { mode: 0, uid: 0, gid: 0, size: 0, atime: time, mtime: time }
}

#[test]
fn only_what_is_valid_is_changed() {
    let file = Qid::file(3);
    let change = |valid| changes(valid, &no_change(), file, 77);
    assert_eq!(change(SetAttrMask::CTIME), Stat::leave());
    assert_eq!(change(SetAttrMask::SIZE), Stat { length: 0, ..Stat::leave() });
    assert_eq!(change(SetAttrMask::UID | SetAttrMask::GID), Stat { n_uid: 0, n_gid: 0, ..Stat::leave() });
    assert_eq!(change(SetAttrMask::ATIME | SetAttrMask::MTIME).mtime, 77);
    // A time that a stat cannot have is the last one it can, and not the number for "leave it".
    let set = change(SetAttrMask::MTIME | SetAttrMask::MTIME_SET);
    assert_eq!((set.mtime, set.atime), (u32::MAX - 1, u32::MAX));
}

#[test]
fn a_new_mode_keeps_the_kind() {
    let to = SetAttr { mode: 0o104_755, ..no_change() };
    assert_eq!(changes(SetAttrMask::MODE, &to, Qid::file(3), 0).mode, Mode(0o755));
    assert_eq!(changes(SetAttrMask::MODE, &to, Qid::dir(3), 0).mode, Mode::DIR | Mode(0o755));
}

#[test]
fn a_stat_has_linuxs_kinds() {
    let file = Stat::new("x", Qid::file(3), Mode::APPEND | Mode(0o640), "u", "g").numbered(7, 8);
    let file = attributes(&Stat { length: 513, mtime: 5, ..file });
    assert_eq!((file.mode, file.uid, file.gid, file.size, file.blocks), (0o100_640, 7, 8, 513, 2));
    assert_eq!((file.mtime.sec, file.ctime.sec, file.nlink), (5, 5, 1));
    let dir = Stat::new("x", Qid::dir(3), Mode::DIR | Mode(0o555), "u", "g");
    assert_eq!(attributes(&dir).mode, 0o040_555);
}
