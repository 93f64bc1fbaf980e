//! The raft log in memory, as raft-rs reads it.
//!
//! ```text
//!   forgotten │ start │ start+1 … last        start: index and term are kept, the entry is not
//! ```
//!
//! An entry is here before it is synced: raft-rs counts what is persisted by itself. All entries after `start` are kept;
//! `truncate_to` moves `start` when the server has decided that nobody near needs them.

use std::cell::RefCell;
use std::collections::VecDeque;

use raft::util::entry_approximate_size;
use raft::{Error, GetEntriesContext, RaftState, Storage, StorageError};

use super::convert::{self, RawEntry};
use super::output::SnapshotMeta;
use crate::types::{Index, MemberId, Term};

/// What a member starts from.
pub(super) struct MemLog {
    /// The state at the start of the process; raft-rs asks for it once.
    initial: RaftState,
    start: (Index, Term),
    /// Contiguous, the first has index `start.0 + 1`.
    entries: VecDeque<RawEntry>,
    bytes: usize,
    /// What may be offered to a member that is too far behind.
    snapshot: Option<SnapshotMeta>,
    /// Members that asked for a snapshot when none would do. raft-rs reads the log through a shared reference.
    wanted: RefCell<Vec<MemberId>>,
}

impl MemLog {
    /// `entries` must follow `start` without a gap.
    pub(super) fn new(initial: RaftState, start: (Index, Term), entries: Vec<RawEntry>) -> Self {
        let mut log = Self {
            initial,
            start,
            entries: VecDeque::with_capacity(entries.len()),
            bytes: 0,
            snapshot: None,
            wanted: RefCell::default(),
        };
        log.append(entries);
        log
    }

    pub(super) fn start(&self) -> Index {
        self.start.0
    }

    pub(super) fn last(&self) -> Index {
        self.start.0 + self.entries.len() as u64
    }

    /// Bytes of all entries, roughly.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Appends entries; those that they contradict are dropped.
    pub(super) fn append(&mut self, entries: Vec<RawEntry>) {
        let Some(first) = entries.first() else { return };
        assert!(self.start.0 < first.index, "entry {} is before the log's start {}", first.index, self.start.0);
        assert!(first.index <= self.last() + 1, "gap between entries {} and {}", self.last(), first.index);
        while self.last() >= first.index {
            let dropped = self.entries.pop_back().expect("the log ends after its start");
            self.bytes -= entry_approximate_size(&dropped);
        }
        self.bytes += entries.iter().map(entry_approximate_size).sum::<usize>();
        self.entries.extend(entries);
    }

    /// Forgets the entries up to `index`, which must not be past the last one.
    pub(super) fn truncate_to(&mut self, index: Index) {
        if index <= self.start.0 {
            return;
        }
        let term = self.term_at(index).expect("the log is truncated within its bounds");
        for dropped in self.entries.drain(..(index - self.start.0) as usize) {
            self.bytes -= entry_approximate_size(&dropped);
        }
        self.start = (index, term);
    }

    /// Replaces everything by a snapshot that was received.
    pub(super) fn restart_at(&mut self, index: Index, term: Term) {
        self.entries.clear();
        self.bytes = 0;
        self.start = (index, term);
        self.snapshot = None;
    }

    pub(super) fn offer_snapshot(&mut self, meta: SnapshotMeta) {
        self.snapshot = Some(meta);
    }

    /// The members that asked for a snapshot in vain since the last call.
    pub(super) fn take_wanted(&mut self) -> Vec<MemberId> {
        std::mem::take(self.wanted.get_mut())
    }

    fn term_at(&self, index: Index) -> Option<Term> {
        if index == self.start.0 {
            return Some(self.start.1);
        }
        let offset = index.checked_sub(self.start.0 + 1)?;
        self.entries.get(usize::try_from(offset).ok()?).map(|entry| entry.term)
    }
}

impl Storage for MemLog {
    fn initial_state(&self) -> raft::Result<RaftState> {
        Ok(self.initial.clone())
    }

    fn entries(
        &self,
        low: u64,
        high: u64,
        max_size: impl Into<Option<u64>>,
        _context: GetEntriesContext,
    ) -> raft::Result<Vec<RawEntry>> {
        if low <= self.start.0 {
            return Err(Error::Store(StorageError::Compacted));
        }
        assert!(high <= self.last() + 1, "entries up to {high} wanted, the last is {}", self.last());
        let max = max_size.into().unwrap_or(raft::NO_LIMIT);
        let range = (low - self.start.0 - 1) as usize..(high - self.start.0 - 1) as usize;
        let mut size = 0;
        let fits = |entry: &&RawEntry| {
            let first = size == 0;
            size += entry_approximate_size(entry) as u64;
            first || size <= max
        };
        Ok(self.entries.range(range).take_while(fits).cloned().collect())
    }

    fn term(&self, index: u64) -> raft::Result<u64> {
        if index < self.start.0 {
            return Err(Error::Store(StorageError::Compacted));
        }
        self.term_at(index).ok_or(Error::Store(StorageError::Unavailable))
    }

    fn first_index(&self) -> raft::Result<u64> {
        Ok(self.start.0 + 1)
    }

    fn last_index(&self) -> raft::Result<u64> {
        Ok(self.last())
    }

    fn snapshot(&self, request_index: u64, to: u64) -> raft::Result<raft::eraftpb::Snapshot> {
        match &self.snapshot {
            // One older than the log's start would leave a gap behind it.
            Some(meta) if meta.index >= request_index.max(self.start.0) => Ok(convert::snapshot_from_meta(meta)),
            _ => {
                let mut wanted = self.wanted.borrow_mut();
                if !wanted.contains(&MemberId(to)) {
                    wanted.push(MemberId(to));
                }
                Err(Error::Store(StorageError::SnapshotTemporarilyUnavailable))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(index: Index, term: Term) -> RawEntry {
        RawEntry { index, term, data: vec![b'x'; 10].into(), ..RawEntry::default() }
    }

    fn log(start: (Index, Term), terms: &[Term]) -> MemLog {
        let entries = (start.0 + 1..).zip(terms).map(|(index, &term)| entry(index, term)).collect();
        MemLog::new(RaftState::default(), start, entries)
    }

    fn terms(log: &MemLog) -> Vec<Term> {
        log.entries.iter().map(|entry| entry.term).collect()
    }

    #[test]
    fn contradicted_entries_are_dropped() {
        let mut log = log((3, 1), &[1, 1, 2]);
        log.append(vec![entry(5, 3), entry(6, 3), entry(7, 3)]);
        assert_eq!(terms(&log), [1, 3, 3, 3]);
        assert_eq!(log.bytes(), 4 * 22);
        log.append(vec![entry(4, 4)]);
        assert_eq!((terms(&log), log.last(), log.bytes()), (vec![4], 4, 22));
    }

    #[test]
    fn truncation_keeps_the_term_of_its_index() {
        let mut log = log((0, 0), &[1, 1, 2, 2]);
        log.truncate_to(3);
        assert_eq!((log.start(), log.last(), log.bytes()), (3, 4, 22));
        assert_eq!(log.term(3), Ok(2));
        assert_eq!(log.term(2), Err(Error::Store(StorageError::Compacted)));
        assert_eq!(log.term(5), Err(Error::Store(StorageError::Unavailable)));
        log.truncate_to(1);
        assert_eq!(log.start(), 3, "truncation never goes back");
        log.truncate_to(4);
        assert_eq!((log.len(), log.last()), (0, 4));
    }

    #[test]
    fn entries_are_limited_in_size_but_never_none() {
        let log = log((2, 1), &[1; 5]);
        let read = |low, high, max: u64| {
            log.entries(low, high, max, GetEntriesContext::empty(false)).map(|entries| entries.len())
        };
        for (low, high, max, found, why) in [
            (3, 8, raft::NO_LIMIT, Ok(5), "all"),
            (3, 8, 50, Ok(2), "two of 22 bytes fit in 50"),
            (3, 8, 0, Ok(1), "one at least"),
            (5, 5, 100, Ok(0), "empty range"),
            (2, 5, 100, Err(Error::Store(StorageError::Compacted)), "the start itself is gone"),
        ] {
            assert_eq!(read(low, high, max), found, "{why}");
        }
    }

    #[test]
    fn snapshot_is_offered_only_if_the_log_continues_it() {
        let mut log = log((0, 0), &[1, 1, 2, 2]);
        let unavailable = Err(Error::Store(StorageError::SnapshotTemporarilyUnavailable));
        assert_eq!(log.snapshot(0, 9).map(drop), unavailable);
        assert_eq!(log.snapshot(0, 9).map(drop), unavailable);
        assert_eq!(log.take_wanted(), [MemberId(9)]);
        log.offer_snapshot(SnapshotMeta { index: 2, term: 1, ..SnapshotMeta::default() });
        assert_eq!(log.snapshot(0, 9).map(|snapshot| snapshot.get_metadata().index), Ok(2));
        log.truncate_to(3);
        assert_eq!(log.snapshot(0, 9).map(drop), unavailable);
    }
}
