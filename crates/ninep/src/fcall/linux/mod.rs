//! The messages that only 9P2000.L has: rs9p's types and codec, behind our doors.
//!
//! rs9p believes what a message says about its own length, cuts long texts wrongly and knows an older Tfsync. So it is given whole
//! frames alone, of the types in [`REQUESTS`] and [`REPLIES`]; what it did not use up is an error; texts are checked after it and
//! cut before it; and the data of a directory read never goes through it. Messages that are the same in every dialect stay with
//! the codec beside this room.

mod errno;
mod print;

use rs9p::fcall::{DirEntry, FCall, Msg, MsgType, QId, QIdType};
use rs9p::serialize::{Encodable, read_msg, write_msg};

use super::wire::{Reader, cut};
use super::{DecodeError, Frame, Rmsg, Tmsg};
use crate::{Qid, QidType, Tag};

pub(crate) use errno::errno_of;
pub(super) use print::print;

/// The requests that Linux may send beside those of every dialect.
const REQUESTS: [MsgType; 19] = [
    MsgType::TStatFs,
    MsgType::TlOpen,
    MsgType::TlCreate,
    MsgType::TSymlink,
    MsgType::TMkNod,
    MsgType::TRename,
    MsgType::TReadLink,
    MsgType::TGetAttr,
    MsgType::TSetAttr,
    MsgType::TxAttrWalk,
    MsgType::TxAttrCreate,
    MsgType::TReadDir,
    MsgType::TFSync,
    MsgType::TLock,
    MsgType::TGetLock,
    MsgType::TLink,
    MsgType::TMkDir,
    MsgType::TRenameAt,
    MsgType::TUnlinkAt,
];

/// Their replies, but for that to Treaddir, and the one that says that a request failed.
const REPLIES: [MsgType; 19] = [
    MsgType::RlError,
    MsgType::RStatFs,
    MsgType::RlOpen,
    MsgType::RlCreate,
    MsgType::RSymlink,
    MsgType::RMkNod,
    MsgType::RRename,
    MsgType::RReadLink,
    MsgType::RGetAttr,
    MsgType::RSetAttr,
    MsgType::RxAttrWalk,
    MsgType::RxAttrCreate,
    MsgType::RFSync,
    MsgType::RLock,
    MsgType::RGetLock,
    MsgType::RLink,
    MsgType::RMkDir,
    MsgType::RRenameAt,
    MsgType::RUnlinkAt,
];

/// The number of a message's type on the wire.
pub(super) fn number(fcall: &FCall) -> u8 {
    MsgType::from(fcall) as u8
}

/// Reads the request of type `kind` in a frame; `r` stands after its header.
pub(super) fn decode_tmsg(kind: u8, frame: &Frame<'_>, r: &mut Reader<'_>) -> Result<Tmsg, DecodeError> {
    if kind == MsgType::TFSync as u8 {
        let fid = r.u32()?;
        // Whether only the data matters: newer clients say so, older ones end here.
        if !r.is_at_end() {
            r.u32()?;
        }
        return Ok(Tmsg::Linux(FCall::TFSync { fid }));
    }
    decode(kind, &REQUESTS, frame, r).map(Tmsg::Linux)
}

/// Reads the reply of type `kind` in a frame; `r` stands after its header.
pub(super) fn decode_rmsg(kind: u8, frame: &Frame<'_>, r: &mut Reader<'_>) -> Result<Rmsg, DecodeError> {
    if kind == MsgType::RReadDir as u8 {
        return Ok(Rmsg::Readdir { data: r.data(frame)? });
    }
    Ok(match decode(kind, &REPLIES, frame, r)? {
        FCall::RlError { ecode } => Rmsg::Error { error: errno::error(ecode) },
        FCall::RlOpen { qid, iounit } => Rmsg::Open { qid: from_qid(qid), iounit },
        FCall::RlCreate { qid, iounit } => Rmsg::Create { qid: from_qid(qid), iounit },
        other => Rmsg::Linux(other),
    })
}

/// Has rs9p read a message of one of these types.
fn decode(kind: u8, types: &[MsgType], frame: &Frame<'_>, r: &mut Reader<'_>) -> Result<FCall, DecodeError> {
    if types.iter().all(|known| *known as u8 != kind) {
        return Err(DecodeError::UnknownType(kind));
    }
    r.skip_rest();
    let mut bytes = frame.bytes().get(SIZE_LEN..).unwrap_or_default();
    let msg = read_msg(&mut bytes).map_err(|error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => DecodeError::Truncated,
        _ => DecodeError::BadText,
    })?;
    if !bytes.is_empty() {
        return Err(DecodeError::Trailing);
    }
    let mut fcall = msg.body;
    if texts(&mut fcall).iter().any(|text| text.contains('\0')) {
        return Err(DecodeError::BadText);
    }
    Ok(fcall)
}

/// Appends a message, all but its size.
pub(super) fn put(out: &mut Vec<u8>, tag: Tag, fcall: &FCall) {
    let mut body = fcall.clone();
    for text in texts(&mut body) {
        text.truncate(cut(text, u16::MAX).len());
    }
    // A Vec takes whatever is written.
    let _ = write_msg(out, &Msg { tag: tag.0, body });
}

/// Appends a reply, all but its size, if this dialect has another form of it than the others.
pub(super) fn put_rmsg(out: &mut Vec<u8>, tag: Tag, rmsg: &Rmsg) -> bool {
    let fcall = match rmsg {
        Rmsg::Error { error } => FCall::RlError { ecode: error.number() },
        Rmsg::Open { qid, iounit } => FCall::RlOpen { qid: to_qid(*qid), iounit: *iounit },
        Rmsg::Create { qid, iounit } => FCall::RlCreate { qid: to_qid(*qid), iounit: *iounit },
        _ => return false,
    };
    put(out, tag, &fcall);
    true
}

/// An entry of a directory, as Treaddir reads it.
pub(crate) struct Entry<'a> {
    /// What it is called.
    pub(crate) name: &'a str,
    /// The file.
    pub(crate) qid: Qid,
    /// Where a read goes on after it.
    pub(crate) offset: u64,
}

/// Appends an entry of a directory read.
pub(crate) fn encode_entry(entry: &Entry<'_>, out: &mut Vec<u8>) {
    let typ = if entry.qid.is_dir() { DT_DIR } else { DT_REG };
    let name = cut(entry.name, super::encode::STAT_TEXT_LEN_MAX).to_owned();
    // A Vec takes whatever is written.
    let _ = DirEntry { qid: to_qid(entry.qid), offset: entry.offset, typ, name }.encode(out);
}

/// The form that rs9p has for a qid.
pub(crate) fn to_qid(qid: Qid) -> QId {
    QId { typ: QIdType::from_bits_retain(qid.kind.0), version: qid.version, path: qid.path }
}

fn from_qid(qid: QId) -> Qid {
    Qid { kind: QidType(qid.typ.bits()), version: qid.version, path: qid.path }
}

/// The texts of a message.
fn texts(fcall: &mut FCall) -> Vec<&mut String> {
    match fcall {
        FCall::TlCreate { name, .. }
        | FCall::TMkNod { name, .. }
        | FCall::TRename { name, .. }
        | FCall::TxAttrWalk { name, .. }
        | FCall::TxAttrCreate { name, .. }
        | FCall::TLink { name, .. }
        | FCall::TMkDir { name, .. }
        | FCall::TUnlinkAt { name, .. } => vec![name],
        FCall::TSymlink { name, symtgt, .. } => vec![name, symtgt],
        FCall::TRenameAt { oldname, newname, .. } => vec![oldname, newname],
        FCall::TLock { flock, .. } => vec![&mut flock.client_id],
        FCall::TGetLock { flock, .. } | FCall::RGetLock { flock } => vec![&mut flock.client_id],
        FCall::RReadLink { target } => vec![target],
        _ => Vec::new(),
    }
}

/// Bytes of `size[4]`, which rs9p leaves to others.
const SIZE_LEN: usize = 4;

/// The kinds of file that getdents(2) tells apart.
const DT_DIR: u8 = 4;
const DT_REG: u8 = 8;
