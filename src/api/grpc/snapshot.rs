//! The stream of a backend snapshot: the file in chunks, then its SHA-256.
//!
//! The file is read while it is written, ahead of the client by a block or two, on a reader thread; a client that is slow
//! keeps a file open, and nothing else.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::Stream;
use tokio::sync::mpsc;
use tonic::Status;
use tracing::{info, warn};

use crate::pb::etcdserverpb::SnapshotResponse;
use crate::server::export::Export;
use crate::server::{Server, ServerError};
use crate::telemetry::metrics::disk;

/// Bytes of the file in one message; the last one may have fewer.
const CHUNK_BYTES: usize = 32 * 1024;
/// Bytes of the file that are read at once.
const BLOCK_BYTES: usize = 16 * CHUNK_BYTES;
/// Blocks that wait for the client.
const BLOCKS_AHEAD: usize = 1;
/// Before a block is read for which there was no reader.
const BUSY_PAUSE: Duration = Duration::from_millis(20);

/// What follows in the stream.
enum Part {
    /// Of the file, in order.
    Block(Bytes),
    /// Of the whole file; the end.
    Sha256(Bytes),
}

/// The messages for one client.
pub(super) fn stream(server: Server, export: Arc<Export>) -> impl Stream<Item = Result<SnapshotResponse, Status>> {
    let version = export.storage_version.clone();
    let remaining_bytes = export.size_bytes;
    let (sender, parts) = mpsc::channel(BLOCKS_AHEAD);
    tokio::spawn(read_ahead(server, export, sender));
    let state = State { parts, block: Bytes::new(), version, remaining_bytes };
    futures_util::stream::unfold(state, |mut state| async { Some((state.next().await?, state)) })
}

struct State {
    parts: mpsc::Receiver<Result<Part, Status>>,
    /// Read and not sent.
    block: Bytes,
    version: String,
    remaining_bytes: u64,
}

impl State {
    async fn next(&mut self) -> Option<Result<SnapshotResponse, Status>> {
        let blob = loop {
            if !self.block.is_empty() {
                let chunk = self.block.split_to(self.block.len().min(CHUNK_BYTES));
                self.remaining_bytes -= chunk.len() as u64;
                break chunk;
            }
            match self.parts.recv().await? {
                Ok(Part::Block(block)) => self.block = block,
                Ok(Part::Sha256(sum)) => break sum,
                Err(status) => return Some(Err(status)),
            }
        };
        Some(Ok(SnapshotResponse {
            header: None,
            remaining_bytes: self.remaining_bytes,
            blob,
            version: self.version.clone(),
        }))
    }
}

/// Reads the file as fast as it is written and the client takes it; ends when the client is gone.
async fn read_ahead(server: Server, export: Arc<Export>, parts: mpsc::Sender<Result<Part, Status>>) {
    let begun = Instant::now();
    let (total_bytes, storage_version) = (export.size_bytes, &export.storage_version);
    info!(total_bytes, storage_version, "sending database snapshot to client");
    let mut offset = 0;
    loop {
        let part = match next_part(&server, &export, offset).await {
            Ok(part) => part,
            Err(status) => {
                warn!(error = status.message(), "failed to read the snapshot to be sent");
                let _ = parts.send(Err(status)).await;
                return;
            }
        };
        let block_bytes = match &part {
            Part::Block(block) => block.len(),
            Part::Sha256(_) => 0,
        };
        if parts.send(Ok(part)).await.is_err() {
            info!(total_bytes, "client left before it had the database snapshot");
            return;
        }
        if block_bytes == 0 {
            disk::BACKEND_SNAPSHOT_SECONDS.observe(begun.elapsed().as_secs_f64());
            info!(total_bytes, storage_version, "successfully sent database snapshot to client");
            return;
        }
        offset += block_bytes as u64;
        tokio::time::sleep(server.rest_after_sending(block_bytes)).await;
    }
}

/// What follows in the file after `offset`.
async fn next_part(server: &Server, export: &Arc<Export>, offset: u64) -> Result<Part, Status> {
    if offset == export.size_bytes {
        return Ok(Part::Sha256(Bytes::copy_from_slice(&export.sha256().await?)));
    }
    // Whole chunks, all but the last one.
    let chunk_end = (offset + CHUNK_BYTES as u64).min(export.size_bytes);
    let written = export.written_beyond(chunk_end - 1).await?;
    let ready = (written - offset).min(BLOCK_BYTES as u64) as usize;
    let length = if written == export.size_bytes { ready } else { ready - ready % CHUNK_BYTES };
    loop {
        let export = export.clone();
        let read = move || {
            let mut block = vec![0; length];
            export.read_at(&mut block, offset)?;
            Ok::<_, std::io::Error>(block.into())
        };
        match server.run_blocking(read).await {
            // Half a snapshot is none: it takes its time instead.
            Err(ServerError::ReadersBusy) => tokio::time::sleep(BUSY_PAUSE).await,
            read => {
                let read = read.map_err(Status::from)?;
                let read = read.map_err(|error| Status::unknown(format!("cannot read the snapshot: {error}")));
                return read.map(Part::Block);
            }
        }
    }
}
