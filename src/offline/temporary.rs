//! Directories and files for the time being: they go with their value, and when a signal ends the process.
//!
//! Not here: who hears of signals (`utl::interrupt`).

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

/// All that there are. Locked also while something of them gets its final name.
static LIVING: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
/// How often a removal is tried while others still write there, and the pause between.
const REMOVALS: u32 = 20;
const REMOVAL_PAUSE: Duration = Duration::from_millis(5);

/// A directory that goes with this value.
#[derive(Debug)]
pub struct TempDir(Option<tempfile::TempDir>);

impl TempDir {
    /// Makes one in `parent`.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn make(builder: &tempfile::Builder, parent: &Path) -> io::Result<Self> {
        let mut living = LIVING.lock();
        let made = builder.tempdir_in(parent)?;
        living.push(made.path().to_owned());
        Ok(Self(Some(made)))
    }

    pub fn path(&self) -> &Path {
        self.0.as_ref().expect("it goes with this value").path()
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let path = self.path().to_owned();
        drop(self.0.take());
        forget(&path);
    }
}

/// A file that goes with this value unless it gets a name.
#[derive(Debug)]
pub struct TempFile(Option<tempfile::NamedTempFile>);

impl TempFile {
    /// Makes one in `parent`.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn make(builder: &tempfile::Builder, parent: &Path) -> io::Result<Self> {
        let mut living = LIVING.lock();
        let made = builder.tempfile_in(parent)?;
        living.push(made.path().to_owned());
        Ok(Self(Some(made)))
    }

    fn inner(&self) -> &tempfile::NamedTempFile {
        self.0.as_ref().expect("it goes with this value")
    }

    pub fn path(&self) -> &Path {
        self.inner().path()
    }

    pub fn as_file(&self) -> &File {
        self.inner().as_file()
    }

    /// Puts it in the place of whatever has that name.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn persist(mut self, name: &Path) -> io::Result<()> {
        let inner = self.0.take().expect("it goes with this value");
        named(inner, |inner| inner.persist(name))
    }

    /// Gives it a name that nothing has.
    ///
    /// # Errors
    /// Something has that name; the disk refuses.
    pub fn persist_noclobber(mut self, name: &Path) -> io::Result<()> {
        let inner = self.0.take().expect("it goes with this value");
        named(inner, |inner| inner.persist_noclobber(name))
    }
}

fn named(
    file: tempfile::NamedTempFile,
    persist: impl FnOnce(tempfile::NamedTempFile) -> Result<File, tempfile::PersistError>,
) -> io::Result<()> {
    let path = file.path().to_owned();
    let published = publishing();
    let persisted = persist(file);
    drop(published);
    // An error gives the file back, which is deleted with it.
    let persisted = persisted.map(drop).map_err(|error| error.error);
    forget(&path);
    persisted
}

impl Drop for TempFile {
    fn drop(&mut self) {
        if let Some(inner) = self.0.take() {
            let path = inner.path().to_owned();
            drop(inner);
            forget(&path);
        }
    }
}

/// While this is held no signal comes between: for names that belong together.
pub fn publishing() -> MutexGuard<'static, Vec<PathBuf>> {
    LIVING.lock()
}

fn forget(path: &Path) {
    LIVING.lock().retain(|living| living != path);
}

/// Removes all that there are, for a process that is about to end: nobody gets one or publishes one any more. Gives what
/// could not be removed.
pub fn remove_all() -> Vec<PathBuf> {
    let living = LIVING.lock();
    let left = living.iter().filter(|path| !removed(path)).cloned().collect();
    MutexGuard::leak(living);
    left
}

/// Others go on writing meanwhile, so a directory may not be empty at once.
fn removed(path: &Path) -> bool {
    (0..REMOVALS).any(|_| {
        // What matters is what is there afterwards.
        let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        let is_gone = path.symlink_metadata().is_err();
        if !is_gone {
            thread::sleep(REMOVAL_PAUSE);
        }
        is_gone
    })
}
