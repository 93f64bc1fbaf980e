//! Defragmentation: the rows are copied into a new generation while the old one goes on being written, then the new
//! one takes its place.
//!
//! It is a job of the backend thread, in small steps between the commits. Their bytes go to the disk as they come, but
//! are only made durable at the end: a sync of each would hold up those of the log. Bucket `key` only grows at its
//! end while no compaction runs, and jobs run one after the other: so the copy follows the writer by going on after the
//! last row copied. The step that reaches the end copies the other buckets too, which are small, makes the new
//! generation durable and lets `CURRENT` name it; no commit comes between. Meanwhile the overlay takes what is
//! applied, and readers go on with the generation that they have.

use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use std::{fs, io, thread};

use arc_swap::ArcSwap;
use heed::PutFlags;

use super::writer::fatal;
use super::{Env, Job, OpenError, Step, generation};
use crate::storage::schema::bucket::Bucket;
use crate::storage::shrink;
use crate::telemetry::metrics::disk;

/// Bytes of rows that one step copies: what readers of the disk wait for at most.
const STEP_BYTES: usize = 128 << 10;
/// Free disk space that is asked for, in times of what is to be copied: in tenths.
const SPACE_TENTHS: u64 = 12;

/// Why a defragmentation changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum DefragError {
    #[error("defragmenting {dir} needs {needed} bytes of free disk space, and there are {free}")]
    NoSpace { dir: PathBuf, needed: u64, free: u64 },
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("{dir}: {source}")]
    Io { dir: PathBuf, source: io::Error },
    #[error("{dir}: {source}")]
    Lmdb { dir: PathBuf, source: heed::Error },
}

/// Hears of the end. Not called if the process ends before.
pub type Done = Box<dyn FnOnce(Result<(), DefragError>) + Send>;

/// One defragmentation.
pub struct Defragment {
    /// Where readers find the generation that counts.
    current: Arc<ArcSwap<Env>>,
    done: Option<Done>,
    copying: Option<Copying>,
    /// The new generation counts; all that is left is to say so, once the backend's figures are of that.
    is_over: bool,
}

struct Copying {
    new: Env,
    /// The key of the last row of bucket `key` copied; empty before the first.
    after: Vec<u8>,
    began: Instant,
    before_bytes: u64,
}

impl Defragment {
    pub fn new(current: Arc<ArcSwap<Env>>, done: Done) -> Self {
        Self { current, done: Some(done), copying: None, is_over: false }
    }

    fn begin(env: &Env) -> Result<Copying, DefragError> {
        let dir = env.dir().to_path_buf();
        let lmdb = |source| DefragError::Lmdb { dir: dir.clone(), source };
        let in_use = env.read().and_then(|txn| env.in_use_bytes(&txn)).map_err(lmdb)?;
        let needed = in_use / 10 * SPACE_TENTHS;
        let disk =
            rustix::fs::statvfs(&dir).map_err(|error| DefragError::Io { dir: dir.clone(), source: error.into() })?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        if free < needed {
            return Err(DefragError::NoSpace { dir, needed, free });
        }
        let before_bytes = env.size_bytes().map_err(lmdb)?;
        tracing::info!(
            path = %dir.display(),
            "current-db-size-bytes" = before_bytes,
            "current-db-size-in-use-bytes" = in_use,
            "defragmenting"
        );
        disk::DEFRAG_INFLIGHT.set(1);
        let new = env.create_next()?;
        Ok(Copying { new, after: Vec::new(), began: Instant::now(), before_bytes })
    }

    /// Ends without a new generation.
    fn fail(&mut self, error: DefragError) -> Step {
        tracing::error!(%error, "failed to defragment");
        if let Some(Copying { new, .. }) = self.copying.take() {
            let dir = new.dir().to_path_buf();
            drop(new);
            remove(&dir);
        }
        self.tell(Err(error));
        Step::Done
    }

    fn tell(&mut self, outcome: Result<(), DefragError>) {
        disk::DEFRAG_INFLIGHT.set(0);
        if let Some(done) = self.done.take() {
            done(outcome);
        }
    }
}

impl Copying {
    /// Copies the next rows of bucket `key`; their bytes, `None` when there are no more after them.
    fn copy_rows(&mut self, old: &Env) -> Result<Option<usize>, heed::Error> {
        let read = old.read()?;
        let mut write = self.new.write()?;
        let (from, to) = (old.bucket(Bucket::Key), self.new.bucket(Bucket::Key));
        let start = if self.after.is_empty() { Bound::Unbounded } else { Bound::Excluded(&self.after[..]) };
        let (mut bytes, mut last) = (0, None);
        for row in from.range(&read, &(start, Bound::Unbounded))? {
            let (key, value) = row?;
            to.put_with_flags(&mut write, PutFlags::APPEND, key, value)?;
            bytes += key.len() + value.len();
            last = Some(key);
            if bytes >= STEP_BYTES {
                break;
            }
        }
        write.commit()?;
        self.new.write_out();
        if let Some(last) = last {
            self.after = last.to_vec();
        }
        Ok((bytes >= STEP_BYTES).then_some(bytes))
    }

    fn copy_small_buckets(&self, old: &Env) -> Result<(), heed::Error> {
        let read = old.read()?;
        let mut write = self.new.write()?;
        for bucket in Bucket::ALL.into_iter().filter(|bucket| *bucket != Bucket::Key) {
            let to = self.new.bucket(bucket);
            for row in old.bucket(bucket).iter(&read)? {
                let (key, value) = row?;
                to.put_with_flags(&mut write, PutFlags::APPEND, key, value)?;
            }
        }
        write.commit()?;
        self.new.make_durable()
    }

    fn error(&self, source: heed::Error) -> DefragError {
        DefragError::Lmdb { dir: self.new.dir().to_path_buf(), source }
    }
}

impl Job for Defragment {
    fn step(&mut self, env: &Env) -> Result<Step, heed::Error> {
        if self.is_over {
            self.tell(Ok(()));
            return Ok(Step::Done);
        }
        let Some(copying) = &mut self.copying else {
            return Ok(match Self::begin(env) {
                Ok(copying) => {
                    self.copying = Some(copying);
                    Step::Again
                }
                Err(error) => self.fail(error),
            });
        };
        let started = Instant::now();
        match copying.copy_rows(env) {
            Ok(Some(bytes)) => return Ok(Step::Rest { took: started.elapsed(), bytes }),
            Ok(None) => {}
            Err(error) => {
                let error = copying.error(error);
                return Ok(self.fail(error));
            }
        }
        if let Err(error) = copying.copy_small_buckets(env) {
            let error = copying.error(error);
            return Ok(self.fail(error));
        }
        if let Err(source) = publish(env.dir(), copying.new.dir()) {
            let dir = env.dir().to_path_buf();
            return Ok(self.fail(DefragError::Io { dir, source }));
        }
        let Copying { new, began, before_bytes, .. } = self.copying.take().expect("it was there");
        let new = Arc::new(new);
        retire(self.current.swap(new.clone()));
        let took = began.elapsed();
        let after_bytes = new.size_bytes().unwrap_or(0);
        disk::DEFRAG_SECONDS.observe(took.as_secs_f64());
        tracing::info!(
            path = %new.dir().display(),
            "current-db-size-bytes-diff" = after_bytes as i64 - before_bytes as i64,
            "current-db-size-bytes" = after_bytes,
            took = %crate::telemetry::duration::GoDuration::from(took),
            "finished defragmenting directory"
        );
        self.is_over = true;
        Ok(Step::Swap(new))
    }
}

/// Lets `CURRENT` name the generation `new`. An error says that it still names `old`.
fn publish(old: &Path, new: &Path) -> io::Result<()> {
    let snap_dir = old.parent().unwrap_or(Path::new("."));
    let Err(error) = generation::publish(snap_dir, new) else { return Ok(()) };
    match generation::current(snap_dir) {
        Ok(Some(named)) if named == old => Err(error),
        // Which of them a restart would find is unknown.
        _ => fatal(&error, "cannot make the defragmented backend durable"),
    }
}

/// Gives back the space of the generation that no longer counts, once its last reader has ended. A thread of its own
/// does so, in steps: whoever frees gigabytes at once, or closes the file last, would stand still, and with it every
/// sync of the file system's journal.
fn retire(old: Arc<Env>) {
    let dir = old.dir().to_path_buf();
    let closed = old.closed();
    drop(old);
    let retired = dir.clone();
    let work = move || {
        // The backend thread and readers still have theirs; nobody takes a new one.
        closed.wait();
        let data = fs::OpenOptions::new().write(true).open(retired.join(generation::DATA));
        if let Err(error) = data.and_then(|data| shrink::empty(&data)) {
            tracing::warn!(path = %retired.display(), %error, "cannot shrink an old generation of the backend");
        }
        remove(&retired);
    };
    if let Err(error) = thread::Builder::new().name("retire".into()).spawn(work) {
        tracing::warn!(path = %dir.display(), %error, "an old generation of the backend stays until the next start");
    }
}

/// Removes a generation that does not count. What is left is removed by the next start.
fn remove(dir: &Path) {
    if let Err(error) = fs::remove_dir_all(dir) {
        tracing::warn!(path = %dir.display(), %error, "cannot remove an old generation of the backend");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::storage::schema::key::RowKey;
    use crate::types::Revision;

    fn fill(env: &Env, revisions: std::ops::Range<i64>) {
        let mut txn = env.write().unwrap();
        for main in revisions {
            let key = RowKey::new(Revision::new(main, 0), false);
            env.bucket(Bucket::Key).put(&mut txn, &key, &[7; 1000]).unwrap();
        }
        env.bucket(Bucket::Meta).put(&mut txn, b"m", b"v").unwrap();
        txn.commit().unwrap();
    }

    fn rows(env: &Env) -> Vec<(Vec<u8>, Vec<u8>)> {
        let txn = env.read().unwrap();
        let mut rows = Vec::new();
        for bucket in Bucket::ALL {
            for row in env.bucket(bucket).iter(&txn).unwrap() {
                let (key, value) = row.unwrap();
                rows.push((key.to_vec(), value.to_vec()));
            }
        }
        rows
    }

    /// Rows that come between the steps are in the new generation; a reader of the old one is not disturbed.
    #[test]
    fn follows_the_writer_and_gives_space_back() {
        let temp = tempfile::tempdir().unwrap();
        let old = Arc::new(Env::open(temp.path(), 1 << 28).unwrap());
        fill(&old, 1..20_000);
        let mut txn = old.write().unwrap();
        for main in 1..10_000 {
            let key = RowKey::new(Revision::new(main, 0), false);
            old.bucket(Bucket::Key).delete(&mut txn, &key).unwrap();
        }
        txn.commit().unwrap();
        let before_bytes = old.size_bytes().unwrap();
        let current = Arc::new(ArcSwap::new(old.clone()));
        let (done, outcome) = mpsc::channel();
        let mut job = Defragment::new(current.clone(), Box::new(move |result| done.send(result).unwrap()));
        let reader = old.read_static().unwrap();
        let mut next = 20_000;
        let new = loop {
            match job.step(&old).unwrap() {
                Step::Swap(new) => break new,
                Step::Done => panic!("it failed: {:?}", outcome.recv()),
                _ => {}
            }
            if next < 20_050 {
                fill(&old, next..next + 10);
                next += 10;
            }
        };
        assert!(outcome.try_recv().is_err(), "not before the backend knows the new one");
        assert!(matches!(job.step(&new), Ok(Step::Done)));
        outcome.recv().unwrap().unwrap();
        assert!(new.size_bytes().unwrap() < before_bytes * 6 / 10);
        assert_eq!(rows(&new), rows(&old), "the old one stays readable until it is closed");
        assert_eq!(new.read().unwrap().id(), new.read_static().unwrap().id());
        assert_eq!(old.bucket(Bucket::Key).len(&reader).unwrap(), 10_000);
        assert!(Arc::ptr_eq(&current.load_full(), &new));
        assert_eq!(generation::current(temp.path()).unwrap().as_deref(), Some(new.dir()));
        let dir = old.dir().to_path_buf();
        drop(reader);
        assert!(dir.exists(), "it is still open here");
        drop(old);
        while dir.exists() {
            thread::sleep(std::time::Duration::from_millis(5));
        }
    }
}
