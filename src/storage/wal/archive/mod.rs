//! A copy of a WAL in another directory, which grows with it while the member runs.
//!
//! The archive is a directory of segments like the WAL itself, each cut at its last record: at any moment what stands
//! there is a prefix of the log, or ends torn where this process ended while appending. It has no gaps: where the WAL
//! no longer holds what follows, copying is refused, and a new archive has to be begun.
//!
//! - No locks are taken on the WAL: they would keep a member from starting. Instead all segments stay open from the
//!   moment they are seen, so that what the member deletes meanwhile can still be read.
//! - What was copied may be lost to the member: in a crash of its machine, when it was not synced. The records that
//!   the member writes instead then replace those of the archive, whose segment as it was stays as `.replaced`.
//! - All but the last segment of an archive are final: one that differs from the WAL's is refused.
//!
//! `copy` is about one segment. Not here: when to look (`rsutl wal archive`).

mod copy;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use self::copy::{Copy, Source};
use super::{SegmentName, WalError, segment};
use crate::storage::file_lock;
use crate::types::Index;

/// Why a WAL cannot be archived.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error(transparent)]
    Wal(#[from] WalError),
    #[error("{}: this is the WAL itself", dir.display())]
    Same { dir: PathBuf },
    #[error("{}: another process archives there", dir.display())]
    InUse { dir: PathBuf },
    #[error("{}: differs from the WAL's segment at offset {offset}, nothing was changed", file.display())]
    Differs { file: PathBuf, offset: u64 },
    #[error("{}: belongs to another log than {}", file.display(), wal.display())]
    OtherLog { file: PathBuf, wal: PathBuf },
    #[error("{}: the archive is ahead of {}, which ends with {last}", file.display(), wal.display())]
    Ahead { file: PathBuf, wal: PathBuf, last: SegmentName },
    #[error(
        "{}: entries {first} to {last} are in neither: the archive ends in {archived}, the WAL begins with {next}; \
         take a snapshot and begin a new archive",
        dir.display()
    )]
    Gap { dir: PathBuf, first: Index, last: Index, archived: SegmentName, next: SegmentName },
    #[error("{}: changed while it was copied", file.display())]
    Changed { file: PathBuf },
}

/// How much is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All segments but the one that the member writes to.
    Finished,
    /// That one too, as far as it can be read.
    Tail,
}

/// What a pass has done.
#[derive(Debug, Default)]
pub struct Progress {
    pub copied_bytes: u64,
    /// Segments that are complete now, and the last entry up to their end.
    pub completed: Vec<(SegmentName, Index)>,
    /// The member had lost records that were copied already: the segment as it was, and the offset of the difference.
    pub replaced: Vec<(PathBuf, u64)>,
    /// Why the tail cannot be read on: it is being written right now, or damaged if this stays.
    pub waiting: Option<WalError>,
}

/// An archive that this process writes to.
#[derive(Debug)]
pub struct Archive {
    wal: PathBuf,
    dir: PathBuf,
    /// Segments of the WAL from the archive's last one on.
    sources: BTreeMap<SegmentName, File>,
    metadata: Option<Bytes>,
    /// The last segment of the archive.
    last: Option<Last>,
    /// Keeps other archiving processes out.
    _lock: File,
}

#[derive(Debug)]
struct Last {
    copy: Copy,
    is_complete: bool,
}

impl Archive {
    /// Opens the archive of the WAL `wal` in `dir`, making that directory if it is missing, and compares what the two
    /// have in common.
    ///
    /// # Errors
    /// The directory is not usable, is that of another log, or a final segment differs.
    pub fn open(wal: &Path, dir: &Path) -> Result<Self, ArchiveError> {
        let sources = segment::list(wal)?;
        let newest = *sources.last().ok_or_else(|| WalError::Empty { dir: wal.to_owned() })?;
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(WalError::io(dir, "create"))?;
        let lock = File::open(dir).map_err(WalError::io(dir, "open"))?;
        if is_same(wal, dir).map_err(WalError::io(dir, "read"))? {
            return Err(ArchiveError::Same { dir: dir.to_owned() });
        }
        if !file_lock::try_flock(&lock).map_err(WalError::io(dir, "lock"))? {
            return Err(ArchiveError::InUse { dir: dir.to_owned() });
        }
        let mut archive = Self {
            wal: wal.to_owned(),
            dir: dir.to_owned(),
            sources: BTreeMap::new(),
            metadata: None,
            last: None,
            _lock: lock,
        };
        let mut archived = segment::list(dir)?;
        archive.undo_unsynced_cut(&mut archived, &sources)?;
        archive.check_last(&archived, newest)?;
        archive.look()?;
        if let Some((&last, finals)) = archived.split_last() {
            finals.iter().try_for_each(|&name| archive.check_final(name))?;
            let copy = Copy::open(dir, last, &mut archive.metadata)?;
            archive.last = Some(Last { copy, is_complete: false });
        }
        Ok(archive)
    }

    /// Copies what there is to copy. All of it is durable on return.
    ///
    /// # Errors
    /// The WAL is damaged or no longer holds what follows; the archive's disk refuses. The archive stays a prefix of
    /// the log, and the next pass tries again.
    pub fn copy(&mut self, extent: Extent) -> Result<Progress, ArchiveError> {
        let newest = self.look()?;
        let mut progress = Progress::default();
        while let Some(name) = self.next()? {
            let is_newest = name == newest;
            if is_newest && extent == Extent::Finished {
                break;
            }
            self.bring(name, is_newest, &mut progress)?;
            if is_newest {
                break;
            }
            let Some(last) = &mut self.last else { break };
            last.is_complete = true;
            progress.completed.push((name, last.copy.last_index()));
            self.sources.remove(&name);
        }
        Ok(progress)
    }

    /// The last entry in the archive.
    pub fn last_index(&self) -> Option<Index> {
        self.last.as_ref().map(|last| last.copy.last_index())
    }

    /// Opens what is new in the WAL; gives the newest segment.
    fn look(&mut self) -> Result<SegmentName, ArchiveError> {
        let names = segment::list(&self.wal)?;
        let newest = *names.last().ok_or_else(|| WalError::Empty { dir: self.wal.clone() })?;
        let done = self.last.as_ref().filter(|last| last.is_complete).map(|last| last.copy.name());
        for name in names.into_iter().filter(|&name| done.is_none_or(|done| name > done)) {
            if self.sources.contains_key(&name) {
                continue;
            }
            let path = self.wal.join(name.to_string());
            match File::open(&path) {
                Ok(file) => drop(self.sources.insert(name, file)),
                // Deleted since it was listed. If it is needed, a gap will be found.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(WalError::io(&path, "open")(error).into()),
            }
        }
        Ok(newest)
    }

    /// The segment to go on with.
    fn next(&self) -> Result<Option<SegmentName>, ArchiveError> {
        let Some(last) = &self.last else { return Ok(self.sources.keys().next().copied()) };
        let archived = last.copy.name();
        if !last.is_complete && self.sources.contains_key(&archived) {
            return Ok(Some(archived));
        }
        let Some((&next, file)) = self.sources.iter().find(|(name, _)| **name > archived) else { return Ok(None) };
        let follows = archived.sequence.checked_add(1) == Some(next.sequence);
        // Only the CRC shows that nothing is missing at the end of a segment that is gone.
        if follows && (last.is_complete || last.copy.is_followed_by(&self.source(next, file))?) {
            return Ok(Some(next));
        }
        Err(ArchiveError::Gap {
            dir: self.dir.clone(),
            first: last.copy.last_index() + 1,
            last: next.index.saturating_sub(1),
            archived,
            next,
        })
    }

    /// Copies what is new in one segment.
    fn bring(&mut self, name: SegmentName, is_newest: bool, progress: &mut Progress) -> Result<(), ArchiveError> {
        let file = &self.sources[&name];
        let source = Source { name, path: self.wal.join(name.to_string()), file, is_newest };
        match &mut self.last {
            Some(last) if last.copy.name() == name => {
                match last.copy.reconcile(&source, &mut self.metadata)? {
                    copy::Common::All => {}
                    copy::Common::Waiting => return Ok(()),
                    copy::Common::Replaced { copy, offset } => progress.replaced.push((copy, offset)),
                }
                let before = last.copy.offset();
                progress.waiting = last.copy.extend(&source, &mut self.metadata)?;
                progress.copied_bytes += last.copy.offset() - before;
            }
            last => {
                let before = last.as_ref().map(|last| &last.copy);
                let (copy, waiting) = Copy::create(&self.dir, &source, before, &mut self.metadata)?;
                progress.waiting = waiting;
                if let Some(copy) = copy {
                    progress.copied_bytes += copy.offset();
                    *last = Some(Last { copy, is_complete: false });
                }
            }
        }
        Ok(())
    }

    fn source<'file>(&self, name: SegmentName, file: &'file File) -> Source<'file> {
        Source { name, path: self.wal.join(name.to_string()), file, is_newest: false }
    }

    /// A cut that the member's machine has lost in a crash: the archive has the new segment's head and nothing more,
    /// and the segment before it went on. `sources` are the WAL's.
    fn undo_unsynced_cut(
        &mut self,
        archived: &mut Vec<SegmentName>,
        sources: &[SegmentName],
    ) -> Result<(), ArchiveError> {
        let [.., before, last] = archived[..] else { return Ok(()) };
        if !sources.contains(&before) || Copy::open(&self.dir, last, &mut None)?.has_entries() {
            return Ok(());
        }
        if sources.contains(&last) {
            let path = self.wal.join(before.to_string());
            let file = File::open(&path).map_err(WalError::io(&path, "open"))?;
            if copy::first_difference(&self.dir.join(before.to_string()), &self.source(before, &file))?.is_none() {
                return Ok(());
            }
        }
        let path = self.dir.join(last.to_string());
        fs::rename(&path, copy::free_name(&path)).map_err(WalError::io(&path, "put aside"))?;
        archived.pop();
        Ok(segment::sync_dir(&self.dir)?)
    }

    fn check_last(&self, archived: &[SegmentName], newest: SegmentName) -> Result<(), ArchiveError> {
        match archived.last() {
            Some(&last) if last.sequence > newest.sequence => {
                Err(ArchiveError::Ahead { file: self.dir.join(last.to_string()), wal: self.wal.clone(), last: newest })
            }
            _ => Ok(()),
        }
    }

    /// A segment that another one follows in the archive is the same in the WAL, if it is there.
    fn check_final(&mut self, name: SegmentName) -> Result<(), ArchiveError> {
        let path = self.dir.join(name.to_string());
        let same_sequence = self.sources.keys().find(|other| other.sequence == name.sequence);
        if same_sequence.is_some_and(|other| *other != name) {
            return Err(ArchiveError::OtherLog { file: path, wal: self.wal.clone() });
        }
        let Some(file) = self.sources.remove(&name) else { return Ok(()) };
        match copy::first_difference(&path, &self.source(name, &file))? {
            None => Ok(()),
            Some(offset) => Err(ArchiveError::Differs { file: path, offset }),
        }
    }
}

fn is_same(one: &Path, other: &Path) -> io::Result<bool> {
    Ok(fs::canonicalize(one)? == fs::canonicalize(other)?)
}
