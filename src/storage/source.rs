//! A backend at rest, whoever wrote it: LMDB below a data directory of ours, etcd's `db` file, or a snapshot of either.
//!
//! Both are read page by page, checked on the way, and never written to or mapped: damage is an error that names the
//! file and the place. A read begins anew each time, so a source can be visited as often as one likes.
//!
//! Not here: what rows mean (`schema` and above), writing a changed state to a new file (`storage::rewrite`).

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::FlockOperation;

use super::backend::env::{self, OpenError};
use super::backend::generation::{CURRENT, DATA};
use super::backend::pages::{self, PageFile, Values};
pub use super::bbolt::Item;
use super::bbolt::{self, Next, Reader};
use super::datadir;
use super::file_lock;
use super::order::Order;
use super::schema::auth;
use super::schema::bucket::Bucket;
use super::schema::meta;

/// Bytes of the SHA-256 behind a snapshot.
pub const TRAILER_BYTES: u64 = 32;
/// A snapshot's pages end at a multiple of this; what is over is the trailer.
pub const TRAILER_UNIT: u64 = 512;
/// Pause before a lock is tried again, as etcd has it.
const LOCK_RETRY: Duration = Duration::from_millis(50);
/// Where LMDB's metas have their magic number; bbolt's has the same place.
const MAGIC_AT: u64 = 16;
const LMDB_MAGIC: [u8; 4] = 0xbeef_c0de_u32.to_le_bytes();

/// Rows of a bucket that fits into memory.
pub type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// Who wrote a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// rsetcd.
    Lmdb,
    /// etcd, or a snapshot.
    Bbolt,
}

/// The free pages of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Free {
    pub page_bytes: u64,
    pub pages: u64,
}

/// How long to wait while another process has the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    Forever,
    UpTo(Duration),
}

/// Why a backend cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Neither a data directory nor a file.
    #[error("{} does not exist", .0.display())]
    Missing(PathBuf),
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    /// Another process has it open, and went on having it.
    #[error("{} is in use by another process", .0.display())]
    Locked(PathBuf),
    /// It is no database, or not one to begin with. `what` is bbolt's word for it.
    #[error("{}: {what}", path.display())]
    NoDatabase { path: PathBuf, what: String },
    #[error("{}: page {page}: {what}", path.display())]
    Page { path: PathBuf, page: u64, what: String },
    #[error(transparent)]
    Lmdb(#[from] pages::Damage),
    #[error(transparent)]
    Open(OpenError),
    #[error("{}: bucket {bucket} is missing", path.display())]
    NoBucket { path: PathBuf, bucket: &'static str },
}

/// Where in the file something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The file as a whole.
    File,
    Offset(u64),
    Page(u64),
}

/// A row where it was met.
pub struct Placed<'row> {
    pub bucket: &'row [u8],
    /// As etcd has it.
    pub key: &'row [u8],
    pub value: &'row [u8],
    pub place: Place,
}

/// What a scan found besides rows.
#[derive(Debug, Default)]
pub struct Scanned {
    /// Names of the buckets, in byte order.
    pub buckets: Vec<Vec<u8>>,
    /// Each with its place; empty if the file is sound.
    pub problems: Vec<SourceError>,
}

/// An open backend. It is locked against writers while this lives.
pub struct Source {
    path: PathBuf,
    inner: Inner,
}

enum Inner {
    Lmdb {
        /// LMDB's own lock, if there was one to take.
        _lock: Option<File>,
    },
    Bbolt(Reader),
}

impl Source {
    /// Opens a data directory, its `member/snap`, or a file: a snapshot, etcd's `db`, LMDB's `data.mdb`.
    ///
    /// # Errors
    /// There is none, it is in use for longer than `wait`, or it is no database.
    pub fn open(path: &Path, wait: Wait) -> Result<Self, SourceError> {
        if !path.is_dir() {
            return Self::open_file(path, wait);
        }
        let inner = datadir::snap_dir(path);
        let snap_dir = if path.join(CURRENT).is_file() || path.join("db").is_file() { path } else { &inner };
        if env::exists(snap_dir) {
            return Self::open_lmdb(snap_dir, wait);
        }
        let db = snap_dir.join("db");
        if db.exists() {
            return Self::open_file(&db, wait);
        }
        match env::refuse_unnamed(snap_dir) {
            Err(error @ OpenError::NoCurrent { .. }) => Err(SourceError::Open(error)),
            _ => Err(SourceError::Missing(db)),
        }
    }

    fn open_lmdb(snap_dir: &Path, wait: Wait) -> Result<Self, SourceError> {
        let (dir, lock) = waiting(wait, || match env::lock_at_rest(snap_dir) {
            Ok(locked) => Ok(Some(locked)),
            Err(OpenError::InUse(_)) => Ok(None),
            Err(error) => Err(SourceError::Open(error)),
        })?
        .ok_or_else(|| SourceError::Locked(snap_dir.into()))?;
        Self::lmdb(dir.join(DATA), lock)
    }

    fn lmdb(path: PathBuf, lock: Option<File>) -> Result<Self, SourceError> {
        PageFile::open(&path)?;
        Ok(Self { path, inner: Inner::Lmdb { _lock: lock } })
    }

    fn open_file(path: &Path, wait: Wait) -> Result<Self, SourceError> {
        let io_error = |source| SourceError::Io { path: path.to_owned(), source };
        let file = File::open(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => SourceError::Missing(path.to_owned()),
            _ => io_error(error),
        })?;
        let mut magic = [0; 4];
        if file.read_exact_at(&mut magic, MAGIC_AT).is_ok() && magic == LMDB_MAGIC {
            return Self::lmdb(path.to_owned(), None);
        }
        waiting(wait, || match rustix::fs::flock(&file, FlockOperation::NonBlockingLockShared) {
            Ok(()) => Ok(Some(())),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(io_error(error.into())),
        })?
        .ok_or_else(|| SourceError::Locked(path.to_owned()))?;
        let reader = Reader::open(file).map_err(|error| match error {
            bbolt::OpenError::Io(source) => io_error(source),
            error => SourceError::NoDatabase { path: path.to_owned(), what: error.to_string() },
        })?;
        Ok(Self { path: path.to_owned(), inner: Inner::Bbolt(reader) })
    }

    /// Keeps out readers, too, from now on: of etcd's file, whose lock is shared so far. Ours has but one kind of lock.
    ///
    /// # Errors
    /// Another process has it for longer than `wait`.
    pub fn lock_exclusively(&self, wait: Wait) -> Result<(), SourceError> {
        let Inner::Bbolt(reader) = &self.inner else { return Ok(()) };
        let locked = waiting(wait, || match file_lock::try_flock(reader.file()) {
            Ok(true) => Ok(Some(())),
            Ok(false) => Ok(None),
            Err(source) => Err(SourceError::Io { path: self.path.clone(), source }),
        })?;
        locked.ok_or_else(|| SourceError::Locked(self.path.clone()))
    }

    /// The number of etcd's file in its file system.
    pub fn inode(&self) -> Option<u64> {
        match &self.inner {
            Inner::Bbolt(reader) => reader.file().metadata().ok().map(|file| file.ino()),
            Inner::Lmdb { .. } => None,
        }
    }

    pub fn kind(&self) -> Kind {
        match self.inner {
            Inner::Lmdb { .. } => Kind::Lmdb,
            Inner::Bbolt(_) => Kind::Bbolt,
        }
    }

    /// The file that holds it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of the database: of etcd's, those of all pages that were ever used, without a trailer; of ours, the file's.
    ///
    /// # Errors
    /// The file is gone.
    pub fn size_bytes(&self) -> Result<u64, SourceError> {
        match &self.inner {
            Inner::Bbolt(reader) => Ok(reader.size_bytes()),
            Inner::Lmdb { .. } => match std::fs::metadata(&self.path) {
                Ok(metadata) => Ok(metadata.len()),
                Err(source) => Err(SourceError::Io { path: self.path.clone(), source }),
            },
        }
    }

    /// Pages that hold nothing, which only a defragmentation gives back.
    ///
    /// # Errors
    /// Damage.
    pub fn free(&self) -> Result<Free, SourceError> {
        match &self.inner {
            Inner::Bbolt(reader) => {
                let pages = reader.count_free().map_err(|problem| self.page_error(problem))?;
                Ok(Free { page_bytes: reader.page_bytes(), pages })
            }
            Inner::Lmdb { .. } => {
                let mut file = PageFile::open(&self.path)?;
                Ok(Free { page_bytes: file.page_bytes(), pages: file.count_free()? })
            }
        }
    }

    /// All problems of the file, each with its place, those of its free pages included. Empty if it is sound.
    pub fn check(&self) -> Vec<SourceError> {
        match &self.inner {
            Inner::Bbolt(reader) => reader.check().into_iter().map(|problem| self.page_error(problem)).collect(),
            Inner::Lmdb { .. } => self.check_lmdb().map_or_else(|damage| vec![damage.into()], |()| Vec::new()),
        }
    }

    /// Visits each row of each bucket once, those of etcd's buckets of names in no particular order, and checks the
    /// structure of the file on the way: pages, keys, free pages. What lies behind damage is left out.
    pub fn scan(&self, visit: &mut dyn FnMut(&Placed)) -> Scanned {
        match &self.inner {
            Inner::Bbolt(reader) => self.scan_bbolt(reader, visit),
            Inner::Lmdb { .. } => {
                let mut scanned = Scanned::default();
                let result = self.scan_lmdb(visit, &mut scanned);
                scanned.problems.extend(result.err().map(SourceError::from));
                scanned
            }
        }
    }

    fn scan_bbolt(&self, reader: &Reader, visit: &mut dyn FnMut(&Placed)) -> Scanned {
        let (mut buckets, mut nested, mut depth) = (Vec::<Vec<u8>>::new(), Vec::new(), 0);
        let mut problems = reader.scan(|page, item| {
            match item {
                Item::Bucket(name) => {
                    depth += 1;
                    if depth == 1 {
                        buckets.push(name.to_vec());
                    } else {
                        nested.push((page, name.escape_ascii().to_string()));
                    }
                }
                Item::BucketEnd => depth -= 1,
                Item::Row { key, value } if depth == 1 => {
                    let bucket = buckets.last().map(Vec::as_slice).unwrap_or_default();
                    visit(&Placed { bucket, key, value, place: Place::Page(page) });
                }
                Item::Row { .. } => {}
            }
            Next::Continue
        });
        let nested = nested.into_iter().map(|(page, name)| (page, format!("bucket {name} in a bucket; etcd has none")));
        problems.extend(nested.map(|(page, what)| bbolt::Problem { page, what }));
        Scanned { buckets, problems: problems.into_iter().map(|problem| self.page_error(problem)).collect() }
    }

    fn scan_lmdb(&self, visit: &mut dyn FnMut(&Placed), scanned: &mut Scanned) -> Result<(), pages::Damage> {
        let mut file = PageFile::open(&self.path)?;
        for (name, tree, offset) in file.named()? {
            let at = |what: &str, offset| pages::Damage {
                path: self.path.clone(),
                offset,
                what: format!("bucket {}: {what}", name.escape_ascii()),
            };
            let Some(tree) = tree else {
                scanned.problems.push(at("is no tree", offset).into());
                continue;
            };
            let bucket = Bucket::ALL.into_iter().find(|bucket| bucket.name().as_bytes() == name);
            let walked = file.walk(&tree, Values::Whole, &mut |entry| {
                let key = bucket.map_or(entry.key, |bucket| auth::etcd_key(bucket, entry.key, entry.value));
                let place = Place::Offset(entry.offset);
                visit(&Placed { bucket: &name, key, value: entry.value, place });
            });
            scanned.problems.extend(walked.err().map(|damage| at(&damage.what, damage.offset).into()));
            scanned.buckets.push(name);
        }
        // Only trees that were walked to the end tell which pages are used.
        if scanned.problems.is_empty() { file.check_free() } else { Ok(()) }
    }

    fn check_lmdb(&self) -> Result<(), pages::Damage> {
        let mut file = PageFile::open(&self.path)?;
        for (_, tree, _) in file.named()? {
            if let Some(tree) = tree {
                file.walk(&tree, Values::Ends(|_| 0), &mut |_| {})?;
            }
        }
        file.check_free()
    }

    /// [`Source::check`] and a visit of all buckets in one pass: each begins with its name, in byte order, and its rows
    /// are as etcd has them. What is behind damage is not visited.
    pub fn survey(&self, mut visit: impl FnMut(Item<'_>)) -> Vec<SourceError> {
        match &self.inner {
            Inner::Bbolt(reader) => {
                let problems = reader.scan(|_, item| {
                    visit(item);
                    Next::Continue
                });
                problems.into_iter().map(|problem| self.page_error(problem)).collect()
            }
            Inner::Lmdb { .. } => {
                self.survey_lmdb(&mut visit).map_or_else(|damage| vec![damage.into()], |()| Vec::new())
            }
        }
    }

    fn survey_lmdb(&self, visit: &mut dyn FnMut(Item<'_>)) -> Result<(), pages::Damage> {
        let mut file = PageFile::open(&self.path)?;
        for (name, tree, _) in file.named()? {
            visit(Item::Bucket(&name));
            let bucket = Bucket::ALL.into_iter().find(|bucket| bucket.name().as_bytes() == name);
            match (tree, bucket) {
                (Some(tree), Some(bucket)) if auth::holds_names(bucket) => {
                    let mut rows = Rows::new();
                    file.walk(&tree, Values::Whole, &mut |row| {
                        rows.insert(auth::etcd_key(bucket, row.key, row.value).to_vec(), row.value.to_vec());
                    })?;
                    rows.iter().for_each(|(key, value)| visit(Item::Row { key, value }));
                }
                (Some(tree), _) => {
                    file.walk(&tree, Values::Whole, &mut |row| visit(Item::Row { key: row.key, value: row.value }))?;
                }
                (None, _) => {}
            }
            visit(Item::BucketEnd);
        }
        file.check_free()
    }

    /// Names of the buckets, in byte order, those that etcd does not know included.
    ///
    /// # Errors
    /// Damage.
    pub fn bucket_names(&self) -> Result<Vec<Vec<u8>>, SourceError> {
        match &self.inner {
            Inner::Bbolt(reader) => {
                let mut names = Vec::new();
                let problems = reader.walk(|item| {
                    if let Item::Bucket(name) = item {
                        names.push(name.to_vec());
                    }
                    Next::Skip
                });
                self.first(problems)?;
                Ok(names)
            }
            Inner::Lmdb { .. } => {
                let named = PageFile::open(&self.path)?.named()?;
                Ok(named.into_iter().map(|(name, ..)| name).collect())
            }
        }
    }

    /// Calls `visit` with the key and the value of each row of a bucket, as etcd has them and in etcd's order, until it
    /// fails. A bucket that does not exist has no rows: etcd makes some of them when they are first needed.
    ///
    /// # Errors
    /// What `visit` says, or damage. Rows before the damage have been visited.
    pub fn visit<E: From<SourceError>>(
        &self,
        bucket: Bucket,
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.visit_in(Order::Ascending, bucket, |key, value| visit(key, value).map(ControlFlow::Continue))
    }

    /// As [`Source::visit`], in the order given and until `visit` breaks off. What is not visited is not read.
    ///
    /// # Errors
    /// As there.
    pub fn visit_in<E: From<SourceError>>(
        &self,
        order: Order,
        bucket: Bucket,
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        match &self.inner {
            Inner::Bbolt(reader) => self.visit_bbolt(reader, order, bucket.name().as_bytes(), visit),
            Inner::Lmdb { .. } if auth::holds_names(bucket) => {
                let mut rows = Rows::new();
                self.visit_lmdb(Order::Ascending, bucket, |key, value| {
                    rows.insert(auth::etcd_key(bucket, key, value).to_vec(), value.to_vec());
                    Ok::<_, SourceError>(ControlFlow::Continue(()))
                })?;
                let rows: Vec<_> = rows.iter().collect();
                for step in 0..rows.len() {
                    let (key, value) = rows[order.place(step, rows.len())];
                    if visit(key, value)?.is_break() {
                        break;
                    }
                }
                Ok(())
            }
            Inner::Lmdb { .. } => self.visit_lmdb(order, bucket, visit),
        }
    }

    /// As [`Source::visit`], of a bucket of any name.
    ///
    /// # Errors
    /// As there.
    pub fn visit_named<E: From<SourceError>>(
        &self,
        name: &[u8],
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.visit_named_in(Order::Ascending, name, |key, value| visit(key, value).map(ControlFlow::Continue))
    }

    /// As [`Source::visit_in`], of a bucket of any name.
    ///
    /// # Errors
    /// As there.
    pub fn visit_named_in<E: From<SourceError>>(
        &self,
        order: Order,
        name: &[u8],
        visit: impl FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        match &self.inner {
            Inner::Bbolt(reader) => self.visit_bbolt(reader, order, name, visit),
            Inner::Lmdb { .. } => {
                let bucket = Bucket::ALL.into_iter().find(|bucket| bucket.name().as_bytes() == name);
                bucket.map_or(Ok(()), |bucket| self.visit_in(order, bucket, visit))
            }
        }
    }

    fn visit_bbolt<E: From<SourceError>>(
        &self,
        reader: &Reader,
        order: Order,
        name: &[u8],
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let (mut depth, mut result) = (0_u32, Ok(ControlFlow::Continue(())));
        let problems = reader.walk_in(order, |item| match item {
            Item::Bucket(found) if depth == 0 && found != name => Next::Skip,
            // etcd has no buckets in buckets; what is in one is no row of this.
            Item::Bucket(_) if depth > 0 => Next::Skip,
            Item::Bucket(_) => {
                depth += 1;
                Next::Continue
            }
            Item::BucketEnd => Next::Stop,
            Item::Row { key, value } if depth > 0 => {
                result = visit(key, value);
                if matches!(result, Ok(ControlFlow::Continue(()))) { Next::Continue } else { Next::Stop }
            }
            Item::Row { .. } => Next::Continue,
        });
        let _ = result?;
        Ok(self.first(problems)?)
    }

    fn visit_lmdb<E: From<SourceError>>(
        &self,
        order: Order,
        bucket: Bucket,
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let mut file = PageFile::open(&self.path).map_err(SourceError::from)?;
        let named = file.named().map_err(SourceError::from)?;
        let tree = named.into_iter().find(|(name, ..)| name == bucket.name().as_bytes());
        let Some((_, Some(tree), _)) = tree else {
            return Err(SourceError::NoBucket { path: self.path.clone(), bucket: bucket.name() }.into());
        };
        let mut result = Ok(ControlFlow::Continue(()));
        let walked = file.walk_in(order, &tree, Values::Whole, &mut |entry| {
            result = visit(entry.key, entry.value);
            matches!(result, Ok(ControlFlow::Continue(())))
        });
        let _ = result?;
        Ok(walked.map_err(SourceError::from)?)
    }

    /// All rows of a bucket that is small.
    ///
    /// # Errors
    /// Damage.
    pub fn rows(&self, bucket: Bucket) -> Result<Rows, SourceError> {
        let mut rows = Rows::new();
        self.visit(bucket, |key, value| {
            rows.insert(key.to_vec(), value.to_vec());
            Ok::<_, SourceError>(())
        })?;
        Ok(rows)
    }

    /// CRC-32C over all buckets: of each its name, then keys and values. `is_ignored` says what is left out.
    ///
    /// # Errors
    /// Damage.
    pub fn hash(&self, mut is_ignored: impl FnMut(Bucket, &[u8]) -> bool) -> Result<u32, SourceError> {
        let mut hash = 0;
        for name in self.bucket_names()? {
            hash = crc32c::crc32c_append(hash, &name);
            let bucket = Bucket::ALL.into_iter().find(|bucket| bucket.name().as_bytes() == name);
            self.visit_named(&name, |key, value| {
                if bucket.is_none_or(|bucket| !is_ignored(bucket, key)) {
                    hash = crc32c::crc32c_append(crc32c::crc32c_append(hash, key), value);
                }
                Ok::<_, SourceError>(())
            })?;
        }
        Ok(hash)
    }

    fn first(&self, problems: Vec<bbolt::Problem>) -> Result<(), SourceError> {
        problems.into_iter().next().map_or(Ok(()), |problem| Err(self.page_error(problem)))
    }

    fn page_error(&self, bbolt::Problem { page, what }: bbolt::Problem) -> SourceError {
        SourceError::Page { path: self.path.clone(), page, what }
    }
}

/// What `Hash` leaves out: where members always differ.
pub fn differs_by_member(bucket: Bucket, key: &[u8]) -> bool {
    bucket == Bucket::Meta && meta::IGNORED_BY_HASH.contains(&key)
}

/// Whether a file of this length has the SHA-256 of a snapshot behind its pages.
pub fn has_trailer(file_bytes: u64) -> bool {
    file_bytes % TRAILER_UNIT == TRAILER_BYTES
}

/// Asks again until there is an answer; `None` when the time is over.
///
/// # Errors
/// What `ask` gives.
pub fn waiting<T, E>(wait: Wait, mut ask: impl FnMut() -> Result<Option<T>, E>) -> Result<Option<T>, E> {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask()? {
            return Ok(Some(answer));
        }
        match wait {
            Wait::UpTo(time) if begun.elapsed() >= time => return Ok(None),
            Wait::UpTo(_) | Wait::Forever => thread::sleep(LOCK_RETRY),
        }
    }
}
