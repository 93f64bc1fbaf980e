//! A member of a new cluster, made from a backend snapshot: `snapshot restore`.
//!
//! The keys and all that belongs to them stay; members, ids and log are new. The file's SHA-256 is computed beside the
//! conversion, and the directory gets its name only when it is right.
//!
//! Not here: what is asked for (`utl`), the directory (`create`).

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _};
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::thread;

use sha2::{Digest as _, Sha256};
use tracing::info;

use super::create::{self, CreateError, Log, Parts, Target};
use crate::membership::bootstrap::NewCluster;
use crate::membership::v2_tree::{Tree, TreeMember};
use crate::pb::raftpb::{ConfState, HardState};
use crate::storage::order::Order;
use crate::storage::rewrite::State;
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::key::RowKey;
use crate::storage::schema::meta;
use crate::storage::source::{self, Kind, Source, SourceError, TRAILER_BYTES, Wait};
use crate::storage::wal::SnapMark;
use crate::telemetry::log::Json;
use crate::telemetry::os_error;
use crate::types::Revision;

/// What is read at once for the SHA-256.
const READ_BYTES: usize = 1 << 20;
/// The term of the log that a new cluster begins with.
const FIRST_TERM: u64 = 1;

/// Whether the SHA-256 behind a snapshot must be there and right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    Required,
    /// For a backend that was copied from a data directory.
    Ignored,
}

/// The file to restore from.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// A snapshot, or with [`Checksum::Ignored`] any backend at rest.
    pub path: PathBuf,
    pub checksum: Checksum,
    pub wait: Wait,
}

/// What is to be made.
#[derive(Clone, Debug)]
pub struct Restore {
    pub snapshot: Snapshot,
    pub target: Target,
    pub kind: Kind,
    pub cluster: NewCluster,
    /// How far the revision is moved on; all before is compacted then. 0: not.
    pub bump_revision: u64,
}

/// Why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error("open {}: {}", path.display(), os_error::text(source))]
    Open { path: PathBuf, source: io::Error },
    #[error("read {}: {}", path.display(), os_error::text(source))]
    Read { path: PathBuf, source: io::Error },
    /// In etcd's words: it looks for the checksum before the file's begin.
    #[error("seek {}: invalid argument", .0.display())]
    Short(PathBuf),
    #[error("snapshot missing hash but --skip-hash-check=false")]
    NoChecksum,
    #[error("expected sha256 {}, got {}", decimal(expected), decimal(computed))]
    Checksum { expected: [u8; TRAILER_BYTES as usize], computed: [u8; TRAILER_BYTES as usize] },
    #[error("revision {latest} cannot be moved on by {amount}")]
    Bump { latest: i64, amount: u64 },
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Create(#[from] CreateError),
}

/// As Go prints bytes: `[1 2 3]`.
fn decimal(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        let _ = write!(text, " {byte}"); // a string takes all
    }
    format!("[{}]", text.trim_start())
}

/// Makes the member directory. `progress` hears of bytes of rows as they are written.
///
/// # Errors
/// The target is in use, the snapshot is not what it was, or the disk refuses. Nothing is left at the target then.
pub fn restore(order: &Restore, progress: &mut (dyn FnMut(u64) + Send)) -> Result<(), RestoreError> {
    let Restore { snapshot, target, kind, cluster, bump_revision } = order;
    target.check()?;
    tell(&snapshot.path, target, "restoring snapshot");
    let built = snapshot.checked::<_, RestoreError>(|source| {
        let mut state = State::read(source)?;
        move_on(&mut state, *bump_revision)?;
        found(&mut state, cluster);
        let (log, tree) = (first_log(cluster), first_tree(cluster));
        let parts = Parts { state: &state, kind: *kind, log: &log, tree: tree.encode().into() };
        Ok(create::build(target, &parts, progress)?)
    })?;
    built.publish()?;
    tell(&snapshot.path, target, "restored snapshot");
    Ok(())
}

/// A line of the log that names all places.
pub(super) fn tell(path: &Path, target: &Target, message: &'static str) {
    info!(
        path = %path.display(),
        "wal-dir" = %target.wal_dir().display(),
        "data-dir" = %target.data_dir.display(),
        "snap-dir" = %crate::storage::datadir::snap_dir(&target.data_dir).display(),
        "{message}"
    );
}

impl Snapshot {
    /// What `work` makes of the backend, if the checksum beside it turns out to be right. That a file is not what it
    /// was is told before what it looks like now.
    pub(super) fn checked<T, E: From<RestoreError>>(&self, work: impl FnOnce(Source) -> Result<T, E>) -> Result<T, E> {
        let file = self.open()?;
        thread::scope(|scope| {
            let checksum = match (&file, self.checksum) {
                (Some(file), Checksum::Required) => Some(scope.spawn(|| self.check(file))),
                (None, Checksum::Required) => return Err(RestoreError::NoChecksum.into()),
                (_, Checksum::Ignored) => None,
            };
            let opened = Source::open(&self.path, self.wait);
            let done = opened.map_err(|error| RestoreError::Source(error).into()).and_then(work);
            if let Some(checksum) = checksum {
                checksum.join().expect("it does not panic")?;
            }
            done
        })
    }

    /// `None` for a directory.
    fn open(&self) -> Result<Option<File>, RestoreError> {
        let path = &self.path;
        let file = File::open(path).map_err(|source| RestoreError::Open { path: path.clone(), source })?;
        let metadata = file.metadata().map_err(|source| RestoreError::Read { path: path.clone(), source })?;
        if metadata.is_dir() {
            let is_backend = Source::open(path, Wait::UpTo(std::time::Duration::ZERO));
            return match is_backend {
                Err(SourceError::Missing(_)) => {
                    let source = io::ErrorKind::IsADirectory.into();
                    Err(RestoreError::Read { path: path.clone(), source })
                }
                _ => Ok(None),
            };
        }
        if metadata.len() < TRAILER_BYTES {
            return Err(RestoreError::Short(path.clone()));
        }
        if self.checksum == Checksum::Required && !source::has_trailer(metadata.len()) {
            return Err(RestoreError::NoChecksum);
        }
        Ok(Some(file))
    }

    fn check(&self, file: &File) -> Result<(), RestoreError> {
        let read_error = |source| RestoreError::Read { path: self.path.clone(), source };
        let length = file.metadata().map_err(read_error)?.len();
        let mut hash = Sha256::new();
        let mut buffer = vec![0; READ_BYTES];
        let mut rest = file.take(length - TRAILER_BYTES);
        loop {
            match rest.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => hash.update(&buffer[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(read_error(error)),
            }
        }
        let computed = hash.finalize().into();
        let mut expected = [0; TRAILER_BYTES as usize];
        file.read_exact_at(&mut expected, length - TRAILER_BYTES).map_err(read_error)?;
        if computed == expected { Ok(()) } else { Err(RestoreError::Checksum { expected, computed }) }
    }
}

/// Moves the revision on, so that no client sees one again that it has seen before with other content.
pub(super) fn move_on(state: &mut State, amount: u64) -> Result<(), RestoreError> {
    if amount == 0 {
        return Ok(());
    }
    let mut latest = Revision::new(0, 0);
    state.source().visit_in(Order::Descending, Bucket::Key, |key, _| {
        latest = RowKey::decode(key).map_or(latest, |(revision, _)| revision);
        Ok::<_, SourceError>(ControlFlow::Break(()))
    })?;
    let main = i64::try_from(amount).ok().and_then(|amount| latest.main.checked_add(amount));
    let main = main.ok_or(RestoreError::Bump { latest: latest.main, amount })?;
    info!(
        "latest-revision" = latest.main,
        "bump-amount" = amount,
        "new-latest-revision" = main,
        "bumping latest revision"
    );
    let key = RowKey::new(Revision::new(main, 0), false);
    state.append(&key, Vec::new());
    info!(revision = main, "marking revision compacted");
    let mark = meta::encode_compact_revision(main);
    state.bucket(Bucket::Meta).insert(meta::SCHEDULED_COMPACT_REVISION.to_vec(), mark.to_vec());
    Ok(())
}

/// Puts the members of a new cluster, and the end of its first log, in place of what was there.
pub(super) fn found(state: &mut State, cluster: &NewCluster) {
    info!("Trimming membership information from the backend...");
    state.bucket(Bucket::MembersRemoved).clear();
    let members = state.bucket(Bucket::Members);
    members.clear();
    for member in &cluster.members {
        members.insert(member.id.to_string().into(), member.to_json().into());
        info!(
            "cluster-id" = %cluster.cluster_id,
            "local-member-id" = "0",
            "added-peer-id" = %member.id,
            "added-peer-peer-urls" = ?Json(&member.peer_urls),
            "added-peer-is-learner" = false,
            "added member"
        );
    }
    let applied = cluster.entries.len() as u64;
    let rows = state.bucket(Bucket::Meta);
    rows.insert(meta::CONSISTENT_INDEX.to_vec(), applied.to_be_bytes().to_vec());
    rows.insert(meta::TERM.to_vec(), FIRST_TERM.to_be_bytes().to_vec());
}

/// One conf change a member, committed, and a snapshot at the last one.
pub(super) fn first_log(cluster: &NewCluster) -> Log {
    let voters: Vec<u64> = cluster.members.iter().map(|member| member.id.0).collect();
    let commit = cluster.entries.len() as u64;
    // As etcd: the same vote in all members' logs.
    let vote = voters.first().copied();
    let conf_state = ConfState { voters, auto_leave: Some(false), ..ConfState::default() };
    Log {
        metadata: cluster.metadata.clone(),
        entries: cluster.entries.clone(),
        hard_state: HardState { term: Some(FIRST_TERM), vote, commit: Some(commit) },
        mark: SnapMark { index: commit, term: FIRST_TERM, conf_state: Some(conf_state) },
    }
}

/// Members alone: they tell their names when they start.
pub(super) fn first_tree(cluster: &NewCluster) -> Tree {
    let members = cluster.members.iter().map(|member| TreeMember {
        id: member.id,
        peer_urls: member.peer_urls.clone(),
        ..TreeMember::default()
    });
    Tree { members: members.collect(), ..Tree::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_listed_as_go_does() {
        assert_eq!(decimal(&[]), "[]");
        assert_eq!(decimal(&[112, 2, 7]), "[112 2 7]");
    }
}
