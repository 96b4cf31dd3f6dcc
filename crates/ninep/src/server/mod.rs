//! The server: what a file system must say ([`Fs`]), and the engine in front of it ([`Session`]).
//!
//! The engine has no I/O: it is given messages and gives back bytes, in order, in an [`Outbox`](crate::fcall::Outbox). What
//! has to wait is a future that it keeps, and [`Session::poll`] goes on with those that woke.

mod caller;
mod dir;
mod fid;
mod fs;
mod gate;
mod linux;
mod owed;
mod session;
mod tag;
mod transfer;
mod walk;

pub use caller::{Caller, Claim, User};
pub use fs::{Answer, Fs, Opened, Statfs};
pub use session::Session;
