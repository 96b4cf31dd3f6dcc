//! The programs as processes: what they print, when they end, with which code, and what the other side of the connection
//! sees of it.
//!
//! Each is the other's peer here; other people's programs are met in the whole-house tests.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and the helpers of tests are tests too"
)]

mod auth;
mod certificates;
mod client;
mod device;
mod ends;
mod inetd;
mod listen;
mod start;
mod support;
mod thumbprints;
mod tunnel;
