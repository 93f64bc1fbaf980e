//! `rsutl verify` on real members and snapshots: what is sound, the forms of its output, exit codes.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rsetcd::pb::etcdserverpb::kv_client::KvClient;
use rsetcd::pb::etcdserverpb::lease_client::LeaseClient;
use rsetcd::pb::etcdserverpb::{CompactionRequest, DeleteRangeRequest, LeaseGrantRequest, PutRequest};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::support::program;
use crate::support::server::Server;
use crate::{rsutl, unzipped};

pub const SEGMENT: &str = "member/wal/0000000000000000-0000000000000000.wal";
pub const SNAP: &str = "member/snap/0000000000000002-000000000000025c.snap";
pub const DB: &str = "member/snap/db";
pub const DATA: &str = "member/snap/lmdb-0000000000000001/data.mdb";
pub const CURRENT: &str = "member/snap/CURRENT";
const MEMBERS: [(&str, u32); 6] = [
    ("3.4.23-single", 1),
    ("3.5.1-single", 1),
    ("3.5.1-three", 1),
    ("3.7.1-auth-killed", 1),
    ("3.7.1-three", 1),
    ("3.7.1-three", 2),
];

/// The data directory of a member of etcd, as `name` below `root`.
pub fn member(root: &Path, name: &str, release: &str, number: u32) {
    let dir = root.join(name);
    fs::create_dir_all(dir.join("member/wal")).unwrap();
    fs::create_dir_all(dir.join("member/snap")).unwrap();
    for dir in [&dir, &dir.join("member"), &dir.join("member/wal"), &dir.join("member/snap")] {
        fs::set_permissions(dir, Permissions::from_mode(0o700)).unwrap();
    }
    let wal =
        if number == 1 { format!("replay/{release}.wal.gz") } else { format!("member/{release}-m{number}.wal.gz") };
    fs::write(dir.join(SEGMENT), unzipped(&wal)).unwrap();
    fs::write(dir.join(SNAP), unzipped(&format!("member/{release}-m{number}.snap.gz"))).unwrap();
    fs::write(dir.join(DB), unzipped(&format!("member/{release}-m{number}.db.gz"))).unwrap();
}

/// A snapshot of that member's backend.
pub fn snapshot(root: &Path, name: &str, release: &str) {
    let mut bytes = unzipped(&format!("member/{release}-m1.db.gz"));
    let digest = Sha256::digest(&bytes);
    bytes.extend(digest);
    fs::write(root.join(name), bytes).unwrap();
}

/// A member of ours with some history, stopped; made once.
pub fn ours() -> &'static Path {
    static DIR: OnceLock<TempDir> = OnceLock::new();
    let make = || {
        let dir = TempDir::with_prefix("rsetcd-test-").unwrap();
        let copy = dir.path().join("ours");
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut server = Server::start(&program::own(), &["--snapshot-count".into(), "100".into()]).await;
                fill(&server).await;
                server.stop();
                copy_dir(&server.data_dir(), &copy);
            });
        })
        .join()
        .unwrap();
        dir
    };
    DIR.get_or_init(make).path()
}

async fn fill(server: &Server) {
    let mut kv = KvClient::new(server.connect().await);
    let mut leases = LeaseClient::new(server.connect().await);
    leases.lease_grant(LeaseGrantRequest { id: 77, ttl: 1000 }).await.unwrap();
    for number in 0..260 {
        let len = if number % 40 == 0 { 9000 } else { 100 };
        let (key, value) = (format!("key{}", number % 90), vec![b'v'; len]);
        let lease = if number % 7 == 0 { 77 } else { 0 };
        kv.put(PutRequest { key: key.into(), value: value.into(), lease, ..Default::default() }).await.unwrap();
        if number % 30 == 5 {
            let key = format!("key{}", number % 90).into();
            kv.delete_range(DeleteRangeRequest { key, ..Default::default() }).await.unwrap();
        }
    }
    kv.compact(CompactionRequest { revision: 120, physical: true }).await.unwrap();
}

/// Copies a directory; of segments only up to the last record.
pub fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    fs::set_permissions(to, Permissions::from_mode(0o700)).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, target) = {
            let entry = entry.unwrap();
            (entry.path(), to.join(entry.file_name()))
        };
        if path.is_dir() {
            copy_dir(&path, &target);
        } else if path.extension().is_some_and(|end| end == "wal") {
            let bytes = fs::read(&path).unwrap();
            let end = *records(&bytes).last().unwrap();
            fs::write(target, &bytes[..end]).unwrap();
        } else if path.extension().is_none_or(|end| end != "tmp") {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// Where the records of a segment begin, and where the last one ends.
pub fn records(bytes: &[u8]) -> Vec<usize> {
    let mut places = vec![0];
    while let Some(word) = bytes.get(places[places.len() - 1]..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*word);
        if word == 0 {
            break;
        }
        let padding = if word >> 63 == 1 { (word >> 56) & 7 } else { 0 };
        places.push(places[places.len() - 1] + 8 + ((word & ((1 << 56) - 1)) + padding) as usize);
    }
    places
}

/// Content and time of last change of everything below.
pub fn contents(dir: &Path) -> BTreeMap<PathBuf, (u32, i64)> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::metadata(&path).unwrap();
        if metadata.is_dir() {
            found.extend(contents(&path));
            found.insert(path, (0, 0));
        } else {
            let crc = crc32c::crc32c(&fs::read(&path).unwrap());
            found.insert(path, (crc, metadata.mtime_nsec()));
        }
    }
    found
}

#[test]
fn real_members_and_snapshots_are_sound_at_a_look_and_computed_anew() {
    let root = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    for (release, number) in MEMBERS {
        let name = format!("{release}-m{number}");
        member(root.path(), &name, release, number);
        paths.push(name);
        if number == 1 {
            let name = format!("{release}.snapshot");
            snapshot(root.path(), &name, release);
            paths.push(name);
        }
    }
    copy_dir(&ours().join("ours"), &root.path().join("ours"));
    paths.push("ours".into());
    let before = contents(root.path());
    for path in &paths {
        for args in [&["verify", path][..], &["verify", "--deep", path]] {
            let (code, out, err) = rsutl(root.path(), args);
            assert_eq!((code, &err[..]), (0, ""), "{args:?}: {out}");
            assert!(out.ends_with("\nok\n") && !out.contains("warning: "), "{args:?}: {out}");
            let is_replayed = out.contains("the log from its first entry");
            assert_eq!(is_replayed, args.len() == 3 && !path.ends_with(".snapshot"), "{args:?}: {out}");
        }
    }
    assert_eq!(contents(root.path()), before);
}

/// HashKV as the servers told it.
#[test]
fn hashes_are_those_that_etcd_told() {
    let root = tempfile::tempdir().unwrap();
    for (release, hash) in [
        ("3.4.23-single", "HashKV 111350411 at revision 640 compacted at 566"),
        ("3.5.1-single", "HashKV 3833695330 at revision 631 compacted at 578"),
        ("3.7.1-three", "HashKV 1950928 at revision 639 compacted at 577"),
    ] {
        snapshot(root.path(), release, release);
        let (_, out, _) = rsutl(root.path(), &["verify", "--deep", release]);
        assert!(out.contains(hash), "{out}");
    }
}

#[test]
fn what_is_found_is_an_object_on_demand() {
    let root = tempfile::tempdir().unwrap();
    member(root.path(), "m", "3.5.1-single", 1);
    let segment = root.path().join("m").join(SEGMENT);
    let mut bytes = fs::read(&segment).unwrap();
    bytes[5000] ^= 4;
    fs::write(&segment, bytes).unwrap();
    let (code, out, err) = rsutl(root.path(), &["verify", "m", "-w", "json"]);
    assert_eq!((code, &err[..]), (1, "Error: 1 error\n"));
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let error = findings.iter().find(|finding| finding["severity"] == "error").unwrap();
    assert_eq!((&error["area"], &error["file"]), (&"wal".into(), &format!("m/{SEGMENT}").into()));
    assert!(error["offset"].as_u64().is_some_and(|offset| (4000..5000).contains(&offset)), "{error}");
    assert!(error["what"].as_str().unwrap().starts_with("crc mismatch: "), "{error}");
    assert!(error["advice"].as_str().unwrap().contains("rsutl wal repair"), "{error}");
    assert_eq!((&report["counts"]["error"], &report["summary"]), (&1.into(), &"1 error".into()));
}

#[test]
fn members_are_compared_and_each_severity_has_its_exit_code() {
    let root = tempfile::tempdir().unwrap();
    for (name, release, number) in
        [("m1", "3.7.1-three", 1), ("m2", "3.7.1-three", 2), ("twin", "3.7.1-three", 2), ("other", "3.5.1-three", 1)]
    {
        member(root.path(), name, release, number);
    }
    fs::create_dir(root.path().join("empty")).unwrap();
    for (args, code, expected) in [
        (&["m1", "--compare", "m2"][..], 0, "info: compare: m1: HashKV 1950928 at revision 639 in 2 members"),
        (&["m1", "--compare", "m2", "twin"], 3, "warning: compare: twin: is of the same member c0d4daa30491e0d3 as m2"),
        (
            &["m1", "--compare", "other"],
            1,
            "error: compare: other: is of cluster 55e7f24708b2f6c9, m1 of a7e142b8d15a7c9f",
        ),
        (&["nowhere"], 4, "fatal: data-dir: nowhere: cannot list: No such file or directory"),
        (&["empty"], 4, "fatal: data-dir: empty: there is no member in it"),
        (&["m1", "--wal-dir", "nowhere"], 4, "fatal: wal: nowhere: cannot list: No such file or directory"),
    ] {
        let (found, out, err) = rsutl(root.path(), &[&["verify"], args].concat());
        assert_eq!(found, code, "{args:?}: {out}{err}");
        assert!(out.contains(expected), "{args:?}: no {expected:?} in {out}");
        assert_eq!(err.is_empty(), code == 0, "{err}");
    }
    let (code, out, _) = rsutl(root.path(), &["verify", "--help"]);
    assert!(code == 0 && out.contains("3  warnings") && out.contains("4  something cannot be looked at"), "{out}");
}

#[test]
fn what_is_in_use_or_may_not_be_read_or_written_is_told_and_left_alone() {
    let root = tempfile::tempdir().unwrap();
    member(root.path(), "m", "3.5.1-single", 1);
    let db = File::open(root.path().join("m").join(DB)).unwrap();
    rustix::fs::flock(&db, rustix::fs::FlockOperation::NonBlockingLockExclusive).unwrap();
    let (code, out, _) = rsutl(root.path(), &["verify", "m"]);
    assert_eq!(code, 4, "{out}");
    assert!(
        out.contains(&format!("fatal: backend: m/{DB}: is in use by another process\n  stop the process")),
        "{out}"
    );
    drop(db);

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut server = Server::start(&program::own(), &[]).await;
        let dir = server.data_dir().display().to_string();
        let (code, out, _) = rsutl(root.path(), &["verify", &dir]);
        assert!(code == 4 && out.contains("member/snap: is in use by another process"), "{out}");
        server.stop();
        assert_eq!(rsutl(root.path(), &["verify", "--deep", &dir]).0, 0);
    });

    // Nothing is written, so nothing need be writable.
    copy_dir(&ours().join("ours"), &root.path().join("ours"));
    for (dir, file) in [("m", DB), ("ours", DATA)] {
        let mode = |mode: [u32; 2]| {
            for path in contents(&root.path().join(dir)).into_keys() {
                let mode = if path.is_dir() { mode[0] } else { mode[1] };
                fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
            }
        };
        mode([0o500, 0o400]);
        let before = contents(&root.path().join(dir));
        let (code, out, _) = rsutl(root.path(), &["verify", "--deep", dir]);
        assert!(code == 0 && out.ends_with("\nok\n"), "{out}");
        assert_eq!(contents(&root.path().join(dir)), before);
        mode([0o700, 0o600]);

        fs::remove_file(root.path().join(dir).join(file)).unwrap();
        fs::create_dir(root.path().join(dir).join(file)).unwrap();
        let (code, out, _) = rsutl(root.path(), &["verify", dir]);
        assert!(matches!(code, 1 | 4) && out.contains("member/snap"), "{out}");
    }
}
