//! Whether a chain leads to an authority that a client says it believes (RFC 6066 §6).

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use factotum::CertifiedKey;
use x509::{Certificate, PublicKey};

use crate::msg::ext::TrustedAuthority;

/// Whether one of `authorities` has issued a certificate of the chain, as far as the chain shows: of the last issuer, which is
/// seldom in it, that is the name alone.
pub(super) fn leads_to(key: &CertifiedKey, authorities: &[TrustedAuthority]) -> bool {
    if authorities.is_empty() {
        return false;
    }
    let chain: Vec<Certificate> =
        key.chain().iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    // Those behind the first, and the first itself if it is its own authority.
    let issuers = || chain.iter().enumerate().filter(|(place, it)| *place > 0 || it.is_self_issued());
    authorities.iter().any(|authority| match authority {
        // Nothing was.
        TrustedAuthority::PreAgreed => false,
        TrustedAuthority::Name(name) => chain.iter().any(|it| it.issuer() == name),
        TrustedAuthority::CertSha1(hash) => issuers().any(|(_, it)| sha1(it.der()) == *hash),
        TrustedAuthority::KeySha1(hash) => issuers().any(|(_, it)| sha1(key_bytes(it.public_key())) == *hash),
    })
}

/// What of a key is hashed: of RSA the modulus without zeros before it, of others the subjectPublicKey.
fn key_bytes(key: &PublicKey) -> &[u8] {
    key.rsa_numbers().map_or_else(|| key.bits(), |(modulus, _)| modulus)
}

/// A name for bytes, not a proof.
fn sha1(bytes: &[u8]) -> [u8; 20] {
    let mut hash = [0; 20];
    for (to, from) in hash.iter_mut().zip(digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref()) {
        *to = *from;
    }
    hash
}
