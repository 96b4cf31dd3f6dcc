//! What the programs `tlssrv`, `tlsclient` and the tunnels are made of: flags, a device, reports, a command behind a connection, bytes
//! both ways.
//!
//! The programs themselves are a `main` each in `src/bin`. No protocol is decided here: the handshake is tlshand's, the
//! records are the device's, and every step between them goes through the device's files ([`conn`]).
//!
//! **Invariants**
//! - Standard output carries data and nothing else; [`report`] is the only printer.
//! - A failure of one connection ends that connection.
//! - Every descriptor that this crate makes is close-on-exec: a command has 0, 1 and 2.

pub mod args;
pub mod auth;
pub mod behind;
pub mod carrier;
pub mod certs;
pub mod client;
pub mod command;
pub mod conn;
pub mod device;
pub mod endpoint;
pub mod environ;
pub mod goodbye;
pub mod inherited;
pub mod listen;
pub mod place;
pub mod relay;
pub mod report;
pub mod serve;
pub mod server;
pub mod sessions;
pub mod tunnel;
pub mod user;

pub use tlshand::program::exit;
