//! Every error text of etcd's client API, once: the server writes it, the client recognises it.
//!
//! Clients tell errors apart by their text, so texts match to the byte. `known` means that etcd's own client has the
//! text in its table and prints it bare; a `raw` one is printed as a whole gRPC status.

use tonic::{Code, Status};

macro_rules! rpc_errors {
    ($($(#[$doc:meta])* $name:ident => $code:ident, $text:literal, $known:ident;)*) => {
        /// An error of etcd's client API: its gRPC code and its text.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum RpcError {
            $($(#[$doc])* $name,)*
        }

        impl RpcError {
            /// All errors, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The gRPC code that the server sends.
            pub fn code(self) -> Code {
                match self {
                    $(Self::$name => Code::$code,)*
                }
            }

            /// The text that the server sends.
            pub fn text(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            /// Whether etcd's client knows the text and prints it without the gRPC status around it.
            pub fn is_known(self) -> bool {
                match self {
                    $(Self::$name => rpc_errors!(@known $known),)*
                }
            }
        }
    };
    (@known known) => { true };
    (@known raw) => { false };
}

rpc_errors! {
    /// empty key in Range, RangeStream, Put, DeleteRange, Txn compare or op
    EmptyKey => InvalidArgument, "etcdserver: key is not provided", known;
    /// ignore_value/ignore_lease on a missing key; Txn op with no member set
    KeyNotFound => InvalidArgument, "etcdserver: key not found", known;
    /// ignore_value with a value
    ValueProvided => InvalidArgument, "etcdserver: value is provided", known;
    /// ignore_lease with a lease
    LeaseProvided => InvalidArgument, "etcdserver: lease is provided", known;
    /// Txn list longer than the limit, nested budget included
    TooManyOps => InvalidArgument, "etcdserver: too many operations in txn request", known;
    /// put/put or put/delete overlap in a Txn branch
    DuplicateKey => InvalidArgument, "etcdserver: duplicate key given in txn request", known;
    /// metadata client-api-version not UTF-8
    InvalidClientApiVersion => InvalidArgument, "etcdserver: invalid client api version", raw;
    /// unknown sort_order or sort_target number (3.6+)
    InvalidSortOption => InvalidArgument, "etcdserver: invalid sort option", known;
    /// encoded raft request > max-request-bytes
    RequestTooLarge => InvalidArgument, "etcdserver: request is too large", known;
    /// MemberAdd with no or bad URLs
    MemberBadURLs => InvalidArgument, "etcdserver: given member URLs are invalid", known;
    /// UserAdd without name; auth on and no identity given
    UserEmpty => InvalidArgument, "etcdserver: user name is empty", known;
    /// RoleAdd without name
    RoleEmpty => InvalidArgument, "etcdserver: role name is empty", known;
    /// Authenticate
    AuthFailed => InvalidArgument, "etcdserver: authentication failed, invalid user ID or password", known;
    /// RoleGrantPermission without perm
    PermissionNotGiven => InvalidArgument, "etcdserver: permission not given", raw;
    /// delete root user, revoke root from root, delete root role while auth is on; bad permission range
    InvalidAuthManagement => InvalidArgument, "etcdserver: invalid auth management", known;
    /// caller's auth revision < current, or it changed during a read
    AuthOldRevision => InvalidArgument, "etcdserver: revision of auth store is old", known;
    /// Downgrade VALIDATE/ENABLE
    WrongDowngradeVersionFormat => InvalidArgument, "etcdserver: wrong downgrade target version format", known;
    /// same
    InvalidDowngradeTargetVersion => InvalidArgument, "etcdserver: invalid downgrade target version", known;
    /// Put with an unknown lease; LeaseRevoke
    LeaseNotFound => NotFound, "etcdserver: requested lease not found", known;
    /// MemberRemove/Update/Promote unknown id; any change of a removed id
    MemberNotFound => NotFound, "etcdserver: member not found", known;
    /// auth
    PermissionDenied => PermissionDenied, "etcdserver: permission denied", known;
    /// quota or NOSPACE alarm
    NoSpace => ResourceExhausted, "etcdserver: mvcc: database space exceeded", known;
    /// committed - applied > 5000
    TooManyRequests => Unknown, "etcdserver: too many requests", known;
    /// LeaseGrant with a used ID
    LeaseExists => FailedPrecondition, "etcdserver: lease already exists", known;
    /// MemberAdd
    MemberExists => FailedPrecondition, "etcdserver: member ID already exist", known;
    /// MemberAdd, MemberUpdate
    PeerUrlExists => FailedPrecondition, "etcdserver: Peer URLs already exists", known;
    /// MemberAdd/Remove/Promote, strict check
    MemberNotEnoughStarted => Unknown, "etcdserver: re-configuration failed due to not enough started members", known;
    /// MemberPromote of a voter
    MemberNotLearner => FailedPrecondition, "etcdserver: can only promote a learner member", known;
    /// MemberPromote, learner behind
    MemberLearnerNotReady => FailedPrecondition, "etcdserver: can only promote a learner member which is in sync with leader", known;
    /// MemberAdd learner
    TooManyLearners => FailedPrecondition, "etcdserver: too many learner members in cluster", known;
    /// declared for the client; no client RPC of the server returns it
    ClusterIDMismatch => FailedPrecondition, "etcdserver: cluster ID mismatch", known;
    /// AuthEnable
    RootUserNotExist => FailedPrecondition, "etcdserver: root user does not exist", known;
    /// AuthEnable
    RootRoleNotExist => FailedPrecondition, "etcdserver: root user does not have root role", known;
    /// UserAdd
    UserAlreadyExists => FailedPrecondition, "etcdserver: user name already exists", known;
    /// user RPCs; admin check for a deleted user
    UserNotFound => FailedPrecondition, "etcdserver: user name not found", known;
    /// RoleAdd
    RoleAlreadyExists => FailedPrecondition, "etcdserver: role name already exists", known;
    /// role RPCs, UserGrantRole
    RoleNotFound => FailedPrecondition, "etcdserver: role name not found", known;
    /// UserRevokeRole
    RoleNotGranted => FailedPrecondition, "etcdserver: role is not granted to the user", known;
    /// RoleRevokePermission
    PermissionNotGranted => FailedPrecondition, "etcdserver: permission is not granted to the role", known;
    /// Authenticate
    AuthNotEnabled => FailedPrecondition, "etcdserver: authentication is not enabled", known;
    /// MoveLeader on a non-leader
    NotLeader => FailedPrecondition, "etcdserver: not leader", known;
    /// MoveLeader to an unknown member or learner
    BadLeaderTransferee => FailedPrecondition, "etcdserver: bad leader transferee", known;
    /// cluster version unknown to the binary
    NotCapable => FailedPrecondition, "etcdserver: not capable", known;
    /// any other RPC on a learner
    NotSupportedForLearner => FailedPrecondition, "etcdserver: rpc not supported for learner", known;
    /// Downgrade
    ClusterVersionUnavailable => FailedPrecondition, "etcdserver: cluster version not found during downgrade", known;
    /// Downgrade VALIDATE/ENABLE
    DowngradeInProcess => FailedPrecondition, "etcdserver: cluster has a downgrade job in progress", known;
    /// Downgrade CANCEL (3.5, 3.6; 3.7.1 answers OK)
    NoInflightDowngrade => FailedPrecondition, "etcdserver: no inflight downgrade job", known;
    /// Range, Txn, Compact, HashKV; also a watch cancel_reason
    Compacted => OutOfRange, "etcdserver: mvcc: required revision has been compacted", known;
    /// Range, Txn, Compact, HashKV
    FutureRevision => OutOfRange, "etcdserver: mvcc: required revision is a future revision", known;
    /// LeaseGrant TTL > 9000000000
    LeaseTtlTooLarge => OutOfRange, "etcdserver: too large lease TTL", known;
    /// hasleader check; lease forwarding found no leader within the timeout
    NoLeader => Unavailable, "etcdserver: no leader", known;
    /// linearizable read interrupted; LeaseTimeToLive during a leader change
    LeaderChanged => Unavailable, "etcdserver: leader changed", known;
    /// server going down
    ServerStopped => Unavailable, "etcdserver: server stopped", known;
    /// proposal or read index not done in 7 s
    Timeout => Unavailable, "etcdserver: request timed out", known;
    /// proposal not applied in time, and a leader was elected meanwhile
    TimeoutDueToLeaderFail => Unavailable, "etcdserver: request timed out, possibly due to previous leader failure", known;
    /// same
    TimeoutDueToConnectionLost => Unavailable, "etcdserver: request timed out, possibly due to connection lost", known;
    /// lease calls, MemberPromote on a lagging leader (1 s)
    TimeoutWaitAppliedIndex => Unavailable, "etcdserver: request timed out, waiting for the applied index took too long", raw;
    /// MemberAdd/Remove, strict check
    UnhealthyCluster => Unavailable, "etcdserver: unhealthy cluster", known;
    /// CORRUPT alarm
    Corrupt => DataLoss, "etcdserver: corrupt cluster", known;
    /// token unknown, expired or malformed
    InvalidAuthToken => Unauthenticated, "etcdserver: invalid auth token", known;
    /// Watch stream ended by its context
    WatchCanceled => Cancelled, "etcdserver: watch canceled", raw;
    /// proposal given up because the client cancelled (3.7; 3.6: Unknown `request cancelled`)
    RequestCanceled => Cancelled, "etcdserver: request canceled", raw;
    /// declared; in practice Go's text without prefix is sent
    ContextDeadlineExceeded => DeadlineExceeded, "etcdserver: context deadline exceeded", raw;
}

impl RpcError {
    /// The gRPC status of this error. No details are attached, as etcd attaches none.
    pub fn status(self) -> Status {
        Status::new(self.code(), self.text())
    }

    /// The error with this text, whatever code came with it: as etcd's client, which goes by the text alone.
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|error| error.text() == text)
    }
}

impl std::fmt::Display for RpcError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text())
    }
}

impl std::error::Error for RpcError {}

impl From<RpcError> for Status {
    fn from(error: RpcError) -> Self {
        error.status()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_leads_back_to_its_error() {
        for &error in RpcError::ALL {
            assert_eq!(RpcError::from_text(error.text()), Some(error));
        }
    }
}
