//! verify_data: the proof that both sides saw the same messages and have the same master_secret.

use aws_lc_rs::constant_time;

use crate::error::Error;
use crate::sec::Side;
use crate::sec::master::MasterSecret;
use crate::sec::transcript::Transcript;

/// The verify_data of `side`'s Finished, `transcript` holding all messages before it (RFC 5246 §7.4.9).
///
/// # Errors
/// [`Error::Internal`].
pub(crate) fn verify_data(
    master_secret: &MasterSecret,
    side: Side,
    transcript: &Transcript,
) -> Result<[u8; VERIFY_DATA_LEN], Error> {
    let label: &[u8] = match side {
        Side::Client => b"client finished",
        Side::Server => b"server finished",
    };
    let mut data = [0; VERIFY_DATA_LEN];
    master_secret.expand(label, transcript.hash().as_ref(), &mut data)?;
    Ok(data)
}

/// Compares what came with what should have come, in constant time.
///
/// # Errors
/// [`Error::BadFinished`] if they differ.
pub(crate) fn check(expected: &[u8; VERIFY_DATA_LEN], received: &[u8]) -> Result<(), Error> {
    constant_time::verify_slices_are_equal(expected, received).map_err(|_| Error::BadFinished)
}

/// Bytes, for every suite that we have (RFC 5246 §7.4.9).
pub(crate) const VERIFY_DATA_LEN: usize = 12;
