//! The writes of a conversation that wait for its channel, as bytes: how many they are in all.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::errstr::Error;

/// Counts them.
#[derive(Default)]
pub(super) struct Writes {
    len: AtomicUsize,
}

/// The place of one write among them; dropping it leaves it.
pub(super) struct Place<'a> {
    writes: &'a Writes,
    len: usize,
}

impl Writes {
    /// Gives a write of `len` bytes its place among at most `len_max` bytes. Where no other waits it always has one.
    ///
    /// # Errors
    /// `too many bytes waiting`.
    pub(super) fn enter(&self, len: usize, len_max: usize) -> Result<Place<'_>, Error> {
        let entered = self.len.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |waiting| {
            let all = waiting.checked_add(len)?;
            (waiting == 0 || all <= len_max).then_some(all)
        });
        entered.map(|_| Place { writes: self, len }).map_err(|_| Error::TooManyBytes)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.writes.len.fetch_sub(self.len, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_write_may_always_wait_and_others_while_there_is_room() {
        let writes = Writes::default();
        let first = writes.enter(100, 10).map_err(|error| error.text());
        assert!(first.is_ok());
        assert_eq!(writes.enter(1, 10).err(), Some(Error::TooManyBytes));
        drop(first);
        let _second = writes.enter(6, 10);
        let third = writes.enter(4, 10);
        assert!(third.is_ok());
        assert_eq!(writes.enter(1, 10).err(), Some(Error::TooManyBytes));
        drop(third);
        assert!(writes.enter(3, 10).is_ok());
    }
}
