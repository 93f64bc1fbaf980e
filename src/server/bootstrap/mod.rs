//! From a data directory (or none) to what the threads start from.
//!
//! ```text
//! WAL there?  no   first start of a new cluster: ids from the URLs, bootstrap entries, empty backend
//!             yes  restart: lock, WAL, backend and their indexes brought together
//! ```
//! A directory of etcd is taken over first (`adopt`). What can refuse a start comes before what changes a file.
//!
//! Not here: joining an existing cluster, `--force-new-cluster`.

mod adopt;
mod defrag;
mod new;
mod restart;

use std::path::PathBuf;
use std::sync::Arc;

use tracing::{info, warn};

use crate::alarm::Alarms;
use crate::auth::AuthStore;
use crate::config::server::ServerConfig;
use crate::lease::Registry;
use crate::membership::bootstrap::InitialClusterError;
use crate::membership::urls::UrlError;
use crate::membership::{Cluster, ClusterVersion, RestoreError};
use crate::mvcc::{OpenedStore, Store, StoreOptions, Writer};
use crate::offline::adopt::AdoptError;
use crate::raft;
use crate::storage::backend::{self, Failing};
use crate::storage::datadir::{DataDir, DataDirError};
use crate::storage::schema::bucket::Bucket;
use crate::storage::wal::{Wal, WalError, WalOptions};
use crate::types::{ClusterId, Index, MemberId, Term};

/// LMDB's map: address space only, never resized.
const MAP_SIZE_MIN: usize = 64 << 30;

/// Why a member does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    #[error(transparent)]
    Wal(#[from] WalError),
    #[error(transparent)]
    Store(#[from] crate::mvcc::StoreError),
    #[error(transparent)]
    InitialCluster(#[from] InitialClusterError),
    #[error(transparent)]
    InitialUrl(#[from] UrlError),
    #[error("{0}")]
    Config(String),
    /// Of `--auth-token`; the log says what is wrong.
    #[error("auth: invalid auth options")]
    AuthToken,
    #[error(transparent)]
    AuthKey(#[from] crate::auth::token::KeyError),
    #[error("backend: {0}")]
    Members(#[from] RestoreError),
    #[error(transparent)]
    Alarm(#[from] crate::alarm::MalformedAlarm),
    #[error("backend: {0}")]
    Lease(#[from] crate::storage::schema::lease::MalformedLease),
    #[error(transparent)]
    Auth(#[from] crate::auth::MalformedRow),
    #[error(transparent)]
    Raft(#[from] raft::BootError),
    #[error(
        "database file ({path}) index {consistent} does not match with snapshot (index {snapshot}): the backend is older than the log allows"
    )]
    BackendBehindSnapshot { path: String, consistent: Index, snapshot: Index },
    #[error("{}: the log ends at index {last}, and {} holds index {consistent}: entries are missing", wal.display(), snap.display())]
    BackendAhead { wal: PathBuf, last: Index, snap: PathBuf, consistent: Index },
    #[error("database file ({}) of the backend is missing, and {} begins only after index {start}", snap.display(), wal.display())]
    BackendMissing { snap: PathBuf, wal: PathBuf, start: Index },
    #[error(transparent)]
    Backend(#[from] backend::OpenError),
    #[error("etcd's data directory is not taken over: {0}")]
    Adopt(#[from] AdoptError),
    #[error(transparent)]
    Defrag(#[from] crate::offline::in_place::InPlaceError),
    #[error("{0}, and --adopt=never forbids to take it over")]
    AdoptForbidden(backend::OpenError),
    #[error("{}: the first start did not end, and it was one with other --initial settings; delete the data directory", wal.display())]
    OtherFirstStart { wal: PathBuf },
    #[error("the WAL's metadata record does not parse: {0}")]
    Metadata(prost::DecodeError),
    #[error("storage version {found} is newer than this server's {own}")]
    NewerStorage { found: ClusterVersion, own: ClusterVersion },
    #[error("cannot start a thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// What the threads start from.
pub struct Booted {
    /// Keeps the directory locked.
    pub data_dir: DataDir,
    pub member_id: MemberId,
    pub cluster_id: ClusterId,
    pub wal: Wal,
    pub raft: raft::Boot,
    pub store: Arc<Store>,
    pub writer: Writer,
    pub applied: Index,
    pub applied_term: Term,
    pub cluster: Cluster,
    pub auth: AuthStore,
    pub alarms: Alarms,
    pub leases: Registry,
    /// Index of the newest raft snapshot.
    pub snapshot_index: Index,
}

/// Opens everything below the data directory, creating what a first start needs.
///
/// # Errors
/// The directory is in use, damaged, or of a newer release; the configuration does not describe this member.
pub fn boot(config: &ServerConfig) -> Result<Booted, StartError> {
    adopt::adopt_if_etcds(config)?;
    defrag::defragment_if_wasteful(config)?;
    let (data_dir, warnings) = DataDir::open(&config.data_dir, config.dedicated_wal_dir.as_deref())?;
    for warning in warnings {
        warn!(%warning, "data directory");
    }
    let wal_options = WalOptions { sync: !config.unsafe_no_fsync, ..WalOptions::default() };
    let is_new = !Wal::exists(data_dir.wal());
    let (store, opened) = if is_new {
        let cluster = new::cluster(config)?;
        let store = OpenedStore::open(&data_dir.snap(), &store_options(config))?;
        let opened = new::create(&cluster, &data_dir, &wal_options, store.consistent_index())?;
        (store, opened)
    } else {
        restart::open(config, &data_dir, &wal_options)?
    };
    let (store, restored) = store.start(&store_options(config))?;
    let cluster = Cluster::restore(opened.cluster_id, &restored.buckets)?;
    let auth = AuthStore::restore(&restored.buckets)?;
    let alarms =
        Alarms::restore(restored.buckets.iter().filter(|row| row.bucket == Bucket::Alarm).map(|row| &row.key))?;
    let leases = Registry::restore(&restored.buckets, &restored.leased_keys)?;
    info!(
        "local-member-id" = %opened.member_id,
        "cluster-id" = %opened.cluster_id,
        "is-new" = is_new,
        "consistent-index" = restored.consistent_index,
        "commit-index" = opened.raft.hard_state.commit(),
        entries = opened.raft.entries.len(),
        "data directory opened"
    );
    Ok(Booted {
        data_dir,
        member_id: opened.member_id,
        cluster_id: opened.cluster_id,
        snapshot_index: opened.raft.start.0,
        wal: opened.wal,
        raft: opened.raft,
        store,
        writer: restored.writer,
        applied: restored.consistent_index,
        applied_term: restored.term,
        cluster,
        auth,
        alarms,
        leases,
    })
}

/// The log, opened or created.
struct OpenedLog {
    member_id: MemberId,
    cluster_id: ClusterId,
    wal: Wal,
    raft: raft::Boot,
}

fn store_options(config: &ServerConfig) -> StoreOptions {
    let quota = match config.quota {
        crate::config::server::Quota::Bytes(bytes) => usize::try_from(bytes).unwrap_or(usize::MAX / 8),
        crate::config::server::Quota::Unlimited(_) => MAP_SIZE_MIN,
    };
    StoreOptions {
        failing: Failing::Serving,
        map_size_bytes: MAP_SIZE_MIN.max(quota.saturating_mul(4)),
        compaction_batch_max: config.compaction_batch_limit,
        compaction_pause: config.compaction_sleep,
        commit_interval: config.commit_interval,
        commit_changes_max: config.commit_changes_max,
    }
}
