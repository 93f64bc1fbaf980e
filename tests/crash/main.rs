//! kill -9 under load, again and again on one data directory. What was acknowledged is there, the revision never goes
//! back, a watch taken up again has neither gap nor repetition, `rsutl verify` finds nothing wrong, and the next start
//! needs no help.
//!
//! The load crosses WAL segments (64 MB of large values a few times over), raft snapshots (every 200 entries) and
//! compactions. Each client knows what it wrote: see `writer`. The watch hears every change: see `watcher`.
//!
//! | environment | |
//! |---|---|
//! | `RSETCD_CRASH_ROUNDS` | 5 unless set; 50 for a long run |
//! | `RSETCD_CRASH_SEED` | a number; else it is taken from the clock and printed |
//! | `RSETCD_BIN` | another server, for instance a release build |

mod damage;
#[path = "../support/mod.rs"]
mod support;
mod watcher;
mod writer;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rsetcd::pb::etcdserverpb::{CompactionRequest, RangeRequest, kv_client::KvClient};
use support::program::{self, Program};
use support::server::Server;
use support::wait::PATIENCE;
use tonic::transport::Channel;
use watcher::Watcher;
use writer::Writer;

const ROUNDS: u64 = 5;
const CLIENTS: u32 = 16;
/// What the load of one round writes at least: with the rounds before it this crosses segments of 64 MB.
const ROUND_BYTES: u64 = 40 << 20;
/// A slow disk shortens a round, but for the first thing that must be seen in it.
const ROUND_MAX: Duration = Duration::from_secs(20);
const COMPACTION_EVERY: Duration = Duration::from_millis(150);

/// What the tasks of a round share.
#[derive(Default)]
pub struct Shared {
    /// Set before the kill: from then on calls may fail.
    pub killed: AtomicBool,
    /// Bytes of acknowledged values in this round.
    pub written: AtomicU64,
    /// The newest revision that the watch has heard.
    pub heard: AtomicI64,
    pub compactions: AtomicU64,
}

#[test]
fn acknowledged_writes_survive_kill_9() {
    let own = program::own();
    let rounds = number("RSETCD_CRASH_ROUNDS").unwrap_or(ROUNDS);
    let seed = number("RSETCD_CRASH_SEED")
        .unwrap_or_else(|| std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_micros() as u64);
    println!("RSETCD_CRASH_SEED={seed}");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    // This thread starts the servers, and lives as long as they should.
    runtime.block_on(run(&own, rounds, seed));
}

/// Runs `future` on this thread, which starts the servers: they end with it. Clients have threads of their own.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().expect("a runtime").block_on(future)
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable}: no number: {text}")))
}

async fn run(own: &Program, rounds: u64, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    // A call may take five seconds and two election timeouts: a slow disk is no failure. One voter is elected at once.
    let election_timeout = if own.is_rsetcd { "40000" } else { "100" };
    let flags = ["--snapshot-count", "200", "--heartbeat-interval", "10", "--election-timeout", election_timeout];
    let mut server = Server::start(own, &flags.map(String::from)).await;
    let mut writers: Vec<Writer> = (0..CLIENTS).map(|number| Writer::new(number, random.random())).collect();
    let mut watcher = Watcher::new();
    let mut acknowledged = 0;
    let mut compactions = 0;
    for round in 1..=rounds {
        let shared = Arc::new(Shared::default());
        shared.heard.store(watcher.last(), Ordering::Relaxed);
        let wal = server.data_dir().join("member/wal");
        let is_enough = || round < rounds || last_segment(&wal) >= 1;
        (writers, watcher) = load_until_kill(&mut server, writers, watcher, &shared, &mut random, is_enough).await;
        compactions += shared.compactions.load(Ordering::Relaxed);
        verify(own, &server.data_dir());
        if random.random_bool(0.3) {
            kill_while_starting(&mut server, &mut random);
            verify(own, &server.data_dir());
        }
        server.start_again().await;

        let channel = server.connect().await;
        let revision = revision(&channel).await;
        let newest = writers.iter().map(Writer::newest_revision).max().unwrap_or(0);
        assert!(revision >= newest, "round {round}: revision {revision}, but {newest} was acknowledged");
        assert!(revision >= watcher.last(), "round {round}: revision {revision}, but {} was heard", watcher.last());
        for writer in &mut writers {
            writer.check_keys(&channel).await;
        }
        watcher = watcher.follow(&channel, &Arc::new(Shared::default()), Some(revision)).await;
        let (acked, in_doubt) = watcher.check_acknowledged(&mut writers);
        acknowledged += acked;
        println!("round {round}: revision {revision}, {acked} acknowledged, {in_doubt} more applied");
    }
    server.stop();
    verify(own, &server.data_dir());
    let (segment, snapshots) = (last_segment(&server.data_dir().join("member/wal")), snapshots(&server.data_dir()));
    println!(
        "{rounds} kills, {acknowledged} writes, {compactions} compactions, last WAL segment {segment}, {snapshots} .snap"
    );
    assert!(segment >= 1, "the load did not cross a WAL segment");
    assert!(snapshots >= 1, "the load did not cross a raft snapshot");
}

/// Runs all clients, the watch and compactions, and kills the server at a random moment after `is_enough`.
async fn load_until_kill(
    server: &mut Server,
    writers: Vec<Writer>,
    watcher: Watcher,
    shared: &Arc<Shared>,
    random: &mut StdRng,
    is_enough: impl Fn() -> bool,
) -> (Vec<Writer>, Watcher) {
    let mut tasks = Vec::new();
    for writer in writers {
        let (channel, shared) = (server.connect().await, shared.clone());
        tasks.push(tokio::spawn(writer.write_until_killed(channel, shared)));
    }
    let watching = {
        let (channel, shared) = (server.connect().await, shared.clone());
        tokio::spawn(async move { watcher.follow(&channel, &shared, None).await })
    };
    let compacting = tokio::spawn(compact_until_killed(server.connect().await, shared.clone()));

    let start = Instant::now();
    let is_worth_a_kill = || {
        let is_much = shared.written.load(Ordering::Relaxed) >= ROUND_BYTES;
        let is_seen = shared.compactions.load(Ordering::Relaxed) > 0 && is_enough();
        assert!(start.elapsed() < PATIENCE, "neither a compaction nor much that was written");
        is_seen && (is_much || start.elapsed() >= ROUND_MAX)
    };
    while !is_worth_a_kill() {
        if let Some(status) = server.try_wait() {
            panic!("the server ended by itself: {status}\n{}", server.log_tail());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tokio::time::sleep(Duration::from_micros(random.random_range(0..700_000))).await;
    shared.killed.store(true, Ordering::SeqCst);
    if server.program().is_rsetcd {
        server.kill();
    } else {
        // etcd 3.5.1 alone acknowledges before the WAL is written (until 3.5.5): it fails here within one round.
        server.stop();
    }

    let mut writers = Vec::new();
    for task in tasks {
        writers.push(task.await.expect("a client does not panic"));
    }
    let watcher = watching.await.expect("the watch does not panic");
    compacting.await.expect("compactions do not panic");
    (writers, watcher)
}

/// Compacts up to what the watch has heard, so that it can be taken up again.
async fn compact_until_killed(channel: Channel, shared: Arc<Shared>) {
    let mut client = KvClient::new(channel);
    let mut last = 0;
    while !shared.killed.load(Ordering::SeqCst) {
        tokio::time::sleep(COMPACTION_EVERY).await;
        let revision = shared.heard.load(Ordering::Relaxed);
        if revision <= last {
            continue;
        }
        match client.compact(CompactionRequest { revision, physical: false }).await {
            Ok(_) => {
                last = revision;
                shared.compactions.fetch_add(1, Ordering::Relaxed);
            }
            Err(status) if status.message().ends_with("required revision has been compacted") => last = revision,
            Err(status) => assert!(shared.killed.load(Ordering::SeqCst), "compaction at {revision}: {status}"),
        }
    }
}

/// A start that is cut short, too, leaves a directory that the next one can use.
fn kill_while_starting(server: &mut Server, random: &mut StdRng) {
    server.spawn();
    std::thread::sleep(Duration::from_micros(random.random_range(0..150_000)));
    server.kill();
}

async fn revision(channel: &Channel) -> i64 {
    let request = RangeRequest { key: "none".into(), ..Default::default() };
    let answer = KvClient::new(channel.clone()).range(request).await.expect("a linearizable read").into_inner();
    answer.header.expect("a header").revision
}

/// `rsutl verify` on the directory of a server that is not running.
fn verify(own: &Program, data_dir: &Path) {
    if !own.is_rsetcd {
        return;
    }
    let output = Command::new(program::rsutl()).arg("verify").arg(data_dir).output().expect("rsutl runs");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "rsutl verify: {}\n{stdout}\n{stderr}", output.status);
}

/// The sequence number of the newest WAL segment.
fn last_segment(wal_dir: &Path) -> u64 {
    let names = names(wal_dir);
    let numbers = names.iter().filter_map(|name| u64::from_str_radix(name.strip_suffix(".wal")?.get(..16)?, 16).ok());
    numbers.max().expect("a WAL segment")
}

fn snapshots(data_dir: &Path) -> usize {
    names(&data_dir.join("member/snap")).iter().filter(|name| name.ends_with(".snap")).count()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned()).collect()
}
