//! HashKV of a backend at rest, at any revision and as if it were compacted at any: members that are compacted
//! differently can be compared.

use std::collections::HashMap;

use ahash::RandomState;

use crate::mvcc::hash;
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::key::{KeyValue, RowKey};
use crate::storage::source::{Source, SourceError};
use crate::types::Revision;

/// HashKV at `revision`, as a member whose newest compaction is at `compacted` (-1: none) has it. That is at least the
/// newest one of this backend, and at most `revision`.
///
/// # Errors
/// Damage. Rows that are none are passed over.
pub fn hash_kv(source: &Source, revision: i64, compacted: i64) -> Result<u32, SourceError> {
    let kept = if compacted < 0 { Vec::new() } else { kept(source, revision)? };
    let (mut hash, mut place) = (hash::start(), 0);
    source.visit(Bucket::Key, |key, value| {
        let Some((row, is_tombstone)) = RowKey::decode(key).filter(|(row, _)| row.main <= revision) else {
            return Ok(());
        };
        while kept.get(place).is_some_and(|&kept| kept < row) {
            place += 1;
        }
        let is_kept = kept.is_empty() || kept.get(place) == Some(&row);
        if hash::counts(row, is_tombstone, compacted, is_kept) {
            hash = hash::append(hash, key, value);
        }
        Ok::<_, SourceError>(())
    })?;
    Ok(hash)
}

/// The newest row at or below `revision` of each key that exists there, ascending.
fn kept(source: &Source, revision: i64) -> Result<Vec<Revision>, SourceError> {
    let mut newest: HashMap<Box<[u8]>, (Revision, bool), RandomState> = HashMap::default();
    source.visit(Bucket::Key, |key, value| {
        let row = RowKey::decode(key).filter(|(row, _)| row.main <= revision);
        if let (Some((row, is_tombstone)), Some(kv)) = (row, KeyValue::decode(value)) {
            match newest.get_mut(kv.key) {
                Some(known) => *known = (row, is_tombstone),
                None => {
                    newest.insert(kv.key.into(), (row, is_tombstone));
                }
            }
        }
        Ok::<_, SourceError>(())
    })?;
    let mut kept: Vec<Revision> =
        newest.into_values().filter(|&(_, is_tombstone)| !is_tombstone).map(|(row, _)| row).collect();
    kept.sort_unstable();
    Ok(kept)
}
