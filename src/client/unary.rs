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
    DowngradeResponse, HashKvRequest, HashKvResponse, LeaseGrantRequest, LeaseGrantResponse, LeaseKeepAliveRequest,
    LeaseKeepAliveResponse, LeaseLeasesRequest, LeaseLeasesResponse, LeaseRevokeRequest, LeaseRevokeResponse,
    LeaseTimeToLiveRequest, LeaseTimeToLiveResponse, MemberAddRequest, MemberAddResponse, MemberListRequest,
    MemberListResponse, MemberPromoteRequest, MemberPromoteResponse, MemberRemoveRequest, MemberRemoveResponse,
    MemberUpdateRequest, MemberUpdateResponse, MoveLeaderRequest, MoveLeaderResponse, PutRequest, PutResponse,
    RangeRequest, RangeResponse, StatusRequest, StatusResponse, TxnRequest, TxnResponse, alarm_request::AlarmAction,
    auth_client::AuthClient, cluster_client::ClusterClient, kv_client::KvClient, lease_client::LeaseClient,
    maintenance_client::MaintenanceClient,
};

macro_rules! calls {
    ($($(#[$doc:meta])* $name:ident($client:ident, $request:ty) -> $answer:ty, $repeat:ident;)*) => {
        impl Client {
            $($(#[$doc])*
            ///
            /// # Errors
            /// The server's refusal, or no answer before the deadline.
            pub async fn $name(&self, request: $request) -> Result<$answer, ClientError> {
                let receive_bytes_max = self.limits.receive;
                self.call(Repeat::$repeat, request, move |channel, request| async move {
                    $client::new(channel).max_decoding_message_size(receive_bytes_max).$name(request).await
                })
                .await
            })*
        }
    };
}

calls! {
    /// Reads keys.
    range(KvClient, RangeRequest) -> RangeResponse, Safe;
    /// Writes one key.
    put(KvClient, PutRequest) -> PutResponse, Unsent;
    /// Deletes keys.
    delete_range(KvClient, DeleteRangeRequest) -> DeleteRangeResponse, Unsent;
    /// Compares and then does one list of requests or the other, as one change.
    txn(KvClient, TxnRequest) -> TxnResponse, Unsent;
    /// Forgets the history up to a revision.
    compact(KvClient, CompactionRequest) -> CompactionResponse, Unsent;
    /// Lists the members.
    member_list(ClusterClient, MemberListRequest) -> MemberListResponse, Safe;
    /// Adds a member.
    member_add(ClusterClient, MemberAddRequest) -> MemberAddResponse, Unsent;
    /// Removes a member.
    member_remove(ClusterClient, MemberRemoveRequest) -> MemberRemoveResponse, Unsent;
    /// Changes where a member listens for its peers.
    member_update(ClusterClient, MemberUpdateRequest) -> MemberUpdateResponse, Unsent;
    /// Makes a learner a voting member.
    member_promote(ClusterClient, MemberPromoteRequest) -> MemberPromoteResponse, Unsent;
    /// Grants a lease. Without an id a second one would be granted by a second request.
    lease_grant(LeaseClient, LeaseGrantRequest) -> LeaseGrantResponse, Unsent;
    /// Ends a lease and deletes its keys.
    lease_revoke(LeaseClient, LeaseRevokeRequest) -> LeaseRevokeResponse, Unsent;
    /// Asks how long a lease lasts, and for its keys.
    lease_time_to_live(LeaseClient, LeaseTimeToLiveRequest) -> LeaseTimeToLiveResponse, Safe;
    /// Lists the leases.
    lease_leases(LeaseClient, LeaseLeasesRequest) -> LeaseLeasesResponse, Safe;
    /// Asks a member how it is.
    status(MaintenanceClient, StatusRequest) -> StatusResponse, Safe;
    /// Hashes a member's history.
    hash_kv(MaintenanceClient, HashKvRequest) -> HashKvResponse, Safe;
    /// Turns authentication on.
    auth_enable(AuthClient, AuthEnableRequest) -> AuthEnableResponse, Unsent;
    /// Turns authentication off.
    auth_disable(AuthClient, AuthDisableRequest) -> AuthDisableResponse, Unsent;
    /// Asks whether authentication is on.
    auth_status(AuthClient, AuthStatusRequest) -> AuthStatusResponse, Unsent;
    /// Creates a user.
    user_add(AuthClient, AuthUserAddRequest) -> AuthUserAddResponse, Unsent;
    /// Deletes a user.
    user_delete(AuthClient, AuthUserDeleteRequest) -> AuthUserDeleteResponse, Unsent;
    /// Reads the roles of a user.
    user_get(AuthClient, AuthUserGetRequest) -> AuthUserGetResponse, Safe;
    /// Lists the users.
    user_list(AuthClient, AuthUserListRequest) -> AuthUserListResponse, Safe;
    /// Gives a user another password.
    user_change_password(AuthClient, AuthUserChangePasswordRequest) -> AuthUserChangePasswordResponse, Unsent;
    /// Gives a role to a user.
    user_grant_role(AuthClient, AuthUserGrantRoleRequest) -> AuthUserGrantRoleResponse, Unsent;
    /// Takes a role from a user.
    user_revoke_role(AuthClient, AuthUserRevokeRoleRequest) -> AuthUserRevokeRoleResponse, Unsent;
    /// Creates a role.
    role_add(AuthClient, AuthRoleAddRequest) -> AuthRoleAddResponse, Unsent;
    /// Deletes a role, and takes it from all users.
    role_delete(AuthClient, AuthRoleDeleteRequest) -> AuthRoleDeleteResponse, Unsent;
    /// Reads the permissions of a role.
    role_get(AuthClient, AuthRoleGetRequest) -> AuthRoleGetResponse, Safe;
    /// Lists the roles.
    role_list(AuthClient, AuthRoleListRequest) -> AuthRoleListResponse, Safe;
    /// Adds a permission to a role.
    role_grant_permission(AuthClient, AuthRoleGrantPermissionRequest) -> AuthRoleGrantPermissionResponse, Unsent;
    /// Takes a permission from a role.
    role_revoke_permission(AuthClient, AuthRoleRevokePermissionRequest) -> AuthRoleRevokePermissionResponse, Unsent;
    /// Gives free space of a member's database back.
    defragment(MaintenanceClient, DefragmentRequest) -> DefragmentResponse, Unsent;
    /// Makes another member the leader.
    move_leader(MaintenanceClient, MoveLeaderRequest) -> MoveLeaderResponse, Unsent;
    /// Checks, starts or ends a downgrade of the cluster.
    downgrade(MaintenanceClient, DowngradeRequest) -> DowngradeResponse, Unsent;
}

impl Client {
    /// Lists, raises or ends alarms; only a list is asked for again.
    ///
    /// # Errors
    /// The server's refusal, or no answer before the deadline.
    pub async fn alarm(&self, request: AlarmRequest) -> Result<AlarmResponse, ClientError> {
        let receive_bytes_max = self.limits.receive;
        let repeat = if request.action() == AlarmAction::Get { Repeat::Safe } else { Repeat::Unsent };
        self.call(repeat, request, move |channel, request| async move {
            MaintenanceClient::new(channel).max_decoding_message_size(receive_bytes_max).alarm(request).await
        })
        .await
    }

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
    pub async fn range_stream(&self, request: RangeRequest) -> Result<RangeResponse, ClientError> {
        let receive_bytes_max = self.limits.receive;
        let deadline = self.deadline();
        let stream = self
            .call(Repeat::Unsent, request, move |channel, request| async move {
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
