//! Private keys: read from files, kept here, used only to sign.
//!
//! A key never leaves this crate: there is no way to print, copy or export one. What the handshake gets is a
//! [`CertifiedKey`]: a chain, the names it is for, and somebody who signs. It knows no handshake messages and keeps no
//! clock; "now" comes from the caller, in seconds since 1970-01-01 00:00:00 UTC.
//!
//! **Invariants**
//! - The key of a [`CertifiedKey`] belongs to the first certificate of its chain.
//! - Every scheme that [`PrivateKey::schemes`] lists can be signed with, and no other one.
//! - The bytes of a key file are wiped after use; aws-lc wipes its own copy when the key is dropped.

pub mod certified;
pub mod error;
pub mod load;
pub mod private;

pub use certified::CertifiedKey;
pub use error::{Error, KeyFault, Warning};
pub use load::{Loaded, load};
pub use private::PrivateKey;
