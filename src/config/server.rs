//! The checked settings as the server and the daemon need them: plain data, no flags.

use std::{path::PathBuf, time::Duration};

use super::{features::FeatureGates, url::Url};
use crate::tls::TlsSettings;

/// What a member needs to start and run.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    pub name: String,
    pub data_dir: PathBuf,
    /// `--wal-dir`, if given; see [`ServerConfig::wal_dir`] for where the WAL is.
    pub dedicated_wal_dir: Option<PathBuf>,
    /// What to do with a data directory of etcd.
    pub adopt: Adopt,
    /// Applied entries between two raft snapshots on disk.
    pub snapshot_count: u64,
    /// Raft entries kept in memory behind a snapshot.
    pub snapshot_catchup_entries: u64,
    pub heartbeat_ms: u64,
    pub election_ms: u64,
    pub initial_election_tick_advance: bool,
    /// Own URLs as told to the cluster, sorted.
    pub advertise_peer_urls: Vec<Url>,
    pub advertise_client_urls: Vec<Url>,
    /// The text of `--initial-cluster`: looked at on a first start only, so errors in it end only that.
    pub initial_cluster: String,
    pub initial_cluster_token: String,
    pub initial_cluster_state: ClusterState,
    pub pre_vote: bool,
    pub quota: Quota,
    pub max_txn_ops: usize,
    pub max_request_bytes: usize,
    /// WAL segments to keep, 0 for all.
    pub max_wals: usize,
    /// `.snap` files to keep, 0 for all.
    pub max_snapshots: usize,
    pub max_learners: usize,
    /// Refuse changes of the membership that endanger the quorum.
    pub strict_reconfig: bool,
    pub auto_compaction: Option<AutoCompaction>,
    /// Time between two looks whether a downgrade is over.
    pub downgrade_check: Duration,
    /// Longest time between two commits of the backend.
    pub commit_interval: Duration,
    /// Most changes between two commits of the backend.
    pub commit_changes_max: usize,
    /// Revisions in one step of a compaction.
    pub compaction_batch_limit: usize,
    /// Pause between two such steps.
    pub compaction_sleep: Duration,
    /// So much free space in the backend leads to a defragmentation before the start; 0 is off.
    pub bootstrap_defrag_threshold_bytes: u64,
    pub watch_progress_interval: Duration,
    /// Above it "apply request took too long" is logged.
    pub warning_apply: Duration,
    /// Above it "request stats" is logged.
    pub warning_unary_request: Duration,
    /// The text of `--auth-token`: looked at when the member starts.
    pub auth_token: String,
    /// How long a simple token lives unused.
    pub auth_token_ttl: Duration,
    /// Of new password hashes, 4 to 31.
    pub bcrypt_cost: u32,
    /// No syncs of WAL and backend.
    pub unsafe_no_fsync: bool,
    pub features: FeatureGates,
}

/// What becomes of a data directory of etcd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adopt {
    /// It is taken over.
    Auto,
    /// The start is refused.
    Never,
}

/// Whether the first start makes a cluster or joins one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClusterState {
    New,
    Existing,
}

/// What history is to stay when the server compacts by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutoCompaction {
    /// Of the last so long.
    Periodic(Duration),
    /// So many revisions.
    Revisions(i64),
}

/// The limit of the database's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quota {
    Bytes(u64),
    /// Off; the negative number that was given is what the metric shows.
    Unlimited(i64),
}

/// The cost of password hashes when none is given, or one that bcrypt does not know.
pub const BCRYPT_COST_DEFAULT: u32 = 10;
/// The quota when none is given.
pub const QUOTA_DEFAULT_BYTES: u64 = 2 << 30;
/// Larger quotas draw a warning.
pub const QUOTA_RECOMMENDED_BYTES: u64 = 8 << 30;

impl Quota {
    /// From `--quota-backend-bytes`.
    pub fn from_flag(bytes: i64) -> Self {
        match u64::try_from(bytes) {
            Ok(0) => Self::Bytes(QUOTA_DEFAULT_BYTES),
            Ok(bytes) => Self::Bytes(bytes),
            Err(_) => Self::Unlimited(bytes),
        }
    }

    /// As `etcd_server_quota_backend_bytes` shows it.
    pub fn metric(self) -> i64 {
        match self {
            Self::Bytes(bytes) => i64::try_from(bytes).unwrap_or(i64::MAX),
            Self::Unlimited(negative) => negative,
        }
    }
}

impl ServerConfig {
    pub fn member_dir(&self) -> PathBuf {
        self.data_dir.join("member")
    }

    pub fn wal_dir(&self) -> PathBuf {
        self.dedicated_wal_dir.clone().unwrap_or_else(|| self.member_dir().join("wal"))
    }

    pub fn heartbeat(&self) -> Duration {
        Duration::from_millis(self.heartbeat_ms)
    }

    pub fn election_timeout(&self) -> Duration {
        Duration::from_millis(self.election_ms)
    }

    /// Heartbeats without a leader before an election.
    pub fn election_ticks(&self) -> usize {
        (self.election_ms / self.heartbeat_ms) as usize // at most 50,000, as checked
    }

    /// Seconds that a lease is given at least: one and a half election timeouts, in whole heartbeats, rounded up.
    pub fn lease_ttl_min(&self) -> i64 {
        let ticks = 3 * (self.election_ms / self.heartbeat_ms) / 2;
        (ticks * self.heartbeat_ms).div_ceil(1000) as i64 // at most 75, as checked
    }

    /// How long a request may take on the server.
    pub fn request_timeout(&self) -> Duration {
        Duration::from_secs(5) + 2 * self.election_timeout()
    }
}

/// What the daemon needs for its listeners and pages.
#[derive(Clone, Debug)]
pub struct SurfaceConfig {
    pub listen_peer_urls: Vec<Url>,
    pub listen_client_urls: Vec<Url>,
    /// When there are some, `listen_client_urls` serve gRPC alone.
    pub listen_client_http_urls: Vec<Url>,
    pub listen_metrics_urls: Vec<Url>,
    /// Of listeners for clients and metrics.
    pub client_tls: TlsSettings,
    pub max_concurrent_streams: u32,
    /// The shortest time between two pings of a client.
    pub keepalive_min_time: Duration,
    pub keepalive_interval: Duration,
    pub keepalive_timeout: Duration,
    pub reuse_port: bool,
    /// Origins of `--cors`.
    pub cors: Vec<String>,
    /// Host names of `--host-whitelist`.
    pub host_whitelist: Vec<String>,
    /// `--metrics=extensive`.
    pub extensive_metrics: bool,
}

#[cfg(test)]
mod tests {
    use super::Quota;

    #[test]
    fn the_quota_has_a_default_and_can_be_off() {
        assert_eq!(Quota::from_flag(0).metric(), 2_147_483_648);
        assert_eq!(Quota::from_flag(-1), Quota::Unlimited(-1));
        assert_eq!(Quota::from_flag(5), Quota::Bytes(5));
    }
}
