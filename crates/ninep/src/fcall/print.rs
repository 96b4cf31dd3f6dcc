//! A message as one line of text, for `-D`, for logs and for tests.
//!
//! Written with `{}` a line has no payload, only its length, so that a log at any level may have it. Written with `{:#}` it has
//! the payload too, quoted and cut at 256 bytes; but of a line that carries key material only the first words.

use std::fmt;

use super::{Rmsg, Tmsg, is_secret, linux};
use crate::{Dialect, Stat, Tag};

/// A message and its tag, to be printed.
#[derive(Clone, Copy)]
pub struct Line<'a> {
    tag: Tag,
    dialect: Dialect,
    message: Either<'a>,
}

#[derive(Clone, Copy)]
enum Either<'a> {
    T(&'a Tmsg),
    R(&'a Rmsg),
}

impl<'a> Line<'a> {
    /// Prints a request, with everything in it that the dialect sends.
    #[must_use]
    pub const fn t(tag: Tag, tmsg: &'a Tmsg, dialect: Dialect) -> Self {
        Self { tag, dialect, message: Either::T(tmsg) }
    }

    /// Prints a reply, likewise.
    #[must_use]
    pub const fn r(tag: Tag, rmsg: &'a Rmsg, dialect: Dialect) -> Self {
        Self { tag, dialect, message: Either::R(rmsg) }
    }
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message {
            Either::T(tmsg) => print_tmsg(f, self.tag, tmsg, self.dialect),
            Either::R(rmsg) => print_rmsg(f, self.tag, rmsg, self.dialect),
        }
    }
}

impl fmt::Debug for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn print_tmsg(f: &mut fmt::Formatter<'_>, tag: Tag, tmsg: &Tmsg, dialect: Dialect) -> fmt::Result {
    match tmsg {
        Tmsg::Version { msize, version } => {
            write!(f, "Tversion tag {tag} msize {msize} version {}", Quoted::text(version))
        }
        Tmsg::Auth { afid, uname, aname, n_uname } => {
            let (uname, aname) = (Quoted::text(uname), Quoted::text(aname));
            write!(f, "Tauth tag {tag} afid {afid} uname {uname} aname {aname}")?;
            print_n_uname(f, *n_uname, dialect)
        }
        Tmsg::Attach { fid, afid, uname, aname, n_uname } => {
            let (uname, aname) = (Quoted::text(uname), Quoted::text(aname));
            write!(f, "Tattach tag {tag} fid {fid} afid {afid} uname {uname} aname {aname}")?;
            print_n_uname(f, *n_uname, dialect)
        }
        Tmsg::Flush { oldtag } => write!(f, "Tflush tag {tag} oldtag {oldtag}"),
        Tmsg::Walk { fid, newfid, names } => {
            write!(f, "Twalk tag {tag} fid {fid} newfid {newfid} nwname {}", names.len())?;
            names.iter().try_for_each(|name| write!(f, " {}", Quoted::text(name)))
        }
        Tmsg::Open { fid, mode } => write!(f, "Topen tag {tag} fid {fid} mode {mode:?}"),
        Tmsg::Create { fid, name, perm, mode, extension } => {
            write!(f, "Tcreate tag {tag} fid {fid} name {} perm {perm} mode {mode:?}", Quoted::text(name))?;
            if dialect == Dialect::Unix {
                write!(f, " extension {}", Quoted::text(extension))?;
            }
            Ok(())
        }
        Tmsg::Read { fid, offset, count } => {
            write!(f, "Tread tag {tag} fid {fid} offset {offset} count {count}")
        }
        Tmsg::Write { fid, offset, data } => {
            write!(f, "Twrite tag {tag} fid {fid} offset {offset} count {}", data.len())?;
            payload(f, data)
        }
        Tmsg::Clunk { fid } => write!(f, "Tclunk tag {tag} fid {fid}"),
        Tmsg::Remove { fid } => write!(f, "Tremove tag {tag} fid {fid}"),
        Tmsg::Stat { fid } => write!(f, "Tstat tag {tag} fid {fid}"),
        Tmsg::Wstat { fid, stat } => {
            write!(f, "Twstat tag {tag} fid {fid} stat ")?;
            print_stat(f, stat, dialect)
        }
        Tmsg::Linux(fcall) => linux::print(f, tag, fcall),
    }
}

fn print_rmsg(f: &mut fmt::Formatter<'_>, tag: Tag, rmsg: &Rmsg, dialect: Dialect) -> fmt::Result {
    match rmsg {
        Rmsg::Version { msize, version } => {
            write!(f, "Rversion tag {tag} msize {msize} version {}", Quoted::text(version))
        }
        Rmsg::Auth { aqid } => write!(f, "Rauth tag {tag} aqid {aqid}"),
        Rmsg::Attach { qid } => write!(f, "Rattach tag {tag} qid {qid}"),
        // The text is not sent, but whoever reads this wants to know.
        Rmsg::Error { error } if dialect == Dialect::Linux => {
            write!(f, "Rlerror tag {tag} ecode {} {}", error.number(), Quoted::text(&error.text))
        }
        Rmsg::Error { error } => {
            write!(f, "Rerror tag {tag} ename {}", Quoted::text(&error.text))?;
            if dialect == Dialect::Unix { write!(f, " errno {}", error.number()) } else { Ok(()) }
        }
        Rmsg::Flush => write!(f, "Rflush tag {tag}"),
        Rmsg::Walk { qids } => {
            write!(f, "Rwalk tag {tag} nwqid {}", qids.len())?;
            qids.iter().try_for_each(|qid| write!(f, " {qid}"))
        }
        Rmsg::Open { qid, iounit } => {
            let name = if dialect == Dialect::Linux { "Rlopen" } else { "Ropen" };
            write!(f, "{name} tag {tag} qid {qid} iounit {iounit}")
        }
        Rmsg::Create { qid, iounit } => {
            let name = if dialect == Dialect::Linux { "Rlcreate" } else { "Rcreate" };
            write!(f, "{name} tag {tag} qid {qid} iounit {iounit}")
        }
        Rmsg::Read { data } => {
            write!(f, "Rread tag {tag} count {}", data.len())?;
            payload(f, data)
        }
        Rmsg::Write { count } => write!(f, "Rwrite tag {tag} count {count}"),
        Rmsg::Clunk => write!(f, "Rclunk tag {tag}"),
        Rmsg::Remove => write!(f, "Rremove tag {tag}"),
        Rmsg::Stat { stat } => {
            write!(f, "Rstat tag {tag} stat ")?;
            print_stat(f, stat, dialect)
        }
        Rmsg::Wstat => write!(f, "Rwstat tag {tag}"),
        Rmsg::Readdir { data } => {
            write!(f, "Rreaddir tag {tag} count {}", data.len())?;
            payload(f, data)
        }
        Rmsg::Linux(fcall) => linux::print(f, tag, fcall),
    }
}

/// Every part of a stat; `~` for a number that says "leave it".
fn print_stat(f: &mut fmt::Formatter<'_>, stat: &Stat, dialect: Dialect) -> fmt::Result {
    let number = |n: u64, leave: u64| if n == leave { "~".to_owned() } else { n.to_string() };
    let short = u64::from(u32::MAX);
    let leave = Stat::leave();
    write!(f, "{} uid {} ", Quoted::text(&stat.name), Quoted::text(&stat.uid))?;
    write!(f, "gid {} muid {} ", Quoted::text(&stat.gid), Quoted::text(&stat.muid))?;
    if stat.qid == leave.qid {
        write!(f, "qid ~ ")?
    } else {
        write!(f, "qid {} ", stat.qid)?
    }
    if stat.mode == leave.mode {
        write!(f, "mode ~ ")?
    } else {
        write!(f, "mode {} ", stat.mode)?
    }
    write!(f, "atime {} mtime {} ", number(stat.atime.into(), short), number(stat.mtime.into(), short))?;
    write!(f, "length {} ", number(stat.length, u64::MAX))?;
    write!(f, "kind {} dev {}", number(stat.kind.into(), u16::MAX.into()), number(stat.dev.into(), short))?;
    if dialect != Dialect::Unix {
        return Ok(());
    }
    write!(f, " extension {} n_uid {} ", Quoted::text(&stat.extension), number(stat.n_uid.into(), short))?;
    write!(f, "n_gid {} n_muid {}", number(stat.n_gid.into(), short), number(stat.n_muid.into(), short))
}

/// The number of a user, where the dialect has one; `~` for none.
fn print_n_uname(f: &mut fmt::Formatter<'_>, n_uname: Option<u32>, dialect: Dialect) -> fmt::Result {
    match n_uname {
        _ if dialect == Dialect::Classic => Ok(()),
        Some(number) => write!(f, " n_uname {number}"),
        None => f.write_str(" n_uname ~"),
    }
}

fn payload(f: &mut fmt::Formatter<'_>, data: &[u8]) -> fmt::Result {
    if !f.alternate() {
        return Ok(());
    }
    if is_secret(data) {
        // The command, its first three arguments, which are names and numbers, and nothing of what follows.
        f.write_str(" ")?;
        for word in data.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).take(4) {
            write!(f, "{} ", word.escape_ascii())?;
        }
        return f.write_str("..");
    }
    let shown = data.get(..PAYLOAD_LEN_MAX).unwrap_or(data);
    write!(f, " {}", Quoted(shown))?;
    if shown.len() < data.len() { f.write_str("..") } else { Ok(()) }
}

/// Bytes between single quotes; what is not printable ASCII, a quote or a backslash as an escape.
pub(super) struct Quoted<'a>(&'a [u8]);

impl<'a> Quoted<'a> {
    pub(super) fn text(text: &'a str) -> Self {
        Self(text.as_bytes())
    }
}

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("'")?;
        for byte in self.0 {
            match byte {
                b'\n' => f.write_str("\\n")?,
                b'\'' | b'\\' => write!(f, "\\{}", char::from(*byte))?,
                b' '..=b'~' => write!(f, "{}", char::from(*byte))?,
                other => write!(f, "\\x{other:02x}")?,
            }
        }
        f.write_str("'")
    }
}

/// Bytes of payload that a line shows.
const PAYLOAD_LEN_MAX: usize = 256;
