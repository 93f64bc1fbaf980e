//! The watch service.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status, Streaming};

use super::watch_stream::WatchStream;
use crate::pb::encoded::watch_server::Watch;
use crate::pb::etcdserverpb::WatchRequest;
use crate::pb::rpc_error::RpcError;
use crate::server::caller::Credentials;
use crate::server::watch::WatchPort;
use crate::types::KeyRange;

/// Whether the caller may read a range; else the reason that the client is told.
pub type Permit = Box<dyn Fn(&Credentials, &KeyRange) -> Result<(), String> + Send + Sync>;

/// What streams need to know besides the hub.
pub struct WatchSettings {
    /// `--watch-progress-notify-interval`.
    pub progress_interval: Duration,
    /// How often a stream with `hasleader` looks for the leader.
    pub election_timeout: Duration,
    pub has_leader: Box<dyn Fn() -> bool + Send + Sync>,
    /// Done when this member knows whose the token is, if it ever will.
    pub settle: Box<dyn Fn(Credentials) -> BoxFuture<'static, ()> + Send + Sync>,
    pub permit: Permit,
}

/// `etcdserverpb.Watch` for the connections of one runtime.
#[derive(Clone)]
pub struct WatchService {
    port: WatchPort,
    settings: Arc<WatchSettings>,
}

impl WatchService {
    pub fn new(port: WatchPort, settings: Arc<WatchSettings>) -> Self {
        Self { port, settings }
    }
}

#[tonic::async_trait]
impl Watch for WatchService {
    type WatchStream = WatchStream<Streaming<WatchRequest>>;

    async fn watch(&self, request: Request<Streaming<WatchRequest>>) -> Result<Response<Self::WatchStream>, Status> {
        let needs_leader = needs_leader(request.metadata());
        if needs_leader && !(self.settings.has_leader)() {
            return Err(RpcError::NoLeader.status());
        }
        let settings = Arc::clone(&self.settings);
        let credentials = Credentials::from(&request);
        (settings.settle)(credentials.clone()).await;
        Ok(Response::new(WatchStream::new(request.into_inner(), self.port.open(), settings, credentials, needs_leader)))
    }
}

/// The client asks that the member sees a leader (`hasleader: true`, its first value, exactly).
fn needs_leader(metadata: &MetadataMap) -> bool {
    metadata.get("hasleader").is_some_and(|value| value.as_bytes() == b"true")
}

#[cfg(test)]
mod tests;
