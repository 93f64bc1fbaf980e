//! How a key waits for its turn: under a prefix the key that was created first has it, and each of the others waits for
//! the one created just before it.
//!
//! A key's name is `PREFIX/LEASE`, the lease in hexadecimal without padding.

use bytes::Bytes;
use tokio::runtime::Handle;

use super::Store;
use crate::{
    client::{Compare, Delete, Get, Op, Order, Put, SortBy, Txn, WatchRequest},
    pb::{
        etcdserverpb::{RangeResponse, ResponseHeader, TxnResponse, response_op::Response},
        mvccpb::{KeyValue, event::EventType},
    },
};

/// Why a recipe failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConcurrencyError<E> {
    /// A call failed.
    #[error(transparent)]
    Store(E),
    /// The watch of another key ended.
    #[error("{0}")]
    Watch(String),
    /// Somebody else has the lock.
    #[error("mutex: Locked by another session")]
    Locked,
    /// The own key is gone, so the session's lease is.
    #[error("mutex: session is expired")]
    SessionExpired,
    /// No longer, or never, the leader.
    #[error("election: not leader")]
    NotLeader,
    /// Nobody is the leader.
    #[error("election: no leader")]
    NoLeader,
}

impl<E> From<E> for ConcurrencyError<E> {
    fn from(error: E) -> Self {
        Self::Store(error)
    }
}

/// `NAME/`, below which the keys of those stand that take part.
pub(crate) fn prefix_of(name: &[u8]) -> Bytes {
    [name, b"/"].concat().into()
}

/// The key of a lease below a prefix.
pub(super) fn key_of(prefix: &[u8], lease: i64) -> Bytes {
    // As Go prints a number: the sign, then its amount.
    let sign = if lease < 0 { "-" } else { "" };
    let hex = format!("{sign}{:x}", lease.unsigned_abs());
    [prefix, hex.as_bytes()].concat().into()
}

/// A key that stands in the queue.
pub(crate) struct Place {
    pub key: Bytes,
    /// Its create revision, which orders the queue.
    pub revision: i64,
    /// Of the call that put it there or found it.
    pub header: ResponseHeader,
    /// What was there before, if the lease had its key there already.
    pub found: Option<KeyValue>,
    /// The key whose turn it was.
    pub owner: Option<KeyValue>,
}

impl Place {
    pub fn is_first(&self) -> bool {
        self.owner.as_ref().is_none_or(|owner| owner.create_revision == self.revision)
    }
}

/// The key whose turn it is.
pub(super) fn first_under(prefix: &Bytes) -> Get {
    Get::new(prefix.clone()).prefix().sort(SortBy::CreateRevision, Order::Ascending).limit(1)
}

/// Takes a place with `value`, unless the lease has one already.
pub(crate) async fn enter<S: Store>(
    store: &S,
    prefix: &Bytes,
    lease: i64,
    value: Bytes,
) -> Result<Place, ConcurrencyError<S::Error>> {
    let key = key_of(prefix, lease);
    let owner = || Op::from(first_under(prefix));
    let txn = Txn::new()
        .when([Compare::missing(key.clone())])
        .then([Put::new(key.clone(), value).lease(lease).into(), owner()])
        .or_else([Get::new(key.clone()).into(), owner()]);
    let answer = store.txn(txn.into()).await?;
    let header = answer.header.unwrap_or_default();
    let mut found = None;
    if !answer.succeeded {
        found = range_at(&answer, 0).kvs.into_iter().next();
    }
    let owner = range_at(&answer, 1).kvs.into_iter().next();
    let revision = found.as_ref().map_or(header.revision, |kv| kv.create_revision);
    Ok(Place { key, revision, header, found, owner })
}

fn range_at(answer: &TxnResponse, at: usize) -> RangeResponse {
    match answer.responses.get(at).and_then(|response| response.response.as_ref()) {
        Some(Response::ResponseRange(range)) => range.clone(),
        Some(Response::ResponsePut(_) | Response::ResponseDeleteRange(_) | Response::ResponseTxn(_)) | None => {
            RangeResponse::default()
        }
    }
}

/// Waits until no key under the prefix was created before `revision`.
pub(crate) async fn wait_for_turn<S: Store>(
    store: &S,
    prefix: &Bytes,
    revision: i64,
) -> Result<(), ConcurrencyError<S::Error>> {
    let before = Get::new(prefix.clone())
        .prefix()
        .create_revisions(0, revision - 1)
        .sort(SortBy::CreateRevision, Order::Descending)
        .limit(1);
    loop {
        let answer = store.range(before.clone().into()).await?;
        let Some(last) = answer.kvs.into_iter().next() else { return Ok(()) };
        wait_until_deleted(store, &last.key, answer.header.unwrap_or_default().revision).await?;
    }
}

async fn wait_until_deleted<S: Store>(store: &S, key: &Bytes, revision: i64) -> Result<(), ConcurrencyError<S::Error>> {
    let mut events = store.watch(WatchRequest::new(key.to_vec()).start_revision(revision));
    while let Some(answer) = events.recv().await {
        // Who is before is looked up again: what was compacted need not be seen.
        if answer.compact_revision != 0 || answer.events.iter().any(|event| event.r#type == EventType::Delete as i32) {
            return Ok(());
        }
        if let Some(reason) = answer.error() {
            return Err(ConcurrencyError::Watch(reason));
        }
    }
    Err(ConcurrencyError::Watch("lost watcher waiting for delete".into()))
}

/// Deletes a key when it is dropped: whoever stops waiting must not stand in the way of others.
pub(super) struct Leave<S: Store> {
    /// `None` when the key is to stay.
    key: Option<(S, Bytes)>,
    /// Where it is deleted: a future may be dropped outside of any runtime.
    runtime: Handle,
}

impl<S: Store> Leave<S> {
    pub fn new(store: &S, key: Bytes) -> Self {
        Self { key: Some((store.clone(), key)), runtime: Handle::current() }
    }

    pub fn stay(mut self) {
        self.key = None;
    }
}

impl<S: Store> Drop for Leave<S> {
    fn drop(&mut self) {
        if let Some((store, key)) = self.key.take() {
            // What this cannot delete ends with its lease.
            self.runtime.spawn(async move { store.delete(Delete::new(key).into()).await.map(drop) });
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;
    use crate::{
        client::WatchEvent,
        pb::etcdserverpb::{DeleteRangeRequest, DeleteRangeResponse, RangeRequest, TxnRequest},
    };

    /// Nothing in it: what counts is what is deleted.
    #[derive(Clone)]
    struct Empty(mpsc::UnboundedSender<Bytes>);

    impl Store for Empty {
        type Error = std::convert::Infallible;

        async fn range(&self, _: RangeRequest) -> Result<RangeResponse, Self::Error> {
            Ok(RangeResponse::default())
        }

        async fn txn(&self, _: TxnRequest) -> Result<TxnResponse, Self::Error> {
            Ok(TxnResponse::default())
        }

        async fn delete(&self, request: DeleteRangeRequest) -> Result<DeleteRangeResponse, Self::Error> {
            let _ = self.0.send(request.key);
            Ok(DeleteRangeResponse::default())
        }

        fn watch(&self, _: WatchRequest) -> mpsc::Receiver<WatchEvent> {
            mpsc::channel(1).1
        }
    }

    #[test]
    fn a_place_is_left_wherever_it_is_dropped() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (deleted, mut keys) = mpsc::unbounded_channel();
        let store = Empty(deleted);
        let key = Bytes::from_static(b"n/1f");
        let leave = runtime.block_on(async { Leave::new(&store, key.clone()) });
        drop(leave);
        assert_eq!(runtime.block_on(keys.recv()), Some(key));
        runtime.block_on(async { Leave::new(&store, Bytes::new()) }).stay();
        drop(store);
        assert_eq!(runtime.block_on(keys.recv()), None, "one that stays");
    }

    #[test]
    fn keys_are_named_as_by_etcds_client() {
        for (lease, key) in [(0x1f, "n/1f"), (i64::MAX, "n/7fffffffffffffff"), (-31, "n/-1f"), (0, "n/0")] {
            assert_eq!(key_of(&prefix_of(b"n"), lease), key);
        }
    }
}
