//! The data of a normal raft entry ⇄ what is asked for.
//!
//! One encoder with an allow-list: an entry that a real etcd cannot apply crash-loops every member, so nothing else
//! writes entry data. WALs written up to etcd 3.6 may also hold bare requests of the v2 store; those are read only.

use prost::Message;

use super::etcdserverpb::{
    self as pb, AlarmRequest, AuthDisableRequest, AuthEnableRequest, AuthRoleAddRequest, AuthRoleDeleteRequest,
    AuthRoleGetRequest, AuthRoleGrantPermissionRequest, AuthRoleListRequest, AuthRoleRevokePermissionRequest,
    AuthStatusRequest, AuthUserAddRequest, AuthUserChangePasswordRequest, AuthUserDeleteRequest, AuthUserGetRequest,
    AuthUserGrantRoleRequest, AuthUserListRequest, AuthUserRevokeRoleRequest, CompactionRequest, DeleteRangeRequest,
    InternalAuthenticateRequest, InternalRaftRequest, LeaseCheckpointRequest, LeaseGrantRequest, LeaseRevokeRequest,
    PutRequest, RequestHeader, TxnRequest,
};
use super::membershippb::{ClusterMemberAttrSetRequest, ClusterVersionSetRequest, DowngradeInfoSetRequest};

/// Who asks, as the entry's header tells it: apply checks the permissions of that user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// Empty: nobody.
    pub username: String,
    /// Of the auth store when the user was identified; 0 for nobody.
    pub auth_revision: u64,
}

macro_rules! requests {
    ($($kind:ident($message:ty) in $field:ident,)*) => {
        /// What we may propose. Each kind is one that etcd 3.5 to 3.7 can apply.
        #[derive(Clone, Debug)]
        pub enum Request {
            $($kind($message),)*
        }

        impl Request {
            /// The kind's name, as metrics have it.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => stringify!($kind),)*
                }
            }

            fn put_into(self, entry: &mut InternalRaftRequest) {
                match self {
                    $(Self::$kind(request) => entry.$field = Some(request),)*
                }
            }
        }

        /// The name of the entry's kind; `None` for a kind that no member proposes.
        pub fn name_of(entry: &InternalRaftRequest) -> Option<&'static str> {
            $(if entry.$field.is_some() {
                return Some(stringify!($kind));
            })*
            None
        }
    };
}

// The most frequent first.
requests! {
    Put(PutRequest) in put,
    Txn(TxnRequest) in txn,
    DeleteRange(DeleteRangeRequest) in delete_range,
    Compaction(CompactionRequest) in compaction,
    LeaseGrant(LeaseGrantRequest) in lease_grant,
    LeaseRevoke(LeaseRevokeRequest) in lease_revoke,
    LeaseCheckpoint(LeaseCheckpointRequest) in lease_checkpoint,
    Alarm(AlarmRequest) in alarm,
    Authenticate(InternalAuthenticateRequest) in authenticate,
    AuthEnable(AuthEnableRequest) in auth_enable,
    AuthDisable(AuthDisableRequest) in auth_disable,
    AuthStatus(AuthStatusRequest) in auth_status,
    AuthUserAdd(AuthUserAddRequest) in auth_user_add,
    AuthUserDelete(AuthUserDeleteRequest) in auth_user_delete,
    AuthUserGet(AuthUserGetRequest) in auth_user_get,
    AuthUserList(AuthUserListRequest) in auth_user_list,
    AuthUserChangePassword(AuthUserChangePasswordRequest) in auth_user_change_password,
    AuthUserGrantRole(AuthUserGrantRoleRequest) in auth_user_grant_role,
    AuthUserRevokeRole(AuthUserRevokeRoleRequest) in auth_user_revoke_role,
    AuthRoleAdd(AuthRoleAddRequest) in auth_role_add,
    AuthRoleDelete(AuthRoleDeleteRequest) in auth_role_delete,
    AuthRoleGet(AuthRoleGetRequest) in auth_role_get,
    AuthRoleList(AuthRoleListRequest) in auth_role_list,
    AuthRoleGrantPermission(AuthRoleGrantPermissionRequest) in auth_role_grant_permission,
    AuthRoleRevokePermission(AuthRoleRevokePermissionRequest) in auth_role_revoke_permission,
    ClusterVersionSet(ClusterVersionSetRequest) in cluster_version_set,
    ClusterMemberAttrSet(ClusterMemberAttrSetRequest) in cluster_member_attr_set,
    DowngradeInfoSet(DowngradeInfoSetRequest) in downgrade_info_set,
}

impl Request {
    /// The entry data of this request by `caller`. `id` finds its waiter again after it was applied.
    pub fn encode(self, id: u64, caller: Caller) -> Vec<u8> {
        let header = RequestHeader { id, username: caller.username, auth_revision: caller.auth_revision };
        let mut entry = InternalRaftRequest { header: Some(header), ..Default::default() };
        self.put_into(&mut entry);
        entry.encode_to_vec()
    }
}

/// The data of a normal, non-empty entry.
#[derive(Clone, Debug)]
pub enum EntryData {
    Internal(Box<InternalRaftRequest>),
    /// A request of the v2 store: WALs up to etcd 3.6.
    V2(Box<pb::Request>),
}

/// Entry data that is neither form.
#[derive(Debug, thiserror::Error)]
#[error("entry data is no request: {0}")]
pub struct UnknownRequest(prost::DecodeError);

impl EntryData {
    /// # Errors
    /// `data` is neither an `InternalRaftRequest` nor a v2 `Request`.
    pub fn decode(data: &bytes::Bytes) -> Result<Self, UnknownRequest> {
        if let Some(request) = decode_v2(data) {
            return Ok(Self::V2(Box::new(request)));
        }
        InternalRaftRequest::decode(data.clone())
            .map(|request| Self::Internal(Box::new(request)))
            .map_err(UnknownRequest)
    }
}

/// The id by which a waiter finds its entry: field 1 if set, else the header's.
pub fn request_id(request: &InternalRaftRequest) -> u64 {
    match (request.id, &request.header) {
        (0, Some(header)) => header.id,
        (id, _) => id,
    }
}

/// A v2 request has a method in field 2, which an internal request of 3.7 never has.
fn decode_v2(data: &bytes::Bytes) -> Option<pb::Request> {
    const FIELD_1: u8 = 0x08;
    const FIELD_2: u8 = 0x12;
    let after_id = match data.first() {
        Some(&FIELD_1) => 2 + data[1..].iter().position(|byte| byte & 0x80 == 0)?,
        _ => 0,
    };
    if data.get(after_id) != Some(&FIELD_2) {
        return None;
    }
    let request = pb::Request::decode(data.clone()).ok()?;
    match request.method.as_deref() {
        Some("PUT" | "POST" | "DELETE" | "QGET" | "SYNC") => Some(request),
        _ => None,
    }
}
