//! What a WAL says as a whole, in one pass over its records.

use bytes::Bytes;

use super::{Damage, End, Record, RecordReader, Repair, SnapMark, WalError};
use crate::pb::raftpb::{Entry, HardState};
use crate::types::Index;

/// What a WAL holds for a restart.
#[derive(Clone, Debug)]
pub struct Recovered {
    /// Encoded `etcdserverpb.Metadata`.
    pub metadata: Bytes,
    /// The last snapshot record at or below the commit index, as etcd 3.7 chooses it.
    pub start: SnapMark,
    /// The last one. Its commit may be behind what was applied: an advance of it alone is not synced.
    pub hard_state: HardState,
    /// Contiguous from `start.index + 1`, uncommitted ones too.
    pub entries: Vec<Entry>,
    /// A torn tail that was cut.
    pub repaired: Option<Repair>,
}

/// Reads a WAL to its end, clean or torn.
///
/// # Errors
/// What [`RecordReader`] refuses; no snapshot record counts; entries are missing after the one that does.
pub fn scan(mut reader: RecordReader, dir: &std::path::Path) -> Result<(Recovered, End), WalError> {
    let mut log = Log::default();
    for located in &mut reader {
        log.add(located?.record);
    }
    let end = reader.end().clone();
    let Some(metadata) = reader.metadata() else {
        let file = dir.join(end.segment.to_string());
        return Err(WalError::Corrupt { file, offset: end.offset, what: Damage::Head });
    };
    let commit = log.hard_state.commit();
    let Some(start) = log.marks.last().cloned() else {
        return Err(WalError::NoSnapshot { dir: dir.to_owned(), commit });
    };
    let entries = log.entries_after(start.index).map_err(|first_kept| WalError::MissingEntries {
        dir: dir.to_owned(),
        first: start.index + 1,
        last: first_kept - 1,
    })?;
    let recovered =
        Recovered { metadata: metadata.clone(), start, hard_state: log.hard_state, entries, repaired: None };
    Ok((recovered, end))
}

/// What a WAL holds from some index on, for inspection.
#[derive(Clone, Debug, Default)]
pub struct Inspected {
    /// Encoded `etcdserverpb.Metadata`.
    pub metadata: Bytes,
    pub hard_state: HardState,
    /// Contiguous; where some are missing, those behind the last gap.
    pub entries: Vec<Entry>,
}

/// Reads a WAL to its end, clean or torn, keeping the entries from `first` on whatever snapshots there are.
///
/// # Errors
/// What [`RecordReader`] refuses.
pub fn inspect(mut reader: RecordReader, first: Index) -> Result<Inspected, WalError> {
    let mut log = Log { is_complete: true, first, ..Log::default() };
    for located in &mut reader {
        log.add(located?.record);
    }
    let metadata = reader.metadata().cloned().unwrap_or_default();
    Ok(Inspected { metadata, hard_state: log.hard_state, entries: log.entries })
}

/// The log as records build it up. Entries below a snapshot that counts are dropped on the way, so that no more is
/// held in memory than is asked for at the end.
#[derive(Debug, Default)]
struct Log {
    hard_state: HardState,
    /// Contiguous.
    entries: Vec<Entry>,
    /// Snapshot records at or below the commit index; those above it wait in `early`.
    marks: Vec<SnapMark>,
    early: Vec<SnapMark>,
    /// Keeps entries below snapshots too.
    is_complete: bool,
    /// Entries before this one are not kept.
    first: Index,
}

impl Log {
    fn add(&mut self, record: Record) {
        match record {
            Record::Metadata(_) | Record::Crc(_) => {}
            Record::Entry(entry) => self.add_entry(entry),
            Record::HardState(state) => {
                self.hard_state = state;
                self.count_marks();
            }
            Record::Snapshot(mark) => {
                self.early.push(mark);
                self.count_marks();
            }
        }
    }

    /// An entry replaces the one of its index and all after it. One beyond the end begins the log anew: a snapshot
    /// covers what is between, which `entries_after` checks.
    fn add_entry(&mut self, entry: Entry) {
        if entry.index() < self.first {
            return self.entries.clear();
        }
        let first = self.entries.first().map_or(entry.index(), Entry::index);
        match entry.index().checked_sub(first) {
            Some(kept) if kept <= self.entries.len() as u64 => self.entries.truncate(kept as usize),
            _ => self.entries.clear(),
        }
        self.entries.push(entry);
    }

    fn count_marks(&mut self) {
        let commit = self.hard_state.commit();
        let counted = self.marks.len();
        self.marks.extend(self.early.extract_if(.., |mark| mark.index <= commit));
        if self.marks.len() > counted
            && !self.is_complete
            && let Some(mark) = self.marks.last()
        {
            let dropped = self.entries.iter().take_while(|entry| entry.index() <= mark.index).count();
            self.entries.drain(..dropped);
        }
    }

    /// `Err`: the first entry held, when those before it are missing.
    fn entries_after(&mut self, index: Index) -> Result<Vec<Entry>, Index> {
        let mut entries = std::mem::take(&mut self.entries);
        entries.drain(..entries.iter().take_while(|entry| entry.index() <= index).count());
        match entries.first() {
            Some(first) if first.index() != index + 1 => Err(first.index()),
            _ => Ok(entries),
        }
    }
}
