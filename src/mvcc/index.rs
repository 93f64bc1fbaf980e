//! All keys in order, each with its revisions.

use std::collections::btree_map::Entry;
use std::ops::Bound;

use super::blocks::{Blocks, Keys};
use super::key_index::{KeyEntry, KeyMeta};
use crate::types::{KeyRange, Revision};

/// The ordered map of keys. Behind a lock of `Store`; `Writer` alone adds to it, compaction removes from it.
#[derive(Default)]
pub struct Index {
    keys: Keys,
    /// The same keys, to be counted.
    blocks: Blocks,
    /// Keys that exist now.
    alive: usize,
}

impl Index {
    /// Takes keys in ascending order.
    pub fn from_sorted(keys: impl Iterator<Item = (Box<[u8]>, KeyEntry)>) -> Self {
        let mut alive = 0;
        let keys = keys.inspect(|(_, entry)| alive += usize::from(entry.is_alive())).collect();
        Self { blocks: Blocks::of(&keys), keys, alive }
    }

    pub fn alive(&self) -> usize {
        self.alive
    }

    pub fn put(&mut self, key: &[u8], at: Revision) -> KeyMeta {
        // One search for both cases costs less than the box it may waste.
        match self.keys.entry(key.into()) {
            Entry::Occupied(mut entry) => {
                if !entry.get().is_alive() {
                    self.alive += 1;
                    self.blocks.revived(key, at.main);
                }
                entry.get_mut().put(at)
            }
            Entry::Vacant(entry) => {
                self.alive += 1;
                let meta = entry.insert(KeyEntry::created(at)).now().expect("was created just now");
                self.blocks.added(key, at.main, &self.keys);
                meta
            }
        }
    }

    /// False if the key does not exist.
    pub fn delete(&mut self, key: &[u8], at: Revision) -> bool {
        let deleted = self.keys.get_mut(key).is_some_and(|entry| entry.delete(at));
        if deleted {
            self.alive -= 1;
            self.blocks.deleted(key, at.main);
        }
        deleted
    }

    pub fn now(&self, key: &[u8]) -> Option<KeyMeta> {
        self.keys.get(key)?.now()
    }

    pub fn get(&self, key: &[u8], at: i64) -> Option<KeyMeta> {
        self.keys.get(key)?.get(at)
    }

    /// Visits up to `page` entries after `after`, or from the start of `range`. Returns the last key visited if there
    /// may be more.
    pub fn visit(
        &self,
        range: &KeyRange,
        after: Option<&[u8]>,
        page: usize,
        mut visit: impl FnMut(&[u8], &KeyEntry),
    ) -> Option<Box<[u8]>> {
        let bounds = bounds(range, after.map_or(Bound::Included(range.start()), Bound::Excluded))?;
        if let (KeyRange::One(key), None) = (range, after) {
            if let Some(entry) = self.keys.get(&key[..]) {
                visit(key, entry);
            }
            return None;
        }
        let mut left = page;
        for (key, entry) in self.keys.range::<[u8], _>(bounds) {
            visit(key, entry);
            left -= 1;
            if left == 0 {
                return Some(key.clone());
            }
        }
        None
    }

    /// How many keys of `range` from `lower` on exist at revision `at`. Ends after about `steps` steps, and gives the
    /// key from which on the others are to be counted.
    pub fn count(&self, range: &KeyRange, lower: Bound<&[u8]>, at: i64, steps: usize) -> (i64, Option<Box<[u8]>>) {
        match bounds(range, lower) {
            Some(bounds) => self.blocks.count(&self.keys, bounds, at, steps),
            None => (0, None),
        }
    }

    /// Compacts up to `page` keys after `after` at revision `at`, adds the revisions that stay to `kept`, and returns
    /// the last key if there may be more.
    pub fn compact(
        &mut self,
        at: i64,
        after: Option<&[u8]>,
        page: usize,
        kept: &mut Vec<Revision>,
    ) -> Option<Box<[u8]>> {
        let lower = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut gone = Vec::new();
        let mut left = page;
        let mut last = None;
        for (key, entry) in self.keys.range_mut::<[u8], _>((lower, Bound::Unbounded)) {
            kept.extend(entry.compact(at));
            if entry.is_gone() {
                gone.push(key.clone());
            }
            left -= 1;
            if left == 0 {
                last = Some(key.clone());
                break;
            }
        }
        for key in gone {
            self.keys.remove(&key);
            self.blocks.forgotten(&key);
        }
        last
    }
}

/// One side of a range of keys.
type Edge<'key> = Bound<&'key [u8]>;

/// From `lower` on to the end of `range`; `None` if nothing can lie between.
fn bounds<'key>(range: &'key KeyRange, lower: Edge<'key>) -> Option<(Edge<'key>, Edge<'key>)> {
    let upper = match range {
        KeyRange::One(key) => Bound::Included(&key[..]),
        KeyRange::Span { end, .. } => Bound::Excluded(&end[..]),
        KeyRange::From(_) => Bound::Unbounded,
    };
    let is_empty = match (lower, upper) {
        (Bound::Included(start), Bound::Included(end)) => end < start,
        (Bound::Included(start) | Bound::Excluded(start), Bound::Included(end) | Bound::Excluded(end)) => end <= start,
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
    };
    (!is_empty).then_some((lower, upper))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// The dumbest model: all versions of all keys, `None` a tombstone.
    #[derive(Default)]
    struct Versions {
        list: Vec<(u8, Revision, bool)>,
    }

    impl Versions {
        fn of(&self, key: u8) -> impl Iterator<Item = (Revision, bool)> + '_ {
            self.list.iter().filter(move |version| version.0 == key).map(|&(_, at, is_put)| (at, is_put))
        }

        fn get(&self, key: u8, at: i64) -> Option<KeyMeta> {
            let mut found: Option<KeyMeta> = None;
            for (revision, is_put) in self.of(key).filter(|(revision, _)| revision.main <= at) {
                found = is_put.then(|| KeyMeta {
                    create_revision: found.map_or(revision.main, |found| found.create_revision),
                    mod_revision: revision,
                    version: found.map_or(1, |found| found.version + 1),
                });
            }
            found
        }

        /// Kept of `key`: its newest version at or below `at`, unless it is a tombstone below `at`.
        fn kept(&self, key: u8, at: i64) -> Option<(Revision, bool)> {
            let newest = self.of(key).filter(|(revision, _)| revision.main <= at).last()?;
            (newest.1 || newest.0.main == at).then_some(newest)
        }
    }

    #[derive(Clone, Debug)]
    enum Op {
        /// One transaction: puts (true) and deletes of keys.
        Txn(Vec<(u8, bool)>),
        Compact(u8),
    }

    fn op() -> impl Strategy<Value = Op> {
        prop_oneof![
            8 => proptest::collection::vec((0u8..6, proptest::bool::weighted(0.6)), 1..4).prop_map(Op::Txn),
            1 => (0u8..=255).prop_map(Op::Compact),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
        #[test]
        fn index_agrees_with_a_plain_list_of_versions(ops in proptest::collection::vec(op(), 1..60)) {
            let mut index = Index::default();
            let mut model = Versions::default();
            let (mut revision, mut compacted) = (1i64, -1i64);
            for op in ops {
                match op {
                    Op::Txn(changes) => {
                        let mut at = Revision::new(revision + 1, 0);
                        for (key, is_put) in changes {
                            let before = model.get(key, at.main);
                            if is_put {
                                model.list.push((key, at, true));
                                prop_assert_eq!(Some(index.put(&[key], at)), model.get(key, at.main));
                            } else {
                                prop_assert_eq!(index.delete(&[key], at), before.is_some());
                                if before.is_none() {
                                    continue;
                                }
                                model.list.push((key, at, false));
                            }
                            at.sub += 1;
                        }
                        revision += i64::from(at.sub > 0);
                    }
                    Op::Compact(part) => {
                        let at = compacted.max(0) + (revision - compacted.max(0)) * i64::from(part) / 255;
                        let live: BTreeSet<_> = (0..6)
                            .filter_map(|key| model.kept(key, at))
                            .filter(|kept| kept.1)
                            .map(|kept| kept.0)
                            .collect();
                        let mut keep = BTreeSet::new();
                        index.visit(&KeyRange::From(b"\0"[..].into()), None, 100, |_, entry| keep.extend(entry.keep(at)));
                        prop_assert_eq!(keep, live);

                        let (mut kept, mut after) = (Vec::new(), None);
                        loop {
                            after = index.compact(at, after.as_deref(), 2, &mut kept);
                            if after.is_none() {
                                break;
                            }
                        }
                        let expected: BTreeSet<_> = (0..6).filter_map(|key| model.kept(key, at)).map(|kept| kept.0).collect();
                        prop_assert_eq!(kept.into_iter().collect::<BTreeSet<_>>(), expected);
                        compacted = at;
                        for key in 0..6u8 {
                            let is_known = model.of(key).any(|(revision, _)| revision.main > at) || model.kept(key, at).is_some();
                            prop_assert_eq!(index.keys.contains_key(&[key][..]), is_known, "key {} after {}", key, at);
                        }
                    }
                }
                index.blocks.check(&index.keys);
                let alive = (0..6).filter(|&key| model.get(key, revision).is_some()).count();
                prop_assert_eq!(index.alive(), alive);
                for at in compacted.max(1)..=revision + 1 {
                    for key in 0..6u8 {
                        prop_assert_eq!(index.get(&[key], at), model.get(key, at), "key {} at {}", key, at);
                    }
                }
            }
        }
    }
    /// What happens to keys `first..first + keys`, in a transaction of its own.
    #[derive(Clone, Debug)]
    enum Change {
        Put,
        Delete,
        Compact,
    }

    fn change() -> impl Strategy<Value = (Change, u16, u16)> {
        let change = prop_oneof![4 => Just(Change::Put), 3 => Just(Change::Delete), 2 => Just(Change::Compact)];
        (change, 0u16..3000, 1u16..1500)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
        #[test]
        fn counts_agree_with_what_a_visit_finds(
            changes in proptest::collection::vec(change(), 1..24),
            asked in proptest::collection::vec((0u16..4500, 0u16..4500, 0u8..=255, 1usize..600), 12),
        ) {
            let mut index = Index::default();
            let (mut revision, mut compacted) = (1i64, 1i64);
            for (change, first, keys) in changes {
                let at = |sub: u16| Revision::new(revision + 1, i64::from(sub));
                match change {
                    Change::Put => (0..keys).for_each(|sub| {
                        index.put(&(first + sub).to_be_bytes(), at(sub));
                    }),
                    Change::Delete => (0..keys).for_each(|sub| {
                        index.delete(&(first + sub).to_be_bytes(), at(sub));
                    }),
                    Change::Compact => {
                        compacted = revision;
                        index.compact(revision, None, usize::MAX, &mut Vec::new());
                    }
                }
                revision += 1;
                index.blocks.check(&index.keys);
            }
            let known = index.keys.iter().map(|(key, entry)| (key.clone(), entry.clone())).collect::<Vec<_>>();
            for index in [index, Index::from_sorted(known.into_iter())] {
                index.blocks.check(&index.keys);
                prop_assert!(index.blocks.len() <= 1 + index.keys.len() / 64, "{} blocks", index.blocks.len());
                for &(start, end, part, steps) in &asked {
                    let at = compacted + (revision - compacted) * i64::from(part) / 255;
                    let [start, end] = [start, end].map(|key| bytes::Bytes::copy_from_slice(&key.to_be_bytes()));
                    for range in [
                        KeyRange::Span { start: start.clone(), end },
                        KeyRange::From(start.clone()),
                        KeyRange::One(start.clone()),
                    ] {
                        let mut expected = 0;
                        index.visit(&range, None, usize::MAX, |_, entry| expected += i64::from(entry.get(at).is_some()));
                        let (mut count, mut from) = (0, Some(Box::<[u8]>::from(range.start())));
                        while let Some(lower) = from {
                            let page = index.count(&range, Bound::Included(&lower[..]), at, steps);
                            (count, from) = (count + page.0, page.1);
                        }
                        prop_assert_eq!(count, expected, "{:?} at {}", range, at);
                        let behind = index.count(&range, Bound::Excluded(&start), at, usize::MAX).0;
                        prop_assert_eq!(behind, expected - i64::from(index.get(&start, at).is_some() && expected > 0));
                    }
                }
            }
        }
    }
}
