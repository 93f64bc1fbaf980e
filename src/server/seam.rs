//! The interface of `server` as the surfaces use it, agreed before it is built. The owner of `server` moves each item
//! to its file and keeps names and signatures (more items may be added).

use std::sync::Arc;

use crate::apply::{self, Answer, ApplyError};
use crate::mvcc;
use crate::pb::request::Request;
use crate::types::{ClusterId, Index, MemberId};

/// A cloneable handle of queues and published views.
#[derive(Clone)]
pub struct Server {}

/// Settings that requests are checked against.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// `--max-request-bytes`, 1,572,864: of an encoded raft entry; gRPC messages may be 524,288 bytes larger.
    pub max_request_bytes: usize,
    /// `--max-txn-ops`, 128.
    pub max_txn_ops: usize,
    /// `--quota-backend-bytes` as configured: 0 is the default, negative none.
    pub quota_backend_bytes: i64,
    /// `--election-timeout`.
    pub election_timeout: std::time::Duration,
}

/// What a request can meet between its arrival and its answer.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The entry was applied, with this result.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// Too much is committed and not applied.
    #[error("too many requests")]
    TooManyRequests,
    /// The encoded entry is over `max_request_bytes`.
    #[error("request is too large")]
    RequestTooLarge,
    #[error("request timed out: {0:?}")]
    Timeout(TimeoutCause),
    /// No leader took the proposal before its time was up.
    #[error("no leader until the deadline")]
    DeadlineExceeded,
    /// The leader was being moved.
    #[error("raft proposal dropped")]
    ProposalDropped,
    /// A linearizable read was interrupted by a new leader.
    #[error("leader changed")]
    LeaderChanged,
    #[error("server stopped")]
    Stopped,
    /// The reader pool's queue is full.
    #[error("too many reads are waiting")]
    ReadersBusy,
}

/// What etcd says about a proposal that got no answer in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeoutCause {
    Unknown,
    LeaderFailed,
    ConnectionLost,
}

impl Server {
    /// The newest published state.
    pub fn view(&self) -> Arc<apply::View> {
        todo!()
    }

    /// Proposes a request and waits until this member has applied it.
    pub async fn propose(&self, _request: Request) -> Result<Answer, ServerError> {
        todo!()
    }

    /// Returns when a view taken now holds everything that was acknowledged before the call.
    pub async fn linearizable(&self) -> Result<(), ServerError> {
        todo!()
    }

    /// The state with exactly some entry's effect, committed to the backend.
    pub async fn barrier(&self, _sync: mvcc::Sync) -> Result<apply::Barrier, ServerError> {
        todo!()
    }

    /// Runs `work` on the reader pool.
    pub async fn run_blocking<T: Send + 'static>(
        &self,
        _work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ServerError> {
        todo!()
    }

    /// Proposes the NOSPACE alarm for this member and waits for it.
    pub async fn raise_no_space(&self) -> Result<(), ServerError> {
        todo!()
    }

    pub fn member_id(&self) -> MemberId {
        todo!()
    }

    pub fn cluster_id(&self) -> ClusterId {
        todo!()
    }

    pub fn leader(&self) -> Option<MemberId> {
        todo!()
    }

    pub fn is_learner(&self) -> bool {
        todo!()
    }

    /// Raft's commit index.
    pub fn committed(&self) -> Index {
        todo!()
    }

    /// `3.7.0`; `None` until the version monitor has set it.
    pub fn storage_version(&self) -> Option<String> {
        todo!()
    }

    pub fn limits(&self) -> Limits {
        todo!()
    }
}
