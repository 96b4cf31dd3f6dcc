//! Which extension may stand in which message of TLS 1.3 (RFC 8446 §4.2).
//!
//! Extensions that are not in the table are unknown here: whether one may stand somewhere is then the question whether it was
//! asked for, which is the states' business.

use crate::error::Error;
use crate::msg::ext::{
    ALPN, CERTIFICATE_AUTHORITIES, CLIENT_CERTIFICATE_URL, COOKIE, EARLY_DATA, EC_POINT_FORMATS,
    ENCRYPT_THEN_MAC, EXTENDED_MASTER_SECRET, KEY_SHARE, MAX_FRAGMENT_LENGTH, POST_HANDSHAKE_AUTH,
    PRE_SHARED_KEY, PSK_KEY_EXCHANGE_MODES, RECORD_SIZE_LIMIT, RENEGOTIATION_INFO, SERVER_NAME,
    SESSION_TICKET, SIGNATURE_ALGORITHMS, SIGNATURE_ALGORITHMS_CERT, STATUS_REQUEST, SUPPORTED_GROUPS,
    SUPPORTED_VERSIONS, TRUNCATED_HMAC, TRUSTED_CA_KEYS,
};

/// A message with extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// ClientHello.
    ClientHello,
    /// ServerHello.
    ServerHello,
    /// HelloRetryRequest.
    Retry,
    /// EncryptedExtensions.
    Encrypted,
    /// CertificateRequest.
    Request,
    /// An entry of a Certificate message.
    Entry,
    /// NewSessionTicket.
    Ticket,
}

/// Refuses an extension that is known and belongs to other messages.
///
/// # Errors
/// [`Error::MisplacedExtension`].
pub(crate) fn check(typ: u16, place: Place) -> Result<(), Error> {
    match PLACES.iter().find(|(known, _)| *known == typ) {
        Some((_, places)) if !places.contains(&place) => Err(Error::MisplacedExtension(typ)),
        _ => Ok(()),
    }
}

const CH_EE: &[Place] = &[Place::ClientHello, Place::Encrypted];
const CH_CR: &[Place] = &[Place::ClientHello, Place::Request];
const CH_CR_CT: &[Place] = &[Place::ClientHello, Place::Request, Place::Entry];
const CH_SH_HRR: &[Place] = &[Place::ClientHello, Place::ServerHello, Place::Retry];
const CH: &[Place] = &[Place::ClientHello];

/// The table of RFC 8446 §4.2, with what came after it (RFC 8449 §4), and what only versions before know.
const PLACES: [(u16, &[Place]); 31] = [
    (SERVER_NAME, CH_EE),
    (MAX_FRAGMENT_LENGTH, CH_EE),
    (CLIENT_CERTIFICATE_URL, CH),
    (TRUSTED_CA_KEYS, CH),
    (TRUNCATED_HMAC, CH),
    (STATUS_REQUEST, CH_CR_CT),
    (SUPPORTED_GROUPS, CH_EE),
    (EC_POINT_FORMATS, CH),
    (SIGNATURE_ALGORITHMS, CH_CR),
    (USE_SRTP, CH_EE),
    (HEARTBEAT, CH_EE),
    (ALPN, CH_EE),
    (SIGNED_CERTIFICATE_TIMESTAMP, CH_CR_CT),
    (CLIENT_CERTIFICATE_TYPE, CH_EE),
    (SERVER_CERTIFICATE_TYPE, CH_EE),
    (PADDING, CH),
    (ENCRYPT_THEN_MAC, CH),
    (EXTENDED_MASTER_SECRET, CH),
    (RECORD_SIZE_LIMIT, CH_EE),
    (SESSION_TICKET, CH),
    (PRE_SHARED_KEY, &[Place::ClientHello, Place::ServerHello]),
    (EARLY_DATA, &[Place::ClientHello, Place::Encrypted, Place::Ticket]),
    (SUPPORTED_VERSIONS, CH_SH_HRR),
    (COOKIE, &[Place::ClientHello, Place::Retry]),
    (PSK_KEY_EXCHANGE_MODES, CH),
    (CERTIFICATE_AUTHORITIES, CH_CR),
    (OID_FILTERS, &[Place::Request]),
    (POST_HANDSHAKE_AUTH, CH),
    (SIGNATURE_ALGORITHMS_CERT, CH_CR),
    (KEY_SHARE, CH_SH_HRR),
    (RENEGOTIATION_INFO, CH),
];

/// RFC 5764 §4.1.1
const USE_SRTP: u16 = 14;
/// RFC 6520 §2
const HEARTBEAT: u16 = 15;
/// RFC 6962 §3.3.1
const SIGNED_CERTIFICATE_TIMESTAMP: u16 = 18;
/// RFC 7250 §3
const CLIENT_CERTIFICATE_TYPE: u16 = 19;
/// RFC 7250 §3
const SERVER_CERTIFICATE_TYPE: u16 = 20;
/// RFC 7685 §3
pub(crate) const PADDING: u16 = 21;
/// RFC 8446 §4.2.5
const OID_FILTERS: u16 = 48;
