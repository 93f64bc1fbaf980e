//! The state of a stopped member as its next start would make it: its backend, and what its log has committed
//! beyond that.
//!
//! A backend follows the log behind, so a member that was killed has changes in its log alone. They are applied to a
//! copy in a scratch directory, if there are any; otherwise the backend itself is what one gets.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use prost::Message;

use super::scratch::{Scratch, ScratchError, Until};
use super::temporary::TempDir;
use crate::membership::Member;
use crate::membership::bootstrap::parse_metadata;
use crate::pb::raftpb::{ConfChange, ConfChangeType, Entry, EntryType, HardState};
use crate::storage::datadir;
use crate::storage::rewrite::State;
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::meta;
use crate::storage::source::{Source, SourceError, Wait};
use crate::storage::wal::{self, RecordReader, Wal, WalError};
use crate::types::{ClusterId, Index, MemberId, Term};

/// Where a member's log is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Log {
    /// Nobody wants to know.
    Ignored,
    /// Where a data directory has it; a file has none.
    InDataDir,
    At(PathBuf),
}

/// Who a member is, as its log says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    pub member_id: MemberId,
    pub cluster_id: ClusterId,
    pub term: Term,
}

/// Why the state cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum CurrentError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Wal(#[from] WalError),
    #[error("{}: {what}", wal.display())]
    Metadata { wal: PathBuf, what: String },
    #[error("{}: bucket {bucket}: the row with key \"{}\" cannot be read", path.display(), key.escape_ascii())]
    Row { path: PathBuf, bucket: &'static str, key: Vec<u8> },
    #[error("cannot make a scratch directory: {0}")]
    Scratch(#[from] std::io::Error),
    #[error("the entries of {} cannot be applied: {source}", wal.display())]
    Replay { wal: PathBuf, source: Box<ScratchError> },
}

/// The state, open for reading.
pub struct Current {
    // Before the directory that it may be in.
    source: Source,
    path: PathBuf,
    identity: Option<Identity>,
    applied: Option<RangeInclusive<Index>>,
    _scratch: Option<TempDir>,
}

impl Current {
    /// Opens what is at `path`, a data directory or a file as [`Source::open`] takes it. Nothing is changed there.
    ///
    /// # Errors
    /// It is in use for longer than `wait`, backend or log are damaged, or entries are missing between them.
    pub fn open(path: &Path, log: &Log, wait: Wait) -> Result<Self, CurrentError> {
        let source = Source::open(path, wait)?;
        let file = source.path().to_owned();
        let Some(wal) = log.dir(path) else {
            return Ok(Self { source, path: file, identity: None, applied: None, _scratch: None });
        };
        let next = consistent_index(&source)? + 1;
        let log = wal::inspect(RecordReader::open(&wal)?, next)?;
        let parsed = parse_metadata(&log.metadata);
        let (member_id, cluster_id) =
            parsed.map_err(|error| CurrentError::Metadata { wal: wal.clone(), what: error.to_string() })?;
        let identity = Some(Identity { member_id, cluster_id, term: log.hard_state.term() });
        let last = last_committed(&log.hard_state, &log.entries, voters(&source)?, member_id);
        if last < next || log.entries.is_empty() {
            return Ok(Self { source, path: file, identity, applied: None, _scratch: None });
        }
        let scratch = TempDir::make(tempfile::Builder::new().prefix("rsutl-"), &std::env::temp_dir())?;
        let replayed = || -> Result<Source, ScratchError> {
            let state = State::read(source)?;
            let mut state = Scratch::create(scratch.path(), &state, cluster_id, &mut |_| {})?;
            state.apply(&log.entries, Until::Index(last))?;
            state.finish()
        };
        let source = replayed().map_err(|source| CurrentError::Replay { wal, source: Box::new(source) })?;
        Ok(Self { source, path: file, identity, applied: Some(next..=last), _scratch: Some(scratch) })
    }

    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The backend's file, whether or not the source is a copy of it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `None` of a file, and where the log is ignored.
    pub fn identity(&self) -> Option<Identity> {
        self.identity
    }

    /// Entries of the log that were applied, because the backend does not have them yet.
    pub fn applied(&self) -> Option<RangeInclusive<Index>> {
        self.applied.clone()
    }

    /// The source, to be given away, and what must live as long as it.
    pub fn into_source(self) -> (Source, Option<TempDir>) {
        (self.source, self._scratch)
    }
}

impl Log {
    fn dir(&self, path: &Path) -> Option<PathBuf> {
        match self {
            Self::Ignored => None,
            Self::InDataDir => Some(datadir::wal_dir(path)).filter(|wal| Wal::exists(wal)),
            Self::At(wal) => Some(wal.clone()),
        }
    }
}

fn consistent_index(source: &Source) -> Result<Index, CurrentError> {
    let rows = source.rows(Bucket::Meta)?;
    match rows.get(meta::CONSISTENT_INDEX) {
        None => Ok(0),
        Some(value) => meta::decode_u64(value).ok_or_else(|| CurrentError::Row {
            path: source.path().into(),
            bucket: Bucket::Meta.name(),
            key: meta::CONSISTENT_INDEX.into(),
        }),
    }
}

fn voters(source: &Source) -> Result<BTreeSet<MemberId>, CurrentError> {
    let mut voters = BTreeSet::new();
    source.visit(Bucket::Members, |key, value| {
        let row = || CurrentError::Row { path: source.path().into(), bucket: Bucket::Members.name(), key: key.into() };
        let member = Member::from_json(value).map_err(|_| row())?;
        if !member.is_learner {
            voters.insert(member.id);
        }
        Ok::<_, CurrentError>(())
    })?;
    Ok(voters)
}

/// The last of `entries`, which follow the state whose voters are given, that counts: up to the commit index, which is not synced when it alone advances. A lone voter is
/// the whole quorum, so with one everything in its log is committed, up to the change that gives it company.
pub(super) fn last_committed(
    hard_state: &HardState,
    entries: &[Entry],
    mut voters: BTreeSet<MemberId>,
    own: MemberId,
) -> Index {
    let mut last = hard_state.commit();
    for entry in entries {
        if entry.index() > last {
            if !voters.iter().eq([&own]) {
                break;
            }
            last = entry.index();
        }
        change_voters(entry, &mut voters);
    }
    last.min(entries.last().map_or(0, Entry::index))
}

fn change_voters(entry: &Entry, voters: &mut BTreeSet<MemberId>) {
    let change = match entry.r#type() {
        EntryType::EntryNormal => return,
        EntryType::EntryConfChange => ConfChange::decode(entry.data.clone().unwrap_or_default()),
        // Nobody of us writes one; whatever it says, this is no lone voter any more.
        EntryType::EntryConfChangeV2 => return voters.clear(),
    };
    let Ok(change) = change else { return voters.clear() };
    let member = MemberId(change.node_id());
    match change.r#type() {
        ConfChangeType::ConfChangeAddNode => drop(voters.insert(member)),
        ConfChangeType::ConfChangeRemoveNode | ConfChangeType::ConfChangeAddLearnerNode => {
            voters.remove(&member);
        }
        ConfChangeType::ConfChangeUpdateNode => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(kind: ConfChangeType, node: u64) -> Option<Vec<u8>> {
        let mut change = ConfChange::default();
        change.set_type(kind);
        change.node_id = Some(node);
        Some(change.encode_to_vec())
    }

    #[test]
    fn of_entries_beyond_the_commit_index_only_a_lone_voters_count() {
        use ConfChangeType::{ConfChangeAddLearnerNode as Learner, ConfChangeAddNode as Add};
        use ConfChangeType::{ConfChangeRemoveNode as Remove, ConfChangeUpdateNode as Update};
        for (voters, changes, expected, why) in [
            (&[1][..], [None, None, None, None], 14, "a lone voter"),
            (&[1, 2], [None, None, None, None], 11, "one of two"),
            (&[2], [None, None, None, None], 11, "a learner of a lone voter"),
            (&[], [change(Add, 1), None, None, None], 14, "the first entry of all makes it one"),
            (&[1], [None, None, change(Add, 2), None], 13, "a second one comes"),
            (&[1], [None, None, change(Learner, 2), None], 14, "a learner comes"),
            (&[1], [None, None, change(Update, 1), None], 14, "it changes its URLs"),
            (&[1], [None, None, change(Remove, 1), None], 13, "it leaves"),
            (&[1, 2], [change(Remove, 2), None, None, None], 14, "the other one left"),
            (&[1, 2], [None, None, change(Remove, 2), None], 11, "that the other one leaves is not committed"),
        ] {
            let entry = |(index, data): (u64, Option<Vec<u8>>)| {
                let mut entry = Entry { index: Some(index), ..Entry::default() };
                entry.set_type(if data.is_some() { EntryType::EntryConfChange } else { EntryType::EntryNormal });
                entry.data = data.map(Into::into);
                entry
            };
            let entries: Vec<Entry> = (11..).zip(changes).map(entry).collect();
            let hard_state = HardState { commit: Some(11), ..HardState::default() };
            let voters = voters.iter().map(|&id| MemberId(id)).collect();
            assert_eq!(last_committed(&hard_state, &entries, voters, MemberId(1)), expected, "{why}");
        }
    }
}
