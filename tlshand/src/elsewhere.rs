//! What a key does that a factotum has: each operation a conversation with factotum's file `rpc`.
//!
//! The text of a failure begins as the original's does, by what was tried.

use aws_lc_rs::rand;
use factotum::remote::SALT_LEN;
use factotum::{RemoteKey, rpc};
use tlswire::SignatureScheme;
use zeroize::Zeroizing;

use crate::effects::{DecryptRequest, Premaster};
use crate::error::Error;
use crate::files::Files;

/// Has `message` signed.
///
/// # Errors
/// [`Error::FactotumOpen`], [`Error::FactotumSign`], [`Error::Sign`].
pub(crate) async fn sign(
    files: &mut impl Files,
    key: &RemoteKey,
    scheme: SignatureScheme,
    message: &[u8],
) -> Result<Vec<u8>, Error> {
    let mut salt = Zeroizing::new([0; SALT_LEN]);
    rand::fill(salt.as_mut_slice()).map_err(|_| Error::Internal("no randomness"))?;
    let mut signing = key.sign(scheme, message, &salt).map_err(Error::Sign)?;
    loop {
        let has_key = signing.has_key();
        let failed = |error| match error {
            // plan9port's looks for the key when it has the number.
            rpc::Error::NoKey | rpc::Error::NeedKey(_) => Error::FactotumOpen(error),
            error if has_key => Error::FactotumSign(error),
            error => Error::FactotumOpen(error),
        };
        let reply = ask(files, &signing.step().map_err(failed)?).await.map_err(failed)?;
        if let Some(signature) = signing.replied(&reply).map_err(failed)? {
            return Ok(signature);
        }
    }
}

/// Has a premaster decrypted. Once factotum has been found to have the key, it gives what is asked for or the substitute.
///
/// # Errors
/// [`Error::FactotumOpen`].
pub(crate) async fn premaster(
    files: &mut impl Files,
    key: &RemoteKey,
    request: &DecryptRequest,
) -> Result<Premaster, Error> {
    let DecryptRequest { ciphertext, version, substitute, .. } = request;
    let Some(mut decrypting) = key.premaster(ciphertext, version.to_bytes(), substitute) else {
        return Ok(substitute.clone());
    };
    loop {
        let step = decrypting.step().map_err(Error::FactotumOpen)?;
        let reply = match ask(files, &step).await {
            Ok(reply) => reply,
            Err(_) if decrypting.has_key() => return Ok(substitute.clone()),
            Err(error) => return Err(Error::FactotumOpen(error)),
        };
        if let Some(premaster) = decrypting.replied(&reply).map_err(Error::FactotumOpen)? {
            return Ok(premaster);
        }
    }
}

async fn ask(files: &mut impl Files, request: &[u8]) -> Result<Zeroizing<Vec<u8>>, rpc::Error> {
    files.rpc(request).await.map_err(|error| rpc::Error::File(error.0))
}
