//! The checked settings as the server and the daemon need them: plain data, no flags.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use super::{
    features::FeatureGates,
    url::{Url, UrlError},
};

/// What a member needs to start and run.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    pub name: String,
    pub data_dir: PathBuf,
    /// `--wal-dir`, if given; see [`ServerConfig::wal_dir`] for where the WAL is.
    pub dedicated_wal_dir: Option<PathBuf>,
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
    /// Read it with [`parse_initial_cluster`].
    pub initial_cluster: String,
    pub initial_cluster_token: String,
    pub initial_cluster_state: ClusterState,
    pub strict_reconfig_check: bool,
    pub pre_vote: bool,
    pub quota: Quota,
    pub max_txn_ops: usize,
    pub max_request_bytes: usize,
    /// WAL segments to keep, 0 for all.
    pub max_wals: usize,
    /// `.snap` files to keep, 0 for all.
    pub max_snapshots: usize,
    pub max_learners: usize,
    /// Longest time between two commits of the backend.
    pub commit_interval: Duration,
    /// Most changes between two commits of the backend.
    pub commit_changes_max: usize,
    /// Revisions in one step of a compaction.
    pub compaction_batch_limit: usize,
    /// Pause between two such steps.
    pub compaction_sleep: Duration,
    pub watch_progress_interval: Duration,
    /// Above it "apply request took too long" is logged.
    pub warning_apply: Duration,
    /// Above it "request stats" is logged.
    pub warning_unary_request: Duration,
    /// No syncs of WAL and backend.
    pub unsafe_no_fsync: bool,
    pub features: FeatureGates,
}

/// Whether the first start makes a cluster or joins one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClusterState {
    New,
    Existing,
}

/// The limit of the database's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quota {
    Bytes(u64),
    /// Off; the negative number that was given is what the metric shows.
    Unlimited(i64),
}

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

    pub fn snap_dir(&self) -> PathBuf {
        self.member_dir().join("snap")
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

    /// How long a request may take on the server.
    pub fn request_timeout(&self) -> Duration {
        Duration::from_secs(5) + 2 * self.election_timeout()
    }

    /// The least TTL granted to a lease, in seconds.
    pub fn lease_ttl_min(&self) -> i64 {
        let ticks_ms = self.election_ticks() as u64 * self.heartbeat_ms;
        i64::try_from((3 * ticks_ms).div_ceil(2_000)).unwrap_or(i64::MAX)
    }
}

/// Reads `name=url,name=url`: the peer URLs of each name, sorted.
///
/// # Errors
/// A part without `=`, or a bad URL.
pub fn parse_initial_cluster(text: &str) -> Result<BTreeMap<String, Vec<Url>>, UrlError> {
    let mut members: BTreeMap<String, Vec<Url>> = BTreeMap::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (name, url) = part.split_once('=').unwrap_or((part, ""));
        members.entry(name.trim().to_owned()).or_default().push(Url::parse(url)?);
    }
    for urls in members.values_mut() {
        urls.sort();
    }
    Ok(members)
}

/// What the daemon needs for its listeners and pages.
#[derive(Clone, Debug)]
pub struct SurfaceConfig {
    pub listen_peer_urls: Vec<Url>,
    pub listen_client_urls: Vec<Url>,
    /// When there are some, `listen_client_urls` serve gRPC alone.
    pub listen_client_http_urls: Vec<Url>,
    pub listen_metrics_urls: Vec<Url>,
    pub max_concurrent_streams: u32,
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
    use super::{Quota, parse_initial_cluster};

    #[test]
    fn a_name_may_have_several_urls() {
        let members = parse_initial_cluster("b=http://b:1,a=http://a:2,a=http://a:1").unwrap();
        let shown: Vec<String> = members.iter().map(|(name, urls)| format!("{name} {}", urls.len())).collect();
        assert_eq!(shown, ["a 2", "b 1"]);
        assert_eq!(members["a"][0].as_str(), "http://a:1");
        let error = parse_initial_cluster("foo").unwrap_err().to_string();
        assert_eq!(error, "URL scheme must be http, https, unix, or unixs: ");
    }

    #[test]
    fn the_quota_has_a_default_and_can_be_off() {
        assert_eq!(Quota::from_flag(0).metric(), 2_147_483_648);
        assert_eq!(Quota::from_flag(-1), Quota::Unlimited(-1));
        assert_eq!(Quota::from_flag(5), Quota::Bytes(5));
    }
}
