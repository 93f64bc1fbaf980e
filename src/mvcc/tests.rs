//! The key space as a whole, by scripts (`testdata/*.txt`) and against its own other ways to the same result.
//!
//! A script is a list of blocks: commands, `----`, the expected output. `UPDATE=1 cargo test` rewrites the outputs.
//! Every script runs four times, and says the same each time: with all rows in the overlay, with all committed, with
//! some here and some there, and with a restart from a copy of the files after each block.
//!
//! ```text
//! put KEY VALUE [lease=N]         each an entry of its own; prints the revision
//! del KEY [END]
//! txn COMMAND; COMMAND; ...       put, del, get and range within one transaction
//! get KEY [rev=N]                 the fields of the row
//! range KEY END [rev= limit= order= target= keys_only count_only min_mod= max_mod= min_create= max_create=]
//! history FIRST LAST [max=N]
//! compact N                       accepted only; `compact N physical` waits for the work
//! keys                            how many exist
//! dump                            everything in LMDB, after a commit
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;

use super::store::Restored;
use super::*;
use crate::storage::schema::bucket::{Bucket, BucketChange};
use crate::storage::schema::key::{KeyValue, RowKey};
use crate::storage::source::{Source, Wait};
use crate::types::KeyRange;

const WAIT: Duration = Duration::from_secs(120);

fn options() -> StoreOptions {
    StoreOptions {
        map_size_bytes: 1 << 30,
        compaction_batch_max: 2,
        compaction_pause: Duration::ZERO,
        ..StoreOptions::default()
    }
}

/// A store in a scratch directory, driven as apply does.
struct World {
    dir: tempfile::TempDir,
    restored: Option<Restored>,
    index: u64,
}

impl World {
    fn new() -> Self {
        Self::with(&options())
    }

    fn with(options: &StoreOptions) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (_, restored) = Store::open(dir.path(), options).unwrap();
        Self { dir, restored: Some(restored), index: 0 }
    }

    fn writer(&mut self) -> &mut Writer {
        &mut self.restored.as_mut().unwrap().writer
    }

    fn view(&mut self) -> View {
        self.writer().view()
    }

    fn store(&mut self) -> std::sync::Arc<Store> {
        self.view().store
    }

    fn entry<T>(&mut self, apply: impl FnOnce(&mut Writer) -> T) -> T {
        self.index += 1;
        let index = self.index;
        let result = apply(self.writer());
        self.writer().entry_done(index, 7);
        result
    }

    fn put(&mut self, key: &str, value: &str) -> i64 {
        self.entry(|writer| {
            let mut txn = writer.begin();
            txn.put(key.as_bytes(), value.as_bytes(), 0);
            txn.revision_now()
        })
    }

    fn delete(&mut self, key: &str) {
        self.entry(|writer| assert!(writer.begin().delete(key.as_bytes())));
    }

    /// Commits everything and waits for it.
    fn commit(&mut self) {
        let (done, wait) = mpsc::channel();
        self.writer().seal(Sync::Forced, Some(Box::new(move || done.send(()).unwrap())));
        wait.recv_timeout(WAIT).expect("the backend thread commits");
        self.writer().forget_committed();
    }

    fn compact(&mut self, revision: i64) {
        let (done, wait) = mpsc::channel();
        self.entry(|writer| writer.compact(revision, Some(Box::new(move || done.send(()).unwrap())))).unwrap();
        self.commit();
        wait.recv_timeout(WAIT).expect("the compaction ends");
    }

    /// As after kill -9: continues with a copy of the files, and whatever was not committed is lost.
    fn crash(&mut self) {
        let copy = tempfile::tempdir().unwrap();
        copy_dir(self.dir.path(), copy.path());
        self.restored = None;
        self.dir = copy;
        let source = Source::open(self.dir.path(), Wait::Forever).unwrap();
        assert_eq!(source.check().len(), 0);
        drop(source);
        let (_, restored) = Store::open(self.dir.path(), &options()).unwrap();
        self.index = restored.consistent_index;
        self.restored = Some(restored);
    }

    /// Everything in LMDB as text.
    fn dump(&mut self) -> String {
        self.commit();
        let store = self.store();
        let env = store.env();
        let txn = env.read().unwrap();
        let mut text = String::new();
        for bucket in Bucket::ALL {
            for row in store.env().bucket(bucket).iter(&txn).unwrap() {
                let (key, value) = row.unwrap();
                writeln!(text, "{} {} {}", bucket.name(), key.escape_ascii(), value.escape_ascii()).unwrap();
            }
        }
        text
    }
}

fn copy_dir(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir(&target).unwrap();
            copy_dir(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn range(key: &str, end: &str) -> KeyRange {
    let end = if end == "\\0" { Bytes::from_static(b"\0") } else { Bytes::copy_from_slice(end.as_bytes()) };
    KeyRange::parse(Bytes::copy_from_slice(key.as_bytes()), end).unwrap()
}

fn show_row(row: &[u8]) -> String {
    let kv = KeyValue::decode(row).unwrap();
    let mut text = format!("{}={}", kv.key.escape_ascii(), kv.value.escape_ascii());
    for (name, value) in
        [("create", kv.create_revision), ("mod", kv.mod_revision), ("version", kv.version), ("lease", kv.lease)]
    {
        if value != 0 {
            write!(text, " {name}={value}").unwrap();
        }
    }
    text
}

/// `name=value` and plain words after a command's operands.
struct Arguments<'line> {
    operands: Vec<&'line str>,
    named: BTreeMap<&'line str, &'line str>,
}

impl<'line> Arguments<'line> {
    fn parse(words: &[&'line str]) -> Self {
        let mut operands = Vec::new();
        let mut named = BTreeMap::new();
        for word in words {
            match word.split_once('=') {
                Some((name, value)) => drop(named.insert(name, value)),
                None => operands.push(*word),
            }
        }
        Self { operands, named }
    }

    fn number(&self, name: &str) -> i64 {
        self.named.get(name).map_or(0, |value| value.parse().unwrap())
    }

    fn query(&self) -> RangeQuery {
        let end = self.operands.get(1).copied().unwrap_or("");
        RangeQuery {
            revision: self.number("rev"),
            limit: self.number("limit"),
            order: match self.named.get("order") {
                None => SortOrder::None,
                Some(&"ascend") => SortOrder::Ascend,
                Some(&"descend") => SortOrder::Descend,
                Some(other) => panic!("order {other}"),
            },
            target: match self.named.get("target") {
                None | Some(&"key") => SortTarget::Key,
                Some(&"version") => SortTarget::Version,
                Some(&"create") => SortTarget::Create,
                Some(&"mod") => SortTarget::Mod,
                Some(&"value") => SortTarget::Value,
                Some(other) => panic!("target {other}"),
            },
            keys_only: self.operands.contains(&"keys_only"),
            count_only: self.operands.contains(&"count_only"),
            min_mod_revision: self.number("min_mod"),
            max_mod_revision: self.number("max_mod"),
            min_create_revision: self.number("min_create"),
            max_create_revision: self.number("max_create"),
            ..RangeQuery::new(range(self.operands[0], end))
        }
    }
}

fn show_range(result: Result<RangeResult, ReadError>) -> String {
    match result {
        Err(error) => format!("error: {error}\n"),
        Ok(result) => {
            let mut text: String = result.kvs.iter().map(|row| show_row(row) + "\n").collect();
            writeln!(text, "count={}{}", result.count, if result.more { " more" } else { "" }).unwrap();
            text
        }
    }
}

fn run_in_txn(txn: &mut WriteTxn, command: &str) -> String {
    let words: Vec<_> = command.split_whitespace().collect();
    let arguments = Arguments::parse(&words[1..]);
    let operands = &arguments.operands;
    match words[0] {
        "put" => {
            txn.put(operands[0].as_bytes(), operands[1].as_bytes(), arguments.number("lease"));
            String::new()
        }
        "del" => {
            let keys = txn.keys(&range(operands[0], operands.get(1).unwrap_or(&"")));
            keys.iter().for_each(|(key, _)| assert!(txn.delete(key)));
            format!("deleted={}\n", keys.len())
        }
        "get" => match txn.get(operands[0].as_bytes()).unwrap() {
            Some(row) => show_row(&row) + "\n",
            None => "none\n".into(),
        },
        "range" => show_range(txn.range(&arguments.query())),
        other => panic!("unknown command in a txn: {other}"),
    }
}

fn run_command(world: &mut World, command: &str) -> String {
    let words: Vec<_> = command.split_whitespace().collect();
    let arguments = Arguments::parse(&words[1..]);
    let operands = &arguments.operands;
    match words[0] {
        "put" | "del" | "txn" => world.entry(|writer| {
            let mut txn = writer.begin();
            let line = command.strip_prefix("txn ").unwrap_or(command);
            let mut text: String = line.split(';').map(|part| run_in_txn(&mut txn, part.trim())).collect();
            writeln!(text, "rev={}", txn.revision_now()).unwrap();
            text
        }),
        "get" => {
            let view = world.view();
            let at = arguments.number("rev");
            match view.read().unwrap().get(operands[0].as_bytes(), at) {
                Ok(Some(row)) => show_row(&row) + "\n",
                Ok(None) => "none\n".into(),
                Err(error) => format!("error: {error}\n"),
            }
        }
        "range" => {
            let view = world.view();
            let query = arguments.query();
            let result = view.read().unwrap().range(&query);
            if let Ok(result) = &result {
                let (mut framed, mut again) = (Vec::new(), Vec::new());
                let found = view.read().unwrap().range_framed(&query, 0x12, &mut framed).unwrap();
                assert_eq!((found.count, found.more), (result.count, result.more));
                for row in &result.kvs {
                    again.push(0x12);
                    crate::storage::schema::key::put_varint(&mut again, row.len() as u64);
                    again.extend_from_slice(row);
                }
                assert_eq!(framed, again);
            }
            show_range(result)
        }
        "history" => {
            let view = world.view();
            let (first, last) = (operands[0].parse().unwrap(), operands[1].parse().unwrap());
            let max = arguments.named.get("max").map_or(1000, |max| max.parse().unwrap());
            match view.read().unwrap().history(first, last, max, 1 << 20) {
                Err(error) => format!("error: {error}\n"),
                Ok(history) => {
                    let mut text = String::new();
                    for change in &history.changes {
                        assert_eq!(KeyValue::decode(&change.row).unwrap().key, change.key);
                        writeln!(text, "{} {:?} {}", change.revision, change.kind, show_row(&change.row)).unwrap();
                    }
                    writeln!(text, "next={}", history.next).unwrap();
                    text
                }
            }
        }
        "compact" => {
            let revision = operands[0].parse().unwrap();
            if operands.get(1) == Some(&"physical") {
                world.compact(revision);
                return "ok\n".into();
            }
            match world.entry(|writer| writer.compact(revision, None)) {
                Ok(()) => "ok\n".into(),
                Err(error) => format!("error: {error}\n"),
            }
        }
        "keys" => format!("{}\n", world.store().keys()),
        "dump" => world.dump(),
        other => panic!("unknown command: {other}"),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    AllInOverlay,
    AllCommitted,
    Mixed,
    CrashAfterEachBlock,
}

fn run_script(text: &str, mode: Mode) -> String {
    let mut world = World::new();
    let mut output = String::new();
    for block in text.split("\n\n").filter(|block| !block.trim().is_empty()) {
        let commands = block.split("----").next().unwrap();
        if !output.is_empty() {
            output.push('\n');
        }
        output.push_str(commands);
        output.push_str("----\n");
        for (place, command) in commands.lines().filter(|line| !line.starts_with('#')).enumerate() {
            output.push_str(&run_command(&mut world, command));
            match mode {
                Mode::AllCommitted => world.commit(),
                // Sealed and maybe committed, and not forgotten: a row may be in both places.
                Mode::Mixed if place % 3 == 1 => world.writer().seal(Sync::Lazy, None),
                Mode::Mixed | Mode::AllInOverlay | Mode::CrashAfterEachBlock => {}
            }
        }
        if mode == Mode::CrashAfterEachBlock {
            world.commit();
            world.crash();
        }
    }
    output
}

fn check_script(name: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/mvcc/testdata").join(name);
    let text = std::fs::read_to_string(&path).unwrap();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, run_script(&text, Mode::AllInOverlay)).unwrap();
        return;
    }
    for mode in [Mode::AllInOverlay, Mode::AllCommitted, Mode::Mixed, Mode::CrashAfterEachBlock] {
        let output = run_script(&text, mode);
        assert!(output == text, "{name} in mode {mode:?} says:\n{output}");
    }
}

#[test]
fn puts_gets_and_deletes() {
    check_script("basics.txt");
}

#[test]
fn ranges() {
    check_script("range.txt");
}

#[test]
fn compactions() {
    check_script("compaction.txt");
}

#[test]
fn histories() {
    check_script("history.txt");
}

#[test]
fn handles_move_between_threads() {
    fn sendable<T: Send>() {}
    fn shareable<T: Send + std::marker::Sync>() {}
    sendable::<Writer>();
    sendable::<Restored>();
    shareable::<View>();
    shareable::<Store>();
}

/// How much of the rows is committed when a hash is taken.
fn in_three_places(check: impl Fn(&mut World, &dyn Fn(&mut World, usize))) {
    let none = |_: &mut World, _: usize| {};
    let half = |world: &mut World, step: usize| {
        if step == 3 {
            world.commit();
        }
    };
    let all = |world: &mut World, _: usize| world.commit();
    check(&mut World::new(), &none);
    check(&mut World::new(), &half);
    check(&mut World::new(), &all);
}

fn hash(world: &mut World, revision: i64) -> (u32, i64, i64) {
    let view = world.view();
    let hash = view.store.hash_kv(&view, revision).unwrap();
    assert_eq!(hash.current_revision, view.revision);
    (hash.hash, hash.compact_revision, hash.hash_revision)
}

/// The vectors of etcd 3.5.1 and 3.7.1.
#[test]
fn hashes_are_those_of_etcd() {
    in_three_places(|world, place| {
        assert_eq!(hash(world, 0), (1_084_519_789, -1, 1), "empty store");
        world.put("a", "1");
        place(world, 1);
        world.put("b", "2");
        place(world, 2);
        world.delete("a");
        place(world, 3);
        world.put("a", "");
        place(world, 4);
        world.entry(|writer| {
            let mut txn = writer.begin();
            txn.put(b"c", b"3", 0);
            txn.put(b"d", b"4", 0);
        });
        place(world, 5);
        let expected = [2_587_454_935, 1_827_592_406, 1_562_576_432, 1_928_916_042, 3_523_596_926];
        for (revision, expected) in (2..).zip(expected) {
            assert_eq!(hash(world, revision), (expected, -1, revision));
        }
        assert_eq!(hash(world, 0), (3_523_596_926, -1, 6));
        let view = world.view();
        assert!(matches!(view.store.hash_kv(&view, 7), Err(ReadError::FutureRevision { asked: 7, newest: 6 })));

        // Accepted, not begun: rows are all there, and the sums are already those after it.
        world.entry(|writer| writer.compact(4, None)).unwrap();
        assert_eq!(hash(world, 5), (484_317_160, 4, 5));
        assert_eq!(hash(world, 6), (4_246_430_195, 4, 6));
        let view = world.view();
        assert!(matches!(view.store.hash_kv(&view, 3), Err(ReadError::Compacted { asked: 3, oldest: 4 })));
        let (done, wait) = mpsc::channel();
        world.commit();
        // A later compaction tells that the one before is over.
        world.entry(|writer| writer.compact(5, Some(Box::new(move || done.send(()).unwrap())))).unwrap();
        world.commit();
        wait.recv_timeout(WAIT).unwrap();
        assert_eq!(hash(world, 4), (1_562_576_432, -1, 4), "the compaction's own hash");
        assert_eq!(hash(world, 5), (484_317_160, 4, 5), "as before, from the second compaction");
        world.compact(6);
        assert_eq!(hash(world, 6), (4_246_430_195, 5, 6));
        assert_eq!(hash(world, 0), (4_246_430_195, 6, 6));
        world.crash();
        assert_eq!(hash(world, 6), (4_246_430_195, 6, 6), "computed again, with the newest compaction");
    });
}

#[test]
fn superseded_rows_below_the_compaction_do_not_count() {
    in_three_places(|world, place| {
        world.put("x", "1");
        place(world, 1);
        world.put("y", "2");
        place(world, 2);
        world.entry(|writer| writer.compact(3, None)).unwrap();
        world.put("x", "3");
        place(world, 3);
        assert_eq!(hash(world, 0), (622_496_045, 3, 4));
        world.delete("y");
        place(world, 4);
        assert_eq!(hash(world, 0), (4_261_573_495, 3, 5));
        world.delete("x");
        place(world, 5);
        assert_eq!(hash(world, 0), (3_984_220_401, 3, 6), "nothing lives: all rows count");
    });
}

#[test]
fn a_hash_in_the_middle_of_a_compaction_is_the_same() {
    // On a loaded machine a short compaction may be over before anybody has looked.
    let is_seen = [3, 100, 2000].into_iter().any(|pause_ms| looks_in_a_compaction(Duration::from_millis(pause_ms)) > 1);
    assert!(is_seen, "the compaction was over too soon to tell");
}

/// How often the hashes were looked at before the compaction was over.
fn looks_in_a_compaction(pause: Duration) -> usize {
    let mut world = World::with(&StoreOptions { compaction_pause: pause, ..options() });
    for round in 0..40 {
        world.put(&format!("k{}", round % 7), &format!("{round}"));
        if round % 5 == 4 {
            world.delete(&format!("k{}", round % 7));
        }
    }
    world.commit();
    let (done, wait) = mpsc::channel();
    world.entry(|writer| writer.compact(40, Some(Box::new(move || done.send(()).unwrap())))).unwrap();
    let revisions: Vec<_> = (41..=world.writer().revision()).collect();
    let before: Vec<_> = revisions.iter().map(|&revision| hash(&mut world, revision)).collect();
    world.commit();
    let mut times = 0;
    while wait.try_recv().is_err() {
        let now: Vec<_> = revisions.iter().map(|&revision| hash(&mut world, revision)).collect();
        assert_eq!(now, before);
        times += 1;
    }
    world.crash();
    let after: Vec<_> = revisions.iter().map(|&revision| hash(&mut world, revision)).collect();
    assert_eq!(after, before);
    times
}

/// What a compaction sees before it deletes is what HashKV says before it is accepted.
#[test]
fn a_compactions_own_hash_is_that_of_the_moment_before() {
    let mut world = World::new();
    let mut previous = -1;
    for round in 0..60i64 {
        let key = format!("k{}", round * round % 11);
        if world.put(&key, &round.to_string()) % 3 == 0 {
            world.delete(&key);
        }
        if round % 4 == 3 {
            let revision = world.writer().revision() - round % 3;
            let before = hash(&mut world, revision);
            assert_eq!(before.1, previous);
            world.compact(revision);
            assert_eq!(hash(&mut world, revision), before);
            previous = revision;
        }
    }
    let oldest = world.store().hash_kv(&world.view(), 3);
    assert!(matches!(oldest, Err(ReadError::Compacted { .. })), "only ten are remembered");
}

#[test]
fn an_interrupted_compaction_is_resumed() {
    let mut world = World::with(&StoreOptions { compaction_pause: Duration::from_secs(60), ..options() });
    for round in 0..30 {
        world.put(&format!("k{}", round % 3), &format!("{round}"));
    }
    world.commit();
    world.entry(|writer| writer.compact(25, None)).unwrap();
    world.commit();
    // The first steps are taken before the long pause.
    let store = world.store();
    while store.compacted_rows() == 0 {
        std::thread::yield_now();
    }
    let before = hash(&mut world, 0);
    drop(store);
    world.crash();
    let store = world.store();
    assert_eq!(store.compacted(), 25);
    while store.compaction_ended() == 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(hash(&mut world, 0), before);
    assert_eq!(store.compacted_rows(), 24 - 3 - 2, "rows 2..=25 but the newest of each key, and one step before");
    assert_eq!(hash(&mut world, 25).1, 25, "the hash of a resumed compaction is not kept");
}

#[test]
fn a_second_generation_directory_and_a_bbolt_file_are_not_mistaken() {
    let mut world = World::new();
    world.put("k", "v");
    world.commit();
    std::fs::create_dir(world.dir.path().join("lmdb-0000000000000009")).unwrap();
    world.crash();
    assert!(!world.dir.path().join("lmdb-0000000000000009").exists());
    assert_eq!(run_command(&mut world, "get k"), "k=v create=2 mod=2 version=1\n");

    let other = tempfile::tempdir().unwrap();
    std::fs::write(other.path().join("db"), "x").unwrap();
    let Err(error) = Store::open(other.path(), &options()) else { panic!("opened beside a bbolt file") };
    assert!(error.to_string().contains("is a bbolt database of etcd"), "{error}");
}

#[test]
fn what_others_restore_from_is_found_again() {
    let mut world = World::new();
    let change = |bucket, key: &'static str, value: Option<&'static str>| BucketChange {
        bucket,
        key: Bytes::from_static(key.as_bytes()),
        value: value.map(|value| Bytes::from_static(value.as_bytes())),
    };
    world.entry(|writer| {
        writer.change(change(Bucket::Cluster, "clusterVersion", Some("3.7.0")));
        writer.change(change(Bucket::Alarm, "\x08\x01\x10\x01", Some("")));
        writer.change(change(Bucket::Lease, "gone", Some("1")));
    });
    world.commit();
    world.entry(|writer| writer.change(change(Bucket::Lease, "gone", None)));
    world.entry(|writer| {
        let mut txn = writer.begin();
        txn.put(b"leased", b"", 5);
        txn.put(b"moved", b"", 5);
        txn.put(b"deleted", b"", 5);
        txn.put(b"detached", b"", 5);
    });
    world.entry(|writer| {
        let mut txn = writer.begin();
        txn.put(b"moved", b"", 6);
        txn.delete(b"deleted");
        txn.put(b"detached", b"", 0);
    });
    world.commit();
    world.crash();
    let restored = world.restored.as_ref().unwrap();
    assert_eq!((restored.consistent_index, restored.term), (4, 7));
    let leased: Vec<_> = restored.leased_keys.iter().map(|(key, lease)| (&key[..], *lease)).collect();
    assert_eq!(leased, [(&b"leased"[..], 5), (b"moved", 6)]);
    let rows: Vec<_> =
        restored.buckets.iter().map(|row| (row.bucket, &row.key[..], row.value.as_deref().unwrap())).collect();
    let index = 4u64.to_be_bytes();
    let term = 7u64.to_be_bytes();
    assert_eq!(
        rows,
        [
            (Bucket::Alarm, &b"\x08\x01\x10\x01"[..], &b""[..]),
            (Bucket::Cluster, b"clusterVersion", b"3.7.0"),
            (Bucket::Meta, b"consistent_index", &index),
            (Bucket::Meta, b"term", &term),
        ]
    );
}

#[test]
fn uncommitted_entries_are_lost_together_with_their_index() {
    let mut world = World::new();
    world.put("a", "1");
    world.commit();
    world.put("a", "2");
    world.crash();
    assert_eq!(world.restored.as_ref().unwrap().consistent_index, 1);
    assert_eq!(run_command(&mut world, "get a"), "a=1 create=2 mod=2 version=1\n");
    // The log is replayed, and the same revision comes out.
    assert_eq!(world.put("a", "2"), 3);
}

#[test]
fn chunks_are_sealed_when_they_are_full_or_old() {
    let mut world = World::new();
    let now = std::time::Instant::now();
    assert_eq!(world.writer().seal_deadline(), None);
    world.put("a", "1");
    let writer = world.writer();
    let deadline = writer.seal_deadline().unwrap();
    assert!(!writer.is_seal_due(now) && writer.is_seal_due(deadline));
    world.commit();
    assert_eq!(world.writer().seal_deadline(), None);
    let now = std::time::Instant::now();
    world.put("a", &"x".repeat(16 << 20));
    assert!(world.writer().is_seal_due(now), "16 MiB");
    assert!(world.writer().overlay_bytes() > 16 << 20);
    world.commit();
    assert_eq!(world.writer().overlay_bytes(), 0);
    world.entry(|writer| {
        let mut txn = writer.begin();
        (0..10_000u32).for_each(|n| txn.put(&n.to_be_bytes(), b"", 0));
    });
    assert!(world.writer().is_seal_due(now), "10,000 changes");
    world.commit();
    world.entry(|writer| writer.compact(2, None)).unwrap();
    assert!(world.writer().is_seal_due(now), "a compaction waits");
}

#[test]
fn size_in_use_falls_with_a_compaction_and_the_file_does_not() {
    let mut world = World::with(&StoreOptions { compaction_batch_max: 1000, ..options() });
    for _ in 0..500 {
        world.put("k", &"x".repeat(3000));
    }
    world.view();
    let store = world.store();
    assert!(store.size_in_use_bytes() > 1_500_000, "in the overlay");
    world.commit();
    world.view();
    let full = store.size_in_use_bytes();
    assert!((1_500_000..4_000_000).contains(&full), "{full}");
    let file = store.size_bytes();
    assert!(file >= full);
    world.compact(500);
    // The size is noted after the job's end.
    world.commit();
    assert!(store.size_in_use_bytes() < 100_000, "{}", store.size_in_use_bytes());
    assert!(store.size_bytes() >= file);
}

/// Readers on several threads while one writer puts, deletes, seals and compacts: each view is one state.
#[test]
fn views_stay_whole_while_everything_moves() {
    const KEYS: u32 = 700;
    let mut world = World::with(&StoreOptions { compaction_batch_max: 50, ..options() });
    // Every transaction writes its number to all keys of one half; a view must see one number a half.
    world.entry(|writer| {
        let mut txn = writer.begin();
        (0..KEYS).for_each(|key| txn.put(&key.to_be_bytes(), b"0", 0));
    });
    let first = world.view();
    let published = std::sync::Arc::new(arc_swap::ArcSwap::from_pointee(first));
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (published, stop) = (published.clone(), stop.clone());
            std::thread::spawn(move || {
                let (mut reads, mut overtaken) = (0, 0);
                while !stop.load(Ordering::Relaxed) {
                    let view = published.load_full();
                    let reader = view.read().unwrap();
                    match reader.range(&RangeQuery::new(KeyRange::From(Bytes::from_static(b"\0")))) {
                        Ok(result) => {
                            assert_eq!(result.count, i64::from(KEYS));
                            for (place, half) in result.kvs.chunks(KEYS as usize / 2).enumerate() {
                                let value = |row: &Bytes| KeyValue::decode(row).unwrap().value.to_vec();
                                let first = value(&half[0]);
                                assert!(
                                    half.iter().all(|row| value(row) == first),
                                    "half {place} at {}",
                                    view.revision
                                );
                            }
                            reads += 1;
                        }
                        Err(ReadError::Compacted { .. }) => overtaken += 1,
                        Err(error) => panic!("{error}"),
                    }
                    // At a revision that may be compacted any time.
                    let query = RangeQuery {
                        revision: (view.revision - 3).max(2),
                        ..RangeQuery::new(KeyRange::From(Bytes::from_static(b"\0")))
                    };
                    match reader.range(&query) {
                        Ok(result) => assert_eq!(result.kvs.len(), KEYS as usize),
                        Err(ReadError::Compacted { .. }) => {}
                        Err(error) => panic!("{error}"),
                    }
                    let history = reader.history(view.revision, view.revision, 10, 1 << 20);
                    match history {
                        Ok(history) => assert!(
                            [KEYS / 2, KEYS].contains(&(history.changes.len() as u32)),
                            "{} changes",
                            history.changes.len()
                        ),
                        Err(ReadError::Compacted { .. }) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
                (reads, overtaken)
            })
        })
        .collect();
    for number in 1..150u32 {
        world.entry(|writer| {
            let mut txn = writer.begin();
            let half = if number % 2 == 0 { 0..KEYS / 2 } else { KEYS / 2..KEYS };
            half.for_each(|key| txn.put(&key.to_be_bytes(), number.to_string().as_bytes(), 0));
        });
        world.writer().forget_committed();
        let view = world.view();
        published.store(std::sync::Arc::new(view));
        world.writer().take_changes();
        if number % 3 == 0 {
            world.writer().seal(Sync::Lazy, None);
        }
        if number % 10 == 0 {
            let revision = world.writer().revision() - 2;
            world.entry(|writer| writer.compact(revision, None)).unwrap();
            world.writer().seal(Sync::Lazy, None);
        }
    }
    stop.store(true, Ordering::Relaxed);
    for reader in readers {
        let (reads, overtaken) = reader.join().unwrap();
        assert!(reads > overtaken, "{reads} reads, {overtaken} overtaken");
    }
}

#[derive(Clone, Debug)]
enum Op {
    Put(u8, u8),
    Delete(u8),
    Seal,
    Commit,
    Compact(u8),
    Crash,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        12 => (0u8..8, 0u8..200).prop_map(|(key, value)| Op::Put(key, value)),
        4 => (0u8..8).prop_map(Op::Delete),
        2 => Just(Op::Seal),
        1 => Just(Op::Commit),
        1 => (0u8..=255).prop_map(Op::Compact),
        1 => Just(Op::Crash),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    /// The model holds the whole key space at every revision.
    #[test]
    fn store_agrees_with_a_list_of_all_states(ops in proptest::collection::vec(op(), 1..80)) {
        type State = BTreeMap<u8, (u8, i64, i64, i64)>;
        let mut world = World::new();
        let mut states: Vec<State> = vec![State::new(), State::new()];
        let mut compacted = -1;
        for op in ops {
            let revision = states.len() as i64 - 1;
            match op {
                Op::Put(key, value) => {
                    world.entry(|writer| writer.begin().put(&[key], &[value], 0));
                    let mut state = states[revision as usize].clone();
                    let (_, create, _, version) = state.get(&key).copied().unwrap_or((0, revision + 1, 0, 0));
                    state.insert(key, (value, create, revision + 1, version + 1));
                    states.push(state);
                }
                Op::Delete(key) => {
                    let deleted = world.entry(|writer| writer.begin().delete(&[key]));
                    let mut state = states[revision as usize].clone();
                    prop_assert_eq!(deleted, state.remove(&key).is_some());
                    if deleted {
                        states.push(state);
                    }
                }
                Op::Seal => world.writer().seal(Sync::Lazy, None),
                Op::Commit => world.commit(),
                Op::Compact(part) => {
                    let at = compacted.max(0) + (revision - compacted.max(0)) * i64::from(part) / 255;
                    if at > compacted {
                        world.entry(|writer| writer.compact(at, None)).unwrap();
                        compacted = at;
                    }
                }
                Op::Crash => {
                    world.commit();
                    world.crash();
                }
            }
            let view = world.view();
            let reader = view.read().unwrap();
            let newest = states.len() as i64 - 1;
            prop_assert_eq!(view.revision, newest);
            for at in compacted.max(1)..=newest {
                let query = RangeQuery { revision: at, ..RangeQuery::new(KeyRange::From(Bytes::new())) };
                let result = reader.range(&query).unwrap();
                let found: State = result.kvs.iter().map(|row| {
                    let kv = KeyValue::decode(row).unwrap();
                    (kv.key[0], (kv.value[0], kv.create_revision, kv.mod_revision, kv.version))
                }).collect();
                prop_assert_eq!(&found, &states[at as usize], "at {}", at);
            }
            let first = compacted.max(2);
            let history = reader.history(first, newest, 1000, 1 << 20).unwrap();
            prop_assert_eq!(history.next, first.max(newest + 1));
            let mains: Vec<_> = history.changes.iter().map(|change| change.revision.main).filter(|&main| main != compacted).collect();
            prop_assert_eq!(mains, ((compacted + 1).max(2)..=newest).collect::<Vec<_>>());
        }
        let before = world.dump();
        world.crash();
        // The resumed compaction may have gone on; let it end on both sides.
        let after = world.dump();
        for row in after.lines().filter(|row| !row.starts_with("meta")) {
            prop_assert!(before.contains(row), "{}", row);
        }
    }
}

#[test]
fn a_damaged_row_is_reported_and_not_a_panic() {
    for (key, value, expected) in [
        (&b"short"[..], &b""[..], "its key is no revision"),
        (&RowKey::new(crate::types::Revision::new(9, 0), false)[..], b"\x0a\xff", "its value is no KeyValue"),
    ] {
        let mut world = World::new();
        world.put("k", "v");
        world.commit();
        {
            let store = world.store();
            let env = store.env();
            let mut txn = env.write().unwrap();
            store.env().bucket(Bucket::Key).put(&mut txn, key, value).unwrap();
            txn.commit().unwrap();
        }
        world.restored = None;
        let Err(error) = Store::open(world.dir.path(), &options()) else { panic!("opened") };
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn without_space_the_overlay_keeps_what_is_applied() {
    let mut world = World::with(&StoreOptions { map_size_bytes: 1 << 20, ..options() });
    world.put("small", "x");
    world.commit();
    for round in 0..30 {
        world.put(&format!("k{round}"), &"x".repeat(100_000));
    }
    world.writer().seal(Sync::Lazy, None);
    let store = world.store();
    while !store.is_out_of_space() {
        std::thread::yield_now();
    }
    world.put("later", "y");
    world.writer().forget_committed();
    let view = world.view();
    let result = view.read().unwrap().range(&RangeQuery::new(KeyRange::From(Bytes::new()))).unwrap();
    assert_eq!(result.kvs.len(), 32);
    drop((view, store));
    // Ends although the chunk cannot be committed; what was committed before is there.
    world.crash();
    assert_eq!(run_command(&mut world, "range \\x00 \\0"), "small=x create=2 mod=2 version=1\ncount=1\n");
}

#[test]
fn the_hash_over_all_buckets_leaves_out_what_members_differ_in() {
    let mut world = World::new();
    world.put("k", "v");
    world.commit();
    let before = world.store().pin().unwrap().hash().unwrap();
    world.entry(|_| ());
    world.commit();
    assert_eq!(world.store().pin().unwrap().hash().unwrap(), before, "only the consistent index moved");
    let (key, value) = (Bytes::from_static(b"storageVersion"), Some(Bytes::from_static(b"3.7.0")));
    world.entry(|writer| writer.change(BucketChange { bucket: Bucket::Meta, key, value }));
    world.commit();
    assert_eq!(world.store().pin().unwrap().hash().unwrap(), before, "the storage version");
    let (key, value) = (Bytes::from_static(b"1"), Some(Bytes::new()));
    world.entry(|writer| writer.change(BucketChange { bucket: Bucket::MembersRemoved, key, value }));
    world.commit();
    let text = |text: &'static str| text.as_bytes();
    let mut expected = 0;
    let row: &[u8] = b"\n\x01k\x10\x02\x18\x02 \x01*\x01v";
    let revision: &[u8] = b"\0\0\0\0\0\0\0\x02_\0\0\0\0\0\0\0\0";
    for part in [text("alarmauthauthRolesauthUsersclusterkey"), revision, row, text("leasemembersmembers_removed1meta")]
    {
        expected = crc32c::crc32c_append(expected, part);
    }
    assert_eq!(world.store().pin().unwrap().hash().unwrap(), expected);
}

#[test]
fn a_reader_that_a_compaction_overtakes_is_told() {
    let mut world = World::new();
    for round in 0..20 {
        world.put("a", &round.to_string());
        world.put(&format!("k{round}"), "v");
    }
    world.commit();
    let old = world.view();
    let reader = old.read().unwrap();
    let all = RangeQuery::new(KeyRange::From(Bytes::new()));
    let explicit = RangeQuery { revision: old.revision - 1, ..all.clone() };
    world.put("a", "new");
    world.delete("k3");
    world.put("b", "new");
    world.entry(|writer| writer.compact(old.revision + 2, None)).unwrap();
    // Accepted: an explicit revision is refused from now on, the newest state of a view is not.
    assert!(matches!(reader.range(&explicit), Err(ReadError::Compacted { .. })));
    assert!(matches!(reader.get(b"a", old.revision), Err(ReadError::Compacted { .. })));
    assert_eq!(reader.range(&all).unwrap().count, 21);
    world.compact(old.revision + 3);
    // Done: revisions that the old view needs are gone.
    assert!(matches!(reader.range(&all), Err(ReadError::Compacted { .. })));
    assert!(matches!(reader.get(b"k3", 0), Err(ReadError::Compacted { .. })));
    assert_eq!(world.view().read().unwrap().range(&all).unwrap().count, 21);
}

#[test]
fn a_scan_that_a_compaction_overtakes_between_two_pages_is_told() {
    let mut world = World::new();
    world.entry(|writer| {
        let mut txn = writer.begin();
        (0..1000u32).for_each(|key| txn.put(&key.to_be_bytes(), b"old", 0));
    });
    let old = world.view();
    world.entry(|writer| {
        let mut txn = writer.begin();
        (0..1000u32).for_each(|key| assert!(txn.delete(&key.to_be_bytes())));
    });
    world.put("k", "v");
    let revision = world.writer().revision();
    world.entry(|writer| writer.compact(revision, None)).unwrap();
    let store = world.store();
    let reader = old.read().unwrap();
    let (at, mark) = reader.revision_of(0).unwrap();
    let mut seen = 0;
    let all = KeyRange::From(Bytes::new());
    let page = reader.scan(&all, None, 256, at, mark, |_, _| {
        if seen == 0 {
            // The job begins while this page holds the index's lock.
            world.writer().seal(Sync::Lazy, None);
            while store.dropping.load(Ordering::Acquire) < revision {
                std::thread::yield_now();
            }
        }
        seen += 1;
    });
    assert_eq!(seen, 256, "the page that was begun is whole");
    let after = page.unwrap().expect("there are more");
    let result = reader.scan(&all, Some(&after), 256, at, mark, |_, _| seen += 1);
    assert!(matches!(result, Err(ReadError::Compacted { .. })), "{seen} keys seen");
}

#[test]
fn a_damaged_file_is_refused_or_read_and_never_ends_the_process() {
    let mut world = World::with(&StoreOptions { compaction_batch_max: 1000, ..options() });
    for round in 0..600 {
        world.put(&format!("k{}", round % 150), &"x".repeat(if round % 40 == 0 { 9000 } else { 200 }));
    }
    world.compact(300);
    world.commit();
    world.restored = None;
    let dir = world.dir.path().to_path_buf();
    let path = dir.join("lmdb-0000000000000001/data.mdb");
    let sound = std::fs::read(&path).unwrap();
    let mut refused = 0;
    for round in 0..120usize {
        let mut bytes = sound.clone();
        let offset = (round * 7919 * 4096 + round * 37 % 96) % bytes.len();
        bytes[offset] ^= 1 << (round % 8);
        std::fs::write(&path, &bytes).unwrap();
        match Store::open(&dir, &options()) {
            Ok((_, mut restored)) => {
                let view = restored.writer.view();
                let _ = view.read().unwrap().range(&RangeQuery::new(KeyRange::From(Bytes::new())));
            }
            Err(error) => {
                assert!(
                    error.to_string().contains("data.mdb, offset ") || error.to_string().contains("bucket"),
                    "{error}"
                );
                refused += 1;
            }
        }
    }
    assert!(refused > 5, "{refused}");
    for len in [0, 100, 4096, 8192, sound.len() / 2, sound.len() - 4096] {
        std::fs::write(&path, &sound[..len]).unwrap();
        let opened = Store::open(&dir, &options());
        assert!(opened.is_err(), "cut to {len} bytes");
    }
}

/// The same entries give the same rows with and without a defragmentation among them, also after a crash.
#[test]
fn defragmentation_goes_on_beside_everything() {
    let (mut plain, mut moved) = (World::new(), World::new());
    let put = |world: &mut World, number: i64| {
        world.put(&format!("k{}", number % 50), &"v".repeat(1 + number as usize * 37 % 5000));
    };
    for world in [&mut plain, &mut moved] {
        (0..2000).for_each(|number| put(world, number));
        world.compact(1000);
    }
    let before = moved.view();
    let reader = before.read().unwrap();
    let (done, wait) = mpsc::channel();
    moved.writer().defragment(Box::new(move |outcome| done.send(outcome).unwrap()));
    moved.commit();
    let mut number = 2000;
    loop {
        put(&mut moved, number);
        number += 1;
        if number == 2005 {
            // It waits for the end of the defragmentation.
            moved.entry(|writer| writer.compact(1800, None)).unwrap();
        }
        if number % 7 == 0 {
            moved.commit();
        }
        match wait.try_recv() {
            Ok(outcome) => break outcome.unwrap(),
            Err(mpsc::TryRecvError::Empty) => {}
            Err(mpsc::TryRecvError::Disconnected) => panic!("the job was dropped"),
        }
    }
    for world_number in 2000..number.max(2005) {
        put(&mut plain, world_number);
        if world_number == 2004 {
            plain.entry(|writer| writer.compact(1800, None)).unwrap();
        }
    }
    (number..2005).for_each(|number| put(&mut moved, number));
    assert_eq!(
        reader.range(&RangeQuery::new(KeyRange::From(Bytes::new()))).unwrap().kvs.len(),
        50,
        "a reader of the old generation goes on"
    );
    for world in [&mut plain, &mut moved] {
        // Compactions run one after the other: when this one is over, all are.
        world.compact(1900);
    }
    let rows = plain.dump();
    assert_eq!(moved.dump(), rows);
    drop(reader);
    moved.crash();
    assert_eq!(moved.dump(), rows);
}
