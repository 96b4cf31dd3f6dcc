//! The exchange of dp9ik: two parties that know a password agree on a key, and whoever listens or guesses learns nothing
//! (authsrv(6), "AuthPAK").
//!
//! The host that serves and the client are both *clients* of the authentication server here; each of them agrees on a key
//! with it.

use aws_lc_rs::digest::{self, SHA256};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use zeroize::{Zeroize, Zeroizing};

use super::field;
use super::point::Point;

/// What a user's name and password come to: two points that nobody else knows.
pub struct PakHash {
    /// Hides what a client of the authentication server sends.
    pm: Point,
    /// Hides what the authentication server sends.
    pn: Point,
}

/// One side of an exchange under way.
pub struct Exchange {
    secret: Zeroizing<[u8; LEN]>,
    /// What the other side's message is hidden by.
    other: Point,
    side: Side,
    y: [u8; LEN],
}

/// Which side of an exchange somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// A client of the authentication server: the host that serves, or its client.
    Client,
    /// The authentication server, or who does its work.
    AuthServer,
}

impl PakHash {
    /// Computes the points of the user `user` whose password gave the key `key`.
    #[must_use]
    pub fn new(user: &str, key: &[u8; 16]) -> PakHash {
        let salt = digest::digest(&SHA256, user.as_bytes());
        let mut hash = Zeroizing::new([0; 2 * LEN]);
        hkdf(salt.as_ref(), key, b"Plan 9 AuthPAK hash", hash.as_mut_slice());
        let half = |at: usize| {
            let mut bytes = Zeroizing::new([0; LEN]);
            for (byte, hashed) in bytes.iter_mut().zip(hash.iter().skip(at)) {
                *byte = *hashed;
            }
            Point::from_hash(&bytes)
        };
        PakHash { pm: half(0), pn: half(LEN) }
    }

    #[cfg(test)]
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        [self.pm.to_bytes(), self.pn.to_bytes()].concat()
    }
}

impl Exchange {
    /// Begins an exchange with the secret number `random` (56 random bytes).
    #[must_use]
    pub fn new(hash: &PakHash, side: Side, random: &[u8; LEN]) -> Exchange {
        let (own, other) = match side {
            Side::Client => (hash.pm, hash.pn),
            Side::AuthServer => (hash.pn, hash.pm),
        };
        let secret = Zeroizing::new(*random);
        let y = Point::BASE.times(&secret).plus(&own).encode();
        Exchange { secret, other, side, y }
    }

    /// What the other side must get.
    #[must_use]
    pub fn y(&self) -> &[u8; LEN] {
        &self.y
    }

    /// Takes what the other side sent, and gives the key; nothing if what it sent is not possible.
    #[must_use]
    pub fn finish(self, other_y: &[u8; LEN]) -> Option<Zeroizing<[u8; KEY_LEN]>> {
        let shared = Point::decode(other_y)?.minus(&self.other).times(&self.secret);
        let z = Zeroizing::new(shared.encode());
        if z.iter().all(|byte| *byte == 0) {
            // The neutral element: the other side has chosen the key.
            return None;
        }
        let mut both = digest::Context::new(&SHA256);
        let (client_y, auth_server_y) = match self.side {
            Side::Client => (&self.y, other_y),
            Side::AuthServer => (other_y, &self.y),
        };
        both.update(client_y);
        both.update(auth_server_y);
        let mut key = Zeroizing::new([0; KEY_LEN]);
        hkdf(both.finish().as_ref(), z.as_slice(), b"Plan 9 AuthPAK key", key.as_mut_slice());
        Some(key)
    }
}

impl Drop for PakHash {
    fn drop(&mut self) {
        self.pm.zeroize();
        self.pn.zeroize();
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.other.zeroize();
    }
}

/// Fills `out`, of at most 8160 bytes, with HKDF-SHA256 (RFC 5869).
pub(crate) fn hkdf(salt: &[u8], key: &[u8], info: &[u8], out: &mut [u8]) {
    struct Len(usize);
    impl KeyType for Len {
        fn len(&self) -> usize {
            self.0
        }
    }
    let prk = Salt::new(HKDF_SHA256, salt).extract(key);
    let filled = prk.expand(&[info], Len(out.len())).and_then(|okm| okm.fill(out));
    if filled.is_err() {
        // RFC 5869 §2.3 forbids only longer ones. What is not filled must not be taken for a key.
        out.zeroize();
    }
}

/// Bytes of a message of the exchange, and of the secret number behind it.
pub const LEN: usize = field::LEN;

/// Bytes of the key that both sides come to.
pub const KEY_LEN: usize = 32;
