//! A part of a backend as a snapshot of its own: some buckets, or the keys with one beginning.
//!
//! What is left is as it was, under the revisions it had; leases whose keys stayed behind go along. Bucket `meta`
//! always does, and an empty row keeps the newest revision where the row that had it stayed behind: a member that is
//! made of the part never goes back to a revision that somebody has seen.

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::current::Current;
use super::keyspace::{Bounds, KeySpaceError};
use super::temporary::TempFile;
use crate::storage::order::Order;
use crate::storage::rewrite::{RewriteError, State};
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::key::{KeyValue, RowKey};
use crate::types::Revision;

const CHUNK_BYTES: usize = 1 << 20;

/// Why there is no new file. None is left then.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    #[error("{}: there is a file already", .0.display())]
    Exists(PathBuf),
    #[error(transparent)]
    KeySpace(#[from] KeySpaceError),
    #[error(transparent)]
    Rewrite(#[from] RewriteError),
    #[error("{}: cannot {doing}: {source}", path.display())]
    Io { path: PathBuf, doing: &'static str, source: io::Error },
}

/// What goes along.
#[derive(Clone, Debug)]
pub struct Part {
    /// Bucket `meta` does in any case.
    pub buckets: Vec<Bucket>,
    /// Of bucket `key`: the keys that begin with it.
    pub prefix: Vec<u8>,
}

impl Part {
    fn has(&self, bucket: Bucket) -> bool {
        bucket == Bucket::Meta || self.buckets.contains(&bucket)
    }

    fn has_row(&self, value: &[u8]) -> bool {
        self.has(Bucket::Key)
            && (self.prefix.is_empty() || KeyValue::decode(value).is_some_and(|kv| kv.key.starts_with(&self.prefix)))
    }
}

/// Writes `part` of the state to `out`: etcd's `db` format, with the SHA-256 behind it that a restore asks for. Gives
/// the bytes of the file.
///
/// # Errors
/// There is such a file already, damage, or no space.
pub fn extract(current: Current, part: &Part, out: &Path) -> Result<u64, ExtractError> {
    if out.symlink_metadata().is_ok() {
        return Err(ExtractError::Exists(out.into()));
    }
    let keeper = revision_keeper(&current, part)?;
    // The scratch directory lives until the end.
    let (source, _scratch) = current.into_source();
    let mut state = State::read(source).map_err(RewriteError::from)?;
    for bucket in Bucket::ALL.into_iter().filter(|&bucket| !part.has(bucket)) {
        state.bucket(bucket).clear();
    }
    if let Some(keeper) = keeper {
        state.append(&keeper, Vec::new());
    }
    let rows = part.clone();
    state.retain(move |_, value| rows.has_row(value));

    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |doing| move |source| ExtractError::Io { path: out.into(), doing, source };
    let file = TempFile::make(tempfile::Builder::new().prefix(".rsutl-").suffix(".part"), parent);
    // Of a name that nobody knows only the kind of error is of use.
    let file = file.map_err(|error| failed("make a file beside it")(error.kind().into()))?;
    let bytes = state.write_bbolt(file.as_file(), &mut |_| {}).map_err(|error| error.in_file(out))?;
    let sum = sum(file.as_file(), bytes).map_err(failed("read back what was written"))?;
    file.as_file().write_all_at(&sum, bytes).map_err(failed("write"))?;
    file.as_file().sync_all().map_err(failed("sync"))?;
    file.persist_noclobber(out).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => ExtractError::Exists(out.into()),
        _ => failed("name")(error),
    })?;
    // The name, too, must outlive a power failure.
    File::open(parent).and_then(|parent| parent.sync_all()).map_err(failed("sync the directory of"))?;
    Ok(bytes + sum.len() as u64)
}

/// The empty row that is needed so that the revision stays; `None` if a row or a compaction that goes along has it.
fn revision_keeper(current: &Current, part: &Part) -> Result<Option<RowKey>, KeySpaceError> {
    let bounds = Bounds::read(current.source())?;
    let mut is_kept = bounds.newest <= bounds.compacted.max(1);
    current.source().visit_in(Order::Descending, Bucket::Key, |key, value| {
        let is_newest = RowKey::decode(key).is_some_and(|(revision, _)| revision.main == bounds.newest);
        is_kept |= is_newest && part.has_row(value);
        Ok::<_, KeySpaceError>(if is_newest && !is_kept { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })?;
    Ok((!is_kept).then(|| RowKey::new(Revision::new(bounds.newest, 0), false)))
}

fn sum(file: &File, bytes: u64) -> io::Result<[u8; 32]> {
    let mut sum = Sha256::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut at = 0;
    while at < bytes {
        let part = usize::try_from(bytes - at).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
        file.read_exact_at(&mut chunk[..part], at)?;
        sum.update(&chunk[..part]);
        at += part as u64;
    }
    Ok(sum.finalize().into())
}
