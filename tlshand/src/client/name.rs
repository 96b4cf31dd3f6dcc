//! A server's name as people type it, to the form that goes into a hello and is compared with a certificate.

use std::net::IpAddr;

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use x509::ServerName;

use crate::error::Error;

/// Takes a host name, perhaps with letters outside ASCII or a final dot, or an address, an IPv6 one perhaps in brackets.
/// Names become lower case A-labels without the dot (RFC 6066 §3, RFC 5890 §2.3.2.1).
///
/// # Errors
/// [`Error::BadConf`] for what is neither a name nor an address.
pub fn server_name(text: &str) -> Result<ServerName<'static>, Error> {
    let bad = Error::BadConf("the server's name is neither a host name nor an address");
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    if let Ok(address) = inner.unwrap_or(text).parse::<IpAddr>() {
        return Ok(ServerName::from(address));
    }
    let text = text.strip_suffix('.').unwrap_or(text);
    // Letters, digits, hyphens and underscores are what the certificate's side takes, so the last step checks for those.
    let Ok(ascii) =
        Uts46::new().to_ascii(text.as_bytes(), AsciiDenyList::URL, Hyphens::Allow, DnsLength::Verify)
    else {
        return Err(bad);
    };
    match ServerName::try_from(ascii.into_owned()) {
        Ok(name @ ServerName::DnsName(_)) => Ok(name),
        _ => Err(bad),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str) -> String {
        server_name(name).unwrap().to_str().into_owned()
    }

    #[test]
    fn names_become_lower_case_a_labels_without_the_final_dot() {
        assert_eq!(text("Example.COM"), "example.com");
        assert_eq!(text("example.com."), "example.com");
        assert_eq!(text("b\u{fc}cher.example"), "xn--bcher-kva.example");
        assert_eq!(text("B\u{dc}CHER\u{3002}example"), "xn--bcher-kva.example");
        assert_eq!(text("a_b.localhost"), "a_b.localhost");
        assert_eq!(text("r3---sn.example"), "r3---sn.example");
    }

    #[test]
    fn addresses_are_no_names() {
        for address in ["192.0.2.1", "::1", "[::1]", "2001:DB8::a"] {
            assert!(matches!(server_name(address), Ok(ServerName::IpAddress(_))), "{address}");
        }
    }

    #[test]
    fn what_is_neither_is_refused() {
        let label = "a".repeat(64);
        let name = "abcdefg.".repeat(32);
        for text in
            ["", ".", "a..b", "a b", "a/b", "192.0.2.256", "a\0b", "a..", "[a]", "*.example", &label, &name]
        {
            assert!(matches!(server_name(text), Err(Error::BadConf(_))), "{text}");
        }
    }
}
