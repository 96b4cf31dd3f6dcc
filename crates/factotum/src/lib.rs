//! Private keys: read from files and kept here, or asked of a factotum; used to sign and, where somebody allows it, for the
//! static RSA key exchange; and what Plan 9 proves users with.
//!
//! A key never leaves this crate: there is no way to print, copy or export one. What the handshake gets is a
//! [`CertifiedKey`]: a chain, the names it is for, and somebody who signs, a key that is here or the road to a factotum's. What [`p9any`] gives is who a user is and a
//! secret that both sides share. It knows no handshake messages and keeps no clock; "now" comes from the caller, in seconds
//! since 1970-01-01 00:00:00 UTC.
//!
//! **Invariants**
//! - The key of a [`CertifiedKey`] belongs to the first certificate of its chain.
//! - Every scheme that [`PrivateKey::schemes`] or [`PrivateKey::old_schemes`] lists can be signed with, and no other one.
//! - The bytes of a key file are wiped after use, those of an RSA key when it is dropped; aws-lc wipes its own copy then.

pub mod authsrv;
pub mod certified;
mod emsa;
pub mod error;
pub mod key;
pub mod keyspec;
pub mod load;
mod old;
pub mod p9any;
pub mod private;
pub mod remote;
pub mod rpc;
mod rsabytes;

pub use certified::CertifiedKey;
pub use error::{Error, KeyFault, Warning};
pub use key::Key;
pub use load::{Keyless, Loaded, load, load_unchecked};
pub use old::PREMASTER_LEN;
pub use private::PrivateKey;
pub use remote::RemoteKey;
