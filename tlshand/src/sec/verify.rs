//! A signature checked with the public key of a certificate.
//!
//! Whether the certificate itself is to be believed is `x509`'s question; whether the scheme was offered is the caller's.

use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use tlswire::SignatureScheme;
use x509::{KeyKind, PublicKey};

use crate::error::Error;

/// Verifies `signature` over `message`. In TLS 1.2 an ECDSA scheme names a hash and no curve (RFC 8446 §4.2.3): each
/// goes with both curves.
///
/// # Errors
/// [`Error::BadSignature`] if it does not verify; [`Error::Unoffered`] if the scheme is none of [`SCHEMES`], or is for
/// another kind of key.
pub(crate) fn verify(
    key: &PublicKey,
    scheme: SignatureScheme,
    message: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    let algorithm = algorithm(key.kind(), scheme).ok_or(Error::Unoffered("signature scheme"))?;
    UnparsedPublicKey::new(algorithm, key.bits()).verify(message, signature).map_err(|_| Error::BadSignature)
}

fn algorithm(kind: &KeyKind, scheme: SignatureScheme) -> Option<&'static dyn VerificationAlgorithm> {
    use SignatureScheme as S;
    Some(match (kind, scheme) {
        (KeyKind::Rsa { .. }, S::RSA_PSS_RSAE_SHA256) => &signature::RSA_PSS_2048_8192_SHA256,
        (KeyKind::Rsa { .. }, S::RSA_PSS_RSAE_SHA384) => &signature::RSA_PSS_2048_8192_SHA384,
        (KeyKind::Rsa { .. }, S::RSA_PSS_RSAE_SHA512) => &signature::RSA_PSS_2048_8192_SHA512,
        (KeyKind::Rsa { .. }, S::RSA_PKCS1_SHA256) => &signature::RSA_PKCS1_2048_8192_SHA256,
        (KeyKind::Rsa { .. }, S::RSA_PKCS1_SHA384) => &signature::RSA_PKCS1_2048_8192_SHA384,
        (KeyKind::Rsa { .. }, S::RSA_PKCS1_SHA512) => &signature::RSA_PKCS1_2048_8192_SHA512,
        (KeyKind::P256, S::ECDSA_SECP256R1_SHA256) => &signature::ECDSA_P256_SHA256_ASN1,
        (KeyKind::P256, S::ECDSA_SECP384R1_SHA384) => &signature::ECDSA_P256_SHA384_ASN1,
        (KeyKind::P384, S::ECDSA_SECP256R1_SHA256) => &signature::ECDSA_P384_SHA256_ASN1,
        (KeyKind::P384, S::ECDSA_SECP384R1_SHA384) => &signature::ECDSA_P384_SHA384_ASN1,
        (KeyKind::Ed25519, S::ED25519) => &signature::ED25519,
        _ => return None,
    })
}

/// The schemes that we verify, as a client offers them: SHA-256 or better, never SHA-1 or MD5.
pub(crate) const SCHEMES: [SignatureScheme; 9] = [
    SignatureScheme::ECDSA_SECP256R1_SHA256,
    SignatureScheme::ECDSA_SECP384R1_SHA384,
    SignatureScheme::ED25519,
    SignatureScheme::RSA_PSS_RSAE_SHA256,
    SignatureScheme::RSA_PSS_RSAE_SHA384,
    SignatureScheme::RSA_PSS_RSAE_SHA512,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
];

#[cfg(test)]
mod tests;
