//! Faults of the backend, each with what is found.

use super::{put, set};
use crate::storage::rewrite::State;
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::key::RowKey;
use crate::types::Revision;

/// A change of the backend, what is found first, and in how bad a finding.
pub type Fault = (&'static str, fn(&mut State), &'static str);

/// Of the backend of 3.7.1-auth-killed: revision 629, compacted at 553, entry 724 of term 2, member 3fc24d6e604335f9.
pub const FAULTS: &[Fault] = &[
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
