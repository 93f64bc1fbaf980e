//! What a backend holds as a whole, in one pass that checks all of it.

use std::fmt;

use ahash::AHashSet;

use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::key::{KeyValue, RowKey};
use crate::storage::schema::meta;
use crate::storage::source::{Item, Rows, Source, SourceError};

/// What there is to tell of a backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// CRC-32C over all buckets, `meta` included.
    pub hash: u32,
    /// That of the last row of bucket `key`.
    pub revision: i64,
    /// Keys that are there now.
    pub total_keys: i64,
    /// Without a trailer.
    pub size_bytes: u64,
    /// Empty up to etcd 3.5.
    pub storage_version: String,
}

/// Why there is nothing to tell.
#[derive(Debug)]
pub enum StatusError {
    /// Not empty.
    Damaged(Vec<SourceError>),
    /// A row where buckets should be.
    NoBucket(Vec<u8>),
    RowKey(Vec<u8>),
    Row(Vec<u8>),
    Io(SourceError),
}

impl fmt::Display for StatusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(problems) => {
                write!(f, "snapshot file integrity check failed. {} errors found.", problems.len())?;
                problems.iter().try_for_each(|problem| write!(f, "\n{problem}"))
            }
            Self::NoBucket(name) => write!(f, "nil bucket: \"{}\"", name.escape_ascii()),
            Self::RowKey(key) => write!(f, "cannot parse revision key: {}", key.escape_ascii()),
            Self::Row(key) => write!(f, "cannot unmarshal value, key: {}", key.escape_ascii()),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StatusError {}

/// Reads all of a backend. `progress` hears of bytes of rows.
///
/// # Errors
/// It is damaged, or rows are not what etcd writes.
pub fn status(source: &Source, progress: &mut dyn FnMut(u64)) -> Result<Status, StatusError> {
    let size_bytes = source.size_bytes().map_err(StatusError::Io)?;
    // Damage here is found again below, with all the rest.
    let mut count = Count::begin(&source.rows(Bucket::Meta).unwrap_or_default());
    let mut status = Status { hash: 0, revision: 0, total_keys: 0, size_bytes, storage_version: String::new() };
    let (mut bucket, mut wrong) = (None, None);
    let problems = source.survey(|item| match item {
        Item::Bucket(name) => {
            status.hash = crc32c::crc32c_append(status.hash, name);
            bucket = Some(Bucket::ALL.into_iter().find(|bucket| bucket.name().as_bytes() == name));
        }
        Item::BucketEnd => bucket = None,
        Item::Row { key, value } => {
            status.hash = crc32c::crc32c_append(crc32c::crc32c_append(status.hash, key), value);
            progress((key.len() + value.len()) as u64);
            match bucket {
                None => drop(wrong.get_or_insert_with(|| StatusError::NoBucket(key.to_vec()))),
                Some(Some(Bucket::Key)) => match count.add(key, value) {
                    Ok(revision) => status.revision = revision,
                    Err(error) => drop(wrong.get_or_insert(error)),
                },
                Some(Some(Bucket::Meta)) if key == meta::STORAGE_VERSION => {
                    status.storage_version = String::from_utf8_lossy(value).into_owned();
                }
                Some(_) => {}
            }
        }
    });
    if !problems.is_empty() {
        return Err(StatusError::Damaged(problems));
    }
    status.total_keys = count.total();
    wrong.map_or(Ok(status), Err)
}

/// Counts the keys that are there after the rows so far.
///
/// A put tells by its version whether its key was there before, and a finished compaction has left one row at most of
/// each key. So only while a compaction is not finished need keys be remembered: those of rows that it may delete.
enum Count {
    /// Rows up to `compacted` are the only ones of their keys.
    ByVersion {
        compacted: i64,
        live: i64,
    },
    ByKey(AHashSet<Box<[u8]>>),
}

impl Count {
    fn begin(meta_rows: &Rows) -> Self {
        let mark = |key| meta_rows.get(key).and_then(|value| meta::decode_compact_revision(value)).unwrap_or(-1);
        let compacted = mark(meta::FINISHED_COMPACT_REVISION);
        match mark(meta::SCHEDULED_COMPACT_REVISION) <= compacted {
            true => Self::ByVersion { compacted, live: 0 },
            false => Self::ByKey(AHashSet::new()),
        }
    }

    /// Gives the revision of the row.
    fn add(&mut self, key: &[u8], value: &[u8]) -> Result<i64, StatusError> {
        let (revision, is_tombstone) = RowKey::decode(key).ok_or_else(|| StatusError::RowKey(key.to_vec()))?;
        let kv = KeyValue::decode(value).ok_or_else(|| StatusError::Row(key.to_vec()))?;
        match self {
            Self::ByVersion { compacted, live } if revision.main <= *compacted => *live += i64::from(!is_tombstone),
            Self::ByVersion { live, .. } => match (is_tombstone, kv.version) {
                (true, _) => *live -= 1,
                (false, 1) => *live += 1,
                (false, _) => {}
            },
            Self::ByKey(keys) if is_tombstone => {
                keys.remove(kv.key);
            }
            Self::ByKey(keys) => {
                if !keys.contains(kv.key) {
                    keys.insert(kv.key.into());
                }
            }
        }
        Ok(revision.main)
    }

    fn total(&self) -> i64 {
        match self {
            Self::ByVersion { live, .. } => *live,
            Self::ByKey(keys) => keys.len() as i64,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use bytes::BytesMut;
    use proptest::prelude::*;

    use super::*;
    use crate::types::Revision;

    /// A key's life so far: where it began, its version. Absent: it is not there.
    type Lives = BTreeMap<u8, (i64, i64)>;

    fn row(revision: i64, key: u8, life: Option<(i64, i64)>) -> (Vec<u8>, Vec<u8>) {
        let (create_revision, version) = life.unwrap_or_default();
        let mod_revision = if life.is_some() { revision } else { 0 };
        let kv = KeyValue { key: &[key], create_revision, mod_revision, version, ..KeyValue::default() };
        let mut value = BytesMut::new();
        kv.encode(&mut value);
        (RowKey::new(Revision::new(revision, 0), life.is_none()).to_vec(), value.to_vec())
    }

    proptest! {
        /// By versions or by keys, after any history and a finished compaction: what is there is counted.
        #[test]
        fn both_ways_count_the_keys_that_are_there(
            changes in prop::collection::vec((0_u8..6, any::<bool>()), 0..60),
            compacted in 1_i64..70,
            keeps_tombstone in any::<bool>(),
        ) {
            let (mut lives, mut rows) = (Lives::new(), Vec::new());
            let mut revision = 1;
            for (key, is_put) in changes {
                if !is_put && !lives.contains_key(&key) {
                    continue;
                }
                revision += 1;
                if is_put {
                    let life = lives.entry(key).or_insert((revision, 0));
                    life.1 += 1;
                } else {
                    lives.remove(&key);
                }
                rows.push((revision, key, lives.get(&key).copied()));
            }
            // Of what is compacted the newest of each key stays; a tombstone only right at the revision, if at all.
            let compacted = compacted.min(revision);
            let mut seen = BTreeSet::new();
            let mut kept: Vec<_> = rows.iter().rev().filter(|&&(at, key, life)| {
                at > compacted || seen.insert(key) && (life.is_some() || at == compacted && keeps_tombstone)
            }).collect();
            kept.reverse();
            for mut count in [Count::ByVersion { compacted, live: 0 }, Count::ByKey(AHashSet::new())] {
                for &&(at, key, life) in &kept {
                    let (key, value) = row(at, key, life);
                    prop_assert_eq!(count.add(&key, &value).unwrap(), at);
                }
                prop_assert_eq!(count.total(), lives.len() as i64);
            }
        }
    }

    #[test]
    fn keys_are_remembered_while_a_compaction_is_under_way() {
        let mark = |revision| meta::encode_compact_revision(revision).to_vec();
        for (scheduled, finished, by_version) in
            [(None, None, true), (Some(5), None, false), (Some(5), Some(4), false), (Some(5), Some(5), true)]
        {
            let marks = [(meta::SCHEDULED_COMPACT_REVISION, scheduled), (meta::FINISHED_COMPACT_REVISION, finished)];
            let rows: Rows = marks.into_iter().filter_map(|(key, at)| Some((key.to_vec(), mark(at?)))).collect();
            assert_eq!(
                matches!(Count::begin(&rows), Count::ByVersion { .. }),
                by_version,
                "{scheduled:?} {finished:?}"
            );
        }
    }
}
