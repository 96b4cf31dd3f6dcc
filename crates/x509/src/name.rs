//! A DNS name as a certificate carries it, and how it covers a host name.
//!
//! It is not a resolver's idea of a name: addresses are no names here, and Unicode must have become A-labels before.

use std::fmt;

/// A DNS name of a certificate: lower case, no final dot, perhaps a wildcard as the whole left-most label.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DnsName(String);

/// How a [`DnsName`] covers a host name; the better way is the smaller one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    /// Letter by letter.
    Exact,
    /// By a `*` that stands for exactly one label.
    Wildcard,
}

impl DnsName {
    /// Takes `text` as a name: case is folded, one final dot is dropped. `None` if it is no DNS name (empty, over 253
    /// bytes, a label that is empty or over 63 bytes, a character other than letters, digits, `-` and `_`, an IPv4
    /// address, or a `*` anywhere but alone in the left-most label; RFC 9525 §6.3).
    #[must_use]
    pub fn parse(text: &str) -> Option<DnsName> {
        let text = text.strip_suffix('.').unwrap_or(text);
        let rest = text.strip_prefix("*.").unwrap_or(text);
        let last = rest.rsplit('.').next()?;
        // A last label of digits alone is an address or nothing: no top-level domain is numeric (RFC 3696 §2).
        let numeric = last.bytes().all(|b| b.is_ascii_digit());
        let whole = text.len() <= NAME_LEN_MAX && rest.split('.').all(is_label) && !numeric;
        whole.then(|| DnsName(text.to_ascii_lowercase()))
    }

    /// The name as text, lower case, `*.` included.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the left-most label is the wildcard.
    #[must_use]
    pub fn is_wildcard(&self) -> bool {
        self.0.starts_with("*.")
    }

    /// Whether and how this name covers `host`, compared without regard to case (RFC 9525 §6.3). One final dot of
    /// `host` is ignored.
    #[must_use]
    pub fn matches(&self, host: &str) -> Option<Match> {
        let host = host.strip_suffix('.').unwrap_or(host);
        match self.0.strip_prefix("*.") {
            None => self.0.eq_ignore_ascii_case(host).then_some(Match::Exact),
            Some(base) => {
                let (label, rest) = host.split_once('.')?;
                (is_label(label) && base.eq_ignore_ascii_case(rest)).then_some(Match::Wildcard)
            }
        }
    }
}

impl fmt::Display for DnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Underscores are no host name letters, but certificates and clients use them.
fn is_label(label: &str) -> bool {
    (1..=LABEL_LEN_MAX).contains(&label.len())
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Bytes of a whole name in text form without the final dot (RFC 1035 §2.3.4).
const NAME_LEN_MAX: usize = 253;
/// Bytes of one label (RFC 1035 §2.3.4).
const LABEL_LEN_MAX: usize = 63;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_final_dot_do_not_matter() {
        let name = DnsName::parse("WWW.Example.COM.").unwrap();
        assert_eq!(name.as_str(), "www.example.com");
        assert_eq!(name.matches("www.EXAMPLE.com"), Some(Match::Exact));
        assert_eq!(name.matches("www.example.com."), Some(Match::Exact));
    }

    #[test]
    fn wildcard_stands_for_exactly_one_label() {
        let name = DnsName::parse("*.example.com").unwrap();
        assert!(name.is_wildcard());
        assert_eq!(name.matches("a.Example.com"), Some(Match::Wildcard));
        assert_eq!(name.matches("a.b.example.com"), None);
        assert_eq!(name.matches("example.com"), None);
        assert_eq!(name.matches(".example.com"), None);
        assert_eq!(name.matches("aexample.com"), None);
        assert_eq!(name.matches("a.example.org"), None);
    }

    #[test]
    fn a_wildcard_elsewhere_is_no_name() {
        for text in ["*", "*.", "*.*.com", "a.*.com", "a*.example.com", "*a.example.com", "www.*"] {
            assert_eq!(DnsName::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long_label = format!("{}.example", "a".repeat(64));
        let long_name = format!("{}example", "abcdefg.".repeat(31));
        for text in [
            "",
            ".",
            "a..b",
            ".a",
            "192.0.2.1",
            "::1",
            "a b",
            "b\u{fc}cher.example",
            "a/b",
            &long_label,
            &long_name,
        ] {
            assert_eq!(DnsName::parse(text), None, "{text}");
        }
        assert!(DnsName::parse("_dns.xn--bcher-kva.example").is_some());
    }

    #[test]
    fn an_exact_match_sorts_before_a_wildcard() {
        assert!(Match::Exact < Match::Wildcard);
    }
}
