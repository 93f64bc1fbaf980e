//! The overlay: rows of bucket `key` that are applied and not yet committed.
//!
//! It is a short list of chunks, each a run of rows ascending by revision; the runs follow one another without a gap.
//! Rows are only ever appended, to the last chunk, by the apply thread. A reader asks for rows at or below the
//! revision it reads at, and these are there before it learns of that revision.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use parking_lot::{RwLock, RwLockReadGuard};

use crate::types::Revision;

/// A row of bucket `key`.
#[derive(Clone, Debug)]
pub struct Row {
    pub revision: Revision,
    pub is_tombstone: bool,
    /// The encoded `mvccpb.KeyValue`.
    pub bytes: Bytes,
}

/// A run of rows: open while apply appends, then sealed and on its way to LMDB.
#[derive(Default)]
pub struct Chunk {
    rows: RwLock<Vec<Row>>,
    bytes: AtomicUsize,
    committed: AtomicBool,
}

impl Chunk {
    /// Appends a row; its revision is above all others.
    pub fn push(&self, row: Row) {
        self.bytes.fetch_add(size_of::<Row>() + row.bytes.len(), Ordering::Relaxed);
        let mut rows = self.rows.write();
        debug_assert!(rows.last().is_none_or(|last| last.revision < row.revision), "rows ascend");
        rows.push(row);
    }

    pub fn rows(&self) -> RwLockReadGuard<'_, Vec<Row>> {
        self.rows.read()
    }

    /// The revision of the first row.
    pub fn first(&self) -> Option<Revision> {
        self.rows.read().first().map(|row| row.revision)
    }

    /// The row at `revision`.
    pub fn find(&self, revision: Revision) -> Option<Row> {
        let rows = self.rows.read();
        // Mostly each transaction has one change, and its place follows.
        let guess = usize::try_from(revision.main - rows.first()?.revision.main).ok()?;
        if let Some(row) = rows.get(guess)
            && row.revision == revision
        {
            return Some(row.clone());
        }
        let at = rows.binary_search_by_key(&revision, |row| row.revision).ok()?;
        Some(rows[at].clone())
    }

    /// Memory of the rows.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Whether every read transaction that is opened from now on sees the rows in LMDB.
    pub fn is_committed(&self) -> bool {
        self.committed.load(Ordering::Acquire)
    }

    pub(super) fn set_committed(&self) {
        self.committed.store(true, Ordering::Release);
    }
}
