//! What takes the space of a backend: each change of a key is live while it is the newest one and no deletion, else
//! it is history, which a compaction removes.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::keyspace::{self, Bounds, KeySpaceError};
use crate::storage::schema::bucket::Bucket;
use crate::storage::source::Source;

/// What keys with one beginning take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Keys that exist.
    pub keys: u64,
    /// Changes that are stored, of keys that are gone too.
    pub changes: u64,
    /// Bytes of rows that compaction keeps.
    pub live_bytes: u64,
    /// Bytes of rows that a compaction at the newest revision would remove.
    pub history_bytes: u64,
}

impl Usage {
    /// All bytes.
    pub fn bytes(&self) -> u64 {
        self.live_bytes + self.history_bytes
    }

    fn add(&mut self, other: &Self) {
        self.keys += other.keys;
        self.changes += other.changes;
        self.live_bytes += other.live_bytes;
        self.history_bytes += other.history_bytes;
    }
}

/// Rows of a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketUsage {
    pub name: Vec<u8>,
    pub rows: u64,
    /// Of keys and values.
    pub bytes: u64,
}

/// Who takes the space.
#[derive(Clone, Debug)]
pub struct Report {
    pub bounds: Bounds,
    /// The largest first.
    pub groups: Vec<(Vec<u8>, Usage)>,
    pub total: Usage,
    /// In order of their names.
    pub buckets: Vec<BucketUsage>,
}

/// Reads all rows of the source. `group` gives the beginning of a key that counts. Takes memory for each key that
/// exists.
///
/// # Errors
/// Damage.
pub fn measure(source: &Source, group: impl Fn(&[u8]) -> &[u8]) -> Result<Report, KeySpaceError> {
    let bounds = Bounds::read(source)?;
    let mut groups: HashMap<Vec<u8>, Usage> = HashMap::new();
    // Bytes of the newest row of each key.
    let mut live: HashMap<Vec<u8>, u64> = HashMap::new();
    keyspace::changes(source, |change| {
        let key = change.kv.key;
        let beginning = group(key);
        if !groups.contains_key(beginning) {
            groups.insert(beginning.to_vec(), Usage::default());
        }
        let usage = groups.get_mut(beginning).expect("it was just put there");
        usage.changes += 1;
        let replaced = if change.is_tombstone {
            usage.history_bytes += change.bytes;
            live.remove(key)
        } else {
            usage.live_bytes += change.bytes;
            usage.keys += 1;
            match live.get_mut(key) {
                Some(bytes) => Some(std::mem::replace(bytes, change.bytes)),
                None => {
                    live.insert(key.to_vec(), change.bytes);
                    None
                }
            }
        };
        if let Some(bytes) = replaced {
            usage.live_bytes -= bytes;
            usage.history_bytes += bytes;
            usage.keys -= 1;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let mut total = Usage::default();
    groups.values().for_each(|usage| total.add(usage));
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by(|(a, x), (b, y)| (y.bytes(), a).cmp(&(x.bytes(), b)));
    Ok(Report { bounds, groups, total, buckets: buckets(source)? })
}

/// Rows and bytes of all buckets.
///
/// # Errors
/// Damage.
pub fn buckets(source: &Source) -> Result<Vec<BucketUsage>, KeySpaceError> {
    let mut buckets = Vec::with_capacity(Bucket::ALL.len());
    for name in source.bucket_names()? {
        let (mut rows, mut bytes) = (0, 0);
        source.visit_named(&name, |key, value| {
            rows += 1;
            bytes += (key.len() + value.len()) as u64;
            Ok::<_, KeySpaceError>(())
        })?;
        buckets.push(BucketUsage { name, rows, bytes });
    }
    Ok(buckets)
}
