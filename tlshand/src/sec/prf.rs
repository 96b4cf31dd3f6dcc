//! The pseudorandom functions of SSL 3.0 to TLS 1.2, and the hashes of messages that go with them.
//!
//! TLS 1.2's is aws-lc's; what came before it is put together here from the hashes of RustCrypto, which the record layer has
//! for the same protocols.

use aws_lc_rs::digest;
use aws_lc_rs::tls_prf::{Algorithm, P_SHA256, P_SHA384, Secret};
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use crate::error::Error;

/// What secrets are derived by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prf {
    /// SSL 3.0's own (RFC 6101 §6.1).
    Ssl3,
    /// MD5 and SHA-1, each over half of the secret (RFC 2246 §5).
    Md5Sha1,
    /// SHA-256 (RFC 5246 §5).
    Sha256,
    /// SHA-384 (RFC 5289 §3).
    Sha384,
}

impl Prf {
    /// PRF(`secret`, `label`, `seed`), as many bytes as `output` has room for; SSL 3.0 has no labels. The library wipes its
    /// copies.
    ///
    /// # Errors
    /// [`Error::Internal`] if the library fails, as it does for an empty secret, or if SSL 3.0 has not so many bytes.
    pub(crate) fn derive(
        self,
        secret: &[u8],
        label: &[u8],
        seed: &[u8],
        output: &mut [u8],
    ) -> Result<(), Error> {
        match self {
            Prf::Ssl3 => ssl3(secret, seed, output),
            Prf::Md5Sha1 => {
                let seed = [label, seed].concat();
                // A byte in the middle belongs to both (RFC 2246 §5).
                let half = secret.len().div_ceil(2);
                let (head, tail) = (secret.get(..half), secret.get(secret.len() - half..));
                p_hash::<Hmac<Md5>>(head.unwrap_or_default(), &seed, output);
                let mut other = Zeroizing::new(vec![0; output.len()]);
                p_hash::<Hmac<Sha1>>(tail.unwrap_or_default(), &seed, &mut other);
                output.iter_mut().zip(other.iter()).for_each(|(to, from)| *to ^= from);
                Ok(())
            }
            Prf::Sha256 => tls12(&P_SHA256, secret, label, seed, output),
            Prf::Sha384 => tls12(&P_SHA384, secret, label, seed, output),
        }
    }

    /// The hash of messages that Finished and the extended master secret take (RFC 7627 §3).
    pub(crate) fn hash(self, messages: &[u8]) -> Vec<u8> {
        match self {
            Prf::Ssl3 | Prf::Md5Sha1 => md5_sha1(messages).to_vec(),
            Prf::Sha256 => digest::digest(&digest::SHA256, messages).as_ref().to_vec(),
            Prf::Sha384 => digest::digest(&digest::SHA384, messages).as_ref().to_vec(),
        }
    }
}

/// MD5 and SHA-1 side by side.
pub(crate) fn md5_sha1(bytes: &[u8]) -> [u8; MD5_SHA1_LEN] {
    joined(Md5::digest(bytes).into(), Sha1::digest(bytes).into())
}

/// Both hashes of SSL 3.0's nested form: H(secret, pad 2, H(`bytes`, secret, pad 1)) (RFC 6101 §5.6.8, §5.6.9).
pub(crate) fn ssl3_nested(secret: &[u8], bytes: &[&[u8]]) -> [u8; MD5_SHA1_LEN] {
    fn nested<D: Digest>(secret: &[u8], bytes: &[&[u8]], pad_len: usize) -> sha1::digest::Output<D> {
        let mut inner = D::new();
        bytes.iter().for_each(|bytes| inner.update(bytes));
        inner.update(secret);
        inner.update(vec![0x36; pad_len]);
        D::new()
            .chain_update(secret)
            .chain_update(vec![0x5c; pad_len])
            .chain_update(inner.finalize())
            .finalize()
    }
    joined(nested::<Md5>(secret, bytes, 48).into(), nested::<Sha1>(secret, bytes, 40).into())
}

fn joined(md5: [u8; 16], sha1: [u8; 20]) -> [u8; MD5_SHA1_LEN] {
    let mut both = [0; MD5_SHA1_LEN];
    for (to, from) in both.iter_mut().zip(md5.iter().chain(&sha1)) {
        *to = *from;
    }
    both
}

/// MD5(secret, SHA1("A", secret, seed)), MD5(secret, SHA1("BB", secret, seed)) and so on.
fn ssl3(secret: &[u8], seed: &[u8], output: &mut [u8]) -> Result<(), Error> {
    let mut letters = (b'A'..=b'Z').zip(1..);
    for chunk in output.chunks_mut(MD5_LEN) {
        let (letter, count) = letters.next().ok_or(Error::Internal("too many bytes for SSL 3.0"))?;
        let inner =
            Sha1::new().chain_update(vec![letter; count]).chain_update(secret).chain_update(seed).finalize();
        let outer = Zeroizing::new(<[u8; MD5_LEN]>::from(
            Md5::new().chain_update(secret).chain_update(inner).finalize(),
        ));
        chunk.iter_mut().zip(outer.iter()).for_each(|(to, from)| *to = *from);
    }
    Ok(())
}

/// P_hash of RFC 2246 §5 into `output`.
fn p_hash<M: Mac + KeyInit + Clone>(secret: &[u8], seed: &[u8], output: &mut [u8]) {
    // HMAC takes keys of any length.
    let Ok(keyed) = <M as KeyInit>::new_from_slice(secret) else { return };
    let mut a = keyed.clone().chain_update(seed).finalize();
    for chunk in output.chunks_mut(M::output_size()) {
        let block = keyed.clone().chain_update(a.as_bytes()).chain_update(seed).finalize();
        chunk.iter_mut().zip(block.as_bytes()).for_each(|(to, from)| *to = *from);
        a = keyed.clone().chain_update(a.as_bytes()).finalize();
    }
}

fn tls12(
    algorithm: &'static Algorithm,
    secret: &[u8],
    label: &[u8],
    seed: &[u8],
    output: &mut [u8],
) -> Result<(), Error> {
    let failed = |_| Error::Internal("the PRF failed");
    let secret = Secret::new(algorithm, secret).map_err(failed)?;
    let bytes = secret.derive(label, seed, output.len()).map_err(failed)?;
    for (out, byte) in output.iter_mut().zip(bytes.as_ref()) {
        *out = *byte;
    }
    Ok(())
}

/// Bytes of an MD5 hash.
const MD5_LEN: usize = 16;
/// Bytes of both hashes.
pub(crate) const MD5_SHA1_LEN: usize = 36;
