//! Where the files are that a command looks into.

use std::path::{Path, PathBuf};

use super::Failure;
use crate::offline::current::{Current, CurrentError, Log};
use crate::offline::keyspace::KeySpaceError;
use crate::storage::source::{SourceError, Wait};

/// Whose state to show: of a stopped member, with what its log has beyond the backend, or of a file.
#[derive(clap::Args, Clone, Debug)]
pub struct Place {
    /// Data directory of a stopped member, of etcd or rsetcd
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Snapshot, or another file that is a backend: etcd's db, LMDB's data.mdb
    #[arg(long, value_name = "FILE", conflicts_with = "data_dir")]
    snapshot: Option<PathBuf>,
    /// Directory of the member's log [default: DIR/member/wal]
    #[arg(long, value_name = "DIR", conflicts_with_all = ["snapshot", "backend_only"])]
    wal_dir: Option<PathBuf>,
    /// Leave out what the log has committed and the backend does not have yet
    #[arg(long)]
    backend_only: bool,
}

impl Place {
    /// Opens the state. `path` is one that was given without a flag, which stands for either.
    ///
    /// # Errors
    /// No path or two of them; it is in use for too long, damaged, or none.
    pub fn open(&self, path: Option<&Path>, wait: Wait) -> Result<Current, Failure> {
        let log = match &self.wal_dir {
            Some(dir) => Log::At(dir.clone()),
            None if self.backend_only => Log::Ignored,
            None => Log::InDataDir,
        };
        open(self.path(path)?, &log, wait)
    }

    /// The path that was given.
    ///
    /// # Errors
    /// There is none, or two.
    pub fn path<'place>(&'place self, path: Option<&'place Path>) -> Result<&'place Path, Failure> {
        let mut given = [&self.data_dir, &self.snapshot].into_iter().flatten().map(PathBuf::as_path).chain(path);
        let first = given.next().ok_or_else(|| failed("one of --data-dir and --snapshot is needed".into()))?;
        match given.next() {
            None => Ok(first),
            Some(_) => Err(failed("one of --data-dir, --snapshot and PATH is enough".into())),
        }
    }
}

/// Opens the state at a path, and tells on stderr what of the log is in it.
///
/// # Errors
/// It is in use for too long, damaged, or none.
pub fn open(path: &Path, log: &Log, wait: Wait) -> Result<Current, Failure> {
    let current = Current::open(path, log, wait)?;
    if let Some(applied) = current.applied() {
        let (first, last) = (applied.start(), applied.end());
        eprintln!(
            "{} entries of the log, {first} to {last}, are committed and not in the backend yet: what follows has them",
            last - first + 1
        );
    }
    Ok(current)
}

/// A failure with this text.
pub fn failed(text: String) -> Failure {
    Failure::Failed(text)
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        Self::from_error(error)
    }
}

impl From<CurrentError> for Failure {
    fn from(error: CurrentError) -> Self {
        Self::from_error(error)
    }
}

impl From<KeySpaceError> for Failure {
    fn from(error: KeySpaceError) -> Self {
        Self::from_error(error)
    }
}
