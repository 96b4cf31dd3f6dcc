//! The device against its specification, statement by statement.
//!
//! Each test is named by the number of the statement that it shows (`s` and three digits). The channel
//! is a pipe in memory whose far end is the peer: bytes go in and out by hand, in hexadecimal.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what failed by panicking"
)]

mod before_opened;
mod ctl;
mod dialects;
mod established;
mod limits;
mod rig;
mod tree;
mod wire;
