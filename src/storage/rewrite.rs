//! A state on its way from one file into another: bucket `key` as it streams by, everything else in memory, where it
//! can be changed.
//!
//! Files are made whole before they get their name: a `db` file by the caller, a generation of our backend here. Not
//! here: what is to be changed (`offline`).

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use heed::PutFlags;

use super::backend::env::{self, Env, OpenError};
use super::backend::{self, generation};
use super::bbolt::FileWriter;
use super::schema::auth;
use super::schema::bucket::Bucket;
use super::schema::key::RowKey;
use super::source::{Rows, Source, SourceError};
use super::writeback::Writeback;

/// Bytes of rows in one commit, and between two hints that the disk may begin.
const COMMIT_BYTES: usize = 32 << 20;

/// Why no new file was written.
#[derive(Debug, thiserror::Error)]
pub enum RewriteError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error("cannot write the new database: {0}")]
    Write(#[from] io::Error),
    #[error("cannot write the new database: {}", backend::error_text(.0))]
    Lmdb(#[from] heed::Error),
    #[error("{}: {error}", file.display())]
    In { file: PathBuf, error: Box<RewriteError> },
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("bucket \"{}\" has a name that is no text", .0.escape_ascii())]
    BucketName(Vec<u8>),
}

impl RewriteError {
    /// Names the file that could not be written, if that is what it is about.
    pub fn in_file(self, file: &Path) -> Self {
        match self {
            Self::Write(_) | Self::Lmdb(_) => Self::In { file: file.to_owned(), error: Box::new(self) },
            Self::Source(_) | Self::In { .. } | Self::Open(_) | Self::BucketName(_) => self,
        }
    }
}

/// Writes all buckets of a source, those that no release has included, and no others, in etcd's `db` format into the
/// empty `file`, which is not synced; gives its length. `edit` changes bucket `meta` on the way; `progress` hears of bytes
/// of rows.
///
/// # Errors
/// Damage in the source, or the file cannot be written.
pub fn copy_bbolt(
    source: &Source,
    file: &File,
    edit: impl FnOnce(&mut Rows),
    progress: &mut dyn FnMut(u64),
) -> Result<u64, RewriteError> {
    let mut edit = Some(edit);
    let mut writer = FileWriter::new(file);
    let mut writeback = Writeback::new(file);
    for name in source.bucket_names()? {
        let text = std::str::from_utf8(&name).map_err(|_| RewriteError::BucketName(name.clone()))?;
        let mut out = writer.bucket(text);
        if text == Bucket::Meta.name() {
            let mut rows = source.rows(Bucket::Meta)?;
            edit.take().into_iter().for_each(|edit| edit(&mut rows));
            rows.into_iter().try_for_each(|(key, value)| out.push(key, value))?;
        } else {
            source.visit_named(&name, |key, value| {
                progress((key.len() + value.len()) as u64);
                writeback.written(key.len() + value.len());
                Ok::<_, RewriteError>(out.push(key.to_vec(), value.to_vec())?)
            })?;
        }
        out.finish()?;
    }
    Ok(writer.finish()?)
}

/// Turns the rows `before` of a bucket of our own backend into `after` in one commit, synced. The caller has found its
/// pages sound and locked the data directory.
///
/// # Errors
/// The disk refuses; the bucket is what it was.
pub fn change_lmdb(
    snap_dir: &Path,
    map_size_bytes: usize,
    bucket: Bucket,
    before: &Rows,
    after: &Rows,
) -> Result<(), RewriteError> {
    let env = Env::open(snap_dir, map_size_bytes)?;
    let changed = change(&env, bucket, before, after);
    changed.map_err(|error| RewriteError::from(error).in_file(&env.dir().join(generation::DATA)))
}

fn change(env: &Env, bucket: Bucket, before: &Rows, after: &Rows) -> Result<(), heed::Error> {
    let (db, mut txn) = (env.bucket(bucket), env.write()?);
    for key in before.keys().filter(|key| !after.contains_key(*key)) {
        db.delete(&mut txn, key)?;
    }
    for (key, value) in after.iter().filter(|(key, value)| before.get(*key) != Some(value)) {
        db.put(&mut txn, key, value)?;
    }
    txn.commit()?;
    env.sync()
}

/// Which rows of bucket `key` go along, by key and value.
type Filter = Box<dyn Fn(&[u8], &[u8]) -> bool>;

/// What the new file will hold.
pub struct State {
    source: Source,
    /// All buckets but `key`, whose place holds rows to come after its last.
    buckets: [Rows; Bucket::ALL.len()],
    filter: Option<Filter>,
}

impl State {
    /// # Errors
    /// Damage in one of the small buckets.
    pub fn read(source: Source) -> Result<Self, SourceError> {
        let mut buckets = <[Rows; Bucket::ALL.len()]>::default();
        for bucket in Bucket::ALL.into_iter().filter(|&bucket| bucket != Bucket::Key) {
            buckets[bucket as usize] = source.rows(bucket)?;
        }
        Ok(Self { source, buckets, filter: None })
    }

    pub fn source(&self) -> &Source {
        &self.source
    }

    /// All rows of a bucket, to be looked at and changed. Of bucket `key`: only those that come after the source's.
    pub fn bucket(&mut self, bucket: Bucket) -> &mut Rows {
        &mut self.buckets[bucket as usize]
    }

    /// Adds a row behind all of bucket `key`.
    pub fn append(&mut self, key: &RowKey, value: Vec<u8>) {
        self.buckets[Bucket::Key as usize].insert(key.to_vec(), value);
    }

    /// Only the rows of bucket `key` that `is_kept` says, by key and value, go along.
    pub fn retain(&mut self, is_kept: impl Fn(&[u8], &[u8]) -> bool + 'static) {
        self.filter = Some(Box::new(is_kept));
    }

    fn visit<E: From<SourceError>>(
        &self,
        bucket: Bucket,
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if bucket == Bucket::Key {
            self.source.visit(bucket, |key, value| {
                if self.filter.as_ref().is_some_and(|is_kept| !is_kept(key, value)) {
                    return Ok(());
                }
                visit(key, value)
            })?;
        }
        self.buckets[bucket as usize].iter().try_for_each(|(key, value)| visit(key, value))
    }

    /// Writes etcd's `db` format into the empty `file`, which is not synced; gives its length. `progress` hears of bytes
    /// of rows as they are written.
    ///
    /// # Errors
    /// Damage in the source, or the file cannot be written.
    pub fn write_bbolt(&self, file: &File, progress: &mut dyn FnMut(u64)) -> Result<u64, RewriteError> {
        let mut writer = FileWriter::new(file);
        let mut writeback = Writeback::new(file);
        for bucket in Bucket::ALL {
            let mut out = writer.bucket(bucket.name());
            self.visit(bucket, |key, value| {
                progress((key.len() + value.len()) as u64);
                writeback.written(key.len() + value.len());
                Ok::<_, RewriteError>(out.push(key.to_vec(), value.to_vec())?)
            })?;
            out.finish()?;
        }
        Ok(writer.finish()?)
    }

    /// Makes a new generation of our backend below `snap_dir` and lets it count, synced; one that counted before, and
    /// other leftovers, are removed then. `map_size_bytes` bounds the file.
    ///
    /// # Errors
    /// Damage in the source, or the file cannot be written; what counted before does so still.
    pub fn write_lmdb(
        &self,
        snap_dir: &Path,
        map_size_bytes: usize,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), RewriteError> {
        let env = env::create_beside(snap_dir, map_size_bytes)?;
        let written = self.fill(&env, progress).and_then(|()| {
            env.sync()?;
            Ok(generation::publish(snap_dir, env.dir())?)
        });
        match written {
            Ok(()) => Ok(generation::remove_others(snap_dir, env.dir())?),
            Err(error) => {
                let dir = env.dir().to_owned();
                drop(env);
                // It does not count, and the next generation takes its place.
                let _ = std::fs::remove_dir_all(&dir);
                Err(error.in_file(&dir.join(generation::DATA)))
            }
        }
    }

    fn fill(&self, env: &Env, progress: &mut dyn FnMut(u64)) -> Result<(), RewriteError> {
        let file = File::open(env.dir().join(generation::DATA))?;
        let (mut writeback, mut bytes) = (Writeback::new(&file), 0);
        let mut txn = Some(env.write()?);
        for bucket in Bucket::ALL {
            let db = env.bucket(bucket);
            self.visit(bucket, |key, value| {
                let open = txn.as_mut().expect("always one between rows");
                if auth::holds_names(bucket) {
                    db.put(open, &auth::key_of(key), value)?;
                } else {
                    db.put_with_flags(open, PutFlags::APPEND, key, value)?;
                }
                progress((key.len() + value.len()) as u64);
                bytes += key.len() + value.len();
                if bytes >= COMMIT_BYTES {
                    bytes = 0;
                    txn.take().expect("just used").commit()?;
                    writeback.begin();
                    txn = Some(env.write()?);
                }
                Ok::<_, RewriteError>(())
            })?;
        }
        Ok(txn.take().expect("always one between rows").commit()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::source::Wait;

    #[test]
    fn a_copy_has_the_buckets_of_its_source_whatever_they_are() {
        let dir = tempfile::tempdir().unwrap();
        let [source, target] = ["source", "target"].map(|name| dir.path().join(name));
        let file = File::create(&source).unwrap();
        let mut writer = FileWriter::new(&file);
        for (name, rows) in [("key", 3000), ("meta", 2), ("own", 1), ("void", 0)] {
            let mut out = writer.bucket(name);
            for row in 0..rows {
                out.push(format!("{row:08}").into_bytes(), name.as_bytes().to_vec()).unwrap();
            }
            out.finish().unwrap();
        }
        writer.finish().unwrap();

        let copied = Source::open(&source, Wait::Forever).unwrap();
        let edit = |rows: &mut Rows| {
            rows.remove(&b"00000000"[..]);
            rows.insert(b"version".to_vec(), b"1".to_vec());
        };
        let bytes = copy_bbolt(&copied, &File::create(&target).unwrap(), edit, &mut |_| {}).unwrap();
        assert_eq!(std::fs::metadata(&target).unwrap().len(), bytes);
        let found = Source::open(&target, Wait::Forever).unwrap();
        assert_eq!(found.check().len(), 0);
        assert_eq!(found.bucket_names().unwrap(), [&b"key"[..], b"meta", b"own", b"void"]);
        let rows = |source: &Source, name: &str| {
            let mut rows = Rows::new();
            source
                .visit_named(name.as_bytes(), |key, value| {
                    rows.insert(key.to_vec(), value.to_vec());
                    Ok::<_, SourceError>(())
                })
                .unwrap();
            rows
        };
        for name in ["key", "own", "void"] {
            assert!(rows(&found, name) == rows(&copied, name), "{name}");
        }
        let mut meta = rows(&copied, "meta");
        edit(&mut meta);
        assert_eq!(rows(&found, "meta"), meta);
    }
}
