//! Chains and keys from files: one PEM file with both, `NAME.crt` or `NAME.pem` with `NAME.key` beside it, or a directory
//! of such.
//!
//! A directory may also be one of certbot's, with `fullchain.pem` and `privkey.pem`. What cannot be used is an error, so
//! that nobody serves less than was put there; what clients will probably refuse is a warning.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use x509::pem::{self, Section};
use x509::{Certificate, CertificateDer};

use crate::certified::CertifiedKey;
use crate::error::{Error, KeyFault, Warning};
use crate::key::Key;
use crate::private::PrivateKey;
use crate::remote::RemoteKey;

/// What a path held.
#[derive(Debug)]
pub struct Loaded {
    /// At least one; the first is the default.
    pub keys: Vec<CertifiedKey>,
    /// What the owner should hear.
    pub warnings: Vec<Warning>,
}

/// What becomes of a certificate whose private key is in no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyless {
    /// It is an error.
    Refused,
    /// A factotum has the key, if it is one of RSA.
    Elsewhere,
}

/// Loads a file or a directory. In a directory every `.crt` and `.pem` file with a certificate counts, `default.crt` or
/// `default.pem` first, then by name in byte order; a certificate that comes twice is taken once. `now` is in seconds
/// since 1970 and serves only for warnings.
///
/// # Errors
/// Every [`Error`] but [`Error::CannotSign`] and [`Error::EmptyChain`]; the first bad file ends it.
pub fn load(path: &Path, now: u64, keyless: Keyless) -> Result<Loaded, Error> {
    let mut loaded = Loaded { keys: Vec::new(), warnings: Vec::new() };
    if !path.is_dir() {
        let sections = pem::read(path).map_err(Error::File)?;
        if pem::certificates(&sections).is_empty() {
            return Err(Error::File(x509::Error::NoCertificate { file: path.to_owned() }));
        }
        loaded.file(path, &sections, now, keyless)?;
        return Ok(loaded);
    }
    for file in candidates(path)? {
        let sections = pem::read(&file).map_err(Error::File)?;
        // A .pem file may also hold a key for a .crt file, or parameters.
        if !pem::certificates(&sections).is_empty() {
            loaded.file(&file, &sections, now, keyless)?;
        }
    }
    if loaded.keys.is_empty() {
        return Err(Error::NoCertificate { dir: path.to_owned() });
    }
    Ok(loaded)
}

impl Loaded {
    /// Adds what `file` and the key beside it hold.
    fn file(&mut self, file: &Path, sections: &[Section], now: u64, keyless: Keyless) -> Result<(), Error> {
        let chain = pem::certificates(sections);
        let misfit = misfit(file, &chain)?;
        let (key, key_file) = match (key_for(file, sections), keyless) {
            (Ok((key, key_file)), _) => (Key::Here(key), Some(key_file)),
            (Err(none @ Error::NoKey { .. }), Keyless::Elsewhere) => (elsewhere(file, &chain, none)?, None),
            (Err(error), _) => return Err(error),
        };
        let certified = CertifiedKey::of_files(chain, key, Some(file), key_file.as_deref())?;
        if self.keys.iter().any(|known| known.certificate().der() == certified.certificate().der()) {
            return Ok(());
        }
        self.warn(file, key_file.as_deref(), certified.certificate(), now);
        if let Some(place) = misfit {
            self.warnings.push(Warning::ChainOrder { file: file.to_owned(), place: place + 1 });
        }
        self.keys.push(certified);
        Ok(())
    }

    fn warn(&mut self, file: &Path, key_file: Option<&Path>, leaf: &Certificate, now: u64) {
        let validity = leaf.validity();
        let file = file.to_owned();
        if validity.is_over(now) {
            self.warnings.push(Warning::Expired { file: file.clone(), not_after: validity.not_after });
        }
        if validity.is_ahead(now) {
            self.warnings.push(Warning::NotYetValid { file: file.clone(), not_before: validity.not_before });
        }
        if leaf.dns_names().is_empty() && leaf.ip_addresses().is_empty() {
            self.warnings.push(Warning::NoNames { file: file.clone() });
        }
        let Some(key_file) = key_file else {
            return self.warnings.push(Warning::KeyElsewhere { file });
        };
        let mode = fs::metadata(key_file).map_or(0, |meta| meta.permissions().mode());
        if mode & OTHERS_MAY_READ != 0 {
            self.warnings.push(Warning::OpenKey { file: key_file.to_owned() });
        }
    }
}

/// The index of the first certificate that did not issue its predecessor.
fn misfit(file: &Path, chain: &[CertificateDer<'_>]) -> Result<Option<usize>, Error> {
    let malformed = |source| Error::Certificate { file: Some(file.to_owned()), source };
    x509::cert::chain(chain).map(|(_, misfit)| misfit).map_err(malformed)
}

/// The key that a factotum has to have: of RSA, otherwise `none` is the error.
fn elsewhere(file: &Path, chain: &[CertificateDer<'_>], none: Error) -> Result<Key, Error> {
    let Some(first) = chain.first() else { return Err(Error::EmptyChain) };
    let malformed = |source| Error::Certificate { file: Some(file.to_owned()), source };
    let leaf = Certificate::from_der(first).map_err(malformed)?;
    match RemoteKey::new(leaf.public_key()) {
        Ok(key) => Ok(Key::Elsewhere(key)),
        Err(KeyFault::Unsupported) => Err(none),
        Err(fault) => Err(Error::BadKey { file: file.to_owned(), fault }),
    }
}

/// The key among the certificate's own sections, or in the file beside it; and where it was.
fn key_for(file: &Path, sections: &[Section]) -> Result<(PrivateKey, PathBuf), Error> {
    if let Some(key) = only_key(file, sections)? {
        return Ok((key, file.to_owned()));
    }
    let mut tried = vec![file.to_owned()];
    for beside in key_files(file) {
        match pem::read(&beside) {
            Ok(sections) => {
                if let Some(key) = only_key(&beside, &sections)? {
                    return Ok((key, beside));
                }
            }
            Err(x509::Error::Unreadable { source, .. }) if source.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(Error::File(error)),
        }
        tried.push(beside);
    }
    Err(Error::NoKey { file: file.to_owned(), tried })
}

fn only_key(file: &Path, sections: &[Section]) -> Result<Option<PrivateKey>, Error> {
    let mut keys = sections.iter().filter(|section| section.label.is_key());
    let Some(section) = keys.next() else { return Ok(None) };
    if keys.next().is_some() {
        return Err(Error::SeveralKeys { file: file.to_owned() });
    }
    let bad = |fault| Error::BadKey { file: file.to_owned(), fault };
    PrivateKey::from_section(section).map(Some).map_err(bad)
}

/// Where the key for a certificate may be, beside it.
fn key_files(file: &Path) -> Vec<PathBuf> {
    let mut files = vec![file.with_extension("key")];
    if file.file_name().is_some_and(|name| name == CERTBOT_CHAIN) {
        files.push(file.with_file_name(CERTBOT_KEY));
    }
    files.retain(|beside| beside != file);
    files
}

/// The files of a directory that may hold a certificate for a server, the default first.
fn candidates(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let unreadable = |source| Error::File(x509::Error::Unreadable { file: dir.to_owned(), source });
    let chain = dir.join(CERTBOT_CHAIN);
    if chain.is_file() && dir.join(CERTBOT_KEY).is_file() {
        return Ok(vec![chain]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        let counts = file.extension().is_some_and(|extension| extension == "crt" || extension == "pem");
        if counts && file.is_file() {
            files.push(file);
        }
    }
    files.sort_by_key(|file| (file.file_stem().is_none_or(|stem| stem != "default"), file.clone()));
    Ok(files)
}

/// Certbot's names in `live/NAME/`; its `cert.pem` and `chain.pem` are parts of the first one.
const CERTBOT_CHAIN: &str = "fullchain.pem";
/// Certbot's name for the key.
const CERTBOT_KEY: &str = "privkey.pem";
/// The permission bit; a group may well be meant to read a key.
const OTHERS_MAY_READ: u32 = 0o004;

#[cfg(test)]
mod tests;
