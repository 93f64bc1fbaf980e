//! One open generation of the backend: an LMDB environment with a named database for each bucket.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use heed::types::Bytes;
use heed::{CommitOrAbort, Database, EnvFlags, EnvOpenOptions, FlagSetMode, RoTxn, RwTxn, WithoutTls};
use rustix::fs::FlockOperation;

use super::generation;
use crate::storage::schema::bucket::Bucket;

/// Readers at one time: threads that may be inside a read.
const READERS_MAX: u32 = 1024;
/// A multiple of every machine's page size.
const MAP_UNIT_BYTES: usize = 1 << 16;
/// Of the map, given back at once; a multiple of the page size.
const RELEASE_BYTES: usize = 32 << 20;
/// LMDB's limit of a key's length.
pub const KEY_LEN_MAX: usize = 511;

/// A database of raw keys and values.
pub type Db = Database<'static, Bytes, Bytes>;
/// A read transaction that may move between threads.
pub type ReadTxn<'env> = RoTxn<'env, WithoutTls>;

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("{0} does not exist")]
    Missing(PathBuf),
    #[error("{0} is a bbolt database of etcd, and there is no backend of rsetcd beside it")]
    Bbolt(PathBuf),
    #[error("{current} is missing, and {dir} holds data")]
    NoCurrent { current: PathBuf, dir: PathBuf },
    #[error("{0} is open in another process")]
    InUse(PathBuf),
    #[error("{dir}: bucket {bucket} is missing")]
    NoBucket { dir: PathBuf, bucket: &'static str },
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("{dir}: {source}")]
    Lmdb { dir: PathBuf, source: heed::Error },
}

/// The open environment.
pub struct Env {
    env: heed::Env<WithoutTls>,
    buckets: [Db; Bucket::ALL.len()],
}

impl Env {
    /// Opens the backend below `snap_dir`, or creates an empty one. All ten buckets exist afterwards.
    ///
    /// LMDB trusts what it maps: the caller has checked the file by `PageFile`.
    ///
    /// `map_size_bytes` bounds the file and is never changed while it is open; it is rounded up to 64 KiB.
    pub fn open(snap_dir: &Path, map_size_bytes: usize) -> Result<Self, OpenError> {
        let io_error = |source| OpenError::Io { path: snap_dir.to_path_buf(), source };
        let found = generation::current(snap_dir).map_err(io_error)?;
        if found.is_none() {
            refuse_bbolt(snap_dir)?;
            refuse_unnamed(snap_dir)?;
        }
        let dir = match &found {
            Some(dir) => dir.clone(),
            None => generation::create_first(snap_dir).map_err(io_error)?,
        };
        let lmdb_error = |source| OpenError::Lmdb { dir: dir.clone(), source };
        let env = open_for_writing(&dir, map_size_bytes, EnvFlags::NO_META_SYNC)?;
        // A generation that counts has all of them: one that is missing is damage, and not to be made up for.
        let buckets = match &found {
            Some(dir) => all_of(open_buckets(&env).map_err(lmdb_error)?, dir)?,
            None => create_buckets(&env).map_err(lmdb_error)?,
        };
        if found.is_none() {
            env.force_sync().map_err(lmdb_error)?;
            generation::publish(snap_dir, &dir).map_err(io_error)?;
        }
        generation::remove_others(snap_dir, &dir).map_err(io_error)?;
        Ok(Self { env, buckets })
    }

    /// Makes the generation after this one, empty, beside it. Its commits are not synced before [`Self::make_durable`],
    /// and it does not count until `generation::publish`.
    pub fn create_next(&self) -> Result<Self, OpenError> {
        let dir = generation::create_next(self.dir())
            .map_err(|source| OpenError::Io { path: self.dir().to_path_buf(), source })?;
        let env = open_for_writing(&dir, self.env.info().map_size, EnvFlags::NO_META_SYNC)?;
        set_unsynced(&env, FlagSetMode::Enable).map_err(|source| OpenError::Lmdb { dir: dir.clone(), source })?;
        let buckets = create_buckets(&env).map_err(|source| OpenError::Lmdb { dir, source })?;
        Ok(Self { env, buckets })
    }

    pub fn bucket(&self, bucket: Bucket) -> Db {
        self.buckets[bucket as usize]
    }

    pub fn read(&self) -> Result<ReadTxn<'_>, heed::Error> {
        self.env.read_txn()
    }

    /// Comes when the environment is closed: its last owner and its last read transaction have ended.
    pub fn closed(&self) -> heed::EnvClosingEvent {
        self.env.clone().prepare_for_closing()
    }

    /// A read transaction that keeps the environment open.
    pub fn read_static(&self) -> Result<ReadTxn<'static>, heed::Error> {
        self.env.clone().static_read_txn()
    }

    pub fn write(&self) -> Result<RwTxn<'_>, heed::Error> {
        self.env.write_txn()
    }

    /// Makes all commits so far durable.
    pub fn sync(&self) -> Result<(), heed::Error> {
        self.env.force_sync()
    }

    /// Ends what began with [`Self::create_next`]: all commits so far are durable, and so is each one that follows.
    pub fn make_durable(&self) -> Result<(), heed::Error> {
        set_unsynced(&self.env, FlagSetMode::Disable)?;
        self.sync()
    }

    /// Sends what was written to the disk, and waits until it has what was sent before. Nothing is durable by that, but
    /// the sync that makes it so will be short.
    pub fn write_out(&self) {
        let Ok(file) = File::open(self.dir().join(DATA_FILE)) else { return };
        // SAFETY: the descriptor is open; no memory is involved. Only advice: an error comes again at the sync.
        #[allow(unsafe_code)]
        unsafe {
            let flags = libc::SYNC_FILE_RANGE_WAIT_BEFORE | libc::SYNC_FILE_RANGE_WRITE;
            libc::sync_file_range(file.as_raw_fd(), 0, 0, flags);
        }
    }

    /// Gives back what of the mapped file is resident in this process; it stays in the page cache, and the next read
    /// of a page maps it again. What is left counts as the process's memory, though it is the system's.
    pub fn release_pages(&self) {
        // LMDB does not tell where its map is.
        let Ok(file) = self.dir().join(DATA_FILE).canonicalize() else { return };
        let Ok(maps) = fs::read_to_string("/proc/self/maps") else { return };
        for (start, length) in maps.lines().filter_map(|line| mapped_range(line, &file)) {
            // In pieces: other threads may want to map something meanwhile.
            for from in (0..length).step_by(RELEASE_BYTES) {
                let piece = RELEASE_BYTES.min(length - from);
                // SAFETY: the range is LMDB's map of the file, shared and only read through: dropping its pages loses
                // nothing, and readers under way fault them in again. It stays mapped while `self` lives.
                #[allow(unsafe_code)]
                unsafe {
                    libc::madvise((start + from) as *mut libc::c_void, piece, libc::MADV_DONTNEED);
                }
            }
        }
    }

    /// Bytes of the file.
    pub fn size_bytes(&self) -> Result<u64, heed::Error> {
        self.env.real_disk_size()
    }

    /// Bytes of the pages that hold rows or lead to them: without free pages and LMDB's list of these.
    pub fn in_use_bytes(&self, txn: &RoTxn) -> Result<u64, heed::Error> {
        let pages = |stat: heed::DatabaseStat| (stat.branch_pages + stat.leaf_pages + stat.overflow_pages) as u64;
        let root = self.env.unnamed_database_stat();
        let page_size = u64::from(root.page_size);
        let mut total = pages(root);
        for db in &self.buckets {
            total += pages(db.stat(txn)?);
        }
        Ok(total * page_size)
    }

    /// Of a member that has started and holds no keys.
    pub fn empty_bytes(&self) -> u64 {
        EMPTY_PAGES * u64::from(self.env.unnamed_database_stat().page_size)
    }

    /// The generation's directory.
    pub fn dir(&self) -> &Path {
        self.env.path()
    }
}

/// Whether commits do without a sync.
fn set_unsynced(env: &heed::Env<WithoutTls>, mode: FlagSetMode) -> Result<(), heed::Error> {
    // SAFETY: only the backend thread has an environment that does not count yet. What is lost without a sync is a file
    // that a start removes.
    #[allow(unsafe_code)]
    unsafe {
        env.set_flags(EnvFlags::NO_SYNC, mode)
    }
}

fn open_for_writing(dir: &Path, map_size_bytes: usize, flags: EnvFlags) -> Result<heed::Env<WithoutTls>, OpenError> {
    let lmdb_error = |source| OpenError::Lmdb { dir: dir.to_path_buf(), source };
    let mut options = EnvOpenOptions::new().read_txn_without_tls();
    options.map_size(map_size_bytes.next_multiple_of(MAP_UNIT_BYTES)).max_readers(READERS_MAX).max_dbs(16);
    #[allow(unsafe_code)] // LMDB maps a file
    // SAFETY: the directory is locked against other processes by the data directory's lock, heed refuses to open
    // it twice in this one, and nobody resizes the map. NO_META_SYNC keeps the file consistent; with NO_SYNC it does not
    // count before it is synced.
    let env = unsafe {
        options.flags(flags);
        options.open(dir)
    }
    .map_err(lmdb_error)?;
    env.clear_stale_readers().map_err(lmdb_error)?;
    Ok(env)
}

/// Makes a generation below `snap_dir`, empty: after the one that counts, or the first. Its commits are not durable
/// before [`Env::sync`], and it does not count until `generation::publish`. The caller has locked the data directory.
///
/// # Errors
/// It cannot be made, or data are there that nothing names.
pub fn create_beside(snap_dir: &Path, map_size_bytes: usize) -> Result<Env, OpenError> {
    let io_error = |source| OpenError::Io { path: snap_dir.to_path_buf(), source };
    let dir = match generation::current(snap_dir).map_err(io_error)? {
        Some(current) => generation::create_next(&current).map_err(io_error)?,
        None => {
            refuse_unnamed(snap_dir)?;
            generation::create_first(snap_dir).map_err(io_error)?
        }
    };
    let made = open_for_writing(&dir, map_size_bytes, EnvFlags::NO_SYNC).and_then(|env| {
        let buckets = create_buckets(&env).map_err(|source| OpenError::Lmdb { dir: dir.clone(), source })?;
        Ok(Env { env, buckets })
    });
    if made.is_err() {
        // The disk may be full, so nothing half-made stays.
        let _ = fs::remove_dir_all(&dir);
    }
    made
}

/// Pages in use of a store without keys: the list of buckets, and one each for members, versions and indexes.
const EMPTY_PAGES: u64 = 4;
/// The file in an environment's directory that holds the data.
const DATA_FILE: &str = "data.mdb";

/// Start and length of a line of `/proc/self/maps`, if it is of this file.
fn mapped_range(line: &str, file: &Path) -> Option<(usize, usize)> {
    let (range, rest) = line.split_once(' ')?;
    let path = rest.splitn(5, ' ').nth(4)?.trim_start();
    if Path::new(path) != file {
        return None;
    }
    let (start, end) = range.split_once('-')?;
    let (start, end) = (usize::from_str_radix(start, 16).ok()?, usize::from_str_radix(end, 16).ok()?);
    Some((start, end.checked_sub(start)?))
}

const _: () = {
    let mut at = 0;
    while at < Bucket::ALL.len() {
        assert!(Bucket::ALL[at] as usize == at, "a bucket's number is its place");
        at += 1;
    }
};

fn create_buckets(env: &heed::Env<WithoutTls>) -> Result<[Db; Bucket::ALL.len()], heed::Error> {
    let committed = env.create_databases_and_commit(env.write_txn()?, |opener, txn| {
        let mut handles = Vec::with_capacity(Bucket::ALL.len());
        for bucket in Bucket::ALL {
            handles.push(opener.create_database::<Bytes, Bytes>(txn, Some(bucket.name()))?);
        }
        let handles: [_; Bucket::ALL.len()] = handles.try_into().unwrap_or_else(|_| unreachable!("one a bucket"));
        Ok::<_, heed::Error>(CommitOrAbort::<_, ()>::Commit(handles))
    })?;
    Ok(committed.unwrap_commit())
}

fn open_buckets(env: &heed::Env<WithoutTls>) -> Result<[Option<Db>; Bucket::ALL.len()], heed::Error> {
    let committed = env.open_databases_and_commit(env.read_txn()?, |opener, txn| {
        let mut handles = Vec::with_capacity(Bucket::ALL.len());
        for bucket in Bucket::ALL {
            handles.push(opener.open_database::<Bytes, Bytes>(txn, Some(bucket.name()))?);
        }
        let handles: [_; Bucket::ALL.len()] = handles.try_into().unwrap_or_else(|_| unreachable!("one a bucket"));
        Ok::<_, heed::Error>(CommitOrAbort::<_, ()>::Commit(handles))
    })?;
    Ok(committed.unwrap_commit())
}

fn all_of(buckets: [Option<Db>; Bucket::ALL.len()], dir: &Path) -> Result<[Db; Bucket::ALL.len()], OpenError> {
    let mut open = Vec::with_capacity(Bucket::ALL.len());
    for (bucket, db) in Bucket::ALL.into_iter().zip(buckets) {
        open.push(db.ok_or_else(|| OpenError::NoBucket { dir: dir.to_path_buf(), bucket: bucket.name() })?);
    }
    Ok(open.try_into().unwrap_or_else(|_| unreachable!("one handle a bucket")))
}

/// Is there a backend below `snap_dir`?
pub fn exists(snap_dir: &Path) -> bool {
    snap_dir.join(generation::CURRENT).exists()
}

/// A directory of a running or stopped etcd is not ours to change.
///
/// # Errors
/// There is an etcd's database file, and no backend of ours beside it.
pub fn refuse_etcd(snap_dir: &Path) -> Result<(), OpenError> {
    if exists(snap_dir) { Ok(()) } else { refuse_bbolt(snap_dir) }
}

/// Data that no `CURRENT` names are not deleted to make room for a new backend.
///
/// # Errors
/// There are some.
pub fn refuse_unnamed(snap_dir: &Path) -> Result<(), OpenError> {
    let io_error = |source| OpenError::Io { path: snap_dir.to_path_buf(), source };
    match generation::find_unnamed(snap_dir).map_err(io_error)? {
        Some(dir) => Err(OpenError::NoCurrent { current: snap_dir.join(generation::CURRENT), dir }),
        None => Ok(()),
    }
}

fn refuse_bbolt(snap_dir: &Path) -> Result<(), OpenError> {
    let db = snap_dir.join("db");
    if db.is_file() { Err(OpenError::Bbolt(db)) } else { Ok(()) }
}

/// The directory of the backend below `snap_dir`, locked against processes that would open it. The lock ends with the
/// file; without one there was nothing to lock.
pub(in crate::storage) fn lock_at_rest(snap_dir: &Path) -> Result<(PathBuf, Option<File>), OpenError> {
    let dir = existing(snap_dir)?;
    refuse_open_here(&dir)?;
    match lock_unused(&dir) {
        Unused::Yes(lock) => Ok((dir, lock)),
        Unused::No => Err(OpenError::InUse(dir)),
    }
}

fn existing(snap_dir: &Path) -> Result<PathBuf, OpenError> {
    let found = generation::current(snap_dir);
    if let Some(dir) = found.map_err(|source| OpenError::Io { path: snap_dir.to_path_buf(), source })? {
        return Ok(dir);
    }
    refuse_bbolt(snap_dir)?;
    refuse_unnamed(snap_dir)?;
    Err(OpenError::Missing(snap_dir.join(generation::CURRENT)))
}

/// A second descriptor of the lock file, closed, would drop the locks of an environment open in this process.
fn refuse_open_here(dir: &Path) -> Result<(), OpenError> {
    match heed::env_closing_event(dir) {
        Some(_) => Err(OpenError::Lmdb { dir: dir.to_path_buf(), source: heed::Error::EnvAlreadyOpened }),
        None => Ok(()),
    }
}

enum Unused {
    /// Nobody has it open, and with the lock file held nobody will.
    Yes(Option<File>),
    No,
}

/// Takes the lock that LMDB takes when it opens an environment, if it is free.
fn lock_unused(dir: &Path) -> Unused {
    match fs::OpenOptions::new().read(true).write(true).open(dir.join("lock.mdb")) {
        Ok(file) => match rustix::fs::fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Unused::Yes(Some(file)),
            Err(_) => Unused::No,
        },
        // No lock file (a copy), or one that we may not write: LMDB could not use it either.
        Err(_) => Unused::Yes(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_of_the_file_are_its_map() {
        let file = Path::new("/d/a b/data.mdb");
        for (line, wanted) in [
            ("7f00-8f00 r--s 00000000 fe:00 42                         /d/a b/data.mdb", Some((0x7f00, 0x1000))),
            ("7f00-8f00 r--s 00000000 fe:00 42                         /d/a b/lock.mdb", None),
            ("7f00-8f00 rw-p 00000000 00:00 0 ", None),
            ("", None),
        ] {
            assert_eq!(mapped_range(line, file), wanted, "{line}");
        }
    }
}
