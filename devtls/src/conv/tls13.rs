//! What TLS 1.3 asks of a conversation: when keys may change, when they have to, and what is passed over.

use tlswire::ProtocolVersion;

use super::{Conv, State};
use crate::errstr::Error;

impl Conv {
    /// Tells whether this is TLS 1.3, where keys, content types and alerts work differently.
    #[must_use]
    pub fn is_tls13(&self) -> bool {
        self.is_version_locked && self.version == ProtocolVersion::TLS13
    }

    /// Says whether the keys of what comes in may change now.
    ///
    /// # Errors
    /// `only in version 0x304`; `handshake data pending at cipher change`, which the peer has to be told of if it is to
    /// blame: what it sent after a change must not count as sent before it (RFC 8446 §5.1).
    pub fn may_change_incoming(&self) -> Result<(), Error> {
        self.check_tls13()?;
        if self.hand.has_bytes() || !self.messages_in.is_between() { Err(Error::HandPending) } else { Ok(()) }
    }

    /// Says whether the keys of what goes out may change now.
    ///
    /// # Errors
    /// `handshake data pending at cipher change` in TLS 1.3 amid a message.
    pub fn may_change_outgoing(&self) -> Result<(), Error> {
        if self.is_tls13() && !self.messages_out.is_between() { Err(Error::HandPending) } else { Ok(()) }
    }

    /// Says whether we may move to our next key now.
    ///
    /// # Errors
    /// `only in version 0x304`, what a writer of `data` gets, `handshake data pending at cipher change`.
    pub fn may_update(&self) -> Result<(), Error> {
        self.check_tls13()?;
        self.may_write_data()?;
        self.may_change_outgoing()
    }

    /// Notes that we asked the peer for its next key.
    pub fn ask_update(&mut self) {
        self.asked_count = self.asked_count.saturating_add(1);
    }

    /// Tells whether a KeyUpdate of the peer's that came now has a reason that we know: we asked for one, or have sent data
    /// since the last. One without is a record that brings nothing.
    pub fn expects_update(&mut self) -> bool {
        let was_asked = self.asked_count > 0;
        self.asked_count = self.asked_count.saturating_sub(1);
        let sent_len = std::mem::replace(&mut self.sent_at_update, self.counters.data_out);
        was_asked || sent_len != self.counters.data_out
    }

    /// Gives how many records with content may still go out under the key in use, of which `seq` went out, before it has to
    /// be renewed (RFC 8446 §5.5); none where nothing renews it.
    #[must_use]
    pub fn records_left(&self, seq: u64) -> Option<u64> {
        // The last one is the KeyUpdate's.
        let records_max = self.limits.records_per_key.saturating_sub(1).max(1);
        (self.is_tls13() && self.is_opened).then(|| records_max.saturating_sub(seq))
    }

    /// Says whether a read of `hand` may begin. In TLS 1.3 that is so while messages are left that came before the peer's
    /// close: tickets may be the last thing that a server sends.
    ///
    /// # Errors
    /// The text for a reader of `hand`.
    pub fn may_begin_hand(&self) -> Result<(), Error> {
        match self.may_read_hand() {
            Err(Error::Hungup) if self.is_tls13() && self.hand.has_bytes() => Ok(()),
            other => other,
        }
    }

    /// Says whether this is TLS 1.3, for what only that has.
    ///
    /// # Errors
    /// `only in version 0x304`.
    pub fn check_tls13(&self) -> Result<(), Error> {
        if self.is_tls13() { Ok(()) } else { Err(Error::OnlyTls13) }
    }

    /// Does the command `skipearly`.
    ///
    /// # Errors
    /// `only in version 0x304` once another one is set, `cannot skip early data` when there cannot be any more.
    pub fn skip_early(&mut self, len: usize) -> Result<(), Error> {
        if self.is_version_locked {
            self.check_tls13()?;
        }
        if self.state != State::Handshaking {
            return Err(Error::CannotSkip);
        }
        self.early_len = len;
        Ok(())
    }

    /// Tells whether a record with a body of `len` bytes may be early data; it counts as such then.
    pub fn take_early(&mut self, len: usize) -> bool {
        let left = self.early_len.checked_sub(len);
        self.early_len = left.unwrap_or(self.early_len);
        left.is_some()
    }

    /// Notes that early data is over: the peer's second flight has begun.
    pub fn end_early(&mut self) {
        self.early_len = 0;
    }

    /// Gives how many bytes of records may still be early data.
    #[must_use]
    pub fn early_len(&self) -> usize {
        self.early_len
    }

    /// Says once that the change_cipher_spec is due that TLS 1.3 sends for the sake of middleboxes (RFC 8446 §D.4).
    pub fn take_dummy(&mut self) -> bool {
        !std::mem::replace(&mut self.has_sent_dummy, true)
    }
}
