//! One conversation, without its channel: what `#a` calls a connection.
//!
//! A [`Conv`] holds what every file of the conversation shares: its state, its version, its owner,
//! the hand queue, the counters. The two directions of records are [`Input`] and [`Output`], apart
//! from it so that both can work at once. Nothing here does I/O, waits or knows 9P; `serve` does.
//!
//! **Invariants**
//! - There is a stored error exactly in the states `Alerting` (from the alert on) and `Errored`, and
//!   the first one stays.
//! - The version is 0 exactly in the state `Fresh`.
//! - A fatal alert that is owed to the peer is sent before anything else.

mod after;
mod alert;
mod compat;
mod handq;
mod input;
pub mod may;
mod messages;
mod notes;
mod output;
mod state;
mod tls13;

pub use after::key_update;
pub use alert::AlertIn;
pub use compat::Compat;
pub use handq::HandQueue;
pub use input::{Input, Next};
pub use messages::{Messages, Piece};
pub use notes::{NOTE_KEYS, NOTE_LEN_MAX, Notes};
pub use output::Output;
pub use state::{Event, State};

use tlsrec::Side;
use tlswire::ProtocolVersion;
use tlswire::alert::ToSend;

use crate::errstr::Error;
use crate::limits::Limits;
use crate::owner::Owner;
use may::{Carrying, Reading};

/// What the files of one conversation share.
#[derive(Debug)]
pub struct Conv {
    /// Who may do what.
    pub owner: Owner,
    /// The permission bits of `ctl`, `data` and `hand`.
    pub mode: u32,
    /// Handshake bytes and notices for the reader of `hand`.
    pub hand: HandQueue,
    /// Where in a handshake message the bytes are that came in.
    pub messages_in: Messages,
    /// Where in one those are that went out.
    pub messages_out: Messages,
    /// What `stats` shows.
    pub counters: Counters,
    /// What the handshake wants `status` to show.
    pub notes: Notes,
    /// Whether to trace this conversation.
    pub is_debug: bool,
    /// Whether a reader of `data` may get several records at once.
    pub is_stream: bool,
    /// Whose manners it has.
    pub compat: Compat,
    /// Which end we are, once a `secret` has said so.
    pub side: Option<Side>,
    state: State,
    is_opened: bool,
    version: ProtocolVersion,
    is_version_locked: bool,
    /// Whether the change_cipher_spec of TLS 1.3, which means nothing, went out.
    has_sent_dummy: bool,
    /// How many bytes of records may still be early data, which nobody here can read.
    early_len: usize,
    /// How many KeyUpdates of the peer's we asked for and have not seen.
    asked_count: u32,
    /// How much data had gone out when the peer's last KeyUpdate came, in bytes.
    sent_at_update: u64,
    stored: Option<Error>,
    /// What exactly was wrong with the record that ended the handshake: the stored error is the alert's text.
    fault: Option<Error>,
    owed: Option<ToSend>,
    channel_name: String,
    limits: Limits,
}

/// Payload bytes that went through the files (tls(3), `stats`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Bytes that readers of `data` got.
    pub data_in: u64,
    /// Bytes that writers of `data` sent.
    pub data_out: u64,
    /// Bytes that readers of `hand` got.
    pub hand_in: u64,
    /// Bytes that writers of `hand` sent.
    pub hand_out: u64,
}

impl Conv {
    /// Makes the conversation that an open of `clone` by `owner` begins.
    #[must_use]
    pub fn new(owner: Owner, limits: Limits) -> Conv {
        Conv {
            owner,
            mode: 0o660,
            hand: HandQueue::new(limits.hand_queue_len),
            messages_in: Messages::default(),
            messages_out: Messages::default(),
            counters: Counters::default(),
            notes: Notes::default(),
            is_debug: false,
            is_stream: false,
            compat: Compat::default(),
            side: None,
            state: State::Fresh,
            is_opened: false,
            version: ProtocolVersion(0),
            is_version_locked: false,
            has_sent_dummy: false,
            early_len: 0,
            asked_count: 0,
            sent_at_update: 0,
            stored: None,
            fault: None,
            owed: None,
            channel_name: String::new(),
            limits,
        }
    }

    /// Judges the commands `fd` and `wire`, all but the channel itself.
    ///
    /// # Errors
    /// `device or object already in use`, `unsupported version` (tls(3)).
    pub fn may_take_channel(&self, version: i64) -> Result<ProtocolVersion, Error> {
        if self.state != State::Fresh {
            return Err(Error::InUse);
        }
        record_version(version).ok_or(Error::BadTlsVersion)
    }

    /// Begins the handshake on a channel named `name`, after [`Conv::may_take_channel`] gave `version`.
    pub fn take_channel(&mut self, name: String, version: ProtocolVersion) {
        self.version = version;
        self.channel_name = name;
        self.enter(Event::Fd);
    }

    /// Does the command `version`.
    ///
    /// # Errors
    /// `must set fd before version`, `version already set`, `unsupported version` (tls(3)).
    pub fn lock_version(&mut self, version: i64) -> Result<(), Error> {
        if self.state == State::Fresh {
            return Err(Error::FdBeforeVersion);
        }
        if self.is_version_locked {
            return Err(Error::VersionSet);
        }
        // deviates: tls(3) takes anything up to 0x3ff and speaks TLS 1.2 under that number.
        let known = record_version(version).filter(|version| *version <= ProtocolVersion::TLS13);
        self.version = known.ok_or(Error::BadTlsVersion)?;
        self.is_version_locked = true;
        if !self.is_tls13() {
            // Only TLS 1.3 has such a thing.
            self.end_early();
        }
        Ok(())
    }

    /// Gives the version that keys are made for.
    ///
    /// # Errors
    /// `must set fd and version before secrets` before `version` (tls(3)).
    pub fn version_for_secrets(&self) -> Result<ProtocolVersion, Error> {
        if self.is_version_locked { Ok(self.version) } else { Err(Error::VersionBeforeSecret) }
    }

    /// Does the command `opened`; `has_ciphers` is whether both directions have a cipher.
    ///
    /// # Errors
    /// `cipher must be configured before enabling data messages`, `cannot enable data messages` (tls(3)).
    pub fn open(&mut self, has_ciphers: bool) -> Result<(), Error> {
        if !has_ciphers {
            return Err(Error::CipherBeforeOpened);
        }
        if !matches!(self.state, State::Handshaking | State::Established) {
            return Err(Error::CannotOpen);
        }
        self.enter(Event::Opened);
        self.is_opened = true;
        self.end_early();
        Ok(())
    }

    /// Lets `event` happen.
    pub fn enter(&mut self, event: Event) {
        let next = self.state.after(event);
        if self.is_debug {
            tracing::debug!(from = ?self.state, to = ?next, "state");
        }
        self.state = next;
    }

    /// Says whether an alert can be sent before `fd` was done.
    ///
    /// # Errors
    /// `must set fd before sending alerts` (tls(3)).
    pub fn may_alert(&self) -> Result<(), Error> {
        if self.state == State::Fresh { Err(Error::FdBeforeAlert) } else { Ok(()) }
    }

    /// Begins the end by a fatal alert: it is owed to the peer from now on.
    pub fn owe(&mut self, alert: ToSend) {
        self.enter(Event::AlertStarts);
        self.owed.get_or_insert(alert);
    }

    /// Takes the alert that is owed, for sending it.
    pub fn pay(&mut self) -> Option<ToSend> {
        self.owed.take()
    }

    /// Ends the conversation with `why` as its stored error, unless it has ended already.
    pub fn fail(&mut self, why: Error) {
        if self.state != State::Errored {
            self.enter(Event::Failed);
            self.hand.notify(why.clone());
            self.stored = Some(why);
            self.owed = None;
        }
    }

    /// Closes a side: ours after close_notify went out (or could not), or the peer's after it came in.
    pub fn close(&mut self, event: Event) {
        let before = self.state;
        self.enter(event);
        if self.state != before {
            self.hand.notify(Error::CloseNotify);
        }
    }

    /// Says whether `data` may be read now.
    ///
    /// # Errors
    /// The text for a reader of `data`.
    pub fn may_read_data(&self) -> Result<Reading, Error> {
        may::read_data(self.state, self.is_opened)
    }

    /// Says whether `data` may be written now.
    ///
    /// # Errors
    /// The text for a writer of `data`.
    pub fn may_write_data(&self) -> Result<(), Error> {
        may::write_data(self.state, self.is_opened)
    }

    /// Says whether `hand` may be read now.
    ///
    /// # Errors
    /// The text for a reader of `hand`.
    pub fn may_read_hand(&self) -> Result<(), Error> {
        may::read_hand(self.state, self.stored.as_ref())
    }

    /// Says whether `hand` may be written, or change_cipher_spec sent, now.
    ///
    /// # Errors
    /// The text for a writer of `hand`.
    pub fn may_write_hand(&self) -> Result<(), Error> {
        may::write_hand(self.state, self.stored.as_ref())
    }

    /// Tells whether the last close still has to say close_notify.
    #[must_use]
    pub fn owes_goodbye(&self) -> bool {
        may::say_goodbye(self.state)
    }

    /// Says what `wire` is good for now; `is_channel` is whether it is the channel.
    ///
    /// # Errors
    /// The text for a reader or writer of `wire`.
    pub fn may_carry(&self, is_channel: bool) -> Result<Carrying, Error> {
        may::carry(self.state, is_channel)
    }

    /// Tells whether an alert can still go out.
    #[must_use]
    pub fn can_send_alert(&self) -> bool {
        may::send_alert(self.state)
    }

    /// Gives the text that a reader gets for a failure which it is the first to see: the whole truth
    /// before `opened`, which `status` keeps, `tls error` after it.
    #[must_use]
    pub fn told(&mut self, why: Error) -> Error {
        if self.is_opened {
            return Error::Failed;
        }
        if self.stored.is_none() {
            self.fault.get_or_insert_with(|| why.clone());
        }
        why
    }

    /// Gives what it may keep.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Gives what ended the conversation, if it did not end as it should; before `opened` exactly.
    #[must_use]
    pub fn end(&self) -> Option<&Error> {
        let is_left = self.state == State::RemoteClosed && !self.is_opened;
        self.fault.as_ref().or(self.stored.as_ref()).or(is_left.then_some(&Error::CloseNotify))
    }

    /// Gives the state.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// Tells whether `opened` was ever accepted.
    #[must_use]
    pub fn is_opened(&self) -> bool {
        self.is_opened
    }

    /// Gives the version in outgoing records, 0 before `fd`.
    #[must_use]
    pub fn version(&self) -> ProtocolVersion {
        self.version
    }

    /// Tells whether `version` was accepted.
    #[must_use]
    pub fn is_version_locked(&self) -> bool {
        self.is_version_locked
    }

    /// Gives the channel's name; `None` before `fd`.
    #[must_use]
    pub fn channel_name(&self) -> Option<&str> {
        (self.state != State::Fresh).then_some(self.channel_name.as_str())
    }
}

/// Reads a version that can stand in a record.
fn record_version(version: i64) -> Option<ProtocolVersion> {
    let version = u16::try_from(version).ok()?;
    (0x300..=0x3ff).contains(&version).then_some(ProtocolVersion(version))
}

#[cfg(test)]
mod tests;
