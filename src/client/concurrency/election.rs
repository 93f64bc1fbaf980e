//! Elections: the candidate with the oldest key under a name is the leader, its value is what it proclaims.

use std::collections::VecDeque;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::{
    ConcurrencyError, Session, Store,
    queue::{Leave, enter, first_under, prefix_of, wait_for_turn},
};
use crate::{
    client::{Client, Compare, Delete, Put, Txn, WatchEvent, WatchRequest},
    pb::{
        etcdserverpb::ResponseHeader,
        mvccpb::{KeyValue, event::EventType},
    },
};

/// An election by its name.
///
/// ```no_run
/// # async fn example(client: rsetcd::client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use rsetcd::client::concurrency::{Election, Session};
///
/// let session = Session::with_ttl(&client, 10).await?;
/// let election = Election::new(&client, "scheduler");
/// let leader = election.campaign(session.lease(), "node-1").await?;
/// election.proclaim(&leader, "node-1, ready").await?;
/// session.expired().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Election<S: Store = Client> {
    store: S,
    prefix: Bytes,
}

/// A candidate that has won.
#[derive(Clone, Debug, PartialEq)]
pub struct Leader {
    /// The key that stands for it.
    pub key: Bytes,
    /// The revision at which the key was created.
    pub revision: i64,
    /// The lease that it hangs on.
    pub lease: i64,
    /// Of the call that made it a candidate; older than the victory if it had to wait.
    pub header: ResponseHeader,
}

impl<S: Store> Election<S> {
    /// The election with this name.
    pub fn new(store: &S, name: impl AsRef<[u8]>) -> Self {
        Self { store: store.clone(), prefix: prefix_of(name.as_ref()) }
    }

    /// Becomes a candidate and waits until it is the leader. Dropping the future ends the candidacy.
    ///
    /// # Errors
    /// A call failed.
    pub async fn campaign(&self, lease: i64, value: impl Into<Bytes>) -> Result<Leader, ConcurrencyError<S::Error>> {
        let value = value.into();
        let place = enter(&self.store, &self.prefix, lease, value.clone()).await?;
        let leader = Leader { key: place.key.clone(), revision: place.revision, lease, header: place.header };
        let leave = Leave::new(&self.store, place.key);
        if place.found.is_some_and(|kv| kv.value != value) {
            self.proclaim(&leader, value).await?;
        }
        wait_for_turn(&self.store, &self.prefix, leader.revision).await?;
        leave.stay();
        Ok(leader)
    }

    /// Changes what the leader proclaims.
    ///
    /// # Errors
    /// [`ConcurrencyError::NotLeader`] if its key is gone; or a call failed.
    pub async fn proclaim(
        &self,
        leader: &Leader,
        value: impl Into<Bytes>,
    ) -> Result<ResponseHeader, ConcurrencyError<S::Error>> {
        let put = Put::new(leader.key.clone(), value).lease(leader.lease);
        let answer = self.store.txn(Txn::new().when([leader.is_leading()]).then([put.into()]).into()).await?;
        if !answer.succeeded {
            return Err(ConcurrencyError::NotLeader);
        }
        Ok(answer.header.unwrap_or_default())
    }

    /// Gives the leadership up. That it was lost before is no error.
    ///
    /// # Errors
    /// The call failed.
    pub async fn resign(&self, leader: &Leader) -> Result<ResponseHeader, ConcurrencyError<S::Error>> {
        let delete = Delete::new(leader.key.clone());
        let answer = self.store.txn(Txn::new().when([leader.is_leading()]).then([delete.into()]).into()).await?;
        Ok(answer.header.unwrap_or_default())
    }

    /// The leader's key and what it proclaims.
    ///
    /// # Errors
    /// [`ConcurrencyError::NoLeader`] if there is none; or the call failed.
    pub async fn leader(&self) -> Result<(ResponseHeader, KeyValue), ConcurrencyError<S::Error>> {
        let answer = self.store.range(first_under(&self.prefix).into()).await?;
        let kv = answer.kvs.into_iter().next().ok_or(ConcurrencyError::NoLeader)?;
        Ok((answer.header.unwrap_or_default(), kv))
    }

    /// Follows who leads and what is proclaimed.
    pub fn observe(&self) -> Observer<S> {
        Observer { election: self.clone(), leading: None }
    }
}

impl Leader {
    /// True as long as it leads: a condition for the txns that only a leader may do.
    pub fn is_leading(&self) -> Compare {
        Compare::create_revision(self.key.clone()).equal(self.revision)
    }
}

impl Election<Client> {
    /// [`Election::campaign`] for a session.
    ///
    /// # Errors
    /// A call failed.
    pub async fn campaign_in(
        &self,
        session: &Session,
        value: impl Into<Bytes>,
    ) -> Result<Leader, ConcurrencyError<crate::client::ClientError>> {
        self.campaign(session.lease(), value).await
    }
}

/// What an observer is told.
#[derive(Clone, Debug)]
pub struct Observation {
    /// Of the answer that told it.
    pub header: ResponseHeader,
    /// The leader's key; its value is what it proclaims.
    pub leader: KeyValue,
    /// As etcd's client tells it: with a change of a leader that was found by a read, the number of candidates that the
    /// read found; otherwise 0.
    pub count: i64,
    /// The same: whether the leader was not the only one.
    pub more: bool,
}

/// Follows an election. Values may be missed only when the leader changes.
pub struct Observer<S: Store = Client> {
    election: Election<S>,
    /// `None` while the leader is to be looked for.
    leading: Option<Following>,
}

struct Following {
    events: mpsc::Receiver<WatchEvent>,
    /// Of the read that found the leader, if one did.
    count: i64,
    more: bool,
    /// What the last answer said and was not told yet.
    pending: VecDeque<Observation>,
    /// The key is gone once the pending ones are told.
    is_over: bool,
}

impl<S: Store> Observer<S> {
    /// The present leader's key at first, then each change of its value and each new leader. Waits while there is
    /// none. Dropping the future loses nothing.
    ///
    /// # Errors
    /// A call failed, or the watch ended; the next call begins anew.
    pub async fn next(&mut self) -> Result<Observation, ConcurrencyError<S::Error>> {
        loop {
            let Some(following) = &mut self.leading else {
                let Observation { header, leader, count, more } = self.find().await?;
                let key = WatchRequest::new(leader.key.to_vec()).start_revision(header.revision + 1);
                let events = self.election.store.watch(key);
                self.leading = Some(Following { events, count, more, pending: VecDeque::new(), is_over: false });
                return Ok(Observation { header, leader, count: 0, more: false });
            };
            if let Some(told) = following.pending.pop_front() {
                return Ok(told);
            }
            if following.is_over {
                self.leading = None;
                continue;
            }
            let Some(answer) = following.events.recv().await else {
                self.leading = None;
                return Err(ConcurrencyError::Watch("the watch was given up".into()));
            };
            if let Some(reason) = answer.error() {
                self.leading = None;
                return Err(ConcurrencyError::Watch(reason));
            }
            for event in answer.events {
                if event.r#type == EventType::Delete as i32 {
                    following.is_over = true;
                    break;
                }
                let Following { count, more, .. } = *following;
                let header = answer.header;
                following.pending.extend(event.kv.map(|leader| Observation { header, leader, count, more }));
            }
        }
    }

    /// The leader; waits for the first candidate if there is none.
    async fn find(&self) -> Result<Observation, ConcurrencyError<S::Error>> {
        let Election { store, prefix } = &self.election;
        let answer = store.range(first_under(prefix).into()).await?;
        let header = answer.header.unwrap_or_default();
        if let Some(leader) = answer.kvs.into_iter().next() {
            return Ok(Observation { header, leader, count: answer.count, more: answer.more });
        }
        let candidates = WatchRequest::new(prefix.to_vec()).prefix().start_revision(header.revision).no_deletes();
        let mut events = store.watch(candidates);
        while let Some(answer) = events.recv().await {
            if let Some(reason) = answer.error() {
                return Err(ConcurrencyError::Watch(reason));
            }
            let header = answer.header;
            let put = answer.events.into_iter().find(|event| event.r#type == EventType::Put as i32);
            if let Some(leader) = put.and_then(|event| event.kv) {
                let header = ResponseHeader { revision: leader.mod_revision, ..header };
                return Ok(Observation { header, leader, count: 0, more: false });
            }
        }
        Err(ConcurrencyError::Watch("the watch was given up".into()))
    }
}
