//! What can be wrong with a file of certificates, a certificate, or a server's chain.
//!
//! No TLS alert is chosen here: the handshake does that, with one match over [`VerifyError`].

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::cert::{Validity, date_text};

/// Why a file or a certificate cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The file could not be opened or read.
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is longer than [`crate::pem::FILE_LEN_MAX`].
    TooLong {
        /// The file.
        file: PathBuf,
    },
    /// The file has no bytes.
    Empty {
        /// The file.
        file: PathBuf,
    },
    /// The file holds no PEM section at all.
    NotPem {
        /// The file.
        file: PathBuf,
    },
    /// A PEM section is malformed.
    Pem {
        /// The file.
        file: PathBuf,
        /// The section's label, such as `CERTIFICATE`.
        section: String,
        /// The line of the fault, counted from 1.
        line: usize,
        /// What is wrong.
        fault: PemFault,
    },
    /// The file has PEM sections, but none of them is a certificate.
    NoCertificate {
        /// The file.
        file: PathBuf,
    },
    /// The bytes are not a certificate (RFC 5280 §4.1).
    Malformed(&'static str),
    /// A line of a thumbprint file has no hash where one must be.
    BadThumbprint {
        /// The file.
        file: PathBuf,
        /// What is there.
        value: String,
    },
    /// Thumbprint files include each other too deeply.
    TooManyIncludes {
        /// The file that is not read any more.
        file: PathBuf,
    },
    /// Neither the system nor its environment names any root certificate.
    NoRoots {
        /// What the search said, empty if it said nothing.
        reason: String,
    },
}

/// What is wrong with a PEM section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PemFault {
    /// `-----BEGIN` without its `-----END` line.
    NoEnd,
    /// `-----END` of a section that did not begin.
    NoBegin,
    /// A BEGIN or END line that does not end in five dashes.
    BadBoundary,
    /// Lines of the form `Name: value` inside the section: an encrypted key of the old form.
    Headers,
    /// Characters outside the alphabet, wrong padding, or no content.
    Base64,
}

/// Why a server's chain is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyError {
    /// The server sent no certificate.
    NoCertificate,
    /// A certificate is not well formed.
    Malformed,
    /// No path from the server's certificate to a trusted root.
    UnknownIssuer,
    /// A certificate's time is over.
    Expired {
        /// The end of its validity, in seconds since 1970.
        not_after: u64,
    },
    /// A certificate's time has not come.
    NotYetValid {
        /// The start of its validity, in seconds since 1970.
        not_before: u64,
    },
    /// The certificate is for other names.
    WrongName {
        /// The name that was asked for.
        wanted: String,
        /// The names that the certificate has, as text, at most eight of them.
        found: Vec<String>,
    },
    /// A signature in the chain does not verify.
    BadSignature,
    /// A certificate may not be used as it is here: a CA as a server, a server as a CA, another extended key usage, a
    /// name or path length constraint broken.
    WrongPurpose(&'static str),
    /// An algorithm or a critical extension that is not supported.
    Unsupported(&'static str),
    /// The chain needs more work than anyone should do for it.
    TooComplex,
    /// The certificate is not among those that are known by their hashes, or among those that are excluded.
    NotRecognized {
        /// Whose it is meant to be.
        whom: String,
        /// The word for its key in a thumbprint file, see [`crate::thumb::word`].
        word: String,
    },
}

/// Why an OCSP response does not say that all is well with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OcspError {
    /// It is not of the form of RFC 6960.
    Malformed,
    /// The responder did not answer.
    Refused,
    /// It is about other certificates.
    OtherCertificate,
    /// Neither the issuer nor anybody whom it charged has signed it.
    BadSignature,
    /// A critical extension that nobody here knows.
    Unsupported,
    /// It does not say until when it holds.
    Endless,
    /// It holds at another time.
    NotNow(Validity),
    /// The certificate has been revoked.
    Revoked,
    /// The responder does not know the certificate.
    UnknownCertificate,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Unreadable { file, source } => write!(f, "{}: {}", file.display(), words(source)),
            Error::TooLong { file } => {
                write!(f, "{}: longer than {} bytes", file.display(), crate::pem::FILE_LEN_MAX)
            }
            Error::Empty { file } => write!(f, "{}: the file is empty", file.display()),
            Error::NotPem { file } => {
                write!(f, "{}: no PEM section (from DER: openssl x509 -inform der)", file.display())
            }
            Error::Pem { file, section, line, fault } => {
                write!(f, "{}:{line}: section {}: {fault}", file.display(), section.escape_debug())
            }
            Error::NoCertificate { file } => write!(f, "{}: no CERTIFICATE section", file.display()),
            Error::Malformed(what) => write!(f, "malformed certificate: {what}"),
            Error::BadThumbprint { file, value } => {
                write!(f, "malformed x509 entry in {}: {}", file.display(), value.escape_debug())
            }
            Error::TooManyIncludes { file } => write!(f, "too many includes, last file {}", file.display()),
            Error::NoRoots { reason } if reason.is_empty() => {
                f.write_str("the system has no root certificates: install ca-certificates or name a CA file")
            }
            Error::NoRoots { reason } => {
                write!(f, "the system has no root certificates ({reason}): name a CA file")
            }
        }
    }
}

/// A system error in words alone, in lower case: Rust's has the number behind them.
fn words(source: &io::Error) -> String {
    let text = source.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

impl fmt::Display for PemFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PemFault::NoEnd => "no END line",
            PemFault::NoBegin => "END without BEGIN",
            PemFault::BadBoundary => "the line does not end in -----",
            PemFault::Headers => "has headers (an encrypted key? decrypt it with openssl pkey)",
            PemFault::Base64 => "bad base64",
        })
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VerifyError::NoCertificate => f.write_str("the server sent no certificate"),
            VerifyError::Malformed => f.write_str("malformed certificate"),
            VerifyError::UnknownIssuer => f.write_str("the certificate is not signed by a trusted root"),
            VerifyError::Expired { not_after } => {
                write!(f, "the certificate expired on {}", date_text(*not_after))
            }
            VerifyError::NotYetValid { not_before } => {
                write!(f, "the certificate is not valid before {}", date_text(*not_before))
            }
            VerifyError::WrongName { wanted, found } if found.is_empty() => {
                write!(f, "the certificate is not for {wanted}: it has no names")
            }
            VerifyError::WrongName { wanted, found } => {
                write!(f, "the certificate is not for {wanted} but for {}", found.join(", "))
            }
            VerifyError::BadSignature => f.write_str("a signature in the certificate chain is wrong"),
            VerifyError::WrongPurpose(what) | VerifyError::Unsupported(what) => f.write_str(what),
            VerifyError::TooComplex => f.write_str("the certificate chain is too complex"),
            VerifyError::NotRecognized { whom, word } => {
                write!(f, "cert for {whom} not recognized: {word}")
            }
        }
    }
}

impl fmt::Display for OcspError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OcspError::Malformed => f.write_str("malformed OCSP response"),
            OcspError::Refused => f.write_str("the OCSP responder did not answer"),
            OcspError::OtherCertificate => f.write_str("the OCSP response is about another certificate"),
            OcspError::BadSignature => f.write_str("the OCSP response is not signed by the issuer"),
            OcspError::Unsupported => f.write_str("the OCSP response has an extension that is not supported"),
            OcspError::Endless => f.write_str("the OCSP response does not say until when it holds"),
            OcspError::NotNow(Validity { not_before, not_after }) => {
                let (from, until) = (date_text(*not_before), date_text(*not_after));
                write!(f, "the OCSP response holds only from {from} until {until}")
            }
            OcspError::Revoked => f.write_str("the certificate has been revoked"),
            OcspError::UnknownCertificate => f.write_str("the OCSP responder does not know the certificate"),
        }
    }
}

impl StdError for OcspError {}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Error::Unreadable { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl StdError for VerifyError {}
