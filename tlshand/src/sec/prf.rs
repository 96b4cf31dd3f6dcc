//! The pseudorandom function of TLS 1.2 (RFC 5246 §5), by aws-lc.

use aws_lc_rs::tls_prf::{Algorithm, P_SHA256, P_SHA384, Secret};

use crate::error::Error;
use crate::suites::PrfHash;

impl PrfHash {
    fn algorithm(self) -> &'static Algorithm {
        match self {
            PrfHash::Sha256 => &P_SHA256,
            PrfHash::Sha384 => &P_SHA384,
        }
    }
}

/// PRF(`secret`, `label`, `seed`), as many bytes as `output` has room for. The library wipes its copies.
///
/// # Errors
/// [`Error::Internal`] if the library fails, as it does for an empty secret.
pub(crate) fn prf(
    hash: PrfHash,
    secret: &[u8],
    label: &[u8],
    seed: &[u8],
    output: &mut [u8],
) -> Result<(), Error> {
    let failed = |_| Error::Internal("the PRF failed");
    let secret = Secret::new(hash.algorithm(), secret).map_err(failed)?;
    let bytes = secret.derive(label, seed, output.len()).map_err(failed)?;
    for (out, byte) in output.iter_mut().zip(bytes.as_ref()) {
        *out = *byte;
    }
    Ok(())
}
