//! One private key: what it can sign with, signing, and what the static RSA key exchange needs.
//!
//! The key stays inside: no Debug, no export. Signatures come out, and premasters of which nobody learns whether they are
//! the sender's; never the result of a raw private operation (the original's `owner=*` keys were such an oracle).

use std::sync::OnceLock;

use aws_lc_rs::error::KeyRejected;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaEncoding};
use tlswire::SignatureScheme;
use x509::pem::{Label, Section};
use zeroize::Zeroizing;

use crate::error::{Error, KeyFault};
use crate::old::{OLD_SCHEMES, OldRsa, PREMASTER_LEN};
use crate::rsabytes::{Form, RsaBytes};

/// A private key of one of the kinds that TLS 1.2 and 1.3 sign with here.
pub struct PrivateKey {
    key: Key,
    schemes: &'static [SignatureScheme],
}

enum Key {
    Rsa(Box<Rsa>),
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// A key of RSA. Checking one takes half as long as a signature, so that it may wait for the first of them.
struct Rsa {
    public_bits: Vec<u8>,
    pair: OnceLock<Result<rsa::KeyPair, KeyFault>>,
    old: OldRsa,
}

impl PrivateKey {
    /// Takes an unencrypted PKCS#8 key of any supported kind (RFC 5958).
    ///
    /// # Errors
    /// Every [`KeyFault`] but [`KeyFault::Encrypted`].
    pub fn from_pkcs8(der: &[u8]) -> Result<PrivateKey, KeyFault> {
        let rsa = match PrivateKey::rsa_checked(Form::Pkcs8, der) {
            Ok(key) => return Ok(key),
            Err(fault) => fault,
        };
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8(der) {
            return Ok(PrivateKey { key: Key::Ed25519(pair), schemes: ED25519_SCHEMES });
        }
        // No other library call says which kind a key is of; so each is tried, and the texts of the kinds follow.
        match PrivateKey::from_sec1(der) {
            Err(KeyFault::Unsupported) if rsa != KeyFault::Unsupported => Err(rsa),
            other => other,
        }
    }

    /// Takes an RSA key in the form of PKCS#1 (RFC 8017 §A.1.2).
    ///
    /// # Errors
    /// [`KeyFault::Malformed`], [`KeyFault::TooSmall`], [`KeyFault::TooLarge`].
    pub fn from_pkcs1(der: &[u8]) -> Result<PrivateKey, KeyFault> {
        PrivateKey::rsa_checked(Form::Pkcs1, der).map_err(|fault| match fault {
            KeyFault::Unsupported => KeyFault::Malformed,
            fault => fault,
        })
    }

    /// Takes a key on P-256 or P-384 in the form of SEC 1 (RFC 5915).
    ///
    /// # Errors
    /// [`KeyFault::Unsupported`] if it is neither; another curve and bad bytes cannot be told apart here.
    pub fn from_sec1(der: &[u8]) -> Result<PrivateKey, KeyFault> {
        for (algorithm, schemes) in [
            (&signature::ECDSA_P256_SHA256_ASN1_SIGNING, P256_SCHEMES),
            (&signature::ECDSA_P384_SHA384_ASN1_SIGNING, P384_SCHEMES),
        ] {
            if let Ok(pair) = EcdsaKeyPair::from_private_key_der(algorithm, der) {
                return Ok(PrivateKey { key: Key::Ecdsa(pair), schemes });
            }
        }
        Err(KeyFault::Unsupported)
    }

    /// Takes the key of a PEM section.
    ///
    /// # Errors
    /// Every [`KeyFault`]; [`KeyFault::Unsupported`] also for a section that is no private key.
    pub fn from_section(section: &Section) -> Result<PrivateKey, KeyFault> {
        match section.label {
            Label::PrivateKey => PrivateKey::from_pkcs8(&section.der),
            Label::RsaPrivateKey => PrivateKey::from_pkcs1(&section.der),
            Label::EcPrivateKey => PrivateKey::from_sec1(&section.der),
            Label::EncryptedPrivateKey => Err(KeyFault::Encrypted),
            Label::Certificate | Label::Other(_) => Err(KeyFault::Unsupported),
        }
    }

    /// The same, but the numbers of an RSA key are not checked against each other before it first signs: for who may not need it.
    ///
    /// # Errors
    /// As [`PrivateKey::from_section`].
    pub fn from_section_unchecked(section: &Section) -> Result<PrivateKey, KeyFault> {
        let form = match section.label {
            Label::PrivateKey => Form::Pkcs8,
            Label::RsaPrivateKey => Form::Pkcs1,
            _ => return PrivateKey::from_section(section),
        };
        let bytes = RsaBytes::new(form, &section.der);
        match bytes.public_bits() {
            Some(public_bits) => Ok(PrivateKey::rsa(public_bits, OnceLock::new(), bytes)),
            // Another kind of key, or the words for what is wrong with it.
            None => PrivateKey::from_section(section),
        }
    }

    /// The schemes that it signs with, the preferred one first (RFC 8446 §4.2.3): for RSA the PSS ones before those of
    /// PKCS#1, SHA-256 before the longer hashes.
    #[must_use]
    pub fn schemes(&self) -> &'static [SignatureScheme] {
        self.schemes
    }

    /// The schemes that it also signs with, and that only protocols want which somebody must allow by name.
    #[must_use]
    pub fn old_schemes(&self) -> &'static [SignatureScheme] {
        match &self.key {
            Key::Rsa(..) => OLD_SCHEMES,
            Key::Ecdsa(_) | Key::Ed25519(_) => &[],
        }
    }

    /// Its public part, in the form of [`x509::PublicKey::bits`].
    #[must_use]
    pub fn public_bits(&self) -> &[u8] {
        match &self.key {
            Key::Rsa(rsa) => &rsa.public_bits,
            Key::Ecdsa(pair) => pair.public_key().as_ref(),
            Key::Ed25519(pair) => pair.public_key().as_ref(),
        }
    }

    /// Signs `message` (not its hash) with `scheme`; for [`SignatureScheme::RSA_PKCS1_MD5_SHA1`] alone it is the two hashes of
    /// 36 bytes. ECDSA signatures are in DER. The randomness of PSS and ECDSA is the library's own: a caller who gave a bad
    /// one would give the key away.
    ///
    /// # Errors
    /// [`Error::CannotSign`] for a scheme that is neither in [`PrivateKey::schemes`] nor in [`PrivateKey::old_schemes`];
    /// [`Error::BadKey`] if it is none after all; [`Error::Internal`] if the library fails.
    pub fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, Error> {
        let failed = |_| Error::Internal("signing failed");
        if let (Key::Rsa(rsa), true) = (&self.key, OLD_SCHEMES.contains(&scheme)) {
            return rsa.old.sign(scheme, message).ok_or(Error::Internal("signing failed"));
        }
        if !self.schemes.contains(&scheme) {
            return Err(Error::CannotSign { scheme });
        }
        match &self.key {
            Key::Rsa(rsa) => {
                let encoding = rsa_encoding(scheme).ok_or(Error::CannotSign { scheme })?;
                let pair = rsa.pair().map_err(|fault| Error::BadKey { file: None, fault })?;
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &SystemRandom::new(), message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
            Key::Ecdsa(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message).map_err(failed)?;
                Ok(signature.as_ref().to_vec())
            }
            Key::Ed25519(pair) => Ok(pair.try_sign(message).map_err(failed)?.as_ref().to_vec()),
        }
    }

    /// The premaster that a client encrypted for this key, or `substitute` (fresh random bytes of the caller's) if what comes
    /// out is none, or begins with another version than `version`. Neither the answer nor the time tells which
    /// (RFC 5246 §7.4.7.1).
    ///
    /// # Errors
    /// [`Error::CannotDecrypt`] if the key is not RSA.
    pub fn premaster(
        &self,
        ciphertext: &[u8],
        version: [u8; 2],
        substitute: &[u8; PREMASTER_LEN],
    ) -> Result<Zeroizing<[u8; PREMASTER_LEN]>, Error> {
        match &self.key {
            Key::Rsa(rsa) => rsa.old.premaster(ciphertext, version, substitute).ok_or(Error::CannotDecrypt),
            Key::Ecdsa(_) | Key::Ed25519(_) => Err(Error::CannotDecrypt),
        }
    }

    /// A key of RSA that the library has taken.
    fn rsa_checked(form: Form, der: &[u8]) -> Result<PrivateKey, KeyFault> {
        let bytes = RsaBytes::new(form, der);
        let pair = rsa_pair(&bytes)?;
        let public_bits = pair.public_key().as_ref().to_vec();
        Ok(PrivateKey::rsa(public_bits, OnceLock::from(Ok(pair)), bytes))
    }

    fn rsa(
        public_bits: Vec<u8>,
        pair: OnceLock<Result<rsa::KeyPair, KeyFault>>,
        bytes: RsaBytes,
    ) -> PrivateKey {
        let rsa = Rsa { public_bits, pair, old: OldRsa::new(bytes) };
        PrivateKey { key: Key::Rsa(Box::new(rsa)), schemes: RSA_SCHEMES }
    }
}

impl Rsa {
    /// The key for the library, checked.
    fn pair(&self) -> Result<&rsa::KeyPair, KeyFault> {
        self.pair.get_or_init(|| rsa_pair(self.old.bytes())).as_ref().map_err(|fault| *fault)
    }
}

/// Has the library take a key, which checks it.
fn rsa_pair(bytes: &RsaBytes) -> Result<rsa::KeyPair, KeyFault> {
    let taken = match bytes.form() {
        Form::Pkcs8 => rsa::KeyPair::from_pkcs8(bytes.der()),
        Form::Pkcs1 => rsa::KeyPair::from_der(bytes.der()),
    };
    taken.map_err(|rejected| rsa_fault(&rejected))
}

/// The library gives its reason as a word only.
fn rsa_fault(rejected: &KeyRejected) -> KeyFault {
    match rejected.description_() {
        "TooSmall" => KeyFault::TooSmall,
        "TooLarge" => KeyFault::TooLarge,
        "WrongAlgorithm" => KeyFault::Unsupported,
        _ => KeyFault::Malformed,
    }
}

fn rsa_encoding(scheme: SignatureScheme) -> Option<&'static dyn RsaEncoding> {
    Some(match scheme {
        SignatureScheme::RSA_PSS_RSAE_SHA256 => &signature::RSA_PSS_SHA256,
        SignatureScheme::RSA_PSS_RSAE_SHA384 => &signature::RSA_PSS_SHA384,
        SignatureScheme::RSA_PSS_RSAE_SHA512 => &signature::RSA_PSS_SHA512,
        SignatureScheme::RSA_PKCS1_SHA256 => &signature::RSA_PKCS1_SHA256,
        SignatureScheme::RSA_PKCS1_SHA384 => &signature::RSA_PKCS1_SHA384,
        SignatureScheme::RSA_PKCS1_SHA512 => &signature::RSA_PKCS1_SHA512,
        _ => return None,
    })
}

/// The schemes of every RSA key, wherever it is.
pub(crate) const RSA_SCHEMES: &[SignatureScheme] = &[
    SignatureScheme::RSA_PSS_RSAE_SHA256,
    SignatureScheme::RSA_PSS_RSAE_SHA384,
    SignatureScheme::RSA_PSS_RSAE_SHA512,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
];
const P256_SCHEMES: &[SignatureScheme] = &[SignatureScheme::ECDSA_SECP256R1_SHA256];
const P384_SCHEMES: &[SignatureScheme] = &[SignatureScheme::ECDSA_SECP384R1_SHA384];
const ED25519_SCHEMES: &[SignatureScheme] = &[SignatureScheme::ED25519];

#[cfg(test)]
mod tests;
