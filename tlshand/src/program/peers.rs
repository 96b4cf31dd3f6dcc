//! Flags about peers that all the programs have: what is old and wanted all the same, and whose certificates clients may show.

use std::path::PathBuf;

use super::flags::{Wrong, text, words};
use super::terms::Terms;
use crate::allow::{Allow, Compat};

/// What is old and wanted all the same, and whose manners to keep: the flags that all the programs have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Old {
    /// `--allow`: what is off unless it is named.
    pub allow: Allow,
    /// `--compat`: whose bytes, order, alerts and exit codes.
    pub compat: Compat,
    /// `--min-version`, `--max-version`, `--groups`: which of what is on.
    pub terms: Terms,
    /// `--psk`: the file with secrets that both sides have.
    pub psk: Option<PathBuf>,
    /// `--allow p9sk1`: Plan 9's older authentication too.
    pub allows_p9sk1: bool,
}

impl Old {
    /// Takes the value of the flag called `long` if it is one of these; tells whether it was.
    ///
    /// # Errors
    /// It lacks a good value.
    pub fn take(&mut self, long: &str, parser: &mut lexopt::Parser) -> Result<bool, Wrong> {
        match long {
            "allow" => {
                let list = words(parser, "--allow")?;
                let (ours, rest): (Vec<_>, Vec<_>) = list.split(',').partition(|word| *word == "p9sk1");
                self.allows_p9sk1 |= !ours.is_empty();
                if !rest.is_empty() {
                    let more = rest.join(",").parse();
                    let more: Allow = more.map_err(|error| Wrong(format!("--allow: {error}")))?;
                    self.allow.extend(more);
                }
            }
            "compat" => match words(parser, "--compat")?.as_str() {
                "9front" => self.compat = Compat::NineFront,
                other => return Err(Wrong(format!("--compat {other:?}: only 9front is known"))),
            },
            "psk" => self.psk = Some(parser.value()?.into()),
            long => return self.terms.take(long, parser),
        }
        Ok(true)
    }
}

/// Whether clients show certificates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientCert {
    /// They are not asked.
    #[default]
    Never,
    /// They are asked.
    Request,
    /// They must.
    Require,
}

/// Files that say which certificates clients may show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clients {
    /// Those that lead to one of this file.
    pub ca: Option<PathBuf>,
    /// Those in this thumbprint file; with `ca` both.
    pub trusted: Option<PathBuf>,
    /// None of those in this one.
    pub excluded: Option<PathBuf>,
}

impl Clients {
    /// Looks for flags that mean nothing together.
    ///
    /// # Errors
    /// Which.
    pub fn check(&self, asked: ClientCert) -> Result<(), Wrong> {
        if (asked == ClientCert::Never) == self.are_some() {
            return Err(Wrong("--client-cert goes together with --client-ca or --client-thumb".to_owned()));
        }
        if self.excluded.is_some() && self.trusted.is_none() {
            return Err(Wrong("--client-exclude without --client-thumb is useless".to_owned()));
        }
        Ok(())
    }

    /// Whether there is anybody who may come.
    #[must_use]
    pub fn are_some(&self) -> bool {
        self.ca.is_some() || self.trusted.is_some()
    }
}

/// The next value as what to do about clients' certificates.
///
/// # Errors
/// There is no next word, or it is neither of these.
pub fn client_cert(parser: &mut lexopt::Parser) -> Result<ClientCert, Wrong> {
    match text(parser)?.as_str() {
        "request" => Ok(ClientCert::Request),
        "require" => Ok(ClientCert::Require),
        other => Err(Wrong(format!("--client-cert {other:?}: neither request nor require"))),
    }
}
