//! What a request can meet between its arrival and its answer.

use super::export::ExportError;
use super::pool::PoolError;
use super::read_index::ReadFailure;
use crate::apply::ApplyError;
use crate::auth::AuthError;
use crate::auth::password::PasswordError;
use crate::auth::token::TokenError;
use crate::storage::backend::defrag::DefragError;

/// What a request can meet between its arrival and its answer.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The entry was applied, with this result.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// The call's token is unknown, expired or malformed.
    #[error("invalid auth token")]
    InvalidToken,
    /// Users or roles stand against it.
    #[error(transparent)]
    Auth(#[from] AuthError),
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(transparent)]
    Password(#[from] PasswordError),
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
    /// Nobody led while the request had time.
    #[error("no leader")]
    NoLeader,
    /// The leader was being moved.
    #[error("raft proposal dropped")]
    ProposalDropped,
    /// A linearizable read was interrupted by a new leader.
    #[error("leader changed")]
    LeaderChanged,
    /// This member cannot confirm that it leads.
    #[error("not a primary lessor")]
    NotPrimary,
    /// What was committed is not applied in time.
    #[error("request timed out, waiting for the applied index took too long")]
    AppliedTooLate,
    #[error(transparent)]
    Defragment(#[from] DefragError),
    #[error("server stopped")]
    Stopped,
    /// The reader pool's queue is full.
    #[error("too many reads are waiting")]
    ReadersBusy,
    #[error(transparent)]
    Export(#[from] ExportError),
}

impl From<PoolError> for ServerError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Full { .. } => Self::ReadersBusy,
            PoolError::Stopped => Self::Stopped,
        }
    }
}

/// What etcd says about a proposal that got no answer in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeoutCause {
    Unknown,
    LeaderFailed,
    ConnectionLost,
}

impl From<ReadFailure> for ServerError {
    fn from(failure: ReadFailure) -> Self {
        match failure {
            ReadFailure::LeaderChanged => Self::LeaderChanged,
            ReadFailure::Timeout => Self::Timeout(TimeoutCause::Unknown),
        }
    }
}
