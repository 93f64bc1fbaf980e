//! How far the physical work of compactions is, for those who wait for it.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

/// Counts compactions accepted and finished since the start; they finish in order.
#[derive(Debug)]
pub struct Compactions {
    accepted: AtomicU64,
    finished: watch::Sender<u64>,
}

impl Default for Compactions {
    fn default() -> Self {
        Self { accepted: AtomicU64::new(0), finished: watch::Sender::new(0) }
    }
}

impl Compactions {
    /// Resolves when every compaction accepted up to now has done its work.
    pub async fn settled(&self) {
        let accepted = self.accepted.load(Ordering::Acquire);
        let mut finished = self.finished.subscribe();
        // The sender is in `self`, so waiting cannot fail.
        let _ = finished.wait_for(|&finished| finished >= accepted).await;
    }

    pub(super) fn accept(&self) {
        self.accepted.fetch_add(1, Ordering::Release);
    }

    pub(super) fn finish(&self) {
        self.finished.send_modify(|finished| *finished += 1);
    }
}
