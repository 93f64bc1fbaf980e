//! The log: from record to record, and what it says as a whole.
//!
//! Read once, from the first segment to the last. Of each entry its term and a checksum stay in memory.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use prost::Message;

use super::report::{Advice, Area, Finding, Report, Severity};
use crate::membership::Change;
use crate::membership::bootstrap::parse_metadata;
use crate::pb::raftpb::{ConfChange, ConfState, Entry, EntryType, HardState};
use crate::pb::request::EntryData;
use crate::storage::source::Place;
use crate::storage::wal::{Record, RecordReader, SegmentName, SnapMark, WalError};
use crate::types::{ClusterId, Index, MemberId, Term};

/// Bytes compared with zeros at a time.
const ZEROS: [u8; 1 << 16] = [0; 1 << 16];

/// An entry as far as it matters to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    pub term: Term,
    /// Over kind and data.
    pub crc: u32,
}

/// What the log says that other parts must agree with.
#[derive(Clone, Debug, Default)]
pub struct WalFacts {
    pub dir: PathBuf,
    pub member: MemberId,
    pub cluster: ClusterId,
    /// The last snapshot record at or below the commit index.
    pub start: SnapMark,
    pub marks: Vec<SnapMark>,
    pub hard_state: HardState,
    /// Index of the first of `entries`.
    pub first: Index,
    pub entries: Vec<Seen>,
    /// Those of the entries that change the configuration.
    pub conf_changes: BTreeMap<Index, Change>,
}

impl WalFacts {
    /// Of the last entry, or of the snapshot that stands in for it.
    pub fn last(&self) -> Index {
        let last = if self.entries.is_empty() { 0 } else { self.first + self.entries.len() as Index - 1 };
        last.max(self.start.index)
    }

    /// The entry at an index, if the log still has it.
    pub fn entry(&self, index: Index) -> Option<Seen> {
        self.entries.get(usize::try_from(index.checked_sub(self.first)?).ok()?).copied()
    }

    /// The term at an index, as an entry or the start tells it.
    pub fn term(&self, index: Index) -> Option<Term> {
        let start = (index == self.start.index).then_some(self.start.term);
        self.entry(index).map(|entry| entry.term).or(start)
    }
}

/// Checks the log in `dir`. `None` where it cannot be read to its end. `is_deep`: entries are decoded, too.
pub fn verify(dir: &Path, is_deep: bool, report: &mut Report) -> Option<WalFacts> {
    leftovers(dir, report);
    let mut reader = match RecordReader::open(dir) {
        Ok(reader) => reader,
        Err(error) => {
            wal_error(report, dir, &error);
            return None;
        }
    };
    let mut log = Log { is_deep, ..Log::default() };
    for located in &mut reader {
        let located = match located {
            Ok(located) => located,
            Err(error) => {
                wal_error(report, dir, &error);
                return None;
            }
        };
        let file = dir.join(located.segment.to_string());
        let mut add = |(severity, what): (Severity, String)| {
            let place = Place::Offset(located.offset);
            report.add(Finding {
                severity,
                area: Area::Wal,
                file: file.clone(),
                place,
                what,
                advice: Advice::LogDamage,
            });
        };
        log.segment(located.segment).map(&mut add);
        log.add(&located.record).into_iter().for_each(&mut add);
    }
    let end = reader.end().clone();
    let tail = dir.join(end.segment.to_string());
    let at_end = |severity, what: String, advice| Finding {
        severity,
        area: Area::Wal,
        file: tail.clone(),
        place: Place::Offset(end.offset),
        what,
        advice,
    };
    match &end.torn {
        Some(torn) => {
            let what = format!("torn tail, as a crash leaves it: {}", torn.what);
            report.add(at_end(Severity::Info, what, Advice::NextStart));
        }
        None => match first_not_zero(&tail, end.offset) {
            Ok(None) => {}
            Ok(Some(offset)) => {
                let what = format!("data behind the end of the log, from offset {offset} on: not written whole");
                report.add(at_end(Severity::Info, what, Advice::NextStart));
            }
            Err(error) => report.found(Severity::Fatal, Area::Wal, &tail, error, Advice::Permit),
        },
    }
    let Some(metadata) = reader.metadata() else {
        let what = "the log ends before it says whose it is".to_owned();
        report.add(at_end(Severity::Error, what, Advice::LogDamage));
        return None;
    };
    let Ok((member, cluster)) = parse_metadata(metadata) else {
        report.found(Severity::Error, Area::Wal, &tail, "the metadata record names no member", Advice::LogDamage);
        return None;
    };
    let records = log.records;
    let facts = match log.finish(dir, member, cluster) {
        Ok(facts) => facts,
        Err(what) => {
            report.add(at_end(Severity::Error, what, Advice::LogDamage));
            return None;
        }
    };
    let (commit, last, start) = (facts.hard_state.commit(), facts.last(), &facts.start);
    if commit > last {
        let what = format!("commit index {commit} is beyond the last entry {last}");
        report.add(at_end(Severity::Error, what, Advice::LogDamage));
    }
    report.info(
        Area::Wal,
        dir,
        format!(
            "member {member} of cluster {cluster}, {records} records, start at index {} term {}, last entry {last}, commit {commit}",
            start.index, start.term
        ),
    );
    Some(facts)
}

fn wal_error(report: &mut Report, dir: &Path, error: &WalError) {
    let mut add = |severity, file: &Path, place, what: String, advice| {
        report.add(Finding { severity, area: Area::Wal, file: file.to_owned(), place, what, advice });
    };
    match error {
        WalError::Corrupt { file, offset, what } => {
            add(Severity::Error, file, Place::Offset(*offset), what.to_string(), Advice::LogDamage);
        }
        WalError::Io { file, doing, source } => {
            let advice = if source.kind() == io::ErrorKind::NotFound { Advice::WrongPath } else { Advice::Permit };
            add(Severity::Fatal, file, Place::File, format!("cannot {doing}: {source}"), advice);
        }
        WalError::MissingSegment { last, next, .. } => {
            let what = format!("a segment is missing: {last} is followed by {next}");
            add(Severity::Error, dir, Place::File, what, Advice::Recover);
        }
        WalError::Empty { .. } => {
            add(Severity::Error, dir, Place::File, "no WAL segment".into(), Advice::WrongPath);
        }
        WalError::NoSnapshot { .. }
        | WalError::MissingEntries { .. }
        | WalError::Locked { .. }
        | WalError::Exists { .. } => add(Severity::Error, dir, Place::File, error.to_string(), Advice::LogDamage),
    }
}

/// Files that are no segments.
fn leftovers(dir: &Path, report: &mut Report) {
    // That it cannot be listed is told by whoever reads it.
    let Ok(entries) = fs::read_dir(dir) else { return };
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    for name in names.iter().filter(|name| SegmentName::parse(name).is_none()) {
        let path = dir.join(name);
        if name.ends_with(".broken") {
            report.found(Severity::Info, Area::Wal, &path, "a copy that a repair left", Advice::MayDelete);
        } else if name.ends_with(".wal") {
            let what = "has the name of no segment, and is passed over";
            report.found(Severity::Warning, Area::Wal, &path, what, Advice::MayDelete);
        } else if !name.ends_with(".tmp") {
            report.found(Severity::Info, Area::Wal, &path, "unknown file", Advice::MayDelete);
        }
    }
}

/// Where the zeros from `offset` on end before the file does.
fn first_not_zero(path: &Path, offset: u64) -> io::Result<Option<u64>> {
    let file = File::open(path)?;
    let (mut at, mut bytes) = (offset, vec![0; ZEROS.len()]);
    loop {
        let read = file.read_at(&mut bytes, at)?;
        if read == 0 {
            return Ok(None);
        }
        if bytes[..read] != ZEROS[..read] {
            let place = bytes.iter().position(|&byte| byte != 0).unwrap_or(0);
            return Ok(Some(at + place as u64));
        }
        at += read as u64;
    }
}

/// What must hold from record to record.
#[derive(Debug, Default)]
struct Log {
    is_deep: bool,
    records: u64,
    segment: Option<SegmentName>,
    /// Highest index that a segment begun now would be named after.
    saved: Index,
    first: Index,
    entries: Vec<Seen>,
    conf_changes: BTreeMap<Index, Change>,
    hard_state: HardState,
    marks: Vec<SnapMark>,
}

type Wrong = (Severity, String);

impl Log {
    /// A segment is named after the entry that may come next when it is begun.
    fn segment(&mut self, name: SegmentName) -> Option<Wrong> {
        let before = self.segment.replace(name);
        if before == Some(name) {
            return None;
        }
        let due = match before {
            Some(_) => self.saved + 1,
            None if name.sequence == 0 => 0,
            None => return None,
        };
        let what = || format!("the segment is named after index {:x}, due is {due:x}", name.index);
        (name.index != due).then(|| (Severity::Warning, what()))
    }

    fn add(&mut self, record: &Record) -> Vec<Wrong> {
        self.records += 1;
        let mut wrong = Vec::new();
        match record {
            Record::Crc(_) | Record::Metadata(_) => {}
            Record::Snapshot(mark) => self.add_mark(mark, &mut wrong),
            Record::HardState(state) => self.add_state(*state, &mut wrong),
            Record::Entry(entry) => self.add_entry(entry, &mut wrong),
        }
        wrong
    }

    fn add_mark(&mut self, mark: &SnapMark, wrong: &mut Vec<Wrong>) {
        if let Some(term) = self.term_of(mark.index).filter(|&term| term != mark.term) {
            let what = format!("snapshot record has term {} for index {}, the entry {term}", mark.term, mark.index);
            wrong.push((Severity::Error, what));
        }
        if let Some(before) = self.marks.last().filter(|before| before.index > mark.index) {
            let what = format!("snapshot record for index {} behind one for index {}", mark.index, before.index);
            wrong.push((Severity::Warning, what));
        }
        if let Some(what) = mark.conf_state.as_ref().and_then(|state| implausible(state, mark.index)) {
            wrong.push((Severity::Error, format!("snapshot record for index {}: {what}", mark.index)));
        }
        self.saved = self.saved.max(mark.index);
        self.marks.push(mark.clone());
    }

    fn add_state(&mut self, state: HardState, wrong: &mut Vec<Wrong>) {
        let last = std::mem::replace(&mut self.hard_state, state);
        if state.term() < last.term() {
            wrong.push((Severity::Error, format!("term goes back from {} to {}", last.term(), state.term())));
        }
        if state.commit() < last.commit() {
            let what = format!("commit index goes back from {} to {}", last.commit(), state.commit());
            wrong.push((Severity::Error, what));
        }
        if state.term() == last.term() && last.vote() != 0 && state.vote() != last.vote() {
            let (first, second) = (MemberId(last.vote()), MemberId(state.vote()));
            wrong.push((
                Severity::Error,
                format!("in term {} it votes for {first} and then for {second}", state.term()),
            ));
        }
    }

    fn add_entry(&mut self, entry: &Entry, wrong: &mut Vec<Wrong>) {
        let (index, term) = (entry.index(), entry.term());
        let seen = Seen { term, crc: checksum(entry) };
        let next = self.first + self.entries.len() as Index;
        let committed = self.entry_at(index).filter(|&before| index <= self.hard_state.commit() && before != seen);
        match committed {
            Some(before) if before.term != term => wrong.push((
                Severity::Error,
                format!("entry {index} of term {} was committed and is replaced by one of term {term}", before.term),
            )),
            Some(_) => wrong.push((
                Severity::Error,
                format!("entry {index} was committed and is replaced by another one of the same term"),
            )),
            None => {}
        }
        let is_first = self.entries.is_empty();
        if is_first || index > next || index < self.first {
            let mark = self.marks.iter().map(|mark| mark.index).max().unwrap_or(0);
            if !is_first && index > next && index > mark + 1 {
                wrong.push((Severity::Error, format!("entries {next} to {} are missing", index - 1)));
            }
            self.first = index;
            self.entries.clear();
        } else {
            self.entries.truncate((index - self.first) as usize);
        }
        if let Some(before) = self.entries.last().map(|before| before.term).filter(|&before| term < before) {
            wrong.push((Severity::Error, format!("entry {index} has term {term}, the one before it {before}")));
        }
        self.entries.push(seen);
        self.conf_changes.split_off(&index);
        self.saved = index;
        if let Err(what) = self.look_into(entry) {
            wrong.push((Severity::Error, format!("entry {index}: {what}")));
        }
    }

    /// What the entry asks for.
    fn look_into(&mut self, entry: &Entry) -> Result<(), String> {
        let data = entry.data.clone().unwrap_or_default();
        match entry.r#type() {
            EntryType::EntryNormal if data.is_empty() || !self.is_deep => Ok(()),
            EntryType::EntryNormal => EntryData::decode(&data).map(drop).map_err(|error| error.to_string()),
            EntryType::EntryConfChange => {
                let change = ConfChange::decode(data).map_err(|error| error.to_string())?;
                let change = Change::parse(&change).map_err(|error| error.to_string())?;
                self.conf_changes.insert(entry.index(), change);
                Ok(())
            }
            EntryType::EntryConfChangeV2 => Err("a joint change of the configuration: no etcd writes one".into()),
        }
    }

    fn entry_at(&self, index: Index) -> Option<Seen> {
        self.entries.get(usize::try_from(index.checked_sub(self.first)?).ok()?).copied()
    }

    fn term_of(&self, index: Index) -> Option<Term> {
        self.entry_at(index).map(|entry| entry.term)
    }

    /// The log as a whole.
    fn finish(self, dir: &Path, member: MemberId, cluster: ClusterId) -> Result<WalFacts, String> {
        let commit = self.hard_state.commit();
        let start = self.marks.iter().rfind(|mark| mark.index <= commit).cloned();
        let start = start.ok_or_else(|| format!("no snapshot record at or below the commit index {commit}"))?;
        let needed = start.index + 1;
        if self.first > needed {
            return Err(format!("entries {needed} to {} are missing", self.first - 1));
        }
        Ok(WalFacts {
            dir: dir.to_owned(),
            member,
            cluster,
            start,
            marks: self.marks,
            hard_state: self.hard_state,
            first: self.first,
            entries: self.entries,
            conf_changes: self.conf_changes,
        })
    }
}

fn checksum(entry: &Entry) -> u32 {
    let kind = crc32c::crc32c(&[entry.r#type() as i32 as u8]);
    crc32c::crc32c_append(kind, entry.data.as_deref().unwrap_or_default())
}

/// Why no cluster has this configuration at `index`.
pub fn implausible(state: &ConfState, index: Index) -> Option<String> {
    if index > 0 && state.voters.is_empty() {
        return Some("the configuration has no voter".into());
    }
    let both = state.voters.iter().find(|id| state.learners.contains(id));
    if let Some(&id) = both {
        return Some(format!("member {} is a voter and a learner", MemberId(id)));
    }
    let is_joint = !state.voters_outgoing.is_empty() || !state.learners_next.is_empty();
    is_joint.then(|| "the configuration is a joint one, which etcd never has".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log_of(records: &[(&str, u64, u64)]) -> String {
        let mut log = Log::default();
        let record = |&(kind, index, term): &(&str, u64, u64)| match kind {
            "entry" => Record::Entry(Entry { index: Some(index), term: Some(term), ..Entry::default() }),
            "other" => {
                let data = Some("other".into());
                Record::Entry(Entry { index: Some(index), term: Some(term), data, ..Entry::default() })
            }
            "state" => Record::HardState(HardState { term: Some(term), vote: Some(0), commit: Some(index) }),
            "vote" => Record::HardState(HardState { term: Some(term), vote: Some(index), commit: Some(0) }),
            "mark" => Record::Snapshot(SnapMark { index, term, conf_state: None }),
            "joint" => {
                let conf_state = ConfState { voters: vec![1], learners: vec![1], ..ConfState::default() };
                Record::Snapshot(SnapMark { index, term, conf_state: Some(conf_state) })
            }
            _ => unreachable!(),
        };
        let wrong = records.iter().flat_map(|step| log.add(&record(step))).map(|(_, what)| what);
        wrong.collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn what_cannot_follow_is_told() {
        let (entry, state, mark) = ("entry", "state", "mark");
        for (records, problem) in [
            (&[(entry, 1, 1), (entry, 2, 1), (state, 2, 1), (entry, 3, 2)][..], ""),
            (&[(entry, 1, 1), (entry, 3, 1)], "entries 2 to 2 are missing"),
            (&[(entry, 1, 1), (mark, 9, 1), (entry, 10, 1)], ""),
            (&[(entry, 1, 1), (mark, 9, 1), (entry, 11, 1)], "entries 2 to 10 are missing"),
            (&[(entry, 1, 1), (entry, 2, 1), (entry, 2, 3)], ""),
            (
                &[(entry, 1, 1), (state, 1, 1), (entry, 1, 2)],
                "entry 1 of term 1 was committed and is replaced by one of term 2",
            ),
            (
                &[(entry, 1, 1), (state, 1, 1), ("other", 1, 1)],
                "entry 1 was committed and is replaced by another one of the same term",
            ),
            (&[(entry, 1, 1), ("other", 1, 1)], ""),
            (&[(entry, 1, 2), (entry, 2, 1)], "entry 2 has term 1, the one before it 2"),
            (&[(entry, 1, 2), (mark, 1, 1)], "snapshot record has term 1 for index 1, the entry 2"),
            (&[(mark, 9, 1), (mark, 8, 1)], "snapshot record for index 8 behind one for index 9"),
            (&[("joint", 9, 1)], "snapshot record for index 9: member 1 is a voter and a learner"),
            (&[(state, 5, 2), (state, 4, 2)], "commit index goes back from 5 to 4"),
            (&[(state, 5, 2), (state, 5, 1)], "term goes back from 2 to 1"),
            (&[("vote", 0, 2), ("vote", 7, 2), ("vote", 7, 2)], ""),
            (&[("vote", 7, 2), ("vote", 8, 2)], "in term 2 it votes for 7 and then for 8"),
            (&[("other", 1, 1)], ""),
        ] {
            assert_eq!(log_of(records), problem, "{records:?}");
        }
    }

    #[test]
    fn segments_are_named_after_the_next_entry() {
        let mut log = Log::default();
        let name = |sequence, index| SegmentName { sequence, index };
        assert_eq!(log.segment(name(0, 0)), None);
        log.saved = 0x60;
        assert_eq!(log.segment(name(0, 0)), None, "the same one");
        assert_eq!(log.segment(name(1, 0x61)), None);
        let (severity, what) = log.segment(name(2, 0x60)).unwrap();
        assert_eq!((severity, &what[..]), (Severity::Warning, "the segment is named after index 60, due is 61"));
        assert_eq!(Log::default().segment(name(7, 0x60)), None, "what was before is purged");
    }
}
