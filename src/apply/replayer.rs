//! The state machine without a server: entries of a log, applied to a backend that no member uses.
//!
//! Nobody waits for answers, and what the log does not decide (alarms to raise, leases to end) does not happen.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::machine::{Aftermath, Machine};
use super::{Boot, Settings, View};
use crate::alarm::{Alarms, MalformedAlarm};
use crate::auth::{AuthStore, MalformedRow};
use crate::lease::Registry;
use crate::membership::{Cluster, RestoreError};
use crate::mvcc::{OpenedStore, StoreError, StoreOptions, Sync};
use crate::pb::raftpb::Entry;
use crate::storage::backend::Failing;
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::lease::MalformedLease;
use crate::types::{ClusterId, Index, MemberId, Term};

/// The least time to live of etcd with default timers.
const LEASE_TTL_MIN: i64 = 2;
/// The default of `--max-learners`.
const LEARNERS_MAX: usize = 1;

/// Why entries cannot be applied.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("backend: {0}")]
    Members(#[from] RestoreError),
    #[error(transparent)]
    Alarm(#[from] MalformedAlarm),
    #[error(transparent)]
    Auth(#[from] MalformedRow),
    #[error("backend: {0}")]
    Lease(#[from] MalformedLease),
    #[error("entry {next} is needed next, and the log goes on with entry {found}")]
    Gap { next: Index, found: Index },
    #[error("{}: cannot write: {what}", file.display())]
    Write { file: PathBuf, what: String },
}

/// A backend and the state that it makes.
pub struct Replayer {
    machine: Machine,
}

impl Replayer {
    /// Opens our backend below `snap_dir`, which nobody else has open. `map_size_bytes` bounds it.
    ///
    /// # Errors
    /// It is damaged.
    pub fn open(snap_dir: &Path, cluster_id: ClusterId, map_size_bytes: usize) -> Result<Self, ReplayError> {
        let options = StoreOptions { map_size_bytes, failing: Failing::Offline, ..StoreOptions::default() };
        let (store, restored) = OpenedStore::open(snap_dir, &options)?.start(&options)?;
        let alarms = restored.buckets.iter().filter(|row| row.bucket == Bucket::Alarm).map(|row| &row.key);
        let boot = Boot {
            store,
            applied: restored.consistent_index,
            term: restored.term,
            cluster: Cluster::restore(cluster_id, &restored.buckets)?,
            auth: AuthStore::restore(&restored.buckets)?,
            alarms: Alarms::restore(alarms)?,
            leases: Registry::restore(&restored.buckets, &restored.leased_keys)?,
            writer: restored.writer,
            settings: Settings {
                member_id: MemberId(0),
                quota_backend_bytes: -1,
                learners_max: LEARNERS_MAX,
                lease_ttl_min: LEASE_TTL_MIN,
                persists_checkpoints: false,
                warning_apply: Duration::MAX,
            },
        };
        Ok(Self { machine: Machine::new(boot) })
    }

    /// The last entry that is in the state.
    pub fn applied(&self) -> (Index, Term) {
        self.machine.position()
    }

    /// Of the key space.
    pub fn revision(&self) -> i64 {
        self.machine.writer.revision()
    }

    /// Applies the next entry; one that is in the state already changes nothing.
    ///
    /// # Errors
    /// Entries are missing before it, or the disk refuses.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), ReplayError> {
        let next = self.machine.position().0 + 1;
        if entry.index() > next {
            return Err(ReplayError::Gap { next, found: entry.index() });
        }
        self.machine.apply(entry, &mut Aftermath::default());
        self.machine.writer.take_changes();
        if self.machine.writer.is_seal_due(Instant::now()) {
            self.commit(Sync::Lazy)?;
        }
        Ok(())
    }

    /// The state after the last entry.
    pub fn view(&mut self) -> View {
        self.machine.view()
    }

    /// Makes everything durable and closes the backend. A compaction under way goes on when it is next opened.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn finish(mut self) -> Result<(), ReplayError> {
        self.commit(Sync::Forced)
    }

    fn commit(&mut self, sync: Sync) -> Result<(), ReplayError> {
        let (done, committed) = mpsc::channel();
        // Whoever does not wait any more has given up.
        let tell = move || {
            let _ = done.send(());
        };
        self.machine.writer.seal(sync, Some(Box::new(tell)));
        if committed.recv().is_err() {
            let (file, what) = self.machine.store.failure().expect("the backend thread ends before us only by failing");
            return Err(ReplayError::Write { file, what });
        }
        self.machine.writer.forget_committed();
        Ok(())
    }
}
