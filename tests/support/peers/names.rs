//! The versions, suites and groups that tests ask for, with what each peer calls them. Written down apart from the house's own tables, so
//! that a wrong number there is seen here.

use super::Key;

/// A suite.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Suite {
    /// Its number in the registry; of ChaCha20's draft, which is in none, Google's.
    pub(crate) code: u16,
    /// OpenSSL's spelling, and the one in which peers tell.
    pub(crate) name: &'static str,
    /// The registry's spelling: Java's and Go's.
    pub(crate) iana: &'static str,
    /// GnuTLS's words for key exchange, cipher and MAC.
    pub(crate) gnutls: [&'static str; 3],
    /// The key of the server's certificate; none where both have a secret.
    pub(crate) key: Option<Key>,
    /// The versions that it is for, the best one first, spelled as `SSL_PROTOCOL` has them.
    pub(crate) versions: &'static [&'static str],
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

impl Suite {
    /// Whether its key exchange is of this kind, in GnuTLS's words.
    pub(crate) fn has(&self, exchange: &str) -> bool {
        self.gnutls[0].split('-').any(|word| word == exchange)
    }

    /// Whether it is one of ChaCha20's draft.
    pub(crate) fn is_draft(&self) -> bool {
        (0xcc13..=0xcc15).contains(&self.code)
    }
}

const ONLY_TLS13: &[&str] = &["TLSv1.3"];
const ONLY_TLS12: &[&str] = &["TLSv1.2"];
const SINCE_TLS10: &[&str] = &["TLSv1.2", "TLSv1.1", "TLSv1"];
const SINCE_SSL3: &[&str] = &["TLSv1.2", "TLSv1.1", "TLSv1", "SSLv3"];

const fn suite(
    code: u16,
    name: &'static str,
    iana: &'static str,
    gnutls: [&'static str; 3],
    key: Option<Key>,
    versions: &'static [&'static str],
) -> Suite {
    Suite { code, name, iana, gnutls, key, versions }
}

const RSA: Option<Key> = Some(Key::Rsa);
const ECDSA: Option<Key> = Some(Key::P256);
const AES128_GCM: &str = "AES-128-GCM";
const AES256_GCM: &str = "AES-256-GCM";
const CHACHA: &str = "CHACHA20-POLY1305";
const AES128: &str = "AES-128-CBC";
const AES256: &str = "AES-256-CBC";
const TRIPLE_DES: &str = "3DES-CBC";

/// Every suite of TLS 1.2 that is on by default.
#[rustfmt::skip]
pub(crate) const SUITES: [Suite; 6] = [
    suite(0xc02f, "ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", ["ECDHE-RSA", AES128_GCM, "AEAD"], RSA, ONLY_TLS12),
    suite(0xc02b, "ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", ["ECDHE-ECDSA", AES128_GCM, "AEAD"], ECDSA, ONLY_TLS12),
    suite(0xc030, "ECDHE-RSA-AES256-GCM-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", ["ECDHE-RSA", AES256_GCM, "AEAD"], RSA, ONLY_TLS12),
    suite(0xc02c, "ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", ["ECDHE-ECDSA", AES256_GCM, "AEAD"], ECDSA, ONLY_TLS12),
    suite(0xcca8, "ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", ["ECDHE-RSA", CHACHA, "AEAD"], RSA, ONLY_TLS12),
    suite(0xcca9, "ECDHE-ECDSA-CHACHA20-POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", ["ECDHE-ECDSA", CHACHA, "AEAD"], ECDSA, ONLY_TLS12),
];

/// The others with certificates, which are off by default: the original's, each with the versions that it is for.
#[rustfmt::skip]
pub(crate) const OLD_SUITES: [Suite; 19] = [
    suite(0xc023, "ECDHE-ECDSA-AES128-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", ["ECDHE-ECDSA", AES128, "SHA256"], ECDSA, ONLY_TLS12),
    suite(0xc027, "ECDHE-RSA-AES128-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", ["ECDHE-RSA", AES128, "SHA256"], RSA, ONLY_TLS12),
    suite(0xc013, "ECDHE-RSA-AES128-SHA", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", ["ECDHE-RSA", AES128, "SHA1"], RSA, SINCE_TLS10),
    suite(0xc014, "ECDHE-RSA-AES256-SHA", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", ["ECDHE-RSA", AES256, "SHA1"], RSA, SINCE_TLS10),
    suite(0xccaa, "DHE-RSA-CHACHA20-POLY1305", "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", ["DHE-RSA", CHACHA, "AEAD"], RSA, ONLY_TLS12),
    suite(0x009e, "DHE-RSA-AES128-GCM-SHA256", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", ["DHE-RSA", AES128_GCM, "AEAD"], RSA, ONLY_TLS12),
    suite(0x0067, "DHE-RSA-AES128-SHA256", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256", ["DHE-RSA", AES128, "SHA256"], RSA, ONLY_TLS12),
    suite(0x0033, "DHE-RSA-AES128-SHA", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", ["DHE-RSA", AES128, "SHA1"], RSA, SINCE_SSL3),
    suite(0x0039, "DHE-RSA-AES256-SHA", "TLS_DHE_RSA_WITH_AES_256_CBC_SHA", ["DHE-RSA", AES256, "SHA1"], RSA, SINCE_SSL3),
    suite(0x0016, "DHE-RSA-DES-CBC3-SHA", "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA", ["DHE-RSA", TRIPLE_DES, "SHA1"], RSA, SINCE_SSL3),
    suite(0x009c, "AES128-GCM-SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256", ["RSA", AES128_GCM, "AEAD"], RSA, ONLY_TLS12),
    suite(0x003c, "AES128-SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA256", ["RSA", AES128, "SHA256"], RSA, ONLY_TLS12),
    suite(0x003d, "AES256-SHA256", "TLS_RSA_WITH_AES_256_CBC_SHA256", ["RSA", AES256, "SHA256"], RSA, ONLY_TLS12),
    suite(0x002f, "AES128-SHA", "TLS_RSA_WITH_AES_128_CBC_SHA", ["RSA", AES128, "SHA1"], RSA, SINCE_SSL3),
    suite(0x0035, "AES256-SHA", "TLS_RSA_WITH_AES_256_CBC_SHA", ["RSA", AES256, "SHA1"], RSA, SINCE_SSL3),
    suite(0x000a, "DES-CBC3-SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA", ["RSA", TRIPLE_DES, "SHA1"], RSA, SINCE_SSL3),
    suite(0xcc13, "ECDHE-RSA-CHACHA20-POLY1305-OLD", "", ["ECDHE-RSA", "", ""], RSA, ONLY_TLS12),
    suite(0xcc14, "ECDHE-ECDSA-CHACHA20-POLY1305-OLD", "", ["ECDHE-ECDSA", "", ""], ECDSA, ONLY_TLS12),
    suite(0xcc15, "DHE-RSA-CHACHA20-POLY1305-OLD", "", ["DHE-RSA", "", ""], RSA, ONLY_TLS12),
];

/// Those for who shares a secret with the server.
#[rustfmt::skip]
pub(crate) const PSK_SUITES: [Suite; 5] = [
    suite(0xccac, "ECDHE-PSK-CHACHA20-POLY1305", "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256", ["ECDHE-PSK", CHACHA, "AEAD"], None, ONLY_TLS12),
    suite(0xd001, "ECDHE-PSK-AES128-GCM-SHA256", "TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256", ["ECDHE-PSK", AES128_GCM, "AEAD"], None, ONLY_TLS12),
    suite(0xccab, "PSK-CHACHA20-POLY1305", "TLS_PSK_WITH_CHACHA20_POLY1305_SHA256", ["PSK", CHACHA, "AEAD"], None, ONLY_TLS12),
    suite(0x00ae, "PSK-AES128-CBC-SHA256", "TLS_PSK_WITH_AES_128_CBC_SHA256", ["PSK", AES128, "SHA256"], None, ONLY_TLS12),
    suite(0x008c, "PSK-AES128-CBC-SHA", "TLS_PSK_WITH_AES_128_CBC_SHA", ["PSK", AES128, "SHA1"], None, SINCE_TLS10),
];

/// Every suite of TLS 1.3, which goes with any kind of key.
#[rustfmt::skip]
pub(crate) const TLS13_SUITES: [Suite; 3] = [
    suite(0x1301, "TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256", ["", AES128_GCM, "AEAD"], RSA, ONLY_TLS13),
    suite(0x1302, "TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384", ["", AES256_GCM, "AEAD"], RSA, ONLY_TLS13),
    suite(0x1303, "TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256", ["", CHACHA, "AEAD"], RSA, ONLY_TLS13),
];

/// Every group of TLS 1.2 that is on by default.
pub(crate) const GROUPS: [Group; 3] = [
    Group { code: 29, name: "X25519", iana: "x25519", nss: "x25519" },
    Group { code: 23, name: "P-256", iana: "secp256r1", nss: "P256" },
    Group { code: 24, name: "P-384", iana: "secp384r1", nss: "P384" },
];

/// The group that only TLS 1.3 has and not everybody.
pub(crate) const MLKEM: Group =
    Group { code: 4588, name: "X25519MLKEM768", iana: "X25519MLKEM768", nss: "mlkem768x25519" };

/// Every suite.
pub(crate) fn all_suites() -> impl Iterator<Item = &'static Suite> {
    TLS13_SUITES.iter().chain(&SUITES).chain(&OLD_SUITES).chain(&PSK_SUITES)
}

/// The spelling of a suite in our dialect, from OpenSSL's.
pub(super) fn suite_by_name(name: &str) -> Option<&'static str> {
    all_suites().find(|suite| suite.name == name).map(|suite| suite.name)
}

/// The spelling of a suite in our dialect, from the registry's.
pub(super) fn suite_by_iana(iana: &str) -> Option<&'static str> {
    all_suites().find(|suite| suite.iana == iana).map(|suite| suite.name)
}

/// The spelling of a suite in our dialect, from its number.
pub(super) fn suite_by_code(code: u16) -> Option<&'static str> {
    all_suites().find(|suite| suite.code == code).map(|suite| suite.name)
}

/// The spelling of a group in our dialect, from its number.
pub(super) fn group_by_code(code: u16) -> Option<&'static str> {
    GROUPS.iter().find(|group| group.code == code).map(|group| group.name)
}
