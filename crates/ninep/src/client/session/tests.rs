//! Tests of calls, given-up calls and the numbers they hold.

use bytes::Bytes;

use super::*;
use crate::Qid;
use crate::fcall::{decode_tmsg, encode_rmsg};

/// Gives the session a reply.
fn reply(session: &mut Session, tag: Tag, rmsg: &Rmsg, out: &mut Outbox) -> Result<Option<Tag>, Error> {
    let mut bytes = Outbox::new();
    encode_rmsg(tag, rmsg, DIALECT, &mut bytes);
    session.recv(&Frame::whole(&bytes.take()).unwrap(), out)
}

/// What the session sent since the last time.
fn sent(out: &mut Outbox) -> Vec<(Tag, Tmsg)> {
    let bytes = out.take();
    let mut rest = &bytes[..];
    let mut messages = Vec::new();
    while let Some(size) = rest.first_chunk::<4>() {
        let (message, after) = rest.split_at(u32::from_le_bytes(*size) as usize);
        let frame = Frame::whole(message).unwrap();
        messages.push((frame.tag(), decode_tmsg(&frame, DIALECT).unwrap()));
        rest = after;
    }
    messages
}

fn walk(session: &mut Session, out: &mut Outbox) -> (Tag, Fid) {
    let newfid = session.new_fid();
    let tmsg = Tmsg::Walk { fid: Fid(100), newfid, names: vec!["a".into(), "b".into()] };
    let tag = session.call(&tmsg, Vec::new(), out).unwrap();
    assert_eq!(sent(out), [(tag, tmsg)]);
    (tag, newfid)
}

fn walked(count: usize) -> Rmsg {
    Rmsg::Walk { qids: vec![Qid::file(1); count] }
}

#[test]
fn the_server_may_only_shorten_messages() {
    for (msize, version, is_good) in [
        (8192, "9P2000", true),
        (Limits::MSIZE_MAX, "9P2000", true),
        (Limits::MSIZE_MAX + 1, "9P2000", false),
        (255, "9P2000", false),
        (8192, "unknown", false),
        (8192, "9P2000.L", false),
    ] {
        let (mut session, mut out) = (Session::new(), Outbox::new());
        let tag = session.version(&mut out);
        let rmsg = Rmsg::Version { msize, version: version.into() };
        assert_eq!(reply(&mut session, tag, &rmsg, &mut out), Ok(Some(tag)));
        assert_eq!(session.take(tag).unwrap().is_ok(), is_good, "{msize} {version}");
        assert_eq!(session.msize(), if is_good { msize } else { Limits::MSIZE_MAX });
    }
}

#[test]
fn a_given_up_walk_that_succeeds_after_all_is_clunked() {
    let (mut session, mut out) = (Session::new(), Outbox::new());
    let (tag, fid) = walk(&mut session, &mut out);
    session.give_up(tag, &mut out);
    let flush = sent(&mut out);
    assert_eq!(flush[0].1, Tmsg::Flush { oldtag: tag });
    assert_eq!(reply(&mut session, tag, &walked(2), &mut out), Ok(None));
    let clunk = sent(&mut out);
    assert_eq!(clunk[0].1, Tmsg::Clunk { fid });
    assert_eq!(reply(&mut session, flush[0].0, &Rmsg::Flush, &mut out), Ok(None));
    assert_ne!(session.new_fid(), fid);
    assert_eq!(reply(&mut session, clunk[0].0, &Rmsg::Clunk, &mut out), Ok(None));
    assert_eq!(session.new_fid(), fid);
}

#[test]
fn a_given_up_walk_that_fails_or_is_flushed_frees_its_fid() {
    for rmsg in [Some(walked(1)), Some(Rmsg::Error { error: errstr::DOES_NOT_EXIST }), None] {
        let (mut session, mut out) = (Session::new(), Outbox::new());
        let (tag, fid) = walk(&mut session, &mut out);
        session.give_up(tag, &mut out);
        let flush = sent(&mut out);
        if let Some(rmsg) = rmsg {
            assert_eq!(reply(&mut session, tag, &rmsg, &mut out), Ok(None));
        }
        assert_eq!(reply(&mut session, flush[0].0, &Rmsg::Flush, &mut out), Ok(None));
        assert_eq!(sent(&mut out), []);
        assert_eq!(session.new_fid(), fid);
        // Nothing is left: both tags may come again.
        assert!(session.calls.is_empty());
    }
}

#[test]
fn a_walk_given_up_with_its_result_untaken_is_clunked() {
    let (mut session, mut out) = (Session::new(), Outbox::new());
    let (tag, fid) = walk(&mut session, &mut out);
    assert_eq!(reply(&mut session, tag, &walked(2), &mut out), Ok(Some(tag)));
    session.give_up(tag, &mut out);
    assert_eq!(sent(&mut out)[0].1, Tmsg::Clunk { fid });
}

#[test]
fn a_failed_walk_frees_its_fid_and_one_that_succeeds_keeps_it() {
    for (count, is_free) in [(1, true), (2, false)] {
        let (mut session, mut out) = (Session::new(), Outbox::new());
        let (tag, fid) = walk(&mut session, &mut out);
        assert_eq!(reply(&mut session, tag, &walked(count), &mut out), Ok(Some(tag)));
        assert_eq!(session.take(tag), Some(Ok(walked(count))));
        assert_eq!(session.new_fid() == fid, is_free);
    }
}

#[test]
fn a_flushed_tag_is_not_used_before_the_flush_is_answered() {
    let (mut session, mut out) = (Session::new(), Outbox::new());
    let read = Tmsg::Read { fid: Fid(1), offset: 0, count: 1 };
    let tag = session.call(&read, Vec::new(), &mut out).unwrap();
    session.give_up(tag, &mut out);
    // All the way round.
    for _ in 0..u32::from(u16::MAX) {
        let other = session.call(&Tmsg::Stat { fid: Fid(1) }, Vec::new(), &mut out).unwrap();
        assert_ne!(other, tag);
        session.calls.remove(&other);
        drop(out.take());
    }
    assert_eq!(reply(&mut session, tag, &Rmsg::Read { data: Bytes::new() }, &mut out), Ok(None));
    // A second reply is against the protocol, given up or not.
    assert_eq!(
        reply(&mut session, tag, &Rmsg::Read { data: Bytes::new() }, &mut out),
        Err(errstr::BAD_MESSAGE)
    );
}

#[test]
fn a_reply_of_the_wrong_type_or_tag_ends_the_connection() {
    let (mut session, mut out) = (Session::new(), Outbox::new());
    let tag = session.call(&Tmsg::Stat { fid: Fid(1) }, Vec::new(), &mut out).unwrap();
    assert_eq!(reply(&mut session, tag, &Rmsg::Clunk, &mut out), Err(errstr::BAD_MESSAGE));
    assert_eq!(reply(&mut session, Tag(999), &Rmsg::Clunk, &mut out), Err(errstr::BAD_MESSAGE));
}

#[test]
fn after_the_end_every_call_has_its_error() {
    let (mut session, mut out) = (Session::new(), Outbox::new());
    let stat = Tmsg::Stat { fid: Fid(1) };
    let tag = session.call(&stat, Vec::new(), &mut out).unwrap();
    session.hang_up(errstr::HUNGUP);
    assert_eq!(session.take(tag), Some(Err(errstr::HUNGUP)));
    assert_eq!(session.call(&stat, Vec::new(), &mut out), Err(errstr::HUNGUP));
}

#[test]
fn a_message_too_long_for_the_server_is_not_sent() {
    let (mut session, mut out) = (Session::new(), Outbox::new());
    let data = Bytes::from(vec![0; Limits::MSIZE_MAX as usize - 22]);
    let write = Tmsg::Write { fid: Fid(1), offset: 0, data };
    assert_eq!(session.call(&write, Vec::new(), &mut out), Err(errstr::BAD_ARG));
    let name = "x".repeat(9000);
    let walk = Tmsg::Walk { fid: Fid(1), newfid: session.new_fid(), names: vec![name] };
    assert_eq!(session.call(&walk, Vec::new(), &mut out), Err(errstr::BAD_ARG));
    assert!(out.is_empty());
}
