//! A key that a factotum has: signatures and premasters are made of its raw private operation.
//!
//! Each result is checked with the public key before anybody gets a signature of it: a factotum that errs would otherwise give
//! its key away (a faulty operation by the Chinese remainder theorem shows a factor of the modulus).
//!
//! Moving the bytes to and from the factotum is somebody else's affair.

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};
use tlswire::SignatureScheme;
use x509::PublicKey;
use zeroize::Zeroizing;

use crate::emsa;
use crate::error::{Error, KeyFault};
use crate::old::{OLD_SCHEMES, PREMASTER_LEN, unpad};
use crate::private::RSA_SCHEMES;
use crate::rpc::{self, RsaOperation};

/// The public half of a key that a factotum has: RSA only, as its `proto=rsa` is.
pub struct RemoteKey {
    bits: Vec<u8>,
    numbers: Numbers,
}

/// A public key's numbers, the most significant byte first.
#[derive(Clone)]
struct Numbers {
    modulus: Vec<u8>,
    modulus_bits: usize,
    exponent: Vec<u8>,
}

/// A signature that a factotum is asked for.
pub struct Signing {
    operation: RsaOperation,
    numbers: Numbers,
    encoded: Vec<u8>,
}

/// A premaster that a factotum is asked for.
pub struct Decrypting {
    operation: RsaOperation,
    version: [u8; 2],
    premaster: Zeroizing<[u8; PREMASTER_LEN]>,
}

/// Random bytes that one signature needs.
pub const SALT_LEN: usize = emsa::SALT_LEN_MAX;

impl RemoteKey {
    /// Takes the key of a certificate.
    ///
    /// # Errors
    /// [`KeyFault::Unsupported`] if it is not RSA's, [`KeyFault::TooSmall`], [`KeyFault::TooLarge`], [`KeyFault::Malformed`].
    pub fn new(public: &PublicKey) -> Result<RemoteKey, KeyFault> {
        let x509::KeyKind::Rsa { bits: modulus_bits } = *public.kind() else {
            return Err(KeyFault::Unsupported);
        };
        match modulus_bits {
            ..RSA_BITS_MIN => return Err(KeyFault::TooSmall),
            RSA_BITS_MIN..=RSA_BITS_MAX => {}
            _ => return Err(KeyFault::TooLarge),
        }
        let (modulus, exponent) = public.rsa_numbers().ok_or(KeyFault::Malformed)?;
        let numbers = Numbers { modulus: modulus.to_vec(), modulus_bits, exponent: exponent.to_vec() };
        // An even modulus is nobody's.
        numbers.params().ok_or(KeyFault::Malformed)?;
        Ok(RemoteKey { bits: public.bits().to_vec(), numbers })
    }

    /// As [`crate::PrivateKey::schemes`].
    #[must_use]
    pub fn schemes(&self) -> &'static [SignatureScheme] {
        RSA_SCHEMES
    }

    /// As [`crate::PrivateKey::old_schemes`].
    #[must_use]
    pub fn old_schemes(&self) -> &'static [SignatureScheme] {
        OLD_SCHEMES
    }

    /// Its public part, in the form of [`PublicKey::bits`].
    #[must_use]
    pub fn public_bits(&self) -> &[u8] {
        &self.bits
    }

    /// Begins to sign `message`, as [`crate::PrivateKey::sign`] takes it, with `scheme`; `salt` is random.
    ///
    /// # Errors
    /// [`Error::CannotSign`] for a scheme that is not RSA's.
    pub fn sign(
        &self,
        scheme: SignatureScheme,
        message: &[u8],
        salt: &[u8; SALT_LEN],
    ) -> Result<Signing, Error> {
        let encoded = emsa::encode(scheme, message, self.numbers.modulus_bits, salt);
        let encoded = encoded.ok_or(Error::CannotSign { scheme })?;
        let operation = self.numbers.operation(&encoded);
        Ok(Signing { operation, numbers: self.numbers.clone(), encoded })
    }

    /// Begins to find the premaster in `ciphertext`, as [`crate::PrivateKey::premaster`] has it. None if it is not as long as
    /// the modulus: then it is `substitute`, and whoever sees the handshake knows as much.
    #[must_use]
    pub fn premaster(
        &self,
        ciphertext: &[u8],
        version: [u8; 2],
        substitute: &[u8; PREMASTER_LEN],
    ) -> Option<Decrypting> {
        if ciphertext.len() != self.numbers.modulus.len() {
            return None;
        }
        let operation = self.numbers.operation(ciphertext);
        Some(Decrypting { operation, version, premaster: Zeroizing::new(*substitute) })
    }
}

impl Signing {
    /// Gives what to write to factotum's `rpc` file next.
    ///
    /// # Errors
    /// Those of [`RsaOperation::step`].
    pub fn step(&self) -> Result<Zeroizing<Vec<u8>>, rpc::Error> {
        self.operation.step()
    }

    /// Takes factotum's reply; gives the signature once it is there and is one.
    ///
    /// # Errors
    /// Those of [`RsaOperation::replied`]; [`rpc::Error::BadSignature`].
    pub fn replied(&mut self, bytes: &[u8]) -> Result<Option<Vec<u8>>, rpc::Error> {
        let Some(signature) = self.operation.replied(bytes)? else { return Ok(None) };
        if self.numbers.public_operation(&signature).as_ref() != Some(&self.encoded) {
            return Err(rpc::Error::BadSignature);
        }
        Ok(Some(signature.to_vec()))
    }

    /// Whether factotum has shown that it has the key.
    #[must_use]
    pub fn has_key(&self) -> bool {
        self.operation.has_key()
    }
}

impl Decrypting {
    /// Gives what to write to factotum's `rpc` file next.
    ///
    /// # Errors
    /// Those of [`RsaOperation::step`].
    pub fn step(&self) -> Result<Zeroizing<Vec<u8>>, rpc::Error> {
        self.operation.step()
    }

    /// Takes factotum's reply; gives the premaster, or the substitute, at the end. What factotum says once it has the key is no
    /// error: the sender of the ciphertext must not learn what became of it (RFC 5246 §7.4.7.1).
    ///
    /// # Errors
    /// Those of [`RsaOperation::replied`] until factotum has the key.
    pub fn replied(&mut self, bytes: &[u8]) -> Result<Option<Zeroizing<[u8; PREMASTER_LEN]>>, rpc::Error> {
        let has_key = self.has_key();
        match self.operation.replied(bytes) {
            Ok(None) => return Ok(None),
            Ok(Some(block)) => unpad(&block, self.version, &mut self.premaster),
            Err(error @ (rpc::Error::NoKey | rpc::Error::NeedKey(_))) => return Err(error),
            Err(error) if !has_key => return Err(error),
            Err(_) => {}
        }
        Ok(Some(self.premaster.clone()))
    }

    /// Whether factotum has shown that it has the key.
    #[must_use]
    pub fn has_key(&self) -> bool {
        self.operation.has_key()
    }
}

impl Numbers {
    fn operation(&self, input: &[u8]) -> RsaOperation {
        RsaOperation::new(&self.modulus, &self.exponent, input)
    }

    /// RSAVP1 (RFC 8017 §5.2.2): what a signature was made of, as long as the modulus. None of a number beyond the modulus.
    fn public_operation(&self, signature: &[u8]) -> Option<Vec<u8>> {
        if signature.len() != self.modulus.len() || signature >= self.modulus.as_slice() {
            return None;
        }
        let params = self.params()?;
        let signature = BoxedUint::from_be_slice_truncated(signature, params.bits_precision());
        let exponent = BoxedUint::from_be_slice_vartime(&self.exponent);
        let bytes = BoxedMontyForm::new(signature, &params).pow(&exponent).retrieve().to_be_bytes();
        // A number has whole words: those before the modulus are zero.
        Some(bytes.get(bytes.len().checked_sub(self.modulus.len())?..)?.to_vec())
    }

    fn params(&self) -> Option<BoxedMontyParams> {
        let modulus = Odd::new(BoxedUint::from_be_slice_vartime(&self.modulus)).into_option()?;
        Some(BoxedMontyParams::new_vartime(modulus))
    }
}

/// Bits of a modulus, as for keys that are here.
const RSA_BITS_MIN: usize = 2048;
const RSA_BITS_MAX: usize = 8192;

#[cfg(test)]
mod tests;
