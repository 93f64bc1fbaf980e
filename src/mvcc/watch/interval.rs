//! Intervals of keys, searched by a key that they hold: a treap ordered by (start, end) whose nodes know the farthest
//! end below them.

use std::cmp::Ordering;

use bytes::Bytes;

/// Where an interval ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// Before this key.
    Before(Bytes),
    /// Nowhere: all keys from the start on.
    Open,
}

impl End {
    fn is_after(&self, key: &[u8]) -> bool {
        match self {
            Self::Before(end) => key < &end[..],
            Self::Open => true,
        }
    }
}

/// One value for each different interval.
#[derive(Debug)]
pub struct IntervalTree<V> {
    nodes: Vec<Node<V>>,
    /// Places of `nodes` that are not in use.
    free: Vec<u32>,
    root: u32,
    random: u32,
}

const NONE: u32 = u32::MAX;

#[derive(Debug)]
struct Node<V> {
    start: Bytes,
    end: End,
    /// The latest end in this subtree.
    farthest: End,
    /// Heap order: a parent's is not below its children's.
    priority: u32,
    left: u32,
    right: u32,
    value: V,
}

impl<V> Node<V> {
    fn compare(&self, start: &[u8], end: &End) -> Ordering {
        self.start[..].cmp(start).then_with(|| self.end.cmp(end))
    }
}

impl<V: Default> Default for IntervalTree<V> {
    fn default() -> Self {
        Self { nodes: Vec::new(), free: Vec::new(), root: NONE, random: 0x9e37_79b9 }
    }
}

impl<V: Default> IntervalTree<V> {
    /// The value of exactly this interval.
    pub fn find_mut(&mut self, start: &[u8], end: &End) -> Option<&mut V> {
        let found = self.find(start, end)?;
        Some(&mut self.nodes[found as usize].value)
    }

    /// The same, made when it is missing.
    pub fn entry(&mut self, start: &Bytes, end: &End) -> &mut V {
        let place = match self.find(start, end) {
            Some(found) => found,
            None => {
                let place = self.allocate(start.clone(), end.clone());
                self.root = self.insert_below(self.root, place);
                place
            }
        };
        &mut self.nodes[place as usize].value
    }

    /// Removes exactly this interval.
    pub fn remove(&mut self, start: &[u8], end: &End) -> Option<V> {
        let place = self.find(start, end)?;
        self.root = self.remove_below(self.root, start, end);
        self.free.push(place);
        let node = &mut self.nodes[place as usize];
        node.start = Bytes::new();
        (node.end, node.farthest) = (End::Open, End::Open);
        Some(std::mem::take(&mut node.value))
    }

    /// Calls `found` with the value of each interval that holds `key`.
    pub fn stab(&self, key: &[u8], mut found: impl FnMut(&V)) {
        self.stab_below(self.root, key, &mut found);
    }

    fn stab_below(&self, root: u32, key: &[u8], found: &mut impl FnMut(&V)) {
        if root == NONE {
            return;
        }
        let node = &self.nodes[root as usize];
        if !node.farthest.is_after(key) {
            return;
        }
        self.stab_below(node.left, key, found);
        if &node.start[..] <= key {
            if node.end.is_after(key) {
                found(&node.value);
            }
            self.stab_below(node.right, key, found);
        }
    }

    fn find(&self, start: &[u8], end: &End) -> Option<u32> {
        let mut at = self.root;
        while at != NONE {
            let node = &self.nodes[at as usize];
            at = match node.compare(start, end) {
                Ordering::Equal => return Some(at),
                Ordering::Less => node.right,
                Ordering::Greater => node.left,
            };
        }
        None
    }

    fn allocate(&mut self, start: Bytes, end: End) -> u32 {
        // xorshift: any spread of priorities keeps the tree shallow.
        self.random ^= self.random << 13;
        self.random ^= self.random >> 17;
        self.random ^= self.random << 5;
        let farthest = end.clone();
        let node = Node { start, end, farthest, priority: self.random, left: NONE, right: NONE, value: V::default() };
        match self.free.pop() {
            Some(place) => {
                self.nodes[place as usize] = node;
                place
            }
            None => {
                self.nodes.push(node);
                u32::try_from(self.nodes.len() - 1).expect("fewer than 2^32 intervals")
            }
        }
    }

    /// Puts `place` into the subtree `root`; returns the subtree's new root.
    fn insert_below(&mut self, root: u32, place: u32) -> u32 {
        if root == NONE {
            return place;
        }
        if self.nodes[place as usize].priority > self.nodes[root as usize].priority {
            let (start, end) = (self.nodes[place as usize].start.clone(), self.nodes[place as usize].end.clone());
            let (left, right) = self.split(root, &start, &end);
            let node = &mut self.nodes[place as usize];
            (node.left, node.right) = (left, right);
            self.refresh(place);
            return place;
        }
        let new = &self.nodes[place as usize];
        match self.nodes[root as usize].compare(&new.start, &new.end) {
            Ordering::Greater => {
                let left = self.insert_below(self.nodes[root as usize].left, place);
                self.nodes[root as usize].left = left;
            }
            Ordering::Less | Ordering::Equal => {
                let right = self.insert_below(self.nodes[root as usize].right, place);
                self.nodes[root as usize].right = right;
            }
        }
        self.refresh(root);
        root
    }

    /// Takes the interval, which is there, out of the subtree `root`; returns the subtree's new root.
    fn remove_below(&mut self, root: u32, start: &[u8], end: &End) -> u32 {
        let node = &self.nodes[root as usize];
        let (left, right) = (node.left, node.right);
        match node.compare(start, end) {
            Ordering::Equal => return self.merge(left, right),
            Ordering::Greater => self.nodes[root as usize].left = self.remove_below(left, start, end),
            Ordering::Less => self.nodes[root as usize].right = self.remove_below(right, start, end),
        }
        self.refresh(root);
        root
    }

    /// Splits a subtree into what is below the interval and what is above.
    fn split(&mut self, root: u32, start: &[u8], end: &End) -> (u32, u32) {
        if root == NONE {
            return (NONE, NONE);
        }
        let node = &self.nodes[root as usize];
        let (left, right) = (node.left, node.right);
        let halves = if node.compare(start, end) == Ordering::Less {
            let (below, above) = self.split(right, start, end);
            self.nodes[root as usize].right = below;
            (root, above)
        } else {
            let (below, above) = self.split(left, start, end);
            self.nodes[root as usize].left = above;
            (below, root)
        };
        self.refresh(root);
        halves
    }

    /// Joins two subtrees, all of `left` being below all of `right`.
    fn merge(&mut self, left: u32, right: u32) -> u32 {
        if left == NONE {
            return right;
        }
        if right == NONE {
            return left;
        }
        if self.nodes[left as usize].priority > self.nodes[right as usize].priority {
            let joined = self.merge(self.nodes[left as usize].right, right);
            self.nodes[left as usize].right = joined;
            self.refresh(left);
            left
        } else {
            let joined = self.merge(left, self.nodes[right as usize].left);
            self.nodes[right as usize].left = joined;
            self.refresh(right);
            right
        }
    }

    fn refresh(&mut self, place: u32) {
        let node = &self.nodes[place as usize];
        let mut farthest = &node.end;
        for child in [node.left, node.right] {
            if child != NONE {
                farthest = farthest.max(&self.nodes[child as usize].farthest);
            }
        }
        let farthest = farthest.clone();
        self.nodes[place as usize].farthest = farthest;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn end(byte: u8) -> End {
        if byte >= 40 { End::Open } else { End::Before(Bytes::copy_from_slice(&[byte])) }
    }

    proptest! {
        #[test]
        fn tree_agrees_with_a_plain_list_of_intervals(
            steps in prop::collection::vec((any::<bool>(), 0..30u8, 0..45u8), 1..200)
        ) {
            let mut tree = IntervalTree::<u32>::default();
            let mut model = BTreeMap::<(Bytes, End), u32>::new();
            for (number, (is_insert, start, stop)) in steps.into_iter().enumerate() {
                let (start, stop) = (Bytes::copy_from_slice(&[start]), end(stop));
                if is_insert {
                    let number = u32::try_from(number).unwrap();
                    *tree.entry(&start, &stop) = number;
                    model.insert((start, stop), number);
                } else {
                    prop_assert_eq!(tree.remove(&start, &stop), model.remove(&(start, stop)));
                }
                for key in 0..50u8 {
                    let mut found = Vec::new();
                    tree.stab(&[key], |&value| found.push(value));
                    found.sort_unstable();
                    let mut expected: Vec<_> = model
                        .iter()
                        .filter(|((start, stop), _)| start[0] <= key && stop.is_after(&[key]))
                        .map(|(_, &value)| value)
                        .collect();
                    expected.sort_unstable();
                    prop_assert_eq!(found, expected);
                }
            }
        }
    }
}
