//! Gives up all entries behind an index, so that a log with damage in its middle can be started from again.
//!
//! What is kept ends with that index, in one of two ways:
//!
//! - the log up to it, where it can still be read;
//! - when the damage is in what the backend has applied already: a log that begins anew with a snapshot record where
//!   the backend is, and goes on with the entries that stand behind the damage.
//!
//! The hard state of the kept log has the highest term seen anywhere, with the vote in it, and a commit index that is
//! no higher than the last entry.
//!
//! A crash at any step leaves a log that is refused as before, so that the same command can be given again:
//!
//! 1. the new last segment is written under a temporary name and synced;
//! 2. it takes its place; the old one stays as `<segment>.wal.broken`;
//! 3. the segments that are given up become `.broken` too: later ones from the last to the first, so that none is
//!    missing in between; the CRC at the head of the first of them does not fit what is now before it. Where the
//!    log begins anew, older ones from the first to the last: its head does not fit any of them.

mod plan;
#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use self::plan::Keep;
pub use self::plan::Plan;
use super::record::Encoder;
use super::segment::{self, Held};
use super::{End, Record, RecordReader, SegmentName, SnapMark, WalError, repair};
use crate::pb::raftpb::{ConfState, Entry, HardState};
use crate::types::{Index, Term};

/// What a backend has applied.
#[derive(Clone, Debug)]
pub struct Applied {
    pub index: Index,
    /// 0 where it does not tell: etcd 3.4.
    pub term: Term,
    /// Of the members that it holds; `None` if they cannot be told.
    pub conf_state: Option<ConfState>,
}

/// A locked WAL, and what of it can be read.
#[derive(Debug)]
pub struct Survey {
    dir: PathBuf,
    held: Vec<Held>,
    /// Why it cannot be read to its end.
    pub damage: Option<WalError>,
    /// Where what can be read ends; torn only if nothing else is wrong.
    pub end: End,
    metadata: Option<Bytes>,
    readable: Readable,
    /// Contiguous entries behind all damage.
    behind: Vec<Entry>,
    /// The highest entry that the log once had, as far as can be seen.
    pub seen_last: Index,
    /// The highest term seen, with the vote in it, and the highest commit index.
    pub seen: HardState,
}

/// What was done.
#[derive(Debug)]
pub struct Discarded {
    /// The segment that is the last one now.
    pub tail: PathBuf,
    /// Where the segments that were changed or given up are as they were.
    pub copies: Vec<PathBuf>,
}

/// The end of a record.
#[derive(Clone, Copy, Debug)]
struct Place {
    segment: SegmentName,
    offset: u64,
    crc: u32,
    /// Counts records.
    number: u64,
    /// Of the entry.
    term: Term,
}

/// What stands before the damage.
#[derive(Debug, Default)]
struct Readable {
    /// The index of the first of `places`.
    first: Index,
    /// Of contiguous entries.
    places: Vec<Place>,
    marks: Vec<(u64, SnapMark)>,
    commit: Index,
}

impl Survey {
    /// Locks the WAL in `dir` and reads what can be read. Changes nothing.
    ///
    /// # Errors
    /// Another process has it open; the disk refuses. Damage is no error here.
    pub fn take(dir: &Path) -> Result<Self, WalError> {
        let names = segment::names(dir)?;
        if names.is_empty() {
            return Err(WalError::Empty { dir: dir.to_owned() });
        }
        let held = segment::lock_all(dir, names.clone())?;
        let gap = segment::first_gap(&names);
        let mut reader = RecordReader::over(dir, names[..gap.unwrap_or(names.len())].to_vec())?;
        let mut survey = Self {
            dir: dir.to_owned(),
            held,
            damage: gap.map(|gap| WalError::MissingSegment {
                dir: dir.to_owned(),
                last: names[gap - 1],
                next: names[gap],
            }),
            end: reader.end().clone(),
            metadata: None,
            readable: Readable::default(),
            behind: Vec::new(),
            seen_last: 0,
            seen: HardState { term: Some(0), vote: Some(0), commit: Some(0) },
        };
        let mut number = 0;
        while let Some(located) = reader.next() {
            match located {
                Ok(located) => {
                    number += 1;
                    let end = reader.end();
                    let place = Place { segment: located.segment, offset: end.offset, crc: end.crc, number, term: 0 };
                    survey.see(&located.record);
                    survey.readable.add(located.record, place);
                }
                Err(error @ WalError::Corrupt { .. }) => survey.damage = Some(error),
                Err(error) => return Err(error),
            }
        }
        survey.end = reader.end().clone();
        survey.metadata = reader.metadata().cloned();
        survey.look_behind(&names)?;
        Ok(survey)
    }

    /// The last entry that can be read, or the snapshot that stands in for it.
    pub fn last(&self) -> Index {
        match self.readable.places.len() as u64 {
            0 => self.readable.start().map_or(0, |mark| mark.index),
            count => self.readable.first + count - 1,
        }
    }

    /// Whose log this is, if that can be read.
    pub fn metadata(&self) -> Option<&Bytes> {
        self.metadata.as_ref()
    }

    /// Cuts a torn tail, if that is all there is. Durable on return.
    pub fn repair(&self) -> Result<Option<repair::Repair>, WalError> {
        match (&self.damage, self.held.last()) {
            (None, Some(tail)) => repair::repair(&self.dir, &tail.file, &self.end),
            _ => Ok(None),
        }
    }

    /// Carries a plan out. Durable on return.
    ///
    /// # Errors
    /// The disk refuses: before the first segment has taken its place nothing is changed, after that the same
    /// command goes on.
    pub fn discard(self, plan: &Plan) -> Result<Discarded, WalError> {
        let mut encoder;
        let (name, kept) = match &plan.keep {
            Keep::Log(place, mark) => {
                encoder = Encoder::new(place.crc);
                mark.iter().for_each(|mark| encoder.snapshot(mark));
                (place.segment, Some(place))
            }
            Keep::Backend(mark, entries) => {
                let last = self.held.last().expect("a survey has segments").name;
                encoder = Encoder::new(0);
                encoder.crc();
                encoder.metadata(self.metadata.as_ref().expect("checked by the plan"));
                encoder.snapshot(mark);
                entries.iter().for_each(|entry| encoder.entry(entry));
                // etcd looks for the last segment whose name is no higher than its snapshot.
                (SegmentName { sequence: last.sequence + 1, index: mark.index }, None)
            }
        };
        encoder.hard_state(&plan.hard_state);
        let path = self.dir.join(name.to_string());
        let building = self.dir.join(format!("{name}.tmp"));
        let copies = self.build(&building, kept, &encoder.buffer).and_then(|()| match kept {
            Some(_) => Ok(vec![replace(&path, &building)?]),
            None => fs::rename(&building, &path).map(|()| Vec::new()),
        });
        let mut copies = copies.map_err(|error| {
            // It may be what fills the disk.
            let _ = fs::remove_file(&building);
            WalError::io(&path, "write")(error)
        })?;
        segment::sync_dir(&self.dir)?;
        let mut given_up: Vec<_> = self.held.iter().map(|held| held.name).collect();
        if kept.is_some() {
            given_up.retain(|other| *other > name);
            given_up.reverse();
        }
        for name in given_up {
            let path = self.dir.join(name.to_string());
            let aside = segment::free_name(&path, "broken");
            fs::rename(&path, &aside).map_err(WalError::io(&path, "put aside"))?;
            copies.push(aside);
        }
        segment::sync_dir(&self.dir)?;
        copies.sort_unstable();
        Ok(Discarded { tail: path, copies })
    }

    /// Writes a segment to `building`: what is kept of the old one, then `more`.
    fn build(&self, building: &Path, kept: Option<&Place>, more: &[u8]) -> io::Result<()> {
        let mut options = File::options();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(building)?;
        if let Some(place) = kept {
            let held = self.held.iter().find(|held| held.name == place.segment);
            let mut old = &held.expect("all segments are held").file;
            old.rewind()?;
            let copied = io::copy(&mut old.take(place.offset), &mut file)?;
            if copied != place.offset {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        file.write_all(more)?;
        file.sync_all()
    }

    /// Looks through what is behind the damage for what the log once held.
    fn look_behind(&mut self, names: &[SegmentName]) -> Result<(), WalError> {
        if self.damage.is_none() {
            return Ok(());
        }
        let first = self.end.segment;
        let mut crc = None;
        for &name in names.iter().filter(|&&name| name >= first) {
            self.seen_last = self.seen_last.max(name.index.saturating_sub(1));
            let mut reader = RecordReader::over(&self.dir, vec![name])?.into_lenient();
            for located in &mut reader {
                match located {
                    Ok(located) => self.see_behind(located.record, crc),
                    Err(WalError::Corrupt { .. }) => self.behind.clear(),
                    Err(error) => return Err(error),
                }
            }
            // A segment whose end is damaged does not fit to the one after it.
            crc = Some(reader.end().crc);
            self.metadata = self.metadata.take().or_else(|| reader.metadata().cloned());
        }
        Ok(())
    }

    /// `crc`: at the end of the segment before.
    fn see_behind(&mut self, record: Record, crc: Option<u32>) {
        self.see(&record);
        match record {
            Record::Crc(found) if Some(found) != crc => self.behind.clear(),
            Record::Entry(entry) => {
                let first = self.behind.first().map_or(entry.index(), Entry::index);
                match entry.index().checked_sub(first) {
                    Some(kept) if kept <= self.behind.len() as u64 => self.behind.truncate(kept as usize),
                    _ => self.behind.clear(),
                }
                self.behind.push(entry);
            }
            Record::Crc(_) | Record::Metadata(_) | Record::HardState(_) | Record::Snapshot(_) => {}
        }
    }

    fn see(&mut self, record: &Record) {
        match record {
            Record::Entry(entry) => self.seen_last = self.seen_last.max(entry.index()),
            Record::HardState(state) => {
                let commit = self.seen.commit().max(state.commit());
                if (state.term(), state.vote() != 0) >= (self.seen.term(), self.seen.vote() != 0) {
                    self.seen = *state;
                }
                self.seen.commit = Some(commit);
            }
            Record::Metadata(_) | Record::Crc(_) | Record::Snapshot(_) => {}
        }
    }
}

impl Readable {
    fn add(&mut self, record: Record, place: Place) {
        match record {
            Record::Metadata(_) | Record::Crc(_) => {}
            Record::HardState(state) => self.commit = state.commit(),
            Record::Snapshot(mark) => self.marks.push((place.number, mark)),
            Record::Entry(entry) => {
                match entry.index().checked_sub(self.first) {
                    Some(kept) if kept <= self.places.len() as u64 => self.places.truncate(kept as usize),
                    _ => self.places.clear(),
                }
                if self.places.is_empty() {
                    self.first = entry.index();
                }
                self.places.push(Place { term: entry.term(), ..place });
            }
        }
    }

    /// The snapshot record that a start would choose.
    fn start(&self) -> Option<&SnapMark> {
        self.marks.iter().map(|(_, mark)| mark).rfind(|mark| mark.index <= self.commit)
    }
}

/// Puts `new` in the place of the file `path`, which stays under the name that is returned.
fn replace(path: &Path, new: &Path) -> io::Result<PathBuf> {
    let aside = segment::free_name(path, "broken");
    fs::hard_link(path, &aside)?;
    fs::rename(new, path).inspect_err(|_| {
        // Otherwise it would look as if something had been done.
        let _ = fs::remove_file(&aside);
    })?;
    Ok(aside)
}
