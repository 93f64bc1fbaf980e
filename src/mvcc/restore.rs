//! What is rebuilt from the backend at the start: the key index, and everything that other modules keep in memory.
//!
//! The index is built in one go: all rows of bucket `key` are listed, sorted by key, and turned into the map's
//! entries in order, which is several times faster than inserting them one by one. Long values are not read.
//!
//! The file is read without LMDB, so that a damaged one is refused with the place of the damage.

use std::path::Path;

use bytes::Bytes;

use super::index::Index;
use super::key_index::KeyEntry;
use super::store::StoreError;
use crate::storage::backend::pages::{Damage, Entry, PageFile, Values};
use crate::storage::schema::bucket::{Bucket, BucketChange};
use crate::storage::schema::key::{self, KeyValue, RowKey};
use crate::storage::schema::meta;
use crate::types::{Index as RaftIndex, Revision, Term};

pub struct Found {
    pub index: Index,
    /// At least both compactions.
    pub revision: i64,
    /// -1: none.
    pub finished_compaction: i64,
    /// -1: none.
    pub scheduled_compaction: i64,
    pub consistent_index: RaftIndex,
    pub term: Term,
    pub buckets: Vec<BucketChange>,
    pub leased_keys: Vec<(Bytes, i64)>,
}

/// A row of bucket `key`, as far as the index needs it.
struct Scanned {
    /// Where the key's bytes lie in `Rows::keys`.
    key: (usize, usize),
    revision: Revision,
    is_tombstone: bool,
    create_revision: i64,
    version: i64,
    lease: i64,
}

/// Everything in the file.
#[derive(Default)]
struct Rows {
    rows: Vec<Scanned>,
    keys: Vec<u8>,
    buckets: Vec<BucketChange>,
}

/// Reads the backend in the directory of its generation.
pub fn restore(dir: &Path) -> Result<Found, StoreError> {
    let Rows { mut rows, keys, buckets } = read(dir)?;
    let compaction =
        |key| number(dir, &buckets, key, meta::decode_compact_revision).map(|revision| revision.unwrap_or(-1));
    let finished_compaction = compaction(meta::FINISHED_COMPACT_REVISION)?;
    let scheduled_compaction = compaction(meta::SCHEDULED_COMPACT_REVISION)?;
    let consistent_index = number(dir, &buckets, meta::CONSISTENT_INDEX, meta::decode_u64)?.unwrap_or(0);
    let term = number(dir, &buckets, meta::TERM, meta::decode_u64)?.unwrap_or(0);

    let newest = rows.last().map_or(1, |row| row.revision.main);
    let key = |row: &Scanned| &keys[row.key.0..row.key.1];
    // Unstable is enough: no two rows have the same revision.
    rows.sort_unstable_by(|a, b| key(a).cmp(key(b)).then(a.revision.cmp(&b.revision)));
    let mut leased_keys = Vec::new();
    let index = Index::from_sorted(rows.chunk_by(|a, b| key(a) == key(b)).map(|life| {
        let newest = &life[life.len() - 1];
        if !newest.is_tombstone && newest.lease != 0 {
            leased_keys.push((Bytes::copy_from_slice(key(newest)), newest.lease));
        }
        (key(newest).into(), entry(life))
    }));
    Ok(Found {
        index,
        revision: newest.max(finished_compaction).max(scheduled_compaction),
        finished_compaction,
        scheduled_compaction,
        consistent_index,
        term,
        buckets,
        leased_keys,
    })
}

fn read(dir: &Path) -> Result<Rows, StoreError> {
    let path = dir.join("data.mdb");
    let damaged = |damage: Damage| StoreError(damage.to_string());
    let mut file = PageFile::open(&path).map_err(damaged)?;
    let trees = file.named().map_err(damaged)?;
    let mut found = Rows::default();
    for bucket in Bucket::ALL {
        let tree = trees.iter().find(|(name, ..)| name == bucket.name().as_bytes()).and_then(|(_, tree, _)| *tree);
        let tree =
            tree.ok_or_else(|| StoreError(format!("{}: bucket {} is missing", path.display(), bucket.name())))?;
        if bucket != Bucket::Key {
            let see = &mut |entry: &Entry| {
                let (key, value) = (Bytes::copy_from_slice(entry.key), Some(Bytes::copy_from_slice(entry.value)));
                found.buckets.push(BucketChange { bucket, key, value });
            };
            file.walk(&tree, Values::Whole, see).map_err(damaged)?;
            continue;
        }
        found.rows.reserve(usize::try_from(tree.entries().min(file.rows_max())).unwrap_or(0));
        let mut wrong = None;
        let see = &mut |entry: &Entry| {
            if let Err(what) = see_row(entry, &mut found) {
                wrong.get_or_insert_with(|| Damage {
                    path: path.clone(),
                    offset: entry.offset,
                    what: format!("bucket key, row {}: {what}", entry.key.escape_ascii()),
                });
            }
        };
        file.walk(&tree, Values::Ends(key::head_len), see).map_err(damaged)?;
        wrong.map_or(Ok(()), |damage| Err(damaged(damage)))?;
    }
    file.check_free().map_err(damaged)?;
    Ok(found)
}

fn see_row(entry: &Entry, found: &mut Rows) -> Result<(), &'static str> {
    let (revision, is_tombstone) = RowKey::decode(entry.key).ok_or("its key is no revision")?;
    let kv = KeyValue::decode(entry.value).ok_or("its value is no KeyValue")?;
    // An empty row may end a restored snapshot.
    if !is_tombstone && kv.mod_revision != revision.main && !entry.value.is_empty() {
        return Err("its modification revision is not that of the row");
    }
    let start = found.keys.len();
    found.keys.extend_from_slice(kv.key);
    let key = (start, found.keys.len());
    let KeyValue { create_revision, version, lease, .. } = kv;
    found.rows.push(Scanned { key, revision, is_tombstone, create_revision, version, lease });
    Ok(())
}

/// A value of bucket `meta`; `None` if it is not there.
fn number<T>(
    dir: &Path,
    buckets: &[BucketChange],
    key: &[u8],
    decode: fn(&[u8]) -> Option<T>,
) -> Result<Option<T>, StoreError> {
    let Some(row) = buckets.iter().find(|row| row.bucket == Bucket::Meta && row.key == key) else {
        return Ok(None);
    };
    let value = row.value.as_deref().unwrap_or_default();
    let broken =
        || StoreError(format!("{}: bucket meta, row {}: it cannot be read", dir.display(), key.escape_ascii()));
    decode(value).map(Some).ok_or_else(broken)
}

/// The entry of a key from all its rows.
fn entry(rows: &[Scanned]) -> KeyEntry {
    let (first, later) = rows.split_first().expect("a key was found in a row");
    let mut entry = if first.is_tombstone {
        KeyEntry::restored_tombstone(first.revision)
    } else {
        KeyEntry::restored(first.create_revision, first.version, first.revision)
    };
    for row in later {
        if !row.is_tombstone {
            entry.put(row.revision);
        } else if !entry.delete(row.revision) {
            tracing::warn!(revision = %row.revision, "ignoring a tombstone of a key that does not exist");
        }
    }
    entry
}
