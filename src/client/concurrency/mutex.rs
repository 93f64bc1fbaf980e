//! Mutual exclusion: whoever has the oldest key under a name has the lock.

use bytes::Bytes;

use super::{
    ConcurrencyError, Session, Store,
    queue::{Leave, Place, enter, key_of, prefix_of, wait_for_turn},
};
use crate::{
    client::{Client, Compare, Delete, Get},
    pb::etcdserverpb::ResponseHeader,
};

/// A lock by its name, for one session.
///
/// ```no_run
/// # async fn example(client: rsetcd::client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use rsetcd::client::{Put, Txn, concurrency::{Mutex, Session}};
///
/// let session = Session::new(&client).await?;
/// let locked = Mutex::new(&session, "backup").lock().await?;
/// // Done only if the lock is still ours when it is done.
/// client.txn(Txn::new().when([locked.is_held()]).then([Put::new("backup/state", "running").into()])).await?;
/// locked.unlock().await?;
/// session.close().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Mutex<S: Store = Client> {
    store: S,
    prefix: Bytes,
    lease: i64,
}

/// A lock that is held. Dropping it does not give it back: that is [`Locked::unlock`], or the end of the lease.
#[derive(Clone, Debug)]
pub struct Locked<S: Store = Client> {
    store: S,
    key: Bytes,
    revision: i64,
    header: ResponseHeader,
}

impl Mutex<Client> {
    /// The lock with this name, for this session.
    pub fn new(session: &Session, name: impl AsRef<[u8]>) -> Self {
        Self::with_lease(session.client().clone(), name, session.lease())
    }
}

impl<S: Store> Mutex<S> {
    /// The lock with this name, held as long as this lease lasts.
    pub fn with_lease(store: S, name: impl AsRef<[u8]>, lease: i64) -> Self {
        Self { store, prefix: prefix_of(name.as_ref()), lease }
    }

    /// The key that stands for the lease while it waits for the lock or has it.
    pub fn key(&self) -> Bytes {
        key_of(&self.prefix, self.lease)
    }

    /// Waits for the lock. A session that has it gets it again at once. Dropping the future takes the key back.
    ///
    /// # Errors
    /// A call failed, or the session's lease ended while waiting.
    pub async fn lock(&self) -> Result<Locked<S>, ConcurrencyError<S::Error>> {
        let place = enter(&self.store, &self.prefix, self.lease, Bytes::new()).await?;
        if place.is_first() {
            return Ok(self.locked(place));
        }
        let leave = Leave::new(&self.store, place.key.clone());
        wait_for_turn(&self.store, &self.prefix, place.revision).await?;
        let own = self.store.range(Get::new(place.key.clone()).into()).await?;
        if own.kvs.is_empty() {
            return Err(ConcurrencyError::SessionExpired);
        }
        leave.stay();
        Ok(self.locked(Place { header: own.header.unwrap_or_default(), ..place }))
    }

    /// Takes the lock if it is free.
    ///
    /// # Errors
    /// [`ConcurrencyError::Locked`] if it is not; or a call failed.
    pub async fn try_lock(&self) -> Result<Locked<S>, ConcurrencyError<S::Error>> {
        let place = enter(&self.store, &self.prefix, self.lease, Bytes::new()).await?;
        if place.is_first() {
            return Ok(self.locked(place));
        }
        self.store.delete(Delete::new(place.key).into()).await?;
        Err(ConcurrencyError::Locked)
    }

    fn locked(&self, place: Place) -> Locked<S> {
        Locked { store: self.store.clone(), key: place.key, revision: place.revision, header: place.header }
    }
}

impl<S: Store> Locked<S> {
    /// The key that stands for the lock.
    pub fn key(&self) -> &Bytes {
        &self.key
    }

    /// The revision at which the key was created.
    pub fn revision(&self) -> i64 {
        self.revision
    }

    /// Of the call that gave the lock.
    pub fn header(&self) -> &ResponseHeader {
        &self.header
    }

    /// True as long as the lock is held: a condition for the txns that it protects.
    pub fn is_held(&self) -> Compare {
        Compare::create_revision(self.key.clone()).equal(self.revision)
    }

    /// Gives the lock back. That it was lost before is no error.
    ///
    /// # Errors
    /// The call failed; the lock is then held until the lease ends.
    pub async fn unlock(self) -> Result<ResponseHeader, ConcurrencyError<S::Error>> {
        let answer = self.store.delete(Delete::new(self.key).into()).await?;
        Ok(answer.header.unwrap_or_default())
    }
}
