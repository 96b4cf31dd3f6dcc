//! Flags as typed, of `tlssrv` and of `tlsclient`.
//!
//! No file is opened here and no name is looked up; what the flags mean is for others to find out. The first operand ends
//! the flags: what follows belongs to the command.

mod client;
mod server;

use std::ffi::OsString;
use std::path::PathBuf;

use tlshand::program::flags::{Asked, HANDSHAKE_MS, Wrong, milliseconds, parser, protocols, text, words};
use tlshand::{Allow, Compat};

pub use client::ClientArgs;
pub use server::{ClientCert, ServerArgs};

/// What is old and wanted all the same, and whose manners to keep: the flags that both programs have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Old {
    /// `--allow`: what is off unless it is named.
    pub allow: Allow,
    /// `--compat`: whose bytes, order, alerts and exit codes.
    pub compat: Compat,
    /// `--psk`: the file with secrets that both sides have.
    pub psk: Option<PathBuf>,
}

impl Old {
    /// Takes the value of the flag called `long` if it is one of these; tells whether it was.
    fn take(&mut self, long: &str, parser: &mut lexopt::Parser) -> Result<bool, Wrong> {
        match long {
            "allow" => {
                let list = words(parser, "--allow")?;
                let more: Allow = list.parse().map_err(|error| Wrong(format!("--allow: {error}")))?;
                self.allow.extend(more);
            }
            "compat" => match words(parser, "--compat")?.as_str() {
                "9front" => self.compat = Compat::NineFront,
                other => return Err(Wrong(format!("--compat {other:?}: only 9front is known"))),
            },
            "psk" => self.psk = Some(parser.value()?.into()),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// The operand that was found and everything behind it.
fn rest(first: OsString, parser: &mut lexopt::Parser) -> Result<Vec<OsString>, Wrong> {
    let mut all = vec![first];
    all.extend(parser.raw_args()?);
    Ok(all)
}
