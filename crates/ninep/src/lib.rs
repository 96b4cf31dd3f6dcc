//! 9P2000: messages, a server engine and a client, over anything that reads and writes.
//!
//! 9P is the protocol by which a Plan 9 program serves a tree of files: every request is one T-message, every
//! reply one R-message, matched by a tag; a client names files by fids (intro(5)).
//!
//! The parts, in the order in which to read them: the values ([`Qid`], [`Mode`], [`OpenMode`], [`Stat`],
//! [`Error`]); [`fcall`], the messages and their bytes; [`server`], the engine in front of an [`Fs`]; [`client`];
//! and [`io`], the only part that knows sockets and tokio.
//!
//! It deliberately knows nothing of TLS, nor of what the files served are for.
//!
//! **Dialects.** A [`Dialect`] is a property of a connection, chosen by its Tversion. The server speaks all three,
//! the client `9P2000` alone. The values carry what each dialect needs (an [`Error`] has a text and a number, a user too), so that a
//! dialect is a matter of [`fcall`] and of few lines of the engine, and a file system is written once.

pub mod client;
mod dialect;
pub mod errstr;
pub mod fcall;
mod fid;
pub mod io;
mod limits;
mod mode;
mod qid;
pub mod server;
mod stat;

pub use dialect::Dialect;
pub use errstr::Error;
pub use fid::{Fid, Tag};
pub use limits::Limits;
pub use mode::{Mode, OpenMode};
pub use qid::{Qid, QidType};
pub use server::{Answer, Caller, Claim, Fs, Opened, Statfs, User};
pub use stat::Stat;
