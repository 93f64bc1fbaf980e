//! Damage anywhere, and the log that is left.

use std::os::unix::fs::FileExt;

use bytes::Bytes;
use tempfile::TempDir;

use super::plan::Refusal;
use super::*;
use crate::storage::wal::{Recovered, Wal, WalOptions};

const SMALL: WalOptions = WalOptions { segment_bytes: 4096, sync: false };
const LAST: Index = 300;
const TERM: Term = 7;

fn entry(index: Index) -> Entry {
    let data = Bytes::from(format!("data of {index}").repeat(4));
    Entry { r#type: None, term: Some(1 + index / 100), index: Some(index), data: Some(data) }
}

fn mark(index: Index) -> SnapMark {
    let conf_state = ConfState { voters: vec![5], auto_leave: Some(false), ..Default::default() };
    SnapMark { index, term: 1 + index / 100, conf_state: Some(conf_state) }
}

fn state(term: Term, commit: Index) -> HardState {
    HardState { term: Some(term), vote: Some(5), commit: Some(commit) }
}

fn wal_dir(parent: &TempDir) -> PathBuf {
    parent.path().join("wal")
}

/// A log of a few segments that ends with entry 300, all but the last ten committed. A snapshot record is behind
/// every hundredth entry and five more.
fn sample() -> TempDir {
    let parent = tempfile::tempdir().unwrap();
    let mut wal = Wal::create(&wal_dir(&parent), b"metadata", &SMALL).unwrap();
    for index in 1..=LAST {
        let term = entry(index).term();
        wal.append(&[entry(index)], Some(&state(term, index.saturating_sub(10)))).unwrap();
        if index % 100 == 15 && index > 100 {
            wal.append_snapshot(&mark(index - 15)).unwrap();
        }
    }
    wal.append(&[], Some(&state(TERM, LAST - 10))).unwrap();
    wal.close().unwrap();
    let tail = segments(&wal_dir(&parent)).pop().unwrap();
    // The zeros kept ready are of no interest here.
    let end = RecordReader::open(&wal_dir(&parent)).map(|mut reader| {
        reader.by_ref().for_each(drop);
        reader.end().offset
    });
    File::options().write(true).open(tail).unwrap().set_len(end.unwrap()).unwrap();
    parent
}

fn segments(dir: &Path) -> Vec<PathBuf> {
    segment::names(dir).unwrap().iter().map(|name| dir.join(name.to_string())).collect()
}

fn broken(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = entries.filter(|path| path.to_string_lossy().contains(".wal.broken")).collect();
    paths.sort_unstable();
    paths
}

fn flip(path: &Path, offset: u64) {
    let file = File::options().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, offset).unwrap();
    file.write_all_at(&[byte[0] ^ 0x10], offset).unwrap();
}

fn applied(index: Index) -> Applied {
    Applied { index, term: 1 + index / 100, conf_state: mark(index).conf_state }
}

fn open(dir: &Path) -> Result<Recovered, WalError> {
    Wal::open(dir, &SMALL).map(|(_, recovered)| recovered)
}

/// What must hold of a log that ends with `index`.
fn check(dir: &Path, index: Index, what: &str) {
    let recovered = open(dir).unwrap_or_else(|error| panic!("{what}: {error}"));
    let last = recovered.entries.last().map_or(recovered.start.index, Entry::index);
    assert_eq!(last, index, "{what}");
    for found in &recovered.entries {
        assert_eq!(*found, entry(found.index()), "{what}");
    }
    let commit = recovered.hard_state.commit();
    assert!(commit <= index && commit >= recovered.start.index, "{what}: commit {commit}");
    // The last hard state may be what is damaged; then the vote in it is lost too.
    let (term, vote) = (recovered.hard_state.term(), recovered.hard_state.vote());
    assert!((entry(index).term()..=TERM).contains(&term), "{what}: term {term}");
    assert!(vote == 5 || vote == 0 && term == entry(index).term(), "{what}: vote {vote}");
    assert_eq!(recovered.metadata, "metadata", "{what}");
}

#[test]
fn a_flipped_bit_anywhere_leaves_what_is_before_it_or_what_the_backend_has() {
    let (mut from_log, mut from_backend, mut lost_nothing) = (0, 0, 0);
    let count = segments(&wal_dir(&sample())).len();
    assert!(count > 5, "{count}");
    for segment in 0..count {
        for offset in [11, 40, 1000, 2003, 3500] {
            for backend in [None, Some(100), Some(150), Some(260), Some(LAST)] {
                let parent = sample();
                let dir = wal_dir(&parent);
                let path = segments(&dir)[segment].clone();
                if offset >= fs::metadata(&path).unwrap().len() {
                    continue;
                }
                flip(&path, offset);
                let what = format!("{} at {offset}, backend at {backend:?}", path.display());
                let survey = Survey::take(&dir).unwrap();
                let damage = survey.damage.as_ref().unwrap_or_else(|| panic!("{what}: no damage seen"));
                assert!(matches!(damage, WalError::Corrupt { file, .. } if *file == path), "{what}: {damage}");
                let (last, applied) = (survey.last(), backend.map(applied));
                let applied = applied.as_ref();
                let before: Vec<_> = segments(&dir).iter().map(|path| fs::read(path).unwrap()).collect();
                let Some(best) = survey.best(applied) else {
                    // Nothing before the damage, and nothing in a backend; or the latter is behind the log's start.
                    assert!(backend.unwrap_or(0) < 200, "{what}");
                    continue;
                };
                let applied_index = backend.unwrap_or(0);
                let at_least = last.max(applied_index);
                assert!(best == at_least || best == LAST, "{what}: {best}");
                lost_nothing += u32::from(best == LAST && last < LAST && applied_index < LAST);
                let plan = survey.plan(best, applied).unwrap();
                match plan.keep {
                    Keep::Log(..) => from_log += 1,
                    Keep::Backend(..) => from_backend += 1,
                }
                let done = survey.discard(&plan).unwrap();
                check(&dir, best, &what);
                assert_eq!(broken(&dir), done.copies, "{what}");
                for copy in &done.copies {
                    assert!(before.contains(&fs::read(copy).unwrap()), "{what}: {} is as it was", copy.display());
                }
            }
        }
    }
    assert!(from_log > 20 && from_backend > 20, "{from_log} {from_backend}");
    assert!(lost_nothing > 10, "{lost_nothing}: entries behind the damage go on where the backend is");
}

#[test]
fn any_index_can_be_the_last_that_the_log_and_the_backend_allow() {
    for index in (1..=LAST).step_by(7) {
        let parent = sample();
        let dir = wal_dir(&parent);
        let survey = Survey::take(&dir).unwrap();
        assert!(survey.damage.is_none());
        match survey.plan(index, Some(&applied(205))) {
            Ok(plan) => {
                survey.discard(&plan).unwrap();
                check(&dir, index, &index.to_string());
            }
            Err(refusal) => {
                assert!(index < 205, "{index}: {refusal}");
                assert_eq!(refusal, Refusal::BackendAhead { applied: 205, index });
                let behind = survey.plan(index, Some(&applied(index.min(150)))).unwrap_err();
                let expected = match index {
                    200.. => Refusal::BackendBehind { applied: 150, start: 200 },
                    _ => Refusal::BeforeStart { start: 200 },
                };
                assert_eq!(behind, expected, "{index}");
            }
        }
    }
    let parent = sample();
    let survey = Survey::take(&wal_dir(&parent)).unwrap();
    assert_eq!(survey.plan(LAST + 1, Some(&applied(205))).unwrap_err(), Refusal::Unreadable { last: LAST });
}

#[test]
fn a_crash_in_between_leaves_a_log_that_is_refused_and_the_same_command_goes_on() {
    for (backend, segment) in [(150, 4), (LAST, 2)] {
        let damaged = || {
            let parent = sample();
            flip(&segments(&wal_dir(&parent))[segment], 1500);
            parent
        };
        let done = |dir: &Path| {
            let survey = Survey::take(dir).unwrap();
            let best = survey.best(Some(&applied(backend))).unwrap();
            let plan = survey.plan(best, Some(&applied(backend))).unwrap();
            let is_log = matches!(plan.keep, Keep::Log(..));
            survey.discard(&plan).unwrap();
            (best, is_log)
        };
        let whole = damaged();
        let (best, is_log) = done(&wal_dir(&whole));
        let moved = broken(&wal_dir(&whole)).len() - usize::from(is_log);
        assert!(moved > 1);
        // Of the segments that are put aside this many were not, when the crash came.
        for left in 1..=moved {
            let parent = damaged();
            let dir = wal_dir(&parent);
            done(&dir);
            let mut aside = broken(&dir);
            if is_log {
                aside.remove(0);
                aside.truncate(left);
            } else {
                aside.drain(..moved - left);
            }
            for path in aside {
                fs::rename(&path, path.with_extension("")).unwrap();
            }
            let error = open(&dir).unwrap_err();
            assert!(matches!(error, WalError::Corrupt { .. }), "{left} left: {error}");
            assert_eq!(done(&dir).0, best, "{left} left");
            check(&dir, best, &format!("{left} left"));
        }
    }
}

#[test]
fn a_missing_segment_is_damage_too() {
    let parent = sample();
    let dir = wal_dir(&parent);
    let paths = segments(&dir);
    fs::remove_file(&paths[3]).unwrap();
    let survey = Survey::take(&dir).unwrap();
    assert!(matches!(survey.damage, Some(WalError::MissingSegment { .. })), "{:?}", survey.damage);
    assert_eq!((survey.seen_last, survey.seen.term(), survey.seen.commit()), (LAST, TERM, LAST - 10));
    let last = survey.last();
    assert!((50..150).contains(&last), "{last}");
    let backend = applied(100);
    assert_eq!(survey.best(Some(&backend)), Some(last));
    assert_eq!(survey.plan(last + 1, Some(&backend)).unwrap_err(), Refusal::Unreadable { last });
    assert_eq!(survey.plan(last, None).unwrap_err(), Refusal::BackendBehind { applied: 0, start: 100 });
    let plan = survey.plan(last, Some(&backend)).unwrap();
    survey.discard(&plan).unwrap();
    check(&dir, last, "a missing segment");
}

#[test]
fn a_locked_log_is_left_alone() {
    let parent = sample();
    let dir = wal_dir(&parent);
    let (wal, _) = Wal::open(&dir, &SMALL).unwrap();
    assert!(matches!(Survey::take(&dir), Err(WalError::Locked { .. })));
    wal.close().unwrap();
    Survey::take(&dir).unwrap();
}
