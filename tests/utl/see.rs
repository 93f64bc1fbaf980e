//! `list-bucket`, `iterate-bucket`, `hash`, `scan-keys`, `db`, `keys`, `get`, `du` and `snapshot extract`: on files of
//! etcd, against what it said of them; on those of members that were killed, against what these answered.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use super::support::program::{self, Program};
use super::support::server::Server;
use super::support::wait::PATIENT;
use super::{compare_with_golden, data, rsutl, transcript, unzipped};

/// Each with how many entries its log has that the backend does not.
const MEMBERS: [(&str, u64); 3] = [("3.4.23-single", 4), ("3.5.1-auth-killed", 0), ("3.7.1-single", 0)];

/// The data directory of a member of etcd, as it was left.
pub fn member(root: &Path, name: &str) -> PathBuf {
    let dir = root.join(name);
    fs::create_dir_all(dir.join("member/wal")).unwrap();
    fs::create_dir_all(dir.join("member/snap")).unwrap();
    fs::write(dir.join("member/snap/db"), unzipped(&format!("utl/{name}.db.gz"))).unwrap();
    let wal = dir.join("member/wal/0000000000000000-0000000000000000.wal");
    fs::write(wal, unzipped(&format!("replay/{name}.wal.gz"))).unwrap();
    dir
}

/// Runs `rsutl` where it must succeed; gives what it prints.
fn printed(root: &Path, args: &[&str]) -> String {
    let (code, out, err) = rsutl(root, args);
    assert_eq!(code, 0, "{args:?}: {err}");
    out
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn output_is_as_recorded() {
    let root = tempfile::tempdir().unwrap();
    for (name, _) in MEMBERS {
        member(root.path(), name);
    }
    fs::write(root.path().join("text"), "this is no database").unwrap();
    let script = fs::read_to_string(data("utl/see.txt")).unwrap();
    let commands: Vec<&str> = script.lines().filter_map(|line| line.strip_prefix("$ rsutl")).collect();
    let runs: Vec<Vec<&str>> = commands.iter().map(|line| line.split_whitespace().collect()).collect();
    assert!(runs.len() > 40);
    compare_with_golden("utl/see.txt", &transcript(root.path(), &runs));
}

#[test]
fn keys_and_values_at_a_revision_are_those_that_etcd_answered() {
    let root = tempfile::tempdir().unwrap();
    for (name, missing) in MEMBERS {
        member(root.path(), name);
        let expected = fs::read_to_string(data(&format!("replay/{name}.txt"))).unwrap();
        let lines = expected.lines().filter(|line| line.starts_with("at "));
        let mut revisions = 0;
        for line in lines {
            let field = |label: &str| {
                let word = line.split(' ').find_map(|word| word.strip_prefix(label));
                word.unwrap_or_else(|| panic!("{label} in {line}")).to_owned()
            };
            let revision = line.split(' ').nth(1).unwrap();
            let get = ["get", "", "--prefix", "--data-dir", name, "--rev", revision, "-w", "jsonl"];
            let (mut sum, mut count) = (Sha256::new(), 0);
            for line in printed(root.path(), &get).lines() {
                let kv: serde_json::Value = serde_json::from_str(line).unwrap();
                let text = |name: &str| kv[name].as_str().unwrap().to_owned();
                let number = |name: &str| kv[name].as_i64().unwrap_or(0);
                let (create, modified) = (number("create_revision"), number("mod_revision"));
                let (version, lease) = (number("version"), number("lease"));
                sum.update(format!("{} {create} {modified} {version} {lease} {}\n", text("key"), text("value")));
                count += 1;
            }
            assert_eq!(count.to_string(), field("count="), "{name}: {line}");
            assert_eq!(hex(&sum.finalize()), field("sha256="), "{name}: {line}");
            let keys = printed(root.path(), &["keys", name, "--at-revision", revision, "--count-only"]);
            assert_eq!(keys.trim(), field("count="), "{name}: {line}");
            revisions += 1;
        }
        assert!(revisions >= 4, "{name}");
        let (_, _, note) = rsutl(root.path(), &["keys", name, "--count-only"]);
        let told = note.split(' ').next().filter(|word| !word.is_empty()).map_or(0, |word| word.parse().unwrap());
        assert_eq!(told, missing, "{note}");
        let (_, _, note) = rsutl(root.path(), &["keys", name, "--count-only", "--backend-only"]);
        assert_eq!(note, "");
    }
}

#[test]
fn a_scan_finds_the_rows_of_a_file_that_cannot_be_opened() {
    let root = tempfile::tempdir().unwrap();
    let good = unzipped("utl/3.4.23-single.db.gz");
    fs::write(root.path().join("good.db"), &good).unwrap();
    let rows = |file: &str| {
        let mut lines: Vec<_> = printed(root.path(), &["scan-keys", file, "0"]).lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let all = rows("good.db");
    // All that count are among them.
    let (scanned, live) = (all.join("\n"), printed(root.path(), &["iterate-bucket", "good.db", "key", "--decode"]));
    assert!(live.lines().count() > 200 && live.lines().all(|row| scanned.contains(row)));

    let mut bad = good.clone();
    bad[..8192].fill(0xff);
    fs::write(root.path().join("metas.db"), &bad).unwrap();
    let (code, out, err) = rsutl(root.path(), &["list-bucket", "metas.db"]);
    assert_eq!((code, &*out, &*err), (1, "", "Error: metas.db: invalid database\n"));
    assert_eq!(rows("metas.db"), all);

    // One leaf with rows is gone: the others are still found.
    let page = all.iter().find_map(|line| line.strip_prefix("pageID=")?.split(',').next()).unwrap().to_owned();
    let at = page.parse::<usize>().unwrap() * 4096;
    let mut bad = good;
    bad[at..at + 16].fill(0xee);
    fs::write(root.path().join("page.db"), &bad).unwrap();
    let (code, out, err) = rsutl(root.path(), &["scan-keys", "page.db", "0"]);
    assert!(code == 0 && err.contains(&format!("Reading page {page} failed: ")), "{err}");
    let others: Vec<_> = all.iter().filter(|line| !line.starts_with(&format!("pageID={page},"))).collect();
    assert!(!others.is_empty() && others.iter().all(|line| out.contains(*line)));
    assert!(!out.contains(&format!("pageID={page},")));
}

#[test]
fn an_extract_is_a_snapshot_with_the_keys_of_the_prefix_under_their_revisions() {
    let root = tempfile::tempdir().unwrap();
    for (name, _) in MEMBERS {
        member(root.path(), name);
        let before = fs::read(root.path().join(name).join("member/snap/db")).unwrap();
        let out = format!("{name}.snap");
        printed(root.path(), &["snapshot", "extract", name, &out, "--prefix", "registry/"]);

        let bytes = fs::read(root.path().join(&out)).unwrap();
        let (pages, sum) = bytes.split_at(bytes.len() - 32);
        assert!(pages.len() % 512 == 0 && Sha256::digest(pages)[..] == *sum, "{name}");
        let expected = fs::read_to_string(data(&format!("replay/{name}.txt"))).unwrap();
        let head: i64 = expected.lines().find_map(|line| line.strip_prefix("head ")?.parse().ok()).unwrap();
        for revision in [head, head - 1, head - 10] {
            let revision = revision.to_string();
            let keys = |place: &str| printed(root.path(), &["keys", place, "--at-revision", &revision]);
            let wanted: Vec<_> = keys(name)
                .lines()
                .filter(|line| line.starts_with("registry/"))
                .collect::<Vec<_>>()
                .into_iter()
                .map(str::to_owned)
                .collect();
            assert!(wanted.len() > 20);
            assert_eq!(keys(&out).lines().collect::<Vec<_>>(), wanted, "{name} at {revision}");
        }
        let (code, _, err) = rsutl(root.path(), &["keys", &out, "--at-revision", &(head + 1).to_string()]);
        assert_eq!((code, &*err), (1, "Error: mvcc: required revision is a future revision\n"));
        let leases = |place: &str| printed(root.path(), &["iterate-bucket", place, "lease", "--decode"]);
        assert!(leases(&out) == leases(name) && !leases(name).is_empty());

        // Nothing is written over, and nothing is left of a failure.
        let (code, _, err) = rsutl(root.path(), &["snapshot", "extract", name, &out]);
        assert!(code == 1 && err.ends_with(&format!("Error: {out}: there is a file already\n")), "{err}");
        assert_eq!(fs::read(root.path().join(&out)).unwrap(), bytes);
        assert_eq!(fs::read(root.path().join(name).join("member/snap/db")).unwrap(), before);

        printed(root.path(), &["snapshot", "extract", name, &format!("{name}.roles"), "--bucket", "authRoles"]);
        let list = printed(root.path(), &["list-bucket", &format!("{name}.roles"), "-w", "json"]);
        let rows: Vec<_> = list.lines().filter(|line| !line.contains("\"rows\":0,")).collect();
        let wanted =
            ["{\"bucket\":\"authRoles\",\"rows\":2,", "{\"bucket\":\"key\",\"rows\":1,", "{\"bucket\":\"meta\""];
        assert!(rows.len() == 3 && rows.iter().zip(wanted).all(|(row, wanted)| row.starts_with(wanted)), "{list}");
    }
    let files = fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(files.filter(|name| name.starts_with('.')).count(), 0);
}

#[test]
fn etcd_starts_on_an_extract() {
    let Some(peer) = program::peer() else { return };
    let root = tempfile::tempdir().unwrap();
    let name = "3.4.23-single";
    member(root.path(), name);
    printed(root.path(), &["snapshot", "extract", name, "part", "--prefix", "a/"]);
    let kvs = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap()["kvs"].clone();
    let keys = kvs(&printed(root.path(), &["get", "", "--prefix", "--snapshot", "part", "-w", "json"]));
    assert!(keys.as_array().unwrap().len() > 20);
    let utl = |args: &[&str]| {
        let output = Command::new(program::peer_utl(&peer)).current_dir(root.path()).args(args).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(utl(&["snapshot", "status", "part"]).contains(", 640, "));
    let restored = root.path().join("restored");
    let mut server = Server::over(&peer, &[], |_| {});
    let (url, dir) = (server.peer_url(), restored.to_str().unwrap());
    let cluster = format!("m1={url}");
    utl(&[
        "snapshot",
        "restore",
        "part",
        "--data-dir",
        dir,
        "--name",
        "m1",
        "--initial-cluster",
        &cluster,
        "--initial-advertise-peer-urls",
        &url,
    ]);
    fs::rename(&restored, server.data_dir()).unwrap();
    super::block_on(server.start_again());
    let ctl = Command::new(program::peer_ctl(&peer))
        .env("ETCDCTL_API", "3")
        .args(PATIENT)
        .args(["--endpoints", &server.client_url(), "get", "", "--prefix", "-w", "json"])
        .output()
        .unwrap();
    assert_eq!(kvs(&String::from_utf8(ctl.stdout).unwrap()), keys);
    let put = rsctl(&server, &["put", "a/after", "x", "-w", "json"]);
    assert!(put.contains("\"revision\":641,"), "{put}");
}

/// Runs `rsctl`, which must succeed; gives what it prints, as it is where it is text.
fn rsctl(server: &Server, args: &[&str]) -> String {
    let program = env!("CARGO_BIN_EXE_rsctl");
    let output =
        Command::new(program).args(["--endpoints", &server.client_url()]).args(PATIENT).args(args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

const FORMATS: [&str; 5] = ["simple", "json", "fields", "raw", "jsonl"];

/// Writes, deletes, a compaction and leases; gives the first revision that can be read.
fn fill(server: &Server) -> i64 {
    let lease = rsctl(server, &["lease", "grant", "1000"]).split(' ').nth(1).unwrap().to_owned();
    for round in 0..3 {
        for key in ["a/1", "a/2", "a/deep/3", "b", "ü/\u{1}"] {
            rsctl(server, &["put", key, &format!("{key} in round {round}"), "--lease", &lease]);
        }
        rsctl(server, &["del", "a/", "--prefix"]);
        if round == 0 {
            rsctl(server, &["compaction", "5", "--physical"]);
        }
    }
    rsctl(server, &["put", "last", "one"]);
    5
}

/// What `rsctl get` says of all keys and of one, at each revision and in each format, and the arguments for it.
fn answers(server: &Server, first: i64) -> Vec<(Vec<String>, String)> {
    let last: i64 = {
        let fields = rsctl(server, &["get", "none", "-w", "fields"]);
        fields.lines().find_map(|line| line.strip_prefix("\"Revision\" : ")?.parse().ok()).unwrap()
    };
    let mut answers = Vec::new();
    for revision in (first..=last).chain([0]) {
        for format in FORMATS {
            for key in [&["", "--prefix"][..], &["a/", "--prefix"], &["b"]] {
                let revision = revision.to_string();
                let args = [&["get"], key, &["--rev", &revision, "-w", format]].concat();
                let answer = rsctl(server, &args);
                answers.push((args.into_iter().map(str::to_owned).collect(), answer));
            }
        }
    }
    answers
}

fn check_killed(program: &Program) {
    let mut server = super::block_on(Server::start(program, &[]));
    let dir = server.data_dir();
    let root = dir.parent().unwrap().to_owned();
    let first = fill(&server);
    let expected = answers(&server, first);
    assert!(expected.len() > 150);
    let (code, out, err) = rsutl(&root, &["get", "b", "--data-dir", "data", "--timeout", "100ms"]);
    assert_eq!((code, &*out), (1, ""));
    assert!(err.contains("data/member/snap") && err.contains(" is in use by another process"), "{err}");

    server.kill();
    for (args, answer) in expected {
        let words: Vec<&str> = args.iter().map(String::as_str).chain(["--data-dir", "data"]).collect();
        assert_eq!(printed(&root, &words), answer, "{words:?}");
    }
    let (code, _, err) = rsutl(&root, &["get", "b", "--data-dir", "data", "--rev", "4"]);
    assert!(code == 1 && err.ends_with("Error: mvcc: required revision has been compacted\n"), "{err}");
}

#[test]
fn a_killed_member_is_shown_with_all_that_it_has_acknowledged() {
    check_killed(&program::own());
}

#[test]
fn a_killed_member_of_etcd_is_shown_with_all_that_it_has_acknowledged() {
    if let Some(peer) = program::peer() {
        check_killed(&peer);
    }
}

#[test]
fn both_kinds_of_files_are_shown_alike() {
    let mut server = super::block_on(Server::start(&program::own(), &[]));
    fill(&server);
    let value = "x".repeat(500);
    for batch in 0..20 {
        // Transactions of 100 puts: enough rows for a tree of several levels.
        let puts: String = (0..100).map(|key| format!("put many/{batch}/{key} {value}\n")).collect();
        let mut child = Command::new(env!("CARGO_BIN_EXE_rsctl"))
            .args(PATIENT)
            .args(["--endpoints", &server.client_url(), "txn"])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), format!("\n{puts}\n\n").as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
    }
    rsctl(&server, &["del", "many/3/", "--prefix"]);
    let dir = server.data_dir();
    let root = dir.parent().unwrap().to_owned();
    rsctl(&server, &["snapshot", "save", root.join("snap").to_str().unwrap()]);
    server.stop();
    let both = |args: &[&str]| {
        let [member, snapshot] = ["data", "snap"].map(|place| {
            printed(&root, &args.iter().map(|&word| if word == "PLACE" { place } else { word }).collect::<Vec<_>>())
        });
        assert!(!member.is_empty(), "{args:?}");
        // What differs by file.
        let lines =
            |text: &str| text.lines().filter(|line| !line.starts_with("db path: ")).collect::<Vec<_>>().join("\n");
        assert_eq!(lines(&member), lines(&snapshot), "{args:?}");
        member
    };
    both(&["hash", "PLACE"]);
    both(&["list-bucket", "PLACE"]);
    both(&["keys", "PLACE", "-w", "json"]);
    both(&["db", "rows", "PLACE", "--bucket", "key", "--live-only", "-w", "json"]);
    let down = both(&["iterate-bucket", "PLACE", "key", "--decode"]);
    let up = both(&["db", "rows", "PLACE", "--bucket", "key", "--decode"]);
    let up: Vec<_> = up.lines().rev().map(|line| line.strip_prefix("bucket=key, ").unwrap()).collect();
    assert!(up.len() > 2100 && down.lines().eq(up));
    let few = both(&["iterate-bucket", "PLACE", "key", "--decode", "--limit", "7"]);
    assert!(few.lines().count() == 7 && down.starts_with(&few));
    let du = |place: &str| {
        let json: serde_json::Value = serde_json::from_str(&printed(&root, &["du", place, "-w", "json"])).unwrap();
        ["revision", "compacted", "prefixes", "total"].map(|name| json[name].clone())
    };
    assert_eq!(du("data"), du("snap"));
    let scanned = printed(&root, &["scan-keys", "data", "0"]);
    assert!(down.lines().all(|row| scanned.contains(row)));
}
