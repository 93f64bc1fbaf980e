//! The directory all cases begin with, and what is expected of a start on a copy of it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rsetcd::pb::etcdserverpb::{CompactionRequest, DeleteRangeRequest, PutRequest, RangeRequest, kv_client::KvClient};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::support::program;
use crate::support::server::Server;
use crate::support::wait::PATIENCE;

const CLIENTS: usize = 64;
const PUTS: usize = 3000;
/// Keys that `put_more` puts.
const MORE: usize = 10;

pub type Keys = BTreeMap<Bytes, Bytes>;

/// A data directory at rest, and what it holds.
pub struct Sample {
    dir: TempDir,
    pub keys: Keys,
    pub revision: i64,
    /// The same directory after a further start and a few further puts.
    pub later: PathBuf,
}

impl Sample {
    pub fn dir(&self) -> PathBuf {
        self.dir.path().join("sample")
    }

    /// A copy that a case may damage.
    pub fn copy_to(&self, to: &Path) {
        copy(&self.dir(), to);
    }
}

pub fn flags() -> Vec<String> {
    ["--snapshot-count", "100", "--heartbeat-interval", "10", "--election-timeout", "100"].map(String::from).into()
}

/// Made once for all tests of this program.
pub fn sample() -> &'static Sample {
    static SAMPLE: OnceLock<Sample> = OnceLock::new();
    SAMPLE.get_or_init(|| {
        // A thread of its own: the caller may be inside a runtime.
        std::thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(make())
        })
        .join()
        .expect("the sample is made")
    })
}

async fn make() -> Sample {
    let dir = TempDir::with_prefix("rsetcd-damage-").expect("a scratch folder");
    let mut server = Server::start(&program::own(), &flags()).await;
    let channel = server.connect().await;
    let mut tasks = JoinSet::new();
    for client in 0..CLIENTS {
        let mut kv = KvClient::new(channel.clone());
        tasks.spawn(async move {
            for number in (client..PUTS).step_by(CLIENTS) {
                // Some values have pages of their own.
                let len = if number % 100 == 0 { 9000 } else { 50 + number % 200 };
                let value: Bytes = vec![b'a' + (number % 26) as u8; len].into();
                let put = PutRequest { key: format!("key{}", number % 2000).into(), value, ..Default::default() };
                kv.put(put).await.expect("put");
                if number % 50 == 7 {
                    let delete = DeleteRangeRequest { key: format!("key{number}").into(), ..Default::default() };
                    kv.delete_range(delete).await.expect("delete");
                }
            }
        });
    }
    while let Some(task) = tasks.join_next().await {
        task.expect("a client does not panic");
    }
    let mut kv = KvClient::new(channel.clone());
    kv.compact(CompactionRequest { revision: 1000, physical: true }).await.expect("compaction");
    put_more(&server, 0).await;
    let (keys, revision) = all_keys(&server).await;
    wait_for_snapshot(&server.data_dir()).await;
    server.kill();
    copy(&server.data_dir(), &dir.path().join("sample"));

    server.start_again().await;
    put_more(&server, MORE).await;
    server.kill();
    let later = dir.path().join("later");
    copy(&server.data_dir(), &later);
    Sample { dir, keys, revision, later }
}

/// Puts a few keys whose values span disk sectors, one after the other.
async fn put_more(server: &Server, first: usize) {
    let mut kv = KvClient::new(server.connect().await);
    for number in first..first + MORE {
        let (key, value) = (format!("more{number}"), vec![b'm'; 1900 + number]);
        kv.put(PutRequest { key: key.into(), value: value.into(), ..Default::default() }).await.expect("put");
    }
}

async fn wait_for_snapshot(data_dir: &Path) {
    let start = Instant::now();
    while files_ending(&data_dir.join("member/snap"), ".snap").is_empty() {
        assert!(start.elapsed() < PATIENCE, "no raft snapshot");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// All keys with their values, and the revision.
pub async fn all_keys(server: &Server) -> (Keys, i64) {
    let mut kv = KvClient::new(server.connect().await).max_decoding_message_size(usize::MAX);
    let all: Bytes = [0].as_slice().into();
    let request = RangeRequest { key: all.clone(), range_end: all, ..Default::default() };
    let answer = kv.range(request).await.expect("a linearizable read").into_inner();
    let revision = answer.header.expect("a header").revision;
    (answer.kvs.into_iter().map(|kv| (kv.key, kv.value)).collect(), revision)
}

/// Serves `server` all that the sample holds, and does it take writes? Leaves it running.
///
/// # Panics
/// No.
pub async fn assert_serves(server: &mut Server, case: &str) {
    server.start_again().await;
    let (keys, revision) = all_keys(server).await;
    let sample = sample();
    assert!(keys == sample.keys, "{case}: {} keys, {} in the sample", keys.len(), sample.keys.len());
    assert!(revision >= sample.revision, "{case}: revision {revision} after {}", sample.revision);
    put_more(server, 0).await;
}

/// What a start printed that was refused.
pub struct Refusal {
    pub code: Option<i32>,
    /// Standard output and error.
    pub log: String,
}

/// Starts rsetcd on `data_dir`, with `change` made to the command, and waits for its end.
///
/// # Panics
/// It does not end.
pub fn start_on(data_dir: &Path, change: impl FnOnce(&mut Command)) -> Refusal {
    let any = "http://127.0.0.1:0";
    let mut command = Command::new(program::own().path);
    command
        .args(["--listen-client-urls", any, "--advertise-client-urls", any, "--listen-peer-urls", any])
        .args(["--initial-advertise-peer-urls", "http://127.0.0.1:2380"])
        .args(["--initial-cluster", "default=http://127.0.0.1:2380"])
        .args(flags())
        .arg("--data-dir")
        .arg(data_dir);
    change(&mut command);
    ended(command)
}

fn ended(mut command: Command) -> Refusal {
    let log = tempfile::NamedTempFile::new().expect("a log file");
    let append = || File::options().append(true).open(log.path()).expect("the log file");
    let mut child = command.stdin(Stdio::null()).stdout(append()).stderr(append()).spawn().expect("rsetcd runs");
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("our own child") {
            return Refusal { code: status.code(), log: fs::read_to_string(log.path()).expect("the log") };
        }
        if start.elapsed() > PATIENCE {
            child.kill().expect("our own child");
            child.wait().expect("our own child");
            panic!("still runs:\n{}", fs::read_to_string(log.path()).expect("the log"));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A start on `data_dir` is refused with all of `parts` in its text, and changes no file.
///
/// # Panics
/// It is not.
pub fn assert_refused(data_dir: &Path, case: &str, parts: &[&str]) {
    let before = contents(data_dir);
    let Refusal { code, log } = start_on(data_dir, |_| ());
    assert_error(case, code, &log, parts);
    let after = contents(data_dir);
    let changed: Vec<_> = before.iter().filter(|(path, crc)| after.get(*path) != Some(*crc)).collect();
    assert!(changed.is_empty(), "{case}: changed: {changed:?}");
    let new: Vec<_> = after.keys().filter(|path| !before.contains_key(*path)).collect();
    assert!(new.is_empty(), "{case}: new: {new:?}");
}

/// The log ends with an error as it should be.
pub fn assert_error(case: &str, code: Option<i32>, log: &str, parts: &[&str]) {
    assert_eq!(code, Some(1), "{case}:\n{log}");
    assert!(!log.contains("panic"), "{case}:\n{log}");
    let error = log.lines().find(|line| line.contains("\"level\":\"fatal\"")).unwrap_or_default();
    println!("{case}: {error}");
    for part in parts {
        assert!(error.contains(part), "{case}: no {part:?} in {error}\n{log}");
    }
}

/// `rsutl verify` finds damage, and names `parts`. With no parts: finds nothing.
pub fn assert_verify(data_dir: &Path, case: &str, parts: &[&str]) {
    assert_verify_ends(data_dir, case, i32::from(!parts.is_empty()), parts);
}

/// `rsutl verify` ends with this code, and names `parts`.
pub fn assert_verify_ends(data_dir: &Path, case: &str, code: i32, parts: &[&str]) {
    let Output { status, stdout, stderr } =
        Command::new(program::rsutl()).arg("verify").arg(data_dir).output().expect("rsutl runs");
    let (out, error) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert_eq!(status.code(), Some(code), "{case}: verify:\n{out}{error}");
    if parts.is_empty() {
        assert!(out.ends_with("ok\n"), "{case}: verify:\n{out}");
        return;
    }
    let is_problem = |line: &&str| line.starts_with("error: ") || line.starts_with("fatal: ");
    let problems: Vec<&str> = out.lines().filter(is_problem).collect();
    println!("{case}: {}", problems.join("\n"));
    let is_named = problems.iter().any(|problem| parts.iter().all(|part| problem.contains(part)));
    assert!(is_named, "{case}: no {parts:?} in one problem of\n{out}");
}

/// Every file below `dir` with the CRC of its content. Locks are left out: they say who was here.
pub fn contents(dir: &Path) -> BTreeMap<PathBuf, u32> {
    let mut found = BTreeMap::new();
    for path in files(dir) {
        let name = path.file_name().expect("a file has a name");
        if name != "LOCK" && name != "lock.mdb" {
            let crc = crc32c::crc32c(&fs::read(&path).expect("readable"));
            found.insert(path, crc);
        }
    }
    found
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("readable").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Files in `dir` by the end of their names, sorted.
pub fn files_ending(dir: &Path, end: &str) -> Vec<PathBuf> {
    let mut found: Vec<_> = files(dir).into_iter().filter(|path| path.to_string_lossy().ends_with(end)).collect();
    found.sort();
    found
}

/// Copies a directory. Zeros at the end of a file become a hole: preallocated segments are mostly that.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap_or_else(|error| panic!("{}: {error}", to.display()));
    fs::set_permissions(to, fs::Permissions::from_mode(0o700)).expect("our own directory");
    for entry in fs::read_dir(from).expect("readable") {
        let entry = entry.expect("readable");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            write(&target, &fs::read(entry.path()).expect("readable"));
        }
    }
}

/// Writes a file, with a hole for zeros at its end.
pub fn write(path: &Path, bytes: &[u8]) {
    let end = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    let mut file = File::create(path).expect("a new file");
    file.write_all(&bytes[..end]).expect("written");
    file.set_len(bytes.len() as u64).expect("a length");
}

/// Flips one bit of a file.
pub fn flip(path: &Path, offset: u64, bit: u8) {
    let file = File::options().read(true).write(true).open(path).expect("the file");
    let mut byte = [0];
    file.read_exact_at(&mut byte, offset).expect("inside the file");
    byte[0] ^= 1 << bit;
    file.write_all_at(&byte, offset).expect("written");
}

/// A member over a copy of the sample that `damage` was done to; not started.
pub fn member(damage: impl FnOnce(&Path)) -> Server {
    Server::over(&program::own(), &flags(), |data_dir| {
        sample().copy_to(data_dir);
        damage(data_dir);
    })
}
