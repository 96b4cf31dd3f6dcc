//! What the programs around a handshake share: flags, exit codes, lines for people, the files of a device elsewhere.
//!
//! It is a shell: the handshake itself needs none of it.

pub mod clock;
pub mod device;
pub mod exit;
pub mod factotum;
pub mod flags;
pub mod keylog;
pub mod mounted;
pub mod peers;
pub mod policy;
pub mod say;
pub mod secret_file;
pub mod terms;
pub mod ticket_keys;
