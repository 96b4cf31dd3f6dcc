//! Qid: the server's own name for a file, and the kind of file it is.

use std::fmt;
use std::ops::BitOr;

/// A server's unique identification of a file: two files are the same when their qids are (intro(5)).
///
/// **Invariants** that the file system keeps, because clients build inode numbers from it: `path` is unique, not 0
/// and below 2^56.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Qid {
    /// Directory, append-only and so on: the top byte of the file's [`Mode`](crate::Mode).
    pub kind: QidType,
    /// Counts modifications, where the server cares to count.
    pub version: u32,
    /// The file itself.
    pub path: u64,
}

impl Qid {
    /// Bytes of a qid on the wire (intro(5)).
    pub const LEN: usize = 13;

    /// Makes the qid of a directory, version 0.
    #[must_use]
    pub const fn dir(path: u64) -> Self {
        Self { kind: QidType::DIR, version: 0, path }
    }

    /// Makes the qid of a plain file, version 0.
    #[must_use]
    pub const fn file(path: u64) -> Self {
        Self { kind: QidType::FILE, version: 0, path }
    }

    /// Whether the file is a directory.
    #[must_use]
    pub const fn is_dir(self) -> bool {
        self.kind.contains(QidType::DIR)
    }
}

impl fmt::Display for Qid {
    /// `(path version kind)`: the path in hexadecimal, the kind in the letters that [`Mode`](crate::Mode) has, `-` for none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({:#x} {} ", self.path, self.version)?;
        if self.kind == QidType::FILE { f.write_str("-)") } else { write!(f, "{})", self.kind.letters()) }
    }
}

/// The kind of a file: bits, the same ones as the top byte of a [`Mode`](crate::Mode) (intro(5)).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct QidType(pub u8);

impl QidType {
    /// Directory.
    pub const DIR: Self = Self(0x80);
    /// Writes append, whatever their offset.
    pub const APPEND: Self = Self(0x40);
    /// Open by one client at a time.
    pub const EXCL: Self = Self(0x20);
    /// Authentication file.
    pub const AUTH: Self = Self(0x08);
    /// Not to be backed up.
    pub const TMP: Self = Self(0x04);
    /// Symbolic link (9P2000.u).
    pub const SYMLINK: Self = Self(0x02);
    /// Plain file: no bit at all.
    pub const FILE: Self = Self(0);

    /// Whether every bit of `other` is set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The bits as letters: `d` directory, `a` append, `l` exclusive, `A` authentication, `t` temporary, `L` symbolic
    /// link.
    pub(crate) fn letters(self) -> String {
        let letters = [
            (Self::DIR, 'd'),
            (Self::APPEND, 'a'),
            (Self::EXCL, 'l'),
            (Self::AUTH, 'A'),
            (Self::TMP, 't'),
            (Self::SYMLINK, 'L'),
        ];
        letters.into_iter().filter(|(bit, _)| self.contains(*bit)).map(|(_, letter)| letter).collect()
    }
}

impl BitOr for QidType {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Debug for QidType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#04x}", self.0)
    }
}
