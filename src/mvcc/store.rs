//! The store that all threads share, and the views on it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use parking_lot::{Mutex, RwLock};

use super::compaction::Compaction;
use super::hash::CompactionHashes;
use super::index::Index;
use super::read::{ReadError, Reader};
use super::restore::{Found, restore};
use super::write::Writer;
use crate::storage::backend::defrag::{self, Defragment};
use crate::storage::backend::writer::Thread;
use crate::storage::backend::{self, Chunk, Env, Failing, Job, Pinned, Stats, generation};
use crate::storage::schema::bucket::BucketChange;
use crate::types::{Index as RaftIndex, KeyRange, Term};

/// How the backend is opened.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// LMDB's map size: max(64 GiB, 4 × quota).
    pub map_size_bytes: usize,
    /// Rows a compaction step looks at, at most (`--compaction-batch-limit`, 1000).
    pub compaction_batch_max: usize,
    /// Pause between compaction steps (`--compaction-sleep-interval`, 10 ms).
    pub compaction_pause: Duration,
    /// Longest time between two commits (`--backend-batch-interval`).
    pub commit_interval: Duration,
    /// Most changes between two commits (`--backend-batch-limit`).
    pub commit_changes_max: usize,
    /// What a write to the backend that fails comes to.
    pub failing: Failing,
}

impl Default for StoreOptions {
    /// As etcd's flags have them.
    fn default() -> Self {
        Self {
            map_size_bytes: 64 << 30,
            compaction_batch_max: 1000,
            compaction_pause: Duration::from_millis(10),
            commit_interval: Duration::from_millis(100),
            commit_changes_max: 10_000,
            failing: Failing::Serving,
        }
    }
}

/// The key space: key index, backend and compaction mark. Shared by all threads; written by its one `Writer`.
pub struct Store {
    /// The generation that counts; a defragmentation puts another in its place. Loaded after the view.
    env: Arc<ArcSwap<Env>>,
    pub(super) stats: Arc<Stats>,
    pub(super) index: RwLock<Index>,
    /// The newest accepted compaction; raised before anything of it happens.
    pub(super) compacted: AtomicI64,
    /// The newest compaction that has begun to drop revisions; never above `compacted`.
    pub(super) dropping: AtomicI64,
    pub(super) hashes: Mutex<CompactionHashes>,
    pub(super) compaction_batch_max: usize,
    /// Rows deleted by compactions since the start.
    pub(super) compacted_rows: AtomicU64,
    /// Unix seconds when the last compaction ended; 0 before the first.
    pub(super) compaction_ended: AtomicU64,
}

/// What `Store::open` found besides the store: everything that other modules restore from.
pub struct Restored {
    /// The one writer; goes to the apply thread. Dropping it ends the backend thread.
    pub writer: Writer,
    /// 0 in a fresh store.
    pub consistent_index: RaftIndex,
    pub term: Term,
    /// All rows of the small buckets (everything but `key`), in order.
    pub buckets: Vec<BucketChange>,
    /// Keys that hang on leases, as of the newest row of each.
    pub leased_keys: Vec<(Bytes, i64)>,
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StoreError(pub String);

/// A backend that was read and in which nothing happens yet: the time to find that it is not to be touched.
pub struct OpenedStore {
    env: Arc<Env>,
    found: Found,
}

impl OpenedStore {
    /// Opens the backend below `snap_dir`, or creates an empty one, and reads it.
    ///
    /// # Errors
    /// The backend cannot be opened, or a row of it cannot be read; the text names the file, or bucket and row.
    pub fn open(snap_dir: &Path, options: &StoreOptions) -> Result<Self, StoreError> {
        // Read first: LMDB trusts the file.
        let generation = generation::current(snap_dir).map_err(|error| StoreError(error.to_string()))?;
        let found = generation.map(|dir| restore(&dir)).transpose()?;
        let env = Arc::new(Env::open(snap_dir, options.map_size_bytes).map_err(|error| StoreError(error.to_string()))?);
        let found = found.map_or_else(|| restore(env.dir()), Ok)?;
        Ok(Self { env, found })
    }

    /// 0 in a fresh store.
    pub fn consistent_index(&self) -> RaftIndex {
        self.found.consistent_index
    }

    /// All rows of the small buckets (everything but `key`), in order.
    pub fn buckets(&self) -> &[BucketChange] {
        &self.found.buckets
    }

    /// Starts the backend thread, which resumes an interrupted compaction.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn start(self, options: &StoreOptions) -> Result<(Arc<Store>, Restored), StoreError> {
        let Self { env, found } = self;
        let compacted = found.finished_compaction.max(found.scheduled_compaction);
        let store = Arc::new(Store {
            env: Arc::new(ArcSwap::new(env.clone())),
            stats: Arc::default(),
            index: RwLock::new(found.index),
            compacted: AtomicI64::new(compacted),
            dropping: AtomicI64::new(found.finished_compaction),
            hashes: Mutex::default(),
            compaction_batch_max: options.compaction_batch_max.max(1),
            compacted_rows: AtomicU64::new(0),
            compaction_ended: AtomicU64::new(0),
        });
        let mut jobs: Vec<Box<dyn Job>> = Vec::new();
        if found.scheduled_compaction > found.finished_compaction {
            tracing::info!(revision = found.scheduled_compaction, "resuming the interrupted compaction");
            jobs.push(Box::new(Compaction::resumed(
                store.clone(),
                found.scheduled_compaction,
                found.finished_compaction,
            )));
        }
        let thread = Thread::spawn(env, store.stats.clone(), jobs, options.compaction_pause, options.failing)
            .map_err(|error| StoreError(format!("cannot start the backend thread: {error}")))?;
        let writer = Writer::new(store.clone(), thread, found.revision, options);
        let restored = Restored {
            writer,
            consistent_index: found.consistent_index,
            term: found.term,
            buckets: found.buckets,
            leased_keys: found.leased_keys,
        };
        Ok((store, restored))
    }
}

impl Store {
    /// Opens (or creates) the backend below `snap_dir` and rebuilds the key index from it. Resumes an interrupted
    /// compaction. All ten buckets exist afterwards.
    ///
    /// # Errors
    /// As [`OpenedStore::open`]; or the backend thread cannot be started.
    #[cfg(test)]
    pub fn open(snap_dir: &Path, options: &StoreOptions) -> Result<(Arc<Self>, Restored), StoreError> {
        OpenedStore::open(snap_dir, options)?.start(options)
    }

    /// The generation of the backend that counts now.
    pub(super) fn env(&self) -> Arc<Env> {
        self.env.load_full()
    }

    /// A job that moves the backend to a new generation without free pages.
    pub(super) fn defragment(&self, done: defrag::Done) -> Box<dyn Job> {
        Box::new(Defragment::new(self.env.clone(), done))
    }

    /// The newest accepted compaction; -1 while nothing was ever compacted.
    pub fn compacted(&self) -> i64 {
        self.compacted.load(Ordering::Acquire)
    }

    /// Keys that exist.
    pub fn keys(&self) -> usize {
        self.index.read().alive()
    }

    /// How many keys of `range` the index holds, deleted ones included; `None` if more than `max`. Costs no more than
    /// `max` steps.
    pub fn count_up_to(&self, range: &KeyRange, max: usize) -> Option<usize> {
        let mut count = 0;
        self.index.read().visit(range, None, max + 1, |_, _| count += 1);
        (count <= max).then_some(count)
    }

    /// Rows deleted by compactions since the start.
    pub fn compacted_rows(&self) -> u64 {
        self.compacted_rows.load(Ordering::Relaxed)
    }

    /// Unix seconds when the last compaction ended; 0 before the first since the start.
    pub fn compaction_ended(&self) -> u64 {
        self.compaction_ended.load(Ordering::Relaxed)
    }

    /// Whether the last commit failed for want of space; it is tried again each second.
    pub fn is_out_of_space(&self) -> bool {
        self.stats.is_out_of_space.load(Ordering::Relaxed)
    }

    /// The file that could not be written and why; then nothing is committed any more. See [`Failing::Offline`].
    pub fn failure(&self) -> Option<(PathBuf, String)> {
        let error = self.stats.failure.get()?;
        Some((self.env().dir().join(generation::DATA), backend::error_text(error)))
    }

    /// Bytes of the backend's file, or of what is in use where some of that is still on its way there.
    pub fn size_bytes(&self) -> u64 {
        self.stats.size_bytes.load(Ordering::Relaxed).max(self.size_in_use_bytes())
    }

    /// Bytes of pages in use at the last commit, plus what the overlay holds.
    pub fn size_in_use_bytes(&self) -> u64 {
        self.stats.in_use_bytes.load(Ordering::Relaxed) + self.stats.overlay_bytes.load(Ordering::Relaxed)
    }

    /// What LMDB holds now. Within a barrier's `then` that is the state the barrier tells of.
    pub fn pin(&self) -> Result<Pinned, heed::Error> {
        Pinned::new(self.env())
    }

    /// What the quota looks at: bytes in use, less those of a store without keys.
    pub fn charged_bytes(&self) -> u64 {
        self.stats.charged_bytes.load(Ordering::Relaxed) + self.stats.overlay_bytes.load(Ordering::Relaxed)
    }
}

/// A consistent state of the key space: cheap to clone (a few Arcs), published by apply, read by everybody.
#[derive(Clone)]
pub struct View {
    pub revision: i64,
    pub store: Arc<Store>,
    /// Of the overlay, oldest first.
    pub(super) chunks: Arc<[Arc<Chunk>]>,
}

impl View {
    /// Opens a read transaction on this view. It lives and dies inside one synchronous call.
    pub fn read(&self) -> Result<Reader<'_>, ReadError> {
        Reader::new(self)
    }
}
