//! HashKV of a backend at rest: what its member would answer after a restart.
//!
//! A restart takes up a compaction that was accepted and not finished, so the accepted one counts. Memory is taken for
//! each key, not for each row, and only if there was a compaction.

use ahash::AHashMap;

use crate::mvcc::hash::{self, HashKv};
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::key::{KeyValue, RowKey};
use crate::storage::schema::meta;
use crate::storage::source::{Rows, Source, SourceError};
use crate::types::Revision;

/// Why there is no hash.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    #[error("mvcc: required revision has been compacted")]
    Compacted,
    #[error("mvcc: required revision is a future revision")]
    Future,
    #[error("bucket key: the row with key {} cannot be decoded", .0.escape_ascii())]
    Row(Vec<u8>),
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// The hash at `revision`; 0 is the newest. `progress` hears of bytes of rows.
///
/// # Errors
/// Damage, or the revision is not there.
pub fn hash_kv(source: &Source, revision: i64, progress: &mut dyn FnMut(u64)) -> Result<HashKv, HashError> {
    let compact_revision = accepted_compaction(&source.rows(Bucket::Meta)?);
    let mut keep = (compact_revision >= 0).then(KeepSet::default);
    let mut newest = 1;
    let mut hash = hash::start();
    // Without a compaction every row up to the revision counts, and one pass does.
    visit(source, |row, key, value| {
        newest = row.revision.main;
        match &mut keep {
            Some(keep) => {
                let kv = decode(key, value)?;
                if revision == 0 || newest <= revision {
                    keep.add(kv.key, row);
                }
            }
            None if revision == 0 || newest <= revision => hash = hash::append(hash, key, value),
            None => {}
        }
        progress((key.len() + value.len()) as u64);
        Ok(())
    })?;
    let current_revision = newest.max(compact_revision);
    let hash_revision = if revision == 0 { current_revision } else { revision };
    if (0..compact_revision).contains(&hash_revision) {
        return Err(HashError::Compacted);
    }
    if hash_revision > current_revision {
        return Err(HashError::Future);
    }
    if let Some(keep) = keep {
        hash = hash_kept(source, keep, hash_revision, compact_revision)?;
    }
    Ok(HashKv { hash, compact_revision, hash_revision, current_revision })
}

/// The hash at `revision` as a member whose newest compaction is at `compacted` (-1: none) has it: members that are
/// compacted differently can be compared. `compacted` is at least that of this backend, and at most `revision`.
///
/// # Errors
/// Damage.
pub fn hash_kv_compacted(source: &Source, revision: i64, compacted: i64) -> Result<u32, HashError> {
    let mut keep = KeepSet::default();
    if compacted >= 0 {
        visit(source, |row, key, value| {
            if row.revision.main <= revision {
                keep.add(decode(key, value)?.key, row);
            }
            Ok(())
        })?;
    }
    hash_kept(source, keep, revision, compacted)
}

/// The hash over the rows up to `revision` that a compaction at `compacted` leaves. `keep` knows all of them.
fn hash_kept(source: &Source, keep: KeepSet, revision: i64, compacted: i64) -> Result<u32, HashError> {
    let (kept, is_empty) = keep.at(revision, compacted);
    let (mut hash, mut kept) = (hash::start(), kept.into_iter().peekable());
    visit(source, |row, key, value| {
        while kept.next_if(|kept| *kept < row.revision).is_some() {}
        let is_kept = is_empty || kept.peek() == Some(&row.revision);
        if row.revision.main <= revision && hash::counts(row.revision, row.is_tombstone, compacted, is_kept) {
            hash = hash::append(hash, key, value);
        }
        Ok(())
    })?;
    Ok(hash)
}

fn decode<'row>(key: &[u8], value: &'row [u8]) -> Result<KeyValue<'row>, HashError> {
    KeyValue::decode(value).ok_or_else(|| HashError::Row(key.to_vec()))
}

/// The newest compaction that was accepted; -1 if there was none.
fn accepted_compaction(meta_rows: &Rows) -> i64 {
    let mark = |key| meta_rows.get(key).and_then(|value| meta::decode_compact_revision(value));
    mark(meta::FINISHED_COMPACT_REVISION).max(mark(meta::SCHEDULED_COMPACT_REVISION)).unwrap_or(-1)
}

#[derive(Clone, Copy)]
struct Row {
    revision: Revision,
    is_tombstone: bool,
}

fn visit(source: &Source, mut visit: impl FnMut(Row, &[u8], &[u8]) -> Result<(), HashError>) -> Result<(), HashError> {
    source.visit(Bucket::Key, |key, value| {
        let (revision, is_tombstone) = RowKey::decode(key).ok_or_else(|| HashError::Row(key.to_vec()))?;
        visit(Row { revision, is_tombstone }, key, value)
    })
}

/// What a compaction would keep.
#[derive(Default)]
struct KeepSet(AHashMap<Box<[u8]>, Last>);

/// What rows so far say of a key.
#[derive(Clone, Copy, Default)]
struct Last {
    /// The newest row, if that is a put.
    put: Option<Revision>,
    /// Where the last life ended.
    ended: Option<i64>,
}

impl KeepSet {
    fn add(&mut self, key: &[u8], row: Row) {
        if !self.0.contains_key(key) {
            self.0.insert(key.into(), Last::default());
        }
        let last = self.0.get_mut(key).expect("just put there");
        match row.is_tombstone {
            true => *last = Last { put: None, ended: Some(row.revision.main) },
            false => last.put = Some(row.revision),
        }
    }

    /// The rows up to `compacted` that a compaction at `revision`, which no row is behind, would keep, ascending; and
    /// whether it would keep none at all. Of a key whose life ended at that very revision nothing is kept, even if the
    /// same transaction began another.
    fn at(self, revision: i64, compacted: i64) -> (Vec<Revision>, bool) {
        let kept = self.0.into_values().filter(|last| last.ended != Some(revision)).filter_map(|last| last.put);
        let mut is_empty = true;
        let mut old: Vec<Revision> = kept.inspect(|_| is_empty = false).filter(|kept| kept.main <= compacted).collect();
        old.sort_unstable();
        (old, is_empty)
    }
}
