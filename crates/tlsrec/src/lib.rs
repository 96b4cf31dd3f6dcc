//! The TLS record layer without I/O: records opened and sealed in memory.
//!
//! The way of a byte: [`Header`] reads what is in front of a record, [`OneWay::open`] takes the record's protection off in
//! place; [`OneWay::fragment`] cuts what is to be sent, [`OneWay::seal`] appends each piece as a record. [`deal`] turns the
//! bytes of the device's `secret` command (tls(3)) into one [`Cipher`] for each direction, from the algorithms of
//! [`ENCALGS`] and [`HASHALGS`].
//!
//! It reads no clock and no socket, draws no randomness but from its argument, and knows nothing of what records mean.
//! A stream is not cut into records here: a wrong version has to be told before a wrong length, and only who knows the
//! conversation can judge the version. Which versions and algorithms are wise is decided elsewhere; all that the device
//! ever had are here.
//!
//! **Invariants**
//! * A sequence number is used once under one key: it grows with every record while a cipher is in use, failed ones
//!   included, starts at zero with a new cipher or the next key of one, and never wraps.
//! * Failures of padding, MAC and tag look the same and take the same time, whatever the decrypted bytes are.
//! * Keys are wiped when the [`Cipher`] that holds them goes; nothing that holds one can be printed.
//! * Nothing of a record that failed is given out: the caller gets an error and no range.
#![no_std]

extern crate alloc;

mod aad;
mod append;
mod cipher;
mod encalg;
mod error;
mod fragment;
mod hashalg;
#[cfg(test)]
mod kat;
mod mac;
mod oneway;
mod protect;
mod record;
mod secret;
mod tailmac;
mod traffic;

pub use cipher::Cipher;
pub use encalg::{ENCALGS, Encalg};
pub use error::{OpenError, SealError, SecretError};
pub use fragment::Fragments;
pub use hashalg::{HASHALGS, Hashalg};
pub use oneway::{NoNextKey, NothingStaged, OneWay, Opened};
pub use record::{BODY_LEN_MAX, BadLen, EXPANSION_MAX, HEADER_LEN, Header, RECORD_LEN_MAX};
pub use secret::{Side, deal, deal_encrypt_then_mac, deal_portable, secret_len};

use secret::MacOrder;
