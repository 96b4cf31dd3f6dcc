//! The key schedule, stage by stage (RFC 8446 §7.1).
//!
//! Each stage says by what it is made; which messages a hash must be of stands at each derivation, and is the caller's to know.

use crate::error::Error;
use crate::sec::Side;
use crate::sec::master::PreMasterSecret;
use crate::sec::tls13::hkdf::Secret;
use crate::sec::tls13::psk::{Origin, PreSharedKey};
use crate::suites::PrfHash;

/// What there is before anything was exchanged.
#[derive(Debug)]
pub(crate) struct EarlySecret(Secret);

impl EarlySecret {
    /// Without a secret that both have.
    pub(crate) fn without_psk(hash: PrfHash) -> EarlySecret {
        EarlySecret(Secret::extract(hash, &[], zeros(hash)))
    }

    /// Of a secret that both have; its hash is the handshake's from here on.
    pub(crate) fn with_psk(psk: &PreSharedKey) -> EarlySecret {
        EarlySecret(Secret::extract(psk.hash(), &[], psk.bytes()))
    }

    /// The proof that a client has the secret: `hello_hash` is of its ClientHello up to the binders, after what went before
    /// (RFC 8446 §4.2.11.2).
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(crate) fn binder(&self, origin: Origin, hello_hash: &[u8]) -> Result<Vec<u8>, Error> {
        let label: &[u8] = match origin {
            Origin::External => b"ext binder",
            Origin::Ticket => b"res binder",
        };
        self.0.derive(label, nothing(self.0.hash()).as_ref())?.verify_data(hello_hash)
    }

    /// The next stage, with what the key exchange gave.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(crate) fn handshake(self, shared: &PreMasterSecret) -> Result<HandshakeSecret, Error> {
        next(&self.0, shared.bytes()).map(HandshakeSecret)
    }
}

/// What protects the handshake.
#[derive(Debug)]
pub(crate) struct HandshakeSecret(Secret);

impl HandshakeSecret {
    /// What `side` sends the rest of the handshake under; `hello_hash` is of all up to ServerHello.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(crate) fn traffic(&self, side: Side, hello_hash: &[u8]) -> Result<TrafficSecret, Error> {
        let label: &[u8] = match side {
            Side::Client => b"c hs traffic",
            Side::Server => b"s hs traffic",
        };
        self.0.derive(label, hello_hash).map(TrafficSecret)
    }

    /// The last stage.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(crate) fn master(self) -> Result<MasterSecret, Error> {
        next(&self.0, zeros(self.0.hash())).map(MasterSecret)
    }
}

/// What protects everything afterwards.
#[derive(Debug)]
pub(crate) struct MasterSecret(Secret);

impl MasterSecret {
    /// What `side` sends its data under first; `finished_hash` is of all up to the server's Finished.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(crate) fn traffic(&self, side: Side, finished_hash: &[u8]) -> Result<TrafficSecret, Error> {
        let label: &[u8] = match side {
            Side::Client => b"c ap traffic",
            Side::Server => b"s ap traffic",
        };
        self.0.derive(label, finished_hash).map(TrafficSecret)
    }

    /// What other protocols may take keys from; `finished_hash` is of all up to the server's Finished.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(crate) fn exporter(&self, finished_hash: &[u8]) -> Result<ExporterSecret, Error> {
        self.0.derive(b"exp master", finished_hash).map(ExporterSecret)
    }

    /// What the secrets of tickets are made of; `client_finished_hash` is of all up to the client's Finished.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(crate) fn resumption(&self, client_finished_hash: &[u8]) -> Result<ResumptionSecret, Error> {
        self.0.derive(b"res master", client_finished_hash).map(ResumptionSecret)
    }
}

/// What one side's records are protected by: the device makes its key and iv of it (RFC 8446 §7.3).
#[derive(Debug)]
pub(crate) struct TrafficSecret(Secret);

impl TrafficSecret {
    /// The verify_data of the Finished of whoever sends under it; `messages_hash` is of all before that Finished.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(crate) fn verify_data(&self, messages_hash: &[u8]) -> Result<Vec<u8>, Error> {
        self.0.verify_data(messages_hash)
    }

    pub(in crate::sec) fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }
}

/// What other protocols take keys from.
#[derive(Debug)]
pub(crate) struct ExporterSecret(pub(super) Secret);

impl ExporterSecret {
    /// TLS-Exporter(`label`, `context`, the room in `output`) (RFC 8446 §7.5).
    ///
    /// # Errors
    /// [`Error::Internal`] for a label or a length that no field holds.
    pub(crate) fn export(&self, label: &[u8], context: &[u8], output: &mut [u8]) -> Result<(), Error> {
        let hash = self.0.hash();
        let secret = self.0.derive(label, nothing(hash).as_ref())?;
        secret.expand_label(b"exporter", hash.of(context).as_ref(), output)
    }

    pub(in crate::sec) fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }
}

/// What the secrets of tickets are made of.
#[derive(Debug)]
pub(crate) struct ResumptionSecret(pub(super) Secret);

impl ResumptionSecret {
    /// The secret of the ticket with this nonce (RFC 8446 §4.6.1).
    ///
    /// # Errors
    /// [`Error::Internal`] for a nonce of more than 255 bytes.
    pub(crate) fn psk(&self, ticket_nonce: &[u8]) -> Result<PreSharedKey, Error> {
        let secret = self.0.derive(b"resumption", ticket_nonce)?;
        Ok(PreSharedKey::of_ticket(secret.hash(), secret.bytes()))
    }
}

fn next(stage: &Secret, ikm: &[u8]) -> Result<Secret, Error> {
    let salt = stage.derive(b"derived", nothing(stage.hash()).as_ref())?;
    Ok(Secret::extract(stage.hash(), salt.bytes(), ikm))
}

/// The hash of no messages.
fn nothing(hash: PrfHash) -> aws_lc_rs::digest::Digest {
    hash.of(&[])
}

/// What stands where a stage has nothing to take in.
fn zeros(hash: PrfHash) -> &'static [u8] {
    match hash {
        PrfHash::Sha256 => &[0; 32],
        PrfHash::Sha384 => &[0; 48],
    }
}
