//! Thumbprint files: certificates and keys that are trusted, or excluded, by their hashes (thumbprint(6)).
//!
//! ```text
//! #include /sys/lib/tls/friends
//! x509 sha256=bLYM0/7nwwNLSSkOr35KVHXPz3ScekrRp7PucSwfJqM cn=mail.example.com
//! x509 sha1=2e4b3d5a7f4c8a1b9d0e6f7a8b9c0d1e2f3a4b5c
//! ```
//!
//! A hash is hexadecimal or base64, and is one of three things: SHA-1 of the certificate, SHA-256 of it, or SHA-256 of its
//! public key. Nothing else of a certificate is looked at here: not its time, not its names.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use base64ct::{Base64, Base64Unpadded, Encoding};

use crate::cert::{Certificate, KeyKind};
use crate::error::{Error, VerifyError};
use crate::pem;

/// A set of hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thumbprints {
    sha1: HashSet<[u8; SHA1_LEN]>,
    sha256: HashSet<[u8; SHA256_LEN]>,
}

/// Which certificates are trusted by their hashes.
#[derive(Clone, Debug, Default)]
pub struct Pins {
    /// These are.
    pub trusted: Thumbprints,
    /// These are not, whichever of their hashes the other list has.
    pub excluded: Thumbprints,
    /// Whether SHA-1 of a certificate makes it a trusted one: whoever has it made can have it made so that another has the
    /// same. What is excluded by SHA-1 is excluded in any case.
    pub trusts_sha1: bool,
}

/// What a file that is not there says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// That somebody has mistyped its name.
    Error,
    /// Nothing, as in the original: an absent list of what is trusted trusts nothing, and one of what is excluded excludes
    /// nothing.
    Empty,
}

impl Thumbprints {
    /// Reads a file and those that it includes.
    ///
    /// # Errors
    /// [`Error::Unreadable`], [`Error::TooLong`], [`Error::BadThumbprint`], [`Error::TooManyIncludes`].
    pub fn read(file: &Path, absent: Absent) -> Result<Thumbprints, Error> {
        let mut thumbprints = Thumbprints::default();
        thumbprints.add(file, absent, 0)?;
        Ok(thumbprints)
    }

    /// Whether one of the certificate's hashes is in the set.
    #[must_use]
    pub fn contains(&self, certificate: &Certificate) -> bool {
        self.has_sha1(certificate) || self.has_sha256(certificate)
    }

    fn has_sha1(&self, certificate: &Certificate) -> bool {
        self.sha1.contains(&hash(&SHA1_FOR_LEGACY_USE_ONLY, certificate.der()))
    }

    fn has_sha256(&self, certificate: &Certificate) -> bool {
        self.sha256.contains(&hash(&SHA256, certificate.der()))
            || self.sha256.contains(&certificate.public_key().sha256())
            || self.sha256.contains(&nine_front_sha256(certificate))
    }

    fn add(&mut self, file: &Path, absent: Absent, depth: usize) -> Result<(), Error> {
        if depth > INCLUDES_MAX {
            return Err(Error::TooManyIncludes { file: file.to_owned() });
        }
        let text = match pem::bytes(file) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(Error::Unreadable { source, .. })
                if source.kind() == ErrorKind::NotFound && absent == Absent::Empty =>
            {
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        for line in text.lines() {
            let (word, rest) =
                line.trim().split_once(|char: char| char.is_ascii_whitespace()).unwrap_or((line, ""));
            match (word, rest.trim_start()) {
                (_, "") => {}
                ("#include", name) => self.add(&included(file, name), absent, depth + 1)?,
                (TAG, rest) => {
                    let value = rest.split_ascii_whitespace().next().unwrap_or_default();
                    let is_read = match value.split_once('=') {
                        Some(("sha1", value)) => decode(value).map(|hash| self.sha1.insert(hash)).is_some(),
                        Some(("sha256", value)) => {
                            decode(value).map(|hash| self.sha256.insert(hash)).is_some()
                        }
                        _ => true,
                    };
                    if !is_read {
                        let (_, value) = value.split_once('=').unwrap_or_default();
                        return Err(Error::BadThumbprint { file: file.to_owned(), value: value.to_owned() });
                    }
                }
                // Comments, and lines for other programs.
                _ => {}
            }
        }
        Ok(())
    }
}

impl Pins {
    /// Takes a certificate that is on the one list, and not, by any of its hashes, on the other. `whom` says for people
    /// whose certificate it is meant to be.
    ///
    /// # Errors
    /// [`VerifyError::NotRecognized`].
    pub fn verify(&self, certificate: &Certificate, whom: &str) -> Result<(), VerifyError> {
        let is_known =
            self.trusted.has_sha256(certificate) || self.trusts_sha1 && self.trusted.has_sha1(certificate);
        if is_known && !self.excluded.contains(certificate) {
            return Ok(());
        }
        Err(VerifyError::NotRecognized { whom: whom.to_owned(), word: word(certificate) })
    }
}

/// The word that names the certificate's key in a thumbprint file: `sha256=` and base64.
#[must_use]
pub fn word(certificate: &Certificate) -> String {
    format!("sha256={}", Base64Unpadded::encode_string(&certificate.public_key().sha256()))
}

/// The file that a line includes: beside the file that it stands in, unless it says where. Quotes keep blanks (`rc(1)`).
fn included(file: &Path, name: &str) -> PathBuf {
    let name = name.trim_end();
    let unquoted =
        name.strip_prefix('\'').and_then(|name| name.strip_suffix('\'')).map(|name| name.replace("''", "'"));
    file.parent().unwrap_or(Path::new("")).join(unquoted.as_deref().unwrap_or(name))
}

/// Reads a hash of `N` bytes: hexadecimal if it has just as many digits, base64 with or without padding otherwise.
fn decode<const N: usize>(value: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if value.len() == 2 * N && base16ct::mixed::decode(value, &mut bytes).is_ok() {
        return Some(bytes);
    }
    let decoded = if value.ends_with('=') {
        Base64::decode(value, &mut bytes)
    } else {
        Base64Unpadded::decode(value, &mut bytes)
    };
    (decoded.ok()?.len() == N).then_some(bytes)
}

/// SHA-256 of the public key as 9front writes it: the parameters of the algorithm are always NULL, which is so for RSA and
/// not for the curves.
fn nine_front_sha256(certificate: &Certificate) -> [u8; SHA256_LEN] {
    let key = certificate.public_key();
    let bits = key.bits();
    match (key.kind(), u8::try_from(bits.len() + 1)) {
        (KeyKind::P256 | KeyKind::P384, Ok(bits_len)) if bits_len < 0x80 - 17 => {
            let mut spki = vec![0x30, 15 + bits_len];
            spki.extend_from_slice(EC_PUBLIC_KEY_NULL);
            spki.extend_from_slice(&[0x03, bits_len, 0]);
            spki.extend_from_slice(bits);
            hash(&SHA256, &spki)
        }
        _ => key.sha256(),
    }
}

fn hash<const N: usize>(algorithm: &'static digest::Algorithm, bytes: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    for (to, from) in out.iter_mut().zip(digest::digest(algorithm, bytes).as_ref()) {
        *to = *from;
    }
    out
}

/// SEQUENCE { id-ecPublicKey, NULL }.
const EC_PUBLIC_KEY_NULL: &[u8] =
    &[0x30, 0x0b, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x05, 0x00];

/// The first word of a line that is for TLS.
const TAG: &str = "x509";

/// Files that include each other, one in the other.
const INCLUDES_MAX: usize = 8;

const SHA1_LEN: usize = 20;
const SHA256_LEN: usize = 32;

#[cfg(test)]
mod tests;
