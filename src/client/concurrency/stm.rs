//! Transactions of software: code that reads and writes keys as if it were alone, run again when it was not.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::future::BoxFuture;

use super::Store;
use crate::{
    client::{Client, Compare, Delete, Get, Op, Put, Txn},
    pb::mvccpb::KeyValue,
};

/// Why a transaction was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StmError<E> {
    /// A call failed. If it was the last one, what the transaction writes may or may not be written.
    #[error(transparent)]
    Store(E),
    /// The code gave up.
    #[error("{0}")]
    Aborted(String),
}

impl<E> From<E> for StmError<E> {
    fn from(error: E) -> Self {
        Self::Store(error)
    }
}

/// The keys as one run of a transaction sees them: all as of the revision of its first read, its own writes included.
pub struct Stm<S: Store = Client> {
    store: S,
    /// Revision of the first read; 0 before it.
    revision: i64,
    /// What was read; `None` where there was no key.
    reads: BTreeMap<Bytes, Option<KeyValue>>,
    /// What is to be written; `None` to delete.
    writes: BTreeMap<Bytes, Option<Put>>,
    /// Values of `writes`, for reads of one's own writes.
    values: BTreeMap<Bytes, Bytes>,
}

/// Runs a transaction until its writes could be done with nothing that it read or wrote changed by others meanwhile
/// (serializable snapshot isolation). `run` may be called several times, and should have no other effects.
///
/// ```no_run
/// # async fn example(client: rsetcd::client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use rsetcd::client::concurrency::stm;
///
/// // Moves one coin.
/// stm(&client, |keys| {
///     Box::pin(async move {
///         let amount = |value: Option<bytes::Bytes>| -> i64 {
///             value.and_then(|value| std::str::from_utf8(&value).ok()?.parse().ok()).unwrap_or(0)
///         };
///         let (ann, bob) = (amount(keys.get("coins/ann").await?), amount(keys.get("coins/bob").await?));
///         keys.put("coins/ann", (ann - 1).to_string());
///         keys.put("coins/bob", (bob + 1).to_string());
///         Ok(())
///     })
/// })
/// .await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// A call failed, or `run` gave up; then nothing was written.
pub async fn stm<S: Store, T>(
    store: &S,
    mut run: impl for<'a> FnMut(&'a mut Stm<S>) -> BoxFuture<'a, Result<T, StmError<S::Error>>>,
) -> Result<T, StmError<S::Error>> {
    loop {
        let mut keys = Stm {
            store: store.clone(),
            revision: 0,
            reads: BTreeMap::new(),
            writes: BTreeMap::new(),
            values: BTreeMap::new(),
        };
        let result = run(&mut keys).await?;
        if keys.commit().await? {
            return Ok(result);
        }
    }
}

impl<S: Store> Stm<S> {
    /// The value of a key.
    ///
    /// # Errors
    /// The read failed.
    pub async fn get(&mut self, key: impl Into<Bytes>) -> Result<Option<Bytes>, StmError<S::Error>> {
        let key = key.into();
        if self.writes.contains_key(&key) {
            return Ok(self.values.get(&key).cloned());
        }
        Ok(self.read(key).await?.as_ref().map(|kv| kv.value.clone()))
    }

    /// The revision of the last change of a key, without the writes of this transaction; 0 if there is none.
    ///
    /// # Errors
    /// The read failed.
    pub async fn mod_revision(&mut self, key: impl Into<Bytes>) -> Result<i64, StmError<S::Error>> {
        Ok(self.read(key.into()).await?.as_ref().map_or(0, |kv| kv.mod_revision))
    }

    /// Writes a key when the transaction is done.
    pub fn put(&mut self, key: impl Into<Bytes>, value: impl Into<Bytes>) {
        self.put_with_lease(key, value, 0);
    }

    /// Writes a key that is deleted when the lease ends.
    pub fn put_with_lease(&mut self, key: impl Into<Bytes>, value: impl Into<Bytes>, lease: i64) {
        let (key, value) = (key.into(), value.into());
        self.writes.insert(key.clone(), Some(Put::new(key.clone(), value.clone()).lease(lease)));
        self.values.insert(key, value);
    }

    /// Deletes a key when the transaction is done.
    pub fn delete(&mut self, key: impl Into<Bytes>) {
        let key = key.into();
        self.values.remove(&key);
        self.writes.insert(key, None);
    }

    async fn read(&mut self, key: Bytes) -> Result<&Option<KeyValue>, StmError<S::Error>> {
        if !self.reads.contains_key(&key) {
            let get = Get::new(key.clone()).revision(self.revision);
            let get = if self.revision == 0 { get } else { get.serializable() };
            let answer = self.store.range(get.into()).await?;
            if self.revision == 0 {
                self.revision = answer.header.unwrap_or_default().revision;
            }
            self.reads.insert(key.clone(), answer.kvs.into_iter().next());
        }
        Ok(&self.reads[&key])
    }

    /// Writes if nothing has changed; says whether it did.
    async fn commit(self) -> Result<bool, StmError<S::Error>> {
        let Self { store, revision, reads, writes, .. } = self;
        if reads.is_empty() && writes.is_empty() {
            return Ok(true);
        }
        let unread = writes.keys().filter(|key| revision > 0 && !reads.contains_key(*key));
        let unchanged = unread.map(|key| Compare::mod_revision(key.clone()).less(revision + 1));
        let as_read = reads
            .iter()
            .map(|(key, kv)| Compare::mod_revision(key.clone()).equal(kv.as_ref().map_or(0, |kv| kv.mod_revision)));
        let ops = writes.iter().map(|(key, put)| match put {
            Some(put) => Op::from(put.clone()),
            None => Delete::new(key.clone()).into(),
        });
        let answer = store.txn(Txn::new().when(as_read.chain(unchanged)).then(ops).into()).await?;
        Ok(answer.succeeded)
    }
}
