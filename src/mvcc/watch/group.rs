//! Watchers found by a key that changed: a hash map for those of one key, an interval tree for those of a range.

use ahash::HashMap;
use bytes::Bytes;
use smallvec::SmallVec;

use super::interval::{End, IntervalTree};
use crate::types::KeyRange;

type Members = SmallVec<[u32; 2]>;

/// A set of watchers, each a number that the owner gives.
#[derive(Debug, Default)]
pub struct Group {
    keys: HashMap<Bytes, Members>,
    ranges: IntervalTree<Members>,
}

impl Group {
    /// Adds a watcher; returns its position among those of the same range, which `remove` asks for.
    pub fn insert(&mut self, range: &KeyRange, watcher: u32) -> u32 {
        let members = match parts(range) {
            Parts::Key(key) => self.keys.entry(key.clone()).or_default(),
            Parts::Interval(start, end) => self.ranges.entry(start, &end),
        };
        members.push(watcher);
        u32::try_from(members.len() - 1).expect("fewer than 2^32 watchers")
    }

    /// Removes the watcher at `position` among those of `range`. Returns the watcher that took its position, if one
    /// did.
    pub fn remove(&mut self, range: &KeyRange, position: u32) -> Option<u32> {
        let position = position as usize;
        let parts = parts(range);
        let members = match &parts {
            Parts::Key(key) => self.keys.get_mut(&key[..]),
            Parts::Interval(start, end) => self.ranges.find_mut(start, end),
        };
        let members = members.expect("a member's range is in the group");
        members.swap_remove(position);
        let moved = members.get(position).copied();
        if members.is_empty() {
            match parts {
                Parts::Key(key) => drop(self.keys.remove(&key[..])),
                Parts::Interval(start, end) => drop(self.ranges.remove(start, &end)),
            }
        }
        moved
    }

    /// Calls `found` with each watcher whose range holds `key`.
    pub fn find(&self, key: &[u8], mut found: impl FnMut(u32)) {
        if let Some(members) = self.keys.get(key) {
            members.iter().for_each(|&watcher| found(watcher));
        }
        self.ranges.stab(key, |members| members.iter().for_each(|&watcher| found(watcher)));
    }
}

enum Parts<'range> {
    Key(&'range Bytes),
    Interval(&'range Bytes, End),
}

fn parts(range: &KeyRange) -> Parts<'_> {
    match range {
        KeyRange::One(key) => Parts::Key(key),
        KeyRange::Span { start, end } => Parts::Interval(start, End::Before(end.clone())),
        KeyRange::From(start) => Parts::Interval(start, End::Open),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removed_watchers_are_not_found_and_positions_stay_right() {
        let mut group = Group::default();
        let range = KeyRange::Span { start: Bytes::from_static(b"a"), end: Bytes::from_static(b"c") };
        let mut positions: Vec<u32> = (0..4).map(|watcher| group.insert(&range, watcher)).collect();
        group.insert(&KeyRange::One(Bytes::from_static(b"b")), 9);
        for gone in [1, 0] {
            if let Some(moved) = group.remove(&range, positions[gone as usize]) {
                positions[moved as usize] = positions[gone as usize];
            }
        }
        let found = |group: &Group, key: &[u8]| {
            let mut found = Vec::new();
            group.find(key, |watcher| found.push(watcher));
            found.sort_unstable();
            found
        };
        assert_eq!(found(&group, b"b"), [2, 3, 9]);
        assert_eq!(found(&group, b"a"), [2, 3]);
        assert_eq!(found(&group, b"c"), [0; 0]);
        group.remove(&range, positions[2]);
        assert_eq!(found(&group, b"b"), [3, 9]);
    }
}
