//! When a raft snapshot is taken, and the order of taking one: backend durable → `.snap` file → WAL record → release
//! of old segments → truncation of the raft log in memory → purge of old files.
//!
//! A crash between file and record leaves a file that nobody names; a record never names a missing file.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use tracing::{error, info, warn};

use crate::apply::{self, Barrier};
use crate::membership::v2_tree::Tree;
use crate::raft;
use crate::storage::purge;
use crate::storage::snap::{self, SnapFile};
use crate::storage::wal::{SnapMark, thread::WalHandle};
use crate::types::Index;

/// Bytes of the raft log in memory beyond which a snapshot is taken early and slow followers are not waited for.
const LOG_BYTES_MAX: usize = 512 << 20;
/// Entries between two snapshots that are taken early.
const EARLY_ENTRIES_MIN: u64 = 16;
/// How often a snapshot that waits for the backend looks whether that can still be hoped for.
const BARRIER_LOOK: Duration = Duration::from_millis(100);

/// Where and how much.
#[derive(Clone, Debug)]
pub struct SnapshotConfig {
    pub snap_dir: PathBuf,
    pub wal_dir: PathBuf,
    /// Entries kept in memory behind the applied index, for slow followers (`--snapshot-catchup-entries`).
    pub catchup_entries: u64,
    /// Files kept; 0 keeps all.
    pub snapshots_max: usize,
    pub wals_max: usize,
}

enum Request {
    Take { applied: Index },
    Purge,
    Stop,
}

/// Asks the snapshot thread; told of every publication by the apply thread.
pub struct Trigger {
    requests: Sender<Request>,
    snapshot_count: u64,
    /// The index of the last snapshot asked for.
    last: Index,
    log_bytes: LogBytes,
}

/// Tells the bytes of the raft log in memory.
pub type LogBytes = Arc<dyn Fn() -> usize + Send + Sync>;

impl Trigger {
    /// A snapshot at `applied` is due.
    pub fn force(&mut self, applied: Index) {
        self.last = applied;
        let _ = self.requests.send(Request::Take { applied });
    }

    /// `applied` is published. Asks for a snapshot when enough was applied since the last one.
    pub fn applied(&mut self, applied: Index) {
        let is_early = applied > self.last + EARLY_ENTRIES_MIN && (self.log_bytes)() > LOG_BYTES_MAX;
        if is_early || applied > self.last + self.snapshot_count {
            self.last = applied;
            let _ = self.requests.send(Request::Take { applied });
        }
    }
}

/// The snapshot thread, as its starter holds it.
pub struct SnapshotThread {
    requests: Sender<Request>,
    is_stopping: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl SnapshotThread {
    /// Ends the thread after the snapshot under way; without it, if the backend has no disk space to get there.
    pub fn stop(self) {
        self.is_stopping.store(true, Ordering::Relaxed);
        let _ = self.requests.send(Request::Stop);
        let _ = self.thread.join();
    }

    /// Asks for a look at old files; for a timer.
    pub fn purger(&self) -> impl Fn() + Send + 'static {
        let requests = self.requests.clone();
        move || {
            let _ = requests.send(Request::Purge);
        }
    }
}

/// The way to a snapshot thread that is yet to be started.
pub struct Inbox {
    requests: Sender<Request>,
    inbox: Receiver<Request>,
    log_bytes: LogBytes,
    last: Index,
}

/// `last` is the index of the newest snapshot on disk.
pub fn channel(snapshot_count: u64, last: Index, log_bytes: LogBytes) -> (Inbox, Trigger) {
    let (requests, inbox) = mpsc::channel();
    let trigger = Trigger { requests: requests.clone(), snapshot_count, last, log_bytes: log_bytes.clone() };
    (Inbox { requests, inbox, log_bytes, last }, trigger)
}

/// Starts the thread.
pub fn start(
    config: SnapshotConfig,
    inbox: Inbox,
    apply: apply::Handle,
    raft: raft::Inbox,
    wal: WalHandle,
) -> std::io::Result<SnapshotThread> {
    let Inbox { requests, inbox, log_bytes, last } = inbox;
    let is_stopping = Arc::<AtomicBool>::default();
    let worker = Worker { config, apply, raft, wal, log_bytes, is_stopping: is_stopping.clone() };
    let thread = std::thread::Builder::new().name("snapshot".into()).spawn(move || worker.run(&inbox, last))?;
    Ok(SnapshotThread { requests, is_stopping, thread })
}

struct Worker {
    config: SnapshotConfig,
    apply: apply::Handle,
    raft: raft::Inbox,
    wal: WalHandle,
    log_bytes: LogBytes,
    is_stopping: Arc<AtomicBool>,
}

impl Worker {
    /// `last`: the index of the newest snapshot.
    fn run(&self, inbox: &Receiver<Request>, mut last: Index) {
        while let Ok(request) = inbox.recv() {
            match request {
                // A snapshot is of the state when it is taken: one that waited long has served the requests behind it.
                Request::Take { applied } if applied <= last => {}
                Request::Take { applied } => last = self.take(applied).unwrap_or(last),
                Request::Purge => self.purge(),
                Request::Stop => return,
            }
        }
    }

    /// The index of the snapshot, if one was taken.
    fn take(&self, applied: Index) -> Option<Index> {
        info!(local_member_applied_index = applied, "triggering snapshot");
        let barrier = self.barrier()?;
        let index = barrier.index;
        let file = SnapFile {
            index,
            term: barrier.term,
            conf_state: barrier.conf_state.clone(),
            data: Tree::of(&barrier.cluster).encode().into(),
        };
        let mark = SnapMark { index, term: barrier.term, conf_state: Some(barrier.conf_state.clone()) };
        if let Err(error) = snap::save(&self.config.snap_dir, &file) {
            // The old snapshot and the whole log behind it are still there: nothing is lost, the next try comes.
            error!(%error, index, "failed to save snapshot");
            return None;
        }
        let (done, recorded) = sync_channel(1);
        self.wal.save_snapshot(mark, signal(done));
        recorded.recv().ok()?;
        info!(snapshot_index = index, "saved snapshot to disk");
        let meta = raft::SnapshotMeta { index, term: barrier.term, conf_state: barrier.conf_state };
        let _ = self.raft.send(raft::Input::SnapshotMeta(meta));
        // A lone member has no followers that could be slow.
        let is_alone = barrier.cluster.members().len() == 1;
        let kept = if is_alone || (self.log_bytes)() > LOG_BYTES_MAX { 0 } else { self.config.catchup_entries };
        let _ = self.raft.send(raft::Input::Truncate(index.saturating_sub(kept)));
        self.purge();
        Some(index)
    }

    /// What LMDB durably holds now; `None` when the server stops.
    fn barrier(&self) -> Option<Barrier> {
        let (sender, barrier) = sync_channel(1);
        let then = Box::new(move |barrier| {
            let _ = sender.send(barrier);
        });
        self.apply.send(apply::Input::Barrier { sync: crate::mvcc::Sync::Forced, then }).ok()?;
        loop {
            match barrier.recv_timeout(BARRIER_LOOK) {
                Ok(reached) => return Some(reached),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => {
                    let is_stuck = || self.apply.published().load().kv.store.is_out_of_space();
                    if self.is_stopping.load(Ordering::Relaxed) && is_stuck() {
                        return None;
                    }
                }
            }
        }
    }

    fn purge(&self) {
        let result = purge::snapshots(&self.config.snap_dir, self.config.snapshots_max)
            .and_then(|_| purge::wal_segments(&self.config.wal_dir, self.config.wals_max));
        if let Err(error) = result {
            warn!(%error, "failed to purge old files");
        }
    }
}

fn signal(done: SyncSender<()>) -> Box<dyn FnOnce() + Send> {
    Box::new(move || {
        let _ = done.send(());
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[test]
    fn snapshots_are_asked_for_by_entries_and_early_by_bytes() {
        let bytes = Arc::new(AtomicUsize::new(0));
        let log_bytes = {
            let bytes = bytes.clone();
            Arc::new(move || bytes.load(Ordering::Relaxed))
        };
        let (inbox, mut trigger) = channel(100, 50, log_bytes);
        for (applied, log_bytes, asked, why) in [
            (150, 0, false, "exactly the count since the last one"),
            (151, 0, true, "one more"),
            (200, LOG_BYTES_MAX, false, "neither"),
            (201, LOG_BYTES_MAX + 1, true, "too many bytes"),
            (217, LOG_BYTES_MAX + 1, false, "not with each entry until the log is truncated"),
            (218, LOG_BYTES_MAX + 1, true, "but again soon"),
        ] {
            bytes.store(log_bytes, Ordering::Relaxed);
            trigger.applied(applied);
            assert_eq!(inbox.inbox.try_recv().is_ok(), asked, "{why}");
        }
    }
}
