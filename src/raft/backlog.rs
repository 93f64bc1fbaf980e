//! Proposals that wait for a leader.

use std::collections::VecDeque;

use bytes::Bytes;

use super::convert::RawEntry;

const COUNT_MAX: usize = 1000;
const BYTES_MAX: usize = 16 << 20;

/// Proposals in the order of their arrival, at most 1,000 or 16 MiB of them. When full, new ones are refused; those that
/// waited too long are given up.
#[derive(Default)]
pub(super) struct Backlog {
    waiting: VecDeque<(u64, RawEntry)>,
    bytes: usize,
}

impl Backlog {
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Adds entries that arrived at tick `now`; returns the data of those that found no room.
    pub(super) fn push(&mut self, now: u64, entries: Vec<RawEntry>) -> Vec<Bytes> {
        let mut refused = Vec::new();
        for entry in entries {
            if self.waiting.len() < COUNT_MAX && self.bytes + entry.data.len() <= BYTES_MAX {
                self.bytes += entry.data.len();
                self.waiting.push_back((now, entry));
            } else {
                refused.push(entry.data);
            }
        }
        refused
    }

    pub(super) fn take_all(&mut self) -> Vec<RawEntry> {
        self.bytes = 0;
        self.waiting.drain(..).map(|(_, entry)| entry).collect()
    }

    /// Takes out what arrived before tick `oldest`.
    pub(super) fn take_expired(&mut self, oldest: u64) -> Vec<Bytes> {
        let mut expired = Vec::new();
        while let Some((_, entry)) = self.waiting.pop_front_if(|(arrival, _)| *arrival < oldest) {
            self.bytes -= entry.data.len();
            expired.push(entry.data);
        }
        expired
    }
}

#[cfg(test)]
mod tests {
    use super::super::convert::normal_entry;
    use super::*;

    fn entries(count: usize, bytes: usize) -> Vec<RawEntry> {
        (0..count).map(|_| normal_entry(vec![0; bytes].into())).collect()
    }

    #[test]
    fn both_bounds_hold_and_are_freed_again() {
        let mut backlog = Backlog::default();
        assert_eq!(backlog.push(1, entries(999, 1)).len(), 0);
        assert_eq!(backlog.push(2, entries(3, 1)).len(), 2, "1,000 entries");
        assert_eq!(backlog.take_expired(2).len(), 999);
        assert_eq!(backlog.len(), 1);
        assert_eq!(backlog.take_all().len(), 1);
        assert_eq!(backlog.push(3, entries(17, 1 << 20)).len(), 1, "16 MiB");
        assert_eq!(backlog.take_expired(9).len(), 16);
        assert_eq!(backlog.push(9, entries(16, 1 << 20)).len(), 0);
    }
}
