//! On directories of servers: while they run, after they have stopped, and whether they start on what was made.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::support::program::{self, Program};
use crate::support::server::Server;
use crate::support::wait::PATIENT;
use crate::{block_on, rsutl};

/// Keys with versions and deletions, a lease, and a compaction.
const HISTORY: &str = "
    lease grant 6000
    put a 1
    put b 1
    put b 2
    del a
    put c 1
    put a 2
    compaction 5
    put d 1
    del b
    put c 2
";

fn ctl(server: &Server, args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rsctl"));
    let output = command.args(["--endpoints", &server.client_url()]).args(PATIENT).args(args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What the server tells of the key space at a revision, in the form of `hashkv`.
fn online(server: &Server, revision: i64) -> String {
    let out = ctl(server, &["endpoint", "hashkv", "-w", "json", "--rev", &revision.to_string()]);
    let answer: serde_json::Value = serde_json::from_str(&out).unwrap();
    let field = |name: &str| answer[0]["HashKV"][name].clone();
    format!("{}, {revision}, {}\n", field("hash"), field("compact_revision"))
}

fn offline(dir: &Path, args: &[&str]) -> String {
    let (code, out, err) = rsutl(dir, args);
    assert_eq!(code, 0, "{args:?}: {err}");
    out
}

async fn every_command_on(program: &Program) {
    let mut server = Server::start(program, &[]).await;
    for line in HISTORY.lines().map(str::trim).filter(|line| !line.is_empty()) {
        ctl(&server, &line.split(' ').collect::<Vec<_>>());
    }
    let dir = server.data_dir();
    let (root, name) = (dir.parent().unwrap().to_owned(), dir.file_name().unwrap().to_str().unwrap().to_owned());
    let name = name.as_str();

    for args in [["hashkv", name].as_slice(), &["defrag", "--data-dir", name]] {
        let (code, out, err) = rsutl(&root, &[args, &["--timeout", "200ms"]].concat());
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}: {err}");
        assert!(err.ends_with("panic: failed to open database\n"), "{err}");
        assert_eq!(err.lines().filter(|line| line.contains("\terror\t")).count(), 1, "{err}");
    }
    // etcd 3.5.1 has no hash of the compacted revision itself. A restarted member remembers no hash of a compaction, and neither does the tool.
    server.stop();
    server.start_again().await;
    let told: Vec<(i64, String)> = (6..=10).map(|revision| (revision, online(&server, revision))).collect();
    server.stop();

    let status = |what: &str| -> serde_json::Value {
        serde_json::from_str(&offline(&root, &["snapshot", "status", what, "-w", "json"])).unwrap()
    };
    let before = status(name);
    assert_eq!((&before["revision"], &before["totalKey"]), (&10.into(), &3.into()), "{before}");
    let hashes_are_told = || {
        for (revision, hash) in &told {
            assert_eq!(&offline(&root, &["hashkv", name, "--rev", &revision.to_string()]), hash);
        }
        assert_eq!(&offline(&root, &["hashkv", name]), &told.last().unwrap().1);
    };
    hashes_are_told();

    let names = || -> BTreeSet<_> {
        std::fs::read_dir(dir.join("member/snap")).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    };
    let names_before = names();
    // The largest file that a process may write stands for the end of the disk.
    let script = format!("trap '' XFSZ; ulimit -f 8; exec \"$0\" defrag --data-dir {name}");
    let output = Command::new("sh").args(["-c", &script]).arg(program::rsutl()).current_dir(&root).output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && err.contains("Error: "), "{err}");
    assert_eq!(names(), names_before);
    hashes_are_told();

    offline(&root, &["defrag", "--data-dir", name]);
    let after = status(name);
    assert_eq!(after["hash"], before["hash"]);
    assert!(after["totalSize"].as_u64() <= before["totalSize"].as_u64(), "{before} {after}");
    hashes_are_told();

    let present = if program.is_rsetcd { "3.7" } else { "3.5" };
    for version in ["3.6", "3.7", "3.5"] {
        offline(&root, &["migrate", "--data-dir", name, "--target-version", version]);
        let shown = if version == "3.5" { String::new() } else { format!("{version}.0") };
        assert_eq!(status(name)["version"], shown);
    }
    offline(&root, &["migrate", "--data-dir", name, "--target-version", present]);
    assert_eq!(status(name)["hash"], before["hash"], "only the version was changed");

    server.start_again().await;
    assert_eq!(online(&server, 10), told.last().unwrap().1);
    assert_eq!(ctl(&server, &["get", "c", "--print-value-only"]), "2\n");
    ctl(&server, &["put", "after", "1"]);
    server.stop();
    assert_eq!(status(name)["totalKey"], 4);
}

#[test]
fn every_command_on_a_member_of_ours() {
    block_on(async { every_command_on(&program::own()).await });
}

#[test]
fn every_command_on_a_member_of_etcd() {
    let Some(peer) = program::peer() else { return };
    block_on(async { every_command_on(&peer).await });
}
