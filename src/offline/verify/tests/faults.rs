//! Faults in rows: found at a look, or by applying the log.

use super::table::{FAULTS, Fault};
use super::{as_ours, change, found, member, plain, put, set};
use crate::storage::schema::bucket::Bucket;

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
