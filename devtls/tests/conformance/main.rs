//! The device against its specification, statement by statement.
//!
//! Each statement has a test named by its number (`s` and three digits), which runs twice: on the device
//! in memory, and by 9P over a unix socket. The channel is a pipe or a socket whose far end is the peer:
//! bytes go in and out by hand, in hexadecimal. `checklist` holds the list and counts.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what failed by panicking"
)]

mod before_opened;
mod checklist;
mod ctl;
mod dialects;
mod ends;
mod established;
mod lengths;
mod limits;
mod owners;
mod records;
mod rig;
mod serving;
mod stream;
mod tls13;
mod together;
mod tree;
mod updates;
mod wire;
mod world;
