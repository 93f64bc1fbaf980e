//! The key space as operations see it: inside a write transaction, or on a published view.

use parking_lot::RwLock;
use prost::Message;
use smallvec::{SmallVec, smallvec};

use crate::lease::Registry;
use crate::mvcc::{self, KeyMeta, RangeQuery, RangeResult, ReadError, Reader, Store, WriteTxn};
use crate::pb::mvccpb::KeyValue;
use crate::types::{KeyRange, LeaseId, Revision};

/// Metadata of the keys in a range; one key is the usual case.
pub(super) type Metas = SmallVec<[KeyMeta; 1]>;

/// What can be asked of the key space before or without writing.
pub(super) trait State {
    /// The newest revision that may be asked for.
    fn revision(&self) -> i64;
    /// Revisions below are gone; -1 while nothing was compacted.
    fn compacted(&self) -> i64;
    fn range(&mut self, query: &RangeQuery) -> Result<RangeResult, ReadError>;
    /// Metadata of all keys in the range, in key order. Only the main part of `mod_revision` counts.
    fn metas(&mut self, range: &KeyRange) -> Result<Metas, ReadError>;
}

/// A published view, read in one read transaction.
pub(super) struct Reading<'view> {
    view: &'view mvcc::View,
    reader: Reader<'view>,
}

impl<'view> Reading<'view> {
    pub(super) fn new(view: &'view mvcc::View) -> Result<Self, ReadError> {
        Ok(Self { view, reader: view.read()? })
    }
}

impl State for Reading<'_> {
    fn revision(&self) -> i64 {
        self.view.revision
    }

    fn compacted(&self) -> i64 {
        self.view.store.compacted()
    }

    fn range(&mut self, query: &RangeQuery) -> Result<RangeResult, ReadError> {
        self.reader.range(query)
    }

    fn metas(&mut self, range: &KeyRange) -> Result<Metas, ReadError> {
        let rows = self.range(&RangeQuery { keys_only: true, ..RangeQuery::new(range.clone()) })?;
        rows.kvs
            .into_iter()
            .map(|row| {
                let kv = decode(row)?;
                Ok(KeyMeta {
                    create_revision: kv.create_revision,
                    mod_revision: Revision::new(kv.mod_revision, 0),
                    version: kv.version,
                })
            })
            .collect()
    }
}

/// The one write transaction of an entry.
///
/// It stops the process when the backend cannot be read: the entry is then half applied, and going on would make this
/// member differ from the others.
pub struct Writing<'entry, 'writer> {
    pub(super) txn: &'entry mut WriteTxn<'writer>,
    pub(super) store: &'entry Store,
    leases: &'entry RwLock<Registry>,
    /// Whether someone waits here for what ranges inside a transaction find.
    pub(super) is_answered: bool,
}

impl<'entry, 'writer> Writing<'entry, 'writer> {
    pub fn new(
        txn: &'entry mut WriteTxn<'writer>,
        store: &'entry Store,
        leases: &'entry RwLock<Registry>,
        is_answered: bool,
    ) -> Self {
        Self { txn, store, leases, is_answered }
    }

    /// Writes a put, and hangs the key on its lease; 0 is no lease.
    pub(super) fn put(&mut self, key: &[u8], value: &[u8], lease: i64) {
        self.txn.put(key, value, lease);
        match lease {
            0 => self.detach(key),
            lease => {
                // It exists: that was checked. A lease that is kept comes from a row, which may name one that is gone.
                if !self.leases.write().attach(key, LeaseId(lease)) {
                    self.detach(key);
                }
            }
        }
    }

    /// Deletes a key, which leaves its lease; false if the key does not exist.
    pub fn delete(&mut self, key: &[u8]) -> bool {
        let is_deleted = self.txn.delete(key);
        if is_deleted {
            self.detach(key);
        }
        is_deleted
    }

    /// Most keys have no lease.
    fn detach(&self, key: &[u8]) {
        if self.leases.read().lease_of(key).is_some() {
            self.leases.write().detach(key);
        }
    }

    /// The encoded `KeyValue` of `key` now.
    pub(super) fn get(&mut self, key: &[u8]) -> Option<bytes::Bytes> {
        readable(self.txn.get(key))
    }

    pub(super) fn has_lease(&self, id: LeaseId) -> bool {
        self.leases.read().ttl(id).is_some()
    }
}

impl State for Writing<'_, '_> {
    fn revision(&self) -> i64 {
        self.txn.revision_before()
    }

    fn compacted(&self) -> i64 {
        self.store.compacted()
    }

    fn range(&mut self, query: &RangeQuery) -> Result<RangeResult, ReadError> {
        match self.txn.range(query) {
            failed @ Err(ReadError::Backend(_)) => Ok(readable(failed)),
            other => other,
        }
    }

    fn metas(&mut self, range: &KeyRange) -> Result<Metas, ReadError> {
        Ok(match range {
            KeyRange::One(key) => self.txn.key_meta(key).map_or(smallvec![], |meta| smallvec![meta]),
            KeyRange::Span { .. } | KeyRange::From(_) => {
                self.txn.keys(range).into_iter().map(|(_, meta)| meta).collect()
            }
        })
    }
}

/// A stored row.
pub(super) fn decode(row: bytes::Bytes) -> Result<KeyValue, ReadError> {
    KeyValue::decode(row).map_err(|error| ReadError::Backend(format!("a row of bucket key is no KeyValue: {error}")))
}

/// What was read while an entry is applied.
pub(super) fn readable<T>(read: Result<T, ReadError>) -> T {
    read.unwrap_or_else(|error| {
        tracing::error!(%error, "cannot read what the entry being applied needs; ending the process");
        std::process::abort()
    })
}
