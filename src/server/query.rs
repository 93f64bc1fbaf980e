//! Reads: what waits for raft, and where they run.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use tokio::sync::oneshot;

use super::{Server, ServerError, Shared};
use crate::apply::{self, ApplyError};
use crate::mvcc::{ReadError, Sync};
use crate::raft;
use crate::storage::backend::Pinned;

impl Server {
    /// Waits until this member has applied everything that was committed when the call began.
    ///
    /// # Errors
    /// No quorum answers in time, the leader changes, or the server stops.
    pub async fn linearizable(&self) -> Result<(), ServerError> {
        let (confirmed, context) = self.shared.reads.join(self.runtime.number, Instant::now());
        if let Some(context) = context {
            let _ = self.shared.raft.drive(raft::Input::ReadIndex(context));
            // A lone member may have confirmed it by now.
            if self.shared.reads.is_busy() {
                self.shared.reads_begun.notify_one();
            }
        }
        match confirmed.await {
            Ok(outcome) => outcome.map_err(ServerError::from),
            Err(_) => Err(ServerError::Stopped),
        }
    }

    /// Runs a long read on a reader thread.
    ///
    /// # Errors
    /// Too many wait already, or the server stops.
    pub async fn run_blocking<T: Send + 'static>(
        &self,
        read: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ServerError> {
        Ok(self.shared.readers.run(read).await?)
    }

    /// Runs `work` on the maintenance thread, on the state that LMDB holds when everything applied before this call is
    /// committed to it. Nothing later is in that state, however long the work takes.
    ///
    /// # Errors
    /// Too much maintenance waits already, LMDB fails, or the server stops.
    pub async fn run_pinned<T: Send + 'static>(
        &self,
        work: impl FnOnce(apply::Barrier, Pinned) -> T + Send + 'static,
    ) -> Result<T, ServerError> {
        let shared = self.shared.clone();
        let job = move || shared.pin().map(|(barrier, pinned)| work(barrier, pinned));
        self.shared.maintenance.run(job).await?
    }

    /// The state that LMDB holds when everything applied before this call is committed to it.
    ///
    /// # Errors
    /// The server stops.
    pub async fn barrier(&self, sync: Sync) -> Result<apply::Barrier, ServerError> {
        let (sender, reached) = oneshot::channel();
        let then = Box::new(move |barrier| {
            let _ = sender.send(barrier);
        });
        self.shared.apply.send(apply::Input::Barrier { sync, then }).map_err(|_| ServerError::Stopped)?;
        reached.await.map_err(|_| ServerError::Stopped)
    }

    /// Moves the backend of this member to a new generation without free pages; puts and reads go on.
    ///
    /// # Errors
    /// There is no space for it, or the disk fails: nothing has changed then. The server stops.
    pub async fn defragment(&self) -> Result<(), ServerError> {
        // Until it is over, whether the asker waits for that or not.
        let away = self.shared.settings.stops_serving_on_defrag.then(|| Away::new(self.shared.clone()));
        let (sender, outcome) = oneshot::channel();
        let done = Box::new(move |result| {
            drop(away);
            let _ = sender.send(result);
        });
        self.shared.apply.send(apply::Input::Defragment(done)).map_err(|_| ServerError::Stopped)?;
        Ok(outcome.await.map_err(|_| ServerError::Stopped)??)
    }
}

impl Shared {
    /// Waits until LMDB holds everything applied before this call, and keeps that state. Blocking; not for apply's or
    /// the backend's thread.
    pub(super) fn pin(&self) -> Result<(apply::Barrier, Pinned), ServerError> {
        let (sender, pinned) = std::sync::mpsc::sync_channel(1);
        let then = Box::new(move |barrier: apply::Barrier| {
            // Before the next chunk is committed.
            let pinned = barrier.view.kv.store.pin();
            let _ = sender.send((barrier, pinned));
        });
        self.apply.send(apply::Input::Barrier { sync: Sync::Lazy, then }).map_err(|_| ServerError::Stopped)?;
        let (barrier, pinned) = pinned.recv().map_err(|_| ServerError::Stopped)?;
        let pinned = pinned.map_err(|error| ApplyError::Read(ReadError::from(error)))?;
        Ok((barrier, pinned))
    }
}

/// As long as one lives, the health service sends clients away.
struct Away(Arc<Shared>);

impl Away {
    fn new(shared: Arc<Shared>) -> Self {
        shared.set_away(|away| away + 1);
        Self(shared)
    }
}

impl Drop for Away {
    fn drop(&mut self) {
        self.0.set_away(|away| away - 1);
    }
}

impl Shared {
    fn set_away(&self, change: impl FnOnce(usize) -> usize) {
        // Number and signal change under the signal's lock.
        self.serving.send_modify(|is_serving| {
            let away = change(self.away.load(Ordering::Relaxed));
            self.away.store(away, Ordering::Relaxed);
            *is_serving = away == 0;
        });
    }
}
