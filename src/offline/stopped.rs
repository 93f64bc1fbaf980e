//! A data directory whose member does not run, as a whole: backend and log, locked, and checked against each other.
//!
//! C is the backend's consistent index, S the log's snapshot record, L its last entry:
//!
//! ```text
//! S > C   etcd was about to take `<S>.snap.db` as its backend: that one is looked at. Without it nothing fits.
//! C > L   raft hands out what others have synced before it is synced here, so a crash may lose the end of the log.
//!         A lone voter has nobody who holds those entries; its backend is all there is of them.
//! ```
//! Nothing is changed. Not here: what is done with it (`adopt`, `export`).

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::membership::{Files, Membership, MembershipError, agrees};
use crate::membership::ClusterVersion;
use crate::membership::bootstrap::parse_metadata;
use crate::pb::raftpb::{ConfState, Entry};
use crate::storage::file_lock;
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::meta;
use crate::storage::source::{Kind, Source, SourceError, Wait, waiting};
use crate::storage::wal::{ScannedWal, Wal, WalError};
use crate::storage::{datadir, snap};
use crate::types::{ClusterId, Index, MemberId, Term};

/// Problems of a database that are told one by one.
const PROBLEMS_SHOWN: usize = 10;

/// Something worth a line that does not stop anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A crash while appending; what is behind was never acknowledged.
    TornTail { segment: PathBuf, offset: u64, what: String },
    /// A snapshot of the leader was received, and not put in place yet.
    Pending(PathBuf),
    /// Of a lone voter: the log begins anew behind what the backend holds.
    LogBehind { last: Index, consistent: Index },
    /// A bucket that no release has is left out.
    UnknownBucket(String),
    /// A `.snap` file that cannot be read.
    DamagedSnap(String),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TornTail { segment, offset, what } => {
                write!(f, "{}: offset {offset}: {what}: a torn tail, left out", segment.display())
            }
            Self::Pending(path) => write!(f, "{}: a received snapshot, taken as the database", path.display()),
            Self::LogBehind { last, consistent } => {
                write!(
                    f,
                    "the log ends at index {last}, and the database holds index {consistent}: the log begins anew there"
                )
            }
            Self::UnknownBucket(name) => write!(f, "bucket {name:?} is not known and left out"),
            Self::DamagedSnap(what) => write!(f, "{what}: left out"),
        }
    }
}

/// Why a data directory cannot be worked on.
#[derive(Debug, thiserror::Error)]
pub enum StoppedError {
    #[error("{}: cannot {doing}: {source}", path.display())]
    Io { path: PathBuf, doing: &'static str, source: io::Error },
    #[error("{} is in use by another process", .0.display())]
    Locked(PathBuf),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Wal(#[from] WalError),
    #[error("{}: there is no write-ahead log; if it is elsewhere, say where with --wal-dir", .0.display())]
    NoWal(PathBuf),
    #[error("{}: the metadata record does not parse: {source}", wal.display())]
    Metadata { wal: PathBuf, source: prost::DecodeError },
    #[error(transparent)]
    Membership(#[from] MembershipError),
    #[error(transparent)]
    Snap(#[from] snap::SnapError),
    #[error("{} is damaged, {count} problems found:{problems}", path.display())]
    Damaged { path: PathBuf, count: usize, problems: String },
    #[error("{}: the storage version is {found}, newer than {own}, the newest that is known here", path.display())]
    NewerStorage { path: PathBuf, found: ClusterVersion, own: ClusterVersion },
    #[error(
        "database file ({} index {consistent}) does not match with snapshot (index {snapshot}): the log begins after what the database holds, and {} is not there. This directory is of no more use: remove the member from its cluster and add it again, or restore a snapshot",
        db.display(), pending.display()
    )]
    BehindSnapshot { db: PathBuf, consistent: Index, snapshot: Index, pending: PathBuf },
    #[error(
        "{}: the log ends at index {last}, and the database holds index {consistent}: a crash has lost entries that other members have. Start the member once more with the program that wrote it, let it catch up and stop it; or remove the member from its cluster and add it again",
        wal.display()
    )]
    LogBehind { wal: PathBuf, last: Index, consistent: Index },
    #[error("{}: member {member} was removed from its cluster", dir.display())]
    Removed { dir: PathBuf, member: MemberId },
}

/// A data directory that no other process works on as a whole; the lock ends with its last clone.
#[derive(Clone, Debug)]
pub struct DirLock {
    data_dir: PathBuf,
    _file: Arc<File>,
}

impl DirLock {
    /// # Errors
    /// There is no such directory, or another process has it for longer than `wait`.
    pub fn take(data_dir: &Path, wait: Wait) -> Result<Self, StoppedError> {
        let io_error = |doing| {
            let path = data_dir.to_owned();
            move |source| StoppedError::Io { path, doing, source }
        };
        let file = File::open(data_dir).map_err(io_error("open"))?;
        let locked = waiting(wait, || match file_lock::try_flock(&file) {
            Ok(is_ours) => Ok(is_ours.then_some(())),
            Err(source) => Err(io_error("lock")(source)),
        })?;
        match locked {
            Some(()) => Ok(Self { data_dir: data_dir.to_owned(), _file: Arc::new(file) }),
            None => Err(StoppedError::Locked(data_dir.to_owned())),
        }
    }
}

/// What a stopped member is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Its files need not be writable.
    Looking,
    /// Its log may be gone on with.
    Changing,
}

/// A member that does not run.
pub struct Stopped {
    /// Where `.snap` files and the backend are.
    pub snap_dir: PathBuf,
    pub source: Source,
    pub wal: ScannedWal,
    pub member_id: MemberId,
    pub cluster_id: ClusterId,
    /// C, and its term.
    pub consistent: Index,
    pub term: Term,
    /// L.
    pub last: Index,
    pub membership: Membership,
    pub notes: Vec<Note>,
    /// The file beside `source`, where that is a received snapshot.
    _replaced: Option<Source>,
    /// Held for as long as this is worked on.
    pub lock: DirLock,
}

impl Stopped {
    /// Opens what is below the directory of `lock`. `wal_dir`: the value of --wal-dir, if given. `wait`: for locks.
    ///
    /// # Errors
    /// It is in use, damaged, or of a newer release; the parts do not belong together.
    pub fn open(lock: DirLock, wal_dir: Option<&Path>, access: Access, wait: Wait) -> Result<Self, StoppedError> {
        let data_dir = lock.data_dir.clone();
        let snap_dir = datadir::snap_dir(&data_dir);
        let wal_dir = wal_dir.map_or_else(|| datadir::wal_dir(&data_dir), Path::to_owned);
        let mut notes = Vec::new();
        let source = Source::open(&data_dir, wait)?;
        check_pages(&source, &mut notes)?;
        if !Wal::exists(&wal_dir) {
            return Err(StoppedError::NoWal(wal_dir));
        }
        let scan = match access {
            Access::Looking => ScannedWal::scan_shared,
            Access::Changing => ScannedWal::scan,
        };
        let wal = waiting(wait, || match scan(&wal_dir) {
            Ok(wal) => Ok(Some(wal)),
            Err(WalError::Locked { .. }) => Ok(None),
            Err(error) => Err(StoppedError::from(error)),
        })?
        .ok_or_else(|| StoppedError::Locked(wal_dir.clone()))?;
        let recovered = wal.recovered();
        let end = wal.end();
        if let Some(torn) = &end.torn {
            let (segment, what) = (wal_dir.join(end.segment.to_string()), torn.what.to_string());
            notes.push(Note::TornTail { segment, offset: end.offset, what });
        }
        let (source, replaced) = with_pending(source, &snap_dir, recovered.start.index, wait)?;
        if replaced.is_some() {
            notes.push(Note::Pending(source.path().to_owned()));
            check_pages(&source, &mut notes)?;
        }
        let meta = source.rows(Bucket::Meta)?;
        let number = |key: &[u8]| meta.get(key).and_then(|value| meta::decode_u64(value));
        let consistent = number(meta::CONSISTENT_INDEX).unwrap_or(0);
        let start = &recovered.start;
        let last = recovered.entries.last().map_or(start.index, Entry::index);
        let term = number(meta::TERM).unwrap_or_else(|| {
            let entry = recovered.entries.iter().find(|entry| entry.index() == consistent);
            match entry {
                Some(entry) => entry.term(),
                None if consistent == start.index => start.term,
                None => recovered.hard_state.term(),
            }
        });
        let (member_id, cluster_id) = parse_metadata(&recovered.metadata)
            .map_err(|source| StoppedError::Metadata { wal: wal_dir.clone(), source })?;
        let files =
            Files { cluster_id, source: &source, snap_dir: &snap_dir, wal_dir: &wal_dir, recovered, consistent };
        let membership = files.membership()?;
        if let Some(found) = membership.storage_version.filter(|&found| found > ClusterVersion::OWN) {
            return Err(StoppedError::NewerStorage { path: source.path().to_owned(), found, own: ClusterVersion::OWN });
        }
        if membership.cluster.is_removed(member_id) {
            return Err(StoppedError::Removed { dir: data_dir, member: member_id });
        }
        let stopped = Self {
            snap_dir,
            source,
            wal,
            member_id,
            cluster_id,
            consistent,
            term,
            last,
            membership,
            notes,
            _replaced: replaced,
            lock,
        };
        let conf_state = meta.get(meta::CONF_STATE).and_then(|json| meta::decode_conf_state(json));
        stopped.with_whole_log(conf_state.as_ref())
    }

    /// The rule about C > L. The lost entries may have added a voter, which `conf_state` of the backend tells.
    fn with_whole_log(mut self, conf_state: Option<&ConfState>) -> Result<Self, StoppedError> {
        let Self { consistent, last, .. } = self;
        if consistent > last {
            if !self.is_lone_voter() || !conf_state.is_none_or(|state| agrees(&self.membership.cluster, state)) {
                return Err(StoppedError::LogBehind { wal: self.wal.dir().to_owned(), last, consistent });
            }
            self.notes.push(Note::LogBehind { last, consistent });
        }
        Ok(self)
    }

    /// Whether this member alone decides what is committed.
    pub fn is_lone_voter(&self) -> bool {
        self.membership.cluster.conf_state().voters == [self.member_id.0]
    }
}

/// The backend that goes with a log that begins at `start`: the one at hand, or a received snapshot that etcd would
/// rename over it. Then also the one that it replaces.
fn with_pending(
    source: Source,
    snap_dir: &Path,
    start: Index,
    wait: Wait,
) -> Result<(Source, Option<Source>), StoppedError> {
    let consistent = consistent_index(&source)?;
    if start <= consistent {
        return Ok((source, None));
    }
    let pending = snap_dir.join(format!("{start:016x}.snap.db"));
    if source.kind() == Kind::Bbolt && pending.is_file() {
        let received = Source::open(&pending, wait)?;
        let found = consistent_index(&received)?;
        if found >= start {
            return Ok((received, Some(source)));
        }
    }
    Err(StoppedError::BehindSnapshot { db: source.path().to_owned(), consistent, snapshot: start, pending })
}

fn consistent_index(source: &Source) -> Result<Index, SourceError> {
    let meta = source.rows(Bucket::Meta)?;
    Ok(meta.get(meta::CONSISTENT_INDEX).and_then(|value| meta::decode_u64(value)).unwrap_or(0))
}

/// All pages are sound, and all buckets known.
///
/// # Errors
/// They are not, with the places.
pub(super) fn check_pages(source: &Source, notes: &mut Vec<Note>) -> Result<(), StoppedError> {
    let problems = source.check();
    if !problems.is_empty() {
        let shown: Vec<String> = problems.iter().take(PROBLEMS_SHOWN).map(|problem| format!("\n  {problem}")).collect();
        let more = if problems.len() > PROBLEMS_SHOWN { "\n  …" } else { "" };
        return Err(StoppedError::Damaged {
            path: source.path().to_owned(),
            count: problems.len(),
            problems: shown.concat() + more,
        });
    }
    for name in source.bucket_names()? {
        if !Bucket::ALL.iter().any(|bucket| bucket.name().as_bytes() == name) {
            notes.push(Note::UnknownBucket(String::from_utf8_lossy(&name).into_owned()));
        }
    }
    Ok(())
}
