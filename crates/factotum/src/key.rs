//! The private key of a certificate: here, or where only a factotum gets at it.

use tlswire::SignatureScheme;

use crate::private::PrivateKey;
use crate::remote::RemoteKey;

/// A private key, or the road to one.
pub enum Key {
    /// It is in this process.
    Here(PrivateKey),
    /// A factotum has it, and is asked for each operation.
    Elsewhere(RemoteKey),
}

impl Key {
    /// The schemes that it signs with, the preferred one first: see [`PrivateKey::schemes`].
    #[must_use]
    pub fn schemes(&self) -> &'static [SignatureScheme] {
        match self {
            Key::Here(key) => key.schemes(),
            Key::Elsewhere(key) => key.schemes(),
        }
    }

    /// The schemes that it also signs with for the old protocols: see [`PrivateKey::old_schemes`].
    #[must_use]
    pub fn old_schemes(&self) -> &'static [SignatureScheme] {
        match self {
            Key::Here(key) => key.old_schemes(),
            Key::Elsewhere(key) => key.old_schemes(),
        }
    }

    /// The key itself, if it is here.
    #[must_use]
    pub fn here(&self) -> Option<&PrivateKey> {
        match self {
            Key::Here(key) => Some(key),
            Key::Elsewhere(_) => None,
        }
    }

    /// Its public part, in the form of [`x509::PublicKey::bits`].
    #[must_use]
    pub fn public_bits(&self) -> &[u8] {
        match self {
            Key::Here(key) => key.public_bits(),
            Key::Elsewhere(key) => key.public_bits(),
        }
    }
}

impl From<PrivateKey> for Key {
    fn from(key: PrivateKey) -> Key {
        Key::Here(key)
    }
}

impl From<RemoteKey> for Key {
    fn from(key: RemoteKey) -> Key {
        Key::Elsewhere(key)
    }
}
