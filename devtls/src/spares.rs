//! Spares: long buffers that nobody needs at the moment, for whoever needs one next.
//!
//! A long buffer that is made for each write is new memory each time, which the system has to clear and map page by page. And a
//! conversation that waits shall not keep one.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Spare buffers. What was in them is forgotten, not wiped.
#[derive(Debug)]
pub(crate) struct Spares {
    buffers: Mutex<Vec<Vec<u8>>>,
    kept_max: usize,
    capacity_max: usize,
}

impl Spares {
    /// Makes a place that keeps up to `kept_max` buffers, each of at most `capacity_max` bytes.
    pub(crate) fn new(kept_max: usize, capacity_max: usize) -> Spares {
        Spares { buffers: Mutex::default(), kept_max, capacity_max }
    }

    /// Takes an empty buffer, one with room if there is one.
    pub(crate) fn take(&self) -> Vec<u8> {
        self.lock().pop().unwrap_or_default()
    }

    /// Leaves a buffer to others.
    pub(crate) fn give(&self, mut buffer: Vec<u8>) {
        buffer.clear();
        let mut buffers = self.lock();
        if buffers.len() < self.kept_max && buffer.capacity() <= self.capacity_max {
            buffers.push(buffer);
        }
    }

    /// A panic elsewhere leaves buffers that are still good.
    fn lock(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_is_taken_again_empty_and_no_more_is_kept_than_that() {
        let spares = Spares::new(2, 8192);
        assert_eq!(spares.take().capacity(), 0);
        spares.give(vec![7; 4096]);
        let taken = spares.take();
        assert!(taken.is_empty() && taken.capacity() >= 4096);
        spares.give(Vec::with_capacity(8193));
        assert_eq!(spares.take().capacity(), 0, "too long to keep");
        (0..3).for_each(|_| spares.give(Vec::with_capacity(1)));
        assert_eq!(spares.lock().len(), 2);
    }
}
