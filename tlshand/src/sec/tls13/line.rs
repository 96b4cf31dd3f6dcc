//! The `secret` line of TLS 1.3 (tls(3)): both traffic secrets, of which the device makes keys.

use zeroize::Zeroizing;

use crate::error::Error;
use crate::sec::Side;
use crate::sec::line::secret_line;
use crate::sec::tls13::schedule::TrafficSecret;
use crate::suites::Tls13Suite;

/// The line for our side of the connection. It is as secret as the keys.
///
/// # Errors
/// [`Error::Internal`].
pub(crate) fn traffic_line(
    suite: &Tls13Suite,
    side: Side,
    client: &TrafficSecret,
    server: &TrafficSecret,
) -> Result<Zeroizing<String>, Error> {
    let secrets = Zeroizing::new([client.bytes(), server.bytes()].concat());
    secret_line([suite.hashalg(), suite.encalg], side, &secrets, &[])
}
