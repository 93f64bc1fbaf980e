//! What damage, a full disk and a crash lead to: a message, an exit code, and nothing else.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{data_dir, snapshot};
use crate::rsutl;
use crate::support::program;

const DB: &str = "d/member/snap/db";

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Byte offsets of the leaves in a file of etcd.
fn leaves(bytes: &[u8]) -> Vec<usize> {
    let is_leaf = |page: &[u8], id: usize| page[..8] == (id as u64).to_le_bytes() && page[8..10] == [2, 0];
    bytes.chunks_exact(4096).enumerate().filter(|&(id, page)| is_leaf(page, id)).map(|(id, _)| id * 4096).collect()
}

#[test]
fn damaged_pages_are_counted_and_told_by_number() {
    let root = tempfile::tempdir().unwrap();
    let mut bytes = snapshot("3.5.1");
    let before = bytes.clone();
    let told = |bytes: &[u8]| {
        fs::write(root.path().join("s.db"), bytes).unwrap();
        rsutl(root.path(), &["snapshot", "status", "s.db"])
    };
    let mut damaged = Vec::new();
    for at in leaves(&before) {
        bytes[at] ^= 0xff;
        let (code, out, err) = told(&bytes);
        bytes[at] ^= 0xff;
        if code == 0 {
            // A page that nothing leads to.
            continue;
        }
        let page = at / 4096;
        let expected = format!("Error: snapshot file integrity check failed. 1 errors found.\ns.db: page {page}: says");
        assert!((code, out.as_str()) == (1, "") && err.starts_with(&expected), "{code} {out} {err}");
        damaged.push(at);
    }
    assert!(damaged.len() > 10, "{damaged:?}");
    // The root bucket's own leaf hides all others, so it stays.
    let root_page = damaged.iter().copied().find(|&at| before[at..at + 4096].windows(5).any(|w| w == b"alarm"));
    for at in damaged.iter().filter(|at| Some(**at) != root_page).take(5) {
        bytes[*at] ^= 0xff;
    }
    let (_, _, err) = told(&bytes);
    assert!(err.starts_with("Error: snapshot file integrity check failed. 5 errors found.\n"), "{err}");
    assert_eq!(err.lines().count(), 6);
}

#[test]
fn what_is_no_database_is_refused_by_name() {
    let root = tempfile::tempdir().unwrap();
    let bytes = snapshot("3.7.1");
    fs::write(root.path().join("s.db"), "").unwrap();
    for (content, why) in [
        (&b""[..], "Error: s.db: invalid database\n"),
        (&[7; 9000], "Error: s.db: invalid database\n"),
        (&bytes[..100], "Error: s.db: meta page: "),
        (&bytes[..bytes.len() - 5000], "Error: s.db: meta page: "),
    ] {
        fs::write(root.path().join("s.db"), content).unwrap();
        for args in [["hashkv", "s.db"].as_slice(), &["snapshot", "status", "s.db"]] {
            let (code, out, err) = rsutl(root.path(), args);
            assert!((code, out.as_str()) == (1, "") && err.starts_with(why), "{args:?}: {code} {out} {err}");
        }
    }
}

#[test]
fn a_damaged_database_is_neither_defragmented_nor_migrated() {
    let root = tempfile::tempdir().unwrap();
    let dir = data_dir(root.path(), "3.5.1", "d");
    let bytes = snapshot("3.5.1");
    for at in leaves(&bytes).into_iter().step_by(7) {
        let mut bytes = bytes.clone();
        bytes[at + 12] = 0xff;
        fs::write(root.path().join(DB), &bytes).unwrap();
        if rsutl(root.path(), &["snapshot", "status", DB]).0 == 0 {
            continue;
        }
        for args in
            [["defrag", "--data-dir", "d"].as_slice(), &["migrate", "--data-dir", "d", "--target-version", "3.6"]]
        {
            let (code, out, err) = rsutl(root.path(), args);
            let page = format!("d/member/snap/db: page {}: ", at / 4096);
            assert!((code, out.as_str()) == (1, "") && err.contains(&page), "{args:?}: {code} {out} {err}");
            assert!(fs::read(root.path().join(DB)).unwrap() == bytes, "the original is as it was");
            assert_eq!(names(&dir.join("member/snap")), ["db"]);
        }
    }
}

/// The largest file that a process may write stands for the end of the disk.
#[test]
fn a_full_disk_leaves_the_old_database_and_nothing_else() {
    let root = tempfile::tempdir().unwrap();
    let dir = data_dir(root.path(), "3.5.1", "d");
    let before = fs::read(root.path().join(DB)).unwrap();
    for command in ["defrag", "migrate --target-version 3.6"] {
        let script = format!("trap '' XFSZ; ulimit -f 64; exec \"$0\" {command} --data-dir d");
        let output =
            Command::new("sh").args(["-c", &script]).arg(program::rsutl()).current_dir(root.path()).output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{err}");
        assert!(
            err.lines().any(|line| line.starts_with("Error: ") && line.contains(": cannot write the new database: ")),
            "{err}"
        );
        assert!(fs::read(root.path().join(DB)).unwrap() == before, "the original is as it was");
        assert_eq!(names(&dir.join("member/snap")), ["db"]);
    }
}

#[test]
fn what_a_crash_left_behind_is_removed() {
    let root = tempfile::tempdir().unwrap();
    let dir = data_dir(root.path(), "3.7.1", "d");
    fs::write(dir.join("member/snap/db.tmp.123"), "half").unwrap();
    let (code, out, err) = rsutl(root.path(), &["defrag", "--data-dir", "d"]);
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
    assert_eq!(names(&dir.join("member/snap")), ["db"]);
    assert!(err.contains("removing a left-over temporary database"), "{err}");
}
