//! The table of hash algorithms, each with its MAC.

use crate::{
    SecretError,
    mac::Mac,
    traffic::{self, Expand},
};
use core::fmt;
use tlswire::ProtocolVersion;

/// A hash algorithm by its name in the device's `hashalgs` file (tls(3)).
pub struct Hashalg {
    /// The name.
    pub name: &'static str,
    /// The length of its MAC, of its MAC's key and, in TLS 1.3, of a traffic secret, in bytes.
    pub mac_len: usize,
    /// `None` where it is no MAC but makes keys.
    hmac: Option<fn(&[u8]) -> Mac>,
    /// `None` where SSL 3.0 has no MAC with this hash.
    ssl3: Option<fn(&[u8]) -> Mac>,
    /// How it makes keys in TLS 1.3; `None` where it does not.
    pub(crate) expand: Option<Expand>,
}

impl Hashalg {
    /// Finds an algorithm by its exact name.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        HASHALGS.iter().find(|hash| hash.name == name)
    }

    /// Whether it is a MAC at all.
    pub(crate) const fn has_mac(&self) -> bool {
        self.hmac.is_some()
    }

    /// The MAC of this hash under a version, with its key.
    pub(crate) fn keyed(&self, version: ProtocolVersion, key: &[u8]) -> Result<Mac, SecretError> {
        if version == ProtocolVersion::SSL3 {
            self.ssl3.map(|make| make(key)).ok_or(SecretError::Sha256WithSsl3)
        } else {
            self.hmac.map(|make| make(key)).ok_or(SecretError::HashOfAnotherVersion)
        }
    }
}

impl fmt::Debug for Hashalg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The hash algorithms, in the order of the `hashalgs` file.
pub static HASHALGS: [Hashalg; 5] = [
    mac("clear", 0, |_| Mac::none(), Some(|_| Mac::none())),
    mac("md5", 16, Mac::hmac_md5, Some(Mac::ssl3_md5)),
    mac("sha1", 20, Mac::hmac_sha1, Some(Mac::ssl3_sha1)),
    Hashalg { expand: Some(traffic::expand_sha256), ..mac("sha256", 32, Mac::hmac_sha256, None) },
    Hashalg { name: "sha384", mac_len: 48, hmac: None, ssl3: None, expand: Some(traffic::expand_sha384) },
];

const fn mac(
    name: &'static str,
    mac_len: usize,
    hmac: fn(&[u8]) -> Mac,
    ssl3: Option<fn(&[u8]) -> Mac>,
) -> Hashalg {
    Hashalg { name, mac_len, hmac: Some(hmac), ssl3, expand: None }
}
