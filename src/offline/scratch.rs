//! A state in a backend of ours that entries of a log can be applied to: for the state at a moment between a snapshot
//! and the end of the log.

use std::path::{Path, PathBuf};

use crate::apply::{ReplayError, Replayer};
use crate::pb::raftpb::Entry;
use crate::storage::rewrite::{RewriteError, State};
use crate::storage::source::{Source, SourceError, Wait};
use crate::types::{ClusterId, Index};

/// Bounds LMDB's file: address space only.
pub const MAP_SIZE_BYTES: usize = 1 << 40;

/// Where to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Right after the last entry.
    End,
    /// Right after the entry of this index.
    Index(Index),
    /// Right after the entry that makes this revision.
    Revision(i64),
}

/// Why there is no state at that moment.
#[derive(Debug, thiserror::Error)]
pub enum ScratchError {
    #[error(transparent)]
    Rewrite(#[from] RewriteError),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Replay(#[from] ReplayError),
    #[error("the state is at index {at} already, which is after index {wanted}")]
    PastIndex { at: Index, wanted: Index },
    #[error("the state is at revision {at} already, which is after revision {wanted}")]
    PastRevision { at: i64, wanted: i64 },
    #[error("the log ends at index {last}, before index {wanted}")]
    EndsBeforeIndex { last: Index, wanted: Index },
    #[error("the log ends at revision {last}, before revision {wanted}")]
    EndsBeforeRevision { last: i64, wanted: i64 },
}

/// The state, open for entries.
pub struct Scratch {
    snap_dir: PathBuf,
    replayer: Replayer,
}

impl Scratch {
    /// Writes `state` as a backend of ours below `snap_dir`, an empty directory, and opens it. `progress` hears of
    /// bytes of rows as they are written.
    ///
    /// # Errors
    /// Damage in the source; no space.
    pub fn create(
        snap_dir: &Path,
        state: &State,
        cluster_id: ClusterId,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Self, ScratchError> {
        state.write_lmdb(snap_dir, MAP_SIZE_BYTES, progress)?;
        Self::open(snap_dir, cluster_id)
    }

    /// Opens a backend of ours that nobody else has open; of an empty directory, the state before the first entry.
    ///
    /// # Errors
    /// It is damaged.
    pub fn open(snap_dir: &Path, cluster_id: ClusterId) -> Result<Self, ScratchError> {
        let replayer = Replayer::open(snap_dir, cluster_id, MAP_SIZE_BYTES)?;
        Ok(Self { snap_dir: snap_dir.into(), replayer })
    }

    /// The state, to be read or gone on with.
    pub fn replayer(&mut self) -> &mut Replayer {
        &mut self.replayer
    }

    /// Applies `entries`, which begin at or before the next one needed, up to `until`. What is in the state already is
    /// passed over.
    ///
    /// # Errors
    /// That moment is before the state or after the last entry; entries are missing; no space.
    pub fn apply(&mut self, entries: &[Entry], until: Until) -> Result<(), ScratchError> {
        let at = self.replayer.applied().0;
        match until {
            Until::Index(wanted) if at > wanted => return Err(ScratchError::PastIndex { at, wanted }),
            Until::Revision(wanted) if self.replayer.revision() > wanted => {
                return Err(ScratchError::PastRevision { at: self.replayer.revision(), wanted });
            }
            _ => {}
        }
        for entry in entries.iter().filter(|entry| entry.index() > at) {
            let is_there = match until {
                Until::End => false,
                Until::Index(wanted) => entry.index() > wanted,
                Until::Revision(wanted) => self.replayer.revision() >= wanted,
            };
            if is_there {
                break;
            }
            self.replayer.apply(entry)?;
        }
        let (last, revision) = (self.replayer.applied().0, self.replayer.revision());
        match until {
            Until::Index(wanted) if last < wanted => Err(ScratchError::EndsBeforeIndex { last, wanted }),
            Until::Revision(wanted) if revision < wanted => {
                Err(ScratchError::EndsBeforeRevision { last: revision, wanted })
            }
            Until::End | Until::Index(_) | Until::Revision(_) => Ok(()),
        }
    }

    /// Closes the backend, everything in it durable, and opens it as a source.
    ///
    /// # Errors
    /// No space.
    pub fn finish(self) -> Result<Source, ScratchError> {
        self.replayer.finish()?;
        Ok(Source::open(&self.snap_dir, Wait::Forever)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::schema::bucket::Bucket;
    use crate::storage::{testdata, wal};

    const FIXTURE: &str = "replay/3.5.1-single";

    /// The whole log of a real member, from its first entry.
    fn entries(dir: &Path) -> Vec<Entry> {
        let segment = dir.join("0000000000000000-0000000000000000.wal");
        std::fs::write(segment, testdata::read(&format!("{FIXTURE}.wal.gz"))).unwrap();
        wal::inspect(wal::RecordReader::open(dir).unwrap(), 1).unwrap().entries
    }

    #[test]
    fn a_state_goes_on_from_where_it_was_left_in_either_format() {
        let dirs = [(); 4].map(|()| tempfile::tempdir().unwrap());
        let [log, empty, first, second] = dirs.each_ref().map(tempfile::TempDir::path);
        let entries = entries(log);
        // Nothing yet: an empty backend of ours.
        drop(Replayer::open(empty, ClusterId(7), 1 << 26).unwrap());
        let source = Source::open(empty, Wait::Forever).unwrap();
        let state = State::read(source).unwrap();

        let mut half = Scratch::create(first, &state, ClusterId(7), &mut |_| {}).unwrap();
        half.apply(&entries, Until::Revision(20)).unwrap();
        assert_eq!(half.replayer().revision(), 20);
        let at = half.replayer().applied().0;
        let error = half.apply(&entries, Until::Index(at - 1)).unwrap_err();
        assert_eq!(error.to_string(), format!("the state is at index {at} already, which is after index {}", at - 1));
        let half = State::read(half.finish().unwrap()).unwrap();

        // On in etcd's format, and from there to the end.
        let file = tempfile::NamedTempFile::new().unwrap();
        half.write_bbolt(file.as_file(), &mut |_| {}).unwrap();
        let snapshot = Source::open(file.path(), Wait::Forever).unwrap();
        assert_eq!(snapshot.check().len(), 0);
        assert_eq!(snapshot.hash(|_, _| false).unwrap(), half.source().hash(|_, _| false).unwrap());
        let mut rest = Scratch::create(second, &State::read(snapshot).unwrap(), ClusterId(7), &mut |_| {}).unwrap();
        rest.apply(&entries, Until::End).unwrap();
        let last = entries.last().unwrap().index();
        assert_eq!(rest.replayer().applied().0, last);
        let error = rest.apply(&entries, Until::Index(last + 1)).unwrap_err();
        assert_eq!(error.to_string(), format!("the log ends at index {last}, before index {}", last + 1));
        let whole = rest.finish().unwrap();
        assert!(whole.rows(Bucket::Meta).unwrap().contains_key(&b"consistent_index"[..]));
    }
}
