//! A secret from before that is offered in a ClientHello of TLS 1.3, under its name (RFC 8446 §4.2.11).

use crate::msg::ext::{OfferedPsks, PskIdentity};
use crate::psk::Psk;
use crate::sec::tls13::psk::PreSharedKey;
use crate::session::KeptSession;
use crate::suites::Tls13Suite;

/// The secret, and how it is offered.
#[derive(Debug)]
pub(super) struct OfferedPsk {
    pub(super) key: PreSharedKey,
    /// Its name, or a ticket.
    pub(super) identity: Vec<u8>,
    /// Milliseconds since the ticket came, with what hides them added; 0 for a name.
    pub(super) obfuscated_ticket_age: u32,
    /// Whether a server must take it: it is then all that proves who the server is.
    pub(super) is_required: bool,
}

impl OfferedPsk {
    /// One that both sides were told.
    pub(super) fn external(psk: &Psk) -> OfferedPsk {
        OfferedPsk {
            key: PreSharedKey::external(psk),
            identity: psk.identity.clone(),
            obfuscated_ticket_age: 0,
            is_required: true,
        }
    }

    /// One that came with a ticket, at `now_ms`, in milliseconds since 1970.
    pub(super) fn of_session(kept: &KeptSession, now_ms: u64) -> Option<OfferedPsk> {
        let row = Tls13Suite::by_number(kept.session.suite)?;
        Some(OfferedPsk {
            key: PreSharedKey::of_ticket(row.hash, &kept.session.secret),
            identity: kept.ticket.clone(),
            obfuscated_ticket_age: kept.obfuscated_age(now_ms),
            is_required: false,
        })
    }

    /// The extension, with zeros where the binder is to be.
    pub(super) fn offer(&self) -> OfferedPsks {
        let (identity, obfuscated_ticket_age) = (self.identity.clone(), self.obfuscated_ticket_age);
        OfferedPsks {
            identities: vec![PskIdentity { identity, obfuscated_ticket_age }],
            binders: vec![vec![0; self.key.hash().len()]],
        }
    }
}
