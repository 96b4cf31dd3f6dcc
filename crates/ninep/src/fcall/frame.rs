//! Frame and Inbox: a byte stream cut into messages by the `size[4]` in front of each (intro(5)).
//!
//! **Invariants.** A message longer than the limit is never waited for. The room for a long message is kept from one
//! message to the next; long data of a message is handed on without copying it, by sharing that room. Key material does not
//! stay: the room is wiped when it is given back.

use std::collections::VecDeque;
use std::fmt;
use std::ops::Range;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use bytes::Bytes;
use zeroize::{Zeroize, Zeroizing};

use super::encode::TWRITE_LEN;
use super::{is_secret, wiping};
use crate::{Limits, Tag};

/// Why a byte stream cannot be cut any further: it ends here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameError {
    /// A message that says it is shorter than its own header, in bytes.
    TooShort(u32),
    /// A message longer than msize, in bytes.
    TooLong(u32),
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort(len) => write!(f, "message of {len} bytes has no header"),
            Self::TooLong(len) => write!(f, "message of {len} bytes is longer than msize"),
        }
    }
}

impl std::error::Error for FrameError {}

/// One whole message, still bytes.
pub struct Frame<'a> {
    bytes: &'a [u8],
    /// The room that the bytes are in, and where in it they start, if it may be shared.
    room: Option<(&'a Arc<Room>, usize)>,
    is_followed: bool,
}

impl<'a> Frame<'a> {
    /// Takes bytes for one message: `size[4]` must say how many they are.
    ///
    /// # Errors
    /// It does not.
    pub fn whole(bytes: &'a [u8]) -> Result<Self, FrameError> {
        let size = size(bytes).unwrap_or_default();
        let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        if len < HEADER_LEN || size < HEADER_LEN {
            return Err(FrameError::TooShort(size));
        }
        if size != len {
            return Err(FrameError::TooLong(size));
        }
        Ok(Self { bytes, room: None, is_followed: false })
    }

    /// The message, `size[4]` and all.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The message's tag.
    #[must_use]
    pub fn tag(&self) -> Tag {
        match self.bytes {
            [_, _, _, _, _, low, high, ..] => Tag(u16::from_le_bytes([*low, *high])),
            _ => Tag::NOTAG,
        }
    }

    /// Whether the message behind it had come whole when this one was cut off.
    #[must_use]
    pub fn is_followed(&self) -> bool {
        self.is_followed
    }

    /// Takes part of the message to keep. Long parts share the room, short ones are copied, and a line that carries key
    /// material is wiped when its last reference goes.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Bytes {
        let part = self.bytes.get(range.clone()).unwrap_or_default();
        if is_secret(part) {
            return wiping(part.to_vec());
        }
        match self.room {
            // A part that keeps a room of more than four times its length alive would cheat the limits.
            Some((room, at)) if part.len() >= room.0.len() / 4 => {
                Bytes::from_owner(Shared { room: Arc::clone(room), range: at + range.start..at + range.end })
            }
            _ => Bytes::copy_from_slice(part),
        }
    }
}

impl fmt::Debug for Frame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame").field("tag", &self.tag()).field("len", &self.bytes.len()).finish()
    }
}

/// Where received bytes are put together into messages.
pub struct Inbox {
    room: Arc<Room>,
    /// The long rooms before this one, for the time when nobody keeps part of them any more: zeroing new ones for each message
    /// would take longer than receiving it.
    spares: VecDeque<Arc<Room>>,
    /// What of the room holds bytes that are not cut yet.
    held: Range<usize>,
    /// How many bytes were cut off ever: the place of `held.start` in the stream.
    place: u64,
    /// Descriptors that came, each with the place after the last byte that came with it.
    descriptors: VecDeque<(u64, OwnedFd)>,
    /// Bytes of the longest message accepted.
    msize: u32,
    /// Whether the last receive filled the room, so that more room would have saved a call.
    was_filled: bool,
    /// Wiped before the next message is cut: a line with key material was just handed out from there.
    to_wipe: Option<Range<usize>>,
    /// That could not be, because somebody kept part of the room: it is given back, not spared.
    has_secret: bool,
}

/// Bytes that are wiped when they are given back.
struct Room(Zeroizing<Vec<u8>>);

/// Part of a room that somebody keeps.
struct Shared {
    room: Arc<Room>,
    range: Range<usize>,
}

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        self.room.0.get(self.range.clone()).unwrap_or_default()
    }
}

impl Inbox {
    /// Makes an empty one, for messages of at most `msize` bytes.
    #[must_use]
    pub fn new(msize: u32) -> Self {
        Self {
            room: Arc::new(Room::new(FIRST_LEN)),
            spares: VecDeque::new(),
            held: 0..0,
            place: 0,
            descriptors: VecDeque::new(),
            msize,
            was_filled: false,
            to_wipe: None,
            has_secret: false,
        }
    }

    /// Changes the longest message accepted, in bytes.
    pub fn set_msize(&mut self, msize: u32) {
        self.msize = msize;
    }

    /// The room where the next bytes received belong; never empty. [`received`](Self::received) then says how many came.
    ///
    /// Where a long message is under way the room ends with it, so that its data need not be moved to make place for what
    /// follows.
    pub fn space(&mut self) -> &mut [u8] {
        self.wipe();
        let whole_len = self.next_len().map_or(0, |len| len.min(self.msize) as usize);
        let mut room_len = self.room.0.len();
        if self.was_filled && room_len < DRAIN_LEN {
            room_len = DRAIN_LEN.min(room_len * 4);
        }
        room_len = room_len.max(whole_len);
        if self.held.is_empty() {
            self.held = 0..0;
        }
        let is_tight = self.room.0.len() - self.held.start < whole_len.max(self.held.len() + 1);
        if room_len > self.room.0.len() || Arc::get_mut(&mut self.room).is_none() {
            let mut room = self.another_room(room_len);
            let held = self.room.0.get(self.held.clone()).unwrap_or_default();
            if let Some(place) = Arc::get_mut(&mut room).and_then(|room| room.0.get_mut(..held.len())) {
                place.copy_from_slice(held);
            }
            self.held = 0..self.held.len();
            let before = std::mem::replace(&mut self.room, room);
            let is_worth_it = before.0.len() >= DRAIN_LEN && !std::mem::take(&mut self.has_secret);
            if is_worth_it {
                self.spares.push_back(before);
            }
            if self.spares.len() > SPARES_MAX {
                self.spares.pop_front();
            }
        } else if is_tight && let Some(room) = Arc::get_mut(&mut self.room) {
            room.0.copy_within(self.held.clone(), 0);
            self.held = 0..self.held.len();
        }
        let end = if whole_len > DRAIN_LEN { self.held.start + whole_len } else { self.room.0.len() };
        let Some(room) = Arc::get_mut(&mut self.room) else { return &mut [] };
        room.0.get_mut(self.held.end..end).unwrap_or_default()
    }

    /// Takes note that `len` bytes were put into [`space`](Self::space), and these descriptors came with them. Whole messages must
    /// have been cut before: no more descriptors wait for the end of theirs than one message may have, the others are closed here.
    pub fn received(&mut self, len: usize, descriptors: impl IntoIterator<Item = OwnedFd>) {
        self.held.end = self.room.0.len().min(self.held.end + len);
        self.was_filled = self.held.end == self.room.0.len();
        let place = self.place + self.held.len() as u64;
        self.descriptors.truncate(Limits::DESCRIPTORS_MAX);
        self.descriptors.extend(descriptors.into_iter().map(|descriptor| (place, descriptor)));
    }

    /// Cuts off the next message, if it is whole, and the descriptors that belong to it: those that came in one receive
    /// with its bytes as the last ones.
    ///
    /// # Errors
    /// The stream is broken; every later call says so again.
    pub fn cut(&mut self) -> Result<Option<(Frame<'_>, Vec<OwnedFd>)>, FrameError> {
        self.wipe();
        let Some(len) = self.next_len() else { return Ok(None) };
        if len < HEADER_LEN {
            return Err(FrameError::TooShort(len));
        }
        if len > self.msize {
            return Err(FrameError::TooLong(len));
        }
        let range = self.held.start..self.held.start + len as usize;
        if range.end > self.held.end {
            return Ok(None);
        }
        self.held.start = range.end;
        self.place += u64::from(len);
        let mut descriptors = Vec::new();
        while let Some((_, descriptor)) = self.descriptors.pop_front_if(|(place, _)| *place <= self.place) {
            // Those past the limit are closed here.
            if descriptors.len() < Limits::DESCRIPTORS_MAX {
                descriptors.push(descriptor);
            }
        }
        let bytes = self.room.0.get(range.clone()).unwrap_or_default();
        if bytes.get(TWRITE_LEN..).is_some_and(is_secret) {
            self.to_wipe = Some(range.clone());
        }
        let is_followed = self.has_message();
        Ok(Some((Frame { bytes, room: Some((&self.room, range.start)), is_followed }, descriptors)))
    }

    /// Whether part of a message is here.
    #[must_use]
    pub fn is_amid_message(&self) -> bool {
        !self.held.is_empty()
    }

    /// Whether the next message is whole, and one that will be cut.
    fn has_message(&self) -> bool {
        self.next_len()
            .is_some_and(|len| (HEADER_LEN..=self.msize).contains(&len) && len as usize <= self.held.len())
    }

    /// Gives a room of at least `len` bytes of which nobody keeps a part.
    fn another_room(&mut self, len: usize) -> Arc<Room> {
        let is_fit = |spare: &Arc<Room>| spare.0.len() >= len && Arc::strong_count(spare) == 1;
        let spare = self.spares.iter().position(is_fit).and_then(|place| self.spares.remove(place));
        spare.unwrap_or_else(|| Arc::new(Room::new(len)))
    }

    /// Bytes of the next message, as soon as it says so.
    fn next_len(&self) -> Option<u32> {
        size(self.room.0.get(self.held.clone()).unwrap_or_default())
    }

    fn wipe(&mut self) {
        let Some(range) = self.to_wipe.take() else { return };
        match Arc::get_mut(&mut self.room) {
            Some(room) => room.0.get_mut(range).unwrap_or_default().zeroize(),
            None => self.has_secret = true,
        }
    }
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox")
            .field("len", &self.held.len())
            .field("msize", &self.msize)
            .finish_non_exhaustive()
    }
}

impl Room {
    fn new(len: usize) -> Self {
        Self(Zeroizing::new(vec![0; len]))
    }
}

fn size(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk::<4>().map(|size| u32::from_le_bytes(*size))
}

/// `size[4] type[1] tag[2]`.
const HEADER_LEN: u32 = 7;

/// Bytes of room for a client that sends only short messages.
const FIRST_LEN: usize = 8 << 10;

/// Rooms that are kept beside the one in use: as many as a client that has two long messages under way needs.
const SPARES_MAX: usize = 3;

/// Bytes of room for a client that sends many at a time, so that one receive takes them all.
const DRAIN_LEN: usize = 256 << 10;
