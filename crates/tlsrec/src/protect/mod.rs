//! How a record is protected: the one trait that every algorithm of the table stands behind.
//!
//! Sequence numbers, headers and the limits of lengths are not here but in [`crate::OneWay`].

use crate::{MacOrder, OpenError, SealError, aad::Place, append::append, mac::Mac};
use alloc::{boxed::Box, vec::Vec};
use core::ops::Range;
use rand_core::CryptoRng;
use tlswire::ProtocolVersion;

pub(crate) mod aead;
#[cfg(feature = "aws-lc")]
mod awslc;
pub(crate) mod cbc;
mod ccpoly64;
pub(crate) mod hidden;
mod padding;
mod rustcrypto;
pub(crate) mod stream;

/// The protection of one direction: a key with whatever runs on from record to record.
pub(crate) trait Protect: Send + Sync {
    /// Appends the body of one record to `out`. The payload is of lawful length.
    fn seal(
        &mut self,
        place: Place,
        payload: &[u8],
        out: &mut Vec<u8>,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), SealError>;

    /// Opens one body in place and tells where the plaintext lies.
    fn open(&mut self, place: Place, body: &mut [u8]) -> Result<Range<usize>, OpenError>;

    /// Whether the next record's IV is known to whoever saw the last one.
    fn has_foreseeable_iv(&self) -> bool {
        false
    }
}

/// What a maker gets: one direction's share of a secret.
pub(crate) struct Parts<'a> {
    pub(crate) version: ProtocolVersion,
    pub(crate) key: &'a [u8],
    pub(crate) iv: &'a [u8],
    pub(crate) mac: Mac,
    pub(crate) order: MacOrder,
    pub(crate) backend: Backend,
}

/// Makes a protection; `None` when the lengths are not those of the algorithm, which the table rules out.
pub(crate) type Make = fn(Parts<'_>, &mut dyn CryptoRng) -> Option<Box<dyn Protect>>;

/// Makes the protection of TLS 1.3 from a key and an IV; `None` as for [`Make`].
pub(crate) type MakeHidden = fn(Backend, &[u8], &[u8; 12]) -> Option<Box<dyn Protect>>;

/// Whose AEADs are used.
#[derive(Clone, Copy)]
pub(crate) enum Backend {
    RustCrypto,
    #[cfg(feature = "aws-lc")]
    AwsLc,
}

impl Backend {
    #[cfg(feature = "aws-lc")]
    pub(crate) const FASTEST: Self = Self::AwsLc;
    #[cfg(not(feature = "aws-lc"))]
    pub(crate) const FASTEST: Self = Self::RustCrypto;
}

/// Appends `payload` and gives back the place where it now lies, from its first byte to the end of `out`.
fn appended<'a>(out: &'a mut Vec<u8>, payload: &[u8]) -> &'a mut [u8] {
    let start = out.len();
    append(out, payload);
    out.get_mut(start..).unwrap_or_default()
}

fn boxed(protect: impl Protect + 'static) -> Option<Box<dyn Protect>> {
    Some(Box::new(protect))
}
