//! The log: its files, and what it says as a whole. What must hold from record to record is in `log`.
//!
//! Read once, from the first segment to the last. Of each entry its term and a checksum stay in memory.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::log::{Log, Seen};
use super::report::{Advice, Area, Finding, Report, Severity};
use crate::membership::Change;
use crate::membership::bootstrap::parse_metadata;
use crate::pb::raftpb::{ConfState, HardState};
use crate::storage::source::Place;
use crate::storage::wal::{RecordReader, SegmentName, SnapMark, WalError};
use crate::types::{ClusterId, Index, MemberId, Term};

/// Bytes compared with zeros at a time.
const ZEROS: [u8; 1 << 16] = [0; 1 << 16];

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
    let mut log = Log::new(is_deep);
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
