//! An archive beside a log that grows, is cut, purged, and loses its tail.

use std::os::unix::fs::FileExt;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::pb::raftpb::{Entry, HardState};
use crate::storage::wal::{Record, RecordReader, Wal, WalOptions};

const SMALL: WalOptions = WalOptions { segment_bytes: 4096, sync: false };

struct Dirs {
    _parent: TempDir,
    wal: PathBuf,
    archive: PathBuf,
}

impl Dirs {
    fn new() -> Self {
        let parent = tempfile::tempdir().unwrap();
        Self { wal: parent.path().join("wal"), archive: parent.path().join("archive"), _parent: parent }
    }

    fn open(&self) -> Result<Archive, ArchiveError> {
        Archive::open(&self.wal, &self.archive)
    }

    /// All entries to `last`, over some segments.
    fn with_entries(last: Index) -> (Self, Wal) {
        let dirs = Self::new();
        let mut wal = Wal::create(&dirs.wal, b"metadata", &SMALL).unwrap();
        append(&mut wal, 1..=last, 1);
        wal.sync().unwrap();
        (dirs, wal)
    }

    fn segments(&self) -> Vec<PathBuf> {
        paths(&self.wal)
    }
}

fn paths(dir: &Path) -> Vec<PathBuf> {
    segment::names(dir).unwrap().iter().map(|name| dir.join(name.to_string())).collect()
}

fn append(wal: &mut Wal, indexes: std::ops::RangeInclusive<Index>, term: u64) {
    for index in indexes {
        let data = Some(Bytes::from(format!("{index} of {term} ").repeat(6)));
        let entry = Entry { r#type: None, term: Some(term), index: Some(index), data };
        let state = HardState { term: Some(term), vote: Some(5), commit: Some(index - 1) };
        wal.append(&[entry], Some(&state)).unwrap();
    }
}

fn records(dir: &Path) -> Vec<Record> {
    RecordReader::open(dir).unwrap().map(|located| located.unwrap().record).collect()
}

/// The archive's file names but for segments.
fn others(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| SegmentName::parse(name).is_none()).collect()
}

#[derive(Clone, Debug)]
enum Step {
    Append(u64),
    Sync,
    Copy,
    /// Once, without following.
    CopyFinished,
    /// The archiving process ends, perhaps within an append, and is started again.
    Restart(Option<u64>),
    Purge,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (1..40_u64).prop_map(Step::Append),
        2 => Just(Step::Sync),
        4 => Just(Step::Copy),
        1 => Just(Step::CopyFinished),
        1 => proptest::option::of(1..300_u64).prop_map(Step::Restart),
        1 => Just(Step::Purge),
    ];
    proptest::collection::vec(step, 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]
    #[test]
    fn an_archive_is_a_prefix_of_the_log_at_any_moment(steps in steps()) {
        let (dirs, mut wal) = Dirs::with_entries(1);
        let mut archive = dirs.open().unwrap();
        let (mut last, mut at_copy) = (1, 0);
        for step in steps {
            match step {
                Step::Append(count) => {
                    append(&mut wal, last + 1..=last + count, 1);
                    last += count;
                }
                Step::Sync => wal.sync().unwrap(),
                Step::Copy => {
                    wal.sync().unwrap();
                    let progress = archive.copy(Extent::Tail).unwrap();
                    prop_assert!(progress.replaced.is_empty() && progress.waiting.is_none());
                    at_copy = last;
                    prop_assert_eq!(archive.last_index(), Some(last));
                }
                Step::CopyFinished => drop(archive.copy(Extent::Finished).unwrap()),
                Step::Restart(torn) => {
                    // What is needed stays open only as long as the process runs.
                    archive.copy(Extent::Tail).unwrap();
                    let archived = paths(&dirs.archive).pop().unwrap();
                    drop(archive);
                    if let Some(torn) = torn {
                        let file = File::options().write(true).open(&archived).unwrap();
                        let length = file.metadata().unwrap().len();
                        file.set_len(length.saturating_sub(torn).max(200)).unwrap();
                    }
                    archive = dirs.open().unwrap();
                }
                Step::Purge => {
                    let mut old = dirs.segments();
                    // The newest two are never purged.
                    old.truncate(old.len().saturating_sub(2));
                    archive.copy(Extent::Finished).unwrap();
                    old.iter().for_each(|path| fs::remove_file(path).unwrap());
                }
            }
            if !paths(&dirs.archive).is_empty() {
                let entries: Vec<_> = records(&dirs.archive)
                    .into_iter()
                    .filter_map(|record| if let Record::Entry(entry) = record { Some(entry.index()) } else { None })
                    .collect();
                prop_assert!(entries.iter().copied().eq(1..=entries.len() as u64));
            }
        }
        wal.sync().unwrap();
        archive.copy(Extent::Tail).unwrap();
        prop_assert!(at_copy <= last);
        for path in dirs.segments() {
            let (theirs, ours) = (fs::read(&path).unwrap(), fs::read(dirs.archive.join(path.file_name().unwrap())).unwrap());
            prop_assert!(theirs.starts_with(&ours));
            prop_assert!(theirs[ours.len()..].iter().all(|&byte| byte == 0));
        }
        prop_assert!(others(&dirs.archive).is_empty());
    }
}

#[test]
fn finished_segments_alone_are_copied_once() {
    let (dirs, wal) = Dirs::with_entries(200);
    let segments = dirs.segments();
    assert!(segments.len() > 3);
    let mut archive = dirs.open().unwrap();
    let progress = archive.copy(Extent::Finished).unwrap();
    assert_eq!(progress.completed.len(), segments.len() - 1);
    for path in &segments[..segments.len() - 1] {
        assert_eq!(fs::read(path).unwrap(), fs::read(dirs.archive.join(path.file_name().unwrap())).unwrap());
    }
    let bytes: u64 = paths(&dirs.archive).iter().map(|path| fs::metadata(path).unwrap().len()).sum();
    assert_eq!(progress.copied_bytes, bytes);
    drop(archive);
    let again = dirs.open().unwrap().copy(Extent::Finished).unwrap();
    assert_eq!((again.copied_bytes, again.completed.len()), (0, 1), "the last one is looked at again");
    wal.close().unwrap();
}

#[test]
fn what_the_log_has_lost_and_written_anew_replaces_what_was_copied() {
    let (dirs, mut wal) = Dirs::with_entries(100);
    let mut archive = dirs.open().unwrap();
    archive.copy(Extent::Tail).unwrap();
    let synced: Vec<_> = dirs.segments().iter().map(|path| fs::read(path).unwrap()).collect();
    append(&mut wal, 101..=105, 1);
    wal.sync().unwrap();
    archive.copy(Extent::Tail).unwrap();
    assert_eq!(archive.last_index(), Some(105));
    let copied = records(&dirs.archive);
    drop(wal);
    // The machine crashed: what was not synced is gone.
    for (path, bytes) in dirs.segments().iter().zip(&synced) {
        fs::write(path, bytes).unwrap();
    }
    let (mut wal, recovered) = Wal::open(&dirs.wal, &SMALL).unwrap();
    assert_eq!(recovered.entries.len(), 100);
    let waiting = archive.copy(Extent::Tail).unwrap();
    assert!(waiting.replaced.is_empty(), "nothing is there instead yet");
    assert_eq!(records(&dirs.archive), copied);

    append(&mut wal, 101..=103, 2);
    wal.sync().unwrap();
    let progress = archive.copy(Extent::Tail).unwrap();
    assert_eq!((progress.replaced.len(), archive.last_index()), (1, Some(103)));
    assert_eq!(records(&dirs.archive), records(&dirs.wal));
    let (kept, offset) = &progress.replaced[0];
    assert!(kept.to_string_lossy().ends_with(".wal.replaced") && *offset > 0);
    assert!(archive.copy(Extent::Tail).unwrap().replaced.is_empty());

    // The same is found by one that was not running.
    drop(archive);
    let path = paths(&dirs.archive).pop().unwrap();
    fs::copy(kept, &path).unwrap();
    let mut archive = dirs.open().unwrap();
    assert_eq!(archive.copy(Extent::Tail).unwrap().replaced.len(), 1);
    assert_eq!(records(&dirs.archive), records(&dirs.wal));
    wal.close().unwrap();
}

#[test]
fn a_cut_that_was_lost_is_undone() {
    let (dirs, mut wal) = Dirs::with_entries(3);
    let mut last = 3;
    while dirs.segments().len() < 2 {
        last += 1;
        append(&mut wal, last..=last, 1);
    }
    let mut archive = dirs.open().unwrap();
    archive.copy(Extent::Tail).unwrap();
    drop((wal, archive));
    fs::remove_file(dirs.segments().pop().unwrap()).unwrap();
    let (mut wal, _) = Wal::open(&dirs.wal, &SMALL).unwrap();
    append(&mut wal, last + 1..=last + 2, 2);
    wal.sync().unwrap();
    let mut archive = dirs.open().unwrap();
    archive.copy(Extent::Tail).unwrap();
    assert_eq!(archive.last_index(), Some(last + 2));
    assert_eq!(records(&dirs.archive), records(&dirs.wal));
    assert_eq!(others(&dirs.archive).len(), 1);
}

#[test]
fn segments_that_are_gone_are_a_gap_unless_they_were_seen() {
    let (dirs, mut wal) = Dirs::with_entries(50);
    let mut archive = dirs.open().unwrap();
    archive.copy(Extent::Tail).unwrap();
    append(&mut wal, 51..=300, 1);
    archive.look().unwrap();
    let old = dirs.segments();
    old[..3].iter().for_each(|path| fs::remove_file(path).unwrap());
    append(&mut wal, 301..=310, 1);
    wal.sync().unwrap();
    archive.copy(Extent::Tail).unwrap();
    assert_eq!(archive.last_index(), Some(310), "read although it was deleted");
    drop(archive);

    // The last one in the archive is whole, but the log begins with the one after it.
    let (finals, whole) = (paths(&dirs.archive), records(&dirs.archive));
    finals[3..].iter().for_each(|path| fs::remove_file(path).unwrap());
    dirs.open().unwrap().copy(Extent::Tail).unwrap();
    assert_eq!(records(&dirs.archive), whole);

    // Its end is missing.
    paths(&dirs.archive)[3..].iter().for_each(|path| fs::remove_file(path).unwrap());
    let last = File::options().write(true).open(&finals[2]).unwrap();
    last.set_len(last.metadata().unwrap().len() - 400).unwrap();
    let mut archive = dirs.open().unwrap();
    let ends = archive.last_index().unwrap();
    match archive.copy(Extent::Tail) {
        Err(ArchiveError::Gap { first, last, next, .. }) => {
            assert_eq!(first, ends + 1);
            assert_eq!((last + 1, dirs.wal.join(next.to_string())), (next.index, dirs.segments()[0].clone()));
        }
        other => panic!("{other:?}"),
    }
    drop(archive);

    // All of it is.
    fs::remove_file(&finals[2]).unwrap();
    let error = dirs.open().unwrap().copy(Extent::Finished).unwrap_err().to_string();
    assert!(error.contains("are in neither"), "{error}");
    wal.close().unwrap();
}

#[test]
fn what_is_not_the_same_log_is_refused() {
    let (dirs, wal) = Dirs::with_entries(200);
    dirs.open().unwrap().copy(Extent::Tail).unwrap();
    let first = paths(&dirs.archive).remove(0);
    let good = fs::read(&first).unwrap();

    let file = File::options().write(true).open(&first).unwrap();
    file.write_all_at(b"?", 1000).unwrap();
    match dirs.open() {
        Err(ArchiveError::Differs { file, offset: 1000 }) => assert_eq!(file, first),
        other => panic!("{other:?}"),
    }
    fs::write(&first, &good[..good.len() - 8]).unwrap();
    assert!(matches!(dirs.open(), Err(ArchiveError::Differs { .. })), "it is shorter");
    fs::write(&first, &good).unwrap();
    let open = dirs.open().unwrap();
    assert!(matches!(dirs.open(), Err(ArchiveError::InUse { .. })));
    drop(open);
    assert!(matches!(Archive::open(&dirs.wal, &dirs.wal), Err(ArchiveError::Same { .. })));
    wal.close().unwrap();

    let (other, wal) = Dirs::with_entries(20);
    let error = Archive::open(&other.wal, &dirs.archive).unwrap_err();
    assert!(matches!(error, ArchiveError::Ahead { .. }), "{error}");
    drop(wal);

    let stranger = Dirs::new();
    let mut wal = Wal::create(&stranger.wal, b"another", &SMALL).unwrap();
    append(&mut wal, 1..=4, 1);
    wal.sync().unwrap();
    let mut archive = Archive::open(&stranger.wal, &other.archive).unwrap();
    archive.copy(Extent::Tail).unwrap();
    drop(archive);
    let error = other.open().unwrap().copy(Extent::Tail).unwrap_err();
    assert!(matches!(error, ArchiveError::OtherLog { .. }), "{error}");
}

#[test]
fn damage_in_the_log_is_told_and_does_not_get_into_the_archive() {
    let (dirs, wal) = Dirs::with_entries(200);
    let mut archive = dirs.open().unwrap();
    archive.copy(Extent::Tail).unwrap();
    let copied = records(&dirs.archive);
    // In the tail, which was copied already: it could have been written anew.
    let tail = dirs.segments().pop().unwrap();
    let file = File::options().read(true).write(true).open(&tail).unwrap();
    let length = fs::metadata(paths(&dirs.archive).pop().unwrap()).unwrap().len();
    file.write_all_at(b"?", length - 20).unwrap();
    let progress = archive.copy(Extent::Tail).unwrap();
    assert!(progress.replaced.is_empty());
    assert_eq!(records(&dirs.archive), copied);
    drop((archive, wal));

    fs::remove_dir_all(&dirs.archive).unwrap();
    let second = dirs.segments()[1].clone();
    File::options().write(true).open(&second).unwrap().write_all_at(b"?", 700).unwrap();
    match dirs.open().unwrap().copy(Extent::Finished) {
        Err(ArchiveError::Wal(WalError::Corrupt { file, .. })) => assert_eq!(file, second),
        other => panic!("{other:?}"),
    }
    assert_eq!(paths(&dirs.archive).len(), 1);
    assert!(others(&dirs.archive).is_empty());
}
