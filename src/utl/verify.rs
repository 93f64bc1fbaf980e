//! `rsutl verify`: is what a data directory holds sound?
//!
//! Nothing is locked or changed; a directory in use may look torn at its end, which counts as sound.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::Failure;
use crate::membership::ClusterVersion;
use crate::membership::v2_tree::Tree;
use crate::pb::raftpb::{Entry, HardState};
use crate::storage::snap::{self, SnapError};
use crate::storage::wal::{self, Record, RecordReader, SnapMark};
use crate::storage::{backend, datadir};
use crate::types::{ETCD_VERSION, Index, Term};

/// Check a data directory: write-ahead log, snapshot files, backend
///
/// Ends with 1 and names file and offset when something is wrong.
#[derive(Debug, clap::Args)]
pub struct VerifyArgs {
    /// Data directory
    data_dir: PathBuf,
    /// Directory of the segments [default: DATA_DIR/member/wal]
    #[arg(long, value_name = "DIR")]
    wal_dir: Option<PathBuf>,
}

impl VerifyArgs {
    pub fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        let wal_dir = self.wal_dir.unwrap_or_else(|| datadir::wal_dir(&self.data_dir));
        let (mut report, facts) = verify_wal(&wal_dir);
        let snap_dir = datadir::snap_dir(&self.data_dir);
        report.append(verify_snap(&snap_dir, facts.as_ref()));
        report.append(verify_backend(&snap_dir, facts.as_ref()));
        write!(out, "{report}")?;
        match report.problems.len() {
            0 => Ok(writeln!(out, "ok")?),
            1 => Err(Failure::Failed("1 problem found".into())),
            count => Err(Failure::Failed(format!("{count} problems found"))),
        }
    }
}

/// What was looked at, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Report {
    pub notes: Vec<String>,
    pub problems: Vec<Problem>,
}

/// Something wrong at a place.
#[derive(Debug)]
pub struct Problem {
    pub file: PathBuf,
    /// `None` when all of the file is meant.
    pub offset: Option<u64>,
    pub what: String,
}

impl Report {
    fn append(&mut self, other: Self) {
        self.notes.extend(other.notes);
        self.problems.extend(other.problems);
    }

    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    pub fn problem(&mut self, file: &Path, offset: Option<u64>, what: impl fmt::Display) {
        self.problems.push(Problem { file: file.to_owned(), offset, what: what.to_string() });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        for Problem { file, offset, what } in &self.problems {
            match offset {
                Some(offset) => writeln!(f, "problem: {}: offset {offset}: {what}", file.display())?,
                None => writeln!(f, "problem: {}: {what}", file.display())?,
            }
        }
        Ok(())
    }
}

/// What the WAL says that the other parts must agree with.
#[derive(Clone, Debug)]
pub struct WalFacts {
    pub start: SnapMark,
    pub hard_state: HardState,
    /// Of the last entry, or of the snapshot that stands in for it.
    pub last: Index,
}

/// The CRC chain, the order of records, and what they say as a whole. The facts are missing where the WAL cannot
/// be read to its end.
fn verify_wal(dir: &Path) -> (Report, Option<WalFacts>) {
    let mut report = Report::default();
    let reader = match RecordReader::open(dir) {
        Ok(reader) => reader,
        Err(error) => {
            wal_problem(&mut report, dir, error);
            return (report, None);
        }
    };
    let mut reader = reader;
    let mut log = Log::default();
    for located in &mut reader {
        match located {
            Ok(located) => {
                log.records += 1;
                if let Err(what) = log.add(&located.record) {
                    report.problem(&dir.join(located.segment.to_string()), Some(located.offset), what);
                }
            }
            Err(error) => {
                wal_problem(&mut report, dir, error);
                return (report, None);
            }
        }
    }
    let end = reader.end();
    let tail = dir.join(end.segment.to_string());
    if let Some(torn) = &end.torn {
        report.note(format!(
            "wal: {}: offset {}: torn tail, as a crash leaves it: {}",
            tail.display(),
            end.offset,
            torn.what
        ));
    }
    let whole = RecordReader::open(dir).and_then(|reader| wal::scan(reader, dir));
    let recovered = match whole {
        Ok((recovered, _)) => recovered,
        Err(error) => {
            wal_problem(&mut report, dir, error);
            return (report, None);
        }
    };
    let last = recovered.entries.last().map_or(recovered.start.index, Entry::index);
    let commit = recovered.hard_state.commit();
    if commit > last {
        report.problem(&tail, Some(end.offset), format!("commit index {commit} is beyond the last entry {last}"));
    }
    report.note(format!(
        "wal: {}: {} records, start at index {} term {}, last entry {last}, commit {commit}",
        dir.display(),
        log.records,
        recovered.start.index,
        recovered.start.term
    ));
    let facts = WalFacts { start: recovered.start, hard_state: recovered.hard_state, last };
    (report, Some(facts))
}

fn wal_problem(report: &mut Report, dir: &Path, error: wal::WalError) {
    match error {
        wal::WalError::Corrupt { file, offset, what } => report.problem(&file, Some(offset), what),
        wal::WalError::Io { file, doing, source } => {
            report.problem(&file, None, format!("cannot {doing}: {source}"));
        }
        wal::WalError::MissingSegment { last, next, .. } => {
            report.problem(dir, None, format!("a segment is missing: {last} is followed by {next}"));
        }
        wal::WalError::NoSnapshot { commit, .. } => {
            report.problem(dir, None, format!("no snapshot record at or below the commit index {commit}"));
        }
        wal::WalError::MissingEntries { first, last, .. } => {
            report.problem(dir, None, format!("entries {first} to {last} are missing"));
        }
        wal::WalError::Empty { .. } => report.problem(dir, None, "no WAL segment"),
        error @ (wal::WalError::Locked { .. } | wal::WalError::Exists { .. }) => report.problem(dir, None, error),
    }
}

/// What must hold from record to record.
#[derive(Debug, Default)]
struct Log {
    records: u64,
    /// Terms of the entries from `first` on.
    terms: Vec<Term>,
    first: Index,
    hard_state: HardState,
    mark: Index,
}

impl Log {
    fn add(&mut self, record: &Record) -> Result<(), String> {
        match record {
            Record::Crc(_) | Record::Metadata(_) => Ok(()),
            Record::Snapshot(mark) => {
                self.mark = self.mark.max(mark.index);
                match self.term_of(mark.index) {
                    Some(term) if term != mark.term => Err(format!(
                        "snapshot record has term {} for index {}, the entry {term}",
                        mark.term, mark.index
                    )),
                    _ => Ok(()),
                }
            }
            Record::HardState(state) => {
                let last = std::mem::replace(&mut self.hard_state, *state);
                if state.term() < last.term() {
                    return Err(format!("term goes back from {} to {}", last.term(), state.term()));
                }
                if state.commit() < last.commit() {
                    return Err(format!("commit index goes back from {} to {}", last.commit(), state.commit()));
                }
                Ok(())
            }
            Record::Entry(entry) => self.add_entry(entry),
        }
    }

    fn add_entry(&mut self, entry: &Entry) -> Result<(), String> {
        let (index, term) = (entry.index(), entry.term());
        let next = self.first + self.terms.len() as Index;
        let is_first = self.terms.is_empty();
        let mut result = Ok(());
        if index <= self.hard_state.commit()
            && let Some(committed) = self.term_of(index).filter(|&committed| committed != term)
        {
            result =
                Err(format!("entry {index} of term {committed} was committed and is replaced by one of term {term}"));
        }
        if is_first || index > next || index < self.first {
            if !is_first && index > next && index > self.mark + 1 {
                result = Err(format!("entries {next} to {} are missing", index - 1));
            }
            self.first = index;
            self.terms.clear();
        } else {
            self.terms.truncate((index - self.first) as usize);
        }
        if let Some(&before) = self.terms.last()
            && term < before
        {
            result = Err(format!("entry {index} has term {term}, the one before it {before}"));
        }
        self.terms.push(term);
        result
    }

    fn term_of(&self, index: Index) -> Option<Term> {
        self.terms.get(usize::try_from(index.checked_sub(self.first)?).ok()?).copied()
    }
}

/// Every `.snap` file: CRC, name, member tree.
fn verify_snap(dir: &Path, facts: Option<&WalFacts>) -> Report {
    let mut report = Report::default();
    let names = match snap::list(dir) {
        Ok(names) => names,
        Err(error) => {
            snap_problem(&mut report, error);
            return report;
        }
    };
    for name in &names {
        let path = dir.join(name.to_string());
        match snap::read(&path) {
            Err(error) => snap_problem(&mut report, error),
            Ok(snap) => {
                if (snap.term, snap.index) != (name.term, name.index) {
                    let what = format!("the name does not fit its content, term {} index {}", snap.term, snap.index);
                    report.problem(&path, None, what);
                }
                if let Err(error) = Tree::decode(&snap.data) {
                    report.problem(&path, None, error);
                }
            }
        }
    }
    report.note(format!("snap: {}: {} files", dir.display(), names.len()));
    let start = facts.map(|facts| &facts.start).filter(|start| start.index > 0);
    if let Some(start) = start
        && !names.iter().any(|name| (name.term, name.index) == (start.term, start.index))
    {
        report.note(format!("snap: there is no file for the start at index {}; etcd up to 3.6 needs one", start.index));
    }
    report
}

fn snap_problem(report: &mut Report, error: SnapError) {
    match error {
        SnapError::Io { file, doing, source } => report.problem(&file, None, format!("cannot {doing}: {source}")),
        SnapError::Corrupt { file, what } => report.problem(&file, None, what),
    }
}

/// The backend in `dir`, and whether it agrees with the WAL. Etcd's own file is only named.
pub fn verify_backend(dir: &Path, facts: Option<&WalFacts>) -> Report {
    let mut report = Report::default();
    let db = dir.join("db");
    if db.exists() {
        report.note(format!("backend: {}: a bbolt file of etcd, not looked into", db.display()));
        return report;
    }
    let found = match backend::verify::verify(dir) {
        Ok(found) => found,
        Err(error) => {
            report.problem(dir, None, error);
            return report;
        }
    };
    for problem in &found.problems {
        report.problem(&problem.path, Some(problem.offset), &problem.what);
    }
    if let Some((version, offset)) = &found.storage_version {
        check_version(&mut report, &found.path, *offset, version);
    }
    report.note(format!(
        "backend: {}: {} rows, revision {}, compacted {}, consistent index {} term {}",
        found.path.display(),
        found.rows,
        found.revision,
        found.compacted,
        found.consistent_index,
        found.term
    ));
    // Of a damaged backend not all was seen.
    if let Some(facts) = facts.filter(|_| found.problems.is_empty()) {
        compare(&mut report, &found, facts);
    }
    report
}

/// A backend of a newer release is sound, but of no use to this one.
fn check_version(report: &mut Report, path: &Path, offset: u64, version: &str) {
    let own = ClusterVersion::parse(ETCD_VERSION).expect("our own version");
    match ClusterVersion::parse(version) {
        Ok(found) if found <= own => {}
        Ok(found) => {
            report.problem(path, Some(offset), format!("storage version {found} is newer than this program's {own}"));
        }
        Err(error) => report.problem(path, Some(offset), format!("storage version: {error}")),
    }
}

/// The backend holds at least what the WAL no longer has, and nothing that the WAL does not know of.
fn compare(report: &mut Report, found: &backend::verify::Verified, facts: &WalFacts) {
    let (consistent, start, last) = (found.consistent_index, facts.start.index, facts.last);
    if consistent < start {
        report.problem(
            &found.path,
            None,
            format!("consistent index {consistent} is before the WAL's start at index {start}: entries are missing"),
        );
    }
    if consistent > last {
        report.problem(
            &found.path,
            None,
            format!("consistent index {consistent} is beyond the WAL's last entry {last}"),
        );
    }
    if found.term > facts.hard_state.term() {
        report.problem(
            &found.path,
            None,
            format!("term {} is beyond the WAL's term {}", found.term, facts.hard_state.term()),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testdata;

    fn log_of(records: &[(&str, u64, u64)]) -> Vec<String> {
        let mut log = Log::default();
        let record = |&(kind, index, term): &(&str, u64, u64)| match kind {
            "entry" => Record::Entry(Entry { index: Some(index), term: Some(term), ..Entry::default() }),
            "state" => Record::HardState(HardState { term: Some(term), vote: Some(0), commit: Some(index) }),
            _ => Record::Snapshot(SnapMark { index, term, conf_state: None }),
        };
        records.iter().filter_map(|step| log.add(&record(step)).err()).collect()
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
            (&[(entry, 1, 2), (entry, 2, 1)], "entry 2 has term 1, the one before it 2"),
            (&[(entry, 1, 2), (mark, 1, 1)], "snapshot record has term 1 for index 1, the entry 2"),
            (&[(state, 5, 2), (state, 4, 2)], "commit index goes back from 5 to 4"),
            (&[(state, 5, 2), (state, 5, 1)], "term goes back from 2 to 1"),
        ] {
            let problems = log_of(records);
            assert_eq!(problems.join(";"), problem, "{records:?}");
        }
    }

    #[test]
    fn files_of_etcd_are_sound_and_damaged_ones_named_with_their_offset() {
        let dir = tempfile::tempdir().unwrap();
        let (wal_dir, snap_dir) = (datadir::wal_dir(dir.path()), datadir::snap_dir(dir.path()));
        std::fs::create_dir_all(&wal_dir).unwrap();
        std::fs::create_dir_all(&snap_dir).unwrap();
        std::fs::write(snap_dir.join("db"), b"etcd's own, not looked into").unwrap();
        let segment = wal_dir.join("0000000000000000-0000000000000000.wal");
        let snap = snap_dir.join("0000000000000002-000000000000025c.snap");
        let verify = || {
            let mut out = Vec::new();
            let args = VerifyArgs { data_dir: dir.path().to_owned(), wal_dir: None };
            let result = args.run(&mut out).map_err(|failure| failure.to_string());
            (result, String::from_utf8(out).unwrap())
        };
        for release in ["3.4.23-single", "3.5.1-single", "3.7.1-single"] {
            let snap_file = if release == "3.5.1-single" { "3.5.1-three" } else { release };
            let good_snap = testdata::read(&format!("snap/{snap_file}.snap.gz"));
            let mut bytes = testdata::read(&format!("wal/{release}.wal.gz"));
            std::fs::write(&segment, &bytes).unwrap();
            std::fs::write(&snap, &good_snap).unwrap();
            let (result, out) = verify();
            assert_eq!(result, Ok(()), "{release}: {out}");
            assert!(out.ends_with("ok\n"), "{release}: {out}");

            bytes[30] ^= 4;
            std::fs::write(&segment, &bytes).unwrap();
            std::fs::write(&snap, &good_snap[..200]).unwrap();
            let (result, out) = verify();
            assert_eq!(result, Err("2 problems found".into()), "{release}: {out}");
            assert!(out.contains(&format!("problem: {}: offset 16: ", segment.display())), "{release}: {out}");
            assert!(out.contains(&format!("problem: {}: offset 0: ", snap.display())), "{release}: {out}");
        }
    }
}
