//! What a handshake agreed on.

use tlswire::{Group, ProtocolVersion, Suite};
use x509::{Certificate, CertificateDer};

use crate::export::Exported;

/// The facts of an open connection, for whoever runs on it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// The version.
    pub version: ProtocolVersion,
    /// The suite.
    pub suite: Suite,
    /// The group of the key exchange; none where there is no exchange, or in a group without a name.
    pub group: Option<Group>,
    /// The application protocol, if one was agreed on.
    pub alpn: Option<String>,
    /// The name that the client asked for: lower case, no final dot. On a server it may be any name at all; whether a
    /// certificate was chosen by it, the server's configuration says.
    pub server_name: Option<String>,
    /// Whether the master secret is bound to this handshake (RFC 7627).
    pub extended_master_secret: bool,
    /// The name of the secret that both had, if that is how they know each other.
    pub psk_identity: Option<Vec<u8>>,
    /// Whether the MAC of records is over what was encrypted (RFC 7366).
    pub encrypt_then_mac: bool,
    /// Whether this goes on with an earlier session: what was proved then was not proved again.
    pub is_resumed: bool,
    /// The peer's certificates as they came, its own first; empty for a client without one.
    pub peer_chain: Vec<CertificateDer<'static>>,
    /// The keying material that the configuration asked for, in its order.
    pub exported: Vec<Exported>,
}

impl Outcome {
    /// The subject of the peer's certificate, for people, if there is one and it says something.
    pub(crate) fn peer_subject(&self) -> Option<String> {
        let peer = self.peer_chain.first().and_then(|der| Certificate::from_der(der).ok())?;
        Some(peer.subject_text()).filter(|subject| !subject.is_empty())
    }
}
