//! The bytes of an RSA key: which form they have, and what they say of its public part before anybody checks the rest.

use rsa::pkcs1::der::{Decode as _, Encode as _};
use rsa::pkcs1::{ALGORITHM_OID, RsaPrivateKeyRef};
use rsa::pkcs8::PrivateKeyInfoRef;
use zeroize::Zeroizing;

/// The form of a private key's bytes.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// RFC 5958.
    Pkcs8,
    /// RFC 8017 §A.1.2.
    Pkcs1,
}

/// A key in DER; wiped on drop.
pub(crate) struct RsaBytes {
    form: Form,
    der: Zeroizing<Vec<u8>>,
}

impl RsaBytes {
    pub(crate) fn new(form: Form, der: &[u8]) -> RsaBytes {
        RsaBytes { form, der: Zeroizing::new(der.to_vec()) }
    }

    pub(crate) fn form(&self) -> Form {
        self.form
    }

    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }

    /// The public key in the form of PKCS#1 (RFC 8017 §A.1.1), if the bytes are those of an RSA key of a length that is used here.
    pub(crate) fn public_bits(&self) -> Option<Vec<u8>> {
        let key = match self.form {
            Form::Pkcs1 => RsaPrivateKeyRef::from_der(&self.der).ok()?,
            Form::Pkcs8 => {
                let info = PrivateKeyInfoRef::from_der(&self.der).ok()?;
                let is_rsa = info.algorithm.oid == ALGORITHM_OID;
                is_rsa.then(|| RsaPrivateKeyRef::from_der(info.private_key.as_bytes()).ok()).flatten()?
            }
        };
        let modulus = key.modulus.as_bytes();
        let bits = modulus.len() * 8 - modulus.first()?.leading_zeros() as usize;
        (MODULUS_BITS_MIN..=MODULUS_BITS_MAX)
            .contains(&bits)
            .then(|| key.public_key().to_der().ok())
            .flatten()
    }
}

/// The shortest and the longest modulus that the library signs with.
const MODULUS_BITS_MIN: usize = 2048;
const MODULUS_BITS_MAX: usize = 8192;
