//! Two small numbers that are both called mode: the one a file has, and the one it is opened with.

use std::fmt;
use std::ops::BitOr;

use crate::QidType;

/// A file's permissions (the low nine bits) and kind (the top byte), as in stat(5).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mode(pub u32);

impl Mode {
    /// Directory.
    pub const DIR: Self = Self(0x8000_0000);
    /// Writes append, whatever their offset.
    pub const APPEND: Self = Self(0x4000_0000);
    /// Open by one client at a time.
    pub const EXCL: Self = Self(0x2000_0000);
    /// Authentication file.
    pub const AUTH: Self = Self(0x0800_0000);
    /// Not to be backed up.
    pub const TMP: Self = Self(0x0400_0000);
    /// Every kind of file that only 9P2000.u can ask for: symbolic link, hard link, device, fifo, socket.
    pub const SPECIAL: Self = Self(0x03b0_0000);

    /// Whether every bit of `other` is set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any bit of `other` is set.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The nine permission bits: three each for owner, group and the rest, in octal as chmod(1) has them.
    #[must_use]
    pub const fn permissions(self) -> u32 {
        self.0 & 0o777
    }

    /// The kind that a qid of such a file has.
    #[must_use]
    pub const fn qid_type(self) -> QidType {
        let [top, ..] = self.0.to_be_bytes();
        QidType(top)
    }
}

impl BitOr for Mode {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Debug for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Mode {
    /// The letters of its kind, as a [`QidType`] has them, then the rest in octal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:o}", self.qid_type().letters(), self.0 & 0x00ff_ffff)
    }
}

/// What a file is opened for: the mode byte of Topen and Tcreate (open(5)).
///
/// The engine refuses bits outside [`OpenMode::KNOWN`] before a file system sees them; what the others mean for a file (TRUNC
/// on a directory, RCLOSE at all) is for the file system to judge.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OpenMode(pub u8);

impl OpenMode {
    /// Read.
    pub const READ: Self = Self(0);
    /// Write.
    pub const WRITE: Self = Self(1);
    /// Read and write.
    pub const RDWR: Self = Self(2);
    /// Execute, that is read with execute permission.
    pub const EXEC: Self = Self(3);
    /// Truncate first.
    pub const TRUNC: Self = Self(0x10);
    /// Close on exec: without meaning for a server.
    pub const CEXEC: Self = Self(0x20);
    /// Remove on clunk.
    pub const RCLOSE: Self = Self(0x40);
    /// Write at the end, whatever the offset: 9P2000.u's, which the engine takes out.
    pub const APPEND: Self = Self(0x80);
    /// Every bit that open(5) defines.
    pub const KNOWN: Self = Self(0x73);

    /// The low two bits alone: one of [`READ`](Self::READ), [`WRITE`](Self::WRITE), [`RDWR`](Self::RDWR), [`EXEC`](Self::EXEC).
    #[must_use]
    pub const fn access(self) -> Self {
        Self(self.0 & 3)
    }

    /// Whether every bit of `other` is set; for the flag bits, not for the two of [`access`](Self::access).
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The same mode without the bits of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether a fid opened so may be read.
    #[must_use]
    pub const fn can_read(self) -> bool {
        self.0 & 3 != Self::WRITE.0
    }

    /// Whether a fid opened so may be written.
    #[must_use]
    pub const fn can_write(self) -> bool {
        matches!(self.0 & 3, 1 | 2)
    }

    /// Whether open(5) defines every bit that is set.
    #[must_use]
    pub const fn is_known(self) -> bool {
        self.0 & !Self::KNOWN.0 == 0
    }
}

impl BitOr for OpenMode {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Debug for OpenMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#04x}", self.0)
    }
}
