//! The calls with one answer, and which of them may be repeated.

use super::{Client, ClientError, channel::Repeat};
use crate::pb::etcdserverpb::{
    AlarmRequest, AlarmResponse, CompactionRequest, CompactionResponse, DeleteRangeRequest, DeleteRangeResponse,
    HashKvRequest, HashKvResponse, MemberListRequest, MemberListResponse, PutRequest, PutResponse, RangeRequest,
    RangeResponse, StatusRequest, StatusResponse, TxnRequest, TxnResponse, cluster_client::ClusterClient,
    kv_client::KvClient, maintenance_client::MaintenanceClient,
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
