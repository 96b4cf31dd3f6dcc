//! Protocol versions, as two bytes on the wire and as the words that people and programs read.
//!
//! Which versions are allowed is not decided here.

use core::fmt;

/// A protocol version as records and hello messages carry it (RFC 5246 §6.2.1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProtocolVersion(pub u16);

impl ProtocolVersion {
    /// SSL 3.0 (RFC 6101).
    pub const SSL3: Self = Self(0x0300);
    /// TLS 1.0 (RFC 2246).
    pub const TLS10: Self = Self(0x0301);
    /// TLS 1.1 (RFC 4346).
    pub const TLS11: Self = Self(0x0302);
    /// TLS 1.2 (RFC 5246).
    pub const TLS12: Self = Self(0x0303);
    /// TLS 1.3 (RFC 8446).
    pub const TLS13: Self = Self(0x0304);

    /// Names the version as the environment variable `SSL_PROTOCOL` has it; `unknown` for any other number.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SSL3 => "SSLv3",
            Self::TLS10 => "TLSv1",
            Self::TLS11 => "TLSv1.1",
            Self::TLS12 => "TLSv1.2",
            Self::TLS13 => "TLSv1.3",
            Self(_) => "unknown",
        }
    }

    /// Returns the two bytes of the wire, most significant first.
    pub const fn to_bytes(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }
}

impl fmt::Debug for ProtocolVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#06x} ({})", self.0, self.name())
    }
}

impl fmt::Display for ProtocolVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::ProtocolVersion;

    #[test]
    fn names_are_those_that_mod_ssl_uses() {
        let names = [0x0300, 0x0301, 0x0302, 0x0303, 0x0304, 0x0305].map(|n| ProtocolVersion(n).name());
        assert_eq!(names, ["SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3", "unknown"]);
    }
}
