//! `rsutl wal`, `verify` and `version` on files written by etcd: golden output, exit code and messages.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::{compare_with_golden, rsutl, transcript, unzipped};

const RELEASES: [&str; 3] = ["3.4.23", "3.5.1", "3.7.1"];
const SEGMENT: &str = "0000000000000000-0000000000000000.wal";

/// A data directory that holds what there is of a release; of some other name, of the oldest one.
pub fn data_dir(root: &Path, release: &str) -> PathBuf {
    let dir = root.join(release);
    fs::create_dir_all(dir.join("member/wal")).unwrap();
    fs::create_dir_all(dir.join("member/snap")).unwrap();
    for dir in [&dir, &dir.join("member"), &dir.join("member/wal"), &dir.join("member/snap")] {
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700)).unwrap();
    }
    fs::write(dir.join("member/snap/db"), "").unwrap();
    let release = if RELEASES.contains(&release) { release } else { RELEASES[0] };
    let wal = unzipped(&format!("wal/{release}-single.wal.gz"));
    fs::write(dir.join("member/wal").join(SEGMENT), wal).unwrap();
    dir
}

#[test]
fn output_is_as_recorded() {
    let root = tempfile::tempdir().unwrap();
    let mut runs = Vec::new();
    for release in RELEASES {
        data_dir(root.path(), release);
        runs.push(vec!["wal", "--start-index", "1", "--end-index", "12", release]);
        runs.push(vec!["wal", "--start-index", "1", "--entry-type", "IRRCompaction,ConfigChange,Request", release]);
        runs.push(vec!["wal", "--raw", "--end-index", "6", release]);
        runs.push(vec!["verify", release]);
    }
    let name = "0000000000000002-000000000000025c.snap";
    fs::write(root.path().join("3.7.1/member/snap").join(name), unzipped("snap/3.7.1-single.snap.gz")).unwrap();
    runs.push(vec!["wal", "3.7.1"]);
    runs.push(vec![
        "wal",
        "--start-index",
        "4",
        "--end-index",
        "6",
        "--stream-decoder",
        "sed -u s/^.*$/ok|word/",
        "3.7.1",
    ]);
    runs.push(vec!["wal", "--start-snap", "none", "3.7.1"]);
    runs.push(vec!["wal", "--start-index", "1", "--entry-type", "Nonsense", "3.7.1"]);
    runs.push(vec!["wal", "nowhere"]);
    runs.push(vec!["verify", "nowhere"]);
    runs.push(vec!["version"]);

    compare_with_golden("utl/golden.txt", &transcript(root.path(), &runs));
}

#[test]
fn damage_is_named_with_file_and_offset_and_a_torn_tail_is_no_damage() {
    let root = tempfile::tempdir().unwrap();
    for release in RELEASES {
        let dir = data_dir(root.path(), release);
        let segment = dir.join("member/wal").join(SEGMENT);
        let good = fs::read(&segment).unwrap();
        let mut bad = good.clone();
        bad[good.len() / 2] ^= 1;
        fs::write(&segment, &bad).unwrap();
        let (code, out, err) = rsutl(root.path(), &["verify", release]);
        assert_eq!(code, 1, "{out}");
        assert!(out.contains(&format!("error: wal: {release}/member/wal/{SEGMENT}: offset ")), "{out}");
        assert!(err.starts_with("Error: "), "{err}");
        let (code, ..) = rsutl(root.path(), &["wal", "--start-index", "1", release]);
        assert_eq!(code, 1);

        let mut torn = good.clone();
        torn.truncate(good.len() - 11);
        fs::write(&segment, &torn).unwrap();
        let (code, out, _) = rsutl(root.path(), &["verify", release]);
        // There is no database that goes with it.
        let is_torn =
            out.contains(&format!("info: wal: {release}/member/wal/{SEGMENT}: offset ")) && out.contains("torn tail");
        assert!(code == 1 && is_torn && !out.contains("error: wal: "), "{out}");
        assert_eq!(fs::read(&segment).unwrap(), torn, "nothing is changed");
    }
}
