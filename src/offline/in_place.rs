//! The backend of a stopped member, locked, to be written anew where it is.
//!
//! etcd's file is made beside the old one as `db.tmp.<random>`, synced and renamed; ours as a new generation. Until then
//! nothing changes, and what was begun goes when it fails. After a crash the next one deletes it.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::scratch::MAP_SIZE_BYTES;
use super::temporary::TempFile;
use crate::storage::backend::env::{self, OpenError};
use crate::storage::datadir::{self, DataDir, DataDirError};
use crate::storage::rewrite::{self, RewriteError, State};
use crate::storage::schema::bucket::Bucket;
use crate::storage::source::{Kind, Rows, Source, SourceError, Wait, waiting};

/// Begins the name of a file that is being written, as etcd has it.
const TEMPORARY: &str = "db.tmp.";

/// Why a backend was not written anew. It is what it was.
#[derive(Debug, thiserror::Error)]
pub enum InPlaceError {
    #[error("stat {}: no such file or directory", .0.display())]
    Missing(PathBuf),
    #[error("{} is in use by another process", .0.display())]
    Locked(PathBuf),
    #[error("{}: cannot {doing}: {source}", path.display())]
    Io { path: PathBuf, doing: &'static str, source: io::Error },
    #[error(transparent)]
    DataDir(DataDirError),
    #[error(transparent)]
    Source(SourceError),
    #[error("{0}")]
    Rewrite(#[from] RewriteError),
}

impl From<SourceError> for InPlaceError {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::Missing(path) => Self::Missing(path),
            SourceError::Locked(path) => Self::Locked(path),
            error => Self::Source(error),
        }
    }
}

fn io_error(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> InPlaceError {
    let path = path.to_owned();
    move |source| InPlaceError::Io { path, doing, source }
}

/// The locked backend of a data directory.
pub struct InPlace {
    source: Source,
    snap_dir: PathBuf,
    /// Of our own backend.
    data_dir: Option<DataDir>,
}

impl InPlace {
    /// # Errors
    /// There is none, or somebody has it for longer than `wait`.
    pub fn open(data_dir: &Path, wait: Wait) -> Result<Self, InPlaceError> {
        let snap_dir = datadir::snap_dir(data_dir);
        if !env::exists(&snap_dir) {
            let db = snap_dir.join("db");
            if !db.exists() {
                // Data of ours may be there that nothing names.
                return Err(match env::refuse_unnamed(&snap_dir) {
                    Err(error @ OpenError::NoCurrent { .. }) => InPlaceError::Source(SourceError::Open(error)),
                    Ok(()) | Err(_) => InPlaceError::Missing(db),
                });
            }
            let source = Source::open(&db, wait)?;
            source.lock_exclusively(wait)?;
            // Whoever had it may have put another one in its place.
            let inode = |path: &Path| fs::metadata(path).map(|file| file.ino()).map_err(io_error(path, "look at"));
            if source.inode() != Some(inode(&db)?) {
                return Err(InPlaceError::Locked(db));
            }
            return Ok(Self { source, snap_dir, data_dir: None });
        }
        let mut lock = PathBuf::new();
        let locked = waiting(wait, || match DataDir::open(data_dir, None) {
            Ok((locked, _)) => Ok(Some(locked)),
            Err(DataDirError::Locked { lock: held }) => {
                lock = held;
                Ok(None)
            }
            Err(error) => Err(InPlaceError::DataDir(error)),
        })?;
        let locked = locked.ok_or(InPlaceError::Locked(lock))?;
        let source = Source::open(&snap_dir, wait)?;
        Ok(Self { source, snap_dir, data_dir: Some(locked) })
    }

    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Writes it anew, with bucket `meta` as `edit` leaves it; gives the bytes of the new one. `progress` hears of bytes
    /// of rows.
    ///
    /// # Errors
    /// It is damaged, or the disk refuses.
    pub fn rewrite(self, edit: impl FnOnce(&mut Rows), progress: &mut dyn FnMut(u64)) -> Result<u64, InPlaceError> {
        let Self { source, snap_dir, data_dir } = self;
        match source.kind() {
            Kind::Bbolt => {
                remove_leftovers(&snap_dir)?;
                let target = source.path().to_owned();
                let file = TempFile::make(tempfile::Builder::new().prefix(TEMPORARY), &snap_dir);
                let file = file.map_err(io_error(&snap_dir, "create a file in"))?;
                let bytes = rewrite::copy_bbolt(&source, file.as_file(), edit, progress)
                    .map_err(|error| error.in_file(file.path()))?;
                file.as_file().sync_all().map_err(io_error(file.path(), "sync"))?;
                file.persist(&target).map_err(io_error(&target, "replace"))?;
                File::open(&snap_dir).and_then(|dir| dir.sync_all()).map_err(io_error(&snap_dir, "sync"))?;
                Ok(bytes)
            }
            Kind::Lmdb => {
                let mut state = State::read(source)?;
                edit(state.bucket(Bucket::Meta));
                state.write_lmdb(&snap_dir, MAP_SIZE_BYTES, progress)?;
                drop(state);
                let written = Source::open(&snap_dir, Wait::Forever)?.size_bytes()?;
                drop(data_dir);
                Ok(written)
            }
        }
    }

    /// Changes bucket `meta` in its place, if that can be done without writing everything anew: of our own backend, once
    /// all its pages are found sound. `edit` changes the rows.
    ///
    /// # Errors
    /// It is damaged, or the disk refuses.
    pub fn edit_meta(self, edit: impl FnOnce(&mut Rows), progress: &mut dyn FnMut(u64)) -> Result<(), InPlaceError> {
        if self.source.kind() == Kind::Bbolt {
            return self.rewrite(edit, progress).map(drop);
        }
        if let Some(problem) = self.source.check().into_iter().next() {
            return Err(problem.into());
        }
        let before = self.source.rows(Bucket::Meta)?;
        let mut after = before.clone();
        edit(&mut after);
        let Self { source, snap_dir, data_dir } = self;
        // LMDB takes its own lock now; that of the directory stays.
        drop(source);
        rewrite::change_lmdb(&snap_dir, MAP_SIZE_BYTES, Bucket::Meta, &before, &after)?;
        drop(data_dir);
        Ok(())
    }
}

/// Deletes what an earlier one did not finish.
fn remove_leftovers(snap_dir: &Path) -> Result<(), InPlaceError> {
    for entry in fs::read_dir(snap_dir).map_err(io_error(snap_dir, "list"))? {
        let path = entry.map_err(io_error(snap_dir, "list"))?.path();
        if path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(TEMPORARY.as_bytes())) {
            tracing::info!(path = %path.display(), "removing a left-over temporary database");
            fs::remove_file(&path).map_err(io_error(&path, "delete"))?;
        }
    }
    Ok(())
}
