//! The writer: changes of the key space and of the other buckets, entry by entry, into the open chunk.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use parking_lot::RwLockWriteGuard;

use super::compaction::Compaction;
use super::index::Index;
use super::key_index::KeyMeta;
use super::read::{PAGE, RangeQuery, RangeResult, ReadError};
use super::store::{Store, StoreOptions, View};
use crate::storage::backend::env::KEY_LEN_MAX;
use crate::storage::backend::writer::Thread;
use crate::storage::backend::{self, Chunk, Commit, Job, Row, Sync};
use crate::storage::schema::bucket::{Bucket, BucketChange};
use crate::storage::schema::key::{self, KeyValue};
use crate::storage::schema::meta;
use crate::types::{Index as RaftIndex, KeyRange, Revision, Term};

/// Bytes in a chunk that is sealed, however young.
const CHUNK_BYTES: usize = 16 << 20;
/// Changes that are put into the index under one hold of its lock.
const CHANGES_A_LOCK: usize = 64;
/// Rows are encoded into blocks of this size; longer ones have their own.
const ARENA_BYTES: usize = 16 << 10;

/// One change of the key space, as watchers hear of it.
#[derive(Clone, Debug)]
pub struct Change {
    pub revision: Revision,
    pub kind: ChangeKind,
    pub key: Bytes,
    /// The stored row: an encoded `mvccpb.KeyValue` (for a tombstone: only its key).
    pub row: Bytes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// The first put of a life: create revision == mod revision.
    Create,
    Update,
    Delete,
}

/// The only writer of the key space and of the backend's overlay; owned by the apply thread.
///
/// Dropping it ends the backend thread after what was sealed; what was not is lost from the backend, and comes again
/// from the write-ahead log.
pub struct Writer {
    store: Arc<Store>,
    thread: Thread,
    state: State,
    /// Age and changes of a chunk that is sealed.
    commit_interval: Duration,
    commit_changes_max: usize,
}

struct State {
    revision: i64,
    /// Of the overlay, oldest first; the last one is `open`.
    chunks: Arc<[Arc<Chunk>]>,
    open: Arc<Chunk>,
    /// Rows in `open`.
    open_rows: usize,
    bucket_changes: Vec<BucketChange>,
    bucket_bytes: usize,
    jobs: Vec<Box<dyn Job>>,
    /// Of the last ended entry; 0 before the first.
    index: RaftIndex,
    term: Term,
    /// When the open chunk got its first change, or the consistent index moved since the last seal.
    touched: Option<Instant>,
    /// Something in the open chunk should be committed at once.
    is_urgent: bool,
    /// Changes of the key space that belong to no ended entry yet.
    is_within_entry: bool,
    changes: Vec<Change>,
    arena: BytesMut,
}

impl Writer {
    pub(super) fn new(store: Arc<Store>, thread: Thread, revision: i64, options: &StoreOptions) -> Self {
        let open = Arc::<Chunk>::default();
        let state = State {
            revision,
            chunks: Arc::new([open.clone()]),
            open,
            open_rows: 0,
            bucket_changes: Vec::new(),
            bucket_bytes: 0,
            jobs: Vec::new(),
            index: 0,
            term: 0,
            touched: None,
            is_urgent: false,
            is_within_entry: false,
            changes: Vec::new(),
            arena: BytesMut::new(),
        };
        let (commit_interval, commit_changes_max) = (options.commit_interval, options.commit_changes_max);
        Self { store, thread, state, commit_interval, commit_changes_max }
    }

    /// The revision after all ended transactions (published or not).
    pub fn revision(&self) -> i64 {
        self.state.revision
    }

    /// Starts the transaction of one entry. At most one at a time.
    pub fn begin(&mut self) -> WriteTxn<'_> {
        WriteTxn { store: &self.store, state: &mut self.state, index: None, held: 0, sub: 0 }
    }

    /// A change to another bucket, committed in one LMDB transaction with the entry that is being applied.
    ///
    /// # Panics
    /// For bucket `key`, and for keys that LMDB cannot hold (empty, or longer than 511 bytes).
    pub fn change(&mut self, change: BucketChange) {
        assert!(change.bucket != Bucket::Key, "rows are written by transactions");
        let len = change.key.len();
        assert!((1..=KEY_LEN_MAX).contains(&len), "a key of {len} bytes in bucket {}", change.bucket.name());
        self.state.bucket_bytes += len + change.value.as_ref().map_or(0, Bytes::len);
        self.state.bucket_changes.push(change);
        self.state.touch();
    }

    /// Ends an entry: the consistent index moves to it, in the same chunk as its changes. Called once for every
    /// entry, also those without effect, in order.
    pub fn entry_done(&mut self, index: RaftIndex, term: Term) {
        (self.state.index, self.state.term) = (index, term);
        self.state.is_within_entry = false;
        self.state.touch();
    }

    /// What readers may see from now on: all ended entries. Apply stores it where readers load it.
    pub fn view(&mut self) -> View {
        self.store.stats.overlay_bytes.store(self.overlay_bytes() as u64, Ordering::Relaxed);
        self.state.view(&self.store)
    }

    /// The changes of the key space since the last call, in order: for the watch hub.
    pub fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.state.changes)
    }

    /// Whether the open chunk is due: 10,000 changes, 16 MiB, or 100 ms (as configured) since its first change or consistent index
    /// move; at once after a compaction was accepted. `deadline` tells when to ask again.
    pub fn is_seal_due(&self, now: Instant) -> bool {
        let state = &self.state;
        state.is_urgent
            || state.open_rows + state.bucket_changes.len() >= self.commit_changes_max
            || state.open.bytes() + state.bucket_bytes >= CHUNK_BYTES
            || self.seal_deadline().is_some_and(|deadline| deadline <= now)
    }

    /// `None` while there is nothing to seal.
    pub fn seal_deadline(&self) -> Option<Instant> {
        self.state.touched.map(|touched| touched + self.commit_interval)
    }

    /// Seals the open chunk (even an empty one) and sends it to the backend thread. `then` runs on the backend thread
    /// after the commit (with `sync`: after a forced device sync) and before the next chunk: what it reads from LMDB
    /// is exactly the state of the last ended entry. It must not wait for this writer's thread. Chunks that are
    /// committed leave the overlay by `forget_committed`.
    ///
    /// # Panics
    /// Within an entry: its effects and the consistent index must not be parted.
    pub fn seal(&mut self, sync: Sync, then: Option<Box<dyn FnOnce() + Send>>) {
        let state = &mut self.state;
        assert!(!state.is_within_entry, "a chunk ends where an entry ends");
        let has_moved = state.touched.is_some();
        // An empty chunk stays open: the list of chunks does not grow by barriers.
        let chunk = if state.open_rows == 0 { Arc::default() } else { std::mem::take(&mut state.open) };
        if state.open_rows > 0 {
            state.chunks = state.chunks.iter().chain([&state.open]).cloned().collect();
        }
        self.thread.send(Commit {
            chunk,
            changes: std::mem::take(&mut state.bucket_changes),
            index: if has_moved { state.index } else { 0 },
            term: state.term,
            sync,
            jobs: std::mem::take(&mut state.jobs),
            then,
        });
        (state.open_rows, state.bucket_bytes, state.touched, state.is_urgent) = (0, 0, None, false);
    }

    /// Drops committed chunks from the overlay; the next `view()` is without them.
    pub fn forget_committed(&mut self) {
        let state = &mut self.state;
        let committed = state.chunks.iter().take_while(|chunk| chunk.is_committed()).count();
        if committed > 0 {
            state.chunks = state.chunks[committed..].iter().cloned().collect();
        }
    }

    /// Bytes in the overlay; over 256 MiB apply waits for commits.
    pub fn overlay_bytes(&self) -> usize {
        self.state.chunks.iter().map(|chunk| chunk.bytes()).sum::<usize>() + self.state.bucket_bytes
    }

    /// Accepts a compaction at `revision`: checks, raises `compacted`, writes the scheduled mark;
    /// the job starts when the chunk is committed. `done` runs on the backend thread when the physical work is over
    /// (never, if the process ends before).
    pub fn compact(&mut self, revision: i64, done: Option<Box<dyn FnOnce() + Send>>) -> Result<(), ReadError> {
        let previous = self.store.compacted();
        if revision <= previous {
            return Err(ReadError::Compacted { asked: revision, oldest: previous });
        }
        if revision > self.state.revision {
            return Err(ReadError::FutureRevision { asked: revision, newest: self.state.revision });
        }
        self.store.compacted.store(revision, Ordering::Release);
        let mark = Bytes::copy_from_slice(&meta::encode_compact_revision(revision));
        let key = Bytes::from_static(meta::SCHEDULED_COMPACT_REVISION);
        self.change(BucketChange { bucket: Bucket::Meta, key, value: Some(mark) });
        self.state.jobs.push(Box::new(Compaction::new(self.store.clone(), revision, previous, done)));
        self.state.is_urgent = true;
        Ok(())
    }
}

impl Writer {
    /// Has the backend moved to a new generation, without free pages, while everything goes on. `done` runs on the
    /// backend thread; it is dropped if the process ends before.
    pub fn defragment(&mut self, done: backend::defrag::Done) {
        self.state.jobs.push(self.store.defragment(done));
        self.state.is_urgent = true;
    }
}

impl State {
    fn touch(&mut self) {
        self.touched.get_or_insert_with(Instant::now);
    }

    fn view(&self, store: &Arc<Store>) -> View {
        View { revision: self.revision, store: store.clone(), chunks: self.chunks.clone() }
    }

    /// Appends a row to the open chunk and to what watchers hear.
    fn append(&mut self, revision: Revision, kind: ChangeKind, kv: &KeyValue) {
        let len = kv.encoded_len();
        let row = if len > ARENA_BYTES / 4 {
            let mut own = BytesMut::with_capacity(len);
            kv.encode(&mut own);
            own.freeze()
        } else {
            if self.arena.capacity() < len {
                self.arena = BytesMut::with_capacity(ARENA_BYTES);
            }
            kv.encode(&mut self.arena);
            self.arena.split().freeze()
        };
        let key = row.slice(key::key_span(&row).unwrap_or(0..0));
        self.changes.push(Change { revision, kind, key, row: row.clone() });
        self.open.push(Row { revision, is_tombstone: kind == ChangeKind::Delete, bytes: row });
        self.open_rows += 1;
        self.is_within_entry = true;
        self.touch();
    }
}

/// The changes of one entry to the key space: all under one main revision, visible to its own reads. Ends with `end`
/// or when it is dropped.
pub struct WriteTxn<'writer> {
    store: &'writer Arc<Store>,
    state: &'writer mut State,
    /// Taken at the first change and given back before anything long.
    index: Option<RwLockWriteGuard<'writer, Index>>,
    /// Changes since it was taken.
    held: usize,
    /// Of the next change.
    sub: i64,
}

impl<'writer> WriteTxn<'writer> {
    /// The store's revision before this transaction.
    pub fn revision_before(&self) -> i64 {
        self.state.revision
    }

    /// `revision_before` + 1 if this transaction changed anything so far, else `revision_before`.
    pub fn revision_now(&self) -> i64 {
        self.state.revision + i64::from(self.sub > 0)
    }

    /// The key's state now, own changes included.
    pub fn key_meta(&mut self, key: &[u8]) -> Option<KeyMeta> {
        match &self.index {
            Some(index) => index.now(key),
            None => self.store.index.read().now(key),
        }
    }

    /// The encoded `KeyValue` now, own changes included.
    pub fn get(&mut self, key: &[u8]) -> Result<Option<Bytes>, ReadError> {
        self.index = None;
        let view = self.view();
        view.read()?.get(key, 0)
    }

    /// A range on the state now, own changes included (`query.revision` 0), or at an older revision.
    pub fn range(&mut self, query: &RangeQuery) -> Result<RangeResult, ReadError> {
        self.index = None;
        let view = self.view();
        view.read()?.range(query)
    }

    /// The metadata of all keys in the range now, in key order (for compares and deletes).
    pub fn keys(&mut self, range: &KeyRange) -> Vec<(Bytes, KeyMeta)> {
        self.index = None;
        let mut keys = Vec::new();
        let mut after = None;
        loop {
            let index = self.store.index.read();
            after = index.visit(range, after.as_deref(), PAGE, |key, entry| {
                if let Some(meta) = entry.now() {
                    keys.push((Bytes::copy_from_slice(key), meta));
                }
            });
            drop(index);
            if after.is_none() {
                return keys;
            }
        }
    }

    /// Writes a put; the row's KeyValue is encoded here (canonical proto3).
    pub fn put(&mut self, key: &[u8], value: &[u8], lease: i64) {
        let at = self.next_revision();
        let KeyMeta { create_revision, version, .. } = self.index().put(key, at);
        // Also the second put of a key by the transaction that created it.
        let kind = if create_revision == at.main { ChangeKind::Create } else { ChangeKind::Update };
        let mod_revision = at.main;
        self.state.append(at, kind, &KeyValue { key, create_revision, mod_revision, version, value, lease });
        self.sub += 1;
    }

    /// Writes a tombstone; false if the key does not exist.
    pub fn delete(&mut self, key: &[u8]) -> bool {
        let at = self.next_revision();
        if !self.index().delete(key, at) {
            return false;
        }
        self.state.append(at, ChangeKind::Delete, &KeyValue { key, ..KeyValue::default() });
        self.sub += 1;
        true
    }

    /// Ends the transaction; the writer's revision is now `revision_now`.
    pub fn end(self) {}

    fn next_revision(&self) -> Revision {
        Revision::new(self.state.revision + 1, self.sub)
    }

    fn index(&mut self) -> &mut Index {
        if self.held >= CHANGES_A_LOCK {
            (self.index, self.held) = (None, 0);
        }
        self.held += 1;
        let store: &'writer Store = self.store;
        self.index.get_or_insert_with(|| store.index.write())
    }

    fn view(&self) -> View {
        View { revision: self.revision_now(), ..self.state.view(self.store) }
    }
}

impl Drop for WriteTxn<'_> {
    fn drop(&mut self) {
        self.state.revision = self.revision_now();
    }
}
