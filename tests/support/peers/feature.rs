//! What a connection may do beyond a plain handshake with a certificate of the server's.

use crate::support::certs::Key;

/// One such thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feature {
    /// The server wants another group than the one of the client's share, and gets another hello (RFC 8446 §4.1.4).
    Retry,
    /// A group that withstands quantum computers, X25519MLKEM768.
    MlKem,
    /// A certificate of the client's, with this kind of key.
    ClientCert(Key),
    /// A secret from before in the place of certificates, in TLS 1.3 (RFC 8446 §2.2).
    Secret,
    /// The same after another hello, whose binder covers the first one too (RFC 8446 §4.2.11.2).
    SecretRetry,
    /// A session that goes on, by a ticket.
    Resumption,
    /// A KeyUpdate that we begin.
    OurUpdate,
    /// A KeyUpdate that the peer begins.
    ItsUpdate,
}

impl Feature {
    /// Whether it needs a secret from before.
    pub(crate) fn has_secret(self) -> bool {
        matches!(self, Feature::Secret | Feature::SecretRetry)
    }

    /// What it is called in the matrix.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Feature::Retry => "HelloRetryRequest",
            Feature::MlKem => "X25519MLKEM768",
            Feature::ClientCert(_) => "client certificate",
            Feature::Secret => "secret",
            Feature::SecretRetry => "secret after HelloRetryRequest",
            Feature::Resumption => "resumption",
            Feature::OurUpdate => "KeyUpdate that we begin",
            Feature::ItsUpdate => "KeyUpdate that the peer begins",
        }
    }
}
