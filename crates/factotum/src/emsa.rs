//! The padding of RSA signatures: what the private operation is done on, where it is done elsewhere (RFC 8017 §9).
//!
//! Keys that are here are signed with by the library, padding and all.

use aws_lc_rs::digest::{self, Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512};
use tlswire::SignatureScheme;

/// How a signature is padded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Padding {
    /// RSASSA-PKCS1-v1_5.
    Pkcs1,
    /// RSASSA-PSS with MGF1 of the same hash and a salt as long as the hash.
    Pss,
}

/// Encodes `message` for a key whose modulus has `modulus_bits` bits; `salt` is [`SALT_LEN_MAX`] random bytes, of which PSS
/// takes as many as the hash has. For MD5 and SHA-1 side by side `message` is those two hashes (RFC 2246 §7.4.3). Nothing for a
/// scheme that is not RSA's, and for a key that is too small.
pub(crate) fn encode(
    scheme: SignatureScheme,
    message: &[u8],
    modulus_bits: usize,
    salt: &[u8; SALT_LEN_MAX],
) -> Option<Vec<u8>> {
    if scheme == SignatureScheme::RSA_PKCS1_MD5_SHA1 {
        return pkcs1(&[], message, modulus_bits.div_ceil(8)).filter(|_| message.len() == MD5_SHA1_LEN);
    }
    let (padding, hash) = row(scheme)?;
    let digest = digest::digest(hash, message);
    match padding {
        Padding::Pkcs1 => pkcs1(prefix(hash)?, digest.as_ref(), modulus_bits.div_ceil(8)),
        Padding::Pss => pss(hash, digest.as_ref(), modulus_bits, salt.get(..hash.output_len())?),
    }
}

/// RFC 8017 §9.2.
fn pkcs1(prefix: &[u8], digest: &[u8], len: usize) -> Option<Vec<u8>> {
    let info_len = prefix.len() + digest.len();
    // At least 8 bytes of padding, and 3 around it.
    let padding_len = len.checked_sub(info_len + 3).filter(|padding_len| *padding_len >= 8)?;
    let mut encoded = vec![0, 1];
    encoded.resize(2 + padding_len, 0xff);
    encoded.push(0);
    encoded.extend_from_slice(prefix);
    encoded.extend_from_slice(digest);
    Some(encoded)
}

/// RFC 8017 §9.1.1, with zero bytes before where the encoded message is shorter than the modulus.
fn pss(hash: &'static Algorithm, digest: &[u8], modulus_bits: usize, salt: &[u8]) -> Option<Vec<u8>> {
    let bits = modulus_bits.checked_sub(1)?;
    let len = bits.div_ceil(8);
    let hash_len = hash.output_len();
    let db_len = len.checked_sub(hash_len + 1)?;
    let zeros_len = db_len.checked_sub(salt.len() + 1)?;

    let mut hashed = digest::Context::new(hash);
    hashed.update(&[0; 8]);
    hashed.update(digest);
    hashed.update(salt);
    let h = hashed.finish();

    let mut encoded = vec![0; modulus_bits.div_ceil(8) - len];
    let db_start = encoded.len();
    encoded.resize(db_start + zeros_len, 0);
    encoded.push(1);
    encoded.extend_from_slice(salt);
    for (byte, mask) in encoded.iter_mut().skip(db_start).zip(mgf1(hash, h.as_ref(), db_len)) {
        *byte ^= mask;
    }
    if let Some(first) = encoded.get_mut(db_start) {
        *first &= 0xff >> (8 * len - bits);
    }
    encoded.extend_from_slice(h.as_ref());
    encoded.push(0xbc);
    Some(encoded)
}

/// RFC 8017 §B.2.1.
fn mgf1(hash: &'static Algorithm, seed: &[u8], len: usize) -> Vec<u8> {
    let mut mask = Vec::with_capacity(len + hash.output_len());
    for counter in 0_u32.. {
        if mask.len() >= len {
            break;
        }
        let mut hashed = digest::Context::new(hash);
        hashed.update(seed);
        hashed.update(&counter.to_be_bytes());
        mask.extend_from_slice(hashed.finish().as_ref());
    }
    mask.truncate(len);
    mask
}

fn row(scheme: SignatureScheme) -> Option<(Padding, &'static Algorithm)> {
    Some(match scheme {
        SignatureScheme::RSA_PSS_RSAE_SHA256 => (Padding::Pss, &SHA256),
        SignatureScheme::RSA_PSS_RSAE_SHA384 => (Padding::Pss, &SHA384),
        SignatureScheme::RSA_PSS_RSAE_SHA512 => (Padding::Pss, &SHA512),
        SignatureScheme::RSA_PKCS1_SHA1 => (Padding::Pkcs1, &SHA1_FOR_LEGACY_USE_ONLY),
        SignatureScheme::RSA_PKCS1_SHA256 => (Padding::Pkcs1, &SHA256),
        SignatureScheme::RSA_PKCS1_SHA384 => (Padding::Pkcs1, &SHA384),
        SignatureScheme::RSA_PKCS1_SHA512 => (Padding::Pkcs1, &SHA512),
        _ => return None,
    })
}

/// What DigestInfo has before the hash (RFC 8017 §9.2, note 1).
fn prefix(hash: &Algorithm) -> Option<&'static [u8]> {
    [
        (&SHA1_FOR_LEGACY_USE_ONLY, SHA1_PREFIX),
        (&SHA256, SHA256_PREFIX),
        (&SHA384, SHA384_PREFIX),
        (&SHA512, SHA512_PREFIX),
    ]
    .into_iter()
    .find_map(|(known, prefix)| (known == hash).then_some(prefix))
}

/// The same for SHA-1.
pub(crate) const SHA1_PREFIX: &[u8] =
    &[0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14];
const SHA256_PREFIX: &[u8] = &[
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];
const SHA384_PREFIX: &[u8] = &[
    0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00,
    0x04, 0x30,
];
const SHA512_PREFIX: &[u8] = &[
    0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00,
    0x04, 0x40,
];

/// Bytes of the longest salt.
pub(crate) const SALT_LEN_MAX: usize = 64;
/// Bytes of MD5 and SHA-1 side by side.
pub(crate) const MD5_SHA1_LEN: usize = 36;
