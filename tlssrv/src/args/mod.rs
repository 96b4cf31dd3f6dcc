//! Flags as typed, of `tlssrv` and of `tlsclient`.
//!
//! No file is opened here and no name is looked up; what the flags mean is for others to find out. The first operand ends
//! the flags: what follows belongs to the command.

mod client;
mod server;

use std::ffi::OsString;

use tlshand::program::flags::{Asked, HANDSHAKE_MS, Wrong, milliseconds, parser, protocols, text, words};

pub use client::ClientArgs;
pub use server::ServerArgs;

/// The operand that was found and everything behind it.
fn rest(first: OsString, parser: &mut lexopt::Parser) -> Result<Vec<OsString>, Wrong> {
    let mut all = vec![first];
    all.extend(parser.raw_args()?);
    Ok(all)
}
