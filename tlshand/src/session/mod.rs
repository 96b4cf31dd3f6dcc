//! A session: what two sides agreed on in a full handshake, so that they can go on from there another time.
//!
//! It ends [`SESSION_TIME_MAX`] after that handshake, however often it is gone on with: what was proved then is as old as
//! that. A server keeps none: it seals them into tickets ([`ticket`]) under keys that others share with it ([`keys`]), and
//! the client brings them back ([`kept`]). Where keys and kept sessions lie is the caller's business.

mod kept;
mod keys;
mod ticket;

use std::fmt;

use tlswire::codec::{CodecError, Reader, Writer};
use tlswire::{ProtocolVersion, Suite};
use x509::CertificateDer;
use zeroize::Zeroizing;

use crate::record_len::MaxFragment;
#[cfg(test)]
pub(crate) use kept::Whose;
pub(crate) use kept::{Keeper, wanted};

pub use kept::{Kept, KeptSession, Sessions};
pub use keys::{KEY_LEN, KEY_NAME_LEN, KEY_SEALS_TIME_MAX, TicketKey, TicketKeys, Tickets};
pub(crate) use ticket::Ticket;

/// A session of TLS 1.2 or 1.3; of TLS 1.2 always one with an extended master secret, since others cannot be told from those
/// of somebody in the middle (RFC 7627 §1).
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) version: ProtocolVersion,
    pub(crate) suite: Suite,
    /// The master_secret, or in TLS 1.3 a ticket's secret.
    pub(crate) secret: Zeroizing<Vec<u8>>,
    /// When the full handshake was, in seconds since 1970.
    pub(crate) established: u64,
    /// The name that the client asked for.
    pub(crate) server_name: Option<String>,
    /// The protocol above.
    pub(crate) alpn: Option<String>,
    /// Whether the MAC of records is over what was encrypted.
    pub(crate) encrypt_then_mac: bool,
    /// The length of records that was asked for, which stays the session's in TLS 1.2 (RFC 6066 §4).
    pub(crate) max_fragment: Option<MaxFragment>,
    /// What the peer of whoever keeps the session showed: its chain, its own certificate first.
    pub(crate) peer_chain: Vec<CertificateDer<'static>>,
}

impl Session {
    /// Whether it may still be gone on with at `now`, in seconds since 1970. One from the future may not: some clock is wrong,
    /// and when it ends would be anybody's guess.
    pub(crate) fn is_alive(&self, now: u64) -> bool {
        let is_begun = self.established <= now.saturating_add(CLOCK_SKEW_MAX);
        is_begun && now < self.established.saturating_add(SESSION_TIME_MAX)
    }

    /// The seconds that are left to it at `now`.
    pub(crate) fn time_left(&self, now: u64) -> u32 {
        let end = self.established.saturating_add(SESSION_TIME_MAX);
        u32::try_from(end.saturating_sub(now).min(SESSION_TIME_MAX)).unwrap_or(0)
    }

    /// Its bytes, as secret as the session, or none if they are more than [`SESSION_LEN_MAX`].
    pub(crate) fn to_bytes(&self) -> Option<Zeroizing<Vec<u8>>> {
        let chain_len: usize = self.peer_chain.iter().map(|der| der.len() + 3).sum();
        if chain_len > SESSION_LEN_MAX {
            return None;
        }
        // Room for all of it at once: what grows leaves its old bytes behind.
        let mut to = Writer::from(Vec::with_capacity(SESSION_LEN_MAX + FIXED_LEN_MAX));
        let written = self.write(&mut to);
        let bytes = Zeroizing::new(to.into_vec());
        (written.is_ok() && bytes.len() <= SESSION_LEN_MAX).then_some(bytes)
    }

    /// Reads what [`Session::to_bytes`] made; none of a form that another version of this program may have.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Session> {
        let mut from = Reader::new(bytes);
        let session = Session::read(&mut from).ok()??;
        from.end().ok().map(|()| session)
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        to.u8(FORM);
        to.u16(self.version.0);
        to.u16(self.suite.0);
        to.u64(self.established);
        to.u8(u8::from(self.encrypt_then_mac));
        to.u8(self.max_fragment.map_or(0, MaxFragment::code));
        to.opaque_u8(self.server_name.as_deref().unwrap_or_default().as_bytes())?;
        to.opaque_u8(self.alpn.as_deref().unwrap_or_default().as_bytes())?;
        to.vec_u24(|chain| self.peer_chain.iter().try_for_each(|der| chain.opaque_u24(der)))?;
        to.opaque_u8(&self.secret)
    }

    fn read(from: &mut Reader<'_>) -> Result<Option<Session>, CodecError> {
        if from.u8()? != FORM {
            return Ok(None);
        }
        let (version, suite) = (ProtocolVersion(from.u16()?), Suite(from.u16()?));
        let established = from.u64()?;
        let encrypt_then_mac = from.u8()? != 0;
        let max_fragment = MaxFragment::of_code(from.u8()?);
        let (server_name, alpn) = (text(from.opaque_u8()?), text(from.opaque_u8()?));
        let mut chain = from.vec_u24()?;
        let mut peer_chain = Vec::new();
        while !chain.is_empty() {
            peer_chain.push(CertificateDer::from(chain.opaque_u24()?.to_vec()));
        }
        let secret = Zeroizing::new(from.opaque_u8()?.to_vec());
        Ok(Some(Session {
            version,
            suite,
            secret,
            established,
            server_name,
            alpn,
            encrypt_then_mac,
            max_fragment,
            peer_chain,
        }))
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session({} {:?}, ..)", self.version, self.suite)
    }
}

/// A text of at least one byte.
fn text(bytes: &[u8]) -> Option<String> {
    str::from_utf8(bytes).ok().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Seconds from the full handshake to the end of a session: half a day. RFC 8446 §4.6.1 would let it be seven.
pub const SESSION_TIME_MAX: u64 = 12 * 3600;
/// Seconds by which the clocks of machines that share keys may differ.
const CLOCK_SKEW_MAX: u64 = 60;
/// Bytes of a session: who showed a longer chain has to show it again. A ticket with all of it still fits in a hello.
const SESSION_LEN_MAX: usize = 8192;
/// Bytes of a session beside the chain, at most.
const FIXED_LEN_MAX: usize = 1024;
/// The form of a session's bytes; another one when what they hold changes.
const FORM: u8 = 1;
