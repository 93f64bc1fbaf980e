//! The seam between the process and the member that it runs.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{Arc, LazyLock},
};

use tokio::runtime::Handle;
use tracing::warn;

use crate::{
    api::{
        grpc::{CallEvent, CallKind, Grpc, Method, Observer, WatchService, WatchSettings, watch_access},
        http::{HttpDeps, RaftStatus, Versions},
    },
    config::server::ServerConfig,
    mvcc::RangeQuery,
    pb::{encoded::watch_server::WatchServer, etcdserverpb::AlarmType},
    raft::Role,
    server::{self, Figures, Server},
    telemetry::metrics::{self, grpc::MethodMetrics},
    types::{ETCD_VERSION, KeyRange},
};

/// A future of the member that the daemon waits for.
pub type MemberFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The threads that a member may use for tasks.
pub struct Threads {
    /// One runtime a thread, for clients; their number is the number of routers asked for.
    pub clients: Vec<Handle>,
    /// Peers, leases, timers.
    pub member: Handle,
}

/// A started member.
pub struct Member {
    /// The gRPC services for connections on the client runtime of that number.
    pub grpc: Box<dyn Fn(usize) -> Grpc + Send>,
    /// What the pages ask.
    pub http: Arc<HttpDeps>,
    /// Done when the member has published itself: clients are then answered.
    pub ready: MemberFuture<()>,
    /// Done when the member ends by itself; an error ends the process with code 1.
    pub ended: MemberFuture<Result<(), String>>,
    /// Closes the member: after it nothing is in flight and all is durable. Blocks.
    pub stop: Box<dyn FnOnce() + Send>,
}

/// Starts the member. Blocks while it reads its data.
///
/// # Errors
/// The text of what kept it from starting.
pub fn start(config: &ServerConfig, threads: Threads) -> Result<Member, String> {
    let running = server::start(config, &threads.clients, &threads.member).map_err(|error| error.to_string())?;
    let clients: Vec<Server> = (0..threads.clients.len()).map(|number| running.client(number)).collect();
    let observer: Observer = Arc::new(observe);
    let published = running.wait_until_published();
    let removed = running.wait_until_removed();
    Ok(Member {
        http: Arc::new(pages(running.member())),
        grpc: Box::new(move |number| services(&clients[number], &observer)),
        ready: Box::pin(async move {
            if !published.await {
                // Stopped before: whoever stops it waits for nothing here.
                std::future::pending::<()>().await;
            }
        }),
        ended: Box::pin(async move {
            removed.await;
            warn!("the member has been permanently removed from the cluster");
            Ok(())
        }),
        stop: Box::new(move || running.stop()),
    })
}

fn services(server: &Server, observer: &Observer) -> Grpc {
    let settings = server.settings();
    let has_leader = {
        let server = server.clone();
        Box::new(move || server.leader().is_some())
    };
    let watch = WatchService::new(
        server.watch_port(),
        Arc::new(WatchSettings {
            progress_interval: settings.watch_progress_interval,
            election_timeout: settings.election_timeout,
            has_leader,
            settle: {
                let server = server.clone();
                Box::new(move |credentials| {
                    let server = server.clone();
                    // Whether it is valid, each watcher is told by itself.
                    Box::pin(async move { drop(server.caller(&credentials).await) })
                })
            },
            permit: {
                let server = server.clone();
                Box::new(move |credentials, range| watch_access(&server, credentials, range))
            },
        }),
    );
    let grpc = Grpc::new(server.clone(), observer.clone());
    let watch = WatchServer::new(watch)
        .max_decoding_message_size(grpc.message_bytes_max())
        .accept_compressed(tonic::codec::CompressionEncoding::Gzip)
        .send_compressed(tonic::codec::CompressionEncoding::Gzip);
    grpc.with_watch(watch)
}

/// The series of each method, by its number.
static SERIES: LazyLock<Vec<Option<&'static MethodMetrics>>> =
    LazyLock::new(|| Method::all().iter().map(|method| metrics::grpc::method(method.path())).collect());

/// Counts calls, under etcd's names.
fn observe(event: CallEvent<'_>) {
    match event {
        CallEvent::Started { method } => {
            if let Some(series) = SERIES[method.number] {
                series.started.inc();
            }
        }
        CallEvent::Admitted { method, api_version } => {
            metrics::server::count_client_request(method.kind != CallKind::Unary, api_version);
        }
        CallEvent::Received { method, messages, bytes } => {
            metrics::network::CLIENT_RECEIVED_BYTES.inc_by(bytes);
            if let Some(series) = SERIES[method.number] {
                series.received.inc_by(messages);
            }
        }
        CallEvent::Sent { method, messages, bytes } => {
            metrics::network::CLIENT_SENT_BYTES.inc_by(bytes);
            if let Some(series) = SERIES[method.number] {
                series.sent.inc_by(messages);
            }
        }
        CallEvent::Finished { method, code, elapsed } => {
            if let Some(series) = SERIES[method.number] {
                series.ended(code as i32);
                if let Some(handling) = &series.handling {
                    handling.observe(elapsed.as_secs_f64());
                }
            }
        }
    }
}

/// What the pages ask, answered on the member's own runtime.
fn pages(server: Server) -> HttpDeps {
    let ask = |answer: fn(&Server) -> bool| -> Box<dyn Fn() -> bool + Send + Sync> {
        let server = server.clone();
        Box::new(move || answer(&server))
    };
    HttpDeps {
        alarms: {
            let server = server.clone();
            Box::new(move || {
                server.view().alarms.iter().filter_map(|alarm| AlarmType::try_from(alarm.alarm).ok()).collect()
            })
        },
        has_leader: ask(|server| server.leader().is_some()),
        is_learner: ask(Server::is_learner),
        serializable_read: {
            let server = server.clone();
            Box::new(move || {
                let result = read_one(&server);
                Box::pin(async move { result })
            })
        },
        linearizable_read: {
            let server = server.clone();
            Box::new(move || {
                let server = server.clone();
                Box::pin(async move {
                    server.linearizable().await.map_err(|error| tonic::Status::from(error).message().to_owned())?;
                    read_one(&server)
                })
            })
        },
        versions: {
            let server = server.clone();
            Box::new(move || {
                let version = server.storage_version();
                Versions { server: ETCD_VERSION.to_owned(), cluster: version.clone(), storage: version }
            })
        },
        refresh_metrics: {
            let figures = Figures::new(server.clone());
            Box::new(move || figures.refresh())
        },
        request_timeout: server.settings().request_timeout,
        raft_status: Box::new(move || raft_status(&server)),
    }
}

/// Reads one key, whichever: whether reading works is what is asked.
fn read_one(server: &Server) -> Result<(), String> {
    let view = server.view();
    let query =
        RangeQuery { limit: 1, keys_only: true, ..RangeQuery::new(KeyRange::From(bytes::Bytes::from_static(b"\0"))) };
    view.kv.read().and_then(|reader| reader.range(&query)).map(drop).map_err(|error| error.to_string())
}

fn raft_status(server: &Server) -> RaftStatus {
    let hex = |id: Option<crate::types::MemberId>| id.map_or_else(|| "0".to_owned(), |id| id.to_string());
    RaftStatus {
        id: server.member_id().to_string(),
        term: server.raft_term(),
        vote: hex(server.leader()),
        commit: server.committed(),
        lead: hex(server.leader()),
        raft_state: match server.raft_role() {
            Role::Follower => "StateFollower",
            Role::PreCandidate => "StatePreCandidate",
            Role::Candidate => "StateCandidate",
            Role::Leader => "StateLeader",
        }
        .to_owned(),
        applied: server.view().applied,
        progress: BTreeMap::new(),
        leadtransferee: "0".to_owned(),
    }
}

#[cfg(test)]
mod tests;
