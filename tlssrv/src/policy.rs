//! What both programs are told about peers beside the usual: what is old and wanted all the same, whose manners to keep, secrets
//! that both sides have, and, for a server, whose certificates clients may show.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use tlshand::{Allow, ClientAuth, ClientConf, Compat, Psk, ServerConf, Trust};
use x509::Roots;
use zeroize::Zeroizing;

use crate::args::{ClientCert, Old};
use crate::certs::seconds;
use crate::conn::Failure;
use crate::exit::{Exit, Fatal};
use crate::secret_file::{SecretFile, Unfit};

/// What [`Old`] and its relatives mean, files read.
pub struct Policy {
    allow: Allow,
    compat: Compat,
    psks: Vec<Psk>,
    clients: Option<(ClientCert, Arc<Roots>)>,
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
        Ok(Policy { allow: old.allow, compat: old.compat, psks, clients: None })
    }

    /// As [`Policy::new`], for a server whose clients may have certificates of `client_ca`.
    ///
    /// # Errors
    /// A file cannot be used.
    pub fn of_server(old: Old, client_cert: ClientCert, client_ca: Option<&Path>) -> Result<Policy, Fatal> {
        let roots = client_ca.map(Roots::from_file).transpose().map_err(Fatal::configuration)?;
        let clients = roots.map(|roots| (client_cert, Arc::new(roots)));
        Ok(Policy { clients, ..Policy::new(old)? })
    }

    /// Whether there are secrets that both sides have.
    #[must_use]
    pub fn has_psk(&self) -> bool {
        !self.psks.is_empty()
    }

    /// Whose manners a device in this process has.
    #[must_use]
    pub fn records(&self) -> devtls::Compat {
        match self.compat {
            Compat::House => devtls::Compat::Standards,
            Compat::NineFront => devtls::Compat::NineFront,
        }
    }

    /// Puts it into a server's configuration, as of now.
    pub fn apply_to_server(&self, conf: &mut ServerConf) {
        conf.allow = self.allow.clone();
        conf.compat = self.compat;
        conf.psks.clone_from(&self.psks);
        let trust = |roots: &Arc<Roots>| Trust { roots: Arc::clone(roots), now: seconds(SystemTime::now()) };
        conf.client_auth = match &self.clients {
            Some((ClientCert::Request, roots)) => ClientAuth::Request(trust(roots)),
            Some((ClientCert::Require, roots)) => ClientAuth::Require(trust(roots)),
            Some((ClientCert::Never, _)) | None => ClientAuth::Never,
        };
    }

    /// Puts it into a client's configuration.
    pub fn apply_to_client(&self, conf: &mut ClientConf) {
        conf.allow = self.allow.clone();
        conf.compat = self.compat;
        conf.psk = self.psks.first().cloned();
    }

    /// The exit code for a connection that failed: the original's is that of success.
    #[must_use]
    pub fn exit(&self, failure: &Failure) -> Exit {
        match (self.compat, failure.exit()) {
            (Compat::NineFront, Exit::Tls) => Exit::Done,
            (_, exit) => exit,
        }
    }
}

/// Reads lines of `NAME:HEXADECIMAL`; blank lines and those that begin with `#` do not count. The file has to be its owner's
/// alone, and its text is wiped.
fn secrets(file: &Path) -> Result<Vec<Psk>, String> {
    let SecretFile { text, .. } = SecretFile::read(file, FILE_LEN_MAX).map_err(|unfit| match unfit {
        Unfit::Unreadable(why) => why,
        Unfit::Shared => "others can read these secrets: chmod go= the file".to_owned(),
        Unfit::TooLong => "too long for a file of secrets".to_owned(),
    })?;
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
    let (pairs, odd) = digits.as_bytes().as_chunks::<2>();
    let mut bytes = Zeroizing::new(Vec::with_capacity(pairs.len()));
    for pair in pairs {
        let [high, low] = pair.map(|digit| char::from(digit).to_digit(16));
        bytes.push(u8::try_from(high? * 16 + low?).ok()?);
    }
    odd.is_empty().then_some(bytes)
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
