//! Faults beside the backend, leftovers, and any bytes in place of files.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::{SEGMENT, SNAP, as_ours, bad, found, member, plain};
use crate::offline::verify::report::Report;
use crate::offline::verify::{data_dir, snapshot};
use crate::storage::{datadir, testdata};

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
