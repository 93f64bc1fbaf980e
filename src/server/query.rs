//! Reads: what waits for raft, and where they run.

use std::time::Instant;

use tokio::sync::oneshot;

use super::pool::PoolError;
use super::{Server, ServerError};
use crate::apply;
use crate::raft;

impl Server {
    /// Waits until this member has applied everything that was committed when the call began.
    ///
    /// # Errors
    /// No quorum answers in time, the leader changes, or the server stops.
    pub async fn linearizable(&self) -> Result<(), ServerError> {
        let (confirmed, context) = self.shared.reads.join(self.runtime.number, Instant::now());
        if let Some(context) = context {
            let _ = self.shared.raft.send(raft::Input::ReadIndex(context));
            self.shared.reads_begun.notify_one();
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
        self.shared.readers.run(read).await.map_err(|error| match error {
            PoolError::Full { .. } => ServerError::ReadersBusy,
            PoolError::Stopped => ServerError::Stopped,
        })
    }

    /// Runs work with passwords or signatures, which takes tens of milliseconds, on threads of its own that give way to
    /// all others. What nobody waits for any more is left out.
    ///
    /// # Errors
    /// Too many wait already, or the server stops.
    pub async fn run_bcrypt<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ServerError> {
        self.shared.bcrypt.run(work).await.map_err(|error| match error {
            PoolError::Full { .. } => ServerError::TooManyRequests,
            PoolError::Stopped => ServerError::Stopped,
        })
    }

    /// The state that LMDB holds when everything applied before this call is committed to it.
    ///
    /// # Errors
    /// The server stops.
    pub async fn barrier(&self, sync: crate::mvcc::Sync) -> Result<apply::Barrier, ServerError> {
        let (sender, reached) = oneshot::channel();
        let then = Box::new(move |barrier| {
            let _ = sender.send(barrier);
        });
        self.shared.apply.send(apply::Input::Barrier { sync, then }).map_err(|_| ServerError::Stopped)?;
        reached.await.map_err(|_| ServerError::Stopped)
    }
}
