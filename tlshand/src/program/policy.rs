//! What the programs are told about peers beside the usual: what is old and wanted all the same, whose manners to keep, secrets
//! that both sides have, and, for a server, whose certificates clients may show.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use x509::{Absent, Pins, Roots, Thumbprints};
use zeroize::Zeroizing;

use super::clock::seconds;
use super::exit::Fatal;
use super::peers::{ClientCert, Clients, Old};
use super::secret_file;
use super::terms::Terms;
use crate::allow::{self, Allow, Compat};
use crate::conf::{ClientAuth, ClientConf, ServerConf, Trust, Verify};
use crate::psk::Psk;

/// What [`Old`] and its relatives mean, files read.
pub struct Policy {
    allow: Allow,
    compat: Compat,
    terms: Terms,
    psks: Vec<Psk>,
    clients: Option<(ClientCert, Known)>,
}

/// Whose certificates are good, as of no particular time.
struct Known {
    roots: Option<Arc<Roots>>,
    pins: Option<Arc<Pins>>,
}

impl Policy {
    /// Reads the file of secrets, if there is one.
    ///
    /// # Errors
    /// The file cannot be used.
    pub fn new(old: Old) -> Result<Policy, Fatal> {
        let psks = match &old.psk {
            Some(file) => {
                secrets(file).map_err(|why| Fatal::configuration(format!("{}: {why}", file.display())))?
            }
            None => Vec::new(),
        };
        Ok(Policy { allow: old.allow, compat: old.compat, terms: old.terms, psks, clients: None })
    }

    /// As [`Policy::new`], for a server whose clients may have the certificates of `clients`.
    ///
    /// # Errors
    /// A file cannot be used.
    pub fn of_server(old: Old, client_cert: ClientCert, clients: &Clients) -> Result<Policy, Fatal> {
        let policy = Policy::new(old)?;
        let roots = clients.ca.as_deref().map(Roots::from_file).transpose().map_err(Fatal::configuration)?;
        let pins = policy.pins(clients.trusted.as_deref(), clients.excluded.as_deref())?;
        let clients = match client_cert {
            ClientCert::Never => None,
            asked => Some((asked, Known { roots: roots.map(Arc::new), pins })),
        };
        Ok(Policy { clients, ..policy })
    }

    /// Reads thumbprint files, if there is one of those that are trusted.
    ///
    /// # Errors
    /// A file cannot be used; in the original's words.
    pub fn pins(&self, trusted: Option<&Path>, excluded: Option<&Path>) -> Result<Option<Arc<Pins>>, Fatal> {
        let absent = match self.compat {
            Compat::House => Absent::Error,
            Compat::NineFront => Absent::Empty,
        };
        let read = |file| {
            Thumbprints::read(file, absent)
                .map_err(|error| Fatal::configuration(format!("initThumbprints: {error}")))
        };
        let Some(trusted) = trusted else { return Ok(None) };
        Ok(Some(Arc::new(Pins {
            trusted: read(trusted)?,
            excluded: excluded.map(read).transpose()?.unwrap_or_default(),
            trusts_sha1: self.allow.has(allow::Old::Sha1),
        })))
    }

    /// Whether there are secrets that both sides have.
    #[must_use]
    pub fn has_psk(&self) -> bool {
        !self.psks.is_empty()
    }

    /// Whose manners to keep.
    #[must_use]
    pub fn compat(&self) -> Compat {
        self.compat
    }

    /// Puts it into a server's configuration, as of now.
    pub fn apply_to_server(&self, conf: &mut ServerConf) {
        conf.allow = self.allow.clone();
        conf.compat = self.compat;
        self.terms.apply(&mut conf.versions, &mut conf.groups);
        conf.psks.clone_from(&self.psks);
        conf.client_auth = match &self.clients {
            Some((ClientCert::Request, known)) => ClientAuth::Request(known.trust()),
            Some((ClientCert::Require, known)) => ClientAuth::Require(known.trust()),
            Some((ClientCert::Never, _)) | None => ClientAuth::Never,
        };
    }

    /// Puts it into a client's configuration.
    pub fn apply_to_client(&self, conf: &mut ClientConf) {
        conf.allow = self.allow.clone();
        conf.compat = self.compat;
        self.terms.apply(&mut conf.versions, &mut conf.groups);
        conf.psk = self.psks.first().cloned();
    }
}

impl Known {
    fn trust(&self) -> Trust {
        let verify = match &self.roots {
            Some(roots) => Verify::Roots { roots: Arc::clone(roots), now: seconds(SystemTime::now()) },
            None => Verify::Insecure,
        };
        Trust { verify, pins: self.pins.clone() }
    }
}

/// Reads lines of `NAME:HEXADECIMAL`; blank lines and those that begin with `#` do not count. The file has to be its owner's
/// alone, and its text is wiped.
fn secrets(file: &Path) -> Result<Vec<Psk>, String> {
    let text = secret_file::read(file, "secrets", FILE_LEN_MAX)?;
    let mut psks = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let bad = || format!("line {number} is not NAME:HEXADECIMAL");
        let (name, digits) = line.rsplit_once(':').ok_or_else(bad)?;
        let secret = hexadecimal(digits).filter(|secret| !secret.is_empty()).ok_or_else(bad)?;
        psks.push(Psk::new(name.as_bytes().to_vec(), &secret));
    }
    if psks.is_empty() { Err("no secret here".to_owned()) } else { Ok(psks) }
}

fn hexadecimal(digits: &str) -> Option<Zeroizing<Vec<u8>>> {
    base16ct::mixed::decode_vec(digits).ok().map(Zeroizing::new)
}

/// Bytes of a file of secrets.
const FILE_LEN_MAX: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn read(text: &str, mode: u32) -> Result<Vec<Psk>, String> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("psk");
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        secrets(&file)
    }

    #[test]
    fn lines_are_names_and_secrets() {
        let psks = read("# ours\n\np9secret:a0A1\nb:c:00\n", 0o600).unwrap();
        assert_eq!(psks, [Psk::new(b"p9secret".to_vec(), &[0xa0, 0xa1]), Psk::new(b"b:c".to_vec(), &[0])]);
    }

    #[test]
    fn what_is_no_secret_or_everybodys_is_refused() {
        for text in ["name", "name:", "name:a", "name:0g", "name:00 11"] {
            assert_eq!(read(text, 0o600), Err("line 1 is not NAME:HEXADECIMAL".to_owned()), "{text}");
        }
        assert_eq!(read("# nothing\n", 0o600), Err("no secret here".to_owned()));
        for mode in [0o640, 0o604] {
            assert!(read("a:00", mode).unwrap_err().starts_with("others can read"));
        }
    }
}
