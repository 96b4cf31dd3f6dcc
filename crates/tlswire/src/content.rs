//! Record content types.
//!
//! What a record of each type may contain, and when, is the device's business.

use core::fmt;

/// The first byte of a record (RFC 5246 §6.2.1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentType(pub u8);

impl ContentType {
    /// `change_cipher_spec`, one byte of value 1.
    pub const CHANGE_CIPHER_SPEC: Self = Self(20);
    /// `alert`, a level and a description.
    pub const ALERT: Self = Self(21);
    /// `handshake`, pieces of handshake messages.
    pub const HANDSHAKE: Self = Self(22);
    /// `application_data`.
    pub const APPLICATION_DATA: Self = Self(23);

    /// The standard's name in lower case; `unknown` for any other number.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CHANGE_CIPHER_SPEC => "change_cipher_spec",
            Self::ALERT => "alert",
            Self::HANDSHAKE => "handshake",
            Self::APPLICATION_DATA => "application_data",
            Self(_) => "unknown",
        }
    }
}

impl fmt::Debug for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.0, self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::ContentType;

    #[test]
    fn names_follow_the_standard() {
        let names = [20, 21, 22, 23, 24].map(|n| ContentType(n).name());
        assert_eq!(names, ["change_cipher_spec", "alert", "handshake", "application_data", "unknown"]);
    }
}
