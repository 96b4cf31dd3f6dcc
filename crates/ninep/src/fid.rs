//! The two numbers that a client chooses: the fid, which stands for a file, and the tag, which names a request.
//!
//! They are types of their own because both are plain integers on the wire and easily taken for one another.

use std::fmt;

/// A client's name for a file (intro(5)).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fid(pub u32);

impl Fid {
    /// Stands for no fid, in Tattach where there is no authentication.
    pub const NOFID: Self = Self(u32::MAX);
}

impl fmt::Display for Fid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::NOFID { f.write_str("NOFID") } else { write!(f, "{}", self.0) }
    }
}

impl fmt::Debug for Fid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fid {self}")
    }
}

/// A client's name for a request that has no reply yet (intro(5)).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(pub u16);

impl Tag {
    /// The tag that version(5) asks for on Tversion.
    pub const NOTAG: Self = Self(u16::MAX);
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::NOTAG { f.write_str("NOTAG") } else { write!(f, "{}", self.0) }
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tag {self}")
    }
}
