//! Session: which tags and fids are taken, what each call waits for, and what becomes of calls that nobody waits for any more.
//!
//! **Invariants.** A tag is used again only when no reply to it can come. A fid that a given-up call made after all is clunked. A
//! reply of the wrong type ends the connection: nothing it says can be trusted.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;

use tracing::debug;

use crate::fcall::{Frame, Line, Outbox, Rmsg, Tmsg, decode_rmsg, encode_tmsg};
use crate::{Dialect, Error, Fid, Limits, Tag, errstr};

/// The client's side of a connection.
#[derive(Debug)]
pub struct Session {
    /// Bytes of the longest message, asked for and then agreed on.
    msize: u32,
    calls: BTreeMap<Tag, Call>,
    next_tag: u16,
    next_fid: u32,
    free_fids: Vec<Fid>,
    /// Why no call can succeed any more.
    ended: Option<Error>,
}

/// A request whose reply has not come, or has not been taken.
#[derive(Debug)]
struct Call {
    /// The type of its reply.
    number: u8,
    /// What becomes of a fid by it.
    fid: Fate,
    state: State,
}

/// What a request does to the number of a fid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Nothing.
    None,
    /// It stands for something if the request succeeds, having walked so many elements.
    Made(Fid, usize),
    /// It is free after the reply, whatever that says.
    Freed(Fid),
}

#[derive(Debug)]
enum State {
    /// Somebody waits.
    Waits,
    /// The result waits to be taken.
    Done(Result<Rmsg, Error>),
    /// Nobody waits, but the reply is wanted: a clunk.
    Unheard,
    /// Nobody waits; a Tflush was sent.
    GivenUp,
    /// Nobody waits; the reply came, that to the Tflush has not.
    Late,
    /// It is a Tflush, of that request.
    Flush(Tag),
}

impl Session {
    /// Makes the session of a new connection.
    #[must_use]
    pub fn new() -> Self {
        Self {
            msize: Limits::MSIZE_MAX,
            calls: BTreeMap::new(),
            next_tag: 0,
            next_fid: 0,
            free_fids: Vec::new(),
            ended: None,
        }
    }

    /// Asks for the version: the first message of a connection. Its reply is taken with tag [`Tag::NOTAG`].
    pub fn version(&mut self, out: &mut Outbox) -> Tag {
        let tmsg = Tmsg::Version { msize: self.msize, version: DIALECT.version().to_owned() };
        self.send(Tag::NOTAG, &tmsg, Vec::new(), State::Waits, out);
        Tag::NOTAG
    }

    /// Sends a request, with descriptors where there are any; its result is to be taken by the tag. A fid that the request was to
    /// make is free again if it fails.
    ///
    /// # Errors
    /// The connection has ended; too many calls are under way; the message is longer than a server takes.
    pub fn call(&mut self, tmsg: &Tmsg, descriptors: Vec<OwnedFd>, out: &mut Outbox) -> Result<Tag, Error> {
        let tag = match &self.ended {
            Some(error) => Err(error.clone()),
            None if !self.fits(tmsg) || descriptors.len() > Limits::DESCRIPTORS_MAX => Err(errstr::BAD_ARG),
            None if self.calls.len() >= CALLS_MAX => Err(errstr::TOO_MANY_TAGS),
            None => self.free_tag(),
        };
        match tag {
            Ok(tag) => self.send(tag, tmsg, descriptors, State::Waits, out),
            Err(_) => self.free_unmade(Fate::of(tmsg)),
        }
        tag
    }

    /// Clunks a fid; nobody waits for the reply.
    pub fn clunk(&mut self, fid: Fid, out: &mut Outbox) {
        // Without a tag the fid is lost, and the server forgets it at the end of the connection.
        if self.ended.is_none()
            && let Ok(tag) = self.free_tag()
        {
            self.send(tag, &Tmsg::Clunk { fid }, Vec::new(), State::Unheard, out);
        }
    }

    /// Takes a message; says whose result it is, if somebody waits for it.
    ///
    /// # Errors
    /// The server does not keep to the protocol: the connection is over.
    pub fn recv(&mut self, frame: &Frame<'_>, out: &mut Outbox) -> Result<Option<Tag>, Error> {
        let tag = frame.tag();
        let rmsg = decode_rmsg(frame, DIALECT).map_err(|error| error.error())?;
        debug!("-> {}", Line::r(tag, &rmsg, DIALECT));
        let call = self.calls.get_mut(&tag).ok_or(errstr::BAD_MESSAGE)?;
        if rmsg.number() != call.number && !matches!(rmsg, Rmsg::Error { .. }) {
            return Err(errstr::BAD_MESSAGE);
        }
        if let Fate::Freed(fid) = call.fid {
            self.free_fids.push(fid);
            call.fid = Fate::None;
        }
        match call.state {
            State::Waits => {
                call.state = State::Done(match rmsg {
                    Rmsg::Error { error } => Err(error),
                    rmsg => Ok(rmsg),
                });
                return Ok(Some(tag));
            }
            // The second reply to a request.
            State::Done(_) | State::Late => return Err(errstr::BAD_MESSAGE),
            State::Unheard => {
                self.calls.remove(&tag);
            }
            State::GivenUp => {
                call.state = State::Late;
                let fate = std::mem::replace(&mut call.fid, Fate::None);
                self.settle(fate, &rmsg, out);
            }
            State::Flush(oldtag) => {
                self.calls.remove(&tag);
                if let Some(flushed) = self.calls.remove(&oldtag) {
                    self.free_unmade(flushed.fid);
                }
            }
        }
        Ok(None)
    }

    /// Takes a call's result, if it is there.
    pub fn take(&mut self, tag: Tag) -> Option<Result<Rmsg, Error>> {
        if !matches!(self.calls.get(&tag)?.state, State::Done(_)) {
            return None;
        }
        let call = self.calls.remove(&tag)?;
        let State::Done(result) = call.state else { return None };
        if !result.as_ref().is_ok_and(|rmsg| call.fid.is_made_by(rmsg)) {
            self.free_unmade(call.fid);
        }
        match &result {
            Ok(Rmsg::Version { msize, version }) => Some(self.agreed(*msize, version).and(result)),
            _ => Some(result),
        }
    }

    /// Nobody waits for a call any more: flushes it, unless it is a clunk, which is to happen all the same.
    pub fn give_up(&mut self, tag: Tag, out: &mut Outbox) {
        let Some(call) = self.calls.get_mut(&tag) else { return };
        match (&call.state, call.fid) {
            (State::Done(result), fate) => {
                let rmsg = result.as_ref().ok().cloned().unwrap_or(Rmsg::Flush);
                self.calls.remove(&tag);
                self.settle(fate, &rmsg, out);
            }
            (State::Waits, Fate::Freed(_)) => call.state = State::Unheard,
            (State::Waits, _) => {
                call.state = State::GivenUp;
                match self.free_tag() {
                    Ok(flush) => {
                        self.send(flush, &Tmsg::Flush { oldtag: tag }, Vec::new(), State::Flush(tag), out);
                    }
                    Err(error) => self.hang_up(error),
                }
            }
            _ => {}
        }
    }

    /// The connection has ended: every call that waits has this result, and so has every later one.
    pub fn hang_up(&mut self, error: Error) {
        self.calls.retain(|_, call| matches!(call.state, State::Waits | State::Done(_)));
        for call in self.calls.values_mut() {
            if matches!(call.state, State::Waits) {
                call.state = State::Done(Err(error.clone()));
            }
        }
        self.ended.get_or_insert(error);
    }

    /// A number for the fid that the next attach or walk makes.
    pub fn new_fid(&mut self) -> Fid {
        self.free_fids.pop().unwrap_or_else(|| {
            let fid = Fid(self.next_fid);
            self.next_fid = self.next_fid.wrapping_add(1);
            fid
        })
    }

    /// Bytes of the longest message.
    #[must_use]
    pub fn msize(&self) -> u32 {
        self.msize
    }

    fn send(&mut self, tag: Tag, tmsg: &Tmsg, descriptors: Vec<OwnedFd>, state: State, out: &mut Outbox) {
        debug!("<- {}", Line::t(tag, tmsg, DIALECT));
        self.calls.insert(tag, Call { number: tmsg.number() + 1, fid: Fate::of(tmsg), state });
        encode_tmsg(tag, tmsg, DIALECT, descriptors, out);
    }

    /// The server's answer to the version: it may ask for shorter messages, and for nothing else.
    fn agreed(&mut self, msize: u32, version: &str) -> Result<(), Error> {
        if version != DIALECT.version() || !(Limits::MSIZE_REFUSED_BELOW..=self.msize).contains(&msize) {
            return Err(errstr::BAD_VERSION);
        }
        self.msize = msize;
        Ok(())
    }

    /// A request that nobody waits for was answered: what it made is clunked.
    fn settle(&mut self, fate: Fate, rmsg: &Rmsg, out: &mut Outbox) {
        match fate {
            Fate::Made(fid, _) if fate.is_made_by(rmsg) => self.clunk(fid, out),
            _ => self.free_unmade(fate),
        }
    }

    /// The fid that a request was to make is not made.
    fn free_unmade(&mut self, fate: Fate) {
        if let Fate::Made(fid, _) = fate {
            self.free_fids.push(fid);
        }
    }

    /// The next tag that is not taken. They go round, so that a server's mistakes are seen.
    fn free_tag(&mut self) -> Result<Tag, Error> {
        for _ in 0..Tag::NOTAG.0 {
            let tag = Tag(self.next_tag);
            self.next_tag = (self.next_tag + 1) % Tag::NOTAG.0;
            if !self.calls.contains_key(&tag) {
                return Ok(tag);
            }
        }
        Err(errstr::TOO_MANY_TAGS)
    }

    /// Whether a message is no longer than the server takes.
    fn fits(&self, tmsg: &Tmsg) -> bool {
        let texts_len = match tmsg {
            Tmsg::Write { data, .. } => return data.len() + TWRITE_LEN <= self.msize as usize,
            Tmsg::Attach { uname, aname, .. } | Tmsg::Auth { uname, aname, .. } => uname.len() + aname.len(),
            Tmsg::Walk { names, .. } if names.len() > Limits::NAMES_MAX => return false,
            Tmsg::Walk { names, .. } => names.iter().map(|name| name.len() + 2).sum(),
            Tmsg::Create { name, .. } => name.len(),
            Tmsg::Wstat { stat, .. } => stat.name.len() + stat.uid.len() + stat.gid.len() + stat.muid.len(),
            _ => 0,
        };
        texts_len + NUMBERS_LEN <= (self.msize.min(Limits::MSIZE_MIN)) as usize
    }
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

impl Fate {
    fn of(tmsg: &Tmsg) -> Self {
        match tmsg {
            Tmsg::Attach { fid, .. } => Self::Made(*fid, 0),
            Tmsg::Walk { fid, newfid, names } if fid != newfid => Self::Made(*newfid, names.len()),
            Tmsg::Clunk { fid } | Tmsg::Remove { fid } => Self::Freed(*fid),
            _ => Self::None,
        }
    }

    /// Whether the reply says that the fid now stands for something.
    fn is_made_by(self, rmsg: &Rmsg) -> bool {
        match (self, rmsg) {
            (Self::Made(_, count), Rmsg::Walk { qids }) => qids.len() == count,
            (Self::Made(..), Rmsg::Attach { .. }) => true,
            _ => false,
        }
    }
}

/// All that a client needs is in the dialect that every server speaks.
const DIALECT: Dialect = Dialect::Classic;

/// Calls under way at one time: so few that each can be flushed and every fid clunked beside them.
const CALLS_MAX: usize = 16 << 10;

/// Bytes of a Twrite without its data.
const TWRITE_LEN: usize = 23;

/// More bytes than the numbers of any other message.
const NUMBERS_LEN: usize = 80;

#[cfg(test)]
mod tests;
