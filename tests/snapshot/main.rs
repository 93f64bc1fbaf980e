//! Backend snapshots in etcd's format: what rsetcd sends, etcd's own tools take and etcd runs on.
//!
//! Real etcd's programs come from `RSETCD_PEER_ETCD`; see `support::program`.

#[path = "../support/mod.rs"]
mod support;

use std::path::Path;
use std::process::Command;

use futures_util::StreamExt;
use prost::Message;
use prost_reflect::{DynamicMessage, FieldDescriptor, Value};
use rsetcd::pb::etcdserverpb::kv_client::KvClient;
use rsetcd::pb::etcdserverpb::maintenance_client::MaintenanceClient;
use rsetcd::pb::etcdserverpb::request_op::Request as Op;
use rsetcd::pb::etcdserverpb::{
    AuthenticateResponse, CompactionRequest, DefragmentRequest, DeleteRangeRequest, HashKvRequest, PutRequest,
    RangeRequest, RequestOp, SnapshotRequest, SnapshotResponse, TxnRequest,
};
use rsetcd::pb::mvccpb::KeyValue;
use sha2::{Digest, Sha256};
use support::server::Server;
use support::wait::PATIENT;
use support::{program, text, wire};
use tempfile::TempDir;
use tonic::Status;
use tonic::transport::Channel;

const CHUNK_BYTES: usize = 32_768;
/// The most operations of one transaction.
const TXN_OPS: usize = 128;

/// What a server holds before its snapshot is taken.
#[derive(Clone, Copy, Debug)]
enum Content {
    Nothing,
    OneKey,
    ManyKeys {
        keys: usize,
        value_bytes: usize,
    },
    /// Overwritten, deleted, compacted.
    History,
}

#[test]
fn etcd_takes_the_snapshot_of_an_empty_store() {
    block_on(etcd_takes_it(Content::Nothing));
}

#[test]
fn etcd_takes_the_snapshot_of_one_key() {
    block_on(etcd_takes_it(Content::OneKey));
}

#[test]
fn etcd_takes_the_snapshot_of_many_keys() {
    block_on(etcd_takes_it(Content::ManyKeys { keys: 100_000, value_bytes: 20 }));
}

#[test]
fn etcd_takes_the_snapshot_of_large_values() {
    block_on(etcd_takes_it(Content::ManyKeys { keys: 20, value_bytes: 1 << 20 }));
}

#[test]
fn etcd_takes_the_snapshot_of_a_compacted_history() {
    block_on(etcd_takes_it(Content::History));
}

/// `etcdctl snapshot save` from rsetcd, `etcdutl snapshot status` and `restore`, and etcd on the outcome.
async fn etcd_takes_it(content: Content) {
    let Some(peer) = program::peer() else { return };
    let own = Server::start(&program::own(), &[]).await;
    fill(&own, content).await;
    let dir = TempDir::with_prefix("rsetcd-test-").expect("a scratch folder");
    let file = dir.path().join("saved.db");
    save(&program::peer_ctl(&peer), &own, &file);

    let status = status(&program::peer_utl(&peer), &file);
    let length = std::fs::metadata(&file).expect("saved").len();
    assert_eq!(status["totalSize"], length - 32, "all but the hash");
    let revision = revision(&own).await;
    assert_eq!(status["revision"], if revision == 1 { 0 } else { revision }, "of the last row");

    let mut etcd = Server::over(&peer, &[], |_| ());
    restore(&program::peer_utl(&peer), &file, &etcd);
    etcd.start_again().await;
    assert_eq!(all(&etcd).await, all(&own).await);
    assert_eq!(hash_kv(&etcd).await, hash_kv(&own).await);

    // Updates all over the file, then bbolt's own check of it.
    delete_all(&etcd).await;
    compact(&etcd).await;
    fill(&etcd, content).await;
    MaintenanceClient::new(etcd.connect().await).defragment(DefragmentRequest {}).await.expect("defragmented");
    let again = dir.path().join("again.db");
    save(&program::peer_ctl(&peer), &etcd, &again);
    self::status(&program::peer_utl(&peer), &again);
    assert_eq!(without_revisions(all(&etcd).await), without_revisions(all(&own).await));
}

/// What stands beside the keys: leases and what hangs on them, users and roles, alarms.
#[test]
fn etcd_takes_leases_users_and_alarms_too() {
    let Some(peer) = program::peer() else { return };
    block_on(async {
        let own = Server::start(&program::own(), &["--bcrypt-cost=4".to_owned()]).await;
        let channel = own.connect().await;
        let calls = [
            "LeaseGrant ID:7 TTL:10000",
            "LeaseGrant ID:8 TTL:20000",
            r#"Put key:"a" value:"1" lease:7"#,
            r#"Put key:"b" value:"1" lease:7"#,
            r#"Put key:"b" value:"2""#,
            r#"UserAdd name:"root" password:"rootpw""#,
            r#"UserAdd name:"ann" password:"annpw""#,
            r#"UserAdd name:"cert" options{no_password:true}"#,
            r#"RoleAdd name:"r""#,
            r#"RoleGrantPermission name:"r" perm{permType:READWRITE key:"a" range_end:"c"}"#,
            r#"UserGrantRole user:"root" role:"root""#,
            r#"UserGrantRole user:"ann" role:"r""#,
            "Alarm action:ACTIVATE memberID:7 alarm:NOSPACE",
            "AuthEnable",
        ];
        for line in calls {
            call(&channel, None, line).await.unwrap_or_else(|status| panic!("{line}: {status}"));
        }
        let dir = TempDir::with_prefix("rsetcd-test-").expect("a scratch folder");
        let file = dir.path().join("saved.db");
        save_as("root:rootpw", &program::peer_ctl(&peer), &own, &file);
        let mut etcd = Server::over(&peer, &[], |_| ());
        restore(&program::peer_utl(&peer), &file, &etcd);
        etcd.start_again().await;
        let told = beside_keys(&own).await;
        assert_eq!(beside_keys(&etcd).await, told);
        let all = told.join("\n");
        for part in ["keys:\"a\"", "users:\"cert\"", "alarm:NOSPACE", "enabled:true", "range_end:\"c\""] {
            assert!(all.contains(part), "{part}: the test sees nothing\n{all}");
        }
    });
}

/// What two users hear.
async fn beside_keys(server: &Server) -> Vec<String> {
    let channel = server.connect().await;
    let mut told = Vec::new();
    for (name, lines) in [
        (
            "root",
            &[
                "LeaseLeases",
                "LeaseTimeToLive ID:7 keys:true",
                "LeaseTimeToLive ID:8 keys:true",
                "AuthStatus",
                "UserList",
                "RoleList",
                r#"UserGet name:"ann""#,
                r#"UserGet name:"root""#,
                r#"RoleGet role:"r""#,
                "Alarm",
            ][..],
        ),
        ("ann", &[r#"Range key:"a" range_end:"c""#, r#"Range key:"c""#, r#"Put key:"a""#]),
    ] {
        let login = call(&channel, None, &format!("Authenticate name:{name:?} password:\"{name}pw\"")).await;
        let token = AuthenticateResponse::decode(login.expect("a login")).expect("an answer").token;
        for line in lines {
            let method = text::method_named(line.split(' ').next().unwrap_or_default()).expect("a method");
            told.push(match call(&channel, Some(&token), line).await {
                Ok(answer) => {
                    let answer = DynamicMessage::decode(method.output(), answer).expect("an answer");
                    format!("{line}: {}", text::show_with(&answer, &hidden))
                }
                Err(status) => format!("{line}: {:?} {}", status.code(), status.message()),
            });
        }
    }
    told
}

/// Where two servers differ: who answers, and how long a lease goes on after a start.
fn hidden(field: &FieldDescriptor, _: &Value) -> Option<String> {
    matches!(field.name(), "cluster_id" | "member_id" | "raft_term" | "TTL").then(|| "HIDDEN".to_owned())
}

async fn call(channel: &Channel, token: Option<&str>, line: &str) -> Result<bytes::Bytes, Status> {
    let (name, fields) = line.split_once(' ').unwrap_or((line, ""));
    let method = text::method_named(name).unwrap_or_else(|| panic!("{name} is no method"));
    let request = text::parse(method.input(), fields, 0).unwrap_or_else(|error| panic!("{line}: {error}"));
    wire::unary_as(channel, token, &text::path_of(&method), request.encode_to_vec().into()).await
}

#[test]
fn the_stream_is_as_etcd_sends_it() {
    block_on(async {
        let own = Server::start(&program::own(), &[]).await;
        fill(&own, Content::ManyKeys { keys: 3000, value_bytes: 100 }).await;
        let messages = stream(&own).await;
        let (last, chunks) = messages.split_last().expect("messages");
        let file: Vec<u8> = chunks.iter().flat_map(|message| message.blob.to_vec()).collect();
        assert_eq!(file.len() % 4096, 0);
        assert_eq!(last.blob[..], Sha256::digest(&file)[..]);
        let mut left = file.len();
        for (number, message) in chunks.iter().enumerate() {
            assert_eq!(message.blob.len(), left.min(CHUNK_BYTES), "chunk {number}");
            left -= message.blob.len();
            assert_eq!(message.remaining_bytes, left as u64, "chunk {number}");
        }
        assert_eq!((left, last.remaining_bytes), (0, 0));
        assert!(messages.iter().all(|message| message.header.is_none() && message.version == "3.7.0"));
    });
}

#[test]
fn clients_that_stop_taking_or_go_away_hinder_nobody() {
    block_on(async {
        let own = Server::start(&program::own(), &[]).await;
        fill(&own, Content::ManyKeys { keys: 16, value_bytes: 1 << 20 }).await;
        let mut idle = Vec::new();
        for _ in 0..8 {
            let mut client = MaintenanceClient::new(own.connect().await);
            let mut messages = client.snapshot(SnapshotRequest {}).await.expect("a stream").into_inner();
            messages.next().await.expect("a chunk").expect("a chunk");
            idle.push(messages);
        }
        // Their state is as it was; the database has gone on, and its pages are used again.
        let before = size(&own).await;
        for _ in 0..10 {
            fill(&own, Content::ManyKeys { keys: 16, value_bytes: 1 << 20 }).await;
            compact(&own).await;
        }
        let after = size(&own).await;
        assert!(after < 4 * before, "{before} bytes have become {after}");
        let revision = revision(&own).await;
        idle.truncate(1);
        let mut rest = idle.pop().expect("one is left");
        while let Some(message) = rest.next().await {
            message.expect("goes on where it was");
        }
        assert_eq!(self::revision(&own).await, revision);
        assert!(!stream(&own).await.is_empty());
    });
}

async fn stream(server: &Server) -> Vec<SnapshotResponse> {
    let mut client = MaintenanceClient::new(server.connect().await);
    let messages = client.snapshot(SnapshotRequest {}).await.expect("a stream").into_inner();
    messages.map(|message| message.expect("a message")).collect().await
}

async fn kv(server: &Server) -> KvClient<Channel> {
    KvClient::new(server.connect().await).max_decoding_message_size(usize::MAX)
}

async fn fill(server: &Server, content: Content) {
    match content {
        Content::Nothing => {}
        Content::OneKey => put_all(server, 1, 3, 0).await,
        Content::ManyKeys { keys, value_bytes } => put_all(server, keys, value_bytes, 0).await,
        Content::History => {
            for round in 0..5 {
                put_all(server, 2000, 300, round).await;
                let (key, range_end) = ("key000100".into(), "key000300".into());
                let delete = DeleteRangeRequest { key, range_end, ..Default::default() };
                kv(server).await.delete_range(delete).await.expect("deleted");
                if round == 3 {
                    compact(server).await;
                }
            }
        }
    }
}

async fn put_all(server: &Server, keys: usize, value_bytes: usize, round: usize) {
    let put = |number: usize| PutRequest {
        key: format!("key{number:06}").into(),
        value: format!("{:6}", number * 31 + round).repeat(value_bytes.div_ceil(6)).into(),
        ..Default::default()
    };
    // A request may have 1.5 MiB.
    let a_txn = TXN_OPS.min((1 << 20) / value_bytes.max(1)).max(1);
    let numbers: Vec<usize> = (0..keys).collect();
    let client = kv(server).await;
    let txns = numbers.chunks(a_txn).map(|numbers| {
        let success = numbers.iter().map(|&number| RequestOp { request: Some(Op::RequestPut(put(number))) }).collect();
        let mut client = client.clone();
        async move { client.txn(TxnRequest { success, ..Default::default() }).await.expect("put") }
    });
    futures_util::stream::iter(txns).buffered(8).for_each(|_| async {}).await;
}

async fn all(server: &Server) -> Vec<KeyValue> {
    let request = RangeRequest { key: "\0".into(), range_end: "\0".into(), ..Default::default() };
    kv(server).await.range(request).await.expect("all keys").into_inner().kvs
}

fn without_revisions(kvs: Vec<KeyValue>) -> Vec<(bytes::Bytes, bytes::Bytes)> {
    kvs.into_iter().map(|kv| (kv.key, kv.value)).collect()
}

async fn revision(server: &Server) -> i64 {
    let request = RangeRequest { key: "none".into(), ..Default::default() };
    kv(server).await.range(request).await.expect("a header").into_inner().header.expect("a header").revision
}

async fn delete_all(server: &Server) {
    let request = DeleteRangeRequest { key: "\0".into(), range_end: "\0".into(), ..Default::default() };
    kv(server).await.delete_range(request).await.expect("deleted");
}

/// Compacts at the newest revision, if there is anything to compact.
async fn compact(server: &Server) {
    let revision = revision(server).await;
    if revision > 1 {
        kv(server).await.compact(CompactionRequest { revision, physical: true }).await.expect("compacted");
    }
}

/// Hash and compacted revision.
async fn hash_kv(server: &Server) -> (u32, i64) {
    let mut client = MaintenanceClient::new(server.connect().await);
    let answer = client.hash_kv(HashKvRequest { revision: 0 }).await.expect("a hash").into_inner();
    (answer.hash, answer.compact_revision)
}

async fn size(server: &Server) -> i64 {
    let mut client = MaintenanceClient::new(server.connect().await);
    let answer = client.status(rsetcd::pb::etcdserverpb::StatusRequest {}).await.expect("a status");
    answer.into_inner().db_size
}

fn save(etcdctl: &Path, server: &Server, file: &Path) {
    let place = ["--endpoints", &server.client_url(), "snapshot", "save"];
    run(Command::new(etcdctl).args(PATIENT).args(place).arg(file));
}

fn save_as(user: &str, etcdctl: &Path, server: &Server, file: &Path) {
    let place = ["--user", user, "--endpoints", &server.client_url(), "snapshot", "save"];
    run(Command::new(etcdctl).args(PATIENT).args(place).arg(file));
}

fn status(etcdutl: &Path, file: &Path) -> serde_json::Value {
    let text = run(Command::new(etcdutl).args(["snapshot", "status", "-w", "json"]).arg(file));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Makes the data directory of `server`, which has not been started.
fn restore(etcdutl: &Path, file: &Path, server: &Server) {
    let mut command = Command::new(etcdutl);
    command.args(["snapshot", "restore"]).arg(file).arg("--data-dir").arg(server.data_dir());
    command.args(["--name", "m1", "--initial-cluster", &format!("m1={}", server.peer_url())]);
    run(command.args(["--initial-advertise-peer-urls", &server.peer_url()]));
}

/// Standard output of a command that succeeds.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{error}");
    String::from_utf8(output.stdout).expect("text")
}

/// Runs `future` on this thread, servers included: they end with the thread that started them.
fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}
