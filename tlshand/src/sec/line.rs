//! The line `secret hashalg encalg isclient secretdata` (tls(3)), whatever its secrets are.

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::sec::Side;

/// The line for `side` with `algs`, which are the names of hash and encryption, and `more` words at its end. It is as secret as
/// `secrets`.
///
/// # Errors
/// [`Error::Internal`].
pub(crate) fn secret_line(
    algs: [&str; 2],
    side: Side,
    secrets: &[u8],
    more: &[&str],
) -> Result<Zeroizing<String>, Error> {
    let mut text = Zeroizing::new(vec![0; Base64::encoded_len(secrets)]);
    let text = Base64::encode(secrets, &mut text).map_err(|_| Error::Internal("base64"))?;
    let isclient = match side {
        Side::Client => "1",
        Side::Server => "0",
    };
    let [hashalg, encalg] = algs;
    let words = [&["secret", hashalg, encalg, isclient, text], more].concat();
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
