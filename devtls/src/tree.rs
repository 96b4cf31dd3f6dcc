//! What files exist: their names, their order, their qids and permissions.
//!
//! ```text
//! /                      Root
//! /tls                   Tls
//! /tls/clone             Clone
//! /tls/encalgs           Encalgs
//! /tls/hashalgs          Hashalgs
//! /tls/N                 Dir(N)
//! /tls/N/ctl ...         File(N, Which)
//! ```
//!
//! This file knows no conversation: which numbers are in use is the table's affair.

use ninep::{OpenMode, Qid};

/// A place in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The root, as on Plan 9 a directory with one directory in it.
    Root,
    /// `tls`.
    Tls,
    /// `tls/clone`.
    Clone,
    /// `tls/encalgs`.
    Encalgs,
    /// `tls/hashalgs`.
    Hashalgs,
    /// `tls/N`.
    Dir(u32),
    /// A file of `tls/N`.
    File(u32, Which),
}

/// The files of a conversation, in the order of its directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Commands.
    Ctl,
    /// Application data.
    Data,
    /// Handshake messages.
    Hand,
    /// Where it stands.
    Status,
    /// What went through.
    Stats,
    /// Ciphertext, for a carrier that is no descriptor.
    Wire,
}

impl Which {
    /// All of them, in the order of the directory.
    pub const ALL: [Which; 6] =
        [Which::Ctl, Which::Data, Which::Hand, Which::Status, Which::Stats, Which::Wire];

    /// Gives the file's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Which::Ctl => "ctl",
            Which::Data => "data",
            Which::Hand => "hand",
            Which::Status => "status",
            Which::Stats => "stats",
            Which::Wire => "wire",
        }
    }

    /// Gives the bits of the conversation's permissions that the file shows: the texts are never written.
    #[must_use]
    pub fn shown(self, perm: u32) -> u32 {
        match self {
            Which::Ctl | Which::Data | Which::Hand | Which::Wire => perm,
            Which::Status | Which::Stats => perm & 0o444,
        }
    }

    /// Bytes that one read or write moves as a whole, 0 where it does not matter (tls(3)).
    #[must_use]
    pub fn iounit(self) -> u32 {
        match self {
            Which::Data => 65536,
            Which::Hand => 16384,
            Which::Ctl | Which::Status | Which::Stats | Which::Wire => 0,
        }
    }

    /// Tells whether the file is a stream, which has no places to go back to; the others are texts.
    #[must_use]
    pub fn is_stream(self) -> bool {
        match self {
            Which::Ctl | Which::Data | Which::Hand | Which::Wire => true,
            Which::Status | Which::Stats => false,
        }
    }

    fn of_qid_type(kind: u64) -> Option<Which> {
        Which::ALL.into_iter().find(|which| which.qid_type() == kind)
    }

    fn qid_type(self) -> u64 {
        match self {
            Which::Data => 7,
            Which::Ctl => 8,
            Which::Hand => 9,
            Which::Status => 10,
            Which::Stats => 11,
            Which::Wire => 12,
        }
    }
}

impl Place {
    /// The files of `tls` before the conversations, in order.
    pub const FIXED: [Place; 3] = [Place::Clone, Place::Encalgs, Place::Hashalgs];

    /// Gives the place's qid: `conversation << 5 | type`, never 0 (tls(3)).
    #[must_use]
    pub fn qid(self) -> Qid {
        match self {
            Place::Root => Qid::dir(1),
            Place::Tls => Qid::dir(2),
            Place::Clone => Qid::file(3),
            Place::Encalgs => Qid::file(4),
            Place::Hashalgs => Qid::file(5),
            Place::Dir(conv) => Qid::dir(u64::from(conv) << 5 | 6),
            Place::File(conv, which) => Qid::file(u64::from(conv) << 5 | which.qid_type()),
        }
    }

    /// Finds the place again by the path of its qid.
    #[must_use]
    pub fn of_qid(path: u64) -> Option<Place> {
        let conv = u32::try_from(path >> 5).ok()?;
        match (conv, path & 0x1f) {
            (0, 1) => Some(Place::Root),
            (0, 2) => Some(Place::Tls),
            (0, 3) => Some(Place::Clone),
            (0, 4) => Some(Place::Encalgs),
            (0, 5) => Some(Place::Hashalgs),
            (conv, 6) => Some(Place::Dir(conv)),
            (conv, kind) => Some(Place::File(conv, Which::of_qid_type(kind)?)),
        }
    }

    /// Gives the last element of the place's path.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Place::Root => "/".to_owned(),
            Place::Tls => "tls".to_owned(),
            Place::Clone => "clone".to_owned(),
            Place::Encalgs => "encalgs".to_owned(),
            Place::Hashalgs => "hashalgs".to_owned(),
            Place::Dir(conv) => conv.to_string(),
            Place::File(_, which) => which.name().to_owned(),
        }
    }

    /// Gives the place one step from here; `conv_count` is how many conversation numbers there are.
    #[must_use]
    pub fn walk(self, name: &str, conv_count: u32) -> Option<Place> {
        match (self, name) {
            (Place::Root, "..") | (Place::Tls, "..") => Some(Place::Root),
            (Place::Dir(_), "..") => Some(Place::Tls),
            (Place::Root, "tls") => Some(Place::Tls),
            (Place::Tls, name) => {
                Place::FIXED.into_iter().find(|place| place.name() == name).or_else(|| {
                    let conv = name.parse().ok().filter(|conv: &u32| *conv < conv_count)?;
                    // Only the one decimal form names it: no sign, no leading zeros.
                    Some(Place::Dir(conv)).filter(|place| place.name() == name)
                })
            }
            (Place::Dir(conv), name) => Which::ALL
                .into_iter()
                .find(|which| which.name() == name)
                .map(|which| Place::File(conv, which)),
            _ => None,
        }
    }

    /// Tells whether the mode must be plain reading, as for directories and texts.
    #[must_use]
    pub fn is_read_only(self) -> bool {
        !matches!(self, Place::Clone | Place::File(_, Which::Ctl | Which::Data | Which::Hand | Which::Wire))
    }
}

/// Tells whether permission bits `perm` let a user in for `access`. `shift` is 0 for the owner, 3 for
/// the host owner, 6 for everybody else (tls(3)).
#[must_use]
pub fn permits(perm: u32, shift: u32, access: OpenMode) -> bool {
    let need = match access {
        OpenMode::READ => 0o400,
        OpenMode::WRITE => 0o200,
        OpenMode::RDWR => 0o600,
        _ => 0o100,
    };
    (perm << shift) & need == need
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qids_are_those_of_the_manual() {
        let paths: Vec<u64> = [
            Place::Root,
            Place::Tls,
            Place::Clone,
            Place::Encalgs,
            Place::Hashalgs,
            Place::Dir(0),
            Place::Dir(2),
        ]
        .map(|place| place.qid().path)
        .to_vec();
        assert_eq!(paths, [1, 2, 3, 4, 5, 6, 70]);
        let files = Which::ALL.map(|which| Place::File(1, which).qid().path);
        assert_eq!(files, [40, 39, 41, 42, 43, 44]);
    }

    #[test]
    fn a_qid_leads_back_to_its_place() {
        let files = Which::ALL.map(|which| Place::File(7, which));
        let others = [Place::Root, Place::Tls, Place::Dir(0), Place::Dir(7)];
        for place in files.into_iter().chain(others).chain(Place::FIXED) {
            assert_eq!(Place::of_qid(place.qid().path), Some(place));
        }
        for path in [0, 13, 31, 33, 1 << 63 | 3] {
            assert_eq!(Place::of_qid(path), None, "{path:#x}");
        }
    }

    #[test]
    fn only_the_one_decimal_form_names_a_conversation() {
        assert_eq!(Place::Tls.walk("1", 3), Some(Place::Dir(1)));
        for name in ["01", "+1", "3", "7", "", "1 ", "4294967296"] {
            assert_eq!(Place::Tls.walk(name, 3), None, "{name:?}");
        }
    }

    #[test]
    fn parents_lead_back_to_the_root() {
        assert_eq!(Place::Dir(1).walk("..", 3), Some(Place::Tls));
        assert_eq!(Place::Tls.walk("..", 3), Some(Place::Root));
        assert_eq!(Place::Root.walk("..", 3), Some(Place::Root));
        assert_eq!(Place::Clone.walk("..", 3), None);
    }

    #[test]
    fn the_three_classes_have_their_bits() {
        assert!(permits(0o660, 0, OpenMode::RDWR) && permits(0o660, 3, OpenMode::RDWR));
        assert!(!permits(0o660, 6, OpenMode::READ) && !permits(0o660, 0, OpenMode::EXEC));
        assert!(permits(0o664, 6, OpenMode::READ) && !permits(0o664, 6, OpenMode::RDWR));
    }
}
