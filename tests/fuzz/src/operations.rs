//! Arbitrary operations of many clients on one device, with what has to hold after each.
//!
//! The operations are requests of 9P from clients of several users, commands right and wrong among them, and what the
//! far ends of the channels do meanwhile. A model beside the device keeps what the replies say; device, engine and model
//! have to agree.
//!
//! **Invariants** that are looked at
//! - Every reply answers a request that waits for one, and nothing is answered after its flush.
//! - The engine keeps exactly the fids and the requests that the replies imply.
//! - The table keeps exactly the open files that the replies imply, and nothing once all of them are closed.
//! - A conversation's queue stays within its limit and one record.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use bytes::Bytes;
use devtls::{Census, Device};
use ninep::fcall::{Frame, Inbox, Outbox, Rmsg, Tmsg, decode_rmsg, encode_tmsg};
use ninep::server::Session;
use ninep::{Caller, Dialect, Fid, Limits, Mode, OpenMode, Stat, Tag, User};

/// What decides the next operation.
pub trait Choose {
    /// A number below `count`; none at the end.
    fn pick(&mut self, count: usize) -> Option<usize>;
}

/// The same choices for the same seed, without end.
pub struct Seeded(pub u64);

impl Choose for Seeded {
    fn pick(&mut self, count: usize) -> Option<usize> {
        // SplitMix64, whose every seed is as good as any other.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((bits ^ (bits >> 31)) % u64::try_from(count).ok()?).ok()
    }
}

impl Choose for &[u8] {
    fn pick(&mut self, count: usize) -> Option<usize> {
        let (first, rest) = self.split_first()?;
        *self = rest;
        Some(usize::from(*first) % count)
    }
}

/// How much was done and seen, so that a run that did nothing shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Operations.
    pub operations: usize,
    /// Replies by their kind: the name of the message.
    pub replies: BTreeMap<&'static str, usize>,
    /// Error texts.
    pub errors: BTreeSet<String>,
    /// How often `status` showed which state.
    pub states: BTreeMap<String, usize>,
    /// Conversations at one time, at most.
    pub conversations: usize,
}

/// Does `count` operations of `client_count` clients, or fewer where the choices end; then everybody leaves.
pub fn run(choose: &mut dyn Choose, client_count: usize, count: usize) -> Seen {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut house = House::new(client_count);
        while house.seen.operations < count && house.operate(choose).await.is_some() {}
        house.leave().await
    })
}

/// The device, its clients, and the far ends of its channels.
struct House {
    device: Arc<Device>,
    clients: Vec<Client>,
    fars: Vec<UnixStream>,
    seen: Seen,
}

/// A client's session, and what it should hold.
struct Client {
    user: String,
    session: Session<Device>,
    out: Outbox,
    next_tag: u16,
    /// What stands for something: the conversation's file that is open, if one is.
    fids: BTreeMap<u32, Option<u64>>,
    /// Requests without a reply.
    owed: BTreeMap<u16, Asked>,
}

/// What a request means for the model.
#[derive(Debug)]
enum Asked {
    Nothing,
    Attach(u32),
    Walk { newfid: u32, name_count: usize },
    Open(u32),
    Leave(u32),
    Flush(u16),
    Read(u32),
    Version,
}

impl House {
    fn new(client_count: usize) -> House {
        let device = Arc::new(Device::new(User::named("eve"), devtls::Limits::default()));
        let user = |number: usize| if number == 0 { "eve".to_owned() } else { format!("user{}", number % 4) };
        let mut clients: Vec<Client> =
            (0..client_count).map(|number| Client::new(user(number), &device)).collect();
        let mut seen = Seen::default();
        clients.iter_mut().for_each(|client| client.begin(&mut seen));
        House { device, clients, fars: Vec::new(), seen }
    }

    /// Does one operation; none where the choices end.
    async fn operate(&mut self, choose: &mut dyn Choose) -> Option<()> {
        let place = choose.pick(self.clients.len())?;
        match choose.pick(40)? {
            0..=5 => self.walk(place, choose)?,
            6..=10 => {
                let (fid, mode) = (fid(choose)?, MODES[choose.pick(MODES.len())?]);
                self.ask(place, Tmsg::Open { fid: Fid(fid), mode }, Asked::Open(fid));
            }
            11..=17 => {
                let (fid, count) = (fid(choose)?, [0, 1, 5, 100, 20_000, u32::MAX][choose.pick(6)?]);
                let offset = [0, 1, 112, u64::MAX][choose.pick(4)?];
                self.ask(place, Tmsg::Read { fid: Fid(fid), offset, count }, Asked::Read(count));
            }
            18..=21 => {
                let (fid, line) = (fid(choose)?, LINES[choose.pick(LINES.len())?]);
                self.write(place, fid, line.as_bytes());
            }
            22 => {
                let (fid, len) = (fid(choose)?, [0, 1, 5, 16_384, 16_385, 40_000][choose.pick(6)?]);
                self.write(place, fid, &vec![b'x'; len]);
            }
            23 => self.burst(place, choose)?,
            24 => {
                let fid = fid(choose)?;
                self.give_channel(place, fid, "fd 0 0x303");
            }
            25..=26 => {
                let oldtag = Tag(u16::try_from(choose.pick(100)?).ok()?);
                let owed: Vec<u16> = self.clients[place].owed.keys().copied().collect();
                let oldtag = owed.get(usize::from(oldtag.0)).map_or(oldtag, |tag| Tag(*tag));
                self.ask(place, Tmsg::Flush { oldtag }, Asked::Flush(oldtag.0));
            }
            27..=28 => {
                let fid = fid(choose)?;
                let tmsg = [Tmsg::Clunk { fid: Fid(fid) }, Tmsg::Remove { fid: Fid(fid) }];
                let [clunk, remove] = tmsg;
                let tmsg = if choose.pick(8)? == 0 { remove } else { clunk };
                self.ask(place, tmsg, Asked::Leave(fid));
            }
            29 => {
                let fid = Fid(fid(choose)?);
                self.ask(place, Tmsg::Stat { fid }, Asked::Nothing);
            }
            30 => {
                let mut stat = Stat::leave();
                match choose.pick(4)? {
                    0 => stat.mode = Mode(u32::try_from(choose.pick(0o1000)?).ok()?),
                    1 => stat.uid = format!("user{}", choose.pick(4)?),
                    2 => stat.length = 0,
                    _ => stat.mtime = 1,
                }
                let fid = Fid(fid(choose)?);
                self.ask(place, Tmsg::Wstat { fid, stat }, Asked::Nothing);
            }
            31 => match choose.pick(20)? {
                0 => self.hang_up(place),
                1 => self.clients[place].begin(&mut self.seen),
                _ => {}
            },
            32..=33 => self.handshake(place, choose).await?,
            _ => self.far_acts(choose)?,
        }
        self.settle().await;
        self.seen.operations += 1;
        Some(())
    }

    fn walk(&mut self, place: usize, choose: &mut dyn Choose) -> Option<()> {
        let (from, to) = ([0, 0, 0, fid(choose)?][choose.pick(4)?], fid(choose)?);
        let conv = choose.pick(20)?.to_string();
        let file = ["ctl", "data", "hand", "status", "stats", "wire", "none"][choose.pick(7)?];
        let names: &[&str] = match choose.pick(8)? {
            0 => &[],
            1 => &["tls", "clone"],
            2 => &["tls", "hashalgs"],
            3 => &["tls", &conv, "..", ".."],
            4 => &["tls", "none"],
            _ => &["tls", &conv, file],
        };
        let asked = Asked::Walk { newfid: to, name_count: names.len() };
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        self.ask(place, Tmsg::Walk { fid: Fid(from), newfid: Fid(to), names }, asked);
        Some(())
    }

    /// Writes `fd` with a socket whose far end stays here.
    fn give_channel(&mut self, place: usize, fid: u32, line: &'static str) {
        let (near, far) = UnixStream::pair().expect("a pair of sockets");
        far.set_nonblocking(true).expect("a socket");
        let data = Bytes::from_static(line.as_bytes());
        let tmsg = Tmsg::Write { fid: Fid(fid), offset: 0, data };
        self.ask_with(place, tmsg, vec![near.into()], Asked::Nothing);
        self.fars.push(far);
        if self.fars.len() > FARS_MAX {
            self.fars.remove(0);
        }
    }

    /// A client opens a conversation, brings it to `opened` and perhaps to its end, if nothing is in its way, and looks at its
    /// state; now and then it stops before.
    async fn handshake(&mut self, place: usize, choose: &mut dyn Choose) -> Option<()> {
        let base = 10 * u32::try_from(1 + choose.pick(5)?).ok()?;
        let open = |name: &str, conv: u64| ["tls".to_owned(), conv.to_string(), name.to_owned()].to_vec();
        let walk = |to: u32, names: Vec<String>| {
            let asked = Asked::Walk { newfid: to, name_count: names.len() };
            (Tmsg::Walk { fid: Fid(0), newfid: Fid(to), names }, asked)
        };
        for fid in base..base + 4 {
            self.ask(place, Tmsg::Clunk { fid: Fid(fid) }, Asked::Leave(fid));
        }
        let (tmsg, asked) = walk(base, vec!["tls".to_owned(), "clone".to_owned()]);
        self.ask(place, tmsg, asked);
        self.ask(place, Tmsg::Open { fid: Fid(base), mode: OpenMode::RDWR }, Asked::Open(base));
        let Some(Some(qid)) = self.clients[place].fids.get(&base).copied() else { return Some(()) };
        for (to, name) in [(base + 1, "hand"), (base + 2, "data")] {
            let (tmsg, asked) = walk(to, open(name, qid >> 5));
            self.ask(place, tmsg, asked);
            self.ask(place, Tmsg::Open { fid: Fid(to), mode: OpenMode::RDWR }, Asked::Open(to));
        }
        let (tmsg, asked) = walk(base + 3, open("status", qid >> 5));
        self.ask(place, tmsg, asked);
        self.ask(place, Tmsg::Open { fid: Fid(base + 3), mode: OpenMode::READ }, Asked::Open(base + 3));
        let stop = choose.pick(12)?;
        if stop > 0 {
            self.give_channel(place, base, "fd 0 0x303");
        }
        if stop == 2 {
            for line in
                ["version 0x304", TRAFFIC_SECRETS, "changecipher", "changecipher in", "opened", "keyupdate"]
            {
                self.write(place, base, line.as_bytes());
            }
            self.settle().await;
        }
        if stop > 2 {
            for line in ["version 0x303", "secret clear clear 0 x", "changecipher"] {
                self.write(place, base, line.as_bytes());
            }
            self.settle().await;
            self.newest_far_sends(b"\x14\x03\x03\0\x01\x01\x16\x03\x03\0\x04done");
            self.settle().await;
            self.read(place, base + 1, 100);
            self.settle().await;
            self.write(place, base, b"opened");
        }
        let (peer_closes, peer_fails) = (b"\x15\x03\x03\0\x02\x01\0", b"\x15\x03\x03\0\x02\x02\x28");
        match stop {
            6 => self.newest_far_sends(peer_closes),
            7 => self.write(place, base, b"alert 0"),
            8 => self.write(place, base, b"hangup"),
            9 => self.newest_far_sends(peer_fails),
            10 => drop(self.fars.pop()),
            11 => {
                self.write(place, base, b"alert 0");
                self.newest_far_sends(peer_closes);
            }
            // It stays as it is, for others.
            _ => {}
        }
        if stop > 5 {
            self.settle().await;
            // What the far end did is seen by who reads.
            self.read(place, base + 2, 100);
            self.settle().await;
        }
        self.read(place, base + 3, 100);
        Some(())
    }

    /// The far end of the channel that was given last sends something, if it is there still and the other end takes it.
    fn newest_far_sends(&mut self, bytes: &[u8]) {
        if let Some(far) = self.fars.last_mut() {
            // A channel that is gone already is one more thing that may happen.
            let _ = far.write(bytes);
        }
    }

    /// The far end of some channel sends, takes or goes.
    fn far_acts(&mut self, choose: &mut dyn Choose) -> Option<()> {
        let sent = RECORDS[choose.pick(RECORDS.len())?];
        let act = choose.pick(8)?;
        if self.fars.is_empty() {
            return Some(());
        }
        let place = choose.pick(self.fars.len())?;
        match act {
            0 => drop(self.fars.remove(place)),
            // What is not there, or does not fit, is left for another time.
            1..=2 => drop(self.fars[place].read(&mut [0; 65_536])),
            _ => drop(self.fars[place].write(sent)),
        }
        Some(())
    }

    fn read(&mut self, place: usize, fid: u32, count: u32) {
        self.ask(place, Tmsg::Read { fid: Fid(fid), offset: 0, count }, Asked::Read(count));
    }

    fn write(&mut self, place: usize, fid: u32, data: &[u8]) {
        let data = Bytes::copy_from_slice(data);
        self.ask(place, Tmsg::Write { fid: Fid(fid), offset: 0, data }, Asked::Nothing);
    }

    /// A client sends several writes in one piece, now and then with a flush of one of them behind.
    fn burst(&mut self, place: usize, choose: &mut dyn Choose) -> Option<()> {
        let first = fid(choose)?;
        let mut asks = Vec::new();
        for _ in 0..2 + choose.pick(3)? {
            let fid = Fid([first, first, first, fid(choose)?][choose.pick(4)?]);
            let data = Bytes::from(vec![b'y'; [0, 1, 500, 2_000][choose.pick(4)?]]);
            asks.push((Tmsg::Write { fid, offset: 0, data }, Asked::Nothing));
        }
        let client = &mut self.clients[place];
        if choose.pick(3)? == 0 {
            // The tag that the first of them will have.
            let oldtag = client.next_free_tag();
            asks.push((Tmsg::Flush { oldtag: Tag(oldtag) }, Asked::Flush(oldtag)));
        }
        client.ask_together(asks, &mut self.seen);
        Some(())
    }

    fn ask(&mut self, place: usize, tmsg: Tmsg, asked: Asked) {
        self.ask_with(place, tmsg, Vec::new(), asked);
    }

    fn ask_with(&mut self, place: usize, tmsg: Tmsg, fds: Vec<OwnedFd>, asked: Asked) {
        let client = &mut self.clients[place];
        client.ask(tmsg, fds, asked, &mut self.seen);
    }

    /// The connection of a client ends, and another one of the same user begins.
    fn hang_up(&mut self, place: usize) {
        let user = self.clients[place].user.clone();
        self.clients[place] = Client::new(user, &self.device);
        self.clients[place].begin(&mut self.seen);
    }

    /// Lets everything happen that can, and looks at what has to hold.
    async fn settle(&mut self) {
        for _ in 0..2 {
            tokio::task::yield_now().await;
            for client in &mut self.clients {
                client.session.poll(&Context::from_waker(Waker::noop()), &mut client.out);
                client.take_replies(&mut self.seen);
            }
        }
        self.check();
    }

    fn check(&mut self) {
        let mut open: BTreeMap<u64, (usize, usize)> = BTreeMap::new();
        for client in &self.clients {
            assert_eq!(client.session.fid_count(), client.fids.len(), "fids: {:?}", client.fids);
            assert_eq!(client.session.waiting_count(), client.owed.len(), "requests: {:?}", client.owed);
            for qid in client.fids.values().flatten() {
                let counts = open.entry(qid >> 5).or_default();
                if qid & 31 == WIRE { counts.1 += 1 } else { counts.0 += 1 }
            }
        }
        let census = self.device.census();
        for (conv, held) in (0..).zip(&census) {
            let counts = open.remove(&conv).unwrap_or_default();
            let held_counts = held.map_or((0, 0), |held| (held.files, held.wires));
            assert_eq!(held_counts, counts, "open files of {conv}");
            assert_eq!(held.is_some(), counts != (0, 0), "a free number is free: {conv}");
            let queued = held.map_or(0, |held: Census| held.hand_queue_len);
            assert!(queued <= QUEUE_LEN_MAX, "{queued} bytes wait for hand of {conv}");
        }
        assert!(open.is_empty(), "files of conversations that are none: {open:?}");
        self.seen.conversations = self.seen.conversations.max(census.iter().flatten().count());
    }

    /// Everybody leaves; nothing stays.
    async fn leave(mut self) -> Seen {
        self.clients.clear();
        self.check();
        self.fars.clear();
        let settled = tokio::time::timeout(GOODBYES_MAX, self.device.settled()).await;
        assert!(settled.is_ok(), "conversations still say goodbye");
        assert!(self.device.census().iter().all(Option::is_none));
        assert_eq!(Arc::strong_count(&self.device), 1, "somebody holds the device");
        self.seen
    }
}

impl Client {
    fn new(user: String, device: &Arc<Device>) -> Client {
        let caller = Caller { uid: Some(1000), gid: Some(1000), pid: None, user: user.clone() };
        Client {
            user,
            session: Session::new(Arc::clone(device), caller, Limits::default()),
            out: Outbox::new(),
            next_tag: 0,
            fids: BTreeMap::new(),
            owed: BTreeMap::new(),
        }
    }

    /// Agrees on a version, which ends whatever there was, and attaches.
    fn begin(&mut self, seen: &mut Seen) {
        let version = Tmsg::Version { msize: 65_536 + 24, version: "9P2000".to_owned() };
        self.owed.clear();
        self.fids.clear();
        self.ask(version, Vec::new(), Asked::Version, seen);
        let attach = Tmsg::Attach {
            fid: Fid(0),
            afid: Fid::NOFID,
            uname: self.user.clone(),
            aname: String::new(),
            n_uname: None,
        };
        self.ask(attach, Vec::new(), Asked::Attach(0), seen);
    }

    fn ask(&mut self, tmsg: Tmsg, fds: Vec<OwnedFd>, asked: Asked, seen: &mut Seen) {
        let tag = if matches!(asked, Asked::Version) { Tag::NOTAG.0 } else { self.free_tag() };
        self.owed.insert(tag, asked);
        self.session.tmsg(Tag(tag), tmsg, fds, &mut self.out);
        self.session.go_on(&mut self.out);
        self.take_replies(seen);
    }

    /// Sends requests so that each finds the next one there already.
    fn ask_together(&mut self, asks: Vec<(Tmsg, Asked)>, seen: &mut Seen) {
        let mut sent = Vec::new();
        for (tmsg, asked) in asks {
            let tag = self.free_tag();
            self.owed.insert(tag, asked);
            let mut out = Outbox::new();
            encode_tmsg(Tag(tag), &tmsg, Dialect::Classic, Vec::new(), &mut out);
            sent.extend(out.take());
        }
        let mut inbox = Inbox::new(self.session.msize());
        let mut rest = &sent[..];
        while !rest.is_empty() {
            let space = inbox.space();
            let (now, after) = rest.split_at(space.len().min(rest.len()));
            space[..now.len()].copy_from_slice(now);
            inbox.received(now.len(), None);
            rest = after;
            while let Some((frame, descriptors)) = inbox.cut().expect("messages") {
                self.session.recv(&frame, descriptors, &mut self.out);
                self.session.go_on(&mut self.out);
            }
        }
        self.take_replies(seen);
    }

    fn free_tag(&mut self) -> u16 {
        self.next_tag = self.next_free_tag();
        self.next_tag
    }

    fn next_free_tag(&self) -> u16 {
        let after = (1..=1000).map(|step| (self.next_tag + step) % 1000);
        after.into_iter().find(|tag| !self.owed.contains_key(tag)).expect("fewer are owed")
    }

    fn take_replies(&mut self, seen: &mut Seen) {
        let bytes = self.out.take();
        let mut rest = &bytes[..];
        while let Some(len) = rest.first_chunk().map(|len| u32::from_le_bytes(*len) as usize) {
            let (message, after) = rest.split_at(len);
            let frame = Frame::whole(message).expect("a whole message");
            let rmsg = decode_rmsg(&frame, Dialect::Classic).expect("a reply");
            self.replied(frame.tag().0, rmsg, seen);
            rest = after;
        }
    }

    fn replied(&mut self, tag: u16, rmsg: Rmsg, seen: &mut Seen) {
        let asked = self.owed.remove(&tag).unwrap_or_else(|| panic!("nobody waits for {tag}: {rmsg:?}"));
        let kind = match (&asked, &rmsg) {
            (_, Rmsg::Error { error }) => {
                assert!(!error.text.is_empty() && error.text.len() < 128, "{}", error.text);
                seen.errors.insert(error.text.to_string());
                "error"
            }
            (Asked::Read(count), Rmsg::Read { data }) => {
                assert!(data.len() <= *count as usize);
                let state = std::str::from_utf8(data).ok().and_then(|text| text.strip_prefix("State: "));
                if let Some(state) = state.and_then(|text| text.lines().next()) {
                    *seen.states.entry(state.to_owned()).or_default() += 1;
                }
                "read"
            }
            (Asked::Nothing, Rmsg::Write { .. }) => "write",
            (Asked::Nothing, Rmsg::Stat { .. } | Rmsg::Wstat) => "stat",
            (Asked::Attach(fid), Rmsg::Attach { .. }) => {
                self.fids.insert(*fid, None);
                "attach"
            }
            (Asked::Walk { newfid, name_count }, Rmsg::Walk { qids }) => {
                if qids.len() == *name_count {
                    self.fids.insert(*newfid, None);
                }
                "walk"
            }
            (Asked::Open(fid), Rmsg::Open { qid, .. }) => {
                // The files of a conversation have types from 7 on; everything before holds none open.
                let file = (qid.path & 31 >= 7).then_some(qid.path);
                self.fids.insert(*fid, file);
                "open"
            }
            (Asked::Leave(_), Rmsg::Clunk | Rmsg::Remove) => "leave",
            (Asked::Flush(oldtag), Rmsg::Flush) => {
                self.owed.remove(oldtag);
                "flush"
            }
            (Asked::Version, Rmsg::Version { .. }) => "version",
            _ => panic!("{rmsg:?} answers {asked:?}"),
        };
        if let Asked::Leave(fid) = asked {
            // Whatever the reply says, the fid is gone; where it stood for nothing, so it was before.
            self.fids.remove(&fid);
        }
        *seen.replies.entry(kind).or_default() += 1;
    }
}

/// A fid that may stand for something: most of them those of a handshake.
fn fid(choose: &mut dyn Choose) -> Option<u32> {
    u32::try_from(10 * (1 + choose.pick(5)?) + choose.pick(6)?).ok()
}

/// Modes of opening, most of them lawful.
const MODES: [OpenMode; 8] = [
    OpenMode::READ,
    OpenMode::RDWR,
    OpenMode::RDWR,
    OpenMode::RDWR,
    OpenMode::WRITE,
    OpenMode::EXEC,
    OpenMode(0x12),
    OpenMode(0xff),
];

/// Stages the keys of TLS 1.3.
const TRAFFIC_SECRETS: &str = "secret sha256 aes_128_gcm_aead 0 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What is written to `ctl`, or to any other file.
const LINES: [&str; 39] = [
    "version 0x304",
    TRAFFIC_SECRETS,
    "secret sha384 ccpoly96_aead 1 AAAA",
    "changecipher in",
    "keyupdate",
    "keyupdate request",
    "maxrec 63 63",
    "maxrec 16384",
    "pad 64",
    "pad 99999",
    "skipearly 20",
    "version 0x303",
    "version 0x301",
    "version 0x300",
    "version 0x200",
    "secret clear clear 0 x",
    "secret clear clear 1 x",
    "secret sha1 clear 0 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "secret clear aes_128_gcm_aead 0 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "secret foo clear 0 x",
    "secret sha1 rc4_128 0 !",
    "changecipher",
    "changecipher x",
    "opened",
    "alert 0",
    "alert 40",
    "alert 90",
    "alert 100",
    "alert",
    "hangup",
    "debug off",
    "note sni example.com",
    "note colour red",
    "wire 0x303",
    "fd 0 0x303",
    "fd x",
    "",
    "''",
    "bogus",
];

/// What a far end sends: whole records and parts, lawful ones and others.
const RECORDS: [&[u8]; 18] = [
    b"\x16\x03\x03\0\x05hello",
    b"\x16\x03\x03\0\x04\0\0\0\0",
    b"\x16\x03\x01\0\x01x",
    b"\x14\x03\x03\0\x01\x01",
    b"\x17\x03\x03\0\x05hello",
    b"\x17\x03\x03\0\x05hello\x17\x03\x03\0\x01x",
    b"\x15\x03\x03\0\x02\x01\0",
    b"\x15\x03\x03\0\x02\x01\x64",
    b"\x15\x03\x03\0\x02\x01\x29",
    b"\x15\x03\x03\0\x02\x02\x28",
    b"\x15\x03\x03\0\x01\x01",
    b"\x18\x03\x03\0\x01x",
    b"\x16\x03\x03\x48\x01",
    b"\x16\x03\x03",
    b"GET / HTTP/1.0\r\n\r\n",
    b"\x80\x2b\x01\x03\x01\0\x12\0\0\0\x10",
    b"",
    b"\x17\x03\x03\0\0",
];

/// Far ends that are kept; the oldest goes.
const FARS_MAX: usize = 40;
/// The type of `wire` in a qid.
const WIRE: u64 = 12;
/// What may wait for `hand` at most: the limit and one record, in bytes.
const QUEUE_LEN_MAX: usize = 36_864 + 64 + 16_384 + 64;
/// How long the last goodbyes may take.
const GOODBYES_MAX: Duration = Duration::from_secs(20);
