//! The device as a FUSE mount of our own: `devtls -m`, without 9P and without a mount program between.
//!
//! The kernel's requests come as messages over `/dev/fuse`. `kernel` moves them, `request` reads them and
//! `reply` writes the answers; `session` decides what each means, with `open` for the files that are open,
//! `owed` for answers that have to wait, `poll` for whoever waits for several files, and `users` for who
//! asks; `mount` puts the tree on a directory and takes it away, `mountpoint` judges the directory before.
//! What the files do is the device's affair: it is asked by the same calls as from 9P.
//!
//! The talking is our own, on the kernel's types from `polyfuse-kernel`, because of what a TLS device needs
//! and the libraries for FUSE servers do not pass on: an interrupt, so that a blocked reader can be killed
//! (`fuser` answers none); the flags of each read, so that O_NONBLOCK holds when it is set after the open
//! (`fuse3` drops them); wiped buffers for `secret` lines.
//!
//! **Invariants**
//! - Requests are begun in the order in which the kernel gives them; one that has to wait holds up no other.
//! - The kernel keeps nothing that could be stale: names and attributes are asked for each time, and every
//!   look-up of `clone` has an inode of its own, because the kernel lets only one writer at a time into an inode.
//! - An answer is sent exactly once for each request that wants one.

mod kernel;
mod mount;
mod mountpoint;
mod open;
mod owed;
mod poll;
mod reply;
mod request;
mod session;
mod users;

pub use mount::{Mount, Options};
pub use mountpoint::MountError;
