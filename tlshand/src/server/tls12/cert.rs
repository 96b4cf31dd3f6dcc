//! The client's certificate, if one was asked for, and the proof that it is the client's.

use tlswire::ProtocolVersion;
use x509::{Certificate as Leaf, KeyUse};

use crate::agreed::Agreed;
use crate::conf::{ClientAuth, ServerConf};
use crate::effects::Effects;
use crate::error::Error;
use crate::msg::cert::{Certificate, CertificateVerify};
use crate::msg::{HandshakeType, Message};
use crate::sec::master::MasterSecret;
use crate::sec::sign::signed_messages;
use crate::sec::transcript::Transcript;
use crate::sec::verify::{check_key, offered, scheme, verify};
use crate::server::tickets::Promise;
use crate::server::tls12::kx::ExpectClientKeyExchange;
use crate::server::tls12::{State, finish};
use crate::trust;

/// Our flight is out, and with it the wish to see a certificate.
#[derive(Debug)]
pub(in crate::server) struct ExpectCertificate<'a> {
    pub(super) next: ExpectClientKeyExchange<'a>,
}

impl<'a> ExpectCertificate<'a> {
    /// Takes the client's chain, and verifies it; or none, if that will do.
    pub(super) fn handle(self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        let mut next = self.next;
        let is_ssl3 = next.agreed.version == ProtocolVersion::SSL3;
        if is_ssl3 && message.typ() == HandshakeType::CLIENT_KEY_EXCHANGE {
            // There a client says by a warning that it has none (RFC 6101 §5.6.6), which the device keeps to itself.
            may_lack(next.conf)?;
            return next.handle(message, effects);
        }
        let certificate: Certificate = message.parse("a certificate")?;
        effects.received(&certificate);
        next.transcript.add(message);
        match next.conf.client_auth.trust() {
            Some(trust) if !certificate.chain.is_empty() => {
                let leaf = trust::client(trust, &certificate.chain)?;
                check_key(&leaf, KeyUse::Signature)?;
                next.client = Some(leaf);
                next.agreed.outcome.peer_chain = certificate.chain;
            }
            _ => may_lack(next.conf)?,
        }
        effects.read_hand();
        Ok(State::ExpectClientKeyExchange(next))
    }
}

fn may_lack(conf: &ServerConf) -> Result<(), Error> {
    match conf.client_auth {
        ClientAuth::Require(_) => Err(Error::NoClientCertificate),
        ClientAuth::Never | ClientAuth::Request(_) => Ok(()),
    }
}

/// The keys are made; whose they are is not proved.
#[derive(Debug)]
pub(in crate::server) struct ExpectCertificateVerify<'a> {
    pub(super) conf: &'a ServerConf,
    pub(super) agreed: Agreed,
    pub(super) transcript: Transcript,
    pub(super) master_secret: MasterSecret,
    pub(super) promise: Option<Promise<'a>>,
    pub(super) leaf: Leaf,
}

impl<'a> ExpectCertificateVerify<'a> {
    /// Takes the proof, and gives the keys to the device.
    pub(super) fn handle(self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        let ExpectCertificateVerify { conf, agreed, mut transcript, master_secret, promise, leaf } = self;
        let proof: CertificateVerify = message.parse_in(agreed.form(), "a certificate verify")?;
        effects.received(&proof);
        let scheme = scheme(agreed.version, proof.signed.scheme, &offered(&conf.allow))?;
        let signed = signed_messages(scheme, &master_secret, &transcript);
        verify(leaf.public_key(), scheme, &signed, &proof.signed.signature).map_err(|error| match error {
            Error::BadSignature => Error::BadCertificateVerify,
            error => error,
        })?;
        transcript.add(message);
        finish::arm(agreed, transcript, master_secret, promise, effects)
    }
}
