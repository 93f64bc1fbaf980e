//! Figures of the backend, kept by its thread and read by everybody.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64};

/// Plain counters; each is right by itself, not as a set.
#[derive(Default)]
pub struct Stats {
    /// Bytes of the file at the last commit.
    pub size_bytes: AtomicU64,
    /// Bytes of pages in use at the last commit.
    pub in_use_bytes: AtomicU64,
    /// The same without those of a store without keys.
    pub charged_bytes: AtomicU64,
    /// Bytes of the overlay's rows at the last publication.
    pub overlay_bytes: AtomicU64,
    /// The disk or the map is full: the last commit failed and is tried again each second.
    pub is_out_of_space: AtomicBool,
    /// Why the thread has given up, see [`Failing::Offline`](super::writer::Failing).
    pub failure: OnceLock<heed::Error>,
}
