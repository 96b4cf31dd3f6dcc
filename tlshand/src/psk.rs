//! A secret that client and server share beforehand (RFC 4279).

use std::fmt;

use zeroize::Zeroizing;

/// A secret and the name by which the client says which one it has.
#[derive(Clone, PartialEq, Eq)]
pub struct Psk {
    /// Its name, for everybody to see.
    pub identity: Vec<u8>,
    secret: Zeroizing<Vec<u8>>,
}

impl Psk {
    /// Names a secret; the caller wipes its own copy.
    #[must_use]
    pub fn new(identity: Vec<u8>, secret: &[u8]) -> Psk {
        Psk { identity, secret: Zeroizing::new(secret.to_vec()) }
    }

    /// Its bytes.
    pub(crate) fn secret(&self) -> &[u8] {
        &self.secret
    }

    /// Whether it can be used: both lengths have to fit their fields, and no secret is no proof.
    pub(crate) fn is_fit(&self) -> bool {
        (1..=SECRET_LEN_MAX).contains(&self.secret.len()) && self.identity.len() <= IDENTITY_LEN_MAX
    }
}

impl fmt::Debug for Psk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Psk({}, ..)", self.identity.escape_ascii())
    }
}

/// Bytes of a secret; Plan 9's authentication gives 8 or 256.
const SECRET_LEN_MAX: usize = 1024;
/// Bytes of an identity.
const IDENTITY_LEN_MAX: usize = 1024;
