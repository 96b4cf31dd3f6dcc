//! The key_block of TLS 1.2 and before, in the `secret` line that hands it to the device.
//!
//! Cutting the block into keys is the device's work: the order of its parts is that of RFC 5246 §6.3, which tls(3) takes
//! over.

use zeroize::Zeroizing;

use crate::error::Error;
use crate::sec::master::MasterSecret;
use crate::sec::{MacOrder, Side, line};
use crate::suites::CipherSuite;

/// The line for our side of the connection, with `etm` at its end where the MAC is over what was encrypted. It is as secret as the
/// keys.
///
/// # Errors
/// [`Error::Internal`].
pub(crate) fn secret_line(
    suite: &CipherSuite,
    side: Side,
    order: MacOrder,
    master_secret: &MasterSecret,
    client_random: &[u8; 32],
    server_random: &[u8; 32],
) -> Result<Zeroizing<String>, Error> {
    let mut key_block = Zeroizing::new(vec![0; suite.secret_len]);
    // Not the order of the master_secret's seed (RFC 5246 §6.3).
    let seed = [*server_random, *client_random].concat();
    master_secret.expand(b"key expansion", &seed, &mut key_block)?;
    let etm: &[&str] = match order {
        MacOrder::EncryptThenMac => &["etm"],
        MacOrder::MacThenEncrypt => &[],
    };
    line::secret_line([suite.hashalg, suite.encalg], side, &key_block, etm)
}
