//! What the apiserver asks, in order. Each answer leaves a line; each is also checked against a model of the objects.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rsetcd::pb::etcdserverpb::compare::{CompareResult, CompareTarget, TargetUnion};
use rsetcd::pb::etcdserverpb::kv_client::KvClient;
use rsetcd::pb::etcdserverpb::lease_client::LeaseClient;
use rsetcd::pb::etcdserverpb::maintenance_client::MaintenanceClient;
use rsetcd::pb::etcdserverpb::request_op::Request as Op;
use rsetcd::pb::etcdserverpb::response_op::Response as Answer;
use rsetcd::pb::etcdserverpb::{
    CompactionRequest, Compare, DeleteRangeRequest, HashKvRequest, LeaseGrantRequest, LeaseRevokeRequest,
    LeaseTimeToLiveRequest, PutRequest, RangeRequest, RangeResponse, RequestOp, TxnRequest, TxnResponse,
    WatchCreateRequest,
};
use rsetcd::pb::mvccpb::KeyValue;
use tonic::transport::Channel;

use super::support::program::Program;
use super::support::server::Server;
use super::support::wait::PATIENCE;
use super::watching::Cache;

const ALL: &str = "/registry/";
const PODS: &str = "/registry/pods/";
const EVENTS: &str = "/registry/events/";
const COMPACTOR: &[u8] = b"compact_rev_key";
/// Rows of a page, as the apiserver asks for them.
const PAGE: i64 = 500;
const NAMESPACES: u32 = 20;
const SEED: u64 = 11;
/// Seconds of leases that are revoked, and of the one that ends by itself.
const TTL: i64 = 3600;
const TTL_SHORT: i64 = 8;

type Objects = BTreeMap<Bytes, (i64, Bytes)>;

/// The lines of the day.
pub async fn run(program: &Program, objects: usize) -> Vec<String> {
    let progress = if program.is_rsetcd { "" } else { "experimental-" };
    let flags = [
        "--unsafe-no-fsync".to_string(),
        "--quota-backend-bytes=8589934592".into(),
        format!("--{progress}watch-progress-notify-interval=200ms"),
    ];
    let server = Server::start(program, &flags).await;
    let channel = server.connect().await;
    let mut api = Apiserver::new(&channel, program.is_rsetcd);
    let changes = (objects / 2).min(10_000);
    let mut clock = Instant::now();
    let mut done = |what: &str| {
        println!("{}: {what}: {:.2} s", program.path.display(), clock.elapsed().as_secs_f64());
        clock = Instant::now();
    };

    for _ in 0..objects {
        api.create().await;
    }
    done("creates");

    // The watch caches: each lists and watches from there on.
    let (revision, pods) = api.list(PODS, 0).await;
    let mut pods = api.cache(PODS, revision, true, pods).await;
    let (revision, all) = api.list(ALL, 0).await;
    let mut all = api.cache(ALL, revision, false, all).await;
    let mut quiet = api.cache("/registry/quiet/", revision, true, Objects::new()).await;
    done("lists and watches");

    for _ in 0..changes {
        api.change().await;
    }
    done("changes");
    let pages_begin = api.revision;
    api.list(PODS, 3).await;
    api.list(ALL, 3).await;
    done("lists while objects change");

    api.events((objects / 10).max(50)).await;
    done("events on leases");

    pods.catch_up(api.revision, api.pods_changed).await;
    all.catch_up(api.revision, api.changed).await;
    assert_eq!(pods.objects, api.under(PODS), "the cache of pods");
    assert_eq!(all.objects, api.under(ALL), "the cache of all");
    quiet.progress(api.revision).await;
    assert!(quiet.objects.is_empty());
    done("caches");

    api.compact(pages_begin).await;
    let ended = api.cache(PODS, pages_begin - 2, true, Objects::new()).await.end().await;
    api.lines.push(format!("late watch: compact={} {:?}", ended.compact_revision, ended.cancel_reason));
    for _ in 0..changes / 10 {
        api.change().await;
    }
    pods.catch_up(api.revision, api.pods_changed).await;
    all.catch_up(api.revision, api.changed).await;
    assert_eq!(pods.objects, api.under(PODS), "the cache of pods, compacted");
    let (_, listed) = api.list(ALL, 0).await;
    assert_eq!(all.objects, listed, "the cache of all, compacted");
    api.hash().await;
    done("compaction and after");

    api.lines.append(&mut pods.lines);
    api.lines.append(&mut all.lines);
    api.lines
}

struct Apiserver {
    channel: Channel,
    kv: KvClient<Channel>,
    random: StdRng,
    /// Progress means something: not with etcd 3.5.1.
    trusts_progress: bool,
    /// Of the newest answer.
    revision: i64,
    /// Of the last change of any object, and of a pod.
    changed: i64,
    pods_changed: i64,
    /// What must be there: mod revision and value.
    objects: Objects,
    /// Every name there ever was.
    names: Vec<Bytes>,
    lines: Vec<String>,
}

impl Apiserver {
    fn new(channel: &Channel, trusts_progress: bool) -> Self {
        let kv = KvClient::new(channel.clone()).max_decoding_message_size(usize::MAX);
        let random = StdRng::seed_from_u64(SEED);
        let (objects, names, lines) = (Objects::new(), Vec::new(), Vec::new());
        Self {
            channel: channel.clone(),
            kv,
            random,
            trusts_progress,
            revision: 1,
            changed: 1,
            pods_changed: 1,
            objects,
            names,
            lines,
        }
    }

    fn below(&mut self, count: usize) -> usize {
        self.random.random_range(0..count)
    }

    /// Something like an encoded object.
    fn value(&mut self) -> Bytes {
        let length = 200 + self.below(800);
        let mut value = b"k8s\0\n\x0c\n\x02v1\x12".to_vec();
        value.extend((0..length).map(|place| (place % 251) as u8 ^ self.random.random_range(0..=3_u8)));
        value.into()
    }

    fn under(&self, prefix: &str) -> Objects {
        let start = Bytes::copy_from_slice(prefix.as_bytes());
        let from = self.objects.range((Bound::Included(start), Bound::Unbounded));
        from.take_while(|(key, _)| key.starts_with(prefix.as_bytes())).map(|(k, v)| (k.clone(), v.clone())).collect()
    }

    async fn cache(&self, prefix: &str, revision: i64, has_prev_kv: bool, objects: Objects) -> Cache {
        let create = WatchCreateRequest {
            key: Bytes::copy_from_slice(prefix.as_bytes()),
            range_end: prefix_end(prefix),
            start_revision: revision + 1,
            prev_kv: has_prev_kv,
            progress_notify: true,
            ..WatchCreateRequest::default()
        };
        Cache::start(&self.channel, create, objects, self.trusts_progress).await
    }

    /// One more object.
    async fn create(&mut self) {
        let number = self.names.len();
        let kind = if self.below(10) < 7 { "pods" } else { "configmaps" };
        let namespace = self.random.random_range(0..NAMESPACES);
        let key = Bytes::from(format!("/registry/{kind}/ns-{namespace}/object-{number:07}"));
        self.names.push(key.clone());
        let value = self.value();
        self.put_if(&key, 0, value, 0).await;
    }

    /// What clients make the apiserver do.
    async fn change(&mut self) {
        let place = self.below(self.names.len());
        let key = self.names[place].clone();
        let known = self.objects.get(&key).map_or(0, |(revision, _)| *revision);
        // Its cache may be behind.
        let known = if self.below(10) == 0 { known.saturating_sub(1).max(0) } else { known };
        match self.below(20) {
            0..10 => {
                let value = self.value();
                if let Some(seen) = self.put_if(&key, known, value.clone(), 0).await {
                    // It lost against another, and tries again on what it saw.
                    self.put_if(&key, seen, value, 0).await;
                }
            }
            10..13 => self.create().await,
            13..16 => {
                if let Some(seen) = self.delete_if(&key, known).await {
                    self.delete_if(&key, seen).await;
                }
            }
            16..19 => {
                let answer = self.kv.range(RangeRequest { key: key.clone(), ..RangeRequest::default() }).await;
                let answer = answer.expect("a get").into_inner();
                let seen = answer.kvs.first().map(|kv| (kv.mod_revision, kv.value.clone()));
                assert_eq!(seen.as_ref(), self.objects.get(&key), "{key:?}");
                self.tell_range("get", &answer);
            }
            _ => {
                let (start, end) = (Bytes::from(PODS), prefix_end(PODS));
                let count = RangeRequest { key: start, range_end: end, count_only: true, ..RangeRequest::default() };
                let answer = self.kv.range(count).await.expect("a count").into_inner();
                self.tell_range("count", &answer);
            }
        }
    }

    /// Writes the object if it is still as at `known`; else the revision at which it was found instead.
    async fn put_if(&mut self, key: &Bytes, known: i64, value: Bytes, lease: i64) -> Option<i64> {
        let put = PutRequest { key: key.clone(), value: value.clone(), lease, ..PutRequest::default() };
        let answer = self.guarded(key, known, Op::RequestPut(put)).await;
        if !answer.succeeded {
            return Some(seen(&answer));
        }
        self.objects.insert(key.clone(), (self.revision, value));
        self.note_change(key);
        None
    }

    async fn delete_if(&mut self, key: &Bytes, known: i64) -> Option<i64> {
        let delete = DeleteRangeRequest { key: key.clone(), ..DeleteRangeRequest::default() };
        let answer = self.guarded(key, known, Op::RequestDeleteRange(delete)).await;
        if !answer.succeeded {
            return Some(seen(&answer));
        }
        if self.objects.remove(key).is_some() {
            self.note_change(key);
        }
        None
    }

    fn note_change(&mut self, key: &[u8]) {
        self.changed = self.revision;
        if key.starts_with(PODS.as_bytes()) {
            self.pods_changed = self.revision;
        }
    }

    async fn guarded(&mut self, key: &Bytes, known: i64, then: Op) -> TxnResponse {
        let get = RangeRequest { key: key.clone(), ..RangeRequest::default() };
        let condition = equal(key, CompareTarget::Mod, TargetUnion::ModRevision(known));
        let answer = self.txn(condition, then, Op::RequestRange(get)).await;
        let is_known = self.objects.get(key).map_or(0, |(revision, _)| *revision) == known;
        assert_eq!(answer.succeeded, is_known, "{key:?} at {known}");
        answer
    }

    async fn txn(&mut self, condition: Compare, then: Op, otherwise: Op) -> TxnResponse {
        let request = TxnRequest {
            compare: vec![condition],
            success: vec![RequestOp { request: Some(then) }],
            failure: vec![RequestOp { request: Some(otherwise) }],
        };
        let answer = self.kv.txn(request).await.expect("a txn").into_inner();
        self.revision = answer.header.expect("a header").revision;
        let what = answer.responses.iter().map(|op| match &op.response {
            Some(Answer::ResponseRange(range)) => range.kvs.iter().map(shown).collect::<Vec<_>>().join(" "),
            Some(Answer::ResponsePut(put)) => format!("put at {}", put.header.map_or(0, |header| header.revision)),
            Some(Answer::ResponseDeleteRange(delete)) => format!("deleted {}", delete.deleted),
            other => format!("{other:?}"),
        });
        let what = what.collect::<Vec<_>>().join(" ");
        self.lines.push(format!("txn at {} succeeded={} {what}", self.revision, answer.succeeded));
        answer
    }

    /// All objects under a prefix, page by page at the revision of the first, with some changes between pages.
    async fn list(&mut self, prefix: &str, changes: usize) -> (i64, Objects) {
        let (mut start, end) = (Bytes::copy_from_slice(prefix.as_bytes()), prefix_end(prefix));
        let expected = self.under(prefix);
        let (mut revision, mut listed) = (0, Objects::new());
        loop {
            let page = RangeRequest {
                key: start.clone(),
                range_end: end.clone(),
                limit: PAGE,
                revision,
                ..RangeRequest::default()
            };
            let answer = self.kv.range(page).await.expect("a page").into_inner();
            self.tell_range("page", &answer);
            if revision == 0 {
                revision = answer.header.expect("a header").revision;
            }
            // What is counted are those from this page on.
            assert_eq!(answer.count as usize + listed.len(), expected.len());
            listed.extend(answer.kvs.iter().map(|kv| (kv.key.clone(), (kv.mod_revision, kv.value.clone()))));
            let Some(last) = answer.kvs.last().filter(|_| answer.more) else { break };
            start = [&last.key[..], b"\0"].concat().into();
            for _ in 0..changes {
                self.change().await;
            }
        }
        assert_eq!(listed, expected, "the list of {prefix}");
        (revision, listed)
    }

    /// Events: many share a lease. One lease is revoked, one ends by itself, one stays.
    async fn events(&mut self, count: usize) {
        let mut leases = LeaseClient::new(self.channel.clone());
        let mut of_lease = BTreeMap::<i64, Vec<Bytes>>::new();
        // Nothing else is written while the short one may end: so it ends at the same revision everywhere.
        for (id, ttl, share) in [(1, TTL, count / 2), (2, TTL, count / 2), (3, TTL_SHORT, 5)] {
            let answer = leases.lease_grant(LeaseGrantRequest { id, ttl }).await.expect("a lease").into_inner();
            self.lines.push(format!("lease {} for {}", answer.id, answer.ttl));
            for number in 0..share {
                let namespace = number % NAMESPACES as usize;
                let key = Bytes::from(format!("{EVENTS}ns-{namespace}/event-{id}-{number:06}"));
                let value = self.value();
                self.put_if(&key, 0, value, id).await;
                of_lease.entry(id).or_default().push(key);
            }
        }
        let begun = Instant::now();
        loop {
            let left = LeaseTimeToLiveRequest { id: 3, keys: true };
            let answer = leases.lease_time_to_live(left).await.expect("what is left").into_inner();
            if answer.granted_ttl == 0 {
                self.revision = answer.header.expect("a header").revision;
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "the lease does not end: {answer:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let left = LeaseTimeToLiveRequest { id: 1, keys: true };
        let mut answer = leases.lease_time_to_live(left).await.expect("what is left").into_inner();
        answer.keys.sort();
        of_lease.get_mut(&1).expect("it has some").sort();
        assert_eq!(answer.keys, of_lease[&1]);
        let answer = leases.lease_revoke(LeaseRevokeRequest { id: 1 }).await.expect("a revocation").into_inner();
        self.revision = answer.header.expect("a header").revision;
        self.changed = self.revision;
        self.lines.push(format!("revoked at {}", self.revision));
        for id in [1, 3] {
            for key in &of_lease[&id] {
                self.objects.remove(key);
            }
        }
        let (_, events) = self.list(EVENTS, 0).await;
        assert_eq!(events.len(), of_lease[&2].len());
    }

    /// Two apiservers want to compact; one of them does.
    async fn compact(&mut self, revision: i64) {
        for version in 0..2 {
            for who in ["first", "second"] {
                let key = Bytes::from_static(COMPACTOR);
                let value = Bytes::from(revision.to_string());
                let put = PutRequest { key: key.clone(), value, ..PutRequest::default() };
                let get = RangeRequest { key: key.clone(), ..RangeRequest::default() };
                let condition = equal(&key, CompareTarget::Version, TargetUnion::Version(version));
                let answer = self.txn(condition, Op::RequestPut(put), Op::RequestRange(get)).await;
                assert_eq!(answer.succeeded, who == "first", "round {version}");
            }
            let at = revision - 1 + version;
            let answer = self.kv.compact(CompactionRequest { revision: at, physical: version == 1 }).await;
            let answer = answer.expect("a compaction").into_inner();
            self.lines.push(format!("compacted {at} at {}", answer.header.expect("a header").revision));
        }
        // Who was in the middle of a list has to begin again.
        for at in [revision - 1, revision, self.revision + 1_000_000] {
            let page = RangeRequest {
                key: PODS.into(),
                range_end: prefix_end(PODS),
                limit: 1,
                revision: at,
                ..RangeRequest::default()
            };
            match self.kv.range(page).await {
                Ok(answer) => self.tell_range("old page", &answer.into_inner()),
                Err(status) => self.lines.push(format!("old page: {:?} {:?}", status.code(), status.message())),
            }
        }
    }

    async fn hash(&mut self) {
        let mut maintenance = MaintenanceClient::new(self.channel.clone());
        let answer = maintenance.hash_kv(HashKvRequest { revision: 0 }).await.expect("a hash").into_inner();
        let revision = answer.header.expect("a header").revision;
        self.lines.push(format!("hash {} at {revision}, compacted {}", answer.hash, answer.compact_revision));
    }

    fn tell_range(&mut self, what: &str, answer: &RangeResponse) {
        let RangeResponse { header, kvs, more, count } = answer;
        let header = header.expect("a header").revision;
        let sum = kvs.iter().fold(0, |sum, kv| crc32c::crc32c_append(sum, shown(kv).as_bytes()));
        self.lines.push(format!("{what} at {header}: {} rows {sum:08x} more={more} count={count}", kvs.len()));
    }
}

fn equal(key: &Bytes, target: CompareTarget, given: TargetUnion) -> Compare {
    Compare {
        result: CompareResult::Equal.into(),
        target: target.into(),
        key: key.clone(),
        range_end: Bytes::new(),
        target_union: Some(given),
    }
}

/// The revision at which the other branch found the object.
fn seen(answer: &TxnResponse) -> i64 {
    match &answer.responses[0].response {
        Some(Answer::ResponseRange(range)) => range.kvs.first().map_or(0, |kv| kv.mod_revision),
        other => panic!("no get: {other:?}"),
    }
}

fn shown(kv: &KeyValue) -> String {
    let KeyValue { key, create_revision, mod_revision, version, lease, value } = kv;
    let (key, value) = (key.escape_ascii(), crc32c::crc32c(value));
    format!("{key} create={create_revision} mod={mod_revision} version={version} lease={lease} value={value:08x}")
}

/// The end of all keys with this prefix.
fn prefix_end(prefix: &str) -> Bytes {
    let mut end = prefix.as_bytes().to_vec();
    *end.last_mut().expect("not empty") += 1;
    end.into()
}
