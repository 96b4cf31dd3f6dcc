//! What is off until somebody asks for it by name, and whose exact manners to keep.
//!
//! Policy alone: what a word leads to is in the tables of versions, suites and schemes.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use tlswire::ProtocolVersion;

/// Something old, weak, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Old {
    /// SSL 3.0 (RFC 7568 says why not).
    Ssl3,
    /// TLS 1.0 (RFC 8996 says why not).
    Tls10,
    /// TLS 1.1 (RFC 8996 says why not).
    Tls11,
    /// A ClientHello in the form of SSL 2.0, for a server: no extensions, and so no names and no curves.
    Sslv2Hello,
    /// The static RSA key exchange: whoever gets the key later reads what was recorded.
    Rsa,
    /// Finite-field Diffie-Hellman: slow, and with groups that cannot be judged.
    Dhe,
    /// AES in CBC mode with HMAC.
    Cbc,
    /// Triple DES (RFC 8429 says why not).
    TripleDes,
    /// ChaCha20-Poly1305 as the draft had it, with a nonce of 64 bits.
    DraftChacha,
    /// Signatures with SHA-1 in TLS 1.2.
    Sha1,
    /// Servers that do not say that they are safe from renegotiation attacks (RFC 5746 §4.1), for a client.
    LegacyServer,
    /// Keying material of a secret that is not bound to its handshake (RFC 7627 §5.4 says why not).
    LegacyExport,
}

/// Which of them are wanted all the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allow(BTreeSet<Old>);

/// A word that is none of [`WORDS`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWord(pub String);

/// Whose bytes, order, alerts and texts to keep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compat {
    /// Our own: what the RFCs say and today's peers expect.
    #[default]
    House,
    /// 9front's of 2024. It allows nothing that [`Allow`] does not.
    NineFront,
}

impl Allow {
    /// Whether `old` is wanted.
    #[must_use]
    pub fn has(&self, old: Old) -> bool {
        self.0.contains(&old)
    }

    /// Whether `version` is wanted.
    #[must_use]
    pub fn has_version(&self, version: ProtocolVersion) -> bool {
        let row = VERSIONS.iter().find(|(known, _)| *known == version);
        row.is_some_and(|(_, needs)| needs.is_none_or(|old| self.has(old)))
    }
}

impl Extend<Old> for Allow {
    fn extend<I: IntoIterator<Item = Old>>(&mut self, old: I) {
        self.0.extend(old);
    }
}

impl IntoIterator for Allow {
    type Item = Old;
    type IntoIter = std::collections::btree_set::IntoIter<Old>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl FromIterator<Old> for Allow {
    fn from_iter<I: IntoIterator<Item = Old>>(old: I) -> Allow {
        Allow(old.into_iter().collect())
    }
}

impl FromStr for Allow {
    type Err = UnknownWord;

    /// Reads words with commas or spaces between them.
    fn from_str(list: &str) -> Result<Allow, UnknownWord> {
        let words = list.split([',', ' ']).filter(|word| !word.is_empty());
        let known = |word: &str| WORDS.iter().find(|(known, _)| *known == word).map(|(_, old)| *old);
        words.map(|word| known(word).ok_or_else(|| UnknownWord(word.to_owned()))).collect()
    }
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is none of", self.0)?;
        WORDS.iter().try_for_each(|(word, _)| write!(f, " {word}"))
    }
}

impl std::error::Error for UnknownWord {}

/// The versions that there are, the best one first, and what must be allowed for each.
pub(crate) const VERSIONS: [(ProtocolVersion, Option<Old>); 5] = [
    (ProtocolVersion::TLS13, None),
    (ProtocolVersion::TLS12, None),
    (ProtocolVersion::TLS11, Some(Old::Tls11)),
    (ProtocolVersion::TLS10, Some(Old::Tls10)),
    (ProtocolVersion::SSL3, Some(Old::Ssl3)),
];

/// The words of `--allow`.
pub const WORDS: [(&str, Old); 12] = [
    ("ssl3", Old::Ssl3),
    ("tls1.0", Old::Tls10),
    ("tls1.1", Old::Tls11),
    ("sslv2-hello", Old::Sslv2Hello),
    ("rsa", Old::Rsa),
    ("dhe", Old::Dhe),
    ("cbc", Old::Cbc),
    ("3des", Old::TripleDes),
    ("draft-chacha", Old::DraftChacha),
    ("sha1", Old::Sha1),
    ("legacy-server", Old::LegacyServer),
    ("legacy-export", Old::LegacyExport),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_words_is_what_it_says() {
        let allow: Allow = "tls1.0, cbc,,3des".parse().unwrap();
        assert_eq!(allow, [Old::Tls10, Old::Cbc, Old::TripleDes].into_iter().collect());
        let versions = |allow: &Allow| VERSIONS.map(|(version, _)| allow.has_version(version));
        assert_eq!(versions(&allow), [true, true, false, true, false]);
        assert_eq!("".parse::<Allow>(), Ok(Allow::default()));
        assert_eq!(versions(&Allow::default()), [true, true, false, false, false]);
        assert!(!allow.has_version(ProtocolVersion(0x0305)));
    }

    #[test]
    fn an_unknown_word_is_answered_with_the_known_ones() {
        let error = "cbc,rc4".parse::<Allow>().unwrap_err();
        assert!(error.to_string().starts_with("\"rc4\" is none of ssl3 tls1.0 "), "{error}");
    }
}
