//! The TLS handshake, a client of three files.
//!
//! It reads and writes `hand` and `ctl` of one connection of a TLS device (tls(3)) and never sees a record: the device
//! takes keys as text and does the rest. It opens no files itself (see [`Files`]) and accepts no
//! sockets; what the program `tlshand` needs besides is in `program`, behind the feature of that name.
//!
//! The flights of TLS 1.2, and where each is:
//!
//! ```text
//! client                                        server
//! client/hello                                  server/hello, choose, sni
//!   ClientHello                ------------->
//!                                               server/tls12/flight
//!                              <-------------     ServerHello Certificate ServerKeyExchange ServerHelloDone
//! client/tls12/cert, kx
//!   ctl: secret                                 server/tls12/kx
//!   ClientKeyExchange          ------------->     ctl: secret
//!   ctl: changecipher                           server/tls12/finish
//!   Finished                   ------------->     ctl: changecipher
//! client/tls12/finish          <-------------     Finished
//!   ctl: opened                                   ctl: opened
//! ```
//!
//! Those of TLS 1.3, where both sides have keys from the second message on:
//!
//! ```text
//! client                                        server
//! client/hello, offer
//!   ClientHello                ------------->   server/hello
//! client/tls13/retry           <-------------     HelloRetryRequest, if no share of the first hello will do
//!   ClientHello                ------------->
//!                                               server/tls13
//! client/tls13/hello           <-------------     ServerHello
//!   ctl: secret, changecipher                     ctl: secret, changecipher
//! client/tls13/encrypted, cert <-------------     EncryptedExtensions CertificateRequest Certificate CertificateVerify
//! client/tls13/finish          <-------------     Finished
//!   Certificate CertificateVerify
//!   Finished                   ------------->
//!   ctl: secret, changecipher, opened             ctl: secret, changecipher, opened
//! ```
//!
//! The states in `server` and `client` take messages and give `effects`; `drive` carries those out. `msg` is
//! bytes to messages and back, `sec` the arithmetic, `suites` the table of suites, `elsewhere` what a factotum's key does.
//!
//! **Invariants**
//! - It depends on no device, and no device on it: they meet in text and bytes.
//! - No input panics; every input has a limit with a name.
//! - No secret is printed, and every one is wiped.

mod agreed;
mod allow;
mod client;
mod conf;
mod drive;
mod effects;
mod elsewhere;
mod error;
mod export;
mod facts;
mod files;
#[cfg(test)]
mod fixture;
mod msg;
mod outcome;
#[cfg(test)]
mod pair;
#[cfg(feature = "program")]
pub mod program;
mod psk;
mod record_len;
mod sec;
mod server;
mod session;
mod suites;
mod trust;
mod wishes;

pub use allow::{Allow, Compat, Old, UnknownWord, WORDS};
pub use client::{ComingTickets, server_name, tls_client};
pub use conf::{ClientAuth, ClientConf, Ocsp, ServerConf, Trust, Verify};
pub use error::Error;
pub use export::{EXPORT_LEN_MAX, Export, Exported};
pub use files::{FileError, Files, Verb};
pub use msg::HandshakeType;
pub use msg::print::lines;
pub use outcome::Outcome;
pub use psk::Psk;
pub use record_len::MaxFragment;
pub use sec::share::GROUPS;
pub use server::tls_server;
pub use session::{
    KEY_LEN, KEY_NAME_LEN, KEY_SEALS_TIME_MAX, Kept, KeptSession, SESSION_TIME_MAX, Sessions, TicketKey,
    TicketKeys, Tickets,
};
pub use suites::{Algs, Auth, CipherSuite, Kx, PrfHash, SUITES, TLS13_SUITES, Tls13Suite};
