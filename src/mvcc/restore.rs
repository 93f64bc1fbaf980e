//! What is rebuilt from the backend at the start: the key index, and everything that other modules keep in memory.
//!
//! The index is built in one go: all rows of bucket `key` are listed, sorted by key, and turned into the map's
//! entries in order, which is several times faster than inserting them one by one. Values are not read.

use bytes::Bytes;

use super::index::Index;
use super::key_index::KeyEntry;
use super::store::StoreError;
use crate::storage::backend::Env;
use crate::storage::backend::env::ReadTxn;
use crate::storage::schema::bucket::{Bucket, BucketChange};
use crate::storage::schema::key::{KeyValue, RowKey};
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
struct Scanned<'txn> {
    key: &'txn [u8],
    revision: Revision,
    is_tombstone: bool,
    create_revision: i64,
    version: i64,
    lease: i64,
}

pub fn restore(env: &Env) -> Result<Found, StoreError> {
    let txn = env.read().map_err(backend)?;
    let buckets = small_buckets(env, &txn)?;
    let finished_compaction = number(env, &buckets, meta::FINISHED_COMPACT_REVISION, meta::decode_compact_revision)?;
    let scheduled_compaction = number(env, &buckets, meta::SCHEDULED_COMPACT_REVISION, meta::decode_compact_revision)?;
    let consistent_index = number(env, &buckets, meta::CONSISTENT_INDEX, meta::decode_u64)?.unwrap_or(0);
    let term = number(env, &buckets, meta::TERM, meta::decode_u64)?.unwrap_or(0);
    let (finished_compaction, scheduled_compaction) =
        (finished_compaction.unwrap_or(-1), scheduled_compaction.unwrap_or(-1));

    let mut rows = scan(env, &txn)?;
    let newest = rows.last().map_or(1, |row| row.revision.main);
    // Unstable is enough: no two rows have the same revision.
    rows.sort_unstable_by(|a, b| a.key.cmp(b.key).then(a.revision.cmp(&b.revision)));
    let mut leased_keys = Vec::new();
    let index = Index::from_sorted(rows.chunk_by(|a, b| a.key == b.key).map(|life| {
        let newest = &life[life.len() - 1];
        if !newest.is_tombstone && newest.lease != 0 {
            leased_keys.push((Bytes::copy_from_slice(newest.key), newest.lease));
        }
        (newest.key.into(), entry(life))
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

fn small_buckets(env: &Env, txn: &ReadTxn) -> Result<Vec<BucketChange>, StoreError> {
    let mut all = Vec::new();
    for bucket in Bucket::ALL.into_iter().filter(|&bucket| bucket != Bucket::Key) {
        for row in env.bucket(bucket).iter(txn).map_err(backend)? {
            let (key, value) = row.map_err(backend)?;
            let (key, value) = (Bytes::copy_from_slice(key), Some(Bytes::copy_from_slice(value)));
            all.push(BucketChange { bucket, key, value });
        }
    }
    Ok(all)
}

/// A value of bucket `meta`; `None` if it is not there.
fn number<T>(
    env: &Env,
    buckets: &[BucketChange],
    key: &[u8],
    decode: fn(&[u8]) -> Option<T>,
) -> Result<Option<T>, StoreError> {
    let Some(row) = buckets.iter().find(|row| row.bucket == Bucket::Meta && row.key == key) else {
        return Ok(None);
    };
    let value = row.value.as_deref().unwrap_or_default();
    let dir = env.dir().display();
    let broken = || StoreError(format!("{dir}: bucket meta, row {}: it cannot be read", key.escape_ascii()));
    decode(value).map(Some).ok_or_else(broken)
}

fn scan<'txn>(env: &Env, txn: &'txn ReadTxn) -> Result<Vec<Scanned<'txn>>, StoreError> {
    let bucket = env.bucket(Bucket::Key);
    let mut rows = Vec::with_capacity(usize::try_from(bucket.len(txn).map_err(backend)?).unwrap_or(0));
    for row in bucket.iter(txn).map_err(backend)? {
        let (row_key, value) = row.map_err(backend)?;
        let dir = env.dir().display();
        let broken = |what| StoreError(format!("{dir}: bucket key, row {}: {what}", row_key.escape_ascii()));
        let (revision, is_tombstone) = RowKey::decode(row_key).ok_or_else(|| broken("its key is no revision"))?;
        let kv = KeyValue::decode(value).ok_or_else(|| broken("its value is no KeyValue"))?;
        // An empty row may end a restored snapshot.
        if !is_tombstone && kv.mod_revision != revision.main && !value.is_empty() {
            return Err(broken("its modification revision is not that of the row"));
        }
        let KeyValue { key, create_revision, version, lease, .. } = kv;
        rows.push(Scanned { key, revision, is_tombstone, create_revision, version, lease });
    }
    Ok(rows)
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

fn backend(error: heed::Error) -> StoreError {
    StoreError(format!("backend: {error}"))
}
