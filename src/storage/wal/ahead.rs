//! The next segment's file, made and filled with zeros before it is needed.
//!
//! A sync of blocks that hold zeros is faster than one of blocks merely set aside, since the file system has nothing
//! to note down; so a thread of its own writes them, in paced steps. Who cuts never waits for it: a file that is not
//! ready is left to the cut after, and [`create`] makes one that is only allocated.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use rustix::fs::{Advice, FallocateFlags};

use crate::storage::file_lock;

/// Name of the file that is made ahead, and of one that a cut makes itself. etcd uses both too.
pub const AHEAD: &str = "0.tmp";
pub const AT_CUT: &str = "1.tmp";

const STEP: usize = 1 << 20;
/// Between steps: a segment takes about half a second, and the log's own syncs get the disk in between.
const PAUSE: Duration = Duration::from_millis(5);

/// A locked file of `bytes` zeros at `path`, allocated but not written.
pub fn create(path: &Path, bytes: u64) -> io::Result<File> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(path)?;
    if !file_lock::try_lock_segment(&file)? {
        return Err(io::Error::new(io::ErrorKind::ResourceBusy, "locked by another process"));
    }
    allocate(&file, bytes)?;
    Ok(file)
}

/// Makes `file` at least `bytes` long. New bytes read as zeros; where the file system can, their space is set aside.
pub fn allocate(file: &File, bytes: u64) -> io::Result<()> {
    match rustix::fs::fallocate(file, FallocateFlags::empty(), 0, bytes) {
        Ok(()) => Ok(()),
        Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) if file.metadata()?.len() >= bytes => Ok(()),
        Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) => file.set_len(bytes),
        Err(error) => Err(error.into()),
    }
}

/// Makes files ahead of need on a thread, which starts at the first [`Ahead::want`] and ends when this is dropped.
#[derive(Debug)]
pub struct Ahead {
    path: PathBuf,
    bytes: u64,
    sync: bool,
    shared: Arc<(Mutex<State>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum State {
    Idle,
    Wanted,
    Filling,
    Ready(File),
    /// Making it failed: no further try before the next cut, which will meet the same trouble and tell.
    Failed,
    Stopping,
}

impl Ahead {
    /// `sync`: whether files are synced before they count as ready.
    pub fn new(dir: &Path, bytes: u64, sync: bool) -> Self {
        let shared = Arc::new((Mutex::new(State::Idle), Condvar::new()));
        Self { path: dir.join(AHEAD), bytes, sync, shared, thread: None }
    }

    /// Has a file made, if none is being made or ready.
    pub fn want(&mut self) {
        let (state, changed) = &*self.shared;
        let mut state = state.lock();
        if !matches!(*state, State::Idle) {
            return;
        }
        *state = State::Wanted;
        changed.notify_one();
        drop(state);
        if self.thread.is_none() {
            let (path, bytes, sync) = (self.path.clone(), self.bytes, self.sync);
            let shared = Arc::clone(&self.shared);
            let thread = std::thread::Builder::new().name("wal-ahead".into());
            self.thread = thread.spawn(move || fill_on_demand(&path, bytes, sync, &shared)).ok();
        }
    }

    /// The file at [`AHEAD`], if it is ready. Never waits.
    pub fn take(&mut self) -> Option<File> {
        let mut state = self.shared.0.lock();
        match std::mem::replace(&mut *state, State::Idle) {
            State::Ready(file) => Some(file),
            State::Failed | State::Idle => None,
            busy => {
                *state = busy;
                None
            }
        }
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        *self.shared.0.lock() = State::Stopping;
        self.shared.1.notify_one();
        if let Some(thread) = self.thread.take() {
            // It ends after its step at hand. A panic there has been reported by the thread itself.
            let _ = thread.join();
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn fill_on_demand(path: &Path, bytes: u64, sync: bool, shared: &(Mutex<State>, Condvar)) {
    let (state, changed) = shared;
    let is_stopping = || matches!(*state.lock(), State::Stopping);
    loop {
        let mut wanted = state.lock();
        loop {
            match *wanted {
                State::Wanted => break,
                State::Stopping => return,
                State::Idle | State::Filling | State::Ready(_) | State::Failed => changed.wait(&mut wanted),
            }
        }
        *wanted = State::Filling;
        drop(wanted);
        let made = fill(path, bytes, sync, is_stopping);
        let mut state = state.lock();
        if matches!(*state, State::Stopping) {
            return;
        }
        *state = match made {
            Ok(file) => State::Ready(file),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "cannot prepare the next WAL segment");
                let _ = fs::remove_file(path);
                State::Failed
            }
        };
    }
}

fn fill(path: &Path, bytes: u64, sync: bool, is_stopping: impl Fn() -> bool) -> io::Result<File> {
    let file = create(path, bytes)?;
    let zeros = vec![0; STEP];
    let mut offset = 0;
    while offset < bytes && !is_stopping() {
        let step = (bytes - offset).min(STEP as u64);
        file.write_all_at(&zeros[..step as usize], offset)?;
        if sync {
            file.sync_data()?;
        }
        // Only advice: the zeros are not wanted in memory.
        let _ = rustix::fs::fadvise(&file, offset, std::num::NonZeroU64::new(step), Advice::DontNeed);
        offset += step;
        if offset < bytes {
            std::thread::sleep(PAUSE);
        }
    }
    if sync {
        file.sync_all()?;
        if let Some(dir) = path.parent() {
            File::open(dir)?.sync_all()?;
        }
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_made_on_demand_taken_once_and_removed_at_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let mut ahead = Ahead::new(dir.path(), 3 << 20, true);
        assert!(ahead.take().is_none());
        assert!(!dir.path().join(AHEAD).exists());
        ahead.want();
        let file = loop {
            if let Some(file) = ahead.take() {
                break file;
            }
            std::thread::yield_now();
        };
        assert_eq!(file.metadata().unwrap().len(), 3 << 20);
        assert!(ahead.take().is_none());
        fs::rename(dir.path().join(AHEAD), dir.path().join("taken")).unwrap();
        ahead.want();
        drop(ahead);
        assert!(!dir.path().join(AHEAD).exists());
        assert!(dir.path().join("taken").exists());
    }
}
