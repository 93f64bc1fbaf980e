//! `rsutl` on files written by etcd and by us: output, exit codes, messages, and what is left on disk.
//!
//! `golden` runs what needs no server and compares with a recorded transcript; the other modules are named after the
//! command they test. Here: running the program, and sample files.
//!
//! `UPDATE=1 cargo test --test utl` rewrites the recorded files; the diff is the review.

#[path = "../support/mod.rs"]
mod support;

mod adopt;
mod etcdutl;
mod full_disk;
mod golden;
mod interrupted;
mod read_only;
mod restore;
mod see;
mod verify;
mod verify_damage;
mod wal_archive;
mod wal_dump;
mod wal_repair;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file of tests/data.
fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// The content of a .gz file of tests/data.
fn unzipped(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(fs::File::open(data(name)).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}

/// Runs `rsutl` in `root`: exit code, stdout and stderr.
fn rsutl(root: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::new(support::program::rsutl()).current_dir(root).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// All runs in the form of a golden file.
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

/// Compares a transcript with the recorded one in tests/data, run by run.
fn compare_with_golden(name: &str, found: &str) {
    let golden = data(name);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&golden, found).unwrap();
    }
    let expected = fs::read_to_string(&golden).unwrap();
    for (found, expected) in found.split("\n$ ").zip(expected.split("\n$ ")) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.len(), expected.len());
}

fn block_on<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(test)
}
