//! All rows of a bucket as etcd has them, in etcd's order.

use super::env::{Env, ReadTxn};
use crate::storage::schema::auth;
use crate::storage::schema::bucket::Bucket;

/// Calls `visit` with the key and the value of each row, until it fails.
///
/// # Errors
/// What `visit` says, or LMDB.
pub fn visit<'txn, E: From<heed::Error>>(
    env: &Env,
    txn: &'txn ReadTxn,
    bucket: Bucket,
    mut visit: impl FnMut(&'txn [u8], &'txn [u8]) -> Result<(), E>,
) -> Result<(), E> {
    let stored = env.bucket(bucket).iter(txn)?;
    if !auth::holds_names(bucket) {
        for row in stored {
            let (key, value) = row?;
            visit(key, value)?;
        }
        return Ok(());
    }
    let mut rows = Vec::new();
    for row in stored {
        let (key, value) = row?;
        rows.push((auth::etcd_key(bucket, key, value), value));
    }
    rows.sort_unstable_by_key(|&(key, _)| key);
    rows.into_iter().try_for_each(|(key, value)| visit(key, value))
}
