//! Members of etcd and backends of ours, whole, damaged, and with faults put into them: each rule is seen to find what it
//! is for.

mod backend;
mod beside;
mod compared;
mod faults;
mod table;

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::data_dir;
use super::report::{Report, Severity};
use crate::storage::rewrite::State;
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::key::{KeyValue, RowKey};
use crate::storage::source::{Source, Wait};
use crate::storage::{datadir, testdata};
use crate::types::Revision;

const SEGMENT: &str = "0000000000000000-0000000000000000.wal";
const SNAP: &str = "0000000000000002-000000000000025c.snap";

/// The data directory of a member of a real cluster.
fn member(release: &str, number: u32) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let (wal_dir, snap_dir) = (datadir::wal_dir(dir.path()), datadir::snap_dir(dir.path()));
    fs::create_dir_all(&wal_dir).unwrap();
    fs::create_dir_all(&snap_dir).unwrap();
    let wal =
        if number == 1 { format!("replay/{release}.wal.gz") } else { format!("member/{release}-m{number}.wal.gz") };
    fs::write(wal_dir.join(SEGMENT), testdata::read(&wal)).unwrap();
    fs::write(snap_dir.join("db"), testdata::read(&format!("member/{release}-m{number}.db.gz"))).unwrap();
    fs::write(snap_dir.join(SNAP), testdata::read(&format!("member/{release}-m{number}.snap.gz"))).unwrap();
    dir
}

fn db(dir: &TempDir) -> PathBuf {
    datadir::snap_dir(dir.path()).join("db")
}

/// Writes the backend anew with a change.
fn change(dir: &TempDir, edit: impl FnOnce(&mut State)) {
    let mut state = State::read(Source::open(&db(dir), Wait::Forever).unwrap()).unwrap();
    edit(&mut state);
    let new = db(dir).with_file_name("db.new");
    state.write_bbolt(&fs::File::create(&new).unwrap(), &mut |_| {}).unwrap();
    fs::rename(new, db(dir)).unwrap();
}

/// The same in a backend of ours.
fn as_ours(dir: &TempDir) {
    let state = State::read(Source::open(&db(dir), Wait::Forever).unwrap()).unwrap();
    let snap_dir = datadir::snap_dir(dir.path());
    fs::remove_file(db(dir)).unwrap();
    state.write_lmdb(&snap_dir, 1 << 28, &mut |_| {}).unwrap();
}

/// What is found that is worse than a remark, one line each.
fn found(dir: &Path, is_deep: bool) -> Vec<String> {
    let mut report = Report::default();
    data_dir(dir, None, is_deep, &mut report);
    bad(&report)
}

fn bad(report: &Report) -> Vec<String> {
    let findings = report.findings().iter().filter(|finding| finding.severity > Severity::Info);
    findings.map(|finding| finding.to_string().lines().next().unwrap_or_default().to_owned()).collect()
}

fn set(state: &mut State, bucket: Bucket, key: &[u8], value: &[u8]) {
    state.bucket(bucket).insert(key.to_vec(), value.to_vec());
}

/// The row that creates a key.
fn put(key: &str, main: i64, lease: i64) -> (RowKey, Vec<u8>) {
    let mut value = bytes::BytesMut::new();
    let kv = KeyValue { key: key.as_bytes(), create_revision: main, mod_revision: main, version: 1, value: b"", lease };
    kv.encode(&mut value);
    (RowKey::new(Revision::new(main, 0), false), value.to_vec())
}

/// Without the folder, and with N for the page.
fn plain(line: &str, dir: &Path) -> String {
    let line = line.replace(&format!("{}/", datadir::snap_dir(dir).display()), "");
    match line.split_once(": page ") {
        Some((before, rest)) => format!("{before}: page N:{}", rest.split_once(':').map_or("", |(_, rest)| rest)),
        None => line,
    }
}
