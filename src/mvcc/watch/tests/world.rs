//! A hub, the history that it reads, and streams that take their responses when told to.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use prost::Message;

use crate::mvcc::watch::catch_up::Scan;
use crate::mvcc::watch::hub::{Hub, HubConfig, Output, StreamId};
use crate::mvcc::{Change, ChangeKind};
use crate::pb::etcdserverpb::WatchResponse;
use crate::pb::mvccpb::KeyValue;
use crate::types::Revision;

pub struct World {
    pub hub: Hub,
    pub revision: i64,
    pub compacted: i64,
    /// All changes since revision 2, compacted ones too.
    pub history: Vec<Change>,
    /// How much of `history` the hub was told of.
    passed: usize,
    /// Scans end early, as if their rows were large.
    pub has_large_rows: bool,
    pub streams: BTreeMap<u32, VecDeque<Bytes>>,
    /// Commands answered, by stream.
    pub answers: BTreeMap<u32, usize>,
}

pub enum Op {
    Put(String, String),
    Delete(String),
}

pub fn stream_id(number: u32) -> StreamId {
    StreamId { port: 0, number }
}

impl World {
    pub fn new(config: HubConfig) -> Self {
        let mut hub = Hub::new(config, 1);
        hub.observe(2, -1);
        Self {
            hub,
            revision: 1,
            compacted: -1,
            history: Vec::new(),
            passed: 0,
            has_large_rows: false,
            streams: BTreeMap::new(),
            answers: BTreeMap::new(),
        }
    }

    /// One transaction; no revision if it changes nothing.
    pub fn commit(&mut self, ops: &[Op]) {
        let main = self.revision + 1;
        let first = self.history.len();
        for op in ops {
            let sub = i64::try_from(self.history.len() - first).unwrap();
            let revision = Revision::new(main, sub);
            let (Op::Put(key, _) | Op::Delete(key)) = op;
            let old = self.row(key.as_bytes(), i64::MAX).map(|row| KeyValue::decode(row).unwrap());
            let (kind, kv) = match (op, old) {
                (Op::Put(_, value), old) => {
                    let (create_revision, version) =
                        old.as_ref().map_or((main, 1), |old| (old.create_revision, old.version + 1));
                    let value = Bytes::copy_from_slice(value.as_bytes());
                    let key = Bytes::copy_from_slice(key.as_bytes());
                    let kv = KeyValue { key, create_revision, mod_revision: main, version, value, lease: 0 };
                    (if old.is_some() { ChangeKind::Update } else { ChangeKind::Create }, kv)
                }
                (Op::Delete(_), None) => continue,
                (Op::Delete(_), Some(old)) => (ChangeKind::Delete, KeyValue { key: old.key, ..Default::default() }),
            };
            self.history.push(Change { revision, kind, key: kv.key.clone(), row: kv.encode_to_vec().into() });
        }
        if self.history.len() > first {
            self.revision = main;
        }
    }

    /// The row of `key` as of revision `at`.
    fn row(&self, key: &[u8], at: i64) -> Option<Bytes> {
        let newest = self.history.iter().rev().find(|change| change.key == key && change.revision.main <= at)?;
        (newest.kind != ChangeKind::Delete).then(|| newest.row.clone())
    }

    fn readable_row(&self, key: &[u8], at: i64) -> Option<Bytes> {
        if at < self.compacted { None } else { self.row(key, at) }
    }

    /// Tells the hub of everything committed.
    pub fn publish(&mut self) {
        let changes = self.history[self.passed..].to_vec();
        self.passed = self.history.len();
        self.with_rows(|hub, revision, before| hub.publish(revision, changes, before));
    }

    /// The changes committed since the last publication never reach the hub.
    pub fn lose(&mut self) {
        self.passed = self.history.len();
        self.hub.lost(self.revision);
        self.collect();
    }

    pub fn compact(&mut self, revision: i64) {
        self.compacted = revision;
        self.hub.observe(2, revision);
    }

    pub fn catch_up_from_recent(&mut self) {
        self.with_rows(|hub, _, before| hub.catch_up_from_recent(before));
    }

    pub fn finish(&mut self, scan: Scan) {
        let scanned = if scan.first < self.compacted {
            scan.compacted(self.compacted)
        } else {
            let limit = if self.has_large_rows { 2 } else { i64::try_from(scan.revisions_max).unwrap() };
            let next = (scan.first + limit).min(scan.last + 1);
            let is_read = |change: &&Change| (scan.first..next).contains(&change.revision.main);
            let changes: Vec<_> = self.history.iter().filter(is_read).cloned().collect();
            scan.read(&changes, next, &mut |key, at| self.readable_row(key, at))
        };
        self.hub.scanned(scanned);
        self.collect();
    }

    /// Scans until no watcher waits for one.
    pub fn settle(&mut self) {
        self.catch_up_from_recent();
        while let Some(scan) = self.hub.plan_scan() {
            self.finish(scan);
            self.catch_up_from_recent();
        }
    }

    fn with_rows(&mut self, act: impl FnOnce(&mut Hub, i64, &mut dyn FnMut(&[u8], i64) -> Option<Bytes>)) {
        let mut hub = std::mem::replace(&mut self.hub, Hub::new(HubConfig::new(0, 0, 0), 0));
        act(&mut hub, self.revision, &mut |key, at| self.readable_row(key, at));
        self.hub = hub;
        self.collect();
    }

    /// Puts the hub's outputs where the streams take them from.
    pub fn collect(&mut self) {
        for Output { stream, response, is_answer } in self.hub.take_outputs() {
            self.streams.entry(stream.number).or_default().extend(response);
            *self.answers.entry(stream.number).or_default() += usize::from(is_answer);
        }
    }

    /// A stream's client takes up to `count` responses.
    pub fn take(&mut self, stream: u32, count: usize) -> Vec<WatchResponse> {
        let queue = self.streams.entry(stream).or_default();
        let taken: Vec<_> = queue.drain(..count.min(queue.len())).collect();
        self.hub.delivered(stream_id(stream), taken.len(), taken.iter().map(Bytes::len).sum());
        self.collect();
        taken.iter().map(|bytes| WatchResponse::decode(&bytes[..]).unwrap()).collect()
    }
}
