//! Reads on a view: ranges and gets at a revision, and the history between two.
//!
//! A range asks the index first, a page of keys under one hold of its lock, for the revisions it needs; only rows that
//! go out are then read, from the overlay or from LMDB. A compaction cannot come between: before it drops anything it
//! raises a mark, which is checked under each page's lock, and the rows themselves stay in the LMDB transaction that
//! was opened before.

use std::cmp::Ordering as Order;
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::{Bytes, BytesMut};
use heed::types::Bytes as Raw;
use smallvec::SmallVec;

use super::key_index::KeyMeta;
use super::store::View;
use super::write::{Change, ChangeKind};
use crate::storage::backend::env::ReadTxn;
use crate::storage::backend::{Chunk, Env};
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::key::{self, KeyValue, RowKey};
use crate::telemetry::metrics::mvcc as metrics;
use crate::types::{KeyRange, Revision};

/// Keys that are visited under one hold of the index's lock.
pub(super) const PAGE: usize = 256;
/// A row this far behind the last one is looked for by going on, not by a search.
const NEAR: i64 = 4;

/// Order of a range's rows. `None` with a target other than `Key` sorts ascending by it AFTER limit+1 rows were taken
/// in key order.
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

/// A range with everything that decides which rows come back and how.
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
    /// The four filters: 0 is none, bounds are inclusive.
    pub min_mod_revision: i64,
    pub max_mod_revision: i64,
    pub min_create_revision: i64,
    pub max_create_revision: i64,
}

impl RangeQuery {
    /// All of `range` now, in key order.
    pub fn new(range: KeyRange) -> Self {
        Self {
            range,
            revision: 0,
            limit: 0,
            order: SortOrder::None,
            target: SortTarget::Key,
            keys_only: false,
            count_only: false,
            min_mod_revision: 0,
            max_mod_revision: 0,
            min_create_revision: 0,
            max_create_revision: 0,
        }
    }

    fn has_filters(&self) -> bool {
        (self.min_mod_revision, self.max_mod_revision, self.min_create_revision, self.max_create_revision)
            != (0, 0, 0, 0)
    }

    fn passes(&self, meta: &KeyMeta) -> bool {
        let main = meta.mod_revision.main;
        (self.max_mod_revision == 0 || main <= self.max_mod_revision)
            && (self.min_mod_revision == 0 || main >= self.min_mod_revision)
            && (self.max_create_revision == 0 || meta.create_revision <= self.max_create_revision)
            && (self.min_create_revision == 0 || meta.create_revision >= self.min_create_revision)
    }

    /// Rows that are taken in key order, before they are sorted and cut.
    fn fetch_max(&self) -> usize {
        let is_sorted = match self.order {
            SortOrder::None => false,
            SortOrder::Ascend => self.target != SortTarget::Key,
            SortOrder::Descend => true,
        };
        if self.limit <= 0 || is_sorted || self.has_filters() {
            return usize::MAX;
        }
        usize::try_from(self.limit).unwrap_or(usize::MAX).saturating_add(1)
    }

    /// As etcd 3.7: without values the answer comes from the index, and has no leases.
    fn is_from_index(&self) -> bool {
        self.keys_only && self.target != SortTarget::Value
    }
}

#[derive(Clone, Debug, Default)]
pub struct RangeResult {
    /// Encoded `mvccpb.KeyValue`s (stored bytes, or re-encoded without value for `keys_only`).
    pub kvs: Vec<Bytes>,
    pub more: bool,
    pub count: i64,
}

/// A range's result besides its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    pub more: bool,
    /// Keys in the range, before limit and filters.
    pub count: i64,
}

pub struct History {
    pub changes: Vec<Change>,
    /// The first main revision not looked at yet: `last + 1` when all was read.
    pub next: i64,
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

impl From<heed::Error> for ReadError {
    fn from(error: heed::Error) -> Self {
        Self::Backend(error.to_string())
    }
}

/// The bytes of a row, where they are.
pub(super) enum Stored<'txn> {
    Overlay(Bytes),
    Committed(&'txn [u8]),
}

impl std::ops::Deref for Stored<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Overlay(bytes) => bytes,
            Self::Committed(bytes) => bytes,
        }
    }
}

/// Reads on one view. Not `Send`able across an await; create, use, drop.
pub struct Reader<'view> {
    view: &'view View,
    /// Which `txn` reads in.
    env: Arc<Env>,
    txn: ReadTxn<'static>,
    _open: Open,
    /// Chunks that may not be in `txn`, each with its first revision; oldest first.
    overlay: SmallVec<[(Revision, &'view Chunk); 4]>,
}

/// A read transaction, in the metrics.
struct Open;

impl Open {
    fn count() -> Self {
        metrics::DB_READ_TRANSACTIONS.inc();
        Self
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        metrics::DB_READ_TRANSACTIONS.dec();
    }
}

/// A key that a range selects.
struct Hit {
    meta: KeyMeta,
    /// Of the key's bytes in `Hits::names`, if they were wanted.
    name: (usize, usize),
}

#[derive(Default)]
struct Hits {
    list: Vec<Hit>,
    names: Vec<u8>,
    count: i64,
}

impl<'view> Reader<'view> {
    pub(super) fn new(view: &'view View) -> Result<Self, ReadError> {
        // In this order: what is committed when we look is in the transaction that is opened after. Chunks commit
        // in order, but maybe between two looks: everything from the first uncommitted one on is read from here.
        let overlay = view
            .chunks
            .iter()
            .skip_while(|chunk| chunk.is_committed())
            .filter_map(|chunk| chunk.first().map(|first| (first, &**chunk)))
            .collect();
        let env = view.store.env();
        let txn = env.read_static()?;
        Ok(Self { view, env, txn, _open: Open::count(), overlay })
    }

    /// # Errors
    /// `Compacted` and `FutureRevision` as in etcd. For a query at the newest revision,
    /// `Compacted` says that the view was overtaken: take the newest view and ask again.
    pub fn range(&self, query: &RangeQuery) -> Result<RangeResult, ReadError> {
        let mut kvs = Vec::new();
        let mut packer = None;
        let found = self.range_with(query, |rows, row| {
            let packer = packer.get_or_insert_with(|| {
                kvs.reserve_exact(rows);
                Packer::new(rows)
            });
            kvs.push(packer.pack(row));
        })?;
        Ok(RangeResult { kvs, more: found.more, count: found.count })
    }

    /// As `range`, but appends each row to `out` as a length-delimited protobuf field with the one-byte `tag`: one
    /// copy from the store to the answer.
    pub fn range_framed(&self, query: &RangeQuery, tag: u8, out: &mut Vec<u8>) -> Result<Found, ReadError> {
        self.range_with(query, |_, row| {
            out.push(tag);
            key::put_varint(out, row.len() as u64);
            out.extend_from_slice(&row);
        })
    }

    /// Gives each row, and how many there are, to `out`.
    fn range_with(&self, query: &RangeQuery, mut out: impl FnMut(usize, Stored)) -> Result<Found, ReadError> {
        let (at, mark) = self.revision_of(query.revision)?;
        if query.count_only {
            let count = self.count(&query.range, Bound::Included(query.range.start()), at, mark)?;
            return Ok(Found { more: false, count });
        }
        let mut hits = self.hits(query, at, mark)?;
        let limit = if query.limit > 0 { usize::try_from(query.limit).unwrap_or(usize::MAX) } else { usize::MAX };
        if query.target == SortTarget::Value {
            return self.by_value(query, &hits, limit, out);
        }
        sort(&mut hits.list, query);
        let more = hits.list.len() > limit;
        hits.list.truncate(limit);
        if query.is_from_index() {
            let mut row = BytesMut::new();
            for hit in &hits.list {
                row.clear();
                let KeyMeta { create_revision, mod_revision, version } = hit.meta;
                let name = &hits.names[hit.name.0..hit.name.1];
                KeyValue {
                    key: name,
                    create_revision,
                    mod_revision: mod_revision.main,
                    version,
                    ..KeyValue::default()
                }
                .encode(&mut row);
                out(hits.list.len(), Stored::Committed(&row));
            }
        } else {
            self.fetch(&hits.list, |row| out(hits.list.len(), row))?;
        }
        Ok(Found { more, count: hits.count })
    }

    /// The rest of a range whose rows are sorted by value.
    fn by_value(
        &self,
        query: &RangeQuery,
        hits: &Hits,
        limit: usize,
        mut out: impl FnMut(usize, Stored),
    ) -> Result<Found, ReadError> {
        let mut rows = Vec::with_capacity(hits.list.len());
        let mut packer = Packer::new(hits.list.len());
        self.fetch(&hits.list, |row| rows.push(packer.pack(row)))?;
        let mut fields = Vec::with_capacity(rows.len());
        for row in &rows {
            fields.push((KeyValue::decode(row).ok_or_else(|| broken(row))?, row));
        }
        match query.order {
            SortOrder::None | SortOrder::Ascend => fields.sort_by(|a, b| a.0.value.cmp(b.0.value)),
            SortOrder::Descend => fields.sort_by(|a, b| b.0.value.cmp(a.0.value)),
        }
        let count = fields.len().min(limit);
        for (fields, row) in &fields[..count] {
            if query.keys_only {
                let mut bare = BytesMut::new();
                KeyValue { value: &[], ..*fields }.encode(&mut bare);
                out(count, Stored::Overlay(bare.freeze()));
            } else {
                out(count, Stored::Overlay(Bytes::clone(row)));
            }
        }
        Ok(Found { more: hits.list.len() > limit, count: hits.count })
    }

    /// The encoded `KeyValue` of `key` as of revision `at`; `None` if it did not exist.
    pub fn get(&self, key: &[u8], at: i64) -> Result<Option<Bytes>, ReadError> {
        let (at, mark) = self.revision_of(at)?;
        let index = self.view.store.index.read();
        check(mark, at)?;
        let meta = index.get(key, at);
        drop(index);
        let Some(meta) = meta else { return Ok(None) };
        let row = Rows::new(self).at(meta.mod_revision, None)?;
        Ok(Some(Packer::new(1).pack(row)))
    }

    /// All changes of main revisions `first..=last` in order, whole main revisions only, at most about
    /// `revisions_max` of them or `bytes_max` bytes. Fails with `Compacted` if `first` < compacted revision
    /// (== is allowed: rows that survived come). For watch catch-up. `last` is cut to the view's revision.
    pub fn history(&self, first: i64, last: i64, revisions_max: usize, bytes_max: usize) -> Result<History, ReadError> {
        let compacted = self.view.store.compacted();
        if first < compacted {
            return Err(ReadError::Compacted { asked: first, oldest: compacted });
        }
        let last = last.min(self.view.revision);
        let mut history = History { changes: Vec::new(), next: first.max(last + 1) };
        let (mut revisions, mut bytes, mut current) = (0, 0, 0);
        let mut packer = Packer::new(SOME_ROWS);
        let mut failed = None;
        self.rows(first, last, |revision, is_tombstone, row| {
            if revision.main != current {
                if revisions > 0 && (revisions >= revisions_max || bytes >= bytes_max) {
                    history.next = revision.main;
                    return false;
                }
                current = revision.main;
                revisions += 1;
            }
            bytes += row.len();
            let row = packer.pack(row);
            match change(revision, is_tombstone, &row) {
                Some(change) => history.changes.push(change),
                None => {
                    failed = Some(broken(&row));
                    return false;
                }
            }
            true
        })?;
        failed.map_or(Ok(history), Err)
    }

    /// Visits the rows of main revisions `first..=last` in order, until `visit` returns false.
    pub(super) fn rows(
        &self,
        first: i64,
        last: i64,
        mut visit: impl FnMut(Revision, bool, Stored) -> bool,
    ) -> Result<(), ReadError> {
        if last < 0 || first > last {
            return Ok(());
        }
        // What is in the overlay is read there, be it in the transaction as well or not.
        let overlay_first = self.overlay.first().map_or(Revision::new(i64::MAX, 0), |(first, _)| *first);
        let start = RowKey::new(Revision::new(first.max(0), 0), false);
        let end = RowKey::new(overlay_first.min(Revision::new(last.saturating_add(1), 0)), false);
        if *start < *end {
            let bounds = (Bound::Included(&start[..]), Bound::Excluded(&end[..]));
            for row in self.env.bucket(Bucket::Key).range(&self.txn, &bounds)? {
                let (key, value) = row?;
                let (revision, is_tombstone) = RowKey::decode(key).ok_or_else(|| broken(key))?;
                if !visit(revision, is_tombstone, Stored::Committed(value)) {
                    return Ok(());
                }
            }
        }
        for (_, chunk) in &self.overlay {
            // Copied out in pieces, so that apply never waits for a visitor.
            let mut from = Revision::new(first.max(0), 0);
            loop {
                let rows = chunk.rows();
                let start = rows.partition_point(|row| row.revision < from);
                let page: SmallVec<[_; 32]> = rows[start..].iter().take(32).cloned().collect();
                drop(rows);
                let Some(newest) = page.last().map(|row| row.revision) else { break };
                for row in page {
                    if row.revision.main > last || !visit(row.revision, row.is_tombstone, Stored::Overlay(row.bytes)) {
                        return Ok(());
                    }
                }
                from = Revision::new(newest.main, newest.sub + 1);
            }
        }
        Ok(())
    }

    /// The revision to read at, and the mark that must stay at or below it.
    pub(super) fn revision_of(&self, asked: i64) -> Result<(i64, &'view AtomicI64), ReadError> {
        let newest = self.view.revision;
        if asked <= 0 {
            // The newest state stays readable until the view with a just accepted compaction is published, and
            // longer: until that begins to drop revisions.
            return Ok((newest, &self.view.store.dropping));
        }
        if asked > newest {
            return Err(ReadError::FutureRevision { asked, newest });
        }
        let mark = &self.view.store.compacted;
        check(mark, asked)?;
        Ok((asked, mark))
    }

    /// Looks at up to `page` keys of `range` behind `after`, in order, and visits those that exist at revision `at`.
    /// Returns the last one looked at if there may be more.
    pub(super) fn scan(
        &self,
        range: &KeyRange,
        after: Option<&[u8]>,
        page: usize,
        at: i64,
        mark: &AtomicI64,
        mut visit: impl FnMut(&[u8], KeyMeta),
    ) -> Result<Option<Box<[u8]>>, ReadError> {
        let index = self.view.store.index.read();
        check(mark, at)?;
        Ok(index.visit(range, after, page, |key, entry| {
            if let Some(meta) = entry.get(at) {
                visit(key, meta);
            }
        }))
    }

    /// The keys of a range that pass its filters, as many as can matter.
    fn hits(&self, query: &RangeQuery, at: i64, mark: &AtomicI64) -> Result<Hits, ReadError> {
        let fetch_max = query.fetch_max();
        let (has_filters, with_names) = (query.has_filters(), query.is_from_index());
        let mut hits = Hits::default();
        let mut after: Option<Box<[u8]>> = None;
        loop {
            let page = PAGE.min(fetch_max - hits.list.len());
            after = self.scan(&query.range, after.as_deref(), page, at, mark, |key, meta| {
                hits.count += 1;
                if has_filters && !query.passes(&meta) {
                    return;
                }
                let start = hits.names.len();
                if with_names {
                    hits.names.extend_from_slice(key);
                }
                hits.list.push(Hit { meta, name: (start, hits.names.len()) });
            })?;
            let Some(last) = &after else { return Ok(hits) };
            if hits.list.len() == fetch_max {
                hits.count += self.count(&query.range, Bound::Excluded(last), at, mark)?;
                return Ok(hits);
            }
        }
    }

    /// How many keys of `range` from `lower` on exist at revision `at`.
    fn count(&self, range: &KeyRange, lower: Bound<&[u8]>, at: i64, mark: &AtomicI64) -> Result<i64, ReadError> {
        let (mut count, mut from) = (0, None::<Box<[u8]>>);
        loop {
            let index = self.view.store.index.read();
            check(mark, at)?;
            let page = index.count(range, from.as_deref().map_or(lower, Bound::Included), at, PAGE);
            drop(index);
            count += page.0;
            from = page.1;
            if from.is_none() {
                return Ok(count);
            }
        }
    }

    /// The rows of `hits`, in their order.
    fn fetch(&self, hits: &[Hit], mut out: impl FnMut(Stored)) -> Result<(), ReadError> {
        let mut rows = Rows::new(self);
        for (place, hit) in hits.iter().enumerate() {
            let next = hits.get(place + 1).map(|hit| hit.meta.mod_revision);
            out(rows.at(hit.meta.mod_revision, next)?);
        }
        Ok(())
    }
}

fn check(mark: &AtomicI64, at: i64) -> Result<(), ReadError> {
    let oldest = mark.load(Ordering::Acquire);
    if at < oldest { Err(ReadError::Compacted { asked: at, oldest }) } else { Ok(()) }
}

/// Sorts by anything but the value.
fn sort(hits: &mut [Hit], query: &RangeQuery) {
    let key = |hit: &Hit| match query.target {
        SortTarget::Key | SortTarget::Value => 0,
        SortTarget::Version => hit.meta.version,
        SortTarget::Create => hit.meta.create_revision,
        SortTarget::Mod => hit.meta.mod_revision.main,
    };
    match (query.order, query.target) {
        (SortOrder::None | SortOrder::Ascend, SortTarget::Key) => {}
        (SortOrder::Descend, SortTarget::Key) => hits.reverse(),
        (SortOrder::None | SortOrder::Ascend, _) => hits.sort_by_key(key),
        (SortOrder::Descend, _) => hits.sort_by_key(|hit| std::cmp::Reverse(key(hit))),
    }
}

fn broken(what: &[u8]) -> ReadError {
    ReadError::Backend(format!("bucket key: a row cannot be read: {}", what.escape_ascii()))
}

fn change(revision: Revision, is_tombstone: bool, row: &Bytes) -> Option<Change> {
    let fields = KeyValue::decode(row)?;
    let kind = match is_tombstone {
        true => ChangeKind::Delete,
        false if fields.create_revision == fields.mod_revision => ChangeKind::Create,
        false => ChangeKind::Update,
    };
    Some(Change { revision, kind, key: row.slice_ref(fields.key), row: row.clone() })
}

/// Reads rows at revisions that are often close to one another: keys that were written in order lie in order.
struct Rows<'reader, 'view> {
    reader: &'reader Reader<'view>,
    /// Behind the row at `last`.
    iter: Option<heed::RoRange<'reader, Raw, Raw>>,
    last: Revision,
}

impl<'reader, 'view> Rows<'reader, 'view> {
    fn new(reader: &'reader Reader<'view>) -> Self {
        Self { reader, iter: None, last: Revision::default() }
    }

    /// The row of the put at `revision`; `next` is the revision that will be asked for then.
    fn at(&mut self, revision: Revision, next: Option<Revision>) -> Result<Stored<'reader>, ReadError> {
        if let Some((_, chunk)) = self.reader.overlay.iter().rev().find(|(first, _)| *first <= revision) {
            return chunk.find(revision).map(|row| Stored::Overlay(row.bytes)).ok_or_else(|| missing(revision));
        }
        let key = RowKey::new(revision, false);
        if is_near(self.last, revision)
            && let Some(row) = self.go_on(&key)?
        {
            self.last = revision;
            return Ok(Stored::Committed(row));
        }
        let bucket = self.reader.env.bucket(Bucket::Key);
        let found = if next.is_some_and(|next| is_near(revision, next)) {
            let mut iter = bucket.range(&self.reader.txn, &(Bound::Included(&key[..]), Bound::Unbounded))?;
            let found = iter.next().transpose()?.filter(|(found, _)| *found == &key[..]).map(|(_, row)| row);
            (self.iter, self.last) = (Some(iter), revision);
            found
        } else {
            self.iter = None;
            bucket.get(&self.reader.txn, &key)?
        };
        found.map(Stored::Committed).ok_or_else(|| missing(revision))
    }

    fn go_on(&mut self, key: &[u8]) -> Result<Option<&'reader [u8]>, ReadError> {
        let Some(iter) = &mut self.iter else { return Ok(None) };
        for _ in 0..2 * NEAR {
            match iter.next().transpose()? {
                Some((found, row)) => match found.cmp(key) {
                    Order::Less => {}
                    Order::Equal => return Ok(Some(row)),
                    Order::Greater => break,
                },
                None => break,
            }
        }
        self.iter = None;
        Ok(None)
    }
}

fn is_near(last: Revision, next: Revision) -> bool {
    last < next && next.main - last.main <= NEAR
}

fn missing(revision: Revision) -> ReadError {
    ReadError::Backend(format!("bucket key: row {revision} is missing"))
}

/// Copies rows into blocks that many of them share.
struct Packer {
    block: BytesMut,
    /// Rows that are expected to come.
    left: usize,
}

const BLOCK_MAX: usize = 1 << 16;
/// Expected where nothing is known.
const SOME_ROWS: usize = 32;

impl Packer {
    fn new(rows: usize) -> Self {
        Self { block: BytesMut::new(), left: rows }
    }

    fn pack(&mut self, row: Stored) -> Bytes {
        let left = self.left.max(1);
        self.left = left - 1;
        let row = match row {
            Stored::Overlay(bytes) => return bytes,
            Stored::Committed(row) => row,
        };
        let is_alone = left == 1 && self.block.capacity() < row.len();
        if is_alone || row.len() > BLOCK_MAX / 4 {
            return Bytes::copy_from_slice(row);
        }
        if self.block.capacity() < row.len() {
            // Rows of one range are mostly of one size.
            let size = row.len().saturating_add(row.len() / 8).saturating_mul(left);
            self.block = BytesMut::with_capacity(size.min(BLOCK_MAX));
        }
        self.block.extend_from_slice(row);
        self.block.split().freeze()
    }
}
