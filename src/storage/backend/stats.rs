//! Figures of the backend, kept by its thread and read by everybody.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of a commit's duration: 1 ms, 2 ms, … as etcd's histogram has them.
pub const COMMIT_BOUNDS: usize = 14;

/// Plain counters; each is right by itself, not as a set.
#[derive(Default)]
pub struct Stats {
    /// Bytes of the file at the last commit.
    pub size_bytes: AtomicU64,
    /// Bytes of pages in use at the last commit.
    pub in_use_bytes: AtomicU64,
    /// Bytes of the overlay's rows at the last publication.
    pub overlay_bytes: AtomicU64,
    /// The disk or the map is full: the last commit failed and is tried again each second.
    pub is_out_of_space: AtomicBool,
    /// Commits by duration, the last slot above all bounds.
    pub commits: [AtomicU64; COMMIT_BOUNDS + 1],
    pub commit_nanos: AtomicU64,
}

impl Stats {
    pub(super) fn commit_took(&self, time: Duration) {
        let bound = (0..COMMIT_BOUNDS).find(|&bound| time <= Duration::from_millis(1 << bound));
        self.commits[bound.unwrap_or(COMMIT_BOUNDS)].fetch_add(1, Ordering::Relaxed);
        self.commit_nanos.fetch_add(time.as_nanos() as u64, Ordering::Relaxed);
    }
}
