//! Random operations on both servers at once, each server with one client. Answers must be equal; so must the events
//! of every watch once both servers have delivered them, and HashKV at the end of each run.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::{Duration, Instant};

use bytes::Bytes;
use prost::Message;
use prost_reflect::DynamicMessage;
use rsetcd::pb::etcdserverpb::WatchResponse;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::block_on;
use super::generate::Generator;
use super::shrink;
use super::side::{Side, show_error};
use super::support::program::{self, Program};
use super::support::server::Server;
use super::support::text::{message_named, show_message};

/// Operations a run; every second run has one restart in its middle, every tenth a lease that ends by itself.
const OPERATIONS: usize = 1000;
/// Operations in the life with users.
const AUTH_STEPS: usize = 120;
const RUNS: u64 = 21;
const SEED: u64 = 1;
const SUCCESS_MIN_PERCENT: usize = 60;
/// Events that take longer are not coming.
const PATIENCE: Duration = Duration::from_secs(60);
const SHORTEN: Duration = Duration::from_secs(180);

/// Every error that these operations can meet. Each must occur.
const ERRORS: [&str; 29] = [
    "InvalidArgument \"etcdserver: key is not provided\"",
    "InvalidArgument \"etcdserver: key not found\"",
    "InvalidArgument \"etcdserver: value is provided\"",
    "InvalidArgument \"etcdserver: lease is provided\"",
    "InvalidArgument \"etcdserver: too many operations in txn request\"",
    "InvalidArgument \"etcdserver: duplicate key given in txn request\"",
    "InvalidArgument \"etcdserver: request is too large\"",
    "NotFound \"etcdserver: requested lease not found\"",
    "ResourceExhausted \"etcdserver: mvcc: database space exceeded\"",
    "OutOfRange \"etcdserver: mvcc: required revision has been compacted\"",
    "OutOfRange \"etcdserver: mvcc: required revision is a future revision\"",
    "DataLoss \"etcdserver: corrupt cluster\"",
    "FailedPrecondition \"etcdserver: lease already exists\"",
    "InvalidArgument \"etcdserver: user name is empty\"",
    "Unauthenticated \"etcdserver: invalid auth token\"",
    "PermissionDenied \"etcdserver: permission denied\"",
    "InvalidArgument \"etcdserver: authentication failed, invalid user ID or password\"",
    "Unknown \"auth: authentication failed, password was given for no password user\"",
    "InvalidArgument \"etcdserver: invalid auth management\"",
    "FailedPrecondition \"etcdserver: root user does not have root role\"",
    "FailedPrecondition \"etcdserver: user name already exists\"",
    "FailedPrecondition \"etcdserver: user name not found\"",
    "FailedPrecondition \"etcdserver: role name not found\"",
    "FailedPrecondition \"etcdserver: can only promote a learner member which is in sync with leader\"",
    "NotFound \"etcdserver: member not found\"",
    "Unknown \"\\\"leader\\\" field must be provided\"",
    "Unknown \"election: no leader\"",
    "Unknown \"election: not leader\"",
    "Unknown \"etcdserver: requested lease not found\"",
];

type Phase = fn(&mut Generator) -> Vec<String>;

#[derive(Default)]
struct Totals {
    operations: usize,
    failed: usize,
    events: usize,
    errors: BTreeSet<String>,
}

/// Where the two servers part.
struct Parting {
    /// How many lines had been run, with this one.
    after: usize,
    line: String,
    etcd: String,
    rsetcd: String,
}

impl fmt::Display for Parting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, etcd, rsetcd, .. } = self;
        let same = etcd.bytes().zip(rsetcd.bytes()).take_while(|(etcd, rsetcd)| etcd == rsetcd).count();
        let (etcd, rsetcd) = (excerpt(etcd, same), excerpt(rsetcd, same));
        write!(f, "  {}\n  etcd   {etcd}\n  rsetcd {rsetcd}", excerpt(line, 0))
    }
}

/// The text around `place`, where it is long. All texts here are ASCII.
fn excerpt(text: &str, place: usize) -> &str {
    let begin = if text.len() < 1000 { 0 } else { place.saturating_sub(200) };
    &text[begin..text.len().min(begin + 1000)]
}

/// # Panics
/// The servers differ; or the operations were not what they should be.
pub fn run() {
    let Some(peer) = program::peer() else { return };
    let own = program::own();
    let runs = number_from("RSETCD_COMPAT_RUNS").unwrap_or(RUNS);
    let first = match std::env::var("RSETCD_COMPAT_SEED").as_deref() {
        Ok("time") => std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_secs() * 1000,
        _ => number_from("RSETCD_COMPAT_SEED").unwrap_or(SEED),
    };
    let mut totals = Totals::default();
    let start = Instant::now();
    for seed in first..first + runs {
        let mut lines = Vec::new();
        let result = block_on(random_run(&peer, &own, seed, &mut lines, &mut totals));
        if let Err(parting) = result {
            report(&peer, &own, seed, lines, &parting);
        }
    }
    println!(
        "{} operations, {} failed as they should, {} events, {:.0} s",
        totals.operations,
        totals.failed,
        totals.events,
        start.elapsed().as_secs_f64()
    );
    let succeeded = 100 * (totals.operations - totals.failed) / totals.operations;
    assert!(succeeded >= SUCCESS_MIN_PERCENT, "only {succeeded} % succeeded");
    if runs >= RUNS {
        let missing: Vec<_> = ERRORS.iter().filter(|error| !totals.errors.contains(**error)).collect();
        assert!(missing.is_empty(), "did not occur: {missing:?}");
    }
}

fn number_from(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable}: no number: {text}")))
}

async fn random_run(
    peer: &Program,
    own: &Program,
    seed: u64,
    lines: &mut Vec<String>,
    totals: &mut Totals,
) -> Result<(), Parting> {
    let mut pair = Pair::start(peer, own).await;
    let mut generator = Generator::new(seed);
    // What comes when, last first.
    let mut phases: Vec<(usize, Phase)> = vec![(OPERATIONS * 4 / 5, Generator::learner)];
    if seed.is_multiple_of(10) {
        phases.push((OPERATIONS * 3 / 5, Generator::expiry));
    }
    if seed.is_multiple_of(2) {
        phases.push((OPERATIONS / 2, Generator::restart));
    }
    phases.push((OPERATIONS / 5, |generator| generator.auth(AUTH_STEPS)));
    let mut next = generator.opening();
    while lines.len() < OPERATIONS {
        lines.extend_from_slice(&next);
        pair.run(&next).await?;
        next = match phases.pop_if(|(begin, _)| lines.len() >= *begin) {
            Some((_, phase)) => phase(&mut generator),
            None => generator.block(pair.revision),
        };
    }
    let closing = Generator::closing();
    lines.extend_from_slice(&closing);
    pair.run(&closing).await?;
    pair.settle().await?;
    pair.etcd.assert_sound();
    pair.rsetcd.assert_sound();
    totals.operations += lines.len();
    totals.failed += pair.failed;
    totals.events += pair.etcd.watches.values().map(|watch| watch.items.len()).sum::<usize>();
    totals.errors.append(&mut pair.errors);
    Ok(())
}

/// Prints what is needed to see the failure again, and panics.
fn report(peer: &Program, own: &Program, seed: u64, mut lines: Vec<String>, parting: &Parting) -> ! {
    println!("seed {seed}\n{parting}\nshortening...");
    lines.truncate(parting.after);
    let mut last = None;
    let short = block_on(shrink::shorten(lines, SHORTEN, async |lines: &[String]| {
        let mut pair = Pair::start(peer, own).await;
        let mut result = pair.run(lines).await;
        if result.is_ok() {
            result = pair.settle().await;
        }
        match result {
            Ok(()) => false,
            Err(parting) => {
                last = Some(parting);
                true
            }
        }
    }));
    println!("the shortened case:\n{}", short.join("\n"));
    match last {
        Some(parting) => println!("{parting}"),
        None => println!("(it did not happen again on fresh servers)"),
    }
    panic!("seed {seed}: answers differ; again with RSETCD_COMPAT_SEED={seed} RSETCD_COMPAT_RUNS=1");
}

/// Both servers.
struct Pair {
    etcd: Watching,
    rsetcd: Watching,
    revision: i64,
    operations: usize,
    failed: usize,
    errors: BTreeSet<String>,
}

impl Pair {
    async fn start(peer: &Program, own: &Program) -> Self {
        let flags = ["--bcrypt-cost=4".to_owned()];
        let (etcd, rsetcd) = tokio::join!(Watching::start(peer, &flags), Watching::start(own, &flags));
        Self { etcd, rsetcd, revision: 1, operations: 0, failed: 0, errors: BTreeSet::new() }
    }

    /// Runs the lines on both, at each one's own pace. Before what makes the delivery of events a matter of timing,
    /// all events are waited for.
    async fn run(&mut self, lines: &[String]) -> Result<(), Parting> {
        let unsettling = |line: &String| {
            line.starts_with("Compact") || line.contains("cancel_request") || line == "restart" || line == "kill"
        };
        let mut rest = lines;
        while !rest.is_empty() {
            if unsettling(&rest[0]) {
                self.settle().await?;
            }
            let end = 1 + rest[1..].iter().position(unsettling).unwrap_or(rest.len() - 1);
            let (part, after) = rest.split_at(end);
            self.run_part(part).await?;
            rest = after;
        }
        Ok(())
    }

    async fn run_part(&mut self, lines: &[String]) -> Result<(), Parting> {
        let (etcd, rsetcd) = tokio::join!(self.etcd.run(lines), self.rsetcd.run(lines));
        for (line, (etcd, rsetcd)) in lines.iter().zip(etcd.into_iter().zip(rsetcd)) {
            self.operations += 1;
            // Without values 3.7 tells no leases (api-semantics 2.2).
            let is_equal = if line.contains("keys_only:true") {
                without_leases(&etcd) == without_leases(&rsetcd)
            } else {
                etcd == rsetcd
            };
            if !is_equal {
                return Err(Parting { after: self.operations, line: line.clone(), etcd, rsetcd });
            }
            if let Some(error) = etcd.strip_prefix("error ") {
                self.failed += 1;
                self.errors.insert(error.to_string());
            }
        }
        self.revision = self.etcd.revision;
        Ok(())
    }

    /// Waits until both have delivered the same events, and compares them.
    async fn settle(&mut self) -> Result<(), Parting> {
        let start = Instant::now();
        loop {
            tokio::join!(self.etcd.catch_up(), self.rsetcd.catch_up());
            let keys: BTreeSet<_> = self.etcd.watches.keys().chain(self.rsetcd.watches.keys()).copied().collect();
            let missing = keys.into_iter().find(|key| self.etcd.items(*key) != self.rsetcd.items(*key));
            let Some(key) = missing else { return Ok(()) };
            let (etcd, rsetcd) = (self.etcd.items(key), self.rsetcd.items(key));
            let common = etcd.iter().zip(rsetcd).take_while(|(etcd, rsetcd)| etcd == rsetcd).count();
            let both = etcd.len() > common && rsetcd.len() > common;
            if both || start.elapsed() > PATIENCE {
                let show = |items: &[String]| items.get(common).cloned().unwrap_or_else(|| "nothing".into());
                let line = format!("item {common} of watch {} on stream {}", key.1, key.0);
                let (after, etcd, rsetcd) = (self.operations, show(etcd), show(rsetcd));
                return Err(Parting { after, line, etcd, rsetcd });
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

fn without_leases(answer: &str) -> String {
    let is_told = |word: &&str| !word.starts_with("lease:");
    let words = answer.split(['}', ' ']).filter(is_told);
    words.collect::<Vec<_>>().join(" ")
}

/// A server and what its watches have heard.
struct Watching {
    side: Side,
    revision: i64,
    /// By stream and watch id.
    watches: BTreeMap<(u32, i64), Watch>,
}

#[derive(Default)]
struct Watch {
    /// The created answer, until it is taken.
    created: Option<String>,
    is_canceled: bool,
    /// Each event, and the end, as text.
    items: Vec<String>,
    /// Revisions of events in order.
    revisions: Vec<i64>,
}

impl Watching {
    async fn start(program: &Program, flags: &[String]) -> Self {
        let side = Side::start(program, flags).await;
        Self { side, revision: 1, watches: BTreeMap::new() }
    }

    fn items(&self, key: (u32, i64)) -> &[String] {
        self.watches.get(&key).map_or(&[], |watch| &watch.items)
    }

    async fn run(&mut self, lines: &[String]) -> Vec<String> {
        let mut answers = Vec::with_capacity(lines.len());
        for line in lines {
            let answer = match line.split_once(' ') {
                Some(("Watch", rest)) => self.watch(rest).await,
                _ if line == "kill" => self.restart(true).await,
                _ if line == "restart" => self.restart(false).await,
                _ => self.side.run(line).await.concat(),
            };
            if let Some(revision) = revision_of(&answer) {
                self.revision = revision;
            }
            answers.push(answer);
        }
        answers
    }

    async fn restart(&mut self, by_kill: bool) -> String {
        // etcd 3.5.1 may lose a write when it is killed; this is not about that.
        let by_kill = by_kill && self.side.server.program().is_rsetcd;
        self.side.restart(if by_kill { Server::kill } else { Server::stop }).await;
        "ok".into()
    }

    /// Creates or cancels a watch and waits for the answer.
    async fn watch(&mut self, rest: &str) -> String {
        let (stream, request) = rest.split_once(' ').expect("a stream and a request");
        let stream: u32 = stream.parse().expect("the number of a stream");
        let id: i64 = request
            .rsplit_once("watch_id:")
            .and_then(|(_, id)| id.trim_end_matches('}').parse().ok())
            .unwrap_or_else(|| panic!("no watch_id: {request}"));
        let create = request.starts_with("create_request");
        if !create && !self.watches.contains_key(&(stream, id)) {
            // Only in a case that is being shortened.
            return "no such watch".into();
        }
        self.side.watch(rest);
        let start = Instant::now();
        loop {
            let watch = self.watches.entry((stream, id)).or_default();
            if create && let Some(created) = watch.created.take() {
                return created;
            }
            if !create && watch.is_canceled {
                return "canceled".into();
            }
            if start.elapsed() > PATIENCE {
                return "no answer".into();
            }
            let Some(duplex) = self.side.streams.get_mut(&stream) else { return "no stream".into() };
            match tokio::time::timeout(PATIENCE, duplex.receive.recv()).await {
                Ok(Some(Ok(message))) => self.note(stream, &message),
                Ok(Some(Err(status))) => return show_error(&status),
                Ok(None) => return "end".into(),
                Err(_) => return "no answer".into(),
            }
        }
    }

    /// Takes what has arrived; waits as long as the server has watches that lag behind.
    async fn catch_up(&mut self) {
        if self.side.streams.is_empty() {
            return;
        }
        let start = Instant::now();
        while self.slow_watchers().await > 0 {
            let log = || self.side.server.log_tail();
            assert!(start.elapsed() < PATIENCE, "watches stay behind; the log ends with\n{}", log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let mut arrived = Vec::new();
        for (stream, duplex) in &mut self.side.streams {
            while let Ok(message) = duplex.receive.try_recv() {
                arrived.push((*stream, message));
            }
        }
        for (stream, message) in arrived {
            match message {
                Ok(message) => self.note(stream, &message),
                Err(status) => self.watches.entry((stream, -1)).or_default().items.push(show_error(&status)),
            }
        }
    }

    fn note(&mut self, stream: u32, bytes: &Bytes) {
        let response = WatchResponse::decode(bytes.clone()).expect("a watch response");
        let watch = self.watches.entry((stream, response.watch_id)).or_default();
        if response.created {
            let descriptor = message_named("etcdserverpb.WatchResponse").expect("a message of ours");
            let message = DynamicMessage::decode(descriptor, bytes.clone()).expect("the same message");
            watch.created = Some(self.side.show_message(&message));
        }
        let header = response.header.unwrap_or_default();
        for event in &response.events {
            let revision = event.kv.as_ref().map_or(0, |kv| kv.mod_revision);
            assert!(header.revision >= revision, "header at {} with an event of {revision}", header.revision);
            watch.items.push(show_message("mvccpb.Event", event));
            watch.revisions.push(revision);
        }
        if response.canceled {
            watch.is_canceled = true;
            let WatchResponse { compact_revision, cancel_reason, .. } = response;
            watch.items.push(format!("canceled compact_revision:{compact_revision} {cancel_reason:?}"));
        }
    }

    /// What is not a matter of comparing: revisions of a watch ascend, and stream 0, which hears everything, has
    /// each one.
    fn assert_sound(&self) {
        for ((stream, id), watch) in &self.watches {
            assert!(watch.revisions.is_sorted(), "watch {id} on stream {stream}: {:?}", watch.revisions);
            let gap = watch.revisions.windows(2).find(|pair| *stream == 0 && pair[1] > pair[0] + 1);
            assert!(gap.is_none(), "watch {id} of all keys has a gap: {gap:?}");
        }
    }

    /// How many watches are not up to date, as the server's metrics say.
    async fn slow_watchers(&self) -> u64 {
        const FAMILY: &str = "\netcd_debugging_mvcc_slow_watcher_total ";
        let mut socket =
            TcpStream::connect(("127.0.0.1", self.side.server.client_port())).await.expect("the client port");
        socket.write_all(b"GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n").await.expect("a request");
        let mut page = String::new();
        socket.read_to_string(&mut page).await.expect("a page");
        let (_, rest) = page.split_once(FAMILY).unwrap_or_else(|| panic!("no{FAMILY}in {page}"));
        let value = rest.lines().next().unwrap_or_default();
        value.parse::<f64>().unwrap_or_else(|_| panic!("{FAMILY}{value}")) as u64
    }
}

/// The revision in the header of an answer.
fn revision_of(answer: &str) -> Option<i64> {
    let (_, rest) = answer.split_once("member_id:MEMBER revision:")?;
    rest.split([' ', '}']).next()?.parse().ok()
}
