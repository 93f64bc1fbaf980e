//! The backend as a file in etcd's `db` format, as of one moment: for the Snapshot RPC and for members that lag.
//!
//! The file is written on the maintenance thread, so one at a time, from a read transaction that ends with it; it has
//! no name, and is gone with its last reader. Who asks gets a state that holds everything applied before: so those who
//! ask while one is being written share the next one.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use parking_lot::Mutex;
use tokio::sync::watch;
use tracing::info;

use super::{Server, ServerError, Shared};
use crate::storage::backend::Pinned;
use crate::storage::convert::{self, ConvertError};
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::meta::STORAGE_VERSION;

/// Free space that an export needs, in percent of what is in use.
const FREE_PERCENT_MIN: u64 = 120;

/// An unnamed file in etcd's `db` format.
pub struct Export {
    file: File,
    /// A multiple of 4096.
    pub size_bytes: u64,
    /// Of the state in the file; empty if that has none.
    pub storage_version: String,
}

impl Export {
    /// Fills `buffer` from `offset` on. Blocking.
    ///
    /// # Errors
    /// The file cannot be read, or ends before.
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }
}

/// Why there is no export.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ExportError {
    #[error("not enough disk space for a snapshot: {needed} bytes needed, {free} bytes free")]
    NoSpace { needed: u64, free: u64 },
    #[error("cannot make a snapshot: {0}")]
    Failed(String),
}

type Outcome = Result<Arc<Export>, ExportError>;
/// `None` until there is one.
type Awaited = watch::Receiver<Option<Outcome>>;

/// The export that has yet to begin, if one is wanted.
pub(super) struct Exports {
    /// Where the files are made.
    dir: PathBuf,
    /// Closed with the job when the server stops.
    next: Mutex<Option<Awaited>>,
    is_stopped: AtomicBool,
}

impl Exports {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self { dir, next: Mutex::default(), is_stopped: AtomicBool::new(false) }
    }

    /// Whether an export is wanted that has not begun.
    #[cfg(test)]
    pub(super) fn has_next(&self) -> bool {
        self.next.lock().is_some()
    }

    /// Ends the export under way.
    pub(super) fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }
}

impl Server {
    /// A file with everything applied before this call, shared with those who ask at about the same time.
    ///
    /// # Errors
    /// There is not enough disk space, the file cannot be made, too much maintenance waits, or the server stops.
    pub async fn export(&self) -> Result<Arc<Export>, ServerError> {
        let mut awaited = self.next_export()?;
        let outcome = awaited.wait_for(Option::is_some).await.map_err(|_| ServerError::Stopped)?;
        Ok(outcome.clone().expect("waited for")?)
    }

    fn next_export(&self) -> Result<Awaited, ServerError> {
        let mut next = self.shared.exports.next.lock();
        if let Some(awaited) = next.as_ref().filter(|awaited| awaited.has_changed().is_ok()) {
            return Ok(awaited.clone());
        }
        let (done, awaited) = watch::channel(None);
        let shared = self.shared.clone();
        self.shared.maintenance.post(Box::new(move || {
            // Who asks from now on may want what is applied from now on.
            *shared.exports.next.lock() = None;
            if let Some(outcome) = shared.make_export() {
                done.send_replace(Some(outcome));
            }
        }))?;
        Ok(next.insert(awaited).clone())
    }
}

impl Shared {
    /// `None` when the server stops.
    fn make_export(&self) -> Option<Outcome> {
        let begun = Instant::now();
        let (barrier, pinned) = match self.pin() {
            Ok(reached) => reached,
            Err(ServerError::Stopped) => return None,
            Err(error) => return Some(Err(ExportError::Failed(error.to_string()))),
        };
        let outcome = match write(&pinned, &self.exports.dir, &self.exports.is_stopped) {
            Ok(export) => export,
            Err(ConvertError::Stopped) => return None,
            Err(ConvertError::Write(error)) => Err(ExportError::Failed(format!("cannot write the file: {error}"))),
            Err(error @ ConvertError::Read(_)) => Err(ExportError::Failed(error.to_string())),
        };
        // What was read of the map is no memory of ours.
        pinned.env().release_pages();
        if let Ok(export) = &outcome {
            let (size_bytes, index) = (export.size_bytes, barrier.index);
            info!(size_bytes, index, took = ?begun.elapsed(), "wrote a backend snapshot");
        }
        Some(outcome.map(Arc::new))
    }
}

fn write(pinned: &Pinned, dir: &Path, is_stopped: &AtomicBool) -> Result<Result<Export, ExportError>, ConvertError> {
    let disk = rustix::fs::statvfs(dir).map_err(io::Error::from)?;
    if let Err(error) = check_space(pinned.env().in_use_bytes(pinned.txn())?, disk.f_bavail * disk.f_frsize) {
        return Ok(Err(error));
    }
    let version = pinned.env().bucket(Bucket::Meta).get(pinned.txn(), STORAGE_VERSION)?;
    let storage_version = String::from_utf8_lossy(version.unwrap_or_default()).into_owned();
    let file = tempfile::tempfile_in(dir)?;
    let size_bytes = convert::to_bbolt(pinned, &file, is_stopped)?;
    Ok(Ok(Export { file, size_bytes, storage_version }))
}

/// The file is about as long as the pages in use; the rest of the disk is the log's.
fn check_space(in_use: u64, free: u64) -> Result<(), ExportError> {
    let needed = in_use / 100 * FREE_PERCENT_MIN;
    if free < needed { Err(ExportError::NoSpace { needed, free }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_in_numbers() {
        assert!(check_space(1000, 1200).is_ok());
        let error = check_space(1000, 1199).unwrap_err();
        assert_eq!(error.to_string(), "not enough disk space for a snapshot: 1200 bytes needed, 1199 bytes free");
    }
}
