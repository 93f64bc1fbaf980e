//! Members against each other.

use std::fs;

use tempfile::TempDir;

use super::{as_ours, bad, change, db, found, member, put, set};
use crate::offline::verify::report::Report;
use crate::offline::verify::{compare, data_dir};
use crate::storage::rewrite::State;
use crate::storage::schema::bucket::Bucket;
use crate::storage::schema::key::{KeyValue, RowKey};
use crate::storage::source::{Source, SourceError, Wait};
use crate::types::Revision;

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
            Ok::<_, SourceError>(())
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
