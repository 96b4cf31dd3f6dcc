//! The cipher suites of TLS 1.2 that this house speaks, one row each, and which of them a device can do.
//!
//! The rows stand in order of preference, the original's: ECDSA before RSA, and in each ChaCha20, AES-128, AES-256. A
//! server goes by its own order, not by the client's.

use tlswire::Suite;

use crate::error::Error;

/// One suite.
#[derive(Debug, PartialEq, Eq)]
pub struct CipherSuite {
    /// Its number.
    pub suite: Suite,
    /// The second word of `secret`: a name of the device's `encalgs`.
    pub encalg: &'static str,
    /// The first word of `secret`: a name of the device's `hashalgs`.
    pub hashalg: &'static str,
    /// Bytes of the key block that `secret` takes: both ways' mac keys, keys and ivs.
    pub secret_len: usize,
    /// How the pre_master_secret comes about.
    pub kx: Kx,
    /// What the server's certificate must be able to do.
    pub auth: Auth,
    /// The hash of the PRF, and of the transcript.
    pub prf: PrfHash,
}

/// A key exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kx {
    /// Ephemeral elliptic curve Diffie-Hellman (RFC 8422 §2).
    Ecdhe,
}

/// Who signs the key exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// An RSA key.
    Rsa,
    /// An ECDSA key, or one of Ed25519 (RFC 8422 §5.10).
    Ecdsa,
}

/// The hash that a suite's PRF is made of (RFC 5246 §5, RFC 5289 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrfHash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
}

impl CipherSuite {
    /// The row of a number.
    #[must_use]
    pub fn by_number(suite: Suite) -> Option<&'static CipherSuite> {
        SUITES.iter().find(|row| row.suite == suite)
    }
}

/// What the device can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Algs {
    /// The words of its file `encalgs`.
    pub encalgs: Vec<String>,
    /// The words of its file `hashalgs`.
    pub hashalgs: Vec<String>,
}

impl Algs {
    /// Splits the texts of the two files into words.
    #[must_use]
    pub fn parse(encalgs: &str, hashalgs: &str) -> Algs {
        let words = |text: &str| text.split_ascii_whitespace().map(str::to_owned).collect();
        Algs { encalgs: words(encalgs), hashalgs: words(hashalgs) }
    }

    /// The rows of `wanted` that the device has the algorithms for, in the order of `wanted`.
    ///
    /// # Errors
    /// [`Error::NoSuite`] if there is none.
    pub(crate) fn usable(&self, wanted: &[Suite]) -> Result<Vec<&'static CipherSuite>, Error> {
        let has = |names: &[String], name| names.iter().any(|has| has == name);
        let rows: Vec<_> = wanted
            .iter()
            .filter_map(|suite| CipherSuite::by_number(*suite))
            .filter(|row| has(&self.encalgs, row.encalg) && has(&self.hashalgs, row.hashalg))
            .collect();
        if rows.is_empty() { Err(Error::NoSuite) } else { Ok(rows) }
    }
}

const fn ecdhe(
    suite: Suite,
    auth: Auth,
    encalg: &'static str,
    secret_len: usize,
    prf: PrfHash,
) -> CipherSuite {
    CipherSuite { suite, encalg, hashalg: "clear", secret_len, kx: Kx::Ecdhe, auth, prf }
}

/// Every suite, the preferred one first.
pub static SUITES: [CipherSuite; 6] = [
    ecdhe(
        Suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        Auth::Ecdsa,
        "ccpoly96_aead",
        88,
        PrfHash::Sha256,
    ),
    ecdhe(
        Suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        Auth::Ecdsa,
        "aes_128_gcm_aead",
        40,
        PrfHash::Sha256,
    ),
    ecdhe(
        Suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        Auth::Ecdsa,
        "aes_256_gcm_aead",
        72,
        PrfHash::Sha384,
    ),
    ecdhe(
        Suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        Auth::Rsa,
        "ccpoly96_aead",
        88,
        PrfHash::Sha256,
    ),
    ecdhe(Suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, Auth::Rsa, "aes_128_gcm_aead", 40, PrfHash::Sha256),
    ecdhe(Suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, Auth::Rsa, "aes_256_gcm_aead", 72, PrfHash::Sha384),
];
