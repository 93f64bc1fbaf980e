//! `rsutl wal repair`: torn tails, damage in the middle, and directories that are not to be touched.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use rsetcd::pb::etcdserverpb::{PutRequest, RangeRequest, kv_client::KvClient};

use super::golden::data_dir;
use super::read_only::as_nobody;
use super::support::program;
use super::support::server::Server;
use super::{block_on, rsutl, unzipped};

const SEGMENT: &str = "0000000000000000-0000000000000000.wal";

/// Where records end.
fn boundaries(bytes: &[u8]) -> Vec<usize> {
    let mut ends = vec![0];
    let mut end = 0;
    while let Some(word) = bytes.get(end..end + 8) {
        let word = u64::from_le_bytes(word.try_into().unwrap());
        if word == 0 {
            break;
        }
        let padding = if word >> 63 == 1 { (word >> 56) & 7 } else { 0 };
        end += 8 + ((word & ((1 << 56) - 1)) + padding) as usize;
        ends.push(end);
    }
    ends
}

/// All files of a directory.
fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
        })
        .collect();
    files.sort_unstable();
    files
}

#[test]
fn a_tail_cut_at_any_record_or_within_is_repaired() {
    let root = tempfile::tempdir().unwrap();
    let dir = data_dir(root.path(), "3.7.1");
    let wal = dir.join("member/wal");
    let (segment, broken) = (wal.join(SEGMENT), wal.join(format!("{SEGMENT}.broken")));
    let good = unzipped("wal/3.7.1-single.wal.gz");
    let ends = boundaries(&good);
    assert!(ends.len() > 300);
    // The first records are crc, metadata, the snapshot {0,0}, an entry and the hard state that counts it.
    for pair in ends[5..].windows(2) {
        for length in [pair[0], pair[0] + 4, pair[0] + 8, pair[1] - 1] {
            fs::write(&segment, &good[..length]).unwrap();
            let (code, out, err) = rsutl(root.path(), &["wal", "repair", "3.7.1"]);
            assert_eq!(code, 0, "{length}: {err}");
            assert_eq!(fs::read(&segment).unwrap(), good[..pair[0]], "{length}");
            if length == pair[0] {
                assert!(out.starts_with("nothing to repair: the log ends with entry "), "{out}");
                assert!(!broken.exists());
            } else {
                let place = format!("3.7.1/member/wal/{SEGMENT}: cut at offset {}: ", pair[0]);
                assert!(out.starts_with(&place), "{length}: {out}");
                assert_eq!(fs::read(&broken).unwrap(), good[..length]);
                assert_eq!(fs::metadata(&broken).unwrap().mode() & 0o777, 0o600);
                fs::remove_file(&broken).unwrap();
            }
        }
    }
}

#[test]
fn damage_in_the_middle_is_refused_with_what_is_lost_and_the_command() {
    let root = tempfile::tempdir().unwrap();
    let dir = data_dir(root.path(), "3.5.1");
    let wal = dir.join("member/wal");
    let good = fs::read(wal.join(SEGMENT)).unwrap();
    let ends = boundaries(&good);
    for place in (4..ends.len() - 40).step_by(9) {
        // Etcd's `db` is not there: the log is all there is.
        fs::remove_file(dir.join("member/snap/db")).ok();
        let mut bad = good.clone();
        bad[ends[place] + 21] ^= 0x10;
        fs::write(wal.join(SEGMENT), &bad).unwrap();
        let before = files(&wal);
        let (code, out, err) = rsutl(root.path(), &["wal", "repair", "3.5.1"]);
        assert_eq!((code, out.as_str()), (1, ""), "{err}");
        assert_eq!(files(&wal), before, "nothing is changed");
        let start = format!("Error: 3.5.1/member/wal/{SEGMENT}: offset {}: ", ends[place]);
        assert!(err.starts_with(&start), "{err}");
        assert!(err.contains("\nThis is no torn tail: nothing was changed.\nEntries can be read up to "), "{err}");
        let Some(command) = err.lines().find_map(|line| line.strip_prefix("  rsutl ")) else {
            // Before the damage is nothing but the log's head.
            assert!(place < 6 && err.contains("No index is left to go on from"), "{place}: {err}");
            continue;
        };
        let args: Vec<_> = command.split(' ').collect();
        assert_eq!(args[..4], ["wal", "repair", "3.5.1", "--discard-after"]);
        let index: u64 = args[4].parse().unwrap();
        let beyond = (index + 1).to_string();
        let (code, out, err) = rsutl(root.path(), &["wal", "repair", "3.5.1", "--discard-after", &beyond]);
        assert_eq!((code, out.as_str()), (1, ""), "{err}");
        assert!(err.contains(&format!("the last entry that can be read is {index}; nothing was changed")), "{err}");
        assert_eq!(files(&wal), before, "nothing is changed");

        let (code, out, err) = rsutl(root.path(), &args);
        assert_eq!(code, 0, "{err}");
        assert!(out.contains(&format!("lost: entries {} to ", index + 1)) && out.contains("WARNING: "), "{out}");
        let after = files(&wal);
        assert_eq!(after.len(), 2, "{out}");
        assert_eq!(after[1], (format!("{SEGMENT}.broken"), bad), "as it was");
        let (code, out, err) = rsutl(root.path(), &["wal", "--start-index", "1", "3.5.1"]);
        assert!(code == 0 && out.contains(&format!("\nlastIndex={index}\n")), "{err}");
        let (code, out, err) = rsutl(root.path(), &["wal", "repair", "3.5.1"]);
        assert_eq!((code, out), (0, format!("nothing to repair: the log ends with entry {index}\n")), "{err}");
        fs::remove_file(wal.join(format!("{SEGMENT}.broken"))).unwrap();
    }
}

async fn put(server: &Server, count: usize) {
    let mut kv = KvClient::new(server.connect().await);
    for number in 0..count {
        let (key, value) = (format!("key {number:04}"), vec![b'v'; 100]);
        kv.put(PutRequest { key: key.into(), value: value.into(), ..Default::default() }).await.unwrap();
    }
}

async fn count(server: &Server) -> i64 {
    let mut kv = KvClient::new(server.connect().await);
    let all = RangeRequest { key: "key".into(), range_end: "kez".into(), count_only: true, ..Default::default() };
    kv.range(all).await.unwrap().into_inner().count
}

fn tail(server: &Server) -> PathBuf {
    server.data_dir().join("member/wal").join(SEGMENT)
}

/// Damages the middle of the log's written part.
fn damage(path: &Path) {
    let bytes = fs::read(path).unwrap();
    let ends = boundaries(&bytes);
    let at = ends[ends.len() / 2] + 30;
    File::options().write(true).open(path).unwrap().write_all_at(&[bytes[at] ^ 1], at as u64).unwrap();
}

/// Gives up what is behind the damage by the command that the refusal names.
fn discard(server: &Server) -> String {
    let dir = server.data_dir();
    let (code, _, err) = rsutl(&dir, &["wal", "repair", dir.to_str().unwrap()]);
    assert_eq!(code, 1, "{err}");
    let command = err.lines().find_map(|line| line.strip_prefix("  rsutl ")).unwrap_or_else(|| panic!("{err}"));
    let (code, out, err) = rsutl(&dir, &command.split(' ').collect::<Vec<_>>());
    assert_eq!(code, 0, "{err}");
    out
}

#[test]
fn a_member_starts_with_all_that_its_backend_has() {
    block_on(async {
        let mut server = Server::start(&program::own(), &[]).await;
        put(&server, 200).await;
        server.stop();
        damage(&tail(&server));
        let log = server.refuses_to_start();
        assert!(log.contains(SEGMENT), "{log}");
        let out = discard(&server);
        assert!(out.contains("lost: entries behind ") || out.contains("lost: entries "), "{out}");
        let ahead = server.data_dir();
        let (code, _, err) = rsutl(&ahead, &["wal", "repair", ahead.to_str().unwrap(), "--discard-after", "100"]);
        assert!(code == 1 && err.contains("the backend has applied entries up to "), "{err}");
        server.start_again().await;
        assert_eq!(count(&server).await, 200);
        put(&server, 201).await;
        server.stop();
        let (code, out, err) = rsutl(&ahead, &["verify", ahead.to_str().unwrap()]);
        assert_eq!(code, 0, "{out}{err}");
        server.start_again().await;
        assert_eq!(count(&server).await, 201);
    });
}

#[test]
fn entries_behind_the_damage_are_kept_where_the_backend_covers_it() {
    block_on(async {
        let mut server = Server::start(&program::own(), &[]).await;
        put(&server, 150).await;
        server.stop();
        let (snap, early) = (server.data_dir().join("member/snap"), server.data_dir().join("early"));
        copy_dir(&snap, &early);
        server.start_again().await;
        put(&server, 200).await;
        server.stop();
        // A backend that is behind the log, as a crash leaves it, and damage in what it has applied.
        fs::remove_dir_all(&snap).unwrap();
        fs::rename(&early, &snap).unwrap();
        let bytes = fs::read(tail(&server)).unwrap();
        let at = boundaries(&bytes)[60] + 30;
        File::options().write(true).open(tail(&server)).unwrap().write_all_at(&[bytes[at] ^ 1], at as u64).unwrap();
        assert!(server.refuses_to_start().contains(SEGMENT));
        let out = discard(&server);
        assert!(out.contains("lost: entries behind "), "{out}");
        server.start_again().await;
        assert_eq!(count(&server).await, 200);
        put(&server, 201).await;
        server.stop();
        server.start_again().await;
        assert_eq!(count(&server).await, 201);
    });
}

fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_dir(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn a_member_without_backend_starts_with_what_is_before_the_damage() {
    block_on(async {
        let mut server = Server::start(&program::own(), &[]).await;
        put(&server, 200).await;
        server.stop();
        damage(&tail(&server));
        fs::remove_dir_all(server.data_dir().join("member/snap")).unwrap();
        let out = discard(&server);
        assert!(out.contains("acknowledged writes are lost"), "{out}");
        server.start_again().await;
        let kept = count(&server).await;
        assert!((50..150).contains(&kept), "{kept}");
        put(&server, 200).await;
        server.stop();
        server.start_again().await;
        assert_eq!(count(&server).await, 200);
    });
}

#[test]
fn etcd_starts_with_what_is_before_the_damage() {
    block_on(async {
        let Some(peer) = program::peer() else { return };
        let mut server = Server::start(&peer, &[]).await;
        let (db, early) = (server.data_dir().join("member/snap/db"), server.data_dir().join("early"));
        put(&server, 50).await;
        server.stop();
        fs::copy(&db, &early).unwrap();
        server.start_again().await;
        put(&server, 200).await;
        server.stop();
        damage(&tail(&server));
        let dir = server.data_dir();
        let (code, _, err) = rsutl(&dir, &["wal", "repair", dir.to_str().unwrap(), "--discard-after", "100"]);
        assert!(code == 1 && err.contains("the backend has applied entries up to "), "{err}");
        // A `db` that is behind the damage: as a crash leaves it.
        fs::rename(&early, &db).unwrap();
        let out = discard(&server);
        assert!(out.contains("acknowledged writes are lost"), "{out}");
        server.start_again().await;
        let kept = count(&server).await;
        assert!((51..150).contains(&kept), "{kept}");
        put(&server, 200).await;
        assert_eq!(count(&server).await, 200);
    });
}

#[test]
fn etcd_starts_with_all_that_its_backend_has_once_the_log_begins_anew() {
    block_on(async {
        let Some(peer) = program::peer() else { return };
        let mut server = Server::start(&peer, &[]).await;
        put(&server, 200).await;
        server.stop();
        // What etcd says of its members must be in a file, whether or not there was one before.
        damage(&tail(&server));
        let out = discard(&server);
        assert!(out.contains("the log begins at a snapshot now, whose members are in "), "{out}");
        let snaps: Vec<String> = files(&server.data_dir().join("member/snap"))
            .into_iter()
            .map(|(name, _)| name)
            .filter(|name| name.ends_with(".snap"))
            .collect();
        assert!(matches!(&snaps[..], [name] if out.contains(name)), "{snaps:?}: {out}");
        server.start_again().await;
        assert_eq!(count(&server).await, 200);
        put(&server, 201).await;
        server.stop();
        server.start_again().await;
        assert_eq!(count(&server).await, 201);
    });
}

#[test]
fn a_log_in_use_is_left_alone() {
    block_on(async {
        for program in [Some(program::own()), program::peer()].into_iter().flatten() {
            let mut server = Server::start(&program, &[]).await;
            put(&server, 3).await;
            let dir = server.data_dir();
            for args in [&["wal", "repair"][..], &["wal", "repair", "--discard-after", "3"]] {
                let (code, out, err) = rsutl(&dir, &[args, &[dir.to_str().unwrap()]].concat());
                assert_eq!((code, out.as_str()), (1, ""));
                assert!(err.contains("locked by another process"), "{err}");
            }
            put(&server, 5).await;
            server.stop();
            let names: Vec<_> = files(&dir.join("member/wal")).into_iter().map(|(name, _)| name).collect();
            assert!(names.iter().all(|name| !name.contains("broken")), "{names:?}");
        }
    });
}

/// Runs `rsutl wal repair` in a shell, with limits.
fn limited(root: &Path, prepare: &str, args: &str) -> (i32, String) {
    let mut command = Command::new("sh");
    let line = format!("{prepare} exec {} wal repair {args}", program::rsutl().display());
    command.args(["-c", &line]).current_dir(root);
    let output = command.output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_full_disk_and_a_read_only_directory_leave_all_as_it_was() {
    let root = tempfile::tempdir().unwrap();
    let dir = data_dir(root.path(), "3.7.1");
    fs::remove_file(dir.join("member/snap/db")).unwrap();
    let wal = dir.join("member/wal");
    let good = fs::read(wal.join(SEGMENT)).unwrap();
    let ends = boundaries(&good);
    let torn = good[..ends[ends.len() - 2] + 9].to_vec();
    let mut bad = good;
    bad[ends[200] + 21] ^= 0x10;
    for (bytes, args) in [(&torn, "3.7.1"), (&bad, "3.7.1 --discard-after 20")] {
        fs::write(wal.join(SEGMENT), bytes).unwrap();
        let before = files(&wal);
        // In blocks of 512 bytes; the write then fails instead of ending the process.
        let (code, err) = limited(root.path(), "trap '' XFSZ; ulimit -f 4;", args);
        assert!(code == 1 && err.contains(SEGMENT) && err.contains("File too large"), "{err}");
        assert!(files(&wal) == before, "{args}: nothing partial is left");
    }
    fs::set_permissions(root.path(), Permissions::from_mode(0o755)).unwrap();
    let Some(run) = as_nobody(root.path()) else { return };
    for (bytes, args) in [(&torn, &["3.7.1"][..]), (&bad, &["3.7.1", "--discard-after", "20"])] {
        fs::write(wal.join(SEGMENT), bytes).unwrap();
        let mode = |dir_mode, file_mode| {
            for path in [&dir, &dir.join("member"), &wal, &dir.join("member/snap")] {
                fs::set_permissions(path, Permissions::from_mode(dir_mode)).unwrap();
            }
            fs::set_permissions(wal.join(SEGMENT), Permissions::from_mode(file_mode)).unwrap();
        };
        mode(0o555, 0o444);
        let before = files(&wal);
        let output = run(&[&["wal", "repair"], args].concat());
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(1) && err.contains("Permission denied") && err.contains(SEGMENT), "{err}");
        assert!(files(&wal) == before, "{args:?}");
        mode(0o755, 0o644);
    }
}
