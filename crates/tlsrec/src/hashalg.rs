//! The table of hash algorithms, each with its MAC.

use crate::{SecretError, mac::Mac};
use core::fmt;
use tlswire::ProtocolVersion;

/// A hash algorithm by its name in the device's `hashalgs` file (tls(3)).
pub struct Hashalg {
    /// The name.
    pub name: &'static str,
    /// The length of its MAC and of its MAC's key, in bytes.
    pub mac_len: usize,
    hmac: fn(&[u8]) -> Mac,
    /// `None` where SSL 3.0 has no MAC with this hash.
    ssl3: Option<fn(&[u8]) -> Mac>,
}

impl Hashalg {
    /// Finds an algorithm by its exact name.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        HASHALGS.iter().find(|hash| hash.name == name)
    }

    /// The MAC of this hash under a version, with its key.
    pub(crate) fn keyed(&self, version: ProtocolVersion, key: &[u8]) -> Result<Mac, SecretError> {
        if version == ProtocolVersion::SSL3 {
            self.ssl3.map(|make| make(key)).ok_or(SecretError::Sha256WithSsl3)
        } else {
            Ok((self.hmac)(key))
        }
    }
}

impl fmt::Debug for Hashalg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The hash algorithms, in the order of the `hashalgs` file.
pub static HASHALGS: [Hashalg; 4] = [
    Hashalg { name: "clear", mac_len: 0, hmac: |_| Mac::none(), ssl3: Some(|_| Mac::none()) },
    Hashalg { name: "md5", mac_len: 16, hmac: Mac::hmac_md5, ssl3: Some(Mac::ssl3_md5) },
    Hashalg { name: "sha1", mac_len: 20, hmac: Mac::hmac_sha1, ssl3: Some(Mac::ssl3_sha1) },
    Hashalg { name: "sha256", mac_len: 32, hmac: Mac::hmac_sha256, ssl3: None },
];
