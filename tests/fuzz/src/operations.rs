//! Arbitrary operations of many clients on one device, with what has to hold after each.
//!
//! The operations (`acts`) are requests of 9P from clients of several users, commands right and wrong among them, and what
//! the far ends of the channels do meanwhile. A model beside the device (`client`) keeps what the replies say; device, engine
//! and model have to agree.
//!
//! **Invariants** that are looked at
//! - Every reply answers a request that waits for one, and nothing is answered after its flush.
//! - The engine keeps exactly the fids and the requests that the replies imply.
//! - The table keeps exactly the open files that the replies imply, and nothing once all of them are closed.
//! - A conversation's queue stays within its limit and one record.

mod acts;
mod client;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use devtls::{Census, Device};
use ninep::User;
use ninep::fcall::Tmsg;

use client::{Asked, Client};

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

    fn ask(&mut self, place: usize, tmsg: Tmsg, asked: Asked) {
        self.ask_with(place, tmsg, Vec::new(), asked);
    }

    fn ask_with(&mut self, place: usize, tmsg: Tmsg, fds: Vec<OwnedFd>, asked: Asked) {
        let client = &mut self.clients[place];
        client.ask(tmsg, fds, asked, &mut self.seen);
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

/// The type of `wire` in a qid.
const WIRE: u64 = 12;
/// What may wait for `hand` at most: the limit and one record, in bytes.
const QUEUE_LEN_MAX: usize = 36_864 + 64 + 16_384 + 64;
/// How long the last goodbyes may take.
const GOODBYES_MAX: Duration = Duration::from_secs(20);
