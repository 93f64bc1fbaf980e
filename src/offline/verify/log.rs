//! What must hold from record to record of a log, and what it comes to.

use std::collections::BTreeMap;
use std::path::Path;

use prost::Message;

use super::report::Severity;
use super::wal::{WalFacts, implausible};
use crate::membership::Change;
use crate::pb::raftpb::{ConfChange, Entry, EntryType, HardState};
use crate::pb::request::EntryData;
use crate::storage::wal::{Record, SegmentName, SnapMark};
use crate::types::{ClusterId, Index, MemberId, Term};

/// An entry as far as it matters to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    pub term: Term,
    /// Over kind and data.
    pub crc: u32,
}

impl Seen {
    pub fn of(entry: &Entry) -> Self {
        let kind = crc32c::crc32c(&[entry.r#type() as i32 as u8]);
        let crc = crc32c::crc32c_append(kind, entry.data.as_deref().unwrap_or_default());
        Self { term: entry.term(), crc }
    }
}

/// What must hold from record to record.
#[derive(Debug, Default)]
pub struct Log {
    is_deep: bool,
    pub records: u64,
    segment: Option<SegmentName>,
    /// Highest index that a segment begun now would be named after.
    saved: Index,
    first: Index,
    entries: Vec<Seen>,
    conf_changes: BTreeMap<Index, Change>,
    hard_state: HardState,
    marks: Vec<SnapMark>,
}

pub type Wrong = (Severity, String);

impl Log {
    /// `is_deep`: what entries ask for has to be known.
    pub fn new(is_deep: bool) -> Self {
        Self { is_deep, ..Self::default() }
    }

    /// A segment is named after the entry that may come next when it is begun.
    pub fn segment(&mut self, name: SegmentName) -> Option<Wrong> {
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

    pub fn add(&mut self, record: &Record) -> Vec<Wrong> {
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
        let seen = Seen::of(entry);
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
    pub fn finish(self, dir: &Path, member: MemberId, cluster: ClusterId) -> Result<WalFacts, String> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pb::raftpb::ConfState;

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
