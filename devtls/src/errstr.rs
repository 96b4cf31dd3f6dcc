//! The device's errors and their texts.
//!
//! The texts are interface: the words of tls(3) where it has words, lower case, no full stop, under
//! 128 bytes, and never the word that makes a client try again for ever. This file does not decide
//! when an error happens.

use std::borrow::Cow;
use std::io;

/// Why an operation on a file of the device failed, grouped by whose fault it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    // The peer sent something that cannot stand. The text is for the first reader before `opened`;
    // everybody else sees the alert's text or `tls error`.
    /// The first handshake message has the type under which `hand` gives SSL 2.0 hellos, and is none.
    OurHandshakeType,
    /// The first record begins like an SSL 2.0 message and is not a ClientHello for us.
    BadSsl2Hello,
    /// A record carries a version that is not the conversation's; the whole text.
    BadVersion(String),
    /// A record's length (in bytes) is zero or more than the protocol allows.
    BadLength(usize),
    /// A record is too short to hold what protects it.
    RuntRecord,
    /// A record is too short to hold its MAC.
    ShortMac,
    /// A record was not made with our keys.
    MacMismatch,
    /// A record's content type is none that we know.
    BadContentType(u8),
    /// A change_cipher_spec is not the one byte 1.
    BadChangeCipherSpec,
    /// A change_cipher_spec came while nothing was staged.
    UnexpectedChangeCipherSpec,
    /// A record is not protected, though the keys are in use.
    Unprotected,
    /// A record of TLS 1.3 is padding alone.
    NoContentType,
    /// An alert is not two bytes.
    BadAlert,
    /// An alert's level is neither warning nor fatal.
    BadAlertLevel,
    /// Too many warnings of no meaning.
    BadAlertCode,
    /// A KeyUpdate is not one byte of 0 or 1.
    BadKeyUpdate,
    /// A handshake message that has no place after the handshake.
    BadMessage,
    /// Application data between the records of one handshake message.
    Interleaved,
    /// The keys were to change amid a handshake message, or with bytes of one unread.
    HandPending,
    /// A handshake record without a byte of handshake.
    EmptyHandshake,
    /// Too many records in a row that brought nothing.
    NoProgress,
    /// Application data came before `opened`.
    EarlyData,

    // What the peer told us, or what became of the channel.
    /// An alert, sent or received, by its text in tls(3).
    Alert(&'static str),
    /// The peer warned that it will not renegotiate; a notice for `hand`.
    NoRenegotiation,
    /// The peer's user gave up; a notice for `hand`.
    UserCanceled,
    /// The peer closed; a notice for `hand`.
    CloseNotify,
    /// The channel ended without close_notify, or the operating system says that it is gone.
    Eof,
    /// The channel failed with this text.
    Channel(String),
    /// What is kept of a failure of the channel.
    ChannelError,

    // Our caller did something out of turn.
    /// The conversation is not open, or no longer.
    Hungup,
    /// The conversation failed; `hand` and `status` say why.
    Failed,
    /// `data` before `opened`.
    NotConfigured,
    /// A file of a conversation that is not in use.
    NotOpen,
    /// `hand` has a reader already, or the conversation a channel.
    InUse,
    /// Every conversation is taken.
    NoFreeDevices,
    /// A user's share of conversations is taken.
    TooManyForUser,
    /// The writes that wait for the channel fill their queue.
    TooManyBytes,
    /// The owner or the mode forbids it.
    PermissionDenied,
    /// A name that is not in the tree.
    NotFound,
    /// A read or write on a file not opened for it.
    BadUse,
    /// A command, a number or a mode that means nothing.
    BadArg,
    /// An empty command.
    ShortRequest,
    /// A command of the wrong shape; the usage line.
    Usage(&'static str),
    /// `version` before `fd`.
    FdBeforeVersion,
    /// A second `version`.
    VersionSet,
    /// A version outside those that we speak.
    BadTlsVersion,
    /// `secret` before `fd` and `version`.
    VersionBeforeSecret,
    /// A hash algorithm that is not in `hashalgs`.
    BadHashalg,
    /// A cipher that is not in `encalgs`.
    BadEncalg,
    /// Fewer secret bytes than the algorithms need.
    ShortSecret,
    /// `secret` with `etm` for algorithms, or in a version, that have no such thing.
    NoEtm,
    /// A command that only TLS 1.3 has.
    OnlyTls13,
    /// `skipearly` when nothing that comes can be early data.
    CannotSkip,
    /// SHA-256 as an SSL 3.0 MAC.
    Sha256WithSsl,
    /// `changecipher` before `secret`.
    SecretBeforeChangecipher,
    /// `changecipher` after another one took what was staged.
    CipherGone,
    /// `opened` before both directions have a cipher.
    CipherBeforeOpened,
    /// `opened` in a state that cannot open.
    CannotOpen,
    /// `alert` before `fd`.
    FdBeforeAlert,
    /// `fd` with a number that names no open descriptor.
    BadFd,
    /// `fd` where the descriptor itself cannot come along.
    FdCannotCross,
    /// `fd` without exactly one descriptor beside it.
    FdMissing,
    /// `fd` by a process whose descriptors the kernel keeps from us.
    FdHidden,
    /// `note` with a key that is not in its list.
    BadNote,

    // We erred.
    /// A sequence number would wrap, or another impossibility.
    Internal(&'static str),
}

impl Error {
    /// Gives the text for the 9P client.
    #[must_use]
    pub fn text(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Error::OurHandshakeType => "handshake type 9 in a record",
            Error::BadSsl2Hello => "invalid initial SSL2-like message",
            Error::BadVersion(text) | Error::Channel(text) => return Cow::Owned(text.clone()),
            Error::BadLength(len) => return Cow::Owned(format!("bad record message length {len}")),
            Error::RuntRecord => "runt record message",
            Error::ShortMac => "short record mac",
            Error::MacMismatch => "record mac mismatch",
            Error::BadContentType(number) => {
                return Cow::Owned(format!("invalid record message {number:#x}"));
            }
            Error::BadChangeCipherSpec => "invalid change cipher spec",
            Error::UnexpectedChangeCipherSpec => "unexpected change cipher spec",
            Error::Unprotected => "unprotected record under keys",
            Error::NoContentType => "record of padding alone",
            Error::BadAlert => "invalid alert",
            Error::BadAlertLevel => "invalid alert fatal code",
            Error::BadAlertCode => "invalid alert code",
            Error::BadKeyUpdate => "invalid key update",
            Error::BadMessage => "handshake message after the handshake",
            Error::Interleaved => "data amid a handshake message",
            Error::HandPending => "handshake data pending at cipher change",
            Error::EmptyHandshake => "empty handshake record",
            Error::NoProgress => "too many records without progress",
            Error::EarlyData => "application message received before handshake completed",

            Error::Alert(text) => text,
            Error::NoRenegotiation => "no renegotiation",
            Error::UserCanceled => "handshake canceled by user",
            Error::CloseNotify => "close notify",
            Error::Eof => "i/o on hungup channel",
            Error::ChannelError => "channel error",

            Error::Hungup => "tls hungup",
            Error::Failed => "tls error",
            Error::NotConfigured => "tls improperly configured",
            Error::NotOpen => "must open connection using clone",
            Error::InUse => "device or object already in use",
            Error::NoFreeDevices => "no free devices",
            Error::TooManyForUser => "too many connections for this user",
            Error::TooManyBytes => "too many bytes waiting",
            Error::PermissionDenied => "permission denied",
            Error::NotFound => "file does not exist",
            Error::BadUse => "inappropriate use of fd",
            Error::BadArg => "bad arg in system call",
            Error::ShortRequest => "short control request",
            Error::Usage(line) => line,
            Error::FdBeforeVersion => "must set fd before version",
            Error::VersionSet => "version already set",
            Error::BadTlsVersion => "unsupported version",
            Error::VersionBeforeSecret => "must set fd and version before secrets",
            Error::BadHashalg => "unsupported hash algorithm",
            Error::BadEncalg => "unsupported encryption algorithm",
            Error::ShortSecret => "not enough secret data provided",
            Error::NoEtm => "etm needs a block cipher with a mac",
            Error::OnlyTls13 => "only in version 0x304",
            Error::CannotSkip => "cannot skip early data",
            Error::Sha256WithSsl => "sha256 cannot be used with SSL",
            Error::SecretBeforeChangecipher => "cannot change cipher spec without setting secret",
            Error::CipherGone => "change cipher without a new cipher",
            Error::CipherBeforeOpened => "cipher must be configured before enabling data messages",
            Error::CannotOpen => "cannot enable data messages",
            Error::FdBeforeAlert => "must set fd before sending alerts",
            Error::BadFd => "fd out of range or not open",
            Error::FdCannotCross => "a descriptor cannot cross this connection: carry wire instead",
            Error::FdMissing => {
                "fd needs its descriptor beside the message, exactly one: or carry wire instead"
            }
            Error::FdHidden => "this process may not be inspected for its descriptor: carry wire instead",
            Error::BadNote => "unknown note",

            Error::Internal(what) => what,
        })
    }

    /// Gives the errno that goes with the text, for dialects and mounts that carry numbers.
    #[must_use]
    pub fn errno(&self) -> rustix::io::Errno {
        use rustix::io::Errno;
        match self {
            Error::OurHandshakeType
            | Error::BadSsl2Hello
            | Error::BadVersion(_)
            | Error::BadLength(_)
            | Error::RuntRecord
            | Error::ShortMac
            | Error::MacMismatch
            | Error::BadContentType(_)
            | Error::BadChangeCipherSpec
            | Error::UnexpectedChangeCipherSpec
            | Error::Unprotected
            | Error::NoContentType
            | Error::BadAlert
            | Error::BadAlertLevel
            | Error::BadAlertCode
            | Error::BadKeyUpdate
            | Error::BadMessage
            | Error::Interleaved
            | Error::HandPending
            | Error::EmptyHandshake
            | Error::NoProgress
            | Error::EarlyData
            | Error::Alert(_)
            | Error::NoRenegotiation
            | Error::Failed => Errno::PROTO,
            // No end, so `status` does not tell whoever has only numbers.
            Error::UserCanceled => Errno::CANCELED,
            Error::CloseNotify | Error::Hungup => Errno::PIPE,
            Error::Eof | Error::Channel(_) | Error::ChannelError | Error::Internal(_) => Errno::IO,
            Error::NotConfigured => Errno::NOTCONN,
            // Not the number of a socket without a peer: from a mount that means that its server is gone.
            Error::NotOpen => Errno::NXIO,
            Error::InUse => Errno::BUSY,
            Error::NoFreeDevices | Error::TooManyForUser => Errno::NOSPC,
            Error::TooManyBytes => Errno::AGAIN,
            Error::PermissionDenied => Errno::ACCESS,
            Error::FdHidden => Errno::PERM,
            Error::NotFound => Errno::NOENT,
            Error::BadUse | Error::BadFd => Errno::BADF,
            Error::FdCannotCross => Errno::OPNOTSUPP,
            Error::BadArg
            | Error::ShortRequest
            | Error::Usage(_)
            | Error::FdBeforeVersion
            | Error::VersionSet
            | Error::BadTlsVersion
            | Error::VersionBeforeSecret
            | Error::BadHashalg
            | Error::BadEncalg
            | Error::ShortSecret
            | Error::NoEtm
            | Error::OnlyTls13
            | Error::CannotSkip
            | Error::Sha256WithSsl
            | Error::SecretBeforeChangecipher
            | Error::CipherGone
            | Error::CipherBeforeOpened
            | Error::CannotOpen
            | Error::FdBeforeAlert
            | Error::FdMissing
            | Error::BadNote => Errno::INVAL,
        }
    }

    /// Makes the error of a channel from the operating system's.
    #[must_use]
    pub fn channel(error: &io::Error) -> Error {
        match error.kind() {
            io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::NotConnected
            | io::ErrorKind::UnexpectedEof => Error::Eof,
            kind => Error::Channel(kind.to_string()),
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text())
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vanished_peer_is_a_hungup_channel() {
        let error = io::Error::from(io::ErrorKind::ConnectionReset);
        assert_eq!(Error::channel(&error).text(), "i/o on hungup channel");
    }

    #[test]
    fn numbers_stand_in_the_texts_as_in_the_manual() {
        assert_eq!(Error::BadLength(18433).text(), "bad record message length 18433");
        assert_eq!(Error::BadContentType(0x18).text(), "invalid record message 0x18");
    }
}
