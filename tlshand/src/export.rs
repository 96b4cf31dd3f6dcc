//! Keying material for whoever runs on a connection: bytes that both ends derive from its secret, and nobody else can (RFC 5705).
//!
//! EAP's keys (RFC 5216 §2.3, RFC 5281 §8), the original's session type `ttls` among them, are the same by another name. Which bytes
//! are wanted is said before the handshake, since its secrets are gone after it.

use std::fmt;

use zeroize::Zeroizing;

use crate::error::Error;

/// What to derive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// What it is for, such as `EXPORTER-Channel-Binding`: of whom it is agreed on with.
    pub label: String,
    /// What else it is bound to; none is not the same as no bytes.
    pub context: Option<Vec<u8>>,
    /// How many bytes.
    pub len: usize,
}

/// What was derived; wiped when it goes.
#[derive(Clone, PartialEq, Eq)]
pub struct Exported(Zeroizing<Vec<u8>>);

impl Export {
    /// Looks for what cannot be.
    ///
    /// # Errors
    /// [`Error::BadConf`]
    pub fn check(&self) -> Result<(), Error> {
        if self.label.is_empty() || self.label.len() > LABEL_LEN_MAX {
            return Err(Error::BadConf("a label of keying material has 1 to 249 bytes"));
        }
        if TAKEN.contains(&self.label.as_str()) {
            return Err(Error::BadConf("that label is the handshake's own"));
        }
        if !(1..=EXPORT_LEN_MAX).contains(&self.len) {
            return Err(Error::BadConf("keying material has 1 to 1024 bytes"));
        }
        if self.context.as_ref().is_some_and(|context| context.len() > CONTEXT_LEN_MAX) {
            return Err(Error::BadConf("a context of keying material has 65535 bytes at most"));
        }
        Ok(())
    }
}

impl Exported {
    /// Takes the bytes over.
    pub(crate) fn new(bytes: Zeroizing<Vec<u8>>) -> Exported {
        Exported(bytes)
    }

    /// The bytes. The caller keeps them as secret as a key.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Exported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Exported(..)")
    }
}

/// Bytes of a label: with TLS 1.3's own in front of it, a length field of one byte holds it (RFC 8446 §7.1).
const LABEL_LEN_MAX: usize = 249;
/// Bytes of a context (RFC 5705 §4).
const CONTEXT_LEN_MAX: usize = 65_535;
/// Bytes of keying material: eight times what EAP takes.
pub const EXPORT_LEN_MAX: usize = 1024;
/// The labels of TLS itself (RFC 5705 §4, RFC 7627 §4).
const TAKEN: [&str; 5] =
    ["client finished", "server finished", "master secret", "extended master secret", "key expansion"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_give_the_handshake_s_own_secrets_away_is_refused() {
        let export = |label: &str, len| Export { label: label.to_owned(), context: None, len };
        assert!(export("ttls keying material", 128).check().is_ok());
        assert!(export("x", EXPORT_LEN_MAX).check().is_ok());
        for bad in [export("key expansion", 32), export("", 32), export("x", 0), export("x", 1025)] {
            assert!(bad.check().is_err(), "{bad:?}");
        }
    }
}
