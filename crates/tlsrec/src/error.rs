//! What can go wrong with a record or with a secret, with the device's texts (tls(3)) and the alerts to answer with.

use crate::record::BadLen;
use core::fmt;
use tlswire::Alert;

/// Why a record was not opened. Fatal to its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// The peer sent a body that is shorter than its explicit nonce.
    Runt,
    /// The peer sent a body that cannot hold a MAC. Told from the length on the wire alone, never from decrypted bytes.
    ShortMac,
    /// The padding, the MAC or the tag is wrong; which of them is not said.
    BadMac,
    /// The peer sent a plaintext of more bytes than the direction takes; the number is its length.
    TooLong(usize),
    /// The record of TLS 1.3 is padding alone: it has no content type.
    NoType,
    /// The direction has used all its sequence numbers.
    SequenceEnd,
}

impl OpenError {
    /// The alert that the peer gets (RFC 5246 §7.2.2, RFC 8446 §5.4).
    pub const fn alert(self) -> Alert {
        match self {
            Self::Runt => Alert::DECODE_ERROR,
            Self::ShortMac | Self::BadMac => Alert::BAD_RECORD_MAC,
            Self::TooLong(_) => Alert::RECORD_OVERFLOW,
            Self::NoType => Alert::UNEXPECTED_MESSAGE,
            Self::SequenceEnd => Alert::INTERNAL_ERROR,
        }
    }
}

impl fmt::Display for OpenError {
    /// The text is the device's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Runt => f.write_str("runt record message"),
            Self::ShortMac => f.write_str("short record mac"),
            Self::BadMac => f.write_str("record mac mismatch"),
            Self::TooLong(len) => BadLen(*len).fmt(f),
            Self::NoType => f.write_str("record of padding alone"),
            Self::SequenceEnd => f.write_str(TEXT_SEQUENCE_END),
        }
    }
}

impl core::error::Error for OpenError {}

/// Why a record was not sealed; nothing was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealError {
    /// The caller gave more bytes than the direction puts in a record; the number is their count.
    TooLong(usize),
    /// The direction has used all its sequence numbers.
    SequenceEnd,
    /// An algorithm failed where it cannot; says which.
    Internal(&'static str),
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong(len) => BadLen(*len).fmt(f),
            Self::SequenceEnd => f.write_str(TEXT_SEQUENCE_END),
            Self::Internal(what) => f.write_str(what),
        }
    }
}

impl core::error::Error for SealError {}

/// Why a secret was not dealt out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretError {
    /// The caller gave fewer bytes than [`crate::secret_len`].
    NotEnough,
    /// The caller asked for SHA-256 in SSL 3.0, which has no MAC with it.
    Sha256WithSsl3,
    /// The hash makes no MACs in this version, or no keys in TLS 1.3.
    HashOfAnotherVersion,
    /// TLS 1.3 does not have the cipher.
    EncOfAnotherVersion,
    /// Encrypt-then-MAC was asked for, and there is no block cipher with a MAC, or the version has no such thing.
    NoEncryptThenMac,
    /// A row of the tables asks for lengths that its algorithm does not have.
    Internal,
}

impl SecretError {
    /// The text that writing `secret` fails with (tls(3)).
    pub const fn text(self) -> &'static str {
        match self {
            Self::NotEnough => "not enough secret data provided",
            Self::Sha256WithSsl3 => "sha256 cannot be used with SSL",
            Self::HashOfAnotherVersion => "unsupported hash algorithm",
            Self::EncOfAnotherVersion => "unsupported encryption algorithm",
            Self::NoEncryptThenMac => "etm needs a block cipher with a mac",
            Self::Internal => "misimplemented secret algorithm",
        }
    }
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl core::error::Error for SecretError {}

const TEXT_SEQUENCE_END: &str = "record sequence numbers used up";

#[cfg(test)]
mod tests {
    use super::OpenError;
    use alloc::string::ToString;

    #[test]
    fn texts_and_alerts_are_those_of_the_device() {
        let table = [
            (OpenError::Runt, "runt record message", 50),
            (OpenError::ShortMac, "short record mac", 20),
            (OpenError::BadMac, "record mac mismatch", 20),
            (OpenError::TooLong(16385), "bad record message length 16385", 22),
        ];
        for (error, text, alert) in table {
            assert_eq!((error.to_string().as_str(), error.alert().0), (text, alert));
        }
    }
}
