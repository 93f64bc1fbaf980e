//! The directory around all files of a member.
//!
//! ```text
//! <data-dir>/member/LOCK           ours: held by the process that uses the directory
//!                  /snap/          snapshot files, and the backend
//!                  /wal/           segments, unless --wal-dir names another place
//!           /member.etcd/          what an etcd left here that was taken over
//! ```
//!
//! All directories are made with mode 0700, files with 0600. Not here: what is in the files.

use std::fmt;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::file_lock;

/// What etcd left in a data directory that was taken over, see `offline::adopt`.
pub const KEPT: &str = "member.etcd";
const DIR_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// A data directory in use by this process; the lock ends with it.
#[derive(Debug)]
pub struct DataDir {
    root: PathBuf,
    wal: PathBuf,
    /// LOCK, and the file of an etcd backend, which a running etcd would hold.
    _locks: Vec<File>,
}

/// Something worth a line in the log that does not stop a start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// A name in the data directory that nobody of us knows.
    UnknownName(PathBuf),
    /// A directory that others may read.
    Mode { dir: PathBuf, mode: u32 },
    /// A half-received snapshot that was deleted.
    Leftover(PathBuf),
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownName(path) => write!(f, "{}: unknown file in the data directory", path.display()),
            Self::Mode { dir, mode } => write!(f, "{}: mode is {mode:o}, should be {DIR_MODE:o}", dir.display()),
            Self::Leftover(path) => write!(f, "{}: deleted a half-received snapshot", path.display()),
        }
    }
}

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    #[error("{}: cannot {doing}: {source}", path.display())]
    Io { path: PathBuf, doing: &'static str, source: io::Error },
    #[error("{}: the data directory is locked by another process", lock.display())]
    Locked { lock: PathBuf },
    #[error("{}: data of an etcd v2 proxy; this program has no such mode", path.display())]
    Proxy { path: PathBuf },
}

fn io_error(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> DataDirError {
    let path = path.to_owned();
    move |source| DataDirError::Io { path, doing, source }
}

impl DataDir {
    /// Makes what is missing, checks that all of it can be written, and takes the lock. `wal`: the value of
    /// --wal-dir, if given; that directory itself is made by the WAL.
    ///
    /// # Errors
    /// Another process uses the directory; a directory cannot be made or written; there is a `proxy` in it.
    pub fn open(root: &Path, wal: Option<&Path>) -> Result<(Self, Vec<Warning>), DataDirError> {
        let mut warnings = Vec::new();
        let member = root.join("member");
        let snap = member.join("snap");
        let wal = wal.map_or_else(|| member.join("wal"), Path::to_owned);
        make_writable(root, &mut warnings)?;
        check_names(root, &mut warnings)?;
        make_writable(&member, &mut warnings)?;
        let mut locks = vec![lock(&member.join("LOCK"), true)?];
        make_writable(&snap, &mut warnings)?;
        let db = snap.join("db");
        if db.exists() {
            locks.push(lock(&db, false)?);
        }
        if super::wal::Wal::exists(&wal) {
            make_writable(&wal, &mut warnings)?;
        }
        remove_leftovers(&snap, &mut warnings)?;
        Ok((Self { root: root.to_owned(), wal, _locks: locks }, warnings))
    }

    /// Snapshot files and the backend.
    pub fn snap(&self) -> PathBuf {
        snap_dir(&self.root)
    }

    pub fn wal(&self) -> &Path {
        &self.wal
    }
}

/// Where a data directory has its snapshot files and its backend.
pub fn snap_dir(root: &Path) -> PathBuf {
    root.join("member").join("snap")
}

/// Where a data directory has its WAL, unless --wal-dir names another place.
pub fn wal_dir(root: &Path) -> PathBuf {
    root.join("member").join("wal")
}

fn make_writable(dir: &Path, warnings: &mut Vec<Warning>) -> Result<(), DataDirError> {
    if dir.is_dir() {
        let mode = fs::metadata(dir).map_err(io_error(dir, "read"))?.permissions().mode() & 0o777;
        if mode != DIR_MODE {
            warnings.push(Warning::Mode { dir: dir.to_owned(), mode });
        }
    } else {
        DirBuilder::new().recursive(true).mode(DIR_MODE).create(dir).map_err(io_error(dir, "create"))?;
    }
    let probe = dir.join(".touch");
    File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(FILE_MODE)
        .open(&probe)
        .and_then(|_| fs::remove_file(&probe))
        .map_err(io_error(dir, "write to"))
}

fn check_names(root: &Path, warnings: &mut Vec<Warning>) -> Result<(), DataDirError> {
    for entry in fs::read_dir(root).map_err(io_error(root, "list"))? {
        let entry = entry.map_err(io_error(root, "list"))?;
        match entry.file_name().to_str() {
            Some("proxy") => return Err(DataDirError::Proxy { path: entry.path() }),
            Some("member" | "fixtures" | KEPT) => {}
            _ => warnings.push(Warning::UnknownName(entry.path())),
        }
    }
    warnings.sort_by_key(ToString::to_string);
    Ok(())
}

fn lock(path: &Path, create: bool) -> Result<File, DataDirError> {
    let mut options = File::options();
    options.read(true).write(true).create(create).mode(FILE_MODE);
    let file = options.open(path).map_err(io_error(path, "open"))?;
    match file_lock::try_flock(&file) {
        Ok(true) => Ok(file),
        Ok(false) => Err(DataDirError::Locked { lock: path.to_owned() }),
        Err(error) => Err(io_error(path, "lock")(error)),
    }
}

fn remove_leftovers(snap: &Path, warnings: &mut Vec<Warning>) -> Result<(), DataDirError> {
    for entry in fs::read_dir(snap).map_err(io_error(snap, "list"))? {
        let entry = entry.map_err(io_error(snap, "list"))?;
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_file && entry.file_name().to_str().is_some_and(|name| name.starts_with("tmp")) {
            fs::remove_file(entry.path()).map_err(io_error(&entry.path(), "delete"))?;
            warnings.push(Warning::Leftover(entry.path()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_directory_is_made_with_its_modes_and_without_a_warning() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("a/b");
        let (data_dir, warnings) = DataDir::open(&root, None).unwrap();
        assert_eq!(warnings, []);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        for dir in [&root, &root.join("member"), &data_dir.snap()] {
            assert_eq!(mode(dir), 0o700, "{}", dir.display());
        }
        assert_eq!(mode(&root.join("member/LOCK")), 0o600);
        assert_eq!(data_dir.wal(), root.join("member/wal"));
        assert!(!data_dir.wal().exists(), "made by the WAL itself");
    }

    #[test]
    fn a_directory_in_use_is_refused_by_the_name_of_its_lock() {
        let dir = tempfile::tempdir().unwrap();
        let first = DataDir::open(dir.path(), None).unwrap();
        let error = DataDir::open(dir.path(), None).unwrap_err().to_string();
        let lock = dir.path().join("member/LOCK");
        assert_eq!(error, format!("{}: the data directory is locked by another process", lock.display()));
        drop(first);
        DataDir::open(dir.path(), None).unwrap();

        let db = dir.path().join("member/snap/db");
        let etcd = File::create(&db).unwrap();
        assert!(file_lock::try_flock(&etcd).unwrap());
        let error = DataDir::open(dir.path(), None).unwrap_err();
        assert!(matches!(error, DataDirError::Locked { lock } if lock == db));
    }

    #[test]
    fn oddities_are_told_and_leftovers_deleted() {
        let dir = tempfile::tempdir().unwrap();
        let snap = dir.path().join("member/snap");
        fs::create_dir_all(&snap).unwrap();
        fs::set_permissions(&snap, fs::Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(dir.path().join("member"), fs::Permissions::from_mode(0o700)).unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o700)).unwrap();
        fs::write(dir.path().join("notes"), "").unwrap();
        fs::create_dir(dir.path().join("fixtures")).unwrap();
        fs::write(snap.join("tmp123"), "").unwrap();
        fs::write(snap.join("0000000000000001-0000000000000001.snap"), "").unwrap();
        let (_data_dir, warnings) = DataDir::open(dir.path(), None).unwrap();
        let expected = [
            Warning::UnknownName(dir.path().join("notes")),
            Warning::Mode { dir: snap.clone(), mode: 0o755 },
            Warning::Leftover(snap.join("tmp123")),
        ];
        assert_eq!(warnings, expected);
        assert_eq!(fs::read_dir(&snap).unwrap().count(), 1);
    }

    #[test]
    fn a_proxy_directory_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("proxy")).unwrap();
        assert!(matches!(DataDir::open(dir.path(), None), Err(DataDirError::Proxy { .. })));
        assert!(!dir.path().join("member").exists());
    }
}
