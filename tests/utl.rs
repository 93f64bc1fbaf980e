//! `rsutl` on files written by etcd: golden output, exit code and messages.
//!
//! `UPDATE=1 cargo test --test utl` rewrites the golden file; the diff is the review.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

const RELEASES: [&str; 3] = ["3.4.23", "3.5.1", "3.7.1"];
const SEGMENT: &str = "0000000000000000-0000000000000000.wal";

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn unzipped(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(fs::File::open(data(name)).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}

/// A data directory that holds what there is of a release.
fn data_dir(root: &Path, release: &str) -> PathBuf {
    let dir = root.join(release);
    fs::create_dir_all(dir.join("member/wal")).unwrap();
    fs::create_dir_all(dir.join("member/snap")).unwrap();
    fs::write(dir.join("member/snap/db"), "").unwrap();
    let wal = unzipped(&format!("wal/{release}-single.wal.gz"));
    fs::write(dir.join("member/wal").join(SEGMENT), wal).unwrap();
    dir
}

/// Runs `rsutl` in `root`: exit code, stdout and stderr.
fn rsutl(root: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_rsutl")).current_dir(root).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// All runs in the form of the golden file.
fn transcript(root: &Path, runs: &[Vec<&str>]) -> String {
    let mut transcript = String::new();
    for args in runs {
        let (code, out, err) = rsutl(root, args);
        transcript.push_str(&format!("$ rsutl {}\n{out}", args.join(" ")));
        if !err.is_empty() {
            transcript.push_str(&format!("stderr: {err}"));
        }
        transcript.push_str(&format!("rc={code}\n\n"));
    }
    transcript
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

    let found = transcript(root.path(), &runs);
    let golden = data("utl/golden.txt");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&golden, &found).unwrap();
    }
    let expected = fs::read_to_string(&golden).unwrap();
    for (found, expected) in found.split("\n$ ").zip(expected.split("\n$ ")) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.len(), expected.len());
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
        assert!(out.contains(&format!("problem: {release}/member/wal/{SEGMENT}: offset ")), "{out}");
        assert!(err.starts_with("Error: "), "{err}");
        let (code, ..) = rsutl(root.path(), &["wal", "--start-index", "1", release]);
        assert_eq!(code, 1);

        let mut torn = good.clone();
        torn.truncate(good.len() - 11);
        fs::write(&segment, &torn).unwrap();
        let (code, out, _) = rsutl(root.path(), &["verify", release]);
        assert!(code == 0 && out.contains("torn tail"), "{out}");
        assert_eq!(fs::read(&segment).unwrap(), torn, "nothing is changed");
    }
}
