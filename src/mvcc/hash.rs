//! HashKV: the checksum of the key space at a revision, by etcd's algorithm, so that members can compare themselves.
//!
//! CRC-32C over the name of bucket `key`, then key and value of each row that counts, in order. A row at or below the
//! compacted revision counts only if a compaction at the hashed revision would keep it: so the sum does not depend on
//! how far the deletion of rows is.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;

use super::read::{self, ReadError, Reader};
use super::store::{Store, View};
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::key::RowKey;
use crate::types::{KeyRange, Revision};

/// Times that a hash is begun again because a compaction was accepted meanwhile.
const RESTARTS_MAX: usize = 3;
/// Hashes of compactions that are remembered.
const COMPACTIONS_MAX: usize = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashKv {
    pub hash: u32,
    /// -1: nothing was compacted.
    pub compact_revision: i64,
    pub hash_revision: i64,
    /// The store's revision when it was read.
    pub current_revision: i64,
}

/// The hash over the rows that a compaction found, before it deleted any.
#[derive(Clone, Copy, Debug)]
pub struct CompactionHash {
    pub revision: i64,
    /// The compaction before it.
    pub compact_revision: i64,
    pub hash: u32,
}

/// The hashes of the newest compactions, ascending; gone with the process.
#[derive(Default)]
pub struct CompactionHashes(VecDeque<CompactionHash>);

impl CompactionHashes {
    pub fn add(&mut self, hash: CompactionHash) {
        self.0.push_back(hash);
        if self.0.len() > COMPACTIONS_MAX {
            self.0.pop_front();
        }
    }

    fn find(&self, revision: i64) -> Option<CompactionHash> {
        self.0.iter().find(|hash| hash.revision == revision).copied()
    }
}

/// The hash of no rows.
pub fn start() -> u32 {
    crc32c::crc32c(Bucket::Key.name().as_bytes())
}

pub fn append(hash: u32, key: &[u8], value: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c_append(hash, key), value)
}

/// Whether a row at or below the hashed revision counts. `is_kept`: it is in the keep set, or this is empty.
pub fn counts(revision: Revision, is_tombstone: bool, compacted: i64, is_kept: bool) -> bool {
    (revision.main > compacted || is_kept) && !(revision.main == compacted && is_tombstone)
}

impl Store {
    /// HashKV by etcd's algorithm, compaction hashes included; revision 0 is the view's.
    /// Blocking: for a maintenance thread.
    ///
    /// # Errors
    /// `Compacted`, also when the view is older than a compaction: take the newest and ask again. `FutureRevision`.
    pub fn hash_kv(&self, view: &View, revision: i64) -> Result<HashKv, ReadError> {
        let current_revision = view.revision;
        if let Some(CompactionHash { revision, compact_revision, hash }) = self.hashes.lock().find(revision) {
            return Ok(HashKv { hash, compact_revision, hash_revision: revision, current_revision });
        }
        let at = if revision == 0 { view.revision } else { revision };
        let mut restarts = 0;
        loop {
            // Deletions that the read transaction sees belong to compactions accepted before.
            let compacted = self.compacted();
            let reader = view.read()?;
            if at >= 0 && at < compacted {
                return Err(ReadError::Compacted { asked: at, oldest: compacted });
            }
            if at > view.revision {
                return Err(ReadError::FutureRevision { asked: at, newest: view.revision });
            }
            let hash = if self.compacted() == compacted { self.hash_rows(&reader, at, compacted)? } else { None };
            if let Some(hash) = hash {
                return Ok(HashKv { hash, compact_revision: compacted, hash_revision: at, current_revision });
            }
            restarts += 1;
            if restarts > RESTARTS_MAX {
                return Err(ReadError::Compacted { asked: at, oldest: self.compacted() });
            }
        }
    }

    /// `None`: a compaction above `at` has begun to drop revisions.
    fn hash_rows(&self, reader: &Reader, at: i64, compacted: i64) -> Result<Option<u32>, ReadError> {
        let Some(keep) = self.keep_set(at, compacted) else { return Ok(None) };
        let mut hash = start();
        let mut place = 0;
        reader.rows(0, at, |revision, is_tombstone, row| {
            while keep.revisions.get(place).is_some_and(|&kept| kept < revision) {
                place += 1;
            }
            let is_kept = keep.is_empty || keep.revisions.get(place) == Some(&revision);
            if counts(revision, is_tombstone, compacted, is_kept) {
                hash = append(hash, &RowKey::new(revision, is_tombstone), &row);
            }
            true
        })?;
        Ok(Some(hash))
    }

    /// What a compaction at `at` would keep at or below `compacted`.
    fn keep_set(&self, at: i64, compacted: i64) -> Option<KeepSet> {
        let mut keep = KeepSet { revisions: Vec::new(), is_empty: true };
        // Of a negative revision there are no rows, compacted or not.
        if compacted < 0 || at < 0 {
            return Some(keep);
        }
        let all = KeyRange::From(bytes::Bytes::new());
        let mut after = None;
        loop {
            let index = self.index.read();
            if self.dropping.load(Ordering::Acquire) > at {
                return None;
            }
            after = index.visit(&all, after.as_deref(), read::PAGE, |_, entry| {
                if let Some(kept) = entry.keep(at) {
                    keep.is_empty = false;
                    if kept.main <= compacted {
                        keep.revisions.push(kept);
                    }
                }
            });
            drop(index);
            if after.is_none() {
                keep.revisions.sort_unstable();
                return Some(keep);
            }
        }
    }
}

struct KeepSet {
    /// Ascending.
    revisions: Vec<Revision>,
    /// Of all revisions, also those above the compacted one.
    is_empty: bool,
}
