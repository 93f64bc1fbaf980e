//! Proposals that wait: for a leader, or for the end of a configuration change.

use std::collections::VecDeque;

use bytes::Bytes;

use super::convert::RawEntry;

/// How many proposals may wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    count: usize,
    bytes: usize,
}

/// Without a leader: nobody knows whether one comes.
pub(super) const LEADERLESS: Room = Room { count: 1000, bytes: 16 << 20 };
/// While a configuration change is being applied, which is soon over: what may be on its way to apply at other times.
pub(super) const FENCED: Room = Room { count: 5000, bytes: 64 << 20 };

/// Proposals in the order of their arrival. What finds no room is refused; those that waited too long are given up.
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
    pub(super) fn push(&mut self, now: u64, entries: Vec<RawEntry>, room: Room) -> Vec<Bytes> {
        let mut refused = Vec::new();
        for entry in entries {
            if self.waiting.len() < room.count && self.bytes + entry.data.len() <= room.bytes {
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
        assert_eq!(backlog.push(1, entries(999, 1), LEADERLESS).len(), 0);
        assert_eq!(backlog.push(2, entries(3, 1), LEADERLESS).len(), 2, "1,000 entries");
        assert_eq!(backlog.push(2, entries(1, 1), FENCED).len(), 0, "a fence leaves more room");
        assert_eq!(backlog.take_expired(2).len(), 999);
        assert_eq!(backlog.len(), 2);
        assert_eq!(backlog.take_all().len(), 2);
        assert_eq!(backlog.push(3, entries(17, 1 << 20), LEADERLESS).len(), 1, "16 MiB");
        assert_eq!(backlog.take_expired(9).len(), 16);
        assert_eq!(backlog.push(9, entries(16, 1 << 20), LEADERLESS).len(), 0);
    }
}
