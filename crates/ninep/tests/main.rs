//! The crate's tests through its public doors: one binary, one module a subject.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may; clippy takes only functions marked as tests for tests"
)]

mod bounds;
mod client;
mod fds;
mod hostile;
mod interop;
mod limits;
mod listen;
mod script;
mod scripts;
mod together;
mod toy;
