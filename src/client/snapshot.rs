//! The database of a member, as it comes over the wire.

use tonic::{Response, Status, Streaming};

use super::{Client, ClientError, channel::Repeat};
use crate::pb::etcdserverpb::{SnapshotRequest, SnapshotResponse, maintenance_client::MaintenanceClient};

/// A member's database in pieces, and the SHA-256 of all of them as the last piece.
pub struct SnapshotStream {
    first: Option<SnapshotResponse>,
    rest: Streaming<SnapshotResponse>,
}

impl Client {
    /// Begins to read the database of a member; asked for again until its first piece is there.
    ///
    /// # Errors
    /// The server's refusal, or no piece before the deadline.
    pub async fn snapshot(&self) -> Result<SnapshotStream, ClientError> {
        let receive_bytes_max = self.limits.receive;
        self.call(Repeat::Safe, SnapshotRequest {}, move |channel, request| async move {
            let mut client = MaintenanceClient::new(channel).max_decoding_message_size(receive_bytes_max);
            let mut rest = client.snapshot(request).await?.into_inner();
            let ended = || Status::unavailable("the server ended the snapshot before its first piece");
            let first = Some(rest.message().await?.ok_or_else(ended)?);
            Ok(Response::new(SnapshotStream { first, rest }))
        })
        .await
    }
}

impl SnapshotStream {
    /// The next piece; `None` after the last one.
    ///
    /// # Errors
    /// The stream broke.
    pub async fn next(&mut self) -> Result<Option<SnapshotResponse>, ClientError> {
        match self.first.take() {
            Some(first) => Ok(Some(first)),
            None => self.rest.message().await.map_err(|status| ClientError::from_status(&status, false)),
        }
    }
}
