//! The server's certificate: is it good, and does it fit the suite?

use tlswire::Group;
use x509::{Certificate as Leaf, KeyKind, PublicKey, ServerName, VerifyError};

use crate::client::tls12::kx::ExpectServerKeyExchange;
use crate::client::tls12::{Agreed, State};
use crate::conf::Verify;
use crate::effects::Effects;
use crate::error::Error;
use crate::msg::Message;
use crate::msg::cert::Certificate;
use crate::sec::random::Random;
use crate::sec::transcript::Transcript;
use crate::suites::Auth;

/// The server has chosen.
#[derive(Debug)]
pub(in crate::client) struct ExpectCertificate {
    pub(in crate::client) agreed: Agreed,
    pub(in crate::client) transcript: Transcript,
    pub(in crate::client) verify: Verify,
    pub(in crate::client) server_name: Option<ServerName<'static>>,
    /// The groups that the server may use.
    pub(in crate::client) groups: Vec<Group>,
    pub(in crate::client) random: Random,
}

impl ExpectCertificate {
    /// Takes the server's chain, and verifies it.
    pub(super) fn handle(self, message: &Message, effects: &mut Effects) -> Result<State, Error> {
        let ExpectCertificate { mut agreed, mut transcript, verify, server_name, groups, random } = self;
        let certificate: Certificate = message.parse("a certificate")?;
        effects.received(&certificate);
        transcript.add(message.bytes());

        let first = certificate.chain.first().ok_or(Error::RuntCertificate)?;
        if let Verify::Roots { roots, now } = &verify {
            let name = server_name.as_ref().ok_or(Error::Internal("no server name to verify"))?;
            x509::verify_server(&certificate.chain, roots, name, *now).map_err(Error::Certificate)?;
        }
        let leaf = Leaf::from_der(first).map_err(|_| Error::Certificate(VerifyError::Malformed))?;
        check_key(leaf.public_key(), agreed.suite.auth)?;
        agreed.outcome.peer_chain = certificate.chain;
        effects.read_hand();
        Ok(State::ExpectServerKeyExchange(ExpectServerKeyExchange {
            agreed,
            transcript,
            groups,
            random,
            leaf,
        }))
    }
}

/// The key must be one of the suite's (RFC 8422 §2.2, §5.10), and one that can be trusted to sign, even where nobody asks
/// whose it is.
fn check_key(key: &PublicKey, auth: Auth) -> Result<(), Error> {
    match (auth, key.kind()) {
        (Auth::Rsa, KeyKind::Rsa { bits }) if *bits < RSA_BITS_MIN => {
            Err(Error::Certificate(VerifyError::Unsupported("the server's RSA key has less than 2048 bits")))
        }
        (Auth::Rsa, KeyKind::Rsa { .. })
        | (Auth::Ecdsa, KeyKind::P256 | KeyKind::P384 | KeyKind::Ed25519) => Ok(()),
        (_, KeyKind::Other(_)) => {
            Err(Error::Certificate(VerifyError::Unsupported("the server's key is of an unsupported kind")))
        }
        _ => Err(Error::Unoffered("kind of key for the cipher suite")),
    }
}

/// Bits of an RSA modulus.
const RSA_BITS_MIN: usize = 2048;
