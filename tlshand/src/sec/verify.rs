//! A signature checked with the public key of a certificate.
//!
//! Whether the certificate itself is to be believed is `x509`'s question; whether the scheme was offered is the caller's.

use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use rsa::Pkcs1v15Sign;
use rsa::pkcs1::DecodeRsaPublicKey as _;
use tlswire::{ProtocolVersion, SignatureScheme};
use x509::{Certificate, KeyKind, KeyUse, PublicKey, VerifyError};

use crate::allow::{Allow, Old};
use crate::error::Error;
use crate::sec::prf::MD5_SHA1_LEN;

/// Verifies `signature` over `message`, which is in the form of [`crate::sec::sign`]. In TLS 1.2 an ECDSA scheme names a hash
/// and no curve (RFC 8446 §4.2.3): each goes with both curves. Whether the scheme was offered is the caller's to know.
///
/// # Errors
/// [`Error::BadSignature`] if it does not verify; [`Error::Unoffered`] if the scheme is unknown, or is for another kind of key.
pub(crate) fn verify(
    key: &PublicKey,
    scheme: SignatureScheme,
    message: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    if let (KeyKind::Rsa { .. }, SignatureScheme::RSA_PKCS1_MD5_SHA1) = (key.kind(), scheme) {
        return verify_md5_sha1(key, message, signature);
    }
    let algorithm = algorithm(key.kind(), scheme).ok_or(Error::Unoffered("signature scheme"))?;
    UnparsedPublicKey::new(algorithm, key.bits()).verify(message, signature).map_err(|_| Error::BadSignature)
}

/// As [`verify`] in TLS 1.3, where an ECDSA scheme names the curve too, and PKCS #1 and SHA-1 are for certificates alone
/// (RFC 8446 §4.2.3).
///
/// # Errors
/// As [`verify`].
pub(crate) fn verify_tls13(
    key: &PublicKey,
    scheme: SignatureScheme,
    message: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    let is_on_its_curve = match key.kind() {
        KeyKind::P256 => scheme == SignatureScheme::ECDSA_SECP256R1_SHA256,
        KeyKind::P384 => scheme == SignatureScheme::ECDSA_SECP384R1_SHA384,
        _ => true,
    };
    if !is_on_its_curve || !TLS13_SCHEMES.contains(&scheme) {
        return Err(Error::Unoffered("signature scheme"));
    }
    verify(key, scheme, message, signature)
}

/// The key of the peer's certificate must be one that can be trusted, and for what the handshake does with it (RFC 8446 §4.4.2.2,
/// RFC 5246 §7.4.2), even where nobody asks whose it is.
///
/// # Errors
/// [`Error::Certificate`], [`Error::Untrusted`].
pub(crate) fn check_key(leaf: &Certificate, wanted: KeyUse) -> Result<(), Error> {
    let why = match leaf.public_key().kind() {
        KeyKind::Rsa { bits } if *bits < RSA_BITS_MIN => "an RSA key of the peer's has less than 2048 bits",
        KeyKind::Other(_) => "the peer's key is of an unsupported kind",
        _ if leaf.allows(wanted) => return Ok(()),
        _ => {
            let reason = VerifyError::WrongPurpose(match wanted {
                KeyUse::Signature => "the certificate's keyUsage allows no signatures",
                KeyUse::Decryption => "the certificate's keyUsage allows no encryption of secrets",
            });
            return Err(Error::Untrusted { reason, certificate: leaf.der().clone() });
        }
    };
    Err(Error::Certificate(VerifyError::Unsupported(why)))
}

/// The signature of two hashes side by side, which is one of exactly these bytes without a DigestInfo (RFC 2246 §7.4.3). Nothing
/// here is secret.
fn verify_md5_sha1(key: &PublicKey, hashes: &[u8], signature: &[u8]) -> Result<(), Error> {
    let key = rsa::PublicKey::from_pkcs1_der(key.bits()).map_err(|_| Error::BadSignature)?;
    let padding = Pkcs1v15Sign { hash_len: Some(MD5_SHA1_LEN), prefix: [].into() };
    key.verify(padding, hashes, signature).map_err(|_| Error::BadSignature)
}

/// The scheme of a signature in a message that may name one: in the versions that do not, it is the only one there is.
pub(crate) fn scheme(
    version: ProtocolVersion,
    named: Option<SignatureScheme>,
    offered: &[SignatureScheme],
) -> Result<SignatureScheme, Error> {
    match named {
        None if version < ProtocolVersion::TLS12 => Ok(SignatureScheme::RSA_PKCS1_MD5_SHA1),
        Some(scheme) if offered.contains(&scheme) => Ok(scheme),
        _ => Err(Error::Unoffered("signature scheme")),
    }
}

/// The schemes of TLS 1.2 that we verify under `allow`, as they are offered.
pub(crate) fn offered(allow: &Allow) -> Vec<SignatureScheme> {
    let sha1 = allow.has(Old::Sha1).then_some(SignatureScheme::RSA_PKCS1_SHA1);
    TLS13_SCHEMES.into_iter().chain(PKCS1_SCHEMES).chain(sha1).collect()
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
        (KeyKind::Rsa { .. }, S::RSA_PKCS1_SHA1) => &signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
        (KeyKind::P256, S::ECDSA_SECP256R1_SHA256) => &signature::ECDSA_P256_SHA256_ASN1,
        (KeyKind::P256, S::ECDSA_SECP384R1_SHA384) => &signature::ECDSA_P256_SHA384_ASN1,
        (KeyKind::P384, S::ECDSA_SECP256R1_SHA256) => &signature::ECDSA_P384_SHA256_ASN1,
        (KeyKind::P384, S::ECDSA_SECP384R1_SHA384) => &signature::ECDSA_P384_SHA384_ASN1,
        (KeyKind::Ed25519, S::ED25519) => &signature::ED25519,
        _ => return None,
    })
}

/// The schemes of a handshake in TLS 1.3, the preferred one first; [`offered`] are those of certificates then.
pub(crate) const TLS13_SCHEMES: [SignatureScheme; 6] = [
    SignatureScheme::ECDSA_SECP256R1_SHA256,
    SignatureScheme::ECDSA_SECP384R1_SHA384,
    SignatureScheme::ED25519,
    SignatureScheme::RSA_PSS_RSAE_SHA256,
    SignatureScheme::RSA_PSS_RSAE_SHA384,
    SignatureScheme::RSA_PSS_RSAE_SHA512,
];
/// Bits of an RSA modulus.
const RSA_BITS_MIN: usize = 2048;
/// What TLS 1.2 has besides: with SHA-256 or better, they are verified whatever is allowed.
const PKCS1_SCHEMES: [SignatureScheme; 3] =
    [SignatureScheme::RSA_PKCS1_SHA256, SignatureScheme::RSA_PKCS1_SHA384, SignatureScheme::RSA_PKCS1_SHA512];

#[cfg(test)]
mod tests;
