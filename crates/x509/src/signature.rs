//! How a certificate is signed: what somebody must be able to verify who is to believe it.

use der::asn1::{ContextSpecific, ObjectIdentifier};
use der::{Reader, TagNumber};
use x509_cert::spki::{AlgorithmIdentifierOwned, AlgorithmIdentifierRef};

/// The algorithm of a signature, those of this house by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedWith {
    /// RSASSA-PKCS1-v1_5 with this hash (RFC 4055 §5).
    RsaPkcs1(Hash),
    /// RSASSA-PSS with this hash (RFC 4055 §3).
    RsaPss(Hash),
    /// ECDSA with this hash (RFC 5758 §3.2); on which curve is the signer's business.
    Ecdsa(Hash),
    /// Ed25519 (RFC 8410 §3).
    Ed25519,
    /// Something else.
    Other,
}

/// The hash of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// SHA-1, which nobody should believe any more.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl SignedWith {
    pub(crate) fn of(algorithm: &AlgorithmIdentifierOwned) -> SignedWith {
        if algorithm.oid == RSASSA_PSS {
            return pss_hash(algorithm).map_or(SignedWith::Other, SignedWith::RsaPss);
        }
        let row = ALGORITHMS.iter().find(|(oid, _)| *oid == algorithm.oid);
        row.map_or(SignedWith::Other, |(_, signed_with)| *signed_with)
    }
}

/// The hash that the parameters of RSASSA-PSS name, SHA-1 if they name none (RFC 4055 §3.1).
fn pss_hash(algorithm: &AlgorithmIdentifierOwned) -> Option<Hash> {
    let parameters = algorithm.parameters.as_ref()?;
    let named: Result<_, der::Error> = parameters.sequence(|reader| {
        let named = ContextSpecific::<AlgorithmIdentifierRef<'_>>::decode_explicit(reader, TagNumber(0))?;
        // The mask and the salt go with the hash in every certificate that can be used.
        reader.read_slice(reader.remaining_len())?;
        Ok(named.map(|named| named.value.oid))
    });
    match named.ok()? {
        None => Some(Hash::Sha1),
        Some(oid) => HASHES.iter().find(|(known, _)| *known == oid).map(|(_, hash)| *hash),
    }
}

const fn oid(dotted: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(dotted)
}

const RSASSA_PSS: ObjectIdentifier = oid("1.2.840.113549.1.1.10");
const ALGORITHMS: [(ObjectIdentifier, SignedWith); 9] = [
    (oid("1.2.840.113549.1.1.5"), SignedWith::RsaPkcs1(Hash::Sha1)),
    (oid("1.2.840.113549.1.1.11"), SignedWith::RsaPkcs1(Hash::Sha256)),
    (oid("1.2.840.113549.1.1.12"), SignedWith::RsaPkcs1(Hash::Sha384)),
    (oid("1.2.840.113549.1.1.13"), SignedWith::RsaPkcs1(Hash::Sha512)),
    (oid("1.2.840.10045.4.1"), SignedWith::Ecdsa(Hash::Sha1)),
    (oid("1.2.840.10045.4.3.2"), SignedWith::Ecdsa(Hash::Sha256)),
    (oid("1.2.840.10045.4.3.3"), SignedWith::Ecdsa(Hash::Sha384)),
    (oid("1.2.840.10045.4.3.4"), SignedWith::Ecdsa(Hash::Sha512)),
    (oid("1.3.101.112"), SignedWith::Ed25519),
];
const HASHES: [(ObjectIdentifier, Hash); 4] = [
    (oid("1.3.14.3.2.26"), Hash::Sha1),
    (oid("2.16.840.1.101.3.4.2.1"), Hash::Sha256),
    (oid("2.16.840.1.101.3.4.2.2"), Hash::Sha384),
    (oid("2.16.840.1.101.3.4.2.3"), Hash::Sha512),
];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use der::Decode as _;

    use super::*;
    use crate::{Certificate, pem};

    #[test]
    fn certificates_say_how_they_are_signed() {
        for (name, signed_with) in [
            ("root.crt", SignedWith::Ecdsa(Hash::Sha256)),
            ("rsa.crt", SignedWith::Ecdsa(Hash::Sha256)),
            ("sha1.crt", SignedWith::Ecdsa(Hash::Sha1)),
        ] {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
            let der = pem::certificates(&pem::read(&file).unwrap()).remove(0);
            assert_eq!(Certificate::from_der(&der).unwrap().signed_with(), signed_with, "{name}");
        }
    }

    /// The parameters that RFC 4055 §3.1 and OpenSSL write.
    #[test]
    fn pss_names_its_hash_in_its_parameters() {
        let of = |der: &[u8]| SignedWith::of(&AlgorithmIdentifierOwned::from_der(der).unwrap());
        let sha256 = [
            0x30, 0x41, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a, 0x30, 0x34, 0xa0,
            0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
            0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30,
            0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0xa2, 0x03,
            0x02, 0x01, 0x20,
        ];
        assert_eq!(of(&sha256), SignedWith::RsaPss(Hash::Sha256));
        let mut sha512 = sha256;
        sha512[29] = 3;
        assert_eq!(of(&sha512), SignedWith::RsaPss(Hash::Sha512));
        sha512[29] = 9;
        assert_eq!(of(&sha512), SignedWith::Other);
        let bare = [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a, 0x30, 0x00];
        assert_eq!(of(&bare), SignedWith::RsaPss(Hash::Sha1));
        assert_eq!(of(&[0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x71]), SignedWith::Other, "Ed448");
    }
}
