//! How fast long transfers go: as fast as they can, until there are requests.
//!
//! Requests show as entries that are applied. While they are, all transfers of one pace together get so many bytes a
//! second and core; what a transfer was slow for by itself counts.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::types::Index;

/// Entries a second from which on requests come first.
const BUSY_ENTRIES: f64 = 200.0;
/// How long entries are counted.
const LOOK: Duration = Duration::from_millis(20);

/// A pace that transfers share.
pub struct Pace {
    /// Of all transfers, while there are requests.
    bytes_a_second: f64,
    state: Mutex<State>,
}

struct State {
    /// When entries were counted last, and how many there had been ever.
    looked: Instant,
    applied: Index,
    is_busy: bool,
    /// When what was transferred so far is due.
    due: Instant,
}

impl Pace {
    pub fn new(bytes_a_second: u64, now: Instant) -> Self {
        let state = State { looked: now, applied: Index::MAX, is_busy: false, due: now };
        Self { bytes_a_second: bytes_a_second as f64, state: Mutex::new(state) }
    }

    /// How long to rest after a transfer of `bytes`. `applied` is the index that is applied now.
    pub fn rest(&self, bytes: usize, applied: Index, now: Instant) -> Duration {
        let mut state = self.state.lock();
        let since = now.saturating_duration_since(state.looked);
        if since >= LOOK {
            let entries = applied.saturating_sub(state.applied);
            state.is_busy = entries as f64 > BUSY_ENTRIES * since.as_secs_f64();
            (state.looked, state.applied) = (now, applied);
        }
        if !state.is_busy {
            state.due = now;
            return Duration::ZERO;
        }
        let cost = Duration::from_secs_f64(bytes as f64 / self.bytes_a_second);
        // A transfer that was late by itself needs no rest, and saves nothing up.
        state.due = (state.due + cost).max(now);
        state.due - now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transfers_rest_while_entries_are_applied() {
        let start = Instant::now();
        let pace = Pace::new(1000, start);
        for (at_ms, applied, bytes, rest_ms, why) in [
            (30, 50, 100, 0, "the first look only begins to count"),
            (60, 52, 100, 0, "a few entries disturb nobody"),
            (90, 72, 100, 70, "100 bytes at 1000 a second, of which 30 ms are over"),
            (95, 72, 50, 115, "another transfer waits behind"),
            (300, 500, 100, 10, "what is due is counted from the last"),
            (1000, 5000, 100, 0, "who is slow rests less"),
            (1010, 5001, 100, 90, "within a look it stays busy"),
            (1050, 5001, 100, 0, "no entries, no rest"),
            (1080, 5101, 100, 70, "nothing is saved up while it rests"),
        ] {
            let rest = pace.rest(bytes, applied, start + Duration::from_millis(at_ms));
            assert_eq!(rest.as_secs_f64() * 1000.0, f64::from(rest_ms), "{why}");
        }
    }
}
