//! A signature in something that an authority signed: a certificate, or an OCSP response.
//!
//! The algorithms are rustls-webpki's, so that nothing is good here that is not good in a chain.

use der::asn1::{AnyRef, BitStringRef};
use der::{Decode, Encode, Reader, SliceReader};
use rustls_pki_types::alg_id::AlgorithmIdentifier;
use webpki::ALL_VERIFICATION_ALGS;
use x509_cert::spki::SubjectPublicKeyInfoRef;

use crate::cert::PublicKey;

/// What looking at a signature comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signature {
    /// The key made it.
    Good,
    /// It did not.
    Bad,
    /// Nobody here can tell: the algorithm is unknown, too weak to mean anything, or does not go with the key.
    Unsupported,
}

impl Signature {
    /// Looks at `signature` over `message`; `algorithm` is the AlgorithmIdentifier in DER that stands beside it.
    pub(crate) fn check(key: &PublicKey, algorithm: &[u8], message: &[u8], signature: &[u8]) -> Signature {
        let Ok(spki) = SubjectPublicKeyInfoRef::from_der(key.spki()) else { return Signature::Unsupported };
        let (Some(key_id), Some(id)) =
            (spki.algorithm.to_der().ok().as_deref().and_then(content), content(algorithm))
        else {
            return Signature::Unsupported;
        };
        let is_it = |known: AlgorithmIdentifier, id: &[u8]| known.as_ref() == id;
        let mut found = ALL_VERIFICATION_ALGS
            .iter()
            .filter(|alg| is_it(alg.signature_alg_id(), &id) && is_it(alg.public_key_alg_id(), &key_id))
            .peekable();
        if found.peek().is_none() {
            return Signature::Unsupported;
        }
        match found.any(|alg| alg.verify_signature(key.bits(), message, signature).is_ok()) {
            true => Signature::Good,
            false => Signature::Bad,
        }
    }

    /// Looks at the signature of a certificate in DER.
    pub(crate) fn of_certificate(key: &PublicKey, der: &[u8]) -> Signature {
        // As it was signed: nothing is encoded anew.
        let parts = SliceReader::new(der).and_then(|mut reader| {
            reader.sequence(|inner| {
                let signed = inner.tlv_bytes()?;
                let algorithm = inner.tlv_bytes()?;
                let signature: BitStringRef<'_> = inner.decode()?;
                Ok::<_, der::Error>((signed, algorithm, signature))
            })
        });
        match parts {
            Ok((signed, algorithm, signature)) => match signature.as_bytes() {
                Some(signature) => Signature::check(key, algorithm, signed, signature),
                None => Signature::Bad,
            },
            Err(_) => Signature::Bad,
        }
    }
}

/// What is in a SEQUENCE, which is how webpki names an algorithm.
fn content(der: &[u8]) -> Option<Vec<u8>> {
    AnyRef::from_der(der).ok().map(|sequence| sequence.value().to_vec())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::cert::Certificate;
    use crate::pem;

    fn chain(name: &str) -> Vec<Certificate> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
        let ders = pem::certificates(&pem::read(&file).unwrap());
        ders.iter().map(|der| Certificate::from_der(der).unwrap()).collect()
    }

    #[test]
    fn an_issuer_s_key_has_signed_and_no_other() {
        let chain = chain("rsa.crt");
        let [leaf, intermediate] = chain.as_slice() else { panic!() };
        assert_eq!(Signature::of_certificate(intermediate.public_key(), leaf.der()), Signature::Good);
        let stranger = self::chain("stranger.crt").remove(0);
        // Of another curve than the issuer's, for whose signatures it cannot be.
        assert_ne!(Signature::of_certificate(stranger.public_key(), leaf.der()), Signature::Good);
        let mut changed = leaf.der().to_vec();
        *changed.last_mut().unwrap() ^= 1;
        assert_eq!(Signature::of_certificate(intermediate.public_key(), &changed), Signature::Bad);
        assert_eq!(Signature::of_certificate(intermediate.public_key(), b"0"), Signature::Bad);
    }

    #[test]
    fn sha1_proves_nothing() {
        let root = chain("root.crt").remove(0);
        let sha1 = chain("sha1.crt").remove(0);
        assert_eq!(Signature::of_certificate(root.public_key(), sha1.der()), Signature::Unsupported);
    }
}
