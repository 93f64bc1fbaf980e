//! A stopped member as a data directory of etcd, of the release that is to run on it.
//!
//! The state is that after the last entry that is known to be committed, A. The log of the new directory begins there:
//!
//! ```text
//! member/snap/db                    as of A, schema lowered
//!            /<term>-<A>.snap       the members, for releases up to 3.6
//!       /wal/0…0-0…0.wal            {0,0}, entries after A, term and vote as they were, snapshot record A
//! ```
//! Entries after A may have been acknowledged to a leader: a member of a cluster must not forget them. They go along if
//! the release can apply each of them, and end the export otherwise. A lone voter has nobody to wait for: what is in
//! its log is committed.
//!
//! | lowered | 3.7 | 3.6 | 3.5 |
//! |---|---|---|---|
//! | cluster version (bucket `cluster`, `.snap`) | as it is | 3.6.0 at most | 3.5.0 at most |
//! | storage version | as it is | 3.6.0 at most | no row |
//! | downgrade under way | ended | ended | ended |
//!
//! Nothing is raised: a newer etcd does that itself. Not here: the files (`create`), what can be opened (`stopped`).

use std::fmt;
use std::path::{Path, PathBuf};

use prost::Message as _;

use super::create::{self, CreateError, Log, Parts, Target};
use super::current::last_committed;
use super::membership::{changes, put, write_conf_state};
use super::scratch::{Scratch, ScratchError, Until};
use super::stopped::{Access, DirLock, Note, Stopped, StoppedError};
use crate::membership::v2_tree::Tree;
use crate::membership::{Change, Cluster, ClusterVersion, RestoreError, V2Change};
use crate::pb::raftpb::{ConfChange, Entry, EntryType, HardState};
use crate::pb::request::{self, EntryData, request_id};
use crate::storage::rewrite::State;
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::meta;
use crate::storage::source::{Kind, SourceError, Wait};
use crate::storage::wal::SnapMark;
use crate::types::{Index, MemberId, Term};

/// The oldest release that there is an export for.
const OLDEST: ClusterVersion = ClusterVersion::new(3, 5);
/// The last release without a storage version in its backend.
const UNNAMED_SCHEMA: ClusterVersion = ClusterVersion::new(3, 5);
/// The last release that applies requests of the v2 store.
const LAST_V2: ClusterVersion = ClusterVersion::new(3, 6);

/// What to export.
#[derive(Clone, Copy, Debug)]
pub struct Request<'request> {
    pub data_dir: &'request Path,
    /// The value of --wal-dir, if given.
    pub wal_dir: Option<&'request Path>,
    /// The new data directory; it does not exist, or is empty.
    pub out: &'request Path,
    /// The release that is to run on it.
    pub target: ClusterVersion,
    /// For locks of others.
    pub wait: Wait,
}

/// What was exported.
#[derive(Clone, Debug)]
pub struct Exported {
    /// A.
    pub index: Index,
    /// Entries that were applied for this.
    pub applied: u64,
    /// Entries that go along without being applied.
    pub uncommitted: usize,
    pub cluster_version: Option<ClusterVersion>,
    pub notes: Vec<Note>,
}

/// Why there is no export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("target version {0} is not supported: there is 3.5, 3.6 and 3.7")]
    Target(ClusterVersion),
    #[error(transparent)]
    Stopped(#[from] StoppedError),
    #[error(transparent)]
    Create(#[from] CreateError),
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error("backend: {0}")]
    Members(#[from] RestoreError),
    #[error("{}: nothing was ever committed here", .0.display())]
    Empty(PathBuf),
    #[error(
        "entry {index} of term {term} is not known to be committed, so it must not be left out, and etcd {target} cannot apply it: it is {why}. Start the member once more, let it catch up with its cluster, and stop it"
    )]
    Entry { index: Index, term: Term, target: ClusterVersion, why: Inapplicable },
}

/// What makes an entry one that a release cannot apply. It would end each member, again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inapplicable {
    V2Request,
    OfV2Client(String),
    Type,
    ConfChange(String),
    Unreadable,
    UnknownRequest,
    NoId,
    Version(String),
}

impl fmt::Display for Inapplicable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V2Request => f.write_str("a request of the v2 store"),
            Self::OfV2Client(path) => write!(f, "a request of the v2 API for {path}"),
            Self::Type => f.write_str("of a type that no member proposes"),
            Self::ConfChange(why) => write!(f, "a configuration change that cannot be read ({why})"),
            Self::Unreadable => f.write_str("no request"),
            Self::UnknownRequest => f.write_str("a request of a newer release"),
            Self::NoId => f.write_str("a request without an id"),
            Self::Version(version) => write!(f, "a cluster version of {version:?}"),
        }
    }
}

/// Writes the new data directory. `progress` hears of bytes of rows as they are written.
///
/// # Errors
/// The member runs or is damaged; something is at the target; an entry cannot go along. Nothing is left then.
pub fn export(request: &Request, progress: &mut dyn FnMut(u64)) -> Result<Exported, ExportError> {
    let Request { data_dir, wal_dir, out, target: release, wait } = *request;
    if !(OLDEST..=ClusterVersion::OWN).contains(&release) {
        return Err(ExportError::Target(release));
    }
    let target = Target { data_dir: out.to_owned(), wal_dir: None };
    target.check()?;
    let stopped = Stopped::open(DirLock::take(data_dir, wait)?, wal_dir, Access::Looking, wait)?;
    let last = committed(&stopped);
    if last == 0 {
        return Err(ExportError::Empty(data_dir.to_owned()));
    }
    let recovered = stopped.wal.recovered().clone();
    let entry_at = |index| recovered.entries.iter().find(move |entry: &&Entry| entry.index() == index);
    let tail: Vec<Entry> = recovered.entries.iter().filter(|entry| entry.index() > last).cloned().collect();
    for entry in &tail {
        check_entry(entry, release).map_err(|why| ExportError::Entry {
            index: entry.index(),
            term: entry.term(),
            target: release,
            why,
        })?;
    }
    let (consistent, cluster_id) = (stopped.consistent, stopped.cluster_id);
    let term = if last == consistent { stopped.term } else { entry_at(last).map_or(stopped.term, Entry::term) };

    let Stopped { source, membership, notes, wal, lock, .. } = stopped;
    let mut state = State::read(source)?;
    membership.write_into(&mut state, consistent, term);
    let mut scratch_dir = None;
    if last > consistent {
        let dir = create::temporary_beside(&target.root()?)?;
        let mut scratch = Scratch::create(dir.path(), &state, cluster_id, progress)?;
        scratch.apply(&recovered.entries, Until::Index(last))?;
        state = State::read(scratch.finish()?)?;
        scratch_dir = Some(dir);
    }
    let mut cluster = cluster_of(&mut state, &membership.cluster)?;
    lower(&mut state, &mut cluster, release);

    let hard_state = hard_state(&recovered.hard_state, last, term, tail.last().map_or(last, Entry::index));
    let log = Log {
        metadata: recovered.metadata.clone(),
        hard_state,
        mark: SnapMark { index: last, term, conf_state: Some(cluster.conf_state()) },
        entries: tail,
    };
    let parts = Parts { state: &state, kind: Kind::Bbolt, log: &log, tree: Tree::of(&cluster).encode().into() };
    create::build(&target, &parts, progress)?.publish()?;
    // Until here nobody may start the member.
    drop((wal, lock, scratch_dir));
    Ok(Exported {
        index: last,
        applied: last - consistent,
        uncommitted: log.entries.len(),
        cluster_version: cluster.version(),
        notes,
    })
}

/// The last entry that is known to be committed. What was applied is.
fn committed(stopped: &Stopped) -> Index {
    let recovered = stopped.wal.recovered();
    let after: Vec<Entry> =
        recovered.entries.iter().filter(|entry| entry.index() > stopped.consistent).cloned().collect();
    let voters = stopped.membership.cluster.conf_state().voters.into_iter().map(MemberId).collect();
    last_committed(&recovered.hard_state, &after, voters, stopped.member_id).max(stopped.consistent)
}

/// Term and vote must not be forgotten; a commit index that is known is one that counts.
fn hard_state(stored: &HardState, index: Index, term: Term, last: Index) -> HardState {
    let (term, vote) = if stored.term() >= term { (stored.term(), stored.vote()) } else { (term, 0) };
    HardState { term: Some(term), vote: Some(vote), commit: Some(stored.commit().clamp(index, last)) }
}

/// The members after the last entry of the state.
fn cluster_of(state: &mut State, before: &Cluster) -> Result<Cluster, RestoreError> {
    let mut rows = Vec::new();
    for bucket in [Bucket::Members, Bucket::MembersRemoved, Bucket::Cluster] {
        rows.extend(changes(bucket, state.bucket(bucket).clone()));
    }
    Cluster::restore(before.id(), &rows)
}

/// Makes the versions such that the release starts.
fn lower(state: &mut State, cluster: &mut Cluster, release: ClusterVersion) {
    if cluster.version().is_some_and(|version| version > release) {
        let row = cluster.set_version(release);
        put(state, row);
    }
    if cluster.downgrade().is_some() {
        let row = cluster.set_downgrade(None);
        put(state, row);
    }
    let meta = state.bucket(Bucket::Meta);
    let text = meta.get(meta::STORAGE_VERSION).map(|text| String::from_utf8_lossy(text).into_owned());
    if release <= UNNAMED_SCHEMA {
        meta.remove(meta::STORAGE_VERSION);
    } else if text.and_then(|text| ClusterVersion::parse(&text).ok()).is_some_and(|stored| stored > release) {
        meta.insert(meta::STORAGE_VERSION.to_vec(), release.to_string().into_bytes());
    }
    write_conf_state(cluster, state);
}

/// Whether a release can apply an entry that is not applied yet.
fn check_entry(entry: &Entry, release: ClusterVersion) -> Result<(), Inapplicable> {
    let data = entry.data.clone().unwrap_or_default();
    match EntryType::try_from(entry.r#type.unwrap_or_default()) {
        Ok(EntryType::EntryConfChange) => {
            let change = ConfChange::decode(data).map_err(|error| Inapplicable::ConfChange(error.to_string()))?;
            Change::parse(&change).map_err(|error| Inapplicable::ConfChange(error.to_string()))?;
            return Ok(());
        }
        Ok(EntryType::EntryConfChangeV2) | Err(_) => return Err(Inapplicable::Type),
        Ok(EntryType::EntryNormal) if data.is_empty() => return Ok(()),
        Ok(EntryType::EntryNormal) => {}
    }
    let is_too_new = |text: &str| ClusterVersion::parse(text).map_or(true, |version| version > release);
    match EntryData::decode(&data).map_err(|_| Inapplicable::Unreadable)? {
        EntryData::V2(_) if release > LAST_V2 => Err(Inapplicable::V2Request),
        EntryData::V2(request) => match V2Change::parse(&request) {
            Ok(V2Change::Version(version)) if is_too_new(&version) => Err(Inapplicable::Version(version)),
            Ok(V2Change::Version(_) | V2Change::Attributes(..)) => Ok(()),
            Ok(V2Change::Nothing | V2Change::UserData) => Err(Inapplicable::OfV2Client(request.path().to_owned())),
            Err(_) => Err(Inapplicable::Unreadable),
        },
        EntryData::Internal(request) => {
            // What we do not know is lost on the way through our messages.
            if request::name_of(&request).is_none() || request.encoded_len() != data.len() {
                return Err(Inapplicable::UnknownRequest);
            }
            if request_id(&request) == 0 {
                return Err(Inapplicable::NoId);
            }
            match &request.cluster_version_set {
                Some(set) if is_too_new(&set.ver) => Err(Inapplicable::Version(set.ver.clone())),
                Some(_) | None => Ok(()),
            }
        }
    }
}

#[cfg(test)]
mod tests;
