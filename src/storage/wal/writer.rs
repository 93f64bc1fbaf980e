//! Appends to a WAL.
//!
//! Records are gathered in memory and written at a sync, or once they are many: what needs no sync may be lost with
//! the process, as in etcd. When the tail has grown to the wanted size a save is followed by a cut:
//!
//! 1. the tail is shortened to its last record and synced;
//! 2. the next file gets its head (crc, metadata, the last hard state saved by this process) and is synced;
//! 3. it is renamed to its segment name, and the directory is synced.
//!
//! A crash in between leaves a `.tmp` file, which the next open removes.

use std::collections::VecDeque;
use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::{DirBuilderExt, FileExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tracing::warn;

use super::record::Encoder;
use super::segment::Held;
use super::{End, RecordReader, Recovered, SegmentName, SnapMark, WalError, ahead, recover, repair, segment};
use crate::pb::raftpb::{Entry, HardState};
use crate::telemetry::{duration::GoDuration, metrics::disk};
use crate::types::Index;

/// A sync that takes longer is logged.
const FSYNC_WARNING: Duration = Duration::from_secs(1);
/// Gathered bytes are written, without a sync, once they are this many.
const WRITE_AT_BYTES: usize = 1 << 20;
/// A buffer that has grown beyond this is given back.
const BUFFER_KEPT_BYTES: usize = 4 << 20;
/// The next file is made when the tail is filled to one part in this many.
const AHEAD_PART: u64 = 4;
/// Without crc and metadata at its head a segment is of no use.
const HEAD_RECORDS: u64 = 2;

/// How a WAL is written.
#[derive(Clone, Debug)]
pub struct WalOptions {
    /// Size at which a segment is cut, and which is set aside for a new one.
    pub segment_bytes: u64,
    /// `false` leaves out every sync: data is lost with the machine (`--unsafe-no-fsync`).
    pub sync: bool,
}

impl Default for WalOptions {
    fn default() -> Self {
        Self { segment_bytes: 64_000_000, sync: true }
    }
}

/// A WAL open for appending. It holds locks on its segments from the newest snapshot on, so that neither a second
/// process appends nor `storage::purge` deletes what a restart needs.
///
/// After an error it must not be used again: what is on disk is then unknown.
#[derive(Debug)]
pub struct Wal {
    dir: PathBuf,
    options: WalOptions,
    metadata: Bytes,
    /// The last one saved by this process; repeated at the head of a new segment.
    hard_state: Option<HardState>,
    /// The last one in the log, whoever saved it.
    latest: HardState,
    last_index: Index,
    /// Locked; the last one is the tail.
    held: VecDeque<Held>,
    /// Of the tail: where the encoder's bytes will go.
    offset: u64,
    encoder: Encoder,
    is_synced: bool,
    ahead: ahead::Ahead,
}

/// A WAL that is locked and read, and not changed yet: the time to find that it is not to be opened.
#[derive(Debug)]
pub struct ScannedWal {
    dir: PathBuf,
    held: VecDeque<Held>,
    recovered: Recovered,
    end: End,
}

impl ScannedWal {
    /// Locks and reads the WAL in `dir`.
    ///
    /// # Errors
    /// Another process has it open; it is damaged otherwise than by a torn tail.
    pub fn scan(dir: &Path) -> Result<Self, WalError> {
        Self::read(dir, segment::lock_all(dir, segment::list(dir)?)?)
    }

    /// The same for looking alone, of files that may not be written: it must not be opened for appending.
    ///
    /// # Errors
    /// As [`ScannedWal::scan`].
    pub fn scan_shared(dir: &Path) -> Result<Self, WalError> {
        Self::read(dir, segment::lock_all_shared(dir, segment::list(dir)?)?)
    }

    fn read(dir: &Path, held: Vec<Held>) -> Result<Self, WalError> {
        let held = held.into();
        let (recovered, end) = recover::scan(RecordReader::open(dir)?, dir)?;
        Ok(Self { dir: dir.to_owned(), held, recovered, end })
    }

    /// What it holds; nothing is repaired yet.
    pub fn recovered(&self) -> &Recovered {
        &self.recovered
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The segments, in order; the last one is the tail.
    pub fn segments(&self) -> impl ExactSizeIterator<Item = SegmentName> {
        self.held.iter().map(|held| held.name)
    }

    /// Where the records end.
    pub fn end(&self) -> &End {
        &self.end
    }

    /// Cuts a torn tail, which `repaired` then tells of, and opens it for appending.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn open(self, options: &WalOptions) -> Result<(Wal, Recovered), WalError> {
        let Self { dir, held, mut recovered, end } = self;
        let dir = &dir;
        for leftover in [ahead::AHEAD, ahead::AT_CUT] {
            // Of no use to anybody: the next cut would replace it.
            let _ = fs::remove_file(dir.join(leftover));
        }
        let tail = held.back().ok_or_else(|| WalError::Empty { dir: dir.to_owned() })?;
        recovered.repaired = repair::repair(dir, &tail.file, &end)?;
        let has_head = end.records >= HEAD_RECORDS;
        let offset = if has_head { end.offset } else { 0 };
        Wal::clear_tail(dir, tail, offset, options)?;

        let last_entry = recovered.entries.last().map_or(0, Entry::index);
        let mut wal = Wal {
            dir: dir.to_owned(),
            options: options.clone(),
            metadata: recovered.metadata.clone(),
            hard_state: None,
            latest: recovered.hard_state,
            last_index: last_entry.max(recovered.start.index),
            held,
            offset,
            encoder: Encoder::new(end.crc),
            is_synced: true,
            ahead: ahead::Ahead::new(dir, options.segment_bytes, options.sync),
        };
        if !has_head {
            wal.encoder.crc();
            wal.encoder.metadata(&recovered.metadata);
        }
        wal.release_to(recovered.start.index);
        Ok((wal, recovered))
    }
}

impl Wal {
    /// Is there a WAL in `dir`? Any name with extension `.wal` says so, as in etcd.
    pub fn exists(dir: &Path) -> bool {
        let Ok(entries) = fs::read_dir(dir) else { return false };
        entries.flatten().any(|entry| Path::new(&entry.file_name()).extension().is_some_and(|ext| ext == "wal"))
    }

    /// Makes a WAL with the snapshot mark {0,0}. It is built in `<dir>.tmp` and renamed, so that a crash leaves all
    /// of it or nothing. An empty `dir` may exist.
    ///
    /// # Errors
    /// There is a WAL already; the disk refuses.
    pub fn create(dir: &Path, metadata: &[u8], options: &WalOptions) -> Result<Self, WalError> {
        if Self::exists(dir) {
            return Err(WalError::Exists { dir: dir.to_owned() });
        }
        let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut building = dir.as_os_str().to_owned();
        building.push(".tmp");
        let building = PathBuf::from(building);
        if building.exists() {
            fs::remove_dir_all(&building).map_err(WalError::io(&building, "remove"))?;
        }
        DirBuilder::new().recursive(true).mode(0o700).create(&building).map_err(WalError::io(&building, "create"))?;
        let name = SegmentName { sequence: 0, index: 0 };
        let path = building.join(name.to_string());
        let file = ahead::create(&path, options.segment_bytes).map_err(WalError::io(&path, "create"))?;
        let held = Held { name, file };
        let mut wal = Self::new(&building, options, Bytes::copy_from_slice(metadata), held);
        wal.encoder.crc();
        wal.encoder.metadata(metadata);
        wal.encoder.snapshot(&SnapMark::default());
        wal.write()?;
        wal.sync_tail(File::sync_all)?;
        segment::sync_dir(&building)?;
        fs::rename(&building, dir).map_err(WalError::io(dir, "rename the new WAL to"))?;
        segment::sync_dir(parent)?;
        wal.dir = dir.to_owned();
        wal.ahead = ahead::Ahead::new(dir, options.segment_bytes, options.sync);
        Ok(wal)
    }

    /// Opens a WAL for appending and returns what it holds from the last snapshot record at or below the commit
    /// index on. A torn last record (a crash while appending) is cut off, and told in `repaired`.
    ///
    /// # Errors
    /// Another process has it open; it is damaged otherwise than by a torn tail.
    #[cfg(test)]
    pub fn open(dir: &Path, options: &WalOptions) -> Result<(Self, Recovered), WalError> {
        ScannedWal::scan(dir)?.open(options)
    }

    fn new(dir: &Path, options: &WalOptions, metadata: Bytes, tail: Held) -> Self {
        Self {
            dir: dir.to_owned(),
            options: options.clone(),
            metadata,
            hard_state: None,
            latest: HardState::default(),
            last_index: 0,
            held: VecDeque::from([tail]),
            offset: 0,
            encoder: Encoder::new(0),
            is_synced: true,
            ahead: ahead::Ahead::new(dir, options.segment_bytes, options.sync),
        }
    }

    /// Whatever stands behind the last record must read as zeros before anything is appended there.
    fn clear_tail(dir: &Path, tail: &Held, offset: u64, options: &WalOptions) -> Result<(), WalError> {
        let path = dir.join(tail.name.to_string());
        let clear = || {
            let size = tail.file.metadata()?.len();
            tail.file.set_len(offset)?;
            ahead::allocate(&tail.file, size.max(options.segment_bytes).max(offset))?;
            if options.sync { tail.file.sync_all() } else { Ok(()) }
        };
        clear().map_err(WalError::io(&path, "clear the tail of"))
    }

    /// Appends what one raft ready wants saved: entries, then the hard state. Durable only after [`Wal::sync`].
    pub fn append(&mut self, entries: &[Entry], hard_state: Option<&HardState>) -> Result<(), WalError> {
        for entry in entries {
            self.encoder.entry(entry);
            self.last_index = entry.index();
            self.write_if_much()?;
        }
        if let Some(state) = hard_state {
            self.add_hard_state(state);
        }
        self.write_if_much()?;
        let filled = self.offset + self.encoder.buffer.len() as u64;
        if filled >= self.options.segment_bytes {
            return self.cut();
        }
        if filled >= self.options.segment_bytes / AHEAD_PART {
            self.ahead.want();
        }
        Ok(())
    }

    /// Appends a snapshot record and syncs. The `.snap` file it names must be durable already.
    ///
    /// A record above the commit index would not count, so a hard state that reaches it follows where there is none
    /// yet. It comes second, since a torn write must not leave a commit index without entries or snapshot.
    pub fn append_snapshot(&mut self, mark: &SnapMark) -> Result<(), WalError> {
        self.encoder.snapshot(mark);
        if self.latest.commit() < mark.index {
            let mut state = self.latest;
            if state.term() < mark.term {
                // No vote can have been given in a term that was never saved.
                (state.term, state.vote) = (Some(mark.term), None);
            }
            state.commit = Some(mark.index);
            self.add_hard_state(&state);
        }
        self.last_index = self.last_index.max(mark.index);
        self.sync()
    }

    /// Makes all that was appended durable.
    pub fn sync(&mut self) -> Result<(), WalError> {
        self.write()?;
        if !self.is_synced { self.sync_tail(File::sync_data) } else { Ok(()) }
    }

    /// Gives up the locks of segments that a start from a snapshot at `index` does not need: all before the last one
    /// that begins below `index`.
    pub fn release_to(&mut self, index: Index) {
        let kept = match self.held.iter().position(|held| held.name.index >= index) {
            Some(first) => first.saturating_sub(1),
            None => self.held.len() - 1,
        };
        self.held.drain(..kept);
    }

    /// Syncs and closes. The tail keeps the space set aside.
    pub fn close(mut self) -> Result<(), WalError> {
        self.sync()
    }

    fn tail(&self) -> &Held {
        self.held.back().expect("the tail is always held")
    }

    fn tail_path(&self) -> PathBuf {
        self.dir.join(self.tail().name.to_string())
    }

    fn add_hard_state(&mut self, state: &HardState) {
        self.encoder.hard_state(state);
        self.hard_state = Some(*state);
        self.latest = *state;
    }

    fn write_if_much(&mut self) -> Result<(), WalError> {
        if self.encoder.buffer.len() >= WRITE_AT_BYTES { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), WalError> {
        if self.encoder.buffer.is_empty() {
            return Ok(());
        }
        let began = Instant::now();
        let result = self.tail().file.write_all_at(&self.encoder.buffer, self.offset);
        result.map_err(|error| WalError::io(&self.tail_path(), "write")(error))?;
        disk::WAL_WRITE_SECONDS.observe(began.elapsed().as_secs_f64());
        disk::WAL_WRITE_BYTES.add(self.encoder.buffer.len() as i64);
        self.offset += self.encoder.buffer.len() as u64;
        self.is_synced = false;
        self.encoder.buffer.clear();
        self.encoder.buffer.shrink_to(BUFFER_KEPT_BYTES);
        Ok(())
    }

    fn sync_tail(&mut self, sync: fn(&File) -> std::io::Result<()>) -> Result<(), WalError> {
        if self.options.sync {
            let began = Instant::now();
            sync(&self.tail().file).map_err(|error| WalError::io(&self.tail_path(), "sync")(error))?;
            let took = began.elapsed();
            disk::WAL_FSYNC_SECONDS.observe(took.as_secs_f64());
            if took > FSYNC_WARNING {
                warn!(
                    took = %GoDuration::from(took),
                    "expected-duration" = %GoDuration::from(FSYNC_WARNING),
                    "slow fdatasync"
                );
            }
        }
        self.is_synced = true;
        Ok(())
    }

    fn cut(&mut self) -> Result<(), WalError> {
        self.write()?;
        self.tail().file.set_len(self.offset).map_err(|error| WalError::io(&self.tail_path(), "shorten")(error))?;
        self.sync_tail(File::sync_data)?;

        let name = SegmentName { sequence: self.tail().name.sequence + 1, index: self.last_index + 1 };
        let (temporary, file) = match self.ahead.take() {
            Some(file) => (self.dir.join(ahead::AHEAD), file),
            None => {
                let path = self.dir.join(ahead::AT_CUT);
                let file = ahead::create(&path, self.options.segment_bytes).map_err(WalError::io(&path, "create"))?;
                (path, file)
            }
        };
        self.held.push_back(Held { name, file });
        self.offset = 0;
        self.encoder.crc();
        self.encoder.metadata(&self.metadata);
        if let Some(state) = &self.hard_state {
            self.encoder.hard_state(state);
        }
        self.write()?;
        self.sync_tail(File::sync_data)?;
        let path = self.tail_path();
        fs::rename(&temporary, &path).map_err(WalError::io(&path, "rename the next segment to"))?;
        if self.options.sync { segment::sync_dir(&self.dir) } else { Ok(()) }
    }
}
