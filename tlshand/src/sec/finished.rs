//! verify_data: the proof that both sides saw the same messages and have the same master_secret.

use aws_lc_rs::constant_time;
use tlswire::ProtocolVersion;

use crate::error::Error;
use crate::sec::Side;
use crate::sec::master::MasterSecret;
use crate::sec::prf::{MD5_SHA1_LEN, Prf, ssl3_nested};
use crate::sec::transcript::Transcript;

/// The verify_data of `side`'s Finished, `transcript` holding all messages before it (RFC 5246 §7.4.9, RFC 6101 §5.6.9).
///
/// # Errors
/// [`Error::Internal`].
pub(crate) fn verify_data(
    master_secret: &MasterSecret,
    side: Side,
    transcript: &Transcript,
) -> Result<Vec<u8>, Error> {
    let (label, sender): (&[u8], &[u8]) = match side {
        Side::Client => (b"client finished", b"CLNT"),
        Side::Server => (b"server finished", b"SRVR"),
    };
    if master_secret.prf() == Prf::Ssl3 {
        return Ok(ssl3_nested(master_secret.bytes(), &[transcript.bytes(), sender]).to_vec());
    }
    let mut data = vec![0; VERIFY_DATA_LEN];
    master_secret.expand(label, &transcript.hash(master_secret.prf()), &mut data)?;
    Ok(data)
}

/// The bytes that a Finished of `version` has.
pub(crate) fn verify_data_len(version: ProtocolVersion) -> usize {
    match version {
        ProtocolVersion::SSL3 => MD5_SHA1_LEN,
        _ => VERIFY_DATA_LEN,
    }
}

/// Compares what came with what should have come, in constant time.
///
/// # Errors
/// [`Error::BadFinished`] if they differ.
pub(crate) fn check(expected: &[u8], received: &[u8]) -> Result<(), Error> {
    constant_time::verify_slices_are_equal(expected, received).map_err(|_| Error::BadFinished)
}

/// Bytes, for every suite that we have, from TLS 1.0 to TLS 1.2 (RFC 5246 §7.4.9).
pub(crate) const VERIFY_DATA_LEN: usize = 12;
