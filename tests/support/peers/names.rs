//! The suites and groups that tests ask for, with what each peer calls them. Written down apart from the house's own tables, so that a
//! wrong number there is seen here.

use super::Key;

/// A TLS 1.2 suite.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Suite {
    /// Its number (RFC 5289 §3, RFC 7905 §2).
    pub(crate) code: u16,
    /// OpenSSL's spelling, and the one in which peers tell.
    pub(crate) name: &'static str,
    /// The registry's spelling: Java's and Go's.
    pub(crate) iana: &'static str,
    /// GnuTLS's spelling of its cipher.
    pub(crate) gnutls: &'static str,
    /// The key of the server's certificate.
    pub(crate) key: Key,
}

/// A named group.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// Its number (RFC 8422 §5.1.1).
    pub(crate) code: u16,
    /// The spelling in which peers tell; OpenSSL takes it.
    pub(crate) name: &'static str,
    /// The registry's spelling; Java takes it.
    pub(crate) iana: &'static str,
    /// NSS's spelling.
    pub(crate) nss: &'static str,
}

/// Every suite of TLS 1.2 that is on by default.
pub(crate) const SUITES: [Suite; 6] = [
    Suite {
        code: 0xc02f,
        name: "ECDHE-RSA-AES128-GCM-SHA256",
        iana: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        gnutls: "AES-128-GCM",
        key: Key::Rsa,
    },
    Suite {
        code: 0xc02b,
        name: "ECDHE-ECDSA-AES128-GCM-SHA256",
        iana: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        gnutls: "AES-128-GCM",
        key: Key::P256,
    },
    Suite {
        code: 0xc030,
        name: "ECDHE-RSA-AES256-GCM-SHA384",
        iana: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        gnutls: "AES-256-GCM",
        key: Key::Rsa,
    },
    Suite {
        code: 0xc02c,
        name: "ECDHE-ECDSA-AES256-GCM-SHA384",
        iana: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        gnutls: "AES-256-GCM",
        key: Key::P256,
    },
    Suite {
        code: 0xcca8,
        name: "ECDHE-RSA-CHACHA20-POLY1305",
        iana: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        gnutls: "CHACHA20-POLY1305",
        key: Key::Rsa,
    },
    Suite {
        code: 0xcca9,
        name: "ECDHE-ECDSA-CHACHA20-POLY1305",
        iana: "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        gnutls: "CHACHA20-POLY1305",
        key: Key::P256,
    },
];

/// Every group of TLS 1.2 that is on by default.
pub(crate) const GROUPS: [Group; 3] = [
    Group { code: 29, name: "X25519", iana: "x25519", nss: "x25519" },
    Group { code: 23, name: "P-256", iana: "secp256r1", nss: "P256" },
    Group { code: 24, name: "P-384", iana: "secp384r1", nss: "P384" },
];

/// The spelling of a suite in our dialect, from OpenSSL's.
pub(super) fn suite_by_name(name: &str) -> Option<&'static str> {
    SUITES.iter().find(|suite| suite.name == name).map(|suite| suite.name)
}

/// The spelling of a suite in our dialect, from the registry's.
pub(super) fn suite_by_iana(iana: &str) -> Option<&'static str> {
    SUITES.iter().find(|suite| suite.iana == iana).map(|suite| suite.name)
}

/// The spelling of a suite in our dialect, from its number.
pub(super) fn suite_by_code(code: u16) -> Option<&'static str> {
    SUITES.iter().find(|suite| suite.code == code).map(|suite| suite.name)
}

/// The spelling of a group in our dialect, from its number.
pub(super) fn group_by_code(code: u16) -> Option<&'static str> {
    GROUPS.iter().find(|group| group.code == code).map(|group| group.name)
}
