//! When a raft snapshot is taken, and the order of taking one: backend durable → `.snap` file → WAL record → release
//! of old segments → truncation of the raft log in memory → purge of old files.
//!
//! A crash between file and record leaves a file that nobody names; a record never names a missing file.

use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender, sync_channel};
use std::thread::JoinHandle;

use tracing::{error, info, warn};

use crate::apply::{self, Barrier};
use crate::membership::Cluster;
use crate::membership::v2_tree::{Tree, TreeMember};
use crate::raft;
use crate::storage::purge;
use crate::storage::snap::{self, SnapFile};
use crate::storage::wal::{SnapMark, thread::WalHandle};
use crate::types::Index;

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
}

impl Trigger {
    /// `applied` is published. Asks for a snapshot when enough was applied since the last one.
    pub fn applied(&mut self, applied: Index) {
        if applied > self.last + self.snapshot_count {
            self.last = applied;
            let _ = self.requests.send(Request::Take { applied });
        }
    }
}

/// The snapshot thread, as its starter holds it.
pub struct SnapshotThread {
    requests: Sender<Request>,
    thread: JoinHandle<()>,
}

impl SnapshotThread {
    /// Ends the thread after the snapshot under way.
    pub fn stop(self) {
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
}

/// `last` is the index of the newest snapshot on disk.
pub fn channel(snapshot_count: u64, last: Index) -> (Inbox, Trigger) {
    let (requests, inbox) = mpsc::channel();
    let trigger = Trigger { requests: requests.clone(), snapshot_count, last };
    (Inbox { requests, inbox }, trigger)
}

/// Starts the thread.
pub fn start(
    config: SnapshotConfig,
    inbox: Inbox,
    apply: apply::Handle,
    raft: raft::Inbox,
    wal: WalHandle,
) -> std::io::Result<SnapshotThread> {
    let worker = Worker { config, apply, raft, wal };
    let Inbox { requests, inbox } = inbox;
    let thread = std::thread::Builder::new().name("snapshot".into()).spawn(move || worker.run(&inbox))?;
    Ok(SnapshotThread { requests, thread })
}

struct Worker {
    config: SnapshotConfig,
    apply: apply::Handle,
    raft: raft::Inbox,
    wal: WalHandle,
}

impl Worker {
    fn run(&self, inbox: &Receiver<Request>) {
        while let Ok(request) = inbox.recv() {
            match request {
                Request::Take { applied } => self.take(applied),
                Request::Purge => self.purge(),
                Request::Stop => return,
            }
        }
    }

    fn take(&self, applied: Index) {
        info!(target: "server", local_member_applied_index = applied, "triggering snapshot");
        let Some(barrier) = self.barrier() else { return };
        let index = barrier.index;
        let file = SnapFile {
            index,
            term: barrier.term,
            conf_state: barrier.conf_state.clone(),
            data: tree_of(&barrier.cluster).encode().into(),
        };
        let mark = SnapMark { index, term: barrier.term, conf_state: Some(barrier.conf_state.clone()) };
        if let Err(error) = snap::save(&self.config.snap_dir, &file) {
            // The old snapshot and the whole log behind it are still there: nothing is lost, the next try comes.
            error!(target: "server", %error, index, "failed to save snapshot");
            return;
        }
        let (done, recorded) = sync_channel(1);
        self.wal.save_snapshot(mark, signal(done));
        if recorded.recv().is_err() {
            return;
        }
        info!(target: "server", snapshot_index = index, "saved snapshot to disk");
        let meta = raft::SnapshotMeta { index, term: barrier.term, conf_state: barrier.conf_state };
        let _ = self.raft.send(raft::Input::SnapshotMeta(meta));
        let _ = self.raft.send(raft::Input::Truncate(index.saturating_sub(self.config.catchup_entries)));
        self.purge();
    }

    /// What LMDB durably holds now; `None` when the server stops.
    fn barrier(&self) -> Option<Barrier> {
        let (sender, barrier) = sync_channel(1);
        let then = Box::new(move |barrier| {
            let _ = sender.send(barrier);
        });
        self.apply.send(apply::Input::Barrier { sync: crate::mvcc::Sync::Forced, then }).ok()?;
        barrier.recv().ok()
    }

    fn purge(&self) {
        let result = purge::snapshots(&self.config.snap_dir, self.config.snapshots_max)
            .and_then(|_| purge::wal_segments(&self.config.wal_dir, self.config.wals_max));
        if let Err(error) = result {
            warn!(target: "server", %error, "failed to purge old files");
        }
    }
}

fn signal(done: SyncSender<()>) -> Box<dyn FnOnce() + Send> {
    Box::new(move || {
        let _ = done.send(());
    })
}

/// What older releases read from a `.snap` file.
fn tree_of(cluster: &Cluster) -> Tree {
    let members = cluster
        .members()
        .map(|member| TreeMember {
            id: member.id,
            peer_urls: member.peer_urls.clone(),
            is_learner: member.is_learner,
            name: member.attributes.name.clone(),
            client_urls: member.attributes.client_urls.clone(),
        })
        .collect();
    Tree {
        members,
        removed: cluster.removed().collect(),
        version: cluster.version().map(|version| version.to_string()),
    }
}
