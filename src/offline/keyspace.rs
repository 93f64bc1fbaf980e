//! The key space of a backend at rest, at any revision that is left of it: found in one pass over its rows, without
//! an index.
//!
//! Not here: the key space of a member that runs (`mvcc`), what the log adds (`current`).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::ControlFlow;
use std::path::PathBuf;

use crate::storage::order::Order;
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::key::{KeyValue, RowKey};
use crate::storage::schema::meta;
use crate::storage::source::{Source, SourceError};
use crate::types::Revision;

/// Why there are no keys to show.
#[derive(Debug, thiserror::Error)]
pub enum KeySpaceError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error("{}: bucket {bucket}: the row with key {key} cannot be read", path.display())]
    Row { path: PathBuf, bucket: &'static str, key: String },
    #[error("mvcc: required revision has been compacted")]
    Compacted,
    #[error("mvcc: required revision is a future revision")]
    Future,
}

/// Which revisions there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Of the last row, or of a compaction beyond it; 1 while there was no change.
    pub newest: i64,
    /// The newest compaction; -1 while nothing was ever compacted.
    pub compacted: i64,
}

impl Bounds {
    /// # Errors
    /// Damage.
    pub fn read(source: &Source) -> Result<Self, KeySpaceError> {
        let rows = source.rows(Bucket::Meta)?;
        let mut compacted = -1;
        for key in [meta::SCHEDULED_COMPACT_REVISION, meta::FINISHED_COMPACT_REVISION] {
            let Some(value) = rows.get(key) else { continue };
            let revision = meta::decode_compact_revision(value).ok_or_else(|| broken(source, Bucket::Meta, key))?;
            compacted = compacted.max(revision);
        }
        let mut newest = 1;
        source.visit_in(Order::Descending, Bucket::Key, |key, _| {
            let (revision, _) = RowKey::decode(key).ok_or_else(|| broken(source, Bucket::Key, key))?;
            newest = revision.main;
            Ok::<_, KeySpaceError>(ControlFlow::Break(()))
        })?;
        Ok(Self { newest: newest.max(compacted), compacted })
    }

    /// The revision to read at; one of zero or less is the newest.
    ///
    /// # Errors
    /// It is compacted, or there is none such yet.
    pub fn revision(&self, asked: i64) -> Result<i64, KeySpaceError> {
        match asked {
            ..=0 => Ok(self.newest),
            _ if asked > self.newest => Err(KeySpaceError::Future),
            _ if asked < self.compacted => Err(KeySpaceError::Compacted),
            _ => Ok(asked),
        }
    }
}

/// A row of bucket `key`.
#[derive(Clone, Copy, Debug)]
pub struct Change<'row> {
    pub revision: Revision,
    pub is_tombstone: bool,
    /// Of a tombstone only the key.
    pub kv: KeyValue<'row>,
    /// Bytes of the row.
    pub bytes: u64,
}

/// Visits the changes in their order, until `visit` breaks off. The empty row that may end a restored snapshot is none.
///
/// # Errors
/// Damage, and what `visit` says.
pub fn changes(
    source: &Source,
    mut visit: impl FnMut(Change<'_>) -> Result<ControlFlow<()>, KeySpaceError>,
) -> Result<(), KeySpaceError> {
    source.visit_in(Order::Ascending, Bucket::Key, |key, value| {
        let decoded = RowKey::decode(key).zip(KeyValue::decode(value));
        let ((revision, is_tombstone), kv) = decoded.ok_or_else(|| broken(source, Bucket::Key, key))?;
        if kv.key.is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        visit(Change { revision, is_tombstone, kv, bytes: (key.len() + value.len()) as u64 })
    })
}

/// The keys that exist at `revision` and that `selects` says, each with what `keep` makes of its newest change. Memory
/// is taken for what is kept alone.
///
/// # Errors
/// Damage.
pub fn keys_at<T>(
    source: &Source,
    revision: i64,
    selects: impl Fn(&[u8]) -> bool,
    keep: impl Fn(&KeyValue<'_>) -> T,
) -> Result<BTreeMap<Vec<u8>, T>, KeySpaceError> {
    let mut keys = BTreeMap::new();
    changes(source, |change| {
        if change.revision.main > revision {
            return Ok(ControlFlow::Break(()));
        }
        let key = change.kv.key;
        if !selects(key) {
            return Ok(ControlFlow::Continue(()));
        }
        if change.is_tombstone {
            keys.remove(key);
        } else if let Some(kept) = keys.get_mut(key) {
            *kept = keep(&change.kv);
        } else {
            keys.insert(key.to_vec(), keep(&change.kv));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(keys)
}

/// The revisions of the newest changes of all keys that exist. Memory is taken for each such key.
///
/// # Errors
/// Damage.
pub fn live(source: &Source) -> Result<HashSet<Revision>, KeySpaceError> {
    let mut newest = HashMap::new();
    changes(source, |change| {
        if change.is_tombstone {
            newest.remove(change.kv.key);
        } else if let Some(revision) = newest.get_mut(change.kv.key) {
            *revision = change.revision;
        } else {
            newest.insert(change.kv.key.to_vec(), change.revision);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(newest.into_values().collect())
}

fn broken(source: &Source, bucket: Bucket, key: &[u8]) -> KeySpaceError {
    KeySpaceError::Row { path: source.path().into(), bucket: bucket.name(), key: format!("\"{}\"", key.escape_ascii()) }
}
