//! Builds the parts of a member, makes the channels between them, starts the threads, and stops all of it.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::{Notify, mpsc, watch as signal};
use tokio::task::AbortHandle;
use tracing::{debug, error, info, warn};

use super::bootstrap::{self, StartError};
use super::export::Exports;
use super::pool::Pool;
use super::read_index::{ReadRounds, Released};
use super::snapshot::{self, SnapshotConfig, SnapshotThread};
use super::wait::{self, Message, Waiters};
use super::{Runtime, Server, Settings, Shared, leases, watch};
use crate::apply::{self, Done, Effects, LocalEffect};
use crate::auth::token::{KeyError, TokenConfig, Tokens};
use crate::config::auth_token;
use crate::config::features::{
    FAST_LEASE_KEEP_ALIVE, LEASE_CHECKPOINT, LEASE_CHECKPOINT_PERSIST, STOP_SERVING_ON_DEFRAG,
};
use crate::config::server::{Quota, ServerConfig};
use crate::raft::{self, RaftConfig, RaftHandle};
use crate::storage::datadir::DataDir;
use crate::storage::wal;
use crate::telemetry::log::Json;
use crate::telemetry::metrics;
use crate::types::{Index, MemberId, RequestIds};

/// Reads that wait for a reader thread.
const READERS_QUEUE_MAX: usize = 1024;
/// Maintenance requests (hashes, exports) that wait for their thread.
const MAINTENANCE_QUEUE_MAX: usize = 64;
/// Priority of the threads that hash passwords: below all others.
const BCRYPT_NICE: i32 = 10;
/// Logins that wait for that: at the usual cost these threads do some 30 in a second.
const BCRYPT_QUEUE_MAX: usize = 1024;
/// How often expired tokens are dropped.
const TOKEN_SWEEP_INTERVAL: Duration = Duration::from_secs(1);
/// How long a member goes on after its own removal.
const REMOVED_GRACE: Duration = Duration::from_secs(1);
const PURGE_INTERVAL: Duration = Duration::from_secs(30);

/// A running member, as its process holds it.
pub struct Running {
    /// As seen by each client runtime.
    clients: Vec<Server>,
    /// As seen by the member's own runtime.
    member: Server,
    raft: RaftHandle,
    wal: wal::thread::WalHandle,
    snapshots: SnapshotThread,
    threads: Vec<JoinHandle<()>>,
    apply_thread: JoinHandle<()>,
    tasks: Vec<AbortHandle>,
    published: signal::Receiver<bool>,
    removed: signal::Receiver<bool>,
    _data_dir: DataDir,
}

/// Starts a member whose clients are served by the runtimes `clients`, and whose own tasks and timers run on `member`.
///
/// # Errors
/// The data directory cannot be used, or a thread not be started.
pub fn start(config: &ServerConfig, clients: &[Handle], member: &Handle) -> Result<Running, StartError> {
    let tokens = Arc::new(tokens(config)?);
    let booted = bootstrap::boot(config)?;
    let (member_id, cluster_id) = (booted.member_id, booted.cluster_id);
    let runtimes = clients.len() + 1; // the last one is the member's
    let start_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis() as u64);
    // Ids of requests and contexts of reads are drawn from one sequence, so that no two are equal.
    let drawers = runtimes as u64 + 1;
    let ids = |drawer: u64| RequestIds::new(member_id.0, start_ms, drawer, drawers);
    let reads = Arc::new(ReadRounds::new(runtimes, ids(runtimes as u64), config.request_timeout()));

    let (waiters, inboxes): (Vec<_>, Vec<_>) = (0..runtimes).map(|_| Waiters::new()).unzip();
    let router = Arc::new(Router { waiters: waiters.clone(), drawers });
    let raft_inbox = raft::inbox();

    let persisted = {
        let raft = raft_inbox.clone();
        Box::new(move |number, then| {
            let done = raft::Input::Persisted(number);
            let _ = match then {
                wal::thread::Then::Waits => raft.drive_once(done),
                // The next sync does not wait for raft.
                wal::thread::Then::Works => raft.send(done),
            };
        })
    };
    let wal = wal::thread::spawn(booted.wal, persisted);

    let view_cell: Arc<std::sync::OnceLock<Arc<ArcSwap<apply::View>>>> = Arc::default();
    let hub = watch::spawn(watch::WatchDeps {
        cluster_id: cluster_id.0,
        member_id: member_id.0,
        max_request_bytes: config.max_request_bytes,
        view: {
            let cell = view_cell.clone();
            Box::new(move || cell.wait().load().kv.clone())
        },
        raft_term: {
            let cell = view_cell.clone();
            Box::new(move || cell.wait().load().term)
        },
    })?;

    let term_began = Arc::new(Notify::new());
    let no_space = Arc::new(Notify::new());
    let (remove, removed) = signal::channel(booted.cluster.is_removed(member_id));
    let raft_cell: Arc<std::sync::OnceLock<Arc<raft::Status>>> = Arc::default();
    let log_bytes = {
        let cell = raft_cell.clone();
        Arc::new(move || cell.get().map_or(0, |raft| raft.log_bytes()))
    };
    let (snapshot_inbox, snapshot_trigger) = snapshot::channel(config.snapshot_count, booted.snapshot_index, log_bytes);
    let (lease_inbox, lease_events) = mpsc::unbounded_channel();
    let effects = Effects {
        changes: {
            let hub = hub.clone();
            Box::new(move |revision, changes| hub.changes(revision, changes))
        },
        local: Box::new(local_effects(EffectTargets {
            raft: raft_inbox.clone(),
            reads: reads.clone(),
            router: router.clone(),
            term_began: term_began.clone(),
            no_space: no_space.clone(),
            tokens: tokens.clone(),
            leases: lease_inbox.clone(),
            removed: remove,
            snapshots: snapshot_trigger,
        })),
        answers: {
            let router = router.clone();
            Box::new(move |batch| router.answers(batch))
        },
    };
    reads.applied(booted.applied);
    let (apply, apply_thread) = apply::spawn(
        apply::Boot {
            store: booted.store,
            writer: booted.writer,
            applied: booted.applied,
            term: booted.applied_term,
            cluster: booted.cluster,
            auth: booted.auth,
            alarms: booted.alarms,
            leases: booted.leases,
            settings: apply::Settings {
                member_id,
                quota_backend_bytes: config.quota.metric(),
                learners_max: config.max_learners,
                lease_ttl_min: config.lease_ttl_min(),
                persists_checkpoints: config.features.is_on(LEASE_CHECKPOINT_PERSIST),
                warning_apply: config.warning_apply,
            },
        },
        effects,
    )?;
    let view = apply.published().clone();
    let _ = view_cell.set(view.clone());

    let raft = raft::spawn(
        &RaftConfig {
            id: member_id,
            tick: config.heartbeat(),
            election_ticks: config.election_ticks(),
            pre_vote: config.pre_vote,
        },
        booted.raft,
        raft_inbox.clone(),
        raft_outputs(&wal, apply.clone(), raft_inbox.clone(), reads.clone(), router, (member_id, lease_inbox)),
    )?;

    let _ = raft_cell.set(raft.status().clone());
    let snapshots = snapshot::start(
        SnapshotConfig {
            snap_dir: booted.data_dir.snap(),
            wal_dir: booted.data_dir.wal().to_owned(),
            catchup_entries: config.snapshot_catchup_entries,
            snapshots_max: config.max_snapshots,
            wals_max: config.max_wals,
        },
        snapshot_inbox,
        apply.clone(),
        raft_inbox.clone(),
        wal.clone(),
    )?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (readers, mut threads) = Pool::start("reader", (cores / 2).max(2), READERS_QUEUE_MAX)?;
    let (maintenance, more) = Pool::start("maintenance", 1, MAINTENANCE_QUEUE_MAX)?;
    threads.extend(more);
    let (bcrypt, more) = Pool::start_nice("bcrypt", (cores / 2).max(2), BCRYPT_NICE, BCRYPT_QUEUE_MAX)?;
    threads.extend(more);

    let leases = leases::Leases::new(
        view.load().leases.clone(),
        leases::LeaseSettings {
            election_timeout: config.election_timeout(),
            request_timeout: config.request_timeout(),
            is_fast: config.features.is_on(FAST_LEASE_KEEP_ALIVE),
            has_checkpoints: config.features.is_on(LEASE_CHECKPOINT),
        },
    );
    let shared = Arc::new(Shared {
        settings: settings(config),
        member_id,
        cluster_id,
        view,
        apply,
        raft: raft_inbox,
        raft_status: raft.status().clone(),
        wal: wal.clone(),
        reads,
        reads_begun: Arc::new(Notify::new()),
        term_began,
        no_space,
        serving: signal::Sender::new(true),
        away: AtomicUsize::new(0),
        readers,
        maintenance,
        bcrypt,
        passwords: Arc::default(),
        tokens,
        exports: Arc::new(Exports::new(booted.data_dir.snap(), cores)),
        watch: hub,
        leases,
    });
    let (publish, published) = signal::channel(false);
    let mut tasks = Vec::new();
    let mut servers: Vec<Server> = Vec::with_capacity(runtimes);
    for (number, ((waiters, inbox), handle)) in
        waiters.into_iter().zip(inboxes).zip(clients.iter().chain([member])).enumerate()
    {
        let _on_that_runtime = handle.enter();
        let runtime = Runtime { number, ids: ids(number as u64), waiters, proposals: Mutex::default() };
        let watch = shared.watch.port();
        let server = Server { shared: shared.clone(), runtime: Arc::new(runtime), watch };
        tasks.extend(serve_waiters(&server, inbox));
        servers.push(server);
    }
    let server = servers.pop().expect("the member's own is the last");
    let _on_the_member_runtime = member.enter();
    tasks.extend(member_tasks(&server, snapshots.purger(), publish));
    tasks.push(tokio::spawn(leases::run(server.clone(), lease_events)).abort_handle());
    Ok(Running {
        clients: servers,
        member: server,
        raft,
        wal,
        snapshots,
        threads,
        apply_thread,
        tasks,
        published,
        removed,
        _data_dir: booted.data_dir,
    })
}

impl Running {
    /// The server as client runtime `number` sees it.
    pub fn client(&self, number: usize) -> Server {
        self.clients[number].clone()
    }

    /// The server as the member's own runtime sees it.
    pub fn member(&self) -> Server {
        self.member.clone()
    }

    /// Waits until this member has told the cluster its name, which is when clients may be served. False if it is
    /// stopped before.
    pub fn wait_until_published(&self) -> impl Future<Output = bool> + Send + 'static {
        let mut published = self.published.clone();
        async move { published.wait_for(|&published| published).await.is_ok() }
    }

    /// Waits until this member is no member any more, and a second longer: its answer to the request that removed it is
    /// to arrive, and so is the news at the other members.
    pub fn wait_until_removed(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut removed = self.removed.clone();
        async move {
            if removed.wait_for(|&removed| removed).await.is_err() {
                // The apply thread has ended: the member is being stopped.
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(REMOVED_GRACE).await;
        }
    }

    /// Stops everything in order: what is acknowledged is durable in the WAL already; the backend is made so too, so
    /// that the next start has nothing to replay. Client runtimes have ended before.
    pub fn stop(self) {
        for task in &self.tasks {
            task.abort();
        }
        let shared = &self.member.shared;
        shared.watch.stop();
        self.snapshots.stop();
        shared.readers.stop();
        shared.maintenance.stop();
        shared.bcrypt.stop();
        shared.exports.stop();
        let _ = self.raft.send(raft::Input::Stop);
        self.raft.join();
        let (done, stopped) = sync_channel(1);
        let then = Box::new(move |_| {
            let _ = done.send(());
        });
        if shared.apply.send(apply::Input::Stop(then)).is_ok() {
            let _ = stopped.recv();
        }
        let _ = self.apply_thread.join();
        self.wal.stop();
        for thread in self.threads {
            let _ = thread.join();
        }
        info!("server stopped");
    }
}

/// The tasks every runtime has: completing what other threads decided, ending what took too long. Called from within
/// the runtime.
fn serve_waiters(server: &Server, inbox: mpsc::UnboundedReceiver<Message>) -> [AbortHandle; 2] {
    let waiters = server.runtime.waiters.clone();
    let status = server.shared.raft_status.clone();
    let (limit, election) = (server.shared.settings.request_timeout, server.shared.settings.election_timeout);
    let why = {
        let server = server.clone();
        move |started| super::propose::timeout_error(&status, started, election, server.has_active_quorum())
    };
    [
        tokio::spawn(wait::complete_all(waiters.clone(), inbox)).abort_handle(),
        tokio::spawn(wait::sweep(waiters, limit, why)).abort_handle(),
    ]
}

/// The member's own tasks: publishing, versions, retries of reads, purging, alarms that apply asks for, old tokens.
fn member_tasks(server: &Server, purge: impl Fn() + Send + 'static, publish: signal::Sender<bool>) -> [AbortHandle; 8] {
    let publishing = server.clone();
    let versions = server.clone();
    let downgrades = server.clone();
    let compactor = server.clone();
    let alarms = server.clone();
    let tokens = server.tokens().clone();
    [
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(TOKEN_SWEEP_INTERVAL).await;
                tokens.sweep(Instant::now());
            }
        })
        .abort_handle(),
        tokio::spawn(retry_reads(server.clone())).abort_handle(),
        tokio::spawn(async move {
            publishing.publish().await;
            let _ = publish.send(true);
        })
        .abort_handle(),
        tokio::spawn(async move { versions.monitor_version().await }).abort_handle(),
        tokio::spawn(async move { downgrades.monitor_downgrade().await }).abort_handle(),
        tokio::spawn(async move { compactor.auto_compact().await }).abort_handle(),
        tokio::spawn(async move {
            loop {
                alarms.shared.no_space.notified().await;
                if let Err(error) = alarms.raise_no_space().await {
                    warn!(%error, "failed to raise alarm");
                }
            }
        })
        .abort_handle(),
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(PURGE_INTERVAL).await;
                purge();
            }
        })
        .abort_handle(),
    ]
}

/// Repeats unanswered ReadIndex attempts. Sleeps while there are none.
async fn retry_reads(server: Server) {
    let shared = &server.shared;
    loop {
        shared.reads_begun.notified().await;
        while shared.reads.is_busy() {
            tokio::time::sleep(super::read_index::RETRY_INTERVAL).await;
            let (released, context) = shared.reads.tick(Instant::now());
            if let Some(context) = context {
                warn!("waiting for ReadIndex response took too long, retrying");
                let _ = shared.raft.send(raft::Input::ReadIndex(context));
            }
            for (batch, outcome) in released {
                if outcome.is_err() {
                    metrics::server::SLOW_READ_INDEX.inc();
                    metrics::server::READ_INDEX_FAILED.inc();
                }
                for reader in batch.into_iter().flatten() {
                    let _ = reader.send(outcome);
                }
            }
        }
    }
}

/// Hands what other threads decided to the runtimes of those who wait, one message to each.
struct Router {
    waiters: Vec<Arc<Waiters>>,
    drawers: u64,
}

impl Router {
    fn answers(&self, batch: Vec<Done>) {
        let mut by_runtime: Vec<Vec<Done>> = (0..self.waiters.len()).map(|_| Vec::new()).collect();
        for done in batch {
            let drawer = RequestIds::drawer_of(done.request_id, self.drawers) as usize;
            // Ids of other members' requests may be of any drawer; nobody waits for them here.
            if let Some(batch) = by_runtime.get_mut(drawer) {
                batch.push(done);
            }
        }
        for (waiters, batch) in self.waiters.iter().zip(by_runtime) {
            if !batch.is_empty() {
                waiters.tell(Message::Applied(batch));
            }
        }
    }

    fn readers(&self, released: Released) {
        for (batch, outcome) in released {
            for (waiters, readers) in self.waiters.iter().zip(batch) {
                if !readers.is_empty() {
                    waiters.tell(Message::Readers(readers, outcome));
                }
            }
        }
    }
}

/// Whom apply's effects reach.
struct EffectTargets {
    raft: raft::Inbox,
    reads: Arc<ReadRounds>,
    router: Arc<Router>,
    term_began: Arc<Notify>,
    no_space: Arc<Notify>,
    tokens: Arc<Tokens>,
    leases: leases::Inbox,
    removed: signal::Sender<bool>,
    snapshots: snapshot::Trigger,
}

/// What apply asks for.
fn local_effects(targets: EffectTargets) -> impl FnMut(LocalEffect) + Send {
    let EffectTargets { raft, reads, router, term_began, no_space, tokens, leases, removed, mut snapshots } = targets;
    let mut told: Index = 0;
    let mut is_snapshot_due = false;
    move |effect| match effect {
        LocalEffect::TakeSnapshot => is_snapshot_due = true,
        LocalEffect::RaiseNoSpace => no_space.notify_one(),
        LocalEffect::Lease(event) => {
            let _ = leases.send(leases::Event::Changed(event));
        }
        LocalEffect::OwnRemoval => {
            removed.send_replace(true);
        }
        LocalEffect::ConfDone { index, change } => {
            let _ = raft.send(raft::Input::ConfDone { index, change });
        }
        LocalEffect::TokenAssigned { token, username } => tokens.assigned(token, &username, Instant::now()),
        LocalEffect::TokensForgotten { username: Some(username) } => tokens.forget_user(&username),
        LocalEffect::TokensForgotten { username: None } => tokens.forget_all(),
        LocalEffect::NewTerm { term } => {
            debug!(term, "applied the first entry of a term");
            term_began.notify_one();
            let _ = leases.send(leases::Event::TermBegan(term));
            if let Some(context) = reads.first_commit_in_term(Instant::now()) {
                let _ = raft.send(raft::Input::ReadIndex(context));
            }
        }
        LocalEffect::Applied(applied) => {
            router.readers(reads.applied(applied));
            if std::mem::take(&mut is_snapshot_due) {
                snapshots.force(applied);
            }
            snapshots.applied(applied);
            // Raft needs it for its bookkeeping only: now and then will do.
            if applied >= told + APPLIED_REPORT_ENTRIES {
                told = applied;
                let _ = raft.send(raft::Input::Applied(applied));
            }
        }
    }
}

/// Entries applied between two reports to raft.
const APPLIED_REPORT_ENTRIES: u64 = 64;

/// What raft wants done.
fn raft_outputs(
    wal: &wal::thread::WalHandle,
    apply: apply::Handle,
    inbox: raft::Inbox,
    reads: Arc<ReadRounds>,
    router: Arc<Router>,
    (member_id, leases): (MemberId, leases::Inbox),
) -> raft::Outputs {
    let wal = wal.clone();
    let (read_router, lead_reads, lead_router) = (router.clone(), reads.clone(), router);
    let (read_inbox, lead_inbox) = (inbox.clone(), inbox);
    raft::Outputs {
        save: Box::new(move |save| {
            wal.save(wal::thread::Save {
                number: save.number,
                entries: save.entries,
                hard_state: save.hard_state,
                must_sync: save.must_sync,
            });
        }),
        install: Box::new(|snapshot| {
            error!(index = snapshot.index, "a snapshot of another member cannot be installed yet");
            std::process::abort();
        }),
        committed: Box::new(move |entries| {
            let _ = apply.send(apply::Input::Committed(entries));
        }),
        read_states: Box::new(move |states| {
            for (context, index) in states {
                let (released, next) = reads.confirm(context, index, Instant::now());
                read_router.readers(released);
                if let Some(next) = next {
                    let _ = read_inbox.send(raft::Input::ReadIndex(next));
                }
            }
        }),
        // Heartbeats to a member that was added come ten times a second.
        send: Box::new(|messages| debug!(messages = messages.len(), "no peer to send to")),
        leadership: {
            let mut leader = None;
            Box::new(move |now| {
                let leads = now.leader == Some(member_id);
                let _ = leases.send(leases::Event::LeadsOnlyIn(leads.then_some(now.term)));
                if now.leader == leader {
                    return;
                }
                if leader.is_some() {
                    let (released, context) = lead_reads.leader_changed(Instant::now());
                    metrics::server::READ_INDEX_FAILED.inc_by(released.len() as u64);
                    lead_router.readers(released);
                    if let Some(context) = context {
                        let _ = lead_inbox.send(raft::Input::ReadIndex(context));
                    }
                }
                leader = now.leader;
            })
        },
        snapshot_wanted: Box::new(|member| {
            warn!(%member, "a snapshot is wanted, and cannot be sent yet");
        }),
        refused: Box::new(|proposals| {
            // Their askers are told by their own time limit.
            warn!(proposals = proposals.len(), "proposals given up without a leader");
        }),
    }
}

fn settings(config: &ServerConfig) -> Settings {
    Settings {
        name: config.name.clone(),
        advertise_client_urls: config.advertise_client_urls.iter().map(ToString::to_string).collect(),
        limits: super::Limits {
            max_request_bytes: config.max_request_bytes,
            max_txn_ops: config.max_txn_ops,
            quota_backend_bytes: match config.quota {
                Quota::Bytes(bytes) => i64::try_from(bytes).unwrap_or(i64::MAX),
                Quota::Unlimited(negative) => negative,
            },
            election_timeout: config.election_timeout(),
        },
        strict_reconfig: config.strict_reconfig,
        stops_serving_on_defrag: config.features.is_on(STOP_SERVING_ON_DEFRAG),
        auto_compaction: config.auto_compaction,
        downgrade_check: config.downgrade_check,
        request_timeout: config.request_timeout(),
        election_timeout: config.election_timeout(),
        tick: config.heartbeat(),
        watch_progress_interval: config.watch_progress_interval,
        warning_apply: config.warning_apply,
        warning_unary_request: config.warning_unary_request,
        bcrypt_cost: config.bcrypt_cost,
    }
}

/// The tokens that `--auth-token` asks for.
fn tokens(config: &ServerConfig) -> Result<Tokens, StartError> {
    let token = auth_token::parse(&config.auth_token, config.auth_token_ttl).map_err(|error| {
        warn!(%error, "failed to create token provider");
        StartError::AuthToken
    })?;
    if !token.unknown_options.is_empty() {
        warn!(keys = ?Json(token.unknown_options), "unknown JWT options");
    }
    if let TokenConfig::Simple { .. } = token.config {
        warn!("simple token is not cryptographically signed");
    }
    Tokens::new(&token.config).map_err(|error| {
        warn!(%error, "failed to create token provider");
        match error {
            KeyError::Read { .. } => StartError::AuthToken,
            KeyError::Missing | KeyError::Unfit { .. } | KeyError::Mismatch => StartError::AuthKey(error),
        }
    })
}
