//! The key space as the services of locks and elections use it: by the calls of KV and Watch, within the process, in
//! the name of who called them. So they pass every check that a client's own calls pass.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use prost::Message;
use tokio::sync::mpsc;
use tonic::metadata::MetadataMap;
use tonic::{Code, Extensions, Request, Response, Status};

use super::access;
use super::codec::WireAnswer;
use super::encode::KvAnswer;
use super::kv::KvService;
use super::lease::LeaseService;
use crate::client::concurrency::{ConcurrencyError, Store};
use crate::client::{WatchEvent, WatchRequest};
use crate::mvcc::watch::hub::{Command, Create};
use crate::mvcc::watch::watcher::Filters;
use crate::pb::encoded::k_v_server::KV;
use crate::pb::etcdserverpb::lease_server::Lease;
use crate::pb::etcdserverpb::{
    DeleteRangeRequest, DeleteRangeResponse, LeaseGrantRequest, RangeRequest, RangeResponse, TxnRequest, TxnResponse,
    WatchResponse,
};
use crate::pb::rpc_error::RpcError;
use crate::server::Server;
use crate::server::caller::Credentials;
use crate::server::watch::HubStream;
use crate::types::KeyRange;

/// TTL of the lease of who brings none, in seconds.
const LEASE_TTL: i64 = 60;
/// Answers of a watch that wait to be looked at.
const WATCH_QUEUE: usize = 16;

/// The calls of one client, as it would make them itself.
#[derive(Clone)]
pub(super) struct Local {
    services: Arc<Services>,
    metadata: MetadataMap,
    extensions: Extensions,
}

/// What the calls go to. One for each runtime.
pub(super) struct Services {
    server: Server,
    kv: KvService,
    lease: LeaseService,
}

impl Services {
    pub(super) fn new(server: Server) -> Arc<Self> {
        let (kv, lease) = (KvService::new(server.clone()), LeaseService::new(server.clone()));
        Arc::new(Self { server, kv, lease })
    }

    /// In the name of who sent `request`.
    pub(super) fn of<T>(self: &Arc<Self>, request: Request<T>) -> (Local, T) {
        let (metadata, extensions, message) = request.into_parts();
        (Local { services: self.clone(), metadata, extensions }, message)
    }
}

impl Local {
    fn request<T>(&self, message: T) -> Request<T> {
        Request::from_parts(self.metadata.clone(), self.extensions.clone(), message)
    }

    fn server(&self) -> &Server {
        &self.services.server
    }

    /// The lease to use: the one that was brought along, or a new one, which nobody renews.
    pub(super) async fn lease(&self, brought: i64) -> Result<i64, Status> {
        if brought != 0 {
            return Ok(brought);
        }
        let request = self.request(LeaseGrantRequest { ttl: LEASE_TTL, id: 0 });
        let granted = self.services.lease.lease_grant(request).await.map_err(|status| inner(&status))?;
        Ok(granted.into_inner().id)
    }

    async fn follow(self, request: WatchRequest, events: mpsc::Sender<WatchEvent>) {
        let reason = tokio::select! {
            reason = self.tell(request, &events) => reason,
            () = events.closed() => return,
        };
        // Nobody listens any more: nothing to tell.
        let _ = events.send(WatchEvent { canceled: true, cancel_reason: reason, ..WatchEvent::default() }).await;
    }

    /// Hands on what the hub says; gives the reason of the end.
    async fn tell(&self, request: WatchRequest, events: &mpsc::Sender<WatchEvent>) -> String {
        let Ok(range) = KeyRange::parse(request.key.into(), request.range_end.into()) else {
            return RpcError::EmptyKey.text().into();
        };
        if let Err(reason) = access::watch(self.server(), &Credentials::from(&self.request(())), &range) {
            return reason;
        }
        let mut hub = self.server().watch_port().open();
        let published = hub.published();
        hub.command(Command::Create(Create {
            id: 0,
            range,
            start: request.start_revision,
            published,
            filters: Filters { no_put: request.no_puts, no_delete: request.no_deletes },
            prev_kv: request.prev_kv,
            progress_notify: false,
            fragment: false,
        }));
        while let Some(answer) = next(&mut hub).await {
            let WatchResponse { header, events: told, compact_revision, canceled, cancel_reason, .. } = answer;
            let header = header.unwrap_or_default();
            let event = WatchEvent { header, events: told, compact_revision, canceled, cancel_reason };
            if events.send(event).await.is_err() || canceled {
                break;
            }
        }
        RpcError::ServerStopped.text().into()
    }
}

/// `None` when the hub has stopped.
async fn next(hub: &mut HubStream) -> Option<WatchResponse> {
    let bytes: Bytes = std::future::poll_fn(|context| hub.poll_response(context)).await.ok()?;
    WatchResponse::decode(bytes).ok()
}

impl Store for Local {
    type Error = Status;

    async fn range(&self, request: RangeRequest) -> Result<RangeResponse, Status> {
        message(self.services.kv.range(self.request(request)).await)
    }

    async fn txn(&self, request: TxnRequest) -> Result<TxnResponse, Status> {
        message(self.services.kv.txn(self.request(request)).await)
    }

    async fn delete(&self, request: DeleteRangeRequest) -> Result<DeleteRangeResponse, Status> {
        message(self.services.kv.delete_range(self.request(request)).await)
    }

    fn watch(&self, request: WatchRequest) -> mpsc::Receiver<WatchEvent> {
        let (sender, receiver) = mpsc::channel(WATCH_QUEUE);
        tokio::spawn(self.clone().follow(request, sender));
        receiver
    }
}

/// The answer as a message: the services encode theirs on their own.
fn message<M: Message + Default>(answer: Result<Response<KvAnswer>, Status>) -> Result<M, Status> {
    let answer = answer?.into_inner();
    let mut bytes = BytesMut::with_capacity(answer.wire_len());
    answer.write(&mut bytes);
    M::decode(bytes.freeze()).map_err(|error| Status::internal(error.to_string()))
}

/// What the client is told: as in etcd the text of what failed within, and no code of its own.
pub(super) fn failed(error: ConcurrencyError<Status>) -> Status {
    match error {
        ConcurrencyError::Store(status) => inner(&status),
        other => Status::new(Code::Unknown, other.to_string()),
    }
}

fn inner(status: &Status) -> Status {
    match status.code() {
        code @ (Code::Cancelled | Code::DeadlineExceeded) => Status::new(code, status.message()),
        _ => Status::new(Code::Unknown, status.message()),
    }
}
