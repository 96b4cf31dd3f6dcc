//! The handshake as peers see it: in memory with each other, and against who misbehaves.

mod boundaries;
pub(crate) mod hello;
mod hostile;
mod memory;
mod misuse;
mod oracles;
mod rogue;
