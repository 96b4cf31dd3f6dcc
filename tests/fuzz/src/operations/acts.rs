//! What may happen: one request or several of some client, or an act of a channel's far end, as the choices have it.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use bytes::Bytes;
use ninep::fcall::Tmsg;
use ninep::{Fid, Mode, OpenMode, Stat, Tag};

use super::client::{Asked, Client};
use super::words::{LINES, MODES, RECORDS, TRAFFIC_SECRETS};
use super::{Choose, House};

impl House {
    /// Does one operation; none where the choices end.
    pub(super) async fn operate(&mut self, choose: &mut dyn Choose) -> Option<()> {
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
        let stop = choose.pick(13)?;
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
            12 => self.newest_far_sends(b"\x15\x03\x03\0\x02\x01\x64"),
            // It stays as it is, for others.
            _ => {}
        }
        if stop > 5 {
            self.settle().await;
            // What the far end did is seen by who reads; a warning is told in `hand`.
            self.read(place, base + 2, 100);
            self.settle().await;
            self.read(place, base + 1, 100);
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

    /// The connection of a client ends, and another one of the same user begins.
    fn hang_up(&mut self, place: usize) {
        let user = self.clients[place].user.clone();
        self.clients[place] = Client::new(user, &self.device);
        self.clients[place].begin(&mut self.seen);
    }
}

/// A fid that may stand for something: most of them those of a handshake.
fn fid(choose: &mut dyn Choose) -> Option<u32> {
    u32::try_from(10 * (1 + choose.pick(5)?) + choose.pick(6)?).ok()
}

/// Far ends that are kept; the oldest goes.
const FARS_MAX: usize = 40;
