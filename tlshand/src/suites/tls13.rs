//! The cipher suites of TLS 1.3, one row each: a cipher and a hash, and nothing about keys (RFC 8446 §B.4).
//!
//! The two that the standard has besides, with CCM, no device has.

use tlswire::Suite;

use crate::suites::{Algs, PrfHash, Wanted};

/// One suite.
#[derive(Debug, PartialEq, Eq)]
pub struct Tls13Suite {
    /// Its number.
    pub suite: Suite,
    /// The second word of `secret`: a name of the device's `encalgs`.
    pub encalg: &'static str,
    /// The hash of the transcript and of the key schedule.
    pub hash: PrfHash,
}

impl Tls13Suite {
    /// The row of a number.
    #[must_use]
    pub fn by_number(suite: Suite) -> Option<&'static Tls13Suite> {
        TLS13_SUITES.iter().find(|row| row.suite == suite)
    }

    /// The first word of `secret`: a name of the device's `hashalgs`.
    #[must_use]
    pub fn hashalg(&self) -> &'static str {
        match self.hash {
            PrfHash::Sha256 => "sha256",
            PrfHash::Sha384 => SHA384,
        }
    }
}

impl Algs {
    /// Whether the device has a record layer for TLS 1.3: those without have no `sha384` either, of which nothing older had a use.
    pub(crate) fn has_tls13(&self) -> bool {
        self.hashalgs.iter().any(|name| name == SHA384)
    }

    /// The rows of `wanted` that the device has the algorithms for, in the order of `wanted`. Empty on a device without TLS 1.3.
    pub(crate) fn usable_tls13(&self, wanted: &Wanted<'_>) -> Vec<&'static Tls13Suite> {
        if !self.has_tls13() {
            return Vec::new();
        }
        let has = |names: &[String], name| names.iter().any(|has| has == name);
        wanted
            .suites
            .iter()
            .filter_map(|suite| Tls13Suite::by_number(*suite))
            .filter(|row| has(&self.encalgs, row.encalg) && has(&self.hashalgs, row.hashalg()))
            .collect()
    }
}

/// Every suite, the preferred one first: AES is done by the processor almost everywhere.
pub static TLS13_SUITES: [Tls13Suite; 3] = [
    Tls13Suite { suite: Suite::TLS_AES_128_GCM_SHA256, encalg: "aes_128_gcm_aead", hash: PrfHash::Sha256 },
    Tls13Suite { suite: Suite::TLS_AES_256_GCM_SHA384, encalg: "aes_256_gcm_aead", hash: PrfHash::Sha384 },
    Tls13Suite { suite: Suite::TLS_CHACHA20_POLY1305_SHA256, encalg: "ccpoly96_aead", hash: PrfHash::Sha256 },
];

const SHA384: &str = "sha384";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allow::{Allow, Compat};

    fn usable(encalgs: &str, hashalgs: &str, suites: &[Suite]) -> Vec<u16> {
        let wanted = Wanted { suites, allow: &Allow::default(), compat: Compat::House, has_psk: false };
        Algs::parse(encalgs, hashalgs).usable_tls13(&wanted).iter().map(|row| row.suite.0).collect()
    }

    #[test]
    fn a_device_without_sha384_has_no_tls13() {
        let all: Vec<Suite> = TLS13_SUITES.iter().map(|row| row.suite).collect();
        let encalgs = "clear aes_128_gcm_aead ccpoly96_aead aes_256_gcm_aead";
        assert_eq!(usable(encalgs, "clear md5 sha1 sha256", &all), [0_u16; 0]);
        assert_eq!(usable(encalgs, "clear md5 sha1 sha256 sha384", &all), [0x1301, 0x1302, 0x1303]);
        assert_eq!(usable("clear ccpoly96_aead", "sha256 sha384", &all), [0x1303]);
    }

    #[test]
    fn the_order_is_the_one_that_was_wanted() {
        let wanted = [0x1303, 0xc02f, 0x1305, 0x1302].map(Suite);
        assert_eq!(usable("ccpoly96_aead aes_256_gcm_aead", "sha256 sha384", &wanted), [0x1303, 0x1302]);
    }
}
