//! A client of the device and the model of it: what it should hold, as the replies say, and what it waits for.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use devtls::Device;
use ninep::fcall::{Frame, Inbox, Outbox, Rmsg, Tmsg, decode_rmsg, encode_tmsg};
use ninep::server::Session;
use ninep::{Caller, Dialect, Fid, Limits, Tag};

use super::Seen;

/// A client's session, and what it should hold.
pub(super) struct Client {
    pub(super) user: String,
    pub(super) session: Session<Device>,
    pub(super) out: Outbox,
    next_tag: u16,
    /// What stands for something: the conversation's file that is open, if one is.
    pub(super) fids: BTreeMap<u32, Option<u64>>,
    /// Requests without a reply.
    pub(super) owed: BTreeMap<u16, Asked>,
}

/// What a request means for the model.
#[derive(Debug)]
pub(super) enum Asked {
    Nothing,
    Attach(u32),
    Walk { newfid: u32, name_count: usize },
    Open(u32),
    Leave(u32),
    Flush(u16),
    Read(u32),
    Version,
}

impl Client {
    pub(super) fn new(user: String, device: &Arc<Device>) -> Client {
        let caller = Caller { uid: Some(1000), gid: Some(1000), pid: None, user: user.clone() };
        Client {
            user,
            session: Session::new(Arc::clone(device), caller, Limits::default()),
            out: Outbox::new(),
            next_tag: 0,
            fids: BTreeMap::new(),
            owed: BTreeMap::new(),
        }
    }

    /// Agrees on a version, which ends whatever there was, and attaches.
    pub(super) fn begin(&mut self, seen: &mut Seen) {
        let version = Tmsg::Version { msize: 65_536 + 24, version: "9P2000".to_owned() };
        self.owed.clear();
        self.fids.clear();
        self.ask(version, Vec::new(), Asked::Version, seen);
        let attach = Tmsg::Attach {
            fid: Fid(0),
            afid: Fid::NOFID,
            uname: self.user.clone(),
            aname: String::new(),
            n_uname: None,
        };
        self.ask(attach, Vec::new(), Asked::Attach(0), seen);
    }

    pub(super) fn ask(&mut self, tmsg: Tmsg, fds: Vec<OwnedFd>, asked: Asked, seen: &mut Seen) {
        let tag = if matches!(asked, Asked::Version) { Tag::NOTAG.0 } else { self.free_tag() };
        self.owed.insert(tag, asked);
        self.session.tmsg(Tag(tag), tmsg, fds, &mut self.out);
        self.session.go_on(&mut self.out);
        self.take_replies(seen);
    }

    /// Sends requests so that each finds the next one there already.
    pub(super) fn ask_together(&mut self, asks: Vec<(Tmsg, Asked)>, seen: &mut Seen) {
        let mut sent = Vec::new();
        for (tmsg, asked) in asks {
            let tag = self.free_tag();
            self.owed.insert(tag, asked);
            let mut out = Outbox::new();
            encode_tmsg(Tag(tag), &tmsg, Dialect::Classic, Vec::new(), &mut out);
            sent.extend(out.take());
        }
        let mut inbox = Inbox::new(self.session.msize());
        let mut rest = &sent[..];
        while !rest.is_empty() {
            let space = inbox.space();
            let (now, after) = rest.split_at(space.len().min(rest.len()));
            space[..now.len()].copy_from_slice(now);
            inbox.received(now.len(), None);
            rest = after;
            while let Some((frame, descriptors)) = inbox.cut().expect("messages") {
                self.session.recv(&frame, descriptors, &mut self.out);
                self.session.go_on(&mut self.out);
            }
        }
        self.take_replies(seen);
    }

    fn free_tag(&mut self) -> u16 {
        self.next_tag = self.next_free_tag();
        self.next_tag
    }

    pub(super) fn next_free_tag(&self) -> u16 {
        let after = (1..=1000).map(|step| (self.next_tag + step) % 1000);
        after.into_iter().find(|tag| !self.owed.contains_key(tag)).expect("fewer are owed")
    }

    pub(super) fn take_replies(&mut self, seen: &mut Seen) {
        let bytes = self.out.take();
        let mut rest = &bytes[..];
        while let Some(len) = rest.first_chunk().map(|len| u32::from_le_bytes(*len) as usize) {
            let (message, after) = rest.split_at(len);
            let frame = Frame::whole(message).expect("a whole message");
            let rmsg = decode_rmsg(&frame, Dialect::Classic).expect("a reply");
            self.replied(frame.tag().0, rmsg, seen);
            rest = after;
        }
    }

    fn replied(&mut self, tag: u16, rmsg: Rmsg, seen: &mut Seen) {
        let asked = self.owed.remove(&tag).unwrap_or_else(|| panic!("nobody waits for {tag}: {rmsg:?}"));
        let kind = match (&asked, &rmsg) {
            (_, Rmsg::Error { error }) => {
                assert!(!error.text.is_empty() && error.text.len() < 128, "{}", error.text);
                seen.errors.insert(error.text.to_string());
                "error"
            }
            (Asked::Read(count), Rmsg::Read { data }) => {
                assert!(data.len() <= *count as usize);
                let state = std::str::from_utf8(data).ok().and_then(|text| text.strip_prefix("State: "));
                if let Some(state) = state.and_then(|text| text.lines().next()) {
                    *seen.states.entry(state.to_owned()).or_default() += 1;
                }
                "read"
            }
            (Asked::Nothing, Rmsg::Write { .. }) => "write",
            (Asked::Nothing, Rmsg::Stat { .. } | Rmsg::Wstat) => "stat",
            (Asked::Attach(fid), Rmsg::Attach { .. }) => {
                self.fids.insert(*fid, None);
                "attach"
            }
            (Asked::Walk { newfid, name_count }, Rmsg::Walk { qids }) => {
                if qids.len() == *name_count {
                    self.fids.insert(*newfid, None);
                }
                "walk"
            }
            (Asked::Open(fid), Rmsg::Open { qid, .. }) => {
                // The files of a conversation have types from 7 on; everything before holds none open.
                let file = (qid.path & 31 >= 7).then_some(qid.path);
                self.fids.insert(*fid, file);
                "open"
            }
            (Asked::Leave(_), Rmsg::Clunk | Rmsg::Remove) => "leave",
            (Asked::Flush(oldtag), Rmsg::Flush) => {
                self.owed.remove(oldtag);
                "flush"
            }
            (Asked::Version, Rmsg::Version { .. }) => "version",
            _ => panic!("{rmsg:?} answers {asked:?}"),
        };
        if let Asked::Leave(fid) = asked {
            // Whatever the reply says, the fid is gone; where it stood for nothing, so it was before.
            self.fids.remove(&fid);
        }
        *seen.replies.entry(kind).or_default() += 1;
    }
}
