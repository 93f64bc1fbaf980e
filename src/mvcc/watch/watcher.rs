//! One watcher, and what a client asked of it.

use std::sync::Arc;

use smallvec::SmallVec;

use super::hub::StreamId;
use crate::mvcc::ChangeKind;
use crate::types::KeyRange;

/// What to watch, and how to tell of it. Shared with history scans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interest {
    pub range: KeyRange,
    pub filters: Filters,
    /// Events carry the key's state before them.
    pub prev_kv: bool,
}

impl Interest {
    /// Whether a change of a key in the range is told.
    pub fn wants(&self, kind: ChangeKind) -> bool {
        match kind {
            ChangeKind::Create | ChangeKind::Update => !self.filters.no_put,
            ChangeKind::Delete => !self.filters.no_delete,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    pub no_put: bool,
    pub no_delete: bool,
}

/// Where a watcher stands; drawn in the module's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Fed by each publication. `position`: its place in the group of synced watchers.
    Synced { position: u32 },
    /// Waits for a scan; `turn` is its place in that queue.
    Behind { turn: u64 },
    /// Part of the scan that is under way.
    Scanning,
    /// Waits for room in its stream.
    Slow,
    /// Its next revision is compacted. Only its id is left.
    Dead,
}

#[derive(Debug)]
pub(super) struct Watcher {
    pub stream: StreamId,
    pub id: i64,
    /// Never used again, unlike a place in the hub's table.
    pub serial: u64,
    pub interest: Arc<Interest>,
    /// As the client sent it; 0: from the next change on.
    pub start: i64,
    /// The first revision that it has not been told of. While synced, the hub's next revision if that is later.
    pub next: i64,
    pub progress_notify: bool,
    pub fragment: bool,
    /// Told of an event since the last progress tick.
    pub had_events: bool,
    pub state: State,
    /// Scratch space: the changes of the revision being handed out that it wants.
    pub matched: SmallVec<[u32; 4]>,
}

impl Watcher {
    /// Whether it has been told of everything up to `revision` and its start is not still to come.
    pub fn is_current(&self, revision: i64) -> bool {
        matches!(self.state, State::Synced { .. }) && self.start <= revision
    }
}
