//! Directory reads: whole entries, from the start or from where the last read ended (read(5)).

use bytes::Bytes;

use crate::fcall::{Entry, encode_entry, encode_stat};
use crate::{Dialect, Error, Qid, Stat, errstr};

/// How far the directory behind an open fid has been read.
#[derive(Default)]
pub(super) struct DirReads {
    /// Its entries as they were when a read last started at 0.
    entries: Bytes,
    /// Where each of them ends.
    ends: Vec<usize>,
    /// Where the last read ended.
    at: usize,
}

impl DirReads {
    /// Reads at most `count` bytes of whole entries. `list` is asked for the entries when a read starts at 0.
    ///
    /// # Errors
    /// The offset is neither 0 nor where the last read ended; not even the next entry fits; what `list` says.
    pub(super) fn read(
        &mut self,
        offset: u64,
        count: u32,
        dialect: Dialect,
        list: impl FnOnce() -> Result<Vec<Stat>, Error>,
    ) -> Result<Bytes, Error> {
        if offset == 0 {
            self.start(&list()?, dialect);
        } else if offset != self.at as u64 {
            return Err(errstr::SEEK_IN_DIRECTORY);
        }
        let read = self.whole(self.at, count)?;
        self.at += read.len();
        Ok(read)
    }

    /// Reads at most `count` bytes of whole entries in Linux's form. An offset there is how many entries are before it, and any that
    /// was ever given is good again, by another fid too (readdir(3), seekdir(3)). `list` is asked for names and qids when a read starts at
    /// 0, and at the first read.
    ///
    /// # Errors
    /// The offset is past the end; not even the next entry fits; what `list` says.
    pub(super) fn read_entries(
        &mut self,
        offset: u64,
        count: u32,
        list: impl FnOnce() -> Result<Vec<(String, Qid)>, Error>,
    ) -> Result<Bytes, Error> {
        if offset == 0 || self.ends.is_empty() {
            self.start_entries(&list()?);
        }
        let start = match usize::try_from(offset).unwrap_or(usize::MAX).checked_sub(1) {
            None => 0,
            Some(last) => *self.ends.get(last).ok_or(errstr::SEEK_IN_DIRECTORY)?,
        };
        self.whole(start, count)
    }

    /// As many whole entries from `start` on as fit into `count` bytes; none only at the end.
    fn whole(&self, start: usize, count: u32) -> Result<Bytes, Error> {
        let end_max = start.saturating_add(count as usize);
        let fitting = self.ends.partition_point(|end| *end <= end_max);
        let end = fitting.checked_sub(1).and_then(|last| self.ends.get(last)).copied().unwrap_or(0);
        if end.max(start) == start && start < self.entries.len() {
            return Err(errstr::COUNT_TOO_SMALL);
        }
        Ok(self.entries.slice(start..end.max(start)))
    }

    /// Bytes of the entries that are kept.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Gives a read on, if the entries that are kept for the next are no more than `room` bytes; forgets them otherwise.
    ///
    /// # Errors
    /// There is no room for them; what the read says.
    pub(super) fn within(&mut self, room: usize, read: Result<Bytes, Error>) -> Result<Bytes, Error> {
        if self.len() <= room {
            return read;
        }
        *self = Self::default();
        Err(errstr::TOO_MANY_BYTES)
    }

    fn start(&mut self, stats: &[Stat], dialect: Dialect) {
        let mut entries = Vec::new();
        self.ends.clear();
        for stat in stats {
            encode_stat(stat, dialect, &mut entries);
            self.ends.push(entries.len());
        }
        self.entries = Bytes::from(entries);
        self.at = 0;
    }

    fn start_entries(&mut self, list: &[(String, Qid)]) {
        let mut entries = Vec::new();
        self.ends.clear();
        for ((name, qid), offset) in list.iter().zip(1..) {
            encode_entry(&Entry { name, qid: *qid, offset }, &mut entries);
            self.ends.push(entries.len());
        }
        self.entries = Bytes::from(entries);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fcall::decode_stats;
    use crate::{Mode, Qid};

    fn entries() -> Result<Vec<Stat>, Error> {
        let names = ["clone", "encalgs", "hashalgs"];
        Ok((1..)
            .zip(names)
            .map(|(path, name)| Stat::new(name, Qid::file(path), Mode(0o444), "u", "g"))
            .collect())
    }

    #[test]
    fn a_read_returns_whole_entries_and_the_next_goes_on() {
        let mut dir = DirReads::default();
        let mut names = Vec::new();
        let mut offset = 0;
        loop {
            let read = dir.read(offset, 130, Dialect::Classic, entries).unwrap();
            if read.is_empty() {
                break;
            }
            offset += read.len() as u64;
            names.push(
                decode_stats(&read, Dialect::Classic)
                    .unwrap()
                    .iter()
                    .map(|stat| stat.name.clone())
                    .collect::<Vec<_>>(),
            );
        }
        assert_eq!(names, [vec!["clone", "encalgs"], vec!["hashalgs"]]);
    }

    #[test]
    fn a_count_too_small_for_the_next_entry_is_an_error_and_moves_nothing() {
        let mut dir = DirReads::default();
        assert_eq!(dir.read(0, 20, Dialect::Classic, entries), Err(errstr::COUNT_TOO_SMALL));
        assert_eq!(dir.read(0, 0, Dialect::Classic, entries), Err(errstr::COUNT_TOO_SMALL));
        assert_eq!(
            dir.read(0, 8192, Dialect::Classic, entries)
                .map(|read| decode_stats(&read, Dialect::Classic).unwrap().len()),
            Ok(3)
        );
    }

    #[test]
    fn an_offset_where_no_read_ended_is_an_error() {
        let mut dir = DirReads::default();
        assert_eq!(dir.read(5, 8192, Dialect::Classic, entries), Err(errstr::SEEK_IN_DIRECTORY));
        let len = dir.read(0, 8192, Dialect::Classic, entries).unwrap().len() as u64;
        assert_eq!(dir.read(len - 1, 8192, Dialect::Classic, entries), Err(errstr::SEEK_IN_DIRECTORY));
        assert_eq!(dir.read(len, 8192, Dialect::Classic, entries), Ok(Bytes::new()));
        assert_eq!(dir.read(0, 8192, Dialect::Classic, entries).unwrap().len() as u64, len);
    }

    #[test]
    fn an_empty_directory_reads_as_its_end() {
        assert_eq!(DirReads::default().read(0, 0, Dialect::Classic, || Ok(Vec::new())), Ok(Bytes::new()));
    }
}
