//! The checksum over all buckets, as etcd's Hash computes it.

use super::env::{Env, ReadTxn};
use super::rows;
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::meta;

/// CRC-32C over each bucket in order of names: its name, then each row's key and value; without what members
/// always differ in (`meta::IGNORED_BY_HASH`).
pub fn hash(env: &Env, txn: &ReadTxn) -> Result<u32, heed::Error> {
    let mut hash = 0;
    for bucket in Bucket::ALL {
        hash = crc32c::crc32c_append(hash, bucket.name().as_bytes());
        rows::visit(env, txn, bucket, |key, value| {
            if bucket != Bucket::Meta || !meta::IGNORED_BY_HASH.contains(&key) {
                hash = crc32c::crc32c_append(hash, key);
                hash = crc32c::crc32c_append(hash, value);
            }
            Ok::<_, heed::Error>(())
        })?;
    }
    Ok(hash)
}
