//! `rsutl snapshot restore`, `restore` and `backup`: what they make, compared with etcdutl's and with what servers say
//! that are started on it, and what they leave when they fail.

mod backup;
mod bad;
mod etcdutl;
mod moment;
mod servers;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rsetcd::pb::etcdserverpb::{
    HashKvRequest, RangeRequest, kv_client::KvClient, maintenance_client::MaintenanceClient,
};
use sha2::{Digest as _, Sha256};

use super::support::program::{self, Program};
use super::support::server::Server;
use super::support::wait::PATIENT;
use super::{data, unzipped};

const SEGMENT: &str = "0000000000000000-0000000000000000.wal";
const RELEASES: [&str; 3] = ["3.4.23", "3.5.1", "3.7.1"];

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

/// Runs a program in `root`.
fn run(program: &Path, root: &Path, args: &[&str]) -> Output {
    Command::new(program).current_dir(root).args(args).output().unwrap()
}

/// Runs `rsutl` in `root`; it must succeed. Gives what it printed.
fn utl(root: &Path, args: &[&str]) -> String {
    let output = run(&program::rsutl(), root, args);
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{args:?}: {}\n{out}{err}", output.status);
    out
}

/// Exit code, and standard error without lines of the log.
fn refusal(output: &Output) -> (Option<i32>, String) {
    let text = String::from_utf8_lossy(&output.stderr);
    let told: Vec<&str> = text.lines().filter(|line| line.starts_with("Error: ")).collect();
    (output.status.code(), told.join("\n"))
}

/// `rsutl` must refuse and leave `root` as it was; gives the code and the message.
fn refused(root: &Path, args: &[&str]) -> (i32, String) {
    let before = names(root);
    let output = run(&program::rsutl(), root, args);
    assert_eq!(names(root), before, "{args:?}");
    let (code, text) = refusal(&output);
    assert_ne!(code, Some(0), "{args:?}");
    (code.unwrap(), text)
}

/// All paths below `root` with their modes, and lengths of files.
fn names(root: &Path) -> BTreeMap<PathBuf, (u32, u64)> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(dir) = waiting.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let metadata = path.symlink_metadata().unwrap();
            let length = if metadata.is_dir() { 0 } else { metadata.len() };
            found.insert(path.strip_prefix(root).unwrap().to_owned(), (metadata.permissions().mode() & 0o777, length));
            if metadata.is_dir() {
                waiting.push(path);
            }
        }
    }
    found
}

/// Writes the snapshot of a release into `root`; gives its name.
fn snapshot(root: &Path, release: &str) -> String {
    let name = format!("{release}.db");
    fs::write(root.join(&name), unzipped(&format!("snapshot/{release}-single.db.gz"))).unwrap();
    name
}

/// Writes the log of the same member, from its first entry on; gives its directory.
fn log(root: &Path, release: &str) -> String {
    let name = format!("{release}.wal");
    fs::create_dir(root.join(&name)).unwrap();
    fs::write(root.join(&name).join(SEGMENT), unzipped(&format!("replay/{release}-single.wal.gz"))).unwrap();
    name
}

/// What its server said of chosen revisions.
fn said(release: &str) -> Vec<String> {
    let text = fs::read_to_string(data(&format!("replay/{release}-single.txt"))).unwrap();
    text.lines().filter(|line| line.starts_with("at ")).map(str::to_owned).collect()
}

/// The revision of such a line.
fn revision_of(line: &str) -> i64 {
    line.split(' ').nth(1).unwrap().parse().unwrap()
}

/// Such a line by the server that is asked.
async fn say(server: &Server, revision: i64) -> String {
    let channel = server.connect().await;
    let request = RangeRequest { key: "\0".into(), range_end: "\0".into(), revision, ..RangeRequest::default() };
    let mut kv = KvClient::new(channel.clone()).max_decoding_message_size(usize::MAX);
    let range = kv.range(request).await.unwrap_or_else(|error| panic!("{error}\n{}", server.log_tail())).into_inner();
    let mut sum = Sha256::new();
    for kv in &range.kvs {
        use base64::Engine as _;
        let encode = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
        let (key, value) = (encode(&kv.key), encode(&kv.value));
        let (created, changed) = (kv.create_revision, kv.mod_revision);
        sum.update(format!("{key} {created} {changed} {} {} {value}\n", kv.version, kv.lease));
    }
    let sum = sum.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    let (hash, compacted) = hash_kv(server, revision).await;
    format!("at {revision} count={} sha256={sum} hashkv={hash} compacted={compacted}", range.count)
}

/// HashKV, and the compacted revision.
async fn hash_kv(server: &Server, revision: i64) -> (u32, i64) {
    let mut maintenance = MaintenanceClient::new(server.connect().await);
    let reply = maintenance.hash_kv(HashKvRequest { revision }).await;
    let reply = reply.unwrap_or_else(|error| panic!("{error}\n{}", server.log_tail())).into_inner();
    (reply.hash, reply.compact_revision)
}

/// A server of `program`, started on what `rsutl` makes when run in `root` with these arguments.
async fn start_on(program: &Program, root: &Path, args: &[&str]) -> Server {
    start_with(program, &[], root, args).await
}

async fn start_with(program: &Program, flags: &[&str], root: &Path, args: &[&str]) -> Server {
    let flags: Vec<String> = flags.iter().map(|&flag| flag.to_owned()).collect();
    let mut server = Server::over(program, &flags, |data_dir| {
        let mut args = args.to_vec();
        let flag = if args[0] == "backup" { "--backup-dir" } else { "--data-dir" };
        args.extend([flag, data_dir.to_str().unwrap()]);
        if !program.is_rsetcd && args[0] != "backup" {
            args.extend(["--backend", "bbolt"]);
        }
        utl(root, &args);
    });
    server.start_again().await;
    server
}
