//! How long the records of a connection may be, as the hellos agree on it (RFC 6066 §4, RFC 8449).
//!
//! Only numbers: the device cuts what goes and refuses what comes, when the state that knows them says so.

use tlswire::ProtocolVersion;

use crate::error::Error;

/// One of the lengths of max_fragment_length: bytes of plaintext in a record, at most, the same both ways (RFC 6066 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxFragment {
    code: u8,
    len: u16,
}

impl MaxFragment {
    /// The one of `len` bytes: 512, 1024, 2048 or 4096.
    #[must_use]
    pub fn of_len(len: u16) -> Option<MaxFragment> {
        MAX_FRAGMENTS.into_iter().find(|it| it.len == len)
    }

    /// The one that a hello calls `code`.
    pub(crate) fn of_code(code: u8) -> Option<MaxFragment> {
        MAX_FRAGMENTS.into_iter().find(|it| it.code == code)
    }

    /// What a hello calls it.
    pub(crate) fn code(self) -> u8 {
        self.code
    }

    /// Bytes.
    #[must_use]
    pub fn record_len(self) -> u16 {
        self.len
    }
}

/// What was agreed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum RecordLens {
    /// Nothing: 2^14 bytes both ways (RFC 5246 §6.2.1).
    #[default]
    Usual,
    /// From the ServerHello on, both ways.
    Fragment(MaxFragment),
    /// Of protected records alone, each way what the receiver said, in bytes of plaintext.
    Limits {
        /// Of those that we send.
        outgoing: u16,
        /// Of those that the peer sends.
        incoming: u16,
    },
}

impl RecordLens {
    /// The limits that two record_size_limit extensions come to in a connection of `version` (RFC 8449 §4): what each says, at
    /// least 64.
    pub(crate) fn limits(theirs: u16, ours: u16, version: ProtocolVersion) -> RecordLens {
        let plaintext = |said: u16| said.saturating_sub(type_len(version)).min(RECORD_LEN_MAX);
        RecordLens::Limits { outgoing: plaintext(theirs), incoming: plaintext(ours) }
    }

    /// What a session keeps of it (RFC 6066 §4).
    pub(crate) fn fragment(self) -> Option<MaxFragment> {
        match self {
            RecordLens::Fragment(len) => Some(len),
            RecordLens::Usual | RecordLens::Limits { .. } => None,
        }
    }

    /// The one of two limits that an answer may have.
    ///
    /// # Errors
    /// [`Error::TwoRecordLens`].
    pub(crate) fn or(self, other: RecordLens) -> Result<RecordLens, Error> {
        if self == RecordLens::Usual { Ok(other) } else { Err(Error::TwoRecordLens) }
    }
}

/// What record_size_limit says for `len` bytes of plaintext.
pub(crate) fn record_size_limit(len: u16, version: ProtocolVersion) -> u16 {
    len + type_len(version)
}

/// TLS 1.3 counts the byte that says what a record carries (RFC 8449 §4).
fn type_len(version: ProtocolVersion) -> u16 {
    u16::from(version >= ProtocolVersion::TLS13)
}

const MAX_FRAGMENTS: [MaxFragment; 4] = [
    MaxFragment { code: 1, len: 512 },
    MaxFragment { code: 2, len: 1024 },
    MaxFragment { code: 3, len: 2048 },
    MaxFragment { code: 4, len: 4096 },
];
/// Bytes of plaintext that anybody must take (RFC 8449 §4).
pub(crate) const RECORD_LEN_MIN: u16 = 64;
/// Bytes of plaintext in a record (RFC 5246 §6.2.1).
pub(crate) const RECORD_LEN_MAX: u16 = 16_384;
