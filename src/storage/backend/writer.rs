//! The backend thread: takes sealed chunks in order, commits each in one LMDB transaction, and works on jobs
//! (compactions) in steps between the commits.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use heed::{MdbError, PutFlags};

use super::{Chunk, Env, Stats};
use crate::storage::schema::bucket::{Bucket, BucketChange};
use crate::storage::schema::key::RowKey;
use crate::storage::schema::meta;
use crate::telemetry::metrics::disk;
use crate::types::{Index, Term};

/// Pause before a commit is tried again for which there was no space.
const RETRY: Duration = Duration::from_secs(1);
/// A disk with less than this left is full.
const DISK_FULL_BYTES: u64 = 4 << 20;

/// How durable a commit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// LMDB's NOMETASYNC commit: consistent, at worst the last commit is lost.
    Lazy,
    /// Durable when `then` runs.
    Forced,
}

/// What a write that fails comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failing {
    /// For a member: without space it is tried again each second, anything else ends the process.
    Serving,
    /// For work on files at rest: the thread ends, without what `then` of the commit would have run, and the error is
    /// in [`Stats::failure`].
    Offline,
}

/// A sealed chunk and everything that is committed with it.
pub struct Commit {
    pub chunk: Arc<Chunk>,
    /// Changes to other buckets, in order.
    pub changes: Vec<BucketChange>,
    /// The last entry whose effects are in here or before; 0 leaves what is stored.
    pub index: Index,
    pub term: Term,
    pub sync: Sync,
    /// Jobs that may start when this is committed.
    pub jobs: Vec<Box<dyn Job>>,
    /// Runs after the commit and before the next one; it must not wait for the owner of `Thread`.
    pub then: Option<Box<dyn FnOnce() + Send>>,
}

/// Long work in bounded steps, each with transactions of its own.
pub trait Job: Send {
    /// Takes one step. After an error nothing of it has happened, and it is taken again later.
    fn step(&mut self, env: &Env) -> Result<Step, heed::Error>;
}

pub enum Step {
    /// The next step may follow at once, after the chunks that wait.
    Again,
    /// The next step follows after the configured pause.
    Pause,
    /// Under a load the next step follows after this.
    Nap(Duration),
    /// The step took so long and wrote so many bytes: others get their share before the next one.
    Rest {
        took: Duration,
        bytes: usize,
    },
    Done,
    /// From now on the backend is this one.
    Swap(Arc<Env>),
}

/// The running thread. Dropping it commits what was sent, leaves jobs where they are, and waits for the end.
pub struct Thread {
    inbox: Option<Sender<Commit>>,
    thread: Option<JoinHandle<()>>,
}

impl Thread {
    /// `jobs` were left by an earlier process. `pause` is between steps of a job.
    pub fn spawn(
        env: Arc<Env>,
        stats: Arc<Stats>,
        jobs: Vec<Box<dyn Job>>,
        pause: Duration,
        failing: Failing,
    ) -> io::Result<Self> {
        let (inbox, received) = mpsc::channel();
        let next_step = (!jobs.is_empty()).then(Instant::now);
        let worker = Worker {
            env,
            stats,
            inbox: received,
            backlog: VecDeque::new(),
            jobs: jobs.into(),
            pause,
            failing,
            next_step,
            has_mapped_pages: true,
            busy_until: Instant::now(),
        };
        let thread = thread::Builder::new().name("backend".into()).spawn(move || worker.run())?;
        Ok(Self { inbox: Some(inbox), thread: Some(thread) })
    }

    pub fn send(&self, commit: Commit) {
        let inbox = self.inbox.as_ref().expect("taken only by drop");
        // The thread ends before us only by a panic, which its join reports.
        let _ = inbox.send(commit);
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.inbox = None;
        if let Some(thread) = self.thread.take() {
            // A panic has ended the process already.
            let _ = thread.join();
        }
    }
}

/// Time without commits after which the backend is at rest.
const REST_AFTER: Duration = Duration::from_secs(1);
/// Rows of a commit from which on there is a load that jobs give way to, and for how long.
const BUSY_ROWS: usize = 16;
const BUSY_FOR: Duration = Duration::from_millis(500);
/// A job's rest under load, in times of its step; and what it writes in a second at most.
const BUSY_REST: u32 = 3;
const BUSY_BYTES_A_SECOND: u32 = 48 << 20;

struct Worker {
    env: Arc<Env>,
    stats: Arc<Stats>,
    inbox: Receiver<Commit>,
    /// Received while waiting for space.
    backlog: VecDeque<Commit>,
    jobs: VecDeque<Box<dyn Job>>,
    pause: Duration,
    failing: Failing,
    /// When the first job's next step is due.
    next_step: Option<Instant>,
    /// There was a commit since the pages were last given back.
    has_mapped_pages: bool,
    /// There is a load until then.
    busy_until: Instant,
}

/// The other side is gone and there is nothing more to do.
struct Stopped;

impl Worker {
    fn run(mut self) {
        let _guard = AbortOnPanic;
        self.note_sizes();
        while self.turn().is_ok() {}
    }

    fn turn(&mut self) -> Result<(), Stopped> {
        if let Some(commit) = self.next_commit()? { self.commit(commit) } else { self.step() }
    }

    /// The next chunk, or `None` when a job's step is due first.
    fn next_commit(&mut self) -> Result<Option<Commit>, Stopped> {
        if let Some(commit) = self.backlog.pop_front() {
            return Ok(Some(commit));
        }
        let Some(due) = self.next_step else {
            return self.next_commit_or_rest().map(Some);
        };
        match self.inbox.recv_timeout(due.saturating_duration_since(Instant::now())) {
            Ok(commit) => Ok(Some(commit)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(Stopped),
        }
    }

    /// Waits for the next chunk. When none comes for a while, the pages that the last commits looked at are given back.
    fn next_commit_or_rest(&mut self) -> Result<Commit, Stopped> {
        if self.has_mapped_pages {
            match self.inbox.recv_timeout(REST_AFTER) {
                Ok(commit) => return Ok(commit),
                Err(RecvTimeoutError::Timeout) => self.env.release_pages(),
                Err(RecvTimeoutError::Disconnected) => return Err(Stopped),
            }
            self.has_mapped_pages = false;
        }
        self.inbox.recv().map_err(|_| Stopped)
    }

    fn commit(&mut self, mut commit: Commit) -> Result<(), Stopped> {
        loop {
            let start = Instant::now();
            match self.write(&commit) {
                Ok(()) => {
                    disk::BACKEND_COMMIT_SECONDS.observe(start.elapsed().as_secs_f64());
                    break;
                }
                Err(error) => self.failed(error)?,
            }
            self.wait_for_space()?;
        }
        if commit.sync == Sync::Forced
            && let Err(error) = self.env.sync()
        {
            match self.failing {
                Failing::Serving => fatal(&error, "cannot sync the backend"),
                Failing::Offline => return Err(self.give_up(error)),
            }
        }
        self.note_sizes();
        self.has_mapped_pages = true;
        if commit.chunk.rows().len() >= BUSY_ROWS {
            self.busy_until = Instant::now() + BUSY_FOR;
        }
        commit.chunk.set_committed();
        if let Some(then) = commit.then.take() {
            then();
        }
        self.jobs.extend(commit.jobs);
        if self.next_step.is_none() && !self.jobs.is_empty() {
            self.next_step = Some(Instant::now());
        }
        Ok(())
    }

    fn write(&self, commit: &Commit) -> Result<(), heed::Error> {
        let rows = commit.chunk.rows();
        if rows.is_empty() && commit.changes.is_empty() && commit.index == 0 {
            return Ok(());
        }
        let mut txn = self.env.write()?;
        let keys = self.env.bucket(Bucket::Key);
        for row in rows.iter() {
            let key = RowKey::new(row.revision, row.is_tombstone);
            keys.put_with_flags(&mut txn, PutFlags::APPEND, &key, &row.bytes)?;
        }
        drop(rows);
        for change in &commit.changes {
            let bucket = self.env.bucket(change.bucket);
            match &change.value {
                Some(value) => bucket.put(&mut txn, &change.key, value)?,
                None => {
                    bucket.delete(&mut txn, &change.key)?;
                }
            }
        }
        if commit.index != 0 {
            let bucket = self.env.bucket(Bucket::Meta);
            bucket.put(&mut txn, meta::CONSISTENT_INDEX, &commit.index.to_be_bytes())?;
            if commit.term != 0 {
                bucket.put(&mut txn, meta::TERM, &commit.term.to_be_bytes())?;
            }
        }
        txn.commit()
    }

    fn step(&mut self) -> Result<(), Stopped> {
        let Some(job) = self.jobs.front_mut() else {
            self.next_step = None;
            return Ok(());
        };
        let pause = match job.step(&self.env) {
            Ok(Step::Again) => Duration::ZERO,
            Ok(Step::Pause) => self.pause,
            Ok(Step::Nap(rest)) if self.is_busy() => rest,
            Ok(Step::Nap(_)) => Duration::ZERO,
            Ok(Step::Rest { took, bytes }) => self.rest(took, bytes),
            Ok(Step::Swap(env)) => {
                // Unmapping a large map all at once would hold up whoever maps or unmaps.
                self.env.release_pages();
                self.env = env;
                self.note_sizes();
                self.has_mapped_pages = true;
                Duration::ZERO
            }
            Ok(Step::Done) => {
                self.jobs.pop_front();
                self.note_sizes();
                Duration::ZERO
            }
            Err(error) => {
                self.failed(error)?;
                RETRY
            }
        };
        self.next_step = (!self.jobs.is_empty()).then(|| Instant::now() + pause);
        Ok(())
    }

    fn is_busy(&self) -> bool {
        Instant::now() < self.busy_until
    }

    /// How long a job rests after a step. Without a load it works all the time, except for commits.
    fn rest(&self, took: Duration, bytes: usize) -> Duration {
        if !self.is_busy() {
            return Duration::ZERO;
        }
        let share = Duration::from_secs(1) * bytes as u32 / BUSY_BYTES_A_SECOND;
        share.saturating_sub(took).max(took * BUSY_REST)
    }

    fn failed(&self, error: heed::Error) -> Result<(), Stopped> {
        match self.failing {
            Failing::Serving => self.out_of_space(&error),
            Failing::Offline => return Err(self.give_up(error)),
        }
        Ok(())
    }

    /// Nothing is committed any more.
    fn give_up(&self, error: heed::Error) -> Stopped {
        // Only this thread sets it, and ends then.
        let _ = self.stats.failure.set(error);
        Stopped
    }

    /// Notes that there is no space. Any other error leaves the state of the file unknown and ends the process.
    fn out_of_space(&self, error: &heed::Error) {
        let is_full = match error {
            heed::Error::Mdb(MdbError::MapFull) => true,
            heed::Error::Io(error) => match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => true,
                // LMDB says EIO of a write that was cut short, which is how a disk gets full.
                _ => error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) && self.is_disk_full(),
            },
            _ => false,
        };
        if !is_full {
            fatal(error, "cannot write to the backend");
        }
        if !self.stats.is_out_of_space.swap(true, Ordering::Relaxed) {
            tracing::error!(%error, dir = %self.env.dir().display(), "no space for the backend, trying again");
        }
    }

    fn is_disk_full(&self) -> bool {
        rustix::fs::statvfs(self.env.dir()).is_ok_and(|disk| disk.f_bavail * disk.f_frsize < DISK_FULL_BYTES)
    }

    /// Waits before a commit is tried again, and goes on receiving, so that the end of the process is noticed.
    fn wait_for_space(&mut self) -> Result<(), Stopped> {
        let until = Instant::now() + RETRY;
        loop {
            match self.inbox.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(commit) => self.backlog.push_back(commit),
                Err(RecvTimeoutError::Timeout) => return Ok(()),
                Err(RecvTimeoutError::Disconnected) => return Err(Stopped),
            }
        }
    }

    fn note_sizes(&self) {
        let in_use = self.env.read().and_then(|txn| self.env.in_use_bytes(&txn));
        match (self.env.size_bytes(), in_use) {
            (Ok(size), Ok(in_use)) => {
                self.stats.size_bytes.store(size, Ordering::Relaxed);
                self.stats.in_use_bytes.store(in_use, Ordering::Relaxed);
                let charged = in_use.saturating_sub(self.env.empty_bytes());
                self.stats.charged_bytes.store(charged, Ordering::Relaxed);
                self.stats.is_out_of_space.store(false, Ordering::Relaxed);
            }
            (Err(error), _) | (_, Err(error)) => tracing::warn!(%error, "cannot read the backend's size"),
        }
    }
}

/// LMDB has a word of its own for a write that went half way.
pub fn error_text(error: &heed::Error) -> String {
    match error {
        heed::Error::Io(io) if io.raw_os_error() == Some(libc::EIO) => format!("{io}; the disk may be full"),
        error => error.to_string(),
    }
}

/// Without this thread nothing is committed any more, and nobody would notice before memory is full.
struct AbortOnPanic;

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            tracing::error!("the backend thread panicked");
            std::process::abort();
        }
    }
}

/// What is in the file is unknown from here on: only a restart finds out.
pub(super) fn fatal(error: &dyn std::error::Error, what: &'static str) -> ! {
    tracing::error!(%error, "{what}");
    eprintln!("rsetcd: {what}: {error}");
    std::process::abort();
}
