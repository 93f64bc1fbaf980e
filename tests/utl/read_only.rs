//! Commands that only look, run by somebody who may not write: they need no more. Commands that write say what they may
//! not write, and change nothing. Root may write everywhere, so all is run as somebody else then.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::support::program;
use super::verify::{SNAP, member};
use super::{rsutl, unzipped};

const NOBODY: u32 = 65534;

/// `rsutl` in `root` as one who is not root; `None`, and why, if that cannot be.
pub fn as_nobody(root: &Path) -> Option<impl Fn(&[&str]) -> Output> {
    let is_root = rustix::process::geteuid().is_root();
    let command = move |root: &Path, args: &[&str]| {
        let mut command = Command::new(program::rsutl());
        command.current_dir(root).args(args);
        if is_root {
            command.uid(NOBODY).gid(NOBODY);
        }
        command.output()
    };
    if !command(Path::new("/"), &["version"]).is_ok_and(|output| output.status.success()) {
        println!("skipped: nobody else may run {}", program::rsutl().display());
        return None;
    }
    let root = root.to_owned();
    Some(move |args: &[&str]| command(&root, args).unwrap())
}

/// All below `root` with content.
fn contents(root: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut found = BTreeMap::from([(root.to_owned(), None)]);
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else {
            let bytes = fs::read(&path).unwrap();
            found.insert(path, Some(bytes));
        }
    }
    found
}

/// Everybody may read, nobody may write.
fn protect(root: &Path, dir_mode: u32, file_mode: u32) {
    for (path, content) in contents(root) {
        let mode = if content.is_none() { dir_mode } else { file_mode };
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }
}

#[test]
fn looking_needs_no_right_to_write_and_changing_says_what_it_lacks() {
    let temp = tempfile::tempdir().unwrap();
    let root = temp.path();
    let (files, out) = (root.join("files"), root.join("out"));
    fs::create_dir(&files).unwrap();
    fs::create_dir(&out).unwrap();
    fs::set_permissions(root, Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&out, Permissions::from_mode(0o777)).unwrap();
    member(&files, "etcd", "3.5.1-single", 1);
    assert!(files.join("etcd").join(SNAP).exists());
    member(&files, "ours", "3.5.1-single", 1);
    let (code, text, err) = rsutl(&files, &["adopt", "ours"]);
    assert_eq!(code, 0, "{text}{err}");
    fs::write(files.join("s.db"), unzipped("snapshot/3.5.1-single.db.gz")).unwrap();
    protect(&files, 0o555, 0o444);
    let before = contents(&files);
    let Some(run) = as_nobody(root) else { return };
    let wal = "files/etcd/member/wal";
    let looking: [&[&str]; 29] = [
        &["verify", "--deep", "files/etcd"],
        &["verify", "--deep", "files/ours"],
        &["verify", "files/s.db"],
        &["snapshot", "status", "files/s.db"],
        &["hashkv", "files/s.db"],
        &["hashkv", "files/ours"],
        &["list-bucket", "files/etcd"],
        &["list-bucket", "files/ours"],
        &["iterate-bucket", "files/etcd", "meta"],
        &["iterate-bucket", "files/ours", "meta"],
        &["hash", "files/etcd"],
        &["hash", "files/ours"],
        &["scan-keys", "files/etcd", "1"],
        &["scan-keys", "files/ours", "1"],
        &["db", "files/etcd"],
        &["db", "files/ours"],
        &["keys", "files/etcd"],
        &["keys", "files/ours"],
        &["get", "", "--prefix", "--data-dir", "files/etcd"],
        &["get", "", "--prefix", "--data-dir", "files/ours"],
        &["du", "files/etcd"],
        &["du", "files/ours"],
        &["wal", "files/etcd"],
        &["wal", "files/ours"],
        &["backup", "--data-dir", "files/etcd", "--backup-dir", "out/backup"],
        &["snapshot", "restore", "files/s.db", "--data-dir", "out/restored"],
        &["restore", "--wal", wal, "--data-dir", "out/moment"],
        &["snapshot", "extract", "files/s.db", "out/part.db"],
        &["export", "files/etcd", "out/exported"],
    ];
    for args in looking {
        let output = run(args);
        let (text, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{args:?}: {text}{err}");
    }
    let changing: [&[&str]; 7] = [
        &["defrag", "--data-dir", "files/etcd"],
        &["defrag", "--data-dir", "files/ours"],
        &["migrate", "--data-dir", "files/etcd", "--target-version", "3.6"],
        &["adopt", "files/etcd"],
        &["adopt", "--discard", "files/ours"],
        &["snapshot", "restore", "files/s.db", "--data-dir", "files/new"],
        &["snapshot", "extract", "files/s.db", "files/part.db"],
    ];
    for args in changing {
        let output = run(args);
        let err = String::from_utf8_lossy(&output.stderr);
        let last = err.lines().last().unwrap_or_default();
        assert_eq!(output.status.code(), Some(1), "{args:?}: {err}");
        let is_told = last.to_lowercase().contains("permission denied") && last.contains("files/");
        assert!(is_told, "{args:?}: {err}");
    }
    assert!(contents(&files) == before, "something was changed");
    protect(&files, 0o755, 0o644);
}
