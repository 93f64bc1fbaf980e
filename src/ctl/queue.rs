//! The queue that `lock` and `elect` stand in: keys under one prefix, each on a lease of its own, of which the oldest
//! is the holder. Any client of etcd that does the same stands in the same queue.

use std::time::Duration;

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::mpsc,
};

use crate::{
    cli::exit::{Exit, Failure},
    client::{Client, LeaseEvent, WatchEvent, WatchRequest, Watcher},
    pb::{
        etcdserverpb::{
            Compare, DeleteRangeRequest, LeaseGrantRequest, PutRequest, RangeRequest, RangeResponse, RequestOp,
            ResponseHeader, TxnRequest, TxnResponse,
            compare::{CompareResult, CompareTarget, TargetUnion},
            range_request::{SortOrder, SortTarget},
            request_op::Request,
            response_op::Response,
        },
        mvccpb::{KeyValue, event::EventType},
    },
};

use super::keys::{Selection, prefix};

/// A lease that is renewed for as long as this lives.
pub struct Session {
    client: Client,
    lease: i64,
    events: mpsc::Receiver<LeaseEvent>,
}

impl Session {
    /// Grants a lease of `ttl` seconds and begins to renew it.
    ///
    /// # Errors
    /// The lease is not granted.
    pub async fn start(client: Client, ttl: i64) -> Result<Self, Failure> {
        let lease = client.lease_grant(LeaseGrantRequest { ttl, id: 0 }).await?.id;
        let events = client.keep_alive(lease);
        Ok(Self { client, lease, events })
    }

    /// Waits until the lease is lost, or may be.
    pub async fn over(&mut self) {
        while let Some(LeaseEvent::Renewed(_)) = self.events.recv().await {}
    }

    /// Enters the queue of `name`.
    ///
    /// # Errors
    /// The key cannot be written.
    pub async fn enter(&self, name: &[u8], value: &[u8]) -> Result<Place, Failure> {
        let queue = [name, b"/"].concat();
        let sign = if self.lease < 0 { "-" } else { "" };
        let key = [&queue[..], format!("{sign}{:x}", self.lease.unsigned_abs()).as_bytes()].concat();
        let put = Request::RequestPut(PutRequest {
            key: key.clone().into(),
            value: value.to_vec().into(),
            lease: self.lease,
            ..PutRequest::default()
        });
        let own = RangeRequest { key: key.clone().into(), ..RangeRequest::default() };
        let answer = self
            .client
            .txn(TxnRequest {
                compare: vec![created_at(&key, 0)],
                success: vec![op(put), op(Request::RequestRange(oldest(&queue)))],
                failure: vec![op(Request::RequestRange(own)), op(Request::RequestRange(oldest(&queue)))],
            })
            .await?;
        let header = answer.header.unwrap_or_default();
        let [own, holder] = first_keys(&answer);
        let revision = if answer.succeeded { header.revision } else { own.map_or(0, |kv| kv.create_revision) };
        let is_holder = holder.is_none_or(|kv| kv.create_revision == revision);
        Ok(Place { client: self.client.clone(), queue, key, revision, header, is_holder })
    }
}

/// A key in a queue.
pub struct Place {
    client: Client,
    queue: Vec<u8>,
    /// The key itself.
    pub key: Vec<u8>,
    /// Its create revision.
    revision: i64,
    /// Of the answer that told that the place was entered, or later that it came first.
    pub header: ResponseHeader,
    is_holder: bool,
}

impl Place {
    /// Waits until all older places are gone.
    ///
    /// # Errors
    /// The queue cannot be read, or the own key is gone when its turn comes.
    pub async fn wait(&mut self) -> Result<(), Failure> {
        if self.is_holder {
            return Ok(());
        }
        loop {
            let ahead = self.client.range(self.ahead()).await?;
            let Some(kv) = ahead.kvs.first() else { break };
            self.wait_for_deletion(&kv.key, ahead.header.unwrap_or_default().revision).await?;
        }
        let own = self.read().await?;
        if own.kvs.is_empty() {
            return Err(Failure::new(Exit::Error, "mutex: session is expired"));
        }
        self.header = own.header.unwrap_or_default();
        self.is_holder = true;
        Ok(())
    }

    /// Reads the youngest place before this one.
    fn ahead(&self) -> RangeRequest {
        let Selection { key, range_end } = prefix(self.queue.clone());
        RangeRequest {
            key: key.into(),
            range_end: range_end.into(),
            limit: 1,
            sort_order: SortOrder::Descend.into(),
            sort_target: SortTarget::Create.into(),
            max_create_revision: self.revision - 1,
            ..RangeRequest::default()
        }
    }

    async fn wait_for_deletion(&self, key: &[u8], revision: i64) -> Result<(), Failure> {
        let mut events = changes(&self.client, key.to_vec(), Vec::new(), revision);
        while let Some(event) = events.recv().await {
            if event.events.iter().any(|event| event.r#type() == EventType::Delete) || event.compact_revision != 0 {
                return Ok(());
            }
            if let Some(error) = event.error() {
                return Err(Failure::new(Exit::Error, error));
            }
        }
        Err(Failure::new(Exit::Error, "lost watcher waiting for delete"))
    }

    /// The key as it is now.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn read(&self) -> Result<RangeResponse, Failure> {
        Ok(self.client.range(RangeRequest { key: self.key.clone().into(), ..RangeRequest::default() }).await?)
    }

    /// Leaves the queue: deletes the key, if it is still the one that was put.
    ///
    /// # Errors
    /// It cannot be deleted within `limit`; it goes with its lease then.
    pub async fn leave(&self, limit: Duration) -> Result<(), Failure> {
        let delete = DeleteRangeRequest { key: self.key.clone().into(), ..DeleteRangeRequest::default() };
        let request = TxnRequest {
            compare: vec![created_at(&self.key, self.revision)],
            success: vec![op(Request::RequestDeleteRange(delete))],
            failure: Vec::new(),
        };
        self.client.with_timeout(Some(limit)).txn(request).await?;
        Ok(())
    }
}

/// Gives the holder of the queue of `name` each time it or its value changes, until the answer is an error.
///
/// # Errors
/// The queue cannot be read, or what `each` answers.
pub async fn observe(
    client: &Client,
    name: &[u8],
    mut each: impl FnMut(RangeResponse) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let queue = [name, b"/"].concat();
    let Selection { key, range_end } = prefix(queue.clone());
    let lost = || Failure::new(Exit::Error, "elect: observer lost");
    loop {
        let answer = client.range(oldest(&queue)).await?;
        let header = answer.header.unwrap_or_default();
        let (mut header, holder) = match answer.kvs.into_iter().next() {
            Some(kv) => (header, kv),
            None => {
                let mut events = changes(client, key.clone(), range_end.clone(), header.revision + 1);
                loop {
                    let event = events.recv().await.filter(|event| event.error().is_none()).ok_or_else(lost)?;
                    let put = event.events.into_iter().find(|event| event.r#type() == EventType::Put);
                    if let Some(kv) = put.and_then(|event| event.kv) {
                        break (ResponseHeader { revision: kv.mod_revision, ..event.header }, kv);
                    }
                }
            }
        };
        let mut events = changes(client, holder.key.to_vec(), Vec::new(), holder.mod_revision + 1);
        let mut current = Some(holder);
        while let Some(kv) = current {
            each(RangeResponse { header: Some(header), kvs: vec![kv], ..RangeResponse::default() })?;
            current = loop {
                let event = events.recv().await.filter(|event| event.error().is_none()).ok_or_else(lost)?;
                header = event.header;
                // The newest of several values is the one that counts.
                if let Some(event) = event.events.into_iter().next_back() {
                    break (event.r#type() == EventType::Put).then_some(event.kv).flatten();
                }
            };
        }
    }
}

/// Watches keys from a revision on.
fn changes(client: &Client, key: Vec<u8>, range_end: Vec<u8>, start_revision: i64) -> mpsc::Receiver<WatchEvent> {
    let request = WatchRequest { key, range_end, start_revision, ..WatchRequest::default() };
    Watcher::new(client.clone()).watch(request)
}

/// Reads the oldest place of a queue.
fn oldest(queue: &[u8]) -> RangeRequest {
    let Selection { key, range_end } = prefix(queue.to_vec());
    RangeRequest {
        key: key.into(),
        range_end: range_end.into(),
        limit: 1,
        sort_order: SortOrder::Ascend.into(),
        sort_target: SortTarget::Create.into(),
        ..RangeRequest::default()
    }
}

fn created_at(key: &[u8], revision: i64) -> Compare {
    Compare {
        result: CompareResult::Equal.into(),
        target: CompareTarget::Create.into(),
        key: key.to_vec().into(),
        target_union: Some(TargetUnion::CreateRevision(revision)),
        ..Compare::default()
    }
}

fn op(request: Request) -> RequestOp {
    RequestOp { request: Some(request) }
}

/// The first key of each of the two answers of a transaction.
fn first_keys(answer: &TxnResponse) -> [Option<&KeyValue>; 2] {
    let first = |at: usize| match answer.responses.get(at)?.response.as_ref()? {
        Response::ResponseRange(range) => range.kvs.first(),
        _ => None,
    };
    [first(0), first(1)]
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
