//! Our errors → [`RpcError`] → gRPC status: the only file that does that.

use tonic::{Code, Status};

use crate::apply::ApplyError;
use crate::auth::AuthError;
use crate::auth::token::TokenError;
use crate::membership::ChangeError;
use crate::mvcc::ReadError;
use crate::pb::rpc_error::RpcError;
use crate::server::export::ExportError;
use crate::server::{DowngradeError, ReconfigError, ServerError, TimeoutCause, TransferError};
use crate::types::key_range::EmptyKey;

/// An answer of another kind than the request: a bug of ours.
pub(super) fn unexpected(answer: &impl std::fmt::Debug) -> Status {
    tracing::error!(?answer, "answer of another kind than its request");
    Status::internal("answer of another kind than its request")
}

impl From<ServerError> for Status {
    fn from(error: ServerError) -> Self {
        match error {
            ServerError::Apply(error) => error.into(),
            ServerError::InvalidToken => RpcError::InvalidAuthToken.status(),
            ServerError::Auth(error) => error.into(),
            ServerError::Token(TokenError::NoProvider) => RpcError::AuthFailed.status(),
            ServerError::Token(error @ (TokenError::VerifyOnly | TokenError::Sign(_))) => {
                Self::new(Code::Unknown, error.to_string())
            }
            ServerError::Password(error) => Self::new(Code::Unknown, error.to_string()),
            ServerError::TooManyRequests => RpcError::TooManyRequests.status(),
            ServerError::RequestTooLarge => RpcError::RequestTooLarge.status(),
            ServerError::Timeout(TimeoutCause::Unknown) => RpcError::Timeout.status(),
            ServerError::Timeout(TimeoutCause::LeaderFailed) => RpcError::TimeoutDueToLeaderFail.status(),
            ServerError::Timeout(TimeoutCause::ConnectionLost) => RpcError::TimeoutDueToConnectionLost.status(),
            // As etcd: raft's and Go's own texts, without prefix.
            ServerError::DeadlineExceeded => Self::new(Code::DeadlineExceeded, "context deadline exceeded"),
            ServerError::ProposalDropped => Self::new(Code::Unknown, "raft proposal dropped"),
            ServerError::LeaderChanged => RpcError::LeaderChanged.status(),
            ServerError::NoLeader => RpcError::NoLeader.status(),
            ServerError::NotPrimary => Self::new(Code::Unknown, error.to_string()),
            ServerError::AppliedTooLate => RpcError::TimeoutWaitAppliedIndex.status(),
            ServerError::Defragment(error) => Self::new(Code::Unknown, error.to_string()),
            ServerError::Stopped => RpcError::ServerStopped.status(),
            ServerError::Export(error) => error.into(),
            ServerError::ReadersBusy => Self::new(Code::ResourceExhausted, "too many reads are waiting"),
        }
    }
}

impl From<ExportError> for Status {
    fn from(error: ExportError) -> Self {
        tracing::warn!(%error, "failed to make a backend snapshot");
        let code = match error {
            ExportError::NoSpace { .. } | ExportError::TooMany => Code::ResourceExhausted,
            ExportError::Failed(_) => Code::Unknown,
        };
        Self::new(code, error.to_string())
    }
}

impl From<ReconfigError> for Status {
    fn from(error: ReconfigError) -> Self {
        match error {
            ReconfigError::Urls => RpcError::MemberBadURLs.status(),
            ReconfigError::NotEnoughStarted => RpcError::MemberNotEnoughStarted.status(),
            ReconfigError::Unhealthy => RpcError::UnhealthyCluster.status(),
            ReconfigError::NotFound => RpcError::MemberNotFound.status(),
            ReconfigError::LearnerBehind => RpcError::MemberLearnerNotReady.status(),
            ReconfigError::Server(error) => error.into(),
        }
    }
}

impl From<DowngradeError> for Status {
    fn from(error: DowngradeError) -> Self {
        match error {
            DowngradeError::Format => RpcError::WrongDowngradeVersionFormat.status(),
            DowngradeError::NoClusterVersion => RpcError::ClusterVersionUnavailable.status(),
            DowngradeError::Target => RpcError::InvalidDowngradeTargetVersion.status(),
            DowngradeError::InProgress => RpcError::DowngradeInProcess.status(),
            DowngradeError::Server(error) => error.into(),
        }
    }
}

impl From<TransferError> for Status {
    fn from(error: TransferError) -> Self {
        match error {
            TransferError::NotLeader => RpcError::NotLeader.status(),
            TransferError::BadTarget => RpcError::BadLeaderTransferee.status(),
            TransferError::Stopped => RpcError::ServerStopped.status(),
        }
    }
}

impl From<ApplyError> for Status {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::EmptyKey => RpcError::EmptyKey.status(),
            ApplyError::KeyNotFound => RpcError::KeyNotFound.status(),
            ApplyError::LeaseNotFound(_) => RpcError::LeaseNotFound.status(),
            ApplyError::LeaseExists(_) => RpcError::LeaseExists.status(),
            ApplyError::LeaseTtlTooLarge(_) => RpcError::LeaseTtlTooLarge.status(),
            ApplyError::NoSpace => RpcError::NoSpace.status(),
            ApplyError::Corrupt => RpcError::Corrupt.status(),
            ApplyError::Read(error) => error.into(),
            ApplyError::UnknownAlarmAction(_) => Self::new(Code::InvalidArgument, error.to_string()),
            ApplyError::MalformedChange(error) => Self::new(Code::Unknown, error.to_string()),
            ApplyError::Membership(error) => error.into(),
            ApplyError::Auth(error) => error.into(),
        }
    }
}

impl From<ReadError> for Status {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Compacted { .. } => RpcError::Compacted.status(),
            ReadError::FutureRevision { .. } => RpcError::FutureRevision.status(),
            ReadError::Backend(_) => {
                tracing::error!(%error, "read failed");
                Self::new(Code::Unknown, error.to_string())
            }
        }
    }
}

impl From<AuthError> for Status {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::UserEmpty => RpcError::UserEmpty.status(),
            AuthError::RoleEmpty => RpcError::RoleEmpty.status(),
            AuthError::UserExists => RpcError::UserAlreadyExists.status(),
            AuthError::UserNotFound => RpcError::UserNotFound.status(),
            AuthError::RoleExists => RpcError::RoleAlreadyExists.status(),
            AuthError::RoleNotFound => RpcError::RoleNotFound.status(),
            AuthError::RoleNotGranted => RpcError::RoleNotGranted.status(),
            AuthError::PermissionNotGranted => RpcError::PermissionNotGranted.status(),
            AuthError::PermissionNotGiven => RpcError::PermissionNotGiven.status(),
            AuthError::InvalidManagement => RpcError::InvalidAuthManagement.status(),
            AuthError::RootUserMissing => RpcError::RootUserNotExist.status(),
            AuthError::RootRoleMissing => RpcError::RootRoleNotExist.status(),
            AuthError::NotEnabled => RpcError::AuthNotEnabled.status(),
            AuthError::Failed => RpcError::AuthFailed.status(),
            AuthError::PermissionDenied => RpcError::PermissionDenied.status(),
            AuthError::OldRevision => RpcError::AuthOldRevision.status(),
            // As etcd: an error that its table does not have.
            AuthError::NoPasswordUser | AuthError::MalformedPassword => {
                Self::new(Code::Unknown, format!("auth: {error}"))
            }
        }
    }
}

impl From<EmptyKey> for Status {
    fn from(EmptyKey: EmptyKey) -> Self {
        RpcError::EmptyKey.status()
    }
}

impl From<ChangeError> for Status {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Removed | ChangeError::NotFound => RpcError::MemberNotFound.status(),
            ChangeError::Exists => RpcError::MemberExists.status(),
            ChangeError::PeerUrlExists => RpcError::PeerUrlExists.status(),
            ChangeError::NotLearner => RpcError::MemberNotLearner.status(),
            ChangeError::TooManyLearners => RpcError::TooManyLearners.status(),
        }
    }
}
