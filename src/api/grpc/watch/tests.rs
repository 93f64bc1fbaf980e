//! Watches over real connections: a store with its writer, the hub's threads, the gRPC service, and a client.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use arc_swap::ArcSwap;
use bytes::Bytes;
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::Code;

use super::*;
use crate::mvcc::{Store, StoreOptions, View, Writer};
use crate::pb::encoded::watch_server::WatchServer;
use crate::pb::etcdserverpb::watch_client::WatchClient;
use crate::pb::etcdserverpb::watch_create_request::FilterType;
use crate::pb::etcdserverpb::watch_request::RequestUnion;
use crate::pb::etcdserverpb::{WatchCancelRequest, WatchCreateRequest, WatchProgressRequest, WatchResponse};
use crate::server::watch::{WatchDeps, WatchHandle, spawn};

/// A member reduced to what watches need. Dropping it stops the hub.
struct Member {
    _dir: tempfile::TempDir,
    writer: Mutex<(Writer, u64)>,
    view: Arc<ArcSwap<View>>,
    watch: WatchHandle,
    has_leader: Arc<AtomicBool>,
    address: SocketAddr,
}

impl Drop for Member {
    fn drop(&mut self) {
        self.watch.stop();
    }
}

impl Member {
    async fn start() -> Arc<Self> {
        let dir = tempfile::tempdir().unwrap();
        let options = StoreOptions {
            map_size_bytes: 1 << 30,
            compaction_batch_max: 1000,
            compaction_pause: Duration::from_millis(1),
            ..StoreOptions::default()
        };
        let (_, restored) = Store::open(dir.path(), &options).unwrap();
        let mut writer = restored.writer;
        let view = Arc::new(ArcSwap::from_pointee(writer.view()));
        let watch = spawn(WatchDeps {
            cluster_id: 5,
            member_id: 6,
            max_request_bytes: 1 << 20,
            view: Box::new({
                let view = Arc::clone(&view);
                move || View::clone(&view.load())
            }),
            raft_term: Box::new(|| 3),
        })
        .unwrap();
        let has_leader = Arc::new(AtomicBool::new(true));
        let settings = WatchSettings {
            progress_interval: Duration::from_millis(100),
            election_timeout: Duration::from_millis(20),
            has_leader: Box::new({
                let has_leader = Arc::clone(&has_leader);
                move || has_leader.load(Ordering::Relaxed)
            }),
            settle: Box::new(|_| Box::pin(std::future::ready(()))),
            permit: Box::new(|_, range| match range.contains(b"secret") {
                true => Err("rpc error: code = PermissionDenied desc = etcdserver: permission denied".into()),
                false => Ok(()),
            }),
        };
        let service = WatchService::new(watch.port(), Arc::new(settings));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(
            tonic::transport::Server::builder()
                .add_service(WatchServer::new(service))
                .serve_with_incoming(TcpListenerStream::new(listener)),
        );
        Arc::new(Self { _dir: dir, writer: Mutex::new((writer, 0)), view, watch, has_leader, address })
    }

    /// Puts as one transaction each, published together, as apply does it.
    fn put_all(&self, puts: &[(&str, &str)]) -> i64 {
        let (writer, index) = &mut *self.writer.lock();
        for (key, value) in puts {
            let mut txn = writer.begin();
            txn.put(key.as_bytes(), value.as_bytes(), 0);
            txn.end();
            *index += 1;
            writer.entry_done(*index, 3);
        }
        if writer.is_seal_due(Instant::now()) {
            writer.seal(crate::mvcc::Sync::Lazy, None);
        }
        writer.forget_committed();
        self.publish(writer)
    }

    fn put(&self, key: &str, value: &str) -> i64 {
        self.put_all(&[(key, value)])
    }

    fn delete(&self, key: &str) {
        let (writer, index) = &mut *self.writer.lock();
        let mut txn = writer.begin();
        assert!(txn.delete(key.as_bytes()));
        txn.end();
        *index += 1;
        writer.entry_done(*index, 3);
        self.publish(writer);
    }

    fn compact(&self, revision: i64) {
        let (writer, index) = &mut *self.writer.lock();
        writer.compact(revision, None).unwrap();
        *index += 1;
        writer.entry_done(*index, 3);
        writer.seal(crate::mvcc::Sync::Lazy, None);
        self.publish(writer);
    }

    fn publish(&self, writer: &mut Writer) -> i64 {
        let view = writer.view();
        let revision = view.revision;
        self.view.store(Arc::new(view));
        self.watch.changes(revision, writer.take_changes());
        revision
    }

    async fn stream(&self) -> Client {
        let mut client = WatchClient::connect(format!("http://{}", self.address)).await.unwrap();
        let (requests, receiver) = mpsc::channel(10_000);
        let mut request = Request::new(ReceiverStream::new(receiver));
        request.metadata_mut().insert("hasleader", "true".parse().unwrap());
        let responses = client.watch(request).await.unwrap().into_inner();
        Client { requests: Some(requests), responses }
    }
}

struct Client {
    requests: Option<mpsc::Sender<WatchRequest>>,
    responses: Streaming<WatchResponse>,
}

impl Client {
    async fn ask(&self, request: RequestUnion) {
        let request = WatchRequest { request_union: Some(request) };
        self.requests.as_ref().unwrap().send(request).await.unwrap();
    }

    async fn create(&self, create: WatchCreateRequest) {
        self.ask(RequestUnion::CreateRequest(create)).await;
    }

    async fn next(&mut self) -> WatchResponse {
        self.try_next().await.unwrap()
    }

    async fn try_next(&mut self) -> Result<WatchResponse, Status> {
        let response = tokio::time::timeout(Duration::from_secs(120), self.responses.message()).await;
        Ok(response.expect("an answer in time")?.expect("the stream goes on"))
    }

    async fn next_text(&mut self) -> String {
        show(&self.next().await)
    }
}

fn show(response: &WatchResponse) -> String {
    let header = response.header.unwrap();
    assert_eq!((header.cluster_id, header.member_id, header.raft_term), (5, 6, 3));
    let mut text = format!("{} {}", header.revision, response.watch_id);
    for (is_set, name) in [(response.created, " created"), (response.canceled, " canceled")] {
        text += if is_set { name } else { "" };
    }
    if response.compact_revision != 0 {
        text += &format!(" compacted {}", response.compact_revision);
    }
    if !response.cancel_reason.is_empty() {
        text += &format!(": {}", response.cancel_reason);
    }
    for event in &response.events {
        let kv = |kv: &crate::pb::mvccpb::KeyValue| {
            format!("{}={}@{}", kv.key.escape_ascii(), kv.value.escape_ascii(), kv.mod_revision)
        };
        text += &format!(" {}{}", if event.r#type == 0 { "" } else { "deleted " }, kv(event.kv.as_ref().unwrap()));
        if let Some(prev) = &event.prev_kv {
            text += &format!(" was {}", kv(prev));
        }
    }
    text
}

fn key(key: &str) -> WatchCreateRequest {
    WatchCreateRequest { key: Bytes::copy_from_slice(key.as_bytes()), ..Default::default() }
}

fn from(first: &str) -> WatchCreateRequest {
    WatchCreateRequest { range_end: Bytes::from_static(b"\0"), ..key(first) }
}

#[tokio::test]
async fn a_stream_from_its_first_watcher_to_the_servers_stop() {
    let member = Member::start().await;
    let mut client = member.stream().await;
    client.create(key("a")).await;
    client.create(WatchCreateRequest { prev_kv: true, filters: vec![FilterType::Noput as i32], ..from("") }).await;
    assert_eq!(client.next_text().await, "1 0 created");
    assert_eq!(
        client.next_text().await,
        "1 -1 created canceled: rpc error: code = PermissionDenied desc = etcdserver: permission denied"
    );
    client.create(WatchCreateRequest { prev_kv: true, filters: vec![FilterType::Noput as i32], ..from("t") }).await;
    client.create(WatchCreateRequest { watch_id: 1, ..key("a") }).await;
    client.create(WatchCreateRequest { start_revision: -1, ..key("a") }).await;
    client.create(WatchCreateRequest { range_end: "a".into(), ..key("b") }).await;
    for line in [
        "1 1 created",
        "1 -1 created canceled: mvcc: duplicate watch ID provided on the WatchStream",
        "1 -1 created canceled: etcdserver: mvcc: required revision has been compacted",
        "1 -1 created canceled: mvcc: watcher range is empty",
    ] {
        assert_eq!(client.next_text().await, line);
    }
    member.put("t", "1");
    member.put("a", "2");
    member.delete("t");
    assert_eq!(client.next_text().await, "3 0 a=2@3");
    assert_eq!(client.next_text().await, "4 1 deleted t=@4 was t=1@2");

    client.ask(RequestUnion::ProgressRequest(WatchProgressRequest {})).await;
    assert_eq!(client.next_text().await, "4 -1");
    client.ask(RequestUnion::CancelRequest(WatchCancelRequest { watch_id: 7 })).await;
    client.ask(RequestUnion::CancelRequest(WatchCancelRequest { watch_id: 1 })).await;
    assert_eq!(client.next_text().await, "4 1 canceled");

    member.compact(3);
    client.create(WatchCreateRequest { start_revision: 2, ..key("a") }).await;
    client.create(WatchCreateRequest { start_revision: 3, ..from("t") }).await;
    let mut lines =
        [client.next_text().await, client.next_text().await, client.next_text().await, client.next_text().await];
    lines.sort();
    assert_eq!(lines, ["0 2 canceled compacted 3", "4 2 created", "4 3 created", "4 3 deleted t=@4"]);

    // Half-closing ends nothing.
    client.requests = None;
    member.put("a", "3");
    assert_eq!(client.next_text().await, "5 0 a=3@5");
    assert_eq!(member.watch.counts().watchers, 3);

    member.watch.stop();
    let error = client.try_next().await.unwrap_err();
    assert_eq!((error.code(), error.message()), (Code::Unavailable, "etcdserver: server stopped"));
}

#[tokio::test]
async fn a_stream_that_needs_a_leader_ends_without_one_and_frees_its_watchers() {
    let member = Member::start().await;
    let mut client = member.stream().await;
    client.create(key("a")).await;
    client.next().await;
    member.has_leader.store(false, Ordering::Relaxed);
    let error = client.try_next().await.unwrap_err();
    assert_eq!((error.code(), error.message()), (Code::Unavailable, "etcdserver: no leader"));
    while member.watch.counts().streams > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(member.watch.counts().watchers, 0);
}

#[tokio::test]
async fn quiet_watchers_that_asked_are_told_of_progress() {
    let member = Member::start().await;
    let mut client = member.stream().await;
    client.create(key("a")).await;
    client.create(WatchCreateRequest { progress_notify: true, ..key("b") }).await;
    client.next().await;
    client.next().await;
    member.put("c", "1");
    let mut told = client.next_text().await;
    while told == "1 1" {
        // The put came late.
        told = client.next_text().await;
    }
    assert_eq!(told, "2 1");
    assert_eq!(client.next_text().await, "2 1");
}

#[tokio::test]
async fn a_thousand_watchers_of_one_key_on_one_stream() {
    const WATCHERS: usize = 1000;
    const PUTS: usize = 100;
    let member = Member::start().await;
    let mut client = member.stream().await;
    for _ in 0..WATCHERS {
        client.create(key("a")).await;
    }
    for _ in 0..WATCHERS {
        assert!(client.next().await.created);
    }
    for _ in 0..PUTS {
        member.put("a", "value");
    }
    let mut next = vec![2; WATCHERS];
    for _ in 0..WATCHERS * PUTS {
        for event in take_events(&mut client, &mut next).await {
            assert_eq!(event, 0);
        }
        if next.iter().all(|&next| next == 2 + PUTS as i64) {
            return;
        }
    }
    panic!("events are missing");
}

/// Takes one response; its events must come next for their watcher. Returns their types.
async fn take_events(client: &mut Client, next: &mut [i64]) -> Vec<i32> {
    let response = client.next().await;
    let next = &mut next[usize::try_from(response.watch_id).unwrap()];
    let types = response.events.into_iter().map(|event| {
        assert_eq!(event.kv.unwrap().mod_revision, *next, "watcher {}", response.watch_id);
        *next += 1;
        event.r#type
    });
    types.collect()
}

/// A writer at full speed; streams that begin anywhere, one of them long after, one whose client sleeps meanwhile,
/// and changes that are lost on their way to the hub.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_gap_and_no_repetition_under_load() {
    const REVISIONS: i64 = 60_000;
    let member = Member::start().await;
    let value = "v".repeat(300);
    let writer = std::thread::spawn({
        let member = Arc::clone(&member);
        move || {
            for batch in 0.. {
                let puts = vec![("k", &value[..]); 1 + batch % 64];
                let revision = member.put_all(&puts);
                if batch % 100 == 0 {
                    member.watch.reset(revision);
                }
                if revision > REVISIONS {
                    return revision;
                }
            }
            unreachable!()
        }
    });
    let mut sleeper = member.stream().await;
    sleeper.create(WatchCreateRequest { start_revision: 2, ..key("k") }).await;
    let mut readers = Vec::new();
    for number in 0..8 {
        let mut client = member.stream().await;
        let start = 1 + member.view.load().revision * number / 7;
        client
            .create(WatchCreateRequest {
                start_revision: start.max(2),
                prev_kv: number % 2 == 0,
                range_end: "l".into(),
                ..key("k")
            })
            .await;
        readers.push(tokio::spawn(async move { read_up_to(&mut client, start.max(2), REVISIONS).await }));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for reader in readers {
        reader.await.unwrap();
    }
    let revision = tokio::task::spawn_blocking(|| writer.join().unwrap()).await.unwrap();
    read_up_to(&mut sleeper, 2, revision).await;
    let mut late = member.stream().await;
    late.create(WatchCreateRequest { start_revision: 2, ..key("k") }).await;
    read_up_to(&mut late, 2, revision).await;
}

async fn read_up_to(client: &mut Client, first: i64, last: i64) {
    let created = client.next().await;
    assert!(created.created && !created.canceled, "{created:?}");
    let mut next = [first];
    while next[0] <= last {
        take_events(client, &mut next).await;
    }
}
