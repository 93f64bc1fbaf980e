//! `rsutl wal archive` beside a member that writes.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rsetcd::pb::etcdserverpb::{PutRequest, kv_client::KvClient};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::support::interrupt::restore_interrupt;
use super::support::program::{self, Program};
use super::support::server::Server;
use super::support::wait::PATIENCE;
use super::{block_on, rsutl};

struct Follower {
    child: Child,
    log: PathBuf,
}

impl Follower {
    fn start(root: &Path, data_dir: &Path, archive: &Path) -> Self {
        let log = root.join("follower");
        let mut command = Command::new(program::rsutl());
        command.args(["wal", "archive", "--follow"]).args([data_dir, archive]);
        command.stdin(Stdio::null()).stderr(File::create(root.join("errors")).unwrap());
        restore_interrupt(&mut command);
        let child = command.stdout(File::create(&log).unwrap()).process_group(0).spawn().unwrap();
        Self { child, log }
    }

    /// Ends it as an operator would; gives what it has printed.
    fn stop(mut self, signal: Signal) -> String {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        let status = self.child.wait().unwrap();
        let text = fs::read_to_string(&self.log).unwrap();
        assert!(status.success(), "{status} {text}{}", fs::read_to_string(self.log.with_file_name("errors")).unwrap());
        text
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn segments(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "wal")).collect();
    paths.sort_unstable();
    paths
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

async fn put(server: &Server, key: &str, value: Vec<u8>) {
    let mut kv = KvClient::new(server.connect().await);
    kv.put(PutRequest { key: key.as_bytes().to_vec().into(), value: value.into(), ..Default::default() })
        .await
        .unwrap();
}

/// Writes over some 64 MB segments. Bytes that no other value has, so that offsets tell.
async fn put_much(server: &Server, count: usize) {
    for number in 0..count {
        let value = (0..1_400_000).map(|byte| (byte * 7 + number) as u8).collect();
        put(server, &format!("big {}", number % 3), value).await;
    }
}

fn last_entry(wal_dir: &Path, first: u64) -> Option<serde_json::Value> {
    let (wal_dir, first) = (wal_dir.to_str().unwrap(), first.to_string());
    let args = ["wal", "--start-index", &first, "-w", "json", "--wal-dir", wal_dir, "unused"];
    let (code, out, err) = rsutl(Path::new("/"), &args);
    assert_eq!(code, 0, "{err}");
    out.lines().last().map(|line| serde_json::from_str(line).unwrap())
}

async fn follow(program: &Program) {
    let root = TempDir::with_prefix("rsetcd-test-").unwrap();
    let archive = root.path().join("archive");
    // rsetcd purges with each snapshot, etcd every half minute.
    let flags = ["--snapshot-count=20", "--max-wals=1"].map(String::from);
    let mut server = Server::start(program, &flags).await;
    let (dir, wal) = (server.data_dir(), server.data_dir().join("member/wal"));
    let follower = Follower::start(root.path(), &dir, &archive);
    wait_until("the archive begins", || !segments(&archive).is_empty());
    put_much(&server, 60).await;
    wait_until("a segment is finished", || segments(&archive).len() >= 2);
    put(&server, "marker", b"a value of its own".to_vec()).await;
    let marked = Instant::now();
    let holds = |path: &Path, text: &[u8]| fs::read(path).unwrap().windows(text.len()).any(|found| found == text);
    let tail = segments(&archive).pop().unwrap();
    wait_until("the tail is copied", || holds(&tail, b"a value of its own"));
    println!("{:?} until the tail was copied", marked.elapsed());
    let found = last_entry(&archive, 40).expect("entries");
    assert_eq!(found["request"]["put"]["key"]["text"], "marker", "{found}");

    put_much(&server, 60).await;
    server.stop();
    let log = follower.stop(if program.is_rsetcd { Signal::TERM } else { Signal::INT });
    assert!(log.starts_with("following from entry "), "{log}");
    let copied = segments(&archive);
    assert!(copied.len() >= 3, "{copied:?}");
    assert_eq!(log.matches("archived ").count(), copied.len() - 1, "{log}");
    for (number, path) in copied.iter().enumerate() {
        let name = path.file_name().unwrap();
        assert!(name.to_str().unwrap().starts_with(&format!("{number:016x}-")), "{copied:?}");
        let Ok(theirs) = fs::read(wal.join(name)) else {
            assert!(number + 1 < copied.len());
            continue;
        };
        let ours = fs::read(path).unwrap();
        assert!(theirs.starts_with(&ours) && theirs[ours.len()..].iter().all(|&byte| byte == 0), "{name:?}");
    }
    let (ours, theirs) = (last_entry(&archive, 120), last_entry(&wal, 120));
    assert!(ours.is_some() && ours == theirs);
    if program.is_rsetcd {
        assert!(segments(&wal).len() < copied.len(), "some were purged");
    }
    again(&dir, &archive, &wal, root.path());
}

/// Runs that find the archive complete, and one that finds that it can no longer become so.
fn again(dir: &Path, archive: &Path, wal: &Path, root: &Path) {
    let archive_again =
        |archive: &Path| rsutl(root, &["wal", "archive", dir.to_str().unwrap(), archive.to_str().unwrap()]);
    let before: Vec<_> = segments(archive).iter().map(|path| fs::metadata(path).unwrap().modified().unwrap()).collect();
    let (code, out, err) = archive_again(archive);
    assert_eq!((code, out.as_str()), (0, "nothing to copy\n"), "{err}");
    let after: Vec<_> = segments(archive).iter().map(|path| fs::metadata(path).unwrap().modified().unwrap()).collect();
    assert_eq!(before, after);

    let late = root.join("late");
    fs::create_dir(&late).unwrap();
    let first = &segments(archive)[0];
    fs::copy(first, late.join(first.file_name().unwrap())).unwrap();
    let source = segments(wal);
    for path in source.iter().filter(|path| !path.ends_with(segments(archive).pop().unwrap().file_name().unwrap())) {
        fs::remove_file(path).unwrap();
    }
    let (code, out, err) = archive_again(&late);
    assert_eq!((code, out.as_str()), (1, ""), "{err}");
    assert!(err.contains("are in neither: the archive ends in 0000000000000000-"), "{err}");
    assert!(err.contains("take a snapshot and begin a new archive"), "{err}");
    assert_eq!(segments(&late).len(), 1);
}

#[test]
fn an_archive_follows_a_running_member() {
    block_on(follow(&program::own()));
}

#[test]
fn an_archive_follows_a_running_etcd() {
    if let Some(peer) = program::peer() {
        block_on(follow(&peer));
    }
}

#[test]
fn without_a_log_or_with_it_as_the_archive_nothing_is_done() {
    let root = tempfile::tempdir().unwrap();
    let (code, out, err) = rsutl(root.path(), &["wal", "archive", "nowhere", "archive"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("nowhere/member/wal: cannot list: "), "{err}");
    assert!(!root.path().join("archive").exists());
    super::golden::data_dir(root.path(), "3.7.1");
    let (code, _, err) = rsutl(root.path(), &["wal", "archive", "3.7.1", "3.7.1/member/wal"]);
    assert!(code == 1 && err.contains("this is the WAL itself"), "{err}");
    let (code, out, err) = rsutl(root.path(), &["wal", "archive", "3.7.1", "archive"]);
    assert_eq!((code, out.as_str()), (0, "nothing to copy\n"), "{err}");
}
