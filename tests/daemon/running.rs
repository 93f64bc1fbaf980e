//! A running member: its pages, its metrics, its log, and its end by a signal.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rsetcd::pb::etcdserverpb::{
    AuthEnableRequest, AuthUserAddRequest, AuthUserChangePasswordRequest, AuthUserGrantRoleRequest,
    AuthenticateRequest, CompactionRequest, HashKvRequest, PutRequest, RangeRequest, WatchCreateRequest, WatchRequest,
    auth_client::AuthClient, kv_client::KvClient, maintenance_client::MaintenanceClient, watch_client::WatchClient,
    watch_request::RequestUnion,
};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

use crate::support::program::own;
use crate::support::server::Server;
use crate::support::wait::{PATIENCE, until};

/// How long a member may take to stop, on a machine that does much else. It gives its clients half a second.
const STOP_MAX: Duration = Duration::from_secs(20);

/// Families of etcd that a member here does not show: a name, or a beginning that ends in `*`; and why.
const ABSENT: &[(&str, &str)] = &[
    ("go_*", "there is no Go runtime"),
    ("etcd_debugging_disk_backend_commit_rebalance_duration_seconds", "a phase of bbolt's commit that LMDB lacks"),
    ("etcd_debugging_disk_backend_commit_spill_duration_seconds", "a phase of bbolt's commit that LMDB lacks"),
    ("etcd_debugging_disk_backend_commit_write_duration_seconds", "LMDB's commit is not split into phases"),
    ("etcd_debugging_store_*", "the v2 store is gone"),
    ("etcd_grpc_proxy_*", "a server is no proxy"),
    ("etcd_snap_db_fsync_duration_seconds", "snapshots received from a leader: not there yet"),
    ("etcd_snap_db_save_total_duration_seconds", "snapshots received from a leader: not there yet"),
    ("etcd_server_snapshot_apply_in_progress_total", "snapshots received from a leader: not there yet"),
    ("etcd_server_learner_promote_failures", "shows with the first promotion that fails"),
];

/// Families that etcd does not have.
const OWN: &[&str] = &["rsetcd_build_info"];

/// Lines of a first start and a stop, in this order: what listens, and beside it what the member does.
const LISTENING: &[&str] = &[
    "Running: ",
    "configuring peer listeners",
    "configuring client listeners",
    "starting an etcd server",
    "data directory opened",
    "now serving peer/client/metrics",
    "ready to serve client requests",
    "serving client traffic insecurely; this is strongly discouraged!",
    "notifying init daemon",
    "received signal; shutting down",
    "closing etcd server",
    "closed etcd server",
];
const MEMBER: &[&str] =
    &["data directory opened", "published local member to cluster through raft", "ready to serve client requests"];

#[tokio::test]
async fn pages_metrics_and_log_are_etcds() {
    let mut server = Server::start(&own(), &[]).await;
    let mut client = KvClient::new(server.connect().await);
    for key in ["a", "b", "c"] {
        let put = PutRequest { key: key.into(), value: "v".into(), ..Default::default() };
        client.put(put).await.unwrap();
    }
    let port = server.client_port();
    // The storage version is set by an entry of its own, after clients are served.
    until("a version", async || (!get(port, "/version").2.contains("not_decided")).then_some(())).await;
    check_pages(port);
    // A call is counted after its answer.
    let counted = async || get(port, "/metrics").2.lines().any(|line| line == HANDLED).then_some(());
    until("all puts are counted", counted).await;
    until("nothing is pending", async || (metric(port, "etcd_server_proposals_pending") == 0.0).then_some(())).await;
    let (_, _, page) = get(port, "/metrics");
    check_families(&page);
    check_values(&page);
    drop(client);
    server.stop();
    check_log(&server.log());
}

fn check_pages(port: u16) {
    for line in include_str!("../data/golden-3.7.1/http.jsonl").lines() {
        let wanted: Value = serde_json::from_str(line).unwrap();
        let path = wanted["path"].as_str().unwrap();
        let (status, kind, body) = get(port, path);
        assert_eq!(
            (u64::from(status), Some(&kind[..])),
            (wanted["status"].as_u64().unwrap(), wanted["content_type"].as_str()),
            "{path}"
        );
        let wanted = wanted["body"].as_str().unwrap();
        match wanted.strip_prefix("(keys) ") {
            Some(keys) => {
                let body: Value = serde_json::from_str(&body).unwrap();
                let found: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
                assert_eq!(found, keys.split(' ').collect::<Vec<_>>(), "{path}");
            }
            None => assert_eq!(body, wanted, "{path}"),
        }
    }
}

/// Status, content type and body.
pub(super) fn get(port: u16, path: &str) -> (u16, String, String) {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(socket, "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let kind = head
        .lines()
        .find_map(|line| line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("content-type")));
    (status, kind.map_or_else(String::new, |(_, kind)| kind.to_owned()), body.to_owned())
}

/// The value of a metric without labels.
pub(super) fn metric(port: u16, name: &str) -> f64 {
    let (_, _, page) = get(port, "/metrics");
    let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{name} is missing")).parse().expect("a number")
}

fn is_absent(name: &str) -> bool {
    ABSENT.iter().any(|(pattern, _)| match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == *pattern,
    })
}

fn check_families(page: &str) {
    let golden = include_str!("../data/golden-3.7.1/metrics.txt");
    let types = |text: &str| -> BTreeMap<String, String> {
        let lines = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        lines.filter_map(|line| line.split_once(' ')).map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect()
    };
    let (wanted, ours) = (types(golden), types(page));
    for (name, kind) in &wanted {
        assert_eq!(is_absent(name), !ours.contains_key(name), "{name}");
        assert!(ours.get(name).is_none_or(|ours| ours == kind), "{name} is no {kind}");
    }
    for name in ours.keys() {
        assert_ne!(wanted.contains_key(name), OWN.contains(&&name[..]), "{name}");
    }
    let shown: BTreeSet<String> = page.lines().filter(|line| !line.starts_with('#')).map(series).collect();
    for series in golden.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let name = series.split(['{', ' ']).next().unwrap_or_default();
        let is_absent = ABSENT.iter().any(|(absent, _)| name.starts_with(absent.trim_end_matches('*')));
        assert!(is_absent || shown.contains(series), "{series}");
    }
}

/// `name{label,label}` of a sample line.
fn series(line: &str) -> String {
    let (name, labels) = match line.split_once('{') {
        Some((name, rest)) => (name, rest.split_once('}').map_or("", |(labels, _)| labels)),
        None => return line.split(' ').next().unwrap_or_default().to_owned(),
    };
    let names: Vec<&str> = labels.split("\",").filter_map(|label| label.split('=').next()).collect();
    format!("{name}{{{}}}", names.join(","))
}

const HANDLED: &str = "grpc_server_handled_total{grpc_code=\"OK\",grpc_method=\"Put\",grpc_service=\"etcdserverpb.KV\",grpc_type=\"unary\"} 3";

/// What three puts on a fresh member come to.
fn check_values(page: &str) {
    let puts = "type=\"Put\"} 3";
    for row in [
        "etcd_cluster_version{cluster_version=\"3.7\"} 1",
        "etcd_debugging_mvcc_compact_revision -1",
        "etcd_debugging_mvcc_current_revision 4",
        "etcd_debugging_mvcc_keys_total 3",
        "etcd_debugging_mvcc_total_put_size_in_bytes 6",
        "etcd_mvcc_put_total 3",
        "etcd_mvcc_txn_total 0",
        "etcd_server_apply_duration_seconds_count{op=\"Put\",success=\"true\",version=\"v3\"} 3",
        &format!("etcd_server_request_duration_seconds_count{{success=\"true\",{puts}"),
        "etcd_server_has_leader 1",
        "etcd_server_is_leader 1",
        "etcd_server_is_learner 0",
        "etcd_server_leader_changes_seen_total 1",
        "etcd_server_proposals_failed_total 0",
        "etcd_server_proposals_pending 0",
        "etcd_server_quota_backend_bytes 2.147483648e+09",
        "etcd_server_version{server_version=\"3.7.1\"} 1",
        HANDLED,
    ] {
        assert!(page.lines().any(|line| line == row), "no row {row}");
    }
    let value = |name: &str| -> f64 {
        let row = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        row.unwrap_or_else(|| panic!("no row {name}")).parse().unwrap()
    };
    assert!(value("etcd_disk_wal_fsync_duration_seconds_count") >= 3.0);
    assert!(value("etcd_disk_wal_write_bytes_total") > 300.0);
    assert!(value("etcd_mvcc_db_total_size_in_bytes") >= value("etcd_mvcc_db_total_size_in_use_in_bytes"));
    assert!(value("etcd_mvcc_db_total_size_in_use_in_bytes") > 0.0);
    assert_eq!(value("etcd_server_proposals_committed_total"), value("etcd_server_proposals_applied_total"));
}

fn check_log(log: &str) {
    let mut wanted = [LISTENING, MEMBER].map(|lines| lines.iter().peekable());
    for line in log.lines() {
        let fields: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(line.starts_with("{\"level\":\"") && line.contains("\",\"ts\":\""), "{line}");
        assert!(fields["caller"].is_string() && fields["msg"].is_string(), "{line}");
        for wanted in &mut wanted {
            wanted.next_if(|wanted| fields["msg"] == ***wanted);
        }
    }
    assert_eq!(wanted.map(|mut wanted| wanted.next()), [None, None], "not in order:\n{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_watch_and_puts_in_flight_do_not_delay_the_end() {
    let mut server = Server::start(&own(), &[]).await;
    let mut watch = WatchClient::new(server.connect().await);
    let (requests, stream) = tokio::sync::mpsc::channel(1);
    let create = WatchCreateRequest { key: b"\0"[..].into(), range_end: b"\0"[..].into(), ..Default::default() };
    requests.send(WatchRequest { request_union: Some(RequestUnion::CreateRequest(create)) }).await.unwrap();
    let mut events = watch.watch(ReceiverStream::new(stream)).await.unwrap().into_inner();
    assert!(events.next().await.unwrap().unwrap().created);
    let channel = server.connect().await;
    let writers: Vec<_> = (0..16)
        .map(|number| {
            let mut client = KvClient::new(channel.clone());
            tokio::spawn(async move {
                let put = PutRequest { key: format!("k{number}").into(), value: "v".into(), ..Default::default() };
                while client.put(put.clone()).await.is_ok() {}
            })
        })
        .collect();
    assert!(!events.next().await.unwrap().unwrap().events.is_empty());
    let began = Instant::now();
    // The writers go on while this thread waits.
    tokio::task::block_in_place(|| server.stop());
    let took = began.elapsed();
    assert!(took < STOP_MAX, "{took:?}");
    while let Some(Ok(_)) = events.next().await {}
    for writer in writers {
        writer.await.unwrap();
    }
}

#[test]
fn as_pid_1_it_ends_with_code_0() {
    let unshare = |program: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--pid", "--fork", "--kill-child"]).args(program);
        command
    };
    let possible = unshare(&["true"]).stderr(Stdio::null()).status();
    if !possible.is_ok_and(|status| status.success()) {
        println!("skipped: no process namespaces here");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("log");
    let data = format!("--data-dir={}", dir.path().join("data").display());
    let program = own().path;
    let any_port = ["--listen-client-urls=http://127.0.0.1:0", "--listen-peer-urls=http://127.0.0.1:0"];
    let mut parent = unshare(&[program.to_str().unwrap(), &data, "--advertise-client-urls=http://127.0.0.1:1"])
        .args(any_port)
        .stderr(File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + PATIENCE;
    while !fs::read_to_string(&log).unwrap().contains("notified init daemon") {
        assert!(Instant::now() < deadline, "{}", fs::read_to_string(&log).unwrap());
        std::thread::sleep(Duration::from_millis(10));
    }
    let id = parent.id();
    let child = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
    let child = Pid::from_raw(child.trim().parse().unwrap()).unwrap();
    let began = Instant::now();
    kill_process(child, Signal::TERM).unwrap();
    let status = parent.wait().unwrap();
    assert_eq!(status.code(), Some(0), "{}", fs::read_to_string(&log).unwrap());
    assert!(began.elapsed() < STOP_MAX, "{:?}", began.elapsed());
}

/// Advisory: debug pages showed passwords. The log of a member that tells of every request, and its pages, hold no
/// password, hash or token.
#[tokio::test]
async fn advisory_passwords_and_tokens_are_told_nowhere() {
    let flags = [
        "--log-level=debug",
        "--bcrypt-cost=4",
        "--warning-unary-request-duration=1ns",
        "--warning-apply-duration=1ns",
    ];
    let mut server = Server::start(&own(), &flags.map(String::from)).await;
    let mut auth = AuthClient::new(server.connect().await);
    let secrets = ["first-password", "second-password", "wrong-password"];
    for name in ["root", "ann"] {
        let user = AuthUserAddRequest { name: name.into(), password: secrets[0].into(), ..Default::default() };
        auth.user_add(user).await.unwrap();
    }
    let change =
        AuthUserChangePasswordRequest { name: "ann".into(), password: secrets[1].into(), ..Default::default() };
    auth.user_change_password(change).await.unwrap();
    auth.user_grant_role(AuthUserGrantRoleRequest { user: "root".into(), role: "root".into() }).await.unwrap();
    auth.auth_enable(AuthEnableRequest {}).await.unwrap();
    let login = |password: &str| AuthenticateRequest { name: "ann".into(), password: password.into() };
    auth.authenticate(login(secrets[2])).await.unwrap_err();
    let token = auth.authenticate(login(secrets[1])).await.unwrap().into_inner().token;
    let mut put = tonic::Request::new(PutRequest { key: "a".into(), ..Default::default() });
    put.metadata_mut().insert("token", token.parse().unwrap());
    KvClient::new(server.connect().await).put(put).await.unwrap_err();
    let mut told = String::new();
    for path in ["/metrics", "/debug/vars", "/debug/requests", "/debug/events", "/config"] {
        told += &get(server.client_port(), path).2;
    }
    drop(auth);
    server.stop();
    told += &server.log();
    let letters = token.split('.').next().unwrap().to_owned();
    for secret in secrets.into_iter().chain(["$2a$", "JDJhJD", &letters]) {
        assert!(!told.contains(secret), "{secret} is told");
    }
    for word in ["/etcdserverpb.Auth/Authenticate", "AuthUserAdd", "AuthUserChangePassword"] {
        assert!(told.contains(word), "the log does not tell of {word}: the test sees nothing");
    }
}

#[tokio::test]
async fn a_start_defragments_when_enough_is_free() {
    let mut server = Server::start(&own(), &["--bootstrap-defrag-threshold-megabytes=1".into()]).await;
    let mut client = KvClient::new(server.connect().await);
    let mut revision = 0;
    for _ in 0..8 {
        let put = PutRequest { key: "a".into(), value: vec![7; 512 << 10].into(), ..Default::default() };
        revision = client.put(put).await.unwrap().into_inner().header.unwrap().revision;
    }
    client.compact(CompactionRequest { revision, physical: true }).await.unwrap();
    drop(client);
    server.stop();
    assert!(!server.log().contains("efragment"), "there was nothing to look at yet");

    server.start_again().await;
    let count = |text: &str, log: &str| log.matches(text).count();
    assert_eq!(count("finished defragmenting directory", &server.log()), 1);
    let get = RangeRequest { key: "a".into(), ..Default::default() };
    let found = KvClient::new(server.connect().await).range(get).await.unwrap().into_inner();
    assert_eq!((found.kvs[0].value.len(), found.kvs[0].mod_revision), (512 << 10, revision));
    server.stop();

    server.start_again().await;
    let log = server.log();
    assert_eq!((count("Skipping defragmentation", &log), count("finished defragmenting directory", &log)), (1, 1));
    server.stop();
}

#[tokio::test]
async fn the_log_tells_what_a_compaction_did() {
    let mut server = Server::start(&own(), &[]).await;
    let mut client = KvClient::new(server.connect().await);
    let mut revision = 0;
    for _ in 0..4 {
        let put = PutRequest { key: "a".into(), value: "v".into(), ..Default::default() };
        revision = client.put(put).await.unwrap().into_inner().header.unwrap().revision;
    }
    client.compact(CompactionRequest { revision, physical: true }).await.unwrap();
    let mut maintenance = MaintenanceClient::new(server.connect().await);
    let hash = maintenance.hash_kv(HashKvRequest { revision }).await.unwrap().into_inner().hash;
    drop((client, maintenance));
    server.stop();
    let log = server.log();
    let lines: Vec<_> = log.lines().filter(|line| line.contains("\"finished scheduled compaction\"")).collect();
    assert_eq!(lines.len(), 1, "{log}");
    let line: Value = serde_json::from_str(lines[0]).unwrap();
    assert_eq!(line["compact-revision"], revision);
    assert_eq!(line["number-of-revisions-compacted"], 3);
    assert_eq!(line["hash"], hash);
    assert!(line["took"].as_str().unwrap().ends_with('s'), "{line}");
    let [size, in_use] =
        ["current-db-size-bytes", "current-db-size-in-use-bytes"].map(|name| line[name].as_u64().unwrap());
    assert!(0 < in_use && in_use <= size, "{line}");
}
