//! Compaction: the physical work, a resumable job of the backend thread.
//!
//! First the index forgets, page by page; what is left at or below the revision is the set of rows to keep. Then
//! bucket `key` is walked up to the revision, in steps with a transaction each: rows outside of the set are deleted.
//! The last step's transaction writes the finished mark. An interrupted compaction is done again from the start,
//! which finds only what is left.

use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::hash::{self, CompactionHash};
use super::store::Store;
use crate::storage::backend::{Env, Job, Step};
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::key::RowKey;
use crate::storage::schema::meta;
use crate::telemetry::duration::GoDuration;
use crate::telemetry::metrics::mvcc as metrics;
use crate::types::Revision;

/// Keys of the index that are compacted under one hold of its lock.
const INDEX_PAGE: usize = 256;
/// A step through the index ends soon after this, and under a load a rest follows: the memory that it frees is the
/// apply thread's, which gets it back between requests, and not too much at once.
const INDEX_STEP: Duration = Duration::from_micros(500);
const INDEX_REST: Duration = Duration::from_millis(10);
/// A step through the rows ends soon after this, so that neither core nor disk are held for long.
const STEP: Duration = Duration::from_millis(2);
/// Rows between two looks at the clock.
const LOOK_ROWS: usize = 64;

/// One compaction.
pub struct Compaction {
    store: Arc<Store>,
    revision: i64,
    /// The compaction before this one; -1: none.
    previous: i64,
    /// The hash of a resumed compaction would miss the rows that are already deleted.
    is_resumed: bool,
    done: Option<Box<dyn FnOnce() + Send>>,
    phase: Phase,
    /// When its first step began.
    began: Option<Instant>,
    /// Rows deleted so far.
    dropped: u64,
    /// Revisions at or below `revision` that stay; ascending in the second phase.
    kept: Vec<Revision>,
}

enum Phase {
    /// `after`: the last key that is done.
    Index {
        after: Option<Box<[u8]>>,
    },
    Rows(Position),
}

/// How far the rows are done.
#[derive(Clone, Default)]
struct Position {
    /// The key of the last row; empty before the first.
    after: Vec<u8>,
    /// Place of the first revision in `kept` that is not below the next row.
    kept: usize,
    hash: u32,
}

impl Compaction {
    pub fn new(store: Arc<Store>, revision: i64, previous: i64, done: Option<Box<dyn FnOnce() + Send>>) -> Self {
        let phase = Phase::Index { after: None };
        Self { store, revision, previous, is_resumed: false, done, phase, began: None, dropped: 0, kept: Vec::new() }
    }

    /// One that an earlier process accepted and did not finish.
    pub fn resumed(store: Arc<Store>, revision: i64, previous: i64) -> Self {
        Self { is_resumed: true, ..Self::new(store, revision, previous, None) }
    }

    fn compact_index(&mut self, began: Instant, mut after: Option<Box<[u8]>>) {
        self.store.dropping.fetch_max(self.revision, Ordering::AcqRel);
        while began.elapsed() < INDEX_STEP {
            let mut index = self.store.index.write();
            after = index.compact(self.revision, after.as_deref(), INDEX_PAGE, &mut self.kept);
            drop(index);
            if after.is_none() {
                self.kept.sort_unstable();
                self.phase = Phase::Rows(Position { hash: hash::start(), ..Position::default() });
                return;
            }
        }
        self.phase = Phase::Index { after };
    }

    /// Looks at the next rows, returns the position after them and whether they were the last.
    fn delete_rows(&mut self, began: Instant, env: &Env, mut at: Position) -> Result<(Position, bool), heed::Error> {
        let mut txn = env.write()?;
        let rows = env.bucket(Bucket::Key);
        let (mut seen, mut is_last, mut dropped) = (0, true, Vec::new());
        let end = (self.revision + 1).to_be_bytes();
        let start = if at.after.is_empty() { Bound::Unbounded } else { Bound::Excluded(&at.after[..]) };
        let mut last = None;
        for row in rows.range(&txn, &(start, Bound::Excluded(&end[..])))? {
            let is_long = seen > 0 && seen % LOOK_ROWS == 0 && began.elapsed() > STEP;
            if is_long || seen == self.store.compaction_batch_max {
                is_last = false;
                break;
            }
            let (key, value) = row?;
            seen += 1;
            last = Some(key);
            // The start refused a backend with other keys.
            let Some((revision, is_tombstone)) = RowKey::decode(key) else { continue };
            while self.kept.get(at.kept).is_some_and(|&kept| kept < revision) {
                at.kept += 1;
            }
            let is_kept = self.kept.get(at.kept) == Some(&revision);
            if hash::counts(revision, is_tombstone, self.previous, is_kept || self.kept.is_empty()) {
                at.hash = hash::append(at.hash, key, value);
            }
            if !is_kept {
                dropped.push(RowKey::new(revision, is_tombstone));
            }
        }
        if let Some(last) = last {
            at.after = last.to_vec();
        }
        for key in &dropped {
            rows.delete(&mut txn, key)?;
        }
        if is_last {
            let mark = meta::encode_compact_revision(self.revision);
            env.bucket(Bucket::Meta).put(&mut txn, meta::FINISHED_COMPACT_REVISION, &mark)?;
        }
        if is_last || !dropped.is_empty() {
            txn.commit()?;
        } else {
            txn.abort();
        }
        self.dropped += dropped.len() as u64;
        self.store.compacted_rows.fetch_add(dropped.len() as u64, Ordering::Relaxed);
        Ok((at, is_last))
    }

    fn finish(&mut self, hash: u32, took: Duration) {
        if !self.is_resumed {
            let (revision, compact_revision) = (self.revision, self.previous);
            self.store.hashes.lock().add(CompactionHash { revision, compact_revision, hash });
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        self.store.compaction_ended.store(now, Ordering::Relaxed);
        tracing::info!(
            "compact-revision" = self.revision,
            took = %GoDuration::from(took),
            "number-of-revisions-compacted" = self.dropped,
            hash,
            "current-db-size-bytes" = self.store.size_bytes(),
            "current-db-size-in-use-bytes" = self.store.size_in_use_bytes(),
            "finished scheduled compaction"
        );
        if let Some(done) = self.done.take() {
            done();
        }
    }
}

impl Job for Compaction {
    fn step(&mut self, env: &Env) -> Result<Step, heed::Error> {
        let now = Instant::now();
        let began = *self.began.get_or_insert(now);
        match &mut self.phase {
            Phase::Index { after } => {
                let after = after.take();
                self.compact_index(now, after);
                metrics::INDEX_COMPACTION_PAUSE_MS.observe(milliseconds(now.elapsed()));
                Ok(Step::Nap(INDEX_REST))
            }
            Phase::Rows(position) => {
                let position = position.clone();
                let (position, is_last) = self.delete_rows(now, env, position)?;
                metrics::DB_COMPACTION_PAUSE_MS.observe(milliseconds(now.elapsed()));
                if is_last {
                    let took = began.elapsed();
                    metrics::DB_COMPACTION_TOTAL_MS.observe(milliseconds(took));
                    self.finish(position.hash, took);
                    return Ok(Step::Done);
                }
                self.phase = Phase::Rows(position);
                Ok(Step::Pause)
            }
        }
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
