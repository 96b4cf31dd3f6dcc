//! The server's certificate: is it good, does its issuer still say so, and does it fit the suite?

use x509::{Certificate as Leaf, KeyKind};

use crate::client::tls12::{Means, State, kx};
use crate::effects::Effects;
use crate::error::Error;
use crate::msg::cert::Certificate;
use crate::msg::status::CertificateStatus;
use crate::msg::{HandshakeType, Message};
use crate::sec::verify;
use crate::suites::{Auth, CipherSuite};
use crate::trust::{self, Believed};

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

        let believed = trust::server(means.conf, &certificate.chain)?;
        check_key(&believed.leaf, means.agreed.suite)?;
        means.agreed.outcome.peer_chain = certificate.chain;
        effects.read_hand();
        if means.agreed.may_have_status {
            return Ok(State::ExpectCertificateStatus(ExpectCertificateStatus { means, believed }));
        }
        believed.check_status(means.conf, None)?;
        Ok(kx::begin(means, Some(believed.leaf)))
    }
}

/// The server has said that it may show what its certificate's issuer says of it, here and nowhere else (RFC 6066 §8).
#[derive(Debug)]
pub(in crate::client) struct ExpectCertificateStatus<'a> {
    means: Means<'a>,
    believed: Believed,
}

impl<'a> ExpectCertificateStatus<'a> {
    /// Takes the response if it is one, and whatever comes in its place.
    pub(super) fn handle(self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        let ExpectCertificateStatus { mut means, believed } = self;
        if message.typ() != HandshakeType::CERTIFICATE_STATUS {
            believed.check_status(means.conf, None)?;
            return kx::begin(means, Some(believed.leaf)).message(message, effects);
        }
        let status: CertificateStatus = message.parse("a certificate status")?;
        effects.received(&status);
        means.transcript.add(message);
        believed.check_status(means.conf, Some(&status.response))?;
        effects.read_hand();
        Ok(kx::begin(means, Some(believed.leaf)))
    }
}

/// The key must be one of the suite's, and for what it does there (RFC 5246 §7.4.2, RFC 8422 §2.2, §5.10).
fn check_key(leaf: &Leaf, suite: &CipherSuite) -> Result<(), Error> {
    verify::check_key(leaf, suite.kx.key_use())?;
    match (suite.auth, leaf.public_key().kind()) {
        (Auth::Rsa, KeyKind::Rsa { .. })
        | (Auth::Ecdsa, KeyKind::P256 | KeyKind::P384 | KeyKind::Ed25519) => Ok(()),
        _ => Err(Error::Unoffered("kind of key for the cipher suite")),
    }
}
