//! A secret that both sides have before they meet, as TLS 1.3 takes it (RFC 8446 §4.2.11).

use std::fmt;

use zeroize::Zeroizing;

use crate::psk::Psk;
use crate::suites::PrfHash;

/// Where such a secret comes from; it makes another binder of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// From somewhere outside TLS.
    External,
    /// From an earlier connection, by a ticket.
    Ticket,
}

/// The secret, and the hash that it goes with.
pub(crate) struct PreSharedKey {
    origin: Origin,
    hash: PrfHash,
    bytes: Zeroizing<Vec<u8>>,
}

impl PreSharedKey {
    /// A secret from outside, whose hash is SHA-256 because nobody says another (RFC 8446 §4.2.11).
    pub(crate) fn external(psk: &Psk) -> PreSharedKey {
        let bytes = Zeroizing::new(psk.secret().to_vec());
        PreSharedKey { origin: Origin::External, hash: PrfHash::Sha256, bytes }
    }

    /// A ticket's, with the hash of the suite that the ticket is from; copies `bytes`, which the caller wipes.
    pub(crate) fn of_ticket(hash: PrfHash, bytes: &[u8]) -> PreSharedKey {
        PreSharedKey { origin: Origin::Ticket, hash, bytes: Zeroizing::new(bytes.to_vec()) }
    }

    /// Where it comes from.
    pub(crate) fn origin(&self) -> Origin {
        self.origin
    }

    /// The hash that the suite must have.
    pub(crate) fn hash(&self) -> PrfHash {
        self.hash
    }

    /// Its bytes, for the key schedule and for a session.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for PreSharedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PreSharedKey({:?}, {:?}, ..)", self.origin, self.hash)
    }
}
