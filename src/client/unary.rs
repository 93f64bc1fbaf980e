//! The calls with one answer, and which of them may be repeated.

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
    DeleteRangeRequest, DeleteRangeResponse, HashKvRequest, HashKvResponse, MemberListRequest, MemberListResponse,
    PutRequest, PutResponse, RangeRequest, RangeResponse, StatusRequest, StatusResponse, TxnRequest, TxnResponse,
    auth_client::AuthClient, cluster_client::ClusterClient, kv_client::KvClient, maintenance_client::MaintenanceClient,
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
    /// Lists, raises or ends alarms.
    alarm(MaintenanceClient, AlarmRequest) -> AlarmResponse, Safe;
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
}

impl Client {
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
