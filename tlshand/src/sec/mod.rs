//! The arithmetic of the handshake: hashes of messages, keys from secrets, signatures and their verification.
//!
//! No messages, no states, no files. Randomness is an argument ([`random::Random`]); the same input gives the same output,
//! but for signatures, whose randomness is the library's own.
//!
//! **Invariants**
//! - Every secret is in a type that wipes itself when dropped, prints `..`, and cannot be cloned.
//! - Whatever is compared with a secret is compared in constant time.

pub(crate) mod dh;
pub(crate) mod downgrade;
pub(crate) mod export;
pub(crate) mod finished;
pub(crate) mod keyblock;
pub(crate) mod keylog;
pub(crate) mod kx;
mod line;
pub(crate) mod master;
pub(crate) mod prf;
pub(crate) mod random;
pub(crate) mod share;
pub(crate) mod sign;
pub(crate) mod tls13;
pub(crate) mod transcript;
pub(crate) mod verify;

#[cfg(test)]
mod kat;

/// What a MAC of a block cipher's record is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MacOrder {
    /// The plaintext (RFC 5246 §6.2.3.2).
    MacThenEncrypt,
    /// The ciphertext (RFC 7366).
    EncryptThenMac,
}

/// Which end of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The one that sent the ClientHello.
    Client,
    /// The other one.
    Server,
}
