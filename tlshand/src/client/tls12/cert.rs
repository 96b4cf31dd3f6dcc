//! The server's certificate: is it good, and does it fit the suite?

use x509::{Certificate as Leaf, KeyKind, PublicKey, VerifyError};

use crate::client::tls12::{Means, State, kx};
use crate::conf::Verify;
use crate::effects::Effects;
use crate::error::Error;
use crate::msg::Message;
use crate::msg::cert::Certificate;
use crate::sec::verify;
use crate::suites::Auth;

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

        let first = certificate.chain.first().ok_or(Error::RuntCertificate)?;
        if let Verify::Roots { roots, now } = &means.conf.verify {
            let name = means.conf.server_name.as_ref();
            let name = name.ok_or(Error::Internal("no server name to verify"))?;
            x509::verify_server(&certificate.chain, roots, name, *now).map_err(Error::Certificate)?;
        }
        let leaf = Leaf::from_der(first).map_err(|_| Error::Certificate(VerifyError::Malformed))?;
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
