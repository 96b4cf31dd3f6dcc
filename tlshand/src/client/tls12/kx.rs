//! The server's half of the key exchange, and the end of its flight.

use factotum::CertifiedKey;
use tlswire::{ProtocolVersion, SignatureScheme};
use x509::{Certificate as Leaf, KeyKind};

use crate::client::certs::{self, Wish};
use crate::client::offer::{self, schemes};
use crate::client::tls12::{Means, State, flight};
use crate::effects::Effects;
use crate::error::Error;
use crate::msg::cert::{CertificateRequest, ECDSA_SIGN, RSA_SIGN};
use crate::msg::kx::{Params, ServerHelloDone, ServerKeyExchange};
use crate::msg::{HandshakeType, Message};
use crate::sec::sign::signed_params;
use crate::sec::verify::{scheme, verify};
use crate::suites::Kx;

/// The server's certificate is good, or there is none.
#[derive(Debug)]
pub(in crate::client) struct ExpectServerKeyExchange<'a> {
    means: Means<'a>,
    leaf: Option<Leaf>,
}

/// The server's half of the key exchange is there, if it has one; a CertificateRequest may still come.
#[derive(Debug)]
pub(in crate::client) struct ExpectServerHelloDone<'a> {
    means: Means<'a>,
    /// The server's own certificate.
    leaf: Option<Leaf>,
    params: Option<Params>,
    /// Whether a hint for the shared secret may still come.
    may_be_hinted: bool,
    wish: Wish,
}

/// Waits for what the suite has the server send.
pub(super) fn begin(means: Means<'_>, leaf: Option<Leaf>) -> State<'_> {
    match means.agreed.suite.kx {
        Kx::Ecdhe | Kx::Dhe | Kx::EcdhePsk => {
            State::ExpectServerKeyExchange(ExpectServerKeyExchange { means, leaf })
        }
        Kx::Rsa | Kx::Psk => {
            let may_be_hinted = means.agreed.suite.kx == Kx::Psk;
            let wish = Wish::Nothing;
            State::ExpectServerHelloDone(ExpectServerHelloDone {
                means,
                leaf,
                params: None,
                may_be_hinted,
                wish,
            })
        }
    }
}

impl<'a> ExpectServerKeyExchange<'a> {
    /// Takes the server's half, if the certificate's key has signed it for this handshake.
    pub(super) fn handle(self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        let ExpectServerKeyExchange { mut means, leaf } = self;
        // Without an article, as the original has it.
        let exchange: ServerKeyExchange = message.parse_in(means.agreed.form(), "server key exchange")?;
        effects.received(&exchange);
        means.transcript.add(message);

        let ServerKeyExchange { params, signed, .. } = exchange;
        if let Some(Params::Ecdhe(params)) = &params {
            if !offer::curves(means.conf).contains(&params.group) {
                return Err(Error::Unoffered("group"));
            }
            means.agreed.outcome.group = Some(params.group);
        }
        if let (Some(params), Some(leaf), Some(signed)) = (&params, &leaf, &signed) {
            let agreed = &means.agreed;
            let scheme = scheme(agreed.version, signed.scheme, &schemes(means.conf))?;
            let message =
                signed_params(scheme, &agreed.client_random, &agreed.server_random, &params.encode()?);
            verify(leaf.public_key(), scheme, &message, &signed.signature)?;
        } else if means.agreed.suite.kx.is_signed() {
            return Err(Error::Internal("a key exchange without its signature"));
        }
        effects.read_hand();
        let (may_be_hinted, wish) = (false, Wish::Nothing);
        Ok(State::ExpectServerHelloDone(ExpectServerHelloDone { means, leaf, params, may_be_hinted, wish }))
    }
}

impl<'a> ExpectServerHelloDone<'a> {
    /// Takes the end of the server's flight and sends ours, or takes what may come before it and waits on.
    pub(super) fn handle(mut self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        let form = self.means.agreed.form();
        if message.typ() == HandshakeType::SERVER_KEY_EXCHANGE && self.may_be_hinted {
            // Which of our secrets the server would like: there is only one (RFC 4279 §5.2).
            let hint: ServerKeyExchange = message.parse_in(form, "a server hello done")?;
            effects.received(&hint);
            effects.read_hand();
            self.may_be_hinted = false;
            self.means.transcript.add(message);
            return Ok(State::ExpectServerHelloDone(self));
        }
        let may_be_wanted = matches!(self.wish, Wish::Nothing) && self.leaf.is_some();
        if message.typ() == HandshakeType::CERTIFICATE_REQUEST && may_be_wanted {
            let request: CertificateRequest = message.parse_in(form, "a certificate request")?;
            effects.received(&request);
            effects.read_hand();
            self.wish = self.wish(&request);
            self.means.transcript.add(message);
            return Ok(State::ExpectServerHelloDone(self));
        }
        let done: ServerHelloDone = message.parse("a server hello done")?;
        effects.received(&done);
        self.means.transcript.add(message);
        // The server has to wait for us now, and its next message comes under new keys.
        effects.end_of_messages();
        flight::begin(self.means, self.leaf, self.params, self.wish, effects)
    }

    /// A certificate of ours, if the server takes keys and signatures of its kind.
    fn wish(&self, request: &CertificateRequest) -> Wish {
        certs::choose(&self.means.conf.certs, &request.authorities, |cert| self.scheme(cert, request))
    }

    /// How its key would sign for this server, if it can.
    fn scheme(&self, cert: &CertifiedKey, request: &CertificateRequest) -> Option<SignatureScheme> {
        let typ = match cert.certificate().public_key().kind() {
            KeyKind::Rsa { .. } => RSA_SIGN,
            _ => ECDSA_SIGN,
        };
        if !request.types.contains(&typ) {
            return None;
        }
        let (new, old) = (cert.key().schemes().iter(), cert.key().old_schemes().iter());
        match &request.schemes {
            Some(theirs) => {
                let ours = schemes(self.means.conf);
                new.chain(old).copied().find(|scheme| theirs.contains(scheme) && ours.contains(scheme))
            }
            None if self.means.agreed.version < ProtocolVersion::TLS12 => {
                old.copied().find(|scheme| *scheme == SignatureScheme::RSA_PKCS1_MD5_SHA1)
            }
            None => None,
        }
    }
}
