//! The server's certificate with the proof that it is the server's, and before it perhaps the wish to see one of ours
//! (RFC 8446 §4.3.2, §4.4.2, §4.4.3).

use x509::{Certificate as Leaf, CertificateDer, KeyUse};

use crate::client::certs::{self, Wish};
use crate::client::offer::schemes;
use crate::client::tls13::finish::ExpectFinished;
use crate::client::tls13::{Means, State};
use crate::effects::Effects;
use crate::error::Error;
use crate::msg::ext::{Extension as _, SIGNATURE_ALGORITHMS};
use crate::msg::tls13::cert::{Certificate, CertificateVerify, EntryExtension};
use crate::msg::tls13::request::{CertificateRequest, RequestExtension};
use crate::msg::{HandshakeType, Message};
use crate::sec::Side;
use crate::sec::tls13::sign::signed_messages;
use crate::sec::verify::{TLS13_SCHEMES, check_key, verify_tls13};
use crate::trust;

/// The server's certificate is next, or a CertificateRequest.
#[derive(Debug)]
pub(in crate::client) struct ExpectCertificate<'a> {
    pub(super) means: Means<'a>,
    pub(super) wish: Wish,
}

/// The certificate is good; whether it is the server's is yet to be shown.
#[derive(Debug)]
pub(in crate::client) struct ExpectCertificateVerify<'a> {
    means: Means<'a>,
    wish: Wish,
    leaf: Box<Leaf>,
}

impl<'a> ExpectCertificate<'a> {
    /// Takes the server's chain and verifies it, or takes the wish and waits on.
    pub(super) fn handle(mut self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        if message.typ() == HandshakeType::CERTIFICATE_REQUEST && matches!(self.wish, Wish::Nothing) {
            let request: CertificateRequest = message.parse("a certificate request")?;
            effects.received(&request);
            self.means.transcript.add(message);
            self.wish = wish(&self.means, &request)?;
            effects.read_hand();
            return Ok(State::ExpectCertificate(self));
        }
        let ExpectCertificate { mut means, wish } = self;
        let certificate: Certificate = message.parse("a certificate")?;
        effects.received(&certificate);
        means.transcript.add(message);
        if !certificate.context.is_empty() {
            return Err(Error::Unoffered("certificate request context"));
        }
        if certificate.entries.is_empty() {
            // Not the alert of older versions (RFC 8446 §4.4.2.4).
            return Err(Error::BadLength(HandshakeType::CERTIFICATE));
        }
        let extensions = certificate.entries.iter().flat_map(|entry| &entry.extensions);
        for extension in extensions {
            if !means.offer.has(extension.typ()) {
                return Err(Error::UnofferedExtension(extension.typ()));
            }
        }
        // Of the others there may be one too, but it is the server's own that matters (RFC 8446 §4.4.2.1).
        let status = certificate.entries.first().and_then(|first| {
            first.extensions.iter().find_map(|extension| match extension {
                EntryExtension::StatusRequest(response) => Some(response.clone()),
                EntryExtension::Unknown { .. } => None,
            })
        });
        let chain: Vec<CertificateDer<'static>> =
            certificate.entries.into_iter().map(|entry| entry.der).collect();
        let believed = trust::server(means.offer.conf, &chain)?;
        believed.check_status(means.offer.conf, status.as_deref())?;
        let leaf = Box::new(believed.leaf);
        check_key(&leaf, KeyUse::Signature)?;
        means.outcome.peer_chain = chain;
        effects.read_hand();
        Ok(State::ExpectCertificateVerify(ExpectCertificateVerify { means, wish, leaf }))
    }
}

/// A certificate of ours, if the server verifies what its key signs.
fn wish(means: &Means<'_>, request: &CertificateRequest) -> Result<Wish, Error> {
    if !request.context.is_empty() {
        // Only after the handshake may there be one, and there we are silent.
        return Err(Error::Unoffered("certificate request context"));
    }
    let (mut schemes, mut authorities) = (None, &[][..]);
    for extension in &request.extensions {
        match extension {
            RequestExtension::SignatureAlgorithms(it) => schemes = Some(it),
            RequestExtension::CertificateAuthorities(it) => authorities = it,
            // It is no answer, so what is unknown in it may stand there (RFC 8446 §4.3.2).
            RequestExtension::SignatureAlgorithmsCert(_) | RequestExtension::Unknown { .. } => {}
        }
    }
    let schemes = schemes.ok_or(Error::MissingExtension(SIGNATURE_ALGORITHMS))?;
    Ok(certs::choose(&means.offer.conf.certs, authorities, |cert| {
        let mut ours = cert.key().schemes().iter().copied();
        ours.find(|scheme| TLS13_SCHEMES.contains(scheme) && schemes.contains(scheme))
    }))
}

impl<'a> ExpectCertificateVerify<'a> {
    /// Takes the proof, if the certificate's key has signed all that was said.
    pub(super) fn handle(self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        let ExpectCertificateVerify { mut means, wish, leaf } = self;
        let verify: CertificateVerify = message.parse("a certificate verify")?;
        effects.received(&verify);
        if !schemes(means.offer.conf).contains(&verify.scheme) {
            return Err(Error::Unoffered("signature scheme"));
        }
        let signed = signed_messages(Side::Server, means.transcript.hash().as_ref());
        verify_tls13(leaf.public_key(), verify.scheme, &signed, &verify.signature).map_err(|error| {
            match error {
                Error::BadSignature => Error::BadCertificateVerify,
                error => error,
            }
        })?;
        means.transcript.add(message);
        effects.read_hand();
        let peer = leaf.subject_text();
        Ok(State::ExpectFinished(ExpectFinished { means, wish, peer }))
    }
}
