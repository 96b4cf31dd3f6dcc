//! Flags as typed, of `tlssrv` and of `tlsclient`.
//!
//! No file is opened here and no name is looked up; what the flags mean is for others to find out. The first operand ends
//! the flags: what follows belongs to the command.

mod client;
mod server;

use std::ffi::OsString;
use std::path::PathBuf;

use tlshand::program::factotum::Factotum;
use tlshand::program::flags::{
    Asked, HANDSHAKE_MS, Wrong, export, milliseconds, parser, protocols, text, words,
};
use tlshand::program::peers::client_cert;

use crate::auth::{self, Auth, Protos};
use crate::exit::Fatal;

pub use client::ClientArgs;
pub use server::ServerArgs;
pub use tlshand::program::peers::{ClientCert, Clients, Old};

/// Plan 9 authentication: the flags that both programs have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan9 {
    /// `-a`, or a server's `-A`: that there is any.
    pub is_wanted: bool,
    /// `-k`: which of the keys.
    pub keyspec: String,
    /// `--auth-keys`: the file with the keys.
    pub keys: Option<PathBuf>,
    /// `--factotum`: where the factotum is that has them, and those of certificates.
    pub factotum: Option<String>,
}

impl Plan9 {
    /// Takes the value of the flag called `long` if it is one of these; tells whether it was.
    fn take(&mut self, long: &str, parser: &mut lexopt::Parser) -> Result<bool, Wrong> {
        match long {
            "auth-keys" => self.keys = Some(parser.value()?.into()),
            "factotum" => self.factotum = Some(words(parser, "--factotum")?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Looks for flags that mean nothing together.
    fn check(&self, letters: &str) -> Result<(), Wrong> {
        if (!self.keyspec.is_empty() || self.keys.is_some()) && !self.is_wanted {
            return Err(Wrong(format!("-k and --auth-keys are for {letters}")));
        }
        if self.keys.is_some() && self.factotum.is_some() {
            return Err(Wrong("--auth-keys and --factotum exclude each other".to_owned()));
        }
        Ok(())
    }

    /// Makes who does the authentication, if any is wanted.
    ///
    /// # Errors
    /// The keys cannot be used, or the factotum's place is none.
    pub(crate) fn authenticator(&self, allows_p9sk1: bool) -> Result<Option<Auth>, Fatal> {
        if !self.is_wanted {
            return Ok(None);
        }
        Ok(Some(match (&self.keys, &self.factotum) {
            (Some(file), _) => {
                let protos = if allows_p9sk1 { Protos::All } else { Protos::Safe };
                Auth::Keys(auth::load(file, &self.keyspec, protos)?.into())
            }
            (None, Some(place)) => Auth::Factotum(Factotum::at(place)?, self.keyspec.clone()),
            (None, None) => Auth::Factotum(Factotum::of_user(), self.keyspec.clone()),
        }))
    }
}

/// The next value as bytes in a record (RFC 8449).
fn record_size(parser: &mut lexopt::Parser) -> Result<u16, Wrong> {
    let value = text(parser)?;
    match value.parse() {
        Ok(len) if (64..=16_384).contains(&len) => Ok(len),
        _ => Err(Wrong(format!("--record-size {value:?}: not a number from 64 to 16384"))),
    }
}

/// The operand that was found and everything behind it.
fn rest(first: OsString, parser: &mut lexopt::Parser) -> Result<Vec<OsString>, Wrong> {
    let mut all = vec![first];
    all.extend(parser.raw_args()?);
    Ok(all)
}
