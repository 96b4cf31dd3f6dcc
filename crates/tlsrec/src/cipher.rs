//! One direction's algorithms with their keys.

use crate::{Encalg, Hashalg, protect::Protect};
use alloc::boxed::Box;
use core::fmt;

/// One direction's algorithms and keys, made by [`crate::deal`]; wiped on drop.
///
/// It has no sequence number: that belongs to the direction, [`crate::OneWay`].
pub struct Cipher {
    enc: &'static Encalg,
    hash: &'static Hashalg,
    pub(crate) protect: Box<dyn Protect>,
}

impl Cipher {
    pub(crate) fn new(enc: &'static Encalg, hash: &'static Hashalg, protect: Box<dyn Protect>) -> Self {
        Self { enc, hash, protect }
    }

    /// The encryption algorithm, as it was asked for.
    pub const fn encalg(&self) -> &'static Encalg {
        self.enc
    }

    /// The hash algorithm, as it was asked for; without effect beside an AEAD.
    pub const fn hashalg(&self) -> &'static Hashalg {
        self.hash
    }
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cipher({} {} ..)", self.enc.name, self.hash.name)
    }
}
