//! Cipher suite numbers, with the names that IANA and OpenSSL use.
//!
//! What a suite is made of (key exchange, algorithms of the record layer, hash of the PRF) is the handshake's table.

use core::fmt;

/// A cipher suite number, or a signalling value in the same list (RFC 5246 §7.4.1.2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Suite(pub u16);

/// One row of [`SUITES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SuiteName {
    /// The number.
    pub suite: Suite,
    /// The name in IANA's registry. The draft ChaCha20 suites were never in it and carry the draft's names with `_OLD`.
    pub iana: &'static str,
    /// The name that `openssl ciphers` prints; for draft suites LibreSSL's, for signalling values IANA's.
    pub openssl: &'static str,
}

macro_rules! suites {
    ($($constant:ident $number:literal $openssl:literal;)*) => {
        impl Suite {
            $(
                #[doc = concat!("`", stringify!($constant), "`, ", stringify!($number), ".")]
                pub const $constant: Self = Self($number);
            )*
        }

        /// Every suite that has a name here, in the order of their numbers.
        pub static SUITES: &[SuiteName] = &[
            $(SuiteName { suite: Suite($number), iana: stringify!($constant), openssl: $openssl },)*
        ];
    };
}

suites! {
    TLS_RSA_WITH_3DES_EDE_CBC_SHA 0x000a "DES-CBC3-SHA";
    TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA 0x0016 "DHE-RSA-DES-CBC3-SHA";
    TLS_RSA_WITH_AES_128_CBC_SHA 0x002f "AES128-SHA";
    TLS_DHE_RSA_WITH_AES_128_CBC_SHA 0x0033 "DHE-RSA-AES128-SHA";
    TLS_RSA_WITH_AES_256_CBC_SHA 0x0035 "AES256-SHA";
    TLS_DHE_RSA_WITH_AES_256_CBC_SHA 0x0039 "DHE-RSA-AES256-SHA";
    TLS_RSA_WITH_AES_128_CBC_SHA256 0x003c "AES128-SHA256";
    TLS_RSA_WITH_AES_256_CBC_SHA256 0x003d "AES256-SHA256";
    TLS_DHE_RSA_WITH_AES_128_CBC_SHA256 0x0067 "DHE-RSA-AES128-SHA256";
    TLS_PSK_WITH_AES_128_CBC_SHA 0x008c "PSK-AES128-CBC-SHA";
    TLS_RSA_WITH_AES_128_GCM_SHA256 0x009c "AES128-GCM-SHA256";
    TLS_DHE_RSA_WITH_AES_128_GCM_SHA256 0x009e "DHE-RSA-AES128-GCM-SHA256";
    TLS_PSK_WITH_AES_128_CBC_SHA256 0x00ae "PSK-AES128-CBC-SHA256";
    TLS_EMPTY_RENEGOTIATION_INFO_SCSV 0x00ff "TLS_EMPTY_RENEGOTIATION_INFO_SCSV";
    TLS_AES_128_GCM_SHA256 0x1301 "TLS_AES_128_GCM_SHA256";
    TLS_AES_256_GCM_SHA384 0x1302 "TLS_AES_256_GCM_SHA384";
    TLS_CHACHA20_POLY1305_SHA256 0x1303 "TLS_CHACHA20_POLY1305_SHA256";
    TLS_FALLBACK_SCSV 0x5600 "TLS_FALLBACK_SCSV";
    TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA 0xc013 "ECDHE-RSA-AES128-SHA";
    TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA 0xc014 "ECDHE-RSA-AES256-SHA";
    TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256 0xc023 "ECDHE-ECDSA-AES128-SHA256";
    TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256 0xc027 "ECDHE-RSA-AES128-SHA256";
    TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 0xc02b "ECDHE-ECDSA-AES128-GCM-SHA256";
    TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 0xc02c "ECDHE-ECDSA-AES256-GCM-SHA384";
    TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 0xc02f "ECDHE-RSA-AES128-GCM-SHA256";
    TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 0xc030 "ECDHE-RSA-AES256-GCM-SHA384";
    TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_OLD 0xcc13 "ECDHE-RSA-CHACHA20-POLY1305-OLD";
    TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_OLD 0xcc14 "ECDHE-ECDSA-CHACHA20-POLY1305-OLD";
    TLS_DHE_RSA_WITH_CHACHA20_POLY1305_OLD 0xcc15 "DHE-RSA-CHACHA20-POLY1305-OLD";
    TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 0xcca8 "ECDHE-RSA-CHACHA20-POLY1305";
    TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 0xcca9 "ECDHE-ECDSA-CHACHA20-POLY1305";
    TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256 0xccaa "DHE-RSA-CHACHA20-POLY1305";
    TLS_PSK_WITH_CHACHA20_POLY1305_SHA256 0xccab "PSK-CHACHA20-POLY1305";
    TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256 0xccac "ECDHE-PSK-CHACHA20-POLY1305";
    TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256 0xd001 "ECDHE-PSK-AES128-GCM-SHA256";
}

impl Suite {
    /// The name in IANA's registry, if the suite is known here.
    pub fn iana_name(self) -> Option<&'static str> {
        self.row().map(|row| row.iana)
    }

    /// The name that OpenSSL uses, if the suite is known here.
    pub fn openssl_name(self) -> Option<&'static str> {
        self.row().map(|row| row.openssl)
    }

    /// Finds a suite by either of its names, in any case.
    pub fn by_name(name: &str) -> Option<Self> {
        SUITES
            .iter()
            .find(|row| row.iana.eq_ignore_ascii_case(name) || row.openssl.eq_ignore_ascii_case(name))
            .map(|row| row.suite)
    }

    fn row(self) -> Option<&'static SuiteName> {
        SUITES.iter().find(|row| row.suite == self)
    }
}

impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#06x} ({})", self.0, self.iana_name().unwrap_or("unknown"))
    }
}

#[cfg(test)]
mod tests {
    use super::{SUITES, Suite};

    #[test]
    fn rows_are_in_order_and_each_is_found_by_both_names() {
        for pair in SUITES.windows(2) {
            assert!(pair[0].suite < pair[1].suite);
        }
        for row in SUITES {
            assert_eq!(Suite::by_name(row.iana), Some(row.suite));
            assert_eq!(Suite::by_name(row.openssl), Some(row.suite));
            assert_eq!(row.suite.iana_name(), Some(row.iana));
            assert_eq!(row.suite.openssl_name(), Some(row.openssl));
        }
    }

    #[test]
    fn an_unknown_number_has_no_name() {
        assert_eq!(Suite(0x0a0a).iana_name(), None);
        assert_eq!(Suite(0x0a0a).openssl_name(), None);
        assert_eq!(Suite::by_name("NULL-MD5"), None);
    }
}
