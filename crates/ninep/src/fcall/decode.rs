//! Bytes to messages: all of 9P2000 and 9P2000.u, and what 9P2000.L has in common with them (fcall(2)).
//!
//! **Invariants.** Input never panics and never makes anything larger than itself; every byte of a message is used.

use std::fmt;

use super::encode::ERROR_LEN_MAX;
use super::number::*;
use super::wire::{Reader, cut};
use super::{Frame, NONUNAME, Rmsg, Tmsg, linux};
use crate::{Dialect, Error, Fid, Limits, Mode, OpenMode, Stat, Tag, errstr};

/// Why bytes are not a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// A part goes on after the message's end.
    Truncated,
    /// The message goes on after its last part.
    Trailing,
    /// The type is none that goes this way.
    UnknownType(u8),
    /// A text is not UTF-8, or has a NUL in it.
    BadText,
    /// A walk of more elements than walk(5) allows.
    TooManyNames,
    /// A stat that is not as long as it says.
    BadStat,
}

impl DecodeError {
    /// What the client is told.
    #[must_use]
    pub const fn error(self) -> Error {
        match self {
            Self::Truncated | Self::Trailing | Self::BadText => errstr::BAD_MESSAGE,
            Self::UnknownType(_) => errstr::UNKNOWN_MESSAGE,
            Self::TooManyNames => errstr::TOO_MANY_NAMES,
            Self::BadStat => errstr::SHORT_STAT,
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => f.write_str("message ends early"),
            Self::Trailing => f.write_str("message has bytes left over"),
            Self::UnknownType(kind) => write!(f, "unknown message type {kind}"),
            Self::BadText => f.write_str("text in message is not UTF-8"),
            Self::TooManyNames => f.write_str("too many names in walk"),
            Self::BadStat => f.write_str("stat in message has the wrong length"),
        }
    }
}

impl std::error::Error for DecodeError {}

/// Reads the request in a frame. Its tag is the frame's.
///
/// # Errors
/// The bytes are not exactly one T-message.
pub fn decode_tmsg(frame: &Frame<'_>, dialect: Dialect) -> Result<Tmsg, DecodeError> {
    let mut reader = Reader::new(frame.bytes(), dialect);
    let kind = header(&mut reader)?;
    let r = &mut reader;
    let tmsg = match kind {
        TREAD => Tmsg::Read { fid: fid(r)?, offset: r.u64()?, count: r.u32()? },
        TWRITE => {
            let (fid, offset) = (fid(r)?, r.u64()?);
            Tmsg::Write { fid, offset, data: r.data(frame)? }
        }
        TVERSION => Tmsg::Version { msize: r.u32()?, version: r.text()? },
        TAUTH => Tmsg::Auth { afid: fid(r)?, uname: r.text()?, aname: r.text()?, n_uname: n_uname(r)? },
        TATTACH => Tmsg::Attach {
            fid: fid(r)?,
            afid: fid(r)?,
            uname: r.text()?,
            aname: r.text()?,
            n_uname: n_uname(r)?,
        },
        TFLUSH => Tmsg::Flush { oldtag: Tag(r.u16()?) },
        TWALK => {
            let (fid, newfid, count) = (fid(r)?, fid(r)?, usize::from(r.u16()?));
            if count > Limits::NAMES_MAX {
                return Err(DecodeError::TooManyNames);
            }
            let names = (0..count).map(|_| r.text()).collect::<Result<_, _>>()?;
            Tmsg::Walk { fid, newfid, names }
        }
        TCLUNK => Tmsg::Clunk { fid: fid(r)? },
        TREMOVE => Tmsg::Remove { fid: fid(r)? },
        _ if dialect == Dialect::Linux => linux::decode_tmsg(kind, frame, r)?,
        TOPEN => Tmsg::Open { fid: fid(r)?, mode: OpenMode(r.u8()?) },
        TCREATE => Tmsg::Create {
            fid: fid(r)?,
            name: r.text()?,
            perm: Mode(r.u32()?),
            mode: OpenMode(r.u8()?),
            extension: if r.is_unix() { r.text()? } else { String::new() },
        },
        TSTAT => Tmsg::Stat { fid: fid(r)? },
        TWSTAT => Tmsg::Wstat { fid: fid(r)?, stat: counted_stat(r)? },
        other => return Err(DecodeError::UnknownType(other)),
    };
    reader.end()?;
    Ok(tmsg)
}

/// Reads the reply in a frame. Its tag is the frame's.
///
/// # Errors
/// The bytes are not exactly one R-message.
pub fn decode_rmsg(frame: &Frame<'_>, dialect: Dialect) -> Result<Rmsg, DecodeError> {
    let mut reader = Reader::new(frame.bytes(), dialect);
    let kind = header(&mut reader)?;
    let r = &mut reader;
    let rmsg = match kind {
        RREAD => Rmsg::Read { data: r.data(frame)? },
        RWRITE => Rmsg::Write { count: r.u32()? },
        RVERSION => Rmsg::Version { msize: r.u32()?, version: r.text()? },
        RAUTH => Rmsg::Auth { aqid: r.qid()? },
        RATTACH => Rmsg::Attach { qid: r.qid()? },
        RFLUSH => Rmsg::Flush,
        RWALK => {
            let count = usize::from(r.u16()?);
            if count > Limits::NAMES_MAX {
                return Err(DecodeError::TooManyNames);
            }
            Rmsg::Walk { qids: (0..count).map(|_| r.qid()).collect::<Result<_, _>>()? }
        }
        RCLUNK => Rmsg::Clunk,
        RREMOVE => Rmsg::Remove,
        _ if dialect == Dialect::Linux => linux::decode_rmsg(kind, frame, r)?,
        RERROR => {
            let text = cut(&r.text()?, ERROR_LEN_MAX).to_owned();
            let number = if r.is_unix() { i32::try_from(r.u32()?).ok() } else { None };
            let error = match number.filter(|number| *number > 0) {
                Some(number) => Error::from_text(text, number),
                None => errstr::from_server(text),
            };
            Rmsg::Error { error }
        }
        ROPEN => Rmsg::Open { qid: r.qid()?, iounit: r.u32()? },
        RCREATE => Rmsg::Create { qid: r.qid()?, iounit: r.u32()? },
        RSTAT => Rmsg::Stat { stat: counted_stat(r)? },
        RWSTAT => Rmsg::Wstat,
        other => return Err(DecodeError::UnknownType(other)),
    };
    reader.end()?;
    Ok(rmsg)
}

/// Reads what a directory read returned: whole stats, one after the other (read(5)).
///
/// # Errors
/// The bytes are not whole stats.
pub fn decode_stats(bytes: &[u8], dialect: Dialect) -> Result<Vec<Stat>, DecodeError> {
    let mut reader = Reader::new(bytes, dialect);
    let mut stats = Vec::new();
    while !reader.is_at_end() {
        stats.push(stat(&mut reader)?);
    }
    Ok(stats)
}

/// Takes `size[4] type[1] tag[2]` and gives the type. The size is the frame's affair.
fn header(r: &mut Reader<'_>) -> Result<u8, DecodeError> {
    r.range(4)?;
    let kind = r.u8()?;
    r.range(2)?;
    Ok(kind)
}

fn fid(r: &mut Reader<'_>) -> Result<Fid, DecodeError> {
    r.u32().map(Fid)
}

/// The number of a user, where the dialect has one and the client says it.
fn n_uname(r: &mut Reader<'_>) -> Result<Option<u32>, DecodeError> {
    if r.dialect() == Dialect::Classic {
        return Ok(None);
    }
    r.u32().map(|number| Some(number).filter(|number| *number != NONUNAME))
}

/// A stat with the second count that Rstat and Twstat put in front of it (stat(5), BUGS).
fn counted_stat(r: &mut Reader<'_>) -> Result<Stat, DecodeError> {
    let len = r.u16()?;
    let mut inner = r.part(usize::from(len))?;
    let stat = stat(&mut inner)?;
    inner.end().map_err(|_| DecodeError::BadStat)?;
    Ok(stat)
}

fn stat(outer: &mut Reader<'_>) -> Result<Stat, DecodeError> {
    let len = outer.u16().map_err(|_| DecodeError::BadStat)?;
    let mut reader = outer.part(usize::from(len)).map_err(|_| DecodeError::BadStat)?;
    let stat = stat_body(&mut reader).map_err(|error| match error {
        DecodeError::Truncated => DecodeError::BadStat,
        other => other,
    })?;
    reader.end().map_err(|_| DecodeError::BadStat)?;
    Ok(stat)
}

fn stat_body(r: &mut Reader<'_>) -> Result<Stat, DecodeError> {
    let stat = Stat {
        kind: r.u16()?,
        dev: r.u32()?,
        qid: r.qid()?,
        mode: Mode(r.u32()?),
        atime: r.u32()?,
        mtime: r.u32()?,
        length: r.u64()?,
        name: r.text()?,
        uid: r.text()?,
        gid: r.text()?,
        muid: r.text()?,
        ..Stat::leave()
    };
    if !r.is_unix() {
        return Ok(stat);
    }
    Ok(Stat { extension: r.text()?, n_uid: r.u32()?, n_gid: r.u32()?, n_muid: r.u32()?, ..stat })
}
