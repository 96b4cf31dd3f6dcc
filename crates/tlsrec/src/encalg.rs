//! The table of encryption algorithms, each with its maker.

use crate::protect::{Make, MakeHidden, aead, cbc, hidden, stream};
use core::fmt;

/// An encryption algorithm by its name in the device's `encalgs` file (tls(3)).
pub struct Encalg {
    /// The name.
    pub name: &'static str,
    /// The length of its key, in bytes.
    pub key_len: usize,
    /// The length of the initial vector or fixed nonce that a secret gives it before TLS 1.3, in bytes.
    pub iv_len: usize,
    /// Whether it encrypts blocks in a chain, so that a MAC may come before or after.
    pub(crate) is_block: bool,
    pub(crate) make: Make,
    /// How TLS 1.3 has it; `None` where it has not.
    pub(crate) make_hidden: Option<MakeHidden>,
}

impl Encalg {
    /// Finds an algorithm by its exact name.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        ENCALGS.iter().find(|enc| enc.name == name)
    }
}

impl fmt::Debug for Encalg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The encryption algorithms, in the order of the `encalgs` file.
pub static ENCALGS: [Encalg; 9] = [
    row("clear", 0, 0, stream::clear),
    row("rc4_128", 16, 0, stream::rc4),
    block("3des_ede_cbc", 24, 8, cbc::tdes),
    block("aes_128_cbc", 16, 16, cbc::aes128),
    block("aes_256_cbc", 32, 16, cbc::aes256),
    row("ccpoly64_aead", 32, 0, aead::ccpoly64),
    modern("ccpoly96_aead", 32, 12, aead::ccpoly96, hidden::ccpoly96),
    modern("aes_128_gcm_aead", 16, 4, aead::aes128_gcm, hidden::aes128_gcm),
    modern("aes_256_gcm_aead", 32, 4, aead::aes256_gcm, hidden::aes256_gcm),
];

const fn row(name: &'static str, key_len: usize, iv_len: usize, make: Make) -> Encalg {
    Encalg { name, key_len, iv_len, is_block: false, make, make_hidden: None }
}

const fn block(name: &'static str, key_len: usize, iv_len: usize, make: Make) -> Encalg {
    Encalg { is_block: true, ..row(name, key_len, iv_len, make) }
}

const fn modern(name: &'static str, key_len: usize, iv_len: usize, make: Make, hidden: MakeHidden) -> Encalg {
    Encalg { make_hidden: Some(hidden), ..row(name, key_len, iv_len, make) }
}
