//! Rows of bucket `lease`: which leases are granted. When they end is not stored.
//!
//! ```text
//! key    8 bytes, big endian: the id
//! value  leasepb.Lease: ID = 1, TTL = 2, RemainingTTL = 3 (seconds)
//! ```

use bytes::Bytes;
use prost::Message;

use super::bucket::{Bucket, BucketChange};
use crate::pb::leasepb;
use crate::types::LeaseId;

/// A granted lease, as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseRow {
    pub id: LeaseId,
    /// Seconds granted.
    pub ttl: i64,
    /// Seconds left at the last checkpoint; 0 without one.
    pub remaining_ttl: i64,
}

/// A row of bucket `lease` that is no lease.
#[derive(Debug, thiserror::Error)]
#[error("bucket lease: row {key:02x?}: {what}")]
pub struct MalformedLease {
    key: Bytes,
    what: String,
}

impl LeaseRow {
    /// The change that writes the row.
    pub fn put(&self) -> BucketChange {
        let value = leasepb::Lease { id: self.id.0, ttl: self.ttl, remaining_ttl: self.remaining_ttl };
        BucketChange { bucket: Bucket::Lease, key: key_of(self.id), value: Some(value.encode_to_vec().into()) }
    }

    /// The change that deletes the row of a lease.
    pub fn delete(id: LeaseId) -> BucketChange {
        BucketChange { bucket: Bucket::Lease, key: key_of(id), value: None }
    }

    /// # Errors
    /// The value is no lease, or one of another id than the key.
    pub fn decode(key: &Bytes, value: &Bytes) -> Result<Self, MalformedLease> {
        let malformed = |what: String| MalformedLease { key: key.clone(), what };
        let lease = leasepb::Lease::decode(value.clone()).map_err(|error| malformed(error.to_string()))?;
        if key[..] != lease.id.to_be_bytes() {
            return Err(malformed(format!("holds lease {:x}", lease.id)));
        }
        Ok(Self { id: LeaseId(lease.id), ttl: lease.ttl, remaining_ttl: lease.remaining_ttl })
    }
}

fn key_of(id: LeaseId) -> Bytes {
    Bytes::copy_from_slice(&id.0.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_those_of_etcd() {
        let row = LeaseRow { id: LeaseId(0x0dcd_a201_ac97_2d7a), ttl: 100, remaining_ttl: 0 };
        let change = row.put();
        assert_eq!(&change.key[..], b"\x0d\xcd\xa2\x01\xac\x97\x2d\x7a");
        let value = change.value.unwrap();
        assert_eq!(&value[..], b"\x08\xfa\xda\xdc\xe4\x9a\xc0\xe8\xe6\x0d\x10\x64", "no zero field");
        assert_eq!(LeaseRow::decode(&change.key, &value).unwrap(), row);
        let negative = LeaseRow { id: LeaseId(-1), ttl: 2, remaining_ttl: 1 };
        let change = negative.put();
        assert_eq!(&change.key[..], [0xff; 8]);
        assert_eq!(LeaseRow::decode(&change.key, &change.value.unwrap()).unwrap(), negative);
    }

    #[test]
    fn other_rows_are_refused() {
        let good = LeaseRow { id: LeaseId(7), ttl: 9, remaining_ttl: 0 }.put().value.unwrap();
        for (key, value, why) in [
            (&b"\0\0\0\0\0\0\0\x08"[..], &good[..], "another id"),
            (b"\x07", &good, "a short key"),
            (b"\0\0\0\0\0\0\0\x07", b"\xff", "no message"),
        ] {
            let (key, value) = (Bytes::copy_from_slice(key), Bytes::copy_from_slice(value));
            assert!(LeaseRow::decode(&key, &value).is_err(), "{why}");
        }
    }
}
