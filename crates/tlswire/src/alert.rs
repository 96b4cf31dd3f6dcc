//! Alerts: the standards' numbers, and the device's table of what each is called and how it travels.
//!
//! Two readers use this file. The handshake picks an [`Alert`] by its RFC name. The device turns a number from `ctl`
//! into bytes with [`to_send`] and a number from the wire into a text with [`fatal_text`]; its table is older than some
//! of the RFC's alerts, and those go by the "other" rules on purpose, since the texts are interface (tls(3)).

use crate::ProtocolVersion;
use core::fmt;

/// An alert description (RFC 5246 §7.2, RFC 8446 §6).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Alert(pub u8);

/// How grave an alert is; the number is the first byte of the alert record (RFC 5246 §7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum AlertLevel {
    /// The connection goes on.
    Warning = 1,
    /// The connection ends.
    Fatal = 2,
}

impl AlertLevel {
    /// The byte of the wire.
    pub const fn to_byte(self) -> u8 {
        match self {
            Self::Warning => 1,
            Self::Fatal => 2,
        }
    }
}

macro_rules! alerts {
    ($($constant:ident $number:literal $name:literal;)*) => {
        impl Alert {
            $(
                #[doc = concat!("`", $name, "`, ", stringify!($number), ".")]
                pub const $constant: Self = Self($number);
            )*

            /// The standard's name in lower case; `unknown` for a number without one.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$constant => $name,)*
                    Self(_) => "unknown",
                }
            }
        }

        #[cfg(test)]
        const NAMED: &[Alert] = &[$(Alert::$constant,)*];
    };
}

alerts! {
    CLOSE_NOTIFY 0 "close_notify";
    UNEXPECTED_MESSAGE 10 "unexpected_message";
    BAD_RECORD_MAC 20 "bad_record_mac";
    DECRYPTION_FAILED 21 "decryption_failed";
    RECORD_OVERFLOW 22 "record_overflow";
    DECOMPRESSION_FAILURE 30 "decompression_failure";
    HANDSHAKE_FAILURE 40 "handshake_failure";
    NO_CERTIFICATE 41 "no_certificate";
    BAD_CERTIFICATE 42 "bad_certificate";
    UNSUPPORTED_CERTIFICATE 43 "unsupported_certificate";
    CERTIFICATE_REVOKED 44 "certificate_revoked";
    CERTIFICATE_EXPIRED 45 "certificate_expired";
    CERTIFICATE_UNKNOWN 46 "certificate_unknown";
    ILLEGAL_PARAMETER 47 "illegal_parameter";
    UNKNOWN_CA 48 "unknown_ca";
    ACCESS_DENIED 49 "access_denied";
    DECODE_ERROR 50 "decode_error";
    DECRYPT_ERROR 51 "decrypt_error";
    EXPORT_RESTRICTION 60 "export_restriction";
    PROTOCOL_VERSION 70 "protocol_version";
    INSUFFICIENT_SECURITY 71 "insufficient_security";
    INTERNAL_ERROR 80 "internal_error";
    INAPPROPRIATE_FALLBACK 86 "inappropriate_fallback";
    USER_CANCELED 90 "user_canceled";
    NO_RENEGOTIATION 100 "no_renegotiation";
    MISSING_EXTENSION 109 "missing_extension";
    UNSUPPORTED_EXTENSION 110 "unsupported_extension";
    CERTIFICATE_UNOBTAINABLE 111 "certificate_unobtainable";
    UNRECOGNIZED_NAME 112 "unrecognized_name";
    BAD_CERTIFICATE_STATUS_RESPONSE 113 "bad_certificate_status_response";
    BAD_CERTIFICATE_HASH_VALUE 114 "bad_certificate_hash_value";
    UNKNOWN_PSK_IDENTITY 115 "unknown_psk_identity";
    CERTIFICATE_REQUIRED 116 "certificate_required";
    NO_APPLICATION_PROTOCOL 120 "no_application_protocol";
}

impl fmt::Debug for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.0, self.name())
    }
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.0)
    }
}

/// One row of the device's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The number asked for.
    pub alert: Alert,
    /// The text that files show for it (tls(3)).
    pub text: &'static str,
    /// The number that travels under TLS.
    pub tls: Alert,
    /// The number that travels under SSL 3.0, which has fewer.
    pub ssl3: Alert,
    /// The level it is sent with.
    pub level: AlertLevel,
}

/// What to put on the wire for an alert, and what to call it afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToSend {
    /// The text to remember.
    pub text: &'static str,
    /// The level byte.
    pub level: AlertLevel,
    /// The description byte.
    pub alert: Alert,
}

/// Says how alert `n` of the `ctl` command travels under `version`.
///
/// A number that the table lacks is sent modulo 256 and is fatal, whatever the standards say of it.
pub fn to_send(n: i64, version: ProtocolVersion) -> ToSend {
    match TABLE.iter().find(|row| i64::from(row.alert.0) == n) {
        Some(row) => ToSend {
            text: row.text,
            level: row.level,
            alert: if version == ProtocolVersion::SSL3 { row.ssl3 } else { row.tls },
        },
        None => {
            let [.., low] = n.to_be_bytes();
            ToSend { text: TEXT_UNKNOWN_SENT, level: AlertLevel::Fatal, alert: Alert(low) }
        }
    }
}

/// The text that files show after a fatal alert was received.
pub fn fatal_text(alert: Alert) -> &'static str {
    TABLE.iter().find(|row| row.alert == alert).map_or(TEXT_UNKNOWN_RECEIVED, |row| row.text)
}

/// What a sent alert is called when the table lacks its number.
pub const TEXT_UNKNOWN_SENT: &str = "tls unknown alert";
/// What a received fatal alert is called when the table lacks its number.
pub const TEXT_UNKNOWN_RECEIVED: &str = "unknown error";

const fn warning(n: u8, ssl3: u8, text: &'static str) -> Row {
    Row { alert: Alert(n), text, tls: Alert(n), ssl3: Alert(ssl3), level: AlertLevel::Warning }
}

const fn fatal(n: u8, tls: u8, ssl3: u8, text: &'static str) -> Row {
    Row { alert: Alert(n), text, tls: Alert(tls), ssl3: Alert(ssl3), level: AlertLevel::Fatal }
}

/// The device's table, in the order of the numbers. The original's has all but the last row: what TLS 1.3 says to a client
/// that has opened its connection already, and should know why it has none.
pub static TABLE: [Row; 25] = [
    warning(0, 0, "close notify"),
    fatal(10, 10, 10, "unexpected message"),
    fatal(20, 20, 20, "bad record mac"),
    fatal(21, 21, 47, "decryption failed"),
    fatal(22, 22, 47, "record too long"),
    fatal(30, 30, 30, "decompression failed"),
    fatal(40, 40, 40, "could not negotiate acceptable security parameters"),
    // TLS withdrew 41; the nearest that it has is certificate_unknown.
    fatal(41, 46, 41, "no appropriate certificate available"),
    fatal(42, 42, 42, "corrupted or invalid certificate"),
    fatal(43, 43, 43, "unsupported certificate type"),
    fatal(44, 44, 44, "revoked certificate"),
    fatal(45, 45, 45, "expired certificate"),
    fatal(46, 46, 46, "unacceptable certificate"),
    fatal(47, 47, 47, "illegal parameter"),
    fatal(48, 48, 40, "unknown certificate authority"),
    fatal(49, 49, 40, "access denied"),
    fatal(50, 50, 47, "error decoding message"),
    fatal(51, 51, 47, "error decrypting message"),
    fatal(60, 60, 40, "export restriction violated"),
    fatal(70, 70, 47, "protocol version not supported"),
    fatal(71, 71, 40, "stronger security routines required"),
    fatal(80, 80, 40, "internal error"),
    warning(90, 0, "handshake canceled by user"),
    warning(100, 10, "no renegotiation"),
    fatal(116, 116, 40, "certificate required"),
];

#[cfg(test)]
mod tests {
    use super::{Alert, AlertLevel, NAMED, TABLE, fatal_text, to_send};
    use crate::ProtocolVersion;

    fn sent(n: i64, version: ProtocolVersion) -> (u8, u8, &'static str) {
        let sent = to_send(n, version);
        (sent.level.to_byte(), sent.alert.0, sent.text)
    }

    #[test]
    fn numbers_are_in_order_in_both_tables() {
        for pair in TABLE.windows(2) {
            assert!(pair[0].alert < pair[1].alert);
        }
        for pair in NAMED.windows(2) {
            assert!(pair[0] < pair[1]);
        }
        for row in &TABLE {
            assert_ne!(row.alert.name(), "unknown");
        }
    }

    #[test]
    fn ssl3_has_fewer_alerts() {
        let (ssl3, tls) = (ProtocolVersion::SSL3, ProtocolVersion::TLS12);
        assert_eq!(sent(70, tls), (2, 70, "protocol version not supported"));
        assert_eq!(sent(70, ssl3), (2, 47, "protocol version not supported"));
        assert_eq!(sent(41, tls), (2, 46, "no appropriate certificate available"));
        assert_eq!(sent(41, ssl3), (2, 41, "no appropriate certificate available"));
        assert_eq!(sent(90, ssl3), (1, 0, "handshake canceled by user"));
        assert_eq!(sent(100, tls), (1, 100, "no renegotiation"));
        assert_eq!(sent(100, ssl3), (1, 10, "no renegotiation"));
        assert_eq!(sent(0, tls), (1, 0, "close notify"));
    }

    #[test]
    fn a_number_without_a_row_is_fatal_and_wraps() {
        for (n, byte) in [(112, 112), (109, 109), (255, 255), (256, 0), (-1, 255), (i64::MIN, 0)] {
            for version in [ProtocolVersion::SSL3, ProtocolVersion::TLS12] {
                assert_eq!(sent(n, version), (2, byte, "tls unknown alert"));
            }
        }
    }

    #[test]
    fn received_numbers_without_a_row_are_unknown() {
        assert_eq!(fatal_text(Alert::UNKNOWN_CA), "unknown certificate authority");
        assert_eq!(fatal_text(Alert::NO_APPLICATION_PROTOCOL), "unknown error");
        assert_eq!(AlertLevel::Fatal as u8, AlertLevel::Fatal.to_byte());
    }
}
