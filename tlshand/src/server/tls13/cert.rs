//! The client's certificate, if one was asked for, and the proof that it is the client's.

use x509::{Certificate as Leaf, KeyUse};

use crate::conf::{ClientAuth, ServerConf};
use crate::effects::Effects;
use crate::error::Error;
use crate::msg::Message;
use crate::msg::ext::Extension as _;
use crate::msg::tls13::cert::{Certificate, CertificateVerify};
use crate::sec::Side;
use crate::sec::tls13::sign::signed_messages;
use crate::sec::verify::{check_key, verify_tls13};
use crate::server::tls13::State;
use crate::server::tls13::finish::ExpectFinished;
use crate::trust;

/// Our flight is out, and with it the wish to see a certificate.
#[derive(Debug)]
pub(in crate::server) struct ExpectCertificate<'a> {
    pub(super) conf: &'a ServerConf,
    pub(super) next: ExpectFinished<'a>,
}

impl<'a> ExpectCertificate<'a> {
    /// Takes the client's chain, and verifies it; or none, if that will do.
    pub(super) fn handle(self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        let ExpectCertificate { conf, mut next } = self;
        let certificate: Certificate = message.parse("a certificate")?;
        effects.received(&certificate);
        next.transcript.add(message);
        if !certificate.context.is_empty() {
            return Err(Error::Unoffered("context of a certificate"));
        }
        // We asked for none (RFC 8446 §4.4.2).
        if let Some(extension) = certificate.entries.iter().flat_map(|entry| &entry.extensions).next() {
            return Err(Error::UnofferedExtension(extension.typ()));
        }
        let chain: Vec<_> = certificate.entries.into_iter().map(|entry| entry.der).collect();
        effects.read_hand();
        match conf.client_auth.trust() {
            Some(trust) if !chain.is_empty() => {
                let leaf = trust::client(trust, &chain)?;
                check_key(&leaf, KeyUse::Signature)?;
                next.outcome.peer_chain = chain;
                Ok(State::ExpectCertificateVerify(ExpectCertificateVerify { leaf, next }))
            }
            _ => match conf.client_auth {
                ClientAuth::Require(_) => Err(Error::CertificateRequired),
                ClientAuth::Never | ClientAuth::Request(_) => Ok(State::ExpectFinished(next)),
            },
        }
    }
}

/// The client has shown a certificate; whose it is, is not proved.
#[derive(Debug)]
pub(in crate::server) struct ExpectCertificateVerify<'a> {
    leaf: Leaf,
    next: ExpectFinished<'a>,
}

impl<'a> ExpectCertificateVerify<'a> {
    /// Takes the proof.
    pub(super) fn handle(self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        let ExpectCertificateVerify { leaf, mut next } = self;
        let proof: CertificateVerify = message.parse("a certificate verify")?;
        effects.received(&proof);
        let signed = signed_messages(Side::Client, next.transcript.hash().as_ref());
        verify_tls13(leaf.public_key(), proof.scheme, &signed, &proof.signature).map_err(
            |error| match error {
                Error::BadSignature => Error::BadCertificateVerify,
                error => error,
            },
        )?;
        next.transcript.add(message);
        next.peer = Some(leaf.subject_text()).filter(|subject| !subject.is_empty());
        effects.read_hand();
        Ok(State::ExpectFinished(next))
    }
}
