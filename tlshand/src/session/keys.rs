//! The keys that tickets are sealed under, as values: where they come from and who shares them is the caller's business.
//!
//! One key seals at a time, for [`KEY_SEALS_TIME_MAX`]; after that it opens what it has sealed until the last session of its
//! time has ended, and is then of no use to anybody: whoever steals the keys of today reads nothing of yesterday's.

use std::fmt;

use zeroize::Zeroizing;

use crate::session::{CLOCK_SKEW_MAX, SESSION_TIME_MAX};

/// A key with its name and its time.
#[derive(Clone)]
pub struct TicketKey {
    /// What stands before each ticket, for everybody to see.
    pub name: [u8; KEY_NAME_LEN],
    /// When it was made, in seconds since 1970.
    pub made: u64,
    secret: Zeroizing<[u8; KEY_LEN]>,
}

/// Keys, in no particular order.
#[derive(Clone, Debug, Default)]
pub struct TicketKeys {
    keys: Vec<TicketKey>,
}

/// What a server gives and takes tickets by.
#[derive(Clone, Debug)]
pub struct Tickets {
    /// The keys.
    pub keys: TicketKeys,
    /// The time, in milliseconds since 1970.
    pub now_ms: u64,
}

impl TicketKey {
    /// Names a secret; the caller wipes its own copy.
    #[must_use]
    pub fn new(name: [u8; KEY_NAME_LEN], made: u64, secret: &[u8; KEY_LEN]) -> TicketKey {
        TicketKey { name, made, secret: Zeroizing::new(*secret) }
    }

    /// Its bytes, for who keeps it; they are what makes tickets secret.
    #[must_use]
    pub fn secret(&self) -> &[u8; KEY_LEN] {
        &self.secret
    }

    /// Whether it seals at `now`, in seconds since 1970. One from the future does not: it would never grow old.
    #[must_use]
    pub fn seals(&self, now: u64) -> bool {
        let is_made = self.made <= now.saturating_add(CLOCK_SKEW_MAX);
        is_made && now < self.made.saturating_add(KEY_SEALS_TIME_MAX)
    }

    /// Whether anything that it has sealed is still good at `now`, in seconds since 1970.
    #[must_use]
    pub fn opens(&self, now: u64) -> bool {
        now < self.made.saturating_add(KEY_SEALS_TIME_MAX + SESSION_TIME_MAX)
    }
}

impl TicketKeys {
    /// Takes keys.
    #[must_use]
    pub fn new(keys: Vec<TicketKey>) -> TicketKeys {
        TicketKeys { keys }
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[TicketKey] {
        &self.keys
    }

    /// The newest of those that seal at `now`, in seconds since 1970.
    #[must_use]
    pub fn sealing(&self, now: u64) -> Option<&TicketKey> {
        self.keys.iter().filter(|key| key.seals(now)).max_by_key(|key| key.made)
    }

    /// The one of that name, if it still opens. Names are known to everybody, so the time that looking takes tells nothing.
    pub(super) fn opening(&self, name: &[u8], now: u64) -> Option<&TicketKey> {
        self.keys.iter().find(|key| key.name == name && key.opens(now))
    }
}

impl Tickets {
    /// The time in seconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        self.now_ms / 1000
    }
}

impl fmt::Debug for TicketKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TicketKey(made {}, ..)", self.made)
    }
}

/// Seconds for which a key seals: an hour. Nonces are drawn at random, so a key must not seal more than 2^32 tickets (NIST
/// SP 800-38D §8.3): a million a second would not.
pub const KEY_SEALS_TIME_MAX: u64 = 3600;
/// Bytes of a key's name.
pub const KEY_NAME_LEN: usize = 16;
/// Bytes of a key: of AES-256.
pub const KEY_LEN: usize = 32;
