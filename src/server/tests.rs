//! A whole member in this process, its data in a scratch folder: bounds, stops and restarts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::runtime::Runtime as Tokio;

use super::caller::Credentials;
use super::export::Export;
use super::start::Running;
use super::{Server, ServerError, leases, propose::QUEUED_BYTES_MAX, start};
use crate::apply::Answer;
use crate::auth::Access;
use crate::config::{check, server::ServerConfig, settings::Request as Command, settings::Settings};
use crate::mvcc::{RangeQuery, Sync};
use crate::pb::authpb::{Permission, UserAddOptions};
use crate::pb::etcdserverpb::request_op::Request as Op;
use crate::pb::etcdserverpb::{
    AuthEnableRequest, AuthRoleAddRequest, AuthRoleGrantPermissionRequest, AuthUserAddRequest,
    AuthUserGrantRoleRequest, CompactionRequest, LeaseCheckpoint, LeaseCheckpointRequest, LeaseGrantRequest,
    PutRequest, RequestOp, TxnRequest,
};
use crate::pb::request::Request;
use crate::types::{KeyRange, LeaseId};

const PATIENCE: Duration = Duration::from_secs(120);

/// A member with one client runtime, which is the caller's to drive.
struct World {
    dir: tempfile::TempDir,
    flags: Vec<String>,
    runtime: Tokio,
    running: Option<Running>,
}

impl World {
    fn new(flags: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        // A call may take five seconds and two election timeouts: a slow disk is no failure. One voter is elected at
        // once. A test with leases, whose shortest TTL depends on it, brings its own.
        let flags = ["--election-timeout=40000"].iter().chain(flags).map(|&flag| flag.to_owned()).collect();
        let mut world = Self { dir, flags, runtime, running: None };
        world.start();
        world
    }

    fn config(&self) -> ServerConfig {
        let mut words = vec![format!("--data-dir={}", self.dir.path().display())];
        words.extend(self.flags.iter().cloned());
        let Ok(Command::Run { settings, .. }) = Settings::load(&words, &[]) else { panic!("{words:?}") };
        check::check(settings, Vec::new()).unwrap().server
    }

    fn start(&mut self) {
        let handle = self.runtime.handle().clone();
        let running = start(&self.config(), std::slice::from_ref(&handle), &handle).unwrap();
        assert!(self.runtime.block_on(running.wait_until_published()));
        self.running = Some(running);
    }

    fn server(&self) -> Server {
        self.running.as_ref().unwrap().client(0)
    }

    fn stop(&mut self) {
        let running = self.running.take().unwrap();
        let (done, stopped) = channel();
        std::thread::spawn(move || {
            running.stop();
            done.send(()).unwrap();
        });
        stopped.recv_timeout(PATIENCE).expect("the member does not stop");
    }

    /// Blocks the thread that runs `then`s of the WAL, until the sender is dropped.
    fn hold_wal(&self) -> Sender<()> {
        let (held, release) = holder();
        let view = self.server().view();
        let mark = crate::storage::wal::SnapMark { index: view.applied, term: view.term, conf_state: None };
        // What is released must be in the backend: a restart begins behind the mark.
        self.runtime.block_on(self.server().barrier(Sync::Forced)).unwrap();
        self.server().shared.wal.save_snapshot(mark, Box::new(held));
        release
    }

    /// Blocks the backend thread until the sender is dropped.
    fn hold_backend(&self) -> Sender<()> {
        let (held, release) = holder();
        let then = Box::new(move |_| held());
        self.server().shared.apply.send(crate::apply::Input::Barrier { sync: Sync::Lazy, then }).unwrap();
        release
    }
}

fn holder() -> (impl FnOnce() + Send, Sender<()>) {
    let (release, released): (_, Receiver<()>) = channel();
    let held = move || {
        let _ = released.recv();
    };
    (held, release)
}

fn put(key: impl Into<Bytes>, value_bytes: usize) -> Request {
    Request::Put(PutRequest { key: key.into(), value: vec![b'v'; value_bytes].into(), ..Default::default() })
}

fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "never: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn count(server: &Server) -> i64 {
    let all = RangeQuery { count_only: true, ..RangeQuery::new(KeyRange::From(Bytes::from_static(b"\0"))) };
    server.view().kv.read().unwrap().range(&all).unwrap().count
}

#[test]
fn proposals_wait_while_the_wal_has_too_many_bytes_before_it() {
    const MIB: usize = 1 << 20;
    let mut world = World::new(&[]);
    let (server, release) = (world.server(), world.hold_wal());
    let mut calls = Vec::new();
    for number in 0..100 {
        let caller = server.clone();
        calls.push(world.runtime.spawn(async move { caller.propose_own(put(format!("k{number}"), MIB)).await }));
        // One by one: what is on its way to the WAL is not counted yet.
        let queued = |server: &Server| server.shared.wal.queued_bytes();
        wait_for("queued or full", || queued(&server) >= (number + 1) * MIB || queued(&server) > QUEUED_BYTES_MAX);
    }
    let queued = server.shared.wal.queued_bytes();
    assert!(queued > QUEUED_BYTES_MAX && queued < QUEUED_BYTES_MAX + 2 * MIB, "{queued} bytes are queued");
    drop(release);
    for call in calls {
        assert!(matches!(world.runtime.block_on(call), Ok(Ok(Answer::Put(_)))), "all are served in the end");
    }
    drop(server);
    world.stop();
}

#[test]
fn apply_waits_for_the_backend_and_proposals_are_refused() {
    let mut world = World::new(&[]);
    let (server, release) = (world.server(), world.hold_backend());
    // The overlay takes 256 MiB of rows; apply stops taking entries then.
    let flood = |number: usize, bytes: usize| {
        let server = server.clone();
        world.runtime.spawn(async move { server.propose_own(put(format!("k{number}"), bytes)).await })
    };
    let large: Vec<_> = (0..270).map(|number| flood(number, 1 << 20)).collect();
    wait_for("all committed", || server.committed() >= 270 && server.shared.wal.queued_bytes() == 0);
    wait_for("apply waits", || server.view().kv.store.size_in_use_bytes() > 256 << 20);
    assert!(count(&server) < 270);
    let small: Vec<_> = (1000..6100).map(|number| flood(number, 1)).collect();
    wait_for("too many", || server.committed() > server.view().applied + 5000);
    let refused = world.runtime.block_on(server.propose_own(put("late", 1)));
    assert!(matches!(refused, Err(ServerError::TooManyRequests)), "{refused:?}");
    drop(release);
    for call in large {
        let outcome = world.runtime.block_on(call).unwrap();
        assert!(matches!(outcome, Ok(Answer::Put(_))), "all are served in the end: {outcome:?}");
    }
    // The last ones may have come when there were too many.
    for call in small {
        let outcome = world.runtime.block_on(call).unwrap();
        let is_answered = matches!(outcome, Ok(Answer::Put(_)) | Err(ServerError::TooManyRequests));
        assert!(is_answered, "served in the end, or refused: {outcome:?}");
    }
    assert!(world.runtime.block_on(server.propose_own(put("late", 1))).is_ok());
    drop(server);
    world.stop();
}

/// Snapshots every few entries, segments that are purged, compactions, stops at any moment.
#[test]
fn what_was_acknowledged_survives_stops_with_snapshots_of_every_few_entries() {
    let mut world = World::new(&["--snapshot-count=5", "--max-snapshots=2", "--max-wals=1"]);
    let mut revision = 1;
    for round in 0..6 {
        let server = world.server();
        assert_eq!(server.view().kv.revision, revision, "round {round}");
        let calls: Vec<_> = (0..300)
            .map(|number| {
                let server = server.clone();
                world.runtime.spawn(async move { server.propose_own(put(format!("k{number}"), 100)).await })
            })
            .collect();
        for call in calls {
            world.runtime.block_on(call).unwrap().unwrap();
        }
        revision += 300;
        let compact = CompactionRequest { revision: revision - 10, physical: false };
        world.runtime.block_on(server.propose_own(Request::Compaction(compact))).unwrap();
        assert_eq!(count(&server), 300);
        drop(server);
        world.stop();
        let snapshots = std::fs::read_dir(world.config().data_dir.join("member/snap")).unwrap().flatten();
        let snapshots = snapshots.filter(|file| file.path().extension().is_some_and(|end| end == "snap")).count();
        assert!((1..=2).contains(&snapshots), "{snapshots} .snap files");
        world.start();
    }
    world.stop();
}

#[test]
fn a_linearizable_read_sees_what_was_acknowledged_before_it_began() {
    let mut world = World::new(&[]);
    let server = world.server();
    world.runtime.block_on(async {
        let tasks: Vec<_> = (0..16)
            .map(|task| {
                let server = server.clone();
                tokio::spawn(async move {
                    for round in 0..50 {
                        let Ok(Answer::Put(put)) = server.propose_own(put(format!("{task}"), round)).await else {
                            panic!("refused")
                        };
                        server.linearizable().await.unwrap();
                        assert!(server.view().kv.revision >= put.revision);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    drop(server);
    world.stop();
}

fn grant(world: &World, id: i64, ttl: i64) {
    let request = Request::LeaseGrant(LeaseGrantRequest { id, ttl });
    let answer = world.runtime.block_on(world.server().propose_own(request)).unwrap();
    assert!(matches!(answer, Answer::LeaseGrant { .. }), "{answer:?}");
}

#[test]
fn keys_of_leases_are_seen_by_who_may_read_all_of_them() {
    let mut world = World::new(&[]);
    let server = world.server();
    let run = |request| world.runtime.block_on(server.propose_own(request)).unwrap();
    let put = |key: String, lease| RequestOp {
        request: Some(Op::RequestPut(PutRequest { key: key.into(), lease, ..Default::default() })),
    };
    // Two pages to the last key, and a third one with the key that ann may not see.
    for (lease, keys, other) in [(7, 1024, None), (8, 1100, Some("z".to_owned()))] {
        grant(&world, lease, 1000);
        let keys = (0..keys).map(|number| format!("a{lease}{number:04}")).chain(other);
        run(Request::Txn(TxnRequest { success: keys.map(|key| put(key, lease)).collect(), ..Default::default() }));
    }
    // And so many leases with a key each, before those two.
    let many = || (-1000..-100).map(LeaseId);
    let grants = many().map(|LeaseId(id)| server.propose_own(Request::LeaseGrant(LeaseGrantRequest { id, ttl: 1000 })));
    world.runtime.block_on(futures_util::future::try_join_all(grants)).unwrap();
    let keys = many().map(|lease| put(format!("a{lease}"), lease.0));
    run(Request::Txn(TxnRequest { success: keys.collect(), ..Default::default() }));
    let no_password = Some(UserAddOptions { no_password: true });
    for name in ["root", "ann", "bob"] {
        let user = AuthUserAddRequest { name: name.into(), options: no_password, ..Default::default() };
        run(Request::AuthUserAdd(user));
        run(Request::AuthRoleAdd(AuthRoleAddRequest { name: name.into() }));
        run(Request::AuthUserGrantRole(AuthUserGrantRoleRequest { user: name.into(), role: name.into() }));
    }
    for (name, key, range_end) in [("ann", "a", "b"), ("bob", "a", "b"), ("bob", "z", "")] {
        let perm = Some(Permission { perm_type: 0, key: key.into(), range_end: range_end.into() });
        run(Request::AuthRoleGrantPermission(AuthRoleGrantPermissionRequest { name: name.into(), perm }));
    }
    run(Request::AuthEnable(AuthEnableRequest {}));

    let outcome = |name: &str, access, lease| {
        let credentials = Credentials { token: None, certificate_name: Some(name.into()) };
        world.runtime.block_on(server.permit_leased(&credentials, access, lease))
    };
    let (of_7, of_8) = (Some(LeaseId(7)), Some(LeaseId(8)));
    for (name, access, lease, is_permitted) in [
        ("ann", Access::Read, of_7, true),
        ("ann", Access::Write, of_7, false),
        ("ann", Access::Read, of_8, false),
        ("ann", Access::Read, Some(LeaseId(9)), true),
        ("ann", Access::Read, None, false),
        ("bob", Access::Read, of_8, true),
        ("bob", Access::Read, None, true),
        ("bob", Access::Write, None, false),
        ("root", Access::Write, None, true),
    ] {
        let found = outcome(name, access, lease);
        assert_eq!(found.is_ok(), is_permitted, "{name} {lease:?} {access:?}: {found:?}");
    }
    let keys = |name, lease| {
        let caller = outcome(name, Access::Read, Some(LeaseId(9))).unwrap();
        world.runtime.block_on(server.readable_keys(&caller, lease))
    };
    let seen = keys("ann", LeaseId(7)).unwrap();
    assert!(seen.is_sorted() && seen.len() == 1024 && seen[1023] == "a71023", "{}", seen.len());
    assert!(keys("ann", LeaseId(8)).is_err(), "one of them is not hers");
    assert_eq!(keys("root", LeaseId(8)).unwrap().len(), 1101);
    drop(server);
    world.stop();
}

#[test]
fn renewing_a_lease_that_is_over_waits_for_its_revocation() {
    let mut world = World::new(&["--heartbeat-interval=10", "--election-timeout=100"]);
    let server = world.server();
    // Long enough to be there still when the WAL is held.
    grant(&world, 7, 6);
    // Revocations are proposed and not committed.
    let release = world.hold_wal();
    let left = || {
        let standing = world.runtime.block_on(server.lease_standing(LeaseId(7))).unwrap().unwrap();
        assert_eq!(standing.granted, 6);
        standing.left
    };
    wait_for("over", || left() < 0);
    let renewing = server.clone();
    let renewal = world.runtime.spawn(async move { renewing.renew_lease(LeaseId(7)).await });
    wait_for("a second later", || left() < -1);
    assert!(!renewal.is_finished(), "answered before the revocation");
    drop(release);
    assert!(matches!(world.runtime.block_on(renewal), Ok(Ok(0))));
    assert_eq!(world.runtime.block_on(server.lease_standing(LeaseId(7))).unwrap(), None);
    drop(server);
    world.stop();
}

/// Also where none are made: this one is of a time when they were.
#[test]
fn renewing_a_lease_forgets_its_checkpoint() {
    let mut world = World::new(&["--heartbeat-interval=10", "--election-timeout=100"]);
    let server = world.server();
    grant(&world, 7, 1000);
    let checkpoints = vec![LeaseCheckpoint { id: 7, remaining_ttl: 300 }];
    let told = Request::LeaseCheckpoint(LeaseCheckpointRequest { checkpoints });
    world.runtime.block_on(server.propose_own(told)).unwrap();
    let remaining = || server.view().leases.read().remaining(LeaseId(7));
    assert_eq!(remaining(), Some(300));
    assert_eq!(world.runtime.block_on(server.renew_lease(LeaseId(7))).unwrap(), 1000);
    assert_eq!(remaining(), None);
    drop(server);
    world.stop();
}

#[test]
fn many_leases_end_after_a_restart_and_not_before_their_time() {
    const LEASES: i64 = 1000;
    /// Seconds: in so many all of them are granted and have their keys.
    const TTL: i64 = 10;
    let flags = ["--heartbeat-interval=10", "--election-timeout=100", "--feature-gates=FastLeaseKeepAlive=false"];
    let mut world = World::new(&flags);
    let server = world.server();
    world.runtime.block_on(async {
        let grants = (1..=LEASES).map(|id| {
            let server = server.clone();
            tokio::spawn(async move {
                server.propose_own(Request::LeaseGrant(LeaseGrantRequest { id, ttl: TTL })).await.unwrap();
                let put = PutRequest { key: format!("k{id}").into(), lease: id, ..Default::default() };
                server.propose_own(Request::Put(put)).await.unwrap();
            })
        });
        for grant in grants.collect::<Vec<_>>() {
            grant.await.unwrap();
        }
    });
    grant(&world, LEASES + 1, 1000);
    drop(server);
    world.stop();
    // The time of all leases begins anew somewhere behind this.
    let started = Instant::now();
    world.start();
    let server = world.server();
    assert_eq!(world.runtime.block_on(server.renew_lease(LeaseId(LEASES + 1))).unwrap(), 1000);
    loop {
        let left = count(&server);
        if started.elapsed() >= Duration::from_secs(TTL as u64) {
            break;
        }
        assert_eq!(left, LEASES, "ended early");
        std::thread::sleep(Duration::from_millis(10));
    }
    wait_for("all over", || count(&server) == 0);
    wait_for("all revoked", || server.lease_ids() == [LeaseId(LEASES + 1)]);
    // After TTL and election timeout, 750 in a second: the last ones a second later.
    assert!(started.elapsed() >= Duration::from_secs(TTL as u64 + 1), "{:?}: all at once", started.elapsed());
    drop(server);
    world.stop();
}

/// Blocks the maintenance thread until the sender is dropped.
fn hold_maintenance(world: &World) -> Sender<()> {
    let (held, release) = holder();
    world.server().shared.maintenance.post(Box::new(held)).unwrap();
    release
}

/// The last entry in a file of etcd's format, by the name of what is in it.
fn holds(world: &World, export: &Export, text: &str) -> bool {
    world.runtime.block_on(export.sha256()).unwrap();
    let mut bytes = vec![0; export.size_bytes as usize];
    export.read_at(&mut bytes, 0).unwrap();
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn those_who_ask_before_an_export_begins_share_it_and_later_ones_get_their_own() {
    let mut world = World::new(&[]);
    let (server, runtime) = (world.server(), world.runtime.handle().clone());
    let ask = |server: &Server| {
        let server = server.clone();
        runtime.spawn(async move { server.export().await })
    };
    let release = hold_maintenance(&world);
    let early = [ask(&server), ask(&server)];
    wait_for("an export is asked for", || server.shared.exports.has_next());
    runtime.block_on(server.propose_own(put("between", 1))).unwrap();
    // The export begins, and stays at its barrier.
    let backend = world.hold_backend();
    drop(release);
    wait_for("the export begins", || !server.shared.exports.has_next());
    runtime.block_on(server.propose_own(put("afterwards", 1))).unwrap();
    let late = ask(&server);
    wait_for("the next export is asked for", || server.shared.exports.has_next());
    drop(backend);
    let [first, second] = early.map(|asked| runtime.block_on(asked).unwrap().unwrap());
    let third = runtime.block_on(late).unwrap().unwrap();
    assert!(Arc::ptr_eq(&first, &second));
    assert!(!Arc::ptr_eq(&first, &third));
    assert!(holds(&world, &first, "between") && !holds(&world, &first, "afterwards"));
    assert!(holds(&world, &third, "between") && holds(&world, &third, "afterwards"));
    let left = |dir: &std::path::Path| {
        let mut names: Vec<_> = dir.read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(left(&world.dir.path().join("member/snap")), ["CURRENT", "lmdb-0000000000000001"], "no name on disk");
    drop(server);
    world.stop();
}

/// Each takes disk space as long as somebody reads it.
#[test]
fn only_so_many_exports_are_alive() {
    let mut world = World::new(&[]);
    let server = world.server();
    let export = || world.runtime.block_on(server.export());
    let mut held: Vec<_> = (0..8).map(|_| export().unwrap()).collect();
    let error = export().err().unwrap();
    assert_eq!(error.to_string(), "8 snapshots are being sent already");
    held.pop();
    held.push(export().unwrap());
    assert!(export().is_err());
    drop(held);
    assert!(export().is_ok());
    drop(server);
    world.stop();
}

#[test]
fn an_export_that_waits_ends_with_the_server() {
    let mut world = World::new(&[]);
    let server = world.server();
    let release = hold_maintenance(&world);
    let asked = {
        let server = server.clone();
        world.runtime.spawn(async move { server.export().await.map(drop) })
    };
    wait_for("an export is asked for", || server.shared.exports.has_next());
    server.shared.maintenance.stop();
    drop(release);
    assert!(matches!(world.runtime.block_on(asked).unwrap(), Err(ServerError::Stopped)));
    assert!(matches!(world.runtime.block_on(server.export()), Err(ServerError::Stopped)));
    drop(server);
    world.stop();
}

/// Reads that fill the readers' queue when leadership begins must not cost the term its leases.
#[test]
fn leases_are_taken_over_however_busy_the_readers_are() {
    let mut world = World::new(&[]);
    let server = world.server();
    let grant = Request::LeaseGrant(LeaseGrantRequest { id: 7, ttl: 600 });
    world.runtime.block_on(server.propose_own(grant)).unwrap();
    world.runtime.block_on(leases::hear(&server, leases::Event::LeadsOnlyIn(None)));
    // Every thread has a read, and no more fit behind them.
    let (mut releases, begun) = (Vec::new(), Arc::new(AtomicUsize::new(0)));
    let mut post = || {
        let ((held, release), begun) = (holder(), begun.clone());
        releases.push(release);
        let read = move || {
            begun.fetch_add(1, Ordering::Relaxed);
            held();
        };
        server.shared.readers.post(Box::new(read)).is_ok()
    };
    while post() {}
    let threads = (std::thread::available_parallelism().map_or(1, usize::from) / 2).max(2);
    wait_for("all threads read", || begun.load(Ordering::Relaxed) == threads);
    while post() {}
    let term = server.raft_term();
    world.runtime.block_on(async {
        let mut promoted = std::pin::pin!(leases::hear(&server, leases::Event::TermBegan(term)));
        assert!(futures_util::poll!(promoted.as_mut()).is_pending(), "it is given up for want of a reader");
        drop(releases);
        promoted.await;
    });
    assert_eq!(world.runtime.block_on(server.renew_lease(LeaseId(7))).ok(), Some(600));
    drop(server);
    world.stop();
}

/// Two at once, whose askers go away: clients come back when both are over.
#[test]
fn clients_are_sent_away_until_the_last_defragmentation_is_over() {
    let mut world = World::new(&["--feature-gates=StopGRPCServiceOnDefrag=true"]);
    let (server, release) = (world.server(), world.hold_backend());
    let mut calls = Vec::new();
    for _ in 0..2 {
        let caller = server.clone();
        calls.push(world.runtime.spawn(async move { caller.defragment().await }));
    }
    wait_for("sent away", || !*server.serving().borrow());
    wait_for("both have begun", || server.shared.away.load(Ordering::Relaxed) == 2);
    for call in calls {
        call.abort();
        assert!(world.runtime.block_on(call).is_err());
        assert!(!*server.serving().borrow(), "it still runs");
    }
    drop(release);
    wait_for("asked back", || *server.serving().borrow());
    drop(server);
    world.stop();
}
