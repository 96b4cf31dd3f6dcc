//! The hand queue: handshake bytes and notices between the records and the reader of `hand`.
//!
//! A block is the handshake payload of one record and is handed out over as many reads as it takes; a
//! notice is an error that one read gets in its turn. The queue lives as long as `hand` is open.
//! Who waits for what is the shell's affair.
//!
//! **Invariants**
//! - What the queue holds counts against its limit as memory does: a peer can fill it neither with
//!   records of one byte nor with warnings.

use std::collections::VecDeque;

use crate::errstr::Error;

/// What waits to be read from `hand`.
#[derive(Debug)]
pub struct HandQueue {
    /// How many bytes may wait before whoever brings more waits.
    len_max: usize,
    is_open: bool,
    items: VecDeque<Item>,
    /// How much of the first block has been read, in bytes.
    read_len: usize,
    /// What the items take, in bytes.
    queued_len: usize,
}

#[derive(Debug)]
enum Item {
    Block(Vec<u8>),
    Notice(Error),
}

impl HandQueue {
    /// Makes one without a reader, that is full beyond `len_max` bytes.
    #[must_use]
    pub fn new(len_max: usize) -> HandQueue {
        HandQueue { len_max, is_open: false, items: VecDeque::new(), read_len: 0, queued_len: 0 }
    }

    /// Gives the only reader its empty queue.
    ///
    /// # Errors
    /// `device or object already in use` when there is a reader (tls(3)).
    pub fn open(&mut self) -> Result<(), Error> {
        if self.is_open {
            return Err(Error::InUse);
        }
        *self = HandQueue { is_open: true, ..HandQueue::new(self.len_max) };
        Ok(())
    }

    /// Drops what was not read; `hand` may be opened again.
    pub fn close(&mut self) {
        *self = HandQueue::new(self.len_max);
    }

    /// Appends the payload of one handshake record; nobody may be there to read it, then it is lost.
    pub fn push(&mut self, block: Vec<u8>) {
        if self.is_open && !block.is_empty() {
            self.queued_len += block.len() + ITEM_LEN;
            self.items.push_back(Item::Block(block));
        }
    }

    /// Appends an error for one read; without a reader it vanishes.
    pub fn notify(&mut self, notice: Error) {
        if self.is_open {
            self.queued_len += ITEM_LEN;
            self.items.push_back(Item::Notice(notice));
        }
    }

    /// Takes up to `count` bytes of the first block, or the first notice; `None` when there is neither.
    pub fn take(&mut self, count: usize) -> Option<Result<Vec<u8>, Error>> {
        match self.items.pop_front()? {
            Item::Notice(notice) => {
                self.queued_len -= ITEM_LEN;
                Some(Err(notice))
            }
            Item::Block(block) => {
                let rest = block.get(self.read_len..).unwrap_or_default();
                let bytes = rest.get(..count).unwrap_or(rest).to_vec();
                self.queued_len -= bytes.len();
                self.read_len += bytes.len();
                if self.read_len < block.len() {
                    self.items.push_front(Item::Block(block));
                } else {
                    self.queued_len -= ITEM_LEN;
                    self.read_len = 0;
                }
                Some(Ok(bytes))
            }
        }
    }

    /// Tells whether `hand` is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Tells whether a read would not wait.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        !self.items.is_empty()
    }

    /// Tells whether handshake bytes wait, notices aside.
    #[must_use]
    pub fn has_bytes(&self) -> bool {
        self.items.iter().any(|item| matches!(item, Item::Block(_)))
    }

    /// Tells whether whoever feeds the queue should wait for its reader.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.queued_len > self.len_max
    }

    /// Gives how much of its limit the queue takes, in bytes.
    #[must_use]
    pub fn queued_len(&self) -> usize {
        self.queued_len
    }
}

/// What an item counts for besides its bytes.
const ITEM_LEN: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    const HAND_QUEUE_LEN_MAX: usize = 36864;

    fn opened() -> HandQueue {
        let mut queue = HandQueue::new(HAND_QUEUE_LEN_MAX);
        queue.open().expect("a fresh queue opens");
        queue
    }

    #[test]
    fn a_read_never_spans_records() {
        let mut queue = opened();
        queue.push(b"hello".to_vec());
        queue.push(b"abc".to_vec());
        assert_eq!(queue.take(2), Some(Ok(b"he".to_vec())));
        assert_eq!(queue.take(100), Some(Ok(b"llo".to_vec())));
        assert_eq!(queue.take(100), Some(Ok(b"abc".to_vec())));
        assert_eq!(queue.take(100), None);
    }

    #[test]
    fn a_notice_comes_in_its_turn_and_once() {
        let mut queue = opened();
        queue.push(b"a".to_vec());
        queue.notify(Error::NoRenegotiation);
        queue.push(b"b".to_vec());
        assert_eq!(queue.take(9), Some(Ok(b"a".to_vec())));
        assert_eq!(queue.take(9), Some(Err(Error::NoRenegotiation)));
        assert_eq!(queue.take(9), Some(Ok(b"b".to_vec())));
        assert_eq!(queue.take(9), None);
    }

    #[test]
    fn there_is_one_reader_and_a_new_one_starts_afresh() {
        let mut queue = opened();
        assert_eq!(queue.open(), Err(Error::InUse));
        queue.push(b"left".to_vec());
        queue.close();
        queue.push(b"nobody".to_vec());
        assert_eq!(queue.open(), Ok(()));
        assert_eq!(queue.take(9), None);
    }

    #[test]
    fn the_queue_is_full_until_enough_was_read() {
        let mut queue = opened();
        queue.push(vec![0; HAND_QUEUE_LEN_MAX - ITEM_LEN]);
        assert!(!queue.is_full());
        queue.push(vec![0; 2]);
        assert!(queue.is_full());
        assert!(queue.take(2 + ITEM_LEN).is_some());
        assert!(!queue.is_full());
    }

    #[test]
    fn small_items_and_notices_fill_the_queue_too() {
        let (mut bytes, mut notices) = (opened(), opened());
        for _ in 0..=HAND_QUEUE_LEN_MAX / ITEM_LEN {
            bytes.push(vec![0]);
            notices.notify(Error::NoRenegotiation);
        }
        assert!(bytes.is_full() && notices.is_full());
        for mut queue in [bytes, notices] {
            while queue.take(9).is_some() {}
            assert_eq!(queue.queued_len(), 0);
        }
    }
}
