//! Chains and keys from files: one PEM file with both, `NAME.crt` or `NAME.pem` with `NAME.key` beside it, or a directory
//! of such.
//!
//! Beside them may be `NAME.chain` with certificates that the chain lacks, and `NAME.ocsp` with what the issuer says of the
//! certificate. A directory may also be one of certbot's, with `fullchain.pem` and `privkey.pem`. What cannot be used is an error, so
//! that nobody serves less than was put there; what clients will probably refuse is a warning.

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use x509::ocsp::RESPONSE_LEN_MAX;
use x509::pem::{self, Section};
use x509::{Certificate, CertificateDer, Chain, Issuer, KeyUse, OcspError, Response};

use crate::certified::{CHAIN_LEN_MAX, CertifiedKey};
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
/// since 1970 and serves for warnings, and for whether an OCSP response can be used.
///
/// # Errors
/// Every [`Error`] but [`Error::CannotSign`] and [`Error::EmptyChain`]; the first bad file ends it.
pub fn load(path: &Path, now: u64, keyless: Keyless) -> Result<Loaded, Error> {
    load_by(path, now, keyless, PrivateKey::from_section)
}

/// The same for a process that will need one of the keys at most: those of RSA are not checked before they first sign
/// ([`PrivateKey::from_section_unchecked`]).
///
/// # Errors
/// As [`load`].
pub fn load_unchecked(path: &Path, now: u64, keyless: Keyless) -> Result<Loaded, Error> {
    load_by(path, now, keyless, PrivateKey::from_section_unchecked)
}

/// How a key is taken from its section.
type ReadKey = fn(&Section) -> Result<PrivateKey, KeyFault>;

fn load_by(path: &Path, now: u64, keyless: Keyless, read: ReadKey) -> Result<Loaded, Error> {
    let mut loaded = Loaded { keys: Vec::new(), warnings: Vec::new() };
    if !path.is_dir() {
        let sections = pem::read(path).map_err(Error::File)?;
        if pem::certificates(&sections).is_empty() {
            return Err(Error::File(x509::Error::NoCertificate { file: path.to_owned() }));
        }
        loaded.file(path, &sections, now, keyless, read)?;
        return Ok(loaded);
    }
    for file in candidates(path)? {
        let sections = pem::read(&file).map_err(Error::File)?;
        // A .pem file may also hold a key for a .crt file, or parameters.
        if !pem::certificates(&sections).is_empty() {
            loaded.file(&file, &sections, now, keyless, read)?;
        }
    }
    if loaded.keys.is_empty() {
        return Err(Error::NoCertificate { dir: path.to_owned() });
    }
    Ok(loaded)
}

impl Loaded {
    /// Adds what `file` and the key beside it hold.
    fn file(
        &mut self,
        file: &Path,
        sections: &[Section],
        now: u64,
        keyless: Keyless,
        read: ReadKey,
    ) -> Result<(), Error> {
        let own = decoded(file, &pem::certificates(sections))?;
        let (key, key_file) = match (key_for(file, sections, read), keyless) {
            (Ok((key, key_file)), _) => (Key::Here(key), Some(key_file)),
            (Err(none @ Error::NoKey { .. }), Keyless::Elsewhere) => (elsewhere(file, &own, none)?, None),
            (Err(error), _) => return Err(error),
        };
        let Chain { certificates, misplaced, unneeded } =
            Chain::order(&own, &issuers_for(file)?, key.public_bits());
        let staple = self.staple(file, &certificates, now)?;
        let certified = CertifiedKey::of_files(certificates, key, file, key_file.as_deref())?;
        if self.keys.iter().any(|known| known.certificate().der() == certified.certificate().der()) {
            return Ok(());
        }
        self.warn(file, key_file.as_deref(), certified.certificate(), now);
        let misplaced = misplaced.map(|place| Warning::ChainOrder { file: file.to_owned(), place });
        let unneeded = unneeded.into_iter().map(|place| Warning::Unneeded { file: file.to_owned(), place });
        self.warnings.extend(misplaced.into_iter().chain(unneeded));
        self.keys.push(certified.with_staple(staple));
        Ok(())
    }

    /// The OCSP response beside the certificate. One that cannot be used is nothing but a warning: clients do without.
    fn staple(&mut self, file: &Path, chain: &[Certificate], now: u64) -> Result<Option<Response>, Error> {
        let beside = file.with_extension(STAPLE);
        let Some(first) = chain.first() else { return Ok(None) };
        let mut der = Vec::new();
        let limit = u64::try_from(RESPONSE_LEN_MAX).unwrap_or(u64::MAX).saturating_add(1);
        match File::open(&beside).and_then(|file| file.take(limit).read_to_end(&mut der)) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(Error::File(x509::Error::Unreadable { file: beside, source })),
        }
        let issuer = match chain.get(1) {
            None if first.is_self_issued() => Some(Issuer::of(first)),
            next => next.map(Issuer::of),
        };
        let read = match der.len() > RESPONSE_LEN_MAX {
            true => Err(OcspError::Malformed),
            false => Response::read(&der, first, issuer.as_ref(), now),
        };
        match read.and_then(|response| response.check_good(now).map(|()| response)) {
            Ok(response) => Ok(Some(response)),
            Err(fault) => {
                self.warnings.push(Warning::Staple { file: beside, fault });
                Ok(None)
            }
        }
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
        if !leaf.allows(KeyUse::Signature) {
            self.warnings.push(Warning::NoSignatures { file: file.clone() });
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

fn decoded(file: &Path, ders: &[CertificateDer<'_>]) -> Result<Vec<Certificate>, Error> {
    if ders.len() > CHAIN_LEN_MAX {
        return Err(Error::LongChain { file: Some(file.to_owned()) });
    }
    let malformed = |source| Error::Certificate { file: Some(file.to_owned()), source };
    ders.iter().map(|der| Certificate::from_der(der)).collect::<Result<_, _>>().map_err(malformed)
}

/// The certificates beside `file` that complete its chain, if there are any.
fn issuers_for(file: &Path) -> Result<Vec<Certificate>, Error> {
    let beside = match file.file_name().is_some_and(|name| name == CERTBOT_CERT) {
        true => file.with_file_name(CERTBOT_ISSUERS),
        false => file.with_extension(ISSUERS),
    };
    match pem::read(&beside) {
        Ok(sections) => decoded(&beside, &pem::certificates(&sections)),
        Err(x509::Error::Unreadable { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(Error::File(error)),
    }
}

/// The key that a factotum has to have: of RSA, otherwise `none` is the error.
fn elsewhere(file: &Path, own: &[Certificate], none: Error) -> Result<Key, Error> {
    let leaf = own.first().ok_or(Error::EmptyChain)?;
    match RemoteKey::new(leaf.public_key()) {
        Ok(key) => Ok(Key::Elsewhere(key)),
        Err(KeyFault::Unsupported) => Err(none),
        Err(fault) => Err(Error::BadKey { file: Some(file.to_owned()), fault }),
    }
}

/// The key among the certificate's own sections, or in the file beside it; and where it was.
fn key_for(file: &Path, sections: &[Section], read: ReadKey) -> Result<(PrivateKey, PathBuf), Error> {
    if let Some(key) = only_key(file, sections, read)? {
        return Ok((key, file.to_owned()));
    }
    let mut tried = vec![file.to_owned()];
    for beside in key_files(file) {
        match pem::read(&beside) {
            Ok(sections) => {
                if let Some(key) = only_key(&beside, &sections, read)? {
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

fn only_key(file: &Path, sections: &[Section], read: ReadKey) -> Result<Option<PrivateKey>, Error> {
    let mut keys = sections.iter().filter(|section| section.label.is_key());
    let Some(section) = keys.next() else { return Ok(None) };
    if keys.next().is_some() {
        return Err(Error::SeveralKeys { file: file.to_owned() });
    }
    let bad = |fault| Error::BadKey { file: Some(file.to_owned()), fault };
    read(section).map(Some).map_err(bad)
}

/// Where the key for a certificate may be, beside it.
fn key_files(file: &Path) -> Vec<PathBuf> {
    let mut files = vec![file.with_extension("key")];
    if file.file_name().is_some_and(|name| name == CERTBOT_CHAIN || name == CERTBOT_CERT) {
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

/// The extension of an OCSP response beside a certificate.
const STAPLE: &str = "ocsp";
/// The extension of a file beside a certificate with what its chain lacks.
const ISSUERS: &str = "chain";
/// Certbot's names in `live/NAME/`: the whole chain, and its two parts.
const CERTBOT_CHAIN: &str = "fullchain.pem";
/// The certificate alone.
const CERTBOT_CERT: &str = "cert.pem";
/// And the rest.
const CERTBOT_ISSUERS: &str = "chain.pem";
/// Certbot's name for the key.
const CERTBOT_KEY: &str = "privkey.pem";
/// The permission bit; a group may well be meant to read a key.
const OTHERS_MAY_READ: u32 = 0o004;

#[cfg(test)]
mod tests;
