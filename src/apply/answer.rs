//! What comes of an entry, for the one who waits for it.

use bytes::Bytes;

use super::conf_change::MalformedEntry;
use crate::auth::AuthError;
use crate::membership;
use crate::mvcc::{RangeResult, ReadError};
use crate::pb::authpb::Permission;
use crate::pb::etcdserverpb::AlarmMember;
use crate::types::LeaseId;

/// The outcome of the entry with this request id.
#[derive(Debug)]
pub struct Done {
    pub request_id: u64,
    pub outcome: Outcome,
}

pub type Outcome = Result<Answer, ApplyError>;

/// An entry's answer. Revisions are those of the response header.
#[derive(Clone, Debug)]
pub enum Answer {
    Put(PutAnswer),
    DeleteRange(DeleteRangeAnswer),
    Txn(TxnAnswer),
    /// The compaction is accepted; [`super::Compactions`] tells when its physical work is over.
    Compact {
        revision: i64,
    },
    Alarm {
        revision: i64,
        alarms: Vec<AlarmMember>,
    },
    /// A lease with the seconds that it was given.
    LeaseGrant {
        revision: i64,
        id: LeaseId,
        ttl: i64,
    },
    LeaseRevoke {
        revision: i64,
    },
    Auth {
        revision: i64,
        answer: AuthAnswer,
    },
    /// Nothing to tell: cluster requests, configuration changes.
    Done {
        #[cfg_attr(not(test), expect(dead_code, reason = "for the header of membership changes"))]
        revision: i64,
    },
}

/// What a request about users and roles tells.
#[derive(Clone, Debug)]
pub enum AuthAnswer {
    Done,
    Status {
        is_enabled: bool,
        auth_revision: u64,
    },
    /// Empty: this member issues it.
    Token(Token),
    /// Of users or roles, whatever was asked for.
    Names(Vec<String>),
    Permissions(Vec<Permission>),
}

/// A token, which logs do not show.
#[derive(Clone)]
pub struct Token(pub String);

impl std::fmt::Debug for Token {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("(token)")
    }
}

#[derive(Clone, Debug, Default)]
pub struct PutAnswer {
    pub revision: i64,
    /// An encoded `KeyValue`: asked for, and there was one.
    pub prev_kv: Option<Bytes>,
}

#[derive(Clone, Debug, Default)]
pub struct RangeAnswer {
    pub revision: i64,
    pub rows: RangeResult,
}

/// The answer of a range that is no part of a transaction: its rows are ready for the wire.
#[derive(Clone, Debug, Default)]
pub struct FramedRange {
    pub revision: i64,
    /// Rows of `RangeResponse.kvs`, each with tag and length.
    pub rows: Vec<u8>,
    pub more: bool,
    pub count: i64,
}

#[derive(Clone, Debug, Default)]
pub struct DeleteRangeAnswer {
    pub revision: i64,
    pub deleted: i64,
    /// Encoded `KeyValue`s in key order, if asked for.
    pub prev_kvs: Vec<Bytes>,
}

#[derive(Clone, Debug, Default)]
pub struct TxnAnswer {
    /// 0 in a nested one: its header is empty.
    pub revision: i64,
    pub succeeded: bool,
    /// One for each operation of the branch taken.
    pub responses: Vec<OpAnswer>,
}

/// The answer of one operation of a transaction.
#[derive(Clone, Debug)]
pub enum OpAnswer {
    Range(RangeAnswer),
    Put(PutAnswer),
    DeleteRange(DeleteRangeAnswer),
    Txn(TxnAnswer),
}

/// Why an entry changed nothing; except `NoSpace`, which may also follow a change that was made.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    #[error("the request names no key")]
    EmptyKey,
    #[error("an operation needs a key that does not exist")]
    KeyNotFound,
    #[error("lease {0} does not exist")]
    LeaseNotFound(LeaseId),
    #[error("lease {0} exists already")]
    LeaseExists(LeaseId),
    #[error("a lease of {0} seconds is too long")]
    LeaseTtlTooLarge(i64),
    #[error("the space quota is used up")]
    NoSpace,
    #[error("a member's data is corrupt")]
    Corrupt,
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("alarm action {0} does not exist")]
    UnknownAlarmAction(i32),
    #[error(transparent)]
    Auth(#[from] AuthError),
    #[error(transparent)]
    Membership(#[from] membership::ChangeError),
    #[error(transparent)]
    MalformedChange(#[from] MalformedEntry),
}
