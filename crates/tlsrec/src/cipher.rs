//! One direction's algorithms with their keys.

use crate::{Encalg, Hashalg, SecretError, protect::Protect, traffic::TrafficSecret};
use alloc::boxed::Box;
use core::fmt;

/// One direction's algorithms and keys, made by [`crate::deal`]; wiped on drop.
///
/// It has no sequence number: that belongs to the direction, [`crate::OneWay`].
pub struct Cipher {
    enc: &'static Encalg,
    hash: &'static Hashalg,
    pub(crate) protect: Box<dyn Protect>,
    /// Where the keys come from in TLS 1.3, and the next ones.
    traffic: Option<TrafficSecret>,
}

impl Cipher {
    pub(crate) fn new(enc: &'static Encalg, hash: &'static Hashalg, protect: Box<dyn Protect>) -> Self {
        Self { enc, hash, protect, traffic: None }
    }

    pub(crate) fn hidden(
        enc: &'static Encalg,
        hash: &'static Hashalg,
        protect: Box<dyn Protect>,
        traffic: TrafficSecret,
    ) -> Self {
        Self { enc, hash, protect, traffic: Some(traffic) }
    }

    /// The cipher of the traffic secret that follows this one's (RFC 8446 §7.2); `None` before TLS 1.3.
    pub(crate) fn next(&self) -> Option<Result<Self, SecretError>> {
        let next = self.traffic.as_ref()?.next(self.hash);
        Some(next.and_then(|traffic| traffic.cipher(self.hash, self.enc)))
    }

    /// Whether content types are encrypted with the content, as in TLS 1.3.
    pub const fn hides_types(&self) -> bool {
        self.traffic.is_some()
    }

    /// The encryption algorithm, as it was asked for.
    pub const fn encalg(&self) -> &'static Encalg {
        self.enc
    }

    /// The hash algorithm, as it was asked for; without effect beside an AEAD before TLS 1.3.
    pub const fn hashalg(&self) -> &'static Hashalg {
        self.hash
    }
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cipher({} {} ..)", self.enc.name, self.hash.name)
    }
}
