//! Directories that are in use, half-made, or cannot be written.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use rsetcd::pb::etcdserverpb::{PutRequest, kv_client::KvClient};
use tempfile::TempDir;

use crate::block_on;
use crate::sample::{
    all_keys, assert_error, assert_refused, assert_verify, assert_verify_ends, files_ending, flags, start_on, write,
};
use crate::support::program;
use crate::support::server::Server;

const NOBODY: u32 = 65534;

async fn put(server: &Server, key: &'static str) {
    let mut kv = KvClient::new(server.connect().await);
    kv.put(PutRequest { key: key.into(), value: "v".into(), ..Default::default() }).await.expect("put");
}

#[test]
fn a_directory_in_use_is_refused_and_its_user_goes_on() {
    block_on(async {
        let server = Server::start(&program::own(), &flags()).await;
        put(&server, "before").await;
        let refusal = start_on(&server.data_dir(), |_| ());
        let lock = server.data_dir().join("member/LOCK").display().to_string();
        assert_error("in use", refusal.code, &refusal.log, &[&lock, "by another process"]);
        assert_verify_ends(&server.data_dir(), "in use", 4, &["in use by another process"]);
        put(&server, "after").await;
        let (keys, revision) = all_keys(&server).await;
        assert_eq!((keys.len(), revision), (2, 3));
    });
}

fn make_dir(path: &Path) {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).expect("a directory");
}

/// The log as it is when the first start ended before its entries: the first three records.
fn without_entries(segment: &Path) {
    let bytes = fs::read(segment).expect("a segment");
    let mut end = 0;
    for _ in 0..3 {
        let word = u64::from_le_bytes(bytes[end..end + 8].try_into().expect("eight bytes"));
        let padding = if word >> 63 == 1 { (word >> 56) & 7 } else { 0 };
        end += 8 + ((word & ((1 << 56) - 1)) + padding) as usize;
    }
    let mut head = bytes[..end].to_vec();
    head.resize(bytes.len(), 0);
    write(segment, &head);
}

#[test]
fn a_first_start_that_was_cut_short_is_done_again() {
    type Cut = fn(&Path);
    let cases: [(&str, Cut); 9] = [
        ("an empty directory", |data_dir| {
            fs::remove_dir_all(data_dir.join("member")).expect("removed");
        }),
        ("only member", |data_dir| {
            fs::remove_dir_all(data_dir.join("member")).expect("removed");
            make_dir(&data_dir.join("member"));
        }),
        ("an empty generation", |data_dir| {
            fs::remove_dir_all(data_dir.join("member")).expect("removed");
            make_dir(&data_dir.join("member/snap/lmdb-0000000000000001"));
        }),
        ("a generation without data", |data_dir| {
            fs::remove_dir_all(data_dir.join("member")).expect("removed");
            make_dir(&data_dir.join("member/snap/lmdb-0000000000000001"));
            write(&data_dir.join("member/snap/lmdb-0000000000000001/data.mdb"), b"");
            write(&data_dir.join("member/snap/CURRENT.tmp"), b"lmdb");
        }),
        ("a log under construction", |data_dir| {
            fs::remove_dir_all(data_dir.join("member")).expect("removed");
            make_dir(&data_dir.join("member/wal.tmp"));
            write(&data_dir.join("member/wal.tmp/0000000000000000-0000000000000000.wal"), &[7; 100]);
        }),
        ("an empty log directory", |data_dir| {
            fs::remove_dir_all(data_dir.join("member")).expect("removed");
            make_dir(&data_dir.join("member/wal"));
        }),
        ("a log of all entries without backend", |data_dir| {
            fs::remove_dir_all(data_dir.join("member/snap")).expect("removed");
        }),
        ("a log without entries and without backend", |data_dir| {
            without_entries(&files_ending(&data_dir.join("member/wal"), ".wal")[0]);
            fs::remove_dir_all(data_dir.join("member/snap")).expect("removed");
        }),
        ("a log whose last record is half written", |data_dir| {
            let segment = &files_ending(&data_dir.join("member/wal"), ".wal")[0];
            without_entries(segment);
            let bytes = fs::read(segment).expect("a segment");
            let end = bytes.iter().rposition(|&byte| byte != 0).expect("records") + 1;
            let end = end.next_multiple_of(8);
            // The file ends within a length word.
            write(segment, &[&bytes[..end], &[0x20, 0, 0]].concat());
            fs::remove_dir_all(data_dir.join("member/snap")).expect("removed");
        }),
    ];
    block_on(async {
        for (case, cut) in cases {
            println!("{case}");
            let mut server = Server::start(&program::own(), &flags()).await;
            server.kill();
            cut(&server.data_dir());
            server.start_again().await;
            put(&server, "key").await;
            let (keys, revision) = all_keys(&server).await;
            assert_eq!((keys.len(), revision), (1, 2), "{case}");
            server.stop();
            assert_verify(&server.data_dir(), case, &[]);
            server.start_again().await;
            assert_eq!(all_keys(&server).await.1, 2, "{case}");
        }
    });
}

#[test]
fn a_backend_with_data_and_without_a_log_is_refused() {
    let server = crate::sample::member(|data_dir| fs::remove_dir_all(data_dir.join("member/wal")).expect("removed"));
    let case = "no log";
    assert_refused(&server.data_dir(), case, &["member/wal", "member/snap", "entries are missing"]);
    assert_verify(&server.data_dir(), case, &["member/wal"]);
}

#[test]
fn an_unfinished_first_start_of_another_member_is_refused() {
    block_on(async {
        let mut server = Server::start(&program::own(), &flags()).await;
        server.kill();
        let data_dir = server.data_dir();
        without_entries(&files_ending(&data_dir.join("member/wal"), ".wal")[0]);
        fs::remove_dir_all(data_dir.join("member/snap")).expect("removed");
        // On other peer URLs.
        let refusal = start_on(&data_dir, |_| ());
        assert_error("other first start", refusal.code, &refusal.log, &["member/wal", "other --initial settings"]);
    });
}

#[test]
fn files_in_place_of_directories_are_named() {
    let temp = TempDir::new().expect("a scratch folder");
    for name in ["", "member", "member/snap"] {
        let data_dir = temp.path().join(name.replace('/', "-") + "x");
        let path = data_dir.join(name);
        if let Some(parent) = path.parent().filter(|_| !name.is_empty()) {
            make_dir(parent);
        }
        let path = if name.is_empty() { data_dir.clone() } else { path };
        File::create(&path).expect("a file");
        let refusal = start_on(&data_dir, |_| ());
        let case = format!("a file at {}", path.display());
        assert_error(&case, refusal.code, &refusal.log, &[&path.display().to_string()]);
        assert!(path.is_file(), "{case}");
    }
}

#[test]
fn a_directory_that_cannot_be_written_is_named() {
    if !rustix::process::getuid().is_root() {
        println!("skipped: needs root, to become somebody else");
        return;
    }
    let temp = TempDir::new().expect("a scratch folder");
    let mode = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).expect("our own");
    mode(temp.path(), 0o755);
    let probe = Command::new(program::own().path).arg("--version").uid(NOBODY).gid(NOBODY).output();
    if !probe.is_ok_and(|output| output.status.success()) {
        println!("skipped: nobody else may run {}", program::own().path.display());
        return;
    }
    let as_nobody = |command: &mut Command| {
        command.uid(NOBODY).gid(NOBODY);
    };
    let data_dir = temp.path().join("data");
    let refusal = start_on(&data_dir, as_nobody);
    assert_error("cannot be made", refusal.code, &refusal.log, &[&data_dir.display().to_string(), "denied"]);
    make_dir(&data_dir);
    mode(&data_dir, 0o555);
    let refusal = start_on(&data_dir, as_nobody);
    assert_error("cannot be written", refusal.code, &refusal.log, &[&data_dir.display().to_string(), "denied"]);
    assert_eq!(fs::read_dir(&data_dir).expect("readable").count(), 0);
}

#[test]
fn a_read_only_file_system_is_named() {
    let script = "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && exec \"$@\"";
    let temp = TempDir::new().expect("a scratch folder");
    let alone = |words: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", script]).arg(temp.path()).args(words);
        command
    };
    if !alone(&["true"]).output().is_ok_and(|output| output.status.success()) {
        println!("skipped: no mount is permitted");
        return;
    }
    let data_dir = temp.path().join("data");
    make_dir(&data_dir);
    let refusal = start_on(&data_dir, |command| {
        let words: Vec<String> = command.get_args().map(|word| word.to_str().expect("ASCII").to_owned()).collect();
        let program = command.get_program().to_str().expect("ASCII").to_owned();
        let words: Vec<&str> = std::iter::once(&program).chain(&words).map(String::as_str).collect();
        *command = alone(&words);
    });
    assert_error("read-only", refusal.code, &refusal.log, &[&data_dir.display().to_string(), "Read-only"]);
}
