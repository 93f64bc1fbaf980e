//! What the recipes need of a key space.

use tokio::sync::mpsc;

use crate::{
    client::{Client, ClientError, WatchEvent, WatchRequest},
    pb::etcdserverpb::{DeleteRangeRequest, DeleteRangeResponse, RangeRequest, RangeResponse, TxnRequest, TxnResponse},
};

/// A key space: etcd's calls for keys, however they are carried out.
pub trait Store: Clone + Send + Sync + 'static {
    /// Why a call failed.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Reads keys.
    fn range(&self, request: RangeRequest) -> impl Future<Output = Result<RangeResponse, Self::Error>> + Send;

    /// Compares, and does one list of steps or the other as one change.
    fn txn(&self, request: TxnRequest) -> impl Future<Output = Result<TxnResponse, Self::Error>> + Send;

    /// Deletes keys.
    fn delete(
        &self,
        request: DeleteRangeRequest,
    ) -> impl Future<Output = Result<DeleteRangeResponse, Self::Error>> + Send;

    /// Begins a watch; dropping the queue ends it. It ends by itself after an event that is `canceled`.
    fn watch(&self, request: WatchRequest) -> mpsc::Receiver<WatchEvent>;
}

impl Store for Client {
    type Error = ClientError;

    async fn range(&self, request: RangeRequest) -> Result<RangeResponse, ClientError> {
        Self::range(self, request).await
    }

    async fn txn(&self, request: TxnRequest) -> Result<TxnResponse, ClientError> {
        Self::txn(self, request).await
    }

    async fn delete(&self, request: DeleteRangeRequest) -> Result<DeleteRangeResponse, ClientError> {
        self.delete_range(request).await
    }

    fn watch(&self, request: WatchRequest) -> mpsc::Receiver<WatchEvent> {
        Self::watch(self, request)
    }
}
