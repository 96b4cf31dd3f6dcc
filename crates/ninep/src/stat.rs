//! Stat: what a directory says about a file. Its bytes are in `fcall`, because each dialect has its own.

use crate::{Mode, Qid};

/// A file's description, and in Twstat the changes asked for (stat(5)).
///
/// It may gain fields with a dialect, so it is made by [`Stat::new`] and then changed field by field.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stat {
    /// The kind of server, for the kernel's use: 0 from a server in user space.
    pub kind: u16,
    /// The server's subtype, for the kernel's use.
    pub dev: u32,
    /// The file itself.
    pub qid: Qid,
    /// Permissions and kind.
    pub mode: Mode,
    /// Time of the last read, in seconds since 1970.
    pub atime: u32,
    /// Time of the last write, in seconds since 1970.
    pub mtime: u32,
    /// Length in bytes; 0 for directories and for files that are streams.
    pub length: u64,
    /// The last element of the path; `/` for the root.
    pub name: String,
    /// The owner.
    pub uid: String,
    /// The group.
    pub gid: String,
    /// Who wrote last.
    pub muid: String,
    /// What a special file stands for (9P2000.u); empty for every file that is not special.
    pub extension: String,
    /// The owner's number, or [`Stat::UNMAPPED`] (9P2000.u, 9P2000.L).
    pub n_uid: u32,
    /// The group's number, or [`Stat::UNMAPPED`].
    pub n_gid: u32,
    /// The number of who wrote last, or [`Stat::UNMAPPED`].
    pub n_muid: u32,
}

impl Stat {
    /// Stands for a user or a group without a number: who mounts such a file on Linux may not write to it, not even as root. In
    /// Twstat it says to leave the number as it is.
    pub const UNMAPPED: u32 = u32::MAX;

    /// Makes the description of an empty file, written last by its owner, with all times 0, whose owner and group have no numbers.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        qid: Qid,
        mode: Mode,
        uid: impl Into<String>,
        gid: impl Into<String>,
    ) -> Self {
        let uid = uid.into();
        Self {
            kind: 0,
            dev: 0,
            qid,
            mode,
            atime: 0,
            mtime: 0,
            length: 0,
            name: name.into(),
            gid: gid.into(),
            muid: uid.clone(),
            uid,
            extension: String::new(),
            n_uid: Self::UNMAPPED,
            n_gid: Self::UNMAPPED,
            n_muid: Self::UNMAPPED,
        }
    }

    /// The same, with the numbers of the owner, who wrote last too, and of the group.
    #[must_use]
    pub fn numbered(self, n_uid: u32, n_gid: u32) -> Self {
        Self { n_uid, n_gid, n_muid: n_uid, ..self }
    }

    /// Makes the Twstat that changes nothing: every number all ones, every text empty, which is how stat(5) says
    /// "leave it". The caller then sets what is to change.
    #[must_use]
    pub fn leave() -> Self {
        Self {
            kind: u16::MAX,
            dev: u32::MAX,
            qid: Qid { kind: crate::QidType(u8::MAX), version: u32::MAX, path: u64::MAX },
            mode: Mode(u32::MAX),
            atime: u32::MAX,
            mtime: u32::MAX,
            length: u64::MAX,
            name: String::new(),
            uid: String::new(),
            gid: String::new(),
            muid: String::new(),
            extension: String::new(),
            n_uid: Self::UNMAPPED,
            n_gid: Self::UNMAPPED,
            n_muid: Self::UNMAPPED,
        }
    }

    /// Whether a Twstat with this asks for a new name.
    #[must_use]
    pub const fn renames(&self) -> bool {
        !self.name.is_empty()
    }

    /// The new mode that a Twstat with this asks for.
    #[must_use]
    pub const fn new_mode(&self) -> Option<Mode> {
        if self.mode.0 == u32::MAX { None } else { Some(self.mode) }
    }

    /// The new length in bytes that a Twstat with this asks for.
    #[must_use]
    pub const fn new_length(&self) -> Option<u64> {
        if self.length == u64::MAX { None } else { Some(self.length) }
    }

    /// The new owner that a Twstat with this asks for by name.
    #[must_use]
    pub fn new_uid(&self) -> Option<&str> {
        Some(self.uid.as_str()).filter(|uid| !uid.is_empty())
    }

    /// The new owner that a Twstat with this asks for by number.
    #[must_use]
    pub fn new_n_uid(&self) -> Option<u32> {
        Some(self.n_uid).filter(|uid| *uid != Self::UNMAPPED)
    }

    /// The new group that a Twstat with this asks for by name.
    #[must_use]
    pub fn new_gid(&self) -> Option<&str> {
        Some(self.gid.as_str()).filter(|gid| !gid.is_empty())
    }

    /// The new group that a Twstat with this asks for by number.
    #[must_use]
    pub fn new_n_gid(&self) -> Option<u32> {
        Some(self.n_gid).filter(|gid| *gid != Self::UNMAPPED)
    }
}
