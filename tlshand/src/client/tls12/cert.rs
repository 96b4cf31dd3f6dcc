//! The server's certificate: is it good, and does it fit the suite?

use x509::{KeyKind, PublicKey};

use crate::client::tls12::{Means, State, kx};
use crate::effects::Effects;
use crate::error::Error;
use crate::msg::Message;
use crate::msg::cert::Certificate;
use crate::sec::verify;
use crate::suites::Auth;
use crate::trust;

/// The server has chosen.
#[derive(Debug)]
pub(in crate::client) struct ExpectCertificate<'a> {
    pub(super) means: Means<'a>,
}

impl<'a> ExpectCertificate<'a> {
    /// Takes the server's chain, and verifies it.
    pub(super) fn handle(self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        let mut means = self.means;
        let certificate: Certificate = message.parse("a certificate")?;
        effects.received(&certificate);
        means.transcript.add(message);

        let leaf = trust::server(means.conf, &certificate.chain)?;
        check_key(leaf.public_key(), means.agreed.suite.auth)?;
        means.agreed.outcome.peer_chain = certificate.chain;
        effects.read_hand();
        Ok(kx::begin(means, Some(leaf)))
    }
}

/// The key must be one of the suite's (RFC 8422 §2.2, §5.10).
fn check_key(key: &PublicKey, auth: Auth) -> Result<(), Error> {
    verify::check_key(key)?;
    match (auth, key.kind()) {
        (Auth::Rsa, KeyKind::Rsa { .. })
        | (Auth::Ecdsa, KeyKind::P256 | KeyKind::P384 | KeyKind::Ed25519) => Ok(()),
        _ => Err(Error::Unoffered("kind of key for the cipher suite")),
    }
}
