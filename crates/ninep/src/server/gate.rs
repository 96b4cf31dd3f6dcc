//! The gate: which version is spoken, how long messages may be, and who gets in.

use crate::{Dialect, Error, Fid, Limits, errstr};

/// What a Tversion leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Agreed {
    /// Bytes of the longest message from now on.
    pub(super) msize: u32,
    /// What is spoken from now on; nothing where there is none.
    pub(super) dialect: Option<Dialect>,
}

/// Decides about a Tversion (version(5)).
///
/// The reply's msize never exceeds what was asked for. Which dialect, [`Dialect::asked_for`] says.
///
/// # Errors
/// Messages so short that replies would not fit.
pub(super) fn agree(msize: u32, version: &str, limits: &Limits) -> Result<Agreed, Error> {
    if msize < Limits::MSIZE_REFUSED_BELOW {
        return Err(errstr::MSIZE_TOO_SMALL);
    }
    let msize = msize.min(limits.msize_max.clamp(Limits::MSIZE_MIN, Limits::MSIZE_MAX));
    Ok(Agreed { msize, dialect: Dialect::asked_for(version) })
}

impl Agreed {
    /// What is replied: a version, or that there is none.
    pub(super) fn version(self) -> &'static str {
        self.dialect.map_or(UNKNOWN, Dialect::version)
    }
}

/// Decides whether a Tattach may go on to the file system (attach(5)): there is no authentication file that it could bring.
///
/// # Errors
/// It brings one, or wants NOFID itself as its fid.
pub(super) fn attach(fid: Fid, afid: Fid) -> Result<(), Error> {
    if afid != Fid::NOFID {
        return Err(errstr::NO_AUTH);
    }
    if fid == Fid::NOFID { Err(errstr::UNKNOWN_FID) } else { Ok(()) }
}

/// Replied where nothing is spoken (version(5)).
const UNKNOWN: &str = "unknown";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_dialects_are_spoken_and_an_unknown_suffix_is_as_good_as_none() {
        for (asked, replied) in [
            ("9P2000", "9P2000"),
            ("9P2000.u", "9P2000.u"),
            ("9P2000.L", "9P2000.L"),
            ("9P2000.l", "9P2000"),
            ("9P2000.U", "9P2000"),
            ("9P2000.u.x", "9P2000"),
            ("9P2000.nobody.knows", "9P2000"),
            ("9P2000.", "9P2000"),
            ("9P1999", "unknown"),
            ("9P2000L", "unknown"),
            ("9p2000", "unknown"),
            ("", "unknown"),
            (".L", "unknown"),
        ] {
            assert_eq!(agree(8192, asked, &Limits::default()).unwrap().version(), replied, "{asked}");
        }
    }

    #[test]
    fn msize_is_what_was_asked_for_up_to_the_limit() {
        let limits = Limits::default();
        let agreed = |msize| agree(msize, "9P2000", &limits).map(|agreed| agreed.msize);
        assert_eq!(agreed(255), Err(errstr::MSIZE_TOO_SMALL));
        assert_eq!(agreed(0), Err(errstr::MSIZE_TOO_SMALL));
        assert_eq!(agreed(256), Ok(256));
        assert_eq!(agreed(8192), Ok(8192));
        assert_eq!(agreed(u32::MAX), Ok(Limits::MSIZE_MAX));
    }

    #[test]
    fn a_limit_out_of_bounds_is_brought_back() {
        let limits = |msize_max| Limits { msize_max, ..Limits::default() };
        assert_eq!(agree(1 << 30, "9P2000", &limits(u32::MAX)).unwrap().msize, Limits::MSIZE_MAX);
        assert_eq!(agree(1 << 30, "9P2000", &limits(0)).unwrap().msize, Limits::MSIZE_MIN);
    }
}
