//! A member's backend as a stream of bytes, checked against the hash that comes last.

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tonic::{Response, Status, Streaming};

use super::{Client, ClientError, channel::Repeat};
use crate::pb::etcdserverpb::{SnapshotRequest, SnapshotResponse, maintenance_client::MaintenanceClient};

/// Bytes of the hash after the file.
const HASH: usize = 32;
/// A backend file is a multiple of this long.
const SECTOR: u64 = 512;

/// Why a snapshot is not to be used.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The server refused, or the connection broke.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The stream ended within the file or without a hash.
    #[error("the snapshot is incomplete: the stream ended after {0} bytes")]
    Incomplete(u64),
    /// The file does not have the hash that the server sent.
    #[error("the snapshot is damaged: its hash is not the one that the server sent")]
    Damaged,
}

/// A part of a snapshot.
#[derive(Clone, Debug)]
pub struct SnapshotChunk {
    /// The bytes; the last 32 of a snapshot are its hash.
    pub bytes: Bytes,
    /// Bytes of the file that are still to come.
    pub remaining_bytes: u64,
    /// The storage version of the member; empty before etcd 3.6.
    pub version: String,
}

/// A snapshot that is being received.
///
/// ```no_run
/// # async fn example(client: rsetcd::client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use std::io::Write;
///
/// let mut file = std::fs::File::create("backup.db")?;
/// let mut snapshot = client.snapshot().await?;
/// while let Some(chunk) = snapshot.chunk().await? {
///     file.write_all(&chunk.bytes)?;
/// }
/// // Only now the hash is known to be right.
/// file.sync_all()?;
/// # Ok(())
/// # }
/// ```
pub struct Snapshot {
    first: Option<SnapshotResponse>,
    rest: Streaming<SnapshotResponse>,
    check: Check,
}

impl Client {
    /// Asks a member for a snapshot of its backend. The client's time limit does not count: a large backend takes its
    /// time. Repeated until a first part has come.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn snapshot(&self) -> Result<Snapshot, ClientError> {
        let receive_bytes_max = self.limits.receive;
        self.with_timeout(None)
            .call(Repeat::Safe, SnapshotRequest {}, move |channel, request| async move {
                let mut client = MaintenanceClient::new(channel).max_decoding_message_size(receive_bytes_max);
                let mut rest = client.snapshot(request).await?.into_inner();
                let ended = || Status::unavailable("the server ended the snapshot before its first part");
                let first = Some(rest.message().await?.ok_or_else(ended)?);
                Ok(Response::new(Snapshot { first, rest, check: Check::default() }))
            })
            .await
    }
}

impl Snapshot {
    /// The next part; `None` after the last one, when the hash was right.
    ///
    /// # Errors
    /// The connection broke, or the whole is not what the server has sent.
    pub async fn chunk(&mut self) -> Result<Option<SnapshotChunk>, SnapshotError> {
        let answer = match self.first.take() {
            Some(first) => Some(first),
            None => self.rest.message().await.map_err(|status| ClientError::from_status(&status, false))?,
        };
        let Some(answer) = answer else {
            self.check.finish()?;
            return Ok(None);
        };
        self.check.add(&answer.blob);
        let SnapshotResponse { blob: bytes, remaining_bytes, version, .. } = answer;
        Ok(Some(SnapshotChunk { bytes, remaining_bytes, version }))
    }
}

/// Hashes all but the last 32 bytes.
#[derive(Default)]
struct Check {
    hasher: Sha256,
    /// The last bytes, not hashed; 32 as soon as there are so many.
    tail: Vec<u8>,
    bytes: u64,
}

impl Check {
    fn add(&mut self, blob: &[u8]) {
        self.bytes += blob.len() as u64;
        let hashed_of_blob = blob.len().saturating_sub(HASH);
        let kept_of_tail = (HASH - (blob.len() - hashed_of_blob)).min(self.tail.len());
        let hashed_of_tail = self.tail.len() - kept_of_tail;
        self.hasher.update(&self.tail[..hashed_of_tail]);
        self.hasher.update(&blob[..hashed_of_blob]);
        self.tail.drain(..hashed_of_tail);
        self.tail.extend_from_slice(&blob[hashed_of_blob..]);
    }

    fn finish(&mut self) -> Result<(), SnapshotError> {
        if self.bytes % SECTOR != HASH as u64 {
            return Err(SnapshotError::Incomplete(self.bytes));
        }
        let hash = std::mem::take(&mut self.hasher).finalize();
        if hash[..] == self.tail[..] { Ok(()) } else { Err(SnapshotError::Damaged) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_found_however_the_stream_is_cut() {
        let file: Vec<u8> = (0..1024_u32).map(|i| (i * 7) as u8).collect();
        let whole = [&file[..], &Sha256::digest(&file)].concat();
        for size in [1, 5, 31, 32, 33, 100, 1000, 2000] {
            let mut check = Check::default();
            whole.chunks(size).for_each(|chunk| check.add(chunk));
            assert!(check.finish().is_ok(), "chunks of {size}");
            let mut check = Check::default();
            let mut damaged = whole.clone();
            damaged[900] ^= 1;
            damaged.chunks(size).for_each(|chunk| check.add(chunk));
            assert!(matches!(check.finish(), Err(SnapshotError::Damaged)), "chunks of {size}");
        }
        let mut check = Check::default();
        check.add(&whole[..1024]);
        assert!(matches!(check.finish(), Err(SnapshotError::Incomplete(1024))));
    }
}
