//! Why a key or its certificate cannot be used, and what the owner should hear about although it can.
//!
//! Every text names the file and says what to do; none of them repeats anything of a key.

use std::error::Error as StdError;
use std::fmt;
use std::path::{Path, PathBuf};

use tlswire::SignatureScheme;
use x509::cert::date_text;
use x509::{KeyKind, OcspError};

/// Why a key or a certificate is refused.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read, or is not PEM.
    File(x509::Error),
    /// A certificate of the chain is malformed.
    Certificate {
        /// The file, or none for a chain that is in no file.
        file: Option<PathBuf>,
        /// What is wrong with it.
        source: x509::Error,
    },
    /// A directory has no certificate for a server in it.
    NoCertificate {
        /// The directory.
        dir: PathBuf,
    },
    /// No private key belongs to the certificate.
    NoKey {
        /// The file of the certificate.
        file: PathBuf,
        /// The files that were looked into, the first of them `file` itself.
        tried: Vec<PathBuf>,
    },
    /// A file has more than one private key.
    SeveralKeys {
        /// The file.
        file: PathBuf,
    },
    /// A file has more certificates than a chain may have: [`crate::certified::CHAIN_LEN_MAX`].
    LongChain {
        /// The file, or none for a chain that is in no file.
        file: Option<PathBuf>,
    },
    /// The private key is another one than the certificate's.
    WrongKey {
        /// The file of the certificate, or none for a chain that is in no file.
        file: Option<PathBuf>,
        /// The file of the key, likewise.
        key: Option<PathBuf>,
    },
    /// The private key cannot be used.
    BadKey {
        /// The file, or none where it is not known any more.
        file: Option<PathBuf>,
        /// Why.
        fault: KeyFault,
    },
    /// The certificate's key is of a kind that the handshake cannot sign with.
    UnsupportedKey {
        /// The file, or none for a chain that is in no file.
        file: Option<PathBuf>,
        /// The kind.
        kind: KeyKind,
    },
    /// The certificate's keyUsage allows nothing that a handshake does with such a key.
    UnusableKey {
        /// The file, or none for a chain that is in no file.
        file: Option<PathBuf>,
    },
    /// A chain without certificates was given.
    EmptyChain,
    /// The key was asked for a signature that it does not make.
    CannotSign {
        /// What it was asked for.
        scheme: SignatureScheme,
    },
    /// The key was asked for a premaster, and is none of RSA or cannot decrypt.
    CannotDecrypt,
    /// The library failed where it should not have.
    Internal(&'static str),
}

/// Why a private key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFault {
    /// The bytes do not decode to a key, or its parts contradict each other.
    Malformed,
    /// RSA under 2048 bits.
    TooSmall,
    /// RSA over 8192 bits.
    TooLarge,
    /// Neither RSA, nor P-256, nor P-384, nor Ed25519.
    Unsupported,
    /// It is encrypted under a password.
    Encrypted,
}

/// What the owner of a certificate should hear, although it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// Its time is over.
    Expired {
        /// The file.
        file: PathBuf,
        /// The last second of its validity, since 1970.
        not_after: u64,
    },
    /// Its time has not come.
    NotYetValid {
        /// The file.
        file: PathBuf,
        /// The first second of its validity, since 1970.
        not_before: u64,
    },
    /// Everybody on the machine can read the private key.
    OpenKey {
        /// The file.
        file: PathBuf,
    },
    /// The chain is in another order than the one in which it is sent.
    ChainOrder {
        /// The file.
        file: PathBuf,
        /// The first certificate that belongs elsewhere, counted from 1.
        place: usize,
    },
    /// A certificate of the file is not part of the chain, and is not sent.
    Unneeded {
        /// The file.
        file: PathBuf,
        /// Which certificate of the file, counted from 1.
        place: usize,
    },
    /// The OCSP response beside the certificate is not shown to anybody.
    Staple {
        /// The file.
        file: PathBuf,
        /// Why not.
        fault: OcspError,
    },
    /// It is for no DNS name and no address: today's clients refuse it.
    NoNames {
        /// The file.
        file: PathBuf,
    },
    /// Its keyUsage allows no signatures, so that it is good for static RSA alone.
    NoSignatures {
        /// The file.
        file: PathBuf,
    },
    /// Its key is in no file: a factotum has to have it.
    KeyElsewhere {
        /// The file.
        file: PathBuf,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |file: &Option<PathBuf>| {
            file.as_deref().map_or_else(String::new, |file| format!("{}: ", file.display()))
        };
        match self {
            Error::File(source) => write!(f, "{source}"),
            Error::Certificate { file, source } => write!(f, "{}{source}", of(file)),
            Error::NoCertificate { dir } => {
                write!(f, "{}: no certificate here: put NAME.crt and NAME.key into it", dir.display())
            }
            Error::NoKey { file, tried } => {
                let tried: Vec<String> = tried.iter().map(|path| path.display().to_string()).collect();
                write!(
                    f,
                    "{}: no private key for this certificate: put it into {} (or, of RSA, into a factotum)",
                    file.display(),
                    tried.join(" or ")
                )
            }
            Error::SeveralKeys { file } => {
                write!(f, "{}: more than one private key: leave only the certificate's", file.display())
            }
            Error::LongChain { file } => {
                write!(
                    f,
                    "{}more than {} certificates in one chain",
                    of(file),
                    crate::certified::CHAIN_LEN_MAX
                )
            }
            Error::WrongKey { file, key } => match key {
                Some(key) if Some(key) != file.as_ref() => {
                    write!(f, "{}the private key in {} is not this certificate's", of(file), key.display())
                }
                _ => write!(f, "{}the private key is not this certificate's", of(file)),
            },
            Error::BadKey { file, fault } => write!(f, "{}{fault}", of(file)),
            Error::UnsupportedKey { file, kind } => write!(
                f,
                "{}a certificate with a key of the kind {kind} is not supported: use RSA, ECDSA P-256 or P-384, or Ed25519",
                of(file)
            ),
            Error::UnusableKey { file } => {
                write!(f, "{}the certificate's keyUsage allows no signatures (digitalSignature)", of(file))
            }
            Error::EmptyChain => f.write_str("no certificate was given"),
            Error::CannotSign { scheme } => {
                write!(f, "the private key makes no signatures of scheme {scheme:?}")
            }
            Error::CannotDecrypt => f.write_str("the private key decrypts no premaster secrets"),
            Error::Internal(what) => write!(f, "internal error: {what}"),
        }
    }
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KeyFault::Malformed => "malformed private key",
            KeyFault::TooSmall => "RSA private key under 2048 bits: make a larger one",
            KeyFault::TooLarge => "RSA private key over 8192 bits: make a smaller one",
            KeyFault::Unsupported => {
                "unsupported kind of private key: use RSA, ECDSA P-256 or P-384, or Ed25519"
            }
            KeyFault::Encrypted => "the private key is encrypted: decrypt it with openssl pkey",
        })
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::Expired { file, not_after } => {
                write!(f, "{}: the certificate expired on {}", file.display(), date_text(*not_after))
            }
            Warning::NotYetValid { file, not_before } => {
                write!(
                    f,
                    "{}: the certificate is not valid before {}",
                    file.display(),
                    date_text(*not_before)
                )
            }
            Warning::OpenKey { file } => {
                write!(f, "{}: everybody can read the private key: chmod o= the file", file.display())
            }
            Warning::ChainOrder { file, place } => {
                write!(f, "{}: certificate {place} is out of order: sent in the right one", file.display())
            }
            Warning::Unneeded { file, place } => {
                write!(f, "{}: certificate {place} is not part of the chain: not sent", file.display())
            }
            Warning::Staple { file, fault } => write!(f, "{}: {fault}: not sent", file.display()),
            Warning::NoNames { file } => {
                write!(f, "{}: the certificate has no subject alternative name", file.display())
            }
            Warning::NoSignatures { file } => write!(
                f,
                "{}: the certificate's keyUsage allows no signatures: it is for static RSA alone",
                file.display()
            ),
            Warning::KeyElsewhere { file } => {
                write!(f, "{}: its private key is in no file: factotum is asked for it", file.display())
            }
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Error::File(source) | Error::Certificate { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl Warning {
    /// The file that it is about.
    #[must_use]
    pub fn file(&self) -> &Path {
        match self {
            Warning::Expired { file, .. }
            | Warning::NotYetValid { file, .. }
            | Warning::OpenKey { file }
            | Warning::ChainOrder { file, .. }
            | Warning::Unneeded { file, .. }
            | Warning::Staple { file, .. }
            | Warning::NoNames { file }
            | Warning::NoSignatures { file }
            | Warning::KeyElsewhere { file } => file,
        }
    }
}
