//! Members of etcd, with faults put into them: each rule is seen to find what it is for.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tempfile::TempDir;

use super::report::{Report, Severity};
use super::{compare, data_dir, snapshot};
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

#[test]
fn sound_members_are_sound_in_either_format_and_computed_anew() {
    for (release, number) in
        [("3.4.23-single", 1), ("3.5.1-single", 1), ("3.5.1-three", 1), ("3.7.1-auth-killed", 1), ("3.7.1-three", 2)]
    {
        let dir = member(release, number);
        assert_eq!(found(dir.path(), true), [""; 0], "{release}");
        // What it needs to know of 3.4 and 3.5 is in the tree and the log: of ours, the bucket has to say all.
        if release.starts_with("3.7") {
            as_ours(&dir);
            assert_eq!(found(dir.path(), true), [""; 0], "{release}, ours");
        }
    }
}

/// A change of the backend, what is found first, and in how bad a finding.
type Fault = (&'static str, fn(&mut State), &'static str);

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

/// Of the backend of 3.7.1-auth-killed: revision 629, compacted at 553, entry 724 of term 2, member 3fc24d6e604335f9.
const FAULTS: &[Fault] = &[
    ("nothing", |_| {}, ""),
    (
        "a row is gone",
        |state| state.retain(|key, _| RowKey::decode(key).unwrap().0.main != 600),
        "error: rows: db: page N: bucket key, row 601_0: revisions 600 to 600 have no rows",
    ),
    (
        "creations that a compaction keeps are gone",
        |state| state.retain(|key, _| RowKey::decode(key).unwrap().0.main > 553),
        "there is no row of its creation at",
    ),
    (
        "a revision is left out",
        |state| {
            let (key, value) = put("new", 631, 0);
            state.append(&key, value);
        },
        "error: rows: db: page N: bucket key, row 631_0: revisions 630 to 630 have no rows",
    ),
    (
        "a row of a lease that does not exist",
        |state| {
            let (key, value) = put("new", 630, 0x7777);
            state.append(&key, value);
        },
        "warning: rows: db: key new: its lease 0000000000007777 does not exist; the key never expires",
    ),
    (
        "an old row that was compacted",
        |state| set(state, Bucket::Meta, b"finishedCompactRev", &RowKey::new(Revision::new(600, 0), false)),
        "error: rows: db: page N: bucket meta, row finishedCompactRev: 600 is finished, and only 553 was begun",
    ),
    (
        "compacted rows are still there",
        |state| {
            for key in [&b"finishedCompactRev"[..], b"scheduledCompactRev"] {
                set(state, Bucket::Meta, key, &RowKey::new(Revision::new(600, 0), false));
            }
        },
        "rows that the compaction at 600 should have removed are there",
    ),
    (
        "a lease under another id",
        |state| set(state, Bucket::Lease, &8_u64.to_be_bytes(), b"\x08\x09\x10\x0a"),
        "error: rows: db: page N: bucket lease, row 0000000000000008: it is no lease, or another one",
    ),
    (
        "a lease with more left than granted",
        |state| set(state, Bucket::Lease, &8_u64.to_be_bytes(), b"\x08\x08\x10\x0a\x18\x0b"),
        "warning: rows: db: page N: bucket lease, row 0000000000000008: 11 of 10 seconds are left",
    ),
    (
        "a role is gone",
        |state| state.bucket(Bucket::AuthRoles).clear(),
        "error: rows: db: page N: bucket authUsers, row ann: its role",
    ),
    (
        "root is gone",
        |state| {
            state.bucket(Bucket::AuthUsers).remove(&b"root"[..]);
        },
        "error: rows: db: page N: bucket auth, row authEnabled: authentication is on, and there is no user root",
    ),
    (
        "authentication is neither on nor off",
        |state| set(state, Bucket::Auth, b"authEnabled", &[2]),
        "error: rows: db: page N: bucket auth, row authEnabled: it is neither 0 nor 1",
    ),
    (
        "a short auth revision",
        |state| set(state, Bucket::Auth, b"authRevision", &[2]),
        "error: rows: db: page N: bucket auth, row authRevision: it is no number",
    ),
    (
        "a permission of no kind",
        |state| set(state, Bucket::AuthRoles, b"r", b"\x0a\x01r\x12\x05\x08\x07\x12\x01k"),
        "error: rows: db: page N: bucket authRoles, row r: permission of kind 7",
    ),
    (
        "a role under another name",
        |state| set(state, Bucket::AuthRoles, b"r", b"\x0a\x01s"),
        "error: rows: db: page N: bucket authRoles, row r: it holds role s",
    ),
    (
        "no user",
        |state| set(state, Bucket::AuthUsers, b"u", b"\xff"),
        "error: rows: db: page N: bucket authUsers, row u: ",
    ),
    (
        "a password that is no hash",
        |state| set(state, Bucket::AuthUsers, b"u", b"\x0a\x01u\x12\x02pw\x22\x00"),
        "warning: rows: db: page N: bucket authUsers, row u: its password is no bcrypt hash",
    ),
    (
        "a member that is no JSON",
        |state| set(state, Bucket::Members, b"1", b"x"),
        "error: rows: db: page N: bucket members, row 1: not JSON",
    ),
    (
        "a member that was removed",
        |state| set(state, Bucket::MembersRemoved, b"3fc24d6e604335f9", b"removed"),
        "error: rows: db: page N: bucket members, row 3fc24d6e604335f9: it is also among the removed members",
    ),
    (
        "two members of one URL",
        |state| {
            for (id, key) in [(1, b"1"), (2, b"2")] {
                let json = format!("{{\"id\":{id},\"peerURLs\":[\"http://h:1\"]}}");
                set(state, Bucket::Members, key, json.as_bytes());
            }
        },
        "warning: rows: db: page N: bucket members, row 2: it has the peer URL http://h:1 of member 1",
    ),
    (
        "a member without URL",
        |state| set(state, Bucket::Members, b"1", b"{\"id\":1}"),
        "warning: rows: db: page N: bucket members, row 1: it has no peer URL",
    ),
    (
        "a member more",
        |state| set(state, Bucket::Members, b"1", b"{\"id\":1,\"peerURLs\":[\"http://h:1\"]}"),
        "error: backend: db: the members are [1 3fc24d6e604335f9], by the log [3fc24d6e604335f9]",
    ),
    (
        "another member",
        |state| {
            state.bucket(Bucket::Members).clear();
            set(state, Bucket::Members, b"1", b"{\"id\":1,\"peerURLs\":[\"http://h:1\"]}");
        },
        "error: backend: db: the WAL is of member 3fc24d6e604335f9, which bucket members does not know",
    ),
    (
        "a cluster version that is none",
        |state| set(state, Bucket::Cluster, b"clusterVersion", b"3"),
        "error: rows: db: page N: bucket cluster, row clusterVersion: \"3\" is no version",
    ),
    (
        "an alarm of nobody",
        |state| set(state, Bucket::Alarm, b"\x08\x05\x10\x01", b""),
        "warning: rows: db: page N: bucket alarm, row 5: there is no such member",
    ),
    (
        "an alarm of a new kind",
        |state| set(state, Bucket::Alarm, b"\x10\x09", b""),
        "warning: rows: db: page N: bucket alarm, row 0: an alarm of a kind that is not known",
    ),
    (
        "an alarm with a value",
        |state| set(state, Bucket::Alarm, b"\x10\x01", b"x"),
        "warning: rows: db: page N: bucket alarm, row 0: it has a value, which no alarm has",
    ),
    (
        "no alarm",
        |state| set(state, Bucket::Alarm, b"\xff", b""),
        "error: rows: db: page N: bucket alarm, row \\xff: its key is no alarm",
    ),
    (
        "a newer release",
        |state| set(state, Bucket::Meta, b"storageVersion", b"3.8.0"),
        "error: rows: db: page N: bucket meta, row storageVersion: storage version 3.8.0 is newer than this program's 3.7.0",
    ),
    (
        "a short consistent index",
        |state| set(state, Bucket::Meta, b"consistent_index", b"123"),
        "error: rows: db: page N: bucket meta, row consistent_index: it is no number",
    ),
    (
        "no configuration",
        |state| set(state, Bucket::Meta, b"confState", b"[]x"),
        "error: rows: db: page N: bucket meta, row confState: it is no configuration",
    ),
    (
        "before the log",
        |state| set(state, Bucket::Meta, b"consistent_index", &603_u64.to_be_bytes()),
        "error: backend: db: consistent index 603 is before the WAL's start at index 604: entries are missing",
    ),
    (
        "beyond the log",
        |state| set(state, Bucket::Meta, b"consistent_index", &725_u64.to_be_bytes()),
        "error: backend: db: consistent index 725 is beyond the WAL's last entry 724",
    ),
    (
        "another term",
        |state| set(state, Bucket::Meta, b"term", &1_u64.to_be_bytes()),
        "error: backend: db: consistent index 724 has term 1, the WAL's entry 2",
    ),
    (
        "a later term",
        |state| set(state, Bucket::Meta, b"term", &3_u64.to_be_bytes()),
        "error: backend: db: term 3 is beyond the WAL's term 2",
    ),
];

/// Without the folder, and with N for the page.
fn plain(line: &str, dir: &Path) -> String {
    let line = line.replace(&format!("{}/", datadir::snap_dir(dir).display()), "");
    match line.split_once(": page ") {
        Some((before, rest)) => format!("{before}: page N:{}", rest.split_once(':').map_or("", |(_, rest)| rest)),
        None => line,
    }
}

#[test]
fn each_fault_in_the_backend_is_found_and_named() {
    for (name, fault, expected) in FAULTS {
        let dir = member("3.7.1-auth-killed", 1);
        change(&dir, fault);
        let found: Vec<_> = found(dir.path(), false).iter().map(|line| plain(line, dir.path())).collect();
        let is_found = match *expected {
            "" => found.is_empty(),
            expected => found.iter().any(|line| line.contains(expected)),
        };
        assert!(is_found, "{name}: no {expected:?} in\n{}", found.join("\n"));
    }
}

#[test]
fn what_looks_sound_and_is_not_what_the_log_makes_is_found_by_applying_it() {
    let faults: [Fault; 6] = [
        (
            "a lease more",
            |state| set(state, Bucket::Lease, &8_u64.to_be_bytes(), b"\x08\x08\x10\x0a"),
            "lease 0000000000000008 should not be there",
        ),
        ("no leases", |state| state.bucket(Bucket::Lease).clear(), "is missing, by the log"),
        (
            "a role more",
            |state| set(state, Bucket::AuthRoles, b"r", b"\x0a\x01r"),
            "bucket authRoles: row r should not be there, by the log",
        ),
        (
            "an alarm more",
            |state| set(state, Bucket::Alarm, b"\x10\x01", b""),
            "bucket alarm: row \\x10\\x01 should not",
        ),
        (
            "another cluster version",
            |state| set(state, Bucket::Cluster, b"clusterVersion", b"3.6.0"),
            "cluster version 3.6.0, should be 3.7.0, by the log",
        ),
        (
            "a row more",
            |state| {
                let (key, value) = put("new", 630, 0);
                state.append(&key, value);
            },
            "bucket key, row 630_0: is not made by the log",
        ),
    ];
    for (name, fault, expected) in faults {
        let dir = member("3.7.1-auth-killed", 1);
        change(&dir, fault);
        assert_eq!(found(dir.path(), false).iter().filter(|line| line.starts_with("error")).count(), 0, "{name}");
        let found = found(dir.path(), true);
        assert!(
            found.iter().any(|line| line.starts_with("error: deep: ") && line.contains(expected)),
            "{name}: {found:#?}"
        );
    }
}

/// Changes one byte of the value of the newest row.
fn flip_a_value(dir: &TempDir) -> Revision {
    let mut newest = None;
    let source = Source::open(&db(dir), Wait::Forever).unwrap();
    source
        .visit(Bucket::Key, |key, value| {
            let kv = KeyValue::decode(value).unwrap();
            if kv.value.len() > 100 {
                newest = Some((RowKey::decode(key).unwrap().0, value.to_vec()));
            }
            Ok::<_, crate::storage::source::SourceError>(())
        })
        .unwrap();
    drop(source);
    let (revision, row) = newest.unwrap();
    let mut bytes = fs::read(db(dir)).unwrap();
    let mut places: Vec<usize> =
        bytes.windows(row.len()).enumerate().filter(|(_, part)| *part == row).map(|(at, _)| at).collect();
    // Pages that are free hold rows, too.
    assert!(!places.is_empty());
    places.iter_mut().for_each(|at| bytes[*at + row.len() - 50] ^= 1);
    fs::write(db(dir), bytes).unwrap();
    revision
}

#[test]
fn a_changed_value_is_found_by_the_log_and_by_another_member() {
    let (dir, other) = (member("3.7.1-three", 1), member("3.7.1-three", 2));
    let compared = |dir: &TempDir, other: &TempDir| {
        let mut report = Report::default();
        let members = [dir, other].map(|dir| data_dir(dir.path(), None, false, &mut report));
        compare(&members, &mut report);
        (bad(&report), report.to_string())
    };
    let (found_bad, text) = compared(&dir, &other);
    assert_eq!(found_bad, [""; 0]);
    assert!(text.contains("HashKV 1950928 at revision 639 in 2 members"), "{text}");
    as_ours(&other);
    assert_eq!(compared(&dir, &other).0, [""; 0], "etcd's and ours");

    let revision = flip_a_value(&dir);
    assert_eq!(found(dir.path(), false), [""; 0], "bbolt has no checksums");
    let by_log = found(dir.path(), true).join("\n");
    let row = format!("bucket key, row {}_{}: is not what the log makes", revision.main, revision.sub);
    assert!(by_log.contains(&row) && by_log.contains(": page "), "{by_log}");
    assert!(by_log.contains("HashKV "), "{by_log}");
    let (found_bad, _) = compared(&dir, &other);
    assert_eq!(found_bad.len(), 1, "{found_bad:?}");
    assert!(found_bad[0].starts_with("error: compare: ") && found_bad[0].contains("HashKV 1950928 at revision 639, "));

    let stranger = member("3.5.1-three", 1);
    let (found_bad, _) = compared(&other, &stranger);
    assert!(found_bad[0].contains("is of cluster 55e7f24708b2f6c9"), "{found_bad:?}");
    let twin = member("3.7.1-three", 2);
    change(&twin, |state| set(state, Bucket::AuthRoles, b"r", b"\x0a\x01r"));
    let (found_bad, _) = compared(&other, &twin);
    assert!(found_bad[0].contains("is of the same member c0d4daa30491e0d3"), "{found_bad:?}");
    assert!(found_bad[1].contains("bucket authRoles: row r should not be there, by "), "{found_bad:?}");
}

#[test]
fn members_are_compared_as_far_as_both_have_it() {
    let compared = |edit: fn(&mut State)| {
        let (dir, other) = (member("3.7.1-three", 1), member("3.7.1-three", 2));
        change(&other, edit);
        let mut report = Report::default();
        let members = [&dir, &other].map(|dir| data_dir(dir.path(), None, false, &mut report));
        compare(&members, &mut report);
        report.to_string()
    };
    // One is ahead by some puts.
    let text = compared(|state| {
        for main in 640..650 {
            let (key, value) = put(&format!("k{main}"), main, 0);
            state.append(&key, value);
        }
    });
    assert!(text.contains("HashKV 1950928 at revision 639 in 2 members"), "{text}");
    // Compacted further, and rows gone.
    let text = compared(|state| {
        let mark = RowKey::new(Revision::new(600, 0), false);
        set(state, Bucket::Meta, b"scheduledCompactRev", &mark);
    });
    assert!(text.contains(" at revision 639 in 2 members"), "{text}");
    // Compacted beyond what the other one has.
    let text = compared(|state| {
        let mark = RowKey::new(Revision::new(700, 0), false);
        set(state, Bucket::Meta, b"scheduledCompactRev", &mark);
    });
    assert!(text.contains("is compacted at 700, beyond revision 639"), "{text}");
}

#[test]
fn faults_beside_the_backend_are_found() {
    type Fault = (&'static str, fn(&Path), &'static str);
    let faults: [Fault; 10] = [
        (
            "a snapshot file under another name",
            |dir| {
                let snap = datadir::snap_dir(dir);
                fs::rename(snap.join(SNAP), snap.join("0000000000000002-000000000000025d.snap")).unwrap();
            },
            "error: snap: 0000000000000002-000000000000025d.snap: the name does not fit its content, term 2 index 604",
        ),
        (
            "a snapshot file of another cluster",
            |dir| {
                let other = testdata::read("member/3.7.1-three-m1.snap.gz");
                fs::write(datadir::snap_dir(dir).join(SNAP), other).unwrap();
            },
            "error: snap: 0000000000000002-000000000000025c.snap: its voters are ",
        ),
        (
            "a flipped bit in a snapshot file",
            |dir| {
                let path = datadir::snap_dir(dir).join(SNAP);
                let mut bytes = fs::read(&path).unwrap();
                bytes[3000] ^= 1;
                fs::write(path, bytes).unwrap();
            },
            "error: snap: 0000000000000002-000000000000025c.snap: offset 9: crc mismatch",
        ),
        (
            "a bucket under another name",
            |dir| {
                let path = datadir::snap_dir(dir).join("db");
                let mut bytes = fs::read(&path).unwrap();
                let places: Vec<usize> = bytes
                    .windows(11)
                    .enumerate()
                    .filter(|(_, part)| part == b"clusterclus")
                    .map(|(at, _)| at)
                    .collect();
                let metas: Vec<usize> = bytes
                    .windows(19)
                    .enumerate()
                    .filter(|(_, part)| part.starts_with(b"members_removed"))
                    .map(|(at, _)| at)
                    .collect();
                assert!(places.is_empty() && !metas.is_empty());
                // The name meta stands behind the value of the bucket before it.
                for at in 0..bytes.len() - 4 {
                    if metas.iter().any(|start| (15..400).contains(&at.saturating_sub(*start)))
                        && &bytes[at..at + 4] == b"meta"
                    {
                        bytes[at + 3] = b'b';
                    }
                }
                fs::write(path, bytes).unwrap();
            },
            "error: backend: db: bucket meta is missing",
        ),
        (
            "no log",
            |dir| fs::remove_file(datadir::wal_dir(dir).join(SEGMENT)).unwrap(),
            "error: wal: WAL: no WAL segment",
        ),
        (
            "a segment with a name that is none",
            |dir| fs::write(datadir::wal_dir(dir).join("1.wal"), "").unwrap(),
            "warning: wal: WAL/1.wal: has the name of no segment",
        ),
        (
            "a segment under another index",
            |dir| {
                let wal = datadir::wal_dir(dir);
                fs::rename(wal.join(SEGMENT), wal.join("0000000000000000-0000000000000007.wal")).unwrap();
            },
            "offset 0: the segment is named after index 7, due is 0",
        ),
        (
            "a cut log",
            |dir| {
                let file = fs::File::options().write(true).open(datadir::wal_dir(dir).join(SEGMENT)).unwrap();
                file.set_len(300_000).unwrap();
            },
            "is beyond the WAL's last entry",
        ),
        ("a proxy", |dir| fs::create_dir(dir.join("proxy")).unwrap(), "warning: data-dir: "),
        (
            "a database that is none",
            |dir| fs::write(datadir::snap_dir(dir).join("db"), [1; 20_000]).unwrap(),
            "error: backend: db: page N: invalid database",
        ),
    ];
    for (name, fault, expected) in faults {
        let dir = member("3.7.1-auth-killed", 1);
        fault(dir.path());
        let wal = datadir::wal_dir(dir.path()).display().to_string();
        let found: Vec<_> =
            found(dir.path(), false).iter().map(|line| plain(line, dir.path()).replace(&wal, "WAL")).collect();
        assert!(found.iter().any(|line| line.contains(expected)), "{name}: no {expected:?} in\n{}", found.join("\n"));
    }
}

#[test]
fn leftovers_are_remarks() {
    let dir = member("3.7.1-auth-killed", 1);
    let (snap_dir, wal_dir) = (datadir::snap_dir(dir.path()), datadir::wal_dir(dir.path()));
    for name in
        ["tmp123", "db.tmp.7", "00000000000002cc.snap.db", "x.snap", "0000000000000002-0000000000000001.snap.broken"]
    {
        fs::write(snap_dir.join(name), "").unwrap();
    }
    fs::write(wal_dir.join(format!("{SEGMENT}.broken")), "").unwrap();
    fs::write(wal_dir.join("0.tmp"), "").unwrap();
    fs::create_dir(dir.path().join("member/wal.tmp")).unwrap();
    fs::write(dir.path().join("notes"), "").unwrap();
    let mut report = Report::default();
    data_dir(dir.path(), None, false, &mut report);
    assert_eq!(bad(&report), [""; 0]);
    let text = report.to_string();
    for expected in [
        "tmp123: a backend that was being received",
        "db.tmp.7: left of a defragmentation",
        "00000000000002cc.snap.db: a backend that a leader has sent is left over",
        "x.snap: has the name of no snapshot file",
        "snap.broken: a snapshot file that could not be read and was put aside",
        "wal.broken: a copy that a repair left",
        "wal.tmp: a log that was being made",
        "notes: unknown file",
    ] {
        assert!(text.contains(expected), "no {expected:?} in\n{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Any bytes at the head of any file: never a panic, and never sound where the CRC or the magic number is gone.
    #[test]
    fn any_bytes_are_read_without_panic(
        file in 0_usize..4,
        offset in 0_usize..9000,
        bytes in proptest::collection::vec(any::<u8>(), 1..200),
        is_all in any::<bool>(),
    ) {
        let dir = member("3.5.1-single", 1);
        let snap_dir = datadir::snap_dir(dir.path());
        if file == 3 {
            as_ours(&dir);
        }
        let path = match file {
            0 => datadir::wal_dir(dir.path()).join(SEGMENT),
            1 => snap_dir.join(SNAP),
            2 => snap_dir.join("db"),
            _ => snap_dir.join("lmdb-0000000000000001/data.mdb"),
        };
        let mut content = fs::read(&path).unwrap();
        if is_all {
            content = bytes;
        } else {
            let start = offset.min(content.len() - 1);
            let end = (start + bytes.len()).min(content.len());
            content[start..end].copy_from_slice(&bytes[..end - start]);
        }
        fs::write(&path, content).unwrap();
        let found = found(dir.path(), false);
        prop_assert!(!is_all || !found.is_empty());
        let mut report = Report::default();
        snapshot(&path, false, &mut report);
    }
}
