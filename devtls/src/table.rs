//! The table of conversations: allocated by `clone`, counted, freed.
//!
//! **Invariants**
//! - A number is in use exactly while some file of its conversation is open.
//! - A conversation ends when no file of it but `wire` is open: that one is its channel, and a channel
//!   keeps no conversation alive.
//! - A number that was freed is free before its conversation says goodbye to the peer.
//! - The numbers below the high-water mark are listed, in use or not; the mark only grows.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::errstr::Error;
use crate::limits::Limits;
use crate::owner::Owner;
use crate::serve::Live;
use crate::spares::Spares;
use crate::tree::Which;

/// All conversations of a device.
pub(crate) struct Table {
    limits: Limits,
    slots: Mutex<Vec<Option<Slot>>>,
    /// For records on their way out.
    spares: Arc<Spares>,
    /// How many conversations are in use or still saying goodbye.
    busy: watch::Sender<usize>,
}

/// What a conversation holds at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Census {
    /// Open files but `wire`; none of a conversation that has ended.
    pub files: usize,
    /// How often `wire` is open.
    pub wires: usize,
    /// What the queue of `hand` takes of its limit, in bytes.
    pub hand_queue_len: usize,
}

struct Slot {
    live: Arc<Live>,
    /// Who opened `clone`: it counts for that user whoever owns it now, so that nobody rids oneself of a conversation by giving
    /// it to somebody else, who then could open none.
    opener: String,
    /// How many files but `wire` are open; none of a conversation that has ended.
    open_count: usize,
    /// How often `wire` is open.
    wire_count: usize,
}

impl Slot {
    fn count(&mut self, which: Which) -> &mut usize {
        if which == Which::Wire { &mut self.wire_count } else { &mut self.open_count }
    }
}

impl Table {
    pub(crate) fn new(limits: Limits) -> Table {
        Table {
            limits,
            slots: Mutex::new(Vec::new()),
            spares: Arc::new(Spares::new(SPARES_KEPT_MAX, SPARE_LEN_MAX)),
            busy: watch::Sender::new(0),
        }
    }

    /// Begins a conversation for `owner` under the lowest free number, with one file open.
    pub(crate) fn begin(&self, owner: &Owner) -> Result<(u32, Arc<Live>), Error> {
        let mut slots = self.slots();
        let free = slots.iter().position(Option::is_none).unwrap_or(slots.len());
        let conv = u32::try_from(free).ok().filter(|conv| *conv < self.limits.conversations);
        let conv = conv.ok_or(Error::NoFreeDevices)?;
        let opened = slots.iter().flatten().filter(|slot| slot.opener == owner.name).count();
        if opened >= self.limits.conversations_per_user as usize {
            return Err(Error::TooManyForUser);
        }
        let live = Arc::new(Live::new(owner.clone(), self.limits, Arc::clone(&self.spares)));
        let opener = owner.name.clone();
        let slot = Some(Slot { live: Arc::clone(&live), opener, open_count: 1, wire_count: 0 });
        match slots.get_mut(free) {
            Some(empty) => *empty = slot,
            None => slots.push(slot),
        }
        self.busy.send_modify(|count| *count += 1);
        Ok((conv, live))
    }

    /// Gives the conversation that has number `conv` now.
    pub(crate) fn get(&self, conv: u32) -> Option<Arc<Live>> {
        self.slots().get(conv as usize)?.as_ref().map(|slot| Arc::clone(&slot.live))
    }

    /// Counts one more open file of conversation `conv`, unless it has ended.
    pub(crate) fn hold(&self, conv: u32, which: Which) -> Option<Arc<Live>> {
        let mut slots = self.slots();
        let slot = slots.get_mut(conv as usize)?.as_mut().filter(|slot| slot.open_count > 0)?;
        *slot.count(which) += 1;
        Some(Arc::clone(&slot.live))
    }

    /// Counts one open file of conversation `conv` less; the last one but `wire` ends it.
    pub(crate) fn release(table: &Arc<Table>, conv: u32, which: Which) {
        let mut slots = table.slots();
        let Some(place) = slots.get_mut(conv as usize) else {
            return;
        };
        let Some(slot) = place.as_mut() else {
            return;
        };
        *slot.count(which) -= 1;
        let live = Arc::clone(&slot.live);
        let is_open = slot.open_count > 0;
        if !is_open && slot.wire_count == 0 {
            *place = None;
        }
        drop(slots);
        if is_open || which == Which::Wire {
            return;
        }
        let table = Arc::clone(table);
        let goodbye = async move {
            live.shut().await;
            table.busy.send_modify(|count| *count -= 1);
        };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(goodbye);
        }
    }

    /// Gives the high-water mark: every number below it is listed.
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.slots().len()).unwrap_or(u32::MAX)
    }

    /// Counts what the conversation of each number holds; `None` where a number is free.
    pub(crate) fn census(&self) -> Vec<Option<Census>> {
        let count = |slot: &Slot| Census {
            files: slot.open_count,
            wires: slot.wire_count,
            hand_queue_len: slot.live.conv().hand.queued_len(),
        };
        self.slots().iter().map(|slot| slot.as_ref().map(count)).collect()
    }

    /// Waits until no conversation is in use and none still says goodbye.
    pub(crate) async fn settled(&self) {
        // The sender is ours: it cannot be gone.
        let _ = self.busy.subscribe().wait_for(|count| *count == 0).await;
    }

    fn slots(&self) -> MutexGuard<'_, Vec<Option<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many long buffers are kept: those of as many conversations as write at one time, and of more that take turns.
const SPARES_KEPT_MAX: usize = 8;
/// The longest of them, in bytes: a run of records, and as much again.
const SPARE_LEN_MAX: usize = 512 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn table(conversations: u32, conversations_per_user: u32) -> Arc<Table> {
        Arc::new(Table::new(Limits { conversations, conversations_per_user, ..Limits::default() }))
    }

    #[tokio::test]
    async fn the_lowest_free_number_is_taken() {
        let table = table(8, 8);
        for number in 0..3 {
            assert_eq!(table.begin(&Owner::named("glenda")).map(|(conv, _)| conv), Ok(number));
        }
        Table::release(&table, 1, Which::Ctl);
        assert!(table.get(1).is_none() && table.len() == 3);
        assert_eq!(table.begin(&Owner::named("glenda")).map(|(conv, _)| conv), Ok(1));
    }

    #[tokio::test]
    async fn a_number_is_in_use_while_a_file_is_open() {
        let table = table(8, 8);
        table.begin(&Owner::named("glenda")).map(drop).expect("a free number");
        assert!(table.hold(0, Which::Data).is_some());
        Table::release(&table, 0, Which::Ctl);
        assert!(table.get(0).is_some());
        Table::release(&table, 0, Which::Data);
        assert!(table.get(0).is_none() && table.hold(0, Which::Data).is_none());
        table.settled().await;
    }

    #[tokio::test]
    async fn a_wire_keeps_the_number_and_not_the_conversation() {
        let table = table(8, 8);
        table.begin(&Owner::named("glenda")).map(drop).expect("a free number");
        assert!(table.hold(0, Which::Wire).is_some());
        Table::release(&table, 0, Which::Ctl);
        table.settled().await;
        assert!(table.get(0).is_some());
        assert!(table.hold(0, Which::Data).is_none() && table.hold(0, Which::Wire).is_none());
        Table::release(&table, 0, Which::Wire);
        assert!(table.get(0).is_none());
    }

    #[tokio::test]
    async fn each_limit_has_its_text() {
        let table = table(3, 2);
        let take = |user| table.begin(&Owner::named(user)).map(|(conv, _)| conv);
        assert_eq!((take("glenda"), take("glenda")), (Ok(0), Ok(1)));
        assert_eq!(take("glenda"), Err(Error::TooManyForUser));
        assert_eq!((take("rob"), take("ken")), (Ok(2), Err(Error::NoFreeDevices)));
    }

    #[tokio::test]
    async fn a_conversation_that_is_given_away_counts_for_who_opened_it() {
        let table = table(8, 1);
        let (_, live) = table.begin(&Owner::named("glenda")).expect("a free number");
        live.conv().owner = Owner::named("rob");
        assert_eq!(table.begin(&Owner::named("glenda")).map(drop), Err(Error::TooManyForUser));
        assert_eq!(table.begin(&Owner::named("rob")).map(|(conv, _)| conv), Ok(1));
    }
}
