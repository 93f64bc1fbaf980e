//! The one thread that writes the WAL, with group commit: whatever was queued while the last sync ran is written and
//! synced as one.
//!
//! A write or a sync that fails ends the process: what is on disk is then unknown, and must not be acknowledged.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use parking_lot::{Condvar, Mutex};

use super::{SnapMark, Wal, WalError};
use crate::pb::raftpb::{Entry, HardState};

/// What one raft ready wants saved.
#[derive(Clone, Debug, Default)]
pub struct Save {
    /// Rises from one save to the next; given back when it is persisted.
    pub number: u64,
    pub entries: Vec<Entry>,
    pub hard_state: Option<HardState>,
    /// There are entries, or term or vote changed. A mere commit advance may be lost.
    pub must_sync: bool,
}

enum Job {
    Save(Save),
    Snapshot(SnapMark, Box<dyn FnOnce() + Send>),
}

/// Of an entry in the queue, besides its data.
const ENTRY_BYTES: usize = 64;

impl Job {
    fn queued_bytes(&self) -> usize {
        match self {
            Self::Save(save) => {
                save.entries.iter().map(|entry| ENTRY_BYTES + entry.data.as_ref().map_or(0, |data| data.len())).sum()
            }
            Self::Snapshot(..) => ENTRY_BYTES,
        }
    }
}

/// The queue of the WAL thread. It has no bound of its own: who proposes watches `queued_bytes`.
#[derive(Clone)]
pub struct WalHandle {
    shared: Arc<Shared>,
}

struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
    queued_bytes: AtomicUsize,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Queue {
    jobs: Vec<Job>,
    is_stopping: bool,
}

/// Told on the WAL's thread: the highest number that is persisted so far (synced, or, for saves that need no sync, taken
/// over by the WAL), and what the thread does then.
pub type Persisted = Box<dyn FnMut(u64, Then) + Send>;

/// What the WAL's thread does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It waits for jobs.
    Waits,
    /// It goes on with jobs that are queued.
    Works,
}

/// Starts the thread.
pub fn spawn(wal: Wal, persisted: Persisted) -> WalHandle {
    let shared = Arc::new(Shared {
        queue: Mutex::default(),
        wake: Condvar::new(),
        queued_bytes: AtomicUsize::new(0),
        thread: Mutex::new(None),
    });
    let worker = Arc::clone(&shared);
    let thread = std::thread::Builder::new().name("wal".into());
    let thread = thread.spawn(move || {
        if let Err(error) = run(wal, &worker, persisted) {
            tracing::error!(%error, "the WAL cannot be written, the process ends");
            std::process::abort();
        }
    });
    *shared.thread.lock() = Some(thread.expect("a thread can be started"));
    WalHandle { shared }
}

impl WalHandle {
    /// Queues a save. After `stop` nothing is saved any more.
    pub fn save(&self, save: Save) {
        self.push(Job::Save(save));
    }

    /// Queues a snapshot record. When it and all before it are durable, older segments are released and `then` is
    /// called on the WAL's thread. The `.snap` file must be durable already.
    pub fn save_snapshot(&self, mark: SnapMark, then: Box<dyn FnOnce() + Send>) {
        self.push(Job::Snapshot(mark, then));
    }

    /// Bytes of entries that are queued or being written.
    pub fn queued_bytes(&self) -> usize {
        self.shared.queued_bytes.load(Ordering::Relaxed)
    }

    /// Writes what is queued, syncs, closes the WAL and ends the thread; returns when that is done. Calls but the
    /// first return at once.
    pub fn stop(&self) {
        self.shared.queue.lock().is_stopping = true;
        self.shared.wake.notify_one();
        if let Some(thread) = self.shared.thread.lock().take() {
            // A panic there has been reported by the thread itself.
            let _ = thread.join();
        }
    }

    fn push(&self, job: Job) {
        let bytes = job.queued_bytes();
        let mut queue = self.shared.queue.lock();
        if queue.is_stopping {
            return;
        }
        self.shared.queued_bytes.fetch_add(bytes, Ordering::Relaxed);
        queue.jobs.push(job);
        drop(queue);
        self.shared.wake.notify_one();
    }
}

impl std::fmt::Debug for WalHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WalHandle").field("queued_bytes", &self.queued_bytes()).finish_non_exhaustive()
    }
}

fn run(mut wal: Wal, shared: &Shared, mut persisted: Persisted) -> Result<(), WalError> {
    let mut jobs = Vec::new();
    loop {
        let mut queue = shared.queue.lock();
        while queue.jobs.is_empty() && !queue.is_stopping {
            shared.wake.wait(&mut queue);
        }
        std::mem::swap(&mut queue.jobs, &mut jobs);
        drop(queue);
        if jobs.is_empty() {
            return wal.close();
        }
        let bytes = jobs.iter().map(Job::queued_bytes).sum();
        let last = step(&mut wal, &mut jobs, &mut persisted)?;
        shared.queued_bytes.fetch_sub(bytes, Ordering::Relaxed);
        if let Some(number) = last {
            // Not held during the call, which may queue the next save.
            let is_empty = shared.queue.lock().jobs.is_empty();
            persisted(number, if is_empty { Then::Waits } else { Then::Works });
        }
    }
}

/// Carries out all that was queued, with one sync where there is no snapshot record. Gives the highest number that is
/// persisted and not told yet.
fn step(wal: &mut Wal, jobs: &mut Vec<Job>, persisted: &mut Persisted) -> Result<Option<u64>, WalError> {
    let mut done = None;
    let mut must_sync = false;
    for job in jobs.drain(..) {
        match job {
            Job::Save(save) => {
                wal.append(&save.entries, save.hard_state.as_ref())?;
                must_sync |= save.must_sync;
                done = Some(save.number);
            }
            Job::Snapshot(mark, then) => {
                wal.append_snapshot(&mark)?;
                wal.release_to(mark.index);
                must_sync = false;
                if let Some(number) = done.take() {
                    persisted(number, Then::Works);
                }
                then();
            }
        }
    }
    if must_sync {
        wal.sync()?;
    }
    Ok(done)
}
