//! Keys, watches, namespaces, mirrors, snapshots.

use std::time::Duration;

use rsetcd::{
    client::{
        ClientError, Compare, Delete, Get, Mirror, Namespace, Order, Put, SortBy, Txn, WatchEvent, WatchRequest,
        Watcher,
    },
    pb::{
        etcdserverpb::{CompactionRequest, LeaseGrantRequest, LeaseRevokeRequest, LeaseTimeToLiveRequest},
        mvccpb::event::EventType,
        rpc_error::RpcError,
    },
};
use tokio::{sync::mpsc::Receiver, time::timeout};

use super::{
    client, start,
    support::{program::Program, wait::until},
};

crate::with_both! {
    requests_do_what_they_say
    options_select_and_keep
    how_far_a_watch_is_can_be_asked
    a_watch_survives_its_server
    a_slow_reader_loses_nothing_and_holds_up_nobody
    a_watch_of_the_compacted_past_ends
    a_watch_that_missed_a_compaction_ends
    a_namespace_hides_its_prefix
    a_mirror_copies_what_is_and_what_comes
    a_snapshot_arrives_whole
}

async fn requests_do_what_they_say(program: Program) {
    let (_server, client) = start(&program).await;
    for (key, value) in [("a/1", "x"), ("a/2", "z"), ("a/3", "y"), ("b", "")] {
        client.put(Put::new(key, value)).await.expect("a put");
    }
    let by_value = Get::new("a/").prefix().sort(SortBy::Value, Order::Descending).limit(2);
    let answer = client.range(by_value).await.expect("a read");
    assert_eq!(answer.kvs.iter().map(|kv| &kv.key[..]).collect::<Vec<_>>(), [b"a/2", b"a/3"]);
    assert!(answer.more);
    let replaced = client.put(Put::new("a/1", "w").prev_kv()).await.expect("a put");
    assert_eq!(replaced.prev_kv.expect("a value before").value, "x");
    let txn = Txn::new()
        .when([Compare::value("a/1").equal("w"), Compare::missing("c"), Compare::version("a/").prefix().greater(0)])
        .then([Put::new("c", "1").into(), Txn::new().then([Delete::new("b").into()]).into()])
        .or_else([Get::new("a/1").into()]);
    assert!(client.txn(txn.clone()).await.expect("a txn").succeeded);
    let again = client.txn(txn).await.expect("a txn");
    assert!(!again.succeeded && again.responses.len() == 1, "{again:?}");
    let deleted = client.delete_range(Delete::new("").from_key().prev_kv()).await.expect("a deletion");
    assert_eq!((deleted.deleted, deleted.prev_kvs.len()), (4, 4));
    let refused = client.range(Get::new("a").revision(1_000)).await;
    assert!(matches!(refused, Err(ClientError::Rpc(RpcError::FutureRevision))), "{refused:?}");
}

async fn options_select_and_keep(program: Program) {
    let (_server, client) = start(&program).await;
    let lease = client.lease_grant(LeaseGrantRequest { ttl: 600, id: 0 }).await.expect("a lease").id;
    assert_eq!(client.renew_lease(lease).await.expect("a renewal").ttl, 600);
    assert!(client.renew_lease(lease + 1).await.expect("an answer").ttl <= 0);
    for (put, value, kept) in [
        (Put::new("a", "1").lease(lease), "1", lease),
        (Put::new("a", "2").keep_lease(), "2", lease),
        (Put::new("a", "3").keep_value(), "2", 0),
        (Put::new("b", "1"), "1", 0),
    ] {
        let key = rsetcd::pb::etcdserverpb::PutRequest::from(put.clone()).key;
        client.put(put).await.expect("a put");
        let kv = client.range(Get::new(key)).await.expect("a read").kvs.remove(0);
        assert_eq!((&kv.value[..], kv.lease), (value.as_bytes(), kept));
    }
    // a: created at 2, changed last at 4; b: 5.
    let all = || Get::new("").prefix();
    for (get, keys) in [
        (all(), &["a", "b"][..]),
        (all().serializable(), &["a", "b"]),
        (all().mod_revisions(5, 0), &["b"]),
        (all().mod_revisions(0, 4), &["a"]),
        (all().create_revisions(3, 5), &["b"]),
        (all().create_revisions(0, 2), &["a"]),
        (all().revision(4), &["a"]),
        (all().count_only(), &[]),
        (Get::new("a").until("b"), &["a"]),
    ] {
        let answer = client.range(get.clone()).await.expect("a read");
        assert_eq!(answer.kvs.iter().map(|kv| kv.key.clone()).collect::<Vec<_>>(), keys, "{get:?}");
    }
    assert!(client.range(all().keys_only()).await.expect("a read").kvs.iter().all(|kv| kv.value.is_empty()));
    for (compare, is_true) in [
        (Compare::exists("a"), true),
        (Compare::exists("c"), false),
        (Compare::lease("b").equal(0), true),
        (Compare::create_revision("a").less(3), true),
        (Compare::mod_revision("a").not_equal(4), false),
        (Compare::version("a").until("b").equal(3), true),
    ] {
        let answer = client.txn(Txn::new().when([compare.clone()])).await.expect("a txn");
        assert_eq!(answer.succeeded, is_true, "{compare:?}");
    }
    match client.range_stream(all()).await {
        Ok(streamed) if program.is_rsetcd => assert_eq!(streamed, client.range(all()).await.expect("a read")),
        Err(ClientError::Status(code, _)) if !program.is_rsetcd => assert_eq!(code, tonic::Code::Unimplemented),
        answer => panic!("{answer:?}"),
    }
}

async fn how_far_a_watch_is_can_be_asked(program: Program) {
    let (_server, client) = start(&program).await;
    let watcher = Watcher::new(client.clone());
    let mut watch = watcher.watch(WatchRequest::new("k").start_revision(1));
    client.put(Put::new("k", "")).await.expect("a put");
    take(&mut watch, 1).await;
    client.put(Put::new("other", "")).await.expect("a put");
    // etcd 3.5.1 leaves one without an answer now and then.
    until("it is told", async || {
        watcher.request_progress();
        let answer = timeout(Duration::from_millis(100), watch.recv()).await.ok()?.expect("it goes on");
        assert!(answer.is_progress(), "{answer:?}");
        (answer.header.revision == 3).then_some(())
    })
    .await;
}

/// Reads until `count` events are there.
async fn take(watch: &mut Receiver<WatchEvent>, count: usize) -> Vec<(EventType, String, i64)> {
    let mut events = Vec::new();
    while events.len() < count {
        let answer = watch.recv().await.expect("the watch goes on");
        assert_eq!(answer.error(), None);
        for event in answer.events {
            let kind = event.r#type();
            let kv = event.kv.expect("a key");
            events.push((kind, String::from_utf8_lossy(&kv.key).into_owned(), kv.mod_revision));
        }
    }
    events
}

async fn a_watch_survives_its_server(program: Program) {
    let (mut server, client) = start(&program).await;
    let mut watch = client.watch(WatchRequest::new("k").prefix().no_deletes());
    let mut deletions = client.watch(WatchRequest::new("k").prefix().no_puts());
    // Created: a watch from now on begins some time after it was asked for.
    let mut from_start = client.watch(WatchRequest::new("k").prefix().start_revision(1));
    client.put(Put::new("k0", "")).await.expect("a put");
    take(&mut from_start, 1).await;
    client.put(Put::new("k1", "")).await.expect("a put");
    client.delete_range(Delete::new("k1")).await.expect("a deletion");
    take(&mut from_start, 2).await;
    assert_eq!(take(&mut deletions, 1).await, [(EventType::Delete, "k1".into(), 4)]);
    server.stop();
    server.start_again().await;
    client.put(Put::new("k2", "")).await.expect("a put");
    let mut revisions = Vec::new();
    while revisions.last() != Some(&5) {
        revisions.extend(take(&mut watch, 1).await.into_iter().map(|(_, _, revision)| revision));
    }
    assert!(revisions == [2, 3, 5] || revisions == [3, 5], "{revisions:?}");
    assert_eq!(take(&mut from_start, 1).await, [(EventType::Put, "k2".into(), 5)]);
}

async fn a_slow_reader_loses_nothing_and_holds_up_nobody(program: Program) {
    let (_server, client) = start(&program).await;
    let mut slow = client.watch(WatchRequest::new("k").start_revision(1));
    let mut quick = client.watch(WatchRequest::new("k").start_revision(1));
    let count = 1_000;
    let mut seen = 0;
    for i in 0..count {
        client.put(Put::new("k", i.to_string())).await.expect("a put");
        if i % 50 == 49 {
            seen += take(&mut quick, 50).await.len();
        }
    }
    assert_eq!(seen, count);
    let revisions: Vec<i64> = take(&mut slow, count).await.into_iter().map(|(_, _, revision)| revision).collect();
    assert!(revisions.iter().copied().eq(2..2 + count as i64), "{revisions:?}");
    client.put(Put::new("k", "last")).await.expect("a put");
    assert_eq!(take(&mut slow, 1).await.len(), 1);
}

async fn a_watch_of_the_compacted_past_ends(program: Program) {
    let (_server, client) = start(&program).await;
    for i in 0..5 {
        client.put(Put::new("k", i.to_string())).await.expect("a put");
    }
    client.compact(CompactionRequest { revision: 4, physical: true }).await.expect("a compaction");
    let mut watch = client.watch(WatchRequest::new("k").start_revision(2));
    let last = watch.recv().await.expect("an answer");
    assert_eq!((last.canceled, last.compact_revision), (true, 4));
    assert!(watch.recv().await.is_none());
    // The stream serves others.
    let mut other = client.watch(WatchRequest::new("k").start_revision(5));
    assert_eq!(take(&mut other, 2).await.len(), 2);
}

/// It was not there when what it had not seen yet was compacted.
async fn a_watch_that_missed_a_compaction_ends(program: Program) {
    let (mut server, there) = start(&program).await;
    let mut behind = there.watch(WatchRequest::new("k").start_revision(1));
    let mut ahead = there.watch(WatchRequest::new("k").start_revision(8));
    there.put(Put::new("k", "0")).await.expect("a put");
    assert_eq!(take(&mut behind, 1).await.len(), 1);
    server.stop();
    let mut elsewhere = server.second_on_this_data();
    elsewhere.start_again().await;
    let meanwhile = client(&elsewhere);
    for i in 1..=4 {
        meanwhile.put(Put::new("k", i.to_string())).await.expect("a put");
    }
    meanwhile.compact(CompactionRequest { revision: 5, physical: true }).await.expect("a compaction");
    elsewhere.stop();
    server.start_again().await;
    let last = behind.recv().await.expect("an answer");
    assert_eq!((last.canceled, last.compact_revision), (true, 5));
    assert_eq!(last.error().as_deref(), Some(RpcError::Compacted.text()));
    assert!(behind.recv().await.is_none());
    // One that has missed nothing goes on.
    assert_eq!(there.range(Get::new("k")).await.expect("a read").header.expect("a header").revision, 6);
    for _ in 0..2 {
        there.put(Put::new("k", "late")).await.expect("a put");
    }
    assert_eq!(take(&mut ahead, 1).await, [(EventType::Put, "k".into(), 8)]);
    // Nor is a change left out by who copies them.
    let mirror = Mirror::new(there.clone(), there.clone()).prefix("k").dest_prefix("to").start_revision(3);
    let Err(error) = mirror.run().await;
    assert!(matches!(error, ClientError::Rpc(RpcError::Compacted)), "{error:?}");
}

async fn a_namespace_hides_its_prefix(program: Program) {
    let (_server, client) = start(&program).await;
    client.put(Put::new("other", "")).await.expect("a put");
    let inside = Namespace::new(client.clone(), "ns/");
    let mut watch = inside.watch(WatchRequest::new("").prefix().start_revision(1));
    inside.put(Put::new("a", "1")).await.expect("a put");
    let txn = Txn::new()
        .when([Compare::value("a").equal("1")])
        .then([Put::new("b", "2").into(), Get::new("").from_key().into()]);
    let answer = inside.txn(txn).await.expect("a txn");
    assert!(answer.succeeded);
    assert_eq!(take(&mut watch, 2).await.into_iter().map(|(_, key, _)| key).collect::<Vec<_>>(), ["a", "b"]);
    let all = inside.range(Get::new("").prefix()).await.expect("a read");
    assert_eq!(all.kvs.iter().map(|kv| &kv.key[..]).collect::<Vec<_>>(), [b"a", b"b"]);
    assert_eq!(client.range(Get::new("ns/").prefix()).await.expect("a read").count, 2);
    let lease = client.lease_grant(LeaseGrantRequest { ttl: 600, id: 0 }).await.expect("a lease").id;
    client.put(Put::new("outside", "").lease(lease)).await.expect("a put");
    inside.put(Put::new("a", "1").lease(lease)).await.expect("a put");
    let left = inside.lease_time_to_live(LeaseTimeToLiveRequest { id: lease, keys: true }).await.expect("an answer");
    assert_eq!(left.keys, ["a"]);
    client.lease_revoke(LeaseRevokeRequest { id: lease }).await.expect("a revoke");
    let refused = inside.put(Put::new("", "")).await;
    assert!(matches!(refused, Err(ClientError::Rpc(RpcError::EmptyKey))), "{refused:?}");
    inside.delete_range(Delete::new("").from_key()).await.expect("a deletion");
    assert_eq!(client.range(Get::new("").prefix()).await.expect("a read").count, 1);
}

async fn a_mirror_copies_what_is_and_what_comes(program: Program) {
    let (_server, client) = start(&program).await;
    let count = 2_500;
    for chunk in (0..count).collect::<Vec<_>>().chunks(100) {
        let puts = chunk.iter().map(|i| Put::new(format!("from/{i:05}"), i.to_string()).into());
        client.txn(Txn::new().then(puts)).await.expect("a txn");
    }
    let mirror = Mirror::new(client.clone(), client.clone()).prefix("from/").dest_prefix("to/").ops_max(2);
    let copying = tokio::spawn(mirror.run());
    let mut there = client.watch(WatchRequest::new("to/").prefix().start_revision(1));
    assert_eq!(take(&mut there, count).await.len(), count);
    let ops = [Put::new("from/x", "1").into(), Put::new("from/y", "2").into(), Delete::new("from/00000").into()];
    client.txn(Txn::new().then(ops)).await.expect("a txn");
    let seen = take(&mut there, 3).await;
    let mut named: Vec<_> = seen.into_iter().map(|(kind, key, _)| (key, kind)).collect();
    named.sort();
    let expected = [("to/00000", EventType::Delete), ("to/x", EventType::Put), ("to/y", EventType::Put)];
    assert_eq!(named, expected.map(|(key, kind)| (key.to_owned(), kind)));
    assert!(!copying.is_finished());
    copying.abort();
}

async fn a_snapshot_arrives_whole(program: Program) {
    let (server, _) = start(&program).await;
    let client = client(&server);
    client.put(Put::new("k", vec![7; 100_000])).await.expect("a put");
    let mut snapshot = client.snapshot().await.expect("a snapshot");
    let mut bytes = 0;
    while let Some(chunk) = snapshot.chunk().await.expect("a part") {
        bytes += chunk.bytes.len();
    }
    assert!(bytes > 100_000 && bytes % 512 == 32, "{bytes}");
}
