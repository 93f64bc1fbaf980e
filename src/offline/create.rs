//! A new member directory, made from its parts.
//!
//! ```text
//! <data-dir>/member/snap/<term>-<index>.snap    the members, as the log's snapshot record names them
//!                       /db | lmdb-…, CURRENT   the backend, of the wanted kind
//!                  /wal/0…0-0…0.wal             metadata, {0,0}, entries, hard state, snapshot record
//! ```
//! Everything is built in a temporary directory beside its place, synced, and renamed at the end, the log first: where
//! anything fails, nothing is found under the final names.
//!
//! Not here: what the parts hold (`restore`, `export`).

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::scratch::MAP_SIZE_BYTES;
use super::temporary::{self, TempDir};
use crate::pb::raftpb::{Entry, HardState};
use crate::storage::rewrite::{RewriteError, State};
use crate::storage::snap::{self, SnapError, SnapFile};
use crate::storage::source::Kind;
use crate::storage::wal::{SnapMark, Wal, WalError, WalOptions};
use bytes::Bytes;

/// Entries between two looks whether the segment is full.
const ENTRIES_AT_ONCE: usize = 64;

/// Where a member directory is to be.
#[derive(Clone, Debug)]
pub struct Target {
    /// It does not exist, or is empty.
    pub data_dir: PathBuf,
    /// It does not exist. `None`: `member/wal` in the data directory.
    pub wal_dir: Option<PathBuf>,
}

/// What the log will say.
#[derive(Clone, Debug)]
pub struct Log {
    /// Of member and cluster, see `membership::bootstrap::metadata`.
    pub metadata: Bytes,
    /// Contiguous. The first one has index 1, or comes right after `mark`.
    pub entries: Vec<Entry>,
    pub hard_state: HardState,
    /// The snapshot a start begins with, at or below the commit index and what the backend holds. With index 0 there
    /// is none, and the log is whole.
    pub mark: SnapMark,
}

/// All of a member.
pub struct Parts<'parts> {
    pub state: &'parts State,
    pub kind: Kind,
    pub log: &'parts Log,
    /// The members at `log.mark`, see `membership::v2_tree`.
    pub tree: Bytes,
}

/// Why there is no new member directory.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    #[error("data-dir {:?} not empty or could not be read", .0.display().to_string())]
    DataDir(PathBuf),
    #[error("wal-dir {:?} exists", .0.display().to_string())]
    WalDir(PathBuf),
    #[error("{}: cannot {doing}: {source}", path.display())]
    Io { path: PathBuf, doing: &'static str, source: io::Error },
    #[error(transparent)]
    Backend(#[from] RewriteError),
    #[error(transparent)]
    Wal(#[from] WalError),
    #[error(transparent)]
    Snap(#[from] SnapError),
}

fn io_error(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> CreateError {
    let path = path.to_owned();
    move |source| CreateError::Io { path, doing, source }
}

impl Target {
    /// Checks that nothing would be written over.
    ///
    /// # Errors
    /// The data directory is not empty, or there is something where the log should be.
    pub fn check(&self) -> Result<(), CreateError> {
        match fs::read_dir(&self.data_dir).map(|entries| entries.count()) {
            Ok(0) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Ok(_) | Err(_) => return Err(CreateError::DataDir(self.data_dir.clone())),
        }
        match self.wal_dir() {
            wal_dir if wal_dir.symlink_metadata().is_ok() => Err(CreateError::WalDir(wal_dir)),
            _ => Ok(()),
        }
    }

    /// The absolute path of what is renamed at the end.
    ///
    /// # Errors
    /// There is no current directory.
    pub fn root(&self) -> Result<PathBuf, CreateError> {
        let data_dir = absolute(&self.data_dir)?;
        // What exists may be a mount point, or in a directory that is not ours: then only what is in it is renamed.
        Ok(if data_dir.exists() { data_dir.join("member") } else { data_dir })
    }

    /// Where the log will be.
    pub fn wal_dir(&self) -> PathBuf {
        self.wal_dir.clone().unwrap_or_else(|| crate::storage::datadir::wal_dir(&self.data_dir))
    }
}

/// A member directory that is complete and synced, but not at its place; it is removed unless it is published.
#[derive(Debug)]
pub struct Built {
    /// In order: the log comes first, so that a member is never found without its log.
    moves: Vec<Move>,
}

/// A directory and where it belongs.
#[derive(Debug)]
struct Move {
    built: PathBuf,
    target: PathBuf,
    /// Holds `built`.
    _temporary: TempDir,
}

impl Move {
    /// For `target`, which is built beside it.
    fn prepare(target: &Path) -> Result<Self, CreateError> {
        let temporary = temporary_beside(target)?;
        let built = temporary.path().join("built");
        make_dir(&built)?;
        Ok(Self { built, target: target.to_owned(), _temporary: temporary })
    }

    fn publish(&self) -> Result<(), CreateError> {
        fs::rename(&self.built, &self.target).map_err(io_error(&self.target, "rename the new directory to"))?;
        sync_dir(self.target.parent().unwrap_or(Path::new("/")))
    }
}

/// A directory for what is needed while `target`, an absolute path, is built: on the same disk.
///
/// # Errors
/// The disk refuses.
pub fn temporary_beside(target: &Path) -> Result<TempDir, CreateError> {
    let parent = target.parent().unwrap_or(Path::new("/"));
    make_dir(parent)?;
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let mut builder = tempfile::Builder::new();
    builder.permissions(Permissions::from_mode(0o700));
    let prefix = format!("{name}.");
    let temporary = TempDir::make(builder.prefix(&prefix).suffix(".tmp"), parent);
    temporary.map_err(io_error(target, "make a directory beside"))
}

/// Builds a member directory. `progress` hears of bytes of rows as they are written. [`Target::check`] comes before: by
/// now the caller may have temporary files beside the target.
///
/// # Errors
/// Something is at the target, the source is damaged, or the disk refuses; nothing is left then.
pub fn build(target: &Target, parts: &Parts, progress: &mut dyn FnMut(u64)) -> Result<Built, CreateError> {
    let (data_dir, root) = (absolute(&target.data_dir)?, target.root()?);
    let wal_dir = absolute(&target.wal_dir())?;
    let is_there = |path: &Path| path.symlink_metadata().is_ok();
    if is_there(&root) {
        return Err(CreateError::DataDir(target.data_dir.clone()));
    }
    if is_there(&wal_dir) {
        return Err(CreateError::WalDir(target.wal_dir()));
    }
    let tree = Move::prepare(&root)?;
    let place = |path: &Path| path.strip_prefix(&root).ok().map(|inner| tree.built.join(inner));
    let member = place(&data_dir.join("member")).expect("root is the data directory or member itself");
    let snap_dir = member.join("snap");
    make_dir(&snap_dir)?;
    write_backend(&snap_dir, parts, progress)?;
    let Log { mark, .. } = parts.log;
    let conf_state = mark.conf_state.clone().unwrap_or_default();
    if mark.index > 0 {
        let data = parts.tree.clone();
        snap::save(&snap_dir, &SnapFile { index: mark.index, term: mark.term, conf_state, data })?;
    }
    let mut moves = Vec::new();
    match place(&wal_dir) {
        Some(inner) => write_log(&inner, parts.log)?,
        None => {
            let log = Move::prepare(&wal_dir)?;
            write_log(&log.built, parts.log)?;
            moves.push(log);
        }
    }
    sync_dir(&member)?;
    sync_dir(&tree.built)?;
    moves.push(tree);
    Ok(Built { moves })
}

impl Built {
    /// Gives everything its final name.
    ///
    /// # Errors
    /// Something has come to be at the target in the meantime, or the disk refuses; nothing is left then.
    pub fn publish(self) -> Result<(), CreateError> {
        let _together = temporary::publishing();
        for (done, next) in self.moves.iter().enumerate() {
            if let Err(error) = next.publish() {
                for earlier in &self.moves[..done] {
                    // The error at hand matters more than one of this.
                    let _ = fs::rename(&earlier.target, &earlier.built);
                }
                return Err(error);
            }
        }
        Ok(())
    }
}

fn write_backend(snap_dir: &Path, parts: &Parts, progress: &mut dyn FnMut(u64)) -> Result<(), CreateError> {
    match parts.kind {
        Kind::Lmdb => Ok(parts.state.write_lmdb(snap_dir, MAP_SIZE_BYTES, progress)?),
        Kind::Bbolt => {
            let path = snap_dir.join("db");
            let file = File::options().read(true).write(true).create_new(true).mode(0o600).open(&path);
            let file = file.map_err(io_error(&path, "create"))?;
            parts.state.write_bbolt(&file, progress).map_err(|error| error.in_file(&path))?;
            file.sync_all().map_err(io_error(&path, "sync"))
        }
    }
}

/// As `etcdutl snapshot restore` has it: the snapshot record comes last.
fn write_log(dir: &Path, log: &Log) -> Result<(), CreateError> {
    let mut wal = Wal::create(dir, &log.metadata, &WalOptions::default())?;
    for entries in log.entries.chunks(ENTRIES_AT_ONCE) {
        wal.append(entries, None)?;
    }
    wal.append(&[], Some(&log.hard_state))?;
    if log.mark.index > 0 {
        wal.append_snapshot(&log.mark)?;
    }
    Ok(wal.close()?)
}

fn absolute(path: &Path) -> Result<PathBuf, CreateError> {
    std::path::absolute(path).map_err(io_error(path, "find"))
}

fn make_dir(dir: &Path) -> Result<(), CreateError> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(io_error(dir, "create"))
}

fn sync_dir(dir: &Path) -> Result<(), CreateError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(io_error(dir, "sync"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pb::raftpb::ConfState;
    use crate::storage::backend::Env;
    use crate::storage::schema::bucket::Bucket;
    use crate::storage::source::{Source, Wait};
    use crate::storage::wal::ScannedWal;

    fn state(dir: &Path) -> State {
        let snap_dir = dir.join("source");
        fs::create_dir(&snap_dir).unwrap();
        drop(Env::open(&snap_dir, 1 << 20).unwrap());
        let mut state = State::read(Source::open(&snap_dir, Wait::Forever).unwrap()).unwrap();
        state.bucket(Bucket::Alarm).insert(b"a".to_vec(), Vec::new());
        state
    }

    fn log() -> Log {
        let entry = |index| Entry { term: Some(2), index: Some(index), ..Entry::default() };
        Log {
            metadata: Bytes::from_static(b"\x08\x01\x10\x02"),
            entries: vec![entry(8), entry(9)],
            hard_state: HardState { term: Some(3), vote: Some(0), commit: Some(9) },
            mark: SnapMark {
                index: 7,
                term: 2,
                conf_state: Some(ConfState { voters: vec![1], auto_leave: Some(false), ..ConfState::default() }),
            },
        }
    }

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names.into_iter().map(|name| name.into_string().unwrap()).collect()
    }

    #[test]
    fn a_directory_appears_as_a_whole_wherever_its_log_is() {
        for (wal_dir, wal_path) in [
            (None, "data/member/wal"),
            (Some("data/wal"), "data/wal"),
            (Some("data/member/wal"), "data/member/wal"),
            (Some("logs/wal"), "logs/wal"),
        ] {
            for (exists, kind) in [(false, Kind::Lmdb), (true, Kind::Bbolt)] {
                let dir = tempfile::tempdir().unwrap();
                let (root, log) = (dir.path(), log());
                let target = Target { data_dir: root.join("data"), wal_dir: wal_dir.map(|path| root.join(path)) };
                if exists {
                    fs::create_dir(&target.data_dir).unwrap();
                }
                let parts = Parts { state: &state(root), kind, log: &log, tree: Bytes::from_static(b"{}") };
                let built = build(&target, &parts, &mut |_| {}).unwrap();
                assert!(!target.data_dir.join("member").exists() && !target.wal_dir().exists());
                built.publish().unwrap();
                let wal = root.join(wal_path);
                let scanned = ScannedWal::scan(&wal).unwrap();
                let found = scanned.recovered();
                assert_eq!((&found.start, &found.entries), (&log.mark, &log.entries), "{wal_dir:?} {kind:?}");
                assert_eq!((found.hard_state, &found.metadata), (log.hard_state, &log.metadata));
                let source = Source::open(&target.data_dir, Wait::Forever).unwrap();
                assert_eq!((source.kind(), source.rows(Bucket::Alarm).unwrap().len()), (kind, 1));
                let snap_dir = target.data_dir.join("member/snap");
                let name = "0000000000000002-0000000000000007.snap";
                assert_eq!(snap::read(&snap_dir.join(name)).unwrap().data, "{}");
                let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
                for dir in [&target.data_dir.join("member"), &snap_dir, &wal] {
                    assert_eq!(mode(dir), 0o700, "{}", dir.display());
                }
                assert_eq!(mode(source.path()), 0o600);
                assert!(names(root).iter().all(|name| !name.contains("tmp")), "{:?}", names(root));
                assert!(matches!(target.check(), Err(CreateError::DataDir(_))));
            }
        }
    }

    #[test]
    fn what_is_not_published_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (state, log) = (state(dir.path()), log());
        let place = dir.path().join("place");
        fs::create_dir(&place).unwrap();
        let target = Target { data_dir: place.join("data"), wal_dir: Some(place.join("wal")) };
        let parts = Parts { state: &state, kind: Kind::Lmdb, log: &log, tree: Bytes::new() };
        let built = build(&target, &parts, &mut |_| {}).unwrap();
        assert_eq!(names(&place).len(), 2);
        drop(built);
        assert_eq!(names(&place), [""; 0]);

        // Somebody else was there first, when the log was renamed already.
        let built = build(&target, &parts, &mut |_| {}).unwrap();
        fs::create_dir_all(target.data_dir.join("other")).unwrap();
        let error = built.publish().unwrap_err().to_string();
        assert!(error.starts_with(&format!("{}: cannot rename", target.data_dir.display())), "{error}");
        assert_eq!((names(&place), names(&target.data_dir)), (vec!["data".into()], vec!["other".into()]));
        fs::create_dir(place.join("wal")).unwrap();
        fs::remove_dir(target.data_dir.join("other")).unwrap();
        assert!(matches!(build(&target, &parts, &mut |_| {}), Err(CreateError::WalDir(_))));
    }
}
