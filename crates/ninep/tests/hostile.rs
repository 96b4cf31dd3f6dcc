//! Clients that lie, stall, vanish, or send anything at all.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::sync::Arc;
use std::task::{Context, Waker};

use bytes::Bytes;
use ninep::fcall::{Frame, Inbox, Outbox, Rmsg, Tmsg, decode_rmsg};
use ninep::io::serve;
use ninep::server::Session;
use ninep::{Caller, Dialect, Fid, Limits, Mode, OpenMode, Stat, Tag, errstr};
use tokio::io::{AsyncWriteExt, duplex};

use super::script::{self, Tongue, said};
use super::scripts::{next_message, small_limits};
use super::toy::Toy;

const START: [&str; 4] = [
    "Tversion tag NOTAG msize 1048600 version '9P2000'",
    "Tattach tag 1 fid 0 afid NOFID uname 'u' aname ''",
    "Twalk tag 1 fid 0 newfid 1 nwname 1 'pipe'",
    "Topen tag 1 fid 1 mode 0x02",
];

#[tokio::test]
async fn a_client_that_vanishes_leaves_nothing_behind() {
    let toy = Arc::new(Toy::default());
    let (mut ours, theirs) = duplex(4096);
    let served = tokio::spawn(serve(theirs, Arc::clone(&toy), Caller::default(), Limits::default()));
    ours.write_all(&START.map(script::bytes).concat()).await.unwrap();
    for tag in 2..10 {
        ours.write_all(&script::bytes(&format!("Tread tag {tag} fid 1 offset 0 count 9"))).await.unwrap();
    }
    while toy.waiting_count() == 0 {
        tokio::task::yield_now().await;
    }
    drop(ours);
    served.await.unwrap().unwrap();
    assert_eq!((toy.open_count(), toy.waiting_count()), (0, 0));
}

#[tokio::test]
async fn a_server_that_is_stopped_leaves_nothing_behind() {
    let toy = Arc::new(Toy::default());
    let (mut ours, theirs) = duplex(4096);
    let served = tokio::spawn(serve(theirs, Arc::clone(&toy), Caller::default(), Limits::default()));
    ours.write_all(&START.map(script::bytes).concat()).await.unwrap();
    ours.write_all(&script::bytes("Tread tag 2 fid 1 offset 0 count 9")).await.unwrap();
    while toy.waiting_count() == 0 {
        tokio::task::yield_now().await;
    }
    served.abort();
    assert!(served.await.unwrap_err().is_cancelled());
    assert_eq!((toy.open_count(), toy.waiting_count()), (0, 0));
}

#[tokio::test]
async fn a_broken_stream_ends_the_connection() {
    let mut too_long = script::bytes("Tclunk tag 1 fid 0");
    too_long[2] = 1;
    for (bytes, kind) in [
        (vec![3, 0, 0, 0, 0, 0, 0], ErrorKind::InvalidData),
        (too_long, ErrorKind::InvalidData),
        (vec![20, 0, 0, 0, 100], ErrorKind::UnexpectedEof),
    ] {
        let (mut ours, theirs) = duplex(4096);
        let served =
            tokio::spawn(serve(theirs, Arc::new(Toy::default()), Caller::default(), Limits::default()));
        ours.write_all(&bytes).await.unwrap();
        ours.shutdown().await.unwrap();
        assert_eq!(served.await.unwrap().unwrap_err().kind(), kind);
    }
}

#[tokio::test]
async fn a_message_that_makes_no_sense_is_answered_and_the_next_is_heard() {
    let (mut ours, theirs) = duplex(4096);
    tokio::spawn(serve(theirs, Arc::new(Toy::default()), Caller::default(), Limits::default()));
    ours.write_all(&script::bytes(START[0])).await.unwrap();
    next_message(&mut ours).await.unwrap();
    // Of a type that does not exist; cut short inside; with a byte too many.
    for (message, ename) in [
        (vec![7, 0, 0, 0, 200, 5, 0], "unknown message type"),
        (vec![9, 0, 0, 0, 120, 5, 0, 0, 0], "illegal message"),
        (vec![12, 0, 0, 0, 120, 5, 0, 0, 0, 0, 0, 0], "illegal message"),
        // A write that says it is longer than its message.
        ([&[23, 0, 0, 0, 118, 5, 0][..], &[0; 12], &[255; 4]].concat(), "illegal message"),
    ] {
        ours.write_all(&message).await.unwrap();
        let reply = script::line(&next_message(&mut ours).await.unwrap());
        assert_eq!(reply, format!("Rerror tag 5 ename '{ename}'"));
    }
    ours.write_all(&script::bytes(START[1])).await.unwrap();
    assert_eq!(script::line(&next_message(&mut ours).await.unwrap()), "Rattach tag 1 qid (0x1 0 d)");
}

#[tokio::test]
async fn a_client_that_takes_no_replies_is_not_read_any_more() {
    let toy = Arc::new(Toy::default());
    let (mut ours, theirs) = duplex(64 << 10);
    tokio::spawn(serve(theirs, Arc::clone(&toy), Caller::default(), small_limits()));
    let start = START.map(|line| script::bytes(&line.replace("'pipe'", "'zero'")));
    ours.write_all(&start.concat()).await.unwrap();
    let count = 100;
    for tag in 2..2 + count {
        ours.write_all(&script::bytes(&format!("Tread tag {tag} fid 1 offset 0 count 100000")))
            .await
            .unwrap();
    }
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert!(toy.zero_count() < 5, "{} replies are kept", toy.zero_count());
    for _ in start {
        next_message(&mut ours).await.unwrap();
    }
    for tag in 2..2 + count {
        let message = next_message(&mut ours).await.unwrap();
        assert!(script::line(&message).starts_with(&format!("Rread tag {tag} count 100000")));
    }
    assert_eq!(toy.zero_count(), count);
}

#[tokio::test]
async fn remove_on_close_happens_at_the_hang_up_too() {
    let toy = Arc::new(Toy::default());
    let (mut ours, theirs) = duplex(4096);
    let served = tokio::spawn(serve(theirs, Arc::clone(&toy), Caller::default(), Limits::default()));
    let start = START.map(|line| script::bytes(&line.replace("'pipe'", "'tmp'").replace("0x02", "0x40")));
    ours.write_all(&start.concat()).await.unwrap();
    drop(ours);
    served.await.unwrap().unwrap();
    assert_eq!(toy.removed_count(), 1);
}

/// Numbers that look arbitrary and are the same each time (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }

    fn fid(&mut self) -> Fid {
        Fid(u32::try_from(self.below(6)).unwrap())
    }

    fn tag(&mut self) -> Tag {
        Tag(u16::try_from(self.below(12)).unwrap())
    }

    fn name(&mut self) -> String {
        ["pipe", "gate", "go", "hello", "dir", "a", "..", "clone", "tmp", "zero"]
            [usize::try_from(self.below(10)).unwrap()]
        .to_owned()
    }

    fn tmsg(&mut self, dialect: Dialect) -> Tmsg {
        let tmsg = self.classic_tmsg(dialect);
        if dialect == Dialect::Linux { said(tmsg) } else { tmsg }
    }

    fn classic_tmsg(&mut self, dialect: Dialect) -> Tmsg {
        let count = u32::try_from(self.below(3000)).unwrap();
        match self.below(40) {
            0 => Tmsg::Version { msize: count * 4, version: dialect.to_string() },
            1 => Tmsg::Auth { afid: self.fid(), uname: "u".into(), aname: String::new(), n_uname: None },
            2..5 => {
                let (uname, aname) = ("u".to_owned(), String::new());
                Tmsg::Attach { fid: self.fid(), afid: Fid::NOFID, uname, aname, n_uname: None }
            }
            5..8 => Tmsg::Flush { oldtag: self.tag() },
            8..16 => {
                let names = (0..self.below(3)).map(|_| self.name()).collect();
                Tmsg::Walk { fid: self.fid(), newfid: self.fid(), names }
            }
            16..22 => Tmsg::Open {
                fid: self.fid(),
                mode: OpenMode([0, 1, 2, 0x42][usize::try_from(self.below(4)).unwrap()]),
            },
            22..28 => Tmsg::Read { fid: self.fid(), offset: 0, count },
            28..35 => {
                Tmsg::Write { fid: self.fid(), offset: 0, data: Bytes::from(vec![b'x'; count as usize]) }
            }
            35 | 36 => Tmsg::Clunk { fid: self.fid() },
            37 => Tmsg::Remove { fid: self.fid() },
            38 => Tmsg::Stat { fid: self.fid() },
            _ => match self.below(2) {
                0 => Tmsg::Wstat { fid: self.fid(), stat: Stat::leave() },
                _ => Tmsg::Create {
                    fid: self.fid(),
                    name: self.name(),
                    perm: Mode(0o600),
                    mode: OpenMode::READ,
                    extension: String::new(),
                },
            },
        }
    }
}

/// What the engine's client may expect: which requests are not answered yet.
#[derive(Default)]
struct Model {
    waiting: BTreeMap<Tag, Tmsg>,
}

impl Model {
    /// Takes note of a request and the replies that came after it.
    fn check(&mut self, tag: Tag, tmsg: &Tmsg, replies: Vec<(Tag, Rmsg)>) {
        let is_duplicate = self.waiting.contains_key(&tag) && !matches!(tmsg, Tmsg::Version { .. });
        if matches!(tmsg, Tmsg::Version { .. }) {
            self.waiting.clear();
        }
        if !is_duplicate {
            self.waiting.insert(tag, tmsg.clone());
        }
        let mut is_flushed = false;
        for (replied, rmsg) in replies {
            if is_duplicate && replied == tag && is_duplicate_tag(&rmsg) {
                continue;
            }
            if let (Tmsg::Flush { oldtag }, Rmsg::Flush) = (tmsg, &rmsg) {
                is_flushed = true;
                self.waiting.remove(oldtag);
            }
            let request = self.waiting.remove(&replied);
            assert!(
                request.is_some() || (is_flushed && replied == tag),
                "reply to nothing: {replied} {rmsg:?}"
            );
        }
        if let Tmsg::Flush { .. } = tmsg {
            assert!(is_flushed || is_duplicate || !self.waiting.contains_key(&tag), "flush was not answered");
        }
    }
}

/// Whether a reply says that the tag is taken: with our text, or by Linux's number alone.
fn is_duplicate_tag(rmsg: &Rmsg) -> bool {
    let Rmsg::Error { error } = rmsg else { return false };
    error.text == errstr::DUPLICATE_TAG.text || error.text == "Invalid argument"
}

#[test]
fn arbitrary_requests_get_one_reply_each_and_leave_nothing_behind() {
    // Not every seed makes a request wait; so many of them do.
    let mut waited_count = 0;
    for (seed, dialect) in (1..60).zip(Dialect::ALL.into_iter().cycle()) {
        let toy = Arc::new(Toy::default());
        let mut session = Session::new(Arc::clone(&toy), Caller::default(), small_limits());
        let mut numbers = Numbers(seed * 0x9e37_79b9);
        let mut out = Outbox::new();
        let mut model = Model::default();
        let version = Tmsg::Version { msize: 65536, version: dialect.to_string() };
        session.tmsg(Tag::NOTAG, version, Vec::new(), &mut out);
        drop(out.take());
        let (mut waited_max, mut reply_count) = (0, 0);
        for _ in 0..600 {
            let (tag, tmsg) = (numbers.tag(), numbers.tmsg(dialect));
            session.tmsg(tag, tmsg.clone(), Vec::new(), &mut out);
            session.poll(&Context::from_waker(Waker::noop()), &mut out);
            let replies = replies(&out.take(), dialect);
            reply_count += replies.len();
            model.check(tag, &tmsg, replies);
            assert_eq!(model.waiting.len(), session.waiting_count());
            waited_max = waited_max.max(session.waiting_count());
            assert!(session.fid_count() <= 8);
            assert!(toy.waiting_count() <= session.waiting_count());
        }
        assert!(reply_count > 300, "seed {seed} tests nothing: {reply_count}");
        waited_count += usize::from(waited_max > 0);
        drop(session);
        assert_eq!((toy.open_count(), toy.waiting_count()), (0, 0), "seed {seed}");
    }
    assert!(waited_count >= 5, "{waited_count}");
}

fn replies(bytes: &[u8], dialect: Dialect) -> Vec<(Tag, Rmsg)> {
    let decoded = |frame: Frame<'_>| (frame.tag(), decode_rmsg(&frame, dialect).unwrap());
    frames(bytes).into_iter().map(decoded).collect()
}

fn frames(bytes: &[u8]) -> Vec<Frame<'_>> {
    let mut rest = bytes;
    let mut frames = Vec::new();
    while let Some(size) = rest.first_chunk::<4>() {
        let (message, after) = rest.split_at(u32::from_le_bytes(*size) as usize);
        frames.push(Frame::whole(message).unwrap());
        rest = after;
    }
    frames
}

#[test]
fn arbitrary_bytes_get_replies_or_break_the_stream_and_nothing_else() {
    let mut numbers = Numbers(0x1234_5678_9abc);
    let mut answered = 0;
    for dialect in Dialect::ALL.into_iter().cycle().take(300) {
        let toy = Arc::new(Toy::default());
        let mut session = Session::new(Arc::clone(&toy), Caller::default(), small_limits());
        let (mut inbox, mut out) = (Inbox::new(Limits::MSIZE_MIN), Outbox::new());
        let mut tongue = Tongue::default();
        let start = START[..3].iter().map(|line| line.replace("'9P2000'", &format!("'{dialect}'")));
        let mut stream = start.flat_map(|line| tongue.bytes(&line)).collect::<Vec<_>>();
        for _ in 0..30 {
            let (tag, tmsg) = (numbers.tag(), numbers.tmsg(dialect));
            let mut message = script::encoded(tag, &tmsg, dialect);
            // A change or two somewhere, seldom in the size.
            for _ in 0..numbers.below(3) {
                let place = numbers.below(message.len() as u64);
                let place = if numbers.below(50) > 0 { place.max(4) } else { place };
                message[usize::try_from(place).unwrap()] = numbers.below(256).to_le_bytes()[0];
            }
            stream.extend(message);
        }
        let mut rest = &stream[..];
        'connection: while !rest.is_empty() {
            let space = inbox.space();
            let len = rest.len().min(space.len());
            space[..len].copy_from_slice(&rest[..len]);
            rest = &rest[len..];
            inbox.received(len, None);
            loop {
                inbox.set_msize(session.msize());
                match inbox.cut() {
                    Ok(Some((frame, descriptors))) => session.recv(&frame, descriptors, &mut out),
                    Ok(None) => break,
                    Err(_) => break 'connection,
                }
                session.go_on(&mut out);
                answered += frames(&out.take()).len();
            }
        }
        drop(session);
        assert_eq!((toy.open_count(), toy.waiting_count()), (0, 0));
    }
    assert!(answered > 3000, "the bytes are too arbitrary to test anything: {answered}");
}
