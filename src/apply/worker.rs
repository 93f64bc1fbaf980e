//! The apply thread: takes committed entries in batches, publishes one view a batch, then lets everyone know.
//!
//! A reader of the published view misses nothing: the view is stored before answers, changes and effects leave.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;

use super::machine::{Aftermath, Machine, Settings};
use super::{Done, View};
use crate::alarm::Alarms;
use crate::auth::AuthStore;
use crate::lease::Registry;
use crate::membership::Cluster;
use crate::mvcc::{self, Store, Writer};
use crate::pb::raftpb::{ConfChange, ConfState, Entry, EntryType};
use crate::storage::backend;
use crate::types::{Index, LeaseId, Term};

/// Entries of a batch at most.
const BATCH_ENTRIES_MAX: usize = 256;
/// Bytes of entry data after which a batch ends.
const BATCH_BYTES_MAX: usize = 1024 * 1024;
/// Time after which a batch ends.
const BATCH_TIME_MAX: Duration = Duration::from_millis(2);
/// Bytes in the overlay over which apply waits for the backend.
const OVERLAY_BYTES_MAX: usize = 256 * 1024 * 1024;
/// While apply waits for the backend it looks this often whether that has lost its disk space.
const ROOM_LOOK: Duration = Duration::from_millis(100);
/// Of an entry in the queue, besides its data.
const ENTRY_BYTES: usize = 64;

/// What the apply thread is told. Handled in order, except `ChunkCommitted`, which is handled at once.
///
/// The inbox itself has no bound: proposals are refused upstream when too much is committed and not applied.
pub enum Input {
    /// Committed entries, in order and without gaps.
    Committed(Vec<Entry>),
    /// The backend has committed a chunk.
    ChunkCommitted,
    /// LMDB shall hold exactly the state after all entries committed before this; then `then` runs on the backend
    /// thread, before the next chunk is committed.
    Barrier { sync: mvcc::Sync, then: Box<dyn FnOnce(Barrier) + Send> },
    /// The backend is to move to a new generation without free pages.
    Defragment(backend::defrag::Done),
    /// As a barrier with a forced sync; then the thread ends.
    Stop(Box<dyn FnOnce(Barrier) + Send>),
}

/// The state that LMDB holds when a barrier is reached.
pub struct Barrier {
    pub index: Index,
    pub term: Term,
    pub conf_state: ConfState,
    pub view: View,
    pub cluster: Arc<Cluster>,
}

/// What the state machine asks for and cannot do itself.
#[derive(Clone)]
pub enum LocalEffect {
    /// An entry went over quota and no NOSPACE alarm stands: propose one for this member.
    RaiseNoSpace,
    /// The configuration entry at `index` is done; raft may go on, after `change` if there is one.
    ConfDone { index: Index, change: Option<ConfChange> },
    /// A lease was granted or revoked.
    Lease(LeaseEvent),
    /// A user has proved who it is, and is known by this token from now on.
    TokenAssigned { token: String, username: String },
    /// The tokens of this user, or of all, are void.
    TokensForgotten { username: Option<String> },
    /// This member was removed from the cluster.
    OwnRemoval,
    /// A raft snapshot of the state after this batch is due, however few entries were applied since the last one.
    TakeSnapshot,
    /// A new leader's first entry was applied.
    NewTerm { term: Term },
    /// All entries up to here are applied and published. Once a batch, last of its effects.
    Applied(Index),
}

/// What the one who ends leases has to hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseEvent {
    /// For `ttl` seconds.
    Granted {
        id: LeaseId,
        ttl: i64,
    },
    Revoked(LeaseId),
}

/// Where the outcome of a batch goes. Called on the apply thread, which waits for them: they hand on and return.
pub struct Effects {
    /// Changes of the key space up to this revision, in order. Never empty.
    pub changes: Box<dyn FnMut(i64, Vec<mvcc::Change>) + Send>,
    pub local: Box<dyn FnMut(LocalEffect) + Send>,
    /// The outcomes of this member's own requests. Never empty.
    pub answers: Box<dyn FnMut(Vec<Done>) + Send>,
}

/// What apply starts from.
pub struct Boot {
    pub store: Arc<Store>,
    pub writer: Writer,
    /// The store's consistent index, and the term of that entry.
    pub applied: Index,
    pub term: Term,
    pub cluster: Cluster,
    pub auth: AuthStore,
    pub alarms: Alarms,
    pub leases: Registry,
    pub settings: Settings,
}

/// The apply thread has ended.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("apply has stopped")]
pub struct Stopped;

/// Sends to the apply thread; cheap to clone.
#[derive(Clone)]
pub struct Handle {
    inbox: Sender<Input>,
    view: Arc<ArcSwap<View>>,
    queued_bytes: Arc<AtomicUsize>,
}

impl Handle {
    /// # Errors
    /// The thread has ended.
    pub fn send(&self, input: Input) -> Result<(), Stopped> {
        if let Input::Committed(entries) = &input {
            self.queued_bytes.fetch_add(entries.iter().map(entry_bytes).sum(), Ordering::Relaxed);
        }
        self.inbox.send(input).map_err(|_| Stopped)
    }

    /// Bytes of entries that are committed and not applied.
    pub fn queued_bytes(&self) -> usize {
        self.queued_bytes.load(Ordering::Relaxed)
    }

    /// The place where views are published.
    pub fn published(&self) -> &Arc<ArcSwap<View>> {
        &self.view
    }
}

/// Starts the thread. The first view is published when this returns.
pub fn spawn(boot: Boot, effects: Effects) -> std::io::Result<(Handle, JoinHandle<()>)> {
    let (inbox, receiver) = mpsc::channel();
    let mut machine = Machine::new(boot);
    let view = Arc::new(ArcSwap::from_pointee(machine.view()));
    let queued_bytes = Arc::<AtomicUsize>::default();
    let handle = Handle { inbox: inbox.clone(), view: view.clone(), queued_bytes: queued_bytes.clone() };
    let worker = Worker { machine, effects, view, inbox, queue: VecDeque::new(), queued_bytes };
    let thread = std::thread::Builder::new().name("apply".into()).spawn(move || worker.run(&receiver))?;
    Ok((handle, thread))
}

struct Worker {
    machine: Machine,
    effects: Effects,
    view: Arc<ArcSwap<View>>,
    /// Where the backend tells of its commits.
    inbox: Sender<Input>,
    /// Taken from the inbox and not done yet; entries that a batch has no room for stay in front.
    queue: VecDeque<Todo>,
    /// Of entries in the inbox and in `queue`.
    queued_bytes: Arc<AtomicUsize>,
}

enum Todo {
    Entries(std::vec::IntoIter<Entry>),
    Barrier { sync: mvcc::Sync, then: Box<dyn FnOnce(Barrier) + Send>, stops: bool },
}

/// Whether the thread goes on.
#[derive(PartialEq, Eq)]
enum Flow {
    Continue,
    Stop,
}

impl Worker {
    fn run(mut self, inbox: &Receiver<Input>) {
        loop {
            self.gather(inbox);
            self.wait_for_room(inbox);
            if self.step() == Flow::Stop {
                return;
            }
            if self.machine.writer.is_seal_due(Instant::now()) {
                self.seal(mvcc::Sync::Lazy, None);
            }
        }
    }

    /// Takes what is there; waits when there is nothing to do.
    fn gather(&mut self, inbox: &Receiver<Input>) {
        if self.queue.is_empty() {
            let first = match self.machine.writer.seal_deadline() {
                Some(deadline) => inbox.recv_timeout(deadline.saturating_duration_since(Instant::now())),
                None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            // `self.inbox` keeps the channel open, so an error is the seal's deadline.
            let Ok(first) = first else { return };
            self.take(first);
        }
        while let Ok(input) = inbox.try_recv() {
            self.take(input);
        }
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Committed(entries) => self.queue.push_back(Todo::Entries(entries.into_iter())),
            Input::Barrier { sync, then } => self.queue.push_back(Todo::Barrier { sync, then, stops: false }),
            Input::Stop(then) => {
                self.queue.push_back(Todo::Barrier { sync: mvcc::Sync::Forced, then, stops: true });
            }
            Input::Defragment(done) => self.machine.writer.defragment(done),
            Input::ChunkCommitted => {
                self.machine.writer.forget_committed();
                if self.queue.is_empty() {
                    self.publish();
                }
            }
        }
    }

    /// The overlay is bounded: when the backend cannot keep up, apply waits, and with it whoever proposes.
    fn wait_for_room(&mut self, inbox: &Receiver<Input>) {
        if self.machine.writer.overlay_bytes() <= OVERLAY_BYTES_MAX {
            return;
        }
        self.seal(mvcc::Sync::Lazy, None);
        self.publish();
        while self.machine.writer.overlay_bytes() > OVERLAY_BYTES_MAX && !self.gives_up_on_backend() {
            if let Ok(input) = inbox.recv_timeout(ROOM_LOOK) {
                self.take(input);
            }
        }
    }

    /// The thread is to end and the backend cannot write: the log has what is lost from the overlay.
    fn gives_up_on_backend(&self) -> bool {
        self.machine.store.is_out_of_space()
            && self.queue.iter().any(|todo| matches!(todo, Todo::Barrier { stops: true, .. }))
    }

    /// One batch of entries, or one barrier.
    fn step(&mut self) -> Flow {
        match self.queue.pop_front() {
            Some(Todo::Barrier { sync, then, stops }) => {
                self.barrier(sync, then);
                if stops { Flow::Stop } else { Flow::Continue }
            }
            Some(entries @ Todo::Entries(_)) => {
                self.queue.push_front(entries);
                self.batch();
                Flow::Continue
            }
            None => Flow::Continue,
        }
    }

    fn batch(&mut self) {
        let mut aftermath = Aftermath::default();
        let started = self.machine.timing.begin();
        let (mut entries, mut bytes) = (0, 0);
        while let Some(entry) = self.next_entry() {
            self.machine.apply(&entry, &mut aftermath);
            self.queued_bytes.fetch_sub(entry_bytes(&entry), Ordering::Relaxed);
            entries += 1;
            bytes += entry.data.as_ref().map_or(0, |data| data.len());
            // Raft stands still until it hears of a configuration change.
            let is_fence = entry.r#type.unwrap_or_default() != EntryType::EntryNormal as i32;
            if is_fence
                || entries == BATCH_ENTRIES_MAX
                || bytes >= BATCH_BYTES_MAX
                || self.machine.timing.now() - started >= BATCH_TIME_MAX
            {
                break;
            }
        }
        self.publish();
        let changes = self.machine.writer.take_changes();
        if !changes.is_empty() {
            (self.effects.changes)(self.machine.writer.revision(), changes);
        }
        for effect in aftermath.local {
            (self.effects.local)(effect);
        }
        if !aftermath.answers.is_empty() {
            (self.effects.answers)(aftermath.answers);
        }
        (self.effects.local)(LocalEffect::Applied(self.machine.position().0));
    }

    /// The next entry, unless a barrier comes first.
    fn next_entry(&mut self) -> Option<Entry> {
        loop {
            match self.queue.front_mut() {
                Some(Todo::Entries(entries)) => match entries.next() {
                    Some(entry) => return Some(entry),
                    None => drop(self.queue.pop_front()),
                },
                Some(Todo::Barrier { .. }) | None => return None,
            }
        }
    }

    fn barrier(&mut self, sync: mvcc::Sync, then: Box<dyn FnOnce(Barrier) + Send>) {
        let (index, term) = self.machine.position();
        let view = self.machine.view();
        let cluster = view.cluster.clone();
        let reached = Barrier { index, term, conf_state: cluster.conf_state(), view, cluster };
        self.seal(sync, Some(Box::new(move || then(reached))));
    }

    fn seal(&mut self, sync: mvcc::Sync, then: Option<Box<dyn FnOnce() + Send>>) {
        let inbox = self.inbox.clone();
        let committed = move || {
            if let Some(then) = then {
                then();
            }
            // Nobody is there any more when the thread has stopped.
            let _ = inbox.send(Input::ChunkCommitted);
        };
        self.machine.writer.seal(sync, Some(Box::new(committed)));
    }

    fn publish(&mut self) {
        self.view.store(Arc::new(self.machine.view()));
    }
}

fn entry_bytes(entry: &Entry) -> usize {
    ENTRY_BYTES + entry.data.as_ref().map_or(0, |data| data.len())
}
