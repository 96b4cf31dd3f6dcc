//! Dialect: which of the three 9Ps a connection speaks.
//!
//! A client asks for one in its Tversion and speaks it until the next. Dialects differ in the bytes of some messages and in which
//! messages there are; what files do is the same in all.

use std::fmt;

/// One of the protocols that go by the name of 9P2000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// 9P2000, as Plan 9 speaks it: users have names, errors have texts.
    #[default]
    Classic,
    /// 9P2000.u: the same messages, with numbers beside the names of users and the texts of errors.
    Unix,
    /// 9P2000.L: Linux's calls as messages; users and errors are numbers.
    Linux,
}

impl Dialect {
    /// All of them, the oldest first.
    pub const ALL: [Self; 3] = [Self::Classic, Self::Unix, Self::Linux];

    /// What Tversion and Rversion call it.
    #[must_use]
    pub const fn version(self) -> &'static str {
        match self {
            Self::Classic => "9P2000",
            Self::Unix => "9P2000.u",
            Self::Linux => "9P2000.L",
        }
    }

    /// The dialect for a client that asks for `version`: a suffix that nobody knows is as good as none (version(5)). `None` for
    /// another protocol.
    #[must_use]
    pub fn asked_for(version: &str) -> Option<Self> {
        let base = version.split_once('.').map_or(version, |(base, _)| base);
        let exact = Self::ALL.into_iter().find(|dialect| dialect.version() == version);
        exact.or_else(|| Some(Self::Classic).filter(|classic| classic.version() == base))
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.version())
    }
}
