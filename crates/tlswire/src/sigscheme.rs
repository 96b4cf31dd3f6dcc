//! Signature schemes.
//!
//! The TLS 1.2 pairs of hash and signature share this number space (RFC 8446 §4.2.3); how to sign and verify, and what
//! is acceptable, belong to the handshake.

use core::fmt;

/// A signature scheme, or in TLS 1.2 a hash (high byte) and a signature (low byte) (RFC 5246 §7.4.1.4.1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignatureScheme(pub u16);

macro_rules! schemes {
    ($($(#[$doc:meta])* $constant:ident $number:literal $name:literal;)*) => {
        impl SignatureScheme {
            $($(#[$doc])* pub const $constant: Self = Self($number);)*

            /// The name in IANA's registry; `unknown` for a scheme that has no constant here.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$constant => $name,)*
                    Self(_) => "unknown",
                }
            }
        }

        #[cfg(test)]
        const NAMED: &[SignatureScheme] = &[$(SignatureScheme::$constant,)*];
    };
}

schemes! {
    /// RSASSA-PKCS1-v1_5 with MD5; TLS 1.2 code point, never acceptable today.
    RSA_PKCS1_MD5 0x0101 "rsa_pkcs1_md5";
    /// RSASSA-PKCS1-v1_5 with SHA-1.
    RSA_PKCS1_SHA1 0x0201 "rsa_pkcs1_sha1";
    /// ECDSA with SHA-1.
    ECDSA_SHA1 0x0203 "ecdsa_sha1";
    /// RSASSA-PKCS1-v1_5 with SHA-224; TLS 1.2 only.
    RSA_PKCS1_SHA224 0x0301 "rsa_pkcs1_sha224";
    /// ECDSA with SHA-224; TLS 1.2 only.
    ECDSA_SHA224 0x0303 "ecdsa_sha224";
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RSA_PKCS1_SHA256 0x0401 "rsa_pkcs1_sha256";
    /// ECDSA with SHA-256; on P-256 alone in TLS 1.3.
    ECDSA_SECP256R1_SHA256 0x0403 "ecdsa_secp256r1_sha256";
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RSA_PKCS1_SHA384 0x0501 "rsa_pkcs1_sha384";
    /// ECDSA with SHA-384; on P-384 alone in TLS 1.3.
    ECDSA_SECP384R1_SHA384 0x0503 "ecdsa_secp384r1_sha384";
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RSA_PKCS1_SHA512 0x0601 "rsa_pkcs1_sha512";
    /// ECDSA with SHA-512; on P-521 alone in TLS 1.3.
    ECDSA_SECP521R1_SHA512 0x0603 "ecdsa_secp521r1_sha512";
    /// RSASSA-PSS with SHA-256 and an rsaEncryption key.
    RSA_PSS_RSAE_SHA256 0x0804 "rsa_pss_rsae_sha256";
    /// RSASSA-PSS with SHA-384 and an rsaEncryption key.
    RSA_PSS_RSAE_SHA384 0x0805 "rsa_pss_rsae_sha384";
    /// RSASSA-PSS with SHA-512 and an rsaEncryption key.
    RSA_PSS_RSAE_SHA512 0x0806 "rsa_pss_rsae_sha512";
    /// Ed25519.
    ED25519 0x0807 "ed25519";
    /// Ed448.
    ED448 0x0808 "ed448";
    /// RSASSA-PSS with SHA-256 and an RSASSA-PSS key.
    RSA_PSS_PSS_SHA256 0x0809 "rsa_pss_pss_sha256";
    /// RSASSA-PSS with SHA-384 and an RSASSA-PSS key.
    RSA_PSS_PSS_SHA384 0x080a "rsa_pss_pss_sha384";
    /// RSASSA-PSS with SHA-512 and an RSASSA-PSS key.
    RSA_PSS_PSS_SHA512 0x080b "rsa_pss_pss_sha512";
    /// RSASSA-PKCS1-v1_5 of MD5 and SHA-1 side by side, as before TLS 1.2 (RFC 2246 §7.4.3). A number for private use: on no wire.
    RSA_PKCS1_MD5_SHA1 0xff01 "rsa_pkcs1_md5_sha1";
}

impl fmt::Debug for SignatureScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#06x} ({})", self.0, self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::{NAMED, SignatureScheme};

    #[test]
    fn no_number_is_named_twice() {
        for pair in NAMED.windows(2) {
            assert!(pair[0] < pair[1]);
        }
        assert_eq!(SignatureScheme(0x0804).name(), "rsa_pss_rsae_sha256");
        assert_eq!(SignatureScheme(0xffff).name(), "unknown");
    }
}
