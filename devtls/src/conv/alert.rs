//! Alerts, as the device understands them.
//!
//! The table of codes and texts, both ways, is `tlswire::alert`; this file says what an alert that came
//! in means for the conversation.

use tlswire::Alert;
use tlswire::alert;

use crate::errstr::Error;

/// What an alert record from the peer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlertIn {
    /// close_notify: the peer sends nothing more.
    CloseNotify,
    /// A warning that the reader of `hand` should see.
    Notice(Error),
    /// A warning that is passed over.
    Ignored,
    /// A warning without a meaning, which is passed over a few times.
    Unknown,
    /// The end, with this text.
    Fatal(&'static str),
    /// Not an alert at all; the peer gets this one, and the reader the error.
    Refuse(Alert, Error),
}

impl AlertIn {
    /// Reads the payload of an alert record; `is_tls13` is whether levels mean nothing (RFC 8446 §6).
    #[must_use]
    pub fn parse(payload: &[u8], is_tls13: bool) -> AlertIn {
        let &[level, code] = payload else {
            return AlertIn::Refuse(Alert::DECODE_ERROR, Error::BadAlert);
        };
        if is_tls13 {
            return match Alert(code) {
                Alert::CLOSE_NOTIFY => AlertIn::CloseNotify,
                Alert::USER_CANCELED => AlertIn::Notice(Error::UserCanceled),
                code => AlertIn::Fatal(alert::fatal_text(code)),
            };
        }
        match (level, Alert(code)) {
            (FATAL, code) => AlertIn::Fatal(alert::fatal_text(code)),
            (WARNING, Alert::CLOSE_NOTIFY) => AlertIn::CloseNotify,
            (WARNING, Alert::NO_RENEGOTIATION) => AlertIn::Notice(Error::NoRenegotiation),
            (WARNING, Alert::USER_CANCELED) => AlertIn::Notice(Error::UserCanceled),
            (WARNING, Alert::UNRECOGNIZED_NAME) => AlertIn::Ignored,
            (WARNING, _) => AlertIn::Unknown,
            _ => AlertIn::Refuse(Alert::ILLEGAL_PARAMETER, Error::BadAlertLevel),
        }
    }
}

const WARNING: u8 = 1;
const FATAL: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_is_two_bytes() {
        let refused = AlertIn::Refuse(Alert::DECODE_ERROR, Error::BadAlert);
        for payload in [&[][..], &[1], &[1, 0, 1, 0]] {
            assert_eq!(AlertIn::parse(payload, false), refused);
        }
    }

    #[test]
    fn a_level_is_one_or_two() {
        let refused = AlertIn::Refuse(Alert::ILLEGAL_PARAMETER, Error::BadAlertLevel);
        assert_eq!(AlertIn::parse(&[0, 0], false), refused);
        assert_eq!(AlertIn::parse(&[3, 40], false), refused);
    }

    #[test]
    fn a_fatal_zero_is_an_error_and_a_warning_zero_a_close() {
        assert_eq!(AlertIn::parse(&[2, 0], false), AlertIn::Fatal("close notify"));
        assert_eq!(AlertIn::parse(&[1, 0], false), AlertIn::CloseNotify);
        assert_eq!(AlertIn::parse(&[2, 120], false), AlertIn::Fatal("unknown error"));
        assert_eq!(AlertIn::parse(&[1, 112], false), AlertIn::Ignored);
        assert_eq!(AlertIn::parse(&[1, 41], false), AlertIn::Unknown);
    }

    #[test]
    fn in_tls_1_3_the_level_means_nothing() {
        for level in [0, 1, 2, 255] {
            assert_eq!(AlertIn::parse(&[level, 0], true), AlertIn::CloseNotify);
            assert_eq!(AlertIn::parse(&[level, 90], true), AlertIn::Notice(Error::UserCanceled));
            assert_eq!(AlertIn::parse(&[level, 100], true), AlertIn::Fatal("no renegotiation"));
            assert_eq!(AlertIn::parse(&[level, 115], true), AlertIn::Fatal("unknown error"));
        }
    }
}
