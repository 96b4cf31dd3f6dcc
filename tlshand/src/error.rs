//! Why a handshake failed: for the developer a variant, for the peer an alert, for people a text.
//!
//! Where the original has a text for the failure, that text is kept: it is what its users find in their logs.
//! The variants stand in groups, by whose fault it is.

use std::error::Error as StdError;
use std::fmt;

use factotum::rpc;
use tlswire::codec::CodecError;
use tlswire::{Alert, ProtocolVersion};
use x509::{CertificateDer, OcspError, VerifyError};

use crate::files::{FileError, Verb};
use crate::msg::HandshakeType;

/// Why a handshake failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    // The peer sent bytes that do not parse.
    /// A message is shorter or longer than its fields, or a field has a length that it may not have.
    BadLength(HandshakeType),
    /// The extensions of a hello do, one of them, or the list.
    BadExtensions(HandshakeType),
    /// A message announces this many bytes, more than messages of its type may have.
    MessageTooLong(usize),
    /// A HelloRequest has a body.
    BadHelloRequest,

    // The peer broke the rules.
    /// Another message had to come; the field says which, with its article.
    Expected(&'static str),
    /// A message of a type that nobody may send here.
    UnknownMessage(u8),
    /// More HelloRequests than anybody needs.
    TooManyHelloRequests,
    /// Handshake bytes from before a change of keys stand where those after it must.
    KeysChangedInMessage,
    /// Two extensions of this type in one message.
    DuplicateExtension(u16),
    /// An extension of this type stands in a message that it is not for (RFC 8446 §4.2).
    MisplacedExtension(u16),
    /// An extension of this type is not there and must be (RFC 8446 §9.2).
    MissingExtension(u16),
    /// A ClientHello of TLS 1.3 breaks a rule; the field says what must not be so.
    BadHello(&'static str),
    /// The proof that the client has the secret that it offers is none.
    BadBinder,
    /// A pre_shared_key that offers nothing that could be taken; the field says what is wrong.
    BadPskOffer(&'static str),
    /// renegotiated_connection is not empty although no handshake went before (RFC 5746 §3.6).
    BadRenegotiationInfo,
    /// A server_name that is not one; the field says what is wrong.
    BadServerName(&'static str),
    /// The point formats offered lack the one that must be there (RFC 8422 §5.1.2).
    NoUncompressedPoints,
    /// A public key of the key exchange that is not one of its group; the field says what is wrong.
    BadKeyShare(&'static str),
    /// The peer's Finished does not fit this handshake: another saw other messages, or has other keys.
    BadFinished,
    /// The signature over the key exchange does not verify.
    BadSignature,
    /// The peer's signature over the handshake does not: the certificate is somebody else's.
    BadCertificateVerify,
    /// A hello in the form of SSL 2.0 that is none.
    BadSsl2Hello,
    /// The version is lower than both can, and the server says so (RFC 8446 §4.1.3): somebody stands between.
    Downgraded,
    /// A session is gone on with without what its secret was bound by (RFC 7627 §5.3), or the other way around.
    OtherMasterSecret,
    /// The answer chooses what was not offered; the field says what.
    Unoffered(&'static str),
    /// The answer has an extension of this type, which was not offered.
    UnofferedExtension(u16),
    /// A Certificate message without certificates.
    RuntCertificate,
    /// More certificates than a chain may have.
    ChainTooLong,
    /// A length for records that nobody may ask for.
    BadRecordLen(u16),
    /// Both ways of limiting records in one answer (RFC 8449 §5).
    TwoRecordLens,
    /// The device would not open: the peer sent Finished without changing its keys.
    NotChanged(FileError),

    // The peer is lawful but wants what we lack, or lacks what we want.
    /// A group of the server's that is too small, or cannot be one; the field says what is wrong.
    BadDhGroup(&'static str),
    /// A hello in the form of SSL 2.0.
    Ssl2Hello,
    /// No secret of this name, or no name.
    UnknownIdentity,
    /// The client has no certificate to show, and must.
    NoClientCertificate,
    /// The same in TLS 1.3, which has a word of its own for it.
    CertificateRequired,
    /// The highest version that it speaks, or the one that it chose.
    IncompatibleVersion(ProtocolVersion),
    /// The peer has fallen back below what both speak (RFC 7507).
    InappropriateFallback,
    /// No suite that both have and that a certificate fits.
    NoCommonSuite,
    /// No group for the key exchange that both have.
    NoCommonGroup,
    /// Compression without the null method.
    NoCommonCompression,
    /// No signature scheme that the peer verifies and the key makes.
    NoCommonScheme,
    /// No application protocol that both have.
    NoCommonProtocol,
    /// No certificate for this name, and the configuration is strict.
    UnknownName(String),
    /// The server goes on without the secret that it shares with us.
    PskNotTaken,
    /// The server does not say that it is safe from renegotiation attacks (RFC 5746 §3.4).
    NoRenegotiationInfo,
    /// Keying material is wanted, and the peer does not bind its secret to this handshake.
    NoExtendedMasterSecret,
    /// The peer's certificate cannot be used.
    Certificate(VerifyError),
    /// The peer's certificate is not believed.
    Untrusted {
        /// Why not.
        reason: VerifyError,
        /// The certificate, for who wants to look at it.
        certificate: CertificateDer<'static>,
    },
    /// What the server shows of its certificate's status does not say that all is well.
    BadStatus(OcspError),
    /// The server shows nothing of its certificate's status, and must.
    NoStatus,

    // Our caller erred.
    /// Neither a certificate with its key nor a shared secret to prove ourselves with.
    NoKey,
    /// None of the configured suites can be had from this device.
    NoSuite,
    /// The configuration contradicts itself; the field says how.
    BadConf(&'static str),

    // The files.
    /// Reading `hand` failed. The text is the device's: of an alert that came, a close, or trouble below.
    Device(FileError),
    /// `hand` ended before the handshake did.
    End,
    /// A line of `ctl` was refused.
    Ctl(Verb, FileError),
    /// Writing `hand` failed.
    WriteHand(FileError),
    /// No factotum has the key.
    FactotumOpen(rpc::Error),
    /// The factotum that has the key would not sign.
    FactotumSign(rpc::Error),

    // We erred.
    /// The key would not sign.
    Sign(factotum::Error),
    /// The key does not decrypt.
    Decrypt(factotum::Error),
    /// Something that cannot be.
    Internal(&'static str),
}

impl Error {
    /// The alert that tells the peer, or `None` where it must not be told or cannot be: what came from the device has
    /// been told already, and nothing was said yet when there was nothing to begin with.
    #[must_use]
    pub fn alert(&self) -> Option<Alert> {
        Some(match self {
            Error::BadLength(_)
            | Error::BadExtensions(_)
            | Error::MessageTooLong(_)
            | Error::BadSsl2Hello
            | Error::BadHelloRequest => Alert::DECODE_ERROR,
            Error::Expected(_)
            | Error::UnknownMessage(_)
            | Error::TooManyHelloRequests
            | Error::KeysChangedInMessage
            | Error::Ctl(Verb::ChangeCipherIn, _)
            | Error::NotChanged(_) => Alert::UNEXPECTED_MESSAGE,
            Error::DuplicateExtension(_)
            | Error::MisplacedExtension(_)
            | Error::BadPskOffer(_)
            | Error::BadHello(_)
            | Error::BadServerName(_)
            | Error::NoUncompressedPoints
            | Error::BadKeyShare(_)
            | Error::Unoffered(_)
            | Error::Downgraded
            | Error::BadRecordLen(_)
            | Error::TwoRecordLens
            | Error::RuntCertificate => Alert::ILLEGAL_PARAMETER,
            Error::BadFinished | Error::BadSignature | Error::BadCertificateVerify | Error::BadBinder => {
                Alert::DECRYPT_ERROR
            }
            Error::BadDhGroup(_) => Alert::INSUFFICIENT_SECURITY,
            Error::UnknownIdentity => Alert::UNKNOWN_PSK_IDENTITY,
            Error::UnofferedExtension(_) => Alert::UNSUPPORTED_EXTENSION,
            Error::MissingExtension(_) => Alert::MISSING_EXTENSION,
            Error::ChainTooLong => Alert::BAD_CERTIFICATE,
            Error::IncompatibleVersion(_) | Error::Ssl2Hello => Alert::PROTOCOL_VERSION,
            Error::InappropriateFallback => Alert::INAPPROPRIATE_FALLBACK,
            Error::BadRenegotiationInfo
            | Error::OtherMasterSecret
            | Error::NoRenegotiationInfo
            | Error::PskNotTaken
            | Error::NoCommonSuite
            | Error::NoCommonGroup
            | Error::NoCommonCompression
            | Error::NoCommonScheme
            | Error::NoClientCertificate
            | Error::NoExtendedMasterSecret
            | Error::FactotumOpen(_)
            | Error::FactotumSign(_)
            | Error::Ctl(Verb::Secret, _) => Alert::HANDSHAKE_FAILURE,
            Error::NoCommonProtocol => Alert::NO_APPLICATION_PROTOCOL,
            Error::CertificateRequired => Alert::CERTIFICATE_REQUIRED,
            Error::UnknownName(_) => Alert::UNRECOGNIZED_NAME,
            Error::Certificate(reason) | Error::Untrusted { reason, .. } => certificate_alert(reason),
            Error::BadStatus(OcspError::Revoked) => Alert::CERTIFICATE_REVOKED,
            Error::BadStatus(_) | Error::NoStatus => Alert::BAD_CERTIFICATE_STATUS_RESPONSE,
            Error::Ctl(
                Verb::Version | Verb::ChangeCipher | Verb::SkipEarly | Verb::MaxRec | Verb::Opened,
                _,
            )
            | Error::WriteHand(_)
            | Error::NoKey
            | Error::BadConf(_)
            | Error::Sign(_)
            | Error::Decrypt(_)
            | Error::Internal(_) => Alert::INTERNAL_ERROR,
            Error::NoSuite | Error::Device(_) | Error::End => return None,
        })
    }

    /// The peer's own certificate, where it came and was not believed.
    #[must_use]
    pub fn peer_certificate(&self) -> Option<&CertificateDer<'static>> {
        match self {
            Error::Untrusted { certificate, .. } => Some(certificate),
            _ => None,
        }
    }

    /// [`Error::alert`] in 9front's numbers, where they are others.
    #[must_use]
    pub fn alert_of_9front(&self) -> Option<Alert> {
        Some(match self {
            Error::IncompatibleVersion(_) => Alert::ILLEGAL_PARAMETER,
            Error::BadFinished | Error::BadKeyShare(_) | Error::BadDhGroup(_) => Alert::HANDSHAKE_FAILURE,
            Error::BadSignature => Alert::BAD_CERTIFICATE,
            Error::BadSsl2Hello => return None,
            error => return error.alert(),
        })
    }
}

/// RFC 5246 §7.2.2 in the terms of x509, whose reasons may become more: an unknown one is certificate_unknown.
fn certificate_alert(reason: &VerifyError) -> Alert {
    match reason {
        VerifyError::Malformed | VerifyError::BadSignature | VerifyError::WrongName { .. } => {
            Alert::BAD_CERTIFICATE
        }
        VerifyError::UnknownIssuer => Alert::UNKNOWN_CA,
        VerifyError::Expired { .. } | VerifyError::NotYetValid { .. } => Alert::CERTIFICATE_EXPIRED,
        VerifyError::Unsupported(_) | VerifyError::WrongPurpose(_) => Alert::UNSUPPORTED_CERTIFICATE,
        _ => Alert::CERTIFICATE_UNKNOWN,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::BadLength(typ) => write!(f, "handshake message ({}) has invalid length", typ.0),
            Error::BadExtensions(HandshakeType::CLIENT_HELLO) => {
                f.write_str("clienthello extensions has invalid length")
            }
            Error::BadExtensions(typ) => {
                write!(f, "extensions of handshake message ({}) has invalid length", typ.0)
            }
            Error::MessageTooLong(len) => write!(f, "handshake message too long {len}"),
            Error::BadHelloRequest => f.write_str("invalid hello request during handshake"),
            Error::Expected(what) => write!(f, "expected {what}"),
            Error::UnknownMessage(typ) => write!(f, "can't decode a {typ}"),
            Error::TooManyHelloRequests => f.write_str("too many hello requests"),
            Error::KeysChangedInMessage => f.write_str("handshake message before a change of cipher"),
            Error::DuplicateExtension(typ) => write!(f, "extension {typ} comes twice"),
            Error::MisplacedExtension(typ) => write!(f, "extension {typ} is in the wrong message"),
            Error::MissingExtension(typ) => write!(f, "extension {typ} is missing"),
            Error::BadHello(what) => write!(f, "invalid hello: {what}"),
            Error::BadBinder => f.write_str("can't verify the offer of a shared secret"),
            Error::BadPskOffer(what) => write!(f, "invalid offer of shared secrets: {what}"),
            Error::BadRenegotiationInfo => f.write_str("invalid renegotiation extension"),
            Error::BadServerName(what) => write!(f, "invalid server name: {what}"),
            Error::NoUncompressedPoints => f.write_str("no uncompressed point format"),
            Error::BadKeyShare(what) => write!(f, "couldn't set keys: {what}"),
            Error::OtherMasterSecret => f.write_str("session without its extended master secret"),
            Error::BadFinished => f.write_str("finished verification failed"),
            Error::BadSignature => f.write_str("can't verify DH parameters: bad signature"),
            Error::BadCertificateVerify => f.write_str("can't verify the peer's certificate: bad signature"),
            Error::BadSsl2Hello => f.write_str("malformed hello in the form of ssl2"),
            Error::Downgraded => f.write_str("the version was lowered on the way"),
            Error::BadDhGroup(what) => write!(f, "bad DH parameters: {what}"),
            Error::Ssl2Hello => f.write_str("hello in the form of ssl2"),
            Error::UnknownIdentity => f.write_str("unknown or missing pskid"),
            Error::NoClientCertificate | Error::CertificateRequired => {
                f.write_str("no certificate from the client")
            }
            Error::Unoffered(what) => write!(f, "invalid {what}"),
            Error::UnofferedExtension(typ) => write!(f, "extension {typ} was not offered"),
            Error::RuntCertificate => f.write_str("runt certificate"),
            Error::ChainTooLong => f.write_str("too many certificates"),
            Error::BadRecordLen(len) => write!(f, "invalid length of records {len}"),
            Error::TwoRecordLens => f.write_str("two limits for the length of records"),
            Error::NotChanged(error) => write!(f, "finished without a change of cipher: {error}"),
            Error::IncompatibleVersion(version) => write!(f, "incompatible version ({:#x})", version.0),
            Error::InappropriateFallback => f.write_str("inappropriate fallback"),
            Error::NoCommonSuite => f.write_str("no matching cipher suite"),
            Error::NoCommonGroup => f.write_str("no matching group"),
            Error::NoCommonCompression => f.write_str("no matching compressor"),
            Error::NoCommonScheme => f.write_str("no matching signature scheme"),
            Error::NoCommonProtocol => f.write_str("no matching application protocol"),
            Error::UnknownName(name) => write!(f, "no certificate for server name {name}"),
            Error::PskNotTaken => f.write_str("server without the shared secret"),
            Error::NoRenegotiationInfo => f.write_str("server without secure renegotiation"),
            Error::NoExtendedMasterSecret => f.write_str("no extended master secret for keying material"),
            Error::Certificate(reason) | Error::Untrusted { reason, .. } => write!(f, "{reason}"),
            Error::BadStatus(reason) => write!(f, "{reason}"),
            Error::NoStatus => f.write_str("the server shows no OCSP response"),
            Error::NoKey => f.write_str("no certificate or shared secret"),
            Error::NoSuite => f.write_str("the device has no algorithms for the configured cipher suites"),
            Error::BadConf(what) => f.write_str(what),
            Error::Device(error) => write!(f, "{error}"),
            Error::End => f.write_str("handshake file ended"),
            Error::Ctl(verb, error) => match verb {
                Verb::Version => write!(f, "can't set version: {error}"),
                Verb::Secret => write!(f, "can't set secrets: {error}"),
                Verb::ChangeCipher | Verb::ChangeCipherIn => write!(f, "can't enable cipher: {error}"),
                Verb::SkipEarly => write!(f, "can't skip early data: {error}"),
                Verb::MaxRec => write!(f, "can't limit records: {error}"),
                Verb::Opened => write!(f, "can't open: {error}"),
            },
            Error::WriteHand(error) => write!(f, "write error: {error}"),
            Error::FactotumOpen(error) => write!(f, "factotum_rsa_open: {error}"),
            Error::FactotumSign(error) => write!(f, "pkcs1_sign: {error}"),
            Error::Sign(error) => write!(f, "can't sign: {error}"),
            Error::Decrypt(error) => write!(f, "couldn't set keys: {error}"),
            Error::Internal(what) => write!(f, "internal error: {what}"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Error::Certificate(error) | Error::Untrusted { reason: error, .. } => Some(error),
            Error::BadStatus(error) => Some(error),
            Error::Sign(error) | Error::Decrypt(error) => Some(error),
            Error::FactotumOpen(error) | Error::FactotumSign(error) => Some(error),
            _ => None,
        }
    }
}

impl Error {
    /// For writing messages: what we build ourselves fits its length fields, or we erred.
    pub(crate) fn encoding(_: CodecError) -> Error {
        Error::Internal("a message does not fit its length fields")
    }
}
