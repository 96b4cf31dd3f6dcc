//! The key_block, and the `secret` line that hands it to the device.
//!
//! Cutting the block into keys is the device's work: the order of its parts is that of RFC 5246 §6.3, which tls(3) takes
//! over.

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::sec::master::MasterSecret;
use crate::sec::{MacOrder, Side};
use crate::suites::CipherSuite;

/// The line `secret hashalg encalg isclient secretdata` for our side of the connection, with `etm` at its end where the MAC is
/// over what was encrypted. It is as secret as the keys.
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

    let mut text = Zeroizing::new(vec![0; Base64::encoded_len(&key_block)]);
    let text = Base64::encode(&key_block, &mut text).map_err(|_| Error::Internal("base64"))?;
    let isclient = match side {
        Side::Client => "1",
        Side::Server => "0",
    };
    let etm: &[&str] = match order {
        MacOrder::EncryptThenMac => &["etm"],
        MacOrder::MacThenEncrypt => &[],
    };
    let words = [&["secret", suite.hashalg, suite.encalg, isclient, text], etm].concat();
    // Room for all of it at once: a string that grows leaves its old bytes behind, unwiped.
    let mut line = Zeroizing::new(String::with_capacity(words.iter().map(|word| word.len() + 1).sum()));
    for word in words {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    Ok(line)
}
