//! Numbers and names of the TLS standards, and a reader and a writer for their vectors.
//!
//! A leaf: it knows how the standards spell things and how they lay out integers and vectors, and nothing else. No
//! message is defined here, no state is kept, and nothing is allocated except by [`codec::Writer`].
//!
//! **Invariants**
//! * Every number is a newtype over what travels on the wire, so an unknown number is a value and not an error.
//! * Names come from tables with one row per number; no two rows share a number (tests hold this).
#![no_std]

extern crate alloc;

pub mod alert;
pub mod codec;
mod content;
mod group;
mod sigscheme;
mod suite;
mod version;

pub use alert::{Alert, AlertLevel};
pub use content::ContentType;
pub use group::Group;
pub use sigscheme::SignatureScheme;
pub use suite::{SUITES, Suite, SuiteName};
pub use version::ProtocolVersion;
