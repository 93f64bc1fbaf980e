//! What keeps the state machine going: proposing, waiting, linearizable reads, raft snapshots, versions, and the
//! threads' start and stop.
//!
//! [`Server`] is a handle of queues and published views; each owner of state is a thread elsewhere. Not here: what an
//! entry does (`apply`), wires (`api`, `daemon`), any lock around state that a thread owns.

mod bootstrap;
pub mod caller;
mod compactor;
mod courtesy;
mod downgrade;
mod error;
pub mod export;
mod figures;
mod lease_keys;
pub mod leases;
mod members;
mod pace;
mod passwords;
mod pool;
mod propose;
mod query;
mod read_index;
mod snapshot;
mod start;
#[cfg(test)]
mod tests;
mod transfer;
mod version;
mod wait;
pub mod watch;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::{Notify, watch as signal};

use crate::apply;
use crate::auth::KnownPasswords;
use crate::auth::token::Tokens;
use crate::config::server::AutoCompaction;
use crate::raft;
use crate::types::{ClusterId, Index, MemberId, RequestIds, Term};

pub use downgrade::DowngradeError;
pub use error::{ServerError, TimeoutCause};
pub use figures::Figures;
pub use members::{NewMemberUrls, ReconfigError};
pub use start::start;
pub use transfer::TransferError;

/// What the server needs to know of the configuration while it runs.
#[derive(Clone, Debug)]
pub struct Settings {
    pub name: String,
    pub advertise_client_urls: Vec<String>,
    pub limits: Limits,
    /// Whether changes of the membership that endanger the quorum are refused.
    pub strict_reconfig: bool,
    /// The health service sends clients away while the backend is defragmented.
    pub stops_serving_on_defrag: bool,
    pub auto_compaction: Option<AutoCompaction>,
    /// How often the leader looks whether a downgrade is over.
    pub downgrade_check: Duration,
    /// Limit of a proposal or a linearizable read: 5 s + 2 × election timeout.
    pub request_timeout: Duration,
    pub election_timeout: Duration,
    /// Of raft: a heartbeat.
    pub tick: Duration,
    pub watch_progress_interval: Duration,
    /// Above it "apply request took too long" is logged.
    pub warning_apply: Duration,
    /// Above it "request stats" is logged.
    pub warning_unary_request: Duration,
    /// Of new password hashes.
    pub bcrypt_cost: u32,
}

/// Settings that requests are checked against.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// `--max-request-bytes`, 1,572,864: of an encoded raft entry; gRPC messages may be 524,288 bytes larger.
    pub max_request_bytes: usize,
    /// `--max-txn-ops`, 128.
    pub max_txn_ops: usize,
    /// `--quota-backend-bytes`: 0 is the default, negative none.
    pub quota_backend_bytes: i64,
    /// How often a stream that needs a leader looks for one.
    pub election_timeout: Duration,
}

/// What all runtimes share.
struct Shared {
    settings: Settings,
    member_id: MemberId,
    cluster_id: ClusterId,
    view: Arc<ArcSwap<apply::View>>,
    apply: apply::Handle,
    raft: raft::Inbox,
    raft_status: Arc<raft::Status>,
    wal: crate::storage::wal::thread::WalHandle,
    reads: Arc<read_index::ReadRounds>,
    /// A round of reads is under way: its retries need a clock.
    reads_begun: Arc<Notify>,
    /// An empty entry of a new term was applied.
    term_began: Arc<Notify>,
    /// An entry went over quota: the alarm is to be raised.
    no_space: Arc<Notify>,
    /// Whether the health service tells clients to come.
    serving: signal::Sender<bool>,
    /// Reasons why it sends them away.
    away: AtomicUsize,
    readers: pool::Pool,
    maintenance: pool::Pool,
    /// Hashing passwords.
    bcrypt: pool::Pool,
    passwords: Arc<KnownPasswords>,
    tokens: Arc<Tokens>,
    exports: Arc<export::Exports>,
    watch: watch::WatchHandle,
    leases: leases::Leases,
}

/// What belongs to one client runtime.
struct Runtime {
    number: usize,
    ids: RequestIds,
    waiters: Arc<wait::Waiters>,
    /// Proposals of this turn of the runtime, not yet handed to raft.
    proposals: Mutex<Vec<Bytes>>,
}

/// The running server, as one client runtime sees it. Cheap to clone.
#[derive(Clone)]
pub struct Server {
    shared: Arc<Shared>,
    runtime: Arc<Runtime>,
    watch: watch::WatchPort,
}

impl Server {
    /// The newest published state.
    pub fn view(&self) -> Arc<apply::View> {
        self.shared.view.load_full()
    }

    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    pub fn limits(&self) -> Limits {
        self.shared.settings.limits
    }

    pub fn member_id(&self) -> MemberId {
        self.shared.member_id
    }

    pub fn cluster_id(&self) -> ClusterId {
        self.shared.cluster_id
    }

    pub fn leader(&self) -> Option<MemberId> {
        self.shared.raft_status.leader()
    }

    /// Version of the backend's schema; `None` until the cluster version is known.
    pub fn storage_version(&self) -> Option<String> {
        self.view().cluster.version().map(|version| version.to_string())
    }

    /// The tokens that this member gave out.
    pub fn tokens(&self) -> &Arc<Tokens> {
        &self.shared.tokens
    }

    /// The way to the watch hub on this runtime.
    pub fn watch_port(&self) -> watch::WatchPort {
        self.watch.clone()
    }

    /// What the health service tells, and each change of it.
    pub fn serving(&self) -> signal::Receiver<bool> {
        self.shared.serving.subscribe()
    }

    pub fn is_leader(&self) -> bool {
        self.leader() == Some(self.shared.member_id)
    }

    pub fn is_learner(&self) -> bool {
        self.view().cluster.is_learner(self.shared.member_id)
    }

    /// Raft's own term, which may be ahead of the last applied entry's.
    pub fn raft_term(&self) -> Term {
        self.shared.raft_status.term()
    }

    pub fn raft_role(&self) -> raft::Role {
        self.shared.raft_status.role()
    }

    pub fn committed(&self) -> Index {
        self.shared.raft_status.committed()
    }
}
