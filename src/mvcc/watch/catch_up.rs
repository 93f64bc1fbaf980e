//! History for watchers that lag: one scan serves several of them.

use std::sync::Arc;

use bytes::Bytes;

use super::batch;
use super::group::Group;
use super::watcher::Interest;
use crate::mvcc::{Change, ChangeKind};

/// Looks up the row of a key as of a revision; `None` if it did not exist or is not readable any more.
pub type Before<'a> = &'a mut dyn FnMut(&[u8], i64) -> Option<Bytes>;

/// Bytes of rows after which a scan ends early.
pub const SCAN_BYTES_MAX: usize = 4 << 20;

/// History to be read: the changes of `first..=last`, or of a first part of it.
#[derive(Debug)]
pub struct Scan {
    pub first: i64,
    pub last: i64,
    /// How many main revisions are read at most.
    pub revisions_max: usize,
    pub(super) watchers: Vec<Lagging>,
}

/// A watcher in a scan.
#[derive(Clone, Debug)]
pub(super) struct Lagging {
    pub place: u32,
    pub serial: u64,
    pub interest: Arc<Interest>,
    pub next: i64,
}

/// What a scan found.
#[derive(Debug)]
pub struct Scanned {
    pub(super) result: ScanResult,
    pub(super) watchers: Vec<(Lagging, Vec<Bytes>)>,
}

#[derive(Debug)]
pub(super) enum ScanResult {
    /// Everything before `next` was read.
    Read { next: i64 },
    /// The scan's first revision is below the compacted one.
    Compacted { oldest: i64 },
    /// The backend could not be read; to be tried again.
    Failed,
}

impl Scanned {
    /// To be tried again, after a pause.
    pub fn is_failed(&self) -> bool {
        matches!(self.result, ScanResult::Failed)
    }
}

impl Scan {
    /// Hands the changes that were read to the watchers that want them. `next`: the first revision not read.
    pub fn read(self, changes: &[Change], next: i64, before: Before<'_>) -> Scanned {
        let events = collect(&self.watchers, changes.iter(), before);
        Scanned { result: ScanResult::Read { next }, watchers: self.watchers.into_iter().zip(events).collect() }
    }

    /// The history from `first` on is not there any more; `oldest` is the compacted revision.
    pub fn compacted(self, oldest: i64) -> Scanned {
        self.without_events(ScanResult::Compacted { oldest })
    }

    /// The history could not be read.
    pub fn failed(self) -> Scanned {
        self.without_events(ScanResult::Failed)
    }

    fn without_events(self, result: ScanResult) -> Scanned {
        Scanned { result, watchers: self.watchers.into_iter().map(|watcher| (watcher, Vec::new())).collect() }
    }
}

/// For each watcher the events among `changes` that it has not been told of, in order.
pub(super) fn collect<'a>(
    watchers: &[Lagging],
    changes: impl Iterator<Item = &'a Change>,
    before: Before<'_>,
) -> Vec<Vec<Bytes>> {
    let mut group = Group::default();
    for (number, watcher) in watchers.iter().enumerate() {
        group.insert(&watcher.interest.range, u32::try_from(number).expect("fewer than 2^32 watchers"));
    }
    let mut found = vec![Vec::new(); watchers.len()];
    for change in changes {
        let mut event = SharedEvent::new(change);
        group.find(&change.key, |number| {
            let watcher = &watchers[number as usize];
            if change.revision.main >= watcher.next && watcher.interest.wants(change.kind) {
                found[number as usize].push(event.bytes(watcher.interest.prev_kv, before));
            }
        });
    }
    found
}

/// A change as an event, encoded at the first use and shared by all that get it.
pub(super) struct SharedEvent<'a> {
    change: &'a Change,
    plain: Option<Bytes>,
    with_prev: Option<Bytes>,
}

impl<'a> SharedEvent<'a> {
    pub fn new(change: &'a Change) -> Self {
        Self { change, plain: None, with_prev: None }
    }

    pub fn bytes(&mut self, prev_kv: bool, before: Before<'_>) -> Bytes {
        let change = self.change;
        // The first put of a life has nothing before it.
        if prev_kv && change.kind != ChangeKind::Create {
            return self
                .with_prev
                .get_or_insert_with(|| {
                    let prev = before(&change.key, change.revision.main - 1);
                    batch::event(change, prev.as_deref())
                })
                .clone();
        }
        self.plain.get_or_insert_with(|| batch::event(change, None)).clone()
    }
}
