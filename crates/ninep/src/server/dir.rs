//! Directory reads: whole entries, from the start or from where the last read ended (read(5)).

use bytes::Bytes;

use crate::fcall::encode_stat;
use crate::{Dialect, Error, Stat, errstr};

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
        let end_max = self.at.saturating_add(count as usize);
        let fitting = self.ends.partition_point(|end| *end <= end_max);
        let end =
            fitting.checked_sub(1).and_then(|last| self.ends.get(last)).copied().unwrap_or(0).max(self.at);
        if end == self.at && end < self.entries.len() {
            return Err(errstr::COUNT_TOO_SMALL);
        }
        let read = self.entries.slice(self.at..end);
        self.at = end;
        Ok(read)
    }

    /// Bytes of the entries that are kept.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
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
