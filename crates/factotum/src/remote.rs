//! A key that a factotum has: signatures are made of its raw private operation.
//!
//! Every signature is verified before anybody gets it: a factotum that errs would otherwise give its key away (a faulty
//! operation by the Chinese remainder theorem shows a factor of the modulus).

use aws_lc_rs::signature::{self, RsaParameters, UnparsedPublicKey};
use tlswire::SignatureScheme;
use x509::PublicKey;
use zeroize::Zeroizing;

use crate::emsa;
use crate::error::Error;
use crate::rpc::{self, RsaOperation};

/// The public half of a key that a factotum has: RSA only, as its `proto=rsa` is.
pub struct RemoteKey {
    public: PublicKey,
    modulus_bits: usize,
}

/// A signature that a factotum is asked for.
pub struct Signing {
    operation: RsaOperation,
    public: PublicKey,
    scheme: SignatureScheme,
    message: Vec<u8>,
}

/// Random bytes that one signature needs.
pub const SALT_LEN: usize = emsa::SALT_LEN_MAX;

impl RemoteKey {
    /// Takes the key of a certificate, if it is RSA's.
    #[must_use]
    pub fn new(public: &PublicKey) -> Option<RemoteKey> {
        match public.kind() {
            x509::KeyKind::Rsa { bits } => Some(RemoteKey { public: public.clone(), modulus_bits: *bits }),
            _ => None,
        }
    }

    /// Its public part, in the form of [`PublicKey::bits`].
    #[must_use]
    pub fn public_bits(&self) -> &[u8] {
        self.public.bits()
    }

    /// Begins to sign `message` (not its hash) with `scheme`; `salt` is random.
    ///
    /// # Errors
    /// [`Error::CannotSign`] for a scheme that is not RSA's.
    pub fn sign(
        &self,
        scheme: SignatureScheme,
        message: &[u8],
        salt: &[u8; SALT_LEN],
    ) -> Result<Signing, Error> {
        let cannot = Error::CannotSign { scheme };
        let encoded = emsa::encode(scheme, message, self.modulus_bits, salt);
        let (Some(encoded), Some((modulus, exponent))) = (encoded, self.public.rsa_numbers()) else {
            return Err(cannot);
        };
        let operation = RsaOperation::new(modulus, exponent, &encoded);
        Ok(Signing { operation, public: self.public.clone(), scheme, message: message.to_vec() })
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

    /// Takes factotum's reply; gives the signature once it is there and verifies.
    ///
    /// # Errors
    /// Those of [`RsaOperation::replied`]; [`rpc::Error::BadSignature`].
    pub fn replied(&mut self, bytes: &[u8]) -> Result<Option<Vec<u8>>, rpc::Error> {
        let Some(signature) = self.operation.replied(bytes)? else { return Ok(None) };
        let algorithm = algorithm(self.scheme).ok_or(rpc::Error::BadSignature)?;
        let verified =
            UnparsedPublicKey::new(algorithm, self.public.bits()).verify(&self.message, &signature);
        verified.map_err(|_| rpc::Error::BadSignature)?;
        Ok(Some(signature.to_vec()))
    }
}

fn algorithm(scheme: SignatureScheme) -> Option<&'static RsaParameters> {
    Some(match scheme {
        SignatureScheme::RSA_PSS_RSAE_SHA256 => &signature::RSA_PSS_2048_8192_SHA256,
        SignatureScheme::RSA_PSS_RSAE_SHA384 => &signature::RSA_PSS_2048_8192_SHA384,
        SignatureScheme::RSA_PSS_RSAE_SHA512 => &signature::RSA_PSS_2048_8192_SHA512,
        SignatureScheme::RSA_PKCS1_SHA256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        SignatureScheme::RSA_PKCS1_SHA384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        SignatureScheme::RSA_PKCS1_SHA512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
