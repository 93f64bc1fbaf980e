//! Logs of real members, applied from the first entry: what etcd said of its state before it ended must be said of
//! ours too, on the way from memory and again after a restart from disk.
//!
//! `tests/data/replay/NAME.txt` is what etcd said, in the words of [`state`]. The older releases drop a tombstone at
//! the compacted revision, which 3.7 keeps; neither what is read nor the hash shows it.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::mpsc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use prost::Message;
use sha2::{Digest, Sha256};

use super::machine::{Aftermath, Machine};
use super::{FramedRange, tests, txn};
use crate::mvcc;
use crate::pb::etcdserverpb::{RangeRequest, RangeResponse};
use crate::storage::{testdata, wal};

/// Entries in a chunk for the backend.
const CHUNK: usize = 50;

/// One test a log.
macro_rules! logs {
    ($($test:ident $name:literal)*) => {
        $(
            #[test]
            fn $test() {
                replay($name);
            }
        )*
    };
}

logs! {
    etcd_3_4_single "3.4.23-single"
    etcd_3_5_single "3.5.1-single"
    etcd_3_5_auth_killed "3.5.1-auth-killed"
    etcd_3_5_three "3.5.1-three"
    etcd_3_7_single "3.7.1-single"
    etcd_3_7_auth_killed "3.7.1-auth-killed"
    etcd_3_7_three "3.7.1-three"
}

fn replay(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/replay/{name}.txt"));
    let expected = std::fs::read_to_string(&path).unwrap();
    let revisions: Vec<i64> = expected
        .lines()
        .filter_map(|line| line.strip_prefix("at ")?.split(' ').next())
        .map(|revision| revision.parse().unwrap())
        .collect();
    assert!(!revisions.is_empty());

    let log = tempfile::tempdir().unwrap();
    let segment = log.path().join("0000000000000000-0000000000000000.wal");
    std::fs::write(segment, testdata::read(&format!("replay/{name}.wal.gz"))).unwrap();
    let inspected = wal::inspect(wal::RecordReader::open(log.path()).unwrap(), 1).unwrap();
    assert_eq!(inspected.entries[0].index(), 1);

    let dir = tempfile::tempdir().unwrap();
    let mut machine = Machine::new(tests::boot(dir.path()).0);
    for chunk in inspected.entries.chunks(CHUNK) {
        let mut aftermath = Aftermath::default();
        chunk.iter().for_each(|entry| machine.apply(entry, &mut aftermath));
        machine.view();
        seal(&mut machine);
    }
    assert_eq!(state(&mut machine, &revisions), expected, "{name}");
    drop(machine);
    let mut machine = Machine::new(tests::boot(dir.path()).0);
    assert_eq!(state(&mut machine, &revisions), expected, "{name} after a restart");
}

/// All of it to disk; compactions go on behind it.
fn seal(machine: &mut Machine) {
    let (done, synced) = mpsc::channel();
    machine.writer.seal(mvcc::Sync::Forced, Some(Box::new(move || done.send(()).unwrap())));
    synced.recv().unwrap();
}

fn state(machine: &mut Machine, revisions: &[i64]) -> String {
    let mut text = String::new();
    let auth = &machine.auth;
    writeln!(text, "auth enabled={}", auth.is_enabled()).unwrap();
    for user in ["root", "ann"] {
        writeln!(text, "user {user} roles={}", auth.roles_of(user).unwrap().join(",")).unwrap();
    }
    for permission in auth.permissions_of("ra").unwrap() {
        let (kind, key, end) = (permission.perm_type().as_str_name(), &permission.key, &permission.range_end);
        writeln!(text, "role ra {kind} {}..{}", key.escape_ascii(), end.escape_ascii()).unwrap();
    }
    let mut leases: Vec<i64> = machine.leases.read().all().map(|(id, _)| id.0).collect();
    leases.sort_unstable();
    let leases: Vec<String> = leases.iter().map(i64::to_string).collect();
    writeln!(text, "leases {}", leases.join(" ")).unwrap();
    let view = machine.view().kv;
    for &revision in revisions {
        let all = Bytes::from_static(b"\0");
        let request = RangeRequest { key: all.clone(), range_end: all, revision, ..RangeRequest::default() };
        let FramedRange { rows, count, .. } = txn::range(&view, &txn::range_query(&request).unwrap()).unwrap();
        let mut sum = Sha256::new();
        for kv in RangeResponse::decode(&rows[..]).unwrap().kvs {
            let (key, value) = (BASE64.encode(&kv.key), BASE64.encode(&kv.value));
            let (created, changed) = (kv.create_revision, kv.mod_revision);
            sum.update(format!("{key} {created} {changed} {} {} {value}\n", kv.version, kv.lease));
        }
        let sum: String = sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let hash = machine.store.hash_kv(&view, revision).unwrap();
        let (hash, compacted) = (hash.hash, hash.compact_revision);
        writeln!(text, "at {revision} count={count} sha256={sum} hashkv={hash} compacted={compacted}").unwrap();
    }
    writeln!(text, "head {}", view.revision).unwrap();
    text
}
