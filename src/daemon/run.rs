//! The order in which a member's process starts and stops.
//!
//! Start: peer, client and metrics sockets are bound; the member starts; peers and metrics are answered; the member
//! publishes itself; clients are answered; signals are handled and the init system is told.
//! Stop: clients first, then the member, then the rest; all within a second.

use std::{sync::Arc, time::Duration};

use futures_util::future::select_all;
use rustix::process::{Resource, getrlimit};
use tracing::{info, warn};

use super::{
    listen::{self, Listener, Purpose},
    member::{Member, Threads},
    runtimes::Runtimes,
    serve::{ConnectionClient, Connections, Pages, Place, Security, accept},
    signal::{StopSignal, notify_ready, stop_signal},
};
use crate::{
    api::{
        grpc::Grpc,
        http::{self, Access},
    },
    config::{
        check::Config,
        features::GATES,
        help::{OWN_VERSION, rust_version},
        server::{ServerConfig, SurfaceConfig},
        url::Url,
    },
    telemetry::{duration::GoDuration, log::Json, metrics},
    tls::{ServerTls, TlsError},
    types::ETCD_VERSION,
};

/// Files that clients leave to the rest of the process.
const RESERVED_FILES: u64 = 150;
/// How often open files are counted.
const FILES_INTERVAL: Duration = Duration::from_secs(600);
/// How long clients' requests may go on when the member stops.
const CLIENT_GRACE: Duration = Duration::from_millis(400);
/// The same for peers and metrics.
const PEER_GRACE: Duration = Duration::from_millis(100);

/// Why a process that ran ends.
#[derive(Debug)]
pub enum Ended {
    BySignal(StopSignal),
    /// For instance since the member was removed from the cluster.
    ByItself,
}

/// Why a process ends with an error. The texts are for the log.
#[derive(Debug)]
pub enum RunError {
    Start(String),
    Listener(String),
}

/// Runs a member from binding to the end.
///
/// # Errors
/// It did not start, ended by an error of its own, or a listener broke.
pub fn run(
    config: Config,
    start: impl FnOnce(&ServerConfig, Threads) -> Result<Member, String> + Send + 'static,
) -> Result<Ended, RunError> {
    let start_error = |error: &dyn std::fmt::Display| RunError::Start(error.to_string());
    let Config { server, surface, .. } = config;
    let files_max = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    if files_max <= RESERVED_FILES {
        let text = "file descriptor limit of etcd process is too low; please set higher";
        warn!(limit = files_max, "recommended-limit" = RESERVED_FILES, "{text}");
        return Err(RunError::Start(text.to_owned()));
    }
    let clients_max = usize::try_from(files_max - RESERVED_FILES).unwrap_or(usize::MAX);

    info!("listen-peer-urls" = ?urls(&surface.listen_peer_urls), "configuring peer listeners");
    let peers = listen::bind_peers(&surface).map_err(|error| start_error(&error))?;
    info!("listen-client-urls" = ?urls(&surface.listen_client_urls), "configuring client listeners");
    let clients = listen::bind_clients(&surface).map_err(|error| start_error(&error))?;
    let scrapers = listen::bind_metrics(&surface).map_err(|error| start_error(&error))?;

    let tls = client_tls(&surface, clients.iter().chain(&scrapers))?;

    log_start(&server, &surface);
    set_constant_metrics(&server);
    let runtimes = Arc::new(Runtimes::start(Runtimes::default_count()).map_err(|error| start_error(&error))?);
    let member_runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let member_runtime = member_runtime.map_err(|error| start_error(&error))?;
    let threads = Threads { clients: runtimes.handles(), member: member_runtime.handle().clone() };

    let around = Around { server: &server, surface: &surface, runtimes: &runtimes, clients_max, tls };
    // Start and stop block, and may need tasks of theirs to run meanwhile: they have a thread of their own.
    let ended = member_runtime.block_on(async {
        let config = server.clone();
        let member = blocking(move || start(&config, threads)).await.map_err(RunError::Start)?;
        let (ended, stop) = around.serve(member, peers, clients, scrapers).await;
        blocking(stop).await;
        ended
    });
    member_runtime.shutdown_background();
    if let Some(runtimes) = Arc::into_inner(runtimes) {
        runtimes.stop();
    }
    log_closing(&server, "closed etcd server");
    ended
}

/// TLS of clients and metrics, if one of their listeners wants it. Tells of URLs for which it was given in vain.
fn client_tls<'a>(
    surface: &SurfaceConfig,
    mut listeners: impl Iterator<Item = &'a Listener>,
) -> Result<Option<Arc<ServerTls>>, RunError> {
    let settings = &surface.client_tls;
    for url in surface.listen_client_urls.iter().filter(|url| !url.scheme().is_secure()) {
        let url = url.as_str();
        if settings.is_given() {
            warn!(
                "client-url" = url,
                "scheme is http or unix while key and cert files are present; ignoring key and cert files"
            );
        }
        if settings.client_cert_auth {
            warn!(
                "client-url" = url,
                "scheme is http or unix while --client-cert-auth is enabled; ignoring client cert auth for this URL"
            );
        }
    }
    if !listeners.any(|listener| listener.wire.has_tls()) {
        return Ok(None);
    }
    match ServerTls::new(settings) {
        Ok(tls) => Ok(Some(Arc::new(tls))),
        Err(error @ TlsError::CipherSuite(_)) => Err(RunError::Start(error.to_string())),
        Err(error) => Err(RunError::Listener(error.to_string())),
    }
}

/// Does blocking work on a thread of its own. A panic in it goes on here.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(failed) => std::panic::resume_unwind(failed.into_panic()),
    }
}

/// What serving needs besides the member.
struct Around<'a> {
    server: &'a ServerConfig,
    surface: &'a SurfaceConfig,
    runtimes: &'a Arc<Runtimes>,
    clients_max: usize,
    /// For clients and metrics.
    tls: Option<Arc<ServerTls>>,
}

impl Around<'_> {
    /// Serves until something ends it. The member is then still to be stopped, off the runtimes.
    async fn serve(
        &self,
        member: Member,
        peers: Vec<Listener>,
        clients: Vec<Listener>,
        scrapers: Vec<Listener>,
    ) -> (Result<Ended, RunError>, Box<dyn FnOnce() + Send>) {
        let Member { grpc, http, mut ready, mut ended, stop } = member;
        let (inner, stop_inner) = Connections::new(self.surface);
        let (outer, stop_outer) = Connections::new(self.surface);
        let mut accepting = Vec::new();
        tokio::spawn(watch_files(self.clients_max as u64 + RESERVED_FILES));
        for listener in peers.into_iter().chain(scrapers) {
            let (endpoint, router) = match listener.purpose {
                Purpose::Peers => {
                    info!(address = listener.url.address(), "serving peer traffic");
                    ("peer", http::peer_router(&http))
                }
                Purpose::Metrics => {
                    info!(address = listener.url.as_str(), "serving metrics");
                    ("metrics", http::metrics_router(&http))
                }
                Purpose::Clients | Purpose::ClientsGrpc | Purpose::ClientsHttp => {
                    ("client", http::client_router(&http))
                }
            };
            let pages = Pages { grpc: None, http: Some(router), access: None, client: ConnectionClient::default() };
            let (place, security) = (Place::Here(Box::new(pages)), self.security(&listener, endpoint));
            accepting.push(tokio::spawn(accept(listener.socket, place, security, inner.clone(), None)));
        }
        info!(
            "initial-advertise-peer-urls" = ?urls(&self.server.advertise_peer_urls),
            "listen-peer-urls" = ?urls(&self.surface.listen_peer_urls),
            "advertise-client-urls" = ?urls(&self.server.advertise_client_urls),
            "listen-client-urls" = ?urls(&self.surface.listen_client_urls),
            "listen-metrics-urls" = ?urls(&self.surface.listen_metrics_urls),
            "now serving peer/client/metrics"
        );

        let early = tokio::select! {
            () = &mut ready => None,
            result = &mut ended => Some(result),
        };
        let result = match early {
            Some(result) => result.map(|()| Ended::ByItself).map_err(RunError::Start),
            None => {
                info!("ready to serve client requests");
                let access = Arc::new(Access::new(&self.surface.cors, &self.surface.host_whitelist));
                for listener in clients {
                    let pages = self.client_pages(listener.purpose, &*grpc, &http, &access);
                    let (traffic, address) = (listener.purpose.traffic(), listener.url.address());
                    if listener.wire.has_plain() {
                        info!(traffic, address, "serving client traffic insecurely; this is strongly discouraged!");
                    }
                    if listener.wire.has_tls() {
                        info!(traffic, address, "serving client traffic securely");
                    }
                    let place = Place::Clients { runtimes: self.runtimes.clone(), pages };
                    let (security, limit) = (self.security(&listener, "client"), Some(self.clients_max));
                    accepting.push(tokio::spawn(accept(listener.socket, place, security, outer.clone(), limit)));
                }
                self.wait(accepting, ended).await
            }
        };
        log_closing(self.server, "closing etcd server");
        drop((inner, outer));
        stop_outer.stop(CLIENT_GRACE).await;
        stop_inner.stop(PEER_GRACE).await;
        (result, stop)
    }

    fn security(&self, listener: &Listener, endpoint: &'static str) -> Security {
        let tls = self.tls.clone().filter(|_| listener.wire.has_tls());
        Security { wire: listener.wire, tls, endpoint }
    }

    fn client_pages(
        &self,
        purpose: Purpose,
        grpc: &dyn Fn(usize) -> Grpc,
        http: &Arc<http::HttpDeps>,
        access: &Arc<Access>,
    ) -> Vec<Pages> {
        let (has_grpc, has_http) = (purpose != Purpose::ClientsHttp, purpose != Purpose::ClientsGrpc);
        (0..self.runtimes.handles().len())
            .map(|number| Pages {
                grpc: has_grpc.then(|| grpc(number)),
                http: has_http.then(|| http::client_router(http)),
                access: has_http.then(|| access.clone()),
                client: ConnectionClient::default(),
            })
            .collect()
    }

    /// Waits for a signal, for the member's end, or for a listener that breaks.
    async fn wait(
        &self,
        accepting: Vec<tokio::task::JoinHandle<std::io::Result<()>>>,
        ended: super::member::MemberFuture<Result<(), String>>,
    ) -> Result<Ended, RunError> {
        let signal = stop_signal().map_err(|error| RunError::Start(error.to_string()))?;
        notify_ready();
        tokio::select! {
            signal = signal => {
                info!(signal = signal.name(), "received signal; shutting down");
                Ok(Ended::BySignal(signal))
            }
            result = ended => match result {
                Ok(()) => Ok(Ended::ByItself),
                Err(error) => Err(RunError::Listener(error)),
            },
            (broken, _, _) = select_all(accepting) => Err(RunError::Listener(match broken {
                Ok(Ok(())) => "accepting ended".to_owned(),
                Ok(Err(error)) => error.to_string(),
                Err(error) => error.to_string(),
            })),
        }
    }
}

/// Warns while most of the files that the process may open are open.
async fn watch_files(files_max: u64) {
    let mut ticks = tokio::time::interval(FILES_INTERVAL);
    loop {
        ticks.tick().await;
        if let Some(used) = metrics::open_files().filter(|used| *used >= files_max / 5 * 4) {
            warn!(used, limit = files_max, "80% of file descriptors are used");
        }
    }
}

fn urls(urls: &[Url]) -> Json<Vec<&str>> {
    Json(urls.iter().map(Url::as_str).collect())
}

fn log_start(server: &ServerConfig, surface: &SurfaceConfig) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    info!(
        "etcd-version" = ETCD_VERSION,
        "rsetcd-version" = OWN_VERSION,
        "rust-version" = rust_version(),
        "os" = std::env::consts::OS,
        "arch" = std::env::consts::ARCH,
        "max-cpu-available" = cores,
        "member-initialized" = has_wal(server),
        name = server.name,
        "data-dir" = %server.data_dir.display(),
        "wal-dir" = %server.wal_dir().display(),
        "member-dir" = %server.member_dir().display(),
        "heartbeat-interval" = %GoDuration::from(server.heartbeat()),
        "election-timeout" = %GoDuration::from(server.election_timeout()),
        "initial-election-tick-advance" = server.initial_election_tick_advance,
        "snapshot-count" = server.snapshot_count,
        "max-wals" = server.max_wals,
        "max-snapshots" = server.max_snapshots,
        "snapshot-catchup-entries" = server.snapshot_catchup_entries,
        "initial-advertise-peer-urls" = ?urls(&server.advertise_peer_urls),
        "listen-peer-urls" = ?urls(&surface.listen_peer_urls),
        "advertise-client-urls" = ?urls(&server.advertise_client_urls),
        "listen-client-urls" = ?urls(&surface.listen_client_urls),
        "listen-metrics-urls" = ?urls(&surface.listen_metrics_urls),
        cors = ?Json(&surface.cors),
        "host-whitelist" = ?Json(&surface.host_whitelist),
        "initial-cluster" = server.initial_cluster,
        "initial-cluster-state" = match server.initial_cluster_state {
            crate::config::server::ClusterState::New => "new",
            crate::config::server::ClusterState::Existing => "existing",
        },
        "initial-cluster-token" = server.initial_cluster_token,
        "quota-backend-bytes" = server.quota.metric(),
        "max-request-bytes" = server.max_request_bytes,
        "max-concurrent-streams" = surface.max_concurrent_streams,
        "pre-vote" = server.pre_vote,
        "feature-gates" = %server.features,
        "starting an etcd server"
    );
}

/// Whether the member was started before: its WAL has a segment.
fn has_wal(server: &ServerConfig) -> bool {
    std::fs::read_dir(server.wal_dir())
        .is_ok_and(|files| files.flatten().any(|file| file.path().extension().is_some_and(|end| end == "wal")))
}

fn log_closing(server: &ServerConfig, what: &'static str) {
    info!(
        name = server.name,
        "data-dir" = %server.data_dir.display(),
        "advertise-peer-urls" = ?urls(&server.advertise_peer_urls),
        "advertise-client-urls" = ?urls(&server.advertise_client_urls),
        "{what}"
    );
}

/// Metrics that stay as they are.
fn set_constant_metrics(server: &ServerConfig) {
    use metrics::server as set;
    set::VERSION.with_label_values(&[ETCD_VERSION]).set(1);
    set::COMPILER_VERSION.with_label_values(&[rust_version()]).set(1);
    set::BUILD_INFO.with_label_values(&[OWN_VERSION, rust_version()]).set(1);
    set::QUOTA_BYTES.set(server.quota.metric());
    for gate in &GATES {
        let is_enabled = server.features.is_enabled(gate);
        set::FEATURE_ENABLED.with_label_values(&[gate.name, gate.stage.text()]).set(i64::from(is_enabled));
    }
}

#[cfg(test)]
mod tests;
