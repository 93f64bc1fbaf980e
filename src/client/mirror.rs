//! A copy of a part of one key space in another: first what is there, then each change.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use futures_util::stream::{self, TryStreamExt};

use super::{Client, ClientError, Delete, Get, Op, Order, Put, SortBy, Txn, WatchRequest};
use crate::pb::{
    mvccpb::{Event, KeyValue, event::EventType},
    rpc_error::RpcError,
};

/// Keys of one page of the copy.
const PAGE: i64 = 1_000;
/// Puts under way at once while copying: their order does not matter, no two are of one key.
const PUTS_AT_ONCE: usize = 32;
/// Steps of one change at the destination, as many as a server takes unless told otherwise.
const OPS_MAX: usize = 128;

/// Copies keys and then their changes, as etcd's `make-mirror` does. Leases are not copied; keys that only the
/// destination has stay there.
///
/// Both clients should have no time limit, so that a cluster that is away for a while is waited for.
///
/// ```no_run
/// # async fn example(source: rsetcd::client::Client, copy: rsetcd::client::Client) {
/// use rsetcd::client::Mirror;
///
/// let mirror = Mirror::new(source.with_timeout(None), copy.with_timeout(None)).prefix("app/").dest_prefix("backup/");
/// let copied = mirror.copied();
/// let Err(error) = mirror.run().await;
/// eprintln!("after {} changes: {error}", copied.load(std::sync::atomic::Ordering::Relaxed));
/// # }
/// ```
pub struct Mirror {
    source: Client,
    destination: Client,
    prefix: Bytes,
    dest_prefix: Option<Bytes>,
    start_revision: i64,
    ops_max: usize,
    copied: Arc<AtomicU64>,
    to_copy: Arc<AtomicU64>,
}

impl Mirror {
    /// Copies all keys, under their own names.
    pub fn new(source: Client, destination: Client) -> Self {
        Self {
            source,
            destination,
            prefix: Bytes::new(),
            dest_prefix: None,
            start_revision: 0,
            ops_max: OPS_MAX,
            copied: Arc::default(),
            to_copy: Arc::default(),
        }
    }

    /// Only keys that begin with this.
    #[must_use]
    pub fn prefix(self, prefix: impl Into<Bytes>) -> Self {
        Self { prefix: prefix.into(), ..self }
    }

    /// Puts this in place of the prefix.
    #[must_use]
    pub fn dest_prefix(self, prefix: impl Into<Bytes>) -> Self {
        Self { dest_prefix: Some(prefix.into()), ..self }
    }

    /// Copies only the changes from this revision on; up to 1, what is there now comes first.
    #[must_use]
    pub fn start_revision(self, start_revision: i64) -> Self {
        Self { start_revision, ..self }
    }

    /// How many steps a change at the destination may have; more make several changes of it.
    #[must_use]
    pub fn ops_max(self, ops_max: usize) -> Self {
        Self { ops_max: ops_max.max(1), ..self }
    }

    /// Counts the puts and deletions done at the destination.
    pub fn copied(&self) -> Arc<AtomicU64> {
        self.copied.clone()
    }

    /// How many keys are there to be copied first; 0 until that is known, and again when they are all copied.
    pub fn to_copy(&self) -> Arc<AtomicU64> {
        self.to_copy.clone()
    }

    /// Copies until something fails.
    ///
    /// # Errors
    /// A call failed, or the changes to copy next are compacted.
    pub async fn run(self) -> Result<Infallible, ClientError> {
        let start = if self.start_revision > 1 { self.start_revision } else { self.copy_base().await? + 1 };
        self.copy_changes(start).await
    }

    /// Copies what is there; gives the revision that it was at.
    async fn copy_base(&self) -> Result<i64, ClientError> {
        let probe = self.source.range(Get::new(self.prefix.clone()).prefix().limit(1).keys_only()).await?;
        let revision = probe.header.unwrap_or_default().revision;
        let all = Get::new(self.prefix.clone()).prefix();
        let end = crate::pb::etcdserverpb::RangeRequest::from(all.clone()).range_end;
        let page = |get: Get| get.limit(PAGE).revision(revision).sort(SortBy::Key, Order::Ascending);
        let mut next = page(all);
        loop {
            let answer = self.source.range(next).await?;
            let last = answer.kvs.last().map(|kv| kv.key.clone());
            let left = u64::try_from(answer.count).unwrap_or(0);
            self.to_copy.store(self.copied.load(Ordering::Relaxed) + left, Ordering::Relaxed);
            let keys = stream::iter(answer.kvs.into_iter().map(Ok));
            keys.try_for_each_concurrent(PUTS_AT_ONCE, async |kv| self.copy_key(kv).await).await?;
            match last {
                // The least key after it.
                Some(last) if answer.more => {
                    next = page(Get::new([&last[..], &[0]].concat()).until(end.clone()));
                }
                _ => {
                    self.to_copy.store(0, Ordering::Relaxed);
                    return Ok(revision);
                }
            }
        }
    }

    async fn copy_key(&self, KeyValue { key, value, .. }: KeyValue) -> Result<(), ClientError> {
        self.destination.put(Put::new(self.name(&key), value)).await?;
        self.copied.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    async fn copy_changes(&self, start: i64) -> Result<Infallible, ClientError> {
        let request = WatchRequest::new(self.prefix.to_vec()).prefix().start_revision(start);
        let mut answers = self.source.watch(request);
        while let Some(answer) = answers.recv().await {
            if answer.compact_revision != 0 {
                return Err(ClientError::Rpc(RpcError::Compacted));
            }
            if let Some(reason) = answer.error() {
                return Err(watch_error(reason));
            }
            // An answer holds whole revisions, and each is one change.
            for events in answer.events.chunk_by(|a, b| revision(a) == revision(b)) {
                for ops in self.ops(events).chunks(self.ops_max) {
                    self.destination.txn(Txn::new().then(ops.iter().cloned())).await?;
                    self.copied.fetch_add(ops.len() as u64, Ordering::Relaxed);
                }
            }
        }
        Err(watch_error("the watch was given up".into()))
    }

    /// The steps of one revision. A change may not touch a key twice: the last event of a key counts.
    fn ops(&self, events: &[Event]) -> Vec<Op> {
        let mut last = HashMap::new();
        for (at, event) in events.iter().enumerate() {
            last.insert(event.kv.as_ref().map(|kv| &kv.key), at);
        }
        let is_last = |(at, event): &(usize, &Event)| last.get(&event.kv.as_ref().map(|kv| &kv.key)) == Some(at);
        let op = |(_, event): (usize, &Event)| {
            let kv = event.kv.as_ref()?;
            let key = self.name(&kv.key);
            let is_put = event.r#type == EventType::Put as i32;
            Some(if is_put { Put::new(key, kv.value.clone()).into() } else { Delete::new(key).into() })
        };
        events.iter().enumerate().filter(is_last).filter_map(op).collect()
    }

    /// The name at the destination.
    fn name(&self, key: &Bytes) -> Bytes {
        match (&self.dest_prefix, key.strip_prefix(&self.prefix[..])) {
            (Some(prefix), Some(rest)) => [prefix, rest].concat().into(),
            _ => key.clone(),
        }
    }
}

fn revision(event: &Event) -> i64 {
    event.kv.as_ref().map_or(0, |kv| kv.mod_revision)
}

fn watch_error(reason: String) -> ClientError {
    match RpcError::from_text(&reason) {
        Some(error) => ClientError::Rpc(error),
        None => ClientError::Status(tonic::Code::Unknown, reason),
    }
}
