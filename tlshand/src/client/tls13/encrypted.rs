//! EncryptedExtensions: what the server answers to the hello behind the first keys (RFC 8446 §4.3.1).

use tlswire::ProtocolVersion;

use crate::client::certs::Wish;
use crate::client::tls13::cert::ExpectCertificate;
use crate::client::tls13::finish::ExpectFinished;
use crate::client::tls13::{Means, State};
use crate::effects::Effects;
use crate::error::Error;
use crate::msg::Message;
use crate::msg::ext::Extension as _;
use crate::msg::tls13::encrypted::{EncryptedExtension, EncryptedExtensions};
use crate::record_len::RecordLens;

/// The keys of the handshake are there.
#[derive(Debug)]
pub(in crate::client) struct ExpectEncryptedExtensions<'a> {
    pub(super) means: Means<'a>,
}

impl<'a> ExpectEncryptedExtensions<'a> {
    /// Takes them. With a secret from before there is no certificate to come.
    pub(super) fn handle(self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        let ExpectEncryptedExtensions { mut means } = self;
        let encrypted: EncryptedExtensions = message.parse("encrypted extensions")?;
        effects.received(&encrypted);
        means.transcript.add(message);
        let mut record_lens = RecordLens::Usual;
        for extension in &encrypted.extensions {
            if !means.offer.has(extension.typ()) {
                return Err(Error::UnofferedExtension(extension.typ()));
            }
            match extension {
                EncryptedExtension::Alpn(protocol) => {
                    means.outcome.alpn = Some(means.offer.protocol(protocol)?);
                }
                EncryptedExtension::MaxFragmentLength(len) => {
                    record_lens = record_lens.or(means.offer.max_fragment(*len)?)?;
                }
                EncryptedExtension::RecordSizeLimit(limit) => {
                    let limits = means.offer.record_limits(*limit, ProtocolVersion::TLS13)?;
                    record_lens = record_lens.or(limits)?;
                }
                // The server's groups would be for the next connection, of which this one knows nothing.
                EncryptedExtension::ServerName
                | EncryptedExtension::SupportedGroups(_)
                | EncryptedExtension::EarlyData
                | EncryptedExtension::Unknown { .. } => {}
            }
        }
        match record_lens {
            RecordLens::Usual => {}
            RecordLens::Fragment(len) => effects.max_rec(len.record_len(), len.record_len()),
            RecordLens::Limits { outgoing, incoming } => effects.max_rec(outgoing, incoming),
        }
        effects.read_hand();
        Ok(if means.outcome.psk_identity.is_some() || means.outcome.is_resumed {
            let peer = means.outcome.peer_subject().unwrap_or_default();
            State::ExpectFinished(ExpectFinished { means, wish: Wish::Nothing, peer })
        } else {
            State::ExpectCertificate(ExpectCertificate { means, wish: Wish::Nothing })
        })
    }
}
