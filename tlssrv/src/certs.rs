//! The certificates that a server shows: those of its files, read again when they change, and one made in memory.
//!
//! Which of them a client gets is the handshake's choice.
//!
//! **Invariants**
//! - There is always at least one, unless shared secrets take their place.
//! - Files that cannot be used once they changed leave those in place that were read before, and are reported once.

use std::fs;
use std::net::IpAddr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use factotum::{CertifiedKey, Keyless, Loaded, PrivateKey};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose,
};
use tlshand::program::clock::seconds;
use x509::{CertificateDer, DnsName};
use zeroize::Zeroize;

use crate::exit::Fatal;

/// The certificates of a server.
pub struct Certs {
    files: Vec<PathBuf>,
    lifetime: Lifetime,
    keyless: Keyless,
    names: Vec<String>,
    held: Mutex<Held>,
}

/// What the certificates are read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// A server: their keys are checked, and files that change are read again.
    Server,
    /// One connection: it needs one of the keys, and none if it takes up a session.
    Connection,
}

/// What was read and made, and when.
struct Held {
    from_files: Vec<Arc<CertifiedKey>>,
    stamps: Vec<Stamp>,
    made: Option<Made>,
}

/// The certificate made in memory.
struct Made {
    certified: Arc<CertifiedKey>,
    at: SystemTime,
}

/// What tells that a file has changed. None of a file that is not there.
type Stamp = Option<(u64, u64, u64, i64, i64, i64, i64)>;

impl Certs {
    /// Reads `files` for `lifetime` and makes a certificate for `names` if there are any; gives the warnings too, one line each. `keyless` is
    /// about certificates of the files without a key. Only a server with shared secrets does without certificates.
    ///
    /// # Errors
    /// There is nothing of either, or something that cannot be used.
    pub fn load(
        files: Vec<PathBuf>,
        lifetime: Lifetime,
        keyless: Keyless,
        names: Vec<String>,
        has_psk: bool,
    ) -> Result<(Certs, Vec<String>), Fatal> {
        if files.is_empty() && names.is_empty() && !has_psk {
            return Err(Fatal::configuration("no certificate or shared secret"));
        }
        let now = SystemTime::now();
        // Before the reading: what changes meanwhile is read again.
        let stamps = lifetime.stamps(&files);
        let (from_files, warnings) = read(&files, lifetime, keyless, now).map_err(Fatal::configuration)?;
        let made = match names.is_empty() {
            true => None,
            false => Some(Made::new(&names, now).map_err(Fatal::configuration)?),
        };
        Ok((
            Certs { files, lifetime, keyless, names, held: Mutex::new(Held { from_files, stamps, made }) },
            warnings,
        ))
    }

    /// The certificates as they are now, the default first, and what there is to report: warnings about files that were
    /// read again, or why they could not be.
    #[must_use]
    pub fn current(&self) -> (Vec<Arc<CertifiedKey>>, Vec<String>) {
        let now = SystemTime::now();
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let mut told = Vec::new();
        let stamps = self.lifetime.stamps(&self.files);
        if stamps != held.stamps {
            match read(&self.files, self.lifetime, self.keyless, now) {
                Ok((certs, warnings)) => {
                    held.from_files = certs;
                    told = warnings;
                }
                Err(error) => told.push(format!("{error}; the certificates read before stay in use")),
            }
            held.stamps = stamps;
        }
        if held.made.as_ref().is_some_and(|made| made.is_half_over(now)) {
            match Made::new(&self.names, now) {
                Ok(made) => held.made = Some(made),
                Err(error) => told.push(error),
            }
        }
        let made = held.made.iter().map(|made| Arc::clone(&made.certified));
        (held.from_files.iter().cloned().chain(made).collect(), told)
    }
}

impl Lifetime {
    fn load(self, file: &Path, now: u64, keyless: Keyless) -> Result<Loaded, factotum::Error> {
        match self {
            Lifetime::Server => factotum::load(file, now, keyless),
            Lifetime::Connection => factotum::load_unchecked(file, now, keyless),
        }
    }

    /// The stamps of the files, if anybody will compare them.
    fn stamps(self, files: &[PathBuf]) -> Vec<Stamp> {
        match self {
            Lifetime::Server => stamps(files),
            Lifetime::Connection => Vec::new(),
        }
    }
}

impl Made {
    /// Makes a key on P-256 and a certificate for all of `names` that it signs itself.
    fn new(names: &[String], now: SystemTime) -> Result<Made, String> {
        if let Some(bad) = names.iter().find(|name| !is_name(name)) {
            return Err(format!("--self-signed {bad:?}: neither a DNS name nor an address"));
        }
        let failed = |error: rcgen::Error| format!("--self-signed: {error}");
        let mut params = CertificateParams::new(names).map_err(failed)?;
        params.distinguished_name = DistinguishedName::new();
        if let Some(name) = names.first() {
            params.distinguished_name.push(DnType::CommonName, name.as_str());
        }
        // A peer's clock may be late.
        params.not_before = (now - DAY).into();
        params.not_after = (now + SELF_SIGNED_TIME).into();
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let mut key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(failed)?;
        let cert = params.self_signed(&key).map_err(failed)?;
        let private = PrivateKey::from_pkcs8(key.serialized_der());
        key.zeroize();
        let private = private.map_err(|fault| format!("--self-signed: {fault}"))?;
        let certified = CertifiedKey::new(vec![CertificateDer::from(cert.der().to_vec())], private);
        let certified = certified.map_err(|error| format!("--self-signed: {error}"))?;
        Ok(Made { certified: Arc::new(certified), at: now })
    }

    /// Whether it is time for the next one. A clock that was set back is no reason.
    fn is_half_over(&self, now: SystemTime) -> bool {
        now.duration_since(self.at).is_ok_and(|age| age > SELF_SIGNED_TIME / 2)
    }
}

fn is_name(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok() || DnsName::parse(text).is_some()
}

/// Reads all files in order; a certificate that comes twice is taken once.
fn read(
    files: &[PathBuf],
    lifetime: Lifetime,
    keyless: Keyless,
    now: SystemTime,
) -> Result<(Vec<Arc<CertifiedKey>>, Vec<String>), String> {
    let mut certs: Vec<Arc<CertifiedKey>> = Vec::new();
    let mut warnings = Vec::new();
    for file in files {
        let loaded = lifetime.load(file, seconds(now), keyless).map_err(|error| error.to_string())?;
        warnings.extend(loaded.warnings.iter().map(ToString::to_string));
        for certified in loaded.keys {
            if !certs.iter().any(|known| known.certificate().der() == certified.certificate().der()) {
                certs.push(Arc::new(certified));
            }
        }
    }
    Ok((certs, warnings))
}

/// The stamps of every file that reading `files` may look into.
fn stamps(files: &[PathBuf]) -> Vec<Stamp> {
    let mut all = Vec::new();
    for file in files {
        all.push(stamp(file));
        match fs::read_dir(file) {
            Ok(entries) => {
                let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
                paths.sort();
                all.extend(paths.iter().map(|path| stamp(path)));
            }
            // A file: its key, the rest of its chain and an OCSP response may be beside it, under the names that are looked for.
            Err(_) => {
                all.extend(["key", "chain", "ocsp"].map(|beside| stamp(&file.with_extension(beside))));
                all.extend(["privkey.pem", "chain.pem"].map(|beside| stamp(&file.with_file_name(beside))));
            }
        }
    }
    all
}

fn stamp(path: &Path) -> Stamp {
    let meta = fs::metadata(path).ok()?;
    Some((
        meta.dev(),
        meta.ino(),
        meta.size(),
        meta.mtime(),
        meta.mtime_nsec(),
        meta.ctime(),
        meta.ctime_nsec(),
    ))
}

const DAY: Duration = Duration::from_secs(86_400);
/// How long a certificate made in memory is good: short, since its key lives and dies with this process, and long enough
/// for a test that runs over a holiday. It is replaced after half of that.
const SELF_SIGNED_TIME: Duration = Duration::from_secs(30 * 86_400);

#[cfg(test)]
mod tests;
