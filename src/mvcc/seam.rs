//! The interface of `mvcc`, agreed before it is built. The owner of `mvcc` moves each item to its file and keeps
//! names and signatures (more items may be added).

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use crate::storage::schema::bucket::BucketChange;
use crate::types::{Index, KeyRange, Revision, Term};

/// How the backend is opened.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// LMDB's map size: max(64 GiB, 4 × quota).
    pub map_size_bytes: usize,
    /// Rows a compaction step deletes at most (`--compaction-batch-limit`, 1000).
    pub compaction_batch_max: usize,
    /// Pause between compaction steps (`--compaction-sleep-interval`, 10 ms).
    pub compaction_pause: std::time::Duration,
}

/// The key space: key index, backend and compaction mark. Shared by all threads; written by its one `Writer`.
pub struct Store {}

/// What `Store::open` found besides the store: everything that other modules restore from.
pub struct Restored {
    /// The one writer; goes to the apply thread.
    pub writer: Writer,
    /// 0 in a fresh store.
    pub consistent_index: Index,
    pub term: Term,
    /// All rows of the small buckets (everything but `key`), in order.
    pub buckets: Vec<BucketChange>,
    /// Keys that hang on leases, as of the newest row of each.
    pub leased_keys: Vec<(Bytes, i64)>,
}

impl Store {
    /// Opens (or creates) the backend below `snap_dir` and rebuilds the key index from it. Resumes an interrupted
    /// compaction. All ten buckets exist afterwards.
    pub fn open(_snap_dir: &Path, _options: &StoreOptions) -> Result<(Arc<Self>, Restored), StoreError> {
        todo!()
    }

    /// -1 while nothing was ever compacted.
    pub fn compacted(&self) -> i64 {
        todo!()
    }

    /// Bytes of the backend's file.
    pub fn size_bytes(&self) -> u64 {
        todo!()
    }

    /// Bytes of pages in use at the last commit, plus what the overlay holds.
    pub fn size_in_use_bytes(&self) -> u64 {
        todo!()
    }

    /// HashKV by etcd's algorithm (api-semantics 6.5), compaction hashes included. Blocking: for a maintenance thread.
    pub fn hash_kv(&self, _view: &View, _revision: i64) -> Result<HashKv, ReadError> {
        todo!()
    }

    /// Hash over all buckets (api-semantics 6.4); call with the barrier's read transaction position, i.e. after a
    /// forced commit. Blocking.
    pub fn hash(&self) -> Result<u32, ReadError> {
        todo!()
    }
}

pub struct HashKv {
    pub hash: u32,
    pub compact_revision: i64,
    pub hash_revision: i64,
    /// The store's revision when it was read.
    pub current_revision: i64,
}

/// A consistent state of the key space: cheap to clone (a few Arcs), published by apply, read by everybody.
#[derive(Clone)]
pub struct View {
    pub revision: i64,
    pub store: Arc<Store>,
    // + the overlay's chunks
}

impl View {
    /// Opens a read transaction on this view. It lives and dies inside one synchronous call.
    pub fn read(&self) -> Result<Reader<'_>, ReadError> {
        todo!()
    }
}

/// Order of a range's rows. `None` with a target other than `Key` sorts ascending by it AFTER limit+1 rows were taken
/// in key order (api-semantics 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortOrder {
    None,
    Ascend,
    Descend,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortTarget {
    Key,
    Version,
    Create,
    Mod,
    Value,
}

/// A range with everything that decides which rows come back and how: api-semantics 2.2.
#[derive(Clone, Debug)]
pub struct RangeQuery {
    pub range: KeyRange,
    /// `<= 0`: the view's revision (or, in a write transaction, the state it sees).
    pub revision: i64,
    /// `<= 0`: none.
    pub limit: i64,
    pub order: SortOrder,
    pub target: SortTarget,
    pub keys_only: bool,
    pub count_only: bool,
    pub min_mod_revision: i64,
    pub max_mod_revision: i64,
    pub min_create_revision: i64,
    pub max_create_revision: i64,
}

#[derive(Clone, Debug, Default)]
pub struct RangeResult {
    /// Encoded `mvccpb.KeyValue`s (stored bytes, or re-encoded without value for `keys_only`).
    pub kvs: Vec<Bytes>,
    pub more: bool,
    pub count: i64,
}

/// Reads on one view. Not `Send`able across an await; create, use, drop.
pub struct Reader<'view> {
    _view: &'view View,
}

impl Reader<'_> {
    /// # Errors
    /// `Compacted` and `FutureRevision` by the rules of api-semantics 2.2.
    pub fn range(&self, _query: &RangeQuery) -> Result<RangeResult, ReadError> {
        todo!()
    }

    /// The encoded `KeyValue` of `key` as of revision `at`; `None` if it did not exist.
    pub fn get(&self, _key: &[u8], _at: i64) -> Result<Option<Bytes>, ReadError> {
        todo!()
    }

    /// All changes of main revisions `first..=last` in order, whole main revisions only, at most about
    /// `revisions_max` of them or `bytes_max` bytes. Fails with `Compacted` if `first` < compacted revision
    /// (== is allowed: rows that survived come). For watch catch-up.
    pub fn history(
        &self,
        _first: i64,
        _last: i64,
        _revisions_max: usize,
        _bytes_max: usize,
    ) -> Result<History, ReadError> {
        todo!()
    }
}

pub struct History {
    pub changes: Vec<Change>,
    /// The first main revision not looked at yet: `last + 1` when all was read.
    pub next: i64,
}

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

#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("revision {asked} is compacted, the oldest kept is {oldest}")]
    Compacted { asked: i64, oldest: i64 },
    #[error("revision {asked} is in the future, the newest is {newest}")]
    FutureRevision { asked: i64, newest: i64 },
    #[error("backend: {0}")]
    Backend(String),
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StoreError(pub String);

/// The only writer of the key space and of the backend's overlay; owned by the apply thread.
pub struct Writer {}

/// What a key looks like now, from the index alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyMeta {
    pub create_revision: i64,
    pub mod_revision: Revision,
    pub version: i64,
}

impl Writer {
    /// The revision after all ended transactions (published or not).
    pub fn revision(&self) -> i64 {
        todo!()
    }

    /// Starts the transaction of one entry. At most one at a time.
    pub fn begin(&mut self) -> WriteTxn<'_> {
        todo!()
    }

    /// A change to another bucket, committed in one LMDB transaction with the entry that is being applied.
    pub fn change(&mut self, _change: BucketChange) {
        todo!()
    }

    /// Ends an entry: the consistent index moves to it, in the same chunk as its changes. Called once for every
    /// entry, also those without effect, in order.
    pub fn entry_done(&mut self, _index: Index, _term: Term) {
        todo!()
    }

    /// What readers may see from now on: all ended entries. Apply stores it where readers load it.
    pub fn view(&mut self) -> View {
        todo!()
    }

    /// The changes of the key space since the last call, in order: for the watch hub.
    pub fn take_changes(&mut self) -> Vec<Change> {
        todo!()
    }

    /// Whether the open chunk is due: 10,000 changes, 16 MiB, or 100 ms since its first change or consistent index
    /// move. `deadline` tells when to ask again.
    pub fn is_seal_due(&self, _now: std::time::Instant) -> bool {
        todo!()
    }

    pub fn seal_deadline(&self) -> Option<std::time::Instant> {
        todo!()
    }

    /// Seals the open chunk (even an empty one) and sends it to the backend thread. `then` runs on the backend thread
    /// after the commit (with `sync`: after a forced device sync) and before the next chunk. Chunks that are
    /// committed leave the overlay by `forget_committed`.
    pub fn seal(&mut self, _sync: Sync, _then: Option<Box<dyn FnOnce() + Send>>) {
        todo!()
    }

    /// Drops committed chunks from the overlay; the next `view()` is without them.
    pub fn forget_committed(&mut self) {
        todo!()
    }

    /// Bytes in the overlay; over 256 MiB apply waits for commits.
    pub fn overlay_bytes(&self) -> usize {
        todo!()
    }

    /// Accepts a compaction at `revision` (api-semantics 2.7): checks, raises `compacted`, writes the scheduled mark;
    /// the job starts when the chunk is committed. `done` runs on the backend thread when the physical work is over.
    pub fn compact(&mut self, _revision: i64, _done: Option<Box<dyn FnOnce() + Send>>) -> Result<(), ReadError> {
        todo!()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// LMDB's NOMETASYNC commit: consistent, at worst the last commit is lost.
    Lazy,
    /// Durable when `then` runs.
    Forced,
}

/// The changes of one entry to the key space: all under one main revision, visible to its own reads.
pub struct WriteTxn<'writer> {
    _writer: &'writer mut Writer,
}

impl WriteTxn<'_> {
    /// The store's revision before this transaction.
    pub fn revision_before(&self) -> i64 {
        todo!()
    }

    /// `revision_before` + 1 if this transaction changed anything so far, else `revision_before`.
    pub fn revision_now(&self) -> i64 {
        todo!()
    }

    /// The key's state now, own changes included.
    pub fn key_meta(&mut self, _key: &[u8]) -> Option<KeyMeta> {
        todo!()
    }

    /// The encoded `KeyValue` now, own changes included.
    pub fn get(&mut self, _key: &[u8]) -> Result<Option<Bytes>, ReadError> {
        todo!()
    }

    /// A range on the state now, own changes included (`query.revision` 0), or at an older revision.
    pub fn range(&mut self, _query: &RangeQuery) -> Result<RangeResult, ReadError> {
        todo!()
    }

    /// The metadata of all keys in the range now, in key order (for compares and deletes).
    pub fn keys(&mut self, _range: &KeyRange) -> Vec<(Bytes, KeyMeta)> {
        todo!()
    }

    /// Writes a put; the row's KeyValue is encoded here (canonical proto3).
    pub fn put(&mut self, _key: &[u8], _value: &[u8], _lease: i64) {
        todo!()
    }

    /// Writes a tombstone; false if the key does not exist.
    pub fn delete(&mut self, _key: &[u8]) -> bool {
        todo!()
    }

    /// Ends the transaction; the writer's revision is now `revision_now`.
    pub fn end(self) {
        todo!()
    }
}
