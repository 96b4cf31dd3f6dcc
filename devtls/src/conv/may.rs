//! What each state permits: one function per use of a file, each a table over [`State`].
//!
//! The functions say yes, "end of file", or the error; they change nothing.

use super::State;
use crate::errstr::Error;

/// What a reader of `data` may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Fetch records until there is something to give.
    Fetch,
    /// Nothing more will come, and that is how it should be: end of file.
    End,
}

/// What the carrier of a conversation's ciphertext may still expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carrying {
    /// There may be more to send to the peer.
    pub sends: bool,
    /// What the peer sends is still read.
    pub reads: bool,
}

/// Says whether `data` may be read. `is_opened` is whether `opened` was ever accepted.
///
/// # Errors
/// The text for a reader in this state (tls(3)).
pub fn read_data(state: State, is_opened: bool) -> Result<Reading, Error> {
    match state {
        State::Established => Ok(Reading::Fetch),
        // Our close_notify says nothing about the peer's half.
        State::LocalClosed if is_opened => Ok(Reading::Fetch),
        // deviates: tls(3) gives `tls hungup`; a Unix program takes an error for a failure.
        State::RemoteClosed | State::Closed if is_opened => Ok(Reading::End),
        State::Handshaking => Err(Error::NotConfigured),
        State::Alerting | State::Errored => Err(Error::Failed),
        State::Fresh | State::LocalClosed | State::RemoteClosed | State::Hungup | State::Closed => {
            Err(Error::Hungup)
        }
    }
}

/// Says whether `data` may be written.
///
/// # Errors
/// The text for a writer in this state (tls(3)).
pub fn write_data(state: State, is_opened: bool) -> Result<(), Error> {
    match state {
        State::Established => Ok(()),
        // deviates: tls(3) hangs up both ways; here the peer's close_notify ends only its half.
        State::RemoteClosed if is_opened => Ok(()),
        State::Handshaking => Err(Error::NotConfigured),
        State::Alerting | State::Errored => Err(Error::Failed),
        State::Fresh | State::RemoteClosed | State::LocalClosed | State::Hungup | State::Closed => {
            Err(Error::Hungup)
        }
    }
}

/// Says whether `hand` may be read. `stored` is the error that ended the conversation, if one did.
///
/// # Errors
/// The stored error, or `tls hungup`.
pub fn read_hand(state: State, stored: Option<&Error>) -> Result<(), Error> {
    match state {
        State::Handshaking | State::Established | State::LocalClosed | State::Hungup => Ok(()),
        State::Alerting | State::Errored => Err(stored.cloned().unwrap_or(Error::Failed)),
        State::Fresh | State::RemoteClosed | State::Closed => Err(Error::Hungup),
    }
}

/// Says whether handshake bytes or a change_cipher_spec may be sent.
///
/// # Errors
/// The stored error, or `tls hungup`.
pub fn write_hand(state: State, stored: Option<&Error>) -> Result<(), Error> {
    match state {
        State::Handshaking | State::Established | State::RemoteClosed => Ok(()),
        State::Alerting | State::Errored => Err(stored.cloned().unwrap_or(Error::Failed)),
        State::Fresh | State::LocalClosed | State::Hungup | State::Closed => Err(Error::Hungup),
    }
}

/// Says whether an alert can still go out.
#[must_use]
pub fn send_alert(state: State) -> bool {
    matches!(state, State::Handshaking | State::Established | State::RemoteClosed | State::Alerting)
}

/// Says whether the last close sends close_notify: while neither side has ended, or only the peer has.
#[must_use]
pub fn say_goodbye(state: State) -> bool {
    matches!(state, State::Handshaking | State::Established | State::RemoteClosed)
}

/// Says what `wire` is good for. `is_channel` is whether it is the channel.
///
/// # Errors
/// `tls hungup` before there is a channel, `inappropriate use of fd` if that is another one.
pub fn carry(state: State, is_channel: bool) -> Result<Carrying, Error> {
    match state {
        State::Fresh => Err(Error::Hungup),
        _ if !is_channel => Err(Error::BadUse),
        state => Ok(Carrying {
            sends: send_alert(state),
            reads: matches!(state, State::Handshaking | State::Established | State::LocalClosed),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_close_leaves_the_other_half() {
        assert_eq!(read_data(State::LocalClosed, true), Ok(Reading::Fetch));
        assert_eq!(write_data(State::LocalClosed, true), Err(Error::Hungup));
        assert_eq!(read_data(State::RemoteClosed, true), Ok(Reading::End));
        assert_eq!(write_data(State::RemoteClosed, true), Ok(()));
    }

    #[test]
    fn nothing_moves_before_there_is_a_channel() {
        assert_eq!(read_data(State::Fresh, false), Err(Error::Hungup));
        assert_eq!(write_data(State::Fresh, false), Err(Error::Hungup));
        assert_eq!(read_hand(State::Fresh, None), Err(Error::Hungup));
        assert_eq!(write_hand(State::Fresh, None), Err(Error::Hungup));
        assert!(!send_alert(State::Fresh));
    }

    #[test]
    fn data_waits_for_opened() {
        assert_eq!(read_data(State::Handshaking, false), Err(Error::NotConfigured));
        assert_eq!(write_data(State::Handshaking, false), Err(Error::NotConfigured));
        assert_eq!(read_data(State::RemoteClosed, false), Err(Error::Hungup));
        assert_eq!(write_data(State::RemoteClosed, false), Err(Error::Hungup));
    }

    #[test]
    fn after_a_fatal_alert_nobody_says_goodbye() {
        assert!(send_alert(State::Alerting) && !say_goodbye(State::Alerting));
        assert!(say_goodbye(State::Handshaking) && say_goodbye(State::RemoteClosed));
        assert!(!say_goodbye(State::LocalClosed) && !say_goodbye(State::Errored));
    }

    #[test]
    fn a_carrier_goes_on_as_long_as_one_direction_does() {
        let carrying = |state| carry(state, true).map(|carrying| (carrying.sends, carrying.reads));
        assert_eq!(carrying(State::Fresh), Err(Error::Hungup));
        assert_eq!(carrying(State::Handshaking), Ok((true, true)));
        assert_eq!(carrying(State::RemoteClosed), Ok((true, false)));
        assert_eq!(carrying(State::LocalClosed), Ok((false, true)));
        for state in [State::Hungup, State::Closed, State::Errored] {
            assert_eq!(carrying(state), Ok((false, false)), "{state:?}");
        }
        assert_eq!(carry(State::Handshaking, false), Err(Error::BadUse));
    }

    #[test]
    fn a_dead_conversation_tells_hand_why_and_data_that() {
        let why = Error::ChannelError;
        assert_eq!(read_hand(State::Errored, Some(&why)), Err(Error::ChannelError));
        assert_eq!(write_hand(State::Errored, Some(&why)), Err(Error::ChannelError));
        assert_eq!(read_data(State::Errored, true), Err(Error::Failed));
        assert_eq!(write_data(State::Errored, true), Err(Error::Failed));
    }
}
