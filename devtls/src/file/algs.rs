//! `encalgs` and `hashalgs`: the names that `secret` knows, from the tables that it looks them up in.

use tlsrec::{ENCALGS, HASHALGS};

/// Writes `encalgs`: names with single blanks between, and no newline (tls(3)).
#[must_use]
pub fn encalgs() -> String {
    ENCALGS.each_ref().map(|alg| alg.name).join(" ")
}

/// Writes `hashalgs` likewise.
#[must_use]
pub fn hashalgs() -> String {
    HASHALGS.each_ref().map(|alg| alg.name).join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_the_originals() {
        assert_eq!(
            encalgs(),
            "clear rc4_128 3des_ede_cbc aes_128_cbc aes_256_cbc ccpoly64_aead ccpoly96_aead aes_128_gcm_aead \
             aes_256_gcm_aead"
        );
        assert_eq!(encalgs().len(), 112);
        assert_eq!(hashalgs(), "clear md5 sha1 sha256 sha384");
    }
}
