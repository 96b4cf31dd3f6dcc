//! Certificates, as far as the handshake needs them: PEM files to DER, the facts of one certificate, its names matched
//! against a host, chains put in order and verified against trusted roots, and what an OCSP response says of a certificate.
//!
//! It does not hold private keys (that is `factotum`), knows nothing of TLS messages or alerts, and asks nobody for the
//! time: the caller says when "now" is, in seconds since 1970-01-01 00:00:00 UTC.
//!
//! **Invariants**
//! - A [`Certificate`] was decoded whole: its facts are those of its bytes.
//! - A [`DnsName`] is lower case, without a final dot, with at most one wildcard, alone in the left-most label.
//! - No input panics; every file is read up to a limit with a name.

pub mod cert;
pub mod chain;
mod checked;
pub mod error;
pub mod name;
pub mod ocsp;
pub mod pem;
pub mod roots;
pub mod signature;
pub mod thumb;
pub mod usage;
pub mod verify;

pub use cert::{Certificate, KeyKind, PublicKey, Validity};
pub use chain::Chain;
pub use error::{Error, OcspError, PemFault, VerifyError};
pub use name::{DnsName, Match};
pub use ocsp::{Issuer, Response};
pub use roots::Roots;
pub use rustls_pki_types::{CertificateDer, ServerName};
pub use signature::{Hash, SignedWith};
pub use thumb::{Absent, Pins, Thumbprints};
pub use usage::KeyUse;
pub use verify::{verify_client, verify_server};
