//! The backend as a file in etcd's `db` format, as of one moment: for the Snapshot RPC and for members that lag.
//!
//! The file is written on the maintenance thread, so one at a time, from a read transaction that ends with it; its
//! readers follow what is written. It has no name, and is gone with its last reader. Who asks gets a state that holds
//! everything applied before: so those who ask while one is being written share the next one.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tracing::info;

use super::pace::Pace;
use super::{Server, ServerError, Shared};
use crate::storage::backend::Pinned;
use crate::storage::convert::{self, ConvertError, Layout};
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::meta::STORAGE_VERSION;
use crate::types::Index;

/// Free space that an export needs, in percent of its length: the rest of the disk is the log's.
const FREE_PERCENT_MIN: u64 = 120;
/// Exports that exist at once. Each takes disk space until its last reader is done.
const LIVE_MAX: usize = 8;
/// While there are requests: bytes a second and core that are written into files, and sent from them.
const WRITE_PACE: u64 = 32 << 20;
const SEND_PACE: u64 = 12 << 20;

/// An unnamed file in etcd's `db` format.
pub struct Export {
    file: Arc<File>,
    /// When it is complete; a multiple of 4096.
    pub size_bytes: u64,
    /// Of the state in the file; empty if that has none.
    pub storage_version: String,
    progress: watch::Receiver<Progress>,
    _live: OwnedSemaphorePermit,
}

/// How much of the file is there.
#[derive(Clone, Debug)]
enum Progress {
    /// So many bytes from its front.
    Written(u64),
    /// All, and this is its SHA-256.
    Complete([u8; 32]),
    /// It will never be complete.
    Failed(ExportError),
}

impl Export {
    /// Fills `buffer` from `offset` on. Blocking.
    ///
    /// # Errors
    /// The file cannot be read, or ends before.
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }

    /// Waits until the file goes beyond `offset`, which is less than its length; gives how long it is then.
    ///
    /// # Errors
    /// The file cannot be written, or the server stops.
    pub async fn written_beyond(&self, offset: u64) -> Result<u64, ServerError> {
        let is_enough = |progress: &Progress| !matches!(progress, Progress::Written(bytes) if *bytes <= offset);
        match self.wait_for(is_enough).await? {
            Progress::Written(bytes) => Ok(bytes),
            Progress::Complete(_) => Ok(self.size_bytes),
            Progress::Failed(error) => Err(error.into()),
        }
    }

    /// Waits until the file is complete; gives its SHA-256.
    ///
    /// # Errors
    /// The file cannot be written, or the server stops.
    pub async fn sha256(&self) -> Result<[u8; 32], ServerError> {
        match self.wait_for(|progress| !matches!(progress, Progress::Written(_))).await? {
            Progress::Complete(sum) => Ok(sum),
            Progress::Failed(error) => Err(error.into()),
            Progress::Written(_) => unreachable!("not waited for"),
        }
    }

    async fn wait_for(&self, is_enough: impl FnMut(&Progress) -> bool) -> Result<Progress, ServerError> {
        let mut progress = self.progress.clone();
        let reached = progress.wait_for(is_enough).await.map_err(|_| ServerError::Stopped)?;
        Ok(reached.clone())
    }
}

/// Why there is no export.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ExportError {
    #[error("not enough disk space for a snapshot: {needed} bytes needed, {free} bytes free")]
    NoSpace { needed: u64, free: u64 },
    #[error("{LIVE_MAX} snapshots are being sent already")]
    TooMany,
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
    live: Arc<Semaphore>,
    is_stopped: AtomicBool,
    writing: Pace,
    sending: Pace,
}

impl Exports {
    /// `cores` do all work.
    pub(super) fn new(dir: PathBuf, cores: usize) -> Self {
        let (now, cores) = (Instant::now(), cores as u64);
        Self {
            dir,
            next: Mutex::default(),
            live: Arc::new(Semaphore::new(LIVE_MAX)),
            is_stopped: AtomicBool::new(false),
            writing: Pace::new(WRITE_PACE * cores, now),
            sending: Pace::new(SEND_PACE * cores, now),
        }
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
    /// A file that will hold everything applied before this call, shared with those who ask at about the same time. It
    /// is being written.
    ///
    /// # Errors
    /// There is not enough disk space, there are too many files already, the file cannot be made, too much maintenance
    /// waits, or the server stops.
    pub async fn export(&self) -> Result<Arc<Export>, ServerError> {
        let mut awaited = self.next_export()?;
        let outcome = awaited.wait_for(Option::is_some).await.map_err(|_| ServerError::Stopped)?;
        Ok(outcome.clone().expect("waited for")?)
    }

    /// How long to rest after `bytes` of an export were sent, so that requests get their share.
    pub fn rest_after_sending(&self, bytes: usize) -> Duration {
        self.shared.exports.sending.rest(bytes, self.view().applied, Instant::now())
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
            shared.make_export(done);
        }))?;
        Ok(next.insert(awaited).clone())
    }
}

/// An export that has begun.
struct Writing {
    pinned: Pinned,
    layout: Layout,
    file: Arc<File>,
    progress: watch::Sender<Progress>,
}

/// Why an export is not complete.
enum Ended {
    /// The server stops, or nobody reads it any more.
    Stopped,
    Failed(ExportError),
}

impl Shared {
    /// Tells `begun` of the export, or why there is none, and nothing when the server stops. Then writes it.
    fn make_export(&self, begun: watch::Sender<Option<Outcome>>) {
        let started = Instant::now();
        let (index, writing, export) = match self.begin_export() {
            Ok(parts) => parts,
            Err(Ended::Stopped) => return,
            Err(Ended::Failed(error)) => {
                begun.send_replace(Some(Err(error)));
                return;
            }
        };
        let readers = Arc::downgrade(&export);
        begun.send_replace(Some(Ok(export)));
        drop(begun);
        let is_over = || readers.strong_count() == 0 || self.exports.is_stopped.load(Ordering::Relaxed);
        let written = self.write_export(&writing, &is_over);
        // What was read of the map is no memory of ours.
        writing.pinned.env().release_pages();
        match written {
            Ok(sum) => {
                writing.progress.send_replace(Progress::Complete(sum));
                let size_bytes = writing.layout.size_bytes();
                info!(size_bytes, index, took = ?started.elapsed(), "wrote a backend snapshot");
            }
            Err(Ended::Stopped) => {}
            Err(Ended::Failed(error)) => {
                writing.progress.send_replace(Progress::Failed(error));
            }
        }
    }

    /// The index of the state, and both ends of a file that is empty.
    fn begin_export(&self) -> Result<(Index, Writing, Arc<Export>), Ended> {
        let live = self.exports.live.clone().try_acquire_owned().map_err(|_| Ended::Failed(ExportError::TooMany))?;
        let (barrier, pinned) = self.pin()?;
        let layout = convert::measure(&pinned, &|| self.exports.is_stopped.load(Ordering::Relaxed))?;
        let disk = rustix::fs::statvfs(&self.exports.dir).map_err(io::Error::from)?;
        check_space(layout.size_bytes(), disk.f_bavail * disk.f_frsize)?;
        let version =
            pinned.env().bucket(Bucket::Meta).get(pinned.txn(), STORAGE_VERSION).map_err(ConvertError::from)?;
        let storage_version = String::from_utf8_lossy(version.unwrap_or_default()).into_owned();
        let file = Arc::new(tempfile::tempfile_in(&self.exports.dir)?);
        let (sender, progress) = watch::channel(Progress::Written(0));
        let export =
            Export { file: file.clone(), size_bytes: layout.size_bytes(), storage_version, progress, _live: live };
        Ok((barrier.index, Writing { pinned, layout, file, progress: sender }, Arc::new(export)))
    }

    /// Writes the file; gives its SHA-256.
    fn write_export(&self, writing: &Writing, is_over: &dyn Fn() -> bool) -> Result<[u8; 32], Ended> {
        let (mut sha256, mut written) = (Sha256::new(), 0);
        let mut out = |bytes: &[u8]| {
            writing.file.write_all_at(bytes, written)?;
            written += bytes.len() as u64;
            writing.progress.send_replace(Progress::Written(written));
            sha256.update(bytes);
            std::thread::sleep(self.exports.writing.rest(bytes.len(), self.view.load().applied, Instant::now()));
            Ok(())
        };
        convert::to_bbolt(&writing.pinned, writing.layout, is_over, &mut out)?;
        Ok(sha256.finalize().into())
    }
}

impl From<ServerError> for Ended {
    fn from(error: ServerError) -> Self {
        match error {
            ServerError::Stopped => Self::Stopped,
            error => Self::Failed(ExportError::Failed(error.to_string())),
        }
    }
}

impl From<ConvertError> for Ended {
    fn from(error: ConvertError) -> Self {
        match error {
            ConvertError::Stopped => Self::Stopped,
            error => Self::Failed(ExportError::Failed(error.to_string())),
        }
    }
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        ConvertError::from(error).into()
    }
}

impl From<ExportError> for Ended {
    fn from(error: ExportError) -> Self {
        Self::Failed(error)
    }
}

fn check_space(size_bytes: u64, free: u64) -> Result<(), ExportError> {
    let needed = size_bytes / 100 * FREE_PERCENT_MIN;
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
