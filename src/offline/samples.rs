//! Data directories of real members, for tests.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::scratch::MAP_SIZE_BYTES;
use crate::apply::Replayer;
use crate::pb::raftpb::Entry;
use crate::storage::schema::bucket::{Bucket, BucketChange};
use crate::storage::testdata;
use crate::storage::wal::ScannedWal;
use crate::types::ClusterId;

pub const SEGMENT: &str = "0000000000000000-0000000000000000.wal";
/// The raft snapshot that the logs go on from.
pub const SNAP: &str = "0000000000000002-000000000000025c.snap";
/// Directories of `tests/data/member`, of their first member.
pub const ALL: [&str; 7] = [
    "3.4.23-single",
    "3.5.1-single",
    "3.5.1-auth-killed",
    "3.5.1-three",
    "3.7.1-single",
    "3.7.1-auth-killed",
    "3.7.1-three",
];

/// Makes the data directory of a member as etcd left it.
pub fn data_dir(root: &Path, name: &str) {
    let (snap, wal) = (root.join("member/snap"), root.join("member/wal"));
    fs::create_dir_all(&snap).unwrap();
    fs::create_dir_all(&wal).unwrap();
    fs::write(snap.join("db"), testdata::read(&format!("member/{name}-m1.db.gz"))).unwrap();
    fs::write(snap.join(SNAP), testdata::read(&format!("member/{name}-m1.snap.gz"))).unwrap();
    fs::write(wal.join(SEGMENT), testdata::read(&format!("replay/{name}.wal.gz"))).unwrap();
}

/// All files below `root` and what is in them.
pub fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut dirs = vec![root.to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else {
                found.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// HashKV of a directory of ours, once all of its log is applied, at the revisions where etcd told it; and what it said.
pub fn hashes(data_dir: &Path, name: &str) -> Vec<((i64, u32), (i64, u32))> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/replay/{name}.txt")));
    let entries: Vec<Entry> = ScannedWal::scan(&data_dir.join("member/wal")).unwrap().recovered().entries.clone();
    let mut replayer = Replayer::open(&data_dir.join("member/snap"), ClusterId(1), MAP_SIZE_BYTES).unwrap();
    let at = replayer.applied().0;
    entries.iter().filter(|entry| entry.index() > at).for_each(|entry| replayer.apply(entry).unwrap());
    let view = replayer.view();
    let wanted = |line: &str| {
        let (revision, rest) = line.strip_prefix("at ")?.split_once(' ')?;
        let hash = rest.split("hashkv=").nth(1)?.split(' ').next()?;
        Some((revision.parse().ok()?, hash.parse().ok()?))
    };
    let found = |revision| view.kv.store.hash_kv(&view.kv, revision).unwrap().hash;
    text.unwrap().lines().filter_map(wanted).map(|(at, hash)| ((at, found(at)), (at, hash))).collect()
}

/// A row, as a restore reads it.
pub fn row(bucket: Bucket, key: &str, value: &str) -> BucketChange {
    BucketChange { bucket, key: key.to_owned().into(), value: Some(value.to_owned().into()) }
}
