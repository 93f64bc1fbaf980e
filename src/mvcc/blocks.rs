//! The index cut into blocks of neighbouring keys, each with the number of those that exist, so that a range is counted
//! block by block instead of key by key.
//!
//! ```text
//! name    covers            known  exist  changed
//! ""      all keys below m    400    380       71
//! "m"     m and above         300    300       12     keys at revision 20: 300 here, the others are looked at
//! ```
//! A block answers for every revision from `changed` on; before that, its keys are asked one by one.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::key_index::KeyEntry;

/// Keys of a full block; one more, and it is cut in two.
const KNOWN_MAX: usize = 512;
/// A block with fewer keys joins a neighbour.
const KNOWN_MIN: usize = KNOWN_MAX / 4;
/// Keys of a block that is made from what is there already, or by joining two.
const KNOWN_MADE: usize = KNOWN_MAX / 2;

pub type Keys = BTreeMap<Box<[u8]>, KeyEntry>;

/// All blocks, each by the lowest key that belongs to it; the first one's is the empty key.
pub struct Blocks(BTreeMap<Box<[u8]>, Block>);

/// What is known of a block's keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Block {
    /// Keys in the index, deleted ones included.
    known: usize,
    /// Those that exist now.
    alive: usize,
    /// No key was created or deleted after this revision.
    changed: i64,
}

impl Block {
    fn add(&mut self, entry: &KeyEntry) {
        self.known += 1;
        self.alive += usize::from(entry.is_alive());
        self.changed = self.changed.max(entry.began_or_ended());
    }

    fn join(&mut self, other: Block) {
        self.known += other.known;
        self.alive += other.alive;
        self.changed = self.changed.max(other.changed);
    }
}

impl Default for Blocks {
    fn default() -> Self {
        Self(BTreeMap::from([(Box::default(), Block::default())]))
    }
}

impl Blocks {
    /// The blocks of keys that are there already.
    pub fn of(keys: &Keys) -> Self {
        let mut blocks = Self::default();
        let (mut name, mut block) = (Box::default(), Block::default());
        for (key, entry) in keys {
            if block.known == KNOWN_MADE {
                let full = std::mem::replace(&mut name, key.clone());
                blocks.0.insert(full, std::mem::take(&mut block));
            }
            block.add(entry);
        }
        blocks.0.insert(name, block);
        blocks
    }

    /// A key came to be that was never there, and is in `keys` now.
    pub fn added(&mut self, key: &[u8], at: i64, keys: &Keys) {
        let block = self.holding(key);
        block.known += 1;
        block.alive += 1;
        block.changed = block.changed.max(at);
        if block.known > KNOWN_MAX {
            self.cut(key, keys);
        }
    }

    /// A deleted key came to be again.
    pub fn revived(&mut self, key: &[u8], at: i64) {
        let block = self.holding(key);
        block.alive += 1;
        block.changed = block.changed.max(at);
    }

    /// A key was deleted, and is still known.
    pub fn deleted(&mut self, key: &[u8], at: i64) {
        let block = self.holding(key);
        block.alive -= 1;
        block.changed = block.changed.max(at);
    }

    /// A deleted key was forgotten.
    pub fn forgotten(&mut self, key: &[u8]) {
        let block = self.holding(key);
        block.known -= 1;
        if block.known >= KNOWN_MIN {
            return;
        }
        let mut around = self.around(key);
        let (name, &small) = around.next_back().expect("the first block begins at the empty key");
        let before = around.next_back().map(|(_, before)| (name, small.known + before.known));
        let after = self.0.range::<[u8], _>((Bound::Excluded(key), Bound::Unbounded)).next();
        let after = after.map(|(name, after)| (name, small.known + after.known));
        // The later one of the two goes into the earlier one.
        let Some((name, _)) = [before, after].into_iter().flatten().find(|(_, both)| *both <= KNOWN_MADE) else {
            return;
        };
        let name = name.clone();
        let joined = self.0.remove(&name).expect("its name was just found");
        self.holding(&name).join(joined);
    }

    /// How many keys within the bounds exist at revision `at`, which is not compacted. Ends after about `steps` blocks
    /// or keys, and gives the key from which on the others are to be counted.
    pub fn count(
        &self,
        keys: &Keys,
        (lower, upper): (Bound<&[u8]>, Bound<&[u8]>),
        at: i64,
        steps: usize,
    ) -> (i64, Option<Box<[u8]>>) {
        let first = match lower {
            Bound::Included(key) | Bound::Excluded(key) => {
                self.around(key).next_back().map_or(&[][..], |(name, _)| name)
            }
            Bound::Unbounded => &[],
        };
        let mut blocks = self.0.range::<[u8], _>((Bound::Included(first), Bound::Unbounded)).peekable();
        let (mut count, mut taken) = (0, 0);
        while let Some((name, block)) = blocks.next() {
            let end = blocks.peek().map(|(end, _)| &end[..]);
            let is_from_start = match lower {
                Bound::Included(key) => key <= &name[..],
                Bound::Excluded(key) => key < &name[..],
                Bound::Unbounded => true,
            };
            let is_to_end = match (upper, end) {
                (Bound::Unbounded, _) => true,
                (Bound::Included(_) | Bound::Excluded(_), None) => false,
                (Bound::Included(key) | Bound::Excluded(key), Some(end)) => key >= end,
            };
            if is_from_start && is_to_end && block.changed <= at {
                count += block.alive;
                taken += 1;
            } else {
                let from = if is_from_start { Bound::Included(&name[..]) } else { lower };
                let to = match end {
                    Some(end) if is_to_end => Bound::Excluded(end),
                    Some(_) | None => upper,
                };
                for (_, entry) in keys.range::<[u8], _>((from, to)) {
                    count += usize::from(entry.get(at).is_some());
                    taken += 1;
                }
            }
            if !is_to_end {
                break;
            }
            if taken >= steps
                && let Some(end) = end
            {
                return (to_count(count), Some(end.into()));
            }
        }
        (to_count(count), None)
    }

    fn around(&self, key: &[u8]) -> std::collections::btree_map::Range<'_, Box<[u8]>, Block> {
        self.0.range::<[u8], _>((Bound::Unbounded, Bound::Included(key)))
    }

    fn holding(&mut self, key: &[u8]) -> &mut Block {
        let mut blocks = self.0.range_mut::<[u8], _>((Bound::Unbounded, Bound::Included(key)));
        blocks.next_back().expect("the first block begins at the empty key").1
    }

    /// Cuts the block that holds `key` in two halves.
    fn cut(&mut self, key: &[u8], keys: &Keys) {
        let name = self.around(key).next_back().expect("the first block begins at the empty key").0.clone();
        let end = self.0.range::<[u8], _>((Bound::Excluded(key), Bound::Unbounded)).next().map(|(end, _)| &end[..]);
        let upper = end.map_or(Bound::Unbounded, Bound::Excluded);
        let (mut low, mut high, mut middle) = (Block::default(), Block::default(), None);
        for (key, entry) in keys.range::<[u8], _>((Bound::Included(&name[..]), upper)) {
            if low.known < KNOWN_MADE {
                low.add(entry);
            } else {
                middle.get_or_insert(key);
                high.add(entry);
            }
        }
        let middle = middle.expect("a full block has more than half of its keys").clone();
        self.0.insert(name, low);
        self.0.insert(middle, high);
    }

    /// Every block says what its keys say; `changed` may be later, where keys were forgotten.
    #[cfg(test)]
    pub fn check(&self, keys: &Keys) {
        let mut names = self.0.iter().peekable();
        while let Some((name, block)) = names.next() {
            let end = names.peek().map_or(Bound::Unbounded, |(end, _)| Bound::Excluded(&end[..]));
            let mut expected = Block::default();
            keys.range::<[u8], _>((Bound::Included(&name[..]), end)).for_each(|(_, entry)| expected.add(entry));
            assert!(block.changed >= expected.changed, "{block:?} for {expected:?}");
            assert_eq!(*block, Block { changed: block.changed, ..expected });
            assert!(block.known <= KNOWN_MAX);
        }
    }

    /// How many there are.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

fn to_count(keys: usize) -> i64 {
    i64::try_from(keys).unwrap_or(i64::MAX)
}
