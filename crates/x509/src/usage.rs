//! What the key of a certificate may be used for, as its keyUsage has it (RFC 5280 §4.2.1.3).
//!
//! Extended key usage, which is about whole purposes, is `verify`'s.

use x509_cert::TbsCertificate;
use x509_cert::ext::pkix::KeyUsage;

use crate::error::Error;

/// What a handshake does with the key of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyUse {
    /// It signs: digitalSignature.
    Signature,
    /// It decrypts a secret that the other side chose: keyEncipherment.
    Decryption,
}

/// The uses that a certificate allows its key: all, if it says nothing of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyUses {
    signature: bool,
    decryption: bool,
}

impl KeyUses {
    /// Reads the extension, if it is there.
    pub(crate) fn of(certificate: &TbsCertificate) -> Result<KeyUses, Error> {
        let usage = certificate.get_extension::<KeyUsage>();
        let usage = usage.map_err(|_| Error::Malformed("bad key usage"))?;
        Ok(usage.map_or(KeyUses { signature: true, decryption: true }, |(_critical, usage)| KeyUses {
            signature: usage.digital_signature(),
            decryption: usage.key_encipherment(),
        }))
    }

    pub(crate) fn has(self, wanted: KeyUse) -> bool {
        match wanted {
            KeyUse::Signature => self.signature,
            KeyUse::Decryption => self.decryption,
        }
    }
}
