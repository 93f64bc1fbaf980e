//! The state at a moment: a backend snapshot, and of the log after it as much as is wanted. A log from its first entry
//! on needs no snapshot.
//!
//! ```text
//! snapshot  |====== C                     C: its consistent index; the log goes on with C + 1
//! log            |--x--x--x--o--o         x: known as committed, o: not (yet), unless one member alone decides
//! moment              ^ --to-index, --to-revision, or the last x
//! ```
//! A hard state tells what is committed, and may lag behind: it is not synced for that alone. Where one member is all
//! of the quorum, whatever is in its log counts: it was on its disk, and that is all it takes. Where there are several,
//! an entry behind the last known commit may have been replaced by another one, and is never applied.
//!
//! Not here: reading records (`storage::wal`), what an entry does (`apply`).

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use tracing::info;

use super::create::{self, Built, CreateError, Log, Parts, Target};
use super::restore::{self, RestoreError, Snapshot};
use super::scratch::{Scratch, ScratchError, Until};
use crate::apply::Replayer;
use crate::membership::bootstrap::{NewCluster, parse_metadata};
use crate::membership::v2_tree::Tree;
use crate::membership::{Cluster, RestoreError as MembersError};
use crate::pb::raftpb::{Entry, HardState};
use crate::storage::datadir;
use crate::storage::rewrite::State;
use crate::storage::schema::bucket::{Bucket, BucketChange};
use crate::storage::schema::meta;
use crate::storage::source::{Kind, Source, SourceError};
use crate::storage::wal::{Record, RecordReader, SnapMark, Wal, WalError};
use crate::types::{ClusterId, Index, MemberId, Term};

/// Who the restored member is.
#[derive(Clone, Debug)]
pub enum Identity {
    /// One of a new cluster; the revision moves on by so much.
    New { cluster: NewCluster, bump_revision: u64 },
    /// The one whose log it is.
    Kept,
}

/// What is to be made.
#[derive(Clone, Debug)]
pub struct Restore {
    /// `None`: the log begins with its first entry.
    pub snapshot: Option<Snapshot>,
    /// A member's log, or an archive of one; also the data directory around it.
    pub wal_dir: PathBuf,
    pub until: Until,
    pub target: Target,
    pub kind: Kind,
    pub identity: Identity,
}

/// Where the restored member stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    pub revision: i64,
    /// Of the old log.
    pub index: Index,
    pub term: Term,
}

/// Why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum MomentError {
    #[error(transparent)]
    Restore(#[from] RestoreError),
    #[error(transparent)]
    Create(#[from] CreateError),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    #[error(transparent)]
    Wal(#[from] WalError),
    #[error("backend: {0}")]
    Members(#[from] MembersError),
    #[error("{}: the metadata record does not parse: {error}", wal.display())]
    Metadata { wal: PathBuf, error: prost::DecodeError },
    #[error(
        "{} holds revision {revision} and does not say which entries are in it: it has no consistent index",
        snapshot.display()
    )]
    NoIndex { snapshot: PathBuf, revision: i64 },
    #[error(
        "{} holds everything up to index {applied}, and {} begins with index {first}: entries {} to {} are missing",
        snapshot.display(), wal.display(), applied + 1, first - 1
    )]
    Gap { snapshot: PathBuf, applied: Index, wal: PathBuf, first: Index },
    #[error("{}: entries {first} to {last} are missing", wal.display())]
    Missing { wal: PathBuf, first: Index, last: Index },
    #[error(
        "{} and {} are not of the same history: entry {index} has term {snapshot_term} in the one and {log_term} in the other",
        snapshot.display(), wal.display()
    )]
    OtherHistory { snapshot: PathBuf, wal: PathBuf, index: Index, snapshot_term: Term, log_term: Term },
    #[error(
        "{}: the log is known to be committed up to index {commit} (revision {revision}); what follows up to index {last} may have been replaced in other members' logs",
        wal.display()
    )]
    NotCommitted { wal: PathBuf, commit: Index, revision: i64, last: Index },
    #[error("member {0} is no member of the cluster at that moment; without --keep-identity a new cluster is made")]
    NoMember(MemberId),
    #[error("there is no entry at that moment, so no log to go on with; without --keep-identity a new cluster is made")]
    NoEntry,
}

/// Makes the member directory. `progress` hears of bytes of rows as they are written, first those of the snapshot, then
/// those of the result.
///
/// # Errors
/// There is no such moment between snapshot and end of the log; a file is damaged; the disk refuses. Nothing is left at
/// the target then.
pub fn restore(order: &Restore, progress: &mut (dyn FnMut(u64) + Send)) -> Result<Reached, MomentError> {
    order.target.check()?;
    order.tell("restoring snapshot");
    let built = match &order.snapshot {
        Some(snapshot) => snapshot.checked(|source| order.build(Some(source), progress)),
        None => order.build(None, progress),
    };
    let (built, reached) = built?;
    built.publish()?;
    order.tell("restored snapshot");
    Ok(reached)
}

impl Restore {
    fn tell(&self, message: &'static str) {
        let path = self.snapshot.as_ref().map_or(&self.wal_dir, |snapshot| &snapshot.path);
        restore::tell(path, &self.target, message);
    }

    fn build(
        &self,
        source: Option<Source>,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<(Built, Reached), MomentError> {
        let inner = datadir::wal_dir(&self.wal_dir);
        let mut log = Reader::open(if Wal::exists(&inner) { &inner } else { &self.wal_dir })?;
        let (own, cluster_id) = log.ids()?;
        let scratch_dir = create::temporary_beside(&self.target.root()?)?;
        let (path, mut scratch) = match source {
            Some(source) => {
                let path = source.path().to_owned();
                let state = State::read(source)?;
                (path, Scratch::create(scratch_dir.path(), &state, cluster_id, progress)?)
            }
            None => ("the state without a snapshot".into(), Scratch::open(scratch_dir.path(), cluster_id)?),
        };
        log.feed(scratch.replayer(), own, &path, self.until)?;
        let revision = scratch.replayer().revision();
        let (index, term) = scratch.replayer().applied();
        let reached = Reached { revision, index, term: if term == 0 { log.first_term } else { term } };
        info!(revision, index, term = reached.term, "replayed the log");
        let mut state = State::read(scratch.finish()?)?;
        let (log, tree) = match &self.identity {
            Identity::New { cluster, bump_revision } => {
                restore::move_on(&mut state, *bump_revision)?;
                restore::found(&mut state, cluster);
                (restore::first_log(cluster), restore::first_tree(cluster))
            }
            Identity::Kept => log.go_on(&mut state, reached)?,
        };
        let parts = Parts { state: &state, kind: self.kind, log: &log, tree: tree.encode().into() };
        Ok((create::build(&self.target, &parts, progress)?, reached))
    }
}

/// A log, from its first record on.
struct Reader {
    dir: PathBuf,
    records: RecordReader,
    /// Contiguous; those after what was applied that may still be replaced.
    waiting: VecDeque<Entry>,
    hard_state: HardState,
    /// The last entry seen.
    last: Index,
    /// Of the entry that the snapshot ends with; 0 if it is not in the log.
    first_term: Term,
}

impl Reader {
    fn open(dir: &Path) -> Result<Self, MomentError> {
        let records = RecordReader::open(dir)?;
        Ok(Self {
            dir: dir.to_owned(),
            records,
            waiting: VecDeque::new(),
            hard_state: HardState::default(),
            last: 0,
            first_term: 0,
        })
    }

    /// Member and cluster. The metadata record stands before all that matters.
    fn ids(&mut self) -> Result<(MemberId, ClusterId), MomentError> {
        while self.records.metadata().is_none() {
            match self.records.next() {
                Some(record) => record?,
                None => return Err(WalError::Empty { dir: self.dir.clone() }.into()),
            };
        }
        let metadata = self.records.metadata().cloned().unwrap_or_default();
        parse_metadata(&metadata).map_err(|error| MomentError::Metadata { wal: self.dir.clone(), error })
    }

    /// Applies what comes after the state, up to `until`. The log is read to its end in any case, for its hard state.
    fn feed(&mut self, state: &mut Replayer, own: MemberId, snapshot: &Path, until: Until) -> Result<(), MomentError> {
        let (applied, term) = state.applied();
        check_start(state, snapshot, until)?;
        while let Some(located) = self.records.next() {
            match located?.record {
                Record::Entry(entry) => {
                    let index = entry.index();
                    if index == applied {
                        self.first_term = entry.term();
                    }
                    if index <= applied || is_there(state, until) {
                        self.last = index;
                        continue;
                    }
                    let next = self.waiting.front().map_or(state.applied().0 + 1, Entry::index);
                    let kept = index.saturating_sub(next);
                    if kept > self.waiting.len() as u64 {
                        return Err(self.gap(snapshot, applied, next + self.waiting.len() as u64, index));
                    }
                    // It replaces the one of its index and all after it.
                    self.waiting.truncate(kept as usize);
                    self.waiting.push_back(entry);
                    self.last = index;
                }
                Record::HardState(hard_state) => {
                    self.hard_state = hard_state;
                    self.apply_up_to(hard_state.commit(), state, until)?;
                }
                Record::Metadata(_) | Record::Crc(_) | Record::Snapshot(_) => {}
            }
        }
        while !self.waiting.is_empty() && decides_alone(state, own) {
            let next = state.applied().0 + 1;
            self.apply_up_to(next, state, until)?;
            if is_there(state, until) {
                break;
            }
        }
        if term != 0 && self.first_term != 0 && term != self.first_term {
            let (snapshot, wal) = (snapshot.to_owned(), self.dir.clone());
            let (snapshot_term, log_term) = (term, self.first_term);
            return Err(MomentError::OtherHistory { snapshot, wal, index: applied, snapshot_term, log_term });
        }
        self.check_end(state, until)
    }

    fn apply_up_to(&mut self, commit: Index, state: &mut Replayer, until: Until) -> Result<(), MomentError> {
        while !is_there(state, until)
            && let Some(entry) = self.waiting.pop_front_if(|entry| entry.index() <= commit)
        {
            state.apply(&entry).map_err(ScratchError::Replay)?;
        }
        if is_there(state, until) {
            self.waiting.clear();
        }
        Ok(())
    }

    fn gap(&self, snapshot: &Path, applied: Index, due: Index, found: Index) -> MomentError {
        let wal = self.dir.clone();
        if due == applied + 1 {
            return MomentError::Gap { snapshot: snapshot.to_owned(), applied, wal, first: found };
        }
        MomentError::Missing { wal, first: due, last: found - 1 }
    }

    fn check_end(&self, state: &Replayer, until: Until) -> Result<(), MomentError> {
        let (commit, revision) = (state.applied().0, state.revision());
        let is_short = match until {
            Until::End => false,
            Until::Index(wanted) => commit < wanted,
            Until::Revision(wanted) => revision < wanted,
        };
        // A snapshot of a leader stands for them in the log.
        if self.waiting.is_empty() && !is_there(state, until) && self.hard_state.commit() > commit {
            let (first, last) = (commit + 1, self.hard_state.commit());
            return Err(MomentError::Missing { wal: self.dir.clone(), first, last });
        }
        match until {
            _ if !is_short => Ok(()),
            _ if !self.waiting.is_empty() => {
                Err(MomentError::NotCommitted { wal: self.dir.clone(), commit, revision, last: self.last })
            }
            Until::End => Ok(()),
            Until::Index(wanted) => Err(ScratchError::EndsBeforeIndex { last: commit, wanted }.into()),
            Until::Revision(wanted) => Err(ScratchError::EndsBeforeRevision { last: revision, wanted }.into()),
        }
    }

    /// The log with which the same member goes on, and the members of its `.snap` file. All of the old log is in the
    /// state; term and vote are the last that the member is known to have had, so that it does not vote twice.
    fn go_on(&mut self, state: &mut State, at: Reached) -> Result<(Log, Tree), MomentError> {
        let (member_id, cluster_id) = self.ids()?;
        if at.index == 0 || at.term == 0 {
            return Err(MomentError::NoEntry);
        }
        let mut rows = Vec::new();
        for bucket in [Bucket::Members, Bucket::MembersRemoved, Bucket::Cluster] {
            let row = |(key, value): (&Vec<u8>, &Vec<u8>)| BucketChange {
                bucket,
                key: key.clone().into(),
                value: Some(value.clone().into()),
            };
            rows.extend(state.bucket(bucket).iter().map(row));
        }
        let cluster = Cluster::restore(cluster_id, &rows)?;
        if !cluster.members().any(|member| member.id == member_id) {
            return Err(MomentError::NoMember(member_id));
        }
        let last = self.hard_state;
        let (term, vote) = if last.term() >= at.term { (last.term(), last.vote()) } else { (at.term, 0) };
        // A 3.4 has no term, and what an index means is not to be told without.
        state.bucket(Bucket::Meta).insert(meta::TERM.to_vec(), at.term.to_be_bytes().to_vec());
        let log = Log {
            metadata: self.records.metadata().cloned().unwrap_or_default(),
            entries: Vec::new(),
            hard_state: HardState { term: Some(term), vote: Some(vote), commit: Some(at.index) },
            mark: SnapMark { index: at.index, term: at.term, conf_state: Some(cluster.conf_state()) },
        };
        Ok((log, Tree::of(&cluster)))
    }
}

fn check_start(state: &Replayer, snapshot: &Path, until: Until) -> Result<(), MomentError> {
    let (at, revision) = (state.applied().0, state.revision());
    if at == 0 && revision > 1 {
        return Err(MomentError::NoIndex { snapshot: snapshot.to_owned(), revision });
    }
    match until {
        Until::Index(wanted) if at > wanted => Err(ScratchError::PastIndex { at, wanted }.into()),
        Until::Revision(wanted) if revision > wanted => Err(ScratchError::PastRevision { at: revision, wanted }.into()),
        Until::End | Until::Index(_) | Until::Revision(_) => Ok(()),
    }
}

fn is_there(state: &Replayer, until: Until) -> bool {
    match until {
        Until::End => false,
        Until::Index(wanted) => state.applied().0 >= wanted,
        Until::Revision(wanted) => state.revision() >= wanted,
    }
}

/// Whether one member is all of the quorum.
fn decides_alone(state: &mut Replayer, own: MemberId) -> bool {
    state.view().cluster.members().filter(|member| !member.is_learner).map(|member| member.id).eq([own])
}
