//! Named groups for key agreement.
//!
//! The arithmetic, and which groups are offered in which order, belong to the handshake.

use core::fmt;

/// A named group (RFC 8422 §5.1.1, RFC 8446 §4.2.7).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group(pub u16);

impl Group {
    /// P-256.
    pub const SECP256R1: Self = Self(0x0017);
    /// P-384.
    pub const SECP384R1: Self = Self(0x0018);
    /// P-521.
    pub const SECP521R1: Self = Self(0x0019);
    /// X25519.
    pub const X25519: Self = Self(0x001d);
    /// X448.
    pub const X448: Self = Self(0x001e);
    /// The finite field of 2048 bits of RFC 7919.
    pub const FFDHE2048: Self = Self(0x0100);
    /// The finite field of 3072 bits of RFC 7919.
    pub const FFDHE3072: Self = Self(0x0101);
    /// P-256 with ML-KEM-768.
    pub const SECP256R1_MLKEM768: Self = Self(0x11eb);
    /// ML-KEM-768 with X25519.
    pub const X25519_MLKEM768: Self = Self(0x11ec);
    /// P-384 with ML-KEM-1024.
    pub const SECP384R1_MLKEM1024: Self = Self(0x11ed);

    /// The name in IANA's registry; `unknown` for a group that has no constant here.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SECP256R1 => "secp256r1",
            Self::SECP384R1 => "secp384r1",
            Self::SECP521R1 => "secp521r1",
            Self::X25519 => "x25519",
            Self::X448 => "x448",
            Self::FFDHE2048 => "ffdhe2048",
            Self::FFDHE3072 => "ffdhe3072",
            Self::SECP256R1_MLKEM768 => "SecP256r1MLKEM768",
            Self::X25519_MLKEM768 => "X25519MLKEM768",
            Self::SECP384R1_MLKEM1024 => "SecP384r1MLKEM1024",
            Self(_) => "unknown",
        }
    }

    /// Finds a group by its name, in any case; `P-256`, `P-384` and `P-521` are taken too.
    pub fn by_name(name: &str) -> Option<Self> {
        let other = match name {
            "P-256" => "secp256r1",
            "P-384" => "secp384r1",
            "P-521" => "secp521r1",
            name => name,
        };
        NAMED.into_iter().find(|group| group.name().eq_ignore_ascii_case(other))
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#06x} ({})", self.0, self.name())
    }
}

const NAMED: [Group; 10] = [
    Group::SECP256R1,
    Group::SECP384R1,
    Group::SECP521R1,
    Group::X25519,
    Group::X448,
    Group::FFDHE2048,
    Group::FFDHE3072,
    Group::SECP256R1_MLKEM768,
    Group::X25519_MLKEM768,
    Group::SECP384R1_MLKEM1024,
];

#[cfg(test)]
mod tests {
    use super::{Group, NAMED};

    #[test]
    fn every_named_group_is_found_by_its_name() {
        for group in NAMED {
            assert_ne!(group.name(), "unknown");
            assert_eq!(Group::by_name(group.name()), Some(group));
        }
        assert_eq!(Group::by_name("P-256"), Some(Group::SECP256R1));
        assert_eq!(Group::by_name("unknown"), None);
    }
}
