//! The server: what a file system must say ([`Fs`]), and the engine in front of it.

mod caller;
mod fs;

pub use caller::Caller;
pub use fs::{Answer, Fs, Opened};
