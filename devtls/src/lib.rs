//! Plan 9's TLS device, `#a`, as a file server: the record layer of TLS, shown as files.
//!
//! A client opens `clone` and has a conversation; it names a channel by writing `fd` to `ctl`, does the
//! handshake through `hand`, hands over keys by `secret`, and reads and writes `data`. The manual page
//! tls(3) beside this crate says all of it.
//!
//! The device knows no certificate, no suite and no handshake message. It never depends on the
//! handshake, nor the handshake on it: they meet in the files.
//!
//! Where to read: [`tree`] (what files there are), [`Device`] (what they do, as the 9P engine asks),
//! [`ctl`] (commands), [`conv`] (a conversation, without I/O), `serve` (a conversation with its
//! channel), `table` (conversations come and go). [`Embedded`] is the device inside a program.
//!
//! What the device does is written down as a list of statements, each with a test of its number that
//! runs in memory and over a unix socket. This counts them, and fails where one has neither test nor
//! reason:
//!
//! ```text
//! cargo test -p devtls --test conformance checklist -- --nocapture
//! ```

pub mod conv;
pub mod ctl;
mod device;
mod embed;
pub mod errstr;
pub mod file;
#[cfg(feature = "fuse")]
pub mod fuse;
mod limits;
mod owner;
mod serve;
mod spares;
mod table;
pub mod tree;

pub use conv::Compat;
pub use ctl::Descriptors;
pub use device::{Device, File, Node};
pub use embed::{Embedded, File as EmbeddedFile};
pub use limits::Limits;
pub use owner::Owner;
pub use serve::{Stream, Writer};
pub use table::Census;
