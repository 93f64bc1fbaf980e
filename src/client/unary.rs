//! The calls with one answer, and which of them may be repeated.

use tonic::{Request, Response, Status, metadata::MetadataValue};

use super::{Client, ClientError, channel::Repeat};
use crate::pb::etcdserverpb::{
    AlarmRequest, AlarmResponse, AuthDisableRequest, AuthDisableResponse, AuthEnableRequest, AuthEnableResponse,
    AuthRoleAddRequest, AuthRoleAddResponse, AuthRoleDeleteRequest, AuthRoleDeleteResponse, AuthRoleGetRequest,
    AuthRoleGetResponse, AuthRoleGrantPermissionRequest, AuthRoleGrantPermissionResponse, AuthRoleListRequest,
    AuthRoleListResponse, AuthRoleRevokePermissionRequest, AuthRoleRevokePermissionResponse, AuthStatusRequest,
    AuthStatusResponse, AuthUserAddRequest, AuthUserAddResponse, AuthUserChangePasswordRequest,
    AuthUserChangePasswordResponse, AuthUserDeleteRequest, AuthUserDeleteResponse, AuthUserGetRequest,
    AuthUserGetResponse, AuthUserGrantRoleRequest, AuthUserGrantRoleResponse, AuthUserListRequest,
    AuthUserListResponse, AuthUserRevokeRoleRequest, AuthUserRevokeRoleResponse, CompactionRequest, CompactionResponse,
    DefragmentRequest, DefragmentResponse, DeleteRangeRequest, DeleteRangeResponse, DowngradeRequest,
    DowngradeResponse, HashKvRequest, HashKvResponse, HashRequest, HashResponse, LeaseGrantRequest, LeaseGrantResponse,
    LeaseKeepAliveRequest, LeaseKeepAliveResponse, LeaseLeasesRequest, LeaseLeasesResponse, LeaseRevokeRequest,
    LeaseRevokeResponse, LeaseTimeToLiveRequest, LeaseTimeToLiveResponse, MemberAddRequest, MemberAddResponse,
    MemberListRequest, MemberListResponse, MemberPromoteRequest, MemberPromoteResponse, MemberRemoveRequest,
    MemberRemoveResponse, MemberUpdateRequest, MemberUpdateResponse, MoveLeaderRequest, MoveLeaderResponse, PutRequest,
    PutResponse, RangeRequest, RangeResponse, StatusRequest, StatusResponse, TxnRequest, TxnResponse,
    alarm_request::AlarmAction, auth_client::AuthClient, cluster_client::ClusterClient, kv_client::KvClient,
    lease_client::LeaseClient, maintenance_client::MaintenanceClient,
};

macro_rules! calls {
    ($($(#[$doc:meta])* $name:ident($client:ident, $request:ty) -> $answer:ty, $repeat:expr;)*) => {
        impl Client {
            $($(#[$doc])*
            ///
            /// # Errors
            /// The server's refusal, or no answer before the deadline.
            pub async fn $name(&self, request: impl Into<$request>) -> Result<$answer, ClientError> {
                let receive_bytes_max = self.limits.receive;
                let request = request.into();
                let repeat: fn(&$request) -> Repeat = $repeat;
                self.call(repeat(&request), request, move |channel, request| async move {
                    $client::new(channel).max_decoding_message_size(receive_bytes_max).$name(request).await
                })
                .await
            })*
        }
    };
}

/// A second time changes nothing.
fn safe<Q>(_: &Q) -> Repeat {
    Repeat::Safe
}

/// Sent once.
fn once<Q>(_: &Q) -> Repeat {
    Repeat::Unsent
}

// etcd's client also repeats grants, revokes, alarm changes and leader moves; they are writes, and so are not here.
calls! {
    /// Reads keys: a [`Get`](super::Get), or a whole request.
    range(KvClient, RangeRequest) -> RangeResponse, safe;
    /// Writes one key: a [`Put`](super::Put), or a whole request.
    put(KvClient, PutRequest) -> PutResponse, once;
    /// Deletes keys: a [`Delete`](super::Delete), or a whole request.
    delete_range(KvClient, DeleteRangeRequest) -> DeleteRangeResponse, once;
    /// Compares and then does one list of steps or the other, as one change: a [`Txn`](super::Txn), or a whole request.
    txn(KvClient, TxnRequest) -> TxnResponse, once;
    /// Forgets the history up to a revision.
    compact(KvClient, CompactionRequest) -> CompactionResponse, once;
    /// Makes a lease; number 0 lets the server choose one.
    lease_grant(LeaseClient, LeaseGrantRequest) -> LeaseGrantResponse, once;
    /// Ends a lease and deletes its keys.
    lease_revoke(LeaseClient, LeaseRevokeRequest) -> LeaseRevokeResponse, once;
    /// Tells how long a lease will last; a TTL of -1 says that there is none.
    lease_time_to_live(LeaseClient, LeaseTimeToLiveRequest) -> LeaseTimeToLiveResponse, safe;
    /// Lists the leases.
    lease_leases(LeaseClient, LeaseLeasesRequest) -> LeaseLeasesResponse, safe;
    /// Lists the members.
    member_list(ClusterClient, MemberListRequest) -> MemberListResponse, safe;
    /// Adds a member, which is then to be started.
    member_add(ClusterClient, MemberAddRequest) -> MemberAddResponse, once;
    /// Removes a member.
    member_remove(ClusterClient, MemberRemoveRequest) -> MemberRemoveResponse, once;
    /// Changes the peer URLs of a member.
    member_update(ClusterClient, MemberUpdateRequest) -> MemberUpdateResponse, once;
    /// Makes a learner a voter.
    member_promote(ClusterClient, MemberPromoteRequest) -> MemberPromoteResponse, once;
    /// Turns authentication on.
    auth_enable(AuthClient, AuthEnableRequest) -> AuthEnableResponse, once;
    /// Turns authentication off.
    auth_disable(AuthClient, AuthDisableRequest) -> AuthDisableResponse, once;
    /// Tells whether authentication is on.
    auth_status(AuthClient, AuthStatusRequest) -> AuthStatusResponse, safe;
    /// Adds a user.
    user_add(AuthClient, AuthUserAddRequest) -> AuthUserAddResponse, once;
    /// Tells the roles of a user.
    user_get(AuthClient, AuthUserGetRequest) -> AuthUserGetResponse, safe;
    /// Lists the users.
    user_list(AuthClient, AuthUserListRequest) -> AuthUserListResponse, safe;
    /// Deletes a user.
    user_delete(AuthClient, AuthUserDeleteRequest) -> AuthUserDeleteResponse, once;
    /// Changes a password.
    user_change_password(AuthClient, AuthUserChangePasswordRequest) -> AuthUserChangePasswordResponse, once;
    /// Gives a role to a user.
    user_grant_role(AuthClient, AuthUserGrantRoleRequest) -> AuthUserGrantRoleResponse, once;
    /// Takes a role from a user.
    user_revoke_role(AuthClient, AuthUserRevokeRoleRequest) -> AuthUserRevokeRoleResponse, once;
    /// Adds a role.
    role_add(AuthClient, AuthRoleAddRequest) -> AuthRoleAddResponse, once;
    /// Tells the permissions of a role.
    role_get(AuthClient, AuthRoleGetRequest) -> AuthRoleGetResponse, safe;
    /// Lists the roles.
    role_list(AuthClient, AuthRoleListRequest) -> AuthRoleListResponse, safe;
    /// Deletes a role.
    role_delete(AuthClient, AuthRoleDeleteRequest) -> AuthRoleDeleteResponse, once;
    /// Gives a permission to a role.
    role_grant_permission(AuthClient, AuthRoleGrantPermissionRequest) -> AuthRoleGrantPermissionResponse, once;
    /// Takes a permission from a role.
    role_revoke_permission(AuthClient, AuthRoleRevokePermissionRequest) -> AuthRoleRevokePermissionResponse, once;
    /// Lists, raises or ends alarms.
    alarm(MaintenanceClient, AlarmRequest) -> AlarmResponse, |request| {
        if request.action() == AlarmAction::Get { Repeat::Safe } else { Repeat::Unsent }
    };
    /// Asks a member how it is.
    status(MaintenanceClient, StatusRequest) -> StatusResponse, safe;
    /// Gives the space of what was deleted back to the file system, on one member.
    defragment(MaintenanceClient, DefragmentRequest) -> DefragmentResponse, once;
    /// Hashes all of a member's backend; for tests only.
    hash(MaintenanceClient, HashRequest) -> HashResponse, safe;
    /// Hashes a member's history.
    hash_kv(MaintenanceClient, HashKvRequest) -> HashKvResponse, safe;
    /// Makes another member the leader; to be sent to the leader.
    move_leader(MaintenanceClient, MoveLeaderRequest) -> MoveLeaderResponse, once;
    /// Checks, begins or ends a downgrade of the cluster.
    downgrade(MaintenanceClient, DowngradeRequest) -> DowngradeResponse, once;
}

impl Client {
    /// Renews a lease once. The answer's TTL is 0 or less when there is no such lease.
    ///
    /// # Errors
    /// The server's refusal, or no answer before the deadline.
    pub async fn renew_lease(&self, id: i64) -> Result<LeaseKeepAliveResponse, ClientError> {
        let send = move |channel, request: Request<LeaseKeepAliveRequest>| async move {
            let mut request = request.map(tokio_stream::once);
            request.metadata_mut().insert("hasleader", MetadataValue::from_static("true"));
            let mut answers = LeaseClient::new(channel).lease_keep_alive(request).await?.into_inner();
            let answer = answers.message().await?;
            answer.map(Response::new).ok_or_else(|| Status::unavailable("the server ended the keep-alive stream"))
        };
        self.call(Repeat::Safe, LeaseKeepAliveRequest { id }, send).await
    }

    /// Reads keys over the RangeStream call and joins its chunks to the answer that Range would give. Not retried.
    ///
    /// # Errors
    /// The server's refusal (one before 3.7 does not know the call), or no end of the stream before the deadline.
    pub async fn range_stream(&self, request: impl Into<RangeRequest>) -> Result<RangeResponse, ClientError> {
        let receive_bytes_max = self.limits.receive;
        let deadline = self.deadline();
        let stream = self
            .call(Repeat::Unsent, request.into(), move |channel, request| async move {
                KvClient::new(channel).max_decoding_message_size(receive_bytes_max).range_stream(request).await
            })
            .await;
        let mut stream = stream?;
        let join = async {
            let mut joined = RangeResponse::default();
            loop {
                match stream.message().await {
                    Ok(Some(chunk)) => {
                        let chunk = chunk.range_response.unwrap_or_default();
                        joined.kvs.extend(chunk.kvs);
                        joined.header = chunk.header.or(joined.header);
                        joined.more |= chunk.more;
                        joined.count = joined.count.max(chunk.count);
                    }
                    Ok(None) => return Ok(joined),
                    Err(status) => return Err(ClientError::from_status(&status, false)),
                }
            }
        };
        match deadline {
            None => join.await,
            Some(at) => tokio::time::timeout_at(at, join).await.unwrap_or(Err(ClientError::DeadlineExceeded)),
        }
    }
}
