//! Messages to bytes, in the classic dialect (fcall(2)).
//!
//! Everything but the data of Rread and Twrite is copied; large data goes into the outbox as it is.

use std::os::fd::OwnedFd;

use bytes::Bytes;

use super::number::*;
use super::wire::{put_qid, put_text};
use super::{Outbox, Rmsg, Tmsg, is_secret, wiping};
use crate::{Stat, Tag};

/// Appends a request to what is to be sent, with the descriptors that go with it (unix sockets only).
pub fn encode_tmsg(tag: Tag, tmsg: &Tmsg, descriptors: Vec<OwnedFd>, out: &mut Outbox) {
    if let Tmsg::Write { fid, offset, data } = tmsg {
        let head = |head: &mut Vec<u8>| {
            put_header(head, TWRITE, tag);
            head.extend_from_slice(&fid.0.to_le_bytes());
            head.extend_from_slice(&offset.to_le_bytes());
            put_len(head, data);
        };
        if !descriptors.is_empty() || is_secret(data) {
            // Such a message travels alone: see `Outbox::alone`.
            let mut whole = Vec::with_capacity(data.len() + 23);
            whole.extend_from_slice(&total_len(23 + data.len()));
            head(&mut whole);
            whole.extend_from_slice(data);
            out.alone(wiping(whole), descriptors);
        } else {
            out.message(head, data.clone());
        }
        return;
    }
    out.message(|out| put_tmsg(out, tag, tmsg), Bytes::new());
}

/// Appends a reply to what is to be sent.
pub fn encode_rmsg(tag: Tag, rmsg: Rmsg, out: &mut Outbox) {
    if let Rmsg::Read { data } = rmsg {
        out.message(
            |head| {
                put_header(head, RREAD, tag);
                put_len(head, &data);
            },
            data.clone(),
        );
        return;
    }
    out.message(|out| put_rmsg(out, tag, &rmsg), Bytes::new());
}

/// Appends a stat, with its size in front: an entry of a directory read (stat(5)).
pub fn encode_stat(stat: &Stat, out: &mut Vec<u8>) {
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
    fill_u16(out, start);
}

fn put_tmsg(out: &mut Vec<u8>, tag: Tag, tmsg: &Tmsg) {
    match tmsg {
        Tmsg::Version { msize, version } => {
            put_header(out, TVERSION, tag);
            out.extend_from_slice(&msize.to_le_bytes());
            put_text(out, version, u16::MAX);
        }
        Tmsg::Auth { afid, uname, aname } => {
            put_header(out, TAUTH, tag);
            out.extend_from_slice(&afid.0.to_le_bytes());
            put_text(out, uname, u16::MAX);
            put_text(out, aname, u16::MAX);
        }
        Tmsg::Attach { fid, afid, uname, aname } => {
            put_header(out, TATTACH, tag);
            out.extend_from_slice(&fid.0.to_le_bytes());
            out.extend_from_slice(&afid.0.to_le_bytes());
            put_text(out, uname, u16::MAX);
            put_text(out, aname, u16::MAX);
        }
        Tmsg::Flush { oldtag } => {
            put_header(out, TFLUSH, tag);
            out.extend_from_slice(&oldtag.0.to_le_bytes());
        }
        Tmsg::Walk { fid, newfid, names } => {
            put_header(out, TWALK, tag);
            out.extend_from_slice(&fid.0.to_le_bytes());
            out.extend_from_slice(&newfid.0.to_le_bytes());
            out.extend_from_slice(&u16::try_from(names.len()).unwrap_or(u16::MAX).to_le_bytes());
            for name in names {
                put_text(out, name, u16::MAX);
            }
        }
        Tmsg::Open { fid, mode } => {
            put_header(out, TOPEN, tag);
            out.extend_from_slice(&fid.0.to_le_bytes());
            out.push(mode.0);
        }
        Tmsg::Create { fid, name, perm, mode } => {
            put_header(out, TCREATE, tag);
            out.extend_from_slice(&fid.0.to_le_bytes());
            put_text(out, name, u16::MAX);
            out.extend_from_slice(&perm.0.to_le_bytes());
            out.push(mode.0);
        }
        Tmsg::Read { fid, offset, count } => {
            put_header(out, TREAD, tag);
            out.extend_from_slice(&fid.0.to_le_bytes());
            out.extend_from_slice(&offset.to_le_bytes());
            out.extend_from_slice(&count.to_le_bytes());
        }
        Tmsg::Write { fid, offset, data } => {
            put_header(out, TWRITE, tag);
            out.extend_from_slice(&fid.0.to_le_bytes());
            out.extend_from_slice(&offset.to_le_bytes());
            put_len(out, data);
            out.extend_from_slice(data);
        }
        Tmsg::Clunk { fid } => put_fid(out, TCLUNK, tag, fid.0),
        Tmsg::Remove { fid } => put_fid(out, TREMOVE, tag, fid.0),
        Tmsg::Stat { fid } => put_fid(out, TSTAT, tag, fid.0),
        Tmsg::Wstat { fid, stat } => {
            put_fid(out, TWSTAT, tag, fid.0);
            put_counted_stat(out, stat);
        }
    }
}

fn put_rmsg(out: &mut Vec<u8>, tag: Tag, rmsg: &Rmsg) {
    match rmsg {
        Rmsg::Version { msize, version } => {
            put_header(out, RVERSION, tag);
            out.extend_from_slice(&msize.to_le_bytes());
            put_text(out, version, u16::MAX);
        }
        Rmsg::Auth { aqid } => {
            put_header(out, RAUTH, tag);
            put_qid(out, aqid);
        }
        Rmsg::Attach { qid } => {
            put_header(out, RATTACH, tag);
            put_qid(out, qid);
        }
        Rmsg::Error { error } => {
            put_header(out, RERROR, tag);
            put_text(out, &error.text, ERROR_LEN_MAX);
        }
        Rmsg::Flush => put_header(out, RFLUSH, tag),
        Rmsg::Walk { qids } => {
            put_header(out, RWALK, tag);
            out.extend_from_slice(&u16::try_from(qids.len()).unwrap_or(u16::MAX).to_le_bytes());
            for qid in qids {
                put_qid(out, qid);
            }
        }
        Rmsg::Open { qid, iounit } => put_opened(out, ROPEN, tag, qid, *iounit),
        Rmsg::Create { qid, iounit } => put_opened(out, RCREATE, tag, qid, *iounit),
        Rmsg::Read { data } => {
            put_header(out, RREAD, tag);
            put_len(out, data);
            out.extend_from_slice(data);
        }
        Rmsg::Write { count } => {
            put_header(out, RWRITE, tag);
            out.extend_from_slice(&count.to_le_bytes());
        }
        Rmsg::Clunk => put_header(out, RCLUNK, tag),
        Rmsg::Remove => put_header(out, RREMOVE, tag),
        Rmsg::Stat { stat } => {
            put_header(out, RSTAT, tag);
            put_counted_stat(out, stat);
        }
        Rmsg::Wstat => put_header(out, RWSTAT, tag),
    }
}

/// type[1] tag[2]; size[4] stands in front already.
fn put_header(out: &mut Vec<u8>, kind: u8, tag: Tag) {
    out.push(kind);
    out.extend_from_slice(&tag.0.to_le_bytes());
}

fn put_fid(out: &mut Vec<u8>, kind: u8, tag: Tag, fid: u32) {
    put_header(out, kind, tag);
    out.extend_from_slice(&fid.to_le_bytes());
}

fn put_opened(out: &mut Vec<u8>, kind: u8, tag: Tag, qid: &crate::Qid, iounit: u32) {
    put_header(out, kind, tag);
    put_qid(out, qid);
    out.extend_from_slice(&iounit.to_le_bytes());
}

fn put_len(out: &mut Vec<u8>, data: &[u8]) {
    out.extend_from_slice(&total_len(data.len()));
}

fn put_counted_stat(out: &mut Vec<u8>, stat: &Stat) {
    let start = out.len();
    out.extend_from_slice(&[0; 2]);
    encode_stat(stat, out);
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

/// Bytes of an error's text: Plan 9's `ERRMAX` less its NUL. So an Rerror fits into every msize.
const ERROR_LEN_MAX: u16 = 127;

/// Bytes of each text in a stat, so that four of them and the rest fit the stat's own count.
const STAT_TEXT_LEN_MAX: u16 = 8 << 10;
