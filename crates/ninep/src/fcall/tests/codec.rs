//! Tests of the codec and the printing: one of each message, in each dialect.

use rs9p::fcall::{
    Flock, GetAttrMask, Getlock, LockFlag, LockStatus, LockType, SetAttr, SetAttrMask, Stat as Attributes,
    StatFs, Time,
};
use rs9p::serialize::{read_msg, write_msg};

use super::super::*;
use super::{bytes_of_r, bytes_of_t, resized};
use crate::{Dialect, QidType, errstr};

/// One of each request that a dialect has, with every kind of value in it, and its line.
pub(super) fn requests(dialect: Dialect) -> Vec<(Tmsg, String)> {
    let spoken = |(mut tmsg, line): (Tmsg, &str)| {
        let more = request_part(&mut tmsg, dialect)?;
        Some((tmsg, format!("{line}{more}")))
    };
    let linux = if dialect == Dialect::Linux { linux_requests() } else { Vec::new() };
    let linux = linux.into_iter().map(|(fcall, line)| (Tmsg::Linux(fcall), line.to_owned()));
    common_requests().into_iter().filter_map(spoken).chain(linux).collect()
}

/// Puts into a request what a dialect has more, and says what its line has more; `None` if the dialect has no such request.
fn request_part(tmsg: &mut Tmsg, dialect: Dialect) -> Option<&'static str> {
    Some(match (tmsg, dialect) {
        (_, Dialect::Classic) => "",
        (Tmsg::Auth { .. }, _) => " n_uname ~",
        (Tmsg::Attach { n_uname, .. }, _) => {
            *n_uname = Some(1000);
            " n_uname 1000"
        }
        (
            Tmsg::Open { .. } | Tmsg::Create { .. } | Tmsg::Stat { .. } | Tmsg::Wstat { .. },
            Dialect::Linux,
        ) => {
            return None;
        }
        (Tmsg::Create { extension, .. }, _) => {
            *extension = "b 8 0".to_owned();
            " extension 'b 8 0'"
        }
        (Tmsg::Wstat { stat, .. }, _) => {
            stat.n_gid = 4;
            " extension '' n_uid ~ n_gid 4 n_muid ~"
        }
        _ => "",
    })
}

/// One of each reply, likewise.
pub(super) fn replies(dialect: Dialect) -> Vec<(Rmsg, String)> {
    let spoken = |(mut rmsg, line): (Rmsg, &str)| {
        let line = match (&mut rmsg, dialect) {
            (Rmsg::Error { error }, Dialect::Unix) => {
                error.errno = errstr::errno::EPERM;
                format!("{line} errno 1")
            }
            (Rmsg::Error { error }, Dialect::Linux) => {
                *error = Error::new("No such file or directory", errstr::errno::ENOENT);
                "Rlerror tag 7 ecode 2 'No such file or directory'".to_owned()
            }
            (Rmsg::Stat { stat }, Dialect::Unix) => {
                (stat.n_uid, stat.n_gid, stat.n_muid) = (1000, 4, 0);
                format!("{line} extension '' n_uid 1000 n_gid 4 n_muid 0")
            }
            (Rmsg::Stat { .. } | Rmsg::Wstat, Dialect::Linux) => return None,
            (Rmsg::Open { .. } | Rmsg::Create { .. }, Dialect::Linux) => line.replacen('R', "Rl", 1),
            _ => line.to_owned(),
        };
        Some((rmsg, line))
    };
    let linux = if dialect == Dialect::Linux { linux_replies() } else { Vec::new() };
    let linux = linux.into_iter().map(|(rmsg, line)| (rmsg, line.to_owned()));
    common_replies().into_iter().filter_map(spoken).chain(linux).collect()
}

/// Those of the classic dialect.
fn common_requests() -> Vec<(Tmsg, &'static str)> {
    let mut stat = Stat::leave();
    stat.length = 0;
    let names = vec!["tls".to_owned(), "..".to_owned(), "é".to_owned()];
    vec![
        (
            Tmsg::Version { msize: 8192, version: "9P2000".into() },
            "Tversion tag 7 msize 8192 version '9P2000'",
        ),
        (
            Tmsg::Auth { afid: Fid(2), uname: "glenda".into(), aname: String::new(), n_uname: None },
            "Tauth tag 7 afid 2 uname 'glenda' aname ''",
        ),
        (
            Tmsg::Attach {
                fid: Fid(0),
                afid: Fid::NOFID,
                uname: "o'b".into(),
                aname: "tls".into(),
                n_uname: None,
            },
            "Tattach tag 7 fid 0 afid NOFID uname 'o\\'b' aname 'tls'",
        ),
        (Tmsg::Flush { oldtag: Tag(3) }, "Tflush tag 7 oldtag 3"),
        (
            Tmsg::Walk { fid: Fid(0), newfid: Fid(1), names },
            "Twalk tag 7 fid 0 newfid 1 nwname 3 'tls' '..' '\\xc3\\xa9'",
        ),
        (
            Tmsg::Walk { fid: Fid(0), newfid: Fid(1), names: Vec::new() },
            "Twalk tag 7 fid 0 newfid 1 nwname 0",
        ),
        (Tmsg::Open { fid: Fid(1), mode: OpenMode::RDWR | OpenMode::TRUNC }, "Topen tag 7 fid 1 mode 0x12"),
        (
            Tmsg::Create {
                fid: Fid(1),
                name: "x".into(),
                perm: Mode::DIR | Mode(0o755),
                mode: OpenMode::READ,
                extension: String::new(),
            },
            "Tcreate tag 7 fid 1 name 'x' perm d755 mode 0x00",
        ),
        (
            Tmsg::Read { fid: Fid(1), offset: 1 << 40, count: 512 },
            "Tread tag 7 fid 1 offset 1099511627776 count 512",
        ),
        (
            Tmsg::Write { fid: Fid(1), offset: 0, data: Bytes::from_static(b"hi\n\0") },
            "Twrite tag 7 fid 1 offset 0 count 4 'hi\\n\\x00'",
        ),
        (Tmsg::Clunk { fid: Fid(1) }, "Tclunk tag 7 fid 1"),
        (Tmsg::Remove { fid: Fid(1) }, "Tremove tag 7 fid 1"),
        (Tmsg::Stat { fid: Fid(1) }, "Tstat tag 7 fid 1"),
        (
            Tmsg::Wstat { fid: Fid(1), stat },
            "Twstat tag 7 fid 1 stat '' uid '' gid '' muid '' qid ~ mode ~ atime ~ mtime ~ length 0 kind ~ dev ~",
        ),
    ]
}

fn common_replies() -> Vec<(Rmsg, &'static str)> {
    let qid = Qid { kind: QidType::DIR | QidType::EXCL, version: 3, path: 0x1f };
    let stat = Stat::new("ctl", Qid::file(9), Mode(0o660), "glenda", "sys");
    vec![
        (
            Rmsg::Version { msize: 8192, version: "unknown".into() },
            "Rversion tag 7 msize 8192 version 'unknown'",
        ),
        (Rmsg::Auth { aqid: Qid { kind: QidType::AUTH, version: 0, path: 1 } }, "Rauth tag 7 aqid (0x1 0 A)"),
        (Rmsg::Attach { qid }, "Rattach tag 7 qid (0x1f 3 dl)"),
        (Rmsg::Error { error: errstr::DOES_NOT_EXIST }, "Rerror tag 7 ename 'file does not exist'"),
        (Rmsg::Flush, "Rflush tag 7"),
        (Rmsg::Walk { qids: vec![qid, Qid::file(2)] }, "Rwalk tag 7 nwqid 2 (0x1f 3 dl) (0x2 0 -)"),
        (Rmsg::Open { qid, iounit: 8168 }, "Ropen tag 7 qid (0x1f 3 dl) iounit 8168"),
        (Rmsg::Create { qid, iounit: 0 }, "Rcreate tag 7 qid (0x1f 3 dl) iounit 0"),
        (Rmsg::Read { data: Bytes::from_static(b"hello") }, "Rread tag 7 count 5 'hello'"),
        (Rmsg::Write { count: 5 }, "Rwrite tag 7 count 5"),
        (Rmsg::Clunk, "Rclunk tag 7"),
        (Rmsg::Remove, "Rremove tag 7"),
        (
            Rmsg::Stat { stat },
            "Rstat tag 7 stat 'ctl' uid 'glenda' gid 'sys' muid 'glenda' qid (0x9 0 -) mode 660 atime 0 mtime 0 \
             length 0 kind 0 dev 0",
        ),
        (Rmsg::Wstat, "Rwstat tag 7"),
    ]
}

fn linux_requests() -> Vec<(FCall, &'static str)> {
    let name = || "x y".to_owned();
    let time = |sec| Time { sec, nsec: 5 };
    let client_id = || "host".to_owned();
    let to = SetAttr { mode: 0o644, uid: 1, gid: 2, size: 3, atime: time(4), mtime: time(5) };
    vec![
        (FCall::TStatFs { fid: 1 }, "Tstatfs tag 7 fid 1"),
        (FCall::TlOpen { fid: 1, flags: 0o100002 }, "Tlopen tag 7 fid 1 flags 100002"),
        (
            FCall::TlCreate { fid: 1, name: name(), flags: 0o101, mode: 0o100644, gid: 4 },
            "Tlcreate tag 7 fid 1 name 'x y' flags 101 mode 100644 gid 4",
        ),
        (
            FCall::TSymlink { fid: 1, name: name(), symtgt: "../é".to_owned(), gid: 4 },
            "Tsymlink tag 7 fid 1 name 'x y' symtgt '../\\xc3\\xa9' gid 4",
        ),
        (
            FCall::TMkNod { dfid: 1, name: name(), mode: 0o60600, major: 8, minor: 1, gid: 4 },
            "Tmknod tag 7 dfid 1 name 'x y' mode 60600 major 8 minor 1 gid 4",
        ),
        (FCall::TRename { fid: 1, dfid: 2, name: name() }, "Trename tag 7 fid 1 dfid 2 name 'x y'"),
        (FCall::TReadLink { fid: 1 }, "Treadlink tag 7 fid 1"),
        (FCall::TGetAttr { fid: 1, req_mask: GetAttrMask::BASIC }, "Tgetattr tag 7 fid 1 request_mask 0x7ff"),
        (
            FCall::TSetAttr { fid: 1, valid: SetAttrMask::MODE | SetAttrMask::SIZE, stat: to },
            "Tsetattr tag 7 fid 1 valid 0x9 mode 644 size 3",
        ),
        (
            FCall::TSetAttr { fid: 1, valid: SetAttrMask::all(), stat: to },
            "Tsetattr tag 7 fid 1 valid 0x1ff mode 644 uid 1 gid 2 size 3 atime 4.000000005 mtime 5.000000005",
        ),
        (FCall::TxAttrWalk { fid: 1, newfid: 2, name: name() }, "Txattrwalk tag 7 fid 1 newfid 2 name 'x y'"),
        (
            FCall::TxAttrCreate { fid: 1, name: name(), attr_size: 9, flags: 1 },
            "Txattrcreate tag 7 fid 1 name 'x y' attr_size 9 flags 1",
        ),
        (FCall::TReadDir { fid: 1, offset: 3, count: 512 }, "Treaddir tag 7 fid 1 offset 3 count 512"),
        (FCall::TFSync { fid: 1 }, "Tfsync tag 7 fid 1"),
        (
            FCall::TLock {
                fid: 1,
                flock: Flock {
                    typ: LockType::WRLOCK,
                    flags: LockFlag::BLOCK,
                    start: 2,
                    length: 3,
                    proc_id: 4,
                    client_id: client_id(),
                },
            },
            "Tlock tag 7 fid 1 type 1 flags 0x1 start 2 length 3 proc_id 4 client_id 'host'",
        ),
        (
            FCall::TGetLock { fid: 1, flock: getlock() },
            "Tgetlock tag 7 fid 1 type 1 start 2 length 3 proc_id 4 client_id 'host'",
        ),
        (FCall::TLink { dfid: 1, fid: 2, name: name() }, "Tlink tag 7 dfid 1 fid 2 name 'x y'"),
        (
            FCall::TMkDir { dfid: 1, name: name(), mode: 0o755, gid: 4 },
            "Tmkdir tag 7 dfid 1 name 'x y' mode 755 gid 4",
        ),
        (
            FCall::TRenameAt { olddirfid: 1, oldname: name(), newdirfid: 2, newname: "z".to_owned() },
            "Trenameat tag 7 olddirfid 1 oldname 'x y' newdirfid 2 newname 'z'",
        ),
        (
            FCall::TUnlinkAt { dirfd: 1, name: name(), flags: 0x200 },
            "Tunlinkat tag 7 dirfd 1 name 'x y' flags 0x200",
        ),
    ]
}

fn linux_replies() -> Vec<(Rmsg, &'static str)> {
    let qid = to_qid(Qid::file(9));
    let time = |sec| Time { sec, nsec: 0 };
    let statfs = StatFs {
        typ: 0x0102_1997,
        bsize: 1,
        blocks: 2,
        bfree: 3,
        bavail: 4,
        files: 5,
        ffree: 6,
        fsid: 7,
        namelen: 8,
    };
    let stat = Attributes {
        mode: 0o100660,
        uid: 1,
        gid: 2,
        nlink: 3,
        rdev: 4,
        size: 5,
        blksize: 6,
        blocks: 7,
        atime: time(8),
        mtime: time(9),
        ctime: time(10),
    };
    let mut replies: Vec<_> = [
        (
            FCall::RStatFs { statfs },
            "Rstatfs tag 7 type 0x1021997 bsize 1 blocks 2 bfree 3 bavail 4 files 5 ffree 6 fsid 7 namelen 8",
        ),
        (FCall::RSymlink { qid }, "Rsymlink tag 7 qid (0x9 0 -)"),
        (FCall::RMkNod { qid }, "Rmknod tag 7 qid (0x9 0 -)"),
        (FCall::RRename, "Rrename tag 7"),
        (FCall::RReadLink { target: "/etc".to_owned() }, "Rreadlink tag 7 target '/etc'"),
        (
            FCall::RGetAttr { valid: GetAttrMask::BASIC, qid, stat },
            "Rgetattr tag 7 valid 0x7ff qid (0x9 0 -) mode 100660 uid 1 gid 2 nlink 3 rdev 4 size 5 blksize 6 blocks 7 \
             atime 8.000000000 mtime 9.000000000 ctime 10.000000000",
        ),
        (FCall::RSetAttr, "Rsetattr tag 7"),
        (FCall::RxAttrWalk { size: 9 }, "Rxattrwalk tag 7 size 9"),
        (FCall::RxAttrCreate, "Rxattrcreate tag 7"),
        (FCall::RFSync, "Rfsync tag 7"),
        (FCall::RLock { status: LockStatus::BLOCKED }, "Rlock tag 7 status 1"),
        (
            FCall::RGetLock { flock: getlock() },
            "Rgetlock tag 7 type 1 start 2 length 3 proc_id 4 client_id 'host'",
        ),
        (FCall::RLink, "Rlink tag 7"),
        (FCall::RMkDir { qid }, "Rmkdir tag 7 qid (0x9 0 -)"),
        (FCall::RRenameAt, "Rrenameat tag 7"),
        (FCall::RUnlinkAt, "Runlinkat tag 7"),
    ]
    .map(|(fcall, line)| (Rmsg::Linux(fcall), line))
    .into();
    replies.push((Rmsg::Readdir { data: Bytes::from_static(b"hello") }, "Rreaddir tag 7 count 5 'hello'"));
    replies
}

fn getlock() -> Getlock {
    let client_id = "host".to_owned();
    Getlock { typ: LockType::WRLOCK, start: 2, length: 3, proc_id: 4, client_id }
}

#[test]
fn every_message_decodes_to_what_was_encoded() {
    for dialect in Dialect::ALL {
        for (tmsg, _) in requests(dialect) {
            let bytes = bytes_of_t(&tmsg, dialect);
            let frame = Frame::whole(&bytes).unwrap();
            assert_eq!((frame.tag(), decode_tmsg(&frame, dialect)), (Tag(7), Ok(tmsg)));
        }
        for (rmsg, _) in replies(dialect) {
            let bytes = bytes_of_r(&rmsg, dialect);
            let frame = Frame::whole(&bytes).unwrap();
            assert_eq!((frame.tag(), decode_rmsg(&frame, dialect)), (Tag(7), Ok(rmsg)));
        }
    }
}

#[test]
fn every_prefix_fails_and_so_does_one_byte_more() {
    for dialect in Dialect::ALL {
        let requests = requests(dialect).into_iter().map(|(tmsg, _)| bytes_of_t(&tmsg, dialect));
        let replies = replies(dialect).into_iter().map(|(rmsg, _)| bytes_of_r(&rmsg, dialect));
        for bytes in requests.chain(replies) {
            let is_request = bytes[4] % 2 == 0;
            for len in (7..bytes.len()).chain([bytes.len() + 1]) {
                let bytes_resized = resized(&bytes, len);
                let frame = Frame::whole(&bytes_resized).unwrap();
                if is_request {
                    assert!(decode_tmsg(&frame, dialect).is_err(), "{dialect}: {len} bytes of {bytes:?}");
                } else {
                    assert!(decode_rmsg(&frame, dialect).is_err(), "{dialect}: {len} bytes of {bytes:?}");
                }
            }
        }
    }
}

#[test]
fn a_message_is_one_line() {
    for dialect in Dialect::ALL {
        for (tmsg, line) in requests(dialect) {
            assert_eq!(format!("{:#}", Line::t(Tag(7), &tmsg, dialect)), line);
        }
        for (rmsg, line) in replies(dialect) {
            assert_eq!(format!("{:#}", Line::r(Tag(7), &rmsg, dialect)), line);
        }
    }
}

#[test]
fn a_number_that_stands_for_none_is_none() {
    let tmsg =
        Tmsg::Attach { fid: Fid(0), afid: Fid::NOFID, uname: "u".into(), aname: "".into(), n_uname: None };
    let bytes = bytes_of_t(&tmsg, Dialect::Unix);
    assert!(bytes.ends_with(&[255; 4]));
    assert_eq!(decode_tmsg(&Frame::whole(&bytes).unwrap(), Dialect::Unix), Ok(tmsg));
}

#[test]
fn an_older_tfsync_and_a_newer_one_are_the_same() {
    let older = bytes_of_t(&Tmsg::Linux(FCall::TFSync { fid: 1 }), Dialect::Linux);
    let newer = resized(&older, older.len() + 4);
    for bytes in [older, newer] {
        let decoded = decode_tmsg(&Frame::whole(&bytes).unwrap(), Dialect::Linux);
        assert_eq!(decoded, Ok(Tmsg::Linux(FCall::TFSync { fid: 1 })));
    }
}

#[test]
fn rs9p_reads_the_same_in_what_all_dialects_have() {
    let requests = requests(Dialect::Linux).into_iter().map(|(tmsg, _)| bytes_of_t(&tmsg, Dialect::Linux));
    let replies = replies(Dialect::Linux).into_iter().map(|(rmsg, _)| bytes_of_r(&rmsg, Dialect::Linux));
    // It takes the count of bytes in an Rreaddir for one of entries.
    for bytes in requests.chain(replies).filter(|bytes| bytes[4] != number::RREADDIR) {
        let mut rest = &bytes[4..];
        let msg = read_msg(&mut rest).unwrap();
        assert!(rest.is_empty(), "{msg:?}");
        let mut again = Vec::new();
        write_msg(&mut again, &msg).unwrap();
        assert_eq!(again, bytes[4..], "{msg:?}");
    }
}

#[test]
fn a_message_of_another_dialect_is_unknown() {
    for (tmsg, _) in linux_requests() {
        let bytes = bytes_of_t(&Tmsg::Linux(tmsg), Dialect::Linux);
        for dialect in [Dialect::Classic, Dialect::Unix] {
            let decoded = decode_tmsg(&Frame::whole(&bytes).unwrap(), dialect);
            assert_eq!(decoded, Err(DecodeError::UnknownType(bytes[4])));
        }
    }
    for kind in [number::TOPEN, number::TCREATE, number::TSTAT, number::TWSTAT, 6, 7, 41, 98] {
        let bytes = [11, 0, 0, 0, kind, 7, 0, 1, 0, 0, 0];
        let decoded = decode_tmsg(&Frame::whole(&bytes).unwrap(), Dialect::Linux);
        assert_eq!(decoded, Err(DecodeError::UnknownType(kind)));
    }
}

#[test]
fn a_text_of_linuxs_with_nul_or_without_utf8_is_refused() {
    for bad in [0, 0xff] {
        let mut bytes = bytes_of_t(
            &Tmsg::Linux(FCall::TxAttrWalk { fid: 1, newfid: 2, name: "x".into() }),
            Dialect::Linux,
        );
        let last = bytes.len() - 1;
        bytes[last] = bad;
        assert_eq!(decode_tmsg(&Frame::whole(&bytes).unwrap(), Dialect::Linux), Err(DecodeError::BadText));
    }
}

#[test]
fn a_text_longer_than_its_count_is_cut_before_it_is_sent() {
    let name = "é".repeat(40_000);
    let bytes = bytes_of_t(&Tmsg::Linux(FCall::TLink { dfid: 1, fid: 2, name }), Dialect::Linux);
    let Ok(Tmsg::Linux(FCall::TLink { name, .. })) =
        decode_tmsg(&Frame::whole(&bytes).unwrap(), Dialect::Linux)
    else {
        panic!("not a Tlink")
    };
    assert_eq!(name, "é".repeat(32_767));
}
