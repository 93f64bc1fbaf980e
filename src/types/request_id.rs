//! Ids of requests: unique over members and restarts.

use std::sync::atomic::{AtomicU64, Ordering};

/// The low 48 bits count; the high 16 are the member's.
const COUNTER_BITS: u32 = 48;
const COUNTER_MASK: u64 = (1 << COUNTER_BITS) - 1;

/// Draws request ids as etcd 3.7 does: 2 bytes of the member id's low half, then a 48-bit number that starts at the
/// start time (40 bits of milliseconds, then a zero byte) and counts up.
///
/// Of `step` drawers with one origin, drawer `first` gets the counters congruent to `first` modulo `step`, so that
/// `id` tells who drew it.
#[derive(Debug)]
pub struct RequestIds {
    member: u64,
    next: AtomicU64,
    step: u64,
}

impl RequestIds {
    /// `start_ms`: unix time of the process's start, the same for all drawers of it.
    pub fn new(member: u64, start_ms: u64, first: u64, step: u64) -> Self {
        assert!(first < step, "drawer {first} of {step}");
        let origin = (start_ms << 8) & COUNTER_MASK;
        let origin = origin - origin % step;
        Self { member: (member & 0xffff) << COUNTER_BITS, next: AtomicU64::new(origin + step + first), step }
    }

    pub fn draw(&self) -> u64 {
        let counter = self.next.fetch_add(self.step, Ordering::Relaxed);
        self.member | (counter & COUNTER_MASK)
    }

    /// Which of `step` drawers drew `id`.
    pub fn drawer_of(id: u64, step: u64) -> u64 {
        (id & COUNTER_MASK) % step
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawers_never_meet_and_are_found_again() {
        let drawers: Vec<_> = (0..3).map(|first| RequestIds::new(0xabcd_1234, 1_700_000_000_000, first, 3)).collect();
        let mut seen = std::collections::HashSet::new();
        for (first, drawer) in drawers.iter().enumerate() {
            for _ in 0..1000 {
                let id = drawer.draw();
                assert_eq!(id >> 48, 0x1234);
                assert_eq!(RequestIds::drawer_of(id, 3), first as u64);
                assert!(seen.insert(id));
            }
        }
    }
}
