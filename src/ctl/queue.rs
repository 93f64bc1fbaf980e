//! The queue that `lock` and `elect` stand in: keys under one prefix, each on a lease of its own, of which the oldest
//! is the holder. Any client of etcd that does the same stands in the same queue.

use std::time::Duration;

use bytes::Bytes;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    cli::exit::{Exit, Failure},
    client::{
        Client, ClientError, Compare, Delete, Get, Txn,
        concurrency::{ConcurrencyError, Session, queue},
    },
    pb::etcdserverpb::{RangeResponse, ResponseHeader},
};

/// A key in a queue.
pub struct Place {
    client: Client,
    queue: Bytes,
    /// The key itself.
    pub key: Bytes,
    /// Its create revision.
    revision: i64,
    /// Of the answer that told that the place was entered, or later that it came first.
    pub header: ResponseHeader,
    is_holder: bool,
}

impl Place {
    /// Enters the queue of `name` with the session's lease.
    ///
    /// # Errors
    /// The key cannot be written.
    pub async fn enter(session: &Session, name: &[u8], value: &[u8]) -> Result<Self, Failure> {
        let client = session.client().clone();
        let queue = queue::prefix_of(name);
        let value = Bytes::copy_from_slice(value);
        let place = queue::enter(&client, &queue, session.lease(), value).await.map_err(failure)?;
        let is_holder = place.is_first();
        let queue::Place { key, revision, header, .. } = place;
        Ok(Self { client, queue, key, revision, header, is_holder })
    }

    /// Waits until all older places are gone.
    ///
    /// # Errors
    /// The queue cannot be read, or the own key is gone when its turn comes.
    pub async fn wait(&mut self) -> Result<(), Failure> {
        if self.is_holder {
            return Ok(());
        }
        queue::wait_for_turn(&self.client, &self.queue, self.revision).await.map_err(failure)?;
        let own = self.read().await?;
        if own.kvs.is_empty() {
            return Err(failure(ConcurrencyError::SessionExpired));
        }
        self.header = own.header.unwrap_or_default();
        self.is_holder = true;
        Ok(())
    }

    /// The key as it is now.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn read(&self) -> Result<RangeResponse, Failure> {
        Ok(self.client.range(Get::new(self.key.clone())).await?)
    }

    /// Leaves the queue: deletes the key, if it is still the one that was put.
    ///
    /// # Errors
    /// It cannot be deleted within `limit`; it goes with its lease then.
    pub async fn leave(&self, limit: Duration) -> Result<(), Failure> {
        let is_own = Compare::create_revision(self.key.clone()).equal(self.revision);
        let leave = Txn::new().when([is_own]).then([Delete::new(self.key.clone()).into()]);
        self.client.with_timeout(Some(limit)).txn(leave).await?;
        Ok(())
    }
}

/// What a recipe's failure is to the user.
pub fn failure(error: ConcurrencyError<ClientError>) -> Failure {
    match error {
        ConcurrencyError::Store(error) => error.into(),
        error => Failure::new(Exit::Error, error.to_string()),
    }
}

/// SIGINT and SIGTERM, from now on.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Begins to catch them.
    ///
    /// # Errors
    /// The process cannot.
    pub fn catch() -> Result<Self, Failure> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for one.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
