//! A ticket: a session sealed under a key of ours, which the client keeps for us and cannot look into (RFC 5077 §4).
//!
//! ```text
//! name of the key[16] nonce[12] AES-256-GCM of: age_add[4] issued_ms[8] session; tag[16]
//! ```
//!
//! The name is authenticated too. What cannot be opened, for whatever reason, is no ticket: the handshake is a full one then,
//! and nobody learns the reason.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use tlswire::codec::Reader;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::session::keys::{KEY_NAME_LEN, TicketKey};
use crate::session::{Session, Tickets};

/// What a ticket says, opened.
#[derive(Debug)]
pub(crate) struct Ticket {
    pub(crate) session: Session,
    pub(crate) age: Age,
    /// Whether the key that sealed it still seals: if not, the client should get another one.
    pub(crate) is_fresh: bool,
}

/// How old a ticket is, so that a client's word for it can be compared (RFC 8446 §4.2.11.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Age {
    /// What hides the age from onlookers; 0 in TLS 1.2, which does not tell it.
    pub(crate) add: u32,
    /// When the ticket was made, in milliseconds since 1970.
    pub(crate) issued_ms: u64,
}

impl Age {
    /// Whether a client's word for the age fits our clock, loosely: nothing depends on it but whether the client speaks of this
    /// ticket.
    pub(crate) fn fits(self, obfuscated: u32, now_ms: u64) -> bool {
        let theirs = u64::from(obfuscated.wrapping_sub(self.add));
        now_ms.saturating_sub(self.issued_ms).abs_diff(theirs) <= AGE_TOLERANCE_MS
    }
}

impl Tickets {
    /// Seals `session`, if some key seals now and the session is not too long.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(crate) fn seal(
        &self,
        session: &Session,
        age_add: u32,
        nonce: [u8; NONCE_LEN],
    ) -> Result<Option<Vec<u8>>, Error> {
        let Some(key) = self.keys.sealing(self.now()) else { return Ok(None) };
        let Some(bytes) = session.to_bytes() else { return Ok(None) };
        let mut sealed = Zeroizing::new(Vec::with_capacity(bytes.len() + OVERHEAD_LEN));
        sealed.extend_from_slice(&age_add.to_be_bytes());
        sealed.extend_from_slice(&self.now_ms.to_be_bytes());
        sealed.extend_from_slice(&bytes);
        let failed = |_| Error::Internal("a ticket cannot be sealed");
        let cipher = cipher(key).map_err(failed)?;
        let tag = cipher.seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(key.name),
            &mut sealed,
        );
        Ok(Some([&key.name[..], &nonce, &sealed, tag.map_err(failed)?.as_ref()].concat()))
    }

    /// Opens what [`Tickets::seal`] made here or elsewhere with these keys, if the session has not ended.
    pub(crate) fn open(&self, ticket: &[u8]) -> Option<Ticket> {
        if ticket.len() > TICKET_LEN_MAX {
            return None;
        }
        let (name, rest) = ticket.split_first_chunk::<KEY_NAME_LEN>()?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>()?;
        let key = self.keys.opening(name, self.now())?;
        let mut sealed = Zeroizing::new(sealed.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let bytes = cipher(key).ok()?.open_in_place(nonce, Aad::from(key.name), &mut sealed).ok()?;
        let mut from = Reader::new(bytes);
        let (add, issued_ms) = (from.u32().ok()?, from.u64().ok()?);
        let session = Session::from_bytes(from.rest())?;
        let is_fresh = key.seals(self.now());
        session.is_alive(self.now()).then_some(Ticket { session, age: Age { add, issued_ms }, is_fresh })
    }
}

/// The library wipes its own copy of the key.
fn cipher(key: &TicketKey) -> Result<LessSafeKey, aws_lc_rs::error::Unspecified> {
    UnboundKey::new(&AES_256_GCM, key.secret()).map(LessSafeKey::new)
}

/// Bytes of a ticket beside the session.
const OVERHEAD_LEN: usize = KEY_NAME_LEN + NONCE_LEN + 12 + 16;
/// Bytes of a ticket that we may have made.
const TICKET_LEN_MAX: usize = super::SESSION_LEN_MAX + OVERHEAD_LEN;
/// Milliseconds by which a client's word for a ticket's age and ours may differ: clocks that are not set alike, a machine that
/// slept, the way.
const AGE_TOLERANCE_MS: u64 = 10 * 60 * 1000;
