//! Outbox: messages on their way out, ready to be gathered into few system calls.
//!
//! Headers and short data are copied into one buffer, so that many replies go out in one write; long data is kept as the
//! `Bytes` that it came as and is gathered from there.
//!
//! **Invariants.** Bytes leave in the order in which they came. A message with descriptors leaves in a system call of its
//! own, so that the receiver can tell whose they are.

use std::collections::VecDeque;
use std::fmt;
use std::io::IoSlice;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use bytes::{Buf, Bytes};

use super::encode::total_len;

/// Bytes to be sent.
#[derive(Default)]
pub struct Outbox {
    /// Headers and short data, one after the other.
    short: Vec<u8>,
    /// How many bytes of `short` have been sent.
    sent: usize,
    /// What goes between the bytes of `short`.
    long: VecDeque<Long>,
    /// Bytes to be sent in all.
    len: usize,
}

/// Bytes that are sent after the first `after` bytes of `short`.
struct Long {
    after: usize,
    bytes: Bytes,
    /// Whether they must not share a system call with others.
    is_alone: bool,
    /// Sent with the first of the bytes.
    descriptors: Vec<OwnedFd>,
}

impl Outbox {
    /// Makes an empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a message: the size, what `head` writes after it, and `data`.
    pub(super) fn message(&mut self, head: impl FnOnce(&mut Vec<u8>), data: Bytes) {
        let start = self.short.len();
        self.short.extend_from_slice(&[0; 4]);
        head(&mut self.short);
        let head_len = self.short.len() - start;
        if let Some(place) = self.short.get_mut(start..start + 4) {
            place.copy_from_slice(&total_len(head_len + data.len()));
        }
        self.len += head_len + data.len();
        if data.len() <= COPY_LEN_MAX {
            self.short.extend_from_slice(&data);
        } else {
            let after = self.short.len();
            self.long.push_back(Long { after, bytes: data, is_alone: false, descriptors: Vec::new() });
        }
    }

    /// Appends a whole message that travels alone, and its descriptors.
    pub(super) fn alone(&mut self, bytes: Bytes, descriptors: Vec<OwnedFd>) {
        self.len += bytes.len();
        self.long.push_back(Long { after: self.short.len(), bytes, is_alone: true, descriptors });
    }

    /// Forgets `len` bytes at the front, because they have been sent, and the descriptors that went with them.
    pub fn advance(&mut self, mut len: usize) {
        self.len = self.len.saturating_sub(len);
        while len > 0 {
            let until = self.long.front().map_or(self.short.len(), |long| long.after);
            let from_short = len.min(until.saturating_sub(self.sent));
            self.sent += from_short;
            len -= from_short;
            let Some(long) = self.long.front_mut().filter(|long| long.after <= self.sent) else { break };
            if len > 0 {
                let from_long = len.min(long.bytes.len());
                long.bytes.advance(from_long);
                long.descriptors.clear();
                len -= from_long;
            }
            if long.bytes.is_empty() {
                self.long.pop_front();
            }
        }
        self.tidy();
    }

    /// Whether nothing is to be sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes to be sent.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Fills `slices` with what one system call may send, and says how many of them it filled. The descriptors to send
    /// with it are [`descriptors`](Self::descriptors).
    pub fn gather<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let mut from = self.sent;
        let mut filled = 0;
        let mut put = |bytes: &'a [u8]| {
            if !bytes.is_empty()
                && let Some(slice) = slices.get_mut(filled)
            {
                *slice = IoSlice::new(bytes);
                filled += 1;
            }
            filled
        };
        for long in &self.long {
            let before = put(self.short.get(from..long.after).unwrap_or_default());
            from = from.max(long.after);
            if long.is_alone {
                if before == 0 {
                    put(&long.bytes);
                }
                return filled;
            }
            put(&long.bytes);
        }
        put(self.short.get(from..).unwrap_or_default());
        filled
    }

    /// The descriptors that must go with the next system call.
    #[must_use]
    pub fn descriptors(&self) -> Vec<BorrowedFd<'_>> {
        match self.long.front() {
            Some(long) if long.after <= self.sent => long.descriptors.iter().map(AsFd::as_fd).collect(),
            _ => Vec::new(),
        }
    }

    /// Takes all bytes at once, copied; descriptors are closed. For tests and for programs that send by other means.
    #[must_use]
    pub fn take(&mut self) -> Vec<u8> {
        let mut all = Vec::with_capacity(self.len);
        while !self.is_empty() {
            let mut slices = [IoSlice::new(&[]); 16];
            let count = self.gather(&mut slices);
            let len: usize = slices.iter().take(count).map(|slice| slice.len()).sum();
            for slice in slices.iter().take(count) {
                all.extend_from_slice(slice);
            }
            self.advance(len);
        }
        all
    }

    /// Gives back the room of what was sent.
    fn tidy(&mut self) {
        if self.sent == self.short.len() && self.long.is_empty() {
            self.short.clear();
            self.short.shrink_to(SHORT_LEN_MAX);
            self.sent = 0;
        } else if self.sent > SHORT_LEN_MAX {
            self.short.drain(..self.sent);
            for long in &mut self.long {
                long.after -= self.sent;
            }
            self.sent = 0;
        }
    }
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox").field("len", &self.len).finish_non_exhaustive()
    }
}

/// Data of at most this many bytes is copied: cheaper than a slice of its own.
const COPY_LEN_MAX: usize = 4 << 10;

/// Bytes of sent headers that may lie about before they are given back.
const SHORT_LEN_MAX: usize = 64 << 10;
