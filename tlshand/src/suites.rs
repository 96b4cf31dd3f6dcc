//! The cipher suites up to TLS 1.2, one row each, and which of them a device can do.
//!
//! The rows stand in order of preference, the original's: first the key exchange, then the cipher, then the hash; the rows
//! that it lacks stand beside their relatives. A server goes by its own order, not by the client's.

mod tls13;

use tlswire::{ProtocolVersion, Suite};
use x509::KeyUse;

use crate::allow::{Allow, Compat, Old};
use crate::error::Error;
use crate::sec::prf::Prf;

pub use crate::suites::tls13::{TLS13_SUITES, Tls13Suite};

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
    /// The hash of the PRF, and of the transcript, in TLS 1.2.
    pub prf: PrfHash,
    /// The oldest version that it is for; the newest is TLS 1.2 for all of them.
    pub first: ProtocolVersion,
    /// What must be allowed for its cipher.
    pub needs: Option<Old>,
}

/// A key exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kx {
    /// Ephemeral elliptic curve Diffie-Hellman (RFC 8422 §2).
    Ecdhe,
    /// Ephemeral finite-field Diffie-Hellman (RFC 5246 §F.1.1.3).
    Dhe,
    /// A secret encrypted for the server's key (RFC 5246 §F.1.1.2).
    Rsa,
    /// A secret that both have (RFC 4279 §2).
    Psk,
    /// A secret that both have, and an exchange as well (RFC 5489).
    EcdhePsk,
}

/// How the server proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// By an RSA key.
    Rsa,
    /// By an ECDSA key, or one of Ed25519 (RFC 8422 §5.10).
    Ecdsa,
    /// By the secret that both have.
    Psk,
}

/// The hash that a suite's PRF is made of in TLS 1.2 (RFC 5246 §5, RFC 5289 §3), and that everything is derived by in TLS 1.3
/// (RFC 8446 §7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrfHash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
}

impl Kx {
    /// Whether it agrees on a point of a named curve.
    #[must_use]
    pub fn has_curve(self) -> bool {
        matches!(self, Kx::Ecdhe | Kx::EcdhePsk)
    }

    /// Whether the server signs its half.
    pub(crate) fn is_signed(self) -> bool {
        matches!(self, Kx::Ecdhe | Kx::Dhe)
    }

    /// What the key in the server's certificate is for, where there is one (RFC 5246 §7.4.2).
    pub(crate) fn key_use(self) -> KeyUse {
        match self {
            Kx::Rsa => KeyUse::Decryption,
            Kx::Dhe | Kx::Ecdhe | Kx::Psk | Kx::EcdhePsk => KeyUse::Signature,
        }
    }

    /// Whether it takes a secret that both have.
    pub(crate) fn has_psk(self) -> bool {
        matches!(self, Kx::Psk | Kx::EcdhePsk)
    }

    fn needs(self) -> Option<Old> {
        match self {
            Kx::Dhe => Some(Old::Dhe),
            Kx::Rsa => Some(Old::Rsa),
            Kx::Ecdhe | Kx::Psk | Kx::EcdhePsk => None,
        }
    }
}

impl CipherSuite {
    /// The row of a number.
    #[must_use]
    pub fn by_number(suite: Suite) -> Option<&'static CipherSuite> {
        SUITES.iter().find(|row| row.suite == suite)
    }

    /// Whether it may be used with `version`: what authenticates by itself and what hashes with SHA-256 is of TLS 1.2, curves
    /// and shared secrets came with TLS 1.0.
    #[must_use]
    pub fn is_for(&self, version: ProtocolVersion) -> bool {
        version >= self.first && version <= ProtocolVersion::TLS12
    }

    /// Whether all that it needs is allowed.
    #[must_use]
    pub fn is_allowed(&self, allow: &Allow) -> bool {
        [self.needs, self.kx.needs()].into_iter().flatten().all(|old| allow.has(old))
    }

    /// Whether its records are made by a block cipher and a MAC, so that their order may be the other one (RFC 7366).
    #[must_use]
    pub fn is_block_mac(&self) -> bool {
        self.encalg.ends_with("_cbc")
    }

    /// What its secrets are derived by in `version`.
    pub(crate) fn prf(&self, version: ProtocolVersion) -> Prf {
        match (version, self.prf) {
            (ProtocolVersion::SSL3, _) => Prf::Ssl3,
            (ProtocolVersion::TLS10 | ProtocolVersion::TLS11, _) => Prf::Md5Sha1,
            (_, PrfHash::Sha256) => Prf::Sha256,
            (_, PrfHash::Sha384) => Prf::Sha384,
        }
    }

    /// Whether 9front has it too.
    fn is_of_9front(&self) -> bool {
        self.prf == PrfHash::Sha256 && self.kx != Kx::EcdhePsk
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

    /// The rows of `wanted` that the device has the algorithms for, that are allowed, and that prove who the server is in the
    /// way that `has_psk` says, in the order of `wanted`.
    ///
    /// # Errors
    /// [`Error::NoSuite`] if there is none.
    pub(crate) fn usable(&self, wanted: &Wanted<'_>) -> Result<Vec<&'static CipherSuite>, Error> {
        let has = |names: &[String], name| names.iter().any(|has| has == name);
        let rows: Vec<_> = wanted
            .suites
            .iter()
            .filter_map(|suite| CipherSuite::by_number(*suite))
            .filter(|row| row.kx.has_psk() == wanted.has_psk && row.is_allowed(wanted.allow))
            .filter(|row| wanted.compat == Compat::House || row.is_of_9front())
            .filter(|row| has(&self.encalgs, row.encalg) && has(&self.hashalgs, row.hashalg))
            .collect();
        if rows.is_empty() { Err(Error::NoSuite) } else { Ok(rows) }
    }
}

/// Which suites a configuration wants.
pub(crate) struct Wanted<'a> {
    pub(crate) suites: &'a [Suite],
    pub(crate) allow: &'a Allow,
    pub(crate) compat: Compat,
    /// Whether there is a secret that both have. Then nothing else will do: who the peer is was said with that secret.
    pub(crate) has_psk: bool,
}

/// What protects the records of a suite.
struct Cipher {
    encalg: &'static str,
    hashalg: &'static str,
    secret_len: usize,
    prf: PrfHash,
    first: ProtocolVersion,
    needs: Option<Old>,
}

impl Cipher {
    const fn aead(encalg: &'static str, secret_len: usize, prf: PrfHash, needs: Option<Old>) -> Cipher {
        Cipher { encalg, hashalg: "clear", secret_len, prf, first: ProtocolVersion::TLS12, needs }
    }

    const fn cbc(
        encalg: &'static str,
        hashalg: &'static str,
        secret_len: usize,
        first: ProtocolVersion,
        needs: Old,
    ) -> Cipher {
        Cipher { encalg, hashalg, secret_len, prf: PrfHash::Sha256, first, needs: Some(needs) }
    }
}

const CHACHA: Cipher = Cipher::aead("ccpoly96_aead", 88, PrfHash::Sha256, None);
const DRAFT_CHACHA: Cipher = Cipher::aead("ccpoly64_aead", 64, PrfHash::Sha256, Some(Old::DraftChacha));
const AES128_GCM: Cipher = Cipher::aead("aes_128_gcm_aead", 40, PrfHash::Sha256, None);
const AES256_GCM: Cipher = Cipher::aead("aes_256_gcm_aead", 72, PrfHash::Sha384, None);
const AES128_SHA256: Cipher = Cipher::cbc("aes_128_cbc", "sha256", 128, ProtocolVersion::TLS12, Old::Cbc);
const AES256_SHA256: Cipher = Cipher::cbc("aes_256_cbc", "sha256", 160, ProtocolVersion::TLS12, Old::Cbc);
const AES128_SHA: Cipher = Cipher::cbc("aes_128_cbc", "sha1", 104, ProtocolVersion::SSL3, Old::Cbc);
const AES256_SHA: Cipher = Cipher::cbc("aes_256_cbc", "sha1", 136, ProtocolVersion::SSL3, Old::Cbc);
const TRIPLE_DES_SHA: Cipher =
    Cipher::cbc("3des_ede_cbc", "sha1", 104, ProtocolVersion::SSL3, Old::TripleDes);

const fn row(suite: Suite, kx: Kx, auth: Auth, cipher: &Cipher) -> CipherSuite {
    let first = match kx {
        Kx::Dhe | Kx::Rsa => cipher.first,
        _ if cipher.first.0 > ProtocolVersion::TLS10.0 => cipher.first,
        _ => ProtocolVersion::TLS10,
    };
    // A secret that both have is not asked for by accident, and 9front has nothing else to go with it.
    let needs = match kx {
        Kx::Psk | Kx::EcdhePsk => None,
        _ => cipher.needs,
    };
    let Cipher { encalg, hashalg, secret_len, prf, .. } = *cipher;
    CipherSuite { suite, encalg, hashalg, secret_len, kx, auth, prf, first, needs }
}

/// Every suite, the preferred one first.
pub static SUITES: [CipherSuite; 30] = [
    row(Suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, Kx::Ecdhe, Auth::Ecdsa, &CHACHA),
    row(Suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_OLD, Kx::Ecdhe, Auth::Ecdsa, &DRAFT_CHACHA),
    row(Suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, Kx::Ecdhe, Auth::Ecdsa, &AES128_GCM),
    row(Suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, Kx::Ecdhe, Auth::Ecdsa, &AES256_GCM),
    row(Suite::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, Kx::Ecdhe, Auth::Ecdsa, &AES128_SHA256),
    row(Suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, Kx::Ecdhe, Auth::Rsa, &CHACHA),
    row(Suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_OLD, Kx::Ecdhe, Auth::Rsa, &DRAFT_CHACHA),
    row(Suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, Kx::Ecdhe, Auth::Rsa, &AES128_GCM),
    row(Suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, Kx::Ecdhe, Auth::Rsa, &AES256_GCM),
    row(Suite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, Kx::Ecdhe, Auth::Rsa, &AES128_SHA256),
    row(Suite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, Kx::Ecdhe, Auth::Rsa, &AES128_SHA),
    row(Suite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, Kx::Ecdhe, Auth::Rsa, &AES256_SHA),
    row(Suite::TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256, Kx::Dhe, Auth::Rsa, &CHACHA),
    row(Suite::TLS_DHE_RSA_WITH_CHACHA20_POLY1305_OLD, Kx::Dhe, Auth::Rsa, &DRAFT_CHACHA),
    row(Suite::TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, Kx::Dhe, Auth::Rsa, &AES128_GCM),
    row(Suite::TLS_DHE_RSA_WITH_AES_128_CBC_SHA256, Kx::Dhe, Auth::Rsa, &AES128_SHA256),
    row(Suite::TLS_DHE_RSA_WITH_AES_128_CBC_SHA, Kx::Dhe, Auth::Rsa, &AES128_SHA),
    row(Suite::TLS_DHE_RSA_WITH_AES_256_CBC_SHA, Kx::Dhe, Auth::Rsa, &AES256_SHA),
    row(Suite::TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA, Kx::Dhe, Auth::Rsa, &TRIPLE_DES_SHA),
    row(Suite::TLS_RSA_WITH_AES_128_GCM_SHA256, Kx::Rsa, Auth::Rsa, &AES128_GCM),
    row(Suite::TLS_RSA_WITH_AES_128_CBC_SHA256, Kx::Rsa, Auth::Rsa, &AES128_SHA256),
    row(Suite::TLS_RSA_WITH_AES_256_CBC_SHA256, Kx::Rsa, Auth::Rsa, &AES256_SHA256),
    row(Suite::TLS_RSA_WITH_AES_128_CBC_SHA, Kx::Rsa, Auth::Rsa, &AES128_SHA),
    row(Suite::TLS_RSA_WITH_AES_256_CBC_SHA, Kx::Rsa, Auth::Rsa, &AES256_SHA),
    row(Suite::TLS_RSA_WITH_3DES_EDE_CBC_SHA, Kx::Rsa, Auth::Rsa, &TRIPLE_DES_SHA),
    row(Suite::TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256, Kx::EcdhePsk, Auth::Psk, &CHACHA),
    row(Suite::TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256, Kx::EcdhePsk, Auth::Psk, &AES128_GCM),
    row(Suite::TLS_PSK_WITH_CHACHA20_POLY1305_SHA256, Kx::Psk, Auth::Psk, &CHACHA),
    row(Suite::TLS_PSK_WITH_AES_128_CBC_SHA256, Kx::Psk, Auth::Psk, &AES128_SHA256),
    row(Suite::TLS_PSK_WITH_AES_128_CBC_SHA, Kx::Psk, Auth::Psk, &AES128_SHA),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Those of the original that may be told apart from ours: 9front has neither AES-256-GCM nor ECDHE-PSK.
    #[test]
    fn the_original_s_rows_stand_in_the_original_s_order() {
        let numbers: Vec<u16> =
            SUITES.iter().filter(|row| row.is_of_9front()).map(|row| row.suite.0).collect();
        assert_eq!(
            numbers,
            [
                0xcca9, 0xcc14, 0xc02b, 0xc023, 0xcca8, 0xcc13, 0xc02f, 0xc027, 0xc013, 0xc014, 0xccaa,
                0xcc15, 0x009e, 0x0067, 0x0033, 0x0039, 0x0016, 0x009c, 0x003c, 0x003d, 0x002f, 0x0035,
                0x000a, 0xccab, 0x00ae, 0x008c
            ]
        );
    }

    #[test]
    fn what_is_new_is_for_the_newest_version_alone() {
        for row in &SUITES {
            let is_new = row.hashalg != "sha1";
            assert_eq!(row.is_for(ProtocolVersion::TLS11), !is_new, "{row:?}");
            assert_eq!(row.is_for(ProtocolVersion::TLS10), !is_new, "{row:?}");
            let is_plain = matches!(row.kx, Kx::Rsa | Kx::Dhe);
            assert_eq!(row.is_for(ProtocolVersion::SSL3), !is_new && is_plain, "{row:?}");
            assert!(row.is_for(ProtocolVersion::TLS12) && !row.is_for(ProtocolVersion::TLS13));
        }
    }

    #[test]
    fn nothing_old_is_on_by_itself() {
        let on: Vec<u16> =
            SUITES.iter().filter(|row| row.is_allowed(&Allow::default())).map(|row| row.suite.0).collect();
        let certified = [0xcca9, 0xc02b, 0xc02c, 0xcca8, 0xc02f, 0xc030];
        assert_eq!(on, [&certified[..], &[0xccac, 0xd001, 0xccab, 0x00ae, 0x008c]].concat());
    }

    #[test]
    fn secrets_have_the_lengths_of_their_algorithms() {
        for row in &SUITES {
            let mac_len = [("clear", 0), ("sha1", 20), ("sha256", 32)];
            let key_and_iv = [
                ("3des_ede_cbc", 32),
                ("aes_128_cbc", 32),
                ("aes_256_cbc", 48),
                ("ccpoly64_aead", 32),
                ("ccpoly96_aead", 44),
                ("aes_128_gcm_aead", 20),
                ("aes_256_gcm_aead", 36),
            ];
            let of =
                |table: &[(&str, usize)], name| table.iter().find(|(known, _)| *known == name).unwrap().1;
            assert_eq!(
                row.secret_len,
                2 * (of(&mac_len, row.hashalg) + of(&key_and_iv, row.encalg)),
                "{row:?}"
            );
        }
    }
}
