//! The key space by scripts (`testdata/*.txt`), and what its other tests stand on: `compactions`, `files`, `together`.
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

mod compactions;
mod files;
mod together;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::time::Duration;

use bytes::Bytes;

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
