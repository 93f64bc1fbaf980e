//! The WAL as a whole, in real directories.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use bytes::Bytes;
use proptest::prelude::*;
use tempfile::TempDir;

use super::record::Encoder;
use super::segment::list as segments;
use super::thread::{Save, Then, spawn};
use super::*;
use crate::pb::raftpb::{ConfState, Entry, EntryType, HardState};
use crate::storage::{purge, testdata};

const SMALL: WalOptions = WalOptions { segment_bytes: 4096, sync: false };

fn entry(index: u64, term: u64, data: Option<&[u8]>) -> Entry {
    let data = data.map(Bytes::copy_from_slice);
    Entry { r#type: None, term: Some(term), index: Some(index), data }
}

fn entries(indexes: std::ops::RangeInclusive<u64>) -> Vec<Entry> {
    indexes.map(|index| entry(index, 1, Some(format!("data of {index}").repeat(5).as_bytes()))).collect()
}

fn state(term: u64, commit: u64) -> HardState {
    HardState { term: Some(term), vote: Some(0), commit: Some(commit) }
}

fn mark(index: u64, term: u64) -> SnapMark {
    let conf_state = ConfState { voters: vec![1], auto_leave: Some(false), ..Default::default() };
    SnapMark { index, term, conf_state: Some(conf_state) }
}

struct Dir {
    _parent: TempDir,
    path: PathBuf,
}

impl Dir {
    fn new() -> Self {
        let parent = tempfile::tempdir().unwrap();
        Self { path: parent.path().join("wal"), _parent: parent }
    }

    /// A directory with one segment that holds `bytes`, and `tail` zeros.
    fn with_segment(bytes: &[u8], tail: u64) -> Self {
        let dir = Self::new();
        fs::create_dir(&dir.path).unwrap();
        let file = File::create(dir.first()).unwrap();
        file.write_all_at(bytes, 0).unwrap();
        file.set_len(bytes.len() as u64 + tail).unwrap();
        dir
    }

    fn first(&self) -> PathBuf {
        self.path.join("0000000000000000-0000000000000000.wal")
    }

    fn names(&self) -> Vec<String> {
        segments(&self.path).unwrap().iter().map(ToString::to_string).collect()
    }
}

fn read_all(dir: &Path) -> Result<Vec<(u64, Record)>, WalError> {
    RecordReader::open(dir)?.map(|located| located.map(|located| (located.offset, located.record))).collect()
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<_> = text.split('#').next().unwrap_or("").chars().filter(|c| c.is_ascii_hexdigit()).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap()).collect()
}

/// A segment written by `etcdutl snapshot restore` of 3.5.1, up to the tail, but for the entry, whose data the test
/// builds. The conf change's encoder is of that release, all else is the same in 3.7.
const RESTORED: [&str; 11] = [
    "04 00 00 00 00 00 00 84  08 04 10 00  00 00 00 00",       // crc 0
    "20 00 00 00 00 00 00 00  08 01 10 eb a0 95 b7 09  1a 16", // metadata
    "08 8e 9d af eb bd 8d af 8e bc 01  10 a5 99 ef d6 81 90 d7 a2 ab 01",
    "0e 00 00 00 00 00 00 82  08 05 10 eb f1 ea e5 04  1a 04 08 00 10 00  00 00", // snapshot {0,0}
    "70 00 00 00 00 00 00 00  08 02 10 b2 ac f7 a5 05  1a 66",                    // entry
    "08 01 10 01 18 01 22 5e  08 00 10 00 18 8e 9d af eb bd 8d af 8e bc 01  22 4d", // conf change
    "CONTEXT",
    "19 00 00 00 00 00 00 87  08 03 10 ed 95 ba d4 01  1a 0f", // hard state
    "08 01 10 8e 9d af eb bd 8d af 8e bc 01 18 01  00 00 00 00 00 00 00",
    "1d 00 00 00 00 00 00 83  08 05 10 cf d7 a0 c6 0c  1a 13", // snapshot
    "08 01 10 01 1a 0d 08 8e 9d af eb bd 8d af 8e bc 01 28 00  00 00 00",
];
const CONTEXT: &str = r#"{"id":13554916149940702862,"peerURLs":["http://127.0.0.1:15380"],"name":"m1"}"#;
const SELF: u64 = 0xbc1c_bc6b_dd6b_ce8e;

fn restored() -> Vec<u8> {
    RESTORED.iter().flat_map(|line| if *line == "CONTEXT" { CONTEXT.as_bytes().to_vec() } else { hex(line) }).collect()
}

#[test]
fn records_have_the_bytes_that_etcd_gives_them() {
    let bytes = restored();
    assert_eq!(bytes.len(), 0x118);
    let metadata = &bytes[0x22..0x38];
    let conf_change = bytes[0x6a..0x6a + 94].to_vec();
    let conf_entry = Entry { r#type: Some(EntryType::EntryConfChange as i32), ..entry(1, 1, Some(&conf_change)) };
    let hard_state = HardState { term: Some(1), vote: Some(SELF), commit: Some(1) };
    let voters = ConfState { voters: vec![SELF], ..Default::default() };

    let mut encoder = Encoder::new(0);
    encoder.crc();
    encoder.metadata(metadata);
    encoder.snapshot(&SnapMark::default());
    encoder.entry(&conf_entry);
    encoder.hard_state(&hard_state);
    encoder.snapshot(&SnapMark { index: 1, term: 1, conf_state: Some(voters.clone()) });
    assert_eq!(encoder.buffer, bytes);

    let dir = Dir::with_segment(&bytes, 1000);
    let last = SnapMark { index: 1, term: 1, conf_state: Some(ConfState { auto_leave: Some(false), ..voters }) };
    let expected = [
        (0x00, Record::Crc(0)),
        (0x10, Record::Metadata(Bytes::copy_from_slice(metadata))),
        (0x38, Record::Snapshot(SnapMark::default())),
        (0x50, Record::Entry(conf_entry)),
        (0xc8, Record::HardState(hard_state)),
        (0xf0, Record::Snapshot(last)),
    ];
    assert_eq!(read_all(&dir.path).unwrap(), expected);
}

#[test]
fn normal_entries_are_written_as_by_3_7() {
    for (entry, data, why) in [
        (entry(2, 2, None), "10 02 18 02", "no type, no data"),
        (entry(2, 2, Some(b"ab")), "10 02 18 02 22 02 61 62", "data"),
        (Entry { r#type: Some(0), ..entry(2, 2, None) }, "08 00 10 02 18 02", "a type that was spelled out stays so"),
        (entry(300, 2, None), "10 02 18 ac 02", "varints"),
    ] {
        let mut encoder = Encoder::new(0);
        encoder.entry(&entry);
        let data = hex(data);
        let found = encoder.buffer.windows(data.len()).any(|window| window == data);
        assert!(found, "{why}: {:02x?}", encoder.buffer);
    }
}

#[test]
fn a_new_wal_has_the_head_of_etcd_and_its_size() {
    let dir = Dir::new();
    let wal = Wal::create(&dir.path, b"meta", &WalOptions::default()).unwrap();
    let error = Wal::create(&dir.path, b"meta", &SMALL).unwrap_err();
    assert!(matches!(error, WalError::Exists { .. }), "{error}");
    wal.close().unwrap();
    assert_eq!(fs::metadata(dir.first()).unwrap().len(), 64_000_000);
    assert_eq!(fs::read_dir(&dir.path).unwrap().count(), 1);
    assert!(!dir.path.with_extension("tmp").exists());
    let records: Vec<_> = read_all(&dir.path).unwrap().into_iter().map(|(_, record)| record).collect();
    let expected =
        [Record::Crc(0), Record::Metadata(Bytes::from_static(b"meta")), Record::Snapshot(SnapMark::default())];
    assert_eq!(records, expected);
}

#[test]
fn what_was_appended_comes_back_over_cuts_and_restarts() {
    let dir = Dir::new();
    let mut wal = Wal::create(&dir.path, b"meta", &SMALL).unwrap();
    let mut next = 1;
    for _ in 0..3 {
        for _ in 0..40 {
            wal.append(&entries(next..=next + 2), Some(&state(1, next))).unwrap();
            next += 3;
        }
        wal.close().unwrap();
        let recovered;
        (wal, recovered) = Wal::open(&dir.path, &SMALL).unwrap();
        assert_eq!(recovered.entries, entries(1..=next - 1));
        assert_eq!(recovered.hard_state, state(1, next - 3));
        assert_eq!((&recovered.metadata[..], &recovered.start), (&b"meta"[..], &SnapMark::default()));
        assert!(recovered.repaired.is_none());
    }
    let segments = segments(&dir.path).unwrap();
    assert!(segments.len() > 5, "{segments:?}");
    for pair in segments.windows(2) {
        let path = dir.path.join(pair[1].to_string());
        assert!(fs::metadata(path).unwrap().len() < 5000, "closed segments end at their last record");
        assert!(pair[0].index < pair[1].index);
    }
}

#[test]
fn the_head_of_a_cut_segment_repeats_crc_metadata_and_state() {
    let dir = Dir::new();
    let mut wal = Wal::create(&dir.path, b"meta", &SMALL).unwrap();
    wal.append(&[], Some(&state(7, 0))).unwrap();
    wal.append(&[entry(1, 7, Some(&[1; 5000]))], None).unwrap();
    wal.close().unwrap();
    assert_eq!(dir.names()[1], "0000000000000001-0000000000000002.wal");
    let records = read_all(&dir.path).unwrap();
    let [.., (0, Record::Crc(crc)), (16, Record::Metadata(metadata)), (_, Record::HardState(found))] = &records[..]
    else {
        panic!("{records:?}")
    };
    assert_eq!((&metadata[..], found), (&b"meta"[..], &state(7, 0)));
    assert_ne!(*crc, 0);
}

#[test]
fn a_later_entry_replaces_all_from_its_index_on() {
    let dir = Dir::new();
    let mut wal = Wal::create(&dir.path, b"meta", &SMALL).unwrap();
    wal.append(&entries(1..=5), Some(&state(1, 2))).unwrap();
    wal.append(&[entry(4, 2, None)], Some(&state(2, 3))).unwrap();
    wal.close().unwrap();
    let (_wal, recovered) = Wal::open(&dir.path, &SMALL).unwrap();
    let mut expected = entries(1..=3);
    expected.push(entry(4, 2, None));
    assert_eq!(recovered.entries, expected);
}

#[test]
fn the_start_is_the_last_mark_at_or_below_the_commit() {
    for (commit, start, why) in [(20, 15, "both count"), (15, 15, "at the commit"), (14, 10, "the later one is early")]
    {
        let mut encoder = Encoder::new(0);
        encoder.crc();
        encoder.metadata(b"meta");
        encoder.snapshot(&SnapMark::default());
        entries(1..=20).iter().for_each(|entry| encoder.entry(entry));
        encoder.hard_state(&state(1, 12));
        encoder.snapshot(&mark(10, 1));
        encoder.snapshot(&mark(15, 1));
        encoder.hard_state(&state(1, commit));
        let dir = Dir::with_segment(&encoder.buffer, 100);
        let (_wal, recovered) = Wal::open(&dir.path, &SMALL).unwrap();
        assert_eq!(recovered.start, mark(start, 1), "{why}");
        assert_eq!(recovered.entries, entries(start + 1..=20), "{why}");
    }
}

#[test]
fn a_snapshot_from_a_leader_bridges_a_gap_and_nothing_else_does() {
    let dir = Dir::new();
    let mut wal = Wal::create(&dir.path, b"meta", &SMALL).unwrap();
    wal.append(&entries(1..=5), Some(&state(1, 100))).unwrap();
    wal.append_snapshot(&mark(100, 1)).unwrap();
    wal.append(&entries(101..=103), None).unwrap();
    wal.close().unwrap();
    let (mut wal, recovered) = Wal::open(&dir.path, &SMALL).unwrap();
    assert_eq!(recovered.start.index, 100);
    assert_eq!(recovered.entries, entries(101..=103));
    wal.append(&entries(105..=106), None).unwrap();
    wal.close().unwrap();
    let error = Wal::open(&dir.path, &SMALL).unwrap_err();
    assert!(matches!(error, WalError::MissingEntries { first: 101, last: 104, .. }), "{error}");
}

#[test]
fn a_snapshot_above_the_commit_brings_its_hard_state() {
    let voted = HardState { term: Some(3), vote: Some(9), commit: Some(2) };
    for (term, expected, why) in
        [(3, HardState { commit: Some(50), ..voted }, "the vote is kept"), (4, state(4, 50), "a new term has no vote")]
    {
        let dir = Dir::new();
        let mut wal = Wal::create(&dir.path, b"meta", &SMALL).unwrap();
        wal.append(&entries(1..=2), Some(&voted)).unwrap();
        wal.append_snapshot(&mark(50, term)).unwrap();
        drop(wal);
        let (_wal, recovered) = Wal::open(&dir.path, &SMALL).unwrap();
        assert_eq!((recovered.start, recovered.hard_state), (mark(50, term), expected), "{why}");
    }
}

#[test]
fn released_segments_can_be_purged_and_the_rest_still_opens() {
    let dir = Dir::new();
    let mut wal = Wal::create(&dir.path, b"meta", &SMALL).unwrap();
    for index in 1..=500 {
        wal.append(&entries(index..=index), Some(&state(1, index))).unwrap();
    }
    let all = segments(&dir.path).unwrap();
    assert!(purge::wal_segments(&dir.path, 1).unwrap().is_empty(), "all are held");
    wal.append_snapshot(&mark(400, 1)).unwrap();
    wal.release_to(400);
    let purged = purge::wal_segments(&dir.path, 1).unwrap().len();
    let needed = all.iter().filter(|segment| segment.index < 400).count();
    assert_eq!(purged, needed - 1, "all but the last that begins below 400");
    wal.close().unwrap();
    let (_wal, recovered) = Wal::open(&dir.path, &SMALL).unwrap();
    assert_eq!(recovered.start.index, 400);
    assert_eq!(recovered.entries, entries(401..=500));
}

#[test]
fn a_second_opener_is_refused() {
    let dir = Dir::new();
    let wal = Wal::create(&dir.path, b"meta", &SMALL).unwrap();
    let error = Wal::open(&dir.path, &SMALL).unwrap_err();
    assert!(matches!(&error, WalError::Locked { file } if *file == dir.first()), "{error}");
    wal.close().unwrap();
    Wal::open(&dir.path, &SMALL).unwrap();
}

#[test]
fn wrong_directories_are_refused() {
    let dir = Dir::new();
    fs::create_dir(&dir.path).unwrap();
    assert!(!Wal::exists(&dir.path));
    assert!(matches!(Wal::open(&dir.path, &SMALL), Err(WalError::Empty { .. })));
    let refused = |bytes: &[u8]| {
        let dir = Dir::with_segment(bytes, 64);
        Wal::open(&dir.path, &SMALL).unwrap_err().to_string()
    };
    assert!(refused(b"").ends_with("offset 0: segment does not begin with a crc and a metadata record"));
    let mut encoder = Encoder::new(0);
    encoder.crc();
    encoder.hard_state(&state(1, 1));
    assert!(refused(&encoder.buffer).ends_with("offset 16: segment does not begin with a crc and a metadata record"));
    let mut encoder = Encoder::new(0);
    encoder.crc();
    encoder.metadata(b"a");
    assert!(refused(&encoder.buffer).ends_with("no snapshot record at or below the commit index 0"));
    encoder.metadata(b"b");
    assert!(refused(&encoder.buffer).ends_with("offset 40: metadata differs from that of an earlier segment"));
}

#[test]
fn segments_of_etcd_are_read() {
    for (file, mark_has_conf_state) in [("3.4.23-single", false), ("3.5.1-single", true), ("3.7.1-single", true)] {
        let bytes = testdata::read(&format!("wal/{file}.wal.gz"));
        let dir = Dir::with_segment(&bytes, 10_000);
        let mut reader = RecordReader::open(&dir.path).unwrap();
        let count = reader.by_ref().map(Result::unwrap).count();
        assert!(count > 300, "{file}: {count}");
        assert_eq!(reader.end().offset, bytes.len() as u64, "{file}");
        let (wal, recovered) = Wal::open(&dir.path, &SMALL).unwrap();
        assert_eq!((recovered.start.index, recovered.start.term), (0x97, 2), "{file}");
        assert_eq!(recovered.start.conf_state.is_some(), mark_has_conf_state, "{file}");
        wal.close().unwrap();
        assert_eq!(fs::read(dir.first()).unwrap()[..bytes.len()], bytes, "{file}: opening changes nothing");
    }
}

#[test]
fn segments_of_3_7_are_written_again_to_the_byte() {
    let bytes = testdata::read("wal/3.7.1-single.wal.gz");
    let dir = Dir::with_segment(&bytes, 0);
    let mut encoder = Encoder::new(0);
    for located in RecordReader::open(&dir.path).unwrap() {
        match located.unwrap().record {
            Record::Metadata(metadata) => encoder.metadata(&metadata),
            Record::Entry(entry) => encoder.entry(&entry),
            Record::HardState(state) => encoder.hard_state(&state),
            Record::Crc(_) => encoder.crc(),
            Record::Snapshot(mark) => encoder.snapshot(&mark),
        }
    }
    assert!(encoder.buffer == bytes);
}

/// Bytes of one segment, and the records in it with their ends.
fn sample_segment() -> (Vec<u8>, Vec<(u64, Record)>) {
    let mut encoder = Encoder::new(0);
    let mut ends = Vec::new();
    let mut done = |encoder: &Encoder| ends.push(encoder.buffer.len() as u64);
    encoder.crc();
    done(&encoder);
    encoder.metadata(b"meta");
    done(&encoder);
    encoder.snapshot(&SnapMark::default());
    done(&encoder);
    for index in 1..=40 {
        // Sizes around and above a sector, without long runs of zeros.
        let data: Vec<u8> = (0..index * 37 % 900).map(|at| (at * 7 + index) as u8 | 1).collect();
        encoder.entry(&entry(index, 3, Some(&data)));
        done(&encoder);
        encoder.hard_state(&state(3, index / 2));
        done(&encoder);
    }
    let dir = Dir::with_segment(&encoder.buffer, 0);
    let records = read_all(&dir.path).unwrap();
    assert_eq!(records.len(), ends.len());
    (encoder.buffer, ends.into_iter().zip(records.into_iter().map(|(_, record)| record)).collect())
}

/// Opens a damaged copy of the sample; it must give the records that end at or before `intact`, and no more than
/// a prefix. Then it must go on as ever.
fn check_torn(bytes: &[u8], tail: u64, intact: u64, records: &[(u64, Record)], what: &str) {
    let dir = Dir::with_segment(bytes, tail);
    if let Some(end) = check_prefix(&dir, intact, records, what) {
        check_repair(&dir, &end, bytes.len() as u64 + tail, what);
    }
}

/// `None` where the head is damaged too: then there is nothing to go on with.
fn check_prefix(dir: &Dir, intact: u64, records: &[(u64, Record)], what: &str) -> Option<End> {
    let mut reader = RecordReader::open(&dir.path).unwrap();
    let found: Vec<_> =
        reader.by_ref().map(|located| located.unwrap_or_else(|error| panic!("{what}: {error}")).record).collect();
    let kept = records.iter().filter(|(end, _)| *end <= intact).count();
    assert!(found.len() >= kept, "{what}: {} of {kept} records", found.len());
    assert!(found.iter().eq(records.iter().map(|(_, record)| record).take(found.len())), "{what}: no prefix");
    let end = reader.end().clone();
    (kept >= 3).then_some(end)
}

fn check_repair(dir: &Dir, end: &End, size: u64, what: &str) {
    let (mut wal, recovered) = Wal::open(&dir.path, &SMALL).unwrap();
    assert_eq!(recovered.repaired.is_some(), end.torn.is_some(), "{what}");
    if let Some(repair) = &recovered.repaired {
        assert_eq!(repair.offset, end.offset, "{what}");
        assert_eq!(fs::metadata(&repair.copy).unwrap().len(), size, "{what}");
    }
    let next = recovered.entries.len() as u64 + 1;
    wal.append(&[entry(next, 3, Some(b"again"))], Some(&state(3, next))).unwrap();
    wal.close().unwrap();
    let (_wal, again) = Wal::open(&dir.path, &SMALL).unwrap();
    assert!(again.repaired.is_none(), "{what}");
    assert_eq!(again.entries.len() as u64, next, "{what}");
}

#[test]
fn a_file_cut_at_any_byte_gives_a_prefix() {
    let (bytes, records) = sample_segment();
    let whole = Dir::with_segment(&bytes, 0);
    let file = File::options().write(true).open(whole.first()).unwrap();
    for cut in (0..bytes.len()).rev() {
        file.set_len(cut as u64).unwrap();
        check_prefix(&whole, cut as u64, &records, &format!("cut at {cut}"));
        if cut % 397 == 0 {
            check_torn(&bytes[..cut], 0, cut as u64, &records, &format!("cut at {cut}"));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    /// A crash of the machine: of the sectors from some one on, which all were zeros, any may not have been written.
    #[test]
    fn unwritten_sectors_give_a_prefix(first in 0_usize..40, lost in any::<u64>(), tail in 0_u64..5000) {
        let (mut bytes, records) = sample_segment();
        let mut intact = bytes.len();
        for sector in (first..bytes.len().div_ceil(512)).filter(|sector| lost >> (sector % 64) & 1 == 1) {
            let end = bytes.len().min((sector + 1) * 512);
            bytes[sector * 512..end].fill(0);
            intact = intact.min(sector * 512);
        }
        check_torn(&bytes, tail, intact as u64, &records, &format!("{first} {lost:x}"));
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(
        damage in proptest::collection::vec((0_usize..20_000, any::<u8>()), 1..20),
        keep in 0_usize..20_000,
    ) {
        let (mut bytes, _) = sample_segment();
        bytes.truncate(keep);
        for (at, byte) in damage {
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
        }
        let dir = Dir::with_segment(&bytes, 100);
        let _ = RecordReader::open(&dir.path).unwrap().count();
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// So many entries of such a size, after taking back so many of the uncommitted ones.
    Append { back: u64, count: u64, size: usize },
    /// So many more are committed.
    Commit(u64),
    /// A raft snapshot at the commit index; then old segments are released and purged.
    Snapshot,
    /// A snapshot from a leader, so far ahead of the log.
    Install(u64),
    /// Closed, or the process killed, which loses what was not synced.
    Reopen { is_killed: bool },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let append = (0_u64..4, 1_u64..20, 0_usize..600);
    let step = prop_oneof![
        6 => append.prop_map(|(back, count, size)| Step::Append { back, count, size }),
        3 => (0_u64..30).prop_map(Step::Commit),
        1 => Just(Step::Snapshot),
        1 => (1_u64..50).prop_map(Step::Install),
        2 => any::<bool>().prop_map(|is_killed| Step::Reopen { is_killed }),
    ];
    proptest::collection::vec(step, 1..60)
}

/// The dumbest log there is.
#[derive(Clone, Default)]
struct Model {
    entries: Vec<Entry>,
    start: u64,
    term: u64,
    commit: u64,
}

impl Model {
    fn last(&self) -> u64 {
        self.entries.last().map_or(self.start, Entry::index)
    }

    fn start_at(&mut self, index: u64) {
        self.start = index;
        self.entries.retain(|entry| entry.index() > index);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn a_wal_agrees_with_a_plain_list_over_any_steps(steps in steps()) {
        let dir = Dir::new();
        let mut wal = Wal::create(&dir.path, b"meta", &SMALL).unwrap();
        let mut model = Model::default();
        for step in steps {
            match step {
                Step::Append { back, count, size } => {
                    let first = (model.last() + 1).saturating_sub(back).max(model.commit + 1);
                    model.term += u64::from(first <= model.last() || model.term == 0);
                    let new: Vec<_> = (first..first + count).map(|i| entry(i, model.term, Some(&vec![i as u8; size])))
                        .collect();
                    model.entries.retain(|entry| entry.index() < first);
                    model.entries.extend(new.iter().cloned());
                    wal.append(&new, Some(&state(model.term, model.commit))).unwrap();
                    wal.sync().unwrap();
                }
                Step::Commit(more) if model.term > 0 => {
                    model.commit = model.last().min(model.commit + more);
                    wal.append(&[], Some(&state(model.term, model.commit))).unwrap();
                    wal.sync().unwrap();
                }
                Step::Snapshot if model.commit > model.start => {
                    model.start_at(model.commit);
                    wal.append_snapshot(&mark(model.start, model.term)).unwrap();
                    wal.release_to(model.start);
                    purge::wal_segments(&dir.path, 1).unwrap();
                }
                Step::Install(ahead) => {
                    model.term = model.term.max(1);
                    let index = model.last() + ahead;
                    model.start_at(index);
                    model.commit = index;
                    wal.append_snapshot(&mark(index, model.term)).unwrap();
                    wal.release_to(index);
                    purge::wal_segments(&dir.path, 1).unwrap();
                }
                Step::Commit(_) | Step::Snapshot => {}
                Step::Reopen { is_killed } => {
                    if is_killed { drop(wal) } else { wal.close().unwrap() }
                    let recovered;
                    (wal, recovered) = Wal::open(&dir.path, &SMALL).unwrap();
                    prop_assert_eq!(recovered.start.index, model.start);
                    prop_assert_eq!(&recovered.entries, &model.entries);
                    prop_assert_eq!(recovered.hard_state.commit(), model.commit);
                    prop_assert!(recovered.repaired.is_none());
                }
            }
        }
    }
}

#[test]
fn a_flipped_bit_is_refused_with_file_and_offset() {
    let (bytes, records) = sample_segment();
    // The last record is left out: with nothing behind it, its loss could not be told from a torn write.
    let middle = records[records.len() - 2].0 as usize;
    let starts: Vec<u64> = std::iter::once(0).chain(records.iter().map(|(end, _)| *end)).collect();
    let dir = Dir::with_segment(&bytes, 3000);
    let file = File::options().write(true).open(dir.first()).unwrap();
    let sample: Vec<_> = records.iter().map(|(_, record)| record.clone()).collect();
    // All bits of the first records, where the shortest are, then a share.
    for bit in (0..1500 * 8).chain((1500 * 8..middle * 8).step_by(19)) {
        let flipped = bytes[bit / 8] ^ 1 << (bit % 8);
        file.write_all_at(&[flipped], bit as u64 / 8).unwrap();
        match read_all(&dir.path) {
            // Padding is not looked at, and nothing depends on it.
            Ok(found) => {
                let found: Vec<_> = found.into_iter().map(|(_, record)| record).collect();
                assert!(found == sample, "bit {bit} goes unnoticed");
            }
            Err(WalError::Corrupt { file, offset, what }) => {
                assert_eq!(file, dir.first());
                let damaged = starts.iter().rposition(|&start| start <= bit as u64 / 8).unwrap();
                // A wrong value in the head's crc record is seen by the record behind it.
                let near = if damaged == 0 { 1 } else { damaged };
                assert!(offset == starts[damaged] || offset == starts[near], "bit {bit}: {what} at {offset}");
            }
            Err(error) => panic!("bit {bit}: {error}"),
        }
        file.write_all_at(&bytes[bit / 8..=bit / 8], bit as u64 / 8).unwrap();
    }
}

#[test]
fn damage_in_a_segment_that_is_not_the_last_is_never_torn() {
    let dir = Dir::new();
    let mut wal = Wal::create(&dir.path, b"meta", &SMALL).unwrap();
    wal.append(&entries(1..=100), Some(&state(1, 50))).unwrap();
    wal.append(&entries(101..=102), None).unwrap();
    wal.close().unwrap();
    let file = File::options().write(true).open(dir.first()).unwrap();
    let size = file.metadata().unwrap().len();
    file.write_all_at(&[0; 512], 2048).unwrap();
    let error = Wal::open(&dir.path, &SMALL).unwrap_err();
    assert!(matches!(&error, WalError::Corrupt { file, .. } if *file == dir.first()), "{error}");
    file.set_len(size - 3).unwrap();
    assert!(matches!(Wal::open(&dir.path, &SMALL), Err(WalError::Corrupt { .. })));
    assert_eq!(fs::read_dir(&dir.path).unwrap().count(), 2, "nothing was repaired");
}

#[test]
fn a_last_segment_without_its_head_gets_one() {
    let dir = Dir::new();
    let mut wal = Wal::create(&dir.path, b"meta", &SMALL).unwrap();
    wal.append(&entries(1..=100), Some(&state(1, 50))).unwrap();
    wal.close().unwrap();
    let last = dir.path.join(dir.names().last().unwrap());
    for left in [0, 5, 16, 20] {
        File::options().write(true).open(&last).unwrap().set_len(left).unwrap();
        let (mut wal, recovered) = Wal::open(&dir.path, &SMALL).unwrap();
        assert_eq!(recovered.entries, entries(1..=100), "{left}");
        wal.append(&entries(101..=101), None).unwrap();
        wal.close().unwrap();
        assert_eq!(Wal::open(&dir.path, &SMALL).unwrap().1.entries, entries(1..=101), "{left}");
    }
}

#[test]
fn the_thread_persists_in_order_and_all_of_it() {
    let dir = Dir::new();
    let options = WalOptions { segment_bytes: 16 << 10, sync: true };
    let wal = Wal::create(&dir.path, b"meta", &options).unwrap();
    let (sender, persisted) = mpsc::channel();
    let handle = spawn(wal, Box::new(move |number, _| sender.send(number).unwrap()));
    for number in 1..=400 {
        let entries = entries(number..=number);
        handle.save(Save { number, entries, hard_state: Some(state(1, number)), must_sync: true });
        if number == 200 {
            let path = dir.path.clone();
            let check = move || {
                let found = read_all(&path).unwrap();
                assert_eq!(found.last().unwrap().1, Record::Snapshot(mark(150, 1)));
            };
            handle.save_snapshot(mark(150, 1), Box::new(check));
        }
    }
    handle.stop();
    let numbers: Vec<_> = persisted.iter().collect();
    assert!(numbers.is_sorted() && numbers.contains(&200) && numbers.last() == Some(&400), "{numbers:?}");
    assert_eq!(handle.queued_bytes(), 0);
    handle.save(Save { number: 401, entries: entries(401..=401), ..Save::default() });
    handle.stop();
    let (_wal, recovered) = Wal::open(&dir.path, &options).unwrap();
    assert_eq!((recovered.start, recovered.entries), (mark(150, 1), entries(151..=400)));
    assert!(!dir.path.join("0.tmp").exists());
}

#[test]
fn the_thread_says_whether_it_works_on() {
    let dir = Dir::new();
    let wal = Wal::create(&dir.path, b"meta", &WalOptions { segment_bytes: 16 << 10, sync: true }).unwrap();
    let (sender, told) = mpsc::channel();
    let (go_on, halt) = mpsc::channel::<()>();
    let told_first = sender.clone();
    let handle = spawn(
        wal,
        Box::new(move |number, then| {
            sender.send((number, then)).unwrap();
            // Until what comes next is queued.
            halt.recv().unwrap();
        }),
    );
    let save = |number| {
        handle.save(Save {
            number,
            entries: entries(number..=number),
            hard_state: Some(state(1, number)),
            must_sync: true,
        })
    };
    save(1);
    assert_eq!(told.recv().unwrap(), (1, Then::Waits));
    save(2);
    handle.save_snapshot(mark(1, 1), Box::new(move || told_first.send((0, Then::Works)).unwrap()));
    save(3);
    for _ in 0..3 {
        go_on.send(()).unwrap();
    }
    let rest: Vec<_> = (0..3).map(|_| told.recv().unwrap()).collect();
    assert_eq!(rest, [(2, Then::Works), (0, Then::Works), (3, Then::Waits)]);
    handle.stop();
}
