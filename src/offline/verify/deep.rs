//! Everything computed anew: hashes, the start that is to come, and the state from the log alone.
//!
//! It happens in a scratch directory below the system's one for temporary files, which takes as much room as the
//! backend twice.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::backend::{self, BackendFacts};
use super::log::Seen;
use super::report::{Advice, Area, Finding, Report, Severity};
use super::same::{self, Exactly};
use super::wal::WalFacts;
use crate::apply;
use crate::offline::hash_kv::hash_kv_compacted;
use crate::offline::scratch::{MAP_SIZE_BYTES, Scratch, ScratchError};
use crate::offline::temporary::TempDir;
use crate::storage::backend::generation;
use crate::storage::rewrite::State;
use crate::storage::schema::bucket::Bucket;
use crate::storage::source::{Kind, Place, Source, differs_by_member};
use crate::storage::wal::{Record, RecordReader, WalError};
use crate::types::Index;

/// Computes what can be computed anew from a sound backend and, if there is one, its log.
pub fn verify(source: Source, facts: &BackendFacts, wal: Option<&WalFacts>, report: &mut Report) {
    let path = facts.path.clone();
    if let Err(what) = run(source, facts, wal, report) {
        report.found(Severity::Fatal, Area::Deep, &path, what, Advice::None);
    }
}

/// `Err`: why it could not be done.
fn run(source: Source, facts: &BackendFacts, wal: Option<&WalFacts>, report: &mut Report) -> Result<(), String> {
    hashes(&source, facts, report)?;
    let scratch = TempDir::make(tempfile::Builder::new().prefix("rsutl-"), &std::env::temp_dir());
    let scratch = scratch.map_err(|error| format!("no room for temporary files: {error}"))?;
    let dir = |name: &str| {
        let dir = scratch.path().join(name);
        std::fs::create_dir(&dir).map_err(|error| format!("{}: {error}", dir.display()))?;
        Ok::<_, String>(dir)
    };
    let start = dir("start")?;
    let state = State::read(source).map_err(|error| error.to_string())?;
    state.write_lmdb(&start, MAP_SIZE_BYTES, &mut |_| {}).map_err(|error| format!("scratch: {error}"))?;
    if facts.kind == Kind::Bbolt
        && let Ok(Some(generation)) = generation::current(&start)
    {
        backend::rebuild(facts, &generation, Area::Deep, report);
    }
    let Some(wal) = wal else { return Ok(()) };
    let whole = begins_with_the_cluster(wal);
    go_on(&start, facts, wal, report);
    if whole {
        return from_nothing(&dir("replay")?, state.source(), facts, wal, report);
    }
    let what = format!("the log begins at entry {}: what is before it cannot be applied again", wal.first);
    report.info(Area::Deep, &wal.dir, what);
    Ok(())
}

fn hashes(source: &Source, facts: &BackendFacts, report: &mut Report) -> Result<(), String> {
    let (revision, compacted) = (facts.history.revision(), facts.compacted());
    let hash = source.hash(differs_by_member).map_err(|error| error.to_string())?;
    let kv = hash_kv_compacted(source, revision, compacted).map_err(|error| error.to_string())?;
    let what = format!("HashKV {kv} at revision {revision} compacted at {compacted}, Hash {hash}");
    report.info(Area::Deep, &facts.path, what);
    Ok(())
}

/// A log from the first entry makes the whole state, unless a restored snapshot came first: that has a snapshot record
/// right behind the entries that name the members.
fn begins_with_the_cluster(wal: &WalFacts) -> bool {
    let named = (1..).take_while(|index| wal.conf_changes.contains_key(index)).last().unwrap_or(0);
    wal.first == 1 && !wal.marks.iter().any(|mark| mark.index == named && mark.index > 0 && mark.term == 1)
}

/// Why the log cannot be applied.
#[derive(Debug, thiserror::Error)]
enum ReplayError {
    #[error(transparent)]
    Wal(#[from] WalError),
    #[error(transparent)]
    Scratch(#[from] ScratchError),
}

/// Applies the entries after the state up to `last`, one by one as they are read. What was replaced by another entry
/// later in the log is passed over.
fn apply_up_to(scratch: &mut Scratch, wal: &WalFacts, last: Index) -> Result<(), ReplayError> {
    let next = scratch.replayer().applied().0 + 1;
    if next > last {
        return Ok(());
    }
    if wal.first > next {
        return Err(ScratchError::Replay(apply::ReplayError::Gap { next, found: wal.first }).into());
    }
    for located in RecordReader::open(&wal.dir)? {
        let Record::Entry(entry) = located?.record else { continue };
        let next = scratch.replayer().applied().0 + 1;
        if entry.index() == next && wal.entry(next) == Some(Seen::of(&entry)) {
            scratch.replayer().apply(&entry).map_err(ScratchError::Replay)?;
            if next == last {
                return Ok(());
            }
        }
    }
    let at = scratch.replayer().applied().0;
    Err(ScratchError::EndsBeforeIndex { last: at, wanted: last }.into())
}

/// Applies what the log has beyond the backend, as the next start does.
fn go_on(dir: &Path, facts: &BackendFacts, wal: &WalFacts, report: &mut Report) {
    let consistent = facts.meta.consistent_index;
    let commit = wal.hard_state.commit().max(consistent).min(wal.last().max(consistent));
    let mut applied = || -> Result<i64, ReplayError> {
        let mut scratch = Scratch::open(dir, wal.cluster)?;
        apply_up_to(&mut scratch, wal, commit)?;
        let revision = scratch.replayer().revision();
        let source = scratch.finish()?;
        // What comes out has to be as sound as what went in.
        let mut after = Report::default();
        backend::verify(&source, &mut after);
        for finding in after.findings().iter().filter(|finding| finding.severity >= Severity::Error) {
            let (file, what) = (wal.dir.clone(), format!("after entry {commit}: {}", finding.what));
            let (area, place, advice) = (Area::Deep, Place::File, Advice::ReplaceMember);
            report.add(Finding { severity: finding.severity, area, file, place, what, advice });
        }
        Ok(revision)
    };
    match applied() {
        Ok(revision) => {
            let what = format!("a start applies entries {} to {commit}, and is at revision {revision}", consistent + 1);
            let nothing = "a start has no entries to apply".to_owned();
            report.info(Area::Deep, &wal.dir, if commit > consistent { what } else { nothing });
        }
        Err(error) => {
            let what = format!("a start cannot apply entries {} to {commit}: {error}", consistent + 1);
            report.found(Severity::Error, Area::Deep, &wal.dir, what, Advice::LogAndBackend);
        }
    }
}

/// Makes the state anew from the first entry to the consistent index, and compares.
fn from_nothing(
    dir: &Path,
    source: &Source,
    facts: &BackendFacts,
    wal: &WalFacts,
    report: &mut Report,
) -> Result<(), String> {
    let consistent: Index = facts.meta.consistent_index;
    if wal.last() < consistent {
        // It was told before that the log ends too early.
        return Ok(());
    }
    let replayed = || -> Result<Source, ReplayError> {
        let mut scratch = Scratch::open(dir, wal.cluster)?;
        apply_up_to(&mut scratch, wal, consistent)?;
        Ok(scratch.finish()?)
    };
    let replayed = replayed().map_err(|error| format!("replaying the log from its first entry: {error}"))?;
    let mut ignored = Report::default();
    let Some(wanted) = backend::verify(&replayed, &mut ignored) else {
        return Err("replaying the log from its first entry makes no sound state".into());
    };
    let mut add = |severity, place, what| {
        let (file, advice) = (facts.path.clone(), Advice::ReplaceMember);
        report.add(Finding { severity, area: Area::Deep, file, place, what, advice });
    };
    let exactly = if facts.members_count() { Exactly::Members } else { Exactly::Ids };
    let differences = same::small_buckets(facts, &wanted, exactly);
    for (severity, what) in differences {
        add(severity, Place::File, format!("{what}, by the log"));
    }
    for (place, what) in key_rows(source, &replayed, facts.compacted().max(wanted.compacted())) {
        add(Severity::Error, place, what);
    }
    let (revision, by_log) = (facts.history.revision(), wanted.history.revision());
    if revision != by_log {
        add(Severity::Error, Place::File, format!("revision {revision}, {by_log} by the log"));
    } else {
        let compacted = facts.compacted().max(wanted.compacted());
        let hash = |source| hash_kv_compacted(source, revision, compacted).map_err(|error| error.to_string());
        let (found, by_log) = (hash(source)?, hash(&replayed)?);
        if found != by_log {
            add(Severity::Error, Place::File, format!("HashKV {found} at revision {revision}, {by_log} by the log"));
        }
    }
    let what = format!("the log from its first entry to {consistent} was applied again and compared");
    report.info(Area::Deep, &facts.path, what);
    Ok(())
}

/// Rows of bucket `key` that differ. Up to the compaction one side may still have rows that the other has dropped.
fn key_rows(source: &Source, replayed: &Source, compacted: i64) -> Vec<(Place, String)> {
    let mut wanted = BTreeMap::new();
    replayed.scan(&mut |row| {
        if row.bucket == Bucket::Key.name().as_bytes() {
            wanted.insert(row.key.to_vec(), crc32c::crc32c(row.value));
        }
    });
    let is_compacted = |key: &[u8]| key.get(..8).is_none_or(|main| main <= &compacted.max(0).to_be_bytes()[..]);
    let mut found = Vec::new();
    source.scan(&mut |row| {
        if row.bucket != Bucket::Key.name().as_bytes() {
            return;
        }
        let what = match wanted.remove(row.key) {
            Some(crc) if crc == crc32c::crc32c(row.value) => return,
            Some(_) => "is not what the log makes",
            None if is_compacted(row.key) => return,
            None => "is not made by the log",
        };
        found.push((row.place, format!("bucket key, row {}: {what}", same::shown(row.key))));
    });
    let missing: BTreeSet<_> = wanted.into_keys().filter(|key| !is_compacted(key)).collect();
    found.extend(missing.iter().map(|key| (Place::File, format!("bucket key: row {} is missing", same::shown(key)))));
    found
}
