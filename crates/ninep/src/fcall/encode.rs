//! Messages to bytes: all of 9P2000 and 9P2000.u, and what 9P2000.L has in common with them (fcall(2)).
//!
//! Everything but the data of Rread and Twrite is copied; large data goes into the outbox as it is.

use std::os::fd::OwnedFd;

use bytes::Bytes;

use super::wire::{put_qid, put_text};
use super::{NONUNAME, Outbox, Rmsg, Tmsg, is_secret, linux, wiping};
use crate::{Dialect, Qid, Stat, Tag};

/// Appends a request to what is to be sent, with the descriptors that go with it (unix sockets only).
pub fn encode_tmsg(tag: Tag, tmsg: &Tmsg, dialect: Dialect, descriptors: Vec<OwnedFd>, out: &mut Outbox) {
    let data = if let Tmsg::Write { data, .. } = tmsg { data.clone() } else { Bytes::new() };
    if descriptors.is_empty() && !is_secret(&data) {
        return out.message(|head| put_tmsg(head, tag, tmsg, dialect), data);
    }
    let mut whole = Vec::with_capacity(data.len() + TWRITE_LEN);
    whole.extend_from_slice(&total_len(data.len() + TWRITE_LEN));
    put_tmsg(&mut whole, tag, tmsg, dialect);
    whole.extend_from_slice(&data);
    out.alone(wiping(whole), descriptors);
}

/// Appends a reply to what is to be sent.
pub fn encode_rmsg(tag: Tag, rmsg: &Rmsg, dialect: Dialect, out: &mut Outbox) {
    let data = match rmsg {
        Rmsg::Read { data } | Rmsg::Readdir { data } => data.clone(),
        _ => Bytes::new(),
    };
    out.message(|head| put_rmsg(head, tag, rmsg, dialect), data);
}

/// Appends a stat, with its size in front: an entry of a directory read (stat(5)).
pub fn encode_stat(stat: &Stat, dialect: Dialect, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&[0; 2]);
    out.extend_from_slice(&stat.kind.to_le_bytes());
    out.extend_from_slice(&stat.dev.to_le_bytes());
    put_qid(out, &stat.qid);
    out.extend_from_slice(&stat.mode.0.to_le_bytes());
    out.extend_from_slice(&stat.atime.to_le_bytes());
    out.extend_from_slice(&stat.mtime.to_le_bytes());
    out.extend_from_slice(&stat.length.to_le_bytes());
    for text in [&stat.name, &stat.uid, &stat.gid, &stat.muid] {
        put_text(out, text, STAT_TEXT_LEN_MAX);
    }
    if dialect == Dialect::Unix {
        put_text(out, &stat.extension, STAT_TEXT_LEN_MAX);
        for number in [stat.n_uid, stat.n_gid, stat.n_muid] {
            out.extend_from_slice(&number.to_le_bytes());
        }
    }
    fill_u16(out, start);
}

/// Everything after `size[4]`, but for the data of Twrite.
fn put_tmsg(out: &mut Vec<u8>, tag: Tag, tmsg: &Tmsg, dialect: Dialect) {
    if let Tmsg::Linux(fcall) = tmsg {
        return linux::put(out, tag, fcall);
    }
    put_header(out, tmsg.number(), tag);
    match tmsg {
        Tmsg::Version { msize, version } => {
            out.extend_from_slice(&msize.to_le_bytes());
            put_text(out, version, u16::MAX);
        }
        Tmsg::Auth { afid, uname, aname, n_uname } => {
            out.extend_from_slice(&afid.0.to_le_bytes());
            put_text(out, uname, u16::MAX);
            put_text(out, aname, u16::MAX);
            put_n_uname(out, *n_uname, dialect);
        }
        Tmsg::Attach { fid, afid, uname, aname, n_uname } => {
            out.extend_from_slice(&fid.0.to_le_bytes());
            out.extend_from_slice(&afid.0.to_le_bytes());
            put_text(out, uname, u16::MAX);
            put_text(out, aname, u16::MAX);
            put_n_uname(out, *n_uname, dialect);
        }
        Tmsg::Flush { oldtag } => out.extend_from_slice(&oldtag.0.to_le_bytes()),
        Tmsg::Walk { fid, newfid, names } => {
            out.extend_from_slice(&fid.0.to_le_bytes());
            out.extend_from_slice(&newfid.0.to_le_bytes());
            out.extend_from_slice(&u16::try_from(names.len()).unwrap_or(u16::MAX).to_le_bytes());
            for name in names {
                put_text(out, name, u16::MAX);
            }
        }
        Tmsg::Open { fid, mode } => {
            out.extend_from_slice(&fid.0.to_le_bytes());
            out.push(mode.0);
        }
        Tmsg::Create { fid, name, perm, mode, extension } => {
            out.extend_from_slice(&fid.0.to_le_bytes());
            put_text(out, name, u16::MAX);
            out.extend_from_slice(&perm.0.to_le_bytes());
            out.push(mode.0);
            if dialect == Dialect::Unix {
                put_text(out, extension, u16::MAX);
            }
        }
        Tmsg::Read { fid, offset, count } => {
            out.extend_from_slice(&fid.0.to_le_bytes());
            out.extend_from_slice(&offset.to_le_bytes());
            out.extend_from_slice(&count.to_le_bytes());
        }
        Tmsg::Write { fid, offset, data } => {
            out.extend_from_slice(&fid.0.to_le_bytes());
            out.extend_from_slice(&offset.to_le_bytes());
            put_len(out, data);
        }
        Tmsg::Clunk { fid } | Tmsg::Remove { fid } | Tmsg::Stat { fid } => {
            out.extend_from_slice(&fid.0.to_le_bytes());
        }
        Tmsg::Wstat { fid, stat } => {
            out.extend_from_slice(&fid.0.to_le_bytes());
            put_counted_stat(out, stat, dialect);
        }
        Tmsg::Linux(_) => {}
    }
}

/// Everything after `size[4]`, but for the data of Rread and Rreaddir.
fn put_rmsg(out: &mut Vec<u8>, tag: Tag, rmsg: &Rmsg, dialect: Dialect) {
    if let Rmsg::Linux(fcall) = rmsg {
        return linux::put(out, tag, fcall);
    }
    if dialect == Dialect::Linux && linux::put_rmsg(out, tag, rmsg) {
        return;
    }
    put_header(out, rmsg.number(), tag);
    match rmsg {
        Rmsg::Version { msize, version } => {
            out.extend_from_slice(&msize.to_le_bytes());
            put_text(out, version, u16::MAX);
        }
        Rmsg::Auth { aqid } => put_qid(out, aqid),
        Rmsg::Attach { qid } => put_qid(out, qid),
        Rmsg::Error { error } => {
            put_text(out, &error.text, ERROR_LEN_MAX);
            if dialect == Dialect::Unix {
                out.extend_from_slice(&error.number().to_le_bytes());
            }
        }
        Rmsg::Flush | Rmsg::Clunk | Rmsg::Remove | Rmsg::Wstat => {}
        Rmsg::Walk { qids } => {
            out.extend_from_slice(&u16::try_from(qids.len()).unwrap_or(u16::MAX).to_le_bytes());
            for qid in qids {
                put_qid(out, qid);
            }
        }
        Rmsg::Open { qid, iounit } => put_opened(out, qid, *iounit),
        Rmsg::Create { qid, iounit } => put_opened(out, qid, *iounit),
        Rmsg::Read { data } | Rmsg::Readdir { data } => put_len(out, data),
        Rmsg::Write { count } => out.extend_from_slice(&count.to_le_bytes()),
        Rmsg::Stat { stat } => put_counted_stat(out, stat, dialect),
        Rmsg::Linux(_) => {}
    }
}

/// `type[1] tag[2]`; `size[4]` stands in front already.
fn put_header(out: &mut Vec<u8>, kind: u8, tag: Tag) {
    out.push(kind);
    out.extend_from_slice(&tag.0.to_le_bytes());
}

fn put_opened(out: &mut Vec<u8>, qid: &Qid, iounit: u32) {
    put_qid(out, qid);
    out.extend_from_slice(&iounit.to_le_bytes());
}

fn put_n_uname(out: &mut Vec<u8>, n_uname: Option<u32>, dialect: Dialect) {
    if dialect != Dialect::Classic {
        out.extend_from_slice(&n_uname.unwrap_or(NONUNAME).to_le_bytes());
    }
}

fn put_len(out: &mut Vec<u8>, data: &[u8]) {
    out.extend_from_slice(&total_len(data.len()));
}

fn put_counted_stat(out: &mut Vec<u8>, stat: &Stat, dialect: Dialect) {
    let start = out.len();
    out.extend_from_slice(&[0; 2]);
    encode_stat(stat, dialect, out);
    fill_u16(out, start);
}

/// Writes at `start` how many bytes follow the two there.
fn fill_u16(out: &mut [u8], start: usize) {
    let len = out.len().saturating_sub(start + 2);
    if let Some(place) = out.get_mut(start..start + 2) {
        place.copy_from_slice(&u16::try_from(len).unwrap_or(u16::MAX).to_le_bytes());
    }
}

/// A length as the wire has it. Nothing longer than msize is ever encoded, so the limit of four bytes is far away.
pub(super) fn total_len(len: usize) -> [u8; 4] {
    u32::try_from(len).unwrap_or(u32::MAX).to_le_bytes()
}

/// Bytes of an error's text: Plan 9's `ERRMAX` less its NUL. So an Rerror fits into every msize; what a server says beyond it is
/// not heard.
pub(super) const ERROR_LEN_MAX: u16 = 127;

/// Bytes of each text in a stat, so that five of them and the rest fit the stat's own count.
pub(super) const STAT_TEXT_LEN_MAX: u16 = 8 << 10;

/// Bytes of a Twrite in front of its data.
pub(super) const TWRITE_LEN: usize = 23;
