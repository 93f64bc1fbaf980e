//! Which leases exist, and which keys hang on them: replicated, and the same on every member.
//!
//! Flat maps instead of an object for each lease: a million leases without keys take some 40 bytes each.

use std::collections::{BTreeSet, HashMap, btree_set};
use std::hash::Hash;
use std::ops::Bound;
use std::sync::Arc;

use ahash::RandomState;
use bytes::Bytes;
use parking_lot::RwLock;

use crate::storage::schema::bucket::{Bucket, BucketChange};
use crate::storage::schema::lease::{LeaseRow, MalformedLease};
use crate::types::LeaseId;

/// Written by the apply thread alone; read by anybody, for a few instructions.
pub type SharedRegistry = Arc<RwLock<Registry>>;

/// Maps give memory back when they are filled less than this, and hold more than a few.
const SHRINK_BELOW: usize = 8;
const SHRINK_MIN: usize = 1024;

type Key = Arc<[u8]>;
/// A key on its lease.
pub type Attached = (LeaseId, Key);

/// All leases and the keys attached to them. A key hangs on one lease at most.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Registry {
    /// Seconds granted, by lease.
    ttls: HashMap<LeaseId, i64, RandomState>,
    /// Seconds left at the last checkpoint, of those leases that have one.
    remaining: HashMap<LeaseId, i64, RandomState>,
    /// By lease, then in byte order: the order in which a revocation deletes.
    keys: BTreeSet<Attached>,
    leases: HashMap<Key, LeaseId, RandomState>,
}

/// The id is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseExists;

impl Registry {
    /// From the rows of bucket `lease` (others are passed over) and the keys that name a lease in their newest row.
    /// Keys of leases that do not exist hang on none.
    ///
    /// # Errors
    /// A row is no lease.
    pub fn restore(rows: &[BucketChange], leased_keys: &[(Bytes, i64)]) -> Result<Self, MalformedLease> {
        let mut registry = Self::default();
        for row in rows.iter().filter(|row| row.bucket == Bucket::Lease) {
            let row = LeaseRow::decode(&row.key, row.value.as_ref().unwrap_or(&Bytes::new()))?;
            registry.ttls.insert(row.id, row.ttl);
            registry.set_remaining(row.id, row.remaining_ttl);
        }
        for (key, lease) in leased_keys {
            if !registry.attach(key, LeaseId(*lease)) {
                tracing::warn!(lease = %LeaseId(*lease), "a key names a lease that does not exist");
            }
        }
        Ok(registry)
    }

    pub fn len(&self) -> usize {
        self.ttls.len()
    }

    /// Seconds granted; `None` if the lease does not exist.
    pub fn ttl(&self, id: LeaseId) -> Option<i64> {
        self.ttls.get(&id).copied()
    }

    /// Seconds left as of the last checkpoint, if there was one since the last renewal.
    pub fn remaining(&self, id: LeaseId) -> Option<i64> {
        self.remaining.get(&id).copied()
    }

    /// All leases, each with the seconds that a new leader gives it; in no order.
    pub fn all(&self) -> impl Iterator<Item = (LeaseId, i64)> {
        self.ttls.iter().map(|(&id, &ttl)| (id, self.remaining(id).unwrap_or(ttl)))
    }

    /// The lease a key hangs on.
    pub fn lease_of(&self, key: &[u8]) -> Option<LeaseId> {
        self.leases.get(key).copied()
    }

    /// The keys of a lease, in byte order.
    pub fn keys_of(&self, id: LeaseId) -> impl Iterator<Item = &Key> {
        self.attached_to(id, Bound::Unbounded).map(|(_, key)| key)
    }

    /// The first key of a lease that is this one or behind it.
    pub fn first_key_from(&self, id: LeaseId, key: &[u8]) -> Option<&Key> {
        self.attached_to(id, Bound::Included(&(id, Key::from(key)))).next().map(|(_, key)| key)
    }

    /// The keys of a lease from a place on, in byte order.
    pub fn attached_to(&self, id: LeaseId, from: Bound<&Attached>) -> impl Iterator<Item = &Attached> {
        let first = (id, Key::default());
        let from = if from == Bound::Unbounded { Bound::Included(&first) } else { from };
        self.attached(from).take_while(move |(lease, _)| *lease == id)
    }

    /// All keys that hang on a lease from a place on: by lease, then in byte order.
    pub fn attached(&self, from: Bound<&Attached>) -> btree_set::Range<'_, Attached> {
        self.keys.range((from, Bound::Unbounded))
    }

    /// Adds a lease. The row to write.
    ///
    /// # Errors
    /// The id is in use.
    pub fn grant(&mut self, id: LeaseId, ttl: i64) -> Result<LeaseRow, LeaseExists> {
        if self.ttls.contains_key(&id) {
            return Err(LeaseExists);
        }
        self.ttls.insert(id, ttl);
        Ok(LeaseRow { id, ttl, remaining_ttl: 0 })
    }

    /// Removes a lease from which all keys are detached.
    pub fn remove(&mut self, id: LeaseId) {
        debug_assert_eq!(self.keys_of(id).count(), 0, "keys still hang on lease {id}");
        self.ttls.remove(&id);
        self.remaining.remove(&id);
        shrink(&mut self.ttls);
        shrink(&mut self.remaining);
    }

    /// Notes how many seconds a lease has left; 0 forgets it. The row as it now is; none without the lease.
    pub fn checkpoint(&mut self, id: LeaseId, remaining_ttl: i64) -> Option<LeaseRow> {
        let ttl = self.ttl(id)?;
        self.set_remaining(id, remaining_ttl);
        Some(LeaseRow { id, ttl, remaining_ttl })
    }

    /// Moves a key to this lease, or attaches it. False if the lease does not exist: nothing changes.
    pub fn attach(&mut self, key: &[u8], id: LeaseId) -> bool {
        if !self.ttls.contains_key(&id) {
            return false;
        }
        if self.lease_of(key) != Some(id) {
            self.detach(key);
            let key = Key::from(key);
            self.leases.insert(key.clone(), id);
            self.keys.insert((id, key));
        }
        true
    }

    /// Takes a key from its lease, if it has one.
    pub fn detach(&mut self, key: &[u8]) {
        if let Some((key, id)) = self.leases.remove_entry(key) {
            self.keys.remove(&(id, key));
            shrink(&mut self.leases);
        }
    }

    fn set_remaining(&mut self, id: LeaseId, remaining_ttl: i64) {
        if remaining_ttl > 0 {
            self.remaining.insert(id, remaining_ttl);
        } else {
            self.remaining.remove(&id);
        }
    }
}

/// Gives memory back after most of a large map is gone.
pub(super) fn shrink<K: Eq + Hash, V>(map: &mut HashMap<K, V, RandomState>) {
    if map.capacity() > SHRINK_MIN && map.len() < map.capacity() / SHRINK_BELOW {
        map.shrink_to(map.len() * 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(registry: &Registry, id: i64) -> Vec<String> {
        registry.keys_of(LeaseId(id)).map(|key| String::from_utf8_lossy(key).into_owned()).collect()
    }

    fn with_leases(ids: &[i64]) -> Registry {
        let mut registry = Registry::default();
        for &id in ids {
            registry.grant(LeaseId(id), 10).unwrap();
        }
        registry
    }

    #[test]
    fn a_key_hangs_on_one_lease() {
        let mut registry = with_leases(&[-5, 1, 2]);
        assert_eq!(registry.grant(LeaseId(1), 7), Err(LeaseExists));
        for (key, id) in [("b", 1), ("a", 1), ("", -5), ("ab", 1), ("b", 1)] {
            assert!(registry.attach(key.as_bytes(), LeaseId(id)), "{key}");
        }
        assert_eq!(keys(&registry, 1), ["a", "ab", "b"], "in byte order");
        let first = |id, key: &[u8]| registry.first_key_from(LeaseId(id), key).map(|key| key.to_vec());
        assert_eq!(
            (first(1, b""), first(1, b"aa"), first(1, b"b")),
            (Some(b"a".into()), Some(b"ab".into()), Some(b"b".into()))
        );
        assert_eq!((first(1, b"b\0"), first(-5, b"\0"), first(2, b"")), (None, None, None), "not another lease's");
        assert!(registry.attach(b"a", LeaseId(2)), "moves");
        assert_eq!((keys(&registry, 1), keys(&registry, 2)), (vec!["ab".into(), "b".into()], vec!["a".into()]));
        assert!(!registry.attach(b"b", LeaseId(3)), "no such lease");
        assert_eq!(registry.lease_of(b"b"), Some(LeaseId(1)), "a failed move changes nothing");
        registry.detach(b"b");
        registry.detach(b"b");
        assert_eq!((keys(&registry, 1), keys(&registry, -5)), (vec!["ab".into()], vec!["".into()]));
        assert_eq!(registry.lease_of(b"b"), None);
    }

    #[test]
    fn rows_and_keys_lead_back_to_the_registry() {
        let mut registry = Registry::default();
        let mut rows =
            vec![registry.grant(LeaseId(7), 600).unwrap().put(), registry.grant(LeaseId(-1), 2).unwrap().put()];
        registry.attach(b"k", LeaseId(7));
        let row = registry.checkpoint(LeaseId(7), 345).unwrap();
        rows[0] = row.put();
        rows.push(BucketChange { bucket: Bucket::Alarm, key: Bytes::from_static(b"x"), value: None });
        let leased = [(Bytes::from_static(b"k"), 7), (Bytes::from_static(b"of a lease that is gone"), 9)];
        assert_eq!(Registry::restore(&rows, &leased).unwrap(), registry);
        let mut all: Vec<_> = registry.all().collect();
        all.sort_unstable();
        assert_eq!(all, [(LeaseId(-1), 2), (LeaseId(7), 345)]);
        assert_eq!(registry.checkpoint(LeaseId(7), 0).map(|row| row.remaining_ttl), Some(0));
        assert_eq!(registry.remaining(LeaseId(7)), None, "a renewal forgets it");
        assert_eq!(registry.checkpoint(LeaseId(8), 1), None);
        rows[1].value = Some(Bytes::from_static(b"\xff"));
        assert!(Registry::restore(&rows, &[]).is_err());
    }

    #[test]
    fn memory_comes_back_after_a_crowd_has_left() {
        let mut registry = with_leases(&(1..=100_000).collect::<Vec<_>>());
        for id in 1..100_000 {
            registry.attach(&id.to_string().into_bytes(), LeaseId(id));
        }
        for id in 1..100_000 {
            registry.detach(&id.to_string().into_bytes());
            registry.remove(LeaseId(id));
        }
        assert_eq!((registry.len(), registry.leases.len()), (1, 0));
        assert!(registry.ttls.capacity() < 3000 && registry.leases.capacity() < 3000);
    }
}
