//! A part of a key space under a prefix, which its user does not see.

use bytes::Bytes;
use tokio::sync::mpsc;

use super::{Client, ClientError, WatchEvent, WatchRequest, concurrency::Store, op::prefix_end};
use crate::pb::{
    etcdserverpb::{
        DeleteRangeRequest, DeleteRangeResponse, LeaseTimeToLiveRequest, LeaseTimeToLiveResponse, PutRequest,
        PutResponse, RangeRequest, RangeResponse, RequestOp, ResponseOp, TxnRequest, TxnResponse, request_op::Request,
        response_op::Response,
    },
    mvccpb::KeyValue,
};

/// The keys of a client that begin with a prefix, seen without it.
///
/// ```no_run
/// # async fn example(client: rsetcd::client::Client) -> Result<(), rsetcd::client::ClientError> {
/// use rsetcd::client::{Get, Namespace, Put};
///
/// let tenant = Namespace::new(client.clone(), "tenants/7/");
/// tenant.put(Put::new("name", "ann")).await?;
/// assert_eq!(tenant.range(Get::new("").prefix()).await?.kvs[0].key, "name");
/// assert_eq!(client.range(Get::new("tenants/7/name")).await?.count, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Namespace {
    client: Client,
    prefix: Bytes,
}

impl Namespace {
    /// The keys that begin with `prefix`.
    pub fn new(client: Client, prefix: impl Into<Bytes>) -> Self {
        Self { client, prefix: prefix.into() }
    }

    /// Reads keys.
    ///
    /// # Errors
    /// As [`Client::range`].
    pub async fn range(&self, request: impl Into<RangeRequest>) -> Result<RangeResponse, ClientError> {
        let mut answer = self.client.range(self.range_in(request.into())).await?;
        self.strip_all(&mut answer.kvs);
        Ok(answer)
    }

    /// Writes one key.
    ///
    /// # Errors
    /// As [`Client::put`].
    pub async fn put(&self, request: impl Into<PutRequest>) -> Result<PutResponse, ClientError> {
        let mut answer = self.client.put(self.put_in(request.into())).await?;
        self.strip_all(&mut answer.prev_kv);
        Ok(answer)
    }

    /// Deletes keys.
    ///
    /// # Errors
    /// As [`Client::delete_range`].
    pub async fn delete_range(
        &self,
        request: impl Into<DeleteRangeRequest>,
    ) -> Result<DeleteRangeResponse, ClientError> {
        let mut answer = self.client.delete_range(self.delete_in(request.into())).await?;
        self.strip_all(&mut answer.prev_kvs);
        Ok(answer)
    }

    /// Compares, and does one list of steps or the other as one change.
    ///
    /// # Errors
    /// As [`Client::txn`].
    pub async fn txn(&self, request: impl Into<TxnRequest>) -> Result<TxnResponse, ClientError> {
        let mut answer = self.client.txn(self.txn_in(request.into())).await?;
        self.strip_responses(&mut answer.responses);
        Ok(answer)
    }

    /// Tells how long a lease will last, with those of its keys that are in here.
    ///
    /// # Errors
    /// As [`Client::lease_time_to_live`].
    pub async fn lease_time_to_live(
        &self,
        request: impl Into<LeaseTimeToLiveRequest>,
    ) -> Result<LeaseTimeToLiveResponse, ClientError> {
        let mut answer = self.client.lease_time_to_live(request).await?;
        answer.keys.retain(|key| key.starts_with(&self.prefix));
        answer.keys.iter_mut().for_each(|key| *key = key.slice(self.prefix.len()..));
        Ok(answer)
    }

    /// Begins a watch.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn watch(&self, mut request: WatchRequest) -> mpsc::Receiver<WatchEvent> {
        // As the server does it: an empty key is the least one.
        let key = if request.key.is_empty() { vec![0] } else { request.key };
        let (key, range_end) = self.place(key.into(), request.range_end.into());
        (request.key, request.range_end) = (key.into(), range_end.into());
        let mut inner = self.client.watch(request);
        let (events, receiver) = mpsc::channel(1);
        let namespace = self.clone();
        tokio::spawn(async move {
            loop {
                let answer = tokio::select! {
                    answer = inner.recv() => answer,
                    () = events.closed() => None,
                };
                let Some(mut answer) = answer else { return };
                for event in &mut answer.events {
                    namespace.strip_all(event.kv.iter_mut().chain(&mut event.prev_kv));
                }
                if events.send(answer).await.is_err() {
                    return;
                }
            }
        });
        receiver
    }

    /// A key and a range end, as they are outside. An empty key stays empty, so that the server refuses it.
    fn place(&self, key: Bytes, range_end: Bytes) -> (Bytes, Bytes) {
        let under = |name: &Bytes| Bytes::from([&self.prefix[..], name].concat());
        // All keys: the one that is the prefix itself is one of them.
        let key = match (&key[..], &range_end[..]) {
            ([], _) => key,
            ([0], [0]) => self.prefix.clone(),
            _ => under(&key),
        };
        let range_end = match &range_end[..] {
            [] => range_end,
            [0] => prefix_end(&self.prefix).into(),
            _ => under(&range_end),
        };
        (key, range_end)
    }

    fn range_in(&self, mut request: RangeRequest) -> RangeRequest {
        (request.key, request.range_end) = self.place(request.key, request.range_end);
        request
    }

    fn put_in(&self, mut request: PutRequest) -> PutRequest {
        request.key = self.place(request.key, Bytes::new()).0;
        request
    }

    fn delete_in(&self, mut request: DeleteRangeRequest) -> DeleteRangeRequest {
        (request.key, request.range_end) = self.place(request.key, request.range_end);
        request
    }

    fn txn_in(&self, mut request: TxnRequest) -> TxnRequest {
        for compare in &mut request.compare {
            let (key, range_end) = (std::mem::take(&mut compare.key), std::mem::take(&mut compare.range_end));
            (compare.key, compare.range_end) = self.place(key, range_end);
        }
        let ops = |ops: Vec<RequestOp>| ops.into_iter().map(|op| self.op_in(op)).collect();
        TxnRequest { compare: request.compare, success: ops(request.success), failure: ops(request.failure) }
    }

    fn op_in(&self, op: RequestOp) -> RequestOp {
        let request = op.request.map(|request| match request {
            Request::RequestRange(request) => Request::RequestRange(self.range_in(request)),
            Request::RequestPut(request) => Request::RequestPut(self.put_in(request)),
            Request::RequestDeleteRange(request) => Request::RequestDeleteRange(self.delete_in(request)),
            Request::RequestTxn(request) => Request::RequestTxn(self.txn_in(request)),
        });
        RequestOp { request }
    }

    fn strip_responses(&self, responses: &mut [ResponseOp]) {
        for response in responses.iter_mut().filter_map(|response| response.response.as_mut()) {
            match response {
                Response::ResponseRange(answer) => self.strip_all(&mut answer.kvs),
                Response::ResponsePut(answer) => self.strip_all(&mut answer.prev_kv),
                Response::ResponseDeleteRange(answer) => self.strip_all(&mut answer.prev_kvs),
                Response::ResponseTxn(answer) => self.strip_responses(&mut answer.responses),
            }
        }
    }

    fn strip_all<'a>(&self, kvs: impl IntoIterator<Item = &'a mut KeyValue>) {
        for kv in kvs {
            if kv.key.starts_with(&self.prefix) {
                kv.key = kv.key.slice(self.prefix.len()..);
            }
        }
    }
}

impl Store for Namespace {
    type Error = ClientError;

    async fn range(&self, request: RangeRequest) -> Result<RangeResponse, ClientError> {
        Self::range(self, request).await
    }

    async fn txn(&self, request: TxnRequest) -> Result<TxnResponse, ClientError> {
        Self::txn(self, request).await
    }

    async fn delete(&self, request: DeleteRangeRequest) -> Result<DeleteRangeResponse, ClientError> {
        self.delete_range(request).await
    }

    fn watch(&self, request: WatchRequest) -> mpsc::Receiver<WatchEvent> {
        Self::watch(self, request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Config;

    #[test]
    fn keys_move_under_the_prefix() {
        let client = Client::new(&Config::default()).expect("a sound config");
        let namespace = Namespace::new(client, "a/");
        for (key, end, outside, outside_end) in [
            ("k", "", "a/k", ""),
            ("k", "m", "a/k", "a/m"),
            ("k", "\0", "a/k", "a0"),
            ("\0", "\0", "a/", "a0"),
            // For the server to refuse.
            ("", "m", "", "a/m"),
        ] {
            let placed = namespace.place(key.into(), end.into());
            assert_eq!(placed, (outside.into(), outside_end.into()), "{key:?} {end:?}");
        }
    }
}
