//! Requests at the ends of what numbers, texts and lengths can say: in each dialect an error or the end of that one connection.

use std::io::ErrorKind;
use std::sync::Arc;
use std::task::{Context, Waker};

use bytes::Bytes;
use ninep::errstr::{self, errno};
use ninep::fcall::{Frame, Outbox, Rmsg, Tmsg, decode_rmsg};
use ninep::io::serve;
use ninep::server::Session;
use ninep::{Caller, Dialect, Fid, Limits, Mode, OpenMode, Stat, Tag};
use rs9p::fcall::{FCall, Flock, GetAttrMask, Getlock, LockFlag, LockType, SetAttr, SetAttrMask, Time};
use tokio::io::{AsyncWriteExt, duplex};

use super::script::{self, said};
use super::toy::Toy;

/// A client of the core, in one dialect.
struct Talker {
    toy: Arc<Toy>,
    session: Session<Toy>,
    out: Outbox,
    dialect: Dialect,
}

/// What the fids of a new [`Talker`] stand for.
const ROOT: Fid = Fid(0);
const PIPE: Fid = Fid(1);
const ZERO: Fid = Fid(2);
/// Nothing.
const NONE: Fid = Fid(77);

impl Talker {
    fn new(dialect: Dialect) -> Self {
        let toy = Arc::new(Toy::default());
        let session = Session::new(Arc::clone(&toy), Caller::default(), Limits::default());
        let mut talker = Self { toy, session, out: Outbox::new(), dialect };
        talker.start();
        talker
    }

    /// Agrees on the version, attaches, and opens two files.
    fn start(&mut self) {
        let version = Tmsg::Version { msize: u32::MAX, version: self.dialect.to_string() };
        let agreed = Rmsg::Version { msize: Limits::MSIZE_MAX, version: self.dialect.to_string() };
        assert_eq!(self.ask(Tag::NOTAG, &version), [(Tag::NOTAG, agreed)]);
        assert!(self.is_granted(&attach(ROOT)));
        for (fid, name) in [(PIPE, "pipe"), (ZERO, "zero")] {
            assert!(self.is_granted(&walk(ROOT, fid, vec![name.to_owned()])));
            assert!(self.is_granted(&Tmsg::Open { fid, mode: OpenMode::RDWR }));
        }
    }

    /// Sends a message and gives what came back at once.
    fn send(&mut self, message: &[u8]) -> Vec<(Tag, Rmsg)> {
        self.session.recv(&Frame::whole(message).unwrap(), Vec::new(), &mut self.out);
        self.session.poll(&Context::from_waker(Waker::noop()), &mut self.out);
        let replies = self.out.take();
        let mut rest = &replies[..];
        let mut decoded = Vec::new();
        while let Some(size) = rest.first_chunk::<4>() {
            let (message, after) = rest.split_at(u32::from_le_bytes(*size) as usize);
            assert!(message.len() <= self.session.msize() as usize);
            let frame = Frame::whole(message).unwrap();
            decoded.push((frame.tag(), decode_rmsg(&frame, self.dialect).unwrap()));
            rest = after;
        }
        decoded
    }

    /// A request as bytes of this dialect.
    fn bytes(&self, tag: Tag, tmsg: &Tmsg) -> Vec<u8> {
        let tmsg = if self.dialect == Dialect::Linux { said(tmsg.clone()) } else { tmsg.clone() };
        script::encoded(tag, &tmsg, self.dialect)
    }

    fn ask(&mut self, tag: Tag, tmsg: &Tmsg) -> Vec<(Tag, Rmsg)> {
        let bytes = self.bytes(tag, tmsg);
        self.send(&bytes)
    }

    /// The number of the error that is the only reply.
    fn refused(&mut self, tmsg: &Tmsg) -> i32 {
        let replies = self.ask(Tag(3), tmsg);
        let [(Tag(3), Rmsg::Error { error })] = &replies[..] else { panic!("{tmsg:?}: {replies:?}") };
        self.number(error)
    }

    /// The number of an error, which the classic dialect has as a text.
    fn number(&self, error: &errstr::Error) -> i32 {
        match self.dialect {
            Dialect::Classic => errstr::from_server(error.text.to_string()).errno,
            Dialect::Unix | Dialect::Linux => error.errno,
        }
    }

    fn is_granted(&mut self, tmsg: &Tmsg) -> bool {
        let replies = self.ask(Tag(3), tmsg);
        matches!(&replies[..], [(Tag(3), rmsg)] if !matches!(rmsg, Rmsg::Error { .. }))
    }

    /// Whether it is served as if nothing had been.
    fn is_well(&mut self) -> bool {
        let count = 5;
        let read = self.ask(Tag(4), &Tmsg::Read { fid: ZERO, offset: 0, count });
        read == [(Tag(4), Rmsg::Read { data: Bytes::from_static(&[0; 5]) })]
    }

    /// Hangs up: nothing is left.
    fn end(mut self) {
        self.session.hang_up();
        assert_eq!((self.session.fid_count(), self.session.waiting_count()), (0, 0));
        assert_eq!((self.toy.open_count(), self.toy.waiting_count()), (0, 0));
    }
}

fn attach(fid: Fid) -> Tmsg {
    Tmsg::Attach { fid, afid: Fid::NOFID, uname: "u".to_owned(), aname: String::new(), n_uname: None }
}

fn walk(fid: Fid, newfid: Fid, names: Vec<String>) -> Tmsg {
    Tmsg::Walk { fid, newfid, names }
}

/// A stat that changes what `set` sets.
fn change(set: impl FnOnce(&mut Stat)) -> Stat {
    let mut stat = Stat::leave();
    set(&mut stat);
    stat
}

/// Every request about a file that a dialect has, about `fid`.
fn requests(fid: Fid, dialect: Dialect) -> Vec<Tmsg> {
    let name = || "x".to_owned();
    let mut requests = vec![
        walk(fid, Fid(50), vec![name()]),
        walk(fid, fid, Vec::new()),
        Tmsg::Open { fid, mode: OpenMode::READ },
        Tmsg::Create { fid, name: name(), perm: Mode(0o600), mode: OpenMode::READ, extension: String::new() },
        Tmsg::Read { fid, offset: 0, count: 1 },
        Tmsg::Write { fid, offset: 0, data: Bytes::from_static(b"x") },
        Tmsg::Clunk { fid },
        Tmsg::Remove { fid },
        Tmsg::Stat { fid },
        Tmsg::Wstat { fid, stat: change(|stat| stat.length = 0) },
    ];
    if dialect == Dialect::Linux {
        requests.extend(linux_requests(fid.0).into_iter().map(Tmsg::Linux));
    }
    requests
}

fn linux_requests(fid: u32) -> Vec<FCall> {
    let name = || "x".to_owned();
    let (typ, client_id, none) = (LockType::WRLOCK, name(), Time { sec: 0, nsec: 0 });
    let getlock = Getlock { typ, start: 0, length: 0, proc_id: 0, client_id };
    let flock = Flock { typ, flags: LockFlag::BLOCK, start: 0, length: 0, proc_id: 0, client_id: name() };
    let to = SetAttr { mode: 0, uid: 0, gid: 0, size: 0, atime: none, mtime: none };
    vec![
        FCall::TStatFs { fid },
        FCall::TlOpen { fid, flags: 0 },
        FCall::TlCreate { fid, name: name(), flags: 0, mode: 0, gid: 0 },
        FCall::TSymlink { fid, name: name(), symtgt: name(), gid: 0 },
        FCall::TMkNod { dfid: fid, name: name(), mode: 0, major: 0, minor: 0, gid: 0 },
        FCall::TRename { fid, dfid: ROOT.0, name: name() },
        FCall::TReadLink { fid },
        FCall::TGetAttr { fid, req_mask: GetAttrMask::ALL },
        FCall::TSetAttr { fid, valid: SetAttrMask::CTIME, stat: to },
        FCall::TxAttrWalk { fid, newfid: 50, name: name() },
        FCall::TxAttrCreate { fid, name: name(), attr_size: 1, flags: 0 },
        FCall::TReadDir { fid, offset: 0, count: 1 },
        FCall::TFSync { fid },
        FCall::TLock { fid, flock },
        FCall::TGetLock { fid, flock: getlock },
        FCall::TLink { dfid: fid, fid: ROOT.0, name: name() },
        FCall::TMkDir { dfid: fid, name: name(), mode: 0, gid: 0 },
        FCall::TRenameAt { olddirfid: fid, oldname: name(), newdirfid: ROOT.0, newname: name() },
        FCall::TUnlinkAt { dirfd: fid, name: name(), flags: 0 },
    ]
}

#[test]
fn a_fid_that_stands_for_nothing_is_refused_by_every_request() {
    for dialect in Dialect::ALL {
        let mut talker = Talker::new(dialect);
        for fid in [NONE, Fid::NOFID, Fid(u32::MAX - 1)] {
            for tmsg in requests(fid, dialect) {
                assert_eq!(talker.refused(&tmsg), errno::EBADF, "{dialect}: {tmsg:?}");
            }
        }
        assert!(talker.is_well());
        talker.end();
    }
}

#[test]
fn a_tag_that_waits_is_refused_to_every_request() {
    for dialect in Dialect::ALL {
        let mut talker = Talker::new(dialect);
        let read = Tmsg::Read { fid: PIPE, offset: 0, count: 9 };
        assert_eq!(talker.ask(Tag(5), &read), []);
        let flush = Tmsg::Flush { oldtag: Tag(5) };
        for tmsg in requests(ZERO, dialect).into_iter().chain([flush, attach(Fid(50))]) {
            let replies = talker.ask(Tag(5), &tmsg);
            let [(Tag(5), Rmsg::Error { error })] = &replies[..] else { panic!("{tmsg:?}: {replies:?}") };
            assert_eq!(talker.number(error), errno::EINVAL, "{dialect}: {tmsg:?}");
        }
        assert_eq!((talker.session.waiting_count(), talker.toy.waiting_count()), (1, 1));
        assert!(talker.is_well());
        // Tags that nobody has heard of, and then the one that waits.
        for oldtag in [Tag(6), Tag::NOTAG, Tag(3), Tag(5)] {
            assert_eq!(talker.ask(Tag(3), &Tmsg::Flush { oldtag }), [(Tag(3), Rmsg::Flush)]);
        }
        assert_eq!(talker.session.waiting_count(), 0);
        talker.end();
    }
}

#[test]
fn a_message_one_byte_too_short_or_too_long_is_an_error_and_does_nothing() {
    for dialect in Dialect::ALL {
        let mut talker = Talker::new(dialect);
        for tmsg in requests(ZERO, dialect) {
            let bytes = talker.bytes(Tag(3), &tmsg);
            for len in [bytes.len() - 1, bytes.len() + 1] {
                let mut bytes = bytes.clone();
                bytes.resize(len, 0);
                bytes[..4].copy_from_slice(&u32::try_from(len).unwrap().to_le_bytes());
                let replies = talker.send(&bytes);
                let [(Tag(3), Rmsg::Error { error })] = &replies[..] else { panic!("{tmsg:?}: {replies:?}") };
                let number = talker.number(error);
                assert!([errno::EPROTO, errno::EINVAL].contains(&number), "{dialect}: {tmsg:?}: {error}");
            }
            assert!(talker.is_well(), "{dialect}: {tmsg:?}");
        }
        talker.end();
    }
}

#[test]
fn counts_near_four_gigabytes_are_cut_or_refused() {
    for dialect in Dialect::ALL {
        let mut talker = Talker::new(dialect);
        for (offset, count) in [(0, u32::MAX), (u64::MAX, u32::MAX), (0, 1 << 31), (0, Limits::MSIZE_MAX)] {
            let replies = talker.ask(Tag(3), &Tmsg::Read { fid: ZERO, offset, count });
            let [(Tag(3), Rmsg::Read { data })] = &replies[..] else { panic!("{dialect}: {replies:?}") };
            assert_eq!(data.len(), 1 << 20);
        }
        let tmsg = Tmsg::Write { fid: ZERO, offset: u64::MAX, data: Bytes::from_static(b"xy") };
        let mut write = talker.bytes(Tag(3), &tmsg);
        for count in [u32::MAX, u32::MAX - 23, 1 << 31, 3, 1] {
            write[19..23].copy_from_slice(&count.to_le_bytes());
            let replies = talker.send(&write);
            let [(Tag(3), Rmsg::Error { error })] = &replies[..] else { panic!("{dialect}: {replies:?}") };
            assert_eq!(talker.number(error), errno::EPROTO);
        }
        assert!(talker.is_well());
        talker.end();
    }
}

#[test]
fn names_as_long_as_can_be_said_are_names_of_nothing() {
    for dialect in Dialect::ALL {
        let mut talker = Talker::new(dialect);
        let long = || "x".repeat(65_535);
        let too_long = || "x".repeat(70_000);
        let attach =
            |uname, aname| Tmsg::Attach { fid: Fid(50), afid: Fid::NOFID, uname, aname, n_uname: None };
        assert_eq!(talker.refused(&attach("u".to_owned(), long())), errno::ENOENT);
        assert!(talker.is_granted(&attach(long(), String::new())));
        for names in [vec![long()], vec![long(); 15], vec![too_long(), too_long()]] {
            assert_eq!(talker.refused(&walk(ROOT, Fid(51), names)), errno::ENOENT);
        }
        let (perm, mode, extension) = (Mode(0o600), OpenMode::READ, String::new());
        let create = Tmsg::Create { fid: Fid(50), name: long(), perm, mode, extension };
        assert_eq!(talker.refused(&create), errno::EACCES);
        // Not by name: that is no request of Linux's.
        if dialect != Dialect::Linux {
            for stat in [change(|stat| stat.name = long()), change(|stat| stat.uid = long())] {
                // A stat of texts longer than it can count is cut to what it can.
                assert_eq!(talker.refused(&Tmsg::Wstat { fid: ROOT, stat }), errno::EACCES);
            }
        }
        let version = Tmsg::Version { msize: 8192, version: long() };
        let unknown = Rmsg::Version { msize: 8192, version: "unknown".to_owned() };
        assert_eq!(talker.ask(Tag(3), &version), [(Tag(3), unknown)]);
        talker.end();
    }
}

#[test]
fn a_walk_of_seventeen_elements_is_refused() {
    for dialect in Dialect::ALL {
        let mut talker = Talker::new(dialect);
        assert!(talker.is_granted(&walk(ROOT, Fid(50), vec!["..".to_owned(); 16])));
        for count in [17, 1000, 65_535] {
            let tmsg = walk(ROOT, Fid(51), vec!["..".to_owned(); count]);
            assert_eq!(talker.refused(&tmsg), errno::EINVAL);
        }
        assert!(talker.is_well());
        talker.end();
    }
}

#[test]
fn an_msize_that_cannot_be_is_refused_and_one_that_is_too_much_is_cut() {
    for dialect in Dialect::ALL {
        let mut talker = Talker::new(dialect);
        for msize in [0, 1, 255] {
            let version = Tmsg::Version { msize, version: dialect.to_string() };
            assert_eq!(talker.refused(&version), errno::EINVAL);
            // It was a Tversion all the same: what was before is gone.
            assert_eq!(talker.refused(&attach(ROOT)), errno::EPROTO);
        }
        talker.start();
        assert!(talker.is_well());
        talker.end();
    }
}

#[test]
fn a_second_version_in_mid_flight_changes_the_dialect_and_ends_everything() {
    for dialect in Dialect::ALL {
        for next in Dialect::ALL {
            let mut talker = Talker::new(dialect);
            assert_eq!(talker.ask(Tag(5), &Tmsg::Read { fid: PIPE, offset: 0, count: 9 }), []);
            assert_eq!(talker.ask(Tag(6), &Tmsg::Read { fid: PIPE, offset: 0, count: 9 }), []);
            let version = Tmsg::Version { msize: 65_536, version: next.to_string() };
            let agreed = Rmsg::Version { msize: 65_536, version: next.to_string() };
            assert_eq!(talker.ask(Tag(5), &version), [(Tag(5), agreed)]);
            talker.dialect = next;
            assert_eq!((talker.session.fid_count(), talker.session.waiting_count()), (0, 0));
            assert_eq!((talker.toy.open_count(), talker.toy.waiting_count()), (0, 0));
            assert_eq!(talker.refused(&Tmsg::Clunk { fid: PIPE }), errno::EBADF);
            talker.start();
            assert!(talker.is_well());
            talker.end();
        }
    }
}

#[tokio::test]
async fn a_frame_that_promises_four_gigabytes_ends_its_connection() {
    for dialect in Dialect::ALL {
        let toy = Arc::new(Toy::default());
        let (mut ours, theirs) = duplex(4096);
        let served = tokio::spawn(serve(theirs, Arc::clone(&toy), Caller::default(), Limits::default()));
        let version = Tmsg::Version { msize: u32::MAX, version: dialect.to_string() };
        ours.write_all(&script::encoded(Tag::NOTAG, &version, dialect)).await.unwrap();
        ours.write_all(&[255, 255, 255, 255, 118, 1, 0]).await.unwrap();
        assert_eq!(served.await.unwrap().unwrap_err().kind(), ErrorKind::InvalidData);
        assert_eq!(toy.open_count(), 0);
    }
}
