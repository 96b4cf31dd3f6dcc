//! PEM text to its sections, strictly (RFC 7468): what is not understood is an error with file, line and section, never
//! silently less.
//!
//! Text before, between and after sections is ignored, as the RFC allows; inside a section only base64 counts. Lines may
//! have any length: tools disagree on it, and nothing depends on it (the reason for not using a reader that insists).

use std::fs::File;
use std::io::Read;
use std::path::Path;

use base64ct::{Base64, Encoding};
use rustls_pki_types::CertificateDer;
use zeroize::Zeroizing;

use crate::error::{Error, PemFault};

/// One section: what it says it is, and its bytes, which are wiped since they may be a key.
pub struct Section {
    /// What the BEGIN line says.
    pub label: Label,
    /// The decoded content.
    pub der: Zeroizing<Vec<u8>>,
    /// The line of BEGIN, counted from 1.
    pub line: usize,
}

/// The labels that this house knows (RFC 7468 §4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Label {
    /// `CERTIFICATE`: RFC 5280.
    Certificate,
    /// `PRIVATE KEY`: PKCS#8, RFC 5958.
    PrivateKey,
    /// `RSA PRIVATE KEY`: PKCS#1, RFC 8017.
    RsaPrivateKey,
    /// `EC PRIVATE KEY`: SEC 1, RFC 5915.
    EcPrivateKey,
    /// `ENCRYPTED PRIVATE KEY`: PKCS#8 under a password; nobody here can ask for it.
    EncryptedPrivateKey,
    /// Any other one, by name.
    Other(String),
}

impl Label {
    /// Whether the section is some private key.
    #[must_use]
    pub fn is_key(&self) -> bool {
        match self {
            Label::PrivateKey | Label::RsaPrivateKey | Label::EcPrivateKey | Label::EncryptedPrivateKey => {
                true
            }
            Label::Certificate | Label::Other(_) => false,
        }
    }

    fn named(name: &str) -> Label {
        match name {
            "CERTIFICATE" => Label::Certificate,
            "PRIVATE KEY" => Label::PrivateKey,
            "RSA PRIVATE KEY" => Label::RsaPrivateKey,
            "EC PRIVATE KEY" => Label::EcPrivateKey,
            "ENCRYPTED PRIVATE KEY" => Label::EncryptedPrivateKey,
            other => Label::Other(other.to_owned()),
        }
    }
}

/// Reads a file to its end (a pipe will do) and returns its sections in order.
///
/// # Errors
/// [`Error::Unreadable`], [`Error::TooLong`], and those of [`sections`].
pub fn read(file: &Path) -> Result<Vec<Section>, Error> {
    sections(&bytes(file)?, file)
}

/// Reads a file to its end.
pub(crate) fn bytes(file: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    let unreadable = |source| Error::Unreadable { file: file.to_owned(), source };
    let opened = File::open(file).map_err(unreadable)?;
    // Room for all of it and for seeing the end, at once: a key would stay behind where the text was before it grew.
    let len = opened.metadata().map_or(0, |meta| meta.len());
    let room = usize::try_from(len).unwrap_or(FILE_LEN_MAX).min(FILE_LEN_MAX) + 1;
    let mut text = Zeroizing::new(Vec::with_capacity(room));
    let limit = u64::try_from(FILE_LEN_MAX).unwrap_or(u64::MAX);
    opened.take(limit + 1).read_to_end(&mut text).map_err(unreadable)?;
    if text.len() > FILE_LEN_MAX {
        return Err(Error::TooLong { file: file.to_owned() });
    }
    Ok(text)
}

/// Cuts `text` into sections. `file` only names the text in errors.
///
/// # Errors
/// [`Error::Empty`] for no text, [`Error::NotPem`] for text without a section, [`Error::Pem`] for a bad one.
pub fn sections(text: &[u8], file: &Path) -> Result<Vec<Section>, Error> {
    if text.is_empty() {
        return Err(Error::Empty { file: file.to_owned() });
    }
    // Editors of some systems put a byte order mark before the first line.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut found = Vec::new();
    let mut open: Option<Open> = None;
    for (index, line) in text.split(|&b| b == b'\n').enumerate() {
        let line = line.trim_ascii();
        let number = index + 1;
        let bad = |section: &str, fault| Error::Pem {
            file: file.to_owned(),
            section: section.to_owned(),
            line: number,
            fault,
        };
        if let Some(rest) = line.strip_prefix(b"-----BEGIN ") {
            let name = label_text(rest).ok_or_else(|| bad(&lossy(rest), PemFault::BadBoundary))?;
            if let Some(open) = open {
                return Err(bad(&open.name, PemFault::NoEnd));
            }
            open = Some(Open {
                name,
                line: number,
                base64: Zeroizing::new(Vec::with_capacity(text.len().min(ROOM))),
            });
        } else if let Some(rest) = line.strip_prefix(b"-----END ") {
            let name = label_text(rest).ok_or_else(|| bad(&lossy(rest), PemFault::BadBoundary))?;
            let section = open.take().ok_or_else(|| bad(&name, PemFault::NoBegin))?;
            if section.name != name {
                return Err(bad(&section.name, PemFault::NoEnd));
            }
            let der = decode(&section.base64).ok_or_else(|| bad(&name, PemFault::Base64))?;
            found.push(Section { label: Label::named(&name), der, line: section.line });
        } else if let Some(open) = &mut open {
            if line.contains(&b':') {
                return Err(bad(&open.name, PemFault::Headers));
            }
            open.base64.extend_from_slice(line);
        }
    }
    if let Some(open) = open {
        let Open { name, line, .. } = open;
        return Err(Error::Pem { file: file.to_owned(), section: name, line, fault: PemFault::NoEnd });
    }
    if found.is_empty() {
        return Err(Error::NotPem { file: file.to_owned() });
    }
    Ok(found)
}

/// The certificates among `sections`, in order; the other sections are passed over.
#[must_use]
pub fn certificates(sections: &[Section]) -> Vec<CertificateDer<'static>> {
    let certificates = sections.iter().filter(|s| s.label == Label::Certificate);
    certificates.map(|s| CertificateDer::from(s.der.to_vec())).collect()
}

/// A section whose END has not come.
struct Open {
    name: String,
    line: usize,
    base64: Zeroizing<Vec<u8>>,
}

/// `LABEL-----` to the label, which is printable ASCII (RFC 7468 §3).
fn label_text(rest: &[u8]) -> Option<String> {
    let label = rest.strip_suffix(b"-----")?;
    let clean = !label.is_empty() && label.iter().all(|b| matches!(b, b' '..=b'~'));
    clean.then(|| lossy(label))
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// In constant time, since it may be a key; padding is required and nothing but the alphabet passes.
fn decode(base64: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut der = Zeroizing::new(vec![0; base64.len() / 4 * 3]);
    let len = Base64::decode(base64, &mut der).ok()?.len();
    der.truncate(len);
    (len > 0).then_some(der)
}

/// Bytes of a file of certificates or keys; the bundle of a whole system has a quarter of a megabyte.
pub const FILE_LEN_MAX: usize = 4 << 20;
/// Bytes set aside for a section's text at once: more than any key has, so that no copy of one stays behind.
const ROOM: usize = 16 << 10;

#[cfg(test)]
mod tests;
