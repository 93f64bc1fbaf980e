//! Rows of a file that may be broken: every leaf page that can be read is looked at, whether anything leads to it or
//! not. So a row may come twice, may be an old one, or may be of any bucket.
//!
//! Not here: reading what counts (`source`).

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use super::backend;
use super::bbolt;
use super::source::{Kind, Source, SourceError, Wait};

/// Taken for the size of a page where the file does not say it.
pub(super) const USUAL_PAGE_BYTES: u64 = 4096;
/// First page after the metas.
pub(super) const FIRST_PAGE: u64 = 2;

/// Key and value of a place in a leaf, or what is wrong there.
pub type Row<'page> = Result<(Cow<'page, [u8]>, Cow<'page, [u8]>), String>;

/// What there is at a page.
pub enum Found<'page> {
    /// A leaf with its rows. What is a bucket or tells of a tree is left out.
    Leaf { page: u64, rows: &'page [Row<'page>] },
    /// It cannot be read, or is no page at all.
    Broken { page: u64, what: String },
}

/// Who is told of a page.
pub type Visit<'visit> = dyn FnMut(Found<'_>) -> io::Result<()> + 'visit;

/// Why a file cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

/// Visits the leaf pages of the backend at `path`, as [`Source::open`] finds it, from its first page to its last.
///
/// # Errors
/// There is no file, it is in use for longer than `wait`, or `visit` fails.
pub fn scan(path: &Path, wait: Wait, visit: &mut Visit<'_>) -> Result<(), ScanError> {
    // Held open meanwhile for its lock; one that is too broken to be opened is not in use either.
    let (file, kind, _source) = match Source::open(path, wait) {
        Ok(source) => (source.path().to_owned(), source.kind(), Some(source)),
        Err(SourceError::NoDatabase { path, .. }) if has_pages(&path) => (path, Kind::Bbolt, None),
        Err(SourceError::Lmdb(damage)) => (damage.path, Kind::Lmdb, None),
        Err(error) => return Err(error.into()),
    };
    let scanned = match kind {
        Kind::Bbolt => bbolt::scan(&file, visit),
        Kind::Lmdb => backend::scan(&file, visit),
    };
    scanned.map_err(|source| ScanError::Io { path: file, source })
}

/// Is there anything behind where the metas would be?
fn has_pages(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| metadata.len() > FIRST_PAGE * USUAL_PAGE_BYTES)
}
