//! A conversation with its channel: the shell around `conv`, where reads and writes wait.
//!
//! Each direction has its own lock, held by the one reader that is fetching a record or the one writer
//! whose records are going out; what the files share is locked for moments only, never across a wait.
//!
//! **Invariants**
//! - Locks are taken in the order input or output, then `conv`, then one direction's keys.
//! - A future dropped anywhere loses neither a record that was received nor a part of one that was
//!   begun: what was read stays in the input, and a task carries on with what was sealed.

mod ends;
mod keys;
#[cfg(feature = "fuse")]
mod ready;
mod writing;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tlsrec::OneWay;
use tlswire::alert::to_send;
use tokio::sync::{Mutex as WaitMutex, Notify, watch};

use super::chan::{Chan, ChanIn};
use super::queue::{Place, Writes};
use super::sending::{Outlet, Sending};
use super::wire::Wire;
use crate::conv::may::Reading;
use crate::conv::{Conv, Input, Next};
use crate::errstr::Error;
use crate::limits::Limits;
use crate::owner::Owner;
use crate::spares::Spares;

/// A conversation in use.
pub(crate) struct Live {
    conv: Mutex<Conv>,
    incoming: Mutex<OneWay>,
    outgoing: Mutex<OneWay>,
    intake: WaitMutex<Intake>,
    outlet: Arc<WaitMutex<Outlet>>,
    /// True once the last file but `wire` was closed.
    over: watch::Sender<bool>,
    wire: Arc<Wire>,
    writes: Writes,
    /// Woken when the state or the hand queue changed.
    stirred: Notify,
    /// True while the peer waits for our next key; answered at the next chance, however often it asked.
    is_asked: AtomicBool,
}

/// The incoming half: only its holder reads the channel.
struct Intake {
    input: Input,
    /// What became of a record behind data that was still to be handed out.
    ahead: Option<Next>,
    chan: Option<ChanIn>,
}

/// Which file payload bytes came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payload {
    Data,
    Hand,
}

impl Live {
    /// Makes the conversation that an open of `clone` begins.
    pub(crate) fn new(owner: Owner, limits: Limits, spares: Arc<Spares>) -> Live {
        let over = watch::Sender::new(false);
        Live {
            conv: Mutex::new(Conv::new(owner, limits)),
            incoming: Mutex::new(OneWay::new()),
            outgoing: Mutex::new(OneWay::new()),
            intake: WaitMutex::new(Intake { input: Input::default(), ahead: None, chan: None }),
            outlet: Arc::new(WaitMutex::new(Outlet::new(spares, over.subscribe()))),
            over,
            wire: Arc::new(Wire::new(limits.wire_queue_len)),
            writes: Writes::default(),
            stirred: Notify::new(),
            is_asked: AtomicBool::new(false),
        }
    }

    /// Locks what the files share.
    pub(crate) fn conv(&self) -> MutexGuard<'_, Conv> {
        lock(&self.conv)
    }

    /// Locks the keys of the incoming direction.
    pub(crate) fn incoming(&self) -> MutexGuard<'_, OneWay> {
        lock(&self.incoming)
    }

    /// Locks the keys of the outgoing direction.
    pub(crate) fn outgoing(&self) -> MutexGuard<'_, OneWay> {
        lock(&self.outgoing)
    }

    /// Gives the carrier's side of the file `wire`.
    pub(crate) fn wire(&self) -> &Wire {
        &self.wire
    }

    /// Gives a write of `len` bytes its place among those that wait.
    fn enter(&self, len: usize) -> Result<Place<'_>, Error> {
        let len_max = self.conv().limits().write_queue_len;
        self.writes.enter(len, len_max)
    }

    /// Wakes whoever waits for a change.
    pub(crate) fn stir(&self) {
        self.stirred.notify_waiters();
    }

    /// Does the command `fd` with the channel that it named.
    pub(crate) fn take_channel(&self, chan: Chan, version: i64) -> Result<(), Error> {
        let mut conv = self.conv();
        let version = conv.may_take_channel(version)?;
        // Before there is a channel nobody keeps these locks.
        let mut intake = self.intake.try_lock().map_err(|_| Error::InUse)?;
        let mut outlet = self.outlet.try_lock().map_err(|_| Error::InUse)?;
        let (name, reader, writer) = chan.split();
        if matches!(reader, ChanIn::Wire(_)) {
            self.wire.begin();
        }
        intake.chan = Some(reader);
        outlet.attach(writer);
        conv.take_channel(name, version);
        drop(conv);
        self.stir();
        Ok(())
    }

    /// Does the command `wire`: whoever has that file open carries the ciphertext.
    pub(crate) fn take_wire(&self, version: i64) -> Result<(), Error> {
        self.take_channel(Chan::from_wire(Arc::clone(&self.wire)), version)
    }

    /// Reads `wire`: up to `count` bytes for the peer; no bytes when nothing more will come.
    pub(crate) async fn read_wire(&self, count: usize) -> Result<Bytes, Error> {
        loop {
            let mut stirred = std::pin::pin!(self.stirred.notified());
            stirred.as_mut().enable();
            if !self.conv().may_carry(self.wire.is_channel())?.sends {
                // The last record was queued before the state said that it is the last.
                self.wire.outgoing.end();
            }
            let mut bytes = Vec::new();
            tokio::select! {
                biased;
                _ = self.wire.outgoing.take(&mut bytes, count) => return Ok(bytes.into()),
                () = stirred => {}
            }
        }
    }

    /// Writes `wire`: takes all of `bytes` as coming from the peer.
    pub(crate) async fn write_wire(&self, bytes: &[u8]) -> Result<(), Error> {
        let _place = self.enter(bytes.len())?;
        loop {
            let mut stirred = std::pin::pin!(self.stirred.notified());
            stirred.as_mut().enable();
            if !self.conv().may_carry(self.wire.is_channel())?.reads {
                // As on a socket that nobody reads: a carrier that failed here might lose our last records.
                return if self.wire.is_refused() { Err(Error::Eof) } else { Ok(()) };
            }
            tokio::select! {
                biased;
                put = self.wire.incoming.put_whole(bytes) => return put.map_err(|error| Error::channel(&error)),
                () = stirred => {}
            }
        }
    }

    /// Reads `data`: up to `count` bytes of one record, or of as many as are here if it is a stream; no bytes are the end.
    pub(crate) async fn read_data(&self, count: usize) -> Result<Bytes, Error> {
        {
            let conv = self.conv();
            if !conv.is_opened() {
                conv.may_read_data()?;
            }
        }
        let mut intake = self.intake.lock().await;
        loop {
            if intake.input.has_data() {
                return Ok(self.hand_out(&mut intake, count));
            }
            let mut stirred = std::pin::pin!(self.stirred.notified());
            stirred.as_mut().enable();
            let is_hand_full = {
                let conv = self.conv();
                if conv.may_read_data()? == Reading::End {
                    return Ok(Bytes::new());
                }
                conv.hand.is_full()
            };
            if is_hand_full {
                // The next record stays where it is until `hand` is read, or closed.
                stirred.await;
            } else {
                self.fetch(&mut intake, stirred).await?;
            }
        }
    }

    /// Takes what a reader of `data` gets; of a stream, after opening the records behind it that are here too.
    fn hand_out(&self, intake: &mut Intake, count: usize) -> Bytes {
        while intake.ahead.is_none() && intake.input.can_join(count) {
            let mut conv = self.conv();
            if !conv.is_stream || conv.hand.is_full() {
                break;
            }
            match intake.input.next(&mut conv, &mut self.incoming()) {
                Next::Data => {}
                // The data came before. What the state says by now is for everybody else to see.
                other => intake.ahead = Some(other),
            }
        }
        if intake.ahead.is_some() {
            self.stir();
        }
        let bytes = intake.input.take_data(count).unwrap_or_default();
        self.conv().counters.data_in += bytes.len() as u64;
        bytes
    }

    /// Reads `hand`: up to `count` bytes of one record's handshake bytes, or the next notice.
    pub(crate) async fn read_hand(&self, count: usize) -> Result<Bytes, Error> {
        self.conv().may_begin_hand()?;
        // From here on what is queued comes first: a reader that waits gets the notice of what ended its wait.
        loop {
            let mut stirred = std::pin::pin!(self.stirred.notified());
            stirred.as_mut().enable();
            if let Some(item) = self.take_hand(count)? {
                return item;
            }
            if self.conv().is_opened() {
                // From `opened` on only readers of `data` fetch records.
                stirred.await;
                continue;
            }
            let mut intake = tokio::select! {
                intake = self.intake.lock() => intake,
                () = stirred => continue,
            };
            let mut stirred = std::pin::pin!(self.stirred.notified());
            stirred.as_mut().enable();
            if let Some(item) = self.take_hand(count)? {
                return item;
            }
            if !self.conv().is_opened() {
                self.fetch(&mut intake, stirred).await?;
            }
        }
    }

    /// Takes what `hand` has to give now.
    fn take_hand(&self, count: usize) -> Result<Option<Result<Bytes, Error>>, Error> {
        let mut conv = self.conv();
        let Some(item) = conv.hand.take(count) else {
            return conv.may_read_hand().map(|()| None);
        };
        let item = item.map(|bytes| {
            conv.counters.hand_in += bytes.len() as u64;
            Bytes::from(bytes)
        });
        drop(conv);
        // Somebody may wait for room on the queue.
        self.stir();
        Ok(Some(item))
    }

    /// Goes one step towards the next record. `stirred` ends a wait for the channel when the state
    /// changes, for the caller to look at it anew.
    async fn fetch(
        &self,
        intake: &mut Intake,
        stirred: std::pin::Pin<&mut tokio::sync::futures::Notified<'_>>,
    ) -> Result<(), Error> {
        let next = match intake.ahead.take() {
            Some(next) => next,
            None => intake.input.next(&mut self.conv(), &mut self.incoming()),
        };
        match next {
            Next::Data => {}
            Next::Again => self.stir(),
            Next::Want => {
                let Some(chan) = &mut intake.chan else {
                    return Err(Error::Hungup);
                };
                let (buf, want) = intake.input.room(&self.conv());
                tokio::select! {
                    read = chan.read(buf, want) => match read {
                        Ok(0) => {
                            self.fail(Error::ChannelError);
                            return Err(Error::Eof);
                        }
                        Ok(_) => {}
                        Err(error) => return Err(self.channel_failed(&error)),
                    },
                    () = stirred => {}
                }
            }
            Next::Unread => self.warn_no_renegotiation(),
            Next::Asked => {
                self.is_asked.store(true, Ordering::SeqCst);
                self.answer();
            }
            Next::Closed => {
                self.stir();
                if !self.conv().is_opened() {
                    return Err(Error::CloseNotify);
                }
            }
            Next::Dead => self.stir(),
            Next::Refuse(alert, why) => {
                let told = {
                    let mut conv = self.conv();
                    let alert = to_send(i64::from(alert.0), conv.version());
                    conv.owe(alert);
                    conv.told(why)
                };
                self.pay().await;
                return Err(told);
            }
        }
        Ok(())
    }

    /// Waits for the outgoing half.
    async fn sending(&self) -> Sending {
        Sending::wait(&self.outlet).await
    }

    fn channel_failed(&self, error: &std::io::Error) -> Error {
        self.fail(Error::ChannelError);
        Error::channel(error)
    }

    fn fail(&self, why: Error) {
        self.conv().fail(why);
        self.stir();
    }
}

/// Locks; a panic elsewhere does not make the value worse than it is.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
